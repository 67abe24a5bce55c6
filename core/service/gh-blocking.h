/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"
#include "service/gh-subscription.h"

G_BEGIN_DECLS

/**
 * GhBlocking:
 * Updates that wait for the target of a blocking subscription (net 7) to agree, and what waits for
 * those (TS-0004 7.5.1.2.19, TS-0001 9.6.8). What waits is an intent with the deadline of its
 * notification; no lock is held meanwhile. All functions on any thread.
 */

/* Updates and deletions of one resource that may wait for the one that is blocked. */
#define GH_BLOCKING_MAX_WAITING 64

GhBlocking *gh_blocking_new (void);
/** gh_blocking_free: when no notification is under way any more. What still waits is dropped. */
void gh_blocking_free (GhBlocking *blocking);
/** gh_blocking_found: there is, or was, a blocking subscription; before that nothing is looked for.
 */
void gh_blocking_found (GhBlocking *blocking);

/**
 * gh_blocking_take:
 * @intent: (transfer full) when it is taken
 * TRUE: the intent is an update that a blocking subscription of its target is asked about, or it
 * waits for such a one; it goes to the writer, or is answered, later. FALSE: nothing stands in its
 * way.
 */
gboolean gh_blocking_take (GhService *service, GhIntent *intent) G_GNUC_WARN_UNUSED_RESULT;

/** gh_blocking_has: whether @node has a blocking subscription. View's thread. */
gboolean gh_blocking_has (const GhNode *node);
/** gh_blocking_check: the target of the blocking subscription @draft may update its subject @node
 * (TS-0001 table 10.2.10.2-1). FALSE with @fault (4103). View's thread. */
gboolean gh_blocking_check (GhJob *job, const GhView *view, const GhNode *node,
                            const GhSubscription *subscription, GhFault *fault);

G_END_DECLS
