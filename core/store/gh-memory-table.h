/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-memory-index.h"

G_BEGIN_DECLS

/*
 * The rows of the memory store, in versions: a row that is replaced or purged stays until no
 * reader's slice is older. A version is the number of a commit; the open batch writes the version
 * after the last committed one. Changes come from the writer's thread only; the caller serialises
 * them with the look-ups of readers.
 */

typedef struct _GhMemoryRow GhMemoryRow;
struct _GhMemoryRow {
  GhStoreRow row;        /* its strings stand behind this struct */
  guint64 born, died;    /* versions; died 0: not purged */
  guint64 ended_version; /* version that set row.ended_sequence */
  GhMemoryRow *older;
};

/* One number: its newest row, and through it the older ones. */
typedef struct {
  guint64 number, parent;
  GhMemoryRow *head;
} GhMemoryEntry;

typedef struct {
  GHashTable *entries; /* number -> GhMemoryEntry */
  GTree *children;     /* (parent, number) */
  /* (parent, name, number) of heads with a name of their own; NULL: not kept */
  GTree *names;
  GTree *moments;       /* (parent, moment, number) of heads that have one; NULL: not kept */
  GhMemoryIndex *index; /* of all heads */
  gboolean structural;
  GTree *expiry; /* (expiration, number) of heads that are alive; only for the writer */
} GhMemoryTable;

/* Which rows a look-up sees: those of @version, or everything that the writer has done. */
#define GH_MEMORY_WRITER G_MAXUINT64

void gh_memory_table_init (GhMemoryTable *table, gboolean with_names);
void gh_memory_table_clear (GhMemoryTable *table);

GhMemoryEntry *gh_memory_table_find (const GhMemoryTable *table, guint64 number);
/** gh_memory_table_put: a copy of @row becomes the head of its number. Returns: (transfer none) */
GhMemoryEntry *gh_memory_table_put (GhMemoryTable *table, const GhStoreRow *row, guint64 version);
/** gh_memory_table_unput: takes the head away, as if it had never been put. */
void gh_memory_table_unput (GhMemoryTable *table, GhMemoryEntry *entry);
void gh_memory_table_end (GhMemoryTable *table, GhMemoryEntry *entry, guint64 sequence,
                          guint64 version);
void gh_memory_table_unend (GhMemoryTable *table, GhMemoryEntry *entry);
void gh_memory_table_purge (GhMemoryTable *table, GhMemoryEntry *entry, guint64 version);
void gh_memory_table_unpurge (GhMemoryTable *table, GhMemoryEntry *entry);
/** gh_memory_table_drop: frees @row, which no look-up reaches any more: a purged head or the oldest
 * of its number. */
void gh_memory_table_drop (GhMemoryTable *table, GhMemoryEntry *entry, GhMemoryRow *row);

/** gh_memory_entry_view: fills @out with what @version sees; FALSE: nothing. Its strings belong to
 * the row. */
gboolean gh_memory_entry_view (const GhMemoryEntry *entry, guint64 version, GhStoreRow *out);
/** gh_memory_entry_alive: the writer's view: there, and not ended. */
gboolean gh_memory_entry_alive (const GhMemoryEntry *entry);

/** gh_memory_table_child: the first node of @parent behind (before) @after, or NULL. */
GTreeNode *gh_memory_table_child (const GhMemoryTable *table, guint64 parent, guint64 after,
                                  gboolean forward);
/** gh_memory_table_named: the node of the newest row of @parent that has @name, or NULL. */
GTreeNode *gh_memory_table_named (const GhMemoryTable *table, guint64 parent, const char *name);
/** gh_memory_table_moment: the first node of @parent whose moment is @low or later, or NULL. */
GTreeNode *gh_memory_table_moment (const GhMemoryTable *table, guint64 parent, gint64 low);
/** gh_memory_node_step: the next node, while it has the same parent (and name); else NULL. */
GTreeNode *gh_memory_node_step (GTreeNode *node, gboolean forward, gboolean same_name);

G_END_DECLS
