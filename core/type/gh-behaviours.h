/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-behaviour.h"

G_BEGIN_DECLS

/** gh_behaviours: of every type that has any, NULL-terminated. Their host is the GhService. */
extern const GhBehaviour *const gh_behaviours[];

/** GhCoreBehaviour: a type whose behaviour is the core's own work, and the file that does it. */
typedef struct {
  gint type;
  const char *file;
} GhCoreBehaviour;

/** gh_core_behaviours: ends with type 0. */
extern const GhCoreBehaviour gh_core_behaviours[];

extern const GhBehaviour gh_behaviour_ae;
extern const GhBehaviour gh_behaviour_container;
extern const GhBehaviour gh_behaviour_request;
extern const GhBehaviour gh_behaviour_content_instance;
extern const GhBehaviour gh_behaviour_access_control_policy;
extern const GhBehaviour gh_behaviour_cross_resource_subscription;
extern const GhBehaviour gh_behaviour_ae_contact_list;
extern const GhBehaviour gh_behaviour_ae_contact_list_per_cse;
extern const GhBehaviour gh_behaviour_mashup_job_profile;
extern const GhBehaviour gh_behaviour_semantic_descriptor;
extern const GhBehaviour gh_behaviour_transaction;
extern const GhBehaviour gh_behaviour_event_config;
extern const GhBehaviour gh_behaviour_exec_instance;
extern const GhBehaviour gh_behaviour_mgmt_cmd;
extern const GhBehaviour gh_behaviour_stats_collect;
extern const GhBehaviour gh_behaviour_stats_config;
extern const GhBehaviour gh_behaviour_notification_target_policy;
extern const GhBehaviour gh_behaviour_notification_target_policy_ref;
extern const GhBehaviour gh_behaviour_policy_deletion_rules;
extern const GhBehaviour gh_behaviour_polling_channel;
extern const GhBehaviour gh_behaviour_remote_cse;
extern const GhBehaviour gh_behaviour_service_subscribed_app_rule;
extern const GhBehaviour gh_behaviour_service_subscribed_node;
extern const GhBehaviour gh_behaviour_service_subscription_profile;
extern const GhBehaviour gh_behaviour_group;
extern const GhBehaviour gh_behaviour_mgmt_obj;
extern const GhBehaviour gh_behaviour_node;
extern const GhBehaviour gh_behaviour_schedule;
extern const GhBehaviour gh_behaviour_location_policy;
extern const GhBehaviour gh_behaviour_subscription;
extern const GhBehaviour gh_behaviour_flex_container;
extern const GhBehaviour gh_behaviour_time_series;
extern const GhBehaviour gh_behaviour_time_series_instance;

G_END_DECLS
