/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-content.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

/* A typed request of the bus: a number of the operation, the target, content, filter and options,
 * serialized as a GVariant. It is refused with a reason, or becomes one object of JSON that
 * says what the arguments say. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define ARGUMENTS "(ysvva{sv})"

static void
check_json (const GhBusQuestion *question, const GhValue *root)
{
  g_assert_cmpint (root->kind, ==, GH_VALUE_OBJECT);
  g_assert_cmpint (gh_value_member (root, "op")->integer, ==, question->operation);
  g_assert_cmpstr (gh_value_text (gh_value_member (root, "to")), ==, question->target);
  g_assert_cmpstr (gh_value_text (gh_value_member (root, "fr")), ==, "CAdmin");
  g_assert_true ((question->content != NULL) <= (gh_value_member (root, "pc") != NULL));
}

static void
check_question (const GhBusQuestion *question)
{
  g_autoptr (GhArena) arena = gh_arena_new (64 * 1024 * 1024);
  GhFault fault = { 0 }, refused = { 0 };
  GhValue root;
  g_autofree char *text = gh_bus_question_to_json (question, &fault);

  g_assert_true ((text == NULL) == fault.set);
  if (text == NULL)
    {
      g_assert_cmpuint (strlen (fault.text), >, 0);
      g_assert_true (g_utf8_validate (fault.text, -1, NULL));
      return;
    }
  GhRequest *request = gh_request_from_json (text, strlen (text), &refused);
  g_assert_true ((request == NULL) == refused.set);
  /* a dictionary may name something twice, and then is no JSON */
  if (gh_json_parse (text, strlen (text), arena, &root, &fault))
    check_json (question, &root);
  else
    g_assert_null (request);
  if (request != NULL)
    gh_request_free (request);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GVariant) raw = g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE (ARGUMENTS), bytes, FALSE));
  g_autoptr (GVariant) content = NULL, filter = NULL, options = NULL;
  guchar how;
  const char *target;

  /* the bus itself hands over nothing else */
  if (!g_variant_is_normal_form (raw))
    return 0;
  g_variant_get (raw, "(y&svv@a{sv})", &how, &target, &content, &filter, &options);
  const GhBusQuestion question = {
    .operation = (GhOperation) (how % 5 + 1),
    .originator = "CAdmin",
    .target = target,
    .type = 3,
    .content = (how & 0x80) != 0 ? content : NULL,
    .filter = g_variant_is_of_type (filter, G_VARIANT_TYPE_VARDICT) ? filter : NULL,
    .options = options,
    .discovery = (how & 0x40) != 0,
  };
  check_question (&question);
  return 0;
}
