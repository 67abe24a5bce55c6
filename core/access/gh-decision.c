/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-decision.h"

#include "access/gh-pattern.h"
#include "access/gh-policy-private.h"

#include <string.h>

/* What one decision computes once, on the stack. */
typedef struct {
  const GhRequestFacts *request;
  const GhKnownFacts *known;
  gsize key_length, domain_length; /* the domain is the beginning of the key */
  guint64 prefix, suffix;          /* of the last part */
  GhListed listed_operation;
  gboolean has_time;
  GhCivilTime time;
  GhRuleFunc trace; /* NULL: nobody wants to know */
  gpointer trace_data;
  guint policy;       /* that is looked at, for @trace */
  gboolean permitted; /* with @trace */
  char key[GH_ORIGINATOR_KEY_SIZE];
} Decision;

static gboolean
windows_match (const GhPolicy *policy, GhRange range, Decision *decision)
{
  if (!decision->has_time)
    {
      gh_civil_time (decision->request->wall_us, &decision->time);
      decision->has_time = TRUE;
    }
  for (guint32 i = 0; i < range.count; i++)
    {
      if (gh_schedule_matches (&g_array_index (policy->windows, GhSchedule, range.first + i),
                               &decision->time))
        return TRUE;
    }
  return FALSE;
}

static gboolean
networks_match (const GhPolicy *policy, GhRange range, const guint8 *address)
{
  if (address == NULL)
    return FALSE;
  for (guint32 i = 0; i < range.count; i++)
    {
      if (gh_network_contains (&g_array_index (policy->networks, GhNetwork, range.first + i),
                               address))
        return TRUE;
    }
  return FALSE;
}

static GhRuleOutcome
judge_context (const GhPolicy *policy, const GhContext *context, Decision *decision)
{
  const GhRequestFacts *request = decision->request;

  if (context->impossible)
    return GH_OUTCOME_NOT_UNDERSTOOD;
  if (context->has_frameworks && (context->frameworks & 1u << request->proof) == 0)
    return GH_OUTCOME_FRAMEWORK;
  if (request->strength < context->strength)
    return GH_OUTCOME_STRENGTH;
  if (context->has_networks
      && !networks_match (policy, context->networks, request->peer_address))
    return GH_OUTCOME_ADDRESS;
  return context->has_windows && !windows_match (policy, context->windows, decision)
           ? GH_OUTCOME_TIME
           : GH_OUTCOME_PERMITS;
}

/* res_ctxts: OR over the elements, AND within one; a parameter that is absent restricts nothing. */
static GhRuleOutcome
judge_contexts (const GhPolicy *policy, GhRange range, Decision *decision)
{
  GhRuleOutcome furthest = GH_OUTCOME_NOT_UNDERSTOOD;
  for (guint32 i = 0; i < range.count && furthest != GH_OUTCOME_PERMITS; i++)
    furthest = MAX (
      furthest, judge_context (
                  policy, &g_array_index (policy->contexts, GhContext, range.first + i), decision));
  return furthest;
}

static gboolean
child_type_listed (const GhPolicy *policy, GhRange range, gint type)
{
  for (guint32 i = 0; i < range.count; i++)
    {
      if (g_array_index (policy->child_types, gint, range.first + i) == type)
        return TRUE;
    }
  return FALSE;
}

/* res_objd, of creates only */
static gboolean
objects_match (const GhPolicy *policy, GhRange range, const GhRequestFacts *request)
{
  for (guint32 i = 0; i < range.count; i++)
    {
      const GhObjectDetail *detail = &g_array_index (policy->objects, GhObjectDetail,
                                                     range.first + i);

      if ((detail->target_type == 0 || detail->target_type == request->target_type)
          && (detail->specialization == NULL
              || g_strcmp0 (detail->specialization, request->target_specialization) == 0)
          && child_type_listed (policy, detail->child_types, request->created_type))
        return TRUE;
    }
  return FALSE;
}

/* Everything of a rule but its originators (TS-0003 7.1.5). */
static inline GhRuleOutcome
judge_rule (const GhPolicy *policy, GhListed listed, Decision *decision)
{
  const GhRequestFacts *request = decision->request;
  const GhRule *rule;

  if ((listed & decision->listed_operation) == 0)
    return GH_OUTCOME_OPERATION;
  rule = &g_array_index (policy->rules, GhRule, listed & GH_LISTED_RULE);
  if (rule->authenticated_only && request->proof == GH_PROOF_NONE)
    return GH_OUTCOME_AUTHENTICATION;
  if (rule->has_objects && request->operation == GH_ACOP_CREATE
      && !objects_match (policy, rule->objects, request))
    return GH_OUTCOME_OBJECT;
  return rule->has_contexts ? judge_contexts (policy, rule->contexts, decision)
                            : GH_OUTCOME_PERMITS;
}

/* A rule that never permits, because something of it is not understood, has no operations. */
static void
tell (const GhPolicy *policy, GhListed listed, GhRuleOutcome outcome, Decision *decision)
{
  const guint number = listed & GH_LISTED_RULE;
  const GhRule *rule = &g_array_index (policy->rules, GhRule, number);

  if (outcome == GH_OUTCOME_OPERATION && rule->operations == 0)
    outcome = GH_OUTCOME_NOT_UNDERSTOOD;
  decision->permitted |= outcome == GH_OUTCOME_PERMITS;
  decision->trace (decision->policy, number, outcome, decision->trace_data);
}

/* FALSE also when one permits and all are asked for: then the decision remembers it. */
static inline gboolean
rule_permits (const GhPolicy *policy, GhListed listed, Decision *decision)
{
  const GhRuleOutcome outcome = judge_rule (policy, listed, decision);

  if (G_LIKELY (decision->trace == NULL))
    return outcome == GH_OUTCOME_PERMITS;
  tell (policy, listed, outcome, decision);
  return FALSE;
}

static gboolean
exact_permits (const GhPolicy *policy, gsize length, Decision *decision)
{
  guint low = 0, high = policy->exact->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const GhExact *exact = &g_array_index (policy->exact, GhExact, middle);
      int order = gh_exact_compare (exact, decision->key, length);

      if (order < 0)
        low = middle + 1;
      else if (order > 0)
        high = middle;
      else
        {
          for (guint32 i = 0; i < exact->rules.count; i++)
            {
              if (rule_permits (
                    policy, g_array_index (policy->exact_rules, GhListed, exact->rules.first + i),
                    decision))
                return TRUE;
            }
          return FALSE;
        }
    }
  return FALSE;
}

static gboolean
part_matches (const char *glob, const char *text)
{
  if (glob == NULL || text == NULL)
    return glob == text;
  return gh_glob_matches (glob, text);
}

static gboolean
wildcards_permit (const GhPolicy *policy, Decision *decision)
{
  const GhOriginator *originator = &decision->request->originator;

  for (guint i = 0; i < policy->wildcards->len; i++)
    {
      const GhWildcard *wildcard = &g_array_index (policy->wildcards, GhWildcard, i);

      if ((decision->prefix & wildcard->prefix_mask) == wildcard->prefix
          && (decision->suffix & wildcard->suffix_mask) == wildcard->suffix
          && part_matches (wildcard->ae_id, originator->ae_id)
          && part_matches (wildcard->cse_id, originator->cse_id)
          && part_matches (wildcard->sp_domain, originator->sp_domain)
          && rule_permits (policy, wildcard->rule, decision))
        return TRUE;
    }
  return FALSE;
}

static gboolean
policy_permits (const GhPolicy *policy, Decision *decision)
{
  if (exact_permits (policy, decision->key_length, decision)
      || exact_permits (policy, decision->domain_length, decision))
    return TRUE;
  for (guint i = 0; i < policy->everybody->len; i++)
    {
      if (rule_permits (policy, g_array_index (policy->everybody, GhListed, i), decision))
        return TRUE;
    }
  return wildcards_permit (policy, decision);
}

static const GhFact *
find_fact (const GhKnownFacts *known, const GhRemote *remote)
{
  for (guint i = 0; known != NULL && i < known->n_facts; i++)
    {
      const GhFact *fact = &known->facts[i];

      if (fact->kind == remote->kind && strcmp (fact->name, remote->name) == 0)
        return fact;
    }
  return NULL;
}

static void
add_need (GhNeeds *needs, const GhRemote *remote)
{
  if (needs == NULL || needs->n == GH_MAX_NEEDS)
    return;
  for (guint i = 0; i < needs->n; i++)
    {
      if (needs->kinds[i] == remote->kind && strcmp (needs->names[i], remote->name) == 0)
        return;
    }
  needs->kinds[needs->n] = remote->kind;
  needs->names[needs->n] = remote->name;
  needs->n++;
}

/* TRUE when a known fact permits; else the unknown ones that could are added to @needs. */
static gboolean
remotes_permit (const GhPolicy *policy, Decision *decision, GhNeeds *needs)
{
  for (guint i = 0; i < policy->remotes->len; i++)
    {
      const GhRemote *remote = &g_array_index (policy->remotes, GhRemote, i);
      const GhFact *fact = find_fact (decision->known, remote);
      const gboolean possible = (fact == NULL || fact->holds)
                                && judge_rule (policy, remote->rule, decision)
                                     == GH_OUTCOME_PERMITS;

      if (decision->trace != NULL && (!possible || fact != NULL))
        tell (policy, remote->rule,
              fact != NULL && !fact->holds ? GH_OUTCOME_MEMBERSHIP
                                           : judge_rule (policy, remote->rule, decision),
              decision);
      if (possible && fact != NULL && decision->trace == NULL)
        return TRUE;
      if (possible && fact == NULL)
        add_need (needs, remote);
    }
  return FALSE;
}

/* FALSE when the request is nothing that a rule could permit. */
static gboolean
decision_init (Decision *decision, const GhRequestFacts *request, const GhKnownFacts *known)
{
  const GhOriginator *originator = &request->originator;
  const char *last = originator->ae_id != NULL ? originator->ae_id : originator->cse_id;

  decision->request = request;
  decision->known = known;
  decision->trace = NULL;
  decision->permitted = FALSE;
  decision->has_time = FALSE;
  decision->key_length = gh_originator_key (originator, decision->key);
  if (decision->key_length == 0 || (request->operation & ~(guint) GH_ACOP_ALL) != 0
      || request->operation == 0 || (request->operation & (request->operation - 1)) != 0)
    return FALSE;
  decision->domain_length = strlen (originator->sp_domain);
  decision->listed_operation = (GhListed) request->operation << GH_LISTED_SHIFT;
  decision->prefix = gh_text_prefix (last, strlen (last));
  decision->suffix = gh_text_suffix (last, strlen (last));
  return TRUE;
}

static inline GhVerdict
decide (const GhPolicy *const *policies, guint n_policies, Decision *decision, GhNeeds *needs)
{
  for (guint i = 0; i < n_policies; i++)
    {
      decision->policy = i;
      if (policy_permits (policies[i], decision))
        return GH_ALLOW;
    }
  for (guint i = 0; i < n_policies; i++)
    {
      decision->policy = i;
      if (remotes_permit (policies[i], decision, needs))
        {
          if (needs != NULL)
            needs->n = 0;
          return GH_ALLOW;
        }
    }
  return needs != NULL && needs->n > 0 ? GH_NEED : GH_DENY;
}

GhVerdict
gh_decide (const GhPolicy *const *policies, guint n_policies, const GhRequestFacts *request,
           const GhKnownFacts *known, GhNeeds *needs)
{
  Decision decision;

  if (needs != NULL)
    needs->n = 0;
  if (!decision_init (&decision, request, known))
    return GH_DENY;
  return decide (policies, n_policies, &decision, needs);
}

GhVerdict
gh_decide_traced (const GhPolicy *const *policies, guint n_policies, const GhRequestFacts *request,
                  const GhKnownFacts *known, GhNeeds *needs, GhRuleFunc func, gpointer user_data)
{
  Decision decision;
  GhVerdict verdict;

  if (needs != NULL)
    needs->n = 0;
  if (!decision_init (&decision, request, known))
    return GH_DENY;
  decision.trace = func;
  decision.trace_data = user_data;
  verdict = decide (policies, n_policies, &decision, needs);
  /* what is still needed is asked for all the same: it is told about, too */
  return verdict != GH_NEED && decision.permitted ? GH_ALLOW : verdict;
}

GhVerdict
gh_decide_default (const char *owner, const GhHome *home, const GhOriginator *originator)
{
  return owner != NULL && gh_originator_is (originator, owner, home) ? GH_ALLOW : GH_DENY;
}
