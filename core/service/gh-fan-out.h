/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/* Groups within groups; deeper ones are answered for, not asked. */
#define GH_FAN_OUT_MAX_DEPTH 8
/* Members that may be under way at once for one request: a batch of the writer. */
#define GH_FAN_OUT_WINDOW 64

/**
 * GhFanOut:
 * A request to the fan-out point of a group (TS-0004 7.4.14) while its members answer. It runs on
 * the workers in slices of a millisecond; between them, and while it waits for the writer or for a
 * peer, it holds no thread.
 */

/**
 * gh_fan_out_begin:
 * @job: whose To may name the fan-out point of a group of this CSE, or something below it
 * Returns: FALSE when it does not; TRUE when it does: then the job is taken, and is answered with
 * an m2m:agr or refused. Any thread, outside of read sections.
 */
gboolean gh_fan_out_begin (GhJob *job) G_GNUC_WARN_UNUSED_RESULT;
/** gh_fan_out_slice: asks members until the slice is over, they wait for the writer, or all have
 * answered. Takes the job. Worker. */
void gh_fan_out_slice (GhJob *job);
/** gh_fan_out_cancel: answers with what is there: the workers have stopped. Takes the job. */
void gh_fan_out_cancel (GhJob *job);

G_END_DECLS
