/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

#include <string.h>

static void
put_integer (GhJsonWriter *writer, const char *name, gint64 value)
{
  gh_json_name (writer, name);
  gh_json_integer (writer, value);
}

static void
put_list (GhJsonWriter *writer, const char *joined, gboolean numbers)
{
  gh_json_begin_list (writer);
  for (;;)
    {
      const gsize length = strcspn (joined, "+");

      if (numbers)
        gh_json_integer (writer, g_ascii_strtoll (joined, NULL, 10));
      else
        gh_json_string (writer, joined, length);
      if (joined[length] == '\0')
        break;
      joined += length + 1;
    }
  gh_json_end_list (writer);
}

static void
put_pair (GhJsonWriter *writer, const char *name, const char *value, GhQueryKind kind)
{
  gh_json_name (writer, name);
  switch (kind)
    {
    case GH_QUERY_NUMBER:
      gh_json_integer (writer, g_ascii_strtoll (value, NULL, 10));
      break;
    case GH_QUERY_BOOLEAN:
      gh_json_boolean (writer, value[0] == 't' || value[0] == '1');
      break;
    case GH_QUERY_TEXTS:
    case GH_QUERY_NUMBERS:
      put_list (writer, value, kind == GH_QUERY_NUMBERS);
      break;
    case GH_QUERY_ATTRIBUTE:
    case GH_QUERY_TEXT:
    default:
      gh_json_string (writer, value, strlen (value));
      break;
    }
}

/* The same name again: what repeatable lists hold stands in one member. */
static gboolean
comes_later (const GhQueryPair *pair)
{
  const char *name = pair->name;

  while ((pair = pair->next) != NULL)
    if (strcmp (pair->name, name) == 0)
      return TRUE;
  return FALSE;
}

static char *
join_all (const GhQueryPair *first, const char *name)
{
  GString *joined = g_string_new (NULL);

  for (; first != NULL; first = first->next)
    if (strcmp (first->name, name) == 0)
      g_string_append_printf (joined, "%s%s", joined->len > 0 ? "+" : "", first->value);
  return g_string_free (joined, FALSE);
}

/* "lbl" is of the resource itself, "c.lbl" of a child, "p.lbl" of the parent. */
static char
prefix_of (const char *name)
{
  return name[1] == '.' ? name[0] : 'a';
}

static void
put_attributes (GhJsonWriter *writer, const GhRequest *request, const char *tag)
{
  gboolean ignored, any = FALSE;

  for (const GhQueryPair *pair = request->query; pair != NULL; pair = pair->next)
    {
      if (gh_request_query_kind (pair->name, &ignored) != GH_QUERY_ATTRIBUTE
          || prefix_of (pair->name) != tag[0])
        continue;
      if (!any)
        {
          gh_json_name (writer, tag);
          gh_json_begin_list (writer);
        }
      any = TRUE;
      gh_json_begin_object (writer);
      gh_json_put_text (writer, "nm", tag[0] == 'a' ? pair->name : pair->name + 2);
      gh_json_put_text (writer, "val", pair->value);
      gh_json_end_object (writer);
    }
  if (any)
    gh_json_end_list (writer);
}

static void
put_pairs (GhJsonWriter *writer, const GhRequest *request, gboolean criteria)
{
  for (const GhQueryPair *pair = request->query; pair != NULL; pair = pair->next)
    {
      gboolean criterion;
      const GhQueryKind kind = gh_request_query_kind (pair->name, &criterion);

      if (criterion != criteria || kind == GH_QUERY_ATTRIBUTE || strcmp (pair->name, "rt") == 0
          || strcmp (pair->name, "atrl") == 0 || comes_later (pair))
        continue;
      g_autofree char *value = join_all (request->query, pair->name);
      put_pair (writer, pair->name, value, kind);
    }
}

/* m2m:responseTypeInfo */
static void
put_response_type (GhJsonWriter *writer, const GhRequest *request)
{
  if (request->response_type == GH_RT_ABSENT)
    return;
  gh_json_name (writer, "rt");
  gh_json_begin_object (writer);
  put_integer (writer, "rtv", request->response_type);
  gh_json_put_texts (writer, "nu", request->notification_uris);
  gh_json_end_object (writer);
}

static void
put_content (GhJsonWriter *writer, const GhRequest *request)
{
  if (request->attribute_list != NULL && request->operation == GH_OPERATION_RETRIEVE)
    {
      gh_json_name (writer, "pc");
      gh_json_begin_object (writer);
      gh_json_put_texts (writer, "m2m:atrl", request->attribute_list);
      gh_json_end_object (writer);
      return;
    }
  if (request->content == NULL && request->body_length == 0)
    return;
  gh_json_name (writer, "pc");
  if (request->content != NULL)
    gh_json_value (writer, request->content);
  else
    gh_json_raw (writer, request->body, request->body_length);
}

GhBuffer *
gh_request_to_json (const GhRequest *request)
{
  GhJsonWriter writer;

  g_return_val_if_fail (request != NULL, NULL);

  gh_json_writer_init (&writer, request->body_length + 512);
  gh_json_begin_object (&writer);
  put_integer (&writer, "op", request->operation);
  gh_json_put_text (&writer, "to", request->to);
  gh_json_put_text (&writer, "fr", request->from);
  gh_json_put_text (&writer, "rqi", request->request_identifier);
  gh_json_put_text (&writer, "rvi", request->release_version);
  if (request->resource_type != 0)
    put_integer (&writer, "ty", request->resource_type);
  gh_json_put_text (&writer, "ot", request->originating_timestamp);
  gh_json_put_text (&writer, "rqet", request->request_expiration);
  gh_json_put_text (&writer, "rset", request->result_expiration);
  gh_json_put_text (&writer, "oet", request->execution_time);
  if (request->event_category != NULL)
    put_integer (&writer, "ec", g_ascii_strtoll (request->event_category, NULL, 10));
  gh_json_put_text (&writer, "gid", request->group_request_id);
  gh_json_put_text (&writer, "vsi", request->vendor_information);
  gh_json_put_texts (&writer, "grtm", request->group_targets);
  gh_json_put_texts (&writer, "aus", request->signatures);
  put_response_type (&writer, request);
  put_pairs (&writer, request, FALSE);
  if (request->filter.present)
    {
      gh_json_name (&writer, "fc");
      gh_json_begin_object (&writer);
      put_pairs (&writer, request, TRUE);
      put_attributes (&writer, request, "atr");
      put_attributes (&writer, request, "catr");
      put_attributes (&writer, request, "patr");
      gh_json_end_object (&writer);
    }
  put_content (&writer, request);
  gh_json_end_object (&writer);
  return gh_json_writer_finish (&writer);
}

GhBuffer *
gh_reason_to_json (const char *reason)
{
  GhJsonWriter writer;

  g_return_val_if_fail (reason != NULL, NULL);

  gh_json_writer_init (&writer, 256);
  gh_json_begin_object (&writer);
  gh_json_put_text (&writer, "m2m:dbg", reason);
  gh_json_end_object (&writer);
  return gh_json_writer_finish (&writer);
}
