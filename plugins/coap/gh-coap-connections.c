/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-endpoint-private.h"

#include "gh-coap-stream.h"

#include "base/gh-hash.h"
#include "base/gh-log.h"

/* Someone who waits for an association or a connection. */
typedef struct {
  GhCoapConnectFunc func;
  gpointer user_data;
} Waiter;

/* One that was begun here, open or in its handshake. */
typedef struct {
  char *key;            /* authority, and the CSE-ID that it was judged by */
  gconstpointer medium; /* its GhAssociation or GhCoapStream */
  GhCoapPeer *peer;     /* NULL: in its handshake */
  GArray *waiters;      /* Waiter */
} Connection;

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  g_free (connection->key);
  g_array_unref (connection->waiters);
  g_free (connection);
}

void
gh_coap_connections_init (GhCoapEndpoint *endpoint)
{
  endpoint->connections = g_hash_table_new_full (gh_text_hash, g_str_equal, NULL, connection_free);
}

void
gh_coap_connections_clear (GhCoapEndpoint *endpoint)
{
  g_clear_pointer (&endpoint->connections, g_hash_table_unref);
}

static Connection *
find (GhCoapEndpoint *endpoint, gconstpointer medium)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, endpoint->connections);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Connection *) value)->medium == medium)
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
    g_hash_table_remove (endpoint->connections, connection->key);
  for (guint i = 0; i < waiters->len; i++)
    {
      const Waiter *waiter = &g_array_index (waiters, Waiter, i);

      waiter->func (peer, reason, waiter->user_data);
    }
}

void
gh_coap_connections_opened (GhCoapEndpoint *endpoint, gconstpointer medium, GhCoapPeer *peer)
{
  Connection *connection = find (endpoint, medium);

  if (connection == NULL)
    return;
  connection->peer = peer;
  tell (endpoint, connection, NULL);
}

void
gh_coap_connections_closed (GhCoapEndpoint *endpoint, gconstpointer medium, const char *reason)
{
  Connection *connection = find (endpoint, medium);

  if (connection == NULL)
    return;
  connection->peer = NULL;
  tell (endpoint, connection, reason);
}

static char *
key_of (const GhCoapDestination *destination)
{
  return destination->cse_id != NULL
           ? g_strconcat (destination->authority, " ", destination->cse_id, NULL)
           : g_strdup (destination->authority);
}

static gconstpointer
begin (GhCoapEndpoint *endpoint, const GhCoapDestination *destination, GError **error)
{
  const char *name = destination->cse_id != NULL ? destination->cse_id : destination->server_name;

  if (endpoint->streams != NULL)
    return gh_coap_streams_connect (endpoint->streams, destination->address, name,
                                    destination->authority, error);
  return gh_datagram_layer_connect (endpoint->datagrams, destination->address, name,
                                    destination->authority, error);
}

void
gh_coap_endpoint_connect (GhCoapEndpoint *endpoint, const GhCoapDestination *destination,
                          GhCoapConnectFunc func, gpointer user_data)
{
  g_autofree char *key = key_of (destination);
  Connection *connection = g_hash_table_lookup (endpoint->connections, key);
  const Waiter waiter = { func, user_data };
  g_autoptr (GError) error = NULL;
  gconstpointer medium;

  if (connection != NULL && connection->peer != NULL)
    {
      func (connection->peer, NULL, user_data);
      return;
    }
  if (connection == NULL)
    {
      medium = begin (endpoint, destination, &error);
      if (medium == NULL)
        {
          gh_log (GH_LOG_INFO, "coap", "no association", "target", key, "reason", error->message,
                  NULL);
          func (NULL, "no association with the target is possible", user_data);
          return;
        }
      connection = g_new0 (Connection, 1);
      connection->key = g_steal_pointer (&key);
      connection->medium = medium;
      connection->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
      g_hash_table_insert (endpoint->connections, connection->key, connection);
    }
  g_array_append_val (connection->waiters, waiter);
}
