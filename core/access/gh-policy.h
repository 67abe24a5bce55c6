/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "primitive/gh-value.h"
#include "security/gh-originator.h"

G_BEGIN_DECLS

/* m2m:accessControlOperations, a bit sum (TS-0004 6.3.4.2.29) */
enum {
  GH_ACOP_CREATE = 1,
  GH_ACOP_RETRIEVE = 2,
  GH_ACOP_UPDATE = 4,
  GH_ACOP_DELETE = 8,
  GH_ACOP_NOTIFY = 16,
  GH_ACOP_DISCOVERY = 32,
  GH_ACOP_ALL = 63
};

#define GH_POLICY_MAX_RULES   4096  /* of one set */
#define GH_POLICY_MAX_ENTRIES 65536 /* of all lists below them together */

/* Members of acco of our own: how the originator must have been proven. A list of gh_proof_name();
 * and bits, see gh-strength.h. */
#define GH_POLICY_FRAMEWORKS "ghfw"
#define GH_POLICY_STRENGTH   "ghst"

/**
 * GhPolicy:
 * A compiled m2m:setOfAcrs (pv or pvs). Immutable, reference-counted, any thread.
 */
typedef struct _GhPolicy GhPolicy;

/**
 * gh_policy_compile:
 * @set: the value of pv or pvs; need not have passed the attribute table
 * What is not understood (a context member, a wildcard where none may stand, a location region)
 * compiles to a part that never permits, and is counted in gh_policy_get_inert() so that the CSE
 * can say so in its log. How each form is read is written in docs/access-control.md. Keeps neither
 * @set nor @home. Returns: (transfer full), or NULL with @fault (4000, "acr[2]: acop: ...") for
 * what no reading makes valid: values of the wrong kind, acop outside 0..63, malformed windows and
 * addresses, more than the limits above.
 */
GhPolicy *gh_policy_compile (const GhValue *set, const GhHome *home, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
GhPolicy *gh_policy_ref (GhPolicy *policy);
void gh_policy_unref (GhPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhPolicy, gh_policy_unref)
guint gh_policy_get_n_rules (const GhPolicy *policy);
guint gh_policy_get_inert (const GhPolicy *policy);
/** gh_policy_uses_context: TRUE when a decision of it may change with time, address or remote
 * facts, and must not be cached. */
gboolean gh_policy_uses_context (const GhPolicy *policy);

G_END_DECLS
