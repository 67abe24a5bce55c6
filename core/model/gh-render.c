/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/gh-resource.h"

#include "base/gh-clock.h"
#include "model/gh-syntax.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

static void
write_text (GhJsonWriter *writer, const char *name, const char *text)
{
  gh_json_name (writer, name);
  gh_json_string (writer, text != NULL ? text : "", text != NULL ? strlen (text) : 0);
}

static void
write_time (GhJsonWriter *writer, const char *name, gint64 wall_us)
{
  char text[GH_TIMESTAMP_SIZE];

  gh_timestamp_format (wall_us, text);
  write_text (writer, name, text);
}

/* The attributes that stand in the identity. The parent of the CSEBase is the empty string. */
static void
write_identity (GhJsonWriter *writer, const GhAttribute *row, const GhResource *resource)
{
  const GhIdentity *identity = &resource->identity;

  switch (row->id)
    {
    case GH_ATTRIBUTE_TY:
      gh_json_name (writer, row->short_name);
      gh_json_integer (writer, resource->type->number);
      break;
    case GH_ATTRIBUTE_RI:
      write_text (writer, row->short_name, identity->resource_id);
      break;
    case GH_ATTRIBUTE_PI:
      write_text (writer, row->short_name, identity->parent_id);
      break;
    case GH_ATTRIBUTE_RN:
      write_text (writer, row->short_name, identity->name);
      break;
    case GH_ATTRIBUTE_CT:
      write_time (writer, row->short_name, identity->creation_us);
      break;
    case GH_ATTRIBUTE_LT:
      write_time (writer, row->short_name, identity->modified_us);
      break;
    default:
      if (identity->expiration_us != GH_NEVER_US)
        write_time (writer, row->short_name, identity->expiration_us);
      break;
    }
}

static void
write_counter (GhJsonWriter *writer, const GhAttribute *row, const GhCounters *counters)
{
  const guint64 value = row->id == GH_ATTRIBUTE_ST    ? counters->state_tag
                        : row->id == GH_ATTRIBUTE_CNI ? counters->count
                                                      : counters->bytes;

  gh_json_name (writer, row->short_name);
  gh_json_integer (writer, (gint64) MIN (value, G_MAXINT64));
}

/* The rows to write, as bits. */
static guint64
wanted_rows (const GhRendering *rendering)
{
  const GhType *type = rendering->resource->type;
  guint64 wanted = 0;

  if (rendering->names == NULL)
    wanted = ~G_GUINT64_CONSTANT (0);
  for (const char *const *name = rendering->names; name != NULL && *name != NULL; name++)
    {
      const GhAttribute *row = gh_type_attribute (type, *name);

      if (row != NULL)
        wanted |= G_GUINT64_CONSTANT (1) << (row - type->attributes);
    }
  if (rendering->with_universal)
    wanted |= type->identity_rows;
  else if (rendering->names == NULL)
    wanted &= ~type->identity_rows;
  return wanted;
}

void
gh_render_members (GhJsonWriter *writer, const GhRendering *rendering)
{
  const GhResource *resource = rendering->resource;
  const GhType *type = resource->type;
  const guint64 wanted = wanted_rows (rendering);
  const gint newest = rendering->release > 0 ? rendering->release : GH_RELEASE_NEWEST;
  const gboolean has_counters = rendering->counters != NULL && rendering->counters->has_counters;
  guint next = 0;

  for (guint i = 0; i < type->n_attributes; i++)
    {
      const GhAttribute *row = &type->attributes[i];
      const guint64 bit = G_GUINT64_CONSTANT (1) << i;
      const GhValue *value = NULL;

      if (next < resource->n_values && resource->values[next].attribute == row)
        value = &resource->values[next++].value;
      if ((wanted & bit) == 0 || row->release > newest)
        continue;
      if ((type->identity_rows & bit) != 0)
        write_identity (writer, row, resource);
      else if ((type->counter_rows & bit) != 0 && has_counters)
        write_counter (writer, row, rendering->counters);
      else if (value != NULL)
        {
          gh_json_name (writer, row->short_name);
          gh_json_value (writer, value);
        }
    }
}

GhBuffer *
gh_render_resource (const GhResource *resource, const GhCounters *counters)
{
  const GhRendering rendering = { .resource = resource, .counters = counters,
                                  .with_universal = TRUE };
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 512);
  gh_json_begin_object (&writer);
  gh_json_name (&writer, resource->type->root_name);
  gh_json_begin_object (&writer);
  gh_render_members (&writer, &rendering);
  gh_json_end_object (&writer);
  gh_json_end_object (&writer);
  return gh_json_writer_finish (&writer);
}

guint64
gh_value_octets (const GhValue *value)
{
  GhJsonWriter json;

  if (value == NULL || value->kind == GH_VALUE_NONE || value->kind == GH_VALUE_NULL)
    return 0;
  if (value->kind == GH_VALUE_STRING)
    return value->length;
  gh_json_writer_init (&json, 256);
  gh_json_value (&json, value);
  const guint64 size = json.length;
  gh_json_writer_clear (&json);
  return size;
}

/* Completes @identity from one of its attributes, where the caller did not say it. */
static gboolean
read_identity (const GhType *type, const GhAttribute *row, const GhValue *value,
               GhIdentity *identity, GhFault *fault)
{
  const char **texts[] = { &identity->resource_id, &identity->parent_id, &identity->name };
  gint64 *const times[] = { &identity->creation_us, &identity->modified_us,
                            &identity->expiration_us };
  const guint text = row->id == GH_ATTRIBUTE_RI ? 0 : row->id == GH_ATTRIBUTE_PI ? 1 : 2;
  const guint time = row->id == GH_ATTRIBUTE_CT ? 0 : row->id == GH_ATTRIBUTE_LT ? 1 : 2;
  gint64 wall_us;

  if (row->data == GH_DATA_ENUM)
    return value->integer == type->number
           || gh_fault_set (fault, GH_ERROR_STORE, "ty: expected %d, found %" G_GINT64_FORMAT,
                            type->number, value->integer);
  if (row->data != GH_DATA_TIMESTAMP)
    {
      if (*texts[text] == NULL)
        *texts[text] = value->text;
      return TRUE;
    }
  if (!gh_timestamp_parse (value->text, value->length, &wall_us))
    return gh_fault_set (fault, GH_ERROR_STORE, "%s: no timestamp", row->short_name);
  if (*times[time] == 0)
    *times[time] = wall_us;
  return TRUE;
}

/* What the CSE sets may be empty: the parent of the CSEBase, a creator whom nobody named. */
static gboolean
check_stored (const GhAttribute *row, const GhValue *value, GhFault *fault)
{
  const gboolean ours = row->create == GH_PRESENCE_NP || row->fill;

  if (ours && !row->list && row->data == GH_DATA_ID && value->kind == GH_VALUE_STRING
      && value->length == 0)
    return TRUE;
  return gh_value_check (row, value, fault);
}

static gboolean
read_members (const GhType *type, const GhValue *root, GhIdentity *identity,
              GhAttributeValue values[GH_TYPE_MAX_ATTRIBUTES], GhFault *fault)
{
  char quoted[GH_QUOTE_SIZE];

  for (guint i = 0; i < root->length; i++)
    {
      const GhMember *member = &root->members[i];
      const GhAttribute *row = gh_type_attribute (type, member->name);
      const gsize at = row != NULL ? (gsize) (row - type->attributes) : 0;

      if (row == NULL)
        return gh_fault_set (fault, GH_ERROR_STORE, "%s: not an attribute of %s",
                             gh_syntax_quote (member->name, quoted), type->long_name);
      if (!check_stored (row, &member->value, fault))
        return FALSE;
      if ((type->identity_rows & G_GUINT64_CONSTANT (1) << at) == 0)
        values[at].value = member->value;
      else if (!read_identity (type, row, &member->value, identity, fault))
        return FALSE;
    }
  return TRUE;
}

GhResource *
gh_resource_from_json (const GhIdentity *identity, const GhType *type, const char *json,
                       gsize length, GhFault *fault)
{
  /* The nodes of a value take many times the octets of the shortest text ("[[],[]]"). */
  g_autoptr (GhArena) arena = gh_arena_new (65536 + 128 * length);
  GhAttributeValue values[GH_TYPE_MAX_ATTRIBUTES] = { 0 };
  GhIdentity whole = *identity;
  GhFault inner = { 0 };
  const GhValue *root;
  GhValue content;

  for (guint i = 0; i < type->n_attributes; i++)
    values[i].attribute = &type->attributes[i];
  if (gh_json_parse (json, length, arena, &content, &inner))
    {
      root = gh_value_member (&content, type->root_name);
      if (root == NULL || root->kind != GH_VALUE_OBJECT || content.length != 1)
        gh_fault_set (&inner, GH_ERROR_STORE, "expected one object %s", type->root_name);
      else if (read_members (type, root, &whole, values, &inner))
        {
          if (whole.expiration_us == 0)
            whole.expiration_us = GH_NEVER_US;
          return gh_resource_new (type, &whole, values, type->n_attributes);
        }
    }
  /* Whatever it was, no client is to blame for what the store kept. */
  gh_fault_set (fault, GH_ERROR_STORE, "stored %s: %s", type->long_name, inner.text);
  return NULL;
}
