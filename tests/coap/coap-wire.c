/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-wire.h"

#include "../security/association-fixture.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define FLIGHT_MS   200
#define PING_ID     0xbeef

static WireItem *
item_new (guint64 association, const GhPeer *from, gconstpointer octets, gsize length)
{
  WireItem *item = g_new0 (WireItem, 1);

  item->association = association;
  item->from = *from;
  item->octets = g_bytes_new (octets, length);
  return item;
}

void
wire_item_free (WireItem *item)
{
  g_bytes_unref (item->octets);
  g_free (item);
}

void
wire_send (Wire *wire, const GhPeer *to, gconstpointer octets, gsize length)
{
  g_assert_cmpint (sendto (wire->fd, octets, length, 0, &to->address.any, to->length), ==,
                   (gssize) length);
}

static void
layer_send (gpointer user_data, const GhPeer *peer, gconstpointer octets, gsize length)
{
  Wire *wire = user_data;

  g_ptr_array_add (wire->sent, item_new (0, peer, octets, length));
  if (!wire->held)
    wire_send (wire, peer, octets, length);
}

static void
layer_opened (gpointer user_data, GhAssociation *association)
{
  g_ptr_array_add (((Wire *) user_data)->open, association);
}

static void
layer_received (gpointer user_data, GhAssociation *association, const guint8 *octets, gsize length)
{
  Wire *wire = user_data;

  g_queue_push_tail (&wire->received,
                     item_new (gh_association_get_id (association),
                               gh_association_get_peer (association), octets, length));
}

static void
layer_closed (gpointer user_data, GhAssociation *association, const char *reason)
{
  Wire *wire = user_data;

  g_ptr_array_remove (wire->open, association);
  wire->n_closed++;
}

static const GhDatagramOps layer_ops = { sizeof (GhDatagramOps), layer_send, layer_opened,
                                         layer_received, layer_closed };

GhPeer
wire_peer (guint16 port)
{
  GhPeer peer = { .length = sizeof peer.address.v4 };

  peer.address.v4.sin_family = AF_INET;
  peer.address.v4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  peer.address.v4.sin_port = htons (port);
  return peer;
}

Wire *
wire_new (GhSecurity *security)
{
  Wire *wire = g_new0 (Wire, 1);
  socklen_t length = sizeof wire->self.address;

  wire->self = wire_peer (0);
  wire->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (wire->fd, &wire->self.address.any, wire->self.length), ==, 0);
  g_assert_cmpint (getsockname (wire->fd, &wire->self.address.any, &length), ==, 0);
  wire->security = security;
  wire->open = g_ptr_array_new ();
  wire->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) wire_item_free);
  if (security != NULL)
    {
      g_autoptr (GhTlsContext) server = fixture_context (security, GH_TLS_SERVER, TRUE, NULL);
      g_autoptr (GhTlsContext) client = fixture_context (security, GH_TLS_CLIENT, TRUE, NULL);
      const GhDatagramOptions options = { .security = security,
                                          .server = server,
                                          .client = client,
                                          .max_associations = 100,
                                          .max_per_source = 100,
                                          .max_handshakes = 100,
                                          .idle_us = 3600 * FIXTURE_SECOND,
                                          .handshake_us = 60 * FIXTURE_SECOND,
                                          .mtu = 1280,
                                          .transport = "coaps" };

      wire->layer = gh_datagram_layer_new (&options, &layer_ops, wire);
    }
  return wire;
}

void
wire_free (Wire *wire)
{
  g_clear_pointer (&wire->layer, gh_datagram_layer_free);
  g_queue_clear_full (&wire->received, (GDestroyNotify) wire_item_free);
  g_ptr_array_unref (wire->open);
  g_ptr_array_unref (wire->sent);
  close (wire->fd);
  g_free (wire);
}

guint16
wire_port (const Wire *wire)
{
  return ntohs (wire->self.address.v4.sin_port);
}

static gboolean
take_one (Wire *wire, int patience_ms)
{
  struct pollfd poll_fd = { .fd = wire->fd, .events = POLLIN };
  guint8 octets[16384];
  GhPeer from = { 0 };
  socklen_t size = sizeof from.address;
  gssize length;

  if (poll (&poll_fd, 1, patience_ms) != 1)
    return FALSE;
  length = recvfrom (wire->fd, octets, sizeof octets, 0, &from.address.any, &size);
  /* A port that was closed is told by an error. */
  if (length < 0)
    return TRUE;
  from.length = size;
  if (wire->layer != NULL)
    {
      gh_datagram_layer_feed (wire->layer, &from, octets, (gsize) length);
      gh_datagram_layer_tick (wire->layer);
    }
  else
    g_queue_push_tail (&wire->received, item_new (0, &from, octets, (gsize) length));
  return TRUE;
}

gboolean
wire_pump (Wire *wire, gboolean (*done) (const Wire *wire))
{
  while (!done (wire))
    if (!take_one (wire, PATIENCE_MS))
      return FALSE;
  return TRUE;
}

GhAssociation *
wire_connect (Wire *wire, guint16 port)
{
  GhPeer peer = wire_peer (port);
  guint n_open = wire->open->len, n_closed = wire->n_closed, waits = 0;
  g_autofree char *authority = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (GError) error = NULL;
  GhAssociation *association = gh_datagram_layer_connect (wire->layer, &peer, "127.0.0.1",
                                                          authority, &error);

  g_assert_no_error (error);
  while (wire->open->len == n_open && wire->n_closed == n_closed)
    if (!take_one (wire, FLIGHT_MS))
      {
        /* A flight that got no answer is sent again. */
        gh_clock_advance (gh_security_get_clock (wire->security), FIXTURE_SECOND);
        gh_datagram_layer_tick (wire->layer);
        g_assert_cmpuint (++waits, <, 100);
      }
  /* The old one on this address may have been closed by it. */
  for (guint i = 0; i < wire->open->len; i++)
    if (wire->open->pdata[i] == association)
      return association;
  return NULL;
}

void
wire_put (Wire *wire, GhAssociation *association, const GhPeer *to, const GhCoapMessage *message)
{
  guint8 octets[GH_COAP_MAX_DATAGRAM];
  gsize length = gh_coap_message_write (message, octets, sizeof octets);

  g_assert_cmpuint (length, >, 0);
  if (association != NULL)
    g_assert_true (gh_association_send (association, octets, length));
  else
    wire_send (wire, to, octets, length);
}

static gboolean
has_received (const Wire *wire)
{
  return wire->received.length > 0;
}

WireItem *
wire_get (Wire *wire, GhCoapMessage *message)
{
  WireItem *item;
  gconstpointer octets;
  gsize length;

  g_assert_true (wire_pump (wire, has_received));
  item = g_queue_pop_head (&wire->received);
  octets = g_bytes_get_data (item->octets, &length);
  g_assert_cmpint (gh_coap_message_parse (message, octets, length), ==, GH_COAP_PARSED);
  return item;
}

gboolean
wire_is_silent (Wire *wire, GhAssociation *association)
{
  GhCoapMessage ping, answer;
  WireItem *item;
  gboolean silent;

  gh_coap_message_init (&ping, COAP_MESSAGE_CON, COAP_EMPTY_CODE);
  ping.message_id = PING_ID;
  wire_put (wire, association, NULL, &ping);
  item = wire_get (wire, &answer);
  silent = answer.type == COAP_MESSAGE_RST && answer.message_id == PING_ID;
  wire_item_free (item);
  return silent;
}
