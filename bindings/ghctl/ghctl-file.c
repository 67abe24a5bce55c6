/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-file.h"

#include "base/gh-file.h"
#include "ghctl.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
  *out_temporary = g_strconcat (file, ".partial", NULL);
  fd = open (*out_temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", *out_temporary, g_strerror (errno));
  return fd;
}

gboolean
ghctl_file_commit (int fd, const char *temporary, const char *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file);

  if (temporary == NULL
      || (fsync (fd) == 0 && rename (temporary, file) == 0 && gh_file_sync_folder (folder)))
    return TRUE;
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, "%s: %s", file, g_strerror (errno));
  return FALSE;
}

void
ghctl_file_abandon (const char *temporary)
{
  const int code = errno;

  if (temporary != NULL)
    unlink (temporary);
  errno = code;
}
