/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "service/gh-notifier-private.h"

/* One queue a target, one delivery under way for each, and what bounds them. */

#define BACKOFF_FIRST_US G_USEC_PER_SEC
#define BACKOFF_MOST_US  (5 * 60 * (gint64) G_USEC_PER_SEC)
/* One step between two looks at what else there is to do. */
#define SLICE_US 1000

void
gh_notify_target_free (gpointer data)
{
  GhNotifyTarget *target = data;
  g_free (target->address);
  g_free (target);
}

static GhNotifyTarget *
target_for (GhNotifier *notifier, const char *address)
{
  GhNotifyTarget *target = g_hash_table_lookup (notifier->targets, address);
  if (target != NULL)
    return target;
  target = g_new0 (GhNotifyTarget, 1);
  target->notifier = notifier;
  target->address = g_strdup (address);
  g_hash_table_insert (notifier->targets, target->address, target);
  return target;
}

static void
unlink_note (GhNotifier *notifier, GhNote *note)
{
  g_queue_unlink (&notifier->all, &note->in_all);
  g_queue_unlink (&note->target->waiting, &note->in_queue);
}

static void
link_first (GhNotifier *notifier, GhNote *note)
{
  g_queue_push_head_link (&notifier->all, &note->in_all);
  g_queue_push_head_link (&note->target->waiting, &note->in_queue);
}

static GhNotifySource *
source_for (GhNotifier *notifier, guint64 number)
{
  GhNotifySource *source = g_hash_table_lookup (notifier->sources, &number);
  if (source != NULL)
    return source;
  source = g_new0 (GhNotifySource, 1);
  source->number = number;
  g_hash_table_insert (notifier->sources, &source->number, source);
  return source;
}

void
gh_notify_ended (GhNotifier *notifier, const GhSubscriptionResource *resource, GhRecord *record)
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
}

static void
leave_source (GhNotifier *notifier, GhNotifySource *source)
{
  if (--source->n_notes > 0)
    return;
  if (source->end != NULL)
    gh_notify_record_done (notifier, source->end);
  g_hash_table_remove (notifier->sources, &source->number);
}

void
gh_notify_note_free (GhNotifier *notifier, GhNote *note)
{
  leave_source (notifier, note->source);
  note->cursor->n_notes--;
  notifier->n_notes--;
  gh_notify_record_done (notifier, note->record);
  gh_compiled_unref (&note->resource->base);
  g_free (note);
}

/* Everything that waits or is under way, at the end: the rows stay. */
void
gh_notify_targets_clear (GhNotifier *notifier)
{
  GHashTableIter iter;
  gpointer value;
  GhNote *note;
  g_hash_table_iter_init (&iter, notifier->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((GhNotifyTarget *) value)->under_way != NULL)
      gh_notify_note_free (notifier, ((GhNotifyTarget *) value)->under_way);
  while ((note = g_queue_peek_head (&notifier->all)) != NULL)
    {
      unlink_note (notifier, note);
      gh_notify_note_free (notifier, note);
    }
}

static gint
compare_times (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const GhNotifyTarget *left = a, *right = b;
  (void) user_data;
  return (left->next_try_us > right->next_try_us) - (left->next_try_us < right->next_try_us);
}

/* Puts the target where it belongs: among those that can be sent to, among those that wait for
 * time, or out of memory. */
static void
place (GhNotifier *notifier, GhNotifyTarget *target)
{
  if (target->ready || target->under_way != NULL)
    return;
  if (target->timer != NULL)
    g_sequence_remove (g_steal_pointer (&target->timer));
  if (g_queue_is_empty (&target->waiting))
    {
      g_hash_table_remove (notifier->targets, target->address);
      return;
    }
  if (target->next_try_us > gh_clock_monotonic_us (notifier->service->clock))
    {
      target->timer = g_sequence_insert_sorted (notifier->timers, target, compare_times, NULL);
      return;
    }
  target->ready = TRUE;
  g_queue_push_tail (&notifier->ready, target);
}

/* One that waits is given up. */
static void
drop (GhNotifier *notifier, GhNote *note)
{
  notifier->statistics.dropped++;
  gh_service_count (notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
  unlink_note (notifier, note);
  gh_notify_note_free (notifier, note);
}

static void
drop_oldest_of (GhNotifier *notifier, GhNotifyTarget *target)
{
  if (!target->overfull)
    gh_log (GH_LOG_WARNING, "notifier",
            "the queue of a target is full; its oldest notifications are dropped", "target",
            target->address, NULL);
  target->overfull = TRUE;
  drop (notifier, g_queue_peek_head (&target->waiting));
}

static gboolean
is_over_bounds (const GhNotifier *notifier, guint64 part)
{
  return notifier->n_notes > notifier->options.total_limit / part
         || notifier->octets > notifier->options.memory_limit / part;
}

void
gh_notify_shed (GhNotifier *notifier)
{
  if (notifier->shedding && !is_over_bounds (notifier, 2))
    notifier->shedding = FALSE;
  while (is_over_bounds (notifier, 1))
    {
      GhNote *note = g_queue_peek_head (&notifier->all);
      const GhRecord *record = g_queue_peek_head (&notifier->unexpanded);
      if (note == NULL && record == NULL)
        return;
      if (!notifier->shedding)
        gh_log (GH_LOG_WARNING, "notifier",
                "too many notifications wait; the oldest of all are dropped", "target",
                note != NULL ? note->target->address : "not known yet", NULL);
      notifier->shedding = TRUE;
      if (note == NULL || (record != NULL && record->number < note->record->number))
        {
          notifier->statistics.dropped++;
          gh_service_count (notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
          (void) gh_notify_forget_event (notifier);
          continue;
        }
      GhNotifyTarget *target = note->target;
      drop (notifier, note);
      place (notifier, target);
    }
}

void
gh_notify_enqueue (GhNotifier *notifier, const GhNoteDraft *draft)
{
  GhCursor *cursor = gh_notify_cursor (notifier, draft->address);
  if (draft->record->number <= cursor->found)
    return; /* sent before the restart */
  GhNotifyTarget *target = target_for (notifier, draft->address);
  if (g_queue_get_length (&target->waiting) >= notifier->options.queue_limit)
    drop_oldest_of (notifier, target);
  GhNote *note = g_new0 (GhNote, 1);
  note->record = draft->record;
  note->resource = draft->resource;
  gh_compiled_ref (&draft->resource->base);
  note->source = source_for (notifier, draft->resource->number);
  note->source->n_notes++;
  note->target = target;
  note->cursor = cursor;
  note->kind = draft->kind;
  note->since_us = gh_clock_monotonic_us (notifier->service->clock);
  note->in_all.data = note->in_queue.data = note;
  cursor->n_notes++;
  notifier->n_notes++;
  draft->record->outstanding++;
  g_queue_push_tail_link (&notifier->all, &note->in_all);
  g_queue_push_tail_link (&target->waiting, &note->in_queue);
  place (notifier, target);
  gh_notify_shed (notifier);
}

/* Tried, and over. What is left of the same event for the same queue keeps the cursor below it, and
 * so does an event that may still bring some. */
static void
over (GhNotifier *notifier, GhNotifyTarget *target, GhNote *note)
{
  const GhNote *next = g_queue_peek_head (&target->waiting);
  const gboolean more = !note->record->expanded || (next != NULL && next->record == note->record);
  gh_notify_cursor_pass (notifier, note->cursor, note->record->number - (more ? 1 : 0));
  gh_notify_note_free (notifier, note);
}

static void
give_up (GhNotifyTarget *target, GhNote *note, const char *reason)
{
  GhNotifier *notifier = target->notifier;
  notifier->statistics.given_up++;
  gh_service_count (notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
  gh_log (GH_LOG_WARNING, "notifier", "a notification is given up", "target", target->address,
          "reason", reason, NULL);
  over (notifier, target, note);
}

/* What has waited too long goes, all at once: nobody is to wait for the tries of hundreds. */
static void
give_up_old (GhNotifyTarget *target, gint64 now_us, const char *reason)
{
  GhNotifier *notifier = target->notifier;
  GhNote *note;
  while ((note = g_queue_peek_head (&target->waiting)) != NULL
         && now_us - note->since_us > notifier->options.maximum_age_us)
    {
      unlink_note (notifier, note);
      give_up (target, note, reason);
    }
}

static void
back_off (GhNotifyTarget *target, GhNote *note, const char *reason)
{
  GhNotifier *notifier = target->notifier;
  const gint64 now_us = gh_clock_monotonic_us (notifier->service->clock);
  const gint64 wait_us = MIN (BACKOFF_FIRST_US << MIN (target->failures, 20), BACKOFF_MOST_US);
  notifier->statistics.failed++;
  if (target->failures++ == 0)
    gh_log (GH_LOG_NOTICE, "notifier", "a target cannot be reached; trying again", "target",
            target->address, "reason", reason, NULL);
  target->next_try_us = now_us + wait_us;
  link_first (notifier, note);
  give_up_old (target, now_us, reason);
}

void
gh_notify_take_outcome (GhNotifier *notifier, GhOutcomeInput *outcome)
{
  GhNotifyTarget *target = outcome->target;
  GhNote *note = g_steal_pointer (&target->under_way);
  if (outcome->status == GH_DELIVERY_DONE)
    {
      if (target->failures > 0)
        gh_log (GH_LOG_NOTICE, "notifier", "a target is reached again", "target", target->address,
                NULL);
      target->failures = 0;
      target->next_try_us = 0;
      if (g_queue_get_length (&target->waiting) <= notifier->options.queue_limit / 2)
        target->overfull = FALSE;
      notifier->statistics.delivered++;
      gh_service_count (notifier->service, GH_COUNT_NOTIFIED);
      over (notifier, target, note);
    }
  else if (outcome->status == GH_DELIVERY_REFUSED)
    give_up (target, note, outcome->reason);
  else
    back_off (target, note, outcome->reason);
  place (notifier, target);
  g_free (outcome->reason);
  g_free (outcome);
}

static void
delivered (const GhDeliveryResult *result, gpointer user_data)
{
  GhNotifyTarget *target = user_data;
  GhOutcomeInput *outcome = g_new0 (GhOutcomeInput, 1);
  outcome->target = target;
  outcome->status = result->status;
  outcome->rsc = result->rsc;
  outcome->reason = g_strdup (result->reason);
  gh_notifier_input (target->notifier, GH_INPUT_OUTCOME, outcome);
}

/* The address of the subscription is SP-relative, so that it means the same to every receiver.
 * (transfer full); NULL: the event cannot be read */
static GhBuffer *
render (GhNotifier *notifier, const GhNote *note)
{
  g_autofree char *reference = g_strdup_printf ("/%s/%s", notifier->service->home.cse_id,
                                                note->resource->id);
  const GhNotificationAddresses addresses = { .subscription = reference };
  if (note->kind == GH_NOTE_CROSS_RESOURCE)
    return gh_notification_render_reference (reference);
  if (note->kind == GH_NOTE_ENDED)
    return gh_notification_render_deletion (reference);
  if (!gh_notify_parse (notifier, note->record))
    return NULL;
  return gh_notification_render (note->resource->subscription, &notifier->parsed.facts, &addresses);
}

static void
send_next (GhNotifier *notifier, GhNotifyTarget *target)
{
  GhFault fault = { 0 };
  GhNote *note = g_queue_peek_head (&target->waiting);
  if (note == NULL)
    return;
  unlink_note (notifier, note);
  g_autoptr (GhBuffer) body = render (notifier, note);
  if (body == NULL)
    {
      give_up (target, note, "its event cannot be read");
      return;
    }
  char identifier[48];
  g_snprintf (identifier, sizeof identifier, "ntf-%" G_GUINT64_FORMAT "-%u", note->record->number,
              ++notifier->n_sent);
  const GhDirect direct = { .target = target->address,
                            .from = notifier->own_id,
                            .request_identifier = identifier,
                            .body = body,
                            .timeout_ms = notifier->options.timeout_ms };
  target->under_way = note;
  if (gh_notifier_send (notifier, &direct, delivered, target, &fault))
    return;
  target->under_way = NULL;
  back_off (target, note, fault.text);
}

static void
take_due (GhNotifier *notifier)
{
  const gint64 now_us = gh_clock_monotonic_us (notifier->service->clock);
  GSequenceIter *first = g_sequence_get_begin_iter (notifier->timers);
  while (!g_sequence_iter_is_end (first))
    {
      GhNotifyTarget *target = g_sequence_get (first);
      if (target->next_try_us > now_us)
        return;
      place (notifier, target);
      first = g_sequence_get_begin_iter (notifier->timers);
    }
}

gint64
gh_notify_pump (GhNotifier *notifier)
{
  const gint64 until_us = g_get_monotonic_time () + SLICE_US;
  take_due (notifier);
  while (!g_queue_is_empty (&notifier->ready))
    {
      GhNotifyTarget *target = g_queue_pop_head (&notifier->ready);
      target->ready = FALSE;
      send_next (notifier, target);
      place (notifier, target);
      if (g_get_monotonic_time () >= until_us)
        break;
    }
  notifier->statistics.waiting = notifier->n_notes;
  if (!g_queue_is_empty (&notifier->ready))
    return 0;
  GSequenceIter *first = g_sequence_get_begin_iter (notifier->timers);
  return g_sequence_iter_is_end (first) ? G_MAXINT64
                                        : ((GhNotifyTarget *) g_sequence_get (first))->next_try_us;
}
