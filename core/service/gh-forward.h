/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/**
 * GhForwards:
 * The requests that have left for another CSE, or for an AE, and wait for their answer: no thread
 * and no lock is held meanwhile. One that comes back by a circle is refused because its identifier
 * is still under way (gh_exchange_begin()). A NOTIFY or a request that is not waited for, with a
 * Request Expiration Timestamp, waits until then for a neighbour that is away, in order (TS-0001
 * 5.2.2). Any thread.
 */
GhForwards *gh_forwards_new (void);
void gh_forwards_free (GhForwards *forwards);
/** gh_forwards_stop: answers those that wait; none is taken any more. Before the transports go. */
void gh_forwards_stop (GhService *service);

/** gh_forwards_retry: a neighbour may be back: those that wait for it are tried soon. Any thread.
 */
void gh_forwards_retry (GhService *service);

/** gh_forwards_polled: @holder polls: what waits in the store for that leaves. Any thread. */
void gh_forwards_polled (GhService *service, const char *holder);

/** gh_forward_is_for: @request is for another CSE than this one. Any thread. */
gboolean gh_forward_is_for (const GhService *service, const GhRequest *request);
/**
 * gh_forward:
 * Sends the request of @job to the next CSE on its way (TS-0004 7.3.2.6) and answers with what
 * comes back, or refuses: 4004 there is no way, 4106 From is not registered here, 5103 out of
 * reach, 4008 too late. Takes the job. Any thread, outside of read sections.
 */
void gh_forward (GhJob *job);

typedef struct {
  guint64 sent, answered, failed, refused, waiting;
  guint64 held; /* of those that wait: for a neighbour that is away */
} GhForwardStatistics;
void gh_forward_statistics (GhService *service, GhForwardStatistics *out);

G_END_DECLS
