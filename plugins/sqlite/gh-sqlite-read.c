/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-store.h"

/* A reader waits this long for a lock that another connection holds while it recovers the file. */
#define READER_BUSY_MS 100

static GhSqliteDb *
db_of (GhStore *base)
{
  return &((GhSqliteStore *) base)->db;
}

static guint64
column_number (sqlite3_stmt *statement, int column)
{
  return (guint64) sqlite3_column_int64 (statement, column);
}

/* Ends a walk over rows that were handed out one by one. */
static gboolean
finish (GhSqliteDb *db, sqlite3_stmt *statement, int result, GError **error)
{
  const gboolean done = result == SQLITE_DONE || result == SQLITE_ROW;

  if (!done)
    gh_sqlite_db_fail (db, "reading", error);
  sqlite3_reset (statement);
  return done;
}

/* At start. */

gboolean
gh_sqlite_load_structural (GhStore *base, GhStoreRowFunc func, gpointer user_data, GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_LOAD_RESOURCES, error);

  return statement != NULL && gh_sqlite_for_each_row (db, statement, func, user_data, error);
}

gboolean
gh_sqlite_load_counters (GhStore *base, void (*func) (const GhStoreCounters *, gpointer),
                         gpointer user_data, GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_LOAD_COUNTERS, error);
  int result;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const GhStoreCounters counters = {
        .number = column_number (statement, 0),
        .state_tag = column_number (statement, 1),
        .count = column_number (statement, 2),
        .bytes = column_number (statement, 3),
        .oldest = column_number (statement, 4),
        .latest = column_number (statement, 5),
      };
      func (&counters, user_data);
    }
  return finish (db, statement, result, error);
}

gboolean
gh_sqlite_load_events (GhStore *base, void (*func) (const GhStoreEvent *, gpointer),
                       gpointer user_data, GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_LOAD_EVENTS, error);
  int result;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const GhStoreEvent event = {
        .number = column_number (statement, 0),
        .sequence = column_number (statement, 1),
        .subject = column_number (statement, 2),
        .body = (const char *) sqlite3_column_text (statement, 3),
        .body_length = (gsize) sqlite3_column_bytes (statement, 3),
      };
      func (&event, user_data);
    }
  return finish (db, statement, result, error);
}

gboolean
gh_sqlite_load_cursors (GhStore *base, void (*func) (const char *, guint64, gpointer),
                        gpointer user_data, GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_LOAD_CURSORS, error);
  int result;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    func ((const char *) sqlite3_column_text (statement, 0), column_number (statement, 1),
          user_data);
  return finish (db, statement, result, error);
}

gboolean
gh_sqlite_get_marks (GhStore *base, guint64 *out_sequence, guint64 *out_number, guint64 *out_event,
                     GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_GET_MARKS, error);

  if (statement == NULL)
    return FALSE;
  const int result = sqlite3_step (statement);
  *out_sequence = column_number (statement, 0);
  *out_number = column_number (statement, 1);
  *out_event = column_number (statement, 2);
  return finish (db, statement, result, error);
}

gboolean
gh_sqlite_get_meta (GhStore *base, const char *key, char **out_value, GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_GET_META, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, key, -1, SQLITE_STATIC);
  const int result = sqlite3_step (statement);
  *out_value = result == SQLITE_ROW ? g_strdup ((const char *) sqlite3_column_text (statement, 0))
                                    : NULL;
  return finish (db, statement, result, error);
}

/* Look-ups of the writer: its connection sees its open batch. */

gboolean
gh_sqlite_find_instance (GhStore *base, guint64 parent, const char *name, guint64 *out_number,
                         GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_FIND_ALIVE, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, parent);
  sqlite3_bind_text (statement, 2, name, -1, SQLITE_STATIC);
  const int result = sqlite3_step (statement);
  *out_number = result == SQLITE_ROW ? column_number (statement, 0) : 0;
  return finish (db, statement, result, error);
}

gboolean
gh_sqlite_find_moment (GhStore *base, guint64 parent, guint64 from, gint64 low, gint64 high,
                       guint64 *out_number, GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_FIND_MOMENT, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, parent);
  sqlite3_bind_int64 (statement, 2, low);
  sqlite3_bind_int64 (statement, 3, high);
  gh_sqlite_bind_number (statement, 4, from);
  const int result = sqlite3_step (statement);
  /* of no row the maximum is NULL, which reads as 0 */
  *out_number = result == SQLITE_ROW ? column_number (statement, 0) : 0;
  return finish (db, statement, result, error);
}

gboolean
gh_sqlite_next_instance (GhStore *base, guint64 parent, guint64 after, gboolean forward,
                         guint64 *out_number, guint64 *out_size, gint64 *out_creation_us,
                         GError **error)
{
  GhSqliteDb *db = db_of (base);
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, forward ? GH_SQL_NEXT : GH_SQL_PREVIOUS,
                                                    error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, parent);
  gh_sqlite_bind_number (statement, 2, after == 0 && !forward ? G_MAXUINT64 : after);
  const int result = sqlite3_step (statement);
  const gboolean found = result == SQLITE_ROW;
  *out_number = found ? column_number (statement, 0) : 0;
  if (out_size != NULL)
    *out_size = found ? column_number (statement, 1) : 0;
  if (out_creation_us != NULL)
    *out_creation_us = found ? sqlite3_column_int64 (statement, 2) : 0;
  return finish (db, statement, result, error);
}

static gboolean
read_number (GhSqliteDb *db, guint64 number, GhStoreRowFunc func, gpointer user_data,
             GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, GH_SQL_GET_INSTANCE, error);

  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, number);
  return gh_sqlite_for_each_row (db, statement, func, user_data, error);
}

gboolean
gh_sqlite_get_instance (GhStore *base, guint64 number, GhStoreRowFunc func, gpointer user_data,
                        GError **error)
{
  return read_number (db_of (base), number, func, user_data, error);
}

typedef struct {
  GhStoreRowFunc func;
  gpointer user_data;
  guint left;
  gboolean stopped;
} Listing;

static gboolean
list_one (const GhStoreRow *row, gpointer user_data)
{
  Listing *listing = user_data;

  listing->left--;
  listing->stopped = !listing->func (row, listing->user_data);
  return !listing->stopped;
}

gboolean
gh_sqlite_list_expired (GhStore *base, gint64 now_us, guint limit, GhStoreRowFunc func,
                        gpointer user_data, GError **error)
{
  static const GhSqlId ids[] = { GH_SQL_EXPIRED_RESOURCES, GH_SQL_EXPIRED_INSTANCES };
  GhSqliteDb *db = db_of (base);
  Listing listing = { func, user_data, limit, FALSE };

  for (guint i = 0; i < G_N_ELEMENTS (ids) && listing.left > 0 && !listing.stopped; i++)
    {
      sqlite3_stmt *statement = gh_sqlite_db_statement (db, ids[i], error);
      if (statement == NULL)
        return FALSE;
      sqlite3_bind_int64 (statement, 1, now_us);
      sqlite3_bind_int64 (statement, 2, listing.left);
      if (!gh_sqlite_for_each_row (db, statement, list_one, &listing, error))
        return FALSE;
    }
  return TRUE;
}

/* Readers: a slice is a read transaction of the reader's own connection. */

GhStoreReader *
gh_sqlite_reader_new (GhStore *base, GError **error)
{
  GhSqliteStore *store = (GhSqliteStore *) base;
  GhSqliteReader *reader = g_new0 (GhSqliteReader, 1);

  if (!gh_sqlite_db_open (&reader->db, store->options.path, SQLITE_OPEN_READONLY,
                          store->options.vfs, error)
      || !gh_sqlite_db_set_cache (&reader->db, store->options.reader_cache_size, error))
    {
      gh_sqlite_db_close (&reader->db);
      g_free (reader);
      return NULL;
    }
  sqlite3_busy_timeout (reader->db.handle, READER_BUSY_MS);
  reader->store = store;
  g_atomic_int_inc (&store->n_readers);
  return (GhStoreReader *) reader;
}

void
gh_sqlite_reader_free (GhStoreReader *base)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;

  gh_sqlite_reader_end (base);
  gh_sqlite_db_close (&reader->db);
  g_atomic_int_add (&reader->store->n_readers, -1);
  g_free (reader);
}

gboolean
gh_sqlite_reader_begin (GhStoreReader *base, GError **error)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;

  if (reader->in_slice)
    return gh_sqlite_refuse (reader->db.path, "a slice is open already", error);
  if (!gh_sqlite_db_run_id (&reader->db, GH_SQL_SLICE, error))
    return FALSE;
  reader->in_slice = TRUE;
  /* the transaction has no snapshot before its first read */
  if (gh_sqlite_db_run_id (&reader->db, GH_SQL_SNAPSHOT, error))
    return TRUE;
  gh_sqlite_reader_end (base);
  return FALSE;
}

void
gh_sqlite_reader_end (GhStoreReader *base)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;

  if (!reader->in_slice)
    return;
  reader->in_slice = FALSE;
  /* it fails only when an error has ended the transaction before */
  if (!gh_sqlite_db_run_id (&reader->db, GH_SQL_ROLLBACK, NULL))
    return;
}

gboolean
gh_sqlite_need_slice (GhSqliteReader *reader, GError **error)
{
  return reader->in_slice || gh_sqlite_refuse (reader->db.path, "no slice is open", error);
}

gboolean
gh_sqlite_read_instance (GhStoreReader *base, guint64 number, GhStoreRowFunc func,
                         gpointer user_data, GError **error)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;

  return gh_sqlite_need_slice (reader, error)
         && read_number (&reader->db, number, func, user_data, error);
}

gboolean
gh_sqlite_read_find (GhStoreReader *base, guint64 parent, const char *name, GhStoreRowFunc func,
                     gpointer user_data, GError **error)
{
  GhSqliteReader *reader = (GhSqliteReader *) base;

  if (!gh_sqlite_need_slice (reader, error))
    return FALSE;
  sqlite3_stmt *statement = gh_sqlite_db_statement (&reader->db, GH_SQL_FIND, error);
  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, parent);
  sqlite3_bind_text (statement, 2, name, -1, SQLITE_STATIC);
  return gh_sqlite_for_each_row (&reader->db, statement, func, user_data, error);
}

gboolean
gh_sqlite_read_children (GhStoreReader *base, guint64 parent, gboolean instances, guint64 after,
                         gboolean forward, guint limit, GhStoreRowFunc func, gpointer user_data,
                         GError **error)
{
  static const GhSqlId ids[2][2] = { { GH_SQL_RESOURCES_BEFORE, GH_SQL_RESOURCES_AFTER },
                                     { GH_SQL_INSTANCES_BEFORE, GH_SQL_INSTANCES_AFTER } };
  GhSqliteReader *reader = (GhSqliteReader *) base;

  if (!gh_sqlite_need_slice (reader, error))
    return FALSE;
  sqlite3_stmt *statement = gh_sqlite_db_statement (
    &reader->db, ids[instances != FALSE][forward != FALSE], error);
  if (statement == NULL)
    return FALSE;
  gh_sqlite_bind_number (statement, 1, parent);
  gh_sqlite_bind_number (statement, 2, after == 0 && !forward ? G_MAXUINT64 : after);
  sqlite3_bind_int64 (statement, 3, limit);
  return gh_sqlite_for_each_row (&reader->db, statement, func, user_data, error);
}
