/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-http-server-private.h"

G_BEGIN_DECLS

/* HTTPS on libmicrohttpd: it owns the socket and the session of GnuTLS, the core's TLS layer says
 * who the peer is (design section 5). */

/** gh_http_secure_context: what all secured listeners share; errors say what the vault lacks. */
GhTlsContext *gh_http_secure_context (const GhTransportHost *host, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_http_secure_open: before the first octet of the handshake; FALSE: the connection cannot be
 * used. On the listener's thread, as all that follow. */
gboolean gh_http_secure_open (GhHttpServer *server, struct MHD_Connection *connection,
                              GhHttpConnection *peer) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_http_secure_admit: before each request: the first one admits what the handshake proved, the
 * others look whether it still holds. FALSE: the connection is to be closed.
 */
gboolean gh_http_secure_admit (GhHttpServer *server, struct MHD_Connection *connection,
                               GhHttpConnection *peer) G_GNUC_WARN_UNUSED_RESULT;

/** gh_http_secure_close: the connection is gone. */
void gh_http_secure_close (GhHttpServer *server, GhHttpConnection *peer);

/** gh_http_secure_has_ended: the credential of the association ends before the next look. Any
 * thread. */
gboolean gh_http_secure_has_ended (const GhHttpConnection *peer, gint64 wall_us);

G_END_DECLS
