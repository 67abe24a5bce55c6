/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhClock:
 * Where all time comes from: wall time for expiry and stamps, monotonic time for intervals. Tests
 * replace it by a fake that moves only when told. Any thread.
 */
typedef struct _GhClock GhClock;

GhClock *gh_clock_new_system (void);
/** gh_clock_new_fake: starts at @wall_us (microseconds since 1970, UTC), monotonic 0. Returns:
 * (transfer full) */
GhClock *gh_clock_new_fake (gint64 wall_us);
GhClock *gh_clock_ref (GhClock *clock);
void gh_clock_unref (GhClock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhClock, gh_clock_unref)

/** gh_clock_wall_us: microseconds since 1970-01-01 UTC. */
gint64 gh_clock_wall_us (GhClock *clock);
/** gh_clock_monotonic_us: microseconds since an arbitrary start; never goes back. */
gint64 gh_clock_monotonic_us (GhClock *clock);
/** gh_clock_advance: moves a fake clock; a programming error on a system clock. */
void gh_clock_advance (GhClock *clock, gint64 by_us);
/** gh_clock_jump: sets the wall time of a fake clock forward or back, as an administrator or NTP
 * does; its monotonic time goes on as before. */
void gh_clock_jump (GhClock *clock, gint64 by_us);

/* m2m:timestamp, YYYYMMDDThhmmss[,f{1,6}] in UTC (TS-0004 6.3.3) */
#define GH_TIMESTAMP_SIZE 24
/** gh_timestamp_format: without a fraction when it is zero; @out receives at most GH_TIMESTAMP_SIZE
 * octets. */
void gh_timestamp_format (gint64 wall_us, char out[GH_TIMESTAMP_SIZE]);
/** gh_timestamp_parse: strict; FALSE for anything that is not a m2m:timestamp of a real date. */
gboolean gh_timestamp_parse (const char *text, gsize length, gint64 *out_wall_us)
  G_GNUC_WARN_UNUSED_RESULT;

/** GH_NEVER_US: an expiry that does not come. */
#define GH_NEVER_US G_MAXINT64

G_END_DECLS
