/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"
#include "base/gh-error.h"

G_BEGIN_DECLS

/*
 * The store: rows, not behaviour (design section 3). Two kinds of rows: structural resources, which
 * the tree also holds in memory, and instances, which live here. Every row has a number, given by
 * the writer, that only grows.
 *
 * Writer side: one thread at a time. Reader side: any number of GhStoreReader, each used by one
 * thread at a time.
 *
 * Which instances exist at a sequence s follows from the container's counters of s: its rows whose
 * number lies in [oldest, latest] and whose ended_sequence is 0 or greater than s. So eviction from
 * the front costs no write beyond the counters; rows below oldest are purged later, when no reader
 * is older.
 *
 * Strings and bodies of a row are valid only inside the callback that gets it, and a callback must
 * not call the store. A number keeps its parent and its kind; a structural row may be replaced, an
 * instance only ended and purged.
 */

typedef struct {
  guint64 number;
  guint64 parent; /* number; 0: the CSEBase itself */
  gint type;
  const char *resource_id;
  const char *name;  /* NULL: equal to resource_id */
  const char *owner; /* NULL: the CSE */
  gint64 creation_us, modified_us, expiration_us;
  guint64 size;           /* contentSize of an instance */
  guint64 ended_sequence; /* 0: alive */
  const char *body;       /* the representation, JSON */
  gsize body_length;
  gboolean has_moment; /* of an instance, at its put only: find_moment finds it */
  gint64 moment;       /* when its data was made, in any unit and from any origin */
  const char *const
    *labels; /* NULL-terminated; at its put only: read_index finds them; NULL: none */
} GhStoreRow;

typedef struct {
  guint64 number, state_tag, count, bytes, oldest, latest;
} GhStoreCounters;

typedef struct {
  guint64 number;
  guint64 sequence;
  guint64 subject;
  const char *body;
  gsize body_length;
} GhStoreEvent;

/** GhStoreIndex: what rows are found by without looking at all of them. */
typedef enum {
  GH_INDEX_LABEL,        /* that have the label */
  GH_INDEX_LABEL_PREFIX, /* that have a label which begins so */
  GH_INDEX_TYPE,         /* structural */
  GH_INDEX_CREATION,     /* by creation_us */
  GH_INDEX_MODIFICATION, /* structural, by modified_us */
  GH_INDEX_EXPIRATION,   /* alive ones that expire, by expiration_us */
  GH_INDEX_STATE_TAG,    /* structural with counters, by gh_store_tag_class() of the state tag */
} GhStoreIndex;

/** GhStoreRange: a part of one index: from <= key < below, or a text. */
typedef struct {
  GhStoreIndex index;
  gboolean instances; /* instead of structural rows */
  const char *text;   /* of the two for labels */
  gint64 from, below;
} GhStoreRange;

/** GhStoreCursor: how far a range has been read, through any number of slices; all zero at first.
 * What it means is the store's. */
typedef struct {
  gboolean begun;
  gint64 key;
  guint64 number;
  char *text;
} GhStoreCursor;

static inline void
gh_store_cursor_clear (GhStoreCursor *cursor)
{
  g_free (cursor->text);
  *cursor = (GhStoreCursor){ .begun = FALSE };
}

/** gh_store_tag_class: state tags in steps of an eighth, so that the index of one that counts
 * hardly ever changes. Larger tags have no smaller class. */
static inline gint64
gh_store_tag_class (guint64 state_tag)
{
  if (state_tag < 8)
    return (gint64) state_tag;
  const gint64 magnitude = 63 - __builtin_clzll (state_tag);
  return (magnitude - 2) * 8 + (gint64) ((state_tag >> (magnitude - 3)) & 7);
}

typedef enum {
  GH_COMMIT_DONE,     /* durable */
  GH_COMMIT_NOT_DONE, /* rolled back for sure (busy, full): nothing changed, a later try may work */
  GH_COMMIT_IN_DOUBT, /* I/O error: the file decides; call reopen and load again */
} GhCommit;

typedef struct _GhStore GhStore;
typedef struct _GhStoreReader GhStoreReader;
typedef gboolean (*GhStoreRowFunc) (const GhStoreRow *row, gpointer user_data); /* FALSE stops */

/**
 * GhStoreOps:
 * What a store plugin exports. Missing trailing members are NULL. Every function that returns
 * gboolean sets @error on FALSE, domain GH_ERROR, code GH_ERROR_STORE. "w" functions belong to the
 * writer's thread, between begin and commit unless stated.
 */
typedef struct {
  gsize struct_size;
  const char *name;
  /* @config: group [store]; opens or creates, migrates (after a backup), checks integrity */
  GhStore *(*open) (const GhConfig *config, GError **error);
  void (*close) (GhStore *store);
  /* after GH_COMMIT_IN_DOUBT: drop every handle and open again; readers must be closed before */
  gboolean (*reopen) (GhStore *store, GError **error);

  /* start-up, and after reopen */
  /* in number order, ended ones too */
  gboolean (*load_structural) (GhStore *store, GhStoreRowFunc func, gpointer user_data,
                               GError **error);
  gboolean (*load_counters) (GhStore *store, void (*func) (const GhStoreCounters *, gpointer),
                             gpointer user_data, GError **error);
  gboolean (*load_events) (GhStore *store, void (*func) (const GhStoreEvent *, gpointer),
                           gpointer user_data, GError **error);
  gboolean (*load_cursors) (GhStore *store,
                            void (*func) (const char *target, guint64 event, gpointer),
                            gpointer user_data, GError **error);
  /* highest used */
  gboolean (*get_marks) (GhStore *store, guint64 *out_sequence, guint64 *out_number,
                         guint64 *out_event, GError **error);
  /* *out_value NULL: absent */
  gboolean (*get_meta) (GhStore *store, const char *key, char **out_value, GError **error);

  /* w: one batch */
  gboolean (*begin) (GhStore *store, GError **error);
  /* insert or replace by number */
  gboolean (*put_structural) (GhStore *store, const GhStoreRow *row, GError **error);
  /* insert */
  gboolean (*put_instance) (GhStore *store, const GhStoreRow *row, GError **error);
  gboolean (*put_counters) (GhStore *store, const GhStoreCounters *counters, GError **error);
  /* tombstone; the first one stays; FALSE: no such row */
  gboolean (*end_row) (GhStore *store, guint64 number, gboolean instance, guint64 sequence,
                       GError **error);
  /* row and counters; absent is no error, as in the two below */
  gboolean (*purge_structural) (GhStore *store, guint64 number, GError **error);
  gboolean (*purge_instance) (GhStore *store, guint64 number, GError **error);
  /* rows of @parent below @below (exclusive), at most @limit; *out_purged says how many */
  gboolean (*purge_instances_below) (GhStore *store, guint64 parent, guint64 below, guint limit,
                                     guint *out_purged, GError **error);
  gboolean (*put_event) (GhStore *store, const GhStoreEvent *event, GError **error);
  /* exclusive */
  gboolean (*delete_events_below) (GhStore *store, guint64 event, GError **error);
  /* event 0: remove */
  gboolean (*put_cursor) (GhStore *store, const char *target, guint64 event, GError **error);
  /* value NULL: remove */
  gboolean (*put_meta) (GhStore *store, const char *key, const char *value, GError **error);
  gboolean (*put_marks) (GhStore *store, guint64 sequence, guint64 number, guint64 event,
                         GError **error);
  GhCommit (*commit) (GhStore *store, GError **error);
  void (*rollback) (GhStore *store);
  /* one request of a batch fails alone; one savepoint at a time; commit and rollback end it, too */
  gboolean (*savepoint) (GhStore *store, GError **error);
  gboolean (*release) (GhStore *store, gboolean keep, GError **error);
  /* outside a batch, after every one and when idle: copies what is behind, such as a log; cheap
   * when there is nothing to do. @budget_us: what may be spent here and now; more is done elsewhere
   * or later, but what is behind stays bounded */
  void (*maintain) (GhStore *store, gint64 budget_us);

  /* w, inside or outside a batch: look-ups that see the batch; 0 when there is none */
  /* alive only; rows with a name of their own; the newest, so that one below oldest never hides it
   */
  gboolean (*find_instance) (GhStore *store, guint64 parent, const char *name, guint64 *out_number,
                             GError **error);
  /* alive only; backward from 0: the newest */
  gboolean (*next_instance) (GhStore *store, guint64 parent, guint64 after, gboolean forward,
                             guint64 *out_number, guint64 *out_size, gint64 *out_creation_us,
                             GError **error);
  /* func not called: absent */
  gboolean (*get_instance) (GhStore *store, guint64 number, GhStoreRowFunc func, gpointer user_data,
                            GError **error);
  /* structural rows, then instances, that are alive and whose expiration_us <= now, soonest first,
   * at most @limit in all */
  gboolean (*list_expired) (GhStore *store, gint64 now_us, guint limit, GhStoreRowFunc func,
                            gpointer user_data, GError **error);

  /* readers; close only when all are freed */
  GhStoreReader *(*reader_new) (GhStore *store, GError **error);
  void (*reader_free) (GhStoreReader *reader);
  gboolean (*reader_begin) (GhStoreReader *reader, GError **error); /* a slice: one snapshot */
  void (*reader_end) (GhStoreReader *reader);
  /* ended rows too, caller judges */
  gboolean (*read_instance) (GhStoreReader *reader, guint64 number, GhStoreRowFunc func,
                             gpointer user_data, GError **error);
  /* instances by name, every row that has it, newest first */
  gboolean (*read_find) (GhStoreReader *reader, guint64 parent, const char *name,
                         GhStoreRowFunc func, gpointer user_data, GError **error);
  /* children of @parent with number > @after (forward) or < @after (backward, 0: from the end), in
   * order, at most @limit */
  gboolean (*read_children) (GhStoreReader *reader, guint64 parent, gboolean instances,
                             guint64 after, gboolean forward, guint limit, GhStoreRowFunc func,
                             gpointer user_data, GError **error);

  /* Members that were added later stand at the end, so that older plugins still fit. */
  /* w, inside or outside a batch: the newest instance of @parent at or above @from that is alive
   * and whose moment lies in [low, high]; 0: none */
  gboolean (*find_moment) (GhStore *store, guint64 parent, guint64 from, gint64 low, gint64 high,
                           guint64 *out_number, GError **error);
  /* w: one event; absent is no error. Without it rows go only by delete_events_below. */
  gboolean (*delete_event) (GhStore *store, guint64 event, GError **error);

  /* in a slice: at most @limit rows of @range behind @cursor, which is moved on. The same row may
   * come again when it was changed meanwhile, or under another label; of instances creation_us may
   * be outside of the range, and ended rows come too. *out_more FALSE: that was all */
  gboolean (*read_index) (GhStoreReader *reader, const GhStoreRange *range, GhStoreCursor *cursor,
                          guint limit, GhStoreRowFunc func, gpointer user_data, gboolean *out_more,
                          GError **error);
  /* in a slice: about how many, counting to @most at the utmost */
  gboolean (*count_index) (GhStoreReader *reader, const GhStoreRange *range, guint most,
                           guint *out_n, GError **error);
  guint schema; /* version of what it writes; 0: it has none */
  /* any thread, while the others go on: a complete copy, as the store is at one moment, into @path,
   * an empty file, in the form in which open finds it; the copy is on the disk then */
  gboolean (*save) (GhStore *store, const char *path, GError **error);
} GhStoreOps;

/* The memory store: complete, not durable; for tests, and `[store] type = memory`. */
extern const GhStoreOps gh_memory_store_ops;

G_END_DECLS
