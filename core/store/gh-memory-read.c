/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/gh-memory-store.h"

/* Look-ups of the writer. */

gboolean
gh_memory_find_instance (GhStore *base, guint64 parent, const char *name, guint64 *out_number,
                         GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  GTreeNode *node = gh_memory_table_named (&store->tables[GH_MEMORY_INSTANCE], parent, name);

  for (*out_number = 0; node != NULL; node = gh_memory_node_step (node, FALSE, TRUE))
    {
      const GhMemoryEntry *entry = g_tree_node_value (node);
      if (gh_memory_entry_alive (entry))
        {
          *out_number = entry->number;
          return TRUE;
        }
    }
  return TRUE;
}

gboolean
gh_memory_find_moment (GhStore *base, guint64 parent, guint64 from, gint64 low, gint64 high,
                       guint64 *out_number, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  GTreeNode *node = gh_memory_table_moment (&store->tables[GH_MEMORY_INSTANCE], parent, low);

  *out_number = 0;
  for (; node != NULL; node = gh_memory_node_step (node, TRUE, FALSE))
    {
      const GhMemoryEntry *entry = g_tree_node_value (node);
      if (entry->head->row.moment > high)
        break;
      if (entry->number >= from && gh_memory_entry_alive (entry))
        *out_number = MAX (*out_number, entry->number);
    }
  return TRUE;
}

gboolean
gh_memory_next_instance (GhStore *base, guint64 parent, guint64 after, gboolean forward,
                         guint64 *out_number, guint64 *out_size, gint64 *out_creation_us,
                         GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  const guint64 from = after == 0 && !forward ? G_MAXUINT64 : after;
  GTreeNode *node = gh_memory_table_child (&store->tables[GH_MEMORY_INSTANCE], parent, from,
                                           forward);
  const GhMemoryRow *row = NULL;

  for (; node != NULL && row == NULL; node = gh_memory_node_step (node, forward, FALSE))
    {
      const GhMemoryEntry *entry = g_tree_node_value (node);
      row = gh_memory_entry_alive (entry) ? entry->head : NULL;
    }
  *out_number = row != NULL ? row->row.number : 0;
  if (out_size != NULL)
    *out_size = row != NULL ? row->row.size : 0;
  if (out_creation_us != NULL)
    *out_creation_us = row != NULL ? row->row.creation_us : 0;
  return TRUE;
}

gboolean
gh_memory_get_instance (GhStore *base, guint64 number, GhStoreRowFunc func, gpointer user_data,
                        GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  const GhMemoryEntry *entry = gh_memory_table_find (&store->tables[GH_MEMORY_INSTANCE], number);
  GhStoreRow row;

  if (entry != NULL && gh_memory_entry_view (entry, GH_MEMORY_WRITER, &row))
    func (&row, user_data);
  return TRUE;
}

gboolean
gh_memory_list_expired (GhStore *base, gint64 now_us, guint limit, GhStoreRowFunc func,
                        gpointer user_data, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  for (gint table = GH_MEMORY_STRUCTURAL; table <= GH_MEMORY_INSTANCE; table++)
    {
      GTreeNode *node = g_tree_node_first (store->tables[table].expiry);
      for (; node != NULL && limit > 0; node = g_tree_node_next (node), limit--)
        {
          const GhMemoryEntry *entry = g_tree_node_value (node);
          if (entry->head->row.expiration_us > now_us)
            break;
          if (!func (&entry->head->row, user_data))
            return TRUE;
        }
    }
  return TRUE;
}

/* Readers: a slice is the version of its begin. */

GhStoreReader *
gh_memory_reader_new (GhStore *base, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  GhMemoryReader *reader = g_new0 (GhMemoryReader, 1);

  reader->store = store;
  g_mutex_lock (&store->lock);
  store->readers = g_slist_prepend (store->readers, reader);
  g_mutex_unlock (&store->lock);
  return (GhStoreReader *) reader;
}

void
gh_memory_reader_free (GhStoreReader *base)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;

  g_mutex_lock (&reader->store->lock);
  reader->store->readers = g_slist_remove (reader->store->readers, reader);
  g_mutex_unlock (&reader->store->lock);
  g_free (reader);
}

gboolean
gh_memory_reader_begin (GhStoreReader *base, GError **error)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;

  if (reader->in_slice)
    return gh_memory_refuse (error, "a slice is open already");
  g_mutex_lock (&reader->store->lock);
  reader->version = reader->store->version;
  reader->in_slice = TRUE;
  g_mutex_unlock (&reader->store->lock);
  return TRUE;
}

void
gh_memory_reader_end (GhStoreReader *base)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;

  g_mutex_lock (&reader->store->lock);
  reader->in_slice = FALSE;
  g_mutex_unlock (&reader->store->lock);
}

static gboolean
need_slice (const GhMemoryReader *reader, GError **error)
{
  return reader->in_slice || gh_memory_refuse (error, "no slice is open");
}

gboolean
gh_memory_read_instance (GhStoreReader *base, guint64 number, GhStoreRowFunc func,
                         gpointer user_data, GError **error)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;
  GhStoreRow row;

  if (!need_slice (reader, error))
    return FALSE;
  g_mutex_lock (&reader->store->lock);
  const GhMemoryEntry *entry = gh_memory_table_find (&reader->store->tables[GH_MEMORY_INSTANCE],
                                                     number);
  const gboolean seen = entry != NULL && gh_memory_entry_view (entry, reader->version, &row);
  g_mutex_unlock (&reader->store->lock);
  if (seen)
    func (&row, user_data);
  return TRUE;
}

gboolean
gh_memory_read_find (GhStoreReader *base, guint64 parent, const char *name, GhStoreRowFunc func,
                     gpointer user_data, GError **error)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (GhStoreRow));
  GhStoreRow row;

  if (!need_slice (reader, error))
    return FALSE;
  g_mutex_lock (&reader->store->lock);
  GTreeNode *node = gh_memory_table_named (&reader->store->tables[GH_MEMORY_INSTANCE], parent,
                                           name);
  for (; node != NULL; node = gh_memory_node_step (node, FALSE, TRUE))
    if (gh_memory_entry_view (g_tree_node_value (node), reader->version, &row))
      g_array_append_val (rows, row);
  g_mutex_unlock (&reader->store->lock);
  for (guint i = 0; i < rows->len && func (&g_array_index (rows, GhStoreRow, i), user_data); i++)
    ;
  return TRUE;
}

/* Fills at most @size rows under the lock; the callbacks then run without it. */
static guint
read_some (GhMemoryReader *reader, const GhMemoryTable *table, guint64 parent, guint64 after,
           gboolean forward, GhStoreRow *rows, guint size)
{
  guint n = 0;

  g_mutex_lock (&reader->store->lock);
  GTreeNode *node = gh_memory_table_child (table, parent, after, forward);
  for (; node != NULL && n < size; node = gh_memory_node_step (node, forward, FALSE))
    if (gh_memory_entry_view (g_tree_node_value (node), reader->version, &rows[n]))
      n++;
  g_mutex_unlock (&reader->store->lock);
  return n;
}

gboolean
gh_memory_read_children (GhStoreReader *base, guint64 parent, gboolean instances, guint64 after,
                         gboolean forward, guint limit, GhStoreRowFunc func, gpointer user_data,
                         GError **error)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;
  const GhMemoryTable *table =
    &reader->store->tables[instances ? GH_MEMORY_INSTANCE : GH_MEMORY_STRUCTURAL];
  GhStoreRow rows[32];

  if (!need_slice (reader, error))
    return FALSE;
  guint64 from = after == 0 && !forward ? G_MAXUINT64 : after;
  while (limit > 0)
    {
      const guint size = MIN (limit, G_N_ELEMENTS (rows));
      const guint n = read_some (reader, table, parent, from, forward, rows, size);
      for (guint i = 0; i < n; i++)
        if (!func (&rows[i], user_data))
          return TRUE;
      if (n < size)
        return TRUE;
      from = rows[n - 1].number;
      limit -= n;
    }
  return TRUE;
}

/* Fills @rows under the lock, at most *@size, which becomes how many keys there were. */
static guint
read_keys (GhMemoryReader *reader, const GhStoreRange *range, GhStoreCursor *cursor,
           GhStoreRow *rows, guint *size)
{
  const GhMemoryTable *table =
    &reader->store->tables[range->instances ? GH_MEMORY_INSTANCE : GH_MEMORY_STRUCTURAL];
  guint64 numbers[32];
  guint n = 0;

  g_mutex_lock (&reader->store->lock);
  *size = gh_memory_index_next (table->index, range, cursor, numbers,
                                MIN (*size, G_N_ELEMENTS (numbers)));
  for (guint i = 0; i < *size; i++)
    {
      const GhMemoryEntry *entry = gh_memory_table_find (table, numbers[i]);
      if (entry != NULL && gh_memory_entry_view (entry, reader->version, &rows[n]))
        n++;
    }
  g_mutex_unlock (&reader->store->lock);
  return n;
}

gboolean
gh_memory_read_index (GhStoreReader *base, const GhStoreRange *range, GhStoreCursor *cursor,
                      guint limit, GhStoreRowFunc func, gpointer user_data, gboolean *out_more,
                      GError **error)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;
  GhStoreRow rows[32];

  if (!need_slice (reader, error))
    return FALSE;
  *out_more = TRUE;
  while (limit > 0 && *out_more)
    {
      const guint wanted = MIN (limit, G_N_ELEMENTS (rows));
      guint size = wanted;
      const guint n = read_keys (reader, range, cursor, rows, &size);

      *out_more = size == wanted;
      limit -= size;
      for (guint i = 0; i < n; i++)
        if (!func (&rows[i], user_data))
          return TRUE;
    }
  return TRUE;
}

gboolean
gh_memory_count_index (GhStoreReader *base, const GhStoreRange *range, guint most, guint *out_n,
                       GError **error)
{
  GhMemoryReader *reader = (GhMemoryReader *) base;
  const GhMemoryTable *table =
    &reader->store->tables[range->instances ? GH_MEMORY_INSTANCE : GH_MEMORY_STRUCTURAL];

  if (!need_slice (reader, error))
    return FALSE;
  g_mutex_lock (&reader->store->lock);
  *out_n = gh_memory_index_count (table->index, range, most);
  g_mutex_unlock (&reader->store->lock);
  return TRUE;
}
