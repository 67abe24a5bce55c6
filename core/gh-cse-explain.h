/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"
#include "service/gh-explain.h"

G_BEGIN_DECLS

/** gh_cse_explain: gh_explain() of a CSE that runs, and is not stopped meanwhile. The time of
 * @question 0: now. Any thread. */
gboolean gh_cse_explain (GhCse *cse, const GhExplainQuestion *question, GhExplanation *out,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
