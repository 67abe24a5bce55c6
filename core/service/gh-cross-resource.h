/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/* m2m:timeWindowType */
typedef enum {
  GH_WINDOW_PERIODIC = 1,
  GH_WINDOW_SLIDING = 2,
} GhWindowType;

/**
 * gh_cross_resource_compile: the time window of a crossResourceSubscription, which begins anew with
 * each version of the resource. (transfer full), NULL with @fault (4000).
 */
GhCompiled *gh_cross_resource_compile (GhService *service, const GhResource *resource,
                                       GhFault *fault);

/**
 * gh_cross_resource_deliver:
 * @id: of a crossResourceSubscription of this CSE
 * @body: a notification of one of the subscriptions that it is about
 * Hands it to the writer: when all of them have come within one time window, the targets of the
 * crossResourceSubscription are notified (TS-0004 7.5.1.2.18). FALSE with @fault: it cannot be
 * taken now. Any thread.
 */
gboolean gh_cross_resource_deliver (GhService *service, const char *id, const GhBuffer *body,
                                    GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
