/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <netinet/in.h>

#include "security/gh-tls.h"

G_BEGIN_DECLS

/* DTLS 1.2 associations over datagrams (design section 5). Not bound to sockets: it is fed one
 * datagram at a time and asks for datagrams to be sent, so that it runs over UDP, over envelopes
 * and in tests. A layer belongs to one thread; only gh_security and the vault are shared. */

typedef struct _GhDatagramLayer GhDatagramLayer;
/** GhAssociation: one peer that has completed a handshake and was admitted. Belongs to the layer;
 * valid until the closed callback returns. */
typedef struct _GhAssociation GhAssociation;

/* A socket address, comparable by octet. */
typedef struct {
  guint length;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address;
} GhPeer;

typedef struct {
  gsize struct_size;
  /** send: one datagram; may be dropped. */
  void (*send) (gpointer user_data, const GhPeer *peer, gconstpointer octets, gsize length);
  /** opened: admitted; from now on octets may be sent and arrive. */
  void (*opened) (gpointer user_data, GhAssociation *association);
  /** received: one record of application data. @association may be closed by it. */
  void (*received) (gpointer user_data, GhAssociation *association, const guint8 *octets,
                    gsize length);
  /** closed: @reason static; also for a client's handshake that failed (then opened was not
   * called). */
  void (*closed) (gpointer user_data, GhAssociation *association, const char *reason);
} GhDatagramOps;

typedef struct {
  GhSecurity *security;
  GhTlsContext *server; /* a reference is taken; NULL: no incoming handshakes */
  GhTlsContext *client; /* a reference is taken; NULL: no outgoing ones */
  guint max_associations, max_per_source, max_handshakes;
  gint64 idle_us;        /* an association silent for so long is closed; 24 h by default */
  gint64 handshake_us;   /* a handshake must end within */
  guint mtu;             /* of one datagram: 1280 by default */
  const char *transport; /* "coaps", for the status; static */
} GhDatagramOptions;

GhDatagramLayer *gh_datagram_layer_new (const GhDatagramOptions *options, const GhDatagramOps *ops,
                                        gpointer user_data);
/** gh_datagram_layer_free: closes every association (close_notify), with closed callbacks. */
void gh_datagram_layer_free (GhDatagramLayer *layer);
/** gh_datagram_layer_set_server: a renewed context for handshakes from now on. */
void gh_datagram_layer_set_server (GhDatagramLayer *layer, GhTlsContext *context);

/**
 * gh_datagram_layer_feed: one datagram as it was received. A ClientHello without a valid cookie
 * costs no state. A new handshake on a known address leaves its association alone until the new one
 * was admitted.
 */
void gh_datagram_layer_feed (GhDatagramLayer *layer, const GhPeer *peer, const guint8 *octets,
                             gsize length);
/** gh_datagram_layer_next_us: monotonic time of the next gh_datagram_layer_tick(); G_MAXINT64:
 * none. */
gint64 gh_datagram_layer_next_us (GhDatagramLayer *layer);
/** gh_datagram_layer_tick: retransmits flights, ends what is idle, out of time or whose credential
 * ends. */
void gh_datagram_layer_tick (GhDatagramLayer *layer);
/** gh_datagram_layer_recheck: the vault has changed: closes what is no longer admitted, at once. */
void gh_datagram_layer_recheck (GhDatagramLayer *layer);

/**
 * gh_datagram_layer_connect: begins a handshake as the client; opened or closed follows, never
 * before it returns. @authority: "host:port" as it stands in the URL. Returns: NULL with @error (no
 * credential for this target, too many handshakes)
 */
GhAssociation *gh_datagram_layer_connect (GhDatagramLayer *layer, const GhPeer *peer,
                                          const char *server_name, const char *authority,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
GhAssociation *gh_datagram_layer_find (GhDatagramLayer *layer, guint64 id);

/** gh_association_send: one record; FALSE when it is closed or @length is above
 * gh_association_max_length(). */
gboolean gh_association_send (GhAssociation *association, gconstpointer octets, gsize length);
gsize gh_association_max_length (const GhAssociation *association);
void gh_association_close (GhAssociation *association, const char *reason);
guint64 gh_association_get_id (const GhAssociation *association);
const GhPeer *gh_association_get_peer (const GhAssociation *association);
gboolean gh_association_is_client (const GhAssociation *association);
/** gh_association_get_principal: judged again when the vault has changed; NULL: it is no longer
 * admitted and is being closed. Borrowed. */
const GhPrincipal *gh_association_get_principal (GhAssociation *association);
/** gh_association_set_data, _get_data: the transport's own; freed by it in closed. */
void gh_association_set_data (GhAssociation *association, gpointer data);
gpointer gh_association_get_data (const GhAssociation *association);

G_END_DECLS
