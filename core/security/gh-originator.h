/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-arena.h"
#include "base/gh-error.h"

G_BEGIN_DECLS

/** GH_ORIGINATOR_MAX_LENGTH: octets of a From or of one entry of acor; longer ones are refused. */
#define GH_ORIGINATOR_MAX_LENGTH 255

/**
 * GhOriginator:
 * An originator taken apart once per request, all forms canonical: what the compiled patterns are
 * compared with. Strings point into the request or the CSE's own identity.
 *
 * An AE whose stem begins with S is unique in its service provider's domain, so that "Sabc",
 * "/Sabc", "/cse/Sabc" and "//sp/Sabc" are one originator, without a registrar. One whose stem
 * begins with C belongs to its registrar: "Cx" is "/gatehouse/Cx" on the CSE "gatehouse". A single
 * segment that begins with S is an AE, unless it is the home CSE's own identifier.
 */
typedef struct {
  const char *sp_domain; /* without the leading "//" */
  const char *cse_id;    /* without "/"; of an AE its registrar (C-type) or NULL (S-type) */
  const char *ae_id;     /* "C..." or "S..." stem; NULL: the originator is a CSE */
} GhOriginator;

/** GhHome: who this CSE is: relative forms in a policy and in From are completed with it. */
typedef struct {
  const char *sp_domain; /* "example.org" */
  const char *cse_id;    /* "gatehouse", without "/" */
} GhHome;

/**
 * gh_originator_parse:
 * @text: From: AE-ID stem ("CMonitor", "Sabc"), SP-relative ("/cse/CMonitor", "/cse", "/Sabc") or
 * absolute ("//sp/cse/Cx")
 *
 * Allocates from @arena. Refuses (4000) empty text, more than
 * GH_ORIGINATOR_MAX_LENGTH octets, every character that is not unreserved in RFC 3986 (blanks,
 * controls, wildcards, anything beyond ASCII), empty segments, "." and "..", a stem that does not
 * begin with C or S, and a bare "C" or "S", which ask for a stem at registration but name nobody
 * (TS-0001 7.2, 10.2.2.2). Comparison is by octet: nothing is folded or normalised. Any thread.
 */
gboolean gh_originator_parse (const char *text, const GhHome *home, GhArena *arena,
                              GhOriginator *out, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_originator_equal: the same AE or CSE. Any thread. */
gboolean gh_originator_equal (const GhOriginator *a, const GhOriginator *b);

/**
 * gh_originator_print:
 * The shortest form that @home's CSE understands: "Cx", "Sabc", "/cse/Cx", "/cse", "//sp/...": what
 * belongs into creator and into the owner of a resource. Returns: in @arena, NULL when its bound is
 * reached
 */
const char *gh_originator_print (const GhOriginator *originator, const GhHome *home, GhArena *arena)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_originator_same:
 * @home: (nullable): without it relative and complete forms are never the same
 * Whether two texts name the same originator; FALSE when one is malformed. Allocates nothing. Any
 * thread.
 */
gboolean gh_originator_same (const char *a, const char *b, const GhHome *home);

/** gh_originator_is: like gh_originator_same() with one side taken apart. Allocates nothing. Any
 * thread. */
gboolean gh_originator_is (const GhOriginator *originator, const char *text, const GhHome *home);

/** gh_originator_is_well_formed: gh_originator_parse() would accept it. Any thread. */
gboolean gh_originator_is_well_formed (const char *text);

/** gh_originator_shorten: the form that gh_originator_print() gives, "Cx", "Sabc", "/cse": what a
 * credential calls it. Returns: (transfer full): NULL when malformed. Any thread. */
char *gh_originator_shorten (const char *text, const GhHome *home);

/** gh_originator_is_cse: @text is well-formed and names a CSE: "/mn1", "//sp/mn1"; @home (nullable)
 * as for gh_originator_parse(). Any thread. */
gboolean gh_originator_is_cse (const char *text, const GhHome *home);

/** gh_octet_is_unreserved: a character of RFC 3986 2.3. */
static inline gboolean
gh_octet_is_unreserved (char octet)
{
  return g_ascii_isalnum (octet) || octet == '-' || octet == '.' || octet == '_' || octet == '~';
}

/** gh_identifier_is_unreserved: @length octets, at least one, all unreserved in RFC 3986 2.3, and
 * not "." or "..". */
gboolean gh_identifier_is_unreserved (const char *text, gsize length);

G_END_DECLS
