/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-backup.h"

#include "base/gh-file.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1 << 20)

static gboolean
fail_errno (const char *what, GError **error)
{
  const int code = errno;

  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "backup: %s: %s", what, g_strerror (code));
  return FALSE;
}

static void
close_descriptor (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (int, close_descriptor)

/* A new empty file of ours, for the store to write into. Returns: its name, or NULL */
static char *
make_file (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "backup-XXXXXX", NULL);
  const int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      fail_errno (folder, error);
      return NULL;
    }
  close (fd);
  return g_steal_pointer (&path);
}

/* Appends what @path has now; it only grows at its end, or is replaced as a whole. */
static gboolean
append_file (int out, const char *path, guint64 *out_length, GError **error)
{
  g_auto (int) in = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  struct stat status;

  if (in < 0 || fstat (in, &status) != 0)
    return fail_errno (path, error);
  for (*out_length = 0; *out_length < (guint64) status.st_size;)
    {
      const gssize n = read (in, chunk, MIN (CHUNK, (guint64) status.st_size - *out_length));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0 || !gh_file_write_all (out, chunk, (gsize) n))
        return fail_errno (path, error);
      *out_length += (guint64) n;
    }
  return TRUE;
}

static gboolean
append_key (GhCse *cse, int out, guint64 *out_length, GError **error)
{
  g_autoptr (GhSecret) key = gh_cse_load_vault_key (cse, error);
  gsize length;

  if (key == NULL)
    return FALSE;
  gconstpointer data = gh_secret_data (key, &length);
  *out_length = length;
  return gh_file_write_all (out, data, length) || fail_errno ("the key of the vault", error);
}

/* The store has written @path; the rest goes behind. Returns: a descriptor, or -1 */
static int
append_rest (GhCse *cse, const char *path, gboolean with_key, GhCseBackup *out, GError **error)
{
  g_autofree char *vault = gh_cse_vault_path (cse);
  g_auto (int) fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  const off_t end = fd >= 0 ? lseek (fd, 0, SEEK_END) : -1;
  int result = -1;

  if (end < 0)
    {
      fail_errno (path, error);
      return -1;
    }
  out->store = (guint64) end;
  if (!append_file (fd, vault, &out->vault, error)
      || (with_key && !append_key (cse, fd, &out->key, error)))
    return -1;
  if (lseek (fd, 0, SEEK_SET) != 0)
    fail_errno (path, error);
  else
    {
      result = fd;
      fd = -1;
    }
  return result;
}

int
gh_cse_backup (GhCse *cse, gboolean with_key, GhCseBackup *out, GError **error)
{
  g_autofree char *folder = gh_cse_state_folder (cse), *vault = gh_cse_vault_path (cse);
  g_autofree char *path = NULL;
  int fd = -1;

  *out = (GhCseBackup){ .schema = cse->store_ops->schema };
  if (cse->store_ops->save == NULL || vault == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_NOT_IMPLEMENTED,
                           "backup: this store keeps nothing that could be copied");
      return -1;
    }
  path = make_file (folder, error);
  if (path == NULL)
    return -1;
  if (cse->store_ops->save (cse->store, path, error))
    fd = append_rest (cse, path, with_key, out, error);
  g_unlink (path);
  return fd;
}
