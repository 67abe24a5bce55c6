/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-secret.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

#include <errno.h>
#include <string.h>

#include "base/gh-error.h"

#define MAX_LENGTH 65536
/* Guard pages for each secret of their own cost four pages and as many mappings: a system allows
 * 65,530 of these, and a vault holds 100,000 keys. Short secrets share guarded blocks. */
#define SLOT_LENGTH 64
#define N_SLOTS     960 /* 15 pages of 4 KiB; the sixteenth holds libsodium's canary */

typedef struct {
  guint8 *data;            /* of sodium_malloc: N_SLOTS slots, read-only between changes */
  GList link;              /* in with_room */
  guint n_used, n_touched; /* slots from n_touched on were never used */
  guint n_free;            /* in free_slots */
  guint16 free_slots[N_SLOTS];
} Block;

struct _GhSecret {
  gint ref_count;
  gsize length;
  void *data;   /* of sodium_malloc: between guard pages, locked, not dumped, read-only once it is
                 * filled; or a slot of @block */
  Block *block; /* NULL: @data stands alone */
};

/* The blocks with a free slot: of the process, like the locked memory that they share out. */
static GMutex blocks_lock;
static GQueue with_room = G_QUEUE_INIT;

/* sodium_malloc locks what it hands out, but does not say when that failed; locking again does. */
static void *
locked_alloc (gsize length, GError **error)
{
  void *data;

  if (sodium_init () < 0)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "secret: libsodium does not start");
      return NULL;
    }
  data = sodium_malloc (length);
  if (data == NULL || sodium_mlock (data, length) != 0)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_FAILED,
                   "secret: no memory can be locked (%s); raise RLIMIT_MEMLOCK",
                   g_strerror (errno));
      sodium_free (data);
      return NULL;
    }
  return data;
}

/* With the lock held: a block with room, at the head of the queue. */
static Block *
block_with_room (GError **error)
{
  Block *block;
  void *data;

  if (!g_queue_is_empty (&with_room))
    return g_queue_peek_head (&with_room);
  data = locked_alloc ((gsize) N_SLOTS * SLOT_LENGTH, error);
  if (data == NULL)
    return NULL;
  sodium_mprotect_readonly (data);
  block = g_new0 (Block, 1);
  block->data = data;
  block->link.data = block;
  g_queue_push_head_link (&with_room, &block->link);
  return block;
}

static gboolean
slot_take (GhSecret *secret, gconstpointer octets, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&blocks_lock);
  Block *block = block_with_room (error);
  guint slot;

  if (block == NULL)
    return FALSE;
  slot = block->n_free > 0 ? block->free_slots[--block->n_free] : block->n_touched++;
  if (++block->n_used == N_SLOTS)
    g_queue_unlink (&with_room, &block->link);
  secret->block = block;
  secret->data = block->data + (gsize) slot * SLOT_LENGTH;
  sodium_mprotect_readwrite (block->data);
  memcpy (secret->data, octets, secret->length);
  sodium_mprotect_readonly (block->data);
  return TRUE;
}

static void
slot_give_back (GhSecret *secret)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&blocks_lock);
  Block *block = secret->block;

  sodium_mprotect_readwrite (block->data);
  sodium_memzero (secret->data, SLOT_LENGTH);
  sodium_mprotect_readonly (block->data);
  block->free_slots[block->n_free++] = (guint16) ((gsize) ((guint8 *) secret->data - block->data)
                                                  / SLOT_LENGTH);
  if (block->n_used-- == N_SLOTS)
    g_queue_push_tail_link (&with_room, &block->link);
  /* The last one stays: a process that has one short secret now and then maps nothing each time. */
  if (block->n_used > 0 || g_queue_get_length (&with_room) == 1)
    return;
  g_queue_unlink (&with_room, &block->link);
  /* Unlocks and unmaps. */
  sodium_free (block->data);
  g_free (block);
}

static GhSecret *
secret_new (gsize length, gconstpointer octets, GError **error)
{
  g_autofree GhSecret *secret = g_new0 (GhSecret, 1);

  secret->ref_count = 1;
  secret->length = length;
  if (length <= SLOT_LENGTH)
    return slot_take (secret, octets, error) ? g_steal_pointer (&secret) : NULL;
  secret->data = locked_alloc (length, error);
  if (secret->data == NULL)
    return NULL;
  memcpy (secret->data, octets, length);
  sodium_mprotect_readonly (secret->data);
  return g_steal_pointer (&secret);
}

static gboolean
length_check (gsize length, GError **error)
{
  if (length >= 1 && length <= MAX_LENGTH)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_FAILED,
               "secret: %" G_GSIZE_FORMAT " octets are outside 1..%d", length, MAX_LENGTH);
  return FALSE;
}

GhSecret *
gh_secret_new (gconstpointer data, gsize length, GError **error)
{
  g_return_val_if_fail (data != NULL || length == 0, NULL);

  return length_check (length, error) ? secret_new (length, data, error) : NULL;
}

GhSecret *
gh_secret_new_random (gsize length, GError **error)
{
  GhSecret *secret;
  void *octets;
  int result;

  if (!length_check (length, error))
    return NULL;
  octets = locked_alloc (length, error);
  if (octets == NULL)
    return NULL;
  result = gnutls_rnd (GNUTLS_RND_KEY, octets, length);
  if (result < 0)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "secret: no randomness: %s",
                   gnutls_strerror (result));
      secret = NULL;
    }
  else
    secret = secret_new (length, octets, error);
  sodium_free (octets);
  return secret;
}

GhSecret *
gh_secret_ref (GhSecret *secret)
{
  g_return_val_if_fail (secret != NULL, NULL);

  g_atomic_int_inc (&secret->ref_count);
  return secret;
}

void
gh_secret_unref (GhSecret *secret)
{
  if (secret == NULL || !g_atomic_int_dec_and_test (&secret->ref_count))
    return;
  if (secret->block != NULL)
    slot_give_back (secret);
  else
    /* Wipes, unlocks and unmaps. */
    sodium_free (secret->data);
  g_free (secret);
}

gconstpointer
gh_secret_data (const GhSecret *secret, gsize *out_length)
{
  g_return_val_if_fail (secret != NULL, NULL);

  if (out_length != NULL)
    *out_length = secret->length;
  return secret->data;
}

gboolean
gh_secret_equal (const GhSecret *a, const GhSecret *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return a->length == b->length && sodium_memcmp (a->data, b->data, a->length) == 0;
}

void
gh_random_bytes (gpointer out, gsize length)
{
  int result;

  g_return_if_fail (out != NULL || length == 0);

  result = gnutls_rnd (GNUTLS_RND_RANDOM, out, length);
  if (result < 0)
    g_error ("no randomness: %s", gnutls_strerror (result));
}
