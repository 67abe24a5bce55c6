/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "security/gh-security-plugin.h"

G_BEGIN_DECLS

/* The way from a certificate to an anchor (RFC 5280 6.1, TS-0003 8.1.2.2 and 10.1), over bounded
 * DER. No disk, no clock of its own, no trust of the system. */

/** GhCertRules: what a site demands beyond the standard. */
typedef struct {
  guint rsa_bits; /* fewest; 0: RSA is refused */
  gboolean require_name_constraints;
  gboolean server; /* the first certificate is a server's: extendedKeyUsage, if there */
  gint64 wall_us;
} GhCertRules;

/** GhCertPath: the certificates from the peer's own (0) to the anchor's (n - 1); owned. */
typedef struct {
  gnutls_x509_crt_t certificates[GH_MAX_CHAIN + 1];
  guint n;
  GhCredential *anchor;
  gint64 not_after_us; /* the earliest end of all */
  guint strength;      /* of the weakest key of all */
} GhCertPath;

void gh_cert_path_clear (GhCertPath *path);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhCertPath, gh_cert_path_clear)

/**
 * gh_cert_path_build:
 * @chain: DER, the peer's own first, the others in any order
 * @n_chain: 1..GH_MAX_CHAIN
 * @anchors: (element-type GhCredential): that may be the end; their public_data begins with their
 * certificate
 * Follows issuers, each signature verified, until an anchor has signed. Nothing but signatures and
 * names is judged. FALSE with @fault; @path is to be cleared in either case.
 */
gboolean gh_cert_path_build (const gnutls_datum_t *chain, guint n_chain, const GPtrArray *anchors,
                             GhCertPath *path, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_cert_path_check: validity, key and signature algorithms, keyUsage, basicConstraints, path
 * length, nameConstraints, critical extensions, from the anchor down; sets not_after_us.
 */
gboolean gh_cert_path_check (GhCertPath *path, const GhCertRules *rules, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cert_key_check: EC of at least 256 bits, Ed25519, or RSA of @rsa_bits. */
gboolean gh_cert_key_check (int algorithm, guint bits, guint rsa_bits, const char *whose,
                            GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_cert_signature_check: SHA-256 and better. */
gboolean gh_cert_signature_check (int algorithm, const char *whose, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cert_constraints_check: every name in @certificate against the nameConstraints of @authority;
 * a kind of constraint that is not understood refuses every name of that kind (RFC 5280 4.2.1.10).
 * @out_any: @authority has some */
gboolean gh_cert_constraints_check (gnutls_x509_crt_t authority, gnutls_x509_crt_t certificate,
                                    gboolean *out_any, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_cert_uri_host: the host of "//host/..." or "scheme://host:port/..."; FALSE: it has none */
gboolean gh_cert_uri_host (const char *uri, const char **out_host, gsize *out_length);

G_END_DECLS
