/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/* How a request is answered (Response Type, TS-0004 7.2.2.2 Recv-2.0), and when it is carried out
 * (Operation Execution Time). */

/** gh_request_mode_check: response type, execution time and persistence fit together and into the
 * limits of this CSE. FALSE with @fault: 4000, 4008, 5207. Any thread. */
gboolean gh_request_mode_check (const GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_mode_check_credential: what proved the originator is still good. FALSE with @fault
 * (4106). Any thread. */
gboolean gh_request_mode_check_credential (const GhJob *job, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_request_mode_begin:
 * @job: a request that has begun (gh_exchange_begin())
 * Returns: FALSE: it is to be carried out now; TRUE: the job is taken, and will be carried out
 * later, or was refused. Any thread.
 */
gboolean gh_request_mode_begin (GhJob *job) G_GNUC_WARN_UNUSED_RESULT;

/**
 * GhRequestMode: a request that is acknowledged before it has its result, or may come to be.
 */
GhRequestMode *gh_request_mode_ref (GhRequestMode *mode);
void gh_request_mode_unref (GhRequestMode *mode);
/** gh_request_mode_cancel: the request is not carried out, if that has not begun. FALSE: too late.
 * Any thread. */
gboolean gh_request_mode_cancel (GhRequestMode *mode) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
