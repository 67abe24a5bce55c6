/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-self-reference.h"

#include <string.h>

#include "access/gh-schedule.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-job.h"
#include "service/gh-notifier.h"

/* m2m:logicalOperator */
#define OPERATOR_AND 1
#define OPERATOR_OR  2

static gboolean
list_names (const GhService *service, const GhValue *list, const GhOriginator *target)
{
  for (guint i = 0; list != NULL && i < list->length; i++)
    if (gh_originator_is (target, list->items[i].text, &service->home))
      return TRUE;
  return FALSE;
}

gboolean
gh_self_reference_is_target (const GhService *service, const GhNode *subscription,
                             const GhOriginator *target)
{
  return list_names (service, gh_resource_get (subscription->resource, "nu"), target);
}

static gboolean
is_in_force (const GhService *service, const GhNode *node, gint type)
{
  return node->slot->type->number == type
         && node->resource->identity.expiration_us > gh_clock_wall_us (service->clock);
}

static gboolean
find_referenced (const GhService *service, const GhView *view, const GhNode *subscription,
                 const GhOriginator *target, GhNode *out)
{
  const GhChildren *children = subscription->children;
  for (guint i = 0; children != NULL && i < children->n; i++)
    {
      GhNode reference;
      if (!gh_view_node (view, children->items[i], &reference)
          || !is_in_force (service, &reference, GH_TYPE_NOTIFICATION_TARGET_POLICY_REF)
          || !list_names (service, gh_resource_get (reference.resource, "ntu"), target))
        continue;
      const char *policy = gh_resource_get_text (reference.resource, "npi");
      return policy != NULL && gh_find_local (service, view, policy, out)
             && is_in_force (service, out, GH_TYPE_NOTIFICATION_TARGET_POLICY);
    }
  return FALSE;
}

static gboolean
find_default (const GhService *service, const GhView *view, const GhOriginator *target, GhNode *out)
{
  GhNode root, policy;
  gboolean found = FALSE;
  if (!gh_view_find (view, service->root_id, &root))
    return FALSE;
  for (guint i = 0; root.children != NULL && i < root.children->n; i++)
    {
      if (!gh_view_node (view, root.children->items[i], &policy)
          || !is_in_force (service, &policy, GH_TYPE_NOTIFICATION_TARGET_POLICY)
          || g_strcmp0 (gh_resource_get_text (policy.resource, "plbl"), "Default") != 0)
        continue;
      const char *creator = gh_resource_get_text (policy.resource, "cr");
      const gboolean own = creator != NULL && gh_originator_is (target, creator, &service->home);
      if (!found || own)
        *out = policy;
      found = TRUE;
      if (own)
        break;
    }
  return found;
}

/* One context after another, until the answer cannot change any more. */
typedef struct {
  gboolean conjunction;
  guint n, n_true;
} Tally;

static void
tally (Tally *tally, gboolean holds)
{
  tally->n++;
  tally->n_true += holds;
}

static gboolean
tally_result (const Tally *tally)
{
  return tally->n == 0 || (tally->conjunction ? tally->n_true == tally->n : tally->n_true > 0);
}

/* Where a target is, is not known here: a rule about it does not hold. */
static gboolean
rules_hold (const GhNode *rules, gint64 now_us)
{
  const GhValue *contexts = gh_resource_get (rules->resource, "dr");
  const GhValue *times = contexts != NULL ? gh_value_member (contexts, "tod") : NULL;
  const GhValue *regions = contexts != NULL ? gh_value_member (contexts, "lr") : NULL;
  Tally result = { .conjunction = gh_resource_get_integer (rules->resource, "drr", OPERATOR_OR)
                                  == OPERATOR_AND };
  GhCivilTime now;
  gh_civil_time (now_us, &now);
  for (guint i = 0; times != NULL && i < times->length; i++)
    {
      GhSchedule schedule;
      tally (&result, gh_schedule_parse (times->items[i].text, &schedule, NULL)
                        && gh_schedule_matches (&schedule, &now));
    }
  for (guint i = 0; regions != NULL && i < regions->length; i++)
    tally (&result, FALSE);
  return tally_result (&result);
}

static gboolean
policy_holds (const GhService *service, const GhView *view, const GhNode *policy)
{
  const GhChildren *children = policy->children;
  /* with several groups of rules and no word about how they go together: all of them */
  Tally result = { .conjunction = gh_resource_get_integer (policy->resource, "rrs", OPERATOR_AND)
                                  == OPERATOR_AND };
  for (guint i = 0; children != NULL && i < children->n; i++)
    {
      GhNode rules;
      if (gh_view_node (view, children->items[i], &rules)
          && is_in_force (service, &rules, GH_TYPE_POLICY_DELETION_RULES))
        tally (&result, rules_hold (&rules, gh_clock_wall_us (service->clock)));
    }
  return tally_result (&result);
}

GhLeaveAction
gh_self_reference_judge (const GhService *service, const GhView *view, const GhNode *subscription,
                         const GhOriginator *target)
{
  GhNode policy;
  if (!find_referenced (service, view, subscription, target, &policy)
      && !find_default (service, view, target, &policy))
    return GH_LEAVE_ACCEPT;
  if (!policy_holds (service, view, &policy))
    return GH_LEAVE_REJECT;
  return (GhLeaveAction) gh_resource_get_integer (policy.resource, "acn", GH_LEAVE_ACCEPT);
}

void
gh_leave_free (GhLeave *leave)
{
  g_free (leave->creator);
  g_free (leave->subscription);
  g_free (leave);
}

/* Waits for the creator's answer. */
typedef struct {
  GhService *service;
  GhIntent *intent;
} Question;

static gboolean
allows (const GhDeliveryResult *result)
{
  GhValue root;
  g_autoptr (GhArena) arena = gh_arena_new (16384);
  if (result->status != GH_DELIVERY_DONE || result->rsc / 1000 != 2 || result->body == NULL
      || !gh_json_parse (result->body, result->body_length, arena, &root, NULL))
    return FALSE;
  const GhValue *notification = gh_value_member (&root, "m2m:sgn");
  const GhValue *allowance = notification != NULL ? gh_value_member (notification, "tra") : NULL;
  return allowance != NULL && allowance->kind == GH_VALUE_BOOLEAN && allowance->boolean;
}

static void
refuse (GhService *service, GhIntent *intent)
{
  gh_fault_set (&intent->outcome.fault, GH_ERROR_NO_PRIVILEGE,
                "the creator of the subscription does not let the target leave");
  gh_service_answer (service, intent);
}

static void
answered (const GhDeliveryResult *result, gpointer user_data)
{
  Question *question = user_data;
  if (allows (result))
    gh_service_submit (question->service, question->intent);
  else
    refuse (question->service, question->intent);
  g_free (question);
}

static void
told (const GhDeliveryResult *result, gpointer user_data)
{
  (void) result;
  (void) user_data;
}

static GhBuffer *
render_removal (const GhIntent *intent, const GhLeave *leave)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 256);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:sgn");
  gh_json_begin_object (&json);
  gh_json_name (&json, "sur");
  gh_json_string (&json, leave->subscription, strlen (leave->subscription));
  gh_json_name (&json, "ntt");
  gh_json_string (&json, intent->originator, strlen (intent->originator));
  gh_json_name (&json, "trr");
  gh_json_boolean (&json, TRUE);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

void
gh_self_reference_tell (GhService *service, GhIntent *intent, GhLeave *leave)
{
  GhFault fault = { 0 };
  g_autoptr (GhBuffer) body = render_removal (intent, leave);
  g_autofree char *from = g_strdup_printf ("/%s", service->home.cse_id);
  const GhDirect direct = { .target = leave->creator,
                            .from = from,
                            .request_identifier = intent->request->request_identifier,
                            .body = body,
                            .timeout_ms = service->options.verification_timeout_ms };
  Question *question = g_new (Question, 1);
  *question = (Question){ service, intent };
  const gboolean sent = gh_notifier_send (service->notifier, &direct, leave->ask ? answered : told,
                                          leave->ask ? question : NULL, &fault);
  if (!sent || !leave->ask)
    {
      g_free (question);
      refuse (service, intent);
    }
  gh_leave_free (leave);
}
