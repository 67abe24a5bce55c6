/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "primitive/gh-json-reader.h"
#include "service/gh-blocking.h"
#include "service/gh-job.h"
#include "service/gh-notifier.h"
#include "service/gh-told.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-leave.h"
#include "write/gh-effect.h"
#include "write/gh-retained.h"

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  const GhService *service = host;
  GhSubscription *subscription = gh_subscription_compile (resource, fault);
  if (subscription == NULL)
    return FALSE;
  if (service != NULL && gh_subscription_is_blocking (subscription))
    gh_blocking_found (service->blocking);
  if (service != NULL && gh_subscription_is_monitor (subscription))
    g_atomic_int_set (&((GhService *) host)->monitors, 1);
  *out = gh_subscription_resource_new (subscription, resource->identity.resource_id,
                                       resource->identity.owner);
  return TRUE;
}

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

/* TS-0004 7.4.8.2.1: a batchNotify without a duration gets the default written down. */
static gboolean
fill_in_duration (GhChange *change, GhFault *fault)
{
  const GhValue *batch = gh_draft_get (change->draft, "bn");
  const GhValue *number = batch != NULL && batch->kind == GH_VALUE_OBJECT
                            ? gh_value_member (batch, "num")
                            : NULL;
  if (number == NULL || gh_value_member (batch, "dur") != NULL)
    return TRUE;
  GhMember *members = gh_arena_new_array (change->arena, GhMember, 2);
  const char *duration = gh_arena_printf (change->arena, "PT%dS", GH_SUBSCRIPTION_BATCH_S);
  if (members == NULL || duration == NULL)
    return no_room (fault);
  members[0] = (GhMember){ .name = "num", .value = *number };
  members[1] = (GhMember){ .name = "dur", .value = gh_value_string (duration, strlen (duration)) };
  const GhValue filled = { .kind = GH_VALUE_OBJECT, .length = 2, .members = members };
  return gh_draft_set (change->draft, change->arena, "bn", filled) || no_room (fault);
}

/* TS-0004 7.4.8.2.1: the default of notificationContentType is written down, and so is the creator
 * when somebody else is notified. */
static gboolean
fill_in (GhChange *change, const GhSubscription *subscription, GhFault *fault)
{
  guint n;
  const char *originator = change->intent->originator;
  const GhNotificationTarget *targets = gh_subscription_get_targets (subscription, &n);
  const gint type = gh_subscription_get_content_type (subscription);
  if (gh_draft_get (change->draft, "nct") == NULL
      && !gh_draft_set (change->draft, change->arena, "nct", gh_value_integer (type)))
    return no_room (fault);
  for (guint i = 0; i < n; i++)
    if (strcmp (targets[i].address, originator) != 0)
      return gh_draft_set (change->draft, change->arena, "cr",
                           gh_value_string (originator, strlen (originator)))
             || no_room (fault);
  return TRUE;
}

/* TS-0004 7.4.8.2.1: one for each resource */
static gboolean
is_first_blocking (const GhChange *change, const GhSubscription *subscription, GhFault *fault)
{
  return !gh_subscription_is_blocking (subscription) || !gh_blocking_has (&change->node)
         || gh_fault_set (fault, GH_ERROR_BLOCKING_EXISTS,
                          "enc.net: %s has a blocking subscription already",
                          change->node.slot->name);
}

static gboolean
keeps_past (const GhChange *change, const GhSubscription *subscription, GhFault *fault)
{
  return gh_subscription_get_past_events (subscription) == 0 || gh_effect_retains (change->writer)
         || gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED,
                          "psn: this CSE is configured to keep no past events");
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  g_autoptr (GhSubscription) subscription = gh_subscription_compile_draft (
    change->draft, change->intent->originator, fault);
  return subscription != NULL
         && gh_subscription_check_subject (subscription, change->node.slot->type, fault)
         && is_first_blocking (change, subscription, fault)
         && keeps_past (change, subscription, fault) && fill_in (change, subscription, fault)
         && fill_in_duration (change, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  g_autoptr (GhResource) updated = gh_resource_updated (
    change->node.resource, change->draft, change->now_us, change->identity.expiration_us);
  g_autoptr (GhSubscription) subscription = gh_subscription_compile (updated, fault);
  if (subscription != NULL && gh_subscription_is_blocking (subscription)
      && gh_draft_get (change->draft, "enc") != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "enc.net: 7 (blocking update) is not to be had by an update");
  return subscription != NULL
         && gh_subscription_check_subject (subscription, change->node.slot->parent->type, fault)
         && fill_in_duration (change, fault);
}

typedef struct {
  const GhEffect *effect;
  GhView view;
  GhNode parent;
  gboolean moved; /* acpi of the parent was another one before the events that come now */
} Past;

static const GhValue *
attributes_of (const GhEventFacts *facts)
{
  return &facts->representation->members[0].value;
}

/* Instances have the policies of what holds them. FALSE: those of then are not known any more. */
static gboolean
policies_of_then (const Past *past, const GhEventFacts *facts, const GhPastEvent *event,
                  GhPastAccess *out)
{
  const GhType *type = gh_type_by_number (facts->resource_type);
  const gboolean instance = type != NULL && type->instance;
  const gboolean child = facts->type != GH_NET_UPDATE && !instance;
  const GhResource *parent = past->parent.resource;
  *out = (GhPastAccess){ .acpi = instance ? gh_resource_get (parent, "acpi")
                                          : gh_value_member (attributes_of (facts), "acpi"),
                         .owner = child ? facts->owner : parent->identity.owner,
                         .type = facts->resource_type,
                         .moment_us = event->moment_us,
                         .before = event->sequence };
  return !instance || (!past->moved && !gh_resource_get_boolean (parent, "disr", FALSE));
}

/* Who subscribes now may not have been permitted to see what was then. */
static gboolean
may_see (const Past *past, const GhEventFacts *facts, const GhPastEvent *event)
{
  const GhService *service = past->effect->host;
  const GhRequestFacts *asking = past->effect->facts;
  GhPastAccess access;
  if (asking == NULL || !policies_of_then (past, facts, event, &access)
      || !gh_authorize_past (service, &past->view, asking, &access))
    return FALSE;
  return gh_told_may_see (service, &past->view, asking, &past->parent, facts);
}

static gboolean
moves_policies (const GhEventFacts *facts)
{
  const GhValue *list = facts->modified;
  for (guint32 i = 0; facts->type == GH_NET_UPDATE && list != NULL && i < list->length; i++)
    if (g_strcmp0 (gh_value_text (&list->items[i]), "acpi") == 0)
      return TRUE;
  return FALSE;
}

/* That the subscription itself was created is no event of before. */
static gboolean
tells_of (const GhEventFacts *facts, const char *id)
{
  return g_strcmp0 (gh_value_text (gh_value_member (attributes_of (facts), "ri")), id) == 0;
}

/* An event of before, read. NULL: it cannot be read, or is none that is asked for, or that may be
 * seen. (transfer full) */
static GhArena *
read_wanted (Past *past, const GhPastEvent *event, GhValue *out)
{
  const GhSubscriptionResource *resource =
    (const GhSubscriptionResource *) past->effect->node.compiled;
  const GhBuffer *body = event->body;
  g_autoptr (GhArena) arena = gh_arena_new (body->length * 16 + 65536);
  GhFault fault = { 0 };
  GhEventFacts facts;
  if (!gh_json_parse (body->data, body->length, arena, out, &fault)
      || !gh_event_facts_from_value (out, &facts, &fault))
    return NULL;
  const gboolean wanted = gh_subscription_matches (resource->subscription, &facts)
                          && !tells_of (&facts, resource->id) && may_see (past, &facts, event);
  past->moved |= moves_policies (&facts);
  return wanted ? g_steal_pointer (&arena) : NULL;
}

/* TS-0001 10.2.10.7: those events of before that it asks for, the newest that are kept, in their
 * order. */
static gboolean
tell_past (const GhEffect *effect, GError **error)
{
  const GhSubscriptionResource *resource = (const GhSubscriptionResource *) effect->node.compiled;
  Past past = { .effect = effect, .view = gh_effect_view (effect->writer) };
  guint wanted = gh_subscription_get_past_events (resource->subscription);
  if (wanted == 0 || !gh_view_find (&past.view, effect->parent.slot->id, &past.parent))
    return TRUE;
  g_autoptr (GPtrArray) events = gh_effect_retained (effect->writer, &past.parent);
  g_autoptr (GPtrArray) arenas = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_arena_free);
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (GhValue));
  for (guint i = events->len; i > 0 && wanted > 0; i--)
    {
      GhValue value;
      GhArena *arena = read_wanted (&past, events->pdata[i - 1], &value);
      if (arena == NULL)
        continue;
      g_ptr_array_add (arenas, arena);
      g_array_append_val (values, value);
      wanted--;
    }
  for (guint i = values->len; i > 0; i--)
    if (!gh_effect_repeat (effect->writer, &past.parent, effect->node.slot->number,
                           &g_array_index (values, GhValue, i - 1), error))
      return FALSE;
  return TRUE;
}

/* What it is told later is judged by what its creator is now, who is not asked again. */
static void
keep_proof (const GhEffect *effect)
{
  const guint64 mark = effect->facts != NULL ? gh_told_mark (effect->facts) : 0;
  if (mark != 0)
    gh_effect_set_state (effect->writer, &effect->node, gh_compiled_ref (effect->node.compiled),
                         mark);
}

/* TS-0004 7.5.1.2.4: a crossResourceSubscription that has lost one of its subscriptions goes too.
 */
static gboolean
after (const GhEffect *effect, GError **error)
{
  g_autoptr (GhResource) kept = gh_resource_ref (effect->node.resource);
  const GhValue *associated = gh_resource_get (kept, "acrs");
  const GhService *service = effect->host;
  if (effect->kind == GH_EFFECT_UPDATED && service->notifier != NULL)
    gh_notifier_subscription_changed (service->notifier, effect->node.slot->number);
  if (effect->kind == GH_EFFECT_CREATED)
    {
      keep_proof (effect);
      return tell_past (effect, error);
    }
  if (effect->kind != GH_EFFECT_DELETED)
    return TRUE;
  for (guint i = 0; associated != NULL && i < associated->length; i++)
    {
      const GhView view = gh_effect_view (effect->writer);
      GhNode node;
      if (gh_find_local (effect->host, &view, associated->items[i].text, &node)
          && node.slot->type->number == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION
          && !gh_effect_delete (effect->writer, &node, effect->originator, error))
        return FALSE;
    }
  return TRUE;
}

const GhBehaviour gh_behaviour_subscription = {
  .type = GH_TYPE_SUBSCRIPTION,
  .check_create = check_create,
  .check_update = check_update,
  .leave = gh_leave_notification_targets,
  .compile = compile,
  .after = after,
};
