/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-endpoint-private.h"

#include "gh-coap-observe.h"

#define PLAIN_DATAGRAM 1472 /* of one Ethernet frame */

static void
peer_free (GhCoapPeer *peer)
{
  gh_coap_observe_forget (peer);
  gh_coap_link_close (peer->link);
  g_queue_unlink (&peer->endpoint->by_use, &peer->node);
  g_clear_pointer (&peer->principal, gh_principal_unref);
  g_free (peer);
}

/* Forgets the one that was silent longest, unless something of its is under way. */
static gboolean
make_room (GhCoapEndpoint *endpoint)
{
  GhCoapPeer *oldest;

  if (g_tree_nnodes (endpoint->peers) < (gint) endpoint->settings.max_peers)
    return TRUE;
  oldest = endpoint->by_use.head->data;
  if (!gh_coap_link_is_idle (oldest->link))
    return FALSE;
  g_tree_remove (endpoint->peers, &oldest->address);
  peer_free (oldest);
  return TRUE;
}

GhCoapPeer *
gh_coap_endpoint_find_peer (GhCoapEndpoint *endpoint, const GhPeer *address)
{
  const GhTransportHost *host = endpoint->settings.host;
  GhCoapPeer *peer = g_tree_lookup (endpoint->peers, address);
  g_autoptr (GInetAddress) inet = NULL;

  if (peer != NULL)
    {
      g_queue_unlink (&endpoint->by_use, &peer->node);
      g_queue_push_tail_link (&endpoint->by_use, &peer->node);
      return peer;
    }
  inet = gh_coap_peer_address (address);
  if (inet == NULL || !make_room (endpoint))
    return NULL;
  peer = g_new0 (GhCoapPeer, 1);
  peer->endpoint = endpoint;
  peer->address = *address;
  peer->principal = host->authenticate_plain (host->core, inet);
  peer->link = gh_coap_layer_open (endpoint->layer, ++endpoint->next_association, PLAIN_DATAGRAM,
                                   peer);
  peer->node.data = peer;
  g_queue_push_tail_link (&endpoint->by_use, &peer->node);
  g_tree_insert (endpoint->peers, &peer->address, peer);
  return peer;
}

static gint
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return gh_coap_peer_compare (a, b);
}

void
gh_coap_peers_init (GhCoapEndpoint *endpoint)
{
  endpoint->peers = g_tree_new_full (compare, NULL, NULL, NULL);
}

void
gh_coap_peers_clear (GhCoapEndpoint *endpoint)
{
  while (endpoint->by_use.head != NULL)
    {
      GhCoapPeer *peer = endpoint->by_use.head->data;

      g_tree_remove (endpoint->peers, &peer->address);
      peer_free (peer);
    }
}

const GhPrincipal *
gh_coap_peer_get_principal (const GhCoapPeer *peer)
{
  if (peer->association != NULL)
    return gh_association_get_principal (peer->association);
  return peer->stream != NULL ? gh_coap_stream_get_principal (peer->stream) : peer->principal;
}
