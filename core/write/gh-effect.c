/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-effect.h"

#include "write/gh-writer-private.h"

#include <string.h>

GhView
gh_effect_view (GhWriter *writer)
{
  return gh_batch_view (writer);
}

gboolean
gh_effect_keep (GhWriter *writer, const char *key, const char *value, GError **error)
{
  writer->dirty = TRUE;
  return writer->config.ops->put_meta (writer->config.store, key, value, error);
}

gboolean
gh_effect_after (GhWriter *writer, GhEffect *effect, GError **error)
{
  const GhBehaviour *own = gh_writer_behaviour (writer, effect->node.slot->type->number);
  effect->writer = writer;
  effect->host = writer->config.host.data;
  effect->facts = writer->asking;
  effect->now_us = gh_clock_wall_us (writer->config.clock);
  if (own != NULL && own->after != NULL && !own->after (effect, error))
    return FALSE;
  if (effect->parent.slot == NULL)
    return TRUE;
  const GhBehaviour *above = gh_writer_behaviour (writer, effect->parent.slot->type->number);
  if (above == NULL || above->after_child == NULL)
    return TRUE;
  /* the first hook may have changed both */
  const GhView view = gh_batch_view (writer);
  GhNode parent, node = effect->node;
  if (!gh_view_node (&view, effect->parent.slot, &parent)
      || (effect->kind != GH_EFFECT_DELETED && !gh_view_node (&view, node.slot, &node)))
    return TRUE;
  effect->parent = parent;
  effect->node = node;
  return above->after_child (effect, error);
}

static GhNode
node_of (const GhOverlayEntry *entry)
{
  return (GhNode){ .slot = entry->slot,
                   .resource = entry->resource,
                   .compiled = entry->compiled,
                   .subscriptions = entry->subscriptions,
                   .children = entry->children,
                   .counters = &entry->counters };
}

static void
list_below (GhWriter *writer, const GhNode *parent, GhSlot *slot, GhCompiled *compiled)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, slot->type->number);
  const gboolean subscription = slot->type->number == GH_TYPE_SUBSCRIPTION;
  if (!subscription && (behaviour == NULL || !behaviour->listed))
    return;
  GhOverlayEntry *above = gh_overlay_touch (writer->overlay, parent);
  if (subscription)
    gh_overlay_set_subscriptions (above,
                                  gh_members_with (above->subscriptions, slot->number, compiled));
  if (behaviour != NULL && behaviour->listed)
    gh_overlay_set_children (above, gh_children_with (above->children, slot));
}

static void
unlist_below (GhWriter *writer, const GhNode *parent, const GhSlot *slot)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, slot->type->number);
  const gboolean subscription = slot->type->number == GH_TYPE_SUBSCRIPTION;
  if (!subscription && (behaviour == NULL || !behaviour->listed))
    return;
  GhOverlayEntry *above = gh_overlay_touch (writer->overlay, parent);
  if (subscription)
    gh_overlay_set_subscriptions (above, gh_members_without (above->subscriptions, slot->number));
  if (behaviour != NULL && behaviour->listed)
    gh_overlay_set_children (above, gh_children_without (above->children, slot));
}

static GhBuffer *
body_of (const GhOverlayEntry *entry)
{
  return gh_render_resource (entry->resource,
                             entry->counters.has_counters ? &entry->counters : NULL);
}

/* Resources that decisions are made of. */
static gboolean
decides (const GhType *type)
{
  return type->number == GH_TYPE_ACCESS_CONTROL_POLICY || type->number == GH_TYPE_GROUP;
}

gboolean
gh_effect_put_created (GhWriter *writer, const GhNode *parent, GhResource *resource,
                       GhCompiled *compiled, const char *originator, GhPut *out, GError **error)
{
  const GhType *type = resource->type;
  GhOverlayEntry *entry = gh_overlay_create (writer->overlay, parent->slot, resource, compiled);
  out->entry = entry;
  writer->dirty = TRUE;
  writer->policy_changed |= decides (type);
  if (!gh_instances_follow (writer, entry, NULL, originator, error))
    return FALSE;
  out->body = body_of (entry);
  const GhEventDetails event = { .kind = GH_EVENT_CREATE_CHILD,
                                 .subject = parent,
                                 .originator = originator,
                                 .type = type->number,
                                 .owner = entry->resource->identity.owner,
                                 .body = out->body->data,
                                 .body_length = out->body->length };
  if (!gh_events_add (writer, &event, error))
    return FALSE;
  list_below (writer, parent, entry->slot, compiled);
  GhEffect effect = {
    .kind = GH_EFFECT_CREATED, .node = node_of (entry), .parent = *parent, .originator = originator
  };
  return gh_effect_after (writer, &effect, error);
}

static void
replace (GhWriter *writer, GhOverlayEntry *entry, GhResource *resource, GhCompiled *compiled)
{
  const GhView view = gh_batch_view (writer);
  GhNode parent;
  gh_overlay_set_resource (entry, resource, compiled);
  writer->dirty = TRUE;
  if (resource->type->number != GH_TYPE_SUBSCRIPTION
      || !gh_view_node (&view, entry->slot->parent, &parent))
    return;
  GhOverlayEntry *above = gh_overlay_touch (writer->overlay, &parent);
  gh_overlay_set_subscriptions (
    above, gh_members_with (above->subscriptions, entry->slot->number, compiled));
}

/* @effect says what was before and who did it. */
static gboolean
after_update (GhWriter *writer, const GhOverlayEntry *entry, GhEffect *effect, GError **error)
{
  const GhView view = gh_batch_view (writer);
  effect->kind = GH_EFFECT_UPDATED;
  effect->node = node_of (entry);
  if (entry->slot->parent != NULL)
    (void) gh_view_node (&view, entry->slot->parent, &effect->parent);
  return gh_effect_after (writer, effect, error);
}

gboolean
gh_effect_put_updated (GhWriter *writer, const GhNode *node, GhResource *resource,
                       GhCompiled *compiled, const GhDraft *draft, const char *originator,
                       GhPut *out, GError **error)
{
  GhOverlayEntry *entry = gh_overlay_touch (writer->overlay, node);
  g_autoptr (GhResource) before = gh_resource_ref (entry->resource);
  g_autoptr (GhCompiled) compiled_before = gh_compiled_ref (entry->compiled);
  GhEffect effect = { .before = before,
                      .compiled_before = compiled_before,
                      .draft = draft,
                      .originator = originator };
  out->entry = entry;
  replace (writer, entry, resource, compiled);
  writer->policy_changed |= decides (resource->type)
                            || gh_draft_get (draft, "acpi") != NULL;
  if (!gh_instances_follow (writer, entry, before, originator, error))
    return FALSE;
  out->body = body_of (entry);
  const GhNode subject = node_of (entry);
  const GhEventDetails event = { .kind = GH_EVENT_UPDATE,
                                 .subject = &subject,
                                 .originator = originator,
                                 .type = resource->type->number,
                                 .body = out->body->data,
                                 .body_length = out->body->length,
                                 .modified = draft };
  return gh_events_add (writer, &event, error) && after_update (writer, entry, &effect, error);
}

static gboolean
announce_ended (GhWriter *writer, const GhNode *node, const GhNode *parent, const char *originator,
                const GhBuffer *body, GError **error)
{
  GhEventDetails event = { .kind = GH_EVENT_DELETE,
                           .subject = node,
                           .ends = node,
                           .originator = originator,
                           .type = node->slot->type->number,
                           .body = body->data,
                           .body_length = body->length };
  if (!gh_events_add (writer, &event, error))
    return FALSE;
  if (node->slot->type->number == GH_TYPE_SUBSCRIPTION
      && !gh_events_subscription_ended (writer, node->resource, error))
    return FALSE;
  if (parent->slot == NULL)
    return TRUE;
  event.kind = GH_EVENT_DELETE_CHILD;
  event.subject = parent;
  event.owner = node->resource->identity.owner;
  return gh_events_add (writer, &event, error);
}

gboolean
gh_effect_put_ended (GhWriter *writer, const GhNode *node, const char *originator,
                     GhBuffer **out_body, GError **error)
{
  const GhView view = gh_batch_view (writer);
  GhEffect effect = { .kind = GH_EFFECT_DELETED, .originator = originator };
  *out_body = gh_render_resource (node->resource,
                                  node->counters->has_counters ? node->counters : NULL);
  (void) gh_view_node (&view, node->slot->parent, &effect.parent);
  if (!announce_ended (writer, node, &effect.parent, originator, *out_body, error))
    return FALSE;
  if (effect.parent.slot != NULL)
    unlist_below (writer, &effect.parent, node->slot);
  GhOverlayEntry *entry = gh_overlay_touch (writer->overlay, node);
  gh_overlay_end (entry);
  g_ptr_array_add (writer->ended_slots, node->slot);
  writer->dirty = TRUE;
  writer->policy_changed = TRUE; /* a policy may have stood below it */
  effect.node = node_of (entry);
  return gh_effect_after (writer, &effect, error);
}

/* Not later than @bound_us, which holds when @draft says nothing. */
static gint64
expiration_of (const GhDraft *draft, gint64 bound_us)
{
  const GhValue *et = gh_draft_get (draft, "et");
  const char *text = et != NULL ? gh_value_text (et) : NULL;
  gint64 us;
  return text != NULL && gh_timestamp_parse (text, et->length, &us) ? MIN (us, bound_us) : bound_us;
}

static gint64
new_expiration (GhWriter *writer, const GhNode *node, const GhDraft *draft)
{
  const GhView view = gh_batch_view (writer);
  GhNode parent;
  if (gh_draft_get (draft, "et") == NULL || node->slot->parent == NULL
      || !gh_view_node (&view, node->slot->parent, &parent))
    return node->resource->identity.expiration_us;
  return expiration_of (draft, parent.resource->identity.expiration_us);
}

gboolean
gh_effect_update (GhWriter *writer, const GhNode *node, const GhDraft *draft,
                  const char *originator, GError **error)
{
  GhCompiled *compiled = NULL;
  GhFault fault = { 0 };
  GhPut put = { 0 };
  GhResource *resource = gh_resource_updated (node->resource, draft,
                                              gh_clock_wall_us (writer->config.clock),
                                              new_expiration (writer, node, draft));
  if (!gh_batch_compile (writer, resource, &compiled, &fault))
    {
      gh_resource_unref (resource);
      gh_fault_propagate (&fault, error);
      return FALSE;
    }
  gboolean kept = gh_effect_put_updated (writer, node, resource, compiled, draft, originator, &put,
                                         error);
  g_clear_pointer (&put.body, gh_buffer_unref);
  return kept;
}

/* A number that no other resource has, and whose name is free when the draft gives none. */
static gboolean
name_for (GhWriter *writer, const GhNode *parent, const GhDraft *draft,
          char id[GH_INSTANCE_ID_SIZE], guint64 *out_number, GError **error)
{
  const GhView view = gh_batch_view (writer);
  const char *name = gh_value_text (gh_draft_get (draft, "rn"));
  GhNode child;
  *out_number = writer->next_number;
  do
    gh_instance_id_format (draft->type, ++*out_number, id);
  while (name == NULL && gh_view_child (&view, parent->slot, id, &child));
  if (name == NULL || !gh_view_child (&view, parent->slot, name, &child))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "%s already has a child called %s",
               parent->slot->name, name);
  return FALSE;
}

gboolean
gh_effect_create (GhWriter *writer, const GhNode *parent, const GhDraft *draft, const char *owner,
                  GhNode *out, GError **error)
{
  char id[GH_INSTANCE_ID_SIZE];
  GhCompiled *compiled = NULL;
  GhFault fault = { 0 };
  GhPut put = { 0 };
  guint64 number;
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);
  const char *name = gh_value_text (gh_draft_get (draft, "rn"));
  if (!name_for (writer, parent, draft, id, &number, error))
    return FALSE;
  const GhIdentity identity = { .number = number,
                                .parent_number = parent->slot->number,
                                .resource_id = id,
                                .parent_id = parent->slot->id,
                                .name = name != NULL ? name : id,
                                .owner = owner,
                                .creation_us = now_us,
                                .modified_us = now_us,
                                .expiration_us = expiration_of (
                                  draft, parent->resource->identity.expiration_us) };
  g_autoptr (GhResource) resource = gh_resource_new (draft->type, &identity, draft->values,
                                                     draft->n_values);
  if (!gh_batch_compile (writer, resource, &compiled, &fault))
    {
      gh_fault_propagate (&fault, error);
      return FALSE;
    }
  writer->next_number = number;
  gboolean kept = gh_effect_put_created (writer, parent, g_steal_pointer (&resource), compiled,
                                         owner, &put, error);
  if (out != NULL)
    *out = node_of (put.entry);
  g_clear_pointer (&put.body, gh_buffer_unref);
  return kept;
}

gboolean
gh_effect_delete (GhWriter *writer, const GhNode *node, const char *originator, GError **error)
{
  g_autoptr (GhBuffer) body = NULL;
  return gh_effect_put_ended (writer, node, originator, &body, error);
}

void
gh_effect_set_state (GhWriter *writer, const GhNode *node, GhCompiled *compiled, guint64 mark)
{
  GhOverlayEntry *entry = gh_overlay_touch (writer->overlay, node);
  g_return_if_fail (!gh_type_counts_state (node->slot->type));
  gh_overlay_set_compiled (entry, compiled);
  entry->counters.state_tag = mark;
  entry->counters_changed = TRUE;
  writer->dirty = TRUE;
}

gboolean
gh_effect_notify (GhWriter *writer, const GhNode *node, GhEventKind kind, guint64 number,
                  const GhBuffer *body, GError **error)
{
  const GhEventDetails event = { .kind = kind,
                                 .subject = node,
                                 .type = node->slot->type->number,
                                 .body = body->data,
                                 .body_length = body->length,
                                 .only = number };
  return gh_events_add (writer, &event, error);
}

gboolean
gh_effect_find_moment (GhWriter *writer, const GhNode *node, gint64 low, gint64 high,
                       guint64 *out_number, GError **error)
{
  *out_number = 0;
  return node->counters->count == 0
         || writer->config.ops->find_moment (writer->config.store, node->slot->number,
                                             node->counters->oldest, low, high, out_number, error);
}

static void
schedule (GhWriter *writer, const GhNode *node)
{
  const GhBehaviour *behaviour = gh_writer_behaviour (writer, node->slot->type->number);
  if (behaviour == NULL || behaviour->due == NULL)
    return;
  gh_timers_set (
    writer->timers, node->slot->id,
    behaviour->due (writer->config.host.data, node, gh_clock_wall_us (writer->config.clock)));
}

void
gh_effect_schedule (GhWriter *writer)
{
  const GhView view = gh_batch_view (writer);
  GhNode node;
  for (guint i = 0; i < gh_overlay_n_entries (writer->overlay); i++)
    {
      const GhOverlayEntry *entry = gh_overlay_entry (writer->overlay, i);
      node = node_of (entry);
      if (entry->ended)
        gh_timers_set (writer->timers, entry->slot->id, GH_NEVER_US);
      else if (entry->resource_changed || entry->compiled_changed)
        schedule (writer, &node);
    }
  for (guint i = 0; i < writer->ticked->len; i++)
    if (gh_view_find (&view, writer->ticked->pdata[i], &node))
      schedule (writer, &node);
    else
      gh_timers_set (writer->timers, writer->ticked->pdata[i], GH_NEVER_US);
}

gboolean
gh_effect_tick (GhWriter *writer, GError **error)
{
  const gint64 now_us = gh_clock_wall_us (writer->config.clock);
  g_autoptr (GPtrArray) ids = gh_timers_due (writer->timers, now_us, GH_BATCH_MAX);
  for (guint i = 0; i < ids->len; i++)
    {
      const GhView view = gh_batch_view (writer);
      GhEffect effect = {
        .writer = writer, .host = writer->config.host.data, .kind = GH_EFFECT_DUE, .now_us = now_us
      };
      g_ptr_array_add (writer->ticked, g_strdup (ids->pdata[i]));
      if (!gh_view_find (&view, ids->pdata[i], &effect.node))
        continue; /* it went with something above it */
      const GhBehaviour *behaviour = gh_writer_behaviour (writer, effect.node.slot->type->number);
      if (effect.node.slot->parent != NULL)
        (void) gh_view_node (&view, effect.node.slot->parent, &effect.parent);
      if (!behaviour->tick (&effect, error))
        return FALSE;
    }
  return TRUE;
}
