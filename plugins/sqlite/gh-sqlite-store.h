/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-sqlite-copier.h"

G_BEGIN_DECLS

/**
 * GhSqliteOptions:
 * What the keys of group [store] become.
 */
typedef struct {
  const char *path;
  gint64 cache_size, reader_cache_size; /* octets */
  gint64 checkpoint_size;               /* octets of write-ahead log */
  gboolean full_check;                  /* integrity_check instead of quick_check */
  /* A registered VFS, in which no file, folder or lock is prepared: for tests that link the plugin,
   * no key leads here. */
  const char *vfs;
} GhSqliteOptions;

#define GH_SQLITE_OPTIONS_DEFAULT                                                    \
  {                                                                                  \
    .cache_size = 64 << 20, .reader_cache_size = 4 << 20, .checkpoint_size = 4 << 20 \
  }

/* What the writer knows of its indexes; a rollback takes it back. */
typedef struct {
  gint64 last_creation_us;  /* of the newest instance */
  gboolean instance_labels; /* some instance may have labels */
} GhSqliteIndexState;

typedef struct {
  GhSqliteDb db;           /* the writer's */
  GhSqliteOptions options; /* its strings are this struct's */
  int lock_fd;
  gint n_readers;      /* atomic */
  gint64 data_version; /* changes when another program has written */
  gboolean was_open;   /* it has had its tables */
  gboolean in_batch, in_savepoint;
  gboolean failed; /* a call of this batch failed half-way: it cannot be committed */
  gboolean failed_before_savepoint;
  GhSqliteIndexState index, index_at_begin, index_at_savepoint;
  GHashTable *tag_classes;    /* number -> class + 1, of those that were written since a rollback */
  gint wal_pages, wal_copied; /* in the log; of these in the file, too */
  gint copy_above;            /* after a failure: not before the log has so many pages */
  guint log_epoch;            /* how often the log began anew */
  GhSqliteCopier *copier;     /* from the first time that it is needed */
  guint copier_epoch;         /* log_epoch when it was asked last */
  gint64 page_size;
  gint64 ns_per_page; /* what copying one took last */
} GhSqliteStore;

typedef struct {
  GhSqliteStore *store;
  GhSqliteDb db;
  gboolean in_slice;
} GhSqliteReader;

extern const GhStoreOps gh_sqlite_store_ops;

/** gh_sqlite_store_open: what gh_sqlite_store_ops.open does with the configuration's values. */
GhStore *gh_sqlite_store_open (const GhSqliteOptions *options, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_sqlite_refuse: @error becomes "PATH: @what". Returns: FALSE always */
gboolean gh_sqlite_refuse (const char *path, const char *what, GError **error);

/* gh-sqlite-read.c: the members of GhStoreOps that look up. */
gboolean gh_sqlite_load_structural (GhStore *base, GhStoreRowFunc func, gpointer user_data,
                                    GError **error);
gboolean gh_sqlite_load_counters (GhStore *base, void (*func) (const GhStoreCounters *, gpointer),
                                  gpointer user_data, GError **error);
gboolean gh_sqlite_load_events (GhStore *base, void (*func) (const GhStoreEvent *, gpointer),
                                gpointer user_data, GError **error);
gboolean gh_sqlite_load_cursors (GhStore *base, void (*func) (const char *, guint64, gpointer),
                                 gpointer user_data, GError **error);
gboolean gh_sqlite_get_marks (GhStore *base, guint64 *out_sequence, guint64 *out_number,
                              guint64 *out_event, GError **error);
gboolean gh_sqlite_get_meta (GhStore *base, const char *key, char **out_value, GError **error);
gboolean gh_sqlite_find_instance (GhStore *base, guint64 parent, const char *name,
                                  guint64 *out_number, GError **error);
gboolean gh_sqlite_find_moment (GhStore *base, guint64 parent, guint64 from, gint64 low,
                                gint64 high, guint64 *out_number, GError **error);
gboolean gh_sqlite_next_instance (GhStore *base, guint64 parent, guint64 after, gboolean forward,
                                  guint64 *out_number, guint64 *out_size, gint64 *out_creation_us,
                                  GError **error);
gboolean gh_sqlite_get_instance (GhStore *base, guint64 number, GhStoreRowFunc func,
                                 gpointer user_data, GError **error);
gboolean gh_sqlite_list_expired (GhStore *base, gint64 now_us, guint limit, GhStoreRowFunc func,
                                 gpointer user_data, GError **error);
GhStoreReader *gh_sqlite_reader_new (GhStore *base, GError **error);
void gh_sqlite_reader_free (GhStoreReader *base);
gboolean gh_sqlite_reader_begin (GhStoreReader *base, GError **error);
void gh_sqlite_reader_end (GhStoreReader *base);
gboolean gh_sqlite_read_instance (GhStoreReader *base, guint64 number, GhStoreRowFunc func,
                                  gpointer user_data, GError **error);
gboolean gh_sqlite_read_find (GhStoreReader *base, guint64 parent, const char *name,
                              GhStoreRowFunc func, gpointer user_data, GError **error);
gboolean gh_sqlite_read_children (GhStoreReader *base, guint64 parent, gboolean instances,
                                  guint64 after, gboolean forward, guint limit, GhStoreRowFunc func,
                                  gpointer user_data, GError **error);

gboolean gh_sqlite_need_slice (GhSqliteReader *reader, GError **error);

/* gh-sqlite-index.c: what finds rows by labels, types, times and state tags. */

/** gh_sqlite_index_open: after the schema is there. */
gboolean gh_sqlite_index_open (GhSqliteStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_index_rolled_back: the index is as @state says. */
void gh_sqlite_index_rolled_back (GhSqliteStore *store, const GhSqliteIndexState *state);
/** gh_sqlite_index_forget: the resource @number goes, and with it what is known of its counters. */
void gh_sqlite_index_forget (GhSqliteStore *store, guint64 number);
/** gh_sqlite_batch_statement / gh_sqlite_batch_run: of the open batch (gh-sqlite-store.c). */
sqlite3_stmt *gh_sqlite_batch_statement (GhSqliteStore *store, GhSqlId id, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_sqlite_batch_run (GhSqliteStore *store, sqlite3_stmt *statement, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_batch_run_number: a statement of which @number is the one parameter. */
gboolean gh_sqlite_batch_run_number (GhSqliteStore *store, GhSqlId id, guint64 number,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* w: with the row of the same name */
gboolean gh_sqlite_index_put_structural (GhSqliteStore *store, const GhStoreRow *row,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_sqlite_index_put_instance (GhSqliteStore *store, const GhStoreRow *row, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_sqlite_index_put_counters (GhSqliteStore *store, const GhStoreCounters *counters,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_sqlite_read_index (GhStoreReader *base, const GhStoreRange *range,
                               GhStoreCursor *cursor, guint limit, GhStoreRowFunc func,
                               gpointer user_data, gboolean *out_more, GError **error);
gboolean gh_sqlite_count_index (GhStoreReader *base, const GhStoreRange *range, guint most,
                                guint *out_n, GError **error);

G_END_DECLS
