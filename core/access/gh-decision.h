/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-policy.h"
#include "security/gh-principal.h"

G_BEGIN_DECLS

typedef enum { GH_DENY, GH_ALLOW, GH_NEED } GhVerdict;

/** GhRequestFacts: everything about the request that a rule can ask for. */
typedef struct {
  GhOriginator originator;
  GhProof proof;                     /* of the originator; rq_authn: other than NONE */
  guint strength;                    /* of that, see gh-strength.h */
  guint operation;                   /* exactly one GH_ACOP bit */
  gint target_type;                  /* ty of the target */
  const char *target_specialization; /* cnd or mgd of the target as text, NULL when it has none */
  gint created_type;                 /* of a create; else 0 */
  const guint8 *peer_address;        /* 16 octets, NULL when unknown */
  gint64 wall_us;
} GhRequestFacts;

/**
 * GhKnownFacts: what was fetched so far. Absent entries are unknown; what is known not to hold is
 * there with value FALSE.
 */
typedef enum { GH_FACT_GROUP_MEMBER, GH_FACT_ROLE } GhFactKind;
typedef struct {
  GhFactKind kind;
  const char *name;
  gboolean holds;
} GhFact;
typedef struct {
  const GhFact *facts;
  guint n_facts;
} GhKnownFacts;

/** GhNeeds: which facts would decide; filled on GH_NEED, points into the policies. */
#define GH_MAX_NEEDS 8
typedef struct {
  GhFactKind kinds[GH_MAX_NEEDS];
  const char *names[GH_MAX_NEEDS];
  guint n;
} GhNeeds;

/** GhRuleOutcome: how far a rule got with a request, in the order in which it is looked at; the
 * first condition that did not hold. */
typedef enum {
  GH_OUTCOME_ORIGINATOR, /* it names others */
  GH_OUTCOME_MEMBERSHIP, /* of a group or role that it names, which the originator has not */
  GH_OUTCOME_OPERATION,
  GH_OUTCOME_AUTHENTICATION,
  GH_OUTCOME_OBJECT,
  GH_OUTCOME_NOT_UNDERSTOOD,
  GH_OUTCOME_FRAMEWORK,
  GH_OUTCOME_STRENGTH,
  GH_OUTCOME_ADDRESS,
  GH_OUTCOME_TIME,
  GH_OUTCOME_PERMITS,
} GhRuleOutcome;

/** GhRuleFunc: @policy: index in those of the decision; @rule: index in its acr. */
typedef void (*GhRuleFunc) (guint policy, guint rule, GhRuleOutcome outcome, gpointer user_data);

/**
 * gh_decide:
 * The one access decision (TS-0003 7.1.5): permit overrides over all rules of all @policies,
 * indeterminate is deny. Pure: no lock, no allocation, no I/O. @known may be NULL (nothing is
 * known). @needs may be NULL (then GH_NEED is never returned, unknown facts are false). GH_NEED
 * comes only when no rule permits and a fact that is not in @known could make one permit:
 * everything else in that rule matches. Asking again with those facts, be they FALSE, makes
 * progress. An @request whose operation is not one bit, or whose originator names nobody, is
 * denied. Any thread.
 */
GhVerdict gh_decide (const GhPolicy *const *policies, guint n_policies,
                     const GhRequestFacts *request, const GhKnownFacts *known, GhNeeds *needs);

/** gh_decide_traced: the same, and @func is told of each rule that has to do with the originator
 * what came of it, perhaps several times; no rule is left out because another one permits. */
GhVerdict gh_decide_traced (const GhPolicy *const *policies, guint n_policies,
                            const GhRequestFacts *request, const GhKnownFacts *known,
                            GhNeeds *needs, GhRuleFunc func, gpointer user_data);

/**
 * gh_decide_default:
 * @owner: (nullable): any form of originator; NULL: the CSE itself, which sends no requests to
 * itself
 *
 * The rule for a target without policies: its owner only (TS-0001 9.6.1.3.2: creator).
 * Allocates nothing. Any thread.
 */
GhVerdict gh_decide_default (const char *owner, const GhHome *home, const GhOriginator *originator);

G_END_DECLS
