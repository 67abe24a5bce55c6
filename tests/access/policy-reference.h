/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-decision.h"

/*
 * The same decision again, slow and by other means: straight from the JSON, with GLib's regular
 * expressions, dates and address masks. For sets that gh_policy_compile() accepts.
 */
typedef struct {
  GhVerdict verdict;
  GHashTable *needs; /* "0:group", "1:role": every fact that could decide */
} Reference;

void reference_decide (const GhValue *const *sets, guint n_sets, const GhHome *home,
                       const GhRequestFacts *request, const GhKnownFacts *known, Reference *out);
void reference_clear (Reference *reference);
