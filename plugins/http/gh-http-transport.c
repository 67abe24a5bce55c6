/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-transport.h"

#include "gh-http-client.h"
#include "gh-http-server.h"

/* Defined here as each transport defines its own: the core never looks into it. */
struct _GhTransport {
  GhHttpServer *server;
  GhHttpClient *client, *secure_client;
};

static GhTransport *
transport_create (const GhTransportHost *host, GError **error)
{
  GhTransport *transport = g_new0 (GhTransport, 1);

  transport->server = gh_http_server_new (host);
  transport->client = gh_http_client_new (host, FALSE);
  transport->secure_client = gh_http_client_new (host, TRUE);
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
  gh_http_client_free (transport->secure_client);
  gh_http_server_free (transport->server);
  g_free (transport);
}

static void
transport_send (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
                gpointer user_data)
{
  const gboolean secure = g_ascii_strncasecmp (delivery->url, "https:", 6) == 0;

  gh_http_client_send (secure ? transport->secure_client : transport->client, delivery, done,
                       user_data);
}

static void
transport_close_association (GhTransport *transport, guint64 association_id)
{
  gh_http_server_end_association (transport->server, association_id);
  gh_http_client_end_association (transport->secure_client, association_id);
}

static void
transport_release (GhTransport *transport)
{
  gh_http_server_release (transport->server);
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
  .close_association = transport_close_association,
  .release = transport_release,
  .check = gh_http_server_check,
};
