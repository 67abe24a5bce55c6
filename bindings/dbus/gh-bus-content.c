/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-content.h"

#include "primitive/gh-json-reader.h"

#include <math.h>
#include <string.h>

/* Octets of an arena that parse a text of JSON: nodes are larger than their text. */
#define PARSED_FACTOR 32
#define PARSED_LEAST  65536

static gboolean put_value (GVariant *value, guint depth, GhJsonWriter *json, GhFault *fault);

/* What gh_json_name() may be given, and any short name is. */
static gboolean
check_name (const char *name, GhFault *fault)
{
  const gsize length = strlen (name);

  if (length < 1 || length > GH_JSON_MAX_NAME)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "a name has %" G_GSIZE_FORMAT " octets; 1 to %d are expected", length,
                         GH_JSON_MAX_NAME);
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && strchr (":_.-", name[i]) == NULL)
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                           "name %.32s: octet 0x%02x at %u is neither a letter nor a digit", name,
                           (guchar) name[i], (guint) i);
  return TRUE;
}

static gboolean
put_double (double value, GhJsonWriter *json, GhFault *fault)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "a number is not finite");
  g_ascii_dtostr (text, sizeof text, value);
  gh_json_raw (json, text, strlen (text));
  return TRUE;
}

static gboolean
put_unsigned (guint64 value, GhJsonWriter *json)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  gh_json_raw (json, text, strlen (text));
  return TRUE;
}

static gboolean
put_integer (gint64 value, GhJsonWriter *json)
{
  gh_json_integer (json, value);
  return TRUE;
}

static gboolean
put_members (GVariant *value, guint depth, GhJsonWriter *json, GhFault *fault)
{
  gsize n = g_variant_n_children (value);

  gh_json_begin_object (json);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) member = g_variant_get_child_value (entry, 1);
      const char *name = g_variant_get_string (key, NULL);

      if (!check_name (name, fault))
        return FALSE;
      gh_json_name (json, name);
      if (!put_value (member, depth, json, fault))
        return FALSE;
    }
  gh_json_end_object (json);
  return TRUE;
}

static gboolean
put_items (GVariant *value, guint depth, GhJsonWriter *json, GhFault *fault)
{
  gsize n = g_variant_n_children (value);

  gh_json_begin_list (json);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) item = g_variant_get_child_value (value, i);

      if (!put_value (item, depth, json, fault))
        return FALSE;
    }
  gh_json_end_list (json);
  return TRUE;
}

static gboolean
put_array (GVariant *value, guint depth, GhJsonWriter *json, GhFault *fault)
{
  const char *type = g_variant_get_type_string (value);

  if (type[1] != '{')
    return put_items (value, depth, json, fault);
  if (type[2] != 's')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "a dictionary of type %.32s: only strings are names", type);
  return put_members (value, depth, json, fault);
}

static gboolean
put_variant (GVariant *value, guint depth, GhJsonWriter *json, GhFault *fault)
{
  g_autoptr (GVariant) inner = g_variant_get_variant (value);

  return put_value (inner, depth, json, fault);
}

static gboolean
put_text (GVariant *value, GhJsonWriter *json)
{
  gsize length;
  const char *text = g_variant_get_string (value, &length);

  gh_json_string (json, text, length);
  return TRUE;
}

static gboolean
put_value (GVariant *value, guint depth, GhJsonWriter *json, GhFault *fault)
{
  if (depth == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "more than %d values within each other",
                         GH_BUS_MAX_DEPTH);
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      gh_json_boolean (json, g_variant_get_boolean (value));
      return TRUE;
    case G_VARIANT_CLASS_BYTE:
      return put_integer (g_variant_get_byte (value), json);
    case G_VARIANT_CLASS_INT16:
      return put_integer (g_variant_get_int16 (value), json);
    case G_VARIANT_CLASS_UINT16:
      return put_integer (g_variant_get_uint16 (value), json);
    case G_VARIANT_CLASS_INT32:
      return put_integer (g_variant_get_int32 (value), json);
    case G_VARIANT_CLASS_UINT32:
      return put_integer (g_variant_get_uint32 (value), json);
    case G_VARIANT_CLASS_INT64:
      return put_integer (g_variant_get_int64 (value), json);
    case G_VARIANT_CLASS_UINT64:
      return put_unsigned (g_variant_get_uint64 (value), json);
    case G_VARIANT_CLASS_DOUBLE:
      return put_double (g_variant_get_double (value), json, fault);
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return put_text (value, json);
    case G_VARIANT_CLASS_VARIANT:
      return put_variant (value, depth - 1, json, fault);
    case G_VARIANT_CLASS_ARRAY:
      return put_array (value, depth - 1, json, fault);
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "a value of type %.32s has no form in JSON",
                           g_variant_get_type_string (value));
    }
}

static gboolean
check_size (GVariant *value, GhFault *fault)
{
  return g_variant_get_size (value) <= GH_BUS_MAX_CONTENT
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                          "%" G_GSIZE_FORMAT " octets; at most %d are allowed",
                          g_variant_get_size (value), GH_BUS_MAX_CONTENT);
}

gboolean
gh_bus_value_to_json (GVariant *value, GhJsonWriter *json, GhFault *fault)
{
  return check_size (value, fault) && put_value (value, GH_BUS_MAX_DEPTH, json, fault);
}

/* A text of JSON, which has to be one value. */
static gboolean
put_json (GVariant *text, GhJsonWriter *json, GhFault *fault)
{
  gsize length;
  const char *data = g_variant_get_string (text, &length);
  g_autoptr (GhArena) arena = gh_arena_new (length * PARSED_FACTOR + PARSED_LEAST);
  GhValue value;

  if (!check_size (text, fault) || !gh_json_parse (data, length, arena, &value, fault))
    return FALSE;
  gh_json_value (json, &value);
  return TRUE;
}

/* A retrieve of some attributes has their names as its content (TS-0004 8.2.2). */
static gboolean
put_attributes (GVariant *names, GhJsonWriter *json, GhFault *fault)
{
  gh_json_name (json, "pc");
  gh_json_begin_object (json);
  gh_json_name (json, "m2m:atrl");
  if (!gh_bus_value_to_json (names, json, fault))
    return FALSE;
  gh_json_end_object (json);
  return TRUE;
}

static gboolean
put_content (GVariant *content, GhJsonWriter *json, GhFault *fault)
{
  if (content == NULL)
    return TRUE;
  gh_json_name (json, "pc");
  if (g_variant_is_of_type (content, G_VARIANT_TYPE_STRING))
    return put_json (content, json, fault);
  if (g_variant_is_of_type (content, G_VARIANT_TYPE ("a{s*}")))
    return gh_bus_value_to_json (content, json, fault);
  return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "of type %.32s; s or a{sv} is expected",
                       g_variant_get_type_string (content));
}

/* @filter, and what an option says beside it. */
static gboolean
put_filter (const GhBusQuestion *question, GVariant *more, GhJsonWriter *json, GhFault *fault)
{
  GVariant *const both[] = { question->filter, more };

  if (question->filter == NULL && more == NULL)
    return TRUE;
  gh_json_name (json, "fc");
  gh_json_begin_object (json);
  if (question->discovery)
    {
      gh_json_name (json, "fu");
      gh_json_integer (json, 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      const gsize n = both[i] != NULL ? g_variant_n_children (both[i]) : 0;
      if (both[i] != NULL && !check_size (both[i], fault))
        return FALSE;
      for (gsize k = 0; k < n; k++)
        {
          const char *name = NULL;
          g_autoptr (GVariant) value = NULL;
          g_variant_get_child (both[i], k, "{&sv}", &name, &value);
          if (!check_name (name, fault))
            return FALSE;
          gh_json_name (json, name);
          if (!put_value (value, GH_BUS_MAX_DEPTH, json, fault))
            return FALSE;
        }
    }
  gh_json_end_object (json);
  return TRUE;
}

/* Arguments have these, and nothing beside them. */
static gboolean
is_argument (const GhBusQuestion *question, const char *name)
{
  static const char *const taken[] = { "op", "to", "fr", "ty", "pc", "fc", "atrl", NULL };

  return g_strv_contains (taken, name)
         || (question->discovery && (strcmp (name, "rcn") == 0 || strcmp (name, "rt") == 0));
}

static gboolean
put_option (const GhBusQuestion *question, const char *name, GVariant *value, GhJsonWriter *json,
            GhFault *fault)
{
  if (!check_name (name, fault))
    return FALSE;
  if (is_argument (question, name))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: no option here", name);
  if (strcmp (name, "attributes") == 0 && question->operation == GH_OPERATION_RETRIEVE)
    return put_attributes (value, json, fault);
  gh_json_name (json, name);
  return gh_bus_value_to_json (value, json, fault);
}

static gboolean
put_options (const GhBusQuestion *question, GhJsonWriter *json, GhFault *fault)
{
  const gsize n = g_variant_n_children (question->options);
  g_autoptr (GVariant) filter = NULL;
  gboolean has_release = FALSE, has_identifier = FALSE;

  for (gsize i = 0; i < n; i++)
    {
      const char *name = NULL;
      g_autoptr (GVariant) value = NULL;
      g_variant_get_child (question->options, i, "{&sv}", &name, &value);
      has_release |= strcmp (name, "rvi") == 0;
      has_identifier |= strcmp (name, "rqi") == 0;
      if (strcmp (name, "filter") != 0)
        {
          if (!put_option (question, name, value, json, fault))
            return FALSE;
          continue;
        }
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) || filter != NULL)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "filter: one a{sv} is expected");
      filter = g_steal_pointer (&value);
    }
  if (!has_release)
    {
      gh_json_name (json, "rvi");
      gh_json_string (json, "3", 1);
    }
  if (!has_identifier)
    {
      g_autofree char *identifier = g_uuid_string_random ();
      gh_json_name (json, "rqi");
      gh_json_string (json, identifier, strlen (identifier));
    }
  return put_filter (question, filter, json, fault);
}

static gboolean
say_where (const char *argument, GhFault *fault)
{
  const GhFault inner = *fault;

  *fault = (GhFault){ 0 };
  return gh_fault_set (fault, inner.code, "%s: %s", argument, inner.text);
}

static gboolean
put_question (const GhBusQuestion *question, GhJsonWriter *json, GhFault *fault)
{
  gh_json_begin_object (json);
  gh_json_name (json, "op");
  gh_json_integer (json, question->operation);
  gh_json_name (json, "to");
  gh_json_string (json, question->target, strlen (question->target));
  if (question->originator != NULL)
    {
      gh_json_name (json, "fr");
      gh_json_string (json, question->originator, strlen (question->originator));
    }
  if (question->operation == GH_OPERATION_CREATE)
    {
      gh_json_name (json, "ty");
      gh_json_integer (json, question->type);
    }
  if (!put_options (question, json, fault))
    return say_where ("options", fault);
  if (!put_content (question->content, json, fault))
    return say_where ("content", fault);
  gh_json_end_object (json);
  return TRUE;
}

char *
gh_bus_question_to_json (const GhBusQuestion *question, GhFault *fault)
{
  GhJsonWriter json;

  gh_json_writer_init (&json, 512);
  if (!put_question (question, &json, fault))
    {
      gh_json_writer_clear (&json);
      return NULL;
    }
  g_autoptr (GhBuffer) text = gh_json_writer_finish (&json);
  return g_strndup (text->data, text->length);
}
