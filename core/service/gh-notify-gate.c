/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-hash.h"
#include "service/gh-job.h"
#include "service/gh-notifier-private.h"

/*
 * Thousands of targets may be paths of one server, or lie behind one CSE. What that takes at a time
 * is bounded, by it and by the transports; what is beyond waits here, where it costs nothing, and
 * not for the back-off of a failure.
 */

/* Deliveries that are under way to one server. */
#define GATE_WIDTH 64

struct _GhNotifyGate {
  char *key;
  guint n_targets, under_way;
  gint64 answered_us; /* when it answered last, or was not known to be slow yet */
  GQueue waiting;     /* GhNotifyTarget */
};

static void
gate_free (gpointer data)
{
  GhNotifyGate *gate = data;
  g_queue_clear (&gate->waiting);
  g_free (gate->key);
  g_free (gate);
}

GHashTable *
gh_notify_gates_new (void)
{
  return g_hash_table_new_full (gh_text_hash, g_str_equal, NULL, gate_free);
}

/* "http://host:port" of a URL, "/mn1" of what another CSE hosts. NULL: a target for itself.
 * (transfer full) */
static char *
key_of (const GhNotifier *notifier, const char *address)
{
  const char *authority = strstr (address, "://");
  if (authority != NULL)
    return g_strndup (address, (gsize) (authority - address) + 3
                                 + strcspn (authority + 3, "/?#"));
  if (address[0] != '/' || address[1] == '/' || gh_strip_home (notifier->service, address) != NULL)
    return NULL;
  return g_strndup (address, 1 + strcspn (address + 1, "/"));
}

void
gh_notify_gate_join (GhNotifier *notifier, GhNotifyTarget *target)
{
  g_autofree char *key = key_of (notifier, target->address);
  if (key == NULL)
    return;
  target->gate = g_hash_table_lookup (notifier->gates, key);
  if (target->gate == NULL)
    {
      target->gate = g_new0 (GhNotifyGate, 1);
      target->gate->key = g_steal_pointer (&key);
      target->gate->answered_us = gh_clock_monotonic_us (notifier->service->clock);
      g_queue_init (&target->gate->waiting);
      g_hash_table_insert (notifier->gates, target->gate->key, target->gate);
    }
  target->gate->n_targets++;
}

void
gh_notify_gate_quit (GhNotifier *notifier, GhNotifyTarget *target)
{
  GhNotifyGate *gate = g_steal_pointer (&target->gate);
  if (gate != NULL && --gate->n_targets == 0)
    g_hash_table_remove (notifier->gates, gate->key);
}

gboolean
gh_notify_gate_enter (GhNotifyTarget *target)
{
  GhNotifyGate *gate = target->gate;
  if (gate == NULL)
    return TRUE;
  if (gate->under_way >= GATE_WIDTH)
    {
      target->at_gate = TRUE;
      g_queue_push_tail (&gate->waiting, target);
      return FALSE;
    }
  gate->under_way++;
  return TRUE;
}

GhNotifyTarget *
gh_notify_gate_leave (GhNotifyTarget *target)
{
  GhNotifyGate *gate = target->gate;
  if (gate == NULL)
    return NULL;
  gate->under_way--;
  GhNotifyTarget *next = g_queue_pop_head (&gate->waiting);
  if (next != NULL)
    next->at_gate = FALSE;
  return next;
}

void
gh_notify_gate_answered (GhNotifyTarget *target)
{
  if (target->gate != NULL)
    target->gate->answered_us = gh_clock_monotonic_us (target->notifier->service->clock);
}

guint
gh_notify_gates_served (const GhNotifier *notifier)
{
  const gint64 since_us = gh_clock_monotonic_us (notifier->service->clock)
                          - notifier->options.timeout_ms * G_GINT64_CONSTANT (1000);
  guint n = 0;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, notifier->gates);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((const GhNotifyGate *) value)->answered_us >= since_us)
      n += g_queue_get_length (&((GhNotifyGate *) value)->waiting);
  return n;
}
