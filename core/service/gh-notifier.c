/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-notifier.h"

#include <string.h>

#include "base/gh-hash.h"
#include "base/gh-log.h"
#include "service/gh-notifier-private.h"

/* The outbox is tidied when the notifier has nothing else to do, or after so many events. */
#define TIDY_EVENTS 256

static void
subscription_resource_free (GhCompiled *compiled)
{
  GhSubscriptionResource *resource = (GhSubscriptionResource *) compiled;
  gh_subscription_unref (resource->subscription);
  g_free (resource->owner);
  g_free (resource);
}

GhCompiled *
gh_subscription_resource_new (GhSubscription *subscription, const char *id, const char *owner)
{
  GhSubscriptionResource *resource = g_malloc0 (sizeof (GhSubscriptionResource) + strlen (id) + 1);
  resource->base.ref_count = 1;
  resource->base.free = subscription_resource_free;
  resource->subscription = subscription;
  resource->owner = g_strdup (owner);
  resource->number = strchr (id, '-') != NULL ? g_ascii_strtoull (strchr (id, '-') + 1, NULL, 36)
                                              : 0;
  memcpy (resource->id, id, strlen (id) + 1);
  return &resource->base;
}

static gint
compare_numbers (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const guint64 left = *(const guint64 *) a, right = *(const guint64 *) b;
  (void) user_data;
  return (left > right) - (left < right);
}

GhNotifier *
gh_notifier_new (GhService *service, const GhNotifierOptions *options)
{
  GhNotifier *notifier = g_new0 (GhNotifier, 1);
  notifier->service = service;
  notifier->options = *options;
  notifier->inputs = g_async_queue_new ();
  notifier->targets = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL,
                                             gh_notify_target_free);
  notifier->gates = gh_notify_gates_new ();
  notifier->cursors = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL,
                                             gh_notify_cursor_free);
  notifier->subjects = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                              gh_notify_subject_free);
  notifier->sources = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                             gh_notify_source_free);
  notifier->records = g_tree_new_full (compare_numbers, NULL, NULL, gh_notify_record_free);
  notifier->timers = g_sequence_new (NULL);
  notifier->holds = g_sequence_new (NULL);
  notifier->done = g_array_new (FALSE, FALSE, sizeof (guint64));
  notifier->listed = g_ptr_array_new ();
  notifier->transports = g_array_new (FALSE, FALSE, sizeof (GhTransportPair));
  notifier->retired = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_queue_init (&notifier->unexpanded);
  g_queue_init (&notifier->all);
  g_queue_init (&notifier->ready);
  return notifier;
}

void
gh_notifier_add_transport (GhNotifier *notifier, const GhTransportOps *ops, GhTransport *transport)
{
  const GhTransportPair pair = { ops, transport };
  GArray *before = notifier->transports, *list = g_array_copy (before);
  g_array_append_val (list, pair);
  __atomic_store_n (&notifier->transports, list, __ATOMIC_RELEASE);
  g_ptr_array_add (notifier->retired, before);
}

void
gh_notifier_replace_transport (GhNotifier *notifier, const GhTransportOps *ops,
                               GhTransport *transport)
{
  for (guint i = 0; i < notifier->transports->len; i++)
    {
      GhTransportPair *pair = &g_array_index (notifier->transports, GhTransportPair, i);

      if (pair->ops == ops)
        __atomic_store_n (&pair->transport, transport, __ATOMIC_RELEASE);
    }
}

/* An answer of a target and the wish to stop overtake the events that have arrived: delivery must
 * not stand still for them. What is not expanded at the end is in the outbox. */
void
gh_notifier_input (GhNotifier *notifier, GhInputKind kind, gpointer data)
{
  GhInput *input = g_new0 (GhInput, 1);
  input->kind = kind;
  input->data = data;
  if (kind == GH_INPUT_OUTCOME || kind == GH_INPUT_STOP)
    g_async_queue_push_front (notifier->inputs, input);
  else
    g_async_queue_push (notifier->inputs, input);
}

void
gh_notifier_wake (GhNotifier *notifier)
{
  gh_notifier_input (notifier, GH_INPUT_WAKE, NULL);
}

void
gh_notifier_push (GhNotifier *notifier, GhEvent *event)
{
  gh_notifier_input (notifier, GH_INPUT_EVENT, event);
}

void
gh_notifier_subscription_changed (GhNotifier *notifier, guint64 number)
{
  gh_notifier_input (notifier, GH_INPUT_CHANGED, g_memdup2 (&number, sizeof number));
}

void
gh_notifier_reached (GhNotifier *notifier, const char *holder)
{
  gh_notifier_input (notifier, GH_INPUT_REACHED, g_strdup (holder));
}

static gboolean
take_input (GhNotifier *notifier, GhInput *input)
{
  gboolean go_on = TRUE;
  if (input->kind == GH_INPUT_EVENT)
    {
      gh_notify_take_event (notifier, input->data);
      gh_notify_shed (notifier);
    }
  else if (input->kind == GH_INPUT_OUTCOME)
    gh_notify_take_outcome (notifier, input->data);
  else if (input->kind == GH_INPUT_TIDIED)
    notifier->tidying = FALSE;
  else if (input->kind == GH_INPUT_CHANGED)
    {
      gh_notify_changed (notifier, *(const guint64 *) input->data);
      g_free (input->data);
    }
  else if (input->kind == GH_INPUT_REACHED)
    {
      gh_notify_take_reached (notifier, input->data);
      g_free (input->data);
    }
  else
    go_on = input->kind != GH_INPUT_STOP;
  g_free (input);
  return go_on;
}

/* Waits when there is nothing to do; @next_us: the next moment at which there is. */
static GhInput *
next_input (GhNotifier *notifier, gint64 next_us, gboolean busy)
{
  GhInput *input = g_async_queue_try_pop (notifier->inputs);
  const gboolean held_up = notifier->expansion.record != NULL
                           || !g_queue_is_empty (&notifier->unexpanded);
  if (notifier->untidy >= TIDY_EVENTS || (input == NULL && !busy && !held_up))
    gh_notify_tidy (notifier);
  if (input != NULL || busy)
    return input;
  const gint64 wait_us = next_us == G_MAXINT64
                           ? G_USEC_PER_SEC
                           : CLAMP (next_us - gh_clock_monotonic_us (notifier->service->clock),
                                    1000, G_USEC_PER_SEC);
  return g_async_queue_timeout_pop (notifier->inputs, (guint64) wait_us);
}

static gpointer
notifier_thread (gpointer data)
{
  GhNotifier *notifier = data;
  for (;;)
    {
      /* what can be sent now goes first: expansion is faster than delivery, and must not fill the
       * queues of targets that take everything. Those that are dead or slow are not ready. */
      const gboolean ahead = g_queue_get_length (&notifier->ready) >= GH_NOTIFY_AHEAD;
      const gboolean expanding = ahead || gh_notify_expand (notifier);
      const gint64 next_us = gh_notify_pump (notifier);
      GhInput *input = next_input (notifier, next_us, expanding || next_us == 0);
      for (; input != NULL; input = g_async_queue_try_pop (notifier->inputs))
        if (!take_input (notifier, input))
          {
            /* the writer stops later: what was delivered is not repeated at the next start */
            notifier->tidying = FALSE;
            gh_notify_tidy (notifier);
            return NULL;
          }
    }
}

gboolean
gh_notifier_start (GhNotifier *notifier, GPtrArray *events, GError **error)
{
  GhService *service = notifier->service;
  notifier->own_id = g_strdup_printf ("/%s", service->home.cse_id);
  if (!service->store_ops->load_cursors (service->store, gh_notify_cursor_found, notifier, error))
    return FALSE;
  if (events != NULL)
    gh_notify_restore (notifier, events);
  if (events != NULL && events->len > 0)
    gh_logf (GH_LOG_NOTICE, "notifier", "%u events of before are notified now", events->len);
  notifier->thread = g_thread_new ("gh-notifier", notifier_thread, notifier);
  return TRUE;
}

void
gh_notifier_stop (GhNotifier *notifier)
{
  if (notifier->thread == NULL)
    return;
  gh_notifier_input (notifier, GH_INPUT_STOP, NULL);
  g_thread_join (g_steal_pointer (&notifier->thread));
}

static void
free_inputs (GhNotifier *notifier)
{
  GhInput *input;
  while ((input = g_async_queue_try_pop (notifier->inputs)) != NULL)
    {
      if (input->kind == GH_INPUT_EVENT)
        gh_event_unref (input->data);
      else if (input->kind == GH_INPUT_OUTCOME)
        {
          g_free (((GhOutcomeInput *) input->data)->reason);
          g_free (input->data);
        }
      else if (input->kind == GH_INPUT_CHANGED || input->kind == GH_INPUT_REACHED)
        g_free (input->data);
      g_free (input);
    }
  g_async_queue_unref (notifier->inputs);
}

void
gh_notifier_free (GhNotifier *notifier)
{
  free_inputs (notifier);
  gh_notify_targets_clear (notifier);
  gh_notify_expansion_clear (notifier);
  g_tree_unref (notifier->records);
  g_sequence_free (notifier->timers);
  g_sequence_free (notifier->holds);
  g_queue_clear (&notifier->ready);
  g_hash_table_unref (notifier->targets);
  g_hash_table_unref (notifier->gates);
  g_hash_table_unref (notifier->cursors);
  g_hash_table_unref (notifier->subjects);
  g_hash_table_unref (notifier->sources);
  g_ptr_array_unref (notifier->listed);
  g_array_unref (notifier->done);
  g_array_unref (notifier->transports);
  g_ptr_array_unref (notifier->retired);
  g_free (notifier->own_id);
  g_free (notifier);
}

void
gh_notifier_statistics (GhNotifier *notifier, GhNotifierStatistics *out)
{
  *out = notifier->statistics;
}
