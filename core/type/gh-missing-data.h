/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "primitive/gh-json-writer.h"
#include "service/gh-subscription.h"
#include "tree/gh-tree.h"

G_BEGIN_DECLS

/*
 * Missing data of a <timeSeries> (TS-0001 10.2.4.29): which points were expected, which of them
 * came, and what each subscription has to be told. No tree, no writer: the behaviour asks.
 *
 * A moment is the dataGenerationTime of an instance as one number, in microseconds: timestamps and
 * relative times have ranges of their own, so that neither is ever taken for the other. No moment
 * is negative or 0.
 */

#define GH_MISSING_DATA_LIST   1024 /* entries of missingDataList where no maximum is given */
#define GH_MISSING_DATA_EARLY  4096 /* points known to be there before they are due */
#define GH_MISSING_DATA_MOMENT 32   /* octets of a moment as text */
#define GH_MISSING_DATA_PAUSE_US (100 * 1000) /* between two looks at one series */

/** gh_moment_parse: of a m2m:absRelTimestamp; FALSE with @fault (4000). */
gboolean gh_moment_parse (const GhValue *value, gint64 *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_moment_format: as it stands in missingDataList. */
void gh_moment_format (gint64 moment, char out[GH_MISSING_DATA_MOMENT]);

/** GhMissingWindow: what one subscription has counted since its timer began. */
typedef struct {
  guint64 subscription;
  guint number;     /* md of the subscription as it was then */
  gint64 window_us;
  gint64 ends_us;   /* wall time */
  guint count;      /* since the timer began */
  GArray *untold;   /* gint64: moments */
} GhMissingWindow;

/**
 * GhMonitor:
 * What a <timeSeries> compiles to: immutable once it is in the tree; a change makes a copy.
 */
typedef struct {
  GhCompiled base;
  gboolean on;
  gint64 made_us; /* wall time: of what was due before, nothing is known */
  gint64 interval_us, delta_us, wait_us;
  guint most;        /* entries of missingDataList */
  gboolean anchored; /* offset_us is known */
  gint64 offset_us;  /* a moment and this are wall time */
  guint64 next;      /* the first expected point that is not judged; 0: as made_us says */
  gint64 judged_us;  /* wall time of the last look; 0: none */
  GArray *early;     /* guint64, ascending: points from next on that are there */
  GPtrArray *windows; /* GhMissingWindow */
} GhMonitor;

/** gh_monitor_new: of @resource, which has just been created, loaded or updated. (transfer full) */
GhMonitor *gh_monitor_new (const GhResource *resource, gint64 now_us);
/** gh_monitor_copy: a copy that may be changed. (transfer full) */
GhMonitor *gh_monitor_copy (const GhMonitor *monitor);
/** gh_monitor_carry: @monitor, not yet in the tree, goes on where @old was; @watching FALSE: only
 * the windows of the subscriptions do. */
void gh_monitor_carry (GhMonitor *monitor, const GhMonitor *old, gboolean watching);

/**
 * gh_monitor_take: an instance of @moment has come.
 * @anchor: the moment of the first one, 0: none yet, and then set
 */
void gh_monitor_take (GhMonitor *monitor, gint64 moment, gint64 now_us, gint64 *anchor);
/** gh_monitor_due: wall time at which the next point is missing if it has not come, but not sooner
 * than a pause after the last look; GH_NEVER_US: nothing is watched. */
gint64 gh_monitor_due (const GhMonitor *monitor, gint64 anchor);
/** GhMissingPoint: a point that was expected and is not known to be there. */
typedef struct {
  gint64 moment;
  gint64 due_us; /* wall time */
} GhMissingPoint;

/** gh_monitor_judge: the point that is due first, if it is by @now_us; the next call asks for the
 * next one. FALSE: no more. */
gboolean gh_monitor_judge (GhMonitor *monitor, gint64 anchor, gint64 now_us, GhMissingPoint *out);

/** gh_monitor_count: one more point is missing, for a subscription. TRUE: it is to be told now. */
gboolean gh_monitor_count (GhMonitor *monitor, guint64 subscription, const GhSubscription *asked,
                           const GhMissingPoint *point);
/** gh_monitor_tell: the m2m:tsn for a subscription of which gh_monitor_count() said so. (transfer
 * full) */
GhBuffer *gh_monitor_tell (GhMonitor *monitor, guint64 subscription);

G_END_DECLS
