/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"

G_BEGIN_DECLS

#define GH_SCHEDULE_MAX_LENGTH 512 /* octets of one entry */
#define GH_SCHEDULE_MAX_YEARS  6   /* elements of the year field */

/** GhCivilTime: a moment in UTC. Leap seconds do not exist in it, as in POSIX time. */
typedef struct {
  guint16 year;   /* 0: outside 1..9999 */
  guint8 month;   /* 1..12 */
  guint8 day;     /* 1..31 */
  guint8 weekday; /* 0 Sunday .. 6 */
  guint8 hour, minute, second;
} GhCivilTime;

/** gh_civil_time: takes no lock, reads no time zone (gmtime_r does both). Any thread. */
void gh_civil_time (gint64 wall_us, GhCivilTime *out);

/**
 * GhSchedule:
 * One m2m:scheduleEntry (TS-0004 7.4.9.1): second, minute, hour, day of the month, month, day of
 * the week (0 Sunday), year, as sets. A moment matches when all seven fields do, the two fields of
 * days too.
 */
typedef struct {
  guint64 seconds, minutes;
  guint32 hours, days;
  guint16 months;
  guint8 weekdays;
  guint8 n_years;
  struct {
    guint16 low, high, step;
  } years[GH_SCHEDULE_MAX_YEARS];
} GhSchedule;

/**
 * gh_schedule_parse:
 * @text: NUL-terminated; seven fields separated by blanks, each "*", "*" with a step, or a list of
 * numbers, ranges and ranges with a step Returns: FALSE with @fault (4000) naming the field. Pure,
 * any thread.
 */
gboolean gh_schedule_parse (const char *text, GhSchedule *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_schedule_matches: any thread. */
gboolean gh_schedule_matches (const GhSchedule *schedule, const GhCivilTime *time);

G_END_DECLS
