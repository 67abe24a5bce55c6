/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-explain.h"

#include <string.h>

#include "primitive/gh-json-writer.h"
#include "service/gh-job.h"

static void
policy_free (gpointer data)
{
  GhExplainedPolicy *policy = data;
  for (guint i = 0; policy->rules != NULL && i < policy->rules->len; i++)
    g_free (g_array_index (policy->rules, GhExplainedRule, i).rule);
  g_clear_pointer (&policy->rules, g_array_unref);
  g_free (policy->reference);
  g_free (policy->resource);
  g_free (policy);
}

void
gh_explanation_clear (GhExplanation *explanation)
{
  g_clear_pointer (&explanation->resource, g_free);
  g_clear_pointer (&explanation->owner, g_free);
  g_clear_pointer (&explanation->policies, g_ptr_array_unref);
}

static char *
to_json (const GhValue *value)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 128);
  gh_json_value (&json, value);
  g_autoptr (GhBuffer) text = gh_json_writer_finish (&json);
  return g_strndup (text->data, text->length);
}

static GArray *
rules_of (const GhNode *policy, const char *privileges)
{
  GArray *rules = g_array_new (FALSE, FALSE, sizeof (GhExplainedRule));
  const GhValue *list = gh_value_member (gh_resource_get (policy->resource, privileges), "acr");
  for (guint i = 0; list != NULL && list->kind == GH_VALUE_LIST && i < list->length; i++)
    {
      const GhExplainedRule rule = { to_json (&list->items[i]), GH_OUTCOME_ORIGINATOR };
      g_array_append_val (rules, rule);
    }
  return rules;
}

/* Those in force come in the order in which the decision knows them. */
static void
take_reference (const char *reference, const char *state, const GhNode *policy, gpointer data)
{
  GhExplanation *out = data;
  GhExplainedPolicy *entry = g_new0 (GhExplainedPolicy, 1);
  entry->reference = g_strdup (reference);
  entry->state = state;
  if (policy != NULL)
    entry->resource = g_strdup (policy->slot->id);
  if (policy != NULL && strcmp (state, GH_POLICY_IN_FORCE) == 0)
    entry->rules = rules_of (policy, out->privileges);
  g_ptr_array_add (out->policies, entry);
}

/* The furthest that a rule got: it may name the originator in several ways. */
static void
take_outcome (guint policy, guint rule, GhRuleOutcome outcome, gpointer data)
{
  const GhExplanation *out = data;
  for (guint i = 0; i < out->policies->len; i++)
    {
      const GhExplainedPolicy *entry = out->policies->pdata[i];
      if (entry->rules == NULL || policy-- > 0)
        continue;
      if (rule < entry->rules->len)
        {
          GhExplainedRule *one = &g_array_index (entry->rules, GhExplainedRule, rule);
          one->outcome = MAX (one->outcome, outcome);
        }
      return;
    }
}

/* A structural resource, the fan-out point of a group, or an instance by its name. */
static gboolean
find_target (const GhService *service, const GhView *view, const char *target, GhNode *out,
             GhAccessQuestion *question)
{
  const char *slash = strrchr (target, '/');
  if (gh_find_local (service, view, target, out))
    return TRUE;
  if (slash == NULL)
    return FALSE;
  g_autofree char *parent = g_strndup (target, (gsize) (slash - target));
  if (!gh_find_local (service, view, parent, out))
    return FALSE;
  if (out->slot->type->number == GH_TYPE_GROUP && strcmp (slash, "/fopt") == 0)
    question->members = TRUE;
  else if (out->slot->type->instances != NULL && slash[1] != '\0')
    question->instance_type = out->slot->type->instances->number;
  else
    return FALSE;
  return TRUE;
}

static void
start_over (GhExplanation *out)
{
  gh_explanation_clear (out);
  *out = (GhExplanation){ .policies = g_ptr_array_new_with_free_func (policy_free) };
}

static void
ask (GhService *service, const GhView *view, const GhRequestFacts *facts,
     const GhAccessQuestion *question, GhExplanation *out)
{
  const GhNode *node = question->node;
  start_over (out);
  out->resource = g_strdup (node->slot->id);
  out->owner = g_strdup (node->resource->identity.owner);
  out->privileges = question->self_privileges
                        || node->slot->type->number == GH_TYPE_ACCESS_CONTROL_POLICY
                      ? "pvs"
                      : "pv";
  GhAccessTrace trace = { .reference = take_reference, .rule = take_outcome, .data = out };
  out->allowed = gh_authorize_traced (service, view, facts, question, &trace);
  out->by = trace.by;
}

/* Who registers is a matter of credentials (TS-0001 10.2.2.2, 10.2.2.7). */
static gboolean
is_registration (const GhExplainQuestion *asked, const GhRequestFacts *facts, const GhNode *node,
                 GhExplanation *out)
{
  const gboolean proven = asked->proof != GH_PROOF_NONE && asked->proof != GH_PROOF_LOCAL;
  if (asked->operation != GH_ACOP_CREATE || node->slot->parent != NULL
      || (asked->created_type != GH_TYPE_AE
          && !(asked->created_type == GH_TYPE_REMOTE_CSE && proven)))
    return FALSE;
  start_over (out);
  out->resource = g_strdup (node->slot->id);
  out->by = "registration";
  out->allowed = asked->created_type == GH_TYPE_AE || facts->originator.ae_id == NULL;
  return TRUE;
}

static gboolean
decide_in (GhService *service, const GhView *view, const GhExplainQuestion *asked,
           const GhRequestFacts *facts, GhExplanation *out)
{
  GhNode node;
  GhAccessQuestion question = { .operation = asked->operation,
                                .created_type = asked->created_type,
                                .self_privileges = asked->updates_policies };
  if (!find_target (service, view, asked->target, &node, &question))
    return FALSE;
  question.node = &node;
  if (is_registration (asked, facts, &node, out))
    return TRUE;
  ask (service, view, facts, &question, out);
  /* TS-0001 10.2.10.2: who subscribes must be allowed to read */
  if (out->allowed && asked->created_type == GH_TYPE_SUBSCRIPTION)
    {
      question.operation = GH_ACOP_RETRIEVE;
      question.created_type = 0;
      ask (service, view, facts, &question, out);
    }
  return TRUE;
}

gboolean
gh_explain (GhService *service, const GhExplainQuestion *question, GhExplanation *out,
            GhFault *fault)
{
  g_autoptr (GhArena) arena = gh_arena_new (GH_ADDRESS_MAX_LENGTH * 8);
  GhRequestFacts facts = { .proof = question->proof,
                           .strength = question->strength,
                           .operation = question->operation,
                           .peer_address = question->peer_address,
                           .wall_us = question->wall_us };
  *out = (GhExplanation){ 0 };
  if (!gh_originator_parse (question->originator, &service->home, arena, &facts.originator, fault))
    return FALSE;
  GhView view = gh_view_begin (service->tree);
  const gboolean found = decide_in (service, &view, question, &facts, out);
  gh_view_end (&view);
  return found
         || gh_fault_set (fault, GH_ERROR_NOT_FOUND, "%.128s: there is no such resource here",
                          question->target);
}
