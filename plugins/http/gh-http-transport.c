/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-transport.h"

#include "gh-http-client.h"
#include "gh-http-server.h"

/* Defined here as each transport defines its own: the core never looks into it. */
struct _GhTransport {
  GhHttpServer *server;
  GhHttpClient *client;
};

static GhTransport *
transport_create (const GhTransportHost *host, GError **error)
{
  GhTransport *transport = g_new0 (GhTransport, 1);

  transport->server = gh_http_server_new (host);
  transport->client = gh_http_client_new (host);
  return transport;
}

static gboolean
transport_start (GhTransport *transport, GError **error)
{
  return gh_http_server_start (transport->server, error);
}

static void
transport_stop (GhTransport *transport)
{
  gh_http_server_stop (transport->server);
}

static void
transport_free (GhTransport *transport)
{
  gh_http_client_free (transport->client);
  gh_http_server_free (transport->server);
  g_free (transport);
}

static void
transport_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
                gpointer user_data)
{
  gh_http_client_send (transport->client, delivery, done, user_data);
}

static const char *const schemes[] = { "http", "https", NULL };

const GhTransportOps gh_http_transport_ops = {
  .struct_size = sizeof (GhTransportOps),
  .name = "http",
  .schemes = schemes,
  .create = transport_create,
  .start = transport_start,
  .stop = transport_stop,
  .free = transport_free,
  .send = transport_send,
};
