/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"
#include "service/gh-job.h"

G_BEGIN_DECLS

/* Notifications of one request to a group; more are refused. */
#define GH_GROUP_NOTIFY_MAX 1000

/*
 * Notifications of subscriptions that were made through a group, and that the group puts together
 * (TS-0001 10.2.7.10, 10.2.7.11; TS-0004 7.4.14.2.3, 7.5.1.2.6). A subscription with
 * notificationForwardingURI is fanned out with the group's own address as its only target. What
 * arrives there goes into the outbox, and from there, as the group's notifyAggregation says, to the
 * forwarding address.
 */

/** gh_group_notify_prepare: @id: of the group whose fan-out point @request came to, not by way of
 * another group; its content has been read. A <subscription> with nfu gets the address of the group
 * as its target and as its groupID, and the group will forward to nfu,
 * as after an update of it. FALSE with @fault (4000): nu
 * and nfu differ. Any thread. */
gboolean gh_group_notify_prepare (GhService *service, GhRequest *request, const char *id,
                                  GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_group_notify_may: the originator hosts a member of @group. FALSE with @fault (4103, or 4004
 * under hide). View's thread. */
gboolean gh_group_notify_may (const GhJob *job, const GhView *view, const GhNode *group,
                              GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_group_notify_take: a NOTIFY of a neighbour to the group @id. Takes the job. */
void gh_group_notify_take (GhJob *job, const char *id);

/**
 * gh_group_notify_deliver:
 * @id: of a group of this CSE
 * @body: what a subscription of this CSE says, an m2m:sgn or m2m:agn
 * FALSE with @fault; else @done once, when it is durable: then the member is answered, not when the
 * subscriber is. Any thread.
 */
gboolean gh_group_notify_deliver (GhService *service, const char *id, const GhBuffer *body,
                                  GhDeliveryFunc done, gpointer user_data, GhFault *fault);

/** gh_group_notify_compile: what an event of a group asks for, as if it were a subscription.
 * @event: a row of the outbox, read; @group: (nullable): as it is now. (transfer full); NULL with
 * @fault. */
GhCompiled *gh_group_notify_compile (const GhValue *event, const GhResource *group, GhFault *fault);

G_END_DECLS
