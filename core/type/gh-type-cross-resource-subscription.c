/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "service/gh-cross-resource.h"
#include "service/gh-job.h"
#include "service/gh-subscription.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-leave.h"
#include "type/gh-type-rules.h"
#include "write/gh-effect.h"

static gboolean
no_room (GhFault *fault)
{
  return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
failed (GhFault *fault, const char *name, const char *address, const GhFault *why)
{
  return gh_fault_set (fault, GH_ERROR_CROSS_RESOURCE, "%s: %s: %s", name, address,
                       why->set ? why->text : "not a resource of this CSE");
}

static GhValue
list_of (GhArena *arena, const char *text)
{
  GhValue *item = gh_arena_new_array (arena, GhValue, 1);
  if (item != NULL)
    *item = gh_value_string (text, strlen (text));
  return (GhValue){ .kind = GH_VALUE_LIST, .length = item != NULL, .items = item };
}

/* What the criteria of the target at @at are: its own, or the one for all. */
static const GhValue *
criteria_at (const GhValue *set, guint at)
{
  const GhValue *entries = set != NULL ? gh_value_member (set, "encn") : NULL;
  if (entries == NULL || entries->length == 0)
    return NULL;
  return &entries->items[entries->length == 1 ? 0 : at];
}

/* The subscription that is made below a target (TS-0004 7.4.58.2.1 c). */
static gboolean
make_subscription (GhArena *arena, const char *id, const GhValue *criteria, const GhValue *category,
                   GhDraft *out)
{
  const GhValue self = list_of (arena, id);
  *out = (GhDraft){ .type = gh_type_by_number (GH_TYPE_SUBSCRIPTION) };
  return self.length == 1 && gh_draft_set (out, arena, "nu", self)
         && gh_draft_set (out, arena, "acrs", self)
         && gh_draft_set (out, arena, "nct", gh_value_integer (1))
         && (criteria == NULL || gh_draft_set (out, arena, "enc", *criteria))
         && (category == NULL || gh_draft_set (out, arena, "nec", *category));
}

/* As if the originator created the subscription itself. */
static gboolean
check_regular (const GhChange *change, const char *address, const GhDraft *draft, GhFault *fault)
{
  GhService *service = change->host;
  GhFault why = { 0 };
  GhNode node;
  GhAccessQuestion question = { .node = &node,
                                .operation = GH_ACOP_CREATE,
                                .created_type = GH_TYPE_SUBSCRIPTION };
  if (!gh_find_local (service, &change->view, address, &node))
    return failed (fault, "rrat", address, &why);
  gboolean good = gh_authorize (service, &change->view, &change->intent->facts, &question, &why);
  question.operation = GH_ACOP_RETRIEVE;
  question.created_type = 0;
  good = good && gh_authorize (service, &change->view, &change->intent->facts, &question, &why);
  if (good)
    {
      g_autoptr (GhSubscription) subscription = gh_subscription_compile_draft (
        draft, change->intent->originator, &why);
      good = subscription != NULL
             && gh_subscription_check_subject (subscription, node.slot->type, &why);
    }
  return good || failed (fault, "rrat", address, &why);
}

static gboolean
check_regular_targets (const GhChange *change, GhFault *fault)
{
  const GhValue *targets = gh_draft_get (change->draft, "rrat");
  const GhValue *set = gh_draft_get (change->draft, "encs");
  const GhValue *entries = set != NULL ? gh_value_member (set, "encn") : NULL;
  const guint n = entries != NULL ? entries->length : 0;
  if (targets == NULL)
    return TRUE;
  if (n != 1 && n != targets->length)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "encs: expected one entry, or one for each of the %u in rrat",
                         targets->length);
  for (guint i = 0; i < targets->length; i++)
    {
      GhDraft draft;
      if (!make_subscription (change->arena, change->identity.resource_id, criteria_at (set, i),
                              gh_draft_get (change->draft, "nec"), &draft))
        return no_room (fault);
      if (!check_regular (change, targets->items[i].text, &draft, fault))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_subscription_targets (const GhChange *change, GhFault *fault)
{
  GhService *service = change->host;
  const GhValue *targets = gh_draft_get (change->draft, "srat");
  for (guint i = 0; targets != NULL && i < targets->length; i++)
    {
      GhFault why = { 0 };
      GhNode node;
      const GhAccessQuestion question = { .node = &node, .operation = GH_ACOP_UPDATE };
      const char *address = targets->items[i].text;
      if (!gh_find_local (service, &change->view, address, &node)
          || node.slot->type->number != GH_TYPE_SUBSCRIPTION
          || !gh_authorize (service, &change->view, &change->intent->facts, &question, &why))
        return failed (fault, "srat", address, &why);
      const GhValue *notified = gh_resource_get (node.resource, "nu");
      if (notified != NULL && notified->length >= GH_SUBSCRIPTION_MAX_TARGETS)
        gh_fault_set (&why, GH_ERROR_BAD_REQUEST, "it has no room for another target");
      if (why.set)
        return failed (fault, "srat", address, &why);
    }
  return TRUE;
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  if (gh_draft_get (change->draft, "rrat") == NULL && gh_draft_get (change->draft, "srat") == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rrat: neither regular resources nor subscriptions (srat) are named");
  g_autoptr (GhSubscription) subscription = gh_subscription_compile_draft (
    change->draft, change->intent->originator, fault);
  return subscription != NULL && check_regular_targets (change, fault)
         && check_subscription_targets (change, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  g_autoptr (GhResource) updated = gh_resource_updated (
    change->node.resource, change->draft, change->now_us, change->identity.expiration_us);
  g_autoptr (GhSubscription) subscription = gh_subscription_compile (updated, fault);
  return subscription != NULL;
}

/* @list with @id, or without it; NULL value: nothing is left. */
static GhValue
changed_list (GhArena *arena, const GhValue *list, const char *id, gboolean with)
{
  const guint n = list != NULL ? list->length : 0;
  GhValue *items = gh_arena_new_array (arena, GhValue, n + 1);
  guint kept = 0;
  for (guint i = 0; items != NULL && i < n; i++)
    if (strcmp (list->items[i].text, id) != 0)
      items[kept++] = list->items[i];
  if (items != NULL && with)
    items[kept++] = gh_value_string (id, strlen (id));
  return kept > 0 ? (GhValue){ .kind = GH_VALUE_LIST, .length = kept, .items = items }
                  : (GhValue){ .kind = GH_VALUE_NULL };
}

/* Puts the crossResourceSubscription @id into a subscription, or takes it out; one that has nobody
 * else to tell goes. */
static gboolean
associate (const GhEffect *effect, const char *address, gboolean with, GError **error)
{
  const char *id = effect->node.slot->id;
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  const GhView view = gh_effect_view (effect->writer);
  GhNode node;
  if (!gh_find_local (effect->host, &view, address, &node)
      || node.slot->type->number != GH_TYPE_SUBSCRIPTION)
    return TRUE;
  GhDraft draft = { .type = node.slot->type };
  const GhValue targets = changed_list (arena, gh_resource_get (node.resource, "nu"), id, with);
  const GhValue associated = changed_list (arena, gh_resource_get (node.resource, "acrs"), id,
                                           with);
  if (targets.kind == GH_VALUE_NULL)
    return gh_effect_delete (effect->writer, &node, effect->originator, error);
  if (!gh_draft_set (&draft, arena, "nu", targets)
      || !gh_draft_set (&draft, arena, "acrs", associated))
    return TRUE;
  return gh_effect_update (effect->writer, &node, &draft, effect->originator, error);
}

static gboolean
create_subscriptions (const GhEffect *effect, GhArena *arena, GhValue *out, GError **error)
{
  const GhService *service = effect->host;
  const GhResource *resource = effect->node.resource;
  const GhValue *targets = gh_resource_get (resource, "rrat");
  GhValue *made = gh_arena_new_array (arena, GhValue, targets->length);
  for (guint i = 0; made != NULL && i < targets->length; i++)
    {
      const GhView view = gh_effect_view (effect->writer);
      GhNode target, subscription;
      GhDraft draft;
      if (!gh_find_local (service, &view, targets->items[i].text, &target)
          || !make_subscription (arena, effect->node.slot->id,
                                 criteria_at (gh_resource_get (resource, "encs"), i),
                                 gh_resource_get (resource, "nec"), &draft))
        continue;
      if (!gh_effect_create (effect->writer, &target, &draft, effect->originator, &subscription,
                             error))
        return FALSE;
      const char *address = gh_arena_printf (arena, "/%s/%s", service->options.cse_id,
                                             subscription.slot->id);
      if (address != NULL)
        made[i] = gh_value_string (address, strlen (address));
    }
  *out = (GhValue){ .kind = GH_VALUE_LIST, .length = targets->length, .items = made };
  return TRUE;
}

static gboolean
created (const GhEffect *effect, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 20);
  const GhResource *resource = effect->node.resource;
  const GhValue *subscriptions = gh_resource_get (resource, "srat");
  GhDraft draft = { .type = effect->node.slot->type };
  GhValue made;
  for (guint i = 0; subscriptions != NULL && i < subscriptions->length; i++)
    if (!associate (effect, subscriptions->items[i].text, TRUE, error))
      return FALSE;
  if (gh_resource_get (resource, "rrat") == NULL)
    return TRUE;
  if (!create_subscriptions (effect, arena, &made, error))
    return FALSE;
  return !gh_draft_set (&draft, arena, "rrats", made)
         || gh_effect_update (effect->writer, &effect->node, &draft, effect->originator, error);
}

/* TS-0004 7.4.58.2.4: what was made for it goes with it, and its subscriber is told. */
static gboolean
deleted (const GhEffect *effect, GError **error)
{
  const GhResource *resource = effect->node.resource;
  const GhValue *own = gh_resource_get (resource, "rrats");
  const GhValue *others = gh_resource_get (resource, "srat");
  for (guint i = 0; own != NULL && i < own->length; i++)
    {
      const GhView view = gh_effect_view (effect->writer);
      GhNode node;
      if (gh_find_local (effect->host, &view, own->items[i].text, &node)
          && !gh_effect_delete (effect->writer, &node, effect->originator, error))
        return FALSE;
    }
  for (guint i = 0; others != NULL && i < others->length; i++)
    if (!associate (effect, others->items[i].text, FALSE, error))
      return FALSE;
  return gh_effect_notify_ended (effect->writer, resource, error);
}

static gboolean
after (const GhEffect *effect, GError **error)
{
  g_autoptr (GhResource) kept = gh_resource_ref (effect->node.resource);
  GhEffect own = *effect;
  own.node.resource = kept;
  if (effect->kind == GH_EFFECT_CREATED)
    return created (&own, error);
  return effect->kind != GH_EFFECT_DELETED || deleted (&own, error);
}

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  *out = gh_cross_resource_compile (host, resource, fault);
  return *out != NULL;
}

const GhBehaviour gh_behaviour_cross_resource_subscription = {
  .type = GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION,
  .check_create = check_create,
  .check_update = check_update,
  .leave = gh_leave_notification_targets,
  .compile = compile,
  .after = after,
};
