/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/* Members that one look into a group and the groups within it takes; beyond, nobody is a member. */
#define GH_FACT_MAX_MEMBERS 4096

/**
 * gh_fact_holds:
 * @originator: of the request
 * @fact: what a decision needs to know (GhNeeds)
 * @before: as GhPastAccess.before
 *
 * A group of this CSE is looked at as @view has it; groups of other CSEs and roles are not had
 * here, and what cannot be had is false (design section 6). Allocates nothing. View's thread.
 */
gboolean gh_fact_holds (const GhService *service, const GhView *view,
                        const GhOriginator *originator, const GhFact *fact, guint64 before);

G_END_DECLS
