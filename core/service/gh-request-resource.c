/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-resource.h"

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-request-promise.h"

#include <string.h>

static gboolean
no_memory (GError **error)
{
  g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "a request does not fit into its memory");
  return FALSE;
}

static gboolean
set_text (GhDraft *draft, GhArena *arena, const char *name, const char *text)
{
  return gh_draft_set (draft, arena, name, gh_value_string (text, strlen (text)));
}

static gboolean
set_time (GhDraft *draft, GhArena *arena, const char *name, gint64 wall_us)
{
  char *text = gh_arena_alloc (arena, GH_TIMESTAMP_SIZE);
  if (text == NULL)
    return FALSE;
  gh_timestamp_format (wall_us, text);
  return set_text (draft, arena, name, text);
}

static gboolean
parse (GhArena *arena, const GhBuffer *json, GhValue *out, GError **error)
{
  GhFault fault = { 0 };
  if (gh_json_parse (json->data, json->length, arena, out, &fault))
    return TRUE;
  gh_fault_propagate (&fault, error);
  return FALSE;
}

/* m2m:operationResult */
static GhBuffer *
render_result (const char *request_identifier, const GhRequestResult *result, const GhValue *meta)
{
  static const char *const echoed[] = { "rset", "ec" };
  GhJsonWriter json;
  gh_json_writer_init (&json, result->length + 256);
  gh_json_begin_object (&json);
  gh_json_name (&json, "rsc");
  gh_json_integer (&json, result->status);
  gh_json_name (&json, "rqi");
  gh_json_string (&json, request_identifier, strlen (request_identifier));
  if (result->body != NULL && result->length > 0)
    {
      gh_json_name (&json, "pc");
      gh_json_raw (&json, result->body, result->length);
    }
  for (gsize i = 0; meta != NULL && i < G_N_ELEMENTS (echoed); i++)
    {
      const GhValue *value = gh_value_member (meta, echoed[i]);
      if (value == NULL)
        continue;
      gh_json_name (&json, echoed[i]);
      gh_json_value (&json, value);
    }
  if (result->content_status != 0)
    {
      gh_json_name (&json, "cnst");
      gh_json_integer (&json, result->content_status);
    }
  if (result->content_status == 1)
    {
      gh_json_name (&json, "cnot");
      gh_json_integer (&json, result->content_offset);
    }
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

static gboolean
set_result (GhDraft *draft, GhArena *arena, GhRequestStatus status, const GhBuffer *result,
            GError **error)
{
  GhValue value;
  return parse (arena, result, &value, error)
         && ((gh_draft_set (draft, arena, "rs", gh_value_integer (status))
              && gh_draft_set (draft, arena, "ors", value))
             || no_memory (error));
}

static gboolean
draft_new (const GhRequestRecord *record, GhArena *arena, GhDraft *draft, GError **error)
{
  static const GhRequestResult accepted = { .status = GH_RSC_ACCEPTED };
  GhValue attributes;
  GhValue *labels = gh_arena_new_array (arena, GhValue, 1);
  if (!parse (arena, record->attributes, &attributes, error))
    return FALSE;
  for (guint32 i = 0; i < attributes.length; i++)
    if (!gh_draft_set (draft, arena, attributes.members[i].name, attributes.members[i].value))
      return no_memory (error);
  if (labels == NULL || !set_time (draft, arena, "et", record->expires_us))
    return no_memory (error);
  labels[0] = gh_value_string (record->originator, strlen (record->originator));
  g_autoptr (GhBuffer) result = render_result (gh_value_text (gh_value_member (&attributes, "rid")),
                                               &accepted, NULL);
  return set_result (draft, arena, record->forwarded ? GH_REQUEST_FORWARDED : GH_REQUEST_PENDING,
                     result, error)
         && (gh_draft_set (draft, arena, "lbl",
                           (GhValue){ .kind = GH_VALUE_LIST, .length = 1, .items = labels })
             || no_memory (error));
}

gboolean
gh_request_resource_make (GhWriter *writer, const GhService *service, const GhRequestRecord *record,
                          char **out_id, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (record->attributes->length * GH_REQUEST_GROWTH
                                            + GH_REQUEST_ROOM);
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_REQUEST) };
  const GhView view = gh_effect_view (writer);
  GhNode root, node;
  if (!gh_view_find (&view, service->root_id, &root))
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "there is no CSEBase");
      return FALSE;
    }
  if (!draft_new (record, arena, &draft, error)
      || !gh_effect_create (writer, &root, &draft, record->originator, &node, error))
    return FALSE;
  *out_id = g_strdup (node.slot->id);
  return TRUE;
}

/* m2m:absRelTimestamp; FALSE: there is none. */
static gboolean
moment_of (const GhValue *value, gint64 base_us, gint64 *out_us)
{
  if (value == NULL)
    return FALSE;
  if (value->kind == GH_VALUE_INTEGER)
    *out_us = value->integer < (GH_NEVER_US - base_us) / 1000 ? base_us + value->integer * 1000
                                                              : GH_NEVER_US;
  else
    *out_us = gh_absrel_timestamp_moment (gh_value_text (value), base_us);
  return TRUE;
}

/* Result Persistence counts from the result on, and ends after the result has expired at the
 * earliest (TS-0001 8.1.2). FALSE: the request did not say. */
static gboolean
persists_until (const GhResource *resource, gint64 now_us, gint64 *out_us)
{
  const GhValue *meta = gh_resource_get (resource, "mi");
  gint64 expires_us;
  if (!moment_of (gh_value_member (meta, "rp"), now_us, out_us))
    return FALSE;
  if (moment_of (gh_value_member (meta, "rset"), resource->identity.creation_us, &expires_us))
    *out_us = MAX (*out_us, expires_us);
  return TRUE;
}

/* Nobody waits for its result, nor knows of the <request>. */
static gboolean
is_unheard (const GhResource *resource)
{
  const GhValue *type = gh_value_member (gh_resource_get (resource, "mi"), "rt");
  const GhValue *value = gh_value_member (type, "rtv");
  return value != NULL && value->integer == GH_RT_NO_RESPONSE;
}

static gboolean
is_told (const GhResource *resource)
{
  const GhValue *type = gh_value_member (gh_resource_get (resource, "mi"), "rt");
  const GhValue *value = gh_value_member (type, "rtv");
  const GhValue *targets = gh_value_member (type, "nu");
  if (value == NULL)
    return FALSE;
  if (value->integer == GH_RT_NON_BLOCKING_ASYNCH)
    return targets == NULL || targets->length > 0;
  return value->integer == GH_RT_FLEX && targets != NULL && targets->length > 0;
}

/* What was refused, here or on the way, has failed. */
static GhRequestStatus
status_of (const GhRequestResult *result)
{
  return result->status / 1000 == 2 ? GH_REQUEST_COMPLETED : GH_REQUEST_FAILED;
}

static gboolean
is_open (const GhNode *node)
{
  const gint64 status = gh_resource_get_integer (node->resource, "rs", 0);
  return node->slot->type->number == GH_TYPE_REQUEST
         && (status == GH_REQUEST_PENDING || status == GH_REQUEST_FORWARDED);
}

gboolean
gh_request_resource_mark (GhWriter *writer, const char *id, GhRequestStatus status, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (GH_REQUEST_ROOM);
  const GhView view = gh_effect_view (writer);
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_REQUEST) };
  GhNode node;
  if (!gh_view_find (&view, id, &node) || !is_open (&node))
    return TRUE;
  return (gh_draft_set (&draft, arena, "rs", gh_value_integer (status)) || no_memory (error))
         && gh_effect_update (writer, &node, &draft, NULL, error);
}

gboolean
gh_request_resource_finish (GhWriter *writer, const GhService *service, const char *id,
                            const GhRequestResult *result, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (result->length * GH_REQUEST_GROWTH + GH_REQUEST_ROOM);
  const GhView view = gh_effect_view (writer);
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_REQUEST) };
  GhNode node;
  gint64 until_us;
  if (!gh_view_find (&view, id, &node) || !is_open (&node))
    return TRUE;
  if (is_unheard (node.resource))
    return gh_request_promise_keep (writer, id, NULL, error)
           && gh_effect_delete (writer, &node, NULL, error);
  const char *request_identifier = gh_resource_get_text (node.resource, "rid");
  g_autoptr (GhBuffer) rendered = render_result (request_identifier, result,
                                                 gh_resource_get (node.resource, "mi"));
  if (!set_result (&draft, arena, status_of (result), rendered, error))
    return FALSE;
  if (persists_until (node.resource, gh_clock_wall_us (service->clock), &until_us)
      && until_us != GH_NEVER_US && !set_time (&draft, arena, "et", until_us))
    return no_memory (error);
  const gboolean told = is_told (node.resource);
  if (!gh_effect_update (writer, &node, &draft, NULL, error)
      || !gh_request_promise_keep (writer, id, NULL, error))
    return FALSE;
  return !told || !gh_view_find (&view, id, &node)
         || gh_effect_notify_result (writer, &node, error);
}

GhBuffer *
gh_request_result_render (const GhValue *attributes)
{
  const GhValue *result = gh_value_member (attributes, "ors");
  const char *release = gh_value_text (gh_value_member (gh_value_member (attributes, "mi"), "rvi"));
  GhJsonWriter json;
  if (result == NULL || result->kind != GH_VALUE_OBJECT)
    return NULL;
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:rsp");
  gh_json_begin_object (&json);
  for (guint32 i = 0; i < result->length; i++)
    {
      gh_json_name (&json, result->members[i].name);
      gh_json_value (&json, &result->members[i].value);
    }
  /* a response primitive has it, but for Release 1; a m2m:operationResult has not */
  gh_json_put_text (&json, "rvi", g_strcmp0 (release, "1") != 0 ? release : NULL);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

GhValue
gh_request_result_targets (const GhValue *attributes, GhValue *own)
{
  const GhValue *type = gh_value_member (gh_value_member (attributes, "mi"), "rt");
  const GhValue *list = gh_value_member (type, "nu");
  const GhValue *originator = gh_value_member (attributes, "org");
  if (list != NULL)
    return *list;
  *own = originator != NULL ? *originator : (GhValue){ .kind = GH_VALUE_NONE };
  return (GhValue){ .kind = GH_VALUE_LIST, .length = originator != NULL ? 1 : 0, .items = own };
}
