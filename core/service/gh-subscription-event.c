/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-clock.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-subscription-private.h"

#include <string.h>

/* The attributes inside {"m2m:cnt":{...}}. */
static const GhValue *
attributes_of (const GhEventFacts *facts)
{
  const GhValue *representation = facts->representation;

  if (representation == NULL || representation->kind != GH_VALUE_OBJECT
      || representation->length != 1 || representation->members[0].value.kind != GH_VALUE_OBJECT)
    return NULL;
  return &representation->members[0].value;
}

/* A name that can be written as it is. */
static gboolean
is_name (const char *text)
{
  if (text == NULL || *text == '\0' || strlen (text) > GH_JSON_MAX_NAME)
    return FALSE;
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isalnum (*text) && strchr (":_-.", *text) == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
are_names (const GhValue *list)
{
  if (list != NULL && list->kind != GH_VALUE_LIST)
    return FALSE;
  for (guint i = 0; list != NULL && i < list->length; i++)
    {
      if (!is_name (gh_value_text (&list->items[i])))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_served (gint64 type)
{
  return (type >= GH_NET_UPDATE && type <= GH_NET_NO_CHILD) || type == GH_NET_MISSING_DATA
         || type == GH_NET_OPERATION;
}

gboolean
gh_event_facts_from_value (const GhValue *event, GhEventFacts *out, GhFault *fault)
{
  const GhValue *net = gh_value_member (event, "net");
  const GhValue *type = gh_value_member (event, "ty");

  memset (out, 0, sizeof *out);
  if (net == NULL || net->kind != GH_VALUE_INTEGER || !is_served (net->integer) || type == NULL
      || type->kind != GH_VALUE_INTEGER)
    return gh_fault_set (fault, GH_ERROR_STORE, "a stored event has no type that is known");
  out->type = (gint) net->integer;
  out->resource_type = (gint) type->integer;
  out->representation = gh_value_member (event, "rep");
  out->modified = gh_value_member (event, "mod");
  out->originator = gh_value_text (gh_value_member (event, "or"));
  out->owner = gh_value_text (gh_value_member (event, "own"));
  if (attributes_of (out) == NULL || !is_name (out->representation->members[0].name)
      || !are_names (out->modified))
    return gh_fault_set (fault, GH_ERROR_STORE, "a stored event has no representation");
  return TRUE;
}

/* What the CSE itself changes with every update. */
static gboolean
is_changed_by_cse (const char *name)
{
  return strcmp (name, "lt") == 0 || strcmp (name, "st") == 0;
}

static gboolean
is_modified (const GhEventFacts *facts, const char *name)
{
  const GhValue *list = facts->modified;

  for (guint i = 0; list != NULL && list->kind == GH_VALUE_LIST && i < list->length; i++)
    {
      if (g_strcmp0 (gh_value_text (&list->items[i]), name) == 0)
        return TRUE;
    }
  return is_changed_by_cse (name) && gh_value_member (attributes_of (facts), name) != NULL;
}

static gboolean
any_attribute_modified (const GhSubscription *subscription, const GhEventFacts *facts)
{
  for (guint i = 0; i < subscription->attributes->len; i++)
    {
      if (is_modified (facts, g_ptr_array_index (subscription->attributes, i)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
child_type_listed (const GhSubscription *subscription, gint type)
{
  for (guint i = 0; i < subscription->child_types->len; i++)
    {
      if (g_array_index (subscription->child_types, gint, i) == type)
        return TRUE;
    }
  return FALSE;
}

static gboolean
condition_holds (const GhCondition *condition, const GhValue *attributes)
{
  const GhValue *attribute = gh_value_member (attributes, condition->tag->attribute);
  gint64 value;

  if (attribute == NULL)
    return FALSE;
  if (condition->tag->is_time)
    {
      if (attribute->kind != GH_VALUE_STRING
          || !gh_timestamp_parse (attribute->text, attribute->length, &value))
        return FALSE;
    }
  else if (attribute->kind == GH_VALUE_INTEGER)
    value = attribute->integer;
  else
    return FALSE;
  switch (condition->tag->test)
    {
    case GH_TEST_BELOW:
      return value < condition->value;
    case GH_TEST_ABOVE:
      return value > condition->value;
    case GH_TEST_AT_LEAST:
      return value >= condition->value;
    }
  return FALSE;
}

static gboolean
conditions_hold (const GhSubscription *subscription, const GhValue *attributes)
{
  gboolean any = subscription->any_condition;

  for (guint i = 0; i < subscription->n_conditions; i++)
    {
      if (condition_holds (&subscription->conditions[i], attributes) == any)
        return any;
    }
  return !any || subscription->n_conditions == 0;
}

gboolean
gh_subscription_matches (const GhSubscription *subscription, const GhEventFacts *facts)
{
  const GhValue *attributes = attributes_of (facts);
  gboolean of_child = facts->type == GH_NET_CREATE_CHILD || facts->type == GH_NET_DELETE_CHILD;

  if (attributes == NULL || !is_served (facts->type)
      || (subscription->events & 1u << facts->type) == 0)
    return FALSE;
  if (of_child && subscription->child_types != NULL
      && !child_type_listed (subscription, facts->resource_type))
    return FALSE;
  if (facts->type == GH_NET_UPDATE && subscription->attributes != NULL
      && !any_attribute_modified (subscription, facts))
    return FALSE;
  /* what is told of missing data has none of the attributes that conditions ask for */
  return facts->type == GH_NET_MISSING_DATA || facts->type == GH_NET_OPERATION
         || conditions_hold (subscription, attributes);
}

static void
write_text (GhJsonWriter *json, const char *name, const char *text)
{
  gh_json_name (json, name);
  gh_json_string (json, text, strlen (text));
}

static void
begin_notification (GhJsonWriter *json, gsize size_hint)
{
  gh_json_writer_init (json, size_hint);
  gh_json_begin_object (json);
  gh_json_name (json, "m2m:sgn");
  gh_json_begin_object (json);
}

static GhBuffer *
end_notification (GhJsonWriter *json, const char *subscription_address, const char *creator)
{
  write_text (json, "sur", subscription_address);
  if (creator != NULL)
    write_text (json, "cr", creator);
  gh_json_end_object (json);
  gh_json_end_object (json);
  return gh_json_writer_finish (json);
}

/* What the request deleted: null. */
static void
write_deleted (GhJsonWriter *json, const GhValue *attributes, const GhValue *modified)
{
  for (guint i = 0; i < modified->length; i++)
    {
      const char *name = gh_value_text (&modified->items[i]);
      gboolean written = FALSE;

      for (guint j = 0; j < i; j++)
        written = written || g_strcmp0 (gh_value_text (&modified->items[j]), name) == 0;
      if (name == NULL || written || gh_value_member (attributes, name) != NULL)
        continue;
      gh_json_name (json, name);
      gh_json_null (json);
    }
}

static void
write_modified (GhJsonWriter *json, const GhEventFacts *facts)
{
  const GhValue *attributes = attributes_of (facts);

  gh_json_begin_object (json);
  gh_json_name (json, facts->representation->members[0].name);
  gh_json_begin_object (json);
  for (guint i = 0; i < attributes->length; i++)
    {
      if (!is_modified (facts, attributes->members[i].name))
        continue;
      gh_json_name (json, attributes->members[i].name);
      gh_json_value (json, &attributes->members[i].value);
    }
  if (facts->modified != NULL && facts->modified->kind == GH_VALUE_LIST)
    write_deleted (json, attributes, facts->modified);
  gh_json_end_object (json);
  gh_json_end_object (json);
}

static void
write_address (GhJsonWriter *json, const GhEventFacts *facts, const char *address)
{
  const char *id = gh_value_text (gh_value_member (attributes_of (facts), "ri"));

  gh_json_begin_object (json);
  write_text (json, "m2m:uri", address != NULL ? address : id != NULL ? id : "");
  gh_json_end_object (json);
}

/* Which operation of whom; net only where it has a value for the operation. */
static void
write_monitored (GhJsonWriter *json, const GhEventFacts *facts)
{
  static const gint events[] = { 0, GH_NET_CREATE_CHILD, 0, GH_NET_UPDATE, GH_NET_DELETE, 0 };
  const GhValue *seen = attributes_of (facts);
  const GhValue *operation = gh_value_member (seen, "op");
  const gint64 number = operation != NULL && operation->kind == GH_VALUE_INTEGER
                            && operation->integer > 0
                            && operation->integer < (gint64) G_N_ELEMENTS (events)
                          ? operation->integer
                          : 0;
  gh_json_name (json, "om");
  gh_json_value (json, seen);
  if (events[number] == 0)
    return;
  gh_json_name (json, "net");
  gh_json_integer (json, events[number]);
}

static void
write_event (GhJsonWriter *json, const GhSubscription *subscription, const GhEventFacts *facts,
             const GhNotificationAddresses *addresses)
{
  gh_json_name (json, "rep");
  switch (subscription->content_type)
    {
    case GH_NCT_MODIFIED_ATTRIBUTES:
      write_modified (json, facts);
      break;
    case GH_NCT_RESOURCE_ID:
      write_address (json, facts, addresses->resource);
      break;
    case GH_NCT_ALL_ATTRIBUTES:
    case GH_NCT_TIME_SERIES:
      gh_json_value (json, facts->representation);
      break;
    }
  gh_json_name (json, "net");
  gh_json_integer (json, facts->type);
}

GhBuffer *
gh_notification_render (const GhSubscription *subscription, const GhEventFacts *facts,
                        const GhNotificationAddresses *addresses)
{
  GhJsonWriter json;

  begin_notification (&json, 512);
  gh_json_name (&json, "nev");
  gh_json_begin_object (&json);
  if (facts->type == GH_NET_OPERATION)
    write_monitored (&json, facts);
  else
    write_event (&json, subscription, facts, addresses);
  gh_json_end_object (&json);
  if (subscription->forwarding != NULL)
    write_text (&json, "nfu", subscription->forwarding);
  return end_notification (&json, addresses->subscription, subscription->creator);
}

GhBuffer *
gh_notification_render_batch (GhBuffer *const *notifications, guint n)
{
  static const char before[] = "{\"m2m:sgn\":";
  GhJsonWriter json;
  gsize size = 64;

  for (guint i = 0; i < n; i++)
    size += notifications[i]->length;
  gh_json_writer_init (&json, size);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:agn");
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:sgn");
  gh_json_begin_list (&json);
  for (guint i = 0; i < n; i++)
    gh_json_raw (&json, notifications[i]->data + sizeof before - 1,
                 notifications[i]->length - sizeof before);
  gh_json_end_list (&json);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

GhBuffer *
gh_notification_render_blocking (const GhSubscription *subscription, const GhValue *content,
                                 const char *subscription_address)
{
  GhJsonWriter json;

  begin_notification (&json, 512);
  gh_json_name (&json, "nev");
  gh_json_begin_object (&json);
  gh_json_name (&json, "rep");
  gh_json_value (&json, content);
  gh_json_name (&json, "net");
  gh_json_integer (&json, GH_NET_BLOCKING_UPDATE);
  gh_json_end_object (&json);
  return end_notification (&json, subscription_address, subscription->creator);
}

GhBuffer *
gh_notification_render_verification (const char *subscription_address, const char *creator,
                                     const char *forwarding)
{
  GhJsonWriter json;

  begin_notification (&json, 128);
  gh_json_name (&json, "vrq");
  gh_json_boolean (&json, TRUE);
  if (forwarding != NULL)
    write_text (&json, "nfu", forwarding);
  return end_notification (&json, subscription_address, creator);
}

GhBuffer *
gh_notification_render_reference (const char *subscription_address)
{
  GhJsonWriter json;

  begin_notification (&json, 128);
  return end_notification (&json, subscription_address, NULL);
}

GhBuffer *
gh_notification_render_deletion (const char *subscription_address)
{
  GhJsonWriter json;

  begin_notification (&json, 128);
  gh_json_name (&json, "sud");
  gh_json_boolean (&json, TRUE);
  return end_notification (&json, subscription_address, NULL);
}
