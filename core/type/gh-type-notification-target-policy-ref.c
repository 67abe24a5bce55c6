/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"
#include "type/gh-type-rules.h"

static const char *
shared_target (const GhValue *wanted, const GhValue *taken)
{
  for (guint i = 0; wanted != NULL && taken != NULL && i < wanted->length; i++)
    for (guint k = 0; k < taken->length; k++)
      if (gh_value_equal (&wanted->items[i], &taken->items[k]))
        return wanted->items[i].text;
  return NULL;
}

/* TS-0004 7.4.30.2.1: a target follows one policy. */
static gboolean
check_targets (const GhChange *change, const GhNode *subscription, GhFault *fault)
{
  const GhChildren *siblings = subscription->children;
  const GhValue *targets = gh_draft_get (change->draft, "ntu");
  for (guint i = 0; targets != NULL && siblings != NULL && i < siblings->n; i++)
    {
      GhNode other;
      if (siblings->items[i]->number == change->identity.number
          || !gh_view_node (&change->view, siblings->items[i], &other)
          || other.slot->type->number != GH_TYPE_NOTIFICATION_TARGET_POLICY_REF)
        continue;
      const char *shared = shared_target (targets, gh_resource_get (other.resource, "ntu"));
      if (shared != NULL)
        return gh_fault_set (fault, GH_ERROR_CONFLICT, "ntu: %s follows the policy of %s already",
                             shared, other.slot->name);
    }
  return TRUE;
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return check_targets (change, &change->node, fault);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  GhNode subscription;
  return !gh_view_node (&change->view, change->node.slot->parent, &subscription)
         || check_targets (change, &subscription, fault);
}

const GhBehaviour gh_behaviour_notification_target_policy_ref = {
  .type = GH_TYPE_NOTIFICATION_TARGET_POLICY_REF,
  .listed = TRUE,
  .check_create = check_create,
  .check_update = check_update,
};
