/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-db.h"

#define COLUMNS                                                                                   \
  "number, parent, type, resource_id, name, owner, creation, modified, expiration, size, ended, " \
  "body"
#define VALUES "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"

/* The terms of the partial indexes stand in the queries as they stand in the indexes. */
#define CAN_EXPIRE "ended = 0 AND expiration < 9223372036854775807"

/* What of an index lies behind (?1, ?2) and not above ?3: two parts, because the number of a row is
 * no column of its indexes, and a comparison of pairs would pass over all with the same key. */
#define IN_ORDER(key, from, index, where)                                                \
  "SELECT " key ", number FROM " from " INDEXED BY " index " WHERE " where key           \
  " = ?1 AND number > ?2 AND " key " <= ?3 "                                             \
  "UNION ALL SELECT " key ", number FROM " from " INDEXED BY " index " WHERE " where key \
  " > ?1 AND " key " <= ?3 ORDER BY 1, 2 LIMIT ?4"

static const char *const statement_texts[GH_SQL_N] = {
  [GH_SQL_BEGIN] = "BEGIN IMMEDIATE",
  [GH_SQL_COMMIT] = "COMMIT",
  [GH_SQL_ROLLBACK] = "ROLLBACK",
  [GH_SQL_SAVEPOINT] = "SAVEPOINT request",
  [GH_SQL_SAVEPOINT_ROLLBACK] = "ROLLBACK TO request",
  [GH_SQL_SAVEPOINT_RELEASE] = "RELEASE request",
  [GH_SQL_DATA_VERSION] = "PRAGMA data_version",
  [GH_SQL_PUT_RESOURCE] =
    "INSERT INTO resource (" COLUMNS ") " VALUES " ON CONFLICT (number) DO UPDATE SET "
    "parent = ?2, type = ?3, resource_id = ?4, name = ?5, owner = ?6, creation = ?7, "
    "modified = ?8, expiration = ?9, size = ?10, ended = ?11, body = ?12",
  [GH_SQL_PUT_INSTANCE] = "INSERT INTO instance (" COLUMNS ", moment) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
  [GH_SQL_PUT_COUNTERS] = "INSERT INTO counters (number, state_tag, count, bytes, oldest, latest) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (number) DO UPDATE SET "
                          "state_tag = ?2, count = ?3, bytes = ?4, oldest = ?5, latest = ?6",
  [GH_SQL_END_RESOURCE] =
    "UPDATE resource SET ended = CASE ended WHEN 0 THEN ?2 ELSE ended END WHERE number = ?1",
  [GH_SQL_END_INSTANCE] =
    "UPDATE instance SET ended = CASE ended WHEN 0 THEN ?2 ELSE ended END WHERE number = ?1",
  [GH_SQL_PURGE_RESOURCE] = "DELETE FROM resource WHERE number = ?1",
  [GH_SQL_PURGE_COUNTERS] = "DELETE FROM counters WHERE number = ?1",
  [GH_SQL_PURGE_INSTANCE] = "DELETE FROM instance WHERE number = ?1",
  [GH_SQL_PURGE_INSTANCES_BELOW] =
    "DELETE FROM instance WHERE number IN (SELECT number FROM instance "
    "INDEXED BY instance_by_parent WHERE parent = ?1 AND number < ?2 ORDER BY number LIMIT ?3)",
  [GH_SQL_PUT_EVENT] =
    "INSERT INTO event (number, sequence, subject, body) VALUES (?1, ?2, ?3, ?4)",
  [GH_SQL_DELETE_EVENTS_BELOW] = "DELETE FROM event WHERE number < ?1",
  [GH_SQL_DELETE_EVENT] = "DELETE FROM event WHERE number = ?1",
  [GH_SQL_PUT_CURSOR] = "INSERT INTO cursor (target, event) VALUES (?1, ?2) ON CONFLICT (target) "
                        "DO UPDATE SET event = ?2",
  [GH_SQL_DELETE_CURSOR] = "DELETE FROM cursor WHERE target = ?1",
  [GH_SQL_PUT_META] =
    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
  [GH_SQL_DELETE_META] = "DELETE FROM meta WHERE key = ?1",
  [GH_SQL_PUT_MARKS] = "UPDATE marks SET sequence = ?1, number = ?2, event = ?3",
  [GH_SQL_LOAD_RESOURCES] = "SELECT " COLUMNS " FROM resource ORDER BY number",
  [GH_SQL_LOAD_COUNTERS] =
    "SELECT number, state_tag, count, bytes, oldest, latest FROM counters ORDER BY number",
  [GH_SQL_LOAD_EVENTS] = "SELECT number, sequence, subject, body FROM event ORDER BY number",
  [GH_SQL_LOAD_CURSORS] = "SELECT target, event FROM cursor ORDER BY target",
  [GH_SQL_GET_MARKS] = "SELECT sequence, number, event FROM marks",
  [GH_SQL_GET_META] = "SELECT value FROM meta WHERE key = ?1",
  [GH_SQL_GET_INSTANCE] = "SELECT " COLUMNS " FROM instance WHERE number = ?1",
  [GH_SQL_FIND_ALIVE] =
    "SELECT number FROM instance INDEXED BY instance_by_name "
    "WHERE parent = ?1 AND name = ?2 AND ended = 0 ORDER BY number DESC LIMIT 1",
  [GH_SQL_FIND] = "SELECT " COLUMNS " FROM instance INDEXED BY instance_by_name "
                  "WHERE parent = ?1 AND name = ?2 ORDER BY number DESC",
  [GH_SQL_FIND_MOMENT] =
    "SELECT max (number) FROM instance INDEXED BY instance_by_moment "
    "WHERE parent = ?1 AND moment BETWEEN ?2 AND ?3 AND number >= ?4 AND ended = 0",
  [GH_SQL_NEXT] = "SELECT number, size, creation FROM instance INDEXED BY instance_by_parent "
                  "WHERE parent = ?1 AND number > ?2 AND ended = 0 ORDER BY number LIMIT 1",
  [GH_SQL_PREVIOUS] =
    "SELECT number, size, creation FROM instance INDEXED BY instance_by_parent "
    "WHERE parent = ?1 AND number < ?2 AND ended = 0 ORDER BY number DESC LIMIT 1",
  [GH_SQL_EXPIRED_RESOURCES] = "SELECT " COLUMNS " FROM resource INDEXED BY resource_by_expiration "
                               "WHERE " CAN_EXPIRE
                               " AND expiration <= ?1 ORDER BY expiration, number LIMIT ?2",
  [GH_SQL_EXPIRED_INSTANCES] = "SELECT " COLUMNS " FROM instance INDEXED BY instance_by_expiration "
                               "WHERE " CAN_EXPIRE
                               " AND expiration <= ?1 ORDER BY expiration, number LIMIT ?2",
  [GH_SQL_SLICE] = "BEGIN",
  [GH_SQL_SNAPSHOT] = "SELECT sequence FROM marks",
  [GH_SQL_RESOURCES_AFTER] = "SELECT " COLUMNS " FROM resource INDEXED BY resource_by_parent "
                             "WHERE parent = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
  [GH_SQL_RESOURCES_BEFORE] = "SELECT " COLUMNS " FROM resource INDEXED BY resource_by_parent "
                              "WHERE parent = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
  [GH_SQL_INSTANCES_AFTER] = "SELECT " COLUMNS " FROM instance INDEXED BY instance_by_parent "
                             "WHERE parent = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
  [GH_SQL_INSTANCES_BEFORE] = "SELECT " COLUMNS " FROM instance INDEXED BY instance_by_parent "
                              "WHERE parent = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
  [GH_SQL_GET_RESOURCE] = "SELECT " COLUMNS " FROM resource WHERE number = ?1",
  [GH_SQL_PUT_TAG_CLASS] = "UPDATE counters SET tag_class = ?2 WHERE number = ?1",
  [GH_SQL_PUT_ERA] = "INSERT OR IGNORE INTO era (number) VALUES (?1)",
  [GH_SQL_PUT_RESOURCE_LABEL] =
    "INSERT OR IGNORE INTO resource_label (number, label) VALUES (?1, ?2)",
  [GH_SQL_PUT_INSTANCE_LABEL] =
    "INSERT OR IGNORE INTO instance_label (number, label) VALUES (?1, ?2)",
  [GH_SQL_PURGE_RESOURCE_LABELS] = "DELETE FROM resource_label WHERE number = ?1",
  [GH_SQL_PURGE_INSTANCE_LABELS] = "DELETE FROM instance_label WHERE number = ?1",
  [GH_SQL_PURGE_INSTANCE_LABELS_BELOW] =
    "DELETE FROM instance_label WHERE number IN (SELECT number FROM instance "
    "INDEXED BY instance_by_parent WHERE parent = ?1 AND number < ?2 ORDER BY number LIMIT ?3)",
  [GH_SQL_RESOURCES_BY_LABEL] =
    "SELECT label, number FROM resource_label WHERE (label, number) > (?1, ?2) AND label <= ?3 "
    "ORDER BY label, number LIMIT ?4",
  [GH_SQL_INSTANCES_BY_LABEL] =
    "SELECT label, number FROM instance_label WHERE (label, number) > (?1, ?2) AND label <= ?3 "
    "ORDER BY label, number LIMIT ?4",
  [GH_SQL_RESOURCES_BY_TYPE] = IN_ORDER ("type", "resource", "resource_by_type", ""),
  [GH_SQL_RESOURCES_BY_CREATION] = IN_ORDER ("creation", "resource", "resource_by_creation", ""),
  [GH_SQL_RESOURCES_BY_MODIFICATION] = IN_ORDER ("modified", "resource", "resource_by_modification",
                                                 ""),
  [GH_SQL_RESOURCES_BY_EXPIRATION] = IN_ORDER ("expiration", "resource", "resource_by_expiration",
                                               CAN_EXPIRE " AND "),
  [GH_SQL_INSTANCES_BY_EXPIRATION] = IN_ORDER ("expiration", "instance", "instance_by_expiration",
                                               CAN_EXPIRE " AND "),
  [GH_SQL_RESOURCES_BY_TAG] = IN_ORDER ("tag_class", "counters", "counters_by_tag", ""),
  [GH_SQL_INSTANCES_IN_ORDER] = "SELECT " COLUMNS " FROM instance WHERE number > ?1 AND "
                                "number <= ?2 ORDER BY number LIMIT ?3",
  [GH_SQL_ERAS] = "SELECT number FROM era ORDER BY number",
  [GH_SQL_CREATED_FROM] =
    "SELECT number, creation FROM instance WHERE number >= ?1 ORDER BY number LIMIT 1",
};

gboolean
gh_sqlite_db_fail (GhSqliteDb *db, const char *doing, GError **error)
{
  const int code = sqlite3_extended_errcode (db->handle);
  const char *what = (code & 0xff) == SQLITE_NOTADB    ? "this is not a SQLite database"
                     : (code & 0xff) == SQLITE_CORRUPT ? "the file is damaged"
                                                       : sqlite3_errmsg (db->handle);

  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "%s: %s: %s (%d)", db->path, doing, what, code);
  return FALSE;
}

gboolean
gh_sqlite_db_open (GhSqliteDb *db, const char *path, int flags, const char *vfs, GError **error)
{
  *db = (GhSqliteDb){ .path = g_strdup (path) };
  if (sqlite3_open_v2 (path, &db->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs)
      != SQLITE_OK)
    {
      gh_sqlite_db_fail (db, "opening", error);
      gh_sqlite_db_close (db);
      return FALSE;
    }
  /* What stands in the file's schema is data: it may not call functions or be edited by hand. */
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  if (!gh_sqlite_db_exec (db, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY", error))
    {
      gh_sqlite_db_close (db);
      return FALSE;
    }
  return TRUE;
}

void
gh_sqlite_db_close (GhSqliteDb *db)
{
  for (guint i = 0; i < GH_SQL_N; i++)
    g_clear_pointer (&db->statements[i], sqlite3_finalize);
  g_clear_pointer (&db->handle, sqlite3_close);
  g_clear_pointer (&db->path, g_free);
}

gboolean
gh_sqlite_db_exec (GhSqliteDb *db, const char *sql, GError **error)
{
  if (sqlite3_exec (db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  return gh_sqlite_db_fail (db, sql, error);
}

gboolean
gh_sqlite_db_set_cache (GhSqliteDb *db, gint64 octets, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA cache_size = -%" G_GINT64_FORMAT,
                                          MIN (octets / 1024, G_MAXINT32));

  return gh_sqlite_db_exec (db, sql, error);
}

gboolean
gh_sqlite_db_get_integer (GhSqliteDb *db, const char *sql, gint64 *out, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (db->handle, sql, -1, &statement, NULL);

  *out = 0;
  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    *out = sqlite3_column_int64 (statement, 0);
  const gboolean failed = result != SQLITE_ROW && result != SQLITE_DONE;
  if (failed)
    gh_sqlite_db_fail (db, sql, error);
  sqlite3_finalize (statement);
  return !failed;
}

sqlite3_stmt *
gh_sqlite_db_statement (GhSqliteDb *db, GhSqlId id, GError **error)
{
  if (G_LIKELY (db->statements[id] != NULL))
    return db->statements[id];
  if (db->handle == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE,
                           "the store has not been open since an error");
      return NULL;
    }
  if (sqlite3_prepare_v3 (db->handle, statement_texts[id], -1, SQLITE_PREPARE_PERSISTENT,
                          &db->statements[id], NULL)
      != SQLITE_OK)
    gh_sqlite_db_fail (db, statement_texts[id], error);
  return db->statements[id];
}

gboolean
gh_sqlite_db_run (GhSqliteDb *db, sqlite3_stmt *statement, GError **error)
{
  const int result = sqlite3_step (statement);
  const gboolean done = result == SQLITE_DONE || result == SQLITE_ROW;

  if (!done)
    gh_sqlite_db_fail (db, sqlite3_sql (statement), error);
  sqlite3_reset (statement);
  return done;
}

gboolean
gh_sqlite_db_run_id (GhSqliteDb *db, GhSqlId id, GError **error)
{
  sqlite3_stmt *statement = gh_sqlite_db_statement (db, id, error);

  return statement != NULL && gh_sqlite_db_run (db, statement, error);
}

void
gh_sqlite_bind_number (sqlite3_stmt *statement, int index, guint64 number)
{
  sqlite3_bind_int64 (statement, index, (gint64) MIN (number, (guint64) G_MAXINT64));
}

void
gh_sqlite_bind_row (sqlite3_stmt *statement, const GhStoreRow *row)
{
  gh_sqlite_bind_number (statement, 1, row->number);
  gh_sqlite_bind_number (statement, 2, row->parent);
  sqlite3_bind_int (statement, 3, row->type);
  sqlite3_bind_text (statement, 4, row->resource_id, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 5, row->name, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 6, row->owner, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 7, row->creation_us);
  sqlite3_bind_int64 (statement, 8, row->modified_us);
  sqlite3_bind_int64 (statement, 9, row->expiration_us);
  gh_sqlite_bind_number (statement, 10, row->size);
  gh_sqlite_bind_number (statement, 11, row->ended_sequence);
  sqlite3_bind_text64 (statement, 12, row->body != NULL ? row->body : "", row->body_length,
                       SQLITE_STATIC, SQLITE_UTF8);
}

static void
column_row (sqlite3_stmt *statement, GhStoreRow *row)
{
  *row = (GhStoreRow){
    .number = (guint64) sqlite3_column_int64 (statement, 0),
    .parent = (guint64) sqlite3_column_int64 (statement, 1),
    .type = sqlite3_column_int (statement, 2),
    .resource_id = (const char *) sqlite3_column_text (statement, 3),
    .name = (const char *) sqlite3_column_text (statement, 4),
    .owner = (const char *) sqlite3_column_text (statement, 5),
    .creation_us = sqlite3_column_int64 (statement, 6),
    .modified_us = sqlite3_column_int64 (statement, 7),
    .expiration_us = sqlite3_column_int64 (statement, 8),
    .size = (guint64) sqlite3_column_int64 (statement, 9),
    .ended_sequence = (guint64) sqlite3_column_int64 (statement, 10),
    .body = (const char *) sqlite3_column_text (statement, 11),
    .body_length = (gsize) sqlite3_column_bytes (statement, 11),
  };
}

gboolean
gh_sqlite_for_each_row (GhSqliteDb *db, sqlite3_stmt *statement, GhStoreRowFunc func,
                        gpointer user_data, GError **error)
{
  GhStoreRow row;
  int result;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      column_row (statement, &row);
      /* NULL in a column that is never NULL: there was no memory for the text */
      if (row.resource_id == NULL || row.body == NULL)
        {
          result = SQLITE_NOMEM;
          break;
        }
      if (!func (&row, user_data))
        break;
    }
  const gboolean done = result == SQLITE_DONE || result == SQLITE_ROW;
  if (!done)
    gh_sqlite_db_fail (db, "reading", error);
  sqlite3_reset (statement);
  return done;
}
