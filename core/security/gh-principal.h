/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "base/gh-error.h"
#include "security/gh-originator.h"

G_BEGIN_DECLS

/* Who proved the identity (design section 6). */
typedef enum {
  GH_PROOF_NONE,    /* nobody: an originator that is only claimed (--dev) */
  GH_PROOF_LOCAL,   /* the embedding program */
  GH_PROOF_BUS_UID, /* the uid of a bus caller */
  GH_PROOF_PSK,
  GH_PROOF_X509,
  GH_PROOF_RPK,
  GH_PROOF_MAF,
  GH_PROOF_GBA,
  GH_PROOF_GROUP,
  GH_PROOF_ESPRIM,
} GhProof;

/** gh_proof_name: "psk"; static. gh_proof_parse: the other way; FALSE when unknown. */
const char *gh_proof_name (GhProof proof);
gboolean gh_proof_parse (const char *name, GhProof *out);

/**
 * GhPrincipal:
 * An identity that was proven, or the fact that none was. Immutable, shared, made only by the core.
 * References on any thread.
 */
typedef struct _GhPrincipal GhPrincipal;

/**
 * gh_principal_new_claimed: for plain listeners of --dev: any From is taken as it is; authenticated
 * is FALSE. gh_principal_new_local: for the embedding program and the bus: may use @identities
 * (NULL-terminated, copied).
 */
GhPrincipal *gh_principal_new_claimed (GInetAddress *peer);
GhPrincipal *gh_principal_new_local (GhProof proof, const char *const *identities);
/** gh_principal_with_identity: a copy of @principal that may also use @identity (an AE that it
 * registered). Returns: (transfer full) */
GhPrincipal *gh_principal_with_identity (const GhPrincipal *principal, const char *identity);

/** GhPrincipalProof: what a credential proved; strings are copied. */
typedef struct {
  GhProof proof;
  const char *const *identities; /* that From may be; NULL-terminated */
  const char *const *stems;      /* AE-ID stems that it may register, "C", "S", "Cpump*" */
  const char *const *app_ids;    /* of the AEs that it may register; empty: any */
  const char *credential_id;     /* "12-KpsaID" */
  const char *owner;             /* of the credential */
  guint64 credential, association;
  guint64 anchor;             /* that vouches for the certificate, without a credential */
  guint generation;           /* of the credential or anchor as it was proven */
  GInetAddress *peer;         /* may be NULL */
  const guint8 *peer_address; /* 16 octets, instead of @peer; may be NULL */
  guint strength;             /* see gh-strength.h */
} GhPrincipalProof;

/** gh_principal_new_proven: made by gh_security_admit() and gh_security_recall() only. Returns:
 * (transfer full) */
GhPrincipal *gh_principal_new_proven (const GhPrincipalProof *proof);
GhPrincipal *gh_principal_ref (GhPrincipal *principal);
void gh_principal_unref (GhPrincipal *principal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhPrincipal, gh_principal_unref)

GhProof gh_principal_get_proof (const GhPrincipal *principal);
/** gh_principal_get_strength: of what proved it, see gh-strength.h; that of a local one is
 * GH_STRENGTH_MOST, and 0 when nothing did. */
guint gh_principal_get_strength (const GhPrincipal *principal);
/** gh_principal_is_authenticated: what rq_authn of the decision is (TS-0003 7.1.3). */
gboolean gh_principal_is_authenticated (const GhPrincipal *principal);
/** gh_principal_get_peer_address: 16 octets (IPv4 as mapped IPv6), or NULL when there is no network
 * peer. */
const guint8 *gh_principal_get_peer_address (const GhPrincipal *principal);
/**
 * gh_principal_may_use_at:
 * @from: as the request has it
 * @home: (nullable): who the CSE is, so that "Cx" and "/gatehouse/Cx" are the same there; without
 * it a relative form equals only itself
 * @from names one of its identities. A claimed principal may use any that is well-formed, and the
 * "C" and "S" that ask for an AE-ID-Stem at registration. Any thread.
 */
gboolean gh_principal_may_use_at (const GhPrincipal *principal, const char *from,
                                  const GhHome *home);
/** gh_principal_may_use: gh_principal_may_use_at() without a home. */
gboolean gh_principal_may_use (const GhPrincipal *principal, const char *from);

/** gh_principal_get_credential_id: "12-KpsaID"; NULL when no credential was involved.
 * gh_principal_get_credential: its number in the vault, else 0. gh_principal_get_association: 0:
 * none. */
const char *gh_principal_get_credential_id (const GhPrincipal *principal);
guint64 gh_principal_get_credential (const GhPrincipal *principal);
/** gh_principal_get_anchor: number of the anchor that vouches for a certificate without an entry in
 * the vault; else 0. */
guint64 gh_principal_get_anchor (const GhPrincipal *principal);
/** gh_principal_get_generation: of that credential or anchor when it was proven; see
 * GhCredential.generation. */
guint gh_principal_get_generation (const GhPrincipal *principal);
guint64 gh_principal_get_association (const GhPrincipal *principal);
const char *gh_principal_get_owner (const GhPrincipal *principal);
/** gh_principal_get_identities: what From may be; NULL-terminated, never NULL. A claimed principal
 * has none of its own. */
const char *const *gh_principal_get_identities (const GhPrincipal *principal);
/**
 * gh_principal_get_cse_id: "/mn1" (or absolute) when the principal is a CSE, else NULL.
 */
const char *gh_principal_get_cse_id (const GhPrincipal *principal);
/** gh_principal_may_register_at: @stem ("Cpump7", or "C" and "S", which leave the choice to the
 * CSE) is one that it may register an AE under: an identity of its own, or one that its stems name.
 * A claimed or local principal may register any. */
gboolean gh_principal_may_register_at (const GhPrincipal *principal, const char *stem,
                                       const GhHome *home);
/** gh_principal_may_run: an AE of it may have the App-ID @app_id. */
gboolean gh_principal_may_run (const GhPrincipal *principal, const char *app_id);

G_END_DECLS
