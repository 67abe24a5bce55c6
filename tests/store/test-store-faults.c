/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power-run.h"

#include "base/gh-log.h"

#include <string.h>

/* A disk that fails or is full at one call, at every one in turn with --long. */

#define N_BATCHES    14
#define N_PASSES     3
#define MAX_ATTEMPTS 60

static gboolean long_run;

typedef struct {
  guint call, n; /* which calls fail */
  gboolean full;
} Trouble;

static guint n_not_done, n_in_doubt;

/* Opens until the trouble is over. */
static void
open_again (Run *run)
{
  for (guint i = 0; i < MAX_ATTEMPTS && run->store == NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      if (!run_open (run, &error) && i == MAX_ATTEMPTS - 1)
        run_note_wrong (run, "does not open", error->message);
    }
  if (run->store != NULL)
    run_compare (run);
}

static void
restart_process (Run *run)
{
  power_disk_kill (run->disk);
  run_close (run);
  power_disk_restart (run->disk);
  open_again (run);
}

static void
lose_power (Run *run)
{
  power_disk_cut_now (run->disk);
  run_close (run);
  power_disk_restart (run->disk);
  open_again (run);
}

/* As the writer does it. */
static void
reopen (Run *run)
{
  g_autoptr (GError) error = NULL;
  gboolean opened = FALSE;

  run_close_reader (run);
  for (guint i = 0; i < MAX_ATTEMPTS && !opened; i++)
    {
      g_clear_error (&error);
      opened = gh_sqlite_store_ops.reopen (run->store, &error);
    }
  if (opened)
    run_compare (run);
  else
    run_note_wrong (run, "does not reopen", error->message);
}

static void
recover (Run *run, guint32 seed, GhCommit outcome)
{
  n_not_done += outcome == GH_COMMIT_NOT_DONE;
  n_in_doubt += outcome == GH_COMMIT_IN_DOUBT;
  if (outcome == GH_COMMIT_IN_DOUBT)
    run->in_flight = seed;
  switch (g_rand_int_range (run->rand, 0, 4))
    {
    case 0:
      restart_process (run);
      break;
    case 1:
      lose_power (run);
      break;
    default:
      if (outcome == GH_COMMIT_IN_DOUBT)
        reopen (run);
      else
        run_compare (run);
    }
}

static void
work (Run *run)
{
  for (guint i = 0; i < N_BATCHES && run->wrong == NULL; i++)
    {
      const guint32 seed = run_next_seed (run);
      const GhCommit outcome = run_batch (run, seed);
      if (outcome != GH_COMMIT_DONE)
        recover (run, seed, outcome);
      if (run->store == NULL)
        return;
      if (g_rand_int_range (run->rand, 0, 4) == 0)
        run_turn_reader (run);
      gh_sqlite_store_ops.maintain (run->store, 1000000);
    }
}

/* Returns: (transfer full): what went wrong, or NULL; *out_calls: how many calls there were */
static char *
run_trouble (guint32 seed, const Trouble *trouble, guint *out_calls)
{
  static const Fault none = { 0 };
  Run run;

  run_start (&run, seed, &none);
  power_disk_fail_at (run.disk, trouble->call, trouble->n, trouble->full);
  open_again (&run);
  if (run.store != NULL)
    work (&run);
  if (run.wrong == NULL && g_rand_boolean (run.rand))
    lose_power (&run);
  run_close (&run);
  open_again (&run);
  run_close (&run);
  *out_calls = power_disk_calls (run.disk);
  return run_end (&run);
}

#define N_SEEDS 7

/* How many calls a run makes on a sound disk. */
static guint
count_calls (guint first_seed)
{
  static const Trouble none = { 0 };
  guint most = 0;

  for (guint i = 0; i < N_SEEDS; i++)
    {
      guint calls;
      g_autofree char *what = run_trouble (first_seed + i, &none, &calls);
      g_assert_cmpstr (what, ==, NULL);
      most = MAX (most, calls);
    }
  return most;
}

/* One pass over the calls; returns how many runs that were. */
static guint
fail_at_each (guint first_seed, gboolean full)
{
  static const guint lengths[] = { 1, 1, 2, 7, 30 };
  const guint step = long_run ? 1 : 11, calls = count_calls (first_seed);
  guint tried = 0;

  for (guint call = 1; call <= calls; call += step)
    {
      const guint32 seed = first_seed + call % N_SEEDS;
      const Trouble trouble = { call, lengths[tried % G_N_ELEMENTS (lengths)], full };
      guint made;
      g_autofree char *what = run_trouble (seed, &trouble, &made);
      if (what != NULL)
        g_error ("call %u of %u, %u in a row, seed %u: %.2000s", call, calls, trouble.n, seed,
                 what);
      tried++;
    }
  return tried;
}

static void
fail_everywhere (gboolean full)
{
  guint tried = 0;

  n_not_done = n_in_doubt = 0;
  for (guint pass = 0; pass < (long_run ? N_PASSES : 1); pass++)
    tried += fail_at_each (1 + N_SEEDS * pass, full);
  g_test_message ("%u runs, each failing elsewhere: %u batches not done, %u in doubt", tried,
                  n_not_done, n_in_doubt);
}

/*
 * A sync fails at COMMIT, the process is killed, and the power goes while the next one opens the
 * store. The kernel still shows that process a whole log, of which the disk holds a part.
 */
static char *
run_torn_log (guint32 seed)
{
  static const Fault none = { 0 };
  GhCommit outcome = GH_COMMIT_DONE;
  guint32 batch = 0;
  Run run;

  run_start (&run, seed, &none);
  open_again (&run);
  power_disk_fail_at (
    run.disk, power_disk_calls (run.disk) + (guint) g_rand_int_range (run.rand, 1, 300), 1, FALSE);
  for (guint i = 0; i < N_BATCHES && run.store != NULL && outcome == GH_COMMIT_DONE; i++)
    outcome = run_batch (&run, batch = run_next_seed (&run));
  if (outcome == GH_COMMIT_IN_DOUBT)
    run.in_flight = batch;
  power_disk_kill (run.disk);
  run_close (&run);
  power_disk_restart (run.disk);
  power_disk_cut_at (run.disk,
                     power_disk_calls (run.disk) + (guint) g_rand_int_range (run.rand, 1, 40));
  if (run_open (&run, NULL))
    run_close (&run);
  power_disk_kill (run.disk);
  power_disk_restart (run.disk);
  power_disk_cut_at (run.disk, 0);
  open_again (&run);
  run_close (&run);
  return run_end (&run);
}

static void
test_faults_a_torn_log_is_not_trusted (void)
{
  const guint n = long_run ? 3000 : 300;

  for (guint32 seed = 1; seed <= n; seed++)
    {
      g_autofree char *what = run_torn_log (seed);
      if (what != NULL)
        g_error ("seed %u: %.2000s", seed, what);
    }
}

static void
test_faults_io_errors_are_survived (void)
{
  fail_everywhere (FALSE);
  g_assert_cmpuint (n_in_doubt, >, 0);
}

static void
test_faults_a_full_disk_is_survived (void)
{
  fail_everywhere (TRUE);
  g_assert_cmpuint (n_not_done, >, 0);
  g_assert_cmpuint (n_in_doubt, ==, 0);
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    long_run = long_run || strcmp (argv[i], "--long") == 0;
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/store/faults/io-errors-are-survived", test_faults_io_errors_are_survived);
  g_test_add_func ("/store/faults/a-full-disk-is-survived", test_faults_a_full_disk_is_survived);
  g_test_add_func ("/store/faults/a-torn-log-is-not-trusted",
                   test_faults_a_torn_log_is_not_trusted);
  return g_test_run ();
}
