/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhExplainQuestion: a request that is only thought of. */
typedef struct {
  const char *originator, *target; /* in any form */
  guint operation;                 /* one GH_ACOP bit */
  gint created_type;               /* of a create; else 0 */
  gboolean updates_policies;       /* an update of acpi */
  GhProof proof;                   /* of the originator */
  guint strength;                  /* of that */
  const guint8 *peer_address;      /* 16 octets; NULL: there is none */
  gint64 wall_us;
} GhExplainQuestion;

/** GhExplainedRule: @rule: JSON of one rule, owned. */
typedef struct {
  char *rule;
  GhRuleOutcome outcome;
} GhExplainedRule;

/** GhExplainedPolicy: an entry of acpi, or the policy that was asked about itself; texts are owned,
 * @state is static: "in-force", "missing", "elsewhere", "expired", "no-policy". */
typedef struct {
  char *reference, *resource;
  const char *state;
  GArray *rules; /* GhExplainedRule; NULL: it is not in force */
} GhExplainedPolicy;

/** GhExplanation: @by: "administrator", "registration", "creator" or "policies", @privileges: "pv"
 * or "pvs"; both static. */
typedef struct {
  gboolean allowed;
  const char *by, *privileges;
  char *resource, *owner; /* owner: NULL: the CSE itself */
  GPtrArray *policies;    /* GhExplainedPolicy */
} GhExplanation;

void gh_explanation_clear (GhExplanation *explanation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhExplanation, gh_explanation_clear)

/**
 * gh_explain:
 * A dry run of the decision, by the same function. Counts and records nothing. FALSE with @fault
 * (4000, 4004) when there is nothing to decide about. Any thread.
 */
gboolean gh_explain (GhService *service, const GhExplainQuestion *question, GhExplanation *out,
                     GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
