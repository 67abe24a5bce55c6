/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-store.h"

G_BEGIN_DECLS

/* The indexes of one table of the memory store: keys of the newest rows, in order. The caller
 * serialises. */
typedef GTree GhMemoryIndex;

GhMemoryIndex *gh_memory_index_new (void);
/** gh_memory_index_add / gh_memory_index_remove: the keys of @row; @structural: more of them. */
void gh_memory_index_add (GhMemoryIndex *index, const GhStoreRow *row, gboolean structural);
void gh_memory_index_remove (GhMemoryIndex *index, const GhStoreRow *row, gboolean structural);
/** gh_memory_index_move_tag: the state tag of @number goes from one to another; -1: from none, to
 * none. */
void gh_memory_index_move_tag (GhMemoryIndex *index, guint64 number, gint64 from, gint64 to);
/** gh_memory_index_next: the numbers of @range behind @cursor, which is moved on. Returns: how many
 * of @size */
guint gh_memory_index_next (GhMemoryIndex *index, const GhStoreRange *range, GhStoreCursor *cursor,
                            guint64 *numbers, guint size);
/** gh_memory_index_count: up to @most. */
guint gh_memory_index_count (GhMemoryIndex *index, const GhStoreRange *range, guint most);

G_END_DECLS
