/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse-private.h"

G_BEGIN_DECLS

/**
 * gh_cse_metrics:
 * @principal: (nullable): who asks
 * The CSE's numbers in the text format of Prometheus, for those that [metrics] readers names.
 * Returns: (transfer full) (nullable): %NULL: not for this one, who is to learn nothing of it. Any
 * thread, while the CSE runs.
 */
GhBuffer *gh_cse_metrics (GhCse *cse, const GhPrincipal *principal);

G_END_DECLS
