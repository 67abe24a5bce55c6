/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-endpoint-private.h"

#include "gh-coap-observe.h"

#include "base/gh-log.h"

/* Someone who waits for an association. */
typedef struct {
  GhCoapConnectFunc func;
  gpointer user_data;
} Waiter;

/* An association that was begun here, open or in its handshake. */
typedef struct {
  char *authority;
  GhAssociation *association;
  GhCoapPeer *peer; /* NULL: in its handshake */
  GArray *waiters;  /* Waiter */
} Connection;

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  g_free (connection->authority);
  g_array_unref (connection->waiters);
  g_free (connection);
}

static Connection *
find_connection (GhCoapEndpoint *endpoint, const GhAssociation *association)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, endpoint->connections);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Connection *) value)->association == association)
      return value;
  return NULL;
}

/* Tells everyone who waits. A connection that failed is forgotten first, so that who asks again
 * begins a new one. */
static void
tell (GhCoapEndpoint *endpoint, Connection *connection, const char *reason)
{
  g_autoptr (GArray) waiters = connection->waiters;
  GhCoapPeer *peer = connection->peer;

  connection->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  if (peer == NULL)
    g_hash_table_remove (endpoint->connections, connection->authority);
  for (guint i = 0; i < waiters->len; i++)
    {
      const Waiter *waiter = &g_array_index (waiters, Waiter, i);

      waiter->func (peer, reason, waiter->user_data);
    }
}

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
  Connection *connection;

  peer->endpoint = endpoint;
  peer->address = *gh_association_get_peer (association);
  peer->association = association;
  peer->link = gh_coap_layer_open (endpoint->layer, gh_association_get_id (association),
                                   gh_association_max_length (association), peer);
  gh_association_set_data (association, peer);
  connection = gh_association_is_client (association) ? find_connection (endpoint, association)
                                                      : NULL;
  if (connection == NULL)
    return;
  connection->peer = peer;
  tell (endpoint, connection, NULL);
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
  Connection *connection = gh_association_is_client (association)
                             ? find_connection (endpoint, association)
                             : NULL;

  if (connection != NULL)
    {
      connection->peer = NULL;
      tell (endpoint, connection, reason);
    }
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

  endpoint->connections = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, connection_free);
  endpoint->datagrams = gh_datagram_layer_new (&options, &datagram_ops, endpoint);
}

void
gh_coap_secure_clear (GhCoapEndpoint *endpoint)
{
  g_clear_pointer (&endpoint->datagrams, gh_datagram_layer_free);
  g_clear_pointer (&endpoint->connections, g_hash_table_unref);
}

void
gh_coap_endpoint_connect (GhCoapEndpoint *endpoint, const GhPeer *address, const char *server_name,
                          const char *authority, GhCoapConnectFunc func, gpointer user_data)
{
  Connection *connection = g_hash_table_lookup (endpoint->connections, authority);
  const Waiter waiter = { func, user_data };
  g_autoptr (GError) error = NULL;
  GhAssociation *association;

  if (connection != NULL && connection->peer != NULL)
    {
      func (connection->peer, NULL, user_data);
      return;
    }
  if (connection == NULL)
    {
      association = gh_datagram_layer_connect (endpoint->datagrams, address, server_name, authority,
                                               &error);
      if (association == NULL)
        {
          gh_log (GH_LOG_INFO, "coap", "no association", "target", authority, "reason",
                  error->message, NULL);
          func (NULL, "no association with the target is possible", user_data);
          return;
        }
      connection = g_new0 (Connection, 1);
      connection->authority = g_strdup (authority);
      connection->association = association;
      connection->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
      g_hash_table_insert (endpoint->connections, connection->authority, connection);
    }
  g_array_append_val (connection->waiters, waiter);
}

typedef struct {
  GhCoapTask task;
  guint64 id;
} Close;

static void
close_association (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run)
{
  Close *close = (Close *) ((char *) task - G_STRUCT_OFFSET (Close, task));
  GhAssociation *association = run ? gh_datagram_layer_find (endpoint->datagrams, close->id) : NULL;

  if (association != NULL)
    gh_association_close (association, "revoked");
  g_free (close);
}

void
gh_coap_endpoint_close_association (GhCoapEndpoint *endpoint, guint64 id)
{
  Close *close;

  if (endpoint->datagrams == NULL)
    return;
  close = g_new0 (Close, 1);
  close->task.func = close_association;
  close->id = id;
  gh_coap_endpoint_post (endpoint, &close->task);
}
