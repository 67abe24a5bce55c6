/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-resource.h"

#include "primitive/gh-json-reader.h"

#include <string.h>

/* The attributes of a <request> that say what was asked (TS-0004 tables 7.3.2.2-2 and 6.3.5.4). */

/* m2m:absRelTimestamp: milliseconds are a number */
static void
put_moment (GhJsonWriter *json, const char *name, const char *text)
{
  if (text == NULL || text[strspn (text, "0123456789")] != '\0')
    gh_json_put_text (json, name, text);
  else
    {
      gh_json_name (json, name);
      gh_json_integer (json, g_ascii_strtoll (text, NULL, 10));
    }
}

static void
put_integer (GhJsonWriter *json, const char *name, gint64 value, gint64 absent)
{
  if (value == absent)
    return;
  gh_json_name (json, name);
  gh_json_integer (json, value);
}

static void
put_time (GhJsonWriter *json, const char *name, gint64 wall_us)
{
  char text[GH_TIMESTAMP_SIZE];
  if (wall_us == 0)
    return;
  gh_timestamp_format (wall_us, text);
  gh_json_put_text (json, name, text);
}

static void
put_attributes (GhJsonWriter *json, const GhFilterCriteria *filter)
{
  if (filter->n_attributes == 0)
    return;
  gh_json_name (json, "atr");
  gh_json_begin_list (json);
  for (guint i = 0; i < filter->n_attributes; i++)
    {
      gh_json_begin_object (json);
      gh_json_put_text (json, "nm", filter->attributes[i].name);
      gh_json_name (json, "val");
      gh_json_value (json, &filter->attributes[i].value);
      gh_json_end_object (json);
    }
  gh_json_end_list (json);
}

static void
put_filter (GhJsonWriter *json, const GhFilterCriteria *filter)
{
  if (!filter->present)
    return;
  gh_json_name (json, "fc");
  gh_json_begin_object (json);
  put_time (json, "crb", filter->created_before_us);
  put_time (json, "cra", filter->created_after_us);
  put_time (json, "ms", filter->modified_since_us);
  put_time (json, "us", filter->unmodified_since_us);
  put_integer (json, "sts", filter->state_tag_smaller, -1);
  put_integer (json, "stb", filter->state_tag_bigger, -1);
  put_time (json, "exb", filter->expire_before_us);
  put_time (json, "exa", filter->expire_after_us);
  gh_json_put_texts (json, "lbl", filter->labels);
  if (filter->resource_types != NULL)
    {
      gh_json_name (json, "ty");
      gh_json_begin_list (json);
      for (const gint *type = filter->resource_types; *type != 0; type++)
        gh_json_integer (json, *type);
      gh_json_end_list (json);
    }
  put_integer (json, "sza", filter->size_above, -1);
  put_integer (json, "szb", filter->size_below, -1);
  gh_json_put_texts (json, "cty", filter->content_types);
  put_attributes (json, filter);
  put_integer (json, "fu", filter->filter_usage, 0);
  put_integer (json, "lim", filter->limit, -1);
  put_integer (json, "fo", filter->filter_operation, 0);
  put_integer (json, "lvl", filter->level, 0);
  put_integer (json, "ofst", filter->offset, 0);
  gh_json_end_object (json);
}

static void
put_response_type (GhJsonWriter *json, const GhRequest *request)
{
  gh_json_name (json, "rt");
  gh_json_begin_object (json);
  put_integer (json, "rtv", request->response_type, 0);
  gh_json_put_texts (json, "nu", request->notification_uris);
  gh_json_end_object (json);
}

/* Tokens and signatures stay with the request that brought them. */
static void
put_meta (GhJsonWriter *json, const GhRequest *request)
{
  gh_json_name (json, "mi");
  gh_json_begin_object (json);
  put_integer (json, "ty", request->resource_type, 0);
  gh_json_put_text (json, "ot", request->originating_timestamp);
  put_moment (json, "rqet", request->request_expiration);
  put_moment (json, "rset", request->result_expiration);
  put_moment (json, "oet", request->execution_time);
  put_response_type (json, request);
  put_moment (json, "rp", request->result_persistence);
  put_integer (json, "rcn", request->result_content, GH_RCN_ABSENT);
  if (request->event_category != NULL)
    put_integer (json, "ec", g_ascii_strtoll (request->event_category, NULL, 10), -1);
  if (request->delivery_aggregation >= 0)
    {
      gh_json_name (json, "da");
      gh_json_boolean (json, request->delivery_aggregation == 1);
    }
  gh_json_put_text (json, "gid", request->group_request_id);
  put_filter (json, &request->filter);
  put_integer (json, "drt", request->desired_identifier_type, 0);
  gh_json_put_texts (json, "rids", request->role_ids);
  gh_json_put_texts (json, "grtm", request->group_targets);
  gh_json_put_text (json, "rvi", request->release_version != NULL ? request->release_version : "1");
  gh_json_put_text (json, "vsi", request->vendor_information);
  gh_json_end_object (json);
}

static void
put_content (GhJsonWriter *json, const GhRequest *request, gsize limit)
{
  if (request->content != NULL && gh_value_measure (request->content) <= limit)
    {
      gh_json_name (json, "pc");
      gh_json_value (json, request->content);
    }
  else if (request->content == NULL && request->body_length > 0 && request->body_length <= limit)
    {
      gh_json_name (json, "pc");
      gh_json_raw (json, request->body, request->body_length);
    }
}

GhBuffer *
gh_request_record_render (const GhJob *job, gsize content_limit)
{
  const GhRequest *request = job->request;
  GhJsonWriter json;
  gh_json_writer_init (&json, 1024);
  gh_json_begin_object (&json);
  gh_json_name (&json, "op");
  gh_json_integer (&json, request->operation);
  gh_json_put_text (&json, "tg", request->to);
  gh_json_put_text (&json, "org", job->originator_text);
  gh_json_put_text (&json, "rid", request->request_identifier);
  put_meta (&json, request);
  put_content (&json, request, content_limit);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

gboolean
gh_request_record_check (const GhBuffer *attributes, GhFault *fault)
{
  const GhType *type = gh_type_by_number (GH_TYPE_REQUEST);
  g_autoptr (GhArena) arena = gh_arena_new (attributes->length * GH_REQUEST_GROWTH
                                            + GH_REQUEST_ROOM);
  GhValue root;
  if (!gh_json_parse (attributes->data, attributes->length, arena, &root, fault))
    return FALSE;
  for (guint32 i = 0; i < root.length; i++)
    if (!gh_value_check (gh_type_attribute (type, root.members[i].name), &root.members[i].value,
                         fault))
      return FALSE;
  return TRUE;
}
