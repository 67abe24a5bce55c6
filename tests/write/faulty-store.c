/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "faulty-store.h"

/* The one writable state of these tests: a store is opened by name, with nothing to hand over. */
static struct {
  GMutex lock;
  GCond cond;
  const GhStoreOps *ops;
  GhStore *store;
  gboolean keep, armed, happened;
  gboolean waits; /* for a call of @before */
  FaultKind before, kind;
  guint left, reopen_failures;
  GMutex writing; /* held from begin to the end of a transaction: a dump sees no half of one */
  gboolean in_transaction; /* of the writer */
} faulty = { .ops = &gh_memory_store_ops };

static void
arm (gboolean waits, FaultKind before, FaultKind kind, guint nth, guint reopen_failures)
{
  g_mutex_lock (&faulty.lock);
  faulty.waits = waits;
  faulty.before = before;
  faulty.kind = kind;
  faulty.left = nth;
  faulty.reopen_failures = reopen_failures;
  faulty.armed = TRUE;
  faulty.happened = FALSE;
  g_mutex_unlock (&faulty.lock);
}

void
faulty_store_arm (FaultKind kind, guint nth, guint reopen_failures)
{
  arm (FALSE, kind, kind, nth, reopen_failures);
}

void
faulty_store_arm_after (FaultKind before, FaultKind kind, guint reopen_failures)
{
  arm (TRUE, before, kind, 1, reopen_failures);
}

gboolean
faulty_store_disarm (void)
{
  g_mutex_lock (&faulty.lock);
  faulty.armed = FALSE;
  const gboolean happened = faulty.happened;
  g_mutex_unlock (&faulty.lock);
  return happened;
}

void
faulty_store_wait (void)
{
  g_mutex_lock (&faulty.lock);
  while (!faulty.happened)
    g_cond_wait (&faulty.cond, &faulty.lock);
  g_mutex_unlock (&faulty.lock);
}

guint
faulty_store_reopen_failures (void)
{
  g_mutex_lock (&faulty.lock);
  const guint left = faulty.reopen_failures;
  g_mutex_unlock (&faulty.lock);
  return left;
}

void
faulty_store_keep (gboolean keep)
{
  faulty.keep = keep;
  if (!keep && faulty.store != NULL)
    faulty.ops->close (g_steal_pointer (&faulty.store));
}

static gboolean
strikes (FaultKind kind)
{
  g_mutex_lock (&faulty.lock);
  const gboolean meant = faulty.kind == kind
                         || (faulty.kind == FAULT_ANY && kind < FAULT_DOUBT_KEPT);
  const gboolean strike = faulty.armed && !faulty.waits && meant && --faulty.left == 0;
  faulty.waits = faulty.waits && kind != faulty.before;
  if (strike)
    {
      faulty.armed = FALSE;
      faulty.happened = TRUE;
      g_cond_broadcast (&faulty.cond);
    }
  g_mutex_unlock (&faulty.lock);
  return strike;
}

static gboolean
fails (FaultKind kind, GError **error)
{
  if (!strikes (kind))
    return FALSE;
  g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE, "on order");
  return TRUE;
}

static GhStore *
faulty_open (const GhConfig *config, GError **error)
{
  if (faulty.store == NULL)
    faulty.store = faulty.ops->open (config, error);
  return faulty.store;
}

static void
faulty_close (GhStore *store)
{
  if (faulty.keep)
    return;
  faulty.ops->close (store);
  faulty.store = NULL;
}

static gboolean
faulty_reopen (GhStore *store, GError **error)
{
  g_mutex_lock (&faulty.lock);
  const gboolean refused = faulty.reopen_failures > 0;
  if (refused)
    faulty.reopen_failures--;
  g_mutex_unlock (&faulty.lock);
  if (refused)
    g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE, "not yet");
  return !refused && faulty.ops->reopen (store, error);
}

static void
end_transaction (void)
{
  if (!faulty.in_transaction)
    return;
  faulty.in_transaction = FALSE;
  g_mutex_unlock (&faulty.writing);
}

static gboolean
faulty_begin (GhStore *store, GError **error)
{
  if (fails (FAULT_BEGIN, error))
    return FALSE;
  g_mutex_lock (&faulty.writing);
  faulty.in_transaction = TRUE;
  if (faulty.ops->begin (store, error))
    return TRUE;
  end_transaction ();
  return FALSE;
}

static void
faulty_rollback (GhStore *store)
{
  faulty.ops->rollback (store);
  end_transaction ();
}

static GhCommit
commit (GhStore *store, GError **error)
{
  if (strikes (FAULT_DOUBT_KEPT))
    {
      g_assert_cmpint (faulty.ops->commit (store, error), ==, GH_COMMIT_DONE);
      g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE, "in doubt");
      return GH_COMMIT_IN_DOUBT;
    }
  if (strikes (FAULT_DOUBT_LOST))
    {
      faulty.ops->rollback (store);
      g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE, "in doubt");
      return GH_COMMIT_IN_DOUBT;
    }
  if (fails (FAULT_COMMIT, error))
    {
      faulty.ops->rollback (store);
      return GH_COMMIT_NOT_DONE;
    }
  return faulty.ops->commit (store, error);
}

static GhCommit
faulty_commit (GhStore *store, GError **error)
{
  const GhCommit done = commit (store, error);
  end_transaction ();
  return done;
}

#define WRAP(function, kind, parameters, arguments)                        \
  static gboolean faulty_##function parameters                             \
  {                                                                        \
    return !fails (kind, error) && gh_memory_store_ops.function arguments; \
  }

WRAP (put_structural, FAULT_PUT_STRUCTURAL,
      (GhStore * store, const GhStoreRow *row, GError **error), (store, row, error))
WRAP (put_instance, FAULT_PUT_INSTANCE, (GhStore * store, const GhStoreRow *row, GError **error),
      (store, row, error))
WRAP (put_counters, FAULT_PUT_COUNTERS,
      (GhStore * store, const GhStoreCounters *counters, GError **error), (store, counters, error))
WRAP (end_row, FAULT_END_ROW,
      (GhStore * store, guint64 number, gboolean instance, guint64 sequence, GError **error),
      (store, number, instance, sequence, error))
WRAP (purge_structural, FAULT_PURGE, (GhStore * store, guint64 number, GError **error),
      (store, number, error))
WRAP (purge_instance, FAULT_PURGE, (GhStore * store, guint64 number, GError **error),
      (store, number, error))
WRAP (purge_instances_below, FAULT_PURGE,
      (GhStore * store, guint64 parent, guint64 below, guint limit, guint *purged, GError **error),
      (store, parent, below, limit, purged, error))
WRAP (put_event, FAULT_PUT_EVENT, (GhStore * store, const GhStoreEvent *event, GError **error),
      (store, event, error))
WRAP (delete_events_below, FAULT_OUTBOX, (GhStore * store, guint64 event, GError **error),
      (store, event, error))
WRAP (delete_event, FAULT_OUTBOX, (GhStore * store, guint64 event, GError **error),
      (store, event, error))
WRAP (put_cursor, FAULT_OUTBOX,
      (GhStore * store, const char *target, guint64 event, GError **error),
      (store, target, event, error))
WRAP (put_marks, FAULT_PUT_MARKS,
      (GhStore * store, guint64 sequence, guint64 number, guint64 event, GError **error),
      (store, sequence, number, event, error))
WRAP (find_instance, FAULT_LOOK_UP,
      (GhStore * store, guint64 parent, const char *name, guint64 *number, GError **error),
      (store, parent, name, number, error))
WRAP (find_moment, FAULT_LOOK_UP,
      (GhStore * store, guint64 parent, guint64 from, gint64 low, gint64 high, guint64 *number,
       GError **error),
      (store, parent, from, low, high, number, error))
WRAP (next_instance, FAULT_LOOK_UP,
      (GhStore * store, guint64 parent, guint64 after, gboolean forward, guint64 *number,
       guint64 *size, gint64 *creation_us, GError **error),
      (store, parent, after, forward, number, size, creation_us, error))
WRAP (get_instance, FAULT_LOOK_UP,
      (GhStore * store, guint64 number, GhStoreRowFunc func, gpointer data, GError **error),
      (store, number, func, data, error))
WRAP (list_expired, FAULT_LOOK_UP,
      (GhStore * store, gint64 now_us, guint limit, GhStoreRowFunc func, gpointer data,
       GError **error),
      (store, now_us, limit, func, data, error))

/* What does not fail goes straight to the memory store; its functions are not constants that an
 * initializer could take. */
#define PASS(type, function, parameters, arguments) \
  static type faulty_##function parameters { return gh_memory_store_ops.function arguments; }

PASS (gboolean, load_structural,
      (GhStore * store, GhStoreRowFunc func, gpointer data, GError **error),
      (store, func, data, error))
PASS (gboolean, load_counters,
      (GhStore * store, void (*func) (const GhStoreCounters *, gpointer), gpointer data,
       GError **error),
      (store, func, data, error))
PASS (gboolean, load_events,
      (GhStore * store, void (*func) (const GhStoreEvent *, gpointer), gpointer data,
       GError **error),
      (store, func, data, error))
PASS (gboolean, load_cursors,
      (GhStore * store, void (*func) (const char *, guint64, gpointer), gpointer data,
       GError **error),
      (store, func, data, error))
PASS (gboolean, get_marks,
      (GhStore * store, guint64 *sequence, guint64 *number, guint64 *event, GError **error),
      (store, sequence, number, event, error))
PASS (gboolean, get_meta, (GhStore * store, const char *key, char **value, GError **error),
      (store, key, value, error))
PASS (gboolean, put_meta, (GhStore * store, const char *key, const char *value, GError **error),
      (store, key, value, error))
PASS (gboolean, savepoint, (GhStore * store, GError **error), (store, error))
PASS (gboolean, release, (GhStore * store, gboolean keep, GError **error), (store, keep, error))
PASS (GhStoreReader *, reader_new, (GhStore * store, GError **error), (store, error))
PASS (void, reader_free, (GhStoreReader * reader), (reader))
PASS (gboolean, reader_begin, (GhStoreReader * reader, GError **error), (reader, error))
PASS (void, reader_end, (GhStoreReader * reader), (reader))
PASS (gboolean, read_instance,
      (GhStoreReader * reader, guint64 number, GhStoreRowFunc func, gpointer data, GError **error),
      (reader, number, func, data, error))
PASS (gboolean, read_find,
      (GhStoreReader * reader, guint64 parent, const char *name, GhStoreRowFunc func, gpointer data,
       GError **error),
      (reader, parent, name, func, data, error))
PASS (gboolean, read_children,
      (GhStoreReader * reader, guint64 parent, gboolean instances, guint64 after, gboolean forward,
       guint limit, GhStoreRowFunc func, gpointer data, GError **error),
      (reader, parent, instances, after, forward, limit, func, data, error))

const GhStoreOps faulty_store_ops = {
  .struct_size = sizeof (GhStoreOps),
  .name = "faulty",
  .open = faulty_open,
  .close = faulty_close,
  .reopen = faulty_reopen,
  .load_structural = faulty_load_structural,
  .load_counters = faulty_load_counters,
  .load_events = faulty_load_events,
  .load_cursors = faulty_load_cursors,
  .get_marks = faulty_get_marks,
  .get_meta = faulty_get_meta,
  .begin = faulty_begin,
  .put_structural = faulty_put_structural,
  .put_instance = faulty_put_instance,
  .put_counters = faulty_put_counters,
  .end_row = faulty_end_row,
  .purge_structural = faulty_purge_structural,
  .purge_instance = faulty_purge_instance,
  .purge_instances_below = faulty_purge_instances_below,
  .put_event = faulty_put_event,
  .delete_events_below = faulty_delete_events_below,
  .delete_event = faulty_delete_event,
  .put_cursor = faulty_put_cursor,
  .put_meta = faulty_put_meta,
  .put_marks = faulty_put_marks,
  .commit = faulty_commit,
  .rollback = faulty_rollback,
  .savepoint = faulty_savepoint,
  .release = faulty_release,
  .find_instance = faulty_find_instance,
  .find_moment = faulty_find_moment,
  .next_instance = faulty_next_instance,
  .get_instance = faulty_get_instance,
  .list_expired = faulty_list_expired,
  .reader_new = faulty_reader_new,
  .reader_free = faulty_reader_free,
  .reader_begin = faulty_reader_begin,
  .reader_end = faulty_reader_end,
  .read_instance = faulty_read_instance,
  .read_find = faulty_read_find,
  .read_children = faulty_read_children,
};

typedef struct {
  GString *text;
  GArray *numbers;
  guint n;
} Dump;

static gboolean
dump_row (const GhStoreRow *row, gpointer user_data)
{
  Dump *dump = user_data;
  dump->n++;
  g_string_append_printf (dump->text, "%" G_GUINT64_FORMAT " below %" G_GUINT64_FORMAT " %s%.*s\n",
                          row->number, row->parent, row->ended_sequence != 0 ? "ended " : "",
                          (int) row->body_length, row->body);
  if (dump->numbers != NULL)
    g_array_append_val (dump->numbers, row->number);
  return TRUE;
}

static gint
compare_lines (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
dump_counters (const GhStoreCounters *c, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup_printf ("counters %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT
                                               " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                                               " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
                                               c->number, c->state_tag, c->count, c->bytes,
                                               c->oldest, c->latest));
}

static void
dump_event (const GhStoreEvent *event, gpointer user_data)
{
  Dump *dump = user_data;
  g_string_append_printf (dump->text, "event %" G_GUINT64_FORMAT " %.*s\n", event->number,
                          (int) event->body_length, event->body);
}

static void
dump_store (Dump *dump, gboolean with_outbox)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GPtrArray) counters = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  GhStoreReader *reader = faulty.ops->reader_new (faulty.store, &error);

  g_mutex_lock (&faulty.writing);
  dump->numbers = numbers;
  g_assert_true (faulty.ops->load_structural (faulty.store, dump_row, dump, &error));
  dump->numbers = NULL;
  g_assert_true (faulty.ops->reader_begin (reader, &error));
  for (guint i = 0; i < numbers->len; i++)
    g_assert_true (faulty.ops->read_children (reader, g_array_index (numbers, guint64, i), TRUE, 0,
                                              TRUE, G_MAXUINT, dump_row, dump, &error));
  faulty.ops->reader_end (reader);
  faulty.ops->reader_free (reader);
  g_assert_true (faulty.ops->load_counters (faulty.store, dump_counters, counters, &error));
  g_ptr_array_sort (counters, compare_lines);
  for (guint i = 0; i < counters->len; i++)
    g_string_append (dump->text, counters->pdata[i]);
  if (with_outbox)
    g_assert_true (faulty.ops->load_events (faulty.store, dump_event, dump, &error));
  g_mutex_unlock (&faulty.writing);
}

char *
faulty_store_dump (gboolean with_outbox)
{
  Dump dump = { .text = g_string_new (NULL) };
  dump_store (&dump, with_outbox);
  return g_string_free (dump.text, FALSE);
}

guint
faulty_store_count (void)
{
  Dump dump = { .text = g_string_new (NULL) };
  dump_store (&dump, FALSE);
  g_string_free (dump.text, TRUE);
  return dump.n;
}
