/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

#include <string.h>

GhEvent *
gh_event_ref (GhEvent *event)
{
  g_atomic_int_inc (&event->ref_count);
  return event;
}

void
gh_event_unref (GhEvent *event)
{
  if (!g_atomic_int_dec_and_test (&event->ref_count))
    return;
  gh_buffer_unref (event->body);
  gh_members_unref (event->subscriptions);
  g_free (event);
}

/* Takes @body. */
static gboolean
event_put (GhWriter *writer, GhBuffer *body, GhMembers *subscriptions, guint64 subject,
           GError **error)
{
  GhEvent *event = g_new0 (GhEvent, 1);
  event->ref_count = 1;
  event->number = ++writer->next_event;
  /* the newest is the last; the subscription whose creation this tells of is not among them yet */
  event->mark = subscriptions != NULL ? subscriptions->items[subscriptions->n - 1].number
                                      : writer->next_number;
  event->subject = subject;
  event->body = body;
  event->subscriptions = gh_members_ref (subscriptions);
  g_ptr_array_add (writer->new_events, event);
  writer->dirty = TRUE;

  const GhStoreEvent row = { .number = event->number,
                             .sequence = event->mark,
                             .subject = subject,
                             .body = event->body->data,
                             .body_length = event->body->length };
  return writer->config.ops->put_event (writer->config.store, &row, error);
}

static void
write_text (GhJsonWriter *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  gh_json_name (json, name);
  gh_json_string (json, text, strlen (text));
}

/* A subject that goes takes its subscriptions with it, and what one alone is told must not reach
 * the others: the row carries them, so that a restart can still notify. */
static void
write_subscriptions (GhWriter *writer, GhJsonWriter *json, const GhMembers *subscriptions)
{
  GhView view = gh_batch_view (writer);
  gh_json_name (json, "subs");
  gh_json_begin_list (json);
  for (guint i = 0; i < subscriptions->n; i++)
    {
      char id[GH_INSTANCE_ID_SIZE];
      GhNode node;
      gh_instance_id_format (gh_type_by_number (GH_TYPE_SUBSCRIPTION),
                             subscriptions->items[i].number, id);
      if (!gh_view_find (&view, id, &node))
        continue;
      g_autoptr (GhBuffer) body = gh_render_resource (node.resource, NULL);
      gh_json_begin_object (json);
      gh_json_name (json, "number");
      gh_json_integer (json, (gint64) node.slot->number);
      write_text (json, "own", node.resource->identity.owner);
      gh_json_name (json, "rep");
      gh_json_raw (json, body->data, body->length);
      gh_json_end_object (json);
    }
  gh_json_end_list (json);
}

/* Those of the subject that are told. (transfer full); NULL: none */
static GhMembers *
told (const GhEventDetails *details)
{
  GhMembers *all = details->subject->subscriptions;
  if (details->only == 0)
    return gh_members_ref (all);
  for (guint i = 0; all != NULL && i < all->n; i++)
    if (all->items[i].number == details->only)
      return gh_members_with (NULL, details->only, all->items[i].compiled);
  return NULL;
}

/* What later subscriptions may want to hear of: after the end of the resource there are none. */
static gboolean
is_retained (const GhWriter *writer, const GhEventDetails *details)
{
  return gh_retained_is_on (writer->retained) && details->only == 0
         && (details->kind == GH_EVENT_UPDATE || details->kind == GH_EVENT_CREATE_CHILD
             || details->kind == GH_EVENT_DELETE_CHILD);
}

/* Who may not hear of an end is found out before it: the policies may end as well. */
static void
write_denied (GhWriter *writer, GhJsonWriter *json, const GhEventDetails *details)
{
  const GhWriterHost *host = &writer->config.host;
  const GhMembers *all = details->subject->subscriptions;
  const GhView view = gh_batch_view (writer);
  if (all == NULL || host->may_be_told == NULL)
    return;
  gh_json_name (json, "not");
  gh_json_begin_list (json);
  for (guint i = 0; i < all->n; i++)
    if (!host->may_be_told (host->data, &view, all->items[i].compiled, details->ends))
      gh_json_integer (json, (gint64) all->items[i].number);
  gh_json_end_list (json);
}

/* @subscriptions: (nullable): those that the row is to hold */
static GhBuffer *
render (GhWriter *writer, const GhEventDetails *details, const GhMembers *subscriptions)
{
  const GhNode *subject = details->subject;
  GhJsonWriter json;
  gh_json_writer_init (&json, details->body_length + 256);
  gh_json_begin_object (&json);
  gh_json_name (&json, "net");
  gh_json_integer (&json, details->kind);
  write_text (&json, "subject", subject->slot->id);
  write_text (&json, "or", details->originator);
  write_text (&json, "own", details->owner);
  gh_json_name (&json, "ty");
  gh_json_integer (&json, details->type);
  gh_json_name (&json, "rep");
  gh_json_raw (&json, details->body, details->body_length);
  if (details->modified != NULL)
    {
      gh_json_name (&json, "mod");
      gh_json_begin_list (&json);
      for (guint i = 0; i < details->modified->n_values; i++)
        {
          const char *name = details->modified->values[i].attribute->short_name;
          gh_json_string (&json, name, strlen (name));
        }
      gh_json_end_list (&json);
    }
  if (details->ends != NULL)
    write_denied (writer, &json, details);
  if (subscriptions != NULL)
    write_subscriptions (writer, &json, subscriptions);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

gboolean
gh_events_add (GhWriter *writer, const GhEventDetails *details, GError **error)
{
  const guint64 subject = details->subject->slot->number;
  const gboolean own_list = details->kind == GH_EVENT_DELETE || details->only != 0;
  const gboolean retained = is_retained (writer, details);
  g_autoptr (GhMembers) subscriptions = told (details);
  if (subscriptions == NULL && !retained)
    return TRUE;
  g_autoptr (GhBuffer) body = render (writer, details, own_list ? subscriptions : NULL);
  if (retained)
    {
      const GhPastEvent past = { .body = body,
                                 .sequence = writer->sequence + 1,
                                 .moment_us = gh_clock_wall_us (writer->config.clock) };
      gh_retained_add (writer->retained, subject, &past);
    }
  return subscriptions == NULL
         || event_put (writer, g_steal_pointer (&body), subscriptions, own_list ? 0 : subject,
                       error);
}

gboolean
gh_effect_retains (const GhWriter *writer)
{
  return gh_retained_is_on (writer->retained);
}

GPtrArray *
gh_effect_retained (GhWriter *writer, const GhNode *node)
{
  return gh_retained_get (writer->retained, node->slot->number);
}

gboolean
gh_effect_repeat (GhWriter *writer, const GhNode *node, guint64 number, const GhValue *event,
                  GError **error)
{
  const GhEventDetails details = { .subject = node, .only = number };
  g_autoptr (GhMembers) subscriptions = told (&details);
  GhJsonWriter json;
  if (subscriptions == NULL)
    return TRUE;
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  for (guint i = 0; i < event->length; i++)
    {
      gh_json_name (&json, event->members[i].name);
      gh_json_value (&json, &event->members[i].value);
    }
  write_subscriptions (writer, &json, subscriptions);
  gh_json_end_object (&json);
  return event_put (writer, gh_json_writer_finish (&json), subscriptions, 0, error);
}

/* An event about a resource with targets of its own, which the row holds. */
static gboolean
put_own (GhWriter *writer, GhEventKind kind, const GhResource *resource, const char *subject,
         GError **error)
{
  g_autoptr (GhBuffer) body = gh_render_resource (resource, NULL);
  GhJsonWriter json;
  gh_json_writer_init (&json, body->length + 128);
  gh_json_begin_object (&json);
  gh_json_name (&json, "net");
  gh_json_integer (&json, kind);
  write_text (&json, "subject", subject);
  write_text (&json, "own", resource->identity.owner);
  gh_json_name (&json, "ty");
  gh_json_integer (&json, resource->type->number);
  gh_json_name (&json, "rep");
  gh_json_raw (&json, body->data, body->length);
  gh_json_end_object (&json);
  return event_put (writer, gh_json_writer_finish (&json), NULL, 0, error);
}

gboolean
gh_events_subscription_ended (GhWriter *writer, const GhResource *subscription, GError **error)
{
  return put_own (writer, GH_EVENT_SUBSCRIPTION_ENDED, subscription,
                  subscription->identity.parent_id, error);
}

gboolean
gh_effect_notify_cross_resource (GhWriter *writer, const GhNode *node, GError **error)
{
  return put_own (writer, GH_EVENT_CROSS_RESOURCE, node->resource, node->slot->id, error);
}

gboolean
gh_effect_notify_result (GhWriter *writer, const GhNode *node, GError **error)
{
  return put_own (writer, GH_EVENT_RESULT, node->resource, node->slot->id, error);
}

gboolean
gh_effect_notify_group (GhWriter *writer, const GhNode *node, const GhValue *notification,
                        const char *address, GError **error)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, "net");
  gh_json_integer (&json, GH_EVENT_GROUP);
  gh_json_name (&json, "subject");
  gh_json_string (&json, node->slot->id, strlen (node->slot->id));
  gh_json_name (&json, "ty");
  gh_json_integer (&json, node->slot->type->number);
  gh_json_name (&json, "nfu");
  gh_json_string (&json, address, strlen (address));
  gh_json_name (&json, "rep");
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:sgn");
  gh_json_value (&json, notification);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return event_put (writer, gh_json_writer_finish (&json), NULL, 0, error);
}

gboolean
gh_effect_notify_ended (GhWriter *writer, const GhResource *resource, GError **error)
{
  return gh_events_subscription_ended (writer, resource, error);
}
