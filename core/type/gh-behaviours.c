/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "type/gh-behaviours.h"

const GhBehaviour *const gh_behaviours[] = {
  &gh_behaviour_access_control_policy,
  &gh_behaviour_ae,
  &gh_behaviour_container,
  &gh_behaviour_content_instance,
  &gh_behaviour_cross_resource_subscription,
  &gh_behaviour_ae_contact_list,
  &gh_behaviour_ae_contact_list_per_cse,
  &gh_behaviour_mashup_job_profile,
  &gh_behaviour_semantic_descriptor,
  &gh_behaviour_transaction,
  &gh_behaviour_event_config,
  &gh_behaviour_exec_instance,
  &gh_behaviour_mgmt_cmd,
  &gh_behaviour_stats_collect,
  &gh_behaviour_stats_config,
  &gh_behaviour_notification_target_policy,
  &gh_behaviour_notification_target_policy_ref,
  &gh_behaviour_policy_deletion_rules,
  &gh_behaviour_polling_channel,
  &gh_behaviour_remote_cse,
  &gh_behaviour_request,
  &gh_behaviour_service_subscribed_app_rule,
  &gh_behaviour_service_subscribed_node,
  &gh_behaviour_service_subscription_profile,
  &gh_behaviour_subscription,
  &gh_behaviour_group,
  &gh_behaviour_flex_container,
  &gh_behaviour_time_series,
  &gh_behaviour_time_series_instance,
  &gh_behaviour_mgmt_obj,
  &gh_behaviour_node,
  &gh_behaviour_schedule,
  &gh_behaviour_location_policy,
  NULL,
};

const GhCoreBehaviour gh_core_behaviours[] = {
  { GH_TYPE_CSE_BASE, "core/gh-cse-parts.c" },
  { GH_TYPE_FLEX_CONTAINER_INSTANCE, "core/write/gh-instances.c" },
  { 0, NULL },
};
