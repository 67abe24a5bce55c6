/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-security.h"

G_BEGIN_DECLS

/**
 * GhProvers:
 * The security plugins of a GhSecurity: those that run are asked in the order of their loading. All
 * functions are those of gh-security.h of the same name. Any thread; handshakes hold a lock for
 * reading while a plugin judges from memory.
 */
typedef struct _GhProvers GhProvers;

/** gh_provers_new: the strings are borrowed. */
GhProvers *gh_provers_new (GhSecurity *security, const char *cse_id, const char *sp_domain);
void gh_provers_free (GhProvers *provers);

gboolean gh_provers_add (GhProvers *provers, const GhSecurityOps *ops, const GhConfig *config,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_provers_stop (GhProvers *provers, const GhSecurityOps *ops);
gboolean gh_provers_has (GhProvers *provers, const GhSecurityOps *ops);
gboolean gh_provers_can_prove (GhProvers *provers, GhCredentialKind kind);
gboolean gh_provers_is_silent (GhProvers *provers, GhProof proof);
gboolean gh_provers_reload (GhProvers *provers, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
GhKeyStatus gh_provers_find_key (GhProvers *provers, const GhKeyQuery *query, GhSecret **key,
                                 GhClaim *claim);
gboolean gh_provers_judge_peer (GhProvers *provers, const GhPeerEvidence *evidence, GhClaim *claim,
                                GhFault *fault);

G_END_DECLS
