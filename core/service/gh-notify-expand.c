/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-group-notify.h"
#include "service/gh-job.h"
#include "service/gh-notifier-private.h"
#include "service/gh-request-resource.h"
#include "service/gh-schedule-resource.h"
#include "service/gh-told.h"

/* Whom an event is for: what arrives, what the store still held, and the expansion in slices. */

/* One step between two looks at what else there is to do. */
#define SLICE_US 1000
/* Subscriptions between two looks at the clock. */
#define SLICE_CHECK 16

void
gh_notify_subject_free (gpointer data)
{
  GhSubject *subject = data;
  for (guint i = 0; i < subject->ended->len; i++)
    gh_compiled_unref (g_array_index (subject->ended, GhEnded, i).compiled);
  g_array_unref (subject->ended);
  gh_members_unref (subject->latest);
  g_free (subject);
}

static GhSubject *
subject_for (GhNotifier *notifier, guint64 number)
{
  GhSubject *subject = g_hash_table_lookup (notifier->subjects, &number);
  if (subject != NULL)
    return subject;
  subject = g_new0 (GhSubject, 1);
  subject->number = number;
  subject->ended = g_array_new (FALSE, FALSE, sizeof (GhEnded));
  g_hash_table_insert (notifier->subjects, &subject->number, subject);
  return subject;
}

static void
add_ended (GhSubject *subject, guint64 number, guint64 event, GhCompiled *compiled)
{
  const GhEnded ended = { number, event, gh_compiled_ref (compiled) };
  g_array_append_val (subject->ended, ended);
}

/* Both lists are in the order of creation: those that are in the older one alone have ended. */
static void
follow (GhSubject *subject, const GhEvent *event)
{
  GhMembers *before = subject->latest, *now = event->subscriptions;
  guint at = 0;
  if (before == now)
    return;
  for (guint i = 0; before != NULL && i < before->n; i++)
    {
      while (now != NULL && at < now->n && now->items[at].number < before->items[i].number)
        at++;
      if (now == NULL || at == now->n || now->items[at].number != before->items[i].number)
        add_ended (subject, before->items[i].number, event->number, before->items[i].compiled);
    }
  gh_members_unref (before);
  subject->latest = gh_members_ref (now);
}

void
gh_notify_take_event (GhNotifier *notifier, GhEvent *event)
{
  GhRecord *record = gh_notify_record_new (notifier, event);
  if (event->subject != 0)
    {
      GhSubject *subject = subject_for (notifier, event->subject);
      if (event->subscriptions != NULL)
        follow (subject, event);
      g_clear_pointer (&event->subscriptions, gh_members_unref);
      subject->n_waiting++;
      record->subject = subject;
    }
  g_queue_push_tail (&notifier->unexpanded, record);
}

/* The record needs its subject no more. */
static void
leave_subject (GhNotifier *notifier, GhRecord *record)
{
  GhSubject *subject = g_steal_pointer (&record->subject);
  guint gone = 0;
  if (subject == NULL)
    return;
  if (--subject->n_waiting == 0)
    {
      g_hash_table_remove (notifier->subjects, &subject->number);
      return;
    }
  while (gone < subject->ended->len
         && g_array_index (subject->ended, GhEnded, gone).event <= record->number + 1)
    gh_compiled_unref (g_array_index (subject->ended, GhEnded, gone++).compiled);
  if (gone > 0)
    g_array_remove_range (subject->ended, 0, gone);
}

gboolean
gh_notify_parse (GhNotifier *notifier, GhRecord *record)
{
  GhParsedEvent *parsed = &notifier->parsed;
  const GhBuffer *body = record->event->body;
  GhFault fault = { 0 };
  if (parsed->record == record)
    return parsed->readable;
  g_clear_pointer (&parsed->arena, gh_arena_free);
  parsed->arena = gh_arena_new (body->length * 16 + 65536);
  parsed->record = record;
  parsed->facts = (GhEventFacts){ 0 };
  parsed->readable = gh_json_parse (body->data, body->length, parsed->arena, &parsed->value,
                                    &fault);
  const GhValue *kind = parsed->readable ? gh_value_member (&parsed->value, "net") : NULL;
  if (kind != NULL && kind->integer < GH_EVENT_SUBSCRIPTION_ENDED)
    parsed->readable = gh_event_facts_from_value (&parsed->value, &parsed->facts, &fault);
  if (!parsed->readable)
    gh_log (GH_LOG_ERROR, "notifier", "an event of the outbox cannot be read", "reason", fault.text,
            NULL);
  return parsed->readable;
}

/* Whether the schedule of its node lets an AE be notified now. */
gboolean
gh_notify_is_reachable (const GhNotifier *notifier, const char *address)
{
  gboolean reachable = TRUE;
  GhNode ae;
  if (strstr (address, "://") != NULL)
    return TRUE;
  GhView view = gh_view_begin (notifier->service->tree);
  if (gh_find_local (notifier->service, &view, address, &ae) && ae.slot->type->number == GH_TYPE_AE)
    reachable = gh_schedule_reaches (notifier->service, &view, &ae);
  gh_view_end (&view);
  return reachable;
}

/* One of those that the row says are not to hear of an end. */
static gboolean
is_denied (const GhValue *denied, guint64 number)
{
  guint low = 0, high = denied->kind == GH_VALUE_LIST ? denied->length : 0;
  while (low < high)
    {
      const guint middle = (low + high) / 2;
      if (denied->items[middle].integer == (gint64) number)
        return TRUE;
      if (denied->items[middle].integer < (gint64) number)
        low = middle + 1;
      else
        high = middle;
    }
  return FALSE;
}

static gboolean
judge (const GhNotifier *notifier, const GhView *view, const GhSubscriptionResource *resource,
       const GhNode *subject)
{
  g_autoptr (GhArena) arena = gh_arena_new (GH_TOLD_ARENA);
  GhRequestFacts asking;
  return gh_told_asking (notifier->service, view, resource, arena, &asking)
         && gh_told_may_see (notifier->service, view, &asking, subject, &notifier->parsed.facts);
}

/* What a subscription tells is what its creator could retrieve now. With a subject that is gone
 * its policies are, too: then it hears what happened before. */
static gboolean
may_hear (GhNotifier *notifier, const GhSubscriptionResource *resource)
{
  GhExpansion *expansion = &notifier->expansion;
  const GhValue *event = &notifier->parsed.value, *denied = gh_value_member (event, "not");
  const char *id = gh_value_text (gh_value_member (event, "subject"));
  GhNode subject;
  if (denied != NULL)
    return !is_denied (denied, resource->number);
  if (resource->owner == NULL || id == NULL)
    return TRUE;
  GhView view = gh_view_begin (notifier->service->tree);
  const guint64 mark = gh_told_mark_of (&view, resource);
  if (expansion->judged == NULL || mark != expansion->mark
      || strcmp (expansion->judged, resource->owner) != 0)
    {
      g_free (expansion->judged);
      expansion->judged = g_strdup (resource->owner);
      expansion->mark = mark;
      expansion->permitted = !gh_view_find (&view, id, &subject)
                             || judge (notifier, &view, resource, &subject);
    }
  gh_view_end (&view);
  return expansion->permitted;
}

static void
expand_subscription (GhNotifier *notifier, GhRecord *record, GhCompiled *compiled)
{
  GhSubscriptionResource *resource = (GhSubscriptionResource *) compiled;
  const gboolean matches = gh_subscription_matches (resource->subscription, &notifier->parsed.facts)
                           && may_hear (notifier, resource);
  guint n;
  if (notifier->parsed.facts.type == GH_NET_DELETE)
    gh_notify_ended (notifier, resource, record, TRUE);
  if (matches && gh_subscription_keeps_back (resource->subscription))
    {
      gh_notify_hold (notifier, record, resource);
      return;
    }
  if (!matches || !gh_notify_is_open (notifier, resource)
      || gh_notify_spend (notifier, resource, 1) == 0)
    return;
  const GhNotificationTarget *targets = gh_subscription_get_targets (resource->subscription, &n);
  for (guint i = 0; i < n; i++)
    if (gh_notify_is_reachable (notifier, targets[i].address))
      {
        const GhNoteDraft draft = { .record = record,
                                    .resource = resource,
                                    .address = targets[i].address,
                                    .kind = GH_NOTE_EVENT };
        gh_notify_enqueue (notifier, &draft);
      }
}

/* A subscription that the row itself holds: its subject is gone, or it is itself what ended. */
static GhCompiled *
compile_stored (const GhValue *stored, const char *root_name)
{
  const GhValue *representation = gh_value_member (stored, "rep");
  GhFault fault = { 0 };
  const GhValue *attributes = gh_value_member (representation, root_name);
  const char *id = attributes != NULL ? gh_value_text (gh_value_member (attributes, "ri")) : NULL;
  GhSubscription *subscription = id != NULL ? gh_subscription_compile_value (attributes, &fault)
                                            : NULL;
  return subscription != NULL ? gh_subscription_resource_new (
           subscription, id, gh_value_text (gh_value_member (stored, "own")))
                              : NULL;
}

/* An event about a resource with targets of its own: a crossResourceSubscription that all its
 * subscriptions have notified (TS-0004 7.5.1.2.18), or the end of a subscription. */
static void
expand_own (GhNotifier *notifier, GhRecord *record, gint64 kind)
{
  const GhValue *event = &notifier->parsed.value;
  const GhValue *type = gh_value_member (event, "ty");
  const gboolean cross = type != NULL && type->integer == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION;
  guint n;
  g_autoptr (GhCompiled) compiled = compile_stored (event, cross ? "m2m:crs" : "m2m:sub");
  if (compiled == NULL)
    return;
  GhSubscriptionResource *resource = (GhSubscriptionResource *) compiled;
  const GhNotificationTarget *targets = gh_subscription_get_targets (resource->subscription, &n);
  const GhNotificationTarget *subscriber = gh_subscription_get_subscriber (resource->subscription);
  GhNoteDraft draft = { .record = record, .resource = resource, .kind = GH_NOTE_CROSS_RESOURCE };
  if (kind == GH_EVENT_SUBSCRIPTION_ENDED)
    {
      draft.kind = GH_NOTE_ENDED;
      gh_notify_ended (notifier, resource, record, FALSE);
      targets = subscriber;
      n = subscriber != NULL ? 1 : 0;
    }
  for (guint i = 0; i < n; i++)
    {
      draft.address = targets[i].address;
      gh_notify_enqueue (notifier, &draft);
    }
}

/* TS-0004 7.5.1.2.5: how a request ended, to those that asked to be told, as if its <request> were
 * a subscription. */
static void
expand_result (GhNotifier *notifier, GhRecord *record)
{
  const GhValue *attributes = gh_value_member (gh_value_member (&notifier->parsed.value, "rep"),
                                               "m2m:req");
  const char *id = gh_value_text (gh_value_member (attributes, "ri"));
  GhFault fault = { 0 };
  GhValue targets;
  const GhMember members[] = { { "nu", gh_request_result_targets (attributes, &targets) } };
  const GhValue like = { .kind = GH_VALUE_OBJECT, .length = 1, .members = members };
  GhSubscription *subscription = id != NULL ? gh_subscription_compile_value (&like, &fault) : NULL;
  if (subscription == NULL)
    {
      gh_log (GH_LOG_WARNING, "notifier", "nobody can be told of a result", "id", id, "reason",
              fault.text, NULL);
      return;
    }
  g_autoptr (GhCompiled) compiled = gh_subscription_resource_new (subscription, id, NULL);
  for (guint32 i = 0; i < members[0].value.length; i++)
    {
      const GhNoteDraft draft = { .record = record,
                                  .resource = (GhSubscriptionResource *) compiled,
                                  .address = gh_value_text (&members[0].value.items[i]),
                                  .kind = GH_NOTE_RESULT };
      gh_notify_enqueue (notifier, &draft);
    }
}

/* What a member has told a group: kept back until there is enough of it for the same address. */
static void
expand_group (GhNotifier *notifier, GhRecord *record)
{
  const GhValue *event = &notifier->parsed.value;
  const char *id = gh_value_text (gh_value_member (event, "subject"));
  GhFault fault = { 0 };
  GhNode group;
  GhView view = gh_view_begin (notifier->service->tree);
  const gboolean there = id != NULL && gh_view_find (&view, id, &group);
  g_autoptr (GhCompiled) compiled = gh_group_notify_compile (event, there ? group.resource : NULL,
                                                             &fault);
  gh_view_end (&view);
  if (compiled != NULL)
    gh_notify_hold (notifier, record, (GhSubscriptionResource *) compiled);
  else
    gh_log (GH_LOG_WARNING, "notifier", "a group cannot forward a notification", "id", id, "reason",
            fault.text, NULL);
}

/* Begins with the next record. FALSE: there is none. */
static gboolean
begin (GhNotifier *notifier)
{
  GhExpansion *expansion = &notifier->expansion;
  GhRecord *record = g_queue_pop_head (&notifier->unexpanded);
  if (record == NULL)
    return FALSE;
  *expansion = (GhExpansion){ .record = record };
  if (!gh_notify_parse (notifier, record))
    return TRUE;
  const GhValue *kind = gh_value_member (&notifier->parsed.value, "net");
  if (kind != NULL && kind->integer == GH_EVENT_RESULT)
    expand_result (notifier, record);
  else if (kind != NULL && kind->integer == GH_EVENT_GROUP)
    expand_group (notifier, record);
  else if (kind != NULL && kind->integer >= GH_EVENT_SUBSCRIPTION_ENDED)
    expand_own (notifier, record, kind->integer);
  else if (record->subject != NULL)
    {
      expansion->members = gh_members_ref (record->subject->latest);
      expansion->n_ended = record->subject->ended->len;
    }
  else if (record->event->subscriptions != NULL)
    expansion->members = gh_members_ref (record->event->subscriptions);
  else
    expansion->from_row = TRUE;
  return TRUE;
}

/* The next subscription of the list, of those that ended, or of the row. FALSE: that were all. */
static gboolean
expand_next (GhNotifier *notifier)
{
  GhExpansion *expansion = &notifier->expansion;
  GhRecord *record = expansion->record;
  const guint64 mark = record->event->mark;
  const guint n_members = expansion->members != NULL ? expansion->members->n : 0;
  const guint at = expansion->at++;
  if (at < n_members)
    {
      if (expansion->members->items[at].number <= mark)
        expand_subscription (notifier, record, expansion->members->items[at].compiled);
      return TRUE;
    }
  if (at - n_members < expansion->n_ended)
    {
      const GhEnded *ended = &g_array_index (record->subject->ended, GhEnded, at - n_members);
      if (ended->number <= mark && ended->event > record->number)
        expand_subscription (notifier, record, ended->compiled);
      return TRUE;
    }
  const GhValue *stored = expansion->from_row ? gh_value_member (&notifier->parsed.value, "subs")
                                              : NULL;
  if (stored == NULL || at >= stored->length)
    return FALSE;
  g_autoptr (GhCompiled) compiled = compile_stored (&stored->items[at], "m2m:sub");
  if (compiled != NULL)
    expand_subscription (notifier, record, compiled);
  return TRUE;
}

static void
finish (GhNotifier *notifier)
{
  GhRecord *record = notifier->expansion.record;
  g_clear_pointer (&notifier->expansion.members, gh_members_unref);
  g_clear_pointer (&record->event->subscriptions, gh_members_unref);
  g_clear_pointer (&notifier->expansion.judged, g_free);
  notifier->expansion.record = NULL;
  record->expanded = TRUE;
  leave_subject (notifier, record);
  gh_notify_record_done (notifier, record);
}

/* Half of all that may wait does, and is on its way to servers that answer, only not as fast as
 * things happen: the rest can wait as events, of which nothing is dropped for their number. What
 * waits for those that do not answer holds up nobody. */
static gboolean
is_held_up (const GhNotifier *notifier, gint *served)
{
  if (notifier->n_notes <= notifier->options.total_limit / 2)
    return FALSE;
  if (*served < 0)
    *served = (gint) gh_notify_gates_served (notifier);
  return notifier->ready.length + (guint) *served >= GH_NOTIFY_AHEAD;
}

gboolean
gh_notify_expand (GhNotifier *notifier)
{
  const gint64 until_us = g_get_monotonic_time () + SLICE_US;
  gint served = -1; /* not looked at in this slice */
  guint n = 0;
  for (;;)
    {
      if (is_held_up (notifier, &served))
        return FALSE;
      if (notifier->expansion.record == NULL && !begin (notifier))
        return FALSE;
      /* read again when what was sent meanwhile has needed the text of another event */
      if (!gh_notify_parse (notifier, notifier->expansion.record) || !expand_next (notifier))
        finish (notifier);
      if (++n % SLICE_CHECK == 0 && g_get_monotonic_time () >= until_us)
        return TRUE;
    }
}

gboolean
gh_notify_forget_event (GhNotifier *notifier)
{
  GhRecord *record = g_queue_pop_head (&notifier->unexpanded);
  if (record == NULL)
    return FALSE;
  leave_subject (notifier, record);
  gh_notify_record_done (notifier, record);
  return TRUE;
}

void
gh_notify_expansion_clear (GhNotifier *notifier)
{
  g_clear_pointer (&notifier->expansion.members, gh_members_unref);
  g_clear_pointer (&notifier->expansion.judged, g_free);
  g_clear_pointer (&notifier->parsed.arena, gh_arena_free);
  g_queue_clear (&notifier->unexpanded);
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

typedef struct {
  GhNotifier *notifier;
  GHashTable *numbers; /* identifier of a subject -> its number */
  GHashTable *ended;   /* numbers of subscriptions */
  guint64 unknown;     /* stands for the number of one that is not there any more */
} Restoring;

static GhSubject *
restored_subject (Restoring *restoring, const char *id, guint64 number)
{
  const guint64 *known = g_hash_table_lookup (restoring->numbers, id);
  if (known != NULL)
    return subject_for (restoring->notifier, *known);
  const GhSlot *slot = gh_tree_lookup_slot (restoring->notifier->service->tree, id);
  if (number == 0)
    number = slot != NULL ? slot->number : restoring->unknown--;
  g_hash_table_insert (restoring->numbers, g_strdup (id), g_memdup2 (&number, sizeof number));
  GhSubject *subject = subject_for (restoring->notifier, number);
  subject->latest = found_subscriptions (restoring->notifier, id);
  return subject;
}

static gboolean
is_member (const GhMembers *members, guint64 number)
{
  guint low = 0, high = members != NULL ? members->n : 0;
  while (low < high)
    {
      const guint middle = (low + high) / 2;
      if (members->items[middle].number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return members != NULL && low < members->n && members->items[low].number == number;
}

/* One that a row of the outbox holds, because it ended with that event. */
static void
restore_ended (Restoring *restoring, GhSubject *subject, const GhValue *stored, guint64 event)
{
  g_autoptr (GhCompiled) compiled = compile_stored (stored, "m2m:sub");
  const guint64 number = compiled != NULL ? ((GhSubscriptionResource *) compiled)->number : 0;
  GhMembers *latest = subject->latest;
  /* the row about its subject comes first, and both may be there */
  if (compiled == NULL || !g_hash_table_add (restoring->ended, g_memdup2 (&number, sizeof number)))
    return;
  add_ended (subject, number, event, compiled);
  if (!is_member (latest, number))
    return;
  subject->latest = gh_members_without (latest, number);
  gh_members_unref (latest);
}

static void
restore_event (Restoring *restoring, GhEvent *event)
{
  GhNotifier *notifier = restoring->notifier;
  GhRecord *record = gh_notify_record_new (notifier, gh_event_ref (event));
  const GhValue *value = &notifier->parsed.value;
  g_queue_push_tail (&notifier->unexpanded, record);
  if (!gh_notify_parse (notifier, record))
    return;
  const char *id = gh_value_text (gh_value_member (value, "subject"));
  const GhValue *kind = gh_value_member (value, "net"), *stored = gh_value_member (value, "subs");
  if (id == NULL || kind == NULL || kind->integer == GH_EVENT_CROSS_RESOURCE
      || kind->integer == GH_EVENT_RESULT || kind->integer == GH_EVENT_GROUP)
    return;
  GhSubject *subject = restored_subject (restoring, id, event->subject);
  if (kind->integer == GH_EVENT_SUBSCRIPTION_ENDED)
    restore_ended (restoring, subject, value, event->number);
  for (guint i = 0; kind->integer == GH_EVENT_DELETE && stored != NULL && i < stored->length; i++)
    restore_ended (restoring, subject, &stored->items[i], event->number);
  if (stored != NULL || kind->integer == GH_EVENT_SUBSCRIPTION_ENDED)
    return;
  subject->n_waiting++;
  record->subject = subject;
}

static gboolean
is_unused (gpointer key, gpointer value, gpointer user_data)
{
  (void) key;
  (void) user_data;
  return ((const GhSubject *) value)->n_waiting == 0;
}

/* Whom the events that the store held are for: the subscriptions that are there, and those that
 * ended later, of which later events tell. */
void
gh_notify_restore (GhNotifier *notifier, GPtrArray *events)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) ended = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Restoring restoring = { notifier, numbers, ended, G_MAXUINT64 };
  for (guint i = 0; i < events->len; i++)
    restore_event (&restoring, events->pdata[i]);
  g_hash_table_foreach_remove (notifier->subjects, is_unused, NULL);
}
