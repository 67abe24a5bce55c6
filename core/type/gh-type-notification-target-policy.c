/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

/* TS-0001 9.6.32: two groups of rules need a word about how they go together. */
static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const GhChildren *rules = change->node.children;
  return rules == NULL || rules->n < 2 || gh_rule_merged (change, "rrs") != NULL
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "rrs: needed as long as there are two policyDeletionRules");
}

const GhBehaviour gh_behaviour_notification_target_policy = {
  .type = GH_TYPE_NOTIFICATION_TARGET_POLICY,
  .listed = TRUE,
  .check_update = check_update,
};
