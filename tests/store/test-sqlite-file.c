/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-schema.h"
#include "gh-sqlite-store.h"
#include "store-conformance.h"

#include "base/gh-log.h"
#include "store/gh-store-config.h"

#include <glib/gstdio.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What only a store in a file can do or suffer. */

typedef struct {
  char *folder, *path;
  GhStore *store;
  GError *error;
} File;

static const GhStoreOps *const ops = &gh_sqlite_store_ops;

#define OK(call)                  \
  G_STMT_START                    \
  {                               \
    const gboolean ok_ = (call);  \
    g_assert_no_error (f->error); \
    g_assert_true (ok_);          \
  }                               \
  G_STMT_END

static void
file_set_up (File *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("gh-sqlite-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "state", "store.db", NULL);
}

static void
file_tear_down (File *f, gconstpointer data)
{
  g_clear_pointer (&f->store, ops->close);
  g_clear_error (&f->error);
  remove_folder (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

static GhStore *
open_with (File *f, gint64 checkpoint_size, gboolean full_check)
{
  GhSqliteOptions options = GH_SQLITE_OPTIONS_DEFAULT;

  options.path = f->path;
  options.checkpoint_size = checkpoint_size;
  options.full_check = full_check;
  return gh_sqlite_store_open (&options, &f->error);
}

static void
open_store (File *f)
{
  f->store = open_with (f, 1 << 20, FALSE);
  g_assert_no_error (f->error);
  g_assert_nonnull (f->store);
}

static void
close_store (File *f)
{
  g_clear_pointer (&f->store, ops->close);
}

static char *
content_of (const char *path)
{
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, length);
}

/* The store is not opened, for a reason with these words after its path; the file stays. */
static void
assert_refused (File *f, const char *words)
{
  g_autofree char *before = content_of (f->path);

  g_assert_null (open_with (f, 1 << 20, FALSE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_assert_true (g_str_has_prefix (f->error->message, f->path));
  if (strstr (f->error->message, words) == NULL)
    g_error ("\"%s\" does not say \"%s\"", f->error->message, words);
  g_clear_error (&f->error);
  g_autofree char *after = content_of (f->path);
  g_assert_cmpstr (before, ==, after);
}

/* What another program does with the file. */
static int
exec_foreign (const char *path, const char *sql)
{
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  const int result = sqlite3_exec (handle, sql, NULL, NULL, NULL);
  sqlite3_close (handle);
  return result;
}

static gint64
get_foreign (const char *path, const char *sql)
{
  GhSqliteDb db;
  gint64 value;

  g_assert_true (gh_sqlite_db_open (&db, path, SQLITE_OPEN_READONLY, NULL, NULL));
  g_assert_true (gh_sqlite_db_get_integer (&db, sql, &value, NULL));
  gh_sqlite_db_close (&db);
  return value;
}

static void
put_rows (File *f, guint64 first, guint64 n, gsize body_length)
{
  g_autofree char *body = g_strnfill (body_length, 'b');

  OK (ops->begin (f->store, &f->error));
  for (guint64 i = first; i < first + n; i++)
    {
      const GhStoreRow row = { .number = i,
                               .parent = 2,
                               .type = 4,
                               .resource_id = "cin",
                               .expiration_us = G_MAXINT64,
                               .size = body_length,
                               .body = body,
                               .body_length = body_length };
      OK (ops->put_instance (f->store, &row, &f->error));
    }
  OK (ops->put_marks (f->store, 1, first + n - 1, 0, &f->error));
  OK (ops->commit (f->store, &f->error) == GH_COMMIT_DONE);
}

/* A CSEBase, a container and @n instances with their counters. */
static void
fill (File *f, guint64 n, gsize body_length)
{
  const GhStoreRow root = { .number = 1,
                            .parent = 0,
                            .type = 5,
                            .resource_id = "cb",
                            .body = "{}",
                            .body_length = 2,
                            .expiration_us = G_MAXINT64 };
  GhStoreRow container = root;

  container.number = 2;
  container.parent = 1;
  OK (ops->begin (f->store, &f->error));
  OK (ops->put_structural (f->store, &root, &f->error));
  OK (ops->put_structural (f->store, &container, &f->error));
  OK (ops->put_counters (f->store, &(GhStoreCounters){ 2, n, n, n * body_length, 3, n + 2 },
                         &f->error));
  OK (ops->commit (f->store, &f->error) == GH_COMMIT_DONE);
  put_rows (f, 3, n, body_length);
}

static guint
mode_of (const char *path)
{
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  return status.st_mode & 0777;
}

static void
test_only_the_owner_has_rights (File *f, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_autofree char *lock = g_strconcat (f->path, ".lock", NULL);
  g_autofree char *log = g_strconcat (f->path, "-wal", NULL);
  g_autofree char *index = g_strconcat (f->path, "-shm", NULL);

  open_store (f);
  fill (f, 1, 10);
  g_assert_cmpuint (mode_of (folder), ==, 0700);
  g_assert_cmpuint (mode_of (f->path), ==, 0600);
  g_assert_cmpuint (mode_of (lock), ==, 0600);
  g_assert_cmpuint (mode_of (log), ==, 0600);
  g_assert_cmpuint (mode_of (index), ==, 0600);
  close_store (f);
  g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
  open_store (f);
  g_assert_cmpuint (mode_of (f->path), ==, 0600);
}

static void
test_a_second_daemon_is_told_who_has_it (File *f, gconstpointer data)
{
  g_autofree char *holder = g_strdup_printf ("in use by another process (%d)", (int) getpid ());

  open_store (f);
  g_assert_null (open_with (f, 1 << 20, FALSE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_IN_USE);
  g_assert_nonnull (strstr (f->error->message, holder));
  g_clear_error (&f->error);
  close_store (f);
  open_store (f);
}

static void
test_another_programs_write_is_noticed (File *f, gconstpointer data)
{
  open_store (f);
  fill (f, 1, 10);
  put_rows (f, 4, 1, 10);
  g_assert_cmpint (exec_foreign (f->path, "UPDATE instance SET size = 7 WHERE number = 3"), ==,
                   SQLITE_OK);
  g_assert_false (ops->begin (f->store, &f->error));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_assert_nonnull (strstr (f->error->message, "another program has written"));
}

static void
test_another_programs_lock_is_not_waited_out (File *f, gconstpointer data)
{
  sqlite3 *handle = NULL;

  open_store (f);
  g_assert_cmpint (sqlite3_open (f->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_false (ops->begin (f->store, &f->error));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&f->error);
  sqlite3_exec (handle, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_close (handle);
  fill (f, 1, 10);
}

static void
test_what_is_no_database_is_left_alone (File *f, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (f->path);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (
    g_file_set_contents (f->path, "Dear diary, ...............................", -1, NULL));
  assert_refused (f, "not a SQLite database");
}

static void
test_another_programs_database_is_left_alone (File *f, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (f->path);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (exec_foreign (f->path, "CREATE TABLE diary (day TEXT)"), ==, SQLITE_OK);
  g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
  assert_refused (f, "belongs to another program");
  g_assert_cmpuint (mode_of (f->path), ==, 0644);
  g_assert_cmpint (exec_foreign (f->path, "PRAGMA application_id = 5"), ==, SQLITE_OK);
  assert_refused (f, "belongs to another program");
}

static void
test_a_newer_schema_is_left_alone (File *f, gconstpointer data)
{
  open_store (f);
  close_store (f);
  g_assert_cmpint (exec_foreign (f->path, "PRAGMA user_version = 9"), ==, SQLITE_OK);
  assert_refused (f, "newer version: schema 9");
  g_assert_cmpint (exec_foreign (f->path, "PRAGMA user_version = -1"), ==, SQLITE_OK);
  assert_refused (f, "schema -1");
}

static void
test_only_a_plain_file_is_opened (File *f, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_autofree char *other = g_build_filename (f->folder, "other", NULL);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (other, "", 0, NULL));
  g_assert_cmpint (symlink (other, f->path), ==, 0);
  g_assert_null (open_with (f, 1 << 20, FALSE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&f->error);
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  g_assert_null (open_with (f, 1 << 20, FALSE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&f->error);
  g_assert_cmpint (g_rmdir (f->path), ==, 0);
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  g_assert_null (open_with (f, 1 << 20, FALSE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
}

static void
test_reopen_makes_no_new_store (File *f, gconstpointer data)
{
  g_autofree char *moved = g_strconcat (f->path, ".moved", NULL);
  guint64 number;

  open_store (f);
  fill (f, 3, 10);
  OK (ops->reopen (f->store, &f->error));
  g_assert_cmpint (g_rename (f->path, moved), ==, 0);
  g_assert_false (ops->reopen (f->store, &f->error));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&f->error);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_assert_false (ops->begin (f->store, &f->error));
  g_clear_error (&f->error);
  g_assert_false (ops->find_instance (f->store, 2, "a", &number, &f->error));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_clear_error (&f->error);
  ops->rollback (f->store);
  ops->maintain (f->store, G_MAXINT64);
  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  g_assert_false (ops->reopen (f->store, &f->error));
  g_assert_nonnull (strstr (f->error->message, "lost its content"));
  g_clear_error (&f->error);
  g_assert_cmpint (g_rename (moved, f->path), ==, 0);
  OK (ops->reopen (f->store, &f->error));
  put_rows (f, 6, 1, 10);
}

/* The previous schema. */

static void
make_schema (File *f, const char *name)
{
  g_autofree char *fixture = g_test_build_filename (G_TEST_DIST, "store", name, NULL);
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_autofree char *sql = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_get_contents (fixture, &sql, NULL, NULL));
  g_assert_cmpint (exec_foreign (f->path, sql), ==, SQLITE_OK);
}

static void
make_schema_0 (File *f)
{
  make_schema (f, "schema-0.sql");
}

static void
assert_indexed (File *f, GhStoreRange range, const guint64 *numbers, guint n)
{
  g_autoptr (GPtrArray) rows = row_copies_new ();
  GhStoreReader *reader = ops->reader_new (f->store, &f->error);
  GhStoreCursor cursor = { .begun = FALSE };
  gboolean more;

  OK (ops->reader_begin (reader, &f->error));
  OK (ops->read_index (reader, &range, &cursor, 10, row_copies_add, rows, &more, &f->error));
  ops->reader_end (reader);
  ops->reader_free (reader);
  gh_store_cursor_clear (&cursor);
  g_assert_cmpuint (rows->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (row_copies_get (rows, i)->number, ==, numbers[i]);
}

/* What the indexes of schema 3 would have, had they been there from the first day. */
static void
test_indexes_are_made_for_what_is_there (File *f, gconstpointer data)
{
  static const guint64 two[] = { 2 }, four[] = { 4 }, both[] = { 2, 3 }, later[] = { 5, 6 };
  g_autoptr (GPtrArray) rows = row_copies_new ();

  make_schema (f, "schema-2.sql");
  open_store (f);
  g_assert_cmpint (get_foreign (f->path, "PRAGMA user_version"), ==, GH_SQLITE_SCHEMA_VERSION);
  OK (ops->load_structural (f->store, row_copies_add, rows, &f->error));
  g_assert_cmpuint (rows->len, ==, 3);
  g_assert_cmpstr (row_copies_get (rows, 1)->body, ==,
                   "{\"m2m:cnt\":{\"lbl\":[\"room:1\",\"a \\\"b\\\"\"],\"mni\":3}}");
  g_assert_cmpint (get_foreign (f->path, "SELECT count(*) FROM instance"), ==, 3);
  assert_indexed (f, (GhStoreRange){ .index = GH_INDEX_LABEL, .text = "a \"b\"" }, two, 1);
  assert_indexed (f, (GhStoreRange){ .index = GH_INDEX_LABEL_PREFIX, .text = "room:" }, two, 1);
  assert_indexed (f, (GhStoreRange){ .index = GH_INDEX_LABEL, .instances = TRUE, .text = "a" },
                  four, 1);
  assert_indexed (f, (GhStoreRange){ .index = GH_INDEX_TYPE, .from = 3, .below = 4 }, both, 2);
  assert_indexed (f, (GhStoreRange){ .index = GH_INDEX_STATE_TAG, .from = 400, .below = 600 }, two,
                  1);
  /* the clock was put back before 6 */
  assert_indexed (
    f, (GhStoreRange){ .index = GH_INDEX_CREATION, .instances = TRUE, .from = 6, .below = 15 },
    four, 1);
  assert_indexed (
    f, (GhStoreRange){ .index = GH_INDEX_CREATION, .instances = TRUE, .from = 0, .below = 6 },
    later + 1, 1);
  assert_indexed (f, (GhStoreRange){ .index = GH_INDEX_MODIFICATION, .from = 7, .below = 8 }, two,
                  1);
}

static void
test_an_older_schema_is_migrated_after_a_backup (File *f, gconstpointer data)
{
  g_autofree char *backup = g_strconcat (f->path, ".schema-0.backup", NULL);
  g_autoptr (GPtrArray) rows = row_copies_new ();
  guint64 number;

  make_schema_0 (f);
  open_store (f);
  g_assert_cmpint (get_foreign (f->path, "PRAGMA user_version"), ==, GH_SQLITE_SCHEMA_VERSION);
  OK (ops->find_instance (f->store, 2, "first", &number, &f->error));
  g_assert_cmpuint (number, ==, 3);
  OK (ops->list_expired (f->store, 2000, 9, row_copies_add, rows, &f->error));
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpuint (row_copies_get (rows, 0)->number, ==, 2);
  g_assert_cmpuint (row_copies_get (rows, 1)->number, ==, 3);
  g_assert_cmpuint (mode_of (backup), ==, 0600);
  g_assert_cmpint (get_foreign (backup, "PRAGMA user_version"), ==, 0);
  g_assert_cmpint (get_foreign (backup, "SELECT count(*) FROM instance"), ==, 2);
}

static void
test_a_migration_that_fails_changes_nothing (File *f, gconstpointer data)
{
  g_autofree char *first = g_strconcat (f->path, ".schema-0.backup", NULL);
  g_autofree char *second = g_strconcat (f->path, ".schema-0.backup.1", NULL);

  make_schema_0 (f);
  g_assert_cmpint (exec_foreign (f->path, "CREATE TABLE instance_by_expiration (a)"), ==,
                   SQLITE_OK);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_null (open_with (f, 1 << 20, FALSE));
      g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
      g_clear_error (&f->error);
    }
  g_assert_cmpint (get_foreign (f->path, "PRAGMA user_version"), ==, 0);
  g_assert_cmpint (
    get_foreign (f->path, "SELECT count(*) FROM sqlite_schema WHERE name = 'instance_by_name'"), ==,
    0);
  g_assert_true (g_file_test (first, G_FILE_TEST_IS_REGULAR));
  g_assert_true (g_file_test (second, G_FILE_TEST_IS_REGULAR));
}

static void
test_without_room_for_a_backup_nothing_is_migrated (File *f, gconstpointer data)
{
  make_schema_0 (f);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = i == 0 ? g_strdup_printf ("%s.schema-0.backup", f->path)
                                     : g_strdup_printf ("%s.schema-0.backup.%u", f->path, i);
      g_assert_true (g_file_set_contents (name, "", 0, NULL));
    }
  g_assert_null (open_with (f, 1 << 20, FALSE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_assert_cmpint (get_foreign (f->path, "PRAGMA user_version"), ==, 0);
}

/* Damage. */

static void
test_damaged_pages_are_reported (File *f, gconstpointer data)
{
  guint8 rot[600];
  FILE *file;

  memset (rot, 0xa5, sizeof rot);
  open_store (f);
  fill (f, 400, 200);
  close_store (f);
  const glong size = (glong) get_foreign (f->path, "PRAGMA page_count") * 4096;
  for (glong page = 2 * 4096; page < size; page += 7 * 4096)
    {
      file = fopen (f->path, "r+b");
      g_assert_nonnull (file);
      g_assert_cmpint (fseek (file, page, SEEK_SET), ==, 0);
      g_assert_cmpuint (fwrite (rot, 1, sizeof rot, file), ==, sizeof rot);
      fclose (file);
    }
  assert_refused (f, "damaged");
}

static void
test_a_cut_off_file_is_reported (File *f, gconstpointer data)
{
  open_store (f);
  fill (f, 400, 200);
  close_store (f);
  g_assert_cmpint (truncate (f->path, 9 * 4096), ==, 0);
  assert_refused (f, "damaged");
}

static void
test_counters_that_lie_are_reported (File *f, gconstpointer data)
{
  open_store (f);
  fill (f, 5, 10);
  close_store (f);
  open_store (f);
  close_store (f);
  g_assert_cmpint (exec_foreign (f->path, "UPDATE counters SET count = 6"), ==, SQLITE_OK);
  assert_refused (f, "resource 2 counts 6 instances of 50 octets, but has 5 of 50");
  g_assert_cmpint (exec_foreign (f->path, "UPDATE counters SET count = 5, bytes = 51"), ==,
                   SQLITE_OK);
  assert_refused (f, "damaged: resource 2");
  g_assert_cmpint (exec_foreign (f->path, "UPDATE resource SET ended = 9 WHERE number = 2"), ==,
                   SQLITE_OK);
  open_store (f);
}

static void
test_numbers_above_their_marks_are_reported (File *f, gconstpointer data)
{
  open_store (f);
  fill (f, 5, 10);
  close_store (f);
  g_assert_cmpint (exec_foreign (f->path, "UPDATE marks SET number = 6"), ==, SQLITE_OK);
  assert_refused (f, "above the highest used");
  g_assert_cmpint (exec_foreign (f->path, "DELETE FROM marks"), ==, SQLITE_OK);
  assert_refused (f, "the highest numbers are not written down");
}

static void
test_the_full_check_sees_a_lost_index_entry (File *f, gconstpointer data)
{
  static const char drop_entry[] =
    "PRAGMA writable_schema = ON;"
    "UPDATE sqlite_schema SET sql = sql || ' WHERE parent <> 2' WHERE name = 'instance_by_parent';";

  open_store (f);
  fill (f, 5, 10);
  close_store (f);
  f->store = open_with (f, 1 << 20, TRUE);
  g_assert_no_error (f->error);
  close_store (f);
  g_assert_cmpint (exec_foreign (f->path, drop_entry), ==, SQLITE_OK);
  g_assert_null (open_with (f, 1 << 20, TRUE));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
}

/* The log. */

static gint64
size_of (const char *path, const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  struct stat status;

  return stat (name, &status) == 0 ? (gint64) status.st_size : 0;
}

static void
test_only_maintain_shortens_the_log (File *f, gconstpointer data)
{
  f->store = open_with (f, 256 << 10, FALSE);
  g_assert_no_error (f->error);
  for (guint64 i = 0; i < 40; i++)
    put_rows (f, 3 + i * 20, 20, 2000);
  const gint64 log = size_of (f->path, "-wal");
  g_assert_cmpint (log, >, 1500000);
  ops->maintain (f->store, G_MAXINT64 / 2);
  put_rows (f, 2000, 1, 10);
  g_assert_cmpint (size_of (f->path, "-wal"), <=, 256 << 10);
  for (guint64 i = 0; i < 200; i++)
    {
      put_rows (f, 3000 + i * 20, 20, 2000);
      ops->maintain (f->store, G_MAXINT64 / 2);
    }
  g_assert_cmpint (size_of (f->path, "-wal"), <, 1 << 20);
}

static void
test_without_budget_the_log_is_bounded (File *f, gconstpointer data)
{
  f->store = open_with (f, 64 << 10, FALSE);
  g_assert_no_error (f->error);
  for (guint64 i = 0; i < 200; i++)
    {
      put_rows (f, 3 + i * 20, 20, 2000);
      ops->maintain (f->store, 0);
    }
  g_assert_cmpint (size_of (f->path, "-wal"), <, 1 << 20);
}

static void
test_a_killed_writer_leaves_its_batches (File *f, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (f->folder, "copy.db", NULL);
  g_autofree char *log = g_strconcat (f->path, "-wal", NULL);
  g_autofree char *copied_log = g_strconcat (copy, "-wal", NULL);
  g_autoptr (GPtrArray) rows = row_copies_new ();
  g_autofree char *text = NULL, *log_text = NULL;
  gsize length, log_length;

  open_store (f);
  fill (f, 30, 100);
  g_assert_true (g_file_get_contents (f->path, &text, &length, NULL));
  g_assert_true (g_file_get_contents (log, &log_text, &log_length, NULL));
  g_assert_true (g_file_set_contents (copy, text, (gssize) length, NULL));
  g_assert_true (g_file_set_contents (copied_log, log_text, (gssize) log_length, NULL));
  close_store (f);
  g_free (f->path);
  f->path = g_steal_pointer (&copy);
  open_store (f);
  OK (ops->get_instance (f->store, 32, row_copies_add, rows, &f->error));
  g_assert_cmpuint (rows->len, ==, 1);
}

/* Configuration and plugin. */

static void
test_the_configuration_opens_it (File *f, gconstpointer data)
{
  static const GhConfigKey keys[] = { GH_STORE_CONFIG_KEYS{ NULL } };
  g_autoptr (GhConfig) config = gh_config_new (keys);

  g_assert_null (ops->open (config, &f->error));
  g_assert_error (f->error, GH_ERROR, GH_ERROR_STORE);
  g_assert_nonnull (strstr (f->error->message, "[store] path"));
  g_clear_error (&f->error);
  OK (gh_config_set (config, "store", "path", f->path, &f->error));
  OK (gh_config_set (config, "store", "integrity-check", "full", &f->error));
  OK (gh_config_set (config, "store", "cache-size", "1M", &f->error));
  f->store = ops->open (config, &f->error);
  g_assert_no_error (f->error);
  fill (f, 2, 10);
  g_assert_false (gh_config_set (config, "store", "vfs", "power", &f->error));
}

/* Or containers that come and go would fill the memory. */
static void
test_nothing_is_remembered_of_what_was_purged (File *f, gconstpointer data)
{
  (void) data;
  open_store (f);
  for (guint64 number = 1; number <= 20; number++)
    {
      const GhStoreRow row = { .number = number,
                               .type = 3,
                               .resource_id = "cnt-1",
                               .expiration_us = G_MAXINT64,
                               .body = "{}",
                               .body_length = 2 };
      const GhStoreCounters counters = { .number = number, .state_tag = 1 };
      OK (ops->begin (f->store, &f->error));
      OK (ops->put_structural (f->store, &row, &f->error));
      OK (ops->put_counters (f->store, &counters, &f->error));
      OK (ops->put_marks (f->store, number, number, 0, &f->error));
      g_assert_cmpint (ops->commit (f->store, &f->error), ==, GH_COMMIT_DONE);
      OK (ops->begin (f->store, &f->error));
      OK (ops->purge_structural (f->store, number, &f->error));
      g_assert_cmpint (ops->commit (f->store, &f->error), ==, GH_COMMIT_DONE);
    }
  g_assert_cmpuint (g_hash_table_size (((GhSqliteStore *) f->store)->tag_classes), ==, 0);
}

typedef struct {
  const char *name;
  void (*func) (File *f, gconstpointer data);
} Case;

static const Case cases[] = {
  { "only-the-owner-has-rights", test_only_the_owner_has_rights },
  { "a-second-daemon-is-told-who-has-it", test_a_second_daemon_is_told_who_has_it },
  { "another-programs-write-is-noticed", test_another_programs_write_is_noticed },
  { "another-programs-lock-is-not-waited-out", test_another_programs_lock_is_not_waited_out },
  { "what-is-no-database-is-left-alone", test_what_is_no_database_is_left_alone },
  { "another-programs-database-is-left-alone", test_another_programs_database_is_left_alone },
  { "a-newer-schema-is-left-alone", test_a_newer_schema_is_left_alone },
  { "only-a-plain-file-is-opened", test_only_a_plain_file_is_opened },
  { "reopen-makes-no-new-store", test_reopen_makes_no_new_store },
  { "indexes-are-made-for-what-is-there", test_indexes_are_made_for_what_is_there },
  { "an-older-schema-is-migrated-after-a-backup", test_an_older_schema_is_migrated_after_a_backup },
  { "a-migration-that-fails-changes-nothing", test_a_migration_that_fails_changes_nothing },
  { "without-room-for-a-backup-nothing-is-migrated",
    test_without_room_for_a_backup_nothing_is_migrated },
  { "damaged-pages-are-reported", test_damaged_pages_are_reported },
  { "a-cut-off-file-is-reported", test_a_cut_off_file_is_reported },
  { "counters-that-lie-are-reported", test_counters_that_lie_are_reported },
  { "numbers-above-their-marks-are-reported", test_numbers_above_their_marks_are_reported },
  { "the-full-check-sees-a-lost-index-entry", test_the_full_check_sees_a_lost_index_entry },
  { "only-maintain-shortens-the-log", test_only_maintain_shortens_the_log },
  { "without-budget-the-log-is-bounded", test_without_budget_the_log_is_bounded },
  { "a-killed-writer-leaves-its-batches", test_a_killed_writer_leaves_its_batches },
  { "nothing-is-remembered-of-what-was-purged", test_nothing_is_remembered_of_what_was_purged },
  { "the-configuration-opens-it", test_the_configuration_opens_it },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/store/sqlite-file/", cases[i].name, NULL);
      g_test_add (path, File, NULL, file_set_up, cases[i].func, file_tear_down);
    }
  return g_test_run ();
}
