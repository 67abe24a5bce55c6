/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cert-status.h"

G_BEGIN_DECLS

/**
 * gh_cert_security_ops: the certificate framework (TS-0003 8.2.2.2, 10.1): raw public keys,
 * device, Node-ID, CSE-ID and AE-ID certificates of peers, CSE-ID and FQDN certificates of servers.
 */
extern const GhSecurityOps gh_cert_security_ops;

/** GhCertJudge: rules and lists as one look at them; plain data. */
typedef struct {
  const GhSecurityHost *host;
  const GhCertLists *lists;
  GhCertRules rules;
  gboolean accept_stale, require_ocsp;
} GhCertJudge;

/** gh_cert_judge_peer, gh_cert_judge_server, gh_cert_judge_key: what the plugin's judge_peer is
 * made of: certificates of a client, of a server that we connected to, raw keys of either. */
gboolean gh_cert_judge_peer (const GhCertJudge *judge, const GhPeerEvidence *evidence,
                             GhClaim *claim, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_cert_judge_server (const GhCertJudge *judge, const GhPeerEvidence *evidence,
                               GhClaim *claim, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_cert_judge_key (const GhCertJudge *judge, const GhPeerEvidence *evidence,
                            GhClaim *claim, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
