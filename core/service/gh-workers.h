/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/**
 * GhWorkers:
 * A few threads with a store reader each, for what memory cannot answer: cache misses, children,
 * discovery. Their number is below GH_GATE_PLACES.
 */

/** gh_workers_new: opens the readers. FALSE with GH_ERROR_STORE. */
GhWorkers *gh_workers_new (GhService *service, guint n_threads, guint queue_limit, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_workers_push: FALSE: the queue is full, the caller keeps the job. Any thread. */
gboolean gh_workers_push (GhWorkers *workers, GhJob *job) G_GNUC_WARN_UNUSED_RESULT;
/** gh_workers_push_again: a job that has begun goes on behind the others, whatever the limit.
 * FALSE: the workers have stopped, the caller keeps the job. Any thread. */
gboolean gh_workers_push_again (GhWorkers *workers, GhJob *job) G_GNUC_WARN_UNUSED_RESULT;
/** gh_workers_length: jobs that wait. Any thread. */
guint gh_workers_length (GhWorkers *workers);
/** gh_workers_stop: finishes what is queued and ends the threads. */
void gh_workers_stop (GhWorkers *workers);
void gh_workers_free (GhWorkers *workers);

/** gh_workers_lock_store / unlock: no worker uses its reader in between; the readers are closed,
 * and opened again after. Writer's thread. */
void gh_workers_lock_store (GhWorkers *workers);
void gh_workers_unlock_store (GhWorkers *workers);

G_END_DECLS
