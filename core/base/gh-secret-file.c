/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-secret-file.h"

#include "base/gh-error.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_OCTETS 65536

static gboolean
fail_errno (const char *path, const char *what, GError **error)
{
  const GhError code = errno == ENOENT ? GH_ERROR_NOT_FOUND : GH_ERROR_STORE;

  g_set_error (error, GH_ERROR, code, "%s: %s: %s", path, what, g_strerror (errno));
  return FALSE;
}

static gboolean
fail (const char *path, const char *text, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: %s", path, text);
  return FALSE;
}

/* Below the folder in which systemd hands over credentials. */
static gboolean
is_of_systemd (const char *path)
{
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *parent = g_path_get_dirname (path);

  return folder != NULL && g_str_equal (parent, folder);
}

/* systemd gives its copy to us or keeps it as root's, readable through an ACL. */
static gboolean
check (const char *path, int fd, GhFileKind kind, gsize maximum, GError **error)
{
  struct stat seen;

  if (fstat (fd, &seen) != 0)
    return fail_errno (path, "examining", error);
  if (!S_ISREG (seen.st_mode))
    return fail (path, "it is no regular file", error);
  if (seen.st_size == 0 || (gsize) seen.st_size > maximum)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_STORE,
                   "%s: 1 to %" G_GSIZE_FORMAT " octets are expected", path, maximum);
      return FALSE;
    }
  if (kind == GH_FILE_PUBLIC)
    return TRUE;
  if (is_of_systemd (path) ? (seen.st_mode & 007) != 0
                           : (seen.st_mode & 077) != 0 || seen.st_uid != geteuid ())
    return fail (path, "it must be ours, and nobody else's (mode 0600)", error);
  return TRUE;
}

static GhSecret *
read_all (const char *path, int fd, gsize maximum, GError **error)
{
  guint8 *octets = sodium_init () >= 0 ? sodium_malloc (maximum + 1) : NULL;
  GhSecret *secret = NULL;
  gsize length = 0;
  gssize n = 1;

  if (octets == NULL)
    {
      fail (path, "no memory can be locked; raise RLIMIT_MEMLOCK", error);
      return NULL;
    }
  while (n != 0 && length <= maximum)
    {
      n = read (fd, octets + length, maximum + 1 - length);
      if (n < 0 && errno != EINTR)
        break;
      length += n > 0 ? (gsize) n : 0;
    }
  if (n < 0)
    fail_errno (path, "reading", error);
  else if (length == 0 || length > maximum)
    fail (path, "its size changes while it is read", error);
  else
    secret = gh_secret_new (octets, length, error);
  /* Wipes. */
  sodium_free (octets);
  return secret;
}

GhSecret *
gh_secret_file_load (const char *path, GhFileKind kind, gsize maximum, GError **error)
{
  const int links = kind == GH_FILE_SECRET && !is_of_systemd (path) ? O_NOFOLLOW : 0;
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | links);
  GhSecret *secret = NULL;

  if (fd < 0)
    {
      if (errno == ELOOP)
        fail (path, "it is a symbolic link", error);
      else
        fail_errno (path, "opening", error);
      return NULL;
    }
  maximum = MIN (maximum, MAX_OCTETS);
  if (check (path, fd, kind, maximum, error))
    secret = read_all (path, fd, maximum, error);
  close (fd);
  return secret;
}
