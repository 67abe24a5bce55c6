/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-file.h"

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "base/gh-file.h"
#include "base/gh-log.h"
#include "base/gh-restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BACKUPS 100

static gboolean
fail_errno (const char *path, const char *doing, GError **error)
{
  const int code = errno;

  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: %s: %s", path, doing, g_strerror (code));
  return FALSE;
}

static gboolean
sync_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return gh_file_sync_folder (folder) || fail_errno (folder, "syncing the folder", error);
}

static gboolean
make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return g_mkdir_with_parents (folder, 0700) == 0
         || fail_errno (folder, "making the folder of the store", error);
}

static gboolean
refuse_second (const char *path, int fd, GError **error)
{
  char pid[16] = "";
  const gssize n = pread (fd, pid, sizeof pid - 1, 0);

  pid[MAX (n, 0)] = '\0';
  g_strstrip (pid);
  g_set_error (error, GH_ERROR, GH_ERROR_IN_USE,
               "%s: in use by another process (%s); one store serves one daemon", path,
               *pid != '\0' ? pid : "unknown");
  return FALSE;
}

int
gh_sqlite_file_lock (const char *path, GError **error)
{
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  char pid[16];

  if (!make_folder (path, error))
    return -1;
  const int fd = open (lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      fail_errno (lock, "opening the lock", error);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno == EWOULDBLOCK)
        refuse_second (path, fd, error);
      else
        fail_errno (lock, "locking", error);
      close (fd);
      return -1;
    }
  const int length = g_snprintf (pid, sizeof pid, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) != 0 || pwrite (fd, pid, (gsize) length, 0) != length)
    gh_log (GH_LOG_INFO, "sqlite", "the lock does not name its holder", "path", lock, NULL);
  return fd;
}

gboolean
gh_sqlite_file_finish_restore (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *aside = NULL;
  g_autoptr (GError) problem = NULL;

  if (!gh_restore_finish (folder, &aside, &problem))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: a restore cannot be ended: %s", folder,
                   problem->message);
      return FALSE;
    }
  if (aside != NULL)
    gh_log (GH_LOG_NOTICE, "sqlite", "ended a restore; what was there is kept", "folder", folder,
            "aside", aside, NULL);
  return TRUE;
}

static gboolean
check_file (const char *path, int fd, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return fail_errno (path, "looking at the file", error);
  if (S_ISREG (status.st_mode))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: not a plain file", path);
  return FALSE;
}

gboolean
gh_sqlite_file_prepare (const char *path, GError **error)
{
  const int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

  if (fd < 0)
    return fail_errno (path, "opening", error);
  const gboolean checked = check_file (path, fd, error);
  /* SQLite has not opened the file yet, so no lock of this process is lost here */
  close (fd);
  return checked && sync_folder (path, error);
}

gboolean
gh_sqlite_file_protect (const char *path, GError **error)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return fail_errno (path, "looking at the file", error);
  if ((status.st_mode & 077) == 0)
    return TRUE;
  gh_log (GH_LOG_NOTICE, "sqlite", "others had rights on the store; taken away", "path", path,
          NULL);
  return g_chmod (path, 0600) == 0 || fail_errno (path, "setting mode 0600", error);
}

/* The first name that is free, created empty with mode 0600. */
static char *
create_backup (const char *path, gint version, GError **error)
{
  for (guint i = 0; i < MAX_BACKUPS; i++)
    {
      g_autofree char *name = i == 0 ? g_strdup_printf ("%s.schema-%d.backup", path, version)
                                     : g_strdup_printf ("%s.schema-%d.backup.%u", path, version, i);
      const int fd = open (name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
      if (fd >= 0)
        {
          close (fd);
          return g_steal_pointer (&name);
        }
      if (errno != EEXIST)
        {
          fail_errno (name, "making the backup", error);
          return NULL;
        }
    }
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: %d backups of schema %d are there already",
               path, MAX_BACKUPS, version);
  return NULL;
}

static gboolean
copy_pages (GhSqliteDb *from, GhSqliteDb *to, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to->handle, "main", from->handle, "main");

  if (backup == NULL)
    return gh_sqlite_db_fail (to, "copying", error);
  const int stepped = sqlite3_backup_step (backup, -1);
  const int finished = sqlite3_backup_finish (backup);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK)
    return TRUE;
  return gh_sqlite_db_fail (to, "copying", error);
}

/* One plain file, complete on the disk. */
static gboolean
copy_to (GhSqliteDb *db, const char *name, GError **error)
{
  GhSqliteDb copy;

  if (!gh_sqlite_db_open (&copy, name, SQLITE_OPEN_READWRITE, NULL, error))
    return FALSE;
  const gboolean copied = gh_sqlite_db_exec (&copy, "PRAGMA synchronous = FULL", error)
                          && copy_pages (db, &copy, error)
                          && gh_sqlite_db_exec (&copy, "PRAGMA journal_mode = DELETE", error);
  gh_sqlite_db_close (&copy);
  return copied;
}

char *
gh_sqlite_file_backup (GhSqliteDb *db, gint version, GError **error)
{
  g_autofree char *name = create_backup (db->path, version, error);

  if (name == NULL || !copy_to (db, name, error) || !sync_folder (name, error))
    return NULL;
  return g_steal_pointer (&name);
}

gboolean
gh_sqlite_file_save (const char *path, const char *vfs, const char *copy, GError **error)
{
  GhSqliteDb db;

  if (!gh_sqlite_db_open (&db, path, SQLITE_OPEN_READWRITE, vfs, error))
    return FALSE;
  const gboolean copied = copy_to (&db, copy, error);
  gh_sqlite_db_close (&db);
  return copied;
}
