/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhPollerOptions: copied. */
typedef struct {
  const char *const *urls; /* points of access of the registrar */
  guint wait_ms;           /* of one poll */
  guint timeout_ms;        /* of what has an answer at once, and more than wait_ms for a poll */
  guint retry_s;           /* longest wait between two tries */
} GhPollerOptions;

/**
 * GhPoller:
 * Makes the polling channel of this CSE at its registrar, polls it, carries out what comes, with
 * the rights of who the registrar is proven to be, and tells the answers (TS-0001 10.2.5.12). One
 * thread of its own, which waits for nobody else.
 */
GhPoller *gh_poller_new (GhService *service, const GhPollerOptions *options);
void gh_poller_start (GhPoller *poller);
/** gh_poller_follow: @resource: the address of this CSE's <remoteCSE> at the registrar; NULL: there
 * is none. Any thread. */
void gh_poller_follow (GhPoller *poller, const char *resource);
/** gh_poller_stop: no request is taken any more; answers still go out. Before the transports stop.
 */
void gh_poller_stop (GhPoller *poller);
/** gh_poller_free: when no transport is left. */
void gh_poller_free (GhPoller *poller);

G_END_DECLS
