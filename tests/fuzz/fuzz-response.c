/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* A response primitive in a NOTIFY is refused with a reason, or reads the same when it is written
 * again. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_again (const GhResponse *response, GhArena *arena)
{
  g_autoptr (GhBuffer) written = gh_response_to_json (response);
  GhMember *member = gh_arena_new_array (arena, GhMember, 1);
  GhResponse again;
  GhFault fault = { 0 };

  if (member == NULL)
    return;
  member->name = "m2m:rsp";
  if (!gh_json_parse (written->data, written->length, arena, &member->value, &fault))
    {
      g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
      return;
    }
  const GhValue root = { .kind = GH_VALUE_OBJECT, .length = 1, .members = member };
  g_assert_true (gh_response_from_value (&root, &again, &fault));
  g_autoptr (GhBuffer) buffer = again.buffer;
  g_assert_cmpuint (again.status, ==, response->status);
  g_assert_cmpstr (again.request_identifier, ==, response->request_identifier);
  g_assert_cmpmem (again.body, again.body_length, response->body, response->body_length);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GhArena) arena = gh_arena_new (16 * 1024 * 1024);
  GhResponse response;
  GhFault fault = { 0 };
  GhValue root;

  if (size > 1024 * 1024 || !gh_json_parse ((const char *) data, size, arena, &root, NULL))
    return 0;
  if (!gh_response_from_value (&root, &response, &fault))
    {
      g_assert_true (fault.set);
      g_assert_true (g_utf8_validate (fault.text, -1, NULL));
      g_assert_null (response.buffer);
      return 0;
    }
  g_autoptr (GhBuffer) buffer = response.buffer;
  g_assert_false (fault.set);
  g_assert_cmpuint (response.status, >=, 1000);
  g_assert_nonnull (response.request_identifier);
  check_again (&response, arena);
  return 0;
}
