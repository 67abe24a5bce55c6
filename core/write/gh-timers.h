/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhTimers: when the behaviours of which resources want to be called (GhBehaviour.due). The
 * writer's thread, or before it runs. Times are wall time.
 */
typedef struct _GhTimers GhTimers;

GhTimers *gh_timers_new (void);
void gh_timers_free (GhTimers *timers);
/** gh_timers_set: one moment a resource; GH_NEVER_US takes it out. @id: copied. */
void gh_timers_set (GhTimers *timers, const char *id, gint64 due_us);
/** gh_timers_next: the earliest moment; GH_NEVER_US: none. */
gint64 gh_timers_next (const GhTimers *timers);
/** gh_timers_due: identifiers of at most @max resources whose moment is not after @now_us, earliest
 * first. (transfer full): char*; they stay in the set. */
GPtrArray *gh_timers_due (const GhTimers *timers, gint64 now_us, guint max);

G_END_DECLS
