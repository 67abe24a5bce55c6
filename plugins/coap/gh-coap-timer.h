/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Many timers of one thread: a binary heap of structs that their owners hold. */

typedef struct _GhCoapTimer GhCoapTimer;
typedef void (*GhCoapTimerFunc) (GhCoapTimer *timer);

/** GhCoapTimer: a zeroed struct is not armed; must not be moved while it is. */
struct _GhCoapTimer {
  gint64 due_us; /* monotonic */
  guint place;   /* in the heap, from 1; 0: not armed */
  GhCoapTimerFunc func;
};

typedef struct {
  GPtrArray *heap; /* GhCoapTimer, borrowed */
} GhCoapTimers;

void gh_coap_timers_init (GhCoapTimers *timers);
/** gh_coap_timers_clear: those that are armed are forgotten. */
void gh_coap_timers_clear (GhCoapTimers *timers);
/** gh_coap_timer_set: arms @timer, or moves it when it is armed. */
void gh_coap_timer_set (GhCoapTimers *timers, GhCoapTimer *timer, gint64 due_us,
                        GhCoapTimerFunc func);
void gh_coap_timer_cancel (GhCoapTimers *timers, GhCoapTimer *timer);
/** gh_coap_timers_next_us: G_MAXINT64 when none is armed. */
gint64 gh_coap_timers_next_us (const GhCoapTimers *timers);
/** gh_coap_timers_run: calls those that are due, each disarmed before its call. */
void gh_coap_timers_run (GhCoapTimers *timers, gint64 now_us);

G_END_DECLS
