/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-schedule.h"

#include <string.h>

#define US_PER_SECOND   G_GINT64_CONSTANT (1000000)
#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA    146097 /* 400 years of the Gregorian calendar */

typedef struct {
  const char *name;
  guint16 minimum, maximum;
} Field;

enum {
  FIELD_SECOND,
  FIELD_MINUTE,
  FIELD_HOUR,
  FIELD_DAY,
  FIELD_MONTH,
  FIELD_WEEKDAY,
  FIELD_YEAR,
  N_FIELDS
};

/* TS-0004 Table 7.4.9.1-4 */
static const Field fields[N_FIELDS] = {
  [FIELD_SECOND] = { "second", 0, 59 },  [FIELD_MINUTE] = { "minute", 0, 59 },
  [FIELD_HOUR] = { "hour", 0, 23 },      [FIELD_DAY] = { "day of the month", 1, 31 },
  [FIELD_MONTH] = { "month", 1, 12 },    [FIELD_WEEKDAY] = { "day of the week", 0, 6 },
  [FIELD_YEAR] = { "year", 2000, 9999 },
};

typedef struct {
  guint low, high, step;
} Element;

static gint64
floor_div (gint64 value, gint64 by)
{
  return value / by - (value % by < 0);
}

void
gh_civil_time (gint64 wall_us, GhCivilTime *out)
{
  gint64 seconds = floor_div (wall_us, US_PER_SECOND);
  gint64 days = floor_div (seconds, SECONDS_PER_DAY);
  gint64 rest = seconds - days * SECONDS_PER_DAY;
  /* Eras begin on 1 March of a year that 400 divides, so that the leap day is the last of its year.
   */
  gint64 since_march = days + 719468;
  gint64 era = floor_div (since_march, DAYS_PER_ERA);
  gint64 of_era = since_march - era * DAYS_PER_ERA;
  gint64 year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  gint64 of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month = (5 * of_year + 2) / 153;
  gint64 year = year_of_era + era * 400 + (month >= 10);

  out->year = year >= 1 && year <= 9999 ? (guint16) year : 0;
  out->month = (guint8) (month < 10 ? month + 3 : month - 9);
  out->day = (guint8) (of_year - (153 * month + 2) / 5 + 1);
  out->weekday = (guint8) (days + 4 - floor_div (days + 4, 7) * 7);
  out->hour = (guint8) (rest / 3600);
  out->minute = (guint8) (rest / 60 % 60);
  out->second = (guint8) (rest % 60);
}

/* One to four digits. */
static gboolean
take_number (const char **cursor, const char *end, guint *out)
{
  const char *start = *cursor;

  *out = 0;
  while (*cursor < end && *cursor - start < 4 && g_ascii_isdigit (**cursor))
    *out = *out * 10 + (guint) (*(*cursor)++ - '0');
  return *cursor > start;
}

static gboolean
take_step (const char **cursor, const char *end, guint *out)
{
  if (*cursor == end || **cursor != '/')
    {
      *out = 1;
      return TRUE;
    }
  (*cursor)++;
  return take_number (cursor, end, out) && *out > 0;
}

/* A number, a range, or a range with a step. */
static gboolean
take_element (const char **cursor, const char *end, const Field *field, Element *out)
{
  out->step = 1;
  if (!take_number (cursor, end, &out->low))
    return FALSE;
  out->high = out->low;
  if (*cursor < end && **cursor == '-')
    {
      (*cursor)++;
      if (!take_number (cursor, end, &out->high) || !take_step (cursor, end, &out->step))
        return FALSE;
    }
  return out->low >= field->minimum && out->high <= field->maximum && out->low <= out->high;
}

static gboolean
add_element (GhSchedule *schedule, guint field, guint64 *set, const Element *element)
{
  if (field != FIELD_YEAR)
    {
      for (guint i = element->low; i <= element->high; i += element->step)
        *set |= G_GUINT64_CONSTANT (1) << i;
      return TRUE;
    }
  if (schedule->n_years == GH_SCHEDULE_MAX_YEARS)
    return FALSE;
  schedule->years[schedule->n_years].low = (guint16) element->low;
  schedule->years[schedule->n_years].high = (guint16) element->high;
  schedule->years[schedule->n_years].step = (guint16) element->step;
  schedule->n_years++;
  return TRUE;
}

static gboolean
parse_field (const char *text, const char *end, guint field, GhSchedule *schedule, guint64 *set)
{
  Element element = { fields[field].minimum, fields[field].maximum, 1 };

  if (*text == '*')
    {
      text++;
      return take_step (&text, end, &element.step) && text == end
             && add_element (schedule, field, set, &element);
    }
  for (;;)
    {
      if (!take_element (&text, end, &fields[field], &element)
          || !add_element (schedule, field, set, &element))
        return FALSE;
      if (text == end)
        return TRUE;
      if (*text++ != ',')
        return FALSE;
    }
}

gboolean
gh_schedule_parse (const char *text, GhSchedule *out, GhFault *fault)
{
  guint64 sets[N_FIELDS] = { 0 };

  memset (out, 0, sizeof *out);
  if (strnlen (text, GH_SCHEDULE_MAX_LENGTH + 1) > GH_SCHEDULE_MAX_LENGTH)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "actw: an entry is longer than %d octets",
                         GH_SCHEDULE_MAX_LENGTH);
  for (guint i = 0; i < N_FIELDS; i++)
    {
      gsize length = strcspn (text, " ");

      if (length == 0 || !parse_field (text, text + length, i, out, &sets[i]))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "actw: the field of the %s is wrong, expected '*', or numbers and "
                             "ranges in %u..%u",
                             fields[i].name, fields[i].minimum, fields[i].maximum);
      text += length;
      text += i + 1 < N_FIELDS ? strspn (text, " ") : 0;
    }
  if (*text != '\0')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "actw: more than seven fields");
  out->seconds = sets[FIELD_SECOND];
  out->minutes = sets[FIELD_MINUTE];
  out->hours = (guint32) sets[FIELD_HOUR];
  out->days = (guint32) sets[FIELD_DAY];
  out->months = (guint16) sets[FIELD_MONTH];
  out->weekdays = (guint8) sets[FIELD_WEEKDAY];
  return TRUE;
}

gboolean
gh_schedule_matches (const GhSchedule *schedule, const GhCivilTime *time)
{
  const guint64 one = 1;

  if (!(schedule->seconds & one << time->second) || !(schedule->minutes & one << time->minute)
      || !(schedule->hours & one << time->hour) || !(schedule->days & one << time->day)
      || !(schedule->months & one << time->month) || !(schedule->weekdays & one << time->weekday))
    return FALSE;
  for (guint i = 0; i < schedule->n_years; i++)
    {
      guint low = schedule->years[i].low;

      if (time->year >= low && time->year <= schedule->years[i].high
          && (time->year - low) % schedule->years[i].step == 0)
        return TRUE;
    }
  return FALSE;
}
