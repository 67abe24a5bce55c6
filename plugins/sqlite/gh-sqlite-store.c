/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-store.h"

#include "gh-sqlite-file.h"
#include "gh-sqlite-schema.h"

#include "base/gh-log.h"

#include <unistd.h>

/* At this many times the wanted size of the write-ahead log, the writer waits for its copying. */
#define MAX_LOG_FACTOR 8
/* What renewing the log reads and writes at once. */
#define LOG_BLOCK 65536
/* How long a lock is waited for: 20 µs, 40 µs, ... a quarter of a second in all. */
#define MAX_BUSY_TRIES 160
#define BUSY_STEP_US   20
/* What copying a page is expected to take before it was measured. */
#define FIRST_NS_PER_PAGE 20000

gboolean
gh_sqlite_refuse (const char *path, const char *what, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: %s", path, what);
  return FALSE;
}

/* A log of so many pages is to be copied. */
static gint64
wanted_pages (const GhSqliteStore *store)
{
  return MAX (1, store->options.checkpoint_size / MAX (1, store->page_size));
}

/* Opening. */

/*
 * A reader that meets a half-written index of the log takes the writer's lock for a moment, to read
 * it again: microseconds are waited for. Another program that keeps the lock is not.
 */
static int
wait_a_moment (void *data, int n_tries)
{
  if (n_tries >= MAX_BUSY_TRIES)
    return 0;
  g_usleep (BUSY_STEP_US * (gulong) (n_tries + 1));
  return 1;
}

/* SQLite calls it after each commit; with it, nothing but maintain copies the log into the file. */
static int
note_wal_pages (void *data, sqlite3 *handle, const char *name, int pages)
{
  GhSqliteStore *store = data;

  /* it is shorter than it was: SQLite began again at its start, because all of it was copied */
  if (pages <= store->wal_pages)
    {
      store->wal_copied = store->copy_above = 0;
      store->log_epoch++;
    }
  store->wal_pages = pages;
  return SQLITE_OK;
}

/* Writes every octet of the open log again, and syncs it. */
static int
rewrite_log (sqlite3_file *log)
{
  g_autofree guint8 *block = g_malloc (LOG_BLOCK);
  sqlite3_int64 size;
  int result = log->pMethods->xFileSize (log, &size);

  for (sqlite3_int64 at = 0; at < size && result == SQLITE_OK; at += LOG_BLOCK)
    {
      const int length = (int) MIN (LOG_BLOCK, size - at);
      result = log->pMethods->xRead (log, block, length, at);
      if (result == SQLITE_OK)
        result = log->pMethods->xWrite (log, block, length, at);
    }
  if (result == SQLITE_OK && size > 0)
    result = log->pMethods->xSync (log, SQLITE_SYNC_NORMAL);
  return result;
}

/*
 * A process that was killed after a sync had failed leaves a log that is whole in the kernel's
 * memory and torn on the disk, and a later sync that succeeds does not change that (Linux counts
 * the pages as written). Copying it into the file would be a torn copy if the power went then. So
 * what stands in the log is first made durable, with the writer's lock held.
 */
static gboolean
renew_log (GhSqliteStore *store, GError **error)
{
  sqlite3 *handle = store->db.handle;
  sqlite3_file *log = NULL;

  if (!gh_sqlite_db_run_id (&store->db, GH_SQL_BEGIN, error))
    return FALSE;
  int result = sqlite3_file_control (handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (result == SQLITE_OK && log != NULL && log->pMethods != NULL)
    result = rewrite_log (log);
  if (!gh_sqlite_db_run_id (&store->db, GH_SQL_ROLLBACK, error))
    return FALSE;
  if (result == SQLITE_OK)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: writing the log again: %s (%d)",
               store->db.path, sqlite3_errstr (result), result);
  return FALSE;
}

/* Everything in the log goes into the file now, and the log starts anew. */
static gboolean
copy_log (GhSqliteStore *store, GError **error)
{
  if (sqlite3_wal_checkpoint_v2 (store->db.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL)
      != SQLITE_OK)
    return gh_sqlite_db_fail (&store->db, "copying the write-ahead log", error);
  store->wal_pages = store->wal_copied = store->copy_above = 0;
  return TRUE;
}

/*
 * The answer comes before the change is committed, and another mode is an answer, not an error:
 * only both together mean that there is a write-ahead log.
 */
static gboolean
use_wal (GhSqliteDb *db, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean is_wal = FALSE;

  int result = sqlite3_prepare_v2 (db->handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    {
      is_wal = g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "wal") == 0;
      result = sqlite3_step (statement);
    }
  if (result != SQLITE_DONE)
    gh_sqlite_db_fail (db, "changing to a write-ahead log", error);
  sqlite3_finalize (statement);
  if (result != SQLITE_DONE)
    return FALSE;
  return is_wal || gh_sqlite_refuse (db->path, "no write-ahead log is possible here", error);
}

static gboolean
set_up_connection (GhSqliteStore *store, GError **error)
{
  GhSqliteDb *db = &store->db;
  g_autofree char *limit = g_strdup_printf ("PRAGMA journal_size_limit = %" G_GINT64_FORMAT,
                                            store->options.checkpoint_size);
  gint64 ignored;

  /* a page that leaves the cache before COMMIT would be written twice */
  if (!gh_sqlite_db_set_cache (db, store->options.cache_size, error)
      || !gh_sqlite_db_exec (db, "PRAGMA synchronous = FULL; PRAGMA cache_spill = OFF", error)
      || !use_wal (db, error) || !gh_sqlite_db_get_integer (db, limit, &ignored, error))
    return FALSE;
  sqlite3_busy_handler (db->handle, wait_a_moment, NULL);
  sqlite3_wal_autocheckpoint (db->handle, 0);
  sqlite3_wal_hook (db->handle, note_wal_pages, store);
  return TRUE;
}

static gboolean
allow_copying (GhSqliteDb *db)
{
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  return TRUE;
}

static gboolean
open_handle (GhSqliteStore *store, GError **error)
{
  GhSqliteDb *db = &store->db;
  gint64 version;

  /* prepare_file has made the file; one that has gone since is not made again */
  if (!gh_sqlite_db_open (db, store->options.path,
                          SQLITE_OPEN_READWRITE
                            | (store->options.vfs != NULL ? SQLITE_OPEN_CREATE : 0),
                          store->options.vfs, error))
    return FALSE;
  /* a log that is not renewed yet is not copied, not even when an error closes the file here */
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (gh_sqlite_schema_identify (db, &version, error)
      && (version != GH_SQLITE_SCHEMA_EMPTY || !store->was_open
          || gh_sqlite_refuse (db->path, "the file has lost its content", error))
      && (store->options.vfs != NULL || gh_sqlite_file_protect (store->options.path, error))
      && set_up_connection (store, error) && renew_log (store, error) && allow_copying (db)
      && copy_log (store, error) && gh_sqlite_schema_prepare (db, &store->options, version, error)
      && gh_sqlite_schema_check (db, &store->options, error) && gh_sqlite_index_open (store, error)
      && gh_sqlite_db_get_integer (db, "PRAGMA data_version", &store->data_version, error)
      && gh_sqlite_db_get_integer (db, "PRAGMA page_size", &store->page_size, error))
    {
      store->was_open = TRUE;
      return TRUE;
    }
  gh_sqlite_db_close (db);
  return FALSE;
}

static void
store_free (GhSqliteStore *store)
{
  g_clear_pointer (&store->copier, gh_sqlite_copier_free);
  gh_sqlite_db_close (&store->db);
  if (store->lock_fd >= 0)
    close (store->lock_fd);
  g_clear_pointer (&store->tag_classes, g_hash_table_unref);
  g_free ((char *) store->options.path);
  g_free ((char *) store->options.vfs);
  g_free (store);
}

static gboolean
prepare_file (GhSqliteStore *store, GError **error)
{
  if (store->options.vfs != NULL)
    return TRUE;
  store->lock_fd = gh_sqlite_file_lock (store->options.path, error);
  return store->lock_fd >= 0 && gh_sqlite_file_finish_restore (store->options.path, error)
         && gh_sqlite_file_prepare (store->options.path, error);
}

GhStore *
gh_sqlite_store_open (const GhSqliteOptions *options, GError **error)
{
  GhSqliteStore *store = g_new0 (GhSqliteStore, 1);

  store->options = *options;
  /* absolute: readers open it later, and no name stands for a file in memory */
  store->options.path = options->vfs != NULL ? g_strdup (options->path)
                                             : g_canonicalize_filename (options->path, NULL);
  store->options.vfs = g_strdup (options->vfs);
  store->lock_fd = -1;
  store->ns_per_page = FIRST_NS_PER_PAGE;
  if (prepare_file (store, error) && open_handle (store, error))
    return (GhStore *) store;
  store_free (store);
  return NULL;
}

static GhStore *
sqlite_open (const GhConfig *config, GError **error)
{
  const GhSqliteOptions options = {
    .path = gh_config_get_string (config, "store", "path"),
    .cache_size = gh_config_get_integer (config, "store", "cache-size"),
    .reader_cache_size = gh_config_get_integer (config, "store", "reader-cache-size"),
    .checkpoint_size = gh_config_get_integer (config, "store", "checkpoint-size"),
    .full_check = g_str_equal (gh_config_get_string (config, "store", "integrity-check"), "full"),
  };

  if (options.path == NULL || *options.path == '\0')
    {
      gh_sqlite_refuse ("[store] path", "not set; the SQLite store needs a file", error);
      return NULL;
    }
  return gh_sqlite_store_open (&options, error);
}

static void
drop_batch (GhSqliteStore *store)
{
  if (store->in_batch && !sqlite3_get_autocommit (store->db.handle)
      && !gh_sqlite_db_run_id (&store->db, GH_SQL_ROLLBACK, NULL))
    gh_log (GH_LOG_WARNING, "sqlite", "a rollback failed", "path", store->db.path, "reason",
            sqlite3_errmsg (store->db.handle), NULL);
  if (store->in_batch)
    gh_sqlite_index_rolled_back (store, &store->index_at_begin);
  store->in_batch = store->in_savepoint = store->failed = FALSE;
}

static void
sqlite_close (GhStore *base)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  if (store->db.handle != NULL)
    drop_batch (store);
  store_free (store);
}

static gboolean
sqlite_reopen (GhStore *base, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  if (g_atomic_int_get (&store->n_readers) > 0)
    return gh_sqlite_refuse (store->options.path, "a reader is still open", error);
  if (store->db.handle != NULL)
    drop_batch (store);
  g_clear_pointer (&store->copier, gh_sqlite_copier_free);
  gh_sqlite_db_close (&store->db);
  return open_handle (store, error);
}

/* One batch. */

static gboolean
sqlite_begin (GhStore *base, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  const gint64 known = store->data_version;

  if (store->db.handle == NULL)
    return gh_sqlite_refuse (store->options.path, "not open since an error", error);
  if (store->in_batch)
    return gh_sqlite_refuse (store->db.path, "a batch is open already", error);
  if (!gh_sqlite_db_run_id (&store->db, GH_SQL_BEGIN, error))
    return FALSE;
  store->in_batch = TRUE;
  store->index_at_begin = store->index;
  sqlite3_stmt *version = gh_sqlite_db_statement (&store->db, GH_SQL_DATA_VERSION, error);
  const gboolean same = version != NULL && sqlite3_step (version) == SQLITE_ROW
                        && sqlite3_column_int64 (version, 0) == known;
  if (version != NULL)
    sqlite3_reset (version);
  if (same)
    return TRUE;
  drop_batch (store);
  return gh_sqlite_refuse (store->options.path,
                           "another program has written to the file; stop it, then start again",
                           error);
}

/* A statement of the open batch; NULL with @error. */
sqlite3_stmt *
gh_sqlite_batch_statement (GhSqliteStore *store, GhSqlId id, GError **error)
{
  if (!store->in_batch)
    {
      gh_sqlite_refuse (store->options.path, "no batch is open", error);
      return NULL;
    }
  if (store->failed)
    {
      gh_sqlite_refuse (store->options.path, "the batch has failed before", error);
      return NULL;
    }
  /* another statement of the same call may have changed something already */
  sqlite3_stmt *statement = gh_sqlite_db_statement (&store->db, id, error);
  store->failed = statement == NULL;
  return statement;
}

/* A constraint leaves the batch as it was before the statement; any other error spoils it. */
gboolean
gh_sqlite_batch_run (GhSqliteStore *store, sqlite3_stmt *statement, GError **error)
{
  if (gh_sqlite_db_run (&store->db, statement, error))
    return TRUE;
  store->failed = (sqlite3_errcode (store->db.handle) & 0xff) != SQLITE_CONSTRAINT;
  return FALSE;
}

gboolean
gh_sqlite_batch_run_number (GhSqliteStore *store, GhSqlId id, guint64 number, GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, id, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, number);
  return gh_sqlite_batch_run (store, statement, error);
}

static gboolean
sqlite_put_structural (GhStore *base, const GhStoreRow *row, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_PUT_RESOURCE, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_row (statement, row);
  return gh_sqlite_batch_run (store, statement, error)
         && gh_sqlite_index_put_structural (store, row, error);
}

static gboolean
sqlite_put_instance (GhStore *base, const GhStoreRow *row, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_PUT_INSTANCE, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_row (statement, row);
  if (row->has_moment)
    sqlite3_bind_int64 (statement, 13, row->moment);
  else
    sqlite3_bind_null (statement, 13);
  return gh_sqlite_batch_run (store, statement, error)
         && gh_sqlite_index_put_instance (store, row, error);
}

static gboolean
sqlite_put_counters (GhStore *base, const GhStoreCounters *counters, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_PUT_COUNTERS, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, counters->number);
  gh_sqlite_bind_number (statement, 2, counters->state_tag);
  gh_sqlite_bind_number (statement, 3, counters->count);
  gh_sqlite_bind_number (statement, 4, counters->bytes);
  gh_sqlite_bind_number (statement, 5, counters->oldest);
  gh_sqlite_bind_number (statement, 6, counters->latest);
  return gh_sqlite_batch_run (store, statement, error)
         && gh_sqlite_index_put_counters (store, counters, error);
}

static gboolean
sqlite_end_row (GhStore *base, guint64 number, gboolean instance, guint64 sequence, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (
    store, instance ? GH_SQL_END_INSTANCE : GH_SQL_END_RESOURCE, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, number);
  gh_sqlite_bind_number (statement, 2, sequence);
  if (!gh_sqlite_batch_run (store, statement, error))
    return FALSE;
  return sqlite3_changes (store->db.handle) == 1
         || gh_sqlite_refuse (store->db.path, "the row to end is not there", error);
}

static gboolean
sqlite_purge_structural (GhStore *base, guint64 number, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  gh_sqlite_index_forget (store, number);
  return gh_sqlite_batch_run_number (store, GH_SQL_PURGE_RESOURCE, number, error)
         && gh_sqlite_batch_run_number (store, GH_SQL_PURGE_RESOURCE_LABELS, number, error)
         && gh_sqlite_batch_run_number (store, GH_SQL_PURGE_COUNTERS, number, error);
}

static gboolean
sqlite_purge_instance (GhStore *base, guint64 number, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  return gh_sqlite_batch_run_number (store, GH_SQL_PURGE_INSTANCE, number, error)
         && (!store->index.instance_labels
             || gh_sqlite_batch_run_number (store, GH_SQL_PURGE_INSTANCE_LABELS, number, error));
}

static gboolean
purge_below (GhSqliteStore *store, GhSqlId id, guint64 parent, guint64 below, guint limit,
             GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, id, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, parent);
  gh_sqlite_bind_number (statement, 2, below);
  sqlite3_bind_int64 (statement, 3, limit);
  return gh_sqlite_batch_run (store, statement, error);
}

static gboolean
sqlite_purge_instances_below (GhStore *base, guint64 parent, guint64 below, guint limit,
                              guint *out_purged, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  /* the labels first: which they are follows from the rows */
  if ((store->index.instance_labels
       && !purge_below (store, GH_SQL_PURGE_INSTANCE_LABELS_BELOW, parent, below, limit, error))
      || !purge_below (store, GH_SQL_PURGE_INSTANCES_BELOW, parent, below, limit, error))
    return FALSE;
  if (out_purged != NULL)
    *out_purged = (guint) sqlite3_changes (store->db.handle);
  return TRUE;
}

static gboolean
sqlite_put_event (GhStore *base, const GhStoreEvent *event, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_PUT_EVENT, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, event->number);
  gh_sqlite_bind_number (statement, 2, event->sequence);
  gh_sqlite_bind_number (statement, 3, event->subject);
  sqlite3_bind_text64 (statement, 4, event->body != NULL ? event->body : "", event->body_length,
                       SQLITE_STATIC, SQLITE_UTF8);
  return gh_sqlite_batch_run (store, statement, error);
}

static gboolean
sqlite_delete_events_below (GhStore *base, guint64 event, GError **error)
{
  return gh_sqlite_batch_run_number ((GhSqliteStore *) base, GH_SQL_DELETE_EVENTS_BELOW, event,
                                     error);
}

static gboolean
sqlite_delete_event (GhStore *base, guint64 event, GError **error)
{
  return gh_sqlite_batch_run_number ((GhSqliteStore *) base, GH_SQL_DELETE_EVENT, event, error);
}

static gboolean
sqlite_put_cursor (GhStore *base, const char *target, guint64 event, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (
    store, event != 0 ? GH_SQL_PUT_CURSOR : GH_SQL_DELETE_CURSOR, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, target, -1, SQLITE_STATIC);
  if (event != 0)
    gh_sqlite_bind_number (statement, 2, event);
  return gh_sqlite_batch_run (store, statement, error);
}

static gboolean
sqlite_put_meta (GhStore *base, const char *key, const char *value, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (
    store, value != NULL ? GH_SQL_PUT_META : GH_SQL_DELETE_META, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, key, -1, SQLITE_STATIC);
  if (value != NULL)
    sqlite3_bind_text (statement, 2, value, -1, SQLITE_STATIC);
  return gh_sqlite_batch_run (store, statement, error);
}

static gboolean
sqlite_put_marks (GhStore *base, guint64 sequence, guint64 number, guint64 event, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_PUT_MARKS, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, sequence);
  gh_sqlite_bind_number (statement, 2, number);
  gh_sqlite_bind_number (statement, 3, event);
  return gh_sqlite_batch_run (store, statement, error);
}

/*
 * Full: the last frame of the batch, which alone makes it a batch, was not written. Anything else
 * may have happened after that frame reached the file, so only the file knows.
 */
static GhCommit
outcome_of (int code)
{
  switch (code & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_CONSTRAINT:
      return GH_COMMIT_NOT_DONE;
    default:
      return GH_COMMIT_IN_DOUBT;
    }
}

static GhCommit
sqlite_commit (GhStore *base, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_COMMIT, error);
  if (statement == NULL || sqlite3_get_autocommit (store->db.handle))
    {
      if (statement != NULL)
        gh_sqlite_refuse (store->db.path, "an error has ended the batch", error);
      drop_batch (store);
      return GH_COMMIT_NOT_DONE;
    }
  if (gh_sqlite_db_run (&store->db, statement, error))
    {
      store->in_batch = store->in_savepoint = FALSE;
      return GH_COMMIT_DONE;
    }
  const GhCommit outcome = outcome_of (sqlite3_errcode (store->db.handle));
  drop_batch (store);
  return outcome;
}

static void
sqlite_rollback (GhStore *base)
{
  drop_batch ((GhSqliteStore *) base);
}

static gboolean
sqlite_savepoint (GhStore *base, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_SAVEPOINT, error);

  if (statement == NULL)
    return FALSE;
  if (store->in_savepoint)
    return gh_sqlite_refuse (store->db.path, "a savepoint is open already", error);
  if (!gh_sqlite_batch_run (store, statement, error))
    return FALSE;
  store->in_savepoint = TRUE;
  store->failed_before_savepoint = store->failed;
  store->index_at_savepoint = store->index;
  return TRUE;
}

static gboolean
sqlite_release (GhStore *base, gboolean keep, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  if (!store->in_savepoint)
    return gh_sqlite_refuse (store->options.path, "no savepoint is open", error);
  store->in_savepoint = FALSE;
  if (!keep && !gh_sqlite_db_run_id (&store->db, GH_SQL_SAVEPOINT_ROLLBACK, error))
    {
      store->failed = TRUE;
      return FALSE;
    }
  if (!keep)
    {
      store->failed = store->failed_before_savepoint;
      gh_sqlite_index_rolled_back (store, &store->index_at_savepoint);
    }
  sqlite3_stmt *statement = gh_sqlite_batch_statement (store, GH_SQL_SAVEPOINT_RELEASE, error);
  return statement != NULL && gh_sqlite_batch_run (store, statement, error);
}

/* Copies what is left, here and now. */
static void
copy_rest (GhSqliteStore *store)
{
  const gint64 begin_us = g_get_monotonic_time ();
  int in_log = 0, copied = 0;

  if (sqlite3_wal_checkpoint_v2 (store->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                 &copied)
      != SQLITE_OK)
    {
      gh_log (GH_LOG_WARNING, "sqlite", "the write-ahead log was not copied", "path",
              store->db.path, "reason", sqlite3_errmsg (store->db.handle), NULL);
      store->copy_above = store->wal_pages + (gint) wanted_pages (store);
      return;
    }
  if (copied > store->wal_copied)
    store->ns_per_page = (g_get_monotonic_time () - begin_us) * 1000 / (copied - store->wal_copied);
  store->wal_copied = MAX (0, copied);
}

/* Takes what the thread has copied. TRUE: it is done, and a little is left. */
static gboolean
take_copied (GhSqliteStore *store, GhSqliteCopierState *out_state)
{
  int copied;

  *out_state = store->copier != NULL ? gh_sqlite_copier_poll (store->copier, &copied)
                                     : GH_SQLITE_COPIER_IDLE;
  if (*out_state == GH_SQLITE_COPIER_FAILED)
    store->copy_above = store->wal_pages + (gint) wanted_pages (store);
  if (*out_state != GH_SQLITE_COPIER_DONE || store->copier_epoch != store->log_epoch)
    return FALSE;
  store->wal_copied = MAX (store->wal_copied, copied);
  return TRUE;
}

static void
copy_beside (GhSqliteStore *store)
{
  if (store->copier == NULL)
    store->copier = gh_sqlite_copier_new (store->options.path);
  store->copier_epoch = store->log_epoch;
  gh_sqlite_copier_ask (store->copier);
}

/*
 * Copies the log into the file when it is long enough: here when that fits into the budget, else on
 * a thread. SQLite begins the log anew only when all of it is copied, so what was appended while
 * the thread ran, which is little, is copied here. Where the thread does not keep up, the writer
 * waits for it.
 */
static void
sqlite_maintain (GhStore *base, gint64 budget_us)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  GhSqliteCopierState state;

  if (store->db.handle == NULL || store->in_batch)
    return;
  const gint64 wanted = wanted_pages (store);
  const gboolean copied_beside = take_copied (store, &state);
  const gint64 to_copy = store->wal_pages - store->wal_copied;
  const gboolean too_long = store->wal_pages >= wanted * MAX_LOG_FACTOR;
  if (copied_beside && (to_copy < wanted || too_long))
    {
      copy_rest (store);
      return;
    }
  if (to_copy < wanted || store->wal_pages < store->copy_above)
    return;
  if (state == GH_SQLITE_COPIER_RUNNING)
    {
      if (too_long)
        gh_sqlite_copier_wait (store->copier);
    }
  else if (to_copy * store->ns_per_page / 1000 <= budget_us
           || (store->options.vfs != NULL && too_long))
    copy_rest (store);
  else if (store->options.vfs == NULL)
    copy_beside (store);
}

static gboolean
sqlite_save (GhStore *base, const char *path, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;

  return gh_sqlite_file_save (store->options.path, store->options.vfs, path, error);
}

const GhStoreOps gh_sqlite_store_ops = {
  .struct_size = sizeof (GhStoreOps),
  .name = "sqlite",
  .open = sqlite_open,
  .close = sqlite_close,
  .reopen = sqlite_reopen,
  .load_structural = gh_sqlite_load_structural,
  .load_counters = gh_sqlite_load_counters,
  .load_events = gh_sqlite_load_events,
  .load_cursors = gh_sqlite_load_cursors,
  .get_marks = gh_sqlite_get_marks,
  .get_meta = gh_sqlite_get_meta,
  .begin = sqlite_begin,
  .put_structural = sqlite_put_structural,
  .put_instance = sqlite_put_instance,
  .put_counters = sqlite_put_counters,
  .end_row = sqlite_end_row,
  .purge_structural = sqlite_purge_structural,
  .purge_instance = sqlite_purge_instance,
  .purge_instances_below = sqlite_purge_instances_below,
  .put_event = sqlite_put_event,
  .delete_events_below = sqlite_delete_events_below,
  .delete_event = sqlite_delete_event,
  .put_cursor = sqlite_put_cursor,
  .put_meta = sqlite_put_meta,
  .put_marks = sqlite_put_marks,
  .commit = sqlite_commit,
  .rollback = sqlite_rollback,
  .savepoint = sqlite_savepoint,
  .release = sqlite_release,
  .maintain = sqlite_maintain,
  .find_instance = gh_sqlite_find_instance,
  .find_moment = gh_sqlite_find_moment,
  .next_instance = gh_sqlite_next_instance,
  .get_instance = gh_sqlite_get_instance,
  .list_expired = gh_sqlite_list_expired,
  .reader_new = gh_sqlite_reader_new,
  .reader_free = gh_sqlite_reader_free,
  .reader_begin = gh_sqlite_reader_begin,
  .reader_end = gh_sqlite_reader_end,
  .read_instance = gh_sqlite_read_instance,
  .read_find = gh_sqlite_read_find,
  .read_children = gh_sqlite_read_children,
  .read_index = gh_sqlite_read_index,
  .count_index = gh_sqlite_count_index,
  .schema = GH_SQLITE_SCHEMA_VERSION,
  .save = sqlite_save,
};
