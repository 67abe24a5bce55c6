/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"

#include <string.h>

static void
assert_written (GhJsonWriter *writer, const char *expected)
{
  g_autoptr (GhBuffer) buffer = gh_json_writer_finish (writer);

  g_assert_cmpstr (buffer->data, ==, expected);
  g_assert_cmpuint (buffer->length, ==, strlen (expected));
  g_assert_null (writer->data);
}

static void
test_commas_stand_between_members_and_items (void)
{
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 0);
  gh_json_begin_object (&writer);
  gh_json_name (&writer, "a");
  gh_json_begin_list (&writer);
  gh_json_end_list (&writer);
  gh_json_name (&writer, "b");
  gh_json_begin_list (&writer);
  gh_json_integer (&writer, 1);
  gh_json_boolean (&writer, TRUE);
  gh_json_boolean (&writer, FALSE);
  gh_json_null (&writer);
  gh_json_begin_object (&writer);
  gh_json_end_object (&writer);
  gh_json_string (&writer, "x", 1);
  gh_json_raw (&writer, "{\"r\":1}", 7);
  gh_json_end_list (&writer);
  gh_json_name (&writer, "c");
  gh_json_string (&writer, NULL, 0);
  gh_json_end_object (&writer);
  assert_written (&writer, "{\"a\":[],\"b\":[1,true,false,null,{},\"x\",{\"r\":1}],\"c\":\"\"}");
}

static void
test_integers_are_written_to_their_limits (void)
{
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 0);
  gh_json_begin_list (&writer);
  gh_json_integer (&writer, 0);
  gh_json_integer (&writer, -1);
  gh_json_integer (&writer, G_MAXINT64);
  gh_json_integer (&writer, G_MININT64);
  gh_json_end_list (&writer);
  assert_written (&writer, "[0,-1,9223372036854775807,-9223372036854775808]");
}

static void
test_only_what_must_be_is_escaped (void)
{
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 0);
  gh_json_string (&writer, "\"\\/\b\f\n\r\t\x01\x1f\x7f caf\xc3\xa9 \xe2\x80\xa8", 21);
  assert_written (&writer,
                  "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f caf\xc3\xa9 \xe2\x80\xa8\"");
}

/* Whatever stands wherever in a string: it is the same when it is read again. */
static void
test_every_character_at_every_place_survives (void)
{
  static const char *const pieces[] = { "\"",   "\\",       "\n",
                                        "\x01", "\x1f",     " ",
                                        "\x7f", "\xc3\xa9", "\xf0\x9f\x98\x80" };

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      for (gsize before = 0; before < 20; before++)
        {
          g_autofree char *fill = g_strnfill (before, 'a');
          g_autofree char *text = g_strconcat (fill, pieces[i], "b", pieces[i], fill, NULL);
          g_autoptr (GhArena) arena = gh_arena_new (65536);
          g_autoptr (GhBuffer) buffer = NULL;
          GhFault fault = { 0 };
          GhJsonWriter writer;
          GhValue value;

          gh_json_writer_init (&writer, 0);
          gh_json_string (&writer, text, strlen (text));
          buffer = gh_json_writer_finish (&writer);
          g_assert_true (gh_json_parse (buffer->data, buffer->length, arena, &value, &fault));
          g_assert_cmpstr (gh_value_text (&value), ==, text);
        }
    }
}

static void
test_buffer_grows (void)
{
  g_autofree char *text = g_strnfill (100000, '\x01');
  g_autoptr (GhBuffer) buffer = NULL;
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 1);
  gh_json_begin_list (&writer);
  for (int i = 0; i < 5; i++)
    gh_json_string (&writer, text, 100000);
  gh_json_end_list (&writer);
  buffer = gh_json_writer_finish (&writer);
  g_assert_cmpuint (buffer->length, ==, 5 * 600002 + 4 + 2);
  g_assert_cmpint (buffer->data[buffer->length], ==, '\0');
}

static void
test_absent_members_are_left_out (void)
{
  const GhMember members[] = {
    { "a", { .kind = GH_VALUE_NONE } },
    { "b\"", { .kind = GH_VALUE_NULL } },
    { "c", { .kind = GH_VALUE_NONE } },
    { "d", { .kind = GH_VALUE_DECIMAL, .length = 3, .text = "1e5" } },
  };
  const GhValue value = { .kind = GH_VALUE_OBJECT, .length = 4, .members = members };
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 0);
  gh_json_value (&writer, &value);
  assert_written (&writer, "{\"b\\\"\":null,\"d\":1e5}");
}

static void
test_writer_can_be_given_up (void)
{
  GhJsonWriter writer;

  gh_json_writer_init (&writer, 100);
  gh_json_begin_object (&writer);
  gh_json_writer_clear (&writer);
  gh_json_writer_clear (&writer);
  g_assert_null (writer.data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-writer/commas-stand-between-members-and-items",
                   test_commas_stand_between_members_and_items);
  g_test_add_func ("/json-writer/integers-are-written-to-their-limits",
                   test_integers_are_written_to_their_limits);
  g_test_add_func ("/json-writer/only-what-must-be-is-escaped", test_only_what_must_be_is_escaped);
  g_test_add_func ("/json-writer/every-character-at-every-place-survives",
                   test_every_character_at_every_place_survives);
  g_test_add_func ("/json-writer/buffer-grows", test_buffer_grows);
  g_test_add_func ("/json-writer/absent-members-are-left-out", test_absent_members_are_left_out);
  g_test_add_func ("/json-writer/can-be-given-up", test_writer_can_be_given_up);
  return g_test_run ();
}
