/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/gh-resource.h"
#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

/* The matching conditions of filter criteria (TS-0004 7.3.3.17). */

/**
 * gh_filter_check:
 * What no resource is needed for: criteria that this build does not evaluate (5001), an attribute
 * that no type has, and criteria in a CREATE or NOTIFY (4000, 7.3.2.1). Any thread.
 */
gboolean gh_filter_check (const GhRequest *request, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_filter_has_conditions: @filter says which resources match, not only how many are listed. */
gboolean gh_filter_has_conditions (const GhFilterCriteria *filter);

/**
 * gh_filter_matches:
 * @counters: (nullable): of a container
 * Conditions of one kind, such as a lower and an upper bound of a time, are one condition; all of
 * them must hold, or with filterOperation OR one of them. A resource without the attribute that a
 * condition is about does not match it. Pure, any thread.
 */
gboolean gh_filter_matches (const GhFilterCriteria *filter, const GhResource *resource,
                            const GhCounters *counters);

G_END_DECLS
