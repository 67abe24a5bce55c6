/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-timer.h"

void
gh_coap_timers_init (GhCoapTimers *timers)
{
  timers->heap = g_ptr_array_new ();
}

void
gh_coap_timers_clear (GhCoapTimers *timers)
{
  for (guint i = 0; i < timers->heap->len; i++)
    ((GhCoapTimer *) timers->heap->pdata[i])->place = 0;
  g_clear_pointer (&timers->heap, g_ptr_array_unref);
}

static inline GhCoapTimer *
at (const GhCoapTimers *timers, guint place)
{
  return timers->heap->pdata[place - 1];
}

static inline void
put (GhCoapTimers *timers, guint place, GhCoapTimer *timer)
{
  timers->heap->pdata[place - 1] = timer;
  timer->place = place;
}

/* Moves @timer from the free @place to where it belongs. */
static void
settle (GhCoapTimers *timers, guint place, GhCoapTimer *timer)
{
  guint length = timers->heap->len;

  while (place > 1 && at (timers, place / 2)->due_us > timer->due_us)
    {
      put (timers, place, at (timers, place / 2));
      place /= 2;
    }
  while (place * 2 <= length)
    {
      guint child = place * 2;

      if (child < length && at (timers, child + 1)->due_us < at (timers, child)->due_us)
        child++;
      if (at (timers, child)->due_us >= timer->due_us)
        break;
      put (timers, place, at (timers, child));
      place = child;
    }
  put (timers, place, timer);
}

void
gh_coap_timer_set (GhCoapTimers *timers, GhCoapTimer *timer, gint64 due_us, GhCoapTimerFunc func)
{
  timer->due_us = due_us;
  timer->func = func;
  if (timer->place == 0)
    {
      g_ptr_array_add (timers->heap, timer);
      timer->place = timers->heap->len;
    }
  settle (timers, timer->place, timer);
}

void
gh_coap_timer_cancel (GhCoapTimers *timers, GhCoapTimer *timer)
{
  guint place = timer->place;
  GhCoapTimer *last;

  if (place == 0)
    return;
  timer->place = 0;
  last = g_ptr_array_steal_index (timers->heap, timers->heap->len - 1);
  if (last != timer)
    settle (timers, place, last);
}

gint64
gh_coap_timers_next_us (const GhCoapTimers *timers)
{
  return timers->heap->len > 0 ? at (timers, 1)->due_us : G_MAXINT64;
}

void
gh_coap_timers_run (GhCoapTimers *timers, gint64 now_us)
{
  while (gh_coap_timers_next_us (timers) <= now_us)
    {
      GhCoapTimer *timer = at (timers, 1);

      gh_coap_timer_cancel (timers, timer);
      timer->func (timer);
    }
}
