/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* Parameters echo what a transport read from headers, which need not be UTF-8. */
static void
put_text (GhJsonWriter *writer, const char *name, const char *text)
{
  g_autofree char *repaired = NULL;

  if (text == NULL)
    return;
  if (!g_utf8_validate (text, -1, NULL))
    text = repaired = g_utf8_make_valid (text, -1);
  gh_json_name (writer, name);
  gh_json_string (writer, text, strlen (text));
}

GhBuffer *
gh_response_to_json (const GhResponse *response)
{
  GhJsonWriter writer;

  g_return_val_if_fail (response != NULL, NULL);

  gh_json_writer_init (&writer, response->body_length + 256);
  gh_json_begin_object (&writer);
  gh_json_name (&writer, "rsc");
  gh_json_integer (&writer, response->status);
  put_text (&writer, "rqi", response->request_identifier);
  put_text (&writer, "rvi", response->release_version);
  put_text (&writer, "to", response->to);
  put_text (&writer, "fr", response->from);
  put_text (&writer, "ot", response->originating_timestamp);
  put_text (&writer, "rset", response->result_expiration);
  put_text (&writer, "vsi", response->vendor_information);
  if (response->content_status != 0)
    {
      gh_json_name (&writer, "cnst");
      gh_json_integer (&writer, response->content_status);
    }
  if (response->content_status == 1)
    {
      gh_json_name (&writer, "cnot");
      gh_json_integer (&writer, response->content_offset);
    }
  if (response->signature_requested)
    {
      gh_json_name (&writer, "asri");
      gh_json_boolean (&writer, TRUE);
    }
  if (response->body != NULL && response->body_length > 0)
    {
      gh_json_name (&writer, "pc");
      gh_json_raw (&writer, response->body, response->body_length);
    }
  gh_json_end_object (&writer);
  return gh_json_writer_finish (&writer);
}
