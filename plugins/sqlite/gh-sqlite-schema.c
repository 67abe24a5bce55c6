/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-schema.h"

#include "gh-sqlite-file.h"

#include "base/gh-log.h"

#define ROW_COLUMNS                                                                 \
  "number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, type INTEGER NOT NULL, "    \
  "resource_id TEXT NOT NULL, name TEXT, owner TEXT, creation INTEGER NOT NULL, "   \
  "modified INTEGER NOT NULL, expiration INTEGER NOT NULL, size INTEGER NOT NULL, " \
  "ended INTEGER NOT NULL, body TEXT NOT NULL"

/*
 * An index on parent is ordered by (parent, number), because a row's number is its row id. Names
 * that the CSE chose are not indexed, so that only clients that choose names pay for an index in
 * random order; it is not unique, because an evicted row may still be there when its name comes
 * again.
 */
static const char schema_0[] =
  "CREATE TABLE resource (" ROW_COLUMNS ") STRICT;"
  "CREATE TABLE instance (" ROW_COLUMNS ") STRICT;"
  "CREATE INDEX resource_by_parent ON resource (parent);"
  "CREATE INDEX instance_by_parent ON instance (parent);"
  "CREATE TABLE counters (number INTEGER PRIMARY KEY, state_tag INTEGER NOT NULL,"
  " count INTEGER NOT NULL, bytes INTEGER NOT NULL, oldest INTEGER NOT NULL,"
  " latest INTEGER NOT NULL) STRICT;"
  "CREATE TABLE event (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL,"
  " subject INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
  "CREATE TABLE cursor (target TEXT PRIMARY KEY, event INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE marks (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL,"
  " number INTEGER NOT NULL, event INTEGER NOT NULL) STRICT;"
  "INSERT INTO marks VALUES (1, 0, 0, 0);";

static const char schema_1[] =
  "CREATE INDEX instance_by_name ON instance (parent, name) WHERE name IS NOT NULL;"
  "CREATE INDEX resource_by_expiration ON resource (expiration)"
  " WHERE ended = 0 AND expiration < 9223372036854775807;"
  "CREATE INDEX instance_by_expiration ON instance (expiration)"
  " WHERE ended = 0 AND expiration < 9223372036854775807;";

/* Only instances of time series have a moment, and only they pay for its index. */
static const char schema_2[] =
  "ALTER TABLE instance ADD COLUMN moment INTEGER;"
  "CREATE INDEX instance_by_moment ON instance (parent, moment) WHERE moment IS NOT NULL;";

/*
 * Discovery. Only rows with labels pay for theirs. Instances have no index of their creation: it
 * grows with their number, but for the eras, which begin where the clock was put back.
 */
#define LABELS_OF(table)                                                            \
  "CREATE TABLE " table "_label (label TEXT NOT NULL, number INTEGER NOT NULL,"     \
  " PRIMARY KEY (label, number)) STRICT, WITHOUT ROWID;"                            \
  "CREATE INDEX " table "_label_by_number ON " table "_label (number);"             \
  "INSERT OR IGNORE INTO " table                                                    \
  "_label (label, number) SELECT label.value, row.number FROM " table               \
  " AS row, json_each (row.body) AS root, json_each (root.value, '$.lbl') AS label" \
  " WHERE instr (row.body, '\"lbl\"') > 0 AND json_valid (row.body)"                \
  " AND root.type = 'object' AND label.type = 'text';"

static const char schema_3[] = LABELS_OF ("resource")
  LABELS_OF ("instance") "CREATE INDEX resource_by_type ON resource (type);"
                         "CREATE INDEX resource_by_creation ON resource (creation);"
                         "CREATE INDEX resource_by_modification ON resource (modified);"
                         "ALTER TABLE counters ADD COLUMN tag_class INTEGER NOT NULL DEFAULT 0;"
                         "UPDATE counters SET tag_class = gatehouse_tag_class (state_tag);"
                         "CREATE INDEX counters_by_tag ON counters (tag_class);"
                         "CREATE TABLE era (number INTEGER PRIMARY KEY) STRICT;"
                         "INSERT INTO era SELECT number FROM (SELECT number, creation,"
                         " lag (creation) OVER (ORDER BY number) AS before FROM instance) WHERE "
                         "creation < before;";

/* What makes version i + 1 out of version i. */
static const char *const migrations[GH_SQLITE_SCHEMA_VERSION] = { schema_1, schema_2, schema_3 };

static void
tag_class (sqlite3_context *context, int n, sqlite3_value **values)
{
  (void) n;
  sqlite3_result_int64 (context, gh_store_tag_class ((guint64) sqlite3_value_int64 (values[0])));
}

static gboolean
set_identity (GhSqliteDb *db, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                          GH_SQLITE_APPLICATION_ID, GH_SQLITE_SCHEMA_VERSION);

  return gh_sqlite_db_exec (db, sql, error);
}

static gboolean
run_migrations (GhSqliteDb *db, gint64 from, GError **error)
{
  if (sqlite3_create_function (db->handle, "gatehouse_tag_class", 1, SQLITE_UTF8, NULL, tag_class,
                               NULL, NULL)
      != SQLITE_OK)
    return gh_sqlite_db_fail (db, "bringing the schema up to date", error);
  for (gint64 version = from; version < GH_SQLITE_SCHEMA_VERSION; version++)
    if (!gh_sqlite_db_exec (db, migrations[version], error))
      return FALSE;
  return set_identity (db, error);
}

/* All of it or nothing: the versions in the header belong to the transaction, too. */
static gboolean
change_schema (GhSqliteDb *db, gboolean create, gint64 from, GError **error)
{
  if (!gh_sqlite_db_exec (db, "BEGIN EXCLUSIVE", error))
    return FALSE;
  if ((!create || gh_sqlite_db_exec (db, schema_0, error)) && run_migrations (db, from, error)
      && gh_sqlite_db_exec (db, "COMMIT", error))
    return TRUE;
  if (!sqlite3_get_autocommit (db->handle) && !gh_sqlite_db_exec (db, "ROLLBACK", NULL))
    gh_log (GH_LOG_WARNING, "sqlite", "a change of the schema was left open", "path", db->path,
            NULL);
  return FALSE;
}

static gboolean
migrate (GhSqliteDb *db, const GhSqliteOptions *options, gint64 from, GError **error)
{
  if (options->vfs == NULL)
    {
      g_autofree char *backup = gh_sqlite_file_backup (db, (gint) from, error);
      if (backup == NULL)
        return FALSE;
      gh_log (GH_LOG_NOTICE, "sqlite", "an older schema is brought up to date", "path", db->path,
              "backup", backup, NULL);
    }
  return change_schema (db, FALSE, from, error);
}

gboolean
gh_sqlite_schema_identify (GhSqliteDb *db, gint64 *out_version, GError **error)
{
  gint64 application, n_objects;

  if (!gh_sqlite_db_get_integer (db, "PRAGMA application_id", &application, error)
      || !gh_sqlite_db_get_integer (db, "PRAGMA user_version", out_version, error)
      || !gh_sqlite_db_get_integer (db, "SELECT count(*) FROM sqlite_schema", &n_objects, error))
    return FALSE;
  if (n_objects == 0 && application == 0 && *out_version == 0)
    {
      *out_version = GH_SQLITE_SCHEMA_EMPTY;
      return TRUE;
    }
  if (application != GH_SQLITE_APPLICATION_ID)
    return gh_sqlite_refuse (db->path, "this database belongs to another program", error);
  if (*out_version >= 0 && *out_version <= GH_SQLITE_SCHEMA_VERSION)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_STORE,
               "%s: made by a newer version: schema %" G_GINT64_FORMAT ", this one knows 0 to %d",
               db->path, *out_version, GH_SQLITE_SCHEMA_VERSION);
  return FALSE;
}

gboolean
gh_sqlite_schema_prepare (GhSqliteDb *db, const GhSqliteOptions *options, gint64 version,
                          GError **error)
{
  if (version == GH_SQLITE_SCHEMA_EMPTY)
    return change_schema (db, TRUE, 0, error);
  return version == GH_SQLITE_SCHEMA_VERSION || migrate (db, options, version, error);
}

/* The check. */

static gboolean
damaged (GhSqliteDb *db, const char *what, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE,
               "%s: damaged: %s; it is left as it is: move it away, or put a backup in its place",
               db->path, what);
  return FALSE;
}

static sqlite3_stmt *
prepare (GhSqliteDb *db, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (db->handle, sql, -1, &statement, NULL) != SQLITE_OK)
    gh_sqlite_db_fail (db, "checking", error);
  return statement;
}

static gboolean
check_pages (GhSqliteDb *db, const char *sql, GError **error)
{
  sqlite3_stmt *statement = prepare (db, sql, error);

  if (statement == NULL)
    return FALSE;
  const int result = sqlite3_step (statement);
  const char *text = result == SQLITE_ROW ? (const char *) sqlite3_column_text (statement, 0)
                                          : sqlite3_errmsg (db->handle);
  const gboolean sound = result == SQLITE_ROW && g_strcmp0 (text, "ok") == 0;
  if (!sound)
    damaged (db, text != NULL ? text : "no memory", error);
  sqlite3_finalize (statement);
  return sound;
}

/* What the counters of a resource say, and what there is. */
typedef struct {
  gint64 number; /* the key */
  gint64 count, bytes, oldest, latest;
  gint64 found, found_bytes;
} Tally;

/* Below a tombstone rows are purged in slices, and counters are left behind: only live ones count.
 */
static const char live_counters[] =
  "WITH RECURSIVE live (number) AS (SELECT number FROM resource WHERE parent = 0 AND ended = 0"
  " UNION ALL SELECT r.number FROM live CROSS JOIN resource AS r INDEXED BY resource_by_parent"
  " ON r.parent = live.number WHERE r.ended = 0)"
  " SELECT c.number, c.count, c.bytes, c.oldest, c.latest"
  " FROM live CROSS JOIN counters AS c ON c.number = live.number";
/* In the order of the rows: by their parents it would be a million jumps through the file. */
static const char live_instances[] =
  "SELECT parent, number, size FROM instance NOT INDEXED WHERE ended = 0";

static void
take_counters (sqlite3_stmt *row, GHashTable *tallies)
{
  Tally *tally = g_new0 (Tally, 1);

  tally->number = sqlite3_column_int64 (row, 0);
  tally->count = sqlite3_column_int64 (row, 1);
  tally->bytes = sqlite3_column_int64 (row, 2);
  tally->oldest = sqlite3_column_int64 (row, 3);
  tally->latest = sqlite3_column_int64 (row, 4);
  g_hash_table_replace (tallies, tally, tally);
}

static void
take_instance (sqlite3_stmt *row, GHashTable *tallies)
{
  const gint64 parent = sqlite3_column_int64 (row, 0), number = sqlite3_column_int64 (row, 1);
  Tally *tally = g_hash_table_lookup (tallies, &parent);

  if (tally == NULL || number < tally->oldest || number > tally->latest)
    return;
  tally->found++;
  tally->found_bytes += sqlite3_column_int64 (row, 2);
}

static gboolean
for_each (GhSqliteDb *db, const char *sql, void (*func) (sqlite3_stmt *, GHashTable *),
          GHashTable *tallies, GError **error)
{
  sqlite3_stmt *statement = prepare (db, sql, error);
  int result = SQLITE_DONE;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    func (statement, tallies);
  const gboolean done = result == SQLITE_DONE || gh_sqlite_db_fail (db, "checking", error);
  sqlite3_finalize (statement);
  return done;
}

static gboolean
check_tally (GhSqliteDb *db, const Tally *tally, GError **error)
{
  if (tally->found == tally->count && tally->found_bytes == tally->bytes)
    return TRUE;
  g_autofree char *what = g_strdup_printf (
    "resource %" G_GINT64_FORMAT " counts %" G_GINT64_FORMAT " instances of %" G_GINT64_FORMAT
    " octets, but has %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT,
    tally->number, tally->count, tally->bytes, tally->found, tally->found_bytes);
  return damaged (db, what, error);
}

static gboolean
check_counters (GhSqliteDb *db, GError **error)
{
  g_autoptr (GHashTable) tallies = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                                          g_free);
  GHashTableIter iter;
  gpointer tally;

  if (!for_each (db, live_counters, take_counters, tallies, error)
      || !for_each (db, live_instances, take_instance, tallies, error))
    return FALSE;
  g_hash_table_iter_init (&iter, tallies);
  while (g_hash_table_iter_next (&iter, NULL, &tally))
    if (!check_tally (db, tally, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_marks (GhSqliteDb *db, GError **error)
{
  gint64 one, above;

  if (!gh_sqlite_db_get_integer (db, "SELECT count(*) FROM marks", &one, error)
      || !gh_sqlite_db_get_integer (
        db,
        "SELECT count(*) FROM marks WHERE number < (SELECT coalesce(max(number), 0) FROM resource)"
        " OR number < (SELECT coalesce(max(number), 0) FROM instance)"
        " OR event < (SELECT coalesce(max(number), 0) FROM event)",
        &above, error))
    return FALSE;
  if (one != 1)
    return damaged (db, "the highest numbers are not written down", error);
  return above == 0 || damaged (db, "a row or an event has a number above the highest used", error);
}

gboolean
gh_sqlite_schema_check (GhSqliteDb *db, const GhSqliteOptions *options, GError **error)
{
  return check_pages (
           db, options->full_check ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)", error)
         && check_counters (db, error) && check_marks (db, error);
}
