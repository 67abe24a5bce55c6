/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-datagram.h"

G_BEGIN_DECLS

/* Addresses of listeners and their sockets. */

/** gh_coap_socket_parse: "127.0.0.1:5683", "[::1]:0"; "*:5684" gives @out_any, the IPv4 form of
 * which @out is. @key: "listen", for the message. */
gboolean gh_coap_socket_parse (const char *key, const char *text, GhPeer *out, gboolean *out_any,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_coap_socket_bind: @type: SOCK_DGRAM; SOCK_STREAM, which then listens. @peer's port is filled
 * in. Several sockets may share it, the @first of which refuses a port that is taken. Returns: a
 * descriptor that does not block; -1. */
int gh_coap_socket_bind (const char *key, int type, GhPeer *peer, gboolean first, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_coap_socket_adopt: of a socket that somebody else has bound: @out is what it is bound to.
 * FALSE with GH_ERROR_CONFIG: it is none of IP. */
gboolean gh_coap_socket_adopt (int fd, int type, GhPeer *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_coap_socket_url: "coap://127.0.0.1:5683". Returns: (transfer full) */
char *gh_coap_socket_url (const char *scheme, const GhPeer *peer);

gboolean gh_coap_peer_is_loopback (const GhPeer *peer);
/** gh_coap_peer_compare: by octet, for a tree. */
gint gh_coap_peer_compare (const GhPeer *a, const GhPeer *b);
/** gh_coap_peer_address: (transfer full) */
GInetAddress *gh_coap_peer_address (const GhPeer *peer);

G_END_DECLS
