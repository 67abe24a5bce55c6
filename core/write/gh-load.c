/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

#include <string.h>

typedef struct {
  GhWriter *writer;
  GHashTable *slots; /* number -> GhSlot */
  GhFault fault;
  guint64 n;
} Loading;

static GhVersion *
load_version (Loading *loading, const GhStoreRow *row, GhSlot *parent)
{
  GhWriter *writer = loading->writer;
  const GhType *type = gh_type_of_stored (row->type, row->body, row->body_length);
  GhVersion *version = gh_version_new (writer->config.tree, 0);
  const GhIdentity identity = {
    .number = row->number,
    .parent_number = row->parent,
    .resource_id = row->resource_id,
    .parent_id = parent != NULL ? parent->id : "",
    .name = row->name != NULL ? row->name : row->resource_id,
    .owner = row->owner,
    .creation_us = row->creation_us,
    .modified_us = row->modified_us,
    .expiration_us = row->expiration_us,
  };
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, row->type);

  version->resource = gh_resource_from_json (&identity, type, row->body, row->body_length,
                                             &loading->fault);
  version->counters.has_counters = version->resource != NULL
                                   && gh_resource_holds_instances (version->resource);
  if (version->resource != NULL && behaviour != NULL && behaviour->compile != NULL)
    (void) behaviour->compile (writer->config.host.data, version->resource, &version->compiled,
                               &loading->fault);
  return version;
}

static void
load_ended (Loading *loading, GhSlot *slot)
{
  GhVersion *tombstone = gh_version_new (loading->writer->config.tree, 0);
  gh_tree_stage (loading->writer->config.tree, slot, tombstone);
  /* a purge takes everything below it along, and a second one would find its slot freed */
  for (const GhSlot *above = slot->parent; above != NULL; above = above->parent)
    if (above->newest->resource == NULL)
      return;
  g_ptr_array_add (loading->writer->ended_slots, slot);
}

/* Asked once the resource is there, and again when its counters are. */
static void
load_due (GhWriter *writer, GhSlot *slot)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, slot->type->number);
  if (behaviour == NULL || behaviour->due == NULL)
    return;
  const GhNode node = { .slot = slot,
                        .version = slot->newest,
                        .resource = slot->newest->resource,
                        .compiled = slot->newest->compiled,
                        .counters = &slot->newest->counters };
  gh_timers_set (
    writer->timers, slot->id,
    behaviour->due (writer->config.host.data, &node, gh_clock_wall_us (writer->config.clock)));
}

static void
load_behaviour (Loading *loading, GhSlot *slot, GhSlot *parent, gboolean ended)
{
  GhWriter *writer = loading->writer;
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, slot->type->number);
  if (behaviour == NULL || ended)
    return;
  if (behaviour->listed && parent != NULL && parent->newest->resource != NULL)
    {
      GhChildren *children = gh_children_with (parent->newest->children, slot);
      gh_children_unref (parent->newest->children);
      parent->newest->children = children;
    }
  load_due (writer, slot);
}

static gboolean
load_row (const GhStoreRow *row, gpointer user_data)
{
  Loading *loading = user_data;
  GhTree *tree = loading->writer->config.tree;
  GhSlot *parent = g_hash_table_lookup (loading->slots, &row->parent);

  if (gh_type_of_stored (row->type, row->body, row->body_length) == NULL)
    return gh_fault_set (&loading->fault, GH_ERROR_STORE,
                         "resource %s has type %d, which this build does not have, or a "
                         "specialisation of it that is not defined any more",
                         row->resource_id, row->type);
  if (row->parent != 0 && parent == NULL)
    return gh_fault_set (&loading->fault, GH_ERROR_STORE, "resource %s has no parent",
                         row->resource_id);
  GhVersion *version = load_version (loading, row, parent);
  if (loading->fault.set)
    {
      GhFault inner = loading->fault;
      loading->fault.set = FALSE;
      return gh_fault_set (&loading->fault, GH_ERROR_STORE, "resource %s: %s", row->resource_id,
                           inner.text);
    }
  GhSlot *slot = gh_slot_new (tree, parent, version->resource);
  gh_tree_stage (tree, slot, version);
  gh_tree_insert (tree, slot);
  g_hash_table_insert (loading->slots, &slot->number, slot);
  if (row->type == GH_TYPE_SUBSCRIPTION && parent != NULL && row->ended_sequence == 0
      && parent->newest->resource != NULL)
    {
      GhMembers *members = gh_members_with (parent->newest->subscriptions, row->number,
                                            version->compiled);
      gh_members_unref (parent->newest->subscriptions);
      parent->newest->subscriptions = members;
    }
  load_behaviour (loading, slot, parent, row->ended_sequence != 0);
  if (row->ended_sequence != 0)
    load_ended (loading, slot);
  if (++loading->n % 100000 == 0)
    gh_logf (GH_LOG_NOTICE, "writer", "loaded %" G_GUINT64_FORMAT " resources", loading->n);
  return TRUE;
}

static void
load_counters (const GhStoreCounters *row, gpointer user_data)
{
  Loading *loading = user_data;
  GhSlot *slot = g_hash_table_lookup (loading->slots, &row->number);
  if (slot == NULL || slot->newest->resource == NULL)
    return;
  slot->newest->counters =
    (GhCounters){ .has_counters = gh_resource_holds_instances (slot->newest->resource),
                  .state_tag = row->state_tag,
                  .count = row->count,
                  .bytes = row->bytes,
                  .oldest = row->oldest,
                  .latest = row->latest };
  /* what was evicted and not yet purged when the process ended; an empty container may have any
   * number of them */
  const GhFrontPurge purge = { .parent = row->number,
                               .below = row->oldest != 0 ? row->oldest
                                                         : loading->writer->number + 1 };
  if (slot->newest->counters.has_counters)
    g_array_append_val (loading->writer->front_purges, purge);
  load_due (loading->writer, slot);
}

static void
load_event (const GhStoreEvent *row, gpointer user_data)
{
  Loading *loading = user_data;
  GhEvent *event = g_new0 (GhEvent, 1);
  event->ref_count = 1;
  event->number = row->number;
  event->mark = row->sequence;
  event->subject = row->subject;
  event->body = gh_buffer_new (row->body, row->body_length);
  g_ptr_array_add (loading->writer->loaded_events, event);
}

static gboolean
load_all (GhWriter *writer, Loading *loading, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  GhStore *store = writer->config.store;
  if (!ops->get_marks (store, &writer->sequence, &writer->number, &writer->event_number, error))
    return FALSE;
  writer->next_number = writer->number;
  writer->next_event = writer->event_number;
  if (!ops->load_structural (store, load_row, loading, error))
    return FALSE;
  if (loading->fault.set)
    {
      gh_fault_propagate (&loading->fault, error);
      return FALSE;
    }
  return ops->load_counters (store, load_counters, loading, error)
         && ops->load_events (store, load_event, loading, error);
}

typedef struct {
  GhLedger *ledger;
  const GhSlot *slot;
} Shared;

static gboolean
load_instance (const GhStoreRow *row, gpointer user_data)
{
  const Shared *shared = user_data;
  if (row->ended_sequence == 0)
    gh_ledger_load_instance (shared->ledger, shared->slot, row->owner, row->size);
  return TRUE;
}

/* The counters say what all have written there, not what each has. */
static gboolean
load_shared (GhWriter *writer, const GhSlot *slot, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  const GhVersion *version = slot->newest;
  Shared shared = { writer->ledger, slot };
  if (version->resource == NULL || version->counters.count == 0
      || !gh_ledger_shares (writer->ledger, slot, version->resource->identity.owner))
    return TRUE;
  if (!ops->reader_begin (writer->reader, error))
    return FALSE;
  const gboolean read = ops->read_children (writer->reader, slot->number, TRUE,
                                            version->counters.oldest - 1, TRUE, G_MAXUINT,
                                            load_instance, &shared, error);
  ops->reader_end (writer->reader);
  return read;
}

/* What everybody has. */
static gboolean
load_ledger (GhWriter *writer, GHashTable *slots, GError **error)
{
  GHashTableIter iter;
  gpointer slot;
  g_hash_table_iter_init (&iter, slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    {
      gh_ledger_load (writer->ledger, slot);
      if (!load_shared (writer, slot, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_writer_load (GhWriter *writer, GError **error)
{
  g_autoptr (GHashTable) slots = g_hash_table_new (g_int64_hash, g_int64_equal);
  Loading loading = { .writer = writer, .slots = slots };
  if (!load_all (writer, &loading, error))
    return FALSE;
  gh_tree_publish (writer->config.tree, writer->sequence);
  gh_writer_queue_purges (writer);
  writer->reader = writer->config.ops->reader_new (writer->config.store, error);
  return writer->reader != NULL && load_ledger (writer, slots, error)
         && gh_past_load (writer, error);
}

static gboolean
root_store (GhWriter *writer, const GhResource *resource, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  GhStore *store = writer->config.store;
  const GhIdentity *identity = &resource->identity;
  g_autoptr (GhBuffer) body = gh_render_resource (resource, NULL);
  g_autofree const char **labels = gh_writer_labels (resource);
  const GhStoreRow row = { .number = identity->number,
                           .labels = labels,
                           .type = resource->type->number,
                           .resource_id = identity->resource_id,
                           .name = identity->name,
                           .creation_us = identity->creation_us,
                           .modified_us = identity->modified_us,
                           .expiration_us = identity->expiration_us,
                           .body = body->data,
                           .body_length = body->length };
  if (!ops->begin (store, error))
    return FALSE;
  if (!ops->put_structural (store, &row, error)
      || !ops->put_marks (store, writer->sequence, writer->number, writer->event_number, error))
    {
      ops->rollback (store);
      return FALSE;
    }
  return gh_writer_commit (writer, error);
}

static gboolean
root_is_current (const GhNode *node, const GhIdentity *identity, const GhAttributeValue *values,
                 guint n_values)
{
  for (guint i = 0; i < n_values; i++)
    {
      const GhValue *stored = gh_resource_get (node->resource, values[i].attribute->short_name);
      const gboolean absent = values[i].value.kind == GH_VALUE_NULL;
      if (stored == NULL ? !absent : absent || !gh_value_equal (stored, &values[i].value))
        return FALSE;
    }
  return strcmp (node->resource->identity.name, identity->name) == 0;
}

/* Everything in the tree names this CSE; so do credentials and other CSEs. */
static gboolean
check_root (const GhNode *node, const GhAttributeValue *values, guint n_values, GError **error)
{
  const char *stored = gh_value_text (gh_resource_get (node->resource, "csi"));
  for (guint i = 0; i < n_values; i++)
    if (strcmp (values[i].attribute->short_name, "csi") == 0
        && g_strcmp0 (gh_value_text (&values[i].value), stored) != 0)
      {
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                     "[cse] id: the store belongs to the CSE %s; %s needs a store of its own",
                     stored, gh_value_text (&values[i].value));
        return FALSE;
      }
  return TRUE;
}

/* What the CSE says of itself takes the place of what it said before; the rest (acpi, nl, lbl) is
 * what clients made of it. */
static GhResource *
root_merged (const GhResource *before, const GhIdentity *identity, const GhAttributeValue *values,
             guint n_values)
{
  const GhDraft draft = { .type = before->type,
                          .values = (GhAttributeValue *) values,
                          .n_values = n_values };
  GhIdentity now = *identity;
  now.creation_us = before->identity.creation_us;
  g_autoptr (GhResource) merged = gh_resource_updated (before, &draft, now.modified_us,
                                                       now.expiration_us);
  return gh_resource_new (before->type, &now, merged->values, merged->n_values);
}

gboolean
gh_writer_put_root (GhWriter *writer, const GhIdentity *identity, const GhAttributeValue *values,
                    guint n_values, GError **error)
{
  const GhType *type = gh_type_by_number (GH_TYPE_CSE_BASE);
  GhTree *tree = writer->config.tree;
  GhSlot *slot = gh_tree_lookup_slot (tree, identity->resource_id);
  GhView view = gh_view_begin (tree);
  GhNode node;
  gboolean there = slot != NULL && gh_view_node (&view, slot, &node);
  gboolean current = there && root_is_current (&node, identity, values, n_values);
  gh_view_end (&view);

  if (!there && gh_tree_count_slots (tree) > 0)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_STORE,
                   "the store belongs to another CSE: it has no CSEBase %s", identity->resource_id);
      return FALSE;
    }
  if (there && !check_root (&node, values, n_values, error))
    return FALSE;
  if (current)
    return TRUE;
  GhVersion *version = gh_version_new (tree, ++writer->sequence);
  version->resource = there ? root_merged (node.resource, identity, values, n_values)
                            : gh_resource_new (type, identity, values, n_values);
  if (there)
    {
      version->subscriptions = gh_members_ref (slot->newest->subscriptions);
      version->children = gh_children_ref (slot->newest->children);
    }
  writer->number = writer->next_number = MAX (writer->number, 1);
  if (!root_store (writer, version->resource, error))
    return FALSE;
  if (!there)
    slot = gh_slot_new (tree, NULL, version->resource);
  gh_tree_stage (tree, slot, version);
  if (!there)
    gh_tree_insert (tree, slot);
  gh_tree_publish (tree, writer->sequence);
  return TRUE;
}
