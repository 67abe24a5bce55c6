/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-decision.h"
#include "access/gh-network.h"
#include "access/gh-schedule.h"

G_BEGIN_DECLS

/* The compiled form, shared by the compiler and the decision. Indexes instead of pointers: the
 * arrays grow while compiling. */

/** GhRange: a piece of one of the arrays of the policy. */
typedef struct {
  guint32 first, count;
} GhRange;

typedef struct {
  guint8 operations; /* 0: the rule never permits */
  gboolean authenticated_only;
  gboolean has_contexts, has_objects; /* the list is there, be it empty */
  GhRange contexts, objects;
} GhRule;

/** GhContext: one element of acco. */
typedef struct {
  gboolean impossible; /* holds what cannot be evaluated */
  gboolean has_windows, has_networks, has_frameworks;
  guint32 frameworks; /* bits 1 << GhProof */
  guint strength;     /* at least; 0: any */
  GhRange windows, networks;
} GhContext;

/** GhObjectDetail: one element of acod. */
typedef struct {
  gint target_type;           /* 0: any */
  const char *specialization; /* NULL: any */
  GhRange child_types;
} GhObjectDetail;

/**
 * GhListed: a rule in a list of rules, with its operations above the number, so that most rules are
 * passed over without a look at them.
 */
typedef guint32 GhListed;
#define GH_LISTED_SHIFT 24
#define GH_LISTED_RULE  ((1u << GH_LISTED_SHIFT) - 1)

/** GhExact: a key with the rules that name it; sorted by length, then octets. */
typedef struct {
  const char *key;
  guint32 length;
  GhRange rules;
} GhExact;

/**
 * GhWildcard: NULL parts must be absent in the originator. The masks select those octets of the
 * beginning and the end of the last part that no star hides: most originators end there.
 */
typedef struct {
  guint64 prefix, prefix_mask, suffix, suffix_mask;
  const char *sp_domain, *cse_id, *ae_id;
  GhListed rule;
} GhWildcard;

/** GhRemote: an entry that only a fact can decide. */
typedef struct {
  GhFactKind kind;
  const char *name;
  GhListed rule;
} GhRemote;

struct _GhPolicy {
  gatomicrefcount ref_count;
  guint n_rules, n_inert;
  gboolean uses_context;
  GArray *rules;       /* GhRule */
  GArray *contexts;    /* GhContext */
  GArray *windows;     /* GhSchedule */
  GArray *networks;    /* GhNetwork */
  GArray *objects;     /* GhObjectDetail */
  GArray *child_types; /* gint */
  GArray *exact;       /* GhExact: AEs, CSEs and domains */
  GArray *exact_rules; /* GhListed */
  GArray *everybody;   /* GhListed: the rules with "all" */
  GArray *wildcards;   /* GhWildcard */
  GArray *remotes;     /* GhRemote */
  GStringChunk *strings;
};

/** gh_text_prefix: the first eight of the @length octets, zeros behind them. */
guint64 gh_text_prefix (const char *text, gsize length);
/** gh_text_suffix: the last eight of the @length octets, zeros before them. */
guint64 gh_text_suffix (const char *text, gsize length);
/** gh_exact_compare: the order of GhPolicy.exact. */
int gh_exact_compare (const GhExact *a, const char *key, gsize length);

G_END_DECLS
