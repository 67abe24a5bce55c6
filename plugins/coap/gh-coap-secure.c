/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-endpoint-private.h"

#include "gh-coap-observe.h"

static void
datagrams_send (gpointer user_data, const GhPeer *peer, gconstpointer octets, gsize length)
{
  gh_coap_endpoint_send (user_data, peer, octets, length);
}

/* Each handshake makes another association, and so another link: nothing of the old one is matched
 * on it. */
static void
datagrams_opened (gpointer user_data, GhAssociation *association)
{
  GhCoapEndpoint *endpoint = user_data;
  GhCoapPeer *peer = g_new0 (GhCoapPeer, 1);

  peer->endpoint = endpoint;
  peer->address = *gh_association_get_peer (association);
  peer->association = association;
  peer->link = gh_coap_layer_open (endpoint->layer, gh_association_get_id (association),
                                   gh_association_max_length (association), peer);
  gh_association_set_data (association, peer);
  if (gh_association_is_client (association))
    gh_coap_connections_opened (endpoint, association, peer);
}

static void
datagrams_received (gpointer user_data, GhAssociation *association, const guint8 *octets,
                    gsize length)
{
  GhCoapPeer *peer = gh_association_get_data (association);

  if (peer != NULL)
    gh_coap_link_receive (peer->link, octets, length);
}

static void
datagrams_closed (gpointer user_data, GhAssociation *association, const char *reason)
{
  GhCoapEndpoint *endpoint = user_data;
  GhCoapPeer *peer = gh_association_get_data (association);

  if (gh_association_is_client (association))
    gh_coap_connections_closed (endpoint, association, reason);
  if (peer == NULL)
    return;
  gh_association_set_data (association, NULL);
  gh_coap_observe_forget (peer);
  gh_coap_link_close (peer->link);
  g_free (peer);
}

static const GhDatagramOps datagram_ops = {
  .struct_size = sizeof (GhDatagramOps),
  .send = datagrams_send,
  .opened = datagrams_opened,
  .received = datagrams_received,
  .closed = datagrams_closed,
};

void
gh_coap_secure_init (GhCoapEndpoint *endpoint, const GhCoapContexts *contexts)
{
  const GhCoapSettings *settings = &endpoint->settings;
  const GhDatagramOptions options = {
    .security = settings->host->security,
    .server = contexts->server,
    .client = contexts->client,
    .max_associations = settings->max_peers,
    .max_per_source = settings->max_per_source,
    .max_handshakes = settings->max_handshakes,
    .idle_us = settings->idle_us,
    .handshake_us = settings->handshake_us,
    .mtu = settings->mtu,
    .transport = "coaps",
  };

  endpoint->datagrams = gh_datagram_layer_new (&options, &datagram_ops, endpoint);
}

void
gh_coap_secure_clear (GhCoapEndpoint *endpoint)
{
  g_clear_pointer (&endpoint->datagrams, gh_datagram_layer_free);
}

typedef struct {
  GhCoapTask task;
  guint64 id;
} Close;

static void
close_association (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  Close *close = (Close *) ((char *) task - G_STRUCT_OFFSET (Close, task));
  GhAssociation *association = run && endpoint->datagrams != NULL
                                 ? gh_datagram_layer_find (endpoint->datagrams, close->id)
                                 : NULL;

  if (association != NULL)
    gh_association_close (association, "revoked");
  else if (run && endpoint->streams != NULL)
    gh_coap_streams_close (endpoint->streams, close->id);
  g_free (close);
}

void
gh_coap_endpoint_close_association (GhCoapEndpoint *endpoint, guint64 id)
{
  Close *close;

  if (endpoint->datagrams == NULL && endpoint->streams == NULL)
    return;
  close = g_new0 (Close, 1);
  close->task.func = close_association;
  close->id = id;
  gh_coap_endpoint_post (endpoint, &close->task);
}
