/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhSubscriptionQuestion: who asks to register where. */
typedef struct {
  const char *credential_id; /* of the association; NULL: there is none */
  const char *cse_id;        /* of the registrar, "/gatehouse" */
  const char *app_id;
  const char *stem; /* the AE-ID-Stem asked for; NULL, "", "C" or "S": one is to be given */
} GhSubscriptionQuestion;

/**
 * gh_service_subscription_decide:
 * Whether the service subscriptions in @view let an AE register (TS-0004 7.3.2.7, TS-0001
 * 10.2.2.2): a serviceSubscribedNode of the registrar must be below a service subscription profile,
 * and one of the rules that it links to must name the credential, the App-ID and the stem together.
 * A rule without applicableCredIDs is for requests without an association only, and what it does
 * not list of App-IDs or stems it does not allow.
 * @out_pattern: (nullable): the entry of allowedAEs that lets it in, as long as the view: where a
 *   stem is to be given, one that fits it; "*" stands for any octets
 * Pure; thread of the view. Returns: FALSE with @fault, GH_ERROR_NO_SUBSCRIPTION (4128) or
 * GH_ERROR_APP_RULE (4126).
 */
gboolean gh_service_subscription_decide (const GhService *service, const GhView *view,
                                         const GhSubscriptionQuestion *question,
                                         const char **out_pattern, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_service_subscription_allows_role: a rule that is in force for the credential and CSE of
 * @question names @role_id among its allowedRole-IDs. Thread of the view.
 */
gboolean gh_service_subscription_allows_role (const GhService *service, const GhView *view,
                                              const GhSubscriptionQuestion *question,
                                              const char *role_id);

G_END_DECLS
