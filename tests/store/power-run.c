/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power-run.h"

#include <string.h>

#define FILE_NAME "store.db"

void
run_note_wrong (Run *run, const char *what, const char *detail)
{
  if (run->wrong == NULL)
    run->wrong = g_strdup_printf ("%s: %s", what, detail);
}

void
run_start (Run *run, guint32 seed, const Fault *fault)
{
  *run = (Run){ .fault = fault,
                .disk = power_disk_new (seed),
                .rand = g_rand_new_with_seed (seed ^ 0x5bd1e995),
                .model = gh_memory_store_ops.open (NULL, NULL) };
}

/* Returns: (transfer full): what went wrong, or NULL */
char *
run_end (Run *run)
{
  gh_memory_store_ops.close (run->model);
  power_disk_free (run->disk);
  g_rand_free (run->rand);
  return run->wrong;
}

gboolean
run_open (Run *run, GError **error)
{
  GhSqliteOptions options = GH_SQLITE_OPTIONS_DEFAULT;

  options.path = FILE_NAME;
  options.vfs = power_disk_name (run->disk);
  options.checkpoint_size = 100000;
  run->store = gh_sqlite_store_open (&options, error);
  if (run->store != NULL && run->fault->sync_off)
    g_assert_cmpint (sqlite3_exec (((GhSqliteStore *) run->store)->db.handle,
                                   "PRAGMA synchronous = OFF", NULL, NULL, NULL),
                     ==, SQLITE_OK);
  return run->store != NULL;
}

void
run_close_reader (Run *run)
{
  g_clear_pointer (&run->reader, gh_sqlite_store_ops.reader_free);
}

void
run_close (Run *run)
{
  run_close_reader (run);
  g_clear_pointer (&run->store, gh_sqlite_store_ops.close);
}

/* A slice that stays open over some batches holds the log up, as it may. */
void
run_turn_reader (Run *run)
{
  if (run->reader != NULL)
    {
      run_close_reader (run);
      return;
    }
  run->reader = gh_sqlite_store_ops.reader_new (run->store, NULL);
  if (run->reader != NULL && !gh_sqlite_store_ops.reader_begin (run->reader, NULL))
    run_close_reader (run);
}

/* Does batch @seed on the model: it was acknowledged. */
static void
acknowledge (Run *run, guint32 seed)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_memory_store_ops.begin (run->model, &error));
  g_assert_true (workload_batch (&gh_memory_store_ops, run->model, seed, &error));
  g_assert_cmpint (gh_memory_store_ops.commit (run->model, &error), ==, GH_COMMIT_DONE);
}

/* The file decides about the batch in flight; everything else must be as it was acknowledged. */
void
run_compare (Run *run)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *actual = workload_dump (&gh_sqlite_store_ops, run->store, &error);
  g_autofree char *before = workload_dump (&gh_memory_store_ops, run->model, NULL);

  if (actual == NULL)
    run_note_wrong (run, "cannot be read", error->message);
  else if (run->in_flight != 0)
    {
      g_assert_true (gh_memory_store_ops.begin (run->model, NULL));
      g_assert_true (workload_batch (&gh_memory_store_ops, run->model, run->in_flight, NULL));
      g_autofree char *after = workload_dump (&gh_memory_store_ops, run->model, NULL);
      const gboolean there = strcmp (actual, after) == 0;
      if (there)
        g_assert_cmpint (gh_memory_store_ops.commit (run->model, NULL), ==, GH_COMMIT_DONE);
      else
        gh_memory_store_ops.rollback (run->model);
      if (!there && strcmp (actual, before) != 0)
        run_note_wrong (run, "half a batch, or an acknowledged one is lost", actual);
    }
  else if (strcmp (actual, before) != 0)
    run_note_wrong (run, "not what was acknowledged", actual);
  run->in_flight = 0;
}

void
run_open_and_compare (Run *run)
{
  g_autoptr (GError) error = NULL;

  if (run->wrong != NULL)
    return;
  if (run_open (run, &error))
    run_compare (run);
  else if (!power_disk_is_off (run->disk))
    run_note_wrong (run, "does not open", error->message);
}

/* One batch. Returns: GH_COMMIT_NOT_DONE too when it did not come to the commit. */
GhCommit
run_batch (Run *run, guint32 seed)
{
  g_autoptr (GError) error = NULL;

  if (!gh_sqlite_store_ops.begin (run->store, &error))
    return GH_COMMIT_NOT_DONE;
  if (!workload_batch (&gh_sqlite_store_ops, run->store, seed, &error))
    {
      gh_sqlite_store_ops.rollback (run->store);
      return GH_COMMIT_NOT_DONE;
    }
  if (run->fault->early_ack)
    acknowledge (run, seed);
  const GhCommit outcome = gh_sqlite_store_ops.commit (run->store, &error);
  if (outcome == GH_COMMIT_DONE && !run->fault->early_ack)
    acknowledge (run, seed);
  return outcome;
}

guint32
run_next_seed (Run *run)
{
  return g_rand_int (run->rand) | 1;
}
