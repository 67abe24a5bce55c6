/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-store.h"

#include <glib/gstdio.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * What creating and reading an instance costs in the SQLite store, beside SQLite by hand.
 *
 * bench-store [FOLDER [ROWS [ROUNDS]]]: files are made in FOLDER (default: the temporary folder),
 * which should lie on the disk that is meant; ROWS (default 1000000) is the larger size. Prints
 * CSV: round,what,names,rows,batch,who,per_s,cpu_us who: "store" is GhStoreOps; "bare" does the
 * same statements on the same tables without it; "insert" is one INSERT into a table of number and
 * body, the least that a durable row can cost. The three take turns within a round.
 */

#define BODY_LENGTH 160
#define PARENT      2
#define CHECKPOINT  (4 << 20)
#define FILL_BATCH  10000

typedef enum { STORE, BARE, INSERT, N_SUBJECTS } Kind;

static const char *const kind_names[] = { "store", "bare", "insert" };

enum { B_BEGIN, B_COMMIT, B_FIND, B_PUT, B_COUNTERS, B_MARKS, B_READ, B_N };

typedef struct {
  Kind kind;
  gboolean names;
  char *path;
  GhStore *store; /* of STORE; of BARE while its tables are made */
  GhStoreReader *reader;
  sqlite3 *handle; /* of BARE, INSERT */
  sqlite3_stmt *statements[B_N];
  GRand *rand;
  guint64 number; /* the last one */
  int pages;      /* in the log */
  char body[BODY_LENGTH + 1];
} Subject;

static const GhStoreOps *const ops = &gh_sqlite_store_ops;

static void
fail (const char *what, const char *why)
{
  fprintf (stderr, "bench-store: %s: %s\n", what, why);
  exit (1);
}

static void
check (gboolean done, GError *error)
{
  if (!done)
    fail ("store", error != NULL ? error->message : "not done");
}

static void
check_sql (Subject *s, int result)
{
  if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW)
    fail (s->path, sqlite3_errmsg (s->handle));
}

static gint64
clock_ns (clockid_t id)
{
  struct timespec now;

  clock_gettime (id, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* Opening. */

static GhStore *
open_store (const char *path)
{
  GhSqliteOptions options = GH_SQLITE_OPTIONS_DEFAULT;
  GError *error = NULL;

  options.path = path;
  options.checkpoint_size = CHECKPOINT;
  GhStore *store = gh_sqlite_store_open (&options, &error);
  check (store != NULL, error);
  return store;
}

static void
put_root (GhStore *store)
{
  const GhStoreRow rows[] = {
    { .number = 1, .type = 5, .resource_id = "cb", .expiration_us = G_MAXINT64, .body = "" },
    { .number = 2,
      .parent = 1,
      .type = 3,
      .resource_id = "c",
      .expiration_us = G_MAXINT64,
      .body = "" },
  };
  GError *error = NULL;

  check (ops->begin (store, &error), error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    check (ops->put_structural (store, &rows[i], &error), error);
  check (ops->put_marks (store, 1, 2, 0, &error), error);
  check (ops->commit (store, &error) == GH_COMMIT_DONE, error);
}

static int
note_pages (void *data, sqlite3 *handle, const char *name, int pages)
{
  ((Subject *) data)->pages = pages;
  return SQLITE_OK;
}

static void
open_by_hand (Subject *s)
{
  static const char pragmas[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
    "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 4194304;";
  static const char *const same[B_N] = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SELECT number FROM instance INDEXED BY instance_by_name WHERE parent = ?1 AND name = ?2 "
    "AND ended = 0 ORDER BY number DESC LIMIT 1",
    "INSERT INTO instance (number, parent, type, resource_id, name, owner, creation, modified, "
    "expiration, size, ended, body) VALUES (?1, ?2, 4, ?3, ?4, NULL, ?5, ?5, ?6, ?7, 0, ?8)",
    "INSERT INTO counters (number, state_tag, count, bytes, oldest, latest) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (number) DO UPDATE SET "
    "state_tag = ?2, count = ?3, bytes = ?4, oldest = ?5, latest = ?6",
    "UPDATE marks SET sequence = ?1, number = ?1",
    "SELECT * FROM instance WHERE number = ?1",
  };
  static const char *const least[B_N] = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    NULL,
    "INSERT INTO plain VALUES (?1, ?8)",
    NULL,
    NULL,
    "SELECT * FROM plain WHERE number = ?1",
  };
  const char *const *texts = s->kind == BARE ? same : least;

  check_sql (s, sqlite3_open_v2 (s->path, &s->handle,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                 NULL));
  check_sql (s, sqlite3_exec (s->handle, pragmas, NULL, NULL, NULL));
  sqlite3_wal_hook (s->handle, note_pages, s);
  if (s->kind == INSERT)
    check_sql (s, sqlite3_exec (s->handle, "CREATE TABLE plain (number INTEGER PRIMARY KEY, body)",
                                NULL, NULL, NULL));
  for (guint i = 0; i < B_N; i++)
    if (texts[i] != NULL)
      check_sql (s, sqlite3_prepare_v3 (s->handle, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &s->statements[i], NULL));
}

static Subject *
subject_new (Kind kind, gboolean names, const char *folder)
{
  Subject *s = g_new0 (Subject, 1);

  s->kind = kind;
  s->names = names;
  s->path = g_strdup_printf ("%s/%s-%s.db", folder, kind_names[kind], names ? "random" : "none");
  s->rand = g_rand_new_with_seed (7);
  s->number = 2;
  memset (s->body, 'b', BODY_LENGTH);
  if (kind != INSERT)
    {
      s->store = open_store (s->path);
      put_root (s->store);
    }
  if (kind == BARE)
    g_clear_pointer (&s->store, ops->close);
  if (kind != STORE)
    open_by_hand (s);
  return s;
}

static void
subject_free (Subject *s)
{
  for (guint i = 0; i < B_N; i++)
    sqlite3_finalize (s->statements[i]);
  sqlite3_close (s->handle);
  g_clear_pointer (&s->reader, ops->reader_free);
  g_clear_pointer (&s->store, ops->close);
  g_rand_free (s->rand);
  g_free (s->path);
  g_free (s);
}

/* Writing. */

static void
create_in_store (Subject *s, const GhStoreRow *row)
{
  const GhStoreCounters counters = {
    PARENT, row->number, row->number - 2, (row->number - 2) * BODY_LENGTH, 3, row->number
  };
  GError *error = NULL;
  guint64 found;

  if (row->name != NULL)
    check (ops->find_instance (s->store, PARENT, row->name, &found, &error), error);
  check (ops->put_instance (s->store, row, &error), error);
  check (ops->put_counters (s->store, &counters, &error), error);
}

static void
step (Subject *s, guint which)
{
  check_sql (s, sqlite3_step (s->statements[which]));
  sqlite3_reset (s->statements[which]);
}

static void
create_by_hand (Subject *s, const GhStoreRow *row)
{
  sqlite3_stmt *put = s->statements[B_PUT];
  const gint64 number = (gint64) row->number;

  if (s->kind == BARE && row->name != NULL)
    {
      sqlite3_bind_int64 (s->statements[B_FIND], 1, PARENT);
      sqlite3_bind_text (s->statements[B_FIND], 2, row->name, -1, SQLITE_STATIC);
      step (s, B_FIND);
    }
  sqlite3_bind_int64 (put, 1, number);
  if (s->kind == BARE)
    {
      sqlite3_bind_int64 (put, 2, PARENT);
      sqlite3_bind_text (put, 3, row->resource_id, -1, SQLITE_STATIC);
      sqlite3_bind_text (put, 4, row->name, -1, SQLITE_STATIC);
      sqlite3_bind_int64 (put, 5, row->creation_us);
      sqlite3_bind_int64 (put, 6, row->expiration_us);
      sqlite3_bind_int64 (put, 7, BODY_LENGTH);
    }
  sqlite3_bind_text (put, 8, row->body, BODY_LENGTH, SQLITE_STATIC);
  step (s, B_PUT);
  if (s->kind != BARE)
    return;
  sqlite3_stmt *counters = s->statements[B_COUNTERS];
  sqlite3_bind_int64 (counters, 1, PARENT);
  sqlite3_bind_int64 (counters, 2, number);
  sqlite3_bind_int64 (counters, 3, number - 2);
  sqlite3_bind_int64 (counters, 4, (number - 2) * BODY_LENGTH);
  sqlite3_bind_int64 (counters, 5, 3);
  sqlite3_bind_int64 (counters, 6, number);
  step (s, B_COUNTERS);
}

static void
create (Subject *s)
{
  char id[24], name[33];
  GhStoreRow row = { .number = ++s->number,
                     .parent = PARENT,
                     .type = 4,
                     .resource_id = id,
                     .size = BODY_LENGTH,
                     .body = s->body,
                     .body_length = BODY_LENGTH };

  g_snprintf (id, sizeof id, "cin%" G_GUINT64_FORMAT, row.number);
  row.creation_us = row.modified_us = (gint64) row.number;
  row.expiration_us = row.creation_us + G_GINT64_CONSTANT (86400000000);
  if (s->names)
    {
      g_snprintf (name, sizeof name, "%08x%08x%08x", g_rand_int (s->rand), g_rand_int (s->rand),
                  g_rand_int (s->rand));
      row.name = name;
    }
  if (s->kind == STORE)
    create_in_store (s, &row);
  else
    create_by_hand (s, &row);
}

static void
copy_log_by_hand (Subject *s)
{
  if (s->pages >= CHECKPOINT / 4096)
    sqlite3_wal_checkpoint_v2 (s->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void
create_batch (Subject *s, guint n)
{
  GError *error = NULL;

  if (s->kind == STORE)
    check (ops->begin (s->store, &error), error);
  else
    step (s, B_BEGIN);
  for (guint i = 0; i < n; i++)
    create (s);
  if (s->kind == STORE)
    {
      check (ops->put_marks (s->store, s->number, s->number, 0, &error), error);
      check (ops->commit (s->store, &error) == GH_COMMIT_DONE, error);
      ops->maintain (s->store, G_MAXINT64 / 2);
      return;
    }
  if (s->kind == BARE)
    {
      sqlite3_bind_int64 (s->statements[B_MARKS], 1, (gint64) s->number);
      step (s, B_MARKS);
    }
  step (s, B_COMMIT);
  copy_log_by_hand (s);
}

/* Reading: one row by its number, a slice each. */

static gboolean
note_row (const GhStoreRow *row, gpointer user_data)
{
  *(gsize *) user_data += row->body_length;
  return TRUE;
}

static void
read_one (Subject *s)
{
  const guint64 number = 3 + (guint64) (g_rand_double (s->rand) * (double) (s->number - 2));
  GError *error = NULL;
  gsize length = 0;

  if (s->kind != STORE)
    {
      sqlite3_bind_int64 (s->statements[B_READ], 1, (gint64) number);
      step (s, B_READ);
      return;
    }
  if (s->reader == NULL)
    s->reader = ops->reader_new (s->store, &error);
  check (s->reader != NULL && ops->reader_begin (s->reader, &error)
           && ops->read_instance (s->reader, number, note_row, &length, &error),
         error);
  ops->reader_end (s->reader);
}

/* Measuring. */

typedef struct {
  const char *what;
  guint batch; /* 0: read */
  guint n;     /* rows of one round */
} Measure;

static const Measure measures[] = {
  { "create", 1, 1500 },
  { "create", 64, 64 * 150 },
  { "read", 0, 20000 },
};

static void
measure (Subject *s, const Measure *m, guint round, guint64 rows)
{
  const gint64 wall = clock_ns (CLOCK_MONOTONIC), cpu = clock_ns (CLOCK_PROCESS_CPUTIME_ID);

  for (guint done = 0; done < m->n; done += MAX (m->batch, 1))
    {
      if (m->batch == 0)
        read_one (s);
      else
        create_batch (s, m->batch);
    }
  const double wall_s = (double) (clock_ns (CLOCK_MONOTONIC) - wall) / 1e9;
  const double cpu_us = (double) (clock_ns (CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e3;
  printf ("%u,%s,%s,%" G_GUINT64_FORMAT ",%u,%s,%.0f,%.2f\n", round, m->what,
          s->names ? "random" : "none", rows, m->batch, kind_names[s->kind], m->n / wall_s,
          cpu_us / m->n);
  fflush (stdout);
}

static void
bench (const char *folder, gboolean names, guint64 most, guint rounds)
{
  Subject *subjects[N_SUBJECTS];

  for (guint k = 0; k < N_SUBJECTS; k++)
    subjects[k] = subject_new ((Kind) k, names, folder);
  for (guint64 rows = 1000; rows <= most; rows = rows < most ? most : most + 1)
    {
      for (guint k = 0; k < N_SUBJECTS; k++)
        while (subjects[k]->number < rows)
          create_batch (subjects[k], (guint) MIN (FILL_BATCH, rows - subjects[k]->number));
      for (guint round = 1; round <= rounds; round++)
        for (guint i = 0; i < G_N_ELEMENTS (measures); i++)
          for (guint k = 0; k < N_SUBJECTS; k++)
            measure (subjects[(k + round) % N_SUBJECTS], &measures[i], round, rows);
    }
  for (guint k = 0; k < N_SUBJECTS; k++)
    subject_free (subjects[k]);
}

static void
remove_files (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_build_filename (argc > 1 ? argv[1] : g_get_tmp_dir (),
                                              "bench-store-XXXXXX", NULL);
  const guint64 most = argc > 2 ? g_ascii_strtoull (argv[2], NULL, 10) : 1000000;
  const guint rounds = argc > 3 ? (guint) g_ascii_strtoull (argv[3], NULL, 10) : 5;

  if (g_mkdtemp_full (folder, 0700) == NULL)
    fail (folder, "cannot be made");
  printf ("round,what,names,rows,batch,who,per_s,cpu_us\n");
  bench (folder, FALSE, most, rounds);
  bench (folder, TRUE, most, rounds);
  remove_files (folder);
  return 0;
}
