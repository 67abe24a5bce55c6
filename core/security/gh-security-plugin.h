/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gnutls/gnutls.h>

#include "base/gh-config.h"
#include "security/gh-principal.h"
#include "security/gh-vault.h"

G_BEGIN_DECLS

/* What a security plugin is (design sections 6 and 7): it judges what a peer shows and answers with
 * a claim. Only the core turns a claim into a principal. */

typedef struct _GhSecurityPlugin GhSecurityPlugin;

/** GhShown: what a peer showed, kept to judge it again; see gh-security.h. */
typedef struct _GhShown GhShown;

/** GhClaim: what a plugin holds for proven once the handshake ends well. */
typedef struct {
  GhProof proof;
  GhCredential *credential; /* of the vault; (transfer full) to whoever receives the claim */
  GhCredential *anchor;     /* of a certificate whose entry @credential is: who vouched for it; else
                             * NULL. (transfer full) */
  char *identity;           /* that a certificate names ("/mn1", "//sp/cse/Cx"), or NULL: those of
                             * the credential. (transfer full) */
  char *app_id;             /* that a certificate names, or NULL (transfer full) */
  gint64 not_after_us;      /* of the certificate chain; GH_NEVER_US: no end of its own */
  GhShown *shown;           /* the core's, not a plugin's: to judge the certificates again */
  guint strength;           /* gh_strength_of_key() of the weakest key that was verified; 0: that of
                             * the credential's secret */
} GhClaim;

void gh_claim_clear (GhClaim *claim);

typedef enum {
  GH_KEY_UNKNOWN, /* the caller goes on with a random key, so that it looks like a wrong one */
  GH_KEY_FOUND,
  GH_KEY_PENDING, /* being fetched; ask again when told (plugins that fetch keys) */
} GhKeyStatus;

/** GhKeyQuery: as read from the wire; nothing in it is trusted. */
typedef struct {
  const char *identity; /* @length octets, may hold zero octets */
  gsize length;
  guint8 suite[2]; /* of the ServerHello; 0, 0: not known */
  gboolean datagram;
} GhKeyQuery;

/** GhPeerEvidence: what a peer showed in a handshake whose signatures GnuTLS has verified. */
typedef struct {
  const gnutls_datum_t *chain; /* DER, the peer's own first; NULL with a raw key */
  guint n_chain;               /* at most GH_MAX_CHAIN */
  gnutls_datum_t raw_key;      /* SubjectPublicKeyInfo, DER; data NULL with certificates */
  gnutls_datum_t ocsp;         /* stapled response of the first certificate; data NULL: none */
  gboolean server;             /* the peer is a server that we connected to */
  const char *expected_name;   /* then: host name or identity that we meant; may be NULL */
  gint64 wall_us;
} GhPeerEvidence;

#define GH_MAX_CHAIN       8
#define GH_MAX_CERTIFICATE 16384

/** GhSecurityHost: what the core gives a security plugin; valid from create to free. Any thread. */
typedef struct {
  gsize struct_size;
  gpointer core;
  const GhConfig *config;
  GhClock *clock;
  const char *cse_id, *sp_domain;
  /** find: a credential of a kind that this plugin may prove; else NULL. (transfer full) */
  GhCredential *(*find) (gpointer core, GhCredentialKind kind, const char *subject);
  /** anchors: (element-type GhCredential) (transfer full): active ones that have one of
   * @purposes */
  GPtrArray *(*anchors) (gpointer core, guint purposes);
} GhSecurityHost;

/**
 * GhSecurityOps:
 * Exported by a security plugin. Missing trailing members are NULL. All but create and free on any
 * thread, several at a time, in the middle of a handshake: they answer from memory and never block.
 */
typedef struct {
  gsize struct_size;
  const char *name;       /* "psk" */
  guint credential_kinds; /* bits 1 << GhCredentialKind that it may prove */
  GhSecurityPlugin *(*create) (const GhSecurityHost *host, GError **error);
  void (*free) (GhSecurityPlugin *plugin);
  /* FOUND: @key and @claim are set (transfer full) */
  GhKeyStatus (*psk_lookup) (GhSecurityPlugin *plugin, const GhKeyQuery *query, GhSecret **key,
                             GhClaim *claim);
  /* TRUE: @claim is set; FALSE: @fault says why, for the log */
  gboolean (*judge_peer) (GhSecurityPlugin *plugin, const GhPeerEvidence *evidence, GhClaim *claim,
                          GhFault *fault);
  /* revocation lists and the like are read again, from where @config says now; it is borrowed for
   * the call. FALSE: what there was still counts. One call at a time. */
  gboolean (*reload) (GhSecurityPlugin *plugin, const GhConfig *config, GError **error);
} GhSecurityOps;

/** GH_SECURITY_HAS: @ops is long enough to have @member, and has it. */
#define GH_SECURITY_HAS(ops, member)                                                      \
  ((ops)->struct_size >= G_STRUCT_OFFSET (GhSecurityOps, member) + sizeof ((ops)->member) \
   && (ops)->member != NULL)

G_END_DECLS
