/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/gh-memory-index.h"

#include <string.h>

/* A count holds the lock of the store. */
#define MAX_COUNT 16384

/* One key of one row. The labels of all rows are one index, whatever the range looks for. */
typedef struct {
  GhStoreIndex index;
  gint64 key;
  guint64 number;
  const char *text; /* of a label; of a key in the tree it stands behind this struct */
} Key;

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  const Key *x = a, *y = b;

  (void) data;
  if (x->index != y->index)
    return x->index < y->index ? -1 : 1;
  const int order = x->index == GH_INDEX_LABEL ? strcmp (x->text, y->text) : 0;
  if (order != 0)
    return order;
  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

GhMemoryIndex *
gh_memory_index_new (void)
{
  return g_tree_new_full (compare_keys, NULL, g_free, NULL);
}

static void
change (GhMemoryIndex *index, const Key *key, gboolean add)
{
  if (!add)
    {
      g_tree_remove (index, key);
      return;
    }
  const gsize size = key->text != NULL ? strlen (key->text) + 1 : 0;
  Key *copy = g_malloc (sizeof *copy + size);
  *copy = *key;
  if (size > 0)
    copy->text = memcpy (copy + 1, key->text, size);
  g_tree_replace (index, copy, copy);
}

static void
change_row (GhMemoryIndex *index, const GhStoreRow *row, gboolean structural, gboolean add)
{
  const Key creation = { GH_INDEX_CREATION, row->creation_us, row->number, NULL };
  const Key modification = { GH_INDEX_MODIFICATION, row->modified_us, row->number, NULL };
  const Key type = { GH_INDEX_TYPE, row->type, row->number, NULL };
  const Key expiration = { GH_INDEX_EXPIRATION, row->expiration_us, row->number, NULL };

  change (index, &creation, add);
  if (structural)
    {
      change (index, &modification, add);
      change (index, &type, add);
    }
  if (row->expiration_us != G_MAXINT64)
    change (index, &expiration, add);
  for (const char *const *label = row->labels; label != NULL && *label != NULL; label++)
    {
      const Key key = { GH_INDEX_LABEL, 0, row->number, *label };
      change (index, &key, add);
    }
}

void
gh_memory_index_add (GhMemoryIndex *index, const GhStoreRow *row, gboolean structural)
{
  change_row (index, row, structural, TRUE);
}

void
gh_memory_index_remove (GhMemoryIndex *index, const GhStoreRow *row, gboolean structural)
{
  change_row (index, row, structural, FALSE);
}

void
gh_memory_index_move_tag (GhMemoryIndex *index, guint64 number, gint64 from, gint64 to)
{
  const Key old = { GH_INDEX_STATE_TAG, gh_store_tag_class ((guint64) from), number, NULL };
  const Key new = { GH_INDEX_STATE_TAG, gh_store_tag_class ((guint64) to), number, NULL };

  if (from >= 0 && to >= 0 && old.key == new.key)
    return;
  if (from >= 0)
    change (index, &old, FALSE);
  if (to >= 0)
    change (index, &new, TRUE);
}

static Key
first_key (const GhStoreRange *range, const GhStoreCursor *cursor)
{
  const gboolean prefix = range->index == GH_INDEX_LABEL_PREFIX;
  const gboolean tag = range->index == GH_INDEX_STATE_TAG;
  Key key = { .index = prefix ? GH_INDEX_LABEL : range->index,
              .key = tag ? gh_store_tag_class ((guint64) MAX (range->from, 0)) : range->from,
              .text = range->text };

  if (key.index == GH_INDEX_LABEL)
    key.key = 0;
  if (cursor->begun)
    {
      key.key = cursor->key;
      key.number = cursor->number;
      key.text = cursor->text;
    }
  return key;
}

static gboolean
is_within (const GhStoreRange *range, const Key *key)
{
  switch (range->index)
    {
    case GH_INDEX_LABEL:
      return key->index == GH_INDEX_LABEL && strcmp (key->text, range->text) == 0;
    case GH_INDEX_LABEL_PREFIX:
      return key->index == GH_INDEX_LABEL && g_str_has_prefix (key->text, range->text);
    case GH_INDEX_STATE_TAG:
      return key->index == range->index
             && key->key <= gh_store_tag_class ((guint64) MAX (range->below - 1, 0));
    case GH_INDEX_TYPE:
    case GH_INDEX_CREATION:
    case GH_INDEX_MODIFICATION:
    case GH_INDEX_EXPIRATION:
    default:
      return key->index == range->index && key->key < range->below;
    }
}

guint
gh_memory_index_next (GhMemoryIndex *index, const GhStoreRange *range, GhStoreCursor *cursor,
                      guint64 *numbers, guint size)
{
  const Key from = first_key (range, cursor);
  GTreeNode *node = g_tree_upper_bound (index, &from);
  const Key *last = NULL;
  guint n = 0;

  for (; node != NULL && n < size; node = g_tree_node_next (node))
    {
      const Key *key = g_tree_node_key (node);
      if (!is_within (range, key))
        break;
      numbers[n++] = key->number;
      last = key;
    }
  if (last == NULL)
    return 0;
  char *text = g_strdup (last->text);
  gh_store_cursor_clear (cursor);
  *cursor = (GhStoreCursor){ TRUE, last->key, last->number, text };
  return n;
}

guint
gh_memory_index_count (GhMemoryIndex *index, const GhStoreRange *range, guint most)
{
  const GhStoreCursor begin = { .begun = FALSE };
  const Key from = first_key (range, &begin);
  GTreeNode *node = g_tree_upper_bound (index, &from);
  guint n = 0;

  most = MIN (most, MAX_COUNT);
  for (; node != NULL && n < most && is_within (range, g_tree_node_key (node)); n++)
    node = g_tree_node_next (node);
  return n;
}
