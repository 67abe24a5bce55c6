/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"
#include "type/gh-type-semantics.h"

/* TS-0004 7.4.34.2.1: nothing is validated against an ontology here, and the resource does not say
 * otherwise. */
static gboolean
withhold_validation (GhChange *change, GhFault *fault)
{
  const GhValue none = { .kind = GH_VALUE_NULL };
  return gh_draft_get (change->draft, "vlde") == NULL
         || gh_draft_set (change->draft, change->arena, "vlde", none)
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const gint64 format = gh_rule_merged_integer (change, "dcrp", 0);
  if (format == GH_SEMANTICS_IRI)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "dcrp: a descriptor is no IRI (TS-0004 7.4.34.2.1)");
  return gh_semantics_check ("dsp", format, gh_rule_merged_text (change, "dsp"), fault)
         && withhold_validation (change, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  return gh_semantics_refuse_execution (change, "dsp", fault) && check_create (change, fault);
}

const GhBehaviour gh_behaviour_semantic_descriptor = {
  .type = GH_TYPE_SEMANTIC_DESCRIPTOR,
  .stored = TRUE,
  .check_create = check_create,
  .check_update = check_update,
};
