/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-arena.h"
#include "base/gh-error.h"

G_BEGIN_DECLS

#define GH_ADDRESS_MAX_LENGTH   1024
#define GH_ADDRESS_MAX_SEGMENTS 48

/**
 * GhAddress:
 * A "To" taken apart (TS-0001 7.2, TS-0004 6.2.3): CSE-relative "gatehouse/ae/cnt" or "cnt-2a",
 * SP-relative
 * "/csi/gatehouse/ae", absolute "//sp.example/csi/gatehouse/ae". The CSE's own segment is not among
 * @segments.
 */
typedef struct {
  const char *sp_domain; /* NULL unless absolute */
  const char *cse_id;    /* without "/"; NULL when CSE-relative */
  guint n_segments;      /* 0: the CSE itself, "/csi" */
  const char *const *segments;
  const char *fragment; /* attribute after '#'; NULL */
} GhAddress;

/**
 * gh_address_parse:
 * @to: NUL-terminated; bounded by the limits above
 * Strings are copied to @arena. Refuses empty segments, what is not unreserved in RFC 3986, dot
 * segments, and what is over the limits: FALSE with @fault (4000, "To: segment 3 is empty"). Pure,
 * any thread.
 */
gboolean gh_address_parse (const char *to, GhArena *arena, GhAddress *out, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_name_is_valid: m2m:resourceName (TS-0004 6.3.3): a letter or digit, then letters, digits,
 * "-", "." and "_"; 1..128 octets; not a virtual name (la, ol, fopt, pcu). */
gboolean gh_name_is_valid (const char *name);

G_END_DECLS
