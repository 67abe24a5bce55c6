/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/gh-memory-table.h"

#include <string.h>

static int
compare_numbers (guint64 a, guint64 b)
{
  return a < b ? -1 : a > b;
}

static int
compare_children (gconstpointer a, gconstpointer b)
{
  const GhMemoryEntry *x = a, *y = b;
  const int parents = compare_numbers (x->parent, y->parent);

  return parents != 0 ? parents : compare_numbers (x->number, y->number);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const GhMemoryEntry *x = a, *y = b;
  const int parents = compare_numbers (x->parent, y->parent);
  const int names = parents != 0 ? parents : strcmp (x->head->row.name, y->head->row.name);

  return names != 0 ? names : compare_numbers (x->number, y->number);
}

static int
compare_moments (gconstpointer a, gconstpointer b)
{
  const GhMemoryEntry *x = a, *y = b;
  const gint64 m = x->head->row.moment, n = y->head->row.moment;
  const int parents = compare_numbers (x->parent, y->parent);

  if (parents != 0)
    return parents;
  return m != n ? (m < n ? -1 : 1) : compare_numbers (x->number, y->number);
}

static int
compare_expiry (gconstpointer a, gconstpointer b)
{
  const GhMemoryRow *x = a, *y = b;

  if (x->row.expiration_us != y->row.expiration_us)
    return x->row.expiration_us < y->row.expiration_us ? -1 : 1;
  return compare_numbers (x->row.number, y->row.number);
}

void
gh_memory_table_init (GhMemoryTable *table, gboolean with_names)
{
  table->entries = g_hash_table_new (g_int64_hash, g_int64_equal);
  table->children = g_tree_new (compare_children);
  table->names = with_names ? g_tree_new (compare_names) : NULL;
  table->moments = with_names ? g_tree_new (compare_moments) : NULL;
  table->index = gh_memory_index_new ();
  table->structural = !with_names;
  table->expiry = g_tree_new (compare_expiry);
}

static void
row_free (GhMemoryRow *row)
{
  g_strfreev ((char **) row->row.labels);
  g_free (row);
}

static void
entry_free (GhMemoryEntry *entry)
{
  for (GhMemoryRow *row = entry->head; row != NULL;)
    {
      GhMemoryRow *older = row->older;
      row_free (row);
      row = older;
    }
  g_free (entry);
}

void
gh_memory_table_clear (GhMemoryTable *table)
{
  GHashTableIter iter;
  gpointer entry;

  g_clear_pointer (&table->index, g_tree_unref);
  g_clear_pointer (&table->expiry, g_tree_unref);
  g_clear_pointer (&table->moments, g_tree_unref);
  g_clear_pointer (&table->names, g_tree_unref);
  g_clear_pointer (&table->children, g_tree_unref);
  g_hash_table_iter_init (&iter, table->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    entry_free (entry);
  g_clear_pointer (&table->entries, g_hash_table_unref);
}

static const char *
append_text (char **end, const char *text)
{
  if (text == NULL)
    return NULL;
  char *copy = *end;
  *end = g_stpcpy (copy, text) + 1;
  return copy;
}

static gsize
text_size (const char *text)
{
  return text == NULL ? 0 : strlen (text) + 1;
}

static GhMemoryRow *
row_new (const GhStoreRow *row, guint64 version)
{
  GhMemoryRow *copy = g_malloc (sizeof *copy + text_size (row->resource_id) + text_size (row->name)
                                + text_size (row->owner) + row->body_length + 1);
  char *end = (char *) (copy + 1);

  *copy = (GhMemoryRow){ .row = *row, .born = version };
  copy->row.labels = (const char *const *) g_strdupv ((char **) row->labels);
  copy->row.resource_id = append_text (&end, row->resource_id);
  copy->row.name = append_text (&end, row->name);
  copy->row.owner = append_text (&end, row->owner);
  copy->row.body = end;
  if (row->body_length > 0)
    memcpy (end, row->body, row->body_length);
  end[row->body_length] = '\0';
  if (row->ended_sequence != 0)
    copy->ended_version = version;
  return copy;
}

GhMemoryEntry *
gh_memory_table_find (const GhMemoryTable *table, guint64 number)
{
  return g_hash_table_lookup (table->entries, &number);
}

static void
expiry_add (GhMemoryTable *table, GhMemoryEntry *entry)
{
  if (gh_memory_entry_alive (entry) && entry->head->row.expiration_us != G_MAXINT64)
    g_tree_insert (table->expiry, entry->head, entry);
}

GhMemoryEntry *
gh_memory_table_put (GhMemoryTable *table, const GhStoreRow *row, guint64 version)
{
  GhMemoryRow *head = row_new (row, version);
  GhMemoryEntry *entry = gh_memory_table_find (table, row->number);

  if (entry != NULL)
    {
      g_tree_remove (table->expiry, entry->head);
      gh_memory_index_remove (table->index, &entry->head->row, table->structural);
      head->older = entry->head;
      entry->head = head;
    }
  else
    {
      entry = g_new (GhMemoryEntry, 1);
      *entry = (GhMemoryEntry){ row->number, row->parent, head };
      g_hash_table_insert (table->entries, &entry->number, entry);
      g_tree_insert (table->children, entry, entry);
      if (table->names != NULL && row->name != NULL)
        g_tree_insert (table->names, entry, entry);
      if (table->moments != NULL && row->has_moment)
        g_tree_insert (table->moments, entry, entry);
    }
  gh_memory_index_add (table->index, &head->row, table->structural);
  expiry_add (table, entry);
  return entry;
}

static void
entry_remove (GhMemoryTable *table, GhMemoryEntry *entry)
{
  if (table->names != NULL && entry->head->row.name != NULL)
    g_tree_remove (table->names, entry);
  if (table->moments != NULL && entry->head->row.has_moment)
    g_tree_remove (table->moments, entry);
  gh_memory_index_remove (table->index, &entry->head->row, table->structural);
  g_tree_remove (table->children, entry);
  g_hash_table_remove (table->entries, &entry->number);
  entry_free (entry);
}

void
gh_memory_table_unput (GhMemoryTable *table, GhMemoryEntry *entry)
{
  GhMemoryRow *head = entry->head;

  g_tree_remove (table->expiry, head);
  if (head->older == NULL)
    {
      entry_remove (table, entry);
      return;
    }
  gh_memory_index_remove (table->index, &head->row, table->structural);
  entry->head = head->older;
  row_free (head);
  gh_memory_index_add (table->index, &entry->head->row, table->structural);
  expiry_add (table, entry);
}

void
gh_memory_table_end (GhMemoryTable *table, GhMemoryEntry *entry, guint64 sequence, guint64 version)
{
  g_tree_remove (table->expiry, entry->head);
  entry->head->row.ended_sequence = sequence;
  entry->head->ended_version = version;
}

void
gh_memory_table_unend (GhMemoryTable *table, GhMemoryEntry *entry)
{
  entry->head->row.ended_sequence = 0;
  entry->head->ended_version = 0;
  expiry_add (table, entry);
}

void
gh_memory_table_purge (GhMemoryTable *table, GhMemoryEntry *entry, guint64 version)
{
  g_tree_remove (table->expiry, entry->head);
  entry->head->died = version;
}

void
gh_memory_table_unpurge (GhMemoryTable *table, GhMemoryEntry *entry)
{
  entry->head->died = 0;
  expiry_add (table, entry);
}

void
gh_memory_table_drop (GhMemoryTable *table, GhMemoryEntry *entry, GhMemoryRow *row)
{
  GhMemoryRow *newer = entry->head;

  if (newer == row)
    {
      entry_remove (table, entry);
      return;
    }
  while (newer->older != row)
    newer = newer->older;
  newer->older = row->older;
  row_free (row);
}

gboolean
gh_memory_entry_view (const GhMemoryEntry *entry, guint64 version, GhStoreRow *out)
{
  const GhMemoryRow *row = entry->head;

  while (row != NULL && row->born > version)
    row = row->older;
  if (row == NULL || (row->died != 0 && row->died <= version))
    return FALSE;
  *out = row->row;
  if (row->ended_version > version)
    out->ended_sequence = 0;
  return TRUE;
}

gboolean
gh_memory_entry_alive (const GhMemoryEntry *entry)
{
  return entry->head->died == 0 && entry->head->row.ended_sequence == 0;
}

GTreeNode *
gh_memory_table_child (const GhMemoryTable *table, guint64 parent, guint64 after, gboolean forward)
{
  const GhMemoryEntry key = { .number = after, .parent = parent };
  GTreeNode *node;

  if (forward)
    {
      node = g_tree_upper_bound (table->children, &key);
    }
  else
    {
      node = g_tree_lower_bound (table->children, &key);
      node = node != NULL ? g_tree_node_previous (node) : g_tree_node_last (table->children);
    }
  if (node == NULL)
    return NULL;
  const GhMemoryEntry *entry = g_tree_node_value (node);
  return entry->parent == parent ? node : NULL;
}

GTreeNode *
gh_memory_table_named (const GhMemoryTable *table, guint64 parent, const char *name)
{
  GhMemoryRow row = { .row.name = name };
  const GhMemoryEntry key = { .number = G_MAXUINT64, .parent = parent, .head = &row };
  GTreeNode *node = g_tree_upper_bound (table->names, &key);

  node = node != NULL ? g_tree_node_previous (node) : g_tree_node_last (table->names);
  if (node == NULL)
    return NULL;
  const GhMemoryEntry *entry = g_tree_node_value (node);
  return entry->parent == parent && strcmp (entry->head->row.name, name) == 0 ? node : NULL;
}

GTreeNode *
gh_memory_table_moment (const GhMemoryTable *table, guint64 parent, gint64 low)
{
  GhMemoryRow row = { .row.moment = low };
  const GhMemoryEntry key = { .parent = parent, .head = &row };
  GTreeNode *node = g_tree_lower_bound (table->moments, &key);

  if (node == NULL)
    return NULL;
  const GhMemoryEntry *entry = g_tree_node_value (node);
  return entry->parent == parent ? node : NULL;
}

GTreeNode *
gh_memory_node_step (GTreeNode *node, gboolean forward, gboolean same_name)
{
  GTreeNode *next = forward ? g_tree_node_next (node) : g_tree_node_previous (node);

  if (next == NULL)
    return NULL;
  const GhMemoryEntry *from = g_tree_node_value (node), *to = g_tree_node_value (next);
  if (to->parent != from->parent)
    return NULL;
  return !same_name || strcmp (to->head->row.name, from->head->row.name) == 0 ? next : NULL;
}
