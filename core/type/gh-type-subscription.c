/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-notifier.h"
#include "type/gh-behaviours.h"

static gboolean
compile (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  (void) host;
  GhSubscription *subscription = gh_subscription_compile (resource, fault);
  if (subscription == NULL)
    return FALSE;
  *out = gh_subscription_resource_new (subscription, resource->identity.resource_id);
  return TRUE;
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  g_autoptr (GhSubscription) subscription = gh_subscription_compile_draft (
    change->draft, change->intent->originator, fault);
  return subscription != NULL
         && gh_subscription_check_subject (subscription, change->node.slot->type, fault);
}

const GhBehaviour gh_behaviour_subscription = {
  .type = GH_TYPE_SUBSCRIPTION,
  .check_create = check_create,
  .compile = compile,
};
