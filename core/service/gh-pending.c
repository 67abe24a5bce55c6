/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-pending.h"

#include "base/gh-hash.h"

/* Wall time may be set while the table sleeps. */
#define LONGEST_SLEEP_US G_USEC_PER_SEC

typedef struct {
  guint64 number;
  gint64 deadline_us;
  gboolean moment;
  char *key;
  GhPendingFunc over;
  gpointer data;
} Entry;

struct _GhPendings {
  GhClock *clock;
  guint limit;
  GMutex lock; /* of what follows; never held while somebody goes on */
  GCond wake;
  GThread *thread; /* not before the first entry */
  GHashTable *by_number;
  GHashTable *by_key;
  GTree *by_deadline;
  guint64 last;
  gint64 offset_us; /* of the wall time from the monotonic one, at the last look */
  gboolean stopped, poked;
};

static gint
compare_deadlines (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Entry *one = a, *other = b;
  (void) user_data;
  if (one->deadline_us != other->deadline_us)
    return one->deadline_us < other->deadline_us ? -1 : 1;
  return one->number < other->number ? -1 : one->number > other->number;
}

GhPendings *
gh_pendings_new (GhClock *clock, guint limit)
{
  GhPendings *pendings = g_new0 (GhPendings, 1);
  pendings->clock = gh_clock_ref (clock);
  pendings->limit = limit;
  pendings->offset_us = gh_clock_wall_us (clock) - gh_clock_monotonic_us (clock);
  pendings->by_number = g_hash_table_new (g_int64_hash, g_int64_equal);
  pendings->by_key = g_hash_table_new (gh_text_hash, g_str_equal);
  pendings->by_deadline = g_tree_new_full (compare_deadlines, NULL, NULL, NULL);
  g_mutex_init (&pendings->lock);
  g_cond_init (&pendings->wake);
  return pendings;
}

/* With the lock held. (transfer full) */
static Entry *
take_out (GhPendings *pendings, Entry *entry)
{
  if (entry == NULL)
    return NULL;
  g_hash_table_remove (pendings->by_number, &entry->number);
  if (entry->key != NULL)
    g_hash_table_remove (pendings->by_key, entry->key);
  g_tree_remove (pendings->by_deadline, entry);
  return entry;
}

static gpointer
entry_end (Entry *entry)
{
  gpointer data = entry->data;
  g_free (entry->key);
  g_free (entry);
  return data;
}

static Entry *
first (GhPendings *pendings)
{
  GTreeNode *node = g_tree_node_first (pendings->by_deadline);
  return node != NULL ? g_tree_node_key (node) : NULL;
}

static void
sleep_until (GhPendings *pendings, const Entry *next, gint64 now_us)
{
  if (next == NULL || next->deadline_us == GH_NEVER_US)
    g_cond_wait (&pendings->wake, &pendings->lock);
  else
    g_cond_wait_until (&pendings->wake, &pendings->lock,
                       g_get_monotonic_time ()
                         + MIN (next->deadline_us - now_us, LONGEST_SLEEP_US));
}

static gboolean
collect (gpointer key, gpointer value, gpointer user_data)
{
  Entry *entry = key;
  (void) value;
  if (!entry->moment && entry->deadline_us != GH_NEVER_US)
    g_ptr_array_add (user_data, entry);
  return FALSE;
}

static void
bring_forward (GhPendings *pendings, gint64 by_us)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_tree_foreach (pendings->by_deadline, collect, entries);
  for (guint i = 0; i < entries->len; i++)
    g_tree_remove (pendings->by_deadline, entries->pdata[i]);
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = entries->pdata[i];
      entry->deadline_us -= by_us;
      g_tree_insert (pendings->by_deadline, entry, entry);
    }
}

/*
 * With the lock held; the wall time. When the clock was set back, what waits for an answer would
 * wait for so much longer, for an hour instead of ten seconds: its deadline moves back as well. A
 * clock that was set forward needs nothing: what was to be over by now is over.
 */
static gint64
look_at_clock (GhPendings *pendings)
{
  const gint64 now_us = gh_clock_wall_us (pendings->clock);
  const gint64 offset_us = now_us - gh_clock_monotonic_us (pendings->clock);
  const gint64 back_us = pendings->offset_us - offset_us;
  if (back_us > G_USEC_PER_SEC)
    bring_forward (pendings, back_us);
  pendings->offset_us = offset_us;
  return now_us;
}

static gpointer
watch_deadlines (gpointer data)
{
  GhPendings *pendings = data;
  g_mutex_lock (&pendings->lock);
  while (!pendings->stopped)
    {
      const gint64 now_us = look_at_clock (pendings);
      Entry *entry = first (pendings);
      if (entry == NULL || entry->deadline_us > now_us)
        {
          if (!pendings->poked)
            sleep_until (pendings, entry, now_us);
          pendings->poked = FALSE;
          continue;
        }
      const GhPendingFunc over = take_out (pendings, entry)->over;
      g_mutex_unlock (&pendings->lock);
      over (GH_PENDING_LATE, entry_end (entry));
      g_mutex_lock (&pendings->lock);
    }
  g_mutex_unlock (&pendings->lock);
  return NULL;
}

static gboolean
may_add (const GhPendings *pendings, const GhPending *pending)
{
  return !pendings->stopped && g_hash_table_size (pendings->by_number) < pendings->limit
         && (pending->key == NULL || !g_hash_table_contains (pendings->by_key, pending->key));
}

guint64
gh_pendings_add (GhPendings *pendings, const GhPending *pending)
{
  guint64 number = 0;
  g_return_val_if_fail (pending->data != NULL && pending->over != NULL, 0);
  g_mutex_lock (&pendings->lock);
  if (may_add (pendings, pending))
    {
      Entry *entry = g_new (Entry, 1);
      /* before it: its deadline is by the clock as it is now */
      (void) look_at_clock (pendings);
      number = ++pendings->last;
      *entry = (Entry){ .number = number,
                        .deadline_us = pending->deadline_us,
                        .moment = pending->moment,
                        .key = g_strdup (pending->key),
                        .over = pending->over,
                        .data = pending->data };
      g_hash_table_insert (pendings->by_number, &entry->number, entry);
      if (entry->key != NULL)
        g_hash_table_insert (pendings->by_key, entry->key, entry);
      g_tree_insert (pendings->by_deadline, entry, entry);
      if (pendings->thread == NULL)
        pendings->thread = g_thread_new ("gh-pending", watch_deadlines, pendings);
      else if (first (pendings) == entry)
        g_cond_signal (&pendings->wake);
    }
  g_mutex_unlock (&pendings->lock);
  return number;
}

gpointer
gh_pendings_take (GhPendings *pendings, guint64 number)
{
  g_mutex_lock (&pendings->lock);
  Entry *entry = take_out (pendings, g_hash_table_lookup (pendings->by_number, &number));
  g_mutex_unlock (&pendings->lock);
  return entry != NULL ? entry_end (entry) : NULL;
}

gpointer
gh_pendings_take_key (GhPendings *pendings, const char *key)
{
  g_mutex_lock (&pendings->lock);
  Entry *entry = take_out (pendings, g_hash_table_lookup (pendings->by_key, key));
  g_mutex_unlock (&pendings->lock);
  return entry != NULL ? entry_end (entry) : NULL;
}

guint
gh_pendings_count (GhPendings *pendings)
{
  g_mutex_lock (&pendings->lock);
  const guint n = g_hash_table_size (pendings->by_number);
  g_mutex_unlock (&pendings->lock);
  return n;
}

void
gh_pendings_wake (GhPendings *pendings)
{
  g_mutex_lock (&pendings->lock);
  pendings->poked = TRUE;
  g_cond_signal (&pendings->wake);
  g_mutex_unlock (&pendings->lock);
}

gboolean
gh_pendings_is_stopped (GhPendings *pendings)
{
  g_mutex_lock (&pendings->lock);
  const gboolean stopped = pendings->stopped;
  g_mutex_unlock (&pendings->lock);
  return stopped;
}

void
gh_pendings_stop (GhPendings *pendings)
{
  g_mutex_lock (&pendings->lock);
  pendings->stopped = TRUE;
  GThread *thread = g_steal_pointer (&pendings->thread);
  g_cond_signal (&pendings->wake);
  g_mutex_unlock (&pendings->lock);
  if (thread != NULL)
    g_thread_join (thread);
  g_mutex_lock (&pendings->lock);
  for (Entry *entry = first (pendings); entry != NULL; entry = first (pendings))
    {
      const GhPendingFunc over = take_out (pendings, entry)->over;
      g_mutex_unlock (&pendings->lock);
      over (GH_PENDING_STOPPED, entry_end (entry));
      g_mutex_lock (&pendings->lock);
    }
  g_mutex_unlock (&pendings->lock);
}

void
gh_pendings_free (GhPendings *pendings)
{
  gh_pendings_stop (pendings);
  g_hash_table_unref (pendings->by_number);
  g_hash_table_unref (pendings->by_key);
  g_tree_unref (pendings->by_deadline);
  g_mutex_clear (&pendings->lock);
  g_cond_clear (&pendings->wake);
  gh_clock_unref (pendings->clock);
  g_free (pendings);
}
