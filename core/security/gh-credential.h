/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-clock.h"
#include "base/gh-error.h"
#include "base/gh-secret.h"

G_BEGIN_DECLS

typedef enum {
  GH_CREDENTIAL_PSK = 1, /* a provisioned symmetric key; subject: KpsaID (TS-0003 8.2.2.1) */
  GH_CREDENTIAL_X509,    /* a certificate; subject: the identity in its subjectAltName */
  GH_CREDENTIAL_RPK,     /* a raw public key; subject: its RFC 6920 identifier */
  GH_CREDENTIAL_ANCHOR,  /* a certification authority that vouches for certificates */
  GH_CREDENTIAL_USER,    /* a user of the machine, whom the message bus vouches for; subject: see
                          * gh_user_subject_check() */
  GH_N_CREDENTIAL_KINDS
} GhCredentialKind;

typedef enum {
  GH_CREDENTIAL_PENDING,
  GH_CREDENTIAL_ACTIVE,
  GH_CREDENTIAL_SUSPENDED,
  GH_CREDENTIAL_REVOKED, /* for ever */
} GhCredentialState;

/* What the certificates of an anchor may prove (TS-0003 10.1; bits). */
typedef enum {
  GH_PURPOSE_AE = 1 << 0,     /* AE-ID certificates */
  GH_PURPOSE_CSE = 1 << 1,    /* CSE-ID certificates */
  GH_PURPOSE_NODE = 1 << 2,   /* Node-ID certificates */
  GH_PURPOSE_DEVICE = 1 << 3, /* device certificates */
  GH_PURPOSE_SERVER = 1 << 4, /* FQDN certificates of servers that we are a client of */
  GH_PURPOSE_ALL = 31,
} GhPurpose;

/**
 * GhCredential:
 * One version of one credential of the vault: immutable, shared. A change makes a new version with
 * the same @number; @generation grows with each change after which what was proven before counts no
 * more (suspension, revocation, rotation, another validity, fewer identities).
 */
typedef struct {
  gint ref_count;
  guint64 number; /* never given twice */
  guint64 anchor; /* of a certificate's entry that its registration made: only certificates of this
                   * anchor are meant; 0: any */
  GhCredentialKind kind;
  GhCredentialState state;
  guint generation;
  guint suid;          /* m2m:suid; 12: pre-provisioned, for security associations */
  guint purposes;      /* GhPurpose bits, of an anchor */
  gboolean admits_any; /* of an anchor: its certificates need no entry of their own */
  const char *id;      /* Credential-ID, "12-KpsaID" (TS-0003 B.2.5 types) */
  const char *subject; /* what a peer shows: see GhCredentialKind */
  const char *owner;   /* whom it belongs to; several credentials of one owner share identities */
  const char *label;   /* for people; may be NULL */
  /* AE-IDs in stem form ("CMonitor", "Sabc"), or one CSE-ID ("/mn1"); what From may be. Grows by
   * registration. NULL-terminated, never NULL */
  const char *const *identities;
  /* a new AE may be registered under these stems: "C", "S" (any that the CSE chooses), "Cpump*";
   * NULL-terminated, never NULL */
  const char *const *stems;
  /* App-IDs that its AEs may have, with "*" at the end; empty: any. NULL-terminated, never NULL */
  const char *const *app_ids;
  /* authorities ("host:port") that it is shown to when we are the client; NULL-terminated */
  const char *const *targets;
  gboolean administrator; /* may use the administrator's originator of the configuration */
  gint64 not_before_us, not_after_us; /* wall clock; GH_NEVER_US: no end */
  gint64 created_us, changed_us;
  GhSecret *secret;    /* the key of a PSK; the private key (PKCS #8, DER) when we are the client;
                        * else NULL */
  GBytes *public_data; /* DER: certificate or chain, SubjectPublicKeyInfo; NULL for a PSK */
} GhCredential;

GhCredential *gh_credential_ref (GhCredential *credential);
void gh_credential_unref (GhCredential *credential);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhCredential, gh_credential_unref)

/** gh_credential_check_usable: active and within its validity at @wall_us. FALSE with @fault
 * ("12-pump7@example.org: suspended"). Any thread. */
gboolean gh_credential_check_usable (const GhCredential *credential, gint64 wall_us,
                                     GhFault *fault);

/** gh_credential_kind_name, gh_credential_state_name: "psk", "active"; static.
 * gh_credential_kind_parse, gh_credential_state_parse: the other way; FALSE when unknown. */
const char *gh_credential_kind_name (GhCredentialKind kind);
gboolean gh_credential_kind_parse (const char *name, GhCredentialKind *out);
const char *gh_credential_state_name (GhCredentialState state);
gboolean gh_credential_state_parse (const char *name, GhCredentialState *out);

/**
 * gh_kpsa_id_check: the syntax of KpsaID, relative part of letters, digits, '.', '_' and '-', an @,
 * and a domain name; at most 128 octets; an embedded zero octet is refused (TS-0003 10.5; @length
 * octets, not zero-terminated). Any thread.
 */
gboolean gh_kpsa_id_check (const char *text, gsize length, GhFault *fault);

/**
 * gh_user_subject_check: the subject of a user: the number of his user id, "1000", and for one of
 * his programs alone what the system says about it: "1000/unit/clock.service" (systemd) or
 * "1000/flatpak/org.example.Clock". Any thread.
 */
gboolean gh_user_subject_check (const char *subject, GhFault *fault);

G_END_DECLS
