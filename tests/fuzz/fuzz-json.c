/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"

#include <stdlib.h>
#include <string.h>

/* A text is refused with a position inside it, or its value survives writing, reading and copying.
 */

#define ARENA_LIMIT (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_fault (const GhFault *fault, gsize size)
{
  unsigned long position;
  char *end;

  g_assert_true (fault->set);
  g_assert_true (g_utf8_validate (fault->text, -1, NULL));
  if (fault->code == GH_ERROR_TOO_LARGE)
    return;
  g_assert_cmpint (fault->code, ==, GH_ERROR_BAD_REQUEST);
  g_assert_true (g_str_has_prefix (fault->text, "octet "));
  position = strtoul (fault->text + strlen ("octet "), &end, 10);
  g_assert_cmpint (*end, ==, ':');
  g_assert_cmpuint (position, <=, size);
}

static GhBuffer *
write_value (const GhValue *value)
{
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 0);
  gh_json_value (&writer, value);
  return gh_json_writer_finish (&writer);
}

static void
check_round_trip (const GhValue *value, GhArena *arena)
{
  g_autoptr (GhBuffer) once = write_value (value);
  g_autoptr (GhBuffer) twice = NULL;
  GhFault fault = { 0 };
  GhValue again, copy;

  if (!gh_json_parse (once->data, once->length, arena, &again, &fault))
    {
      g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
      return;
    }
  g_assert_true (gh_value_equal (value, &again));
  twice = write_value (&again);
  g_assert_cmpmem (once->data, once->length, twice->data, twice->length);
  if (gh_value_dup (value, arena, &copy))
    g_assert_true (gh_value_equal (&copy, value));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault = { 0 };
  GhValue value;

  if (gh_json_parse ((const char *) data, size, arena, &value, &fault))
    check_round_trip (&value, arena);
  else
    check_fault (&fault, size);
  return 0;
}
