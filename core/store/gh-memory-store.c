/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/gh-memory-store.h"

#include <string.h>

/* What rollback takes back, newest first. */
typedef enum {
  UNDO_PUT,
  UNDO_END,
  UNDO_PURGE,
  UNDO_COUNTERS,
  UNDO_EVENT_PUT,
  UNDO_EVENT_DELETED,
  UNDO_CURSOR,
  UNDO_META,
} UndoKind;

typedef struct {
  UndoKind kind;
  gint table;
  guint64 number;
  GhMemoryRow *retired; /* of UNDO_PUT, UNDO_PURGE: what becomes garbage when the batch is kept */
  char *key;            /* of UNDO_CURSOR, UNDO_META */
  gpointer old;         /* the value before; owned */
} Undo;

/* A row version that no slice begun at @version or later can reach. */
typedef struct {
  guint64 version;
  gint table;
  GhMemoryEntry *entry;
  GhMemoryRow *row;
} Garbage;

gboolean
gh_memory_refuse (GError **error, const char *what)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "memory store: %s", what);
  return FALSE;
}

static gboolean
need_batch (GhMemoryStore *store, GError **error)
{
  return store->in_batch || gh_memory_refuse (error, "no batch is open");
}

static void
undo_clear (Undo *undo)
{
  g_free (undo->key);
  g_free (undo->old);
}

static void
undo_row (GhMemoryStore *store, const Undo *undo)
{
  GhMemoryTable *table = &store->tables[undo->table];
  GhMemoryEntry *entry = gh_memory_table_find (table, undo->number);

  g_mutex_lock (&store->lock);
  if (undo->kind == UNDO_PUT)
    gh_memory_table_unput (table, entry);
  else if (undo->kind == UNDO_END)
    gh_memory_table_unend (table, entry);
  else
    gh_memory_table_unpurge (table, entry);
  g_mutex_unlock (&store->lock);
}

static void
undo_value (GTree *table, Undo *undo)
{
  g_tree_remove (table, undo->key);
  if (undo->old != NULL)
    g_tree_insert (table, g_steal_pointer (&undo->key), g_steal_pointer (&undo->old));
}

/* The index of state tags follows the counters: @new is about to take the place of what is there.
 */
static void
move_tag (GhMemoryStore *store, guint64 number, const GhStoreCounters *new)
{
  const GhStoreCounters *old = g_hash_table_lookup (store->counters, &number);

  g_mutex_lock (&store->lock);
  gh_memory_index_move_tag (store->tables[GH_MEMORY_STRUCTURAL].index, number,
                            old != NULL ? (gint64) old->state_tag : -1,
                            new != NULL ? (gint64) new->state_tag : -1);
  g_mutex_unlock (&store->lock);
}

static void
undo_counters (GhMemoryStore *store, Undo *undo)
{
  GhStoreCounters *old = g_steal_pointer (&undo->old);

  move_tag (store, undo->number, old);
  g_hash_table_remove (store->counters, &undo->number);
  if (old != NULL)
    g_hash_table_insert (store->counters, &old->number, old);
}

static void
undo_one (GhMemoryStore *store, Undo *undo)
{
  GhStoreEvent *event = NULL;

  switch (undo->kind)
    {
    case UNDO_PUT:
    case UNDO_END:
    case UNDO_PURGE:
      undo_row (store, undo);
      break;
    case UNDO_COUNTERS:
      undo_counters (store, undo);
      break;
    case UNDO_EVENT_PUT:
      event = g_tree_lookup (store->events, &undo->number);
      g_tree_remove (store->events, &undo->number);
      g_free (event);
      break;
    case UNDO_EVENT_DELETED:
      event = g_steal_pointer (&undo->old);
      g_tree_insert (store->events, &event->number, event);
      break;
    case UNDO_CURSOR:
      undo_value (store->cursors, undo);
      break;
    case UNDO_META:
      undo_value (store->meta, undo);
      break;
    }
  undo_clear (undo);
}

static void
undo_to (GhMemoryStore *store, guint length)
{
  while (store->undo->len > length)
    {
      undo_one (store, &g_array_index (store->undo, Undo, store->undo->len - 1));
      g_array_set_size (store->undo, store->undo->len - 1);
    }
}

static void
undo_batch (GhMemoryStore *store)
{
  if (!store->in_batch)
    return;
  undo_to (store, 0);
  store->marks = store->begin_marks;
  store->in_batch = store->in_savepoint = FALSE;
}

static int
compare_events (gconstpointer a, gconstpointer b)
{
  const guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return x < y ? -1 : x > y;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

static GhStore *
memory_open (const GhConfig *config, GError **error)
{
  GhMemoryStore *store = g_new0 (GhMemoryStore, 1);

  g_mutex_init (&store->lock);
  gh_memory_table_init (&store->tables[GH_MEMORY_STRUCTURAL], FALSE);
  gh_memory_table_init (&store->tables[GH_MEMORY_INSTANCE], TRUE);
  store->counters = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  store->cursors = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  store->meta = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  store->events = g_tree_new (compare_events);
  store->undo = g_array_new (FALSE, FALSE, sizeof (Undo));
  g_queue_init (&store->garbage);
  return (GhStore *) store;
}

static gboolean
free_event (gpointer key, gpointer value, gpointer data)
{
  g_free (value);
  return FALSE;
}

static void
memory_close (GhStore *base)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  undo_batch (store);
  g_queue_clear_full (&store->garbage, g_free);
  g_array_unref (store->undo);
  g_tree_foreach (store->events, free_event, NULL);
  g_tree_unref (store->events);
  g_tree_unref (store->meta);
  g_tree_unref (store->cursors);
  g_hash_table_unref (store->counters);
  gh_memory_table_clear (&store->tables[GH_MEMORY_INSTANCE]);
  gh_memory_table_clear (&store->tables[GH_MEMORY_STRUCTURAL]);
  g_mutex_clear (&store->lock);
  g_free (store);
}

static gboolean
memory_reopen (GhStore *base, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  undo_batch (store);
  return store->readers == NULL || gh_memory_refuse (error, "a reader is still open");
}

/* Loading. */

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const GhMemoryEntry *x = *(const GhMemoryEntry *const *) a,
                      *y = *(const GhMemoryEntry *const *) b;

  return x->number < y->number ? -1 : x->number > y->number;
}

static gboolean
memory_load_structural (GhStore *base, GhStoreRowFunc func, gpointer user_data, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer entry;
  GhStoreRow row;

  g_hash_table_iter_init (&iter, store->tables[GH_MEMORY_STRUCTURAL].entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    g_ptr_array_add (entries, entry);
  g_ptr_array_sort (entries, compare_entries);
  for (guint i = 0; i < entries->len; i++)
    if (gh_memory_entry_view (entries->pdata[i], GH_MEMORY_WRITER, &row) && !func (&row, user_data))
      break;
  return TRUE;
}

static gboolean
memory_load_counters (GhStore *base, void (*func) (const GhStoreCounters *, gpointer),
                      gpointer user_data, GError **error)
{
  GHashTableIter iter;
  gpointer counters;

  g_hash_table_iter_init (&iter, ((GhMemoryStore *) base)->counters);
  while (g_hash_table_iter_next (&iter, NULL, &counters))
    func (counters, user_data);
  return TRUE;
}

static gboolean
memory_load_events (GhStore *base, void (*func) (const GhStoreEvent *, gpointer),
                    gpointer user_data, GError **error)
{
  GTree *events = ((GhMemoryStore *) base)->events;

  for (GTreeNode *node = g_tree_node_first (events); node != NULL; node = g_tree_node_next (node))
    func (g_tree_node_value (node), user_data);
  return TRUE;
}

static gboolean
memory_load_cursors (GhStore *base, void (*func) (const char *, guint64, gpointer),
                     gpointer user_data, GError **error)
{
  GTree *cursors = ((GhMemoryStore *) base)->cursors;

  for (GTreeNode *node = g_tree_node_first (cursors); node != NULL; node = g_tree_node_next (node))
    func (g_tree_node_key (node), *(const guint64 *) g_tree_node_value (node), user_data);
  return TRUE;
}

static gboolean
memory_get_marks (GhStore *base, guint64 *out_sequence, guint64 *out_number, guint64 *out_event,
                  GError **error)
{
  const GhMemoryMarks *marks = &((GhMemoryStore *) base)->marks;

  *out_sequence = marks->sequence;
  *out_number = marks->number;
  *out_event = marks->event;
  return TRUE;
}

static gboolean
memory_get_meta (GhStore *base, const char *key, char **out_value, GError **error)
{
  *out_value = g_strdup (g_tree_lookup (((GhMemoryStore *) base)->meta, key));
  return TRUE;
}

/* One batch. */

static gboolean
memory_begin (GhStore *base, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (store->in_batch)
    return gh_memory_refuse (error, "a batch is open already");
  store->in_batch = TRUE;
  store->begin_marks = store->marks;
  return TRUE;
}

static void
record (GhMemoryStore *store, UndoKind kind, gint table, guint64 number, GhMemoryRow *retired)
{
  const Undo undo = { .kind = kind, .table = table, .number = number, .retired = retired };

  g_array_append_val (store->undo, undo);
}

static void
record_value (GhMemoryStore *store, UndoKind kind, const char *key, guint64 number, gpointer old)
{
  const Undo undo = { .kind = kind, .number = number, .key = g_strdup (key), .old = old };

  g_array_append_val (store->undo, undo);
}

static void
put_row (GhMemoryStore *store, gint table, const GhStoreRow *row)
{
  g_mutex_lock (&store->lock);
  GhMemoryEntry *entry = gh_memory_table_put (&store->tables[table], row, store->version + 1);
  g_mutex_unlock (&store->lock);
  /* a purged row was retired by its purge */
  GhMemoryRow *older = entry->head->older;
  record (store, UNDO_PUT, table, row->number, older != NULL && older->died == 0 ? older : NULL);
}

static gboolean
memory_put_structural (GhStore *base, const GhStoreRow *row, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  put_row (store, GH_MEMORY_STRUCTURAL, row);
  return TRUE;
}

static gboolean
memory_put_instance (GhStore *base, const GhStoreRow *row, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  if (gh_memory_table_find (&store->tables[GH_MEMORY_INSTANCE], row->number) != NULL)
    return gh_memory_refuse (error, "the number of a new instance is taken");
  put_row (store, GH_MEMORY_INSTANCE, row);
  return TRUE;
}

/* Takes the value of @key out of @table, so that rollback can give it back. */
static gpointer
take_value (GTree *table, const char *key)
{
  gpointer old_key = NULL, old = NULL;

  if (g_tree_lookup_extended (table, key, &old_key, &old))
    {
      g_tree_steal (table, key);
      g_free (old_key);
    }
  return old;
}

/* The counters are their own key: "number" is their first member. */
static void
set_counters (GhMemoryStore *store, guint64 number, const GhStoreCounters *counters)
{
  gpointer old = NULL;

  move_tag (store, number, counters);
  g_hash_table_steal_extended (store->counters, &number, NULL, &old);
  record_value (store, UNDO_COUNTERS, NULL, number, old);
  if (counters != NULL)
    {
      GhStoreCounters *copy = g_memdup2 (counters, sizeof *counters);
      g_hash_table_insert (store->counters, &copy->number, copy);
    }
}

static gboolean
memory_put_counters (GhStore *base, const GhStoreCounters *counters, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  set_counters (store, counters->number, counters);
  return TRUE;
}

static gboolean
memory_end_row (GhStore *base, guint64 number, gboolean instance, guint64 sequence, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  const gint table = instance ? GH_MEMORY_INSTANCE : GH_MEMORY_STRUCTURAL;
  GhMemoryEntry *entry = gh_memory_table_find (&store->tables[table], number);

  if (!need_batch (store, error))
    return FALSE;
  if (entry == NULL || entry->head->died != 0)
    return gh_memory_refuse (error, "the row to end is not there");
  if (entry->head->row.ended_sequence != 0)
    return TRUE;
  g_mutex_lock (&store->lock);
  gh_memory_table_end (&store->tables[table], entry, sequence, store->version + 1);
  g_mutex_unlock (&store->lock);
  record (store, UNDO_END, table, number, NULL);
  return TRUE;
}

static void
purge_row (GhMemoryStore *store, gint table, GhMemoryEntry *entry)
{
  if (entry == NULL || entry->head->died != 0)
    return;
  g_mutex_lock (&store->lock);
  gh_memory_table_purge (&store->tables[table], entry, store->version + 1);
  g_mutex_unlock (&store->lock);
  record (store, UNDO_PURGE, table, entry->number, entry->head);
}

static gboolean
memory_purge_structural (GhStore *base, guint64 number, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  purge_row (store, GH_MEMORY_STRUCTURAL,
             gh_memory_table_find (&store->tables[GH_MEMORY_STRUCTURAL], number));
  set_counters (store, number, NULL);
  return TRUE;
}

static gboolean
memory_purge_instance (GhStore *base, guint64 number, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  purge_row (store, GH_MEMORY_INSTANCE,
             gh_memory_table_find (&store->tables[GH_MEMORY_INSTANCE], number));
  return TRUE;
}

static gboolean
memory_purge_instances_below (GhStore *base, guint64 parent, guint64 below, guint limit,
                              guint *out_purged, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;
  guint purged = 0;

  if (!need_batch (store, error))
    return FALSE;
  GTreeNode *node = gh_memory_table_child (&store->tables[GH_MEMORY_INSTANCE], parent, 0, TRUE);
  for (; node != NULL && purged < limit; node = gh_memory_node_step (node, TRUE, FALSE))
    {
      GhMemoryEntry *entry = g_tree_node_value (node);
      if (entry->number >= below)
        break;
      if (entry->head->died == 0)
        purged++;
      purge_row (store, GH_MEMORY_INSTANCE, entry);
    }
  if (out_purged != NULL)
    *out_purged = purged;
  return TRUE;
}

static GhStoreEvent *
copy_event (const GhStoreEvent *event)
{
  GhStoreEvent *copy = g_malloc (sizeof *copy + event->body_length + 1);
  char *body = (char *) (copy + 1);

  *copy = *event;
  if (event->body_length > 0)
    memcpy (body, event->body, event->body_length);
  body[event->body_length] = '\0';
  copy->body = body;
  return copy;
}

static gboolean
memory_put_event (GhStore *base, const GhStoreEvent *event, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  if (g_tree_lookup (store->events, &event->number) != NULL)
    return gh_memory_refuse (error, "the number of a new event is taken");
  GhStoreEvent *copy = copy_event (event);
  g_tree_insert (store->events, &copy->number, copy);
  record (store, UNDO_EVENT_PUT, 0, event->number, NULL);
  return TRUE;
}

static gboolean
memory_delete_events_below (GhStore *base, guint64 below, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  for (;;)
    {
      GTreeNode *node = g_tree_node_first (store->events);
      GhStoreEvent *event = node != NULL ? g_tree_node_value (node) : NULL;
      if (event == NULL || event->number >= below)
        return TRUE;
      g_tree_remove (store->events, &event->number);
      record_value (store, UNDO_EVENT_DELETED, NULL, event->number, event);
    }
}

static gboolean
memory_delete_event (GhStore *base, guint64 number, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  GhStoreEvent *event = g_tree_lookup (store->events, &number);
  if (event == NULL)
    return TRUE;
  g_tree_remove (store->events, &number);
  record_value (store, UNDO_EVENT_DELETED, NULL, number, event);
  return TRUE;
}

static gboolean
memory_put_cursor (GhStore *base, const char *target, guint64 event, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  record_value (store, UNDO_CURSOR, target, 0, take_value (store->cursors, target));
  if (event != 0)
    g_tree_insert (store->cursors, g_strdup (target), g_memdup2 (&event, sizeof event));
  return TRUE;
}

static gboolean
memory_put_meta (GhStore *base, const char *key, const char *value, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  record_value (store, UNDO_META, key, 0, take_value (store->meta, key));
  if (value != NULL)
    g_tree_insert (store->meta, g_strdup (key), g_strdup (value));
  return TRUE;
}

static gboolean
memory_put_marks (GhStore *base, guint64 sequence, guint64 number, guint64 event, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  store->marks = (GhMemoryMarks){ sequence, number, event };
  return TRUE;
}

/* Frees the versions that no open slice reaches. */
static void
collect_garbage (GhMemoryStore *store)
{
  guint64 oldest = store->version;

  g_mutex_lock (&store->lock);
  for (GSList *l = store->readers; l != NULL; l = l->next)
    {
      const GhMemoryReader *reader = l->data;
      if (reader->in_slice)
        oldest = MIN (oldest, reader->version);
    }
  for (Garbage *garbage; (garbage = g_queue_peek_head (&store->garbage)) != NULL;)
    {
      if (garbage->version > oldest)
        break;
      gh_memory_table_drop (&store->tables[garbage->table], garbage->entry, garbage->row);
      g_free (g_queue_pop_head (&store->garbage));
    }
  g_mutex_unlock (&store->lock);
}

static void
add_garbage (GhMemoryStore *store, const Undo *undo)
{
  GhMemoryEntry *entry = gh_memory_table_find (&store->tables[undo->table], undo->number);
  const Garbage garbage = { store->version, undo->table, entry, undo->retired };

  g_queue_push_tail (&store->garbage, g_memdup2 (&garbage, sizeof garbage));
}

static GhCommit
memory_commit (GhStore *base, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return GH_COMMIT_NOT_DONE;
  g_mutex_lock (&store->lock);
  store->version++;
  g_mutex_unlock (&store->lock);
  for (guint i = 0; i < store->undo->len; i++)
    {
      Undo *undo = &g_array_index (store->undo, Undo, i);
      if (undo->retired != NULL)
        add_garbage (store, undo);
      undo_clear (undo);
    }
  g_array_set_size (store->undo, 0);
  store->in_batch = store->in_savepoint = FALSE;
  collect_garbage (store);
  return GH_COMMIT_DONE;
}

static void
memory_rollback (GhStore *base)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  undo_batch (store);
}

static gboolean
memory_savepoint (GhStore *base, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!need_batch (store, error))
    return FALSE;
  if (store->in_savepoint)
    return gh_memory_refuse (error, "a savepoint is open already");
  store->in_savepoint = TRUE;
  store->savepoint_length = store->undo->len;
  store->savepoint_marks = store->marks;
  return TRUE;
}

static gboolean
memory_release (GhStore *base, gboolean keep, GError **error)
{
  GhMemoryStore *store = (GhMemoryStore *) base;

  if (!store->in_savepoint)
    return gh_memory_refuse (error, "no savepoint is open");
  store->in_savepoint = FALSE;
  if (!keep)
    {
      undo_to (store, store->savepoint_length);
      store->marks = store->savepoint_marks;
    }
  return TRUE;
}

static void
memory_maintain (GhStore *base, gint64 budget_us)
{
  collect_garbage ((GhMemoryStore *) base);
}

const GhStoreOps gh_memory_store_ops = {
  .struct_size = sizeof (GhStoreOps),
  .name = "memory",
  .open = memory_open,
  .close = memory_close,
  .reopen = memory_reopen,
  .load_structural = memory_load_structural,
  .load_counters = memory_load_counters,
  .load_events = memory_load_events,
  .load_cursors = memory_load_cursors,
  .get_marks = memory_get_marks,
  .get_meta = memory_get_meta,
  .begin = memory_begin,
  .put_structural = memory_put_structural,
  .put_instance = memory_put_instance,
  .put_counters = memory_put_counters,
  .end_row = memory_end_row,
  .purge_structural = memory_purge_structural,
  .purge_instance = memory_purge_instance,
  .purge_instances_below = memory_purge_instances_below,
  .put_event = memory_put_event,
  .delete_events_below = memory_delete_events_below,
  .delete_event = memory_delete_event,
  .put_cursor = memory_put_cursor,
  .put_meta = memory_put_meta,
  .put_marks = memory_put_marks,
  .commit = memory_commit,
  .rollback = memory_rollback,
  .savepoint = memory_savepoint,
  .release = memory_release,
  .maintain = memory_maintain,
  .find_instance = gh_memory_find_instance,
  .find_moment = gh_memory_find_moment,
  .next_instance = gh_memory_next_instance,
  .get_instance = gh_memory_get_instance,
  .list_expired = gh_memory_list_expired,
  .reader_new = gh_memory_reader_new,
  .reader_free = gh_memory_reader_free,
  .reader_begin = gh_memory_reader_begin,
  .reader_end = gh_memory_reader_end,
  .read_instance = gh_memory_read_instance,
  .read_find = gh_memory_read_find,
  .read_children = gh_memory_read_children,
  .read_index = gh_memory_read_index,
  .count_index = gh_memory_count_index,
};
