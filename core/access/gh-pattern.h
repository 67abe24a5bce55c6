/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-originator.h"

G_BEGIN_DECLS

/** GH_ORIGINATOR_KEY_SIZE: octets that hold the key of any originator, NUL included; a longer one
 * has no key and matches no rule by name. */
#define GH_ORIGINATOR_KEY_SIZE 640

/* What an entry of acor is (TS-0003 7.1.3, TS-0004 7.3.3.15, TS-0001 7.2). */
typedef enum {
  GH_PATTERN_INERT,    /* not understood: matches nobody */
  GH_PATTERN_ALL,      /* the keyword */
  GH_PATTERN_EXACT,    /* one AE or CSE: @key; */
  GH_PATTERN_DOMAIN,   /* everybody of a service provider's domain: @key */
  GH_PATTERN_WILDCARD, /* AEs or CSEs: @parts */
  GH_PATTERN_GROUP,    /* the members of a <group>: a remote fact */
  GH_PATTERN_ROLE,     /* who has a role: a remote fact */
} GhPatternKind;

/**
 * GhPattern:
 * One entry of acor, taken apart. Of a wildcard, a part that is NULL must be absent in the
 * originator.
 */
typedef struct {
  GhPatternKind kind;
  char key[GH_ORIGINATOR_KEY_SIZE];             /* EXACT, DOMAIN */
  char sp_domain[GH_ORIGINATOR_MAX_LENGTH + 1]; /* WILDCARD */
  char cse_id[GH_ORIGINATOR_MAX_LENGTH + 1], ae_id[GH_ORIGINATOR_MAX_LENGTH + 1]; /* "" for NULL */
} GhPattern;

/** gh_pattern_parse: never fails: what cannot be understood is GH_PATTERN_INERT. Pure, any thread.
 */
void gh_pattern_parse (const char *text, const GhHome *home, GhPattern *out);

/** gh_glob_matches: "*" stands for any octets, also none; everything else for itself. Linear in
 * @text for each literal piece. */
gboolean gh_glob_matches (const char *glob, const char *text);

/** gh_originator_key: one text for one originator, "sp/cse/Cx", "sp//Sx" or "sp/cse". Returns its
 * length, 0: it has none. */
gsize gh_originator_key (const GhOriginator *originator, char out[GH_ORIGINATOR_KEY_SIZE]);

G_END_DECLS
