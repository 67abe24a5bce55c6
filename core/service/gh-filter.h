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

/* Which conditions on a child hold. */
#define GH_FILTER_CHILD_LABELS     1u
#define GH_FILTER_CHILD_TYPES      2u
#define GH_FILTER_CHILD_ATTRIBUTES 4u

/** GhFilterSubject: a resource, and what conditions can be about besides. */
typedef struct {
  const GhResource *resource;
  const GhCounters *counters; /* (nullable): of a container */
  const GhResource *parent;   /* (nullable): none, or the originator may not see it */
  const GhCounters *parent_counters;
  guint child_holds; /* of gh_filter_child_holds() of all children that may be seen */
} GhFilterSubject;

/**
 * gh_filter_matches:
 * Conditions of one kind, such as a lower and an upper bound of a time, are one condition; all of
 * them must hold, or with filterOperation OR one of them. A resource without the attribute that a
 * condition is about does not match it. Pure, any thread.
 */
gboolean gh_filter_matches (const GhFilterCriteria *filter, const GhFilterSubject *about);

typedef enum {
  GH_FILTER_FAILS,
  GH_FILTER_HOLDS,
  GH_FILTER_OPEN, /* its attributes must be looked at */
} GhFilterGuess;

/** gh_filter_guess: what follows from type and times alone. @row: a resource without values. */
GhFilterGuess gh_filter_guess (const GhFilterCriteria *filter, const GhResource *row);

/** gh_filter_may_have_type: FALSE when no resource of type @number can match. */
gboolean gh_filter_may_have_type (const GhFilterCriteria *filter, gint number);

/** gh_filter_is_any: filterOperation OR: one condition suffices. */
gboolean gh_filter_is_any (const GhFilterCriteria *filter);
/** gh_filter_may_match_instances: FALSE when a condition must hold that none fulfils, as instances
 * have no children. */
gboolean gh_filter_may_match_instances (const GhFilterCriteria *filter);

/** gh_filter_child_conditions: which of the conditions on children are given. */
guint gh_filter_child_conditions (const GhFilterCriteria *filter);
/** gh_filter_child_holds: which of them @child fulfils for its parent. */
guint gh_filter_child_holds (const GhFilterCriteria *filter, const GhResource *child,
                             const GhCounters *counters);
/** gh_filter_has_parent_conditions: on labels, type or attributes of the parent. */
gboolean gh_filter_has_parent_conditions (const GhFilterCriteria *filter);

/** gh_filter_is_discovery: addresses are asked for, by the privilege DISCOVER. */
gboolean gh_filter_is_discovery (const GhRequest *request);
/** gh_filter_wants_children: discovery, or rcn 4, 5, 6 or 8. */
gboolean gh_filter_wants_children (const GhRequest *request);

G_END_DECLS
