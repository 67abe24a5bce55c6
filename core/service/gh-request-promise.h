/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"
#include "write/gh-effect.h"

G_BEGIN_DECLS

/*
 * What was acknowledged and has not begun is kept with its <request>, so that the next start can
 * carry it out: the primitive as it came, when it came and is to be carried out, and what proved
 * its originator. It is forgotten in the batch that keeps a result, and before anything begins that
 * the store does not undo: then nobody knows after a crash what became of it, and it is not
 * repeated.
 */

/** gh_request_promise_render: of a @job that will be carried out at @execute_us (wall time; 0:
 * now). NULL: too large, or nobody could prove its originator again. (transfer full) Any thread. */
char *gh_request_promise_render (const GhJob *job, gint64 execute_us);

/** gh_request_promise_keep: @promise of the <request> @id; NULL: no longer. Writer's thread, in a
 * batch. FALSE with @error: the batch is to be dropped. */
gboolean gh_request_promise_keep (GhWriter *writer, const char *id, const char *promise,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_request_promise_recall: the request of the <request> @id as it was promised. Its originator
 * is proven by what the vault says now. NULL with @fault: GH_ERROR_STORE, or why it cannot be
 * carried out; without: there is no promise. (transfer full) Writer's thread. */
GhJob *gh_request_promise_recall (GhService *service, const char *id, gint64 *out_execute_us,
                                  GhFault *fault);

G_END_DECLS
