/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/* m2m:accessControlOperations, a bit sum (TS-0004 6.3.4.2.29) */
enum { GH_ACOP_CREATE = 1, GH_ACOP_RETRIEVE = 2, GH_ACOP_UPDATE = 4, GH_ACOP_DELETE = 8, GH_ACOP_NOTIFY = 16, GH_ACOP_DISCOVERY = 32, GH_ACOP_ALL = 63 };

/**
 * GhOriginator:
 * An originator taken apart once per request, all forms canonical: what the compiled patterns are compared with.
 * Strings point into the request or the CSE's own identity.
 */
typedef struct {
  const char *sp_domain;   /* without the leading "//" */
  const char *cse_id;      /* without the leading "/": of an AE its registrar (C-type) or NULL (S-type) */
  const char *ae_id;       /* "C..." or "S..." stem; NULL: the originator is a CSE */
} GhOriginator;

/** GhHome: who this CSE is: relative forms in a policy and in From are completed with it. */
typedef struct {
  const char *sp_domain;   /* "example.org" */
  const char *cse_id;      /* "gatehouse", without "/" */
} GhHome;

/**
 * gh_originator_parse:
 * @text: From: AE-ID stem ("CMonitor", "Sabc"), SP-relative ("/cse/CMonitor", "/cse", "/Sabc") or absolute ("//sp/cse/Cx")
 * Allocates from @arena. Refuses empty text, control characters, blanks, wildcards, empty segments and what is no valid UTF-8.
 */
gboolean gh_originator_parse (const char *text, const GhHome *home, GhArena *arena, GhOriginator *out, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * GhPolicy:
 * A compiled m2m:setOfAcrs (pv or pvs). Immutable, reference-counted, any thread.
 */
typedef struct _GhPolicy GhPolicy;

/**
 * gh_policy_compile:
 * @set: the value of pv or pvs, validated by the table
 * What is not understood (a context member, a wildcard where none may stand, a location region) compiles to a rule that
 * never permits, and is counted in gh_policy_get_inert() so that the CSE can say so in its log.
 * Returns: (transfer full), or NULL with @fault (4000) for what no reading makes valid.
 */
GhPolicy *gh_policy_compile (const GhValue *set, const GhHome *home, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
GhPolicy *gh_policy_ref (GhPolicy *policy);
void gh_policy_unref (GhPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhPolicy, gh_policy_unref)
guint gh_policy_get_n_rules (const GhPolicy *policy);
guint gh_policy_get_inert (const GhPolicy *policy);
/** gh_policy_uses_context: TRUE when a decision of it may change with time, address or remote facts, and must not be cached. */
gboolean gh_policy_uses_context (const GhPolicy *policy);

G_END_DECLS
