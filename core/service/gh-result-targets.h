/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/**
 * gh_result_targets_check: whom the result of a non-blocking request may be told (X-M2M-RTU). The
 * CSE tells nobody for an originator whom that one may not tell itself: a target of this CSE is the
 * originator, or one that it may NOTIFY; a URL is at one of the originator's own points of access,
 * or at a server that [request] result-urls names. What other CSEs host is judged there. FALSE with
 * @fault (4000, 4103). Any thread.
 */
gboolean gh_result_targets_check (const GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
