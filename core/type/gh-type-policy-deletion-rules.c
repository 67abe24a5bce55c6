/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

#define MAX_GROUPS 2

/* TS-0004 7.4.32.2.1, TS-0001 9.6.32 */
static gboolean
check_create (GhChange *change, GhFault *fault)
{
  const GhChildren *others = change->node.children;
  const guint n = others != NULL ? others->n : 0;
  if (n >= MAX_GROUPS)
    return gh_fault_set (fault, GH_ERROR_CONFLICT, "To: %s has %u policyDeletionRules, the limit",
                         change->node.slot->name, n);
  return n == 0 || gh_resource_get (change->node.resource, "rrs") != NULL
         || gh_fault_set (fault, GH_ERROR_CONTENTS,
                          "To: without rulesRelationship (rrs) %s can have only one group of rules",
                          change->node.slot->name);
}

const GhBehaviour gh_behaviour_policy_deletion_rules = {
  .type = GH_TYPE_POLICY_DELETION_RULES,
  .listed = TRUE,
  .check_create = check_create,
};
