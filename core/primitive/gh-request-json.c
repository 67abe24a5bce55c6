/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include "base/gh-clock.h"

#include <string.h>

/* A value takes at most this many octets of memory for each octet of its text ("[[],[]..." takes
 * most). */
#define GROWTH         12
#define SMALLEST_ARENA 65536

typedef gboolean (*SetFunc) (GhRequest *request, const GhValue *value, GhFault *fault);

typedef enum {
  KIND_TEXT,
  KIND_TIME,     /* m2m:timestamp */
  KIND_ABSREL,   /* m2m:absRelTimestamp, also as a number */
  KIND_CATEGORY, /* a number that is kept as text */
  KIND_ENUM,     /* gint, 1..maximum */
  KIND_FUNC,
} Kind;

typedef struct {
  const char *name;
  Kind kind;
  guint16 offset;
  gint maximum; /* of ENUM */
  SetFunc set;  /* of FUNC */
} Row;

static gboolean set_content (GhRequest *request, const GhValue *value, GhFault *fault);
static gboolean set_filter (GhRequest *request, const GhValue *value, GhFault *fault);
static gboolean set_response_type (GhRequest *request, const GhValue *value, GhFault *fault);
static gboolean set_signatures (GhRequest *request, const GhValue *value, GhFault *fault);
static gboolean set_group_targets (GhRequest *request, const GhValue *value, GhFault *fault);

#define AT(member) ((guint16) offsetof (GhRequest, member))

/* TS-0004 8.2.2. What is not here stands in the table of the query parameters. */
static const Row rows[] = {
  { "to", KIND_TEXT, AT (to), 0, NULL },
  { "fr", KIND_TEXT, AT (from), 0, NULL },
  { "op", KIND_ENUM, AT (operation), GH_OPERATION_NOTIFY, NULL },
  { "rqi", KIND_TEXT, AT (request_identifier), 0, NULL },
  { "rvi", KIND_TEXT, AT (release_version), 0, NULL },
  { "ty", KIND_ENUM, AT (resource_type), G_MAXUINT16, NULL },
  { "pc", KIND_FUNC, 0, 0, set_content },
  { "fc", KIND_FUNC, 0, 0, set_filter },
  { "rt", KIND_FUNC, 0, 0, set_response_type },
  { "ot", KIND_TIME, AT (originating_timestamp), 0, NULL },
  { "rqet", KIND_ABSREL, AT (request_expiration), 0, NULL },
  { "rset", KIND_ABSREL, AT (result_expiration), 0, NULL },
  { "oet", KIND_ABSREL, AT (execution_time), 0, NULL },
  { "ec", KIND_CATEGORY, AT (event_category), 0, NULL },
  { "gid", KIND_TEXT, AT (group_request_id), 0, NULL },
  { "vsi", KIND_TEXT, AT (vendor_information), 0, NULL },
  { "grtm", KIND_FUNC, 0, 0, set_group_targets },
  { "aus", KIND_FUNC, 0, 0, set_signatures },
};

G_STATIC_ASSERT (sizeof (GhOperation) == sizeof (gint));

static gboolean
set_content (GhRequest *request, const GhValue *value, GhFault *fault)
{
  if (value->kind == GH_VALUE_NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "pc: null is no content");
  request->content = value;
  return TRUE;
}

static gboolean
set_filter (GhRequest *request, const GhValue *value, GhFault *fault)
{
  if (value->kind != GH_VALUE_OBJECT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "fc: not an object");
  request->filter.present = TRUE;
  for (guint32 i = 0; i < value->length; i++)
    {
      if (!gh_request_set_member (request, &value->members[i], TRUE, fault))
        return FALSE;
    }
  return TRUE;
}

/* A list of strings as a vector. */
static gboolean
set_texts (GhRequest *request, const char *name, const GhValue *list, const char *const **out,
           GhFault *fault)
{
  const char **texts;

  if (list->kind != GH_VALUE_LIST || list->length > GH_REQUEST_MAX_LIST)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not a list of at most %d strings", name,
                         GH_REQUEST_MAX_LIST);
  texts = gh_arena_new_array (request->arena, const char *, list->length + 1);
  if (texts == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                         "%s: the request needs more memory than a message may have", name);
  for (guint32 i = 0; i < list->length; i++)
    {
      texts[i] = gh_value_text (&list->items[i]);
      if (texts[i] == NULL || *texts[i] == '\0')
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                             "%s: entry %u of the list is not a string", name, i + 1);
    }
  *out = texts;
  return TRUE;
}

/* m2m:responseTypeInfo (6.3.5.30) */
static gboolean
set_response_type (GhRequest *request, const GhValue *value, GhFault *fault)
{
  const GhValue *type = gh_value_member (value, "rtv");
  const GhValue *uris = gh_value_member (value, "nu");

  if (type == NULL || type->kind != GH_VALUE_INTEGER || value->length != 1u + (uris != NULL))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rt: not an object of the number rtv and perhaps the list nu");
  if (type->integer < GH_RT_NON_BLOCKING_SYNCH || type->integer > GH_RT_NO_RESPONSE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rt: rtv %" G_GINT64_FORMAT " is outside %d..%d", type->integer,
                         GH_RT_NON_BLOCKING_SYNCH, GH_RT_NO_RESPONSE);
  request->response_type = (gint) type->integer;
  return uris == NULL || set_texts (request, "nu", uris, &request->notification_uris, fault);
}

static gboolean
set_signatures (GhRequest *request, const GhValue *value, GhFault *fault)
{
  return set_texts (request, "aus", value, &request->signatures, fault);
}

static gboolean
set_group_targets (GhRequest *request, const GhValue *value, GhFault *fault)
{
  return set_texts (request, "grtm", value, &request->group_targets, fault);
}

static gboolean
set_number (const Row *row, const GhValue *value, gint *out, GhFault *fault)
{
  if (value->kind != GH_VALUE_INTEGER)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not a whole number", row->name);
  if (value->integer < 1 || value->integer > row->maximum)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: %" G_GINT64_FORMAT " is outside 1..%d",
                         row->name, value->integer, row->maximum);
  *out = (gint) value->integer;
  return TRUE;
}

static gboolean
set_text (GhRequest *request, const Row *row, const GhValue *value, const char **out,
          GhFault *fault)
{
  const gboolean number = value->kind == GH_VALUE_INTEGER
                          && (row->kind == KIND_ABSREL || row->kind == KIND_CATEGORY);
  const char *text = number ? gh_arena_printf (request->arena, "%" G_GINT64_FORMAT, value->integer)
                            : gh_value_text (value);
  gint64 time_us;

  if (number && text == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                         "%s: the request needs more memory than a message may have", row->name);
  if (text == NULL || (row->kind == KIND_CATEGORY && !number))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not a %s", row->name,
                         row->kind == KIND_CATEGORY ? "number" : "string");
  if (strlen (text) > GH_REQUEST_MAX_TEXT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: longer than %d octets", row->name,
                         GH_REQUEST_MAX_TEXT);
  if (row->kind == KIND_TIME && !gh_timestamp_parse (text, strlen (text), &time_us))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: \"%.40s\" is not a time like 20240229T120000", row->name, text);
  if (row->kind == KIND_ABSREL && !gh_absrel_timestamp_is_valid (text))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: \"%.40s\" is neither a time nor milliseconds", row->name, text);
  *out = text;
  return TRUE;
}

static gboolean
set_row (GhRequest *request, const Row *row, const GhValue *value, GhFault *fault)
{
  gpointer at = (char *) request + row->offset;

  switch (row->kind)
    {
    case KIND_TEXT:
    case KIND_TIME:
    case KIND_ABSREL:
    case KIND_CATEGORY:
      return set_text (request, row, value, at, fault);
    case KIND_ENUM:
      return set_number (row, value, at, fault);
    case KIND_FUNC:
      return row->set (request, value, fault);
    }
  return FALSE;
}

static gboolean
set_parameter (GhRequest *request, const GhMember *member, GhFault *fault)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (strcmp (member->name, rows[i].name) == 0)
        return set_row (request, &rows[i], &member->value, fault);
    }
  /* The attribute list is content here, not a parameter. */
  if (strcmp (member->name, "atrl") == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "atrl: belongs into pc");
  return gh_request_set_member (request, member, FALSE, fault);
}

/* What one parameter says about another. */
static gboolean
finish (GhRequest *request, GhFault *fault)
{
  const GhValue *list;

  if (request->operation == GH_OPERATION_NONE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "op: missing");
  if (request->to == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "to: missing");
  if (request->resource_type != 0 && request->operation != GH_OPERATION_CREATE)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "ty: only a CREATE has it, not a %s",
                         gh_operation_name (request->operation));
  /* m2m:attributeList as the content of a partial retrieve (TS-0004 table 6.3.3-1) */
  list = gh_value_member (request->content, "m2m:atrl");
  if (list == NULL)
    list = gh_value_member (request->content, "atrl");
  if (request->operation != GH_OPERATION_RETRIEVE || list == NULL)
    return TRUE;
  return set_texts (request, "atrl", list, &request->attribute_list, fault);
}

static gboolean
read_request (GhRequest *request, const char *json, gsize length, GhFault *fault)
{
  GhValue *root = gh_arena_alloc (request->arena, sizeof *root);
  const GhValue *primitive = root;

  if (root == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                         "JSON: the text needs more memory than a message may have");
  if (!gh_json_parse (json, length, request->arena, root, fault))
    return FALSE;
  if (root->kind == GH_VALUE_OBJECT && root->length == 1
      && strcmp (root->members[0].name, "m2m:rqp") == 0)
    primitive = &root->members[0].value;
  if (primitive->kind != GH_VALUE_OBJECT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "octet 0: a request primitive is an object");
  for (guint32 i = 0; i < primitive->length; i++)
    {
      if (!set_parameter (request, &primitive->members[i], fault))
        return FALSE;
    }
  return finish (request, fault);
}

GhRequest *
gh_request_from_json (const char *json, gsize length, GhFault *fault)
{
  g_autoptr (GhRequest) request = NULL;

  g_return_val_if_fail (json != NULL || length == 0, NULL);

  if (length > GH_REQUEST_MAX_JSON)
    {
      gh_fault_set (fault, GH_ERROR_TOO_LARGE, "JSON: longer than %d octets", GH_REQUEST_MAX_JSON);
      return NULL;
    }
  request = gh_request_new (SMALLEST_ARENA + GROWTH * length);
  return read_request (request, json, length, fault) ? g_steal_pointer (&request) : NULL;
}
