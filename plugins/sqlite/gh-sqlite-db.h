/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sqlite3.h>

#include "store/gh-store.h"

G_BEGIN_DECLS

/*
 * One connection with its prepared statements: the writer has one, each reader another. Used by one
 * thread at a time.
 */

typedef enum {
  GH_SQL_BEGIN,
  GH_SQL_COMMIT,
  GH_SQL_ROLLBACK,
  GH_SQL_SAVEPOINT,
  GH_SQL_SAVEPOINT_ROLLBACK,
  GH_SQL_SAVEPOINT_RELEASE,
  GH_SQL_DATA_VERSION,
  GH_SQL_PUT_RESOURCE,
  GH_SQL_PUT_INSTANCE,
  GH_SQL_PUT_COUNTERS,
  GH_SQL_END_RESOURCE,
  GH_SQL_END_INSTANCE,
  GH_SQL_PURGE_RESOURCE,
  GH_SQL_PURGE_COUNTERS,
  GH_SQL_PURGE_INSTANCE,
  GH_SQL_PURGE_INSTANCES_BELOW,
  GH_SQL_PUT_EVENT,
  GH_SQL_DELETE_EVENTS_BELOW,
  GH_SQL_DELETE_EVENT,
  GH_SQL_PUT_CURSOR,
  GH_SQL_DELETE_CURSOR,
  GH_SQL_PUT_META,
  GH_SQL_DELETE_META,
  GH_SQL_PUT_MARKS,
  GH_SQL_LOAD_RESOURCES,
  GH_SQL_LOAD_COUNTERS,
  GH_SQL_LOAD_EVENTS,
  GH_SQL_LOAD_CURSORS,
  GH_SQL_GET_MARKS,
  GH_SQL_GET_META,
  GH_SQL_GET_INSTANCE,
  GH_SQL_FIND_ALIVE,
  GH_SQL_FIND,
  GH_SQL_FIND_MOMENT,
  GH_SQL_NEXT,
  GH_SQL_PREVIOUS,
  GH_SQL_EXPIRED_RESOURCES,
  GH_SQL_EXPIRED_INSTANCES,
  GH_SQL_SLICE,
  GH_SQL_SNAPSHOT,
  GH_SQL_RESOURCES_AFTER,
  GH_SQL_RESOURCES_BEFORE,
  GH_SQL_INSTANCES_AFTER,
  GH_SQL_INSTANCES_BEFORE,
  GH_SQL_GET_RESOURCE,
  GH_SQL_PUT_TAG_CLASS,
  GH_SQL_PUT_ERA,
  GH_SQL_PUT_RESOURCE_LABEL,
  GH_SQL_PUT_INSTANCE_LABEL,
  GH_SQL_PURGE_RESOURCE_LABELS,
  GH_SQL_PURGE_INSTANCE_LABELS,
  GH_SQL_PURGE_INSTANCE_LABELS_BELOW,
  GH_SQL_RESOURCES_BY_LABEL,
  GH_SQL_INSTANCES_BY_LABEL,
  GH_SQL_RESOURCES_BY_TYPE,
  GH_SQL_RESOURCES_BY_CREATION,
  GH_SQL_RESOURCES_BY_MODIFICATION,
  GH_SQL_RESOURCES_BY_EXPIRATION,
  GH_SQL_INSTANCES_BY_EXPIRATION,
  GH_SQL_RESOURCES_BY_TAG,
  GH_SQL_INSTANCES_IN_ORDER,
  GH_SQL_ERAS,
  GH_SQL_CREATED_FROM,
  GH_SQL_N
} GhSqlId;

typedef struct {
  sqlite3 *handle;
  char *path;
  sqlite3_stmt *statements[GH_SQL_N];
} GhSqliteDb;

/**
 * gh_sqlite_db_open:
 * @flags: of sqlite3_open_v2
 * @vfs: (nullable): name of a registered VFS
 * @cache_size: octets
 * Returns: FALSE with GH_ERROR_STORE; @db is then closed
 */
gboolean gh_sqlite_db_open (GhSqliteDb *db, const char *path, int flags, const char *vfs,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_db_close: finalizes every statement; a zeroed @db is closed already. */
void gh_sqlite_db_close (GhSqliteDb *db);
/** gh_sqlite_db_exec: runs statements that return nothing of interest. */
gboolean gh_sqlite_db_exec (GhSqliteDb *db, const char *sql, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_db_set_cache: @octets of pages kept in memory. */
gboolean gh_sqlite_db_set_cache (GhSqliteDb *db, gint64 octets, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_db_get_integer: the first column of the first row of @sql; 0 when there is none. */
gboolean gh_sqlite_db_get_integer (GhSqliteDb *db, const char *sql, gint64 *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_db_fail: @error becomes "PATH: @doing: reason". Returns: FALSE always */
gboolean gh_sqlite_db_fail (GhSqliteDb *db, const char *doing, GError **error);

/** gh_sqlite_db_statement: prepared once and kept; NULL with @error. Owned by @db. */
sqlite3_stmt *gh_sqlite_db_statement (GhSqliteDb *db, GhSqlId id, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_db_run: steps @statement, which returns no row, and resets it. */
gboolean gh_sqlite_db_run (GhSqliteDb *db, sqlite3_stmt *statement, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_db_run_id: the same for a statement without parameters. */
gboolean gh_sqlite_db_run_id (GhSqliteDb *db, GhSqlId id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_sqlite_bind_number: numbers above 2^63-1, which no row has, are bound as that. */
void gh_sqlite_bind_number (sqlite3_stmt *statement, int index, guint64 number);
/** gh_sqlite_bind_row: the twelve members, from index 1. */
void gh_sqlite_bind_row (sqlite3_stmt *statement, const GhStoreRow *row);
/** gh_sqlite_for_each_row: steps @statement, calls @func for each row until it returns FALSE,
 * resets. */
gboolean gh_sqlite_for_each_row (GhSqliteDb *db, sqlite3_stmt *statement, GhStoreRowFunc func,
                                 gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
