/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"
#include "service/gh-notifier.h"

G_BEGIN_DECLS

/*
 * Who may be told of what: the creator of a subscription, of what it could RETRIEVE. One rule for
 * events as they happen and for those of before (preSubscriptionNotify).
 */

/**
 * gh_told_may_see: who asks may retrieve, by the policies of now, the resource that the event is
 * about: the @subject, its instance, or its child; of a child that is gone, what it said itself.
 * Not counted. View's thread.
 */
gboolean gh_told_may_see (const GhService *service, const GhView *view,
                          const GhRequestFacts *asking, const GhNode *subject,
                          const GhEventFacts *event);

/** gh_told_mark: how the creator of a subscription has proven who it is, as a number that is kept
 * with it; 0: not at all. */
guint64 gh_told_mark (const GhRequestFacts *facts);
/** gh_told_mark_of: the mark of a subscription; 0 when it is not there any more. View's thread. */
guint64 gh_told_mark_of (const GhView *view, const GhSubscriptionResource *resource);

#define GH_TOLD_ARENA 4096 /* octets that one originator needs at most */

/**
 * gh_told_asking: the request that the creator of @resource could make now: who it is, proven as
 * when it subscribed. It comes from nowhere: no rule that asks for an address permits it.
 * @resource: with an owner
 * @arena: of GH_TOLD_ARENA, for what @out holds
 * FALSE: nobody could. View's thread.
 */
gboolean gh_told_asking (const GhService *service, const GhView *view,
                         const GhSubscriptionResource *resource, GhArena *arena,
                         GhRequestFacts *out);

/** gh_told_of_end: whether a subscription may be told that @node ends, which is still there: later
 * its policies may have gone with it. GhWriterHost.may_be_told. */
gboolean gh_told_of_end (gpointer service, const GhView *view, const GhCompiled *subscription,
                         const GhNode *node);

G_END_DECLS
