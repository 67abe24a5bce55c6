/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-notifier.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-job.h"
#include "service/gh-notifier-private.h"
#include "service/gh-schedule-resource.h"

#define BACKOFF_FIRST_US G_USEC_PER_SEC
#define BACKOFF_MOST_US  (5 * 60 * (gint64) G_USEC_PER_SEC)
/* The outbox is tidied when the notifier has nothing else to do, or after so many events. */
#define TIDY_EVENTS 256
/* m2m:stdEventCats (TS-0004 6.3.4.2.3) */
enum { IMMEDIATE = 2 };

static void
subscription_resource_free (GhCompiled *compiled)
{
  GhSubscriptionResource *resource = (GhSubscriptionResource *) compiled;
  gh_subscription_unref (resource->subscription);
  g_free (resource);
}

GhCompiled *
gh_subscription_resource_new (GhSubscription *subscription, const char *id)
{
  GhSubscriptionResource *resource = g_malloc0 (sizeof (GhSubscriptionResource) + strlen (id) + 1);
  resource->base.ref_count = 1;
  resource->base.free = subscription_resource_free;
  resource->subscription = subscription;
  memcpy (resource->id, id, strlen (id) + 1);
  return &resource->base;
}

static void
delivery_free (GhPendingDelivery *delivery)
{
  gh_buffer_unref (delivery->body);
  g_free (delivery);
}

static void
target_free (gpointer data)
{
  GhTarget *target = data;
  g_queue_clear_full (&target->waiting, (GDestroyNotify) delivery_free);
  if (target->under_way != NULL)
    delivery_free (target->under_way);
  g_free (target->address);
  g_free (target);
}

GhNotifier *
gh_notifier_new (GhService *service, const GhNotifierOptions *options)
{
  GhNotifier *notifier = g_new0 (GhNotifier, 1);
  notifier->service = service;
  notifier->options = *options;
  notifier->inputs = g_async_queue_new ();
  notifier->targets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, target_free);
  notifier->loaded_cursors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  notifier->transports = g_array_new (FALSE, FALSE, sizeof (GhTransportPair));
  g_queue_init (&notifier->records);
  return notifier;
}

void
gh_notifier_add_transport (GhNotifier *notifier, const GhTransportOps *ops, GhTransport *transport)
{
  const GhTransportPair pair = { ops, transport };
  g_array_append_val (notifier->transports, pair);
}

/* An answer of a target and the wish to stop overtake the events that wait to be expanded: each of
 * those can mean thousands of notifications, and delivery must not stand still meanwhile. What is
 * not expanded at the end is in the outbox. */
static void
push_input (GhNotifier *notifier, GhInputKind kind, gpointer data)
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
  push_input (notifier, GH_INPUT_WAKE, NULL);
}

void
gh_notifier_push (GhNotifier *notifier, GhEvent *event)
{
  push_input (notifier, GH_INPUT_EVENT, event);
}

/* The address of the subscription in what is sent: SP-relative, so that it means the same to every
 * receiver. */
static char *
reference_of (const GhNotifier *notifier, const char *id)
{
  return g_strdup_printf ("/%s/%s", notifier->service->home.cse_id, id);
}

static GhTarget *
target_for (GhNotifier *notifier, const char *address)
{
  GhTarget *target = g_hash_table_lookup (notifier->targets, address);
  if (target != NULL)
    return target;
  target = g_new0 (GhTarget, 1);
  target->notifier = notifier;
  target->address = g_strdup (address);
  const guint64 *cursor = g_hash_table_lookup (notifier->loaded_cursors, address);
  target->done_event = target->stored_event = cursor != NULL ? *cursor : 0;
  g_hash_table_insert (notifier->targets, target->address, target);
  return target;
}

static void
record_done (GhNotifier *notifier, GhRecord *record)
{
  record->outstanding--;
  while (!g_queue_is_empty (&notifier->records))
    {
      GhRecord *first = g_queue_peek_head (&notifier->records);
      if (first->outstanding > 0)
        break;
      notifier->done_below = first->number + 1;
      notifier->untidy++;
      g_free (g_queue_pop_head (&notifier->records));
    }
}

static void
delivery_over (GhTarget *target, GhPendingDelivery *delivery)
{
  /* two subscriptions may send the same event to one target: the cursor passes it with the last */
  const GhPendingDelivery *next = g_queue_peek_head (&target->waiting);
  const gboolean more = next != NULL && next->record == delivery->record;
  target->done_event = MAX (target->done_event, delivery->record->number - (more ? 1 : 0));
  /* an older event may wait for another target: then only the cursor tells that this is over */
  target->notifier->untidy++;
  record_done (target->notifier, delivery->record);
  delivery_free (delivery);
}

static void
enqueue (GhNotifier *notifier, GhRecord *record, const char *address, GhBuffer *body, gint category)
{
  GhTarget *target = target_for (notifier, address);
  if (record->number <= target->stored_event)
    return; /* sent before the restart */
  if (g_queue_get_length (&target->waiting) >= notifier->options.queue_limit)
    {
      notifier->statistics.dropped++;
      gh_service_count (notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
      if (!target->overfull)
        gh_log (GH_LOG_WARNING, "notifier",
                "the queue of a target is full; its oldest notifications are dropped", "target",
                address, NULL);
      target->overfull = TRUE;
      delivery_over (target, g_queue_pop_head (&target->waiting));
    }
  GhPendingDelivery *delivery = g_new0 (GhPendingDelivery, 1);
  delivery->record = record;
  delivery->body = gh_buffer_ref (body);
  delivery->category = category;
  delivery->since_us = gh_clock_monotonic_us (notifier->service->clock);
  record->outstanding++;
  g_queue_push_tail (&target->waiting, delivery);
}

/* One notification less, durably; the writer deletes the subscription with the last one. FALSE:
 * they are used up. */
static gboolean
spend (GhNotifier *notifier, GhSubscriptionResource *resource)
{
  const gint64 counter = gh_subscription_get_expiration_counter (resource->subscription);
  if (counter == 0)
    return TRUE;
  if (g_atomic_int_add (&resource->used, 1) >= counter)
    return FALSE;
  GhIntent *intent = gh_intent_new (GH_INTENT_COUNT_DOWN);
  intent->request = gh_request_new (4096);
  intent->target.id = gh_arena_strdup (intent->request->arena, resource->id);
  intent->by = 1;
  if (!gh_writer_push (notifier->service->writer, intent))
    gh_intent_free (intent);
  return TRUE;
}

/* Whether the schedule of the subscription lets notifications out now; "immediate" ones pass it
 * (TS-0004 7.5.1.2, step 3.0). What comes while it is shut is not sent later, because this build
 * refuses pendingNotification. */
static gboolean
is_open (const GhNotifier *notifier, const GhSubscriptionResource *resource)
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

/* The same for the node of an AE that is to be notified. */
static gboolean
is_reachable (const GhNotifier *notifier, const GhNotificationTarget *target)
{
  gboolean reachable = TRUE;
  GhNode ae;
  if (target->is_url)
    return TRUE;
  GhView view = gh_view_begin (notifier->service->tree);
  if (gh_find_local (notifier->service, &view, target->address, &ae)
      && ae.slot->type->number == GH_TYPE_AE)
    reachable = gh_schedule_reaches (notifier->service, &view, &ae);
  gh_view_end (&view);
  return reachable;
}

static void
expand_subscription (GhNotifier *notifier, GhRecord *record, GhSubscriptionResource *resource,
                     const GhEventFacts *facts)
{
  guint n;
  if (!gh_subscription_matches (resource->subscription, facts) || !is_open (notifier, resource)
      || !spend (notifier, resource))
    return;
  g_autofree char *reference = reference_of (notifier, resource->id);
  const GhNotificationAddresses addresses = { .subscription = reference };
  g_autoptr (GhBuffer) body = gh_notification_render (resource->subscription, facts, &addresses);
  const GhNotificationTarget *targets = gh_subscription_get_targets (resource->subscription, &n);
  for (guint i = 0; i < n; i++)
    if (is_reachable (notifier, &targets[i]))
      enqueue (notifier, record, targets[i].address, body,
               gh_subscription_get_event_category (resource->subscription));
}

/* A subscription that the row itself holds: its subject is gone, or it is itself what ended. */
static GhCompiled *
compile_stored (const GhValue *representation, const char *root_name)
{
  GhFault fault = { 0 };
  const GhValue *attributes = gh_value_member (representation, root_name);
  const char *id = attributes != NULL ? gh_value_text (gh_value_member (attributes, "ri")) : NULL;
  GhSubscription *subscription = id != NULL ? gh_subscription_compile_value (attributes, &fault)
                                            : NULL;
  return subscription != NULL ? gh_subscription_resource_new (subscription, id) : NULL;
}

/* Of an event about a resource with targets of its own. */
static GhCompiled *
compile_own (const GhValue *event)
{
  const GhValue *type = gh_value_member (event, "ty");
  const gboolean cross = type != NULL && type->integer == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION;
  return compile_stored (gh_value_member (event, "rep"), cross ? "m2m:crs" : "m2m:sub");
}

/* TS-0004 7.5.1.2.18: only that it happened. */
static void
expand_cross_resource (GhNotifier *notifier, GhRecord *record, const GhValue *event)
{
  guint n;
  GhCompiled *compiled = compile_own (event);
  if (compiled == NULL)
    return;
  GhSubscriptionResource *resource = (GhSubscriptionResource *) compiled;
  const GhNotificationTarget *targets = gh_subscription_get_targets (resource->subscription, &n);
  g_autofree char *reference = reference_of (notifier, resource->id);
  g_autoptr (GhBuffer) body = gh_notification_render_reference (reference);
  for (guint i = 0; i < n; i++)
    enqueue (notifier, record, targets[i].address, body,
             gh_subscription_get_event_category (resource->subscription));
  gh_compiled_unref (compiled);
}

static void
expand_ended (GhNotifier *notifier, GhRecord *record, const GhValue *event)
{
  GhCompiled *compiled = compile_own (event);
  if (compiled == NULL)
    return;
  GhSubscriptionResource *resource = (GhSubscriptionResource *) compiled;
  const GhNotificationTarget *subscriber = gh_subscription_get_subscriber (resource->subscription);
  if (subscriber != NULL)
    {
      g_autofree char *reference = reference_of (notifier, resource->id);
      g_autoptr (GhBuffer) body = gh_notification_render_deletion (reference);
      enqueue (notifier, record, subscriber->address, body, 0);
    }
  gh_compiled_unref (compiled);
}

static void
expand_stored (GhNotifier *notifier, GhRecord *record, const GhValue *list,
               const GhEventFacts *facts)
{
  for (guint i = 0; i < list->length; i++)
    {
      GhCompiled *compiled = compile_stored (gh_value_member (&list->items[i], "rep"), "m2m:sub");
      if (compiled != NULL)
        expand_subscription (notifier, record, (GhSubscriptionResource *) compiled, facts);
      gh_compiled_unref (compiled);
    }
}

static void
expand_members (GhNotifier *notifier, GhRecord *record, const GhMembers *members, guint64 mark,
                const GhEventFacts *facts)
{
  for (guint i = 0; members != NULL && i < members->n; i++)
    if (members->items[i].number <= mark)
      expand_subscription (notifier, record, (GhSubscriptionResource *) members->items[i].compiled,
                           facts);
}

static void
expand_parsed (GhNotifier *notifier, GhRecord *record, const GhEvent *event, const GhValue *value)
{
  const GhValue *kind = gh_value_member (value, "net");
  GhEventFacts facts;
  GhFault fault = { 0 };

  if (kind != NULL && kind->integer == GH_EVENT_SUBSCRIPTION_ENDED)
    {
      expand_ended (notifier, record, value);
      return;
    }
  if (kind != NULL && kind->integer == GH_EVENT_CROSS_RESOURCE)
    {
      expand_cross_resource (notifier, record, value);
      return;
    }
  if (!gh_event_facts_from_value (value, &facts, &fault))
    {
      gh_log (GH_LOG_ERROR, "notifier", "an event of the outbox cannot be read", "reason",
              fault.text, NULL);
      return;
    }
  const GhValue *stored = gh_value_member (value, "subs");
  if (event->subscriptions != NULL)
    expand_members (notifier, record, event->subscriptions, event->mark, &facts);
  else if (stored != NULL)
    expand_stored (notifier, record, stored, &facts);
}

static void
expand (GhNotifier *notifier, GhEvent *event)
{
  g_autoptr (GhArena) arena = gh_arena_new (event->body->length * 16 + 65536);
  GhRecord *record = g_new0 (GhRecord, 1);
  GhFault fault = { 0 };
  GhValue value;

  record->number = event->number;
  record->outstanding = 1; /* until it is expanded */
  g_queue_push_tail (&notifier->records, record);
  if (gh_json_parse (event->body->data, event->body->length, arena, &value, &fault))
    expand_parsed (notifier, record, event, &value);
  else
    gh_log (GH_LOG_ERROR, "notifier", "an event of the outbox cannot be read", "reason", fault.text,
            NULL);
  record_done (notifier, record);
  gh_event_unref (event);
}

static void
delivered (const GhDeliveryResult *result, gpointer user_data)
{
  GhTarget *target = user_data;
  GhOutcomeInput *outcome = g_new0 (GhOutcomeInput, 1);
  outcome->target = target;
  outcome->status = result->status;
  outcome->rsc = result->rsc;
  outcome->reason = g_strdup (result->reason);
  push_input (target->notifier, GH_INPUT_OUTCOME, outcome);
}

static void
give_up (GhTarget *target, GhPendingDelivery *delivery, const char *reason)
{
  target->notifier->statistics.given_up++;
  gh_service_count (target->notifier->service, GH_COUNT_NOTIFICATIONS_LOST);
  gh_log (GH_LOG_WARNING, "notifier", "a notification is given up", "target", target->address,
          "reason", reason, NULL);
  delivery_over (target, delivery);
}

static void
back_off (GhTarget *target, GhPendingDelivery *delivery, const char *reason)
{
  GhNotifier *notifier = target->notifier;
  const gint64 now_us = gh_clock_monotonic_us (notifier->service->clock);
  const gint64 wait_us = MIN (BACKOFF_FIRST_US << MIN (target->failures, 20), BACKOFF_MOST_US);
  notifier->statistics.failed++;
  if (target->failures++ == 0)
    gh_log (GH_LOG_NOTICE, "notifier", "a target cannot be reached; trying again", "target",
            target->address, "reason", reason, NULL);
  target->next_try_us = now_us + wait_us;
  if (now_us - delivery->since_us > notifier->options.maximum_age_us)
    give_up (target, delivery, reason);
  else
    g_queue_push_head (&target->waiting, delivery);
}

static void
take_outcome (GhNotifier *notifier, GhOutcomeInput *outcome)
{
  GhTarget *target = outcome->target;
  GhPendingDelivery *delivery = g_steal_pointer (&target->under_way);
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
      delivery_over (target, delivery);
    }
  else if (outcome->status == GH_DELIVERY_REFUSED)
    give_up (target, delivery, outcome->reason);
  else
    back_off (target, delivery, outcome->reason);
  g_free (outcome->reason);
  g_free (outcome);
}

/* Sends what is due; returns the monotonic time of the next try, G_MAXINT64 when nobody waits for
 * time. */
static gint64
pump (GhNotifier *notifier)
{
  const gint64 now_us = gh_clock_monotonic_us (notifier->service->clock);
  gint64 next_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer value;

  notifier->statistics.waiting = 0;
  g_hash_table_iter_init (&iter, notifier->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GhTarget *target = value;
      notifier->statistics.waiting += g_queue_get_length (&target->waiting)
                                      + (target->under_way != NULL);
      while (target->under_way == NULL && !g_queue_is_empty (&target->waiting)
             && target->next_try_us <= now_us)
        {
          GhFault fault = { 0 };
          GhPendingDelivery *delivery = target->under_way = g_queue_pop_head (&target->waiting);
          char identifier[48];
          g_snprintf (identifier, sizeof identifier, "ntf-%" G_GUINT64_FORMAT "-%u",
                      delivery->record->number, ++notifier->n_sent);
          const GhDirect direct = { .target = target->address,
                                    .from = notifier->own_id,
                                    .request_identifier = identifier,
                                    .body = delivery->body,
                                    .timeout_ms = notifier->options.timeout_ms };
          if (gh_notifier_send (notifier, &direct, delivered, target, &fault))
            break;
          target->under_way = NULL;
          back_off (target, delivery, fault.text);
        }
      if (target->under_way == NULL && !g_queue_is_empty (&target->waiting))
        next_us = MIN (next_us, target->next_try_us);
    }
  return next_us;
}

static void
tidied (const GhResponse *response, gpointer user_data)
{
  (void) response;
  push_input (user_data, GH_INPUT_TIDIED, NULL);
}

static void
tidy_cursors (GhNotifier *notifier, GhIntent *intent)
{
  GHashTableIter iter;
  gpointer value;
  intent->cursor_targets = g_ptr_array_new_with_free_func (g_free);
  intent->cursor_events = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_hash_table_iter_init (&iter, notifier->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GhTarget *target = value;
      const gboolean idle = target->under_way == NULL && g_queue_is_empty (&target->waiting);
      /* a cursor says more than the outbox itself only while an older event of another target is
       * left */
      guint64 cursor = target->done_event >= intent->events_below ? target->done_event : 0;
      if (cursor != target->stored_event)
        {
          g_ptr_array_add (intent->cursor_targets, g_strdup (target->address));
          g_array_append_val (intent->cursor_events, cursor);
          target->stored_event = cursor;
        }
      if (idle && cursor == 0)
        g_hash_table_iter_remove (&iter);
    }
}

static void
tidy (GhNotifier *notifier)
{
  if (notifier->tidying || (notifier->untidy == 0))
    return;
  GhIntent *intent = gh_intent_new (GH_INTENT_OUTBOX);
  intent->events_below = notifier->done_below;
  tidy_cursors (notifier, intent);
  intent->reply = tidied;
  intent->user_data = notifier;
  notifier->untidy = 0;
  notifier->tidying = TRUE;
  if (!gh_writer_push (notifier->service->writer, intent))
    {
      gh_intent_free (intent);
      notifier->tidying = FALSE;
    }
}

static gboolean
take_input (GhNotifier *notifier, GhInput *input)
{
  gboolean go_on = TRUE;
  if (input->kind == GH_INPUT_EVENT)
    expand (notifier, input->data);
  else if (input->kind == GH_INPUT_OUTCOME)
    take_outcome (notifier, input->data);
  else if (input->kind == GH_INPUT_TIDIED)
    notifier->tidying = FALSE;
  else
    go_on = input->kind != GH_INPUT_STOP;
  g_free (input);
  return go_on;
}

static gpointer
notifier_thread (gpointer data)
{
  GhNotifier *notifier = data;
  for (;;)
    {
      const gint64 next_us = pump (notifier);
      GhInput *input = g_async_queue_try_pop (notifier->inputs);
      if (input == NULL || notifier->untidy >= TIDY_EVENTS)
        tidy (notifier);
      if (input == NULL)
        {
          const gint64 wait_us = next_us == G_MAXINT64
                                   ? G_USEC_PER_SEC
                                   : CLAMP (next_us
                                              - gh_clock_monotonic_us (notifier->service->clock),
                                            1000, G_USEC_PER_SEC);
          input = g_async_queue_timeout_pop (notifier->inputs, (guint64) wait_us);
        }
      if (input != NULL && !take_input (notifier, input))
        {
          /* the writer stops later: what was delivered is not repeated at the next start */
          notifier->tidying = FALSE;
          tidy (notifier);
          return NULL;
        }
    }
}

static void
load_cursor (const char *target, guint64 event, gpointer user_data)
{
  GhNotifier *notifier = user_data;
  g_hash_table_insert (notifier->loaded_cursors, g_strdup (target),
                       g_memdup2 (&event, sizeof event));
}

/* The subscriptions of a resource as the store was found; of one in a subtree that has been deleted
 * and is not yet purged, too. Before the writer starts. */
static GhMembers *
found_subscriptions (GhNotifier *notifier, const char *subject)
{
  GhView view = gh_view_begin (notifier->service->tree);
  GhMembers *members = NULL;
  GhNode node;
  for (GhSlot *slot = gh_tree_lookup_slot (notifier->service->tree, subject);
       slot != NULL && members == NULL; slot = gh_tree_next_slot (notifier->service->tree, slot))
    if (gh_view_node (&view, slot, &node))
      members = gh_members_ref (node.subscriptions);
  gh_view_end (&view);
  return members;
}

/* By subject: the subscriptions that ended later, and the list of all as the events get it. */
typedef struct {
  GHashTable *ended, *lists;
} Restoring;

/* Adds a subscription that a row of the outbox holds, because it ended. */
static void
add_ended (const Restoring *restoring, const char *subject, const GhValue *representation)
{
  GhCompiled *compiled = compile_stored (representation, "m2m:sub");
  if (compiled == NULL || subject == NULL)
    return;
  const char *text = strchr (((GhSubscriptionResource *) compiled)->id, '-');
  const guint64 number = text != NULL ? g_ascii_strtoull (text + 1, NULL, 36) : 0;
  const GhMembers *list = g_hash_table_lookup (restoring->lists, subject);
  g_hash_table_replace (
    restoring->ended, g_strdup (subject),
    gh_members_with (g_hash_table_lookup (restoring->ended, subject), number, compiled));
  if (list != NULL)
    g_hash_table_replace (restoring->lists, g_strdup (subject),
                          gh_members_with (list, number, compiled));
  gh_compiled_unref (compiled);
}

/* The list of @subject's subscriptions at this point of the way back, shared by the events between
 * two ends, so that a long outbox is not copied for each. */
static GhMembers *
list_of (GhNotifier *notifier, const Restoring *restoring, const char *subject)
{
  GhMembers *list = g_hash_table_lookup (restoring->lists, subject);
  const GhMembers *later = g_hash_table_lookup (restoring->ended, subject);
  if (list != NULL)
    return gh_members_ref (list);
  list = found_subscriptions (notifier, subject);
  for (guint i = 0; later != NULL && i < later->n; i++)
    {
      GhMembers *more = gh_members_with (list, later->items[i].number, later->items[i].compiled);
      gh_members_unref (list);
      list = more;
    }
  if (list != NULL)
    g_hash_table_replace (restoring->lists, g_strdup (subject), gh_members_ref (list));
  return list;
}

static void
restore_event (GhNotifier *notifier, GhEvent *event, const Restoring *restoring)
{
  g_autoptr (GhArena) arena = gh_arena_new (event->body->length * 16 + 65536);
  GhFault fault = { 0 };
  GhValue value;
  if (!gh_json_parse (event->body->data, event->body->length, arena, &value, &fault))
    return;
  const char *subject = gh_value_text (gh_value_member (&value, "subject"));
  const GhValue *kind = gh_value_member (&value, "net"), *stored = gh_value_member (&value, "subs");
  if (kind != NULL && kind->integer == GH_EVENT_SUBSCRIPTION_ENDED)
    add_ended (restoring, subject, gh_value_member (&value, "rep"));
  for (guint i = 0; stored != NULL && i < stored->length; i++)
    add_ended (restoring, subject, gh_value_member (&stored->items[i], "rep"));
  if (subject == NULL || stored != NULL)
    return;
  event->subscriptions = list_of (notifier, restoring, subject);
}

/* Whom the events that the store held are for: the subscriptions that are there, and those that
 * ended later, of which later events tell. So the newest comes first. */
static void
restore_subscriptions (GhNotifier *notifier, GPtrArray *events)
{
  g_autoptr (GHashTable) ended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                        (GDestroyNotify) gh_members_unref);
  g_autoptr (GHashTable) lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                        (GDestroyNotify) gh_members_unref);
  const Restoring restoring = { ended, lists };
  for (guint i = events->len; i > 0; i--)
    restore_event (notifier, events->pdata[i - 1], &restoring);
}

gboolean
gh_notifier_start (GhNotifier *notifier, GPtrArray *events, GError **error)
{
  GhService *service = notifier->service;
  notifier->own_id = g_strdup_printf ("/%s", service->home.cse_id);
  if (!service->store_ops->load_cursors (service->store, load_cursor, notifier, error))
    return FALSE;
  if (events != NULL)
    restore_subscriptions (notifier, events);
  for (guint i = 0; events != NULL && i < events->len; i++)
    gh_notifier_push (notifier, gh_event_ref (events->pdata[i]));
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
  push_input (notifier, GH_INPUT_STOP, NULL);
  g_thread_join (g_steal_pointer (&notifier->thread));
}

void
gh_notifier_free (GhNotifier *notifier)
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
      g_free (input);
    }
  g_async_queue_unref (notifier->inputs);
  g_hash_table_unref (notifier->targets);
  g_hash_table_unref (notifier->loaded_cursors);
  g_array_unref (notifier->transports);
  g_queue_clear_full (&notifier->records, g_free);
  g_free (notifier->own_id);
  g_free (notifier);
}

void
gh_notifier_statistics (GhNotifier *notifier, GhNotifierStatistics *out)
{
  *out = notifier->statistics;
}
