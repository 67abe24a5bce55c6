/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-timers.h"

#include <string.h>

#include "base/gh-clock.h"
#include "base/gh-hash.h"

struct _GhTimers {
  GTree *by_time;    /* Timer -> itself */
  GHashTable *by_id; /* identifier -> Timer, owned */
};

typedef struct {
  gint64 due_us;
  char *id;
} Timer;

static gint
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Timer *left = a, *right = b;
  (void) data;
  if (left->due_us != right->due_us)
    return left->due_us < right->due_us ? -1 : 1;
  return strcmp (left->id, right->id);
}

static void
timer_free (gpointer data)
{
  Timer *timer = data;
  g_free (timer->id);
  g_free (timer);
}

GhTimers *
gh_timers_new (void)
{
  GhTimers *timers = g_new0 (GhTimers, 1);
  timers->by_time = g_tree_new_full (compare, NULL, NULL, NULL);
  timers->by_id = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL, timer_free);
  return timers;
}

void
gh_timers_free (GhTimers *timers)
{
  g_tree_unref (timers->by_time);
  g_hash_table_unref (timers->by_id);
  g_free (timers);
}

void
gh_timers_set (GhTimers *timers, const char *id, gint64 due_us)
{
  Timer *timer = g_hash_table_lookup (timers->by_id, id);
  if (timer != NULL && timer->due_us == due_us)
    return;
  if (timer != NULL)
    {
      g_tree_remove (timers->by_time, timer);
      g_hash_table_remove (timers->by_id, id);
    }
  if (due_us == GH_NEVER_US)
    return;
  timer = g_new (Timer, 1);
  *timer = (Timer){ .due_us = due_us, .id = g_strdup (id) };
  g_hash_table_insert (timers->by_id, timer->id, timer);
  g_tree_insert (timers->by_time, timer, timer);
}

gint64
gh_timers_next (const GhTimers *timers)
{
  GTreeNode *first = g_tree_node_first (timers->by_time);
  return first != NULL ? ((const Timer *) g_tree_node_key (first))->due_us : GH_NEVER_US;
}

GPtrArray *
gh_timers_due (const GhTimers *timers, gint64 now_us, guint max)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  for (GTreeNode *node = g_tree_node_first (timers->by_time); node != NULL && ids->len < max;
       node = g_tree_node_next (node))
    {
      const Timer *timer = g_tree_node_key (node);
      if (timer->due_us > now_us)
        break;
      g_ptr_array_add (ids, g_strdup (timer->id));
    }
  return ids;
}
