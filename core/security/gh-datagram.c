/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gnutls/crypto.h>
#include <gnutls/dtls.h>
#include <string.h>

#include "base/gh-log.h"
#include "security/gh-datagram-private.h"

#define COOKIE_US    (600 * (gint64) G_USEC_PER_SEC)
#define IDLE_US      (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define HANDSHAKE_US (30 * (gint64) G_USEC_PER_SEC)

typedef struct {
  GhDatagramLayer *layer;
  const GhPeer *peer;
} Reply;

GInetAddress *
gh_peer_to_address (const GhPeer *peer)
{
  if (peer->address.any.sa_family == AF_INET)
    return g_inet_address_new_from_bytes ((const guint8 *) &peer->address.v4.sin_addr,
                                          G_SOCKET_FAMILY_IPV4);
  if (IN6_IS_ADDR_V4MAPPED (&peer->address.v6.sin6_addr))
    return g_inet_address_new_from_bytes (peer->address.v6.sin6_addr.s6_addr + 12,
                                          G_SOCKET_FAMILY_IPV4);
  return g_inet_address_new_from_bytes ((const guint8 *) &peer->address.v6.sin6_addr,
                                        G_SOCKET_FAMILY_IPV6);
}

void
gh_peer_to_text (const GhPeer *peer, char *out, gsize size)
{
  g_autoptr (GInetAddress) address = gh_peer_to_address (peer);
  g_autofree char *text = g_inet_address_to_string (address);
  gboolean is_v6 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  /* the port is at the same place in both */
  g_snprintf (out, size, is_v6 ? "[%s]:%u" : "%s:%u", text, ntohs (peer->address.v4.sin_port));
}

static gboolean
is_peer (const GhPeer *peer)
{
  sa_family_t family = peer->address.any.sa_family;
  return (family == AF_INET && peer->length == sizeof peer->address.v4)
         || (family == AF_INET6 && peer->length == sizeof peer->address.v6);
}

GhDatagramLayer *
gh_datagram_layer_new (const GhDatagramOptions *options, const GhDatagramOps *ops,
                       gpointer user_data)
{
  GhDatagramLayer *layer = g_new0 (GhDatagramLayer, 1);
  layer->options = *options;
  if (options->server != NULL)
    gh_tls_context_ref (options->server);
  if (options->client != NULL)
    gh_tls_context_ref (options->client);
  if (layer->options.mtu == 0)
    layer->options.mtu = 1280;
  if (layer->options.idle_us == 0)
    layer->options.idle_us = IDLE_US;
  if (layer->options.handshake_us == 0)
    layer->options.handshake_us = HANDSHAKE_US;
  layer->ops = *ops;
  layer->user_data = user_data;
  layer->clock = gh_clock_ref (gh_security_get_clock (options->security));
  layer->dead = g_ptr_array_new ();
  layer->buffer = g_malloc (GH_DATAGRAM_BUFFER);
  gh_datagram_table_init (layer);
  gh_random_bytes (layer->cookie_keys, sizeof layer->cookie_keys);
  layer->cookie_us = gh_clock_monotonic_us (layer->clock);
  return layer;
}

void
gh_datagram_enter (GhDatagramLayer *layer)
{
  layer->busy++;
}

void
gh_datagram_leave (GhDatagramLayer *layer)
{
  if (--layer->busy > 0 || layer->dead->len == 0)
    return;
  for (guint i = 0; i < layer->dead->len; i++)
    gh_association_free (g_ptr_array_index (layer->dead, i));
  g_ptr_array_set_size (layer->dead, 0);
}

/* What @func does may close others: by identifier. */
static void
for_each (GhDatagramLayer *layer, void (*func) (GhAssociation *association))
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer id;
  gh_datagram_enter (layer);
  g_hash_table_iter_init (&iter, layer->ids);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_array_append_vals (ids, id, 1);
  for (guint i = 0; i < ids->len; i++)
    {
      GhAssociation *association = g_hash_table_lookup (layer->ids,
                                                        &g_array_index (ids, guint64, i));
      if (association != NULL)
        func (association);
    }
  gh_datagram_leave (layer);
}

static void
shut (GhAssociation *association)
{
  gh_association_close (association, "shutdown");
}

void
gh_datagram_layer_free (GhDatagramLayer *layer)
{
  for_each (layer, shut);
  gh_datagram_table_clear (layer);
  g_ptr_array_unref (layer->dead);
  g_free (layer->buffer);
  g_clear_pointer (&layer->options.server, gh_tls_context_unref);
  g_clear_pointer (&layer->options.client, gh_tls_context_unref);
  gh_clock_unref (layer->clock);
  gnutls_memset (layer->cookie_keys, 0, sizeof layer->cookie_keys);
  g_free (layer);
}

void
gh_datagram_layer_set_server (GhDatagramLayer *layer, GhTlsContext *context)
{
  GhTlsContext *old = layer->options.server;
  layer->options.server = gh_tls_context_ref (context);
  if (old != NULL)
    gh_tls_context_unref (old);
}

static ssize_t
push_reply (gnutls_transport_ptr_t pointer, const void *octets, size_t length)
{
  const Reply *reply = pointer;
  reply->layer->ops.send (reply->layer->user_data, reply->peer, octets, length);
  return (ssize_t) length;
}

static void
renew_cookie_key (GhDatagramLayer *layer)
{
  gint64 now_us = gh_clock_monotonic_us (layer->clock);
  if (now_us - layer->cookie_us < COOKIE_US)
    return;
  memcpy (layer->cookie_keys[1], layer->cookie_keys[0], sizeof layer->cookie_keys[0]);
  gh_random_bytes (layer->cookie_keys[0], sizeof layer->cookie_keys[0]);
  layer->cookie_us = now_us;
}

/* Without a valid cookie the answer is one, and nothing is remembered (RFC 6347 4.2.1). */
static gboolean
has_cookie (GhDatagramLayer *layer, const GhPeer *peer, const guint8 *octets, gsize length,
            gnutls_dtls_prestate_st *state)
{
  renew_cookie_key (layer);
  for (guint i = 0; i < 2; i++)
    {
      gnutls_datum_t key = { layer->cookie_keys[i], sizeof layer->cookie_keys[i] };
      memset (state, 0, sizeof *state);
      if (gnutls_dtls_cookie_verify (&key, (void *) &peer->address, peer->length, (void *) octets,
                                     length, state)
          >= 0)
        return TRUE;
    }
  gnutls_datum_t key = { layer->cookie_keys[0], sizeof layer->cookie_keys[0] };
  Reply reply = { layer, peer };
  memset (state, 0, sizeof *state);
  gnutls_dtls_cookie_send (&key, (void *) &peer->address, peer->length, state, &reply, push_reply);
  return FALSE;
}

static gboolean
has_room (GhDatagramLayer *layer, const GhPeer *peer)
{
  const GhDatagramOptions *options = &layer->options;
  const char *limit = NULL;
  if (layer->n_handshakes >= options->max_handshakes)
    limit = "handshakes";
  else if (layer->n_associations >= options->max_associations)
    limit = "associations";
  else if (gh_datagram_table_count (layer, peer) >= options->max_per_source)
    limit = "associations of one source";
  if (limit != NULL)
    gh_log (GH_LOG_DEBUG, options->transport, "a handshake is not begun", "limit", limit, NULL);
  return limit == NULL;
}

/* A ClientHello of @peer that was seen before is a copy of a datagram, not a new handshake. */
static GhAssociation *
find_hello (const GhPeerSlot *slot, const guint8 *random)
{
  for (GhAssociation *a = slot != NULL ? slot->first : NULL; a != NULL; a = a->next)
    if (!a->client && a->state != GH_ASSOCIATION_CLOSED
        && memcmp (a->hello, random, sizeof a->hello) == 0)
      return a;
  return NULL;
}

static void
drop_handshakes (const GhPeerSlot *slot)
{
  GhAssociation *next;
  for (GhAssociation *a = slot != NULL ? slot->first : NULL; a != NULL; a = next)
    {
      next = a->next;
      if (!a->client && a->state == GH_ASSOCIATION_HANDSHAKE)
        gh_association_close (a, "replaced by a new handshake");
    }
}

static void
begin (GhDatagramLayer *layer, const GhPeer *peer, const guint8 *octets, gsize length,
       const guint8 *random)
{
  gnutls_dtls_prestate_st state;
  g_autoptr (GError) error = NULL;
  if (layer->options.server == NULL || !has_cookie (layer, peer, octets, length, &state))
    return;
  GhPeerSlot *slot = gh_datagram_table_find (layer, peer);
  GhAssociation *known = find_hello (slot, random);
  if (known != NULL)
    {
      if (known->state == GH_ASSOCIATION_HANDSHAKE)
        gh_association_feed (known, octets, length);
      return;
    }
  drop_handshakes (slot);
  if (!has_room (layer, peer))
    return;
  GhAssociation *association = gh_association_new (layer, layer->options.server, peer, NULL, NULL,
                                                   &error);
  if (association == NULL)
    {
      if (gh_log_has_room (GH_LOG_WARNING))
        gh_log (GH_LOG_WARNING, layer->options.transport, "a handshake cannot be begun", "reason",
                error->message, NULL);
      return;
    }
  memcpy (association->hello, random, sizeof association->hello);
  gnutls_dtls_prestate_set (association->session, &state);
  gh_association_feed (association, octets, length);
}

/* With both a server's and a client's handshake on one pair of addresses, the kind of message says
 * which one is meant. */
static gboolean
is_for (const GhAssociation *association, const GhTlsRecord *record)
{
  enum { HELLO_VERIFY = 3, SERVER_HELLO = 2, TICKET = 4, SERVER_KEY = 12, REQUEST = 13, DONE = 14 };
  if (record->type != GH_TLS_RECORD_HANDSHAKE || record->epoch != 0 || record->length == 0)
    return TRUE;
  switch (record->body[0])
    {
    case SERVER_HELLO:
    case HELLO_VERIFY:
    case TICKET:
    case SERVER_KEY:
    case REQUEST:
    case DONE:
      return association->client;
    default:
      return TRUE;
    }
}

static gboolean
offer (GhPeerSlot *slot, GhState state, const GhTlsRecord *record, const guint8 *octets,
       gsize length)
{
  GhAssociation *next;
  for (GhAssociation *a = slot->first; a != NULL; a = next)
    {
      next = a->next;
      if (a->state != state || !is_for (a, record))
        continue;
      if (gh_association_feed (a, octets, length))
        return TRUE;
    }
  return FALSE;
}

/* @slot is gone when the last of its associations is; then offer() was TRUE.
 * Records of a handshake, and the unprotected ones, are rather for a handshake that goes on; the
 * others rather for what is open. */
static void
route (GhPeerSlot *slot, const GhTlsRecord *record, const guint8 *octets, gsize length)
{
  gboolean open_first = record->epoch != 0 && record->type != GH_TLS_RECORD_HANDSHAKE;
  GhState first = open_first ? GH_ASSOCIATION_OPEN : GH_ASSOCIATION_HANDSHAKE;
  GhState second = open_first ? GH_ASSOCIATION_HANDSHAKE : GH_ASSOCIATION_OPEN;
  if (!offer (slot, first, record, octets, length))
    offer (slot, second, record, octets, length);
}

void
gh_datagram_layer_feed (GhDatagramLayer *layer, const GhPeer *peer, const guint8 *octets,
                        gsize length)
{
  GhTlsRecord record;
  gsize at = 0, n = 0;
  if (!is_peer (peer) || !gh_tls_record_read (octets, length, &at, &record))
    return;
  gh_datagram_enter (layer);
  const guint8 *hello = gh_tls_record_client_hello (&record, &n);
  GhPeerSlot *slot = hello == NULL ? gh_datagram_table_find (layer, peer) : NULL;
  if (hello != NULL)
    begin (layer, peer, octets, length, hello + 2);
  else if (slot != NULL)
    route (slot, &record, octets, length);
  gh_datagram_leave (layer);
}

gint64
gh_datagram_layer_next_us (GhDatagramLayer *layer)
{
  const GhAssociation *first = gh_datagram_table_due (layer);
  return first != NULL ? first->wake_us : G_MAXINT64;
}

void
gh_datagram_layer_tick (GhDatagramLayer *layer)
{
  gint64 now_us = gh_clock_monotonic_us (layer->clock);
  gh_datagram_enter (layer);
  for (GhAssociation *first = gh_datagram_table_due (layer);
       first != NULL && first->wake_us <= now_us; first = gh_datagram_table_due (layer))
    gh_association_wake (first);
  gh_datagram_leave (layer);
}

static void
check_again (GhAssociation *association)
{
  GhHandshake *handshake = association->handshake;
  if (handshake != NULL && handshake->held != NULL)
    gh_association_wake (association);
  else if (association->state == GH_ASSOCIATION_OPEN
           && gh_association_get_principal (association) == NULL)
    gh_association_close (association, "no longer admitted");
}

void
gh_datagram_layer_recheck (GhDatagramLayer *layer)
{
  for_each (layer, check_again);
}

GhAssociation *
gh_datagram_layer_connect (GhDatagramLayer *layer, const GhPeer *peer, const char *server_name,
                           const char *authority, GError **error)
{
  if (layer->options.client == NULL || !is_peer (peer))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_UNREACHABLE, "no outgoing %s",
                   layer->options.transport);
      return NULL;
    }
  if (layer->n_handshakes >= layer->options.max_handshakes
      || layer->n_associations >= layer->options.max_associations)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_OVERLOADED,
                   "too many handshakes or associations of %s", layer->options.transport);
      return NULL;
    }
  GhAssociation *association = gh_association_new (layer, layer->options.client, peer, server_name,
                                                   authority, error);
  if (association == NULL)
    return NULL;
  /* The first flight; its failure is reported by the tick. */
  int status = gnutls_handshake (association->session);
  if (status < 0 && gnutls_error_is_fatal (status) != 0)
    gh_association_doom (association, "the handshake failed");
  return association;
}

GhAssociation *
gh_datagram_layer_find (GhDatagramLayer *layer, guint64 id)
{
  GhAssociation *association = g_hash_table_lookup (layer->ids, &id);
  return association != NULL && association->state == GH_ASSOCIATION_OPEN ? association : NULL;
}
