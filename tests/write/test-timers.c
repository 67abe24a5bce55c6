/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-clock.h"
#include "write/gh-timers.h"

static void
expect_due (const GhTimers *timers, gint64 now_us, guint max, const char *expected)
{
  g_autoptr (GPtrArray) ids = gh_timers_due (timers, now_us, max);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%s ", (const char *) ids->pdata[i]);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_the_earliest_comes_first (void)
{
  GhTimers *timers = gh_timers_new ();
  g_assert_cmpint (gh_timers_next (timers), ==, GH_NEVER_US);
  gh_timers_set (timers, "b", 20);
  gh_timers_set (timers, "a", 20);
  gh_timers_set (timers, "c", 10);
  g_assert_cmpint (gh_timers_next (timers), ==, 10);
  expect_due (timers, 9, 8, "");
  expect_due (timers, 10, 8, "c ");
  expect_due (timers, 20, 8, "c a b ");
  expect_due (timers, 20, 2, "c a ");
  gh_timers_free (timers);
}

static void
test_a_moment_replaces_the_one_before (void)
{
  GhTimers *timers = gh_timers_new ();
  gh_timers_set (timers, "a", 10);
  gh_timers_set (timers, "a", 30);
  gh_timers_set (timers, "b", 20);
  expect_due (timers, 25, 8, "b ");
  gh_timers_set (timers, "b", GH_NEVER_US);
  gh_timers_set (timers, "none", GH_NEVER_US);
  expect_due (timers, 40, 8, "a ");
  g_assert_cmpint (gh_timers_next (timers), ==, 30);
  gh_timers_free (timers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timers/earliest-first", test_the_earliest_comes_first);
  g_test_add_func ("/timers/replace", test_a_moment_replaces_the_one_before);
  return g_test_run ();
}
