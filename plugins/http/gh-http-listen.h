/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * gh_http_listen_parse:
 * @key: of the configuration, for errors: "listen"
 * @text: "127.0.0.1:8080", "[::1]:0"; a literal address, never a name
 * Returns: (transfer full): NULL with GH_ERROR_CONFIG. Pure.
 */
GInetSocketAddress *gh_http_listen_parse (const char *key, const char *text, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_http_listen_bind: a listening, non-blocking socket.
 * @out_port: the real port
 * Returns: the descriptor, -1 with @error: GH_ERROR_CONFIG naming address and port when the port is
 * taken, else GH_ERROR_FAILED.
 */
int gh_http_listen_bind (GInetSocketAddress *address, guint16 *out_port, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_http_listen_url:
 * @scheme: "http" or "https"
 * Returns: (transfer full): "http://[::1]:8080"; for all addresses of this machine its host name
 */
char *gh_http_listen_url (const char *scheme, GInetSocketAddress *address, guint16 port);

/** gh_http_listen_address: what the bound socket @fd is bound to; NULL: nothing of IP. (transfer
 * full) */
GInetSocketAddress *gh_http_listen_address (int fd);

G_END_DECLS
