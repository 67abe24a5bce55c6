/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-store.h"
#include "power-vfs.h"
#include "power-workload.h"

#include "base/gh-log.h"

#include <string.h>

/*
 * The SQLite store on a disk that loses power, fails or fills up, beside a memory store that is
 * told only what was acknowledged. After every restart the two must agree; when a batch was being
 * committed, it is there whole or not at all.
 *
 * --long: 2,000 power cuts, and a failure of every single call.
 */

#define FILE_NAME   "store.db"
#define MAX_BATCHES 60

static gboolean long_run;

typedef struct {
  gboolean sync_off;  /* PRAGMA synchronous = OFF */
  gboolean early_ack; /* the answer goes before COMMIT */
} Fault;

typedef struct {
  const Fault *fault;
  PowerDisk *disk;
  GRand *rand;
  GhStore *model;
  GhStore *store;
  GhStoreReader *reader;
  guint32 in_flight; /* seed of the batch that may or may not be there; 0: none */
  char *wrong;       /* what went wrong first */
} Run;

static const GhStoreOps *const real = &gh_sqlite_store_ops, *const memory = &gh_memory_store_ops;

static void
note_wrong (Run *run, const char *what, const char *detail)
{
  if (run->wrong == NULL)
    run->wrong = g_strdup_printf ("%s: %s", what, detail);
}

static void
start_run (Run *run, guint32 seed, const Fault *fault)
{
  *run = (Run){ .fault = fault,
                .disk = power_disk_new (seed),
                .rand = g_rand_new_with_seed (seed ^ 0x5bd1e995),
                .model = memory->open (NULL, NULL) };
}

/* Returns: (transfer full): what went wrong, or NULL */
static char *
end_run (Run *run)
{
  memory->close (run->model);
  power_disk_free (run->disk);
  g_rand_free (run->rand);
  return run->wrong;
}

static gboolean
open_store (Run *run, GError **error)
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

static void
close_reader (Run *run)
{
  g_clear_pointer (&run->reader, real->reader_free);
}

static void
close_store (Run *run)
{
  close_reader (run);
  g_clear_pointer (&run->store, real->close);
}

/* A slice that stays open over some batches holds the log up, as it may. */
static void
turn_reader (Run *run)
{
  if (run->reader != NULL)
    {
      close_reader (run);
      return;
    }
  run->reader = real->reader_new (run->store, NULL);
  if (run->reader != NULL && !real->reader_begin (run->reader, NULL))
    close_reader (run);
}

/* Does batch @seed on the model: it was acknowledged. */
static void
acknowledge (Run *run, guint32 seed)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (memory->begin (run->model, &error));
  g_assert_true (workload_batch (memory, run->model, seed, &error));
  g_assert_cmpint (memory->commit (run->model, &error), ==, GH_COMMIT_DONE);
}

/* The file decides about the batch in flight; everything else must be as it was acknowledged. */
static void
compare (Run *run)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *actual = workload_dump (real, run->store, &error);
  g_autofree char *before = workload_dump (memory, run->model, NULL);

  if (actual == NULL)
    note_wrong (run, "cannot be read", error->message);
  else if (run->in_flight != 0)
    {
      g_assert_true (memory->begin (run->model, NULL));
      g_assert_true (workload_batch (memory, run->model, run->in_flight, NULL));
      g_autofree char *after = workload_dump (memory, run->model, NULL);
      const gboolean there = strcmp (actual, after) == 0;
      if (there)
        g_assert_cmpint (memory->commit (run->model, NULL), ==, GH_COMMIT_DONE);
      else
        memory->rollback (run->model);
      if (!there && strcmp (actual, before) != 0)
        note_wrong (run, "half a batch, or an acknowledged one is lost", actual);
    }
  else if (strcmp (actual, before) != 0)
    note_wrong (run, "not what was acknowledged", actual);
  run->in_flight = 0;
}

static void
open_and_compare (Run *run)
{
  g_autoptr (GError) error = NULL;

  if (run->wrong != NULL)
    return;
  if (open_store (run, &error))
    compare (run);
  else if (!power_disk_is_off (run->disk))
    note_wrong (run, "does not open", error->message);
}

/* One batch. Returns: GH_COMMIT_NOT_DONE too when it did not come to the commit. */
static GhCommit
do_batch (Run *run, guint32 seed)
{
  g_autoptr (GError) error = NULL;

  if (!real->begin (run->store, &error))
    return GH_COMMIT_NOT_DONE;
  if (!workload_batch (real, run->store, seed, &error))
    {
      real->rollback (run->store);
      return GH_COMMIT_NOT_DONE;
    }
  if (run->fault->early_ack)
    acknowledge (run, seed);
  const GhCommit outcome = real->commit (run->store, &error);
  if (outcome == GH_COMMIT_DONE && !run->fault->early_ack)
    acknowledge (run, seed);
  return outcome;
}

static guint32
next_seed (Run *run)
{
  return g_rand_int (run->rand) | 1;
}

/* Power. */

/* Works until the power goes. */
static void
work_until_cut (Run *run)
{
  for (guint i = 0; i < MAX_BATCHES && !power_disk_is_off (run->disk) && run->wrong == NULL; i++)
    {
      const guint32 seed = next_seed (run);
      const GhCommit outcome = do_batch (run, seed);
      if (outcome != GH_COMMIT_DONE && !power_disk_is_off (run->disk))
        note_wrong (run, "a batch failed", "while there was power");
      if (outcome != GH_COMMIT_DONE && !run->fault->early_ack)
        run->in_flight = seed;
      if (g_rand_int_range (run->rand, 0, 4) == 0)
        turn_reader (run);
      real->maintain (run->store, 1000000);
    }
}

static char *
run_power_point (guint32 seed, const Fault *fault)
{
  Run run;

  start_run (&run, seed, fault);
  for (guint round = 0; round <= seed % 3 && run.wrong == NULL; round++)
    {
      const guint range = g_rand_boolean (run.rand) ? 150 : 2000;
      power_disk_cut_at (run.disk, power_disk_calls (run.disk)
                                     + (guint) g_rand_int_range (run.rand, 1, (gint) range));
      open_and_compare (&run);
      if (run.store != NULL)
        work_until_cut (&run);
      if (!power_disk_is_off (run.disk))
        power_disk_kill (run.disk);
      close_store (&run);
      power_disk_restart (run.disk);
    }
  power_disk_cut_at (run.disk, 0);
  open_and_compare (&run);
  close_store (&run);
  open_and_compare (&run);
  close_store (&run);
  return end_run (&run);
}

static guint
count_wrong (guint n_points, const Fault *fault, gboolean stop_at_first)
{
  guint wrong = 0;

  for (guint32 seed = 1; seed <= n_points && !(wrong > 0 && stop_at_first); seed++)
    {
      g_autofree char *what = run_power_point (seed, fault);
      if (what != NULL && stop_at_first)
        g_test_message ("point %u: %.2000s", seed, what);
      wrong += what != NULL;
    }
  return wrong;
}

static void
test_power_sync_off_is_seen (void)
{
  static const Fault fault = { .sync_off = TRUE };
  const guint wrong = count_wrong (20, &fault, FALSE);

  g_test_message ("synchronous = OFF: %u of 20 points lose something", wrong);
  g_assert_cmpuint (wrong, >, 0);
}

static void
test_power_answers_before_commit_are_seen (void)
{
  static const Fault fault = { .early_ack = TRUE };
  const guint wrong = count_wrong (20, &fault, FALSE);

  g_test_message ("answers before COMMIT: %u of 20 points lose something", wrong);
  g_assert_cmpuint (wrong, >, 0);
}

static void
test_power_loses_nothing_acknowledged (void)
{
  static const Fault none = { 0 };

  g_assert_cmpuint (count_wrong (long_run ? 2000 : 150, &none, TRUE), ==, 0);
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    long_run = long_run || strcmp (argv[i], "--long") == 0;
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/store/power/synchronous-off-is-seen", test_power_sync_off_is_seen);
  g_test_add_func ("/store/power/answers-before-commit-are-seen",
                   test_power_answers_before_commit_are_seen);
  g_test_add_func ("/store/power/nothing-acknowledged-is-lost",
                   test_power_loses_nothing_acknowledged);
  return g_test_run ();
}
