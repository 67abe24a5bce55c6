/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

#define GH_METER_OPERATIONS 6  /* GhOperation */
#define GH_METER_CLASSES    7  /* of a response status code: 0 any other, 1xxx to 6xxx */
#define GH_METER_BUCKETS    11 /* of how long an answer took; the last one has no bound */

/**
 * GhMeter:
 * How many requests were answered how, and how long that took. Any thread; no lock.
 */
typedef struct _GhMeter GhMeter;

typedef struct {
  guint64 answers[GH_METER_OPERATIONS][GH_METER_CLASSES];
  guint64 buckets[GH_METER_OPERATIONS][GH_METER_BUCKETS]; /* each for itself, not added up */
  guint64 total_us[GH_METER_OPERATIONS];
} GhMeterTotals;

/** gh_meter_bounds_us: upper bounds of all buckets but the last, inclusive. */
extern const gint64 gh_meter_bounds_us[GH_METER_BUCKETS - 1];

GhMeter *gh_meter_new (void);
void gh_meter_free (GhMeter *meter);

/** gh_meter_answered: @operation was answered with @status; @took_us: below 0 is 0 (the wall clock
 * was set back meanwhile). */
void gh_meter_answered (GhMeter *meter, GhOperation operation, guint status, gint64 took_us);

void gh_meter_read (const GhMeter *meter, GhMeterTotals *out);

G_END_DECLS
