/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-transport.h"

#include "gh-coap-client.h"
#include "gh-coap-server.h"

/* Defined here as each transport defines its own: the core never looks into it. */
struct _GhTransport {
  GhCoapServer *server;
  GhCoapClient *client;
};

static GhTransport *
transport_create (const GhTransportHost *host, GError **error)
{
  GhTransport *transport = g_new0 (GhTransport, 1);

  transport->server = gh_coap_server_new (host);
  transport->client = gh_coap_client_new (host);
  return transport;
}

static gboolean
transport_start (GhTransport *transport, GError **error)
{
  return gh_coap_server_start (transport->server, error);
}

static void
transport_stop (GhTransport *transport)
{
  gh_coap_server_stop (transport->server);
}

static void
transport_free (GhTransport *transport)
{
  gh_coap_client_free (transport->client);
  gh_coap_server_free (transport->server);
  g_free (transport);
}

static void
transport_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
                gpointer user_data)
{
  gh_coap_client_send (transport->client, delivery, done, user_data);
}

static void
transport_close_association (GhTransport *transport, guint64 association_id)
{
  gh_coap_server_close_association (transport->server, association_id);
  gh_coap_client_close_association (transport->client, association_id);
}

static void
transport_release (GhTransport *transport)
{
  gh_coap_server_release (transport->server);
}

static const char *const schemes[] = { "coap", "coaps", "coap+tcp", "coaps+tcp", NULL };

const GhTransportOps gh_coap_transport_ops = {
  .struct_size = sizeof (GhTransportOps),
  .name = "coap",
  .schemes = schemes,
  .create = transport_create,
  .start = transport_start,
  .stop = transport_stop,
  .free = transport_free,
  .send = transport_send,
  .close_association = transport_close_association,
  .release = transport_release,
  .check = gh_coap_server_check,
};
