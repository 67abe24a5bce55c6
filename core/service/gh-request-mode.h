/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/* How a request is answered (Response Type, TS-0004 7.2.2.2 Recv-2.0), and when it is carried out
 * (Operation Execution Time). */

/** gh_request_mode_check: response type, execution time and persistence fit together and into the
 * limits of this CSE. FALSE with @fault: 4000, 4008, 5207. Any thread. */
gboolean gh_request_mode_check (const GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_mode_prove_again: for one that has waited: its principal becomes what the credential
 * that proved the originator stands for now, which may be less than when it was accepted. Before
 * gh_check_identity(). FALSE with @fault (4106): the credential is not good any more. Any thread.
 */
gboolean gh_request_mode_prove_again (GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_request_mode_begin:
 * @job: a request that has begun (gh_exchange_begin())
 * Returns: FALSE: it is to be carried out now; TRUE: the job is taken, and will be carried out
 * later, or was refused. Any thread.
 */
gboolean gh_request_mode_begin (GhJob *job) G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_promise_resume: carries out what an earlier process had promised with the <request>
 * @id and not begun, or lets it go on waiting for another CSE. FALSE with @fault: why that is not
 * possible, GH_ERROR_STORE: not now; without: there is no promise. Writer's thread. */
gboolean gh_request_promise_resume (GhService *service, const char *id, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * GhRequestMode: a request that is acknowledged before it has its result, or may come to be.
 *
 * One that another CSE carries out may wait for that CSE while its <request> is PENDING: nothing of
 * it has left, and a later process goes on with it. Before it leaves its <request> becomes
 * FORWARDED, durably: it is never sent again by a process that does not know whether it arrived.
 */
GhRequestMode *gh_request_mode_ref (GhRequestMode *mode);
void gh_request_mode_unref (GhRequestMode *mode);
/** gh_request_mode_cancel: the request is not carried out, if that has not begun. FALSE: too late.
 * Any thread. */
gboolean gh_request_mode_cancel (GhRequestMode *mode) G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_mode_is_kept: (nullable): its <request> is PENDING until it leaves. Any thread. */
gboolean gh_request_mode_is_kept (const GhRequestMode *mode);
/** GhRequestLeaveFunc: @kept: the mark is durable; FALSE: the store failed, and it must not leave.
 * Must not block. */
typedef void (*GhRequestLeaveFunc) (gboolean kept, gpointer user_data);
/** gh_request_mode_leave: of one that is kept: it is about to leave. @func once, on another thread
 * or within the call. Any thread. */
void gh_request_mode_leave (GhRequestMode *mode, GhRequestLeaveFunc func, gpointer user_data);
/** gh_request_mode_stay: nothing of it has left after all. Any thread. */
void gh_request_mode_stay (GhRequestMode *mode);

G_END_DECLS
