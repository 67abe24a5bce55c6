/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A write of nothing is no progress: it would be tried for ever. */
static gboolean
took_some (gssize n)
{
  if (n == 0)
    errno = EIO;
  return n > 0;
}

gboolean
gh_file_write_all (int fd, gconstpointer octets, gsize length)
{
  const guint8 *at = octets;
  while (length > 0)
    {
      const gssize n = write (fd, at, length);
      if (n < 0 && errno == EINTR)
        continue;
      if (!took_some (n))
        return FALSE;
      at += n;
      length -= (gsize) n;
    }
  return TRUE;
}

gboolean
gh_file_write_all_at (int fd, gconstpointer octets, gsize length, goffset at)
{
  const guint8 *from = octets;
  while (length > 0)
    {
      const gssize n = pwrite (fd, from, length, at);
      if (n < 0 && errno == EINTR)
        continue;
      if (!took_some (n))
        return FALSE;
      from += n;
      at += n;
      length -= (gsize) n;
    }
  return TRUE;
}

gboolean
gh_file_sync_folder (const char *folder)
{
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  const gboolean done = fsync (fd) == 0;
  const int code = errno;
  close (fd);
  errno = code;
  return done;
}
