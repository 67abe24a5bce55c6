/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power-run.h"

#include "base/gh-log.h"

#include <string.h>

/* --long: 2,000 power cuts instead of 150. */

#define MAX_BATCHES 60

static gboolean long_run;

/* Works until the power goes. */
static void
work_until_cut (Run *run)
{
  for (guint i = 0; i < MAX_BATCHES && !power_disk_is_off (run->disk) && run->wrong == NULL; i++)
    {
      const guint32 seed = run_next_seed (run);
      const GhCommit outcome = run_batch (run, seed);
      if (outcome != GH_COMMIT_DONE && !power_disk_is_off (run->disk))
        run_note_wrong (run, "a batch failed", "while there was power");
      if (outcome != GH_COMMIT_DONE && !run->fault->early_ack)
        run->in_flight = seed;
      if (g_rand_int_range (run->rand, 0, 4) == 0)
        run_turn_reader (run);
      gh_sqlite_store_ops.maintain (run->store, 1000000);
    }
}

static char *
run_power_point (guint32 seed, const Fault *fault)
{
  Run run;

  run_start (&run, seed, fault);
  for (guint round = 0; round <= seed % 3 && run.wrong == NULL; round++)
    {
      const guint range = g_rand_boolean (run.rand) ? 150 : 2000;
      power_disk_cut_at (run.disk, power_disk_calls (run.disk)
                                     + (guint) g_rand_int_range (run.rand, 1, (gint) range));
      run_open_and_compare (&run);
      if (run.store != NULL)
        work_until_cut (&run);
      if (!power_disk_is_off (run.disk))
        power_disk_kill (run.disk);
      run_close (&run);
      power_disk_restart (run.disk);
    }
  power_disk_cut_at (run.disk, 0);
  run_open_and_compare (&run);
  run_close (&run);
  run_open_and_compare (&run);
  run_close (&run);
  return run_end (&run);
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
