/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power-workload.h"

#include <string.h>

#define MAX_INTENTS   8
#define MAX_INSTANCES 6
#define ROOT          1

typedef struct {
  const GhStoreOps *ops;
  GhStore *store;
  GRand *rand;
  GError **error;
  GArray *containers; /* GhStoreCounters of those that are alive */
  GArray *dead;       /* guint64: ended, not purged yet */
  guint64 sequence, number, event;
} Batch;

static guint
pick (Batch *b, guint n)
{
  return (guint) g_rand_int_range (b->rand, 0, (gint) n);
}

static gboolean
note_row (const GhStoreRow *row, gpointer user_data)
{
  Batch *b = user_data;
  const GhStoreCounters counters = { .number = row->number };

  if (row->number == ROOT)
    return TRUE;
  if (row->ended_sequence != 0)
    g_array_append_val (b->dead, row->number);
  else
    g_array_append_val (b->containers, counters);
  return TRUE;
}

static void
note_counters (const GhStoreCounters *counters, gpointer user_data)
{
  Batch *b = user_data;

  for (guint i = 0; i < b->containers->len; i++)
    {
      GhStoreCounters *c = &g_array_index (b->containers, GhStoreCounters, i);
      if (c->number == counters->number)
        *c = *counters;
    }
}

static gboolean
put_event (Batch *b, guint64 subject, const char *what)
{
  g_autofree char *body = g_strdup_printf ("{\"e\":\"%s\",\"r\":%u}", what, pick (b, 1000000));
  const GhStoreEvent event = { ++b->event, b->sequence, subject, body, strlen (body) };

  return b->ops->put_event (b->store, &event, b->error);
}

static gboolean
put_row (Batch *b, const GhStoreRow *given, gboolean instance, gsize body_length)
{
  g_autofree char *id = g_strdup_printf ("r%" G_GUINT64_FORMAT, given->number);
  g_autofree char *body = g_malloc (body_length + 1);
  GhStoreRow row = *given;

  for (gsize i = 0; i < body_length; i++)
    body[i] = (char) ('a' + pick (b, 26));
  row.resource_id = id;
  row.body = body;
  row.body_length = body_length;
  row.creation_us = row.modified_us = (gint64) b->sequence;
  row.expiration_us = pick (b, 4) == 0 ? G_MAXINT64 : (gint64) pick (b, 1000000);
  return instance ? b->ops->put_instance (b->store, &row, b->error)
                  : b->ops->put_structural (b->store, &row, b->error);
}

static gboolean
create_container (Batch *b)
{
  const GhStoreCounters counters = { .number = ++b->number };
  const GhStoreRow row = { .number = counters.number, .parent = ROOT, .type = 3, .owner = "Cme" };

  g_array_append_val (b->containers, counters);
  return put_row (b, &row, FALSE, pick (b, 300))
         && b->ops->put_counters (b->store, &counters, b->error) && put_event (b, ROOT, "create");
}

static GhStoreCounters *
pick_container (Batch *b)
{
  if (b->containers->len == 0)
    return NULL;
  return &g_array_index (b->containers, GhStoreCounters, pick (b, b->containers->len));
}

/* Takes the oldest out by the counters alone. */
static gboolean
evict (Batch *b, GhStoreCounters *c)
{
  guint64 oldest, size, next;

  if (!b->ops->next_instance (b->store, c->number, c->oldest - 1, TRUE, &oldest, &size, NULL,
                              b->error)
      || !b->ops->next_instance (b->store, c->number, oldest, TRUE, &next, NULL, NULL, b->error))
    return FALSE;
  c->count--;
  c->bytes -= size;
  c->oldest = next;
  if (next == 0)
    c->latest = 0;
  return put_event (b, c->number, "evict");
}

static gboolean
create_instance (Batch *b)
{
  GhStoreCounters *c = pick_container (b);
  g_autofree char *name = NULL;

  if (c == NULL)
    return create_container (b);
  if (pick (b, 2) == 0)
    name = g_strdup_printf ("name-%08x", g_rand_int (b->rand));
  const gsize size = pick (b, 20) == 0 ? 20000 + pick (b, 20000) : pick (b, 300);
  const GhStoreRow row = {
    .number = ++b->number, .parent = c->number, .type = 4, .name = name, .size = size
  };
  c->state_tag++;
  c->count++;
  c->bytes += size;
  c->latest = row.number;
  if (c->oldest == 0)
    c->oldest = row.number;
  if (!put_row (b, &row, TRUE, size) || !put_event (b, c->number, "create"))
    return FALSE;
  while (c->count > MAX_INSTANCES)
    if (!evict (b, c))
      return FALSE;
  return b->ops->put_counters (b->store, c, b->error);
}

static gboolean
update_container (Batch *b)
{
  const GhStoreCounters *c = pick_container (b);

  if (c == NULL)
    return TRUE;
  const GhStoreRow row = { .number = c->number, .parent = ROOT, .type = 3, .owner = "Cme" };
  return put_row (b, &row, FALSE, pick (b, 600)) && put_event (b, c->number, "update");
}

/* Ends one that is somewhere in the middle. */
static gboolean
delete_instance (Batch *b)
{
  GhStoreCounters *c = pick_container (b);
  guint64 victim, size;

  if (c == NULL || c->count == 0)
    return TRUE;
  const guint64 after = c->oldest - 1 + pick (b, (guint) (c->latest - c->oldest + 1));
  if (!b->ops->next_instance (b->store, c->number, after, TRUE, &victim, &size, NULL, b->error)
      || !b->ops->end_row (b->store, victim, TRUE, b->sequence, b->error))
    return FALSE;
  c->count--;
  c->bytes -= size;
  if (c->count == 0)
    c->oldest = c->latest = 0;
  else if (!b->ops->next_instance (b->store, c->number, c->oldest - 1, TRUE, &c->oldest, NULL, NULL,
                                   b->error)
           || !b->ops->next_instance (b->store, c->number, c->latest + 1, FALSE, &c->latest, NULL,
                                      NULL, b->error))
    return FALSE;
  return b->ops->put_counters (b->store, c, b->error) && put_event (b, c->number, "delete");
}

static gboolean
delete_container (Batch *b)
{
  if (b->containers->len < 3)
    return TRUE;
  const guint i = pick (b, b->containers->len);
  const guint64 number = g_array_index (b->containers, GhStoreCounters, i).number;
  g_array_remove_index (b->containers, i);
  return b->ops->end_row (b->store, number, FALSE, b->sequence, b->error)
         && put_event (b, number, "delete");
}

static gboolean
purge (Batch *b)
{
  const GhStoreCounters *c = pick_container (b);
  guint purged;

  if (b->dead->len > 0)
    {
      const guint64 number = g_array_index (b->dead, guint64, 0);
      if (!b->ops->purge_instances_below (b->store, number, G_MAXINT64, 3, &purged, b->error))
        return FALSE;
      if (purged > 0)
        return TRUE;
      g_array_remove_index (b->dead, 0);
      return b->ops->purge_structural (b->store, number, b->error);
    }
  if (c == NULL)
    return TRUE;
  const guint64 below = c->oldest != 0 ? c->oldest : b->number + 1;
  return b->ops->purge_instances_below (b->store, c->number, below, 3, &purged, b->error);
}

static gboolean
deliver (Batch *b)
{
  g_autofree char *target = g_strdup_printf ("http://t%u/", pick (b, 4));

  return b->ops->delete_events_below (b->store, b->event > 20 ? b->event - 20 : 0, b->error)
         && b->ops->put_cursor (b->store, target, pick (b, 3) == 0 ? 0 : b->event, b->error)
         && b->ops->put_meta (b->store, "last", target, b->error);
}

static gboolean
do_intent (Batch *b)
{
  const guint die = pick (b, 100);

  if (die < 8)
    return create_container (b);
  if (die < 60)
    return create_instance (b);
  if (die < 70)
    return update_container (b);
  if (die < 80)
    return delete_instance (b);
  if (die < 83)
    return delete_container (b);
  if (die < 93)
    return purge (b);
  return deliver (b);
}

/* One that is refused in the end and leaves no trace. */
static gboolean
do_refused (Batch *b)
{
  g_autoptr (GArray) containers = g_array_copy (b->containers);
  g_autoptr (GArray) dead = g_array_copy (b->dead);
  const guint64 number = b->number, event = b->event;

  if (!b->ops->savepoint (b->store, b->error) || !do_intent (b)
      || !b->ops->release (b->store, FALSE, b->error))
    return FALSE;
  g_array_set_size (b->containers, 0);
  g_array_append_vals (b->containers, containers->data, containers->len);
  g_array_set_size (b->dead, 0);
  g_array_append_vals (b->dead, dead->data, dead->len);
  b->number = number;
  b->event = event;
  return TRUE;
}

static gboolean
do_batch (Batch *b)
{
  const guint n = 1 + pick (b, MAX_INTENTS);

  if (!b->ops->get_marks (b->store, &b->sequence, &b->number, &b->event, b->error)
      || !b->ops->load_structural (b->store, note_row, b, b->error)
      || !b->ops->load_counters (b->store, note_counters, b, b->error))
    return FALSE;
  b->sequence++;
  if (b->number == 0)
    {
      const GhStoreRow root = { .number = ROOT, .parent = 0, .type = 5 };
      b->number = ROOT;
      if (!put_row (b, &root, FALSE, 100))
        return FALSE;
    }
  for (guint i = 0; i < n; i++)
    if (pick (b, 8) == 0 ? !do_refused (b) : !do_intent (b))
      return FALSE;
  return b->ops->put_marks (b->store, b->sequence, b->number, b->event, b->error);
}

gboolean
workload_batch (const GhStoreOps *ops, GhStore *store, guint32 seed, GError **error)
{
  Batch b = { .ops = ops,
              .store = store,
              .rand = g_rand_new_with_seed (seed),
              .error = error,
              .containers = g_array_new (FALSE, FALSE, sizeof (GhStoreCounters)),
              .dead = g_array_new (FALSE, FALSE, sizeof (guint64)) };
  const gboolean done = do_batch (&b);

  g_array_unref (b.dead);
  g_array_unref (b.containers);
  g_rand_free (b.rand);
  return done;
}

/* The dump. */

static gboolean
dump_row (const GhStoreRow *row, gpointer text)
{
  g_string_append_printf (
    text,
    "%" G_GUINT64_FORMAT " in %" G_GUINT64_FORMAT " %d %s %s %s %" G_GINT64_FORMAT
    " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " ended %" G_GUINT64_FORMAT " %08x\n",
    row->number, row->parent, row->type, row->resource_id, row->name != NULL ? row->name : "-",
    row->owner != NULL ? row->owner : "-", row->modified_us, row->expiration_us, row->size,
    row->ended_sequence, g_str_hash (row->body));
  return TRUE;
}

static int
compare_counters (gconstpointer a, gconstpointer b)
{
  const GhStoreCounters *x = a, *y = b;

  return x->number < y->number ? -1 : x->number > y->number;
}

static void
collect_counters (const GhStoreCounters *counters, gpointer array)
{
  g_array_append_vals (array, counters, 1);
}

static void
dump_event (const GhStoreEvent *event, gpointer text)
{
  g_string_append_printf (
    text, "event %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %.*s\n",
    event->number, event->sequence, event->subject, (int) event->body_length, event->body);
}

static void
dump_cursor (const char *target, guint64 event, gpointer text)
{
  g_string_append_printf (text, "cursor %s %" G_GUINT64_FORMAT "\n", target, event);
}

static gboolean
dump_counters (const GhStoreOps *ops, GhStore *store, GString *text, GError **error)
{
  g_autoptr (GArray) counters = g_array_new (FALSE, FALSE, sizeof (GhStoreCounters));

  if (!ops->load_counters (store, collect_counters, counters, error))
    return FALSE;
  g_array_sort (counters, compare_counters);
  for (guint i = 0; i < counters->len; i++)
    {
      const GhStoreCounters *c = &g_array_index (counters, GhStoreCounters, i);
      g_string_append_printf (text,
                              "counters %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                              " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                              " %" G_GUINT64_FORMAT "\n",
                              c->number, c->state_tag, c->count, c->bytes, c->oldest, c->latest);
    }
  return TRUE;
}

char *
workload_dump (const GhStoreOps *ops, GhStore *store, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *meta = NULL;
  guint64 sequence, number, event;

  if (!ops->get_marks (store, &sequence, &number, &event, error)
      || !ops->get_meta (store, "last", &meta, error))
    return NULL;
  g_string_append_printf (
    text, "marks %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " meta %s\n",
    sequence, number, event, meta != NULL ? meta : "-");
  if (!ops->load_structural (store, dump_row, text, error)
      || !dump_counters (ops, store, text, error)
      || !ops->load_events (store, dump_event, text, error)
      || !ops->load_cursors (store, dump_cursor, text, error))
    return NULL;
  for (guint64 i = 1; i <= number; i++)
    if (!ops->get_instance (store, i, dump_row, text, error))
      return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}
