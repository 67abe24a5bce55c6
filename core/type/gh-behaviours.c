/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"

/* container and contentInstance: their bounds are the writer's own work (core/write/gh-instances.c)
 */
const GhBehaviour *const gh_behaviours[] = {
  &gh_behaviour_access_control_policy,
  &gh_behaviour_ae,
  &gh_behaviour_notification_target_policy,
  &gh_behaviour_notification_target_policy_ref,
  &gh_behaviour_policy_deletion_rules,
  &gh_behaviour_service_subscribed_app_rule,
  &gh_behaviour_service_subscribed_node,
  &gh_behaviour_service_subscription_profile,
  &gh_behaviour_subscription,
  &gh_behaviour_group,
  NULL,
};
