/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-watch.h"
#include "security/gh-audit.h"
#include "security/gh-security-plugin.h"
#include "security/gh-server-key.h"

G_BEGIN_DECLS

/**
 * GhSecurity:
 * Where what a peer proved becomes a principal. One a CSE. It holds the vault, the security plugins
 * and the audit log; associations and TLS of any transport ask it, and nobody else makes principals
 * from credentials. Any thread.
 */
typedef struct _GhSecurity GhSecurity;

typedef struct {
  const GhConfig *config;
  GhClock *clock;
  GhVault *vault;                                 /* taken over */
  GhAudit *audit;                                 /* taken over; may be NULL */
  const char *cse_id, *sp_domain, *administrator; /* copied; administrator may be NULL */
  guint associations_each; /* that one credential may have at a time; 0: no bound */
} GhSecurityOptions;

GhSecurity *gh_security_new (const GhSecurityOptions *options);
/** gh_security_free: when no association is left. */
void gh_security_free (GhSecurity *security);
GhVault *gh_security_get_vault (GhSecurity *security);
GhAudit *gh_security_get_audit (GhSecurity *security);
GhClock *gh_security_get_clock (GhSecurity *security);
/** gh_security_get_server_keys: what the servers of this CSE show; read by the first of them. */
GhServerKeys *gh_security_get_server_keys (GhSecurity *security);
const GhConfig *gh_security_get_config (GhSecurity *security);

/** gh_security_add_plugin: also of one that was stopped. @ops must stay; a reference of @config is
 * taken; NULL: that of @security. Handshakes that are under way may ask it already. */
gboolean gh_security_add_plugin (GhSecurity *security, const GhSecurityOps *ops,
                                 const GhConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_security_stop_plugin: it is not asked any more, and what it alone has proven does not count:
 * admissions by it end at the next request, see gh_security_is_silent(). */
void gh_security_stop_plugin (GhSecurity *security, const GhSecurityOps *ops);
/** gh_security_has_plugin: it was added, and not stopped. */
gboolean gh_security_has_plugin (GhSecurity *security, const GhSecurityOps *ops);
/** gh_security_can_prove: some plugin, which may be stopped, proves credentials of @kind. */
gboolean gh_security_can_prove (GhSecurity *security, GhCredentialKind kind);
/** gh_security_is_silent: those that judge such a proof are stopped, all of them. */
gboolean gh_security_is_silent (GhSecurity *security, GhProof proof);
/** gh_security_reload: revocation lists and the like, from where @config says now; goes on with the
 * others when one fails. From now on whoever has shown certificates is judged again, see
 * gh_security_list_refused(). Blocks on the disk; one call at a time. */
gboolean gh_security_reload (GhSecurity *security, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_security_list_refused: (element-type guint64) (transfer full): the live associations whose
 * certificates would not be admitted any more, for gh_cse_close_association(). */
GArray *gh_security_list_refused (GhSecurity *security);

/** GhRecall: what proved the originator of a request when it was accepted. */
typedef struct {
  GhProof proof;
  guint strength;
  guint64 credential;         /* its number */
  guint generation;           /* as it was proven */
  const guint8 *peer_address; /* 16 octets; NULL: there was none */
} GhRecall;

/** gh_security_recall: for a request that was accepted and is carried out later, without its
 * association: who its originator is now. NULL with @fault (4106): the credential is gone, not
 * usable, not what was proven then, or the anchor that its certificates must be of is not usable.
 * (transfer full) Any thread. */
GhPrincipal *gh_security_recall (GhSecurity *security, const GhRecall *recall, GhFault *fault);

/* In the middle of a handshake. */
GhKeyStatus gh_security_find_key (GhSecurity *security, const GhKeyQuery *query, GhSecret **key,
                                  GhClaim *claim);
gboolean gh_security_judge_peer (GhSecurity *security, const GhPeerEvidence *evidence,
                                 GhClaim *claim, GhFault *fault);

/**
 * GhAdmission: what an association may do, and until when. Filled by gh_security_admit().
 */
typedef struct {
  GhPrincipal *principal; /* owned */
  guint64 credential;     /* number in the vault; 0: a certificate that its anchor admits */
  guint64 anchor;         /* number of the anchor that vouched for the certificate; 0: none did */
  guint generation;       /* of the credential, or without one of the anchor */
  guint anchor_generation;
  guint64 epoch;       /* of the vault when it was judged last */
  gint64 ends_us;      /* wall clock: the association ends before */
  gint64 not_after_us; /* of the certificate chain itself */
  char *app_id;        /* that the certificate names, or NULL; owned */
  GhShown *shown;      /* to judge the certificates again; NULL: there are none; owned */
  guint64 trust;       /* what was trusted when they were judged last */
} GhAdmission;

void gh_admission_clear (GhAdmission *admission);

/**
 * GhTicketFacts: what a ticket carries about the handshake that it was made in. Compared at
 * resumption with what the vault says now.
 */
typedef struct {
  guint64 credential, anchor;
  guint32 generation;
  gint64 made_us;      /* wall clock, of the full handshake */
  gint64 not_after_us; /* of the certificate chain */
} GhTicketFacts;

/**
 * gh_security_admit:
 * @claim: judged in this handshake, full or resumed
 * @ticket: (nullable): of a resumed handshake: refused when the generation differs
 * @peer: (nullable): address of the peer; @association: identifier of the association
 *
 * The one admission: called after every handshake, before any application octet (design section 5).
 * The credential is looked up again, must be usable and of the same generation as when the ticket
 * was made; identities are those of the vault. FALSE with @fault: the association is closed. Any
 * thread.
 */
gboolean gh_security_admit (GhSecurity *security, const GhClaim *claim, const GhTicketFacts *ticket,
                            GInetAddress *peer, guint64 association, GhAdmission *out,
                            GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_security_still_admitted: before each request of an association: one load when nothing has
 * changed; else the credential is looked up again and the principal renewed (an AE that registered,
 * a right that was taken). FALSE with @fault: close it. The caller owns @admission and lets no
 * other thread use it meanwhile.
 */
gboolean gh_security_still_admitted (GhSecurity *security, GhAdmission *admission, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_security_next_association_id: never 0, never twice in one process. */
guint64 gh_security_next_association_id (GhSecurity *security);

/**
 * GhAssociationInfo: a live association, for the status. Strings are borrowed in a callback.
 */
typedef struct {
  guint64 id;
  const char *transport; /* "coaps", "https", "coaps+tcp" */
  const char *peer;      /* "192.0.2.7:40000" */
  const char *suite;     /* "DTLS1.2 PSK AES-128-CCM-8" */
  const char *credential_id;
  guint64 credential; /* number in the vault, of the anchor when it admitted the certificate */
  guint generation;   /* of the admission */
  guint64 anchor;     /* that vouched beside the credential; 0: none */
  guint anchor_generation;
  GhProof proof;
  GhShown *shown; /* of the admission */
  gboolean resumed, client;
  gint64 since_us, ends_us; /* wall clock */
} GhAssociationInfo;

/** gh_admission_describe: fills in what @admission says: Credential-ID, credential, anchor, proof
 * and end. */
void gh_admission_describe (const GhAdmission *admission, GhAssociationInfo *info);

/** gh_security_association_opened, _closed: kept for the status and the audit log. closed: @reason
 * is static. */
void gh_security_association_opened (GhSecurity *security, const GhAssociationInfo *info);
void gh_security_association_closed (GhSecurity *security, guint64 id, const char *reason);
/** GhAssociationClosedFunc: on the thread that closed it; must not block nor answer anything within
 * the call. */
typedef void (*GhAssociationClosedFunc) (guint64 id, gpointer user_data);
/** gh_security_set_closed: who else is told when an association is closed. Before the first
 * handshake. */
void gh_security_set_closed (GhSecurity *security, GhAssociationClosedFunc func,
                             gpointer user_data);
/** gh_security_set_watch: who is told of associations; borrowed. Before any handshake. */
void gh_security_set_watch (GhSecurity *security, GhWatch *watch);
/** gh_security_list_associations: at most @limit with id > @after; @func must not call back. */
void gh_security_list_associations (GhSecurity *security, guint64 after, guint limit,
                                    void (*func) (const GhAssociationInfo *info,
                                                  gpointer user_data),
                                    gpointer user_data);
/** gh_security_associations_of: (element-type guint64) (transfer full): the live ones that
 * @credential proved in another generation than @generation; G_MAXUINT: in any. */
GArray *gh_security_associations_of (GhSecurity *security, const GhCredential *credential,
                                     guint generation);

G_END_DECLS
