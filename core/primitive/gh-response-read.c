/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* TS-0004 6.6: response status codes have four digits. */
#define FIRST_STATUS 1000
#define LAST_STATUS  6999

/* What a response primitive may have and nothing here asks for (TS-0004 table 8.2.2-1). */
static const char *const passed_over[] = { "rset", "ec", "ati", "tqf", "asri", NULL };

typedef struct {
  const char *name;
  guint16 offset;
} TextRow;

#define AT(member) ((guint16) offsetof (GhResponse, member))

static const TextRow text_rows[] = {
  { "rqi", AT (request_identifier) },
  { "rvi", AT (release_version) },
  { "to", AT (to) },
  { "fr", AT (from) },
  { "ot", AT (originating_timestamp) },
  { "vsi", AT (vendor_information) },
};

static gboolean
set_text (GhResponse *response, const TextRow *row, const GhValue *value, GhFault *fault)
{
  const char *text = gh_value_text (value);
  if (text == NULL || strlen (text) > GH_REQUEST_MAX_TEXT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s: not a text of at most %d octets",
                         row->name, GH_REQUEST_MAX_TEXT);
  *(const char **) ((char *) response + row->offset) = text;
  return TRUE;
}

static gboolean
set_number (const GhMember *member, gint64 least, gint64 most, gint64 *out, GhFault *fault)
{
  const GhValue *value = &member->value;
  if (value->kind != GH_VALUE_INTEGER || value->integer < least || value->integer > most)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: not a whole number of %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT,
                         member->name, least, most);
  *out = value->integer;
  return TRUE;
}

/* The content as text again: what it says is for whoever asked. */
static gboolean
set_content (GhResponse *response, const GhValue *value, GhFault *fault)
{
  GhJsonWriter writer;
  if (value->kind != GH_VALUE_OBJECT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "pc: not an object");
  gh_json_writer_init (&writer, 256);
  gh_json_value (&writer, value);
  response->buffer = gh_json_writer_finish (&writer);
  response->body = response->buffer->data;
  response->body_length = response->buffer->length;
  return TRUE;
}

static gboolean
set_member (GhResponse *response, const GhMember *member, GhFault *fault)
{
  gint64 number = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (text_rows); i++)
    if (strcmp (member->name, text_rows[i].name) == 0)
      return set_text (response, &text_rows[i], &member->value, fault);
  if (strcmp (member->name, "pc") == 0)
    return set_content (response, &member->value, fault);
  if (strcmp (member->name, "rsc") == 0)
    {
      if (!set_number (member, FIRST_STATUS, LAST_STATUS, &number, fault))
        return FALSE;
      response->status = (guint) number;
      return TRUE;
    }
  if (strcmp (member->name, "cnst") == 0)
    {
      if (!set_number (member, 1, 2, &number, fault))
        return FALSE;
      response->content_status = (gint) number;
      return TRUE;
    }
  if (strcmp (member->name, "cnot") == 0)
    return set_number (member, 0, G_MAXINT64, &response->content_offset, fault);
  return g_strv_contains (passed_over, member->name)
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%.40s: no parameter of a response",
                          member->name);
}

static gboolean
read_members (const GhValue *primitive, GhResponse *out, GhFault *fault)
{
  *out = (GhResponse){ 0 };
  if (primitive->kind != GH_VALUE_OBJECT)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "not a response primitive: not an object");
  for (guint32 i = 0; i < primitive->length; i++)
    if (!set_member (out, &primitive->members[i], fault))
      return FALSE;
  return out->status != 0
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "rsc: missing in the response");
}

gboolean
gh_response_from_json (const char *json, gsize length, GhArena *arena, GhResponse *out,
                       GhFault *fault)
{
  GhValue *primitive = gh_arena_new_array (arena, GhValue, 1);

  g_return_val_if_fail (json != NULL && out != NULL, FALSE);

  *out = (GhResponse){ 0 };
  if (primitive == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the response does not fit into its memory");
  if (gh_json_parse (json, length, arena, primitive, fault)
      && read_members (primitive, out, fault))
    return TRUE;
  g_clear_pointer (&out->buffer, gh_buffer_unref);
  return FALSE;
}

gboolean
gh_response_from_value (const GhValue *value, GhResponse *out, GhFault *fault)
{
  const GhValue *primitive = gh_value_member (value, "m2m:rsp");

  g_return_val_if_fail (value != NULL && out != NULL, FALSE);

  *out = (GhResponse){ 0 };
  if (primitive == NULL || value->length != 1)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "the content is not a response primitive, {\"m2m:rsp\":{...}}");
  if (read_members (primitive, out, fault)
      && (out->request_identifier != NULL
          || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "rqi: missing in the response")))
    return TRUE;
  g_clear_pointer (&out->buffer, gh_buffer_unref);
  return FALSE;
}
