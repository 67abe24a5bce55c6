/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-job.h"

#include <string.h>

#include "service/gh-facts.h"
#include "service/gh-policy-resource.h"

/* acpi of one resource */
#define MAX_POLICIES 32
#define FACT_ROUNDS  4

typedef struct {
  const GhPolicy *policies[MAX_POLICIES];
  guint n;
  gboolean has_references; /* acpi is there and not empty */
  guint64 before;          /* GhPastAccess.before */
  GhAccessTrace *trace;    /* NULL: nobody wants to know */
} Gathered;

const char *
gh_strip_home (const GhService *service, const char *text)
{
  gsize n;
  if (text[0] == '/' && text[1] == '/')
    {
      n = strlen (service->home.sp_domain);
      if (strncmp (text + 2, service->home.sp_domain, n) != 0 || text[2 + n] != '/')
        return NULL;
      text += 2 + n;
    }
  if (text[0] != '/')
    return text;
  n = strlen (service->home.cse_id);
  if (strncmp (text + 1, service->home.cse_id, n) != 0 || text[1 + n] != '/')
    return NULL;
  return text + 2 + n;
}

static gboolean
find_first (const GhService *service, const GhView *view, const char *segment, GhNode *out)
{
  const gboolean root = strcmp (segment, service->options.cse_name) == 0
                        || strcmp (segment, "-") == 0;
  return gh_view_find (view, root ? service->root_id : segment, out);
}

/* Finds a resource by an address of this CSE without allocating: policies are looked up at every
 * decision, so that what an address names is what it names now. Those of other CSEs are not
 * fetched: they permit nothing. */
gboolean
gh_find_local (const GhService *service, const GhView *view, const char *text, GhNode *out)
{
  char buffer[512];
  text = gh_strip_home (service, text);
  if (text == NULL || strlen (text) >= sizeof buffer)
    return FALSE;
  if (strchr (text, '/') == NULL)
    return find_first (service, view, text, out);
  g_strlcpy (buffer, text, sizeof buffer);
  char *rest = buffer, *segment = strsep (&rest, "/");
  if (!find_first (service, view, segment, out))
    return FALSE;
  while (rest != NULL)
    {
      segment = strsep (&rest, "/");
      if (!gh_view_child (view, out->slot, segment, out))
        return FALSE;
    }
  return TRUE;
}

static void
tell_reference (const GhAccessTrace *trace, const char *reference, const char *state,
                const GhNode *policy)
{
  if (trace != NULL)
    trace->reference (reference, state, policy, trace->data);
}

static void
gather_reference (const GhService *service, const GhView *view, const GhValue *reference,
                  const GhAccessQuestion *question, Gathered *out)
{
  const GhAccessTrace *trace = out->trace;
  GhNode policy;
  const char *text = gh_value_text (reference);
  if (text == NULL || out->n == MAX_POLICIES || !gh_find_local (service, view, text, &policy))
    {
      if (trace != NULL && text != NULL)
        tell_reference (trace, text,
                        gh_strip_home (service, text) == NULL ? "elsewhere" : "missing", NULL);
      return;
    }
  if (policy.slot->type->number != GH_TYPE_ACCESS_CONTROL_POLICY || policy.compiled == NULL)
    {
      tell_reference (trace, text, "no-policy", &policy);
      return;
    }
  if (policy.resource->identity.expiration_us <= gh_clock_wall_us (service->clock))
    {
      tell_reference (trace, text, "expired", &policy);
      return;
    }
  if (out->before != GH_PAST_NOW && gh_node_changed_since (&policy, out->before))
    return;
  tell_reference (trace, text, GH_POLICY_IN_FORCE, &policy);
  const GhPolicyResource *compiled = (const GhPolicyResource *) policy.compiled;
  out->policies[out->n++] = question->self_privileges ? compiled->self_privileges
                                                      : compiled->privileges;
}

/* The default is not for a resource that has acpi, even if no policy is left behind it (TS-0001
 * 9.6.1.3.2): only the administrator opens it again. */
static void
gather_list (const GhService *service, const GhView *view, const GhValue *acpi,
             const GhAccessQuestion *question, Gathered *out)
{
  out->n = 0;
  out->has_references = acpi != NULL && acpi->kind == GH_VALUE_LIST && acpi->length > 0;
  for (guint i = 0; out->has_references && i < acpi->length; i++)
    gather_reference (service, view, &acpi->items[i], question, out);
}

static void
gather (const GhService *service, const GhView *view, const GhAccessQuestion *question,
        Gathered *out)
{
  const GhNode *node = question->node;
  if (node->slot->type->number == GH_TYPE_ACCESS_CONTROL_POLICY)
    {
      out->n = 0;
      /* TS-0001 9.6.2: a policy is governed by its own selfPrivileges, whatever is asked of it */
      out->has_references = TRUE;
      if (node->compiled != NULL)
        tell_reference (out->trace, node->slot->id, GH_POLICY_IN_FORCE, node);
      if (node->compiled != NULL)
        out->policies[out->n++] = ((const GhPolicyResource *) node->compiled)->self_privileges;
      return;
    }
  const GhValue *acpi = question->members ? gh_resource_get (node->resource, "macp") : NULL;
  if (acpi == NULL)
    acpi = gh_resource_get (node->resource, "acpi");
  gather_list (service, view, acpi, question, out);
}

static gboolean
is_administrator (const GhService *service, const GhRequestFacts *facts)
{
  /* a CSE may forward anybody's request: who is not proven is not the administrator */
  return service->options.administrator != NULL
         && (facts->proof != GH_PROOF_NONE || service->options.development)
         && gh_originator_is (&facts->originator, service->options.administrator, &service->home);
}

static GhVerdict
decide_once (const Gathered *gathered, const GhRequestFacts *asked, const GhKnownFacts *known,
             GhNeeds *needs)
{
  const GhAccessTrace *trace = gathered->trace;
  if (G_LIKELY (trace == NULL))
    return gh_decide (gathered->policies, gathered->n, asked, known, needs);
  return gh_decide_traced (gathered->policies, gathered->n, asked, known, needs, trace->rule,
                           trace->data);
}

/* Fetches what the decision says it needs, as often as that brings it on (design section 6). */
static gboolean
decide_with_facts (const GhService *service, const GhView *view, const Gathered *gathered,
                   const GhRequestFacts *asked)
{
  GhFact facts[GH_MAX_NEEDS * FACT_ROUNDS];
  GhKnownFacts known = { facts, 0 };
  GhNeeds needs;
  GhVerdict verdict = decide_once (gathered, asked, NULL, &needs);
  for (guint round = 0; verdict == GH_NEED && round < FACT_ROUNDS; round++)
    {
      for (guint i = 0; i < needs.n; i++)
        {
          GhFact *fact = &facts[known.n_facts++];
          *fact = (GhFact){ needs.kinds[i], needs.names[i], FALSE };
          fact->holds = gh_fact_holds (service, view, &asked->originator, fact, gathered->before);
        }
      verdict = decide_once (gathered, asked, &known, &needs);
    }
  /* what could not be had any more is false */
  if (verdict == GH_NEED && gathered->trace != NULL)
    verdict = decide_once (gathered, asked, &known, NULL);
  return verdict == GH_ALLOW;
}

static gboolean
decide (const GhService *service, const GhView *view, const GhRequestFacts *facts,
        const GhAccessQuestion *question, GhAccessTrace *trace)
{
  Gathered gathered;
  GhRequestFacts asked = *facts;
  const GhNode *node = question->node;

  asked.operation = question->operation;
  asked.created_type = question->created_type;
  asked.target_type = question->instance_type != 0 ? question->instance_type
                                                   : node->slot->type->number;
  gathered.trace = trace;
  gathered.before = GH_PAST_NOW;
  gather (service, view, question, &gathered);
  if (trace != NULL)
    trace->by = gathered.has_references ? "policies" : "creator";
  if (!gathered.has_references)
    return gh_decide_default (node->resource->identity.owner, &service->home, &facts->originator)
           == GH_ALLOW;
  return decide_with_facts (service, view, &gathered, &asked);
}

static gboolean
has_any_right (const GhService *service, const GhView *view, const GhRequestFacts *facts,
               GhSlot *slot)
{
  GhNode node;
  if (slot == NULL || !gh_view_node (view, slot, &node))
    return FALSE;
  for (guint operation = GH_ACOP_CREATE; operation <= GH_ACOP_DISCOVERY; operation <<= 1)
    {
      const GhAccessQuestion question = { .node = &node, .operation = operation };
      if (decide (service, view, facts, &question, NULL))
        return TRUE;
    }
  return FALSE;
}

gboolean
gh_authorize_quietly (const GhService *service, const GhView *view, const GhRequestFacts *facts,
                      const GhAccessQuestion *question)
{
  return is_administrator (service, facts) || decide (service, view, facts, question, NULL);
}

static gboolean
refuse (GhService *service, const GhView *view, const GhDenial *denial, GhFault *fault)
{
  gh_service_count (service, GH_COUNT_DENIED);
  if (service->options.hide && !has_any_right (service, view, denial->facts, denial->slot))
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND, GH_NO_SUCH_RESOURCE);
  /* for the log only: the body of a 4103 is empty */
  return gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE, "%s", denial->reason);
}

gboolean
gh_deny (GhService *service, const GhView *view, const GhDenial *denial, GhFault *fault)
{
  const GhDenial above = { .facts = denial->facts,
                           .slot = denial->slot->parent,
                           .reason = denial->reason };
  return refuse (service, view, &above, fault);
}

gboolean
gh_authorize (GhService *service, const GhView *view, const GhRequestFacts *facts,
              const GhAccessQuestion *question, GhFault *fault)
{
  if (gh_authorize_quietly (service, view, facts, question))
    return TRUE;
  const GhDenial above = { .facts = facts,
                           .slot = question->instance_type != 0 ? question->node->slot
                                                                : question->node->slot->parent,
                           .reason = "no rule in force permits it" };
  return refuse (service, view, &above, fault);
}

gboolean
gh_authorize_past (const GhService *service, const GhView *view, const GhRequestFacts *facts,
                   const GhPastAccess *past)
{
  const GhAccessQuestion question = { .operation = GH_ACOP_RETRIEVE };
  Gathered gathered = { .before = past->before };
  GhRequestFacts asked = *facts;
  if (is_administrator (service, facts))
    return TRUE;
  asked.operation = GH_ACOP_RETRIEVE;
  asked.created_type = 0;
  asked.target_type = past->type;
  asked.wall_us = past->moment_us;
  if (past->type == GH_TYPE_ACCESS_CONTROL_POLICY)
    return FALSE;
  gather_list (service, view, past->acpi, &question, &gathered);
  if (!gathered.has_references)
    return gh_decide_default (past->owner, &service->home, &facts->originator) == GH_ALLOW;
  return decide_with_facts (service, view, &gathered, &asked);
}

gboolean
gh_authorize_traced (GhService *service, const GhView *view, const GhRequestFacts *facts,
                     const GhAccessQuestion *question, GhAccessTrace *trace)
{
  const gboolean permitted = decide (service, view, facts, question, trace);
  if (!is_administrator (service, facts))
    return permitted;
  trace->by = "administrator";
  return TRUE;
}
