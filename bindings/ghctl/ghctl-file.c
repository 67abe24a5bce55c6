/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-file.h"

#include "base/gh-file.h"
#include "ghctl.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int endings[] = { SIGINT, SIGTERM, SIGHUP };

/* What a signal that ends us takes away, and what is said then: a handler can be told in no other
 * way. Changed only while none is installed. */
static char *unfinished, *farewell;

static void
take_away (int number)
{
  const int code = errno;

  unlink (unfinished);
  if (write (STDERR_FILENO, farewell, strlen (farewell)) < 0)
    errno = code;
  errno = code;
  /* Nothing catches it a second time: it ends us as if it had not been caught. */
  raise (number);
}

static void
forget_unfinished (void)
{
  if (unfinished == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      struct sigaction now;
      if (sigaction (endings[i], NULL, &now) == 0 && now.sa_handler == take_away)
        signal (endings[i], SIG_DFL);
    }
  g_clear_pointer (&unfinished, g_free);
  g_clear_pointer (&farewell, g_free);
}

static void
guard_unfinished (const char *temporary, const char *file)
{
  const struct sigaction caught = { .sa_handler = take_away, .sa_flags = (int) SA_RESETHAND };

  forget_unfinished ();
  unfinished = g_strdup (temporary);
  g_autofree char *text = g_strdup_printf (_ ("ghctl: interrupted: %s was not written\n"), file);
  /* Below the progress, and what the terminal shows of the key. */
  farewell = g_strconcat (isatty (STDERR_FILENO) ? "\n" : "", text, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      struct sigaction now;
      /* What somebody lets us ignore, such as nohup(1), stays so. */
      if (sigaction (endings[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        sigaction (endings[i], &caught, NULL);
    }
  /* A limit on the size of files is an error like a full disk. */
  signal (SIGXFSZ, SIG_IGN);
}

int
ghctl_file_begin (const char *file, gboolean replace, char **out_temporary, GError **error)
{
  int fd;

  *out_temporary = NULL;
  if (strcmp (file, "-") == 0)
    return dup (STDOUT_FILENO);
  if (!replace && g_file_test (file, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   _ ("%s: exists already; --replace overwrites it when the new one is complete"),
                   file);
      return -1;
    }
  /* What takes the place of a device would be a file. */
  if (g_file_test (file, G_FILE_TEST_EXISTS) && !g_file_test (file, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                   _ ("%s: is no file that can be overwritten; - is standard output"), file);
      return -1;
    }
  *out_temporary = g_strconcat (file, ".partial", NULL);
  fd = open (*out_temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", *out_temporary, g_strerror (errno));
  else
    guard_unfinished (*out_temporary, file);
  return fd;
}

gboolean
ghctl_file_commit (int fd, const char *temporary, const char *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file);

  if (temporary == NULL
      || (fsync (fd) == 0 && rename (temporary, file) == 0 && gh_file_sync_folder (folder)))
    {
      forget_unfinished ();
      return TRUE;
    }
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", file, g_strerror (errno));
  return FALSE;
}

void
ghctl_file_abandon (const char *temporary)
{
  const int code = errno;

  if (temporary != NULL)
    unlink (temporary);
  forget_unfinished ();
  errno = code;
}
