/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-notifier-private.h"
#include "service/gh-request-resource.h"

/* One queue a target, one delivery under way for each, and what bounds them. */

/* Response status codes from here on are errors (TS-0004 6.6.3). */
#define RSC_FIRST_ERROR  4000
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
  gh_notify_gate_join (notifier, target);
  g_hash_table_insert (notifier->targets, target->address, target);
  return target;
}

/* The next one of its subscription for its target comes, or it is sent. */
static void
leave_newest (GhNote *note)
{
  if (note->gives_way)
    g_ptr_array_remove_fast (note->source->newest, note);
}

void
gh_notify_note_unlink (GhNotifier *notifier, GhNote *note)
{
  g_queue_unlink (&notifier->all, &note->in_all);
  g_queue_unlink (note->queue, &note->in_queue);
  leave_newest (note);
}

static void
link_first (GhNotifier *notifier, GhNote *note)
{
  g_queue_push_head_link (&notifier->all, &note->in_all);
  g_queue_push_head_link (note->queue, &note->in_queue);
  if (note->gives_way)
    g_ptr_array_add (note->source->newest, note);
}

static guint
n_notifications (const GhNote *note)
{
  return 1 + (note->rest != NULL ? note->rest->len : 0);
}

void
gh_notify_note_free (GhNotifier *notifier, GhNote *note)
{
  notifier->n_notes -= n_notifications (note);
  if (note->cursor != NULL)
    gh_notify_cursor_leave (notifier, note->cursor);
  for (guint i = 0; note->rest != NULL && i < note->rest->len; i++)
    gh_notify_record_done (notifier, note->rest->pdata[i]);
  gh_notify_record_done (notifier, note->record);
  g_clear_pointer (&note->rest, g_ptr_array_unref);
  gh_notify_source_leave (notifier, note->source);
  gh_compiled_unref (&note->resource->base);
  g_free (note);
}

GhNote *
gh_notify_note_new (GhNotifier *notifier, const GhNoteDraft *draft, GQueue *queue)
{
  GhNote *note = g_new0 (GhNote, 1);
  note->record = draft->record;
  note->record->outstanding++;
  note->rest = draft->rest != NULL ? g_ptr_array_copy (draft->rest, NULL, NULL) : NULL;
  for (guint i = 0; note->rest != NULL && i < note->rest->len; i++)
    ((GhRecord *) note->rest->pdata[i])->outstanding++;
  note->resource = draft->resource;
  gh_compiled_ref (&draft->resource->base);
  note->source = gh_notify_source_for (notifier, draft->resource);
  note->source->n_notes++;
  note->queue = queue;
  note->kind = draft->kind;
  note->as_latest = draft->as_latest;
  note->since_us = gh_clock_monotonic_us (notifier->service->clock);
  note->in_all.data = note->in_queue.data = note;
  notifier->n_notes += n_notifications (note);
  g_queue_push_tail_link (&notifier->all, &note->in_all);
  g_queue_push_tail_link (queue, &note->in_queue);
  return note;
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
      gh_notify_note_unlink (notifier, note);
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
  if (target->ready || target->at_gate || target->under_way != NULL)
    return;
  if (target->timer != NULL)
    g_sequence_remove (g_steal_pointer (&target->timer));
  if (g_queue_is_empty (&target->waiting))
    {
      gh_notify_gate_quit (notifier, target);
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

static void
lose (GhNotifier *notifier, guint n)
{
  for (guint i = 0; i < n; i++)
    gh_service_count (notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
}

/* One that waits is given up. */
static void
drop (GhNotifier *notifier, GhNote *note)
{
  lose (notifier, n_notifications (note));
  notifier->statistics.dropped += n_notifications (note);
  gh_notify_note_unlink (notifier, note);
  gh_notify_note_free (notifier, note);
}

/* Of those with the lowest notificationStoragePriority the oldest. */
static GhNote *
least_important (const GhNotifyTarget *target)
{
  GhNote *least = NULL;
  guint lowest = G_MAXUINT;
  for (GList *item = target->waiting.head; item != NULL && lowest > 0; item = item->next)
    {
      GhNote *note = item->data;
      const guint priority = gh_subscription_get_policy (note->resource->subscription)->priority;
      if (least != NULL && priority >= lowest)
        continue;
      least = note;
      lowest = priority;
    }
  return least;
}

/* FALSE: what comes is less important than all that waits. */
static gboolean
make_room (GhNotifier *notifier, GhNotifyTarget *target, const GhSubscriptionResource *resource)
{
  GhNote *least = least_important (target);
  if (!target->overfull)
    gh_log (GH_LOG_WARNING, "notifier",
            "the queue of a target is full; its oldest notifications are dropped", "target",
            target->address, NULL);
  target->overfull = TRUE;
  if (gh_subscription_get_policy (resource->subscription)->priority
      < gh_subscription_get_policy (least->resource->subscription)->priority)
    {
      notifier->statistics.dropped++;
      lose (notifier, 1);
      return FALSE;
    }
  drop (notifier, least);
  return TRUE;
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
                note != NULL && note->target != NULL ? note->target->address : "not known yet",
                NULL);
      notifier->shedding = TRUE;
      if (note == NULL || (record != NULL && record->number < note->record->number))
        {
          notifier->statistics.dropped++;
          lose (notifier, 1);
          (void) gh_notify_forget_event (notifier);
          continue;
        }
      GhNotifyTarget *target = note->target;
      drop (notifier, note);
      if (target != NULL)
        place (notifier, target);
    }
}

GhCursor *
gh_notify_cursor_for (GhNotifier *notifier, const GhSubscriptionResource *resource,
                      const char *address)
{
  if (!gh_subscription_keeps_back (resource->subscription))
    return gh_notify_cursor (notifier, address);
  g_autofree char *key = g_strdup_printf ("%s %s", resource->id, address);
  return gh_notify_cursor (notifier, key);
}

/* The one of the same subscription that waits for the same target, when they give way. */
static GhNote *
find_newest (const GhNotifySource *source, const GhNotifyTarget *target)
{
  for (guint i = 0; source->newest != NULL && i < source->newest->len; i++)
    if (((GhNote *) source->newest->pdata[i])->target == target)
      return source->newest->pdata[i];
  return NULL;
}

/* Of latestNotify, and of pendingNotification "sendLatest" while the target cannot be reached. */
static void
take_the_place (GhNotifier *notifier, GhNote *note)
{
  GhNotifySource *source = note->source;
  const GhNotificationPolicy *policy = gh_subscription_get_policy (note->resource->subscription);
  const gboolean gives_way = policy->latest
                             || (policy->pending == GH_PENDING_LATEST
                                 && !gh_notify_is_reachable (notifier, note->target->address));
  if (note->kind != GH_NOTE_EVENT || !gives_way)
    return;
  GhNote *older = find_newest (source, note->target);
  if (older != NULL)
    {
      gh_notify_note_unlink (notifier, older);
      gh_notify_note_free (notifier, older);
    }
  if (source->newest == NULL)
    source->newest = g_ptr_array_new ();
  note->gives_way = note->as_latest = TRUE;
  g_ptr_array_add (source->newest, note);
}

void
gh_notify_enqueue (GhNotifier *notifier, const GhNoteDraft *draft)
{
  GhCursor *cursor = gh_notify_cursor_for (notifier, draft->resource, draft->address);
  if (draft->record->number <= cursor->found)
    return; /* sent before the restart */
  GhNotifyTarget *target = target_for (notifier, draft->address);
  if (g_queue_get_length (&target->waiting) >= notifier->options.queue_limit
      && !make_room (notifier, target, draft->resource))
    return;
  GhNote *note = gh_notify_note_new (notifier, draft, &target->waiting);
  note->target = target;
  note->cursor = cursor;
  cursor->n_notes++;
  take_the_place (notifier, note);
  place (notifier, target);
  gh_notify_shed (notifier);
}

/* Tried, and over. What is left of the same event for the same queue keeps the cursor below it, and
 * so does an event that may still bring some. */
static void
over (GhNotifier *notifier, GhNotifyTarget *target, GhNote *note)
{
  const GhNote *next = g_queue_peek_head (&target->waiting);
  const gboolean more = !note->record->expanded
                        || (next != NULL && next->record == note->record
                            && next->cursor == note->cursor);
  gh_notify_cursor_pass (notifier, note->cursor, note->record->number - (more ? 1 : 0));
  gh_notify_note_free (notifier, note);
}

static void
give_up (GhNotifyTarget *target, GhNote *note, const char *reason)
{
  GhNotifier *notifier = target->notifier;
  notifier->statistics.given_up += n_notifications (note);
  lose (notifier, n_notifications (note));
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
      gh_notify_note_unlink (notifier, note);
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
  if (note->gives_way && find_newest (note->source, target) != NULL)
    gh_notify_note_free (notifier, note);
  else
    link_first (notifier, note);
  give_up_old (target, now_us, reason);
}

/* It has got the notification and wants it not: that is over, but worth a line. */
static void
say_refused (GhNotifyTarget *target, guint rsc)
{
  const gboolean refuses = rsc >= RSC_FIRST_ERROR;
  char text[16];
  g_snprintf (text, sizeof text, "%u", rsc);
  if (refuses && !target->refuses)
    gh_log (GH_LOG_NOTICE, "notifier", "a target refuses what it is told", "target",
            target->address, "status", text, NULL);
  target->refuses = refuses;
}

static void
leave_gate (GhNotifier *notifier, GhNotifyTarget *target)
{
  GhNotifyTarget *next = gh_notify_gate_leave (target);
  if (next != NULL)
    place (notifier, next);
}

void
gh_notify_take_outcome (GhNotifier *notifier, GhOutcomeInput *outcome)
{
  GhNotifyTarget *target = outcome->target;
  GhNote *note = g_steal_pointer (&target->under_way);
  leave_gate (notifier, target);
  if (outcome->status == GH_DELIVERY_DONE)
    {
      if (target->failures > 0)
        gh_log (GH_LOG_NOTICE, "notifier", "a target is reached again", "target", target->address,
                NULL);
      target->failures = 0;
      target->next_try_us = 0;
      gh_notify_gate_answered (target);
      say_refused (target, outcome->rsc);
      if (g_queue_get_length (&target->waiting) <= notifier->options.queue_limit / 2)
        target->overfull = FALSE;
      notifier->statistics.delivered += n_notifications (note);
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

void
gh_notify_take_reached (GhNotifier *notifier, const char *holder)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, notifier->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const char *name = gh_strip_home (notifier->service, ((GhNotifyTarget *) value)->address);
      if (g_strcmp0 (name, holder) == 0)
        g_ptr_array_add (found, value);
    }
  for (guint i = 0; i < found->len; i++)
    {
      GhNotifyTarget *target = found->pdata[i];
      target->next_try_us = 0;
      target->failures = 0;
      place (notifier, target);
    }
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

static GhBuffer *
render_value (const GhValue *value)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 512);
  gh_json_value (&json, value);
  return gh_json_writer_finish (&json);
}

/* The address of the subscription is SP-relative, so that it means the same to every receiver.
 * (transfer full); NULL: the event cannot be read */
static GhBuffer *
render_event (GhNotifier *notifier, const GhNote *note, GhRecord *record)
{
  if (note->kind == GH_NOTE_RESULT)
    return gh_notify_parse (notifier, record)
             ? gh_request_result_render (gh_value_member (
                 gh_value_member (&notifier->parsed.value, "rep"), "m2m:req"))
             : NULL;
  if (note->resource->of_group)
    return gh_notify_parse (notifier, record) ? render_value (
             gh_value_member (&notifier->parsed.value, "rep"))
                                              : NULL;
  g_autofree char *reference = g_strdup_printf ("/%s/%s", notifier->service->home.cse_id,
                                                note->resource->id);
  const GhNotificationAddresses addresses = { .subscription = reference };
  if (note->kind == GH_NOTE_CROSS_RESOURCE)
    return gh_notification_render_reference (reference);
  if (note->kind == GH_NOTE_ENDED)
    return gh_notification_render_deletion (reference);
  if (!gh_notify_parse (notifier, record))
    return NULL;
  return gh_notification_render (note->resource->subscription, &notifier->parsed.facts, &addresses);
}

/* A subscription with batchNotify gets batches, however short, unless it wants only the newest. */
static GhBuffer *
render (GhNotifier *notifier, const GhNote *note)
{
  const GhNotificationPolicy *policy = gh_subscription_get_policy (note->resource->subscription);
  if (note->kind != GH_NOTE_EVENT || !policy->batches || policy->latest)
    return render_event (notifier, note, note->record);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_buffer_unref);
  for (guint i = 0; i < n_notifications (note); i++)
    {
      const gboolean last = i + 1 == n_notifications (note);
      GhBuffer *part = render_event (notifier, note, last ? note->record : note->rest->pdata[i]);
      if (part == NULL)
        return NULL;
      g_ptr_array_add (parts, part);
    }
  return gh_notification_render_batch ((GhBuffer *const *) parts->pdata, parts->len);
}

/* m2m:stdEventCats (TS-0004 6.3.4.2.3) */
enum { LATEST = 4 };

/* Inside of the gate. FALSE: nothing is under way. */
static gboolean
send_next (GhNotifier *notifier, GhNotifyTarget *target)
{
  GhFault fault = { 0 };
  GhNote *note = g_queue_peek_head (&target->waiting);
  if (note == NULL)
    return FALSE;
  if (!gh_notify_is_reachable (notifier, target->address))
    {
      /* its schedule says so: no failure */
      target->next_try_us = gh_clock_monotonic_us (notifier->service->clock) + G_USEC_PER_SEC;
      return FALSE;
    }
  gh_notify_note_unlink (notifier, note);
  g_autoptr (GhBuffer) body = render (notifier, note);
  if (body == NULL)
    {
      give_up (target, note, "its event cannot be read");
      return FALSE;
    }
  const gint category = note->as_latest
                          ? LATEST
                          : gh_subscription_get_event_category (note->resource->subscription);
  char identifier[48], category_text[8];
  g_snprintf (category_text, sizeof category_text, "%d", category);
  g_snprintf (identifier, sizeof identifier, "ntf-%" G_GUINT64_FORMAT "-%u", note->record->number,
              ++notifier->n_sent);
  const GhDirect direct = { .target = target->address,
                            .from = notifier->own_id,
                            .request_identifier = identifier,
                            .body = body,
                            .event_category = category != 0 ? category_text : NULL,
                            .timeout_ms = notifier->options.timeout_ms,
                            /* a poll may come at any time until the notification is given up */
                            .wait_ms = (guint) CLAMP (notifier->options.maximum_age_us / 1000, 1,
                                                      G_MAXINT) };
  target->under_way = note;
  if (gh_notifier_send (notifier, &direct, delivered, target, &fault))
    return TRUE;
  target->under_way = NULL;
  if (fault.code == GH_ERROR_BAD_REQUEST || fault.code == GH_ERROR_NO_PRIVILEGE)
    give_up (target, note, fault.text);
  else
    back_off (target, note, fault.text);
  return FALSE;
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
  const gint64 hold_us = gh_notify_release (notifier);
  take_due (notifier);
  while (!g_queue_is_empty (&notifier->ready))
    {
      GhNotifyTarget *target = g_queue_pop_head (&notifier->ready);
      target->ready = FALSE;
      if (gh_notify_gate_enter (target) && !send_next (notifier, target))
        leave_gate (notifier, target);
      place (notifier, target);
      if (g_get_monotonic_time () >= until_us)
        break;
    }
  notifier->statistics.waiting = notifier->n_notes;
  if (!g_queue_is_empty (&notifier->ready))
    return 0;
  GSequenceIter *first = g_sequence_get_begin_iter (notifier->timers);
  return g_sequence_iter_is_end (first)
           ? hold_us
           : MIN (hold_us, ((GhNotifyTarget *) g_sequence_get (first))->next_try_us);
}
