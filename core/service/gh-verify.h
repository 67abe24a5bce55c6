/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/** gh_verify_concerns: resources of @type have targets that must confirm them: a <subscription> and
 * a <crossResourceSubscription>, by the same rule (TS-0001 10.2.10.2 and 10.2.10.22). */
gboolean gh_verify_concerns (const GhType *type);
/**
 * gh_verify_targets: the targets of a new subscription of @subject that must confirm it: those that
 * are identifiers and not the originator itself (TS-0004 7.4.8.2.1). The target of a blocking one
 * must be allowed to update @subject. NULL: none, or @fault is set. (transfer full, char*)
 */
GPtrArray *gh_verify_targets (GhJob *job, const GhView *view, const GhNode *subject,
                              const GhDraft *draft, GhFault *fault);
/** gh_verify_new_targets: the same for an update of the subscription @node: those that it did not
 * tell before. Else one could name somebody later who would not have agreed. */
GPtrArray *gh_verify_new_targets (GhJob *job, const GhView *view, const GhNode *node,
                                  const GhDraft *draft, GhFault *fault);
/** gh_verify: asks them all; the intent goes to the writer when all agree, else it is refused with
 * 5204. Takes both. */
void gh_verify (GhService *service, GhIntent *intent, GPtrArray *targets);

G_END_DECLS
