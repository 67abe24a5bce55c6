/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-security.h"

G_BEGIN_DECLS

/* TLS profiles as data, and what every TLS or DTLS session of Gatehouse has in common, whoever owns
 * its socket (design section 5). */

/** GhTlsProfile: static data. */
typedef struct _GhTlsProfile GhTlsProfile;

/** gh_tls_profile_find: "onem2m", "lwm2m" or "modern"; NULL: unknown. gh_tls_profile_names:
 * NULL-terminated. */
const GhTlsProfile *gh_tls_profile_find (const char *name);
const char *const *gh_tls_profile_names (void);

/** gh_tls_profile_takes_server: the keys and signatures of what the servers show now are those of
 * @profile. FALSE with @fault: handshakes with certificates would fail. */
gboolean gh_tls_profile_takes_server (const GhTlsProfile *profile, GhSecurity *security,
                                      GhFault *fault);

typedef enum { GH_TLS_SERVER, GH_TLS_CLIENT } GhTlsRole;

/**
 * GhTlsContext:
 * One listener's, or all outgoing connections': profile, GnuTLS's credentials, ticket key. Shared
 * by its sessions on any threads. What a server shows is not its own: see gh-server-key.h.
 */
typedef struct _GhTlsContext GhTlsContext;

typedef struct {
  const GhTlsProfile *profile;
  GhTlsRole role;
  gboolean datagram;
  gboolean raw_keys;            /* raw public keys are possible (not where libmicrohttpd owns the
                                 * session) */
  gboolean require_certificate; /* a client without a certificate is refused (no PSK either) */
  guint ticket_lifetime_s;      /* 0: no tickets; 60 to 604800 */
  const char *const *alpn;      /* (nullable) NULL-terminated */
} GhTlsContextConfig;

/** gh_tls_context_new: a server needs a key and certificate of gh_security_get_server_keys(), or a
 * plugin that proves pre-shared keys; its ticket key is in the vault. Errors say what is missing.
 */
GhTlsContext *gh_tls_context_new (GhSecurity *security, const GhTlsContextConfig *config,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
GhTlsContext *gh_tls_context_ref (GhTlsContext *context);
void gh_tls_context_unref (GhTlsContext *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhTlsContext, gh_tls_context_unref)

/**
 * GhTlsSession: the state of one handshake and of what it proved; beside a gnutls_session_t, which
 * it does not own. gnutls_db_set_ptr() of the session points to it.
 */
typedef struct _GhTlsSession GhTlsSession;

/**
 * gh_tls_session_new:
 * @session: initialised by the caller (libmicrohttpd, gh-datagram.c, gh-stream.c), before the first
 * octet
 * @server_name: (nullable): of a client: host name for SNI and for judging the server, or
 * the CSE-ID that the server has to prove
 * @authority: (nullable): of a client: "host:port", to find its credential; NULL: anonymous client
 * Sets priorities (1.2 only when the ClientHello offers external PSKs), credentials, hooks,
 * tickets.
 */
GhTlsSession *gh_tls_session_new (GhTlsContext *context, gnutls_session_t session,
                                  const char *server_name, const char *authority, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_tls_session_free (GhTlsSession *tls);

/**
 * gh_tls_session_admit: after the handshake is complete, full or resumed, and before any
 * application octet is handed on: checks what was negotiated against the profile, judges the peer
 * again, admits. FALSE with @fault: close it. A client gets the admission of its server.
 */
gboolean gh_tls_session_admit (GhTlsSession *tls, GInetAddress *peer, guint64 association,
                               GhAdmission *out, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_tls_session_is_resumed (const GhTlsSession *tls);
/** gh_tls_session_describe: "DTLS1.2 PSK AES-128-CCM-8" and more, for the log. */
void gh_tls_session_describe (GhTlsSession *tls, char *out, gsize size);

G_END_DECLS
