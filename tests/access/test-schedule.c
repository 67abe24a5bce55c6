/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-schedule.h"
#include "policy-fixture.h"

typedef struct {
  const char *entry, *inside, *outside;
} Window;

static const Window windows[] = {
  { "* * * * * * *", "20260301T000000", NULL },
  { "* 0-5 2,6,10 * * * *", "20260301T020559", "20260301T020600" },
  { "* 0-5 2,6,10 * * * *", "20260301T020000", "20260301T015959" },
  { "* 0-5 2,6,10 * * * *", "20260301T100000", "20260301T110000" },
  { "* * 8-20 * * * *", "20260301T205959", "20260301T210000" },
  { "* * 0-23/2 * * * *", "20260301T225959", "20260301T230000" },
  { "* * */2 * * * *", "20260301T000000", "20260301T010000" },
  { "* * 1-23/2 * * * *", "20260301T010000", "20260301T020000" },
  { "30 * * * * * *", "20260301T000030", "20260301T000031" },
  { "0-59 0-59 0-23 1-31 1-12 0-6 2000-9999", "99991231T235959", "19991231T235959" },
  { "* * * 29 2 * *", "20280229T120000", "20280301T000000" },
  { "* * * 29 2 * *", "20000229T235959", "20280228T235959" },
  { "* * * 31 12 * 2026", "20261231T235959", "20270101T000000" },
  { "* * * * * 0 *", "20260301T000000", "20260302T000000" }, /* a Sunday */
  { "* * * * * 1-5 *", "20260302T000000", "20260301T235959" },
  { "* * * * * 6 *", "20260228T235959", "20260301T000000" },
  /* Both fields of days must match, unlike in cron(8). */
  { "* * * 1 * 0 *", "20260301T120000", "20260308T120000" },
  { "* * * 1 * 0 *", "20260301T120000", "20260401T120000" },
  { "* * * * * * 2026", "20260101T000000", "20251231T235959" },
  { "* * * * * * 2024-2030/2", "20280101T000000", "20270101T000000" },
  { "* * * * * * */4", "20240101T000000", "20250101T000000" },
  { "* * * * * * 2025,2027", "20270101T000000", "20260101T000000" },
  /* When a good part of the world changes its clocks, nothing happens. */
  { "* * 2 29 3 * *", "20260329T023000", "20260329T033000" },
  { "* * 1 25 10 * *", "20261025T013000", "20261025T023000" },
  { "0  0   0 1 1 0-6 *", "20260101T000000", "20260101T000001" },
  { "05 00 007 * * * *", "20260101T070005", "20260101T070006" },
};

static void
test_windows_have_exact_edges (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      GhFault fault = { 0 };
      GhSchedule schedule;
      GhCivilTime time;

      if (!gh_schedule_parse (windows[i].entry, &schedule, &fault))
        g_error ("%s: %s", windows[i].entry, fault.text);
      gh_civil_time (fixture_time (windows[i].inside), &time);
      if (!gh_schedule_matches (&schedule, &time))
        g_error ("%s does not match %s", windows[i].entry, windows[i].inside);
      if (windows[i].outside == NULL)
        continue;
      gh_civil_time (fixture_time (windows[i].outside), &time);
      if (gh_schedule_matches (&schedule, &time))
        g_error ("%s matches %s", windows[i].entry, windows[i].outside);
    }
}

static const char *const refused[] = {
  "",
  " ",
  "*",
  "* * * * * *",
  "* * * * * * * *",
  " * * * * * * *",
  "* * * * * * * ",
  "60 * * * * * *",
  "* 60 * * * * *",
  "* * 24 * * * *",
  "* * * 0 * * *",
  "* * * 32 * * *",
  "* * * * 0 * *",
  "* * * * 13 * *",
  "* * * * * 7 *",
  "* * * * * * 1999",
  "* * * * * * 10000",
  "-1 * * * * * *",
  "+1 * * * * * *",
  "5-1 * * * * * *",
  "1- * * * * * *",
  "-5 * * * * * *",
  "1-2-3 * * * * * *",
  "1, * * * * * *",
  ",1 * * * * * *",
  "1,,2 * * * * * *",
  "*/0 * * * * * *",
  "*/ * * * * * *",
  "5/2 * * * * * *",
  "1-5/0 * * * * * *",
  "1-5/ * * * * * *",
  "1,* * * * * * *",
  "*,1 * * * * * *",
  "** * * * * * *",
  "*5 * * * * * *",
  "5* * * * * * *",
  "a * * * * * *",
  "0x1 * * * * * *",
  "1.5 * * * * * *",
  "? * * * * * *",
  "L * * * * * *",
  "* * * * jan * *",
  "* * * * * sun *",
  "*\t* * * * * *",
  "* * * * * * *\n",
  "00001 * * * * * *",
  "99999999999 * * * * * *",
  "* * * * * * 2000,2002,2004,2006,2008,2010,2012",
};

static void
test_what_is_no_entry_is_refused (void)
{
  g_autofree char *huge = g_strnfill (GH_SCHEDULE_MAX_LENGTH + 1, '1');
  GhSchedule schedule;

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      GhFault fault = { 0 };

      if (gh_schedule_parse (refused[i], &schedule, &fault))
        g_error ("'%s' was accepted", refused[i]);
      g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
    }
  g_assert_false (gh_schedule_parse (huge, &schedule, NULL));
}

static void
test_civil_time_agrees_with_glib (void)
{
  static const gint64 moments[] = {
    0,          -1,         951782399,    951782400,    951868800,
    4107542399, 4107542400, 253402300799, -62135596800, 1772323200
  };

  for (gint64 seconds = -4000000000; seconds < 20000000000; seconds += 1234567)
    {
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
      GhCivilTime time;

      gh_civil_time (seconds * G_USEC_PER_SEC + 999999, &time);
      g_assert_cmpint (time.year, ==, g_date_time_get_year (date));
      g_assert_cmpint (time.month, ==, g_date_time_get_month (date));
      g_assert_cmpint (time.day, ==, g_date_time_get_day_of_month (date));
      g_assert_cmpint (time.weekday, ==, g_date_time_get_day_of_week (date) % 7);
      g_assert_cmpint (time.hour * 3600 + time.minute * 60 + time.second, ==,
                       g_date_time_get_hour (date) * 3600 + g_date_time_get_minute (date) * 60
                         + g_date_time_get_second (date));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (moments[i]);
      GhCivilTime time;

      gh_civil_time (moments[i] * G_USEC_PER_SEC, &time);
      g_assert_cmpint (time.day, ==, g_date_time_get_day_of_month (date));
      g_assert_cmpint (time.year, ==, g_date_time_get_year (date));
    }
}

static void
test_years_out_of_range_match_nothing (void)
{
  GhSchedule schedule;
  GhCivilTime time;

  g_assert_true (gh_schedule_parse ("* * * * * * *", &schedule, NULL));
  gh_civil_time (0, &time);
  g_assert_false (gh_schedule_matches (&schedule, &time));
  gh_civil_time (G_MAXINT64, &time);
  g_assert_false (gh_schedule_matches (&schedule, &time));
  gh_civil_time (G_MININT64, &time);
  g_assert_false (gh_schedule_matches (&schedule, &time));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/windows-have-exact-edges", test_windows_have_exact_edges);
  g_test_add_func ("/schedule/what-is-no-entry-is-refused", test_what_is_no_entry_is_refused);
  g_test_add_func ("/schedule/civil-time-agrees-with-glib", test_civil_time_agrees_with_glib);
  g_test_add_func ("/schedule/years-out-of-range", test_years_out_of_range_match_nothing);
  return g_test_run ();
}
