/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/gh-instance-cache.h"

#include <string.h>

typedef struct {
  struct cds_lfht_node node;
  struct rcu_head rcu;
  GhInstance *instance;
  gsize cost;
  guint used; /* set by readers, cleared by the hand of the clock */
  GList *link;
} CacheEntry;

struct _GhInstanceCache {
  struct cds_lfht *table;
  gsize limit;
  GMutex lock; /* of the ring; readers never take it */
  GQueue ring; /* CacheEntry, the hand points at the head */
  gsize bytes;
};

GhInstance *
gh_instance_new (const GhStoreRow *row, GhBuffer *body)
{
  const char *owner = row->owner != NULL ? row->owner : "";
  char id[GH_INSTANCE_ID_SIZE];
  const char *name = row->name;
  if (name == NULL)
    {
      gh_instance_id_format (gh_type_by_number (row->type), row->number, id);
      name = id;
    }
  gsize name_size = strlen (name) + 1, owner_size = strlen (owner) + 1;
  GhInstance *instance = g_malloc (sizeof (GhInstance) + name_size + owner_size);

  instance->ref_count = 1;
  instance->type = row->type;
  instance->number = row->number;
  instance->parent = row->parent;
  instance->size = row->size;
  instance->creation_us = row->creation_us;
  instance->expiration_us = row->expiration_us;
  instance->name = memcpy (instance->texts, name, name_size);
  instance->owner = memcpy (instance->texts + name_size, owner, owner_size);
  instance->body = body != NULL ? gh_buffer_ref (body)
                                : gh_buffer_new (row->body, row->body_length);
  return instance;
}

GhInstance *
gh_instance_ref (GhInstance *instance)
{
  g_atomic_int_inc (&instance->ref_count);
  return instance;
}

void
gh_instance_unref (GhInstance *instance)
{
  if (!g_atomic_int_dec_and_test (&instance->ref_count))
    return;
  gh_buffer_unref (instance->body);
  g_free (instance);
}

const GhType *
gh_instance_type (const GhInstance *instance)
{
  return gh_type_of_stored (instance->type, instance->body->data, instance->body->length);
}

/* Instances have a separator of their own: their identifiers are also their names, which no client
 * may take, and names like "cin-1" are what clients like to choose. */
static char
separator (const GhType *type)
{
  return type->instance ? '.' : '-';
}

static void
format_id (const char *prefix, char after, guint64 number, char out[GH_INSTANCE_ID_SIZE])
{
  static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  char reversed[16];
  guint n = 0, at = 0;
  do
    reversed[n++] = digits[number % 36];
  while ((number /= 36) != 0);
  for (const char *p = prefix; *p != '\0' && at < 8; p++)
    out[at++] = *p;
  out[at++] = after;
  while (n > 0)
    out[at++] = reversed[--n];
  out[at] = '\0';
}

void
gh_instance_id_format (const GhType *type, guint64 number, char out[GH_INSTANCE_ID_SIZE])
{
  const GhType *base = type->specialization ? gh_type_by_number (type->number) : type;
  format_id (base->short_name, separator (type), number, out);
}

/* What holds instances, and what they are. */
static const gint holders[][2] = {
  { GH_TYPE_CONTENT_INSTANCE, GH_TYPE_CONTAINER },
  { GH_TYPE_TIME_SERIES_INSTANCE, GH_TYPE_TIME_SERIES },
  { GH_TYPE_FLEX_CONTAINER_INSTANCE, GH_TYPE_FLEX_CONTAINER },
};

void
gh_instance_holder_id (const GhType *type, guint64 number, char out[GH_INSTANCE_ID_SIZE])
{
  for (guint i = 0; i < G_N_ELEMENTS (holders); i++)
    if (holders[i][0] == type->number)
      {
        const GhType *holder = gh_type_by_number (holders[i][1]);
        format_id (holder->short_name, separator (holder), number, out);
        return;
      }
  g_return_if_reached ();
}

static gboolean
number_parse (const char *text, guint64 *out)
{
  guint64 number = 0;
  gsize n = strlen (text);
  if (n == 0 || n > 12 || (text[0] == '0' && n > 1))
    return FALSE;
  for (; *text != '\0'; text++)
    {
      int digit = *text >= '0' && *text <= '9'   ? *text - '0'
                  : *text >= 'a' && *text <= 'z' ? *text - 'a' + 10
                                                 : -1;
      if (digit < 0)
        return FALSE;
      number = number * 36 + (guint) digit;
    }
  *out = number;
  return TRUE;
}

gboolean
gh_instance_id_parse (const char *id, const GhType **out_type, guint64 *out_number)
{
  if (strchr (id, '.') == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (holders); i++)
    {
      const GhType *type = gh_type_by_number (holders[i][0]);
      const gsize n = strlen (type->short_name);
      if (strncmp (id, type->short_name, n) != 0 || id[n] != separator (type)
          || !number_parse (id + n + 1, out_number))
        continue;
      *out_type = type;
      return TRUE;
    }
  return FALSE;
}

GhInstanceCache *
gh_instance_cache_new (gsize limit_bytes)
{
  GhInstanceCache *cache = g_new0 (GhInstanceCache, 1);
  cache->limit = limit_bytes;
  cache->table = cds_lfht_new (1024, 1024, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, NULL);
  g_mutex_init (&cache->lock);
  g_queue_init (&cache->ring);
  return cache;
}

/* Numbers are ours and only grow: a mixing function is enough here. */
static unsigned long
hash_number (guint64 number)
{
  number ^= number >> 33;
  number *= G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  return (unsigned long) (number ^ (number >> 33));
}

static int
match_number (struct cds_lfht_node *node, const void *key)
{
  return caa_container_of (node, CacheEntry, node)->instance->number == *(const guint64 *) key;
}

static void
entry_reclaim (struct rcu_head *head)
{
  CacheEntry *entry = caa_container_of (head, CacheEntry, rcu);
  gh_instance_unref (entry->instance);
  g_free (entry);
}

static CacheEntry *
entry_lookup (GhInstanceCache *cache, guint64 number)
{
  struct cds_lfht_iter iter;
  cds_lfht_lookup (cache->table, hash_number (number), match_number, &number, &iter);
  struct cds_lfht_node *node = cds_lfht_iter_get_node (&iter);
  return node != NULL ? caa_container_of (node, CacheEntry, node) : NULL;
}

GhInstance *
gh_instance_cache_lookup (GhInstanceCache *cache, guint64 number)
{
  CacheEntry *entry = entry_lookup (cache, number);
  if (entry == NULL)
    return NULL;
  if (!uatomic_read (&entry->used))
    uatomic_set (&entry->used, 1);
  return entry->instance;
}

/* With the lock held. */
static void
entry_drop (GhInstanceCache *cache, CacheEntry *entry)
{
  rcu_read_lock ();
  cds_lfht_del (cache->table, &entry->node);
  rcu_read_unlock ();
  g_queue_delete_link (&cache->ring, entry->link);
  cache->bytes -= entry->cost;
  call_rcu (&entry->rcu, entry_reclaim);
}

static void
cache_shrink (GhInstanceCache *cache)
{
  guint turns = g_queue_get_length (&cache->ring);
  while (cache->bytes > cache->limit && !g_queue_is_empty (&cache->ring))
    {
      CacheEntry *entry = g_queue_peek_head (&cache->ring);
      if (turns > 0 && uatomic_read (&entry->used))
        {
          turns--;
          uatomic_set (&entry->used, 0);
          GList *link = g_queue_pop_head_link (&cache->ring);
          g_queue_push_tail_link (&cache->ring, link);
          continue;
        }
      entry_drop (cache, entry);
    }
}

/* @tree NULL: whatever is published */
static void
cache_insert (GhInstanceCache *cache, GhInstance *instance, GhTree *tree, guint64 sequence)
{
  gsize cost = sizeof (CacheEntry) + sizeof (GhInstance) + sizeof (GList) + instance->body->length
               + 64;
  if (cost > cache->limit)
    return;
  CacheEntry *entry = g_new0 (CacheEntry, 1);
  entry->instance = gh_instance_ref (instance);
  entry->cost = cost;
  cds_lfht_node_init (&entry->node);

  g_mutex_lock (&cache->lock);
  struct cds_lfht_node *there = NULL;
  rcu_read_lock ();
  if (tree == NULL || gh_tree_sequence (tree) == sequence)
    there = cds_lfht_add_unique (cache->table, hash_number (instance->number), match_number,
                                 &instance->number, &entry->node);
  rcu_read_unlock ();
  if (there == &entry->node)
    {
      g_queue_push_tail (&cache->ring, entry);
      entry->link = g_queue_peek_tail_link (&cache->ring);
      cache->bytes += cost;
      cache_shrink (cache);
    }
  g_mutex_unlock (&cache->lock);
  if (there != &entry->node)
    entry_reclaim (&entry->rcu);
}

void
gh_instance_cache_insert (GhInstanceCache *cache, GhInstance *instance)
{
  cache_insert (cache, instance, NULL, 0);
}

void
gh_instance_cache_insert_read (GhInstanceCache *cache, GhInstance *instance, GhTree *tree,
                               guint64 sequence)
{
  cache_insert (cache, instance, tree, sequence);
}

void
gh_instance_cache_remove (GhInstanceCache *cache, guint64 number)
{
  g_mutex_lock (&cache->lock);
  rcu_read_lock ();
  CacheEntry *entry = entry_lookup (cache, number);
  rcu_read_unlock ();
  if (entry != NULL)
    entry_drop (cache, entry);
  g_mutex_unlock (&cache->lock);
}

gsize
gh_instance_cache_bytes (GhInstanceCache *cache)
{
  g_mutex_lock (&cache->lock);
  gsize bytes = cache->bytes;
  g_mutex_unlock (&cache->lock);
  return bytes;
}

void
gh_instance_cache_free (GhInstanceCache *cache)
{
  g_mutex_lock (&cache->lock);
  while (!g_queue_is_empty (&cache->ring))
    entry_drop (cache, g_queue_peek_head (&cache->ring));
  g_mutex_unlock (&cache->lock);
  rcu_barrier ();
  cds_lfht_destroy (cache->table, NULL);
  g_mutex_clear (&cache->lock);
  g_free (cache);
}
