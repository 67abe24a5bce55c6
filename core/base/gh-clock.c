/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-clock.h"

#include <string.h>

#define US_PER_SECOND     G_GINT64_CONSTANT (1000000)
#define SECONDS_PER_DAY   86400
#define DAYS_PER_ERA      146097 /* 400 years of the Gregorian calendar */
#define DAYS_0000_TO_1970 719468 /* from 1 March of year 0 */

/* The range that four digits of a year can say: 00010101T000000 to 99991231T235959,999999. */
#define FIRST_US (G_GINT64_CONSTANT (-62135596800) * US_PER_SECOND)
#define LAST_US  (G_GINT64_CONSTANT (253402300800) * US_PER_SECOND - 1)

struct _GhClock {
  gint ref_count;
  gboolean fake;
  gint64 start_us;  /* of a fake: wall time at monotonic 0; atomic */
  gint64 passed_us; /* of a fake; atomic */
};

static GhClock *
clock_new (gboolean fake, gint64 start_us)
{
  GhClock *clock = g_new0 (GhClock, 1);

  clock->ref_count = 1;
  clock->fake = fake;
  clock->start_us = start_us;
  return clock;
}

GhClock *
gh_clock_new_system (void)
{
  return clock_new (FALSE, 0);
}

GhClock *
gh_clock_new_fake (gint64 wall_us)
{
  return clock_new (TRUE, wall_us);
}

GhClock *
gh_clock_ref (GhClock *clock)
{
  g_return_val_if_fail (clock != NULL, NULL);

  g_atomic_int_inc (&clock->ref_count);
  return clock;
}

void
gh_clock_unref (GhClock *clock)
{
  if (clock != NULL && g_atomic_int_dec_and_test (&clock->ref_count))
    g_free (clock);
}

gint64
gh_clock_monotonic_us (GhClock *clock)
{
  g_return_val_if_fail (clock != NULL, 0);

  return clock->fake ? __atomic_load_n (&clock->passed_us, __ATOMIC_SEQ_CST)
                     : g_get_monotonic_time ();
}

gint64
gh_clock_wall_us (GhClock *clock)
{
  g_return_val_if_fail (clock != NULL, 0);

  return clock->fake
           ? __atomic_load_n (&clock->start_us, __ATOMIC_SEQ_CST) + gh_clock_monotonic_us (clock)
           : g_get_real_time ();
}

void
gh_clock_jump (GhClock *clock, gint64 by_us)
{
  g_return_if_fail (clock != NULL && clock->fake);

  __atomic_add_fetch (&clock->start_us, by_us, __ATOMIC_SEQ_CST);
}

void
gh_clock_advance (GhClock *clock, gint64 by_us)
{
  g_return_if_fail (clock != NULL && clock->fake && by_us >= 0);

  __atomic_add_fetch (&clock->passed_us, by_us, __ATOMIC_SEQ_CST);
}

typedef struct {
  int year, month, day;
} Date;

/* Days are counted in eras of 400 years that begin on 1 March, so that the leap day is the last of
 * its year. */
static gint64
days_from_date (Date date)
{
  const gint64 year = date.year - (date.month <= 2);
  const gint64 era = (year >= 0 ? year : year - 399) / 400;
  const gint64 year_of_era = year - era * 400;
  const gint64 month = (date.month + 9) % 12;
  const gint64 day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

  return era * DAYS_PER_ERA + day_of_era - DAYS_0000_TO_1970;
}

static Date
date_from_days (gint64 days)
{
  const gint64 shifted = days + DAYS_0000_TO_1970;
  const gint64 era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
  const gint64 day_of_era = shifted - era * DAYS_PER_ERA;
  const gint64 year_of_era =
    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
  const gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const gint64 month = (5 * day_of_year + 2) / 153;
  const int calendar_month = (int) (month < 10 ? month + 3 : month - 9);

  return (Date){ (int) (year_of_era + era * 400 + (calendar_month <= 2)), calendar_month,
                 (int) (day_of_year - (153 * month + 2) / 5 + 1) };
}

static char *
put_digits (char *out, int value, int n)
{
  for (int i = n - 1; i >= 0; i--)
    {
      out[i] = (char) ('0' + value % 10);
      value /= 10;
    }
  return out + n;
}

void
gh_timestamp_format (gint64 wall_us, char out[GH_TIMESTAMP_SIZE])
{
  /* What four digits cannot say (GH_NEVER_US) becomes the nearest time that they can. */
  const gint64 us = CLAMP (wall_us, FIRST_US, LAST_US) - FIRST_US;
  const gint64 seconds = us / US_PER_SECOND;
  const int fraction = (int) (us % US_PER_SECOND);
  const int second_of_day = (int) (seconds % SECONDS_PER_DAY);
  const Date date = date_from_days (seconds / SECONDS_PER_DAY
                                    + FIRST_US / US_PER_SECOND / SECONDS_PER_DAY);
  char *p = put_digits (out, date.year, 4);

  p = put_digits (p, date.month, 2);
  p = put_digits (p, date.day, 2);
  *p++ = 'T';
  p = put_digits (p, second_of_day / 3600, 2);
  p = put_digits (p, second_of_day / 60 % 60, 2);
  p = put_digits (p, second_of_day % 60, 2);
  if (fraction != 0)
    {
      *p++ = ',';
      p = put_digits (p, fraction, 6);
    }
  *p = '\0';
}

/* @n digits at @text as a number, -1 when one is no digit. */
static int
take_digits (const char *text, gsize n)
{
  int value = 0;

  for (gsize i = 0; i < n; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return -1;
      value = 10 * value + (text[i] - '0');
    }
  return value;
}

static int
days_in_month (int year, int month)
{
  static const guint8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  const gboolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

  return days[month - 1] + (month == 2 && leap);
}

/* The part behind the seconds: nothing, or a comma and one to six digits. */
static gboolean
take_fraction (const char *text, gsize length, int *out_us)
{
  int value;

  *out_us = 0;
  if (length == 0)
    return TRUE;
  if (text[0] != ',' || length < 2 || length > 7)
    return FALSE;
  value = take_digits (text + 1, length - 1);
  if (value < 0)
    return FALSE;
  for (gsize i = length - 1; i < 6; i++)
    value *= 10;
  *out_us = value;
  return TRUE;
}

gboolean
gh_timestamp_parse (const char *text, gsize length, gint64 *out_wall_us)
{
  Date date;
  int hour, minute, second, fraction;

  g_return_val_if_fail (text != NULL && out_wall_us != NULL, FALSE);

  if (length < 15 || text[8] != 'T' || !take_fraction (text + 15, length - 15, &fraction))
    return FALSE;
  date = (Date){ take_digits (text, 4), take_digits (text + 4, 2), take_digits (text + 6, 2) };
  hour = take_digits (text + 9, 2);
  minute = take_digits (text + 11, 2);
  second = take_digits (text + 13, 2);
  if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1
      || date.day > days_in_month (date.year, date.month))
    return FALSE;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return FALSE;
  *out_wall_us = ((days_from_date (date) * 24 + hour) * 3600 + minute * 60 + second) * US_PER_SECOND
                 + fraction;
  return TRUE;
}
