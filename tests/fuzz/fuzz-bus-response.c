/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-primitive.h"

#include <string.h>

/* What a program answers when a request to its AE was a call to it: refused with a reason, or its
 * content is one object of JSON. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GhArena) arena = gh_arena_new (size * 32 + 16384);
  GhResponse response;
  GhFault fault = { 0 };
  const gboolean done = gh_response_from_json (size > 0 ? (const char *) data : "", size, arena,
                                               &response, &fault);
  g_autoptr (GhBuffer) buffer = response.buffer;

  g_assert_true (done != fault.set);
  if (!done)
    {
      g_assert_null (buffer);
      g_assert_true (g_utf8_validate (fault.text, -1, NULL));
      return 0;
    }
  g_assert_true (response.status >= 1000 && response.status <= 6999);
  if (response.body == NULL)
    return 0;
  g_autoptr (GhArena) again = gh_arena_new (response.body_length * 32 + 16384);
  GhValue content;
  g_assert_true (gh_json_parse (response.body, response.body_length, again, &content, &fault));
  g_assert_cmpint (content.kind, ==, GH_VALUE_OBJECT);
  return 0;
}
