/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../../plugins/coap/gh-coap-message.h"

#include "security/gh-datagram.h"

G_BEGIN_DECLS

/* A peer for attacks: a UDP socket on loopback whose associations and datagrams the test holds in
 * its hands. Nothing that it sends is made by the plugin's message layer. */

typedef struct {
  guint64 association; /* 0: not protected */
  GhPeer from;
  GBytes *octets;
} WireItem;

typedef struct {
  int fd;
  GhPeer self;
  GhSecurity *security;   /* its clock is a fake one */
  GhDatagramLayer *layer; /* NULL: it speaks plainly */
  GPtrArray *open;        /* GhAssociation, the newest last */
  GPtrArray *sent;        /* WireItem: datagrams as they left */
  GQueue received;        /* WireItem: CoAP messages that came */
  guint n_closed;
  gboolean held; /* datagrams of associations are kept in @sent and do not leave */
} Wire;

/** wire_new: @security: (nullable) */
Wire *wire_new (GhSecurity *security);
void wire_free (Wire *wire);
guint16 wire_port (const Wire *wire);
GhPeer wire_peer (guint16 port);

/** wire_connect: a handshake with @port; NULL when it was refused. */
GhAssociation *wire_connect (Wire *wire, guint16 port);
/** wire_send: one datagram as it is. */
void wire_send (Wire *wire, const GhPeer *to, gconstpointer octets, gsize length);
/** wire_put: @message over @association, or plainly to @to. */
void wire_put (Wire *wire, GhAssociation *association, const GhPeer *to,
               const GhCoapMessage *message);
/** wire_get: the next message that comes; @item is the caller's, to be freed with
 * wire_item_free(). */
WireItem *wire_get (Wire *wire, GhCoapMessage *message);
/** wire_is_silent: nothing comes before the answer to a ping over @association. */
gboolean wire_is_silent (Wire *wire, GhAssociation *association);
/** wire_pump: takes datagrams in until @done says so; FALSE: nothing came for 20 s. */
gboolean wire_pump (Wire *wire, gboolean (*done) (const Wire *wire));
void wire_item_free (WireItem *item);

G_END_DECLS
