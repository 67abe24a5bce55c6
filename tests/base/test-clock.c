/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-clock.h"

#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000)

static gboolean
parse (const char *text, gint64 *out)
{
  return gh_timestamp_parse (text, strlen (text), out);
}

static void
test_fake_moves_only_when_told (void)
{
  g_autoptr (GhClock) clock = gh_clock_new_fake (5 * SECOND);

  g_assert_cmpint (gh_clock_wall_us (clock), ==, 5 * SECOND);
  g_assert_cmpint (gh_clock_monotonic_us (clock), ==, 0);
  gh_clock_advance (clock, 3);
  gh_clock_advance (clock, SECOND);
  g_assert_cmpint (gh_clock_wall_us (clock), ==, 6 * SECOND + 3);
  g_assert_cmpint (gh_clock_monotonic_us (clock), ==, SECOND + 3);
}

static void
test_system_does_not_go_back (void)
{
  g_autoptr (GhClock) clock = gh_clock_new_system ();
  g_autoptr (GhClock) other = gh_clock_ref (clock);
  gint64 before_us = gh_clock_monotonic_us (clock);

  g_assert_cmpint (gh_clock_wall_us (clock), >, 0);
  for (int i = 0; i < 1000; i++)
    {
      const gint64 now_us = gh_clock_monotonic_us (other);

      g_assert_cmpint (now_us, >=, before_us);
      before_us = now_us;
    }
}

static void
test_system_cannot_be_moved (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GhClock) clock = gh_clock_new_system ();

      gh_clock_advance (clock, 1);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*");
}

typedef struct {
  const char *text;
  gint64 us;
} Stamp;

static const Stamp stamps[] = {
  { "19700101T000000", 0 },
  { "19691231T235959", -SECOND },
  { "19691231T235959,999999", -1 },
  { "20240229T000000", 1709164800 * SECOND },
  { "20000229T120000", 951825600 * SECOND },
  { "20380119T031408", 2147483648 * SECOND },
  { "99991231T235959,999999", 253402300800 * SECOND - 1 },
  { "00010101T000000", -62135596800 * SECOND },
  { "20240301T010203,000004", 1709254923 * SECOND + 4 },
};

static void
test_stamps_are_read_and_written (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stamps); i++)
    {
      char text[GH_TIMESTAMP_SIZE];
      gint64 us;

      g_assert_true (parse (stamps[i].text, &us));
      g_assert_cmpint (us, ==, stamps[i].us);
      gh_timestamp_format (us, text);
      g_assert_cmpstr (text, ==, stamps[i].text);
    }
}

static void
test_fraction_has_one_to_six_digits (void)
{
  gint64 us;

  g_assert_true (parse ("19700101T000000,5", &us));
  g_assert_cmpint (us, ==, 500000);
  g_assert_true (parse ("19700101T000000,05", &us));
  g_assert_cmpint (us, ==, 50000);
  g_assert_true (parse ("19700101T000000,123456", &us));
  g_assert_cmpint (us, ==, 123456);
}

static void
test_what_is_no_stamp_is_refused (void)
{
  static const char *const wrong[] = {
    "",
    "20240229",
    "20240229T12",
    "20240229T1200",
    "20240229T12000",
    "20240229T120000Z",
    "20240229T120000.5",
    "20240229T120000,",
    "20240229T120000,1234567",
    "20240229T120000,12a",
    "20240229T120000,-1",
    "20240229T120000 ",
    " 20240229T120000",
    "20240229t120000",
    "20240229 120000",
    "2024-02-29T12:00:00",
    "20230229T120000",
    "19000229T120000",
    "20241301T120000",
    "20240001T120000",
    "20240100T120000",
    "20240132T120000",
    "20240431T120000",
    "20240229T240000",
    "20240229T126000",
    "20240229T125960",
    "00000101T000000",
    "+2024022T120000",
    "-0240229T120000",
    "2024022-T120000",
    "20240229T12-100",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      gint64 us;

      g_test_message ("%s", wrong[i]);
      g_assert_false (parse (wrong[i], &us));
    }
}

static void
test_length_counts_not_the_nul (void)
{
  gint64 us;

  g_assert_true (gh_timestamp_parse ("20240229T120000garbage", 15, &us));
  for (gsize length = 0; length < 15; length++)
    g_assert_false (gh_timestamp_parse ("20240229T120000", length, &us));
  g_assert_false (gh_timestamp_parse ("20240229T12000\0", 15, &us));
}

static void
test_what_four_digits_cannot_say_is_clamped (void)
{
  char text[GH_TIMESTAMP_SIZE];

  gh_timestamp_format (GH_NEVER_US, text);
  g_assert_cmpstr (text, ==, "99991231T235959,999999");
  gh_timestamp_format (G_MININT64, text);
  g_assert_cmpstr (text, ==, "00010101T000000");
}

/* Every day of 400 years, against GLib's calendar. */
static void
test_days_agree_with_glib (void)
{
  GDate date;

  g_date_clear (&date, 1);
  g_date_set_dmy (&date, 1, G_DATE_JANUARY, 1900);
  for (int i = 0; i < 146097; i++)
    {
      g_autofree char *expected = g_strdup_printf (
        "%04u%02u%02uT000000", (guint) g_date_get_year (&date), (guint) g_date_get_month (&date),
        (guint) g_date_get_day (&date));
      char text[GH_TIMESTAMP_SIZE];
      gint64 us;

      g_assert_true (parse (expected, &us));
      g_assert_cmpint (us, ==, (i - G_GINT64_CONSTANT (25567)) * 86400 * SECOND);
      gh_timestamp_format (us, text);
      g_assert_cmpstr (text, ==, expected);
      g_date_add_days (&date, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/fake-moves-only-when-told", test_fake_moves_only_when_told);
  g_test_add_func ("/clock/system-does-not-go-back", test_system_does_not_go_back);
  g_test_add_func ("/clock/system-cannot-be-moved", test_system_cannot_be_moved);
  g_test_add_func ("/timestamp/is-read-and-written", test_stamps_are_read_and_written);
  g_test_add_func ("/timestamp/fraction-has-one-to-six-digits",
                   test_fraction_has_one_to_six_digits);
  g_test_add_func ("/timestamp/what-is-none-is-refused", test_what_is_no_stamp_is_refused);
  g_test_add_func ("/timestamp/length-counts-not-the-nul", test_length_counts_not_the_nul);
  g_test_add_func ("/timestamp/what-four-digits-cannot-say-is-clamped",
                   test_what_four_digits_cannot_say_is_clamped);
  g_test_add_func ("/timestamp/days-agree-with-glib", test_days_agree_with_glib);
  return g_test_run ();
}
