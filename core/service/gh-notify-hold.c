/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "service/gh-job.h"
#include "service/gh-notifier-private.h"
#include "service/gh-schedule-resource.h"

/*
 * What the policies of a subscription keep back before it is queued for its targets: batchNotify,
 * rateLimit, and pendingNotification while its schedule is shut (TS-0001 10.2.10.7, TS-0004
 * 7.5.1.2.2). The rows of the events stay in the outbox meanwhile, so that a restart finds them
 * again; windows and batches begin anew with it.
 */

/* How often a shut schedule is looked at: its entries name seconds. */
#define LOOK_US G_USEC_PER_SEC
/* Text of the events of one batch; one that has more is sent in parts. */
#define BATCH_OCTETS (1 << 20)
/* m2m:stdEventCats (TS-0004 6.3.4.2.3) */
enum { IMMEDIATE = 2 };

void
gh_notify_source_free (gpointer data)
{
  GhNotifySource *source = data;
  g_clear_pointer (&source->newest, g_ptr_array_unref);
  if (source->resource != NULL)
    gh_compiled_unref (&source->resource->base);
  g_free (source);
}

GhNotifySource *
gh_notify_source_for (GhNotifier *notifier, const GhSubscriptionResource *resource)
{
  GhNotifySource *source = g_hash_table_lookup (notifier->sources, &resource->number);
  if (source != NULL)
    return source;
  source = g_new0 (GhNotifySource, 1);
  source->number = resource->number;
  source->window_us = -1;
  g_queue_init (&source->held);
  g_hash_table_insert (notifier->sources, &source->number, source);
  return source;
}

static gint
compare_due (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const GhNotifySource *left = a, *right = b;
  (void) user_data;
  return (left->due_us > right->due_us) - (left->due_us < right->due_us);
}

static void
set_due (GhNotifier *notifier, GhNotifySource *source, gint64 due_us)
{
  if (source->timer != NULL)
    g_sequence_remove (g_steal_pointer (&source->timer));
  source->due_us = due_us;
  if (due_us != G_MAXINT64)
    source->timer = g_sequence_insert_sorted (notifier->holds, source, compare_due, NULL);
}

static gint64
now_of (const GhNotifier *notifier)
{
  return gh_clock_monotonic_us (notifier->service->clock);
}

/* Until when the window of the rateLimit is to be remembered; 0: it is over, or there is none. */
static gint64
window_end (const GhNotifier *notifier, const GhNotifySource *source)
{
  if (source->window_us < 0 || source->resource == NULL)
    return 0;
  const gint64 end_us = source->window_us
                        + gh_subscription_get_policy (source->resource->subscription)->rate_us;
  return end_us > now_of (notifier) ? end_us : 0;
}

/* One without notes is forgotten, but not the count of its window. */
static void
settle (GhNotifier *notifier, GhNotifySource *source)
{
  const gint64 end_us = window_end (notifier, source);
  if (source->n_notes > 0)
    return;
  set_due (notifier, source, end_us > 0 ? end_us : G_MAXINT64);
  if (end_us > 0)
    return;
  if (source->end != NULL)
    gh_notify_record_done (notifier, source->end);
  g_hash_table_remove (notifier->sources, &source->number);
}

void
gh_notify_source_leave (GhNotifier *notifier, GhNotifySource *source)
{
  if (--source->n_notes == 0)
    settle (notifier, source);
}

guint
gh_notify_spend (GhNotifier *notifier, GhSubscriptionResource *resource, guint n)
{
  const gint64 counter = gh_subscription_get_expiration_counter (resource->subscription);
  if (counter == 0)
    return n;
  const gint64 left = counter - g_atomic_int_add (&resource->used, (gint) n);
  const guint granted = left <= 0 ? 0 : (guint) MIN (left, (gint64) n);
  if (granted == 0)
    return 0;
  GhIntent *intent = gh_intent_new (GH_INTENT_COUNT_DOWN);
  intent->request = gh_request_new (4096);
  intent->target.id = gh_arena_strdup (intent->request->arena, resource->id);
  intent->by = granted;
  if (!gh_writer_push (notifier->service->writer, intent))
    gh_intent_free (intent);
  return granted;
}

/* Whether the schedule of the subscription lets notifications out now; "immediate" ones pass it
 * (TS-0004 7.5.1.2.2, step 3.0). */
gboolean
gh_notify_is_open (const GhNotifier *notifier, const GhSubscriptionResource *resource)
{
  GhNode node;
  if (gh_subscription_get_event_category (resource->subscription) == IMMEDIATE)
    return TRUE;
  GhView view = gh_view_begin (notifier->service->tree);
  const gboolean open = !gh_view_find (&view, resource->id, &node)
                        || gh_schedule_is_open (notifier->service, &view, &node);
  gh_view_end (&view);
  return open;
}

/* The policies as they are now: the subscription may have been updated since. */
static void
refresh (GhNotifier *notifier, GhNotifySource *source)
{
  GhNode node;
  GhView view = gh_view_begin (notifier->service->tree);
  if (gh_view_find (&view, source->resource->id, &node)
      && node.slot->type->number == GH_TYPE_SUBSCRIPTION && node.compiled != NULL
      && node.compiled != &source->resource->base)
    {
      gh_compiled_unref (&source->resource->base);
      source->resource = (GhSubscriptionResource *) gh_compiled_ref (node.compiled);
    }
  gh_view_end (&view);
}

/* Of what is kept the oldest, until @keep are left; they are not lost, but not wanted. */
static void
discard (GhNotifier *notifier, GhNotifySource *source, guint keep)
{
  source->n_notes++;
  while (g_queue_get_length (&source->held) > keep)
    {
      GhNote *note = g_queue_peek_head (&source->held);
      gh_notify_note_unlink (notifier, note);
      gh_notify_note_free (notifier, note);
    }
  source->n_notes--;
}

/* How many of those that are kept make the next request. */
static guint
batch_length (const GhNotifier *notifier, const GhNotifySource *source)
{
  const GhNotificationPolicy *policy = gh_subscription_get_policy (source->resource->subscription);
  const guint most = policy->batch_number > 0
                       ? MIN (policy->batch_number, notifier->options.queue_limit)
                       : notifier->options.queue_limit;
  gsize octets = 0;
  guint n = 0;
  if (!policy->batches || policy->latest)
    return 1;
  for (GList *item = source->held.head; item != NULL && n < most; item = item->next, n++)
    {
      octets += ((const GhNote *) item->data)->record->event->body->length;
      if (n > 0 && octets > BATCH_OCTETS)
        return n;
    }
  return n;
}

/* The next request is made of the first that are kept. */
static void
release (GhNotifier *notifier, GhNotifySource *source)
{
  guint n_targets, n = batch_length (notifier, source);
  GhSubscriptionResource *resource = source->resource;
  g_autoptr (GPtrArray) notes = g_ptr_array_new ();
  g_autoptr (GPtrArray) rest = g_ptr_array_new ();
  const guint granted = gh_notify_spend (notifier, resource, n);
  for (; n > 0; n--)
    {
      GhNote *note = g_queue_peek_head (&source->held);
      gh_notify_note_unlink (notifier, note);
      g_ptr_array_add (notes, note);
    }
  const GhNotificationTarget *targets = gh_subscription_get_targets (resource->subscription,
                                                                     &n_targets);
  for (guint i = 0; i + 1 < granted; i++)
    g_ptr_array_add (rest, ((GhNote *) notes->pdata[i])->record);
  for (guint i = 0; granted > 0 && i < n_targets; i++)
    {
      const GhNote *last = notes->pdata[granted - 1];
      const GhNoteDraft draft = { .record = last->record,
                                  .resource = resource,
                                  .address = targets[i].address,
                                  .kind = GH_NOTE_EVENT,
                                  .as_latest = last->as_latest,
                                  .rest = rest->len > 0 ? rest : NULL };
      if (gh_subscription_get_policy (resource->subscription)->pending != GH_PENDING_NONE
          || gh_notify_is_reachable (notifier, targets[i].address))
        gh_notify_enqueue (notifier, &draft);
    }
  for (guint i = 0; i < notes->len; i++)
    gh_notify_note_free (notifier, notes->pdata[i]);
}

/* When the next request may go, as batchNotify says. */
static gint64
batch_due (const GhNotifier *notifier, GhNotifySource *source)
{
  const GhNotificationPolicy *policy = gh_subscription_get_policy (source->resource->subscription);
  const guint limit = notifier->options.queue_limit;
  const guint wanted = policy->batch_number > 0 ? MIN (policy->batch_number, limit) : limit;
  const GhNote *first = g_queue_peek_head (&source->held);
  if (!policy->batches || g_queue_get_length (&source->held) >= wanted)
    return 0;
  return first->since_us + policy->batch_us;
}

/* The same of rateLimit; its windows follow each other without a gap while anything is sent. */
static gint64
rate_due (GhNotifier *notifier, GhNotifySource *source)
{
  const GhNotificationPolicy *policy = gh_subscription_get_policy (source->resource->subscription);
  const gint64 now_us = now_of (notifier);
  if (policy->rate_number == 0)
    return 0;
  if (window_end (notifier, source) == 0)
    {
      const gint64 passed_us = source->window_us >= 0 ? now_us - source->window_us : 0;
      source->window_us = now_us - passed_us % policy->rate_us;
      source->n_in_window = 0;
    }
  return source->n_in_window < policy->rate_number ? 0 : source->window_us + policy->rate_us;
}

/* Keeps the source while it runs. */
static void
run_kept (GhNotifier *notifier, GhNotifySource *source)
{
  refresh (notifier, source);
  const GhNotificationPolicy *policy = gh_subscription_get_policy (source->resource->subscription);
  const gboolean open = source->flush || gh_notify_is_open (notifier, source->resource);
  const gboolean shut = !open || source->shut;
  const gboolean newest = policy->latest || (shut && policy->pending == GH_PENDING_LATEST);
  set_due (notifier, source, G_MAXINT64);
  source->shut = !open;
  if (shut && policy->pending == GH_PENDING_NONE)
    discard (notifier, source, 0);
  if (newest && !g_queue_is_empty (&source->held) && (shut || !policy->batches))
    {
      discard (notifier, source, 1);
      ((GhNote *) g_queue_peek_head (&source->held))->as_latest = TRUE;
    }
  while (!g_queue_is_empty (&source->held))
    {
      const gint64 now_us = now_of (notifier);
      gint64 due_us = open ? 0 : now_us + LOOK_US;
      if (open && !source->flush)
        due_us = MAX (batch_due (notifier, source), rate_due (notifier, source));
      if (due_us > now_us)
        {
          set_due (notifier, source, due_us);
          return;
        }
      if (policy->latest)
        {
          discard (notifier, source, 1);
          ((GhNote *) g_queue_peek_head (&source->held))->as_latest = TRUE;
        }
      source->n_in_window++;
      release (notifier, source);
    }
}

static void
run (GhNotifier *notifier, GhNotifySource *source)
{
  source->n_notes++;
  if (source->resource != NULL)
    run_kept (notifier, source);
  gh_notify_source_leave (notifier, source);
}

/* Every target had it before the restart. */
static gboolean
was_sent (GhNotifier *notifier, const GhRecord *record, const GhSubscriptionResource *resource)
{
  guint n;
  const GhNotificationTarget *targets = gh_subscription_get_targets (resource->subscription, &n);
  for (guint i = 0; i < n; i++)
    if (gh_notify_cursor_for (notifier, resource, targets[i].address)->found < record->number)
      return FALSE;
  return TRUE;
}

void
gh_notify_hold (GhNotifier *notifier, GhRecord *record, GhSubscriptionResource *resource)
{
  const GhNoteDraft draft = { .record = record, .resource = resource, .kind = GH_NOTE_EVENT };
  if (was_sent (notifier, record, resource))
    return;
  GhNotifySource *source = gh_notify_source_for (notifier, resource);
  source->n_notes++;
  if (source->resource == NULL)
    source->resource = (GhSubscriptionResource *) gh_compiled_ref (&resource->base);
  if (notifier->parsed.facts.type == GH_NET_DELETE)
    source->flush = TRUE;
  if (g_queue_get_length (&source->held) >= notifier->options.queue_limit)
    {
      notifier->statistics.dropped++;
      gh_service_count (notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
      discard (notifier, source, notifier->options.queue_limit - 1);
    }
  (void) gh_notify_note_new (notifier, &draft, &source->held);
  const GhNotificationPolicy *policy = gh_subscription_get_policy (source->resource->subscription);
  if (g_queue_get_length (&source->held) == 1 || source->flush || policy->batch_number > 0
      || policy->latest || policy->pending == GH_PENDING_LATEST)
    run (notifier, source);
  gh_notify_source_leave (notifier, source);
  gh_notify_shed (notifier);
}

void
gh_notify_ended (GhNotifier *notifier, const GhSubscriptionResource *resource, GhRecord *record,
                 gboolean subject)
{
  GhNotifySource *source = g_hash_table_lookup (notifier->sources, &resource->number);
  if (source == NULL)
    return;
  /* first that its subject is gone, later that it is */
  GhRecord *before = source->end;
  record->outstanding++;
  source->end = record;
  if (before != NULL)
    gh_notify_record_done (notifier, before);
  source->n_notes++;
  if (subject)
    {
      source->flush = TRUE;
      run (notifier, source);
    }
  else
    {
      source->window_us = -1;
      discard (notifier, source, 0);
    }
  gh_notify_source_leave (notifier, source);
}

void
gh_notify_changed (GhNotifier *notifier, guint64 number)
{
  GhNotifySource *source = g_hash_table_lookup (notifier->sources, &number);
  /* it is published in a moment */
  if (source != NULL && !g_queue_is_empty (&source->held))
    set_due (notifier, source, MIN (source->due_us, now_of (notifier) + LOOK_US));
}

gint64
gh_notify_release (GhNotifier *notifier)
{
  const gint64 now_us = now_of (notifier);
  for (;;)
    {
      GSequenceIter *first = g_sequence_get_begin_iter (notifier->holds);
      if (g_sequence_iter_is_end (first))
        return G_MAXINT64;
      GhNotifySource *source = g_sequence_get (first);
      if (source->due_us > now_us)
        return source->due_us;
      set_due (notifier, source, G_MAXINT64);
      run (notifier, source);
    }
}
