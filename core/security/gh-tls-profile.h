/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-tls.h"

G_BEGIN_DECLS

/* What the profiles of gh-tls.h allow, for gh-tls.c, the tests and the tools. */

typedef struct {
  guint8 id[2]; /* as on the wire */
  const char *name;
  gnutls_kx_algorithm_t kx; /* GNUTLS_KX_UNKNOWN: a suite of TLS 1.3 */
  gnutls_cipher_algorithm_t cipher;
  gnutls_mac_algorithm_t mac;
} GhTlsSuite;

struct _GhTlsProfile {
  const char *name;
  const GhTlsSuite *suites; /* in the order that is preferred */
  guint n_suites;
  const gnutls_protocol_t *stream_versions; /* these five end with 0 */
  const gnutls_protocol_t *datagram_versions;
  const gnutls_group_t *groups;
  const gnutls_sign_algorithm_t *signatures;
  guint min_ec_bits, min_rsa_bits; /* 0: no such keys */
};

/* Which part of a profile a session offers. */
typedef struct {
  gboolean datagram;
  gboolean psk;          /* the suites with pre-shared keys; then TLS 1.3 is not offered */
  gboolean certificates; /* the others */
  gboolean raw_keys;     /* beside X.509 */
  gboolean raw_first;    /* rather raw keys than X.509 for our own (a client that has one) */
} GhTlsOffer;

/** gh_tls_profile_priority: GnuTLS's priority string for @offer. Returns: (transfer full) */
char *gh_tls_profile_priority (const GhTlsProfile *profile, const GhTlsOffer *offer);
/** gh_tls_profile_find_suite: NULL when @profile has no suite with this number. */
const GhTlsSuite *gh_tls_profile_find_suite (const GhTlsProfile *profile, guint8 first,
                                             guint8 second);
/** gh_tls_suite_is_psk: with a pre-shared key, up to TLS 1.2. */
gboolean gh_tls_suite_is_psk (const GhTlsSuite *suite);

/** gh_tls_profile_judge: what @session negotiated is what @profile allows: version, suite, group,
 * signatures. FALSE with @fault. */
gboolean gh_tls_profile_judge (const GhTlsProfile *profile, gnutls_session_t session,
                               GhFault *fault);
/** gh_tls_profile_judge_keys: the sizes of keys, and what signed the certificates, that a peer
 * shows are what @profile allows. FALSE with @fault. */
gboolean gh_tls_profile_judge_keys (const GhTlsProfile *profile, const GhPeerEvidence *evidence,
                                    GhFault *fault);

G_END_DECLS
