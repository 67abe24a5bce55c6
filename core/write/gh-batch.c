/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

#include <string.h>

GhView
gh_batch_view (GhWriter *writer)
{
  /* the writer is the only one that replaces versions, so its own reads need no read section */
  return (GhView){ .tree = writer->config.tree,
                   .sequence = writer->sequence,
                   .overlay = writer->overlay };
}

const GhBehaviour *
gh_writer_behaviour (const GhWriter *writer, gint type)
{
  if (type >= 0 && type < GH_WRITER_TYPES)
    return writer->behaviours[type];
  for (const GhBehaviour *const *b = writer->config.host.behaviours; *b != NULL; b++)
    if ((*b)->type == type)
      return *b;
  return NULL;
}

gboolean
gh_batch_compile (GhWriter *writer, const GhResource *resource, GhCompiled **out, GhFault *fault)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, resource->type->number);
  *out = NULL;
  if (behaviour == NULL || behaviour->compile == NULL)
    return TRUE;
  return behaviour->compile (writer->config.host.data, resource, out, fault);
}

/* The decision again, when a policy or the target's own references moved since the one on the way
 * in. */
static gboolean
authorize_again (GhWriter *writer, const GhView *view, GhIntent *intent, const GhNode *node)
{
  const GhRequest *request = intent->request;
  if (intent->principal == NULL)
    return TRUE;
  if (request->request_expiration != NULL
      && gh_absrel_timestamp_moment (request->request_expiration, request->received_us)
           <= gh_clock_wall_us (writer->config.clock))
    return gh_fault_set (&intent->outcome.fault, GH_ERROR_TIMEOUT, "RQET: %s is past",
                         request->request_expiration);
  if (!writer->policy_changed && writer->policy_sequence <= intent->checked_sequence)
    return TRUE;
  return writer->config.host.authorize (writer->config.host.data, view, intent, node,
                                        &intent->outcome.fault);
}

gboolean
gh_batch_take_expiration (GhWriter *writer, const GhDraft *draft, gint64 bound_us, gint64 *out_us,
                          GhFault *fault)
{
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);
  const GhValue *et = gh_draft_get (draft, "et");
  gint64 asked_us = GH_NEVER_US;

  if (et != NULL && et->kind == GH_VALUE_STRING)
    {
      if (!gh_timestamp_parse (et->text, et->length, &asked_us))
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "et: %s is not a timestamp", et->text);
      if (asked_us <= now_us)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "et: %s is in the past", et->text);
    }
  else if (writer->config.default_lifetime_us > 0)
    asked_us = now_us + writer->config.default_lifetime_us;
  /* not longer than the parent (TS-0004 7.2.2.2) */
  *out_us = MIN (asked_us, bound_us);
  return TRUE;
}

/* A creator attribute that was asked for is the originator (TS-0001 9.6.1.3.2). */
gboolean
gh_batch_take_creator (GhIntent *intent, GhFault *fault)
{
  const GhValue *creator = gh_draft_get (&intent->draft, "cr");
  if (creator == NULL || intent->draft.type->number == GH_TYPE_AE)
    return TRUE;
  if (creator->kind != GH_VALUE_NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "cr: the CSE sets it; send null to have it set");
  const char *owner = intent->originator != NULL ? intent->originator : "";
  return gh_draft_set (&intent->draft, intent->request->arena, "cr",
                       gh_value_string (owner, strlen (owner)))
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
name_is_taken (GhWriter *writer, const GhNode *parent, const char *name, gboolean *out_taken,
               GError **error)
{
  GhView view = gh_batch_view (writer);
  GhNode child;
  guint64 number = 0;
  if (parent->counters->has_counters
      && !writer->config.ops->find_instance (writer->config.store, parent->slot->number, name,
                                             &number, error))
    return FALSE;
  *out_taken = (number != 0 && number >= parent->counters->oldest && parent->counters->count > 0)
               || gh_view_child (&view, parent->slot, name, &child);
  return TRUE;
}

/* A resource that gets no name is called like its identifier. Numbers whose name a client has
 * taken are passed over, or nobody could create here without a name any more. */
static gboolean
free_number (GhWriter *writer, const GhIntent *intent, const GhNode *parent, guint64 *out,
             GError **error)
{
  char id[GH_INSTANCE_ID_SIZE];
  gboolean taken = FALSE;
  *out = writer->next_number;
  do
    {
      gh_instance_id_format (intent->draft.type, ++*out, id);
      if (gh_draft_get (&intent->draft, "rn") == NULL
          && !name_is_taken (writer, parent, id, &taken, error))
        return FALSE;
    }
  while (taken);
  return TRUE;
}

static gboolean
check_create (GhWriter *writer, GhIntent *intent, GhChange *change)
{
  GhFault *fault = &intent->outcome.fault;
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, change->type->number);
  if (!gh_batch_take_creator (intent, fault))
    return FALSE;
  if (!gh_batch_take_expiration (writer, change->draft,
                                 change->node.resource->identity.expiration_us,
                                 &change->identity.expiration_us, fault))
    return FALSE;
  if (behaviour != NULL && behaviour->check_create != NULL
      && !behaviour->check_create (change, fault))
    return FALSE;
  const char *rn = gh_value_text (gh_draft_get (change->draft, "rn"));
  change->identity.name = rn != NULL ? rn : change->identity.resource_id;
  return TRUE;
}

static gboolean
check_limits (const GhWriter *writer, const GhNode *parent, const GhType *type, GhFault *fault)
{
  guint depth = 1;
  for (const GhSlot *slot = parent->slot; slot != NULL; slot = slot->parent)
    depth++;
  if (writer->config.maximum_depth > 0 && depth > writer->config.maximum_depth)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE, "To: %u levels are the limit of this CSE",
                         writer->config.maximum_depth);
  if (type->number == GH_TYPE_SUBSCRIPTION && writer->config.maximum_subscriptions > 0
      && parent->subscriptions != NULL
      && parent->subscriptions->n >= writer->config.maximum_subscriptions)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE, "To: %s has %u subscriptions, the limit",
                         parent->slot->name, parent->subscriptions->n);
  return TRUE;
}

/* Whether there is room for @resource, new below @parent or in the place of @node, for the one that
 * it counts for. FALSE with @error: the store failed. */
static gboolean
check_room (GhWriter *writer, GhIntent *intent, const GhNode *node, const GhResource *resource,
            GError **error)
{
  GhFault *fault = &intent->outcome.fault;
  const gboolean creates = intent->request->operation == GH_OPERATION_CREATE;
  const GhResource *before = creates ? NULL : node->resource;
  const gsize size = gh_resource_size (resource);
  const gsize was = creates ? 0 : gh_resource_size (before);
  static const GhCounters none = { 0 };
  const GhNode now = { .slot = node->slot,
                       .resource = (GhResource *) resource,
                       .counters = creates ? &none : node->counters };
  const GhLedgerClaim claim = {
    .originator = intent->originator,
    .owner = resource->identity.owner,
    .parent = creates ? node->slot : node->slot->parent,
    .more = { .resources = creates,
              .octets = size > was ? size - was : 0,
              .subscriptions = creates && resource->type->number == GH_TYPE_SUBSCRIPTION },
  };
  if (!gh_ledger_has_room (writer->ledger, &claim, fault))
    return TRUE;
  return creates || !gh_instances_will_follow (before, resource)
         || gh_instances_check_room (writer, intent, &now,
                                     (guint64) gh_resource_get_integer (resource, "cs", 0), fault,
                                     error);
}

/* Takes @resource and @compiled. */
static gboolean
keep_created (GhWriter *writer, GhIntent *intent, const GhNode *parent, GhResource *resource,
              GhCompiled *compiled, GError **error)
{
  GhPut put = { 0 };
  intent->outcome.resource = gh_resource_ref (resource);
  intent->outcome.status = GH_RSC_CREATED;
  gboolean kept = gh_effect_put_created (writer, parent, resource, compiled, intent->originator,
                                         &put, error);
  intent->outcome.counters = put.entry->counters;
  intent->outcome.id = put.entry->slot->id;
  intent->outcome.body = put.body;
  return kept;
}

static gboolean
create_structural (GhWriter *writer, GhIntent *intent, const GhNode *parent, GError **error)
{
  char id[GH_INSTANCE_ID_SIZE];
  guint64 number;
  gboolean taken;
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);
  const GhType *type = intent->draft.type;
  GhCompiled *compiled = NULL;

  if (!free_number (writer, intent, parent, &number, error))
    return FALSE;
  gh_instance_id_format (type, number, id);
  GhChange change = {
    .writer = writer,
    .host = writer->config.host.data,
    .view = gh_batch_view (writer),
    .intent = intent,
    .node = *parent,
    .type = type,
    .draft = &intent->draft,
    .arena = intent->request->arena,
    .now_us = now_us,
    .identity = { .number = number,
                  .parent_number = parent->slot->number,
                  .resource_id = id,
                  .parent_id = parent->slot->id,
                  .owner = intent->originator,
                  .creation_us = now_us,
                  .modified_us = now_us },
  };
  if (!check_limits (writer, parent, type, &intent->outcome.fault)
      || !check_create (writer, intent, &change))
    return TRUE;
  if (!name_is_taken (writer, parent, change.identity.name, &taken, error))
    return FALSE;
  if (taken)
    {
      gh_fault_set (&intent->outcome.fault, GH_ERROR_CONFLICT,
                    "rn: %s already has a child called %s", parent->slot->name,
                    change.identity.name);
      return TRUE;
    }
  g_autoptr (GhResource) resource = gh_resource_new (type, &change.identity, intent->draft.values,
                                                     intent->draft.n_values);
  if (!check_room (writer, intent, parent, resource, error))
    return FALSE;
  if (intent->outcome.fault.set
      || !gh_batch_compile (writer, resource, &compiled, &intent->outcome.fault))
    return TRUE;

  writer->next_number = number;
  return keep_created (writer, intent, parent, g_steal_pointer (&resource), compiled, error);
}

/* What has expired is gone for every originator, even before the CSE has tidied it away. */
static gboolean
find_target (GhWriter *writer, const GhView *view, const char *id, GhNode *out)
{
  return gh_view_find (view, id, out)
         && out->resource->identity.expiration_us > gh_clock_wall_us (writer->config.clock);
}

static gboolean
execute_create (GhWriter *writer, GhIntent *intent, GError **error)
{
  const GhView view = gh_batch_view (writer);
  GhNode parent;
  if (!find_target (writer, &view, intent->target.id, &parent))
    {
      gh_fault_set (&intent->outcome.fault, GH_ERROR_NOT_FOUND, "the parent has been deleted");
      return TRUE;
    }
  if (!authorize_again (writer, &view, intent, &parent))
    return TRUE;
  if (intent->draft.type->instance)
    return gh_instances_create (writer, intent, &parent, error);
  return create_structural (writer, intent, &parent, error);
}

static gboolean
finish_update (GhWriter *writer, GhIntent *intent, const GhNode *node, GhResource *resource,
               GError **error)
{
  GhCompiled *compiled = NULL;
  const gboolean asked = check_room (writer, intent, node, resource, error);
  if (!asked || intent->outcome.fault.set
      || !gh_batch_compile (writer, resource, &compiled, &intent->outcome.fault))
    {
      gh_resource_unref (resource);
      return asked;
    }
  GhPut put = { 0 };
  intent->outcome.resource = gh_resource_ref (resource);
  intent->outcome.status = GH_RSC_UPDATED;
  gboolean kept = gh_effect_put_updated (writer, node, resource, compiled, &intent->draft,
                                         intent->originator, &put, error);
  intent->outcome.counters = put.entry->counters;
  intent->outcome.id = put.entry->slot->id;
  intent->outcome.body = put.body;
  return kept;
}

static gboolean
execute_update (GhWriter *writer, GhIntent *intent, GError **error)
{
  const GhView view = gh_batch_view (writer);
  GhFault *fault = &intent->outcome.fault;
  GhNode node, parent;
  if (!find_target (writer, &view, intent->target.id, &node))
    {
      gh_fault_set (fault, GH_ERROR_NOT_FOUND, "the resource has been deleted");
      return TRUE;
    }
  if (!authorize_again (writer, &view, intent, &node))
    return TRUE;
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);
  gint64 expiration_us = node.resource->identity.expiration_us;
  gint64 bound_us = node.slot->parent != NULL && gh_view_node (&view, node.slot->parent, &parent)
                      ? parent.resource->identity.expiration_us
                      : GH_NEVER_US;
  if (gh_draft_get (&intent->draft, "et") != NULL
      && !gh_batch_take_expiration (writer, &intent->draft, bound_us, &expiration_us, fault))
    return TRUE;
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, node.slot->type->number);
  GhChange change = { .writer = writer,
                      .host = writer->config.host.data,
                      .view = view,
                      .intent = intent,
                      .node = node,
                      .type = node.slot->type,
                      .draft = &intent->draft,
                      .arena = intent->request->arena,
                      .identity = node.resource->identity,
                      .now_us = now_us };
  if (behaviour != NULL && behaviour->check_update != NULL
      && !behaviour->check_update (&change, fault))
    return TRUE;
  return finish_update (writer, intent, &node,
                        gh_resource_updated (node.resource, &intent->draft, now_us, expiration_us),
                        error);
}

static gboolean
execute_leave (GhWriter *writer, GhIntent *intent, const GhNode *node, GError **error)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, node->slot->type->number);
  GhFault *fault = &intent->outcome.fault;
  GhChange change = { .writer = writer,
                      .host = writer->config.host.data,
                      .view = gh_batch_view (writer),
                      .intent = intent,
                      .node = *node,
                      .type = node->slot->type,
                      .arena = intent->request->arena,
                      .identity = node->resource->identity,
                      .now_us = gh_clock_wall_us (writer->config.clock) };
  intent->outcome.resource = gh_resource_ref (node->resource);
  if (behaviour == NULL || behaviour->leave == NULL)
    {
      gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "To: nobody leaves a %s", change.type->long_name);
      return TRUE;
    }
  if (!behaviour->leave (&change, fault, error))
    return fault->set;
  intent->outcome.id = node->slot->id;
  intent->outcome.status = GH_RSC_DELETED;
  return TRUE;
}

static gboolean
execute_delete (GhWriter *writer, GhIntent *intent, GError **error)
{
  const GhView view = gh_batch_view (writer);
  GhNode node;
  if (!find_target (writer, &view, intent->target.id, &node))
    {
      gh_fault_set (&intent->outcome.fault, GH_ERROR_NOT_FOUND, "the resource has been deleted");
      return TRUE;
    }
  if (intent->target.self_reference)
    return execute_leave (writer, intent, &node, error);
  if (!authorize_again (writer, &view, intent, &node))
    return TRUE;
  if (intent->target.which != GH_WHICH_RESOURCE)
    return gh_instances_delete (writer, intent, &node, error);
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, node.slot->type->number);
  GhChange change = { .writer = writer,
                      .host = writer->config.host.data,
                      .view = view,
                      .intent = intent,
                      .node = node,
                      .type = node.slot->type,
                      .arena = intent->request->arena,
                      .identity = node.resource->identity,
                      .now_us = gh_clock_wall_us (writer->config.clock) };
  if (behaviour != NULL && behaviour->check_delete != NULL
      && !behaviour->check_delete (&change, &intent->outcome.fault))
    return TRUE;
  intent->outcome.resource = gh_resource_ref (node.resource);
  intent->outcome.counters = *node.counters;
  intent->outcome.id = node.slot->id;
  intent->outcome.status = GH_RSC_DELETED;
  g_autoptr (GhBuffer) body = NULL;
  gboolean ended = gh_effect_put_ended (writer, &node, intent->originator, &body, error);
  /* with children in the answer, the body was read on the way in */
  if (intent->outcome.body == NULL)
    intent->outcome.body = g_steal_pointer (&body);
  return ended;
}

typedef struct {
  GhWriter *writer;
  GPtrArray *ids;  /* char*: the structural resource, or the container of the instance */
  GArray *numbers; /* guint64: of the instance, or 0 */
} Expired;

static gboolean
expired_row (const GhStoreRow *row, gpointer user_data)
{
  Expired *expired = user_data;
  const GhType *type = gh_type_by_number (row->type);
  guint64 number = 0;
  char id[GH_INSTANCE_ID_SIZE];
  if (type == NULL)
    return TRUE;
  if (type->instance)
    {
      gh_instance_holder_id (type, row->parent, id);
      number = row->number;
    }
  g_ptr_array_add (expired->ids, g_strdup (type->instance ? id : row->resource_id));
  g_array_append_val (expired->numbers, number);
  return TRUE;
}

static gboolean
execute_expire (GhWriter *writer, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  Expired expired = { writer, ids, numbers };
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);

  if (!writer->config.ops->list_expired (writer->config.store, now_us, GH_BATCH_MAX, expired_row,
                                         &expired, error))
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    {
      const GhView view = gh_batch_view (writer);
      const guint64 number = g_array_index (numbers, guint64, i);
      g_autoptr (GhBuffer) body = NULL;
      gboolean found = FALSE;
      GhNode node;
      if (!gh_view_find (&view, ids->pdata[i], &node))
        continue;
      gboolean done = number != 0
                        ? gh_instances_remove (writer, gh_overlay_touch (writer->overlay, &node),
                                               number, NULL, &body, &found, error)
                        : gh_effect_put_ended (writer, &node, NULL, &body, error);
      if (!done)
        return FALSE;
      if (number == 0 || found)
        writer->statistics.expired++;
    }
  return TRUE;
}

static gboolean
execute_outbox (GhWriter *writer, const GhIntent *intent, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  GhStore *store = writer->config.store;
  writer->dirty = TRUE;
  if (intent->events_below > 0 && !ops->delete_events_below (store, intent->events_below, error))
    return FALSE;
  for (guint i = 0;
       intent->events_done != NULL && ops->delete_event != NULL && i < intent->events_done->len;
       i++)
    if (!ops->delete_event (store, g_array_index (intent->events_done, guint64, i), error))
      return FALSE;
  for (guint i = 0; intent->cursor_targets != NULL && i < intent->cursor_targets->len; i++)
    if (!ops->put_cursor (store, intent->cursor_targets->pdata[i],
                          g_array_index (intent->cursor_events, guint64, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
execute_count_down (GhWriter *writer, GhIntent *intent, GError **error)
{
  const GhView view = gh_batch_view (writer);
  GhNode node;
  if (!gh_view_find (&view, intent->target.id, &node))
    return TRUE;
  const gint64 left = gh_resource_get_integer (node.resource, "exc", 0) - intent->by;
  if (left <= 0)
    {
      g_autoptr (GhBuffer) body = NULL;
      return gh_effect_put_ended (writer, &node, NULL, &body, error);
    }
  GhAttributeValue value = { gh_type_attribute (node.slot->type, "exc"), gh_value_integer (left) };
  const GhDraft draft = { .type = node.slot->type, .values = &value, .n_values = 1 };
  GhResource *resource = gh_resource_updated (node.resource, &draft,
                                              node.resource->identity.modified_us,
                                              node.resource->identity.expiration_us);
  gh_overlay_set_resource (gh_overlay_touch (writer->overlay, &node), resource,
                           gh_compiled_ref (node.compiled));
  writer->dirty = TRUE;
  return TRUE;
}

static gboolean
execute_request (GhWriter *writer, GhIntent *intent, GError **error)
{
  switch (intent->request->operation)
    {
    case GH_OPERATION_CREATE:
      return execute_create (writer, intent, error);
    case GH_OPERATION_UPDATE:
      return execute_update (writer, intent, error);
    case GH_OPERATION_DELETE:
      return execute_delete (writer, intent, error);
    default:
      gh_fault_set (&intent->outcome.fault, GH_ERROR_FAILED,
                    "an operation that the writer does not have");
      return TRUE;
    }
}

gboolean
gh_batch_execute (GhWriter *writer, GhIntent *intent, GError **error)
{
  gboolean done;
  switch (intent->kind)
    {
    case GH_INTENT_EXPIRE:
      return execute_expire (writer, error);
    case GH_INTENT_TICK:
      return gh_effect_tick (writer, error);
    case GH_INTENT_OUTBOX:
      return execute_outbox (writer, intent, error);
    case GH_INTENT_COUNT_DOWN:
      return execute_count_down (writer, intent, error);
    case GH_INTENT_CALL:
      intent->call (writer, intent->user_data);
      return TRUE;
    case GH_INTENT_REQUEST:
    default:
      writer->asking = &intent->facts;
      done = execute_request (writer, intent, error);
      writer->asking = NULL;
      return done;
    }
}

const char **
gh_writer_labels (const GhResource *resource)
{
  const GhValue *list = gh_resource_get (resource, "lbl");
  const char **labels;

  if (list == NULL || list->kind != GH_VALUE_LIST || list->length == 0)
    return NULL;
  labels = g_new0 (const char *, list->length + 1);
  for (guint i = 0, n = 0; i < list->length; i++)
    if (gh_value_text (&list->items[i]) != NULL)
      labels[n++] = gh_value_text (&list->items[i]);
  return labels;
}

static gboolean
flush_resource (GhWriter *writer, const GhOverlayEntry *entry, GError **error)
{
  const GhIdentity *identity = &entry->resource->identity;
  if (entry->ended && !entry->created)
    return writer->config.ops->end_row (writer->config.store, identity->number, FALSE,
                                        writer->sequence + 1, error);
  g_autoptr (GhBuffer) body = gh_render_resource (entry->resource, NULL);
  g_autofree const char **labels = gh_writer_labels (entry->resource);
  const GhStoreRow row = {
    .number = identity->number,
    .parent = identity->parent_number,
    .type = entry->resource->type->number,
    .resource_id = identity->resource_id,
    .name = strcmp (identity->name, identity->resource_id) == 0 ? NULL : identity->name,
    .owner = identity->owner,
    .creation_us = identity->creation_us,
    .modified_us = identity->modified_us,
    .expiration_us = identity->expiration_us,
    .ended_sequence = entry->ended ? writer->sequence + 1 : 0,
    .body = body->data,
    .body_length = body->length,
    .labels = labels,
  };
  return writer->config.ops->put_structural (writer->config.store, &row, error);
}

gboolean
gh_batch_flush (GhWriter *writer, GError **error)
{
  for (guint i = 0; i < gh_overlay_n_entries (writer->overlay); i++)
    {
      const GhOverlayEntry *entry = gh_overlay_entry (writer->overlay, i);
      if (entry->resource_changed && !flush_resource (writer, entry, error))
        return FALSE;
      if (!entry->counters_changed || entry->ended)
        continue;
      const GhCounters *c = &entry->counters;
      const GhStoreCounters row = { .number = entry->slot->number,
                                    .state_tag = c->state_tag,
                                    .count = c->count,
                                    .bytes = c->bytes,
                                    .oldest = c->oldest,
                                    .latest = c->latest };
      if (!writer->config.ops->put_counters (writer->config.store, &row, error))
        return FALSE;
    }
  return TRUE;
}
