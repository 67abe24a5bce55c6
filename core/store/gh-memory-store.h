/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-memory-table.h"

G_BEGIN_DECLS

/* Shared by the two halves of the memory store: gh-memory-store.c changes, gh-memory-read.c looks
 * up. */

enum { GH_MEMORY_STRUCTURAL, GH_MEMORY_INSTANCE };

typedef struct {
  guint64 sequence, number, event;
} GhMemoryMarks;

typedef struct {
  GMutex lock; /* tables, version and readers; held for one look-up or one change */
  GhMemoryTable tables[2];
  guint64 version; /* of the last commit */
  GSList *readers;

  /* the writer's alone */
  GHashTable *counters;
  GTree *cursors, *meta, *events;
  GhMemoryMarks marks, begin_marks, savepoint_marks;
  GArray *undo;
  GQueue garbage;
  gboolean in_batch, in_savepoint;
  guint savepoint_length;
} GhMemoryStore;

typedef struct {
  GhMemoryStore *store;
  guint64 version; /* of the last commit when the slice began */
  gboolean in_slice;
} GhMemoryReader;

/** gh_memory_refuse: sets @error to GH_ERROR_STORE. Returns: FALSE always */
gboolean gh_memory_refuse (GError **error, const char *what);

/* The look-ups of GhStoreOps. */
gboolean gh_memory_find_instance (GhStore *base, guint64 parent, const char *name,
                                  guint64 *out_number, GError **error);
gboolean gh_memory_find_moment (GhStore *base, guint64 parent, guint64 from, gint64 low,
                                gint64 high, guint64 *out_number, GError **error);
gboolean gh_memory_next_instance (GhStore *base, guint64 parent, guint64 after, gboolean forward,
                                  guint64 *out_number, guint64 *out_size, gint64 *out_creation_us,
                                  GError **error);
gboolean gh_memory_get_instance (GhStore *base, guint64 number, GhStoreRowFunc func,
                                 gpointer user_data, GError **error);
gboolean gh_memory_list_expired (GhStore *base, gint64 now_us, guint limit, GhStoreRowFunc func,
                                 gpointer user_data, GError **error);
GhStoreReader *gh_memory_reader_new (GhStore *base, GError **error);
void gh_memory_reader_free (GhStoreReader *base);
gboolean gh_memory_reader_begin (GhStoreReader *base, GError **error);
void gh_memory_reader_end (GhStoreReader *base);
gboolean gh_memory_read_instance (GhStoreReader *base, guint64 number, GhStoreRowFunc func,
                                  gpointer user_data, GError **error);
gboolean gh_memory_read_find (GhStoreReader *base, guint64 parent, const char *name,
                              GhStoreRowFunc func, gpointer user_data, GError **error);
gboolean gh_memory_read_children (GhStoreReader *base, guint64 parent, gboolean instances,
                                  guint64 after, gboolean forward, guint limit, GhStoreRowFunc func,
                                  gpointer user_data, GError **error);
gboolean gh_memory_read_index (GhStoreReader *base, const GhStoreRange *range,
                               GhStoreCursor *cursor, guint limit, GhStoreRowFunc func,
                               gpointer user_data, gboolean *out_more, GError **error);
gboolean gh_memory_count_index (GhStoreReader *base, const GhStoreRange *range, guint most,
                                guint *out_n, GError **error);

G_END_DECLS
