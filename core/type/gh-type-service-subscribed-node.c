/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "security/gh-originator.h"
#include "service/gh-service.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

/* TS-0004 7.4.20.2: rules without a CSE would be rules for nobody. */
static gboolean
check_rule_links (const GhChange *change, GhFault *fault)
{
  const GhValue *links = gh_draft_get (change->draft, "rlk");
  if (links == NULL || links->kind == GH_VALUE_NULL || gh_rule_merged (change, "csi") != NULL)
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "rlk: rules are for a CSE, and the resource has no csi");
}

/* A CSE-ID as registration compares it, SP-relative or absolute (TS-0001 7.2). */
static gboolean
check_cse_id (const GhChange *change, GhFault *fault)
{
  const char *cse_id = gh_rule_merged_text (change, "csi");
  if (cse_id == NULL || (*cse_id == '/' && gh_originator_is_well_formed (cse_id)))
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                       "csi: expected /cse or //domain/cse, the CSE-ID of the node");
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return gh_rule_only_on_in_cse (change, fault) && check_rule_links (change, fault)
         && check_cse_id (change, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  return check_rule_links (change, fault);
}

const GhBehaviour gh_behaviour_service_subscribed_node = {
  .type = GH_TYPE_SERVICE_SUBSCRIBED_NODE,
  .listed = TRUE,
  .check_create = check_create,
  .check_update = check_update,
};
