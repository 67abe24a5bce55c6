/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/* Group request identifiers that are kept, and all targets of them together. */
#define GH_GROUP_REQUESTS_MAX 4096
#define GH_GROUP_TARGETS_MAX  65536

/**
 * GhGroupRequests:
 * Which resources a group request has reached already (TS-0004 7.3.3.2), so that groups that
 * contain each other end, and no member is asked twice. Any thread; its lock is held for a look-up.
 */
GhGroupRequests *gh_group_requests_new (void);
void gh_group_requests_free (GhGroupRequests *requests);

/**
 * gh_group_requests_admit:
 * @id: Group Request Identifier
 * @to: the address of the target in any form; forms of one resource of this CSE are the same
 * @expires_us: wall time until which @id is kept, counted from its first use
 * Returns: FALSE with @fault: 4104 when @id has been at the target before, 5000 when the table is
 * full.
 */
gboolean gh_group_requests_admit (GhService *service, const char *id, const char *to,
                                  gint64 expires_us, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_group_requests_forget: the request with an identifier of our own is over. */
void gh_group_requests_forget (GhGroupRequests *requests, const char *id);
/** gh_group_requests_count: identifiers that are kept. */
guint gh_group_requests_count (GhGroupRequests *requests);

G_END_DECLS
