/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <stdio.h>

/* Stands in for libFuzzer's main: gives each file named, or each file of a folder named, once to
 * the target, and every truncation of the small ones too. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define TRUNCATED_BELOW 512

static gsize
replay_file (const char *path)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size, cut;

  if (!g_file_get_contents (path, &contents, &size, &error))
    g_error ("%s", error->message);
  /* A copy of the exact size, so that a sanitizer sees one octet too many. */
  for (cut = size < TRUNCATED_BELOW ? 0 : size; cut <= size; cut++)
    {
      g_autofree guint8 *copy = cut > 0 ? g_memdup2 (contents, cut) : NULL;

      LLVMFuzzerTestOneInput (copy, cut);
    }
  return 1;
}

static gsize
replay_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  const char *name;
  gsize files = 0;

  if (dir == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      files += replay_file (file);
    }
  return files;
}

int
main (int argc, char **argv)
{
  gsize files = 0;

  for (int i = 1; i < argc; i++)
    files += g_file_test (argv[i], G_FILE_TEST_IS_DIR) ? replay_folder (argv[i])
                                                       : replay_file (argv[i]);
  printf ("%" G_GSIZE_FORMAT " inputs\n", files);
  return files > 0 ? 0 : 1;
}
