/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* A request primitive is refused with a reason, or holds what a response can be made from. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GhBuffer *
respond (const GhRequest *request)
{
  g_autoptr (GhBuffer) body = NULL;
  GhResponse response = { .status = GH_RSC_OK };
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 0);
  if (request->content != NULL)
    gh_json_value (&writer, request->content);
  body = gh_json_writer_finish (&writer);
  response.request_identifier = request->request_identifier;
  response.release_version = request->release_version;
  response.to = request->from;
  response.from = request->to;
  response.vendor_information = request->vendor_information;
  response.body = body->data;
  response.body_length = body->length;
  return gh_response_to_json (&response);
}

static void
check_response (const GhRequest *request, GhArena *arena)
{
  g_autoptr (GhBuffer) answer = respond (request);
  GhFault fault = { 0 };
  GhValue value;

  if (!gh_json_parse (answer->data, answer->length, arena, &value, &fault))
    {
      /* The content is never deeper here than it was in the request. */
      g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
      return;
    }
  g_assert_cmpstr (gh_value_text (gh_value_member (&value, "rqi")), ==,
                   request->request_identifier);
  if (request->content != NULL)
    g_assert_true (gh_value_equal (request->content, gh_value_member (&value, "pc")));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GhArena) arena = gh_arena_new (16 * 1024 * 1024);
  GhFault fault = { 0 };
  g_autoptr (GhRequest) request = gh_request_from_json ((const char *) data, size, &fault);

  if (request == NULL)
    {
      g_assert_true (fault.set);
      g_assert_cmpuint (strlen (fault.text), >, 0);
      g_assert_true (g_utf8_validate (fault.text, -1, NULL));
      return 0;
    }
  g_assert_false (fault.set);
  g_assert_nonnull (request->to);
  g_assert_true (request->operation >= GH_OPERATION_CREATE
                 && request->operation <= GH_OPERATION_NOTIFY);
  g_assert_cmpuint (request->filter.n_attributes, <=, GH_REQUEST_MAX_ATTRIBUTES);
  check_response (request, arena);
  return 0;
}
