/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-hash.h"
#include "security/gh-datagram-private.h"

/* Both kinds of keys begin with their hash. */
static guint
stored_hash (gconstpointer key)
{
  return *(const guint *) key;
}

static gboolean
peers_equal (gconstpointer a, gconstpointer b)
{
  const GhPeerSlot *x = a, *y = b;
  return x->peer.length == y->peer.length
         && memcmp (&x->peer.address, &y->peer.address, x->peer.length) == 0;
}

static gboolean
sources_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (((const GhSource *) a)->octets, ((const GhSource *) b)->octets, 16) == 0;
}

void
gh_datagram_table_init (GhDatagramLayer *layer)
{
  layer->peers = g_hash_table_new_full (stored_hash, peers_equal, g_free, NULL);
  layer->sources = g_hash_table_new_full (stored_hash, sources_equal, g_free, NULL);
  layer->ids = g_hash_table_new (g_int64_hash, g_int64_equal);
  layer->wakes = g_ptr_array_new ();
  g_ptr_array_add (layer->wakes, NULL);
}

void
gh_datagram_table_clear (GhDatagramLayer *layer)
{
  g_hash_table_unref (layer->peers);
  g_hash_table_unref (layer->sources);
  g_hash_table_unref (layer->ids);
  g_ptr_array_unref (layer->wakes);
}

static void
fill_source (const GhPeer *peer, GhSource *out)
{
  memset (out, 0, sizeof *out);
  if (peer->address.any.sa_family == AF_INET)
    memcpy (out->octets + 12, &peer->address.v4.sin_addr, 4);
  else if (IN6_IS_ADDR_V4MAPPED (&peer->address.v6.sin6_addr))
    memcpy (out->octets + 12, peer->address.v6.sin6_addr.s6_addr + 12, 4);
  else
    memcpy (out->octets, &peer->address.v6.sin6_addr, 8);
  out->hash = (guint) gh_hash_octets (out->octets, sizeof out->octets);
}

GhPeerSlot *
gh_datagram_table_find (GhDatagramLayer *layer, const GhPeer *peer)
{
  GhPeerSlot key = { .peer = *peer };
  key.hash = (guint) gh_hash_octets (&peer->address, peer->length);
  gpointer found = NULL;
  g_hash_table_lookup_extended (layer->peers, &key, &found, NULL);
  return found;
}

guint
gh_datagram_table_count (GhDatagramLayer *layer, const GhPeer *peer)
{
  GhSource key;
  gpointer found = NULL;
  fill_source (peer, &key);
  g_hash_table_lookup_extended (layer->sources, &key, &found, NULL);
  return found != NULL ? ((GhSource *) found)->count : 0;
}

static GhPeerSlot *
ensure_slot (GhDatagramLayer *layer, const GhPeer *peer)
{
  GhPeerSlot *slot = gh_datagram_table_find (layer, peer);
  if (slot != NULL)
    return slot;
  slot = g_new0 (GhPeerSlot, 1);
  slot->peer = *peer;
  slot->hash = (guint) gh_hash_octets (&peer->address, peer->length);
  g_hash_table_add (layer->peers, slot);
  return slot;
}

static GhSource *
ensure_source (GhDatagramLayer *layer, const GhPeer *peer)
{
  GhSource key;
  gpointer found;
  fill_source (peer, &key);
  if (g_hash_table_lookup_extended (layer->sources, &key, &found, NULL))
    return found;
  GhSource *source = g_memdup2 (&key, sizeof key);
  g_hash_table_add (layer->sources, source);
  return source;
}

void
gh_datagram_table_add (GhAssociation *association, const GhPeer *peer)
{
  GhDatagramLayer *layer = association->layer;
  association->slot = ensure_slot (layer, peer);
  association->next = association->slot->first;
  association->slot->first = association;
  association->source = ensure_source (layer, peer);
  association->source->count++;
  layer->n_associations++;
  g_hash_table_insert (layer->ids, &association->id, association);
}

void
gh_datagram_table_remove (GhAssociation *association)
{
  GhDatagramLayer *layer = association->layer;
  GhPeerSlot *slot = association->slot;
  GhAssociation **link = &slot->first;
  while (*link != association)
    link = &(*link)->next;
  *link = association->next;
  if (slot->first == NULL)
    g_hash_table_remove (layer->peers, slot);
  association->slot = NULL;
  if (--association->source->count == 0)
    g_hash_table_remove (layer->sources, association->source);
  layer->n_associations--;
  g_hash_table_remove (layer->ids, &association->id);
  gh_datagram_table_wake (association, G_MAXINT64);
}

static GhAssociation *
at (const GPtrArray *heap, guint index)
{
  return g_ptr_array_index (heap, index);
}

static void
put (GPtrArray *heap, guint index, GhAssociation *association)
{
  g_ptr_array_index (heap, index) = association;
  association->wake_index = index;
}

static void
sift_up (GPtrArray *heap, guint index)
{
  GhAssociation *moving = at (heap, index);
  for (; index > 1 && at (heap, index / 2)->wake_us > moving->wake_us; index /= 2)
    put (heap, index, at (heap, index / 2));
  put (heap, index, moving);
}

static void
sift_down (GPtrArray *heap, guint index)
{
  GhAssociation *moving = at (heap, index);
  for (guint child = 2 * index; child < heap->len; child = 2 * index)
    {
      if (child + 1 < heap->len && at (heap, child + 1)->wake_us < at (heap, child)->wake_us)
        child++;
      if (at (heap, child)->wake_us >= moving->wake_us)
        break;
      put (heap, index, at (heap, child));
      index = child;
    }
  put (heap, index, moving);
}

static void
heap_remove (GPtrArray *heap, GhAssociation *association)
{
  guint index = association->wake_index;
  GhAssociation *last = at (heap, heap->len - 1);
  association->wake_index = 0;
  g_ptr_array_set_size (heap, (gint) heap->len - 1);
  if (last == association)
    return;
  put (heap, index, last);
  sift_up (heap, index);
  sift_down (heap, last->wake_index);
}

void
gh_datagram_table_wake (GhAssociation *association, gint64 wake_us)
{
  GPtrArray *heap = association->layer->wakes;
  association->wake_us = wake_us;
  if (wake_us == G_MAXINT64)
    {
      if (association->wake_index != 0)
        heap_remove (heap, association);
      return;
    }
  if (association->wake_index == 0)
    {
      g_ptr_array_add (heap, association);
      association->wake_index = heap->len - 1;
    }
  sift_up (heap, association->wake_index);
  sift_down (heap, association->wake_index);
}

GhAssociation *
gh_datagram_table_due (GhDatagramLayer *layer)
{
  return layer->wakes->len > 1 ? at (layer->wakes, 1) : NULL;
}
