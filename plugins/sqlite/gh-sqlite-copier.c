/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-copier.h"

#include "base/gh-log.h"

struct _GhSqliteCopier {
  char *path;
  GThread *thread;
  GMutex lock; /* state, copied, stopping */
  GCond changed;
  GhSqliteCopierState state;
  int copied;
  gboolean stopping;
};

static gboolean
open_connection (GhSqliteCopier *copier, GhSqliteDb *db, GError **error)
{
  gint64 ignored;

  if (!gh_sqlite_db_open (db, copier->path, SQLITE_OPEN_READWRITE, NULL, error))
    return FALSE;
  sqlite3_wal_autocheckpoint (db->handle, 0);
  /* a connection knows of the log only after it has read */
  if (gh_sqlite_db_exec (db, "PRAGMA synchronous = FULL", error)
      && gh_sqlite_db_get_integer (db, "SELECT sequence FROM marks", &ignored, error))
    return TRUE;
  gh_sqlite_db_close (db);
  return FALSE;
}

static gboolean
copy (GhSqliteCopier *copier, GhSqliteDb *db, int *out_copied, GError **error)
{
  int in_log;

  if (db->handle == NULL && !open_connection (copier, db, error))
    return FALSE;
  if (sqlite3_wal_checkpoint_v2 (db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, out_copied)
      == SQLITE_OK)
    return TRUE;
  return gh_sqlite_db_fail (db, "copying the write-ahead log", error);
}

static gpointer
run (gpointer data)
{
  GhSqliteCopier *copier = data;
  GhSqliteDb db = { 0 };

  g_mutex_lock (&copier->lock);
  while (!copier->stopping)
    {
      if (copier->state != GH_SQLITE_COPIER_RUNNING)
        {
          g_cond_wait (&copier->changed, &copier->lock);
          continue;
        }
      g_mutex_unlock (&copier->lock);
      g_autoptr (GError) error = NULL;
      int copied = 0;
      const gboolean done = copy (copier, &db, &copied, &error);
      if (!done)
        gh_log (GH_LOG_WARNING, "sqlite", "the write-ahead log was not copied", "reason",
                error->message, NULL);
      g_mutex_lock (&copier->lock);
      copier->copied = copied;
      copier->state = done ? GH_SQLITE_COPIER_DONE : GH_SQLITE_COPIER_FAILED;
      g_cond_broadcast (&copier->changed);
    }
  g_mutex_unlock (&copier->lock);
  gh_sqlite_db_close (&db);
  return NULL;
}

GhSqliteCopier *
gh_sqlite_copier_new (const char *path)
{
  GhSqliteCopier *copier = g_new0 (GhSqliteCopier, 1);

  copier->path = g_strdup (path);
  g_mutex_init (&copier->lock);
  g_cond_init (&copier->changed);
  copier->thread = g_thread_new ("gh-sqlite-log", run, copier);
  return copier;
}

void
gh_sqlite_copier_free (GhSqliteCopier *copier)
{
  g_mutex_lock (&copier->lock);
  copier->stopping = TRUE;
  g_cond_broadcast (&copier->changed);
  g_mutex_unlock (&copier->lock);
  g_thread_join (copier->thread);
  g_cond_clear (&copier->changed);
  g_mutex_clear (&copier->lock);
  g_free (copier->path);
  g_free (copier);
}

void
gh_sqlite_copier_ask (GhSqliteCopier *copier)
{
  g_mutex_lock (&copier->lock);
  copier->state = GH_SQLITE_COPIER_RUNNING;
  g_cond_broadcast (&copier->changed);
  g_mutex_unlock (&copier->lock);
}

void
gh_sqlite_copier_wait (GhSqliteCopier *copier)
{
  g_mutex_lock (&copier->lock);
  while (copier->state == GH_SQLITE_COPIER_RUNNING)
    g_cond_wait (&copier->changed, &copier->lock);
  g_mutex_unlock (&copier->lock);
}

GhSqliteCopierState
gh_sqlite_copier_poll (GhSqliteCopier *copier, int *out_copied)
{
  g_mutex_lock (&copier->lock);
  const GhSqliteCopierState state = copier->state;
  *out_copied = copier->copied;
  if (state != GH_SQLITE_COPIER_RUNNING)
    copier->state = GH_SQLITE_COPIER_IDLE;
  g_mutex_unlock (&copier->lock);
  return state;
}
