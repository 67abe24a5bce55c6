/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-server-key.h"
#include "security/gh-tls-profile.h"
#include "security/gh-tls-tickets.h"

G_BEGIN_DECLS

/* What gh-server-key.c, gh-tls-context.c, gh-tls.c, gh-datagram.c and gh-stream.c share. */

/** GhServerKey: what GhServerKeys holds at a time; immutable, shared. Any thread. */
typedef struct _GhServerKey GhServerKey;
GhServerKey *gh_server_key_ref (GhServerKey *key);
void gh_server_key_unref (GhServerKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhServerKey, gh_server_key_unref)
/** gh_server_keys_get: NULL before the first load. (transfer full) */
GhServerKey *gh_server_keys_get (GhServerKeys *keys);
/** gh_server_key_has: a certificate, or with @raw_keys at least a key. */
gboolean gh_server_key_has (const GhServerKey *key, gboolean raw_keys);
/** gh_server_key_get_staple: the OCSP answer, while it holds; NULL: none. Owned by @key. */
const gnutls_datum_t *gh_server_key_get_staple (GhServerKey *key);
/** gh_server_key_get_credentials: must not outlive @key. */
gnutls_certificate_credentials_t gh_server_key_get_credentials (const GhServerKey *key,
                                                                gboolean raw_keys);

typedef enum {
  GH_TLS_PRIORITY_CERTIFICATES,
  GH_TLS_PRIORITY_PSK,
  GH_TLS_PRIORITY_BOTH,
  GH_TLS_PRIORITY_RAW, /* a client that shows a raw key */
  GH_TLS_N_PRIORITIES
} GhTlsPriority;

struct _GhTlsContext {
  gint ref_count;
  GhSecurity *security;
  const GhTlsProfile *profile;
  GhTlsRole role;
  gboolean datagram, raw_keys, require_certificate, can_psk;
  guint ticket_lifetime_s;
  char **alpn;
  gnutls_priority_t priorities[GH_TLS_N_PRIORITIES];
  gnutls_certificate_credentials_t certificates; /* of a client that shows none */
  gnutls_psk_server_credentials_t psk; /* of a server */
  GhTicketKeys *tickets;               /* of a server */
  GMutex lock;
  GHashTable *resumable; /* of a client: name of the server to GhTlsResumable */
};

/* What a client keeps to resume. */
typedef struct {
  GhSecret *data; /* of GnuTLS */
  guint64 credential;
  guint generation;
  gint64 until_us; /* wall clock */
} GhTlsResumable;

/** gh_tls_context_init_flags: for gnutls_init(). */
unsigned gh_tls_context_init_flags (const GhTlsContext *context);

/** gh_tls_add_key: @secret: private key; @chain: certificates, NULL: its raw public key. */
gboolean gh_tls_add_key (gnutls_certificate_credentials_t to, GhSecret *secret, gconstpointer chain,
                         gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_tls_session_key_pending: the key of @identity is being fetched, so the handshake must wait
 * before it gets the ClientKeyExchange. */
gboolean gh_tls_session_key_pending (GhTlsSession *tls, const guint8 *identity, gsize length);
/** gh_tls_session_remember: a client's association works: keep what resumes it. */
void gh_tls_session_remember (GhTlsSession *tls);

/** gh_tls_key_log_settle: before the handshake: no secret of @session is ever written to a file,
 * unless this is a build for tests (--enable-test-key-log). */
void gh_tls_key_log_settle (gnutls_session_t session);

/* Called by GnuTLS in the middle of a handshake. */
int gh_tls_session_give_key (gnutls_session_t session, const gnutls_datum_t *identity,
                             gnutls_datum_t *key);
int gh_tls_session_verify (gnutls_session_t session);

G_END_DECLS
