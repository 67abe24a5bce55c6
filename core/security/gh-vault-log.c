/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault-log.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gh-file.h"
#include "base/gh-log.h"
#include "security/gh-vault-seal.h"

#define FLAG_MORE  1 /* the group goes on in the next frame */
#define SECTOR     512
#define MAX_SEALED (GH_SEAL_FRAME_HEADER + GH_VAULT_MAX_FRAME + GH_SEAL_TAG)

struct _GhVaultLog {
  char *path, *folder;
  GhSecret *key;
  GhSeal *seal;
  int fd;
  goffset end; /* of what counts */
  guint64 n_records;
  gboolean cut, broken;
  guint8 *plain; /* GH_VAULT_MAX_FRAME octets, locked */
  gsize n_plain;
  guint8 *sealed; /* MAX_SEALED octets */
};

static gboolean
fail_errno (const GhVaultLog *log, const char *what, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault %s: %s: %s", log->path, what,
               g_strerror (errno));
  return FALSE;
}

static gboolean
fail_text (const GhVaultLog *log, const char *what, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault %s: %s", log->path, what);
  return FALSE;
}

static gboolean
read_at (const GhVaultLog *log, guint8 *out, gsize length, goffset at, GError **error)
{
  while (length > 0)
    {
      const gssize n = pread (log->fd, out, length, at);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 ? fail_errno (log, "reading", error) : fail_text (log, "it shrinks", error);
      out += n;
      at += n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_at (const GhVaultLog *log, int fd, const guint8 *data, gsize length, goffset at,
          GError **error)
{
  return gh_file_write_all_at (fd, data, length, at) || fail_errno (log, "writing", error);
}

static gboolean
sync_folder (const GhVaultLog *log, GError **error)
{
  return gh_file_sync_folder (log->folder) || fail_errno (log, "syncing its folder", error);
}

/* The lock belongs to the open file: it ends with the descriptor, also when the process dies. */
static gboolean
lock_file (const GhVaultLog *log, int fd, GError **error)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
    return TRUE;
  if (errno != EAGAIN && errno != EACCES)
    return fail_errno (log, "locking", error);
  g_set_error (error, GH_ERROR, GH_ERROR_IN_USE, "vault %s: another process has it open",
               log->path);
  return FALSE;
}

static gboolean
check_file (const GhVaultLog *log, const struct stat *seen, GError **error)
{
  if (!S_ISREG (seen->st_mode) || seen->st_nlink != 1)
    return fail_text (log, "not a file with one name", error);
  if (seen->st_uid != geteuid ())
    return fail_text (log, "it belongs to another user", error);
  if (seen->st_mode & 077)
    return fail_text (log, "others than its owner may use it; mode 0600 is expected", error);
  if (seen->st_size < GH_SEAL_FILE_HEADER)
    return fail_text (log, "shorter than its header", error);
  if (seen->st_size > GH_VAULT_MAX_FILE)
    return fail_text (log, "larger than a vault gets", error);
  return TRUE;
}

static gboolean
check_folder (const GhVaultLog *log, GError **error)
{
  struct stat seen;

  if (stat (log->folder, &seen) != 0)
    return fail_errno (log, "its folder", error);
  if ((seen.st_uid != geteuid () && seen.st_uid != 0) || (seen.st_mode & 022))
    return fail_text (log, "others may change its folder", error);
  return TRUE;
}

/* Makes what is in log->plain a frame at @*at of @fd. */
static gboolean
flush_frame (GhVaultLog *log, GhSeal *seal, int fd, guint8 flags, goffset *at, GError **error)
{
  const gsize length = GH_SEAL_FRAME_HEADER + log->n_plain + GH_SEAL_TAG;
  gboolean done = gh_seal_frame (seal, flags, log->plain, log->n_plain, log->sealed, error);

  sodium_memzero (log->plain, GH_VAULT_MAX_FRAME);
  log->n_plain = 0;
  if (!done || !write_at (log, fd, log->sealed, length, *at, error))
    return FALSE;
  *at += (goffset) length;
  return TRUE;
}

/* Adds @op to log->plain; FALSE without @error when it is full. */
static gboolean
put_op (GhVaultLog *log, const GhVaultOp *op)
{
  const gsize n = gh_vault_record_write (op, log->plain + log->n_plain,
                                         GH_VAULT_MAX_FRAME - log->n_plain);

  log->n_plain += n;
  return n > 0;
}

static gboolean
fail_too_long (const GhVaultLog *log, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
               "vault %s: a record is longer than %d octets; fewer identities or a shorter "
               "certificate are needed",
               log->path, GH_VAULT_MAX_RECORD);
  return FALSE;
}

/* Writes the new file beside the old one. */
static gboolean
rewrite_into (GhVaultLog *log, int fd, GhSeal *seal, GhVaultLogSource source, gpointer user_data,
              goffset *at, GError **error)
{
  const GhVaultOp *op;

  log->n_records = 0;
  while ((op = source (user_data)) != NULL)
    {
      if (!put_op (log, op))
        {
          if (log->n_plain == 0)
            return fail_too_long (log, error);
          if (!flush_frame (log, seal, fd, 0, at, error))
            return FALSE;
          if (!put_op (log, op))
            return fail_too_long (log, error);
        }
      log->n_records++;
    }
  if (log->n_plain > 0 && !flush_frame (log, seal, fd, 0, at, error))
    return FALSE;
  return fsync (fd) == 0 || fail_errno (log, "syncing", error);
}

/* Removes what a process that died has left; one that lives holds the lock. */
static gboolean
clear_place (const GhVaultLog *log, const char *new_path, GError **error)
{
  const int fd = open (new_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  const gboolean ours = fd < 0 || lock_file (log, fd, error);

  if (ours)
    unlink (new_path);
  if (fd >= 0)
    close (fd);
  return ours;
}

static gboolean
same_file (const char *path, int fd)
{
  struct stat named, seen;

  return stat (path, &named) == 0 && fstat (fd, &seen) == 0 && named.st_ino == seen.st_ino
         && named.st_dev == seen.st_dev;
}

static gboolean
put_in_place (GhVaultLog *log, const char *new_path, int fd, GhSeal *seal, goffset end,
              GError **error)
{
  if (rename (new_path, log->path) != 0)
    return fail_errno (log, "renaming", error);
  if (!same_file (log->path, fd))
    {
      log->broken = TRUE;
      return fail_text (log, "another process makes it at the same time", error);
    }
  if (log->fd >= 0)
    close (log->fd);
  g_clear_pointer (&log->seal, gh_seal_free);
  log->fd = fd;
  log->seal = seal;
  log->end = end;
  /* The old file may come back with the power: what is added to the new one would be lost. */
  log->broken = !sync_folder (log, error);
  return !log->broken;
}

gboolean
gh_vault_log_rewrite (GhVaultLog *log, GhVaultLogSource source, gpointer user_data, GError **error)
{
  g_autofree char *new_path = g_strconcat (log->path, ".new", NULL);
  const guint64 n_records = log->n_records;
  guint8 header[GH_SEAL_FILE_HEADER];
  goffset end = GH_SEAL_FILE_HEADER;
  GhSeal *seal = gh_seal_new (log->key, header, error);
  int fd;

  if (seal == NULL)
    return FALSE;
  fd = !clear_place (log, new_path, error)
         ? -2
         : open (new_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd == -1)
    fail_errno (log, "making its successor", error);
  else if (fd >= 0 && lock_file (log, fd, error)
           && write_at (log, fd, header, sizeof header, 0, error)
           && rewrite_into (log, fd, seal, source, user_data, &end, error)
           && put_in_place (log, new_path, fd, seal, end, error))
    return TRUE;
  if (fd >= 0 && fd == log->fd)
    return FALSE;
  log->n_records = n_records;
  sodium_memzero (log->plain, GH_VAULT_MAX_FRAME);
  log->n_plain = 0;
  gh_seal_free (seal);
  if (fd >= 0)
    {
      unlink (new_path);
      close (fd);
    }
  return FALSE;
}

/* What a loss of power leaves of octets that were being written: whole sectors of zeros. In sealed
 * octets zeros do not come eight at a time. */
static gboolean
has_empty_sector (const guint8 *data, gsize length, goffset at)
{
  while (length > 0)
    {
      const gsize n = MIN (length, (gsize) (SECTOR - at % SECTOR));

      if (n >= 8 && sodium_is_zero (data, n))
        return TRUE;
      data += n;
      at += (goffset) n;
      length -= n;
    }
  return FALSE;
}

typedef enum { FRAME_READ, FRAME_CUT, FRAME_FAILED } FrameStatus;

/* Reads the frame at @at into log->plain. */
static FrameStatus
read_frame (GhVaultLog *log, goffset at, goffset size, gsize *out_length, guint8 *out_flags,
            GError **error)
{
  const gsize here = (gsize) MIN (size - at, (goffset) MAX_SEALED);
  gsize length = 0;
  gboolean whole;

  if (!read_at (log, log->sealed, here, at, error))
    return FRAME_FAILED;
  if (here < GH_SEAL_FRAME_HEADER)
    return FRAME_CUT;
  whole = gh_seal_check_header (log->seal, log->sealed, &length, out_flags)
          && length <= MAX_SEALED - GH_SEAL_FRAME_HEADER;
  if (whole && length > here - GH_SEAL_FRAME_HEADER)
    return FRAME_CUT;
  *out_length = length;
  if (whole && gh_seal_open_frame (log->seal, log->sealed, length, log->plain))
    return FRAME_READ;
  if ((goffset) here == size - at && (!whole || length == here - GH_SEAL_FRAME_HEADER)
      && has_empty_sector (log->sealed, here, at))
    return FRAME_CUT;
  g_set_error (error, GH_ERROR, GH_ERROR_STORE,
               "vault %s: what stands at %" G_GINT64_FORMAT " is not what was written there",
               log->path, (gint64) at);
  return FRAME_FAILED;
}

static gboolean
take_records (GhVaultLog *log, gsize length, GPtrArray *group, GError **error)
{
  const guint8 *at = log->plain;

  while (length > 0)
    {
      g_autofree GhVaultOp *op = g_new0 (GhVaultOp, 1);
      GhFault fault = { 0 };
      gsize used = 0;

      if (!gh_vault_record_parse (at, length, &used, op, &fault))
        {
          g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault %s: %s", log->path, fault.text);
          return FALSE;
        }
      g_ptr_array_add (group, g_steal_pointer (&op));
      at += used;
      length -= used;
    }
  return TRUE;
}

static void
group_done (GhVaultLog *log, GPtrArray *group, GhVaultLogFunc func, gpointer user_data)
{
  log->n_records += group->len;
  for (guint i = 0; i < group->len; i++)
    func (group->pdata[i], user_data);
  g_ptr_array_set_size (group, 0);
}

/* Reads all groups; log->end and the seal stand after the last complete one. */
static gboolean
replay (GhVaultLog *log, goffset size, GhVaultLogFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GPtrArray) group = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_vault_op_free);
  goffset at = GH_SEAL_FILE_HEADER;
  GhSealPlace place = gh_seal_tell (log->seal);
  FrameStatus status = FRAME_READ;
  gboolean taken = TRUE;

  log->end = at;
  while (at < size && taken && status == FRAME_READ)
    {
      gsize length = 0;
      guint8 flags = 0;

      status = read_frame (log, at, size, &length, &flags, error);
      if (status != FRAME_READ)
        break;
      taken = take_records (log, length - GH_SEAL_TAG, group, error);
      at += (goffset) (GH_SEAL_FRAME_HEADER + length);
      if (!taken || (flags & FLAG_MORE))
        continue;
      group_done (log, group, func, user_data);
      log->end = at;
      place = gh_seal_tell (log->seal);
    }
  sodium_memzero (log->plain, GH_VAULT_MAX_FRAME);
  gh_seal_return (log->seal, &place);
  log->cut = log->end < size;
  return taken && status != FRAME_FAILED;
}

/* Opens and locks the file that has the name, also when it is being replaced. Returns: -1 with
 * errno ENOENT and no error when there is none. */
static int
open_locked (const GhVaultLog *log, struct stat *seen, GError **error)
{
  for (;;)
    {
      const int fd = open (log->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

      if (fd < 0)
        {
          if (errno != ENOENT)
            fail_errno (log, "opening", error);
          return -1;
        }
      if (fstat (fd, seen) == 0 && check_file (log, seen, error) && lock_file (log, fd, error)
          && fstat (fd, seen) == 0)
        {
          if (same_file (log->path, fd))
            return fd;
          close (fd);
          continue;
        }
      close (fd);
      errno = 0;
      if (error != NULL && *error == NULL)
        fail_text (log, "it cannot be examined", error);
      return -1;
    }
}

static const GhVaultOp *
no_records (gpointer user_data)
{
  return NULL;
}

static gboolean
log_load (GhVaultLog *log, GhVaultLogFunc func, gpointer user_data, GError **error)
{
  guint8 header[GH_SEAL_FILE_HEADER];
  GError *inner = NULL;
  struct stat seen;

  if (!check_folder (log, error))
    return FALSE;
  log->fd = open_locked (log, &seen, &inner);
  if (inner != NULL)
    {
      g_propagate_error (error, inner);
      return FALSE;
    }
  if (log->fd < 0)
    return gh_vault_log_rewrite (log, no_records, NULL, error);
  if (!read_at (log, header, sizeof header, 0, error))
    return FALSE;
  log->seal = gh_seal_open (log->key, header, error);
  if (log->seal == NULL)
    return FALSE;
  if (!replay (log, seen.st_size, func, user_data, error))
    return FALSE;
  if (!log->cut)
    return TRUE;
  gh_logf (GH_LOG_WARNING, "vault",
           "%s: the last %" G_GINT64_FORMAT " octets were not written completely; dropped",
           log->path, (gint64) (seen.st_size - log->end));
  return ftruncate (log->fd, log->end) == 0 || fail_errno (log, "cutting", error);
}

GhVaultLog *
gh_vault_log_open (const char *path, GhSecret *key, GhVaultLogFunc func, gpointer user_data,
                   GError **error)
{
  GhVaultLog *log = g_new0 (GhVaultLog, 1);

  log->path = g_strdup (path);
  log->folder = g_path_get_dirname (path);
  log->key = gh_secret_ref (key);
  log->fd = -1;
  log->sealed = g_malloc (MAX_SEALED);
  log->plain = sodium_init () >= 0 ? sodium_malloc (GH_VAULT_MAX_FRAME) : NULL;
  if (log->plain == NULL)
    fail_text (log, "no memory can be locked; raise RLIMIT_MEMLOCK", error);
  else if (log_load (log, func, user_data, error))
    return log;
  gh_vault_log_close (log);
  return NULL;
}

void
gh_vault_log_close (GhVaultLog *log)
{
  if (log == NULL)
    return;
  if (log->fd >= 0)
    close (log->fd);
  gh_seal_free (log->seal);
  gh_secret_unref (log->key);
  /* Wipes. */
  sodium_free (log->plain);
  g_free (log->sealed);
  g_free (log->folder);
  g_free (log->path);
  g_free (log);
}

/* Each frame is on the disk before the next one is begun, so that only the last can be cut. */
static gboolean
append_ops (GhVaultLog *log, GPtrArray *ops, goffset *at, GError **error)
{
  for (guint i = 0; i < ops->len; i++)
    {
      if (put_op (log, ops->pdata[i]))
        continue;
      if (log->n_plain == 0)
        return fail_too_long (log, error);
      if (!flush_frame (log, log->seal, log->fd, FLAG_MORE, at, error))
        return FALSE;
      if (fdatasync (log->fd) != 0)
        return fail_errno (log, "syncing", error);
      if (!put_op (log, ops->pdata[i]))
        return fail_too_long (log, error);
    }
  if (!flush_frame (log, log->seal, log->fd, 0, at, error))
    return FALSE;
  return fdatasync (log->fd) == 0 || fail_errno (log, "syncing", error);
}

gboolean
gh_vault_log_append (GhVaultLog *log, GPtrArray *ops, GError **error)
{
  const GhSealPlace place = gh_seal_tell (log->seal);
  goffset at = log->end;

  g_return_val_if_fail (ops->len > 0, FALSE);

  if (log->broken)
    return fail_text (log, "a write failed and could not be undone; start again", error);
  if (append_ops (log, ops, &at, error))
    {
      log->end = at;
      log->n_records += ops->len;
      return TRUE;
    }
  sodium_memzero (log->plain, GH_VAULT_MAX_FRAME);
  log->n_plain = 0;
  gh_seal_return (log->seal, &place);
  log->broken = ftruncate (log->fd, log->end) != 0 || fsync (log->fd) != 0;
  return FALSE;
}

guint64
gh_vault_log_get_records (const GhVaultLog *log)
{
  return log->n_records;
}

gboolean
gh_vault_log_was_cut (const GhVaultLog *log)
{
  return log->cut;
}
