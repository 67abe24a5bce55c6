/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

/* Rows of one slice. */
#define SLICE_ROWS 256
/* Front purges that ride along in one batch. */
#define FRONT_PER_BATCH 16

gboolean
gh_purge_pending (GhWriter *writer)
{
  return !g_queue_is_empty (&writer->front_queue) || !g_queue_is_empty (&writer->dead_queue)
         || !g_queue_is_empty (&writer->subtree_queue);
}

static gboolean
purge_front (GhWriter *writer, GhFrontPurge *purge, gboolean *out_done, GError **error)
{
  guint purged = 0;
  if (!writer->config.ops->purge_instances_below (writer->config.store, purge->parent, purge->below,
                                                  SLICE_ROWS, &purged, error))
    return FALSE;
  writer->statistics.purged += purged;
  if (purged > 0)
    writer->dirty = TRUE;
  *out_done = purged < SLICE_ROWS;
  return TRUE;
}

/* Inside a batch, so that containers that evict at full speed cost no commit of their own. What is
 * done leaves the queues when the batch is kept, and is done again when it is dropped. */
gboolean
gh_purge_fronts (GhWriter *writer, GError **error)
{
  const guint64 oldest = gh_gate_oldest (writer->config.tree);
  guint n = 0;
  for (GList *l = writer->front_queue.head; l != NULL && n < FRONT_PER_BATCH; l = l->next, n++)
    {
      GhFrontPurge *purge = l->data;
      gboolean done;
      if (purge->sequence > oldest)
        break;
      if (!purge_front (writer, purge, &done, error))
        return FALSE;
      purge->done = done;
    }
  n = 0;
  for (GList *l = writer->dead_queue.head; l != NULL && n < SLICE_ROWS; l = l->next, n++)
    {
      GhFrontPurge *dead = l->data;
      if (dead->sequence > oldest)
        break;
      if (!writer->config.ops->purge_instance (writer->config.store, dead->parent, error))
        return FALSE;
      writer->dirty = TRUE;
      writer->statistics.purged++;
      dead->done = TRUE;
    }
  return TRUE;
}

void
gh_purge_fronts_committed (GhWriter *writer)
{
  GhFrontPurge *purge;
  while ((purge = g_queue_peek_head (&writer->front_queue)) != NULL && purge->done)
    g_free (g_queue_pop_head (&writer->front_queue));
  while ((purge = g_queue_peek_head (&writer->dead_queue)) != NULL && purge->done)
    g_free (g_queue_pop_head (&writer->dead_queue));
}

static void
forget_done (const GQueue *queue, guint most)
{
  for (GList *l = queue->head; l != NULL && most > 0; l = l->next, most--)
    ((GhFrontPurge *) l->data)->done = FALSE;
}

void
gh_purge_fronts_dropped (GhWriter *writer)
{
  forget_done (&writer->front_queue, FRONT_PER_BATCH);
  forget_done (&writer->dead_queue, SLICE_ROWS);
}

typedef struct {
  GhWriter *writer;
  GArray *stack;
} Expansion;

static gboolean
expand_row (const GhStoreRow *row, gpointer user_data)
{
  Expansion *expansion = user_data;
  GhSlot *slot = gh_tree_lookup_slot (expansion->writer->config.tree, row->resource_id);
  /* several slots share an identifier when an AE came back under its old AE-ID */
  while (slot != NULL && slot->number != row->number)
    slot = gh_tree_next_slot (expansion->writer->config.tree, slot);
  const GhSubtreeStep step = { .slot = slot };
  if (slot != NULL)
    g_array_append_val (expansion->stack, step);
  return TRUE;
}

static gboolean
expand (GhWriter *writer, GArray *stack, GhSlot *slot, GError **error)
{
  Expansion expansion = { writer, stack };
  const GhStoreOps *ops = writer->config.ops;
  if (!ops->reader_begin (writer->reader, error))
    return FALSE;
  gboolean read = ops->read_children (writer->reader, slot->number, FALSE, 0, TRUE, G_MAXUINT,
                                      expand_row, &expansion, error);
  ops->reader_end (writer->reader);
  return read;
}

/* The last version that had a resource: the tombstone's predecessor is gone, so the row is asked.
 */
typedef struct {
  const GhSlot *slot;
  GhResource *resource;
} Ended;

static gboolean
ended_subscription (const GhStoreRow *row, gpointer user_data)
{
  Ended *ended = user_data;
  GhFault fault = { 0 };
  const GhIdentity identity = { .number = row->number,
                                .parent_number = row->parent,
                                .resource_id = row->resource_id,
                                .parent_id = ended->slot->parent->id,
                                .name = row->name != NULL ? row->name : row->resource_id,
                                .owner = row->owner,
                                .creation_us = row->creation_us,
                                .modified_us = row->modified_us,
                                .expiration_us = row->expiration_us };
  if (row->number == ended->slot->number)
    ended->resource = gh_resource_from_json (&identity, gh_type_by_number (row->type), row->body,
                                             row->body_length, &fault);
  return FALSE;
}

static gboolean
notify_ended (GhWriter *writer, GhSlot *slot, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  Ended ended = { .slot = slot };
  if (slot->type->number != GH_TYPE_SUBSCRIPTION || slot->parent == NULL)
    return TRUE;
  if (!ops->reader_begin (writer->reader, error))
    return FALSE;
  gboolean read = ops->read_children (writer->reader, slot->parent->number, FALSE, slot->number - 1,
                                      TRUE, 1, ended_subscription, &ended, error);
  ops->reader_end (writer->reader);
  g_autoptr (GhResource) resource = ended.resource;
  return read && (resource == NULL || gh_events_subscription_ended (writer, resource, error));
}

/* A slot whose children are gone: its instances in pages, then itself. *out_done FALSE: instances
 * are left. */
static gboolean
purge_leaf (GhWriter *writer, GhSlot *slot, gboolean is_root, gboolean *out_done, GError **error)
{
  guint purged = 0;
  *out_done = FALSE;
  if (!writer->config.ops->purge_instances_below (writer->config.store, slot->number, G_MAXINT64,
                                                  SLICE_ROWS, &purged, error))
    return FALSE;
  writer->statistics.purged += purged;
  writer->dirty = TRUE;
  if (purged == SLICE_ROWS)
    return TRUE;
  if (!is_root && !notify_ended (writer, slot, error))
    return FALSE;
  *out_done = TRUE;
  writer->statistics.purged++;
  return writer->config.ops->purge_structural (writer->config.store, slot->number, error);
}

static gboolean
purge_steps (GhWriter *writer, GhSubtreePurge *purge, GPtrArray *removed, GError **error)
{
  GArray *stack = purge->stack;
  for (guint n = 0; n < SLICE_ROWS && stack->len > 0; n++)
    {
      GhSubtreeStep *top = &g_array_index (stack, GhSubtreeStep, stack->len - 1);
      GhSlot *slot = top->slot;
      gboolean done;
      if (!top->expanded)
        {
          top->expanded = TRUE;
          if (!expand (writer, stack, slot, error))
            return FALSE;
          continue;
        }
      if (!purge_leaf (writer, slot, stack->len == 1, &done, error))
        return FALSE;
      if (!done)
        return TRUE;
      g_array_set_size (stack, stack->len - 1);
      g_ptr_array_add (removed, slot);
    }
  return TRUE;
}

static GhSubtreePurge *
purge_copy (const GhSubtreePurge *purge)
{
  GhSubtreePurge *copy = g_new0 (GhSubtreePurge, 1);
  copy->sequence = purge->sequence;
  copy->stack = g_array_copy (purge->stack);
  return copy;
}

static void
subtree_purge_free (GhSubtreePurge *purge)
{
  g_array_unref (purge->stack);
  g_free (purge);
}

static gboolean
slice_work (GhWriter *writer, GPtrArray *removed, GError **error)
{
  if (!gh_purge_fronts (writer, error))
    return FALSE;
  GhSubtreePurge *purge = g_queue_peek_head (&writer->subtree_queue);
  if (purge != NULL && purge->sequence <= gh_gate_oldest (writer->config.tree)
      && purge->sequence <= gh_tree_graced (writer->config.tree)
      && !purge_steps (writer, purge, removed, error))
    return FALSE;
  /* the marks tell, after a commit in doubt, whether the slice was kept */
  return !writer->dirty
         || writer->config.ops->put_marks (writer->config.store, writer->sequence + 1,
                                           writer->number, writer->next_event, error);
}

static void
slice_forget (GhWriter *writer)
{
  g_clear_pointer (&writer->slice_removed, g_ptr_array_unref);
  g_clear_pointer (&writer->slice_before, subtree_purge_free);
}

void
gh_purge_slice_committed (GhWriter *writer)
{
  const GhSubtreePurge *purge = g_queue_peek_head (&writer->subtree_queue);
  writer->sequence++;
  writer->event_number = writer->next_event;
  gh_tree_publish (writer->config.tree, writer->sequence);
  gh_writer_notify (writer);
  for (guint i = 0; i < writer->slice_removed->len; i++)
    {
      gh_ledger_forget (writer->ledger, writer->slice_removed->pdata[i]);
      gh_tree_remove (writer->config.tree, writer->slice_removed->pdata[i]);
    }
  gh_purge_fronts_committed (writer);
  if (purge != NULL && purge->stack->len == 0)
    subtree_purge_free (g_queue_pop_head (&writer->subtree_queue));
  slice_forget (writer);
  gh_writer_reset (writer);
}

void
gh_purge_slice_dropped (GhWriter *writer)
{
  if (writer->slice_before != NULL)
    {
      subtree_purge_free (g_queue_pop_head (&writer->subtree_queue));
      g_queue_push_head (&writer->subtree_queue, g_steal_pointer (&writer->slice_before));
    }
  slice_forget (writer);
  gh_writer_reset (writer);
}

void
gh_purge_slice (GhWriter *writer)
{
  const GhStoreOps *ops = writer->config.ops;
  g_autoptr (GError) error = NULL;
  const GhSubtreePurge *purge = g_queue_peek_head (&writer->subtree_queue);

  writer->slice_removed = g_ptr_array_new ();
  writer->slice_before = purge != NULL ? purge_copy (purge) : NULL;
  gboolean kept = ops->begin (writer->config.store, &error);
  if (kept && !slice_work (writer, writer->slice_removed, &error))
    {
      ops->rollback (writer->config.store);
      kept = FALSE;
    }
  if (kept && !writer->dirty)
    {
      /* readers hold everything up, or only the shape of a subtree was read */
      ops->rollback (writer->config.store);
      /* what is done had no rows to purge, as most of what a start looks through: it is not looked
       * at again, or the writer would never come to rest */
      gh_purge_fronts_committed (writer);
      slice_forget (writer);
      gh_writer_reset (writer);
      return;
    }
  if (kept && gh_writer_commit (writer, &error))
    {
      gh_purge_slice_committed (writer);
      return;
    }
  gh_log (GH_LOG_WARNING, "writer", "a purge was put off", "reason",
          error != NULL ? error->message : "the store is in doubt", NULL);
  writer->statistics.store_errors++;
  writer->purge_retry_us = gh_clock_monotonic_us (writer->config.clock) + G_USEC_PER_SEC;
  /* in doubt: what was done stays as it is until the store says whether it was kept */
  if (!writer->in_doubt)
    gh_purge_slice_dropped (writer);
}
