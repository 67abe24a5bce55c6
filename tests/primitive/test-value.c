/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"

#include <string.h>

static GhValue
parse (const char *text, GhArena *arena)
{
  GhFault fault = { 0 };
  GhValue value;

  g_assert_true (gh_json_parse (text, strlen (text), arena, &value, &fault));
  return value;
}

static gboolean
equal (const char *a, const char *b)
{
  g_autoptr (GhArena) arena = gh_arena_new (100000);
  const GhValue x = parse (a, arena), y = parse (b, arena);

  g_assert_true (gh_value_equal (&x, &y) == gh_value_equal (&y, &x));
  return gh_value_equal (&x, &y);
}

static void
test_equality_ignores_the_order_of_members_only (void)
{
  g_assert_true (equal ("{\"a\":1,\"b\":[1,2],\"c\":null}", "{\"c\":null,\"a\":1,\"b\":[1,2]}"));
  g_assert_false (equal ("[1,2]", "[2,1]"));
  g_assert_false (equal ("[1,2]", "[1,2,3]"));
  g_assert_false (equal ("{\"a\":1}", "{\"a\":1,\"b\":1}"));
  g_assert_false (equal ("{\"a\":1}", "{\"b\":1}"));
  g_assert_false (equal ("{\"a\":1}", "{\"a\":2}"));
  g_assert_false (equal ("1", "\"1\""));
  g_assert_false (equal ("1", "1.0"));
  g_assert_false (equal ("\"a\"", "\"b\""));
  g_assert_false (equal ("\"a\"", "\"ab\""));
  g_assert_true (equal ("1.50", "1.50"));
  g_assert_true (equal ("true", "true"));
  g_assert_false (equal ("true", "false"));
  g_assert_false (equal ("{}", "[]"));
  g_assert_false (equal ("null", "false"));
}

static void
test_truth_has_many_numbers (void)
{
  const GhValue one = gh_value_boolean (1), two = gh_value_boolean (2);

  g_assert_true (gh_value_equal (&one, &two));
}

static void
test_members_are_found_in_objects_only (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (100000);
  const GhValue object = parse ("{\"a\":\"x\",\"b\":1}", arena), list = parse ("[\"a\"]", arena);

  g_assert_cmpstr (gh_value_text (gh_value_member (&object, "a")), ==, "x");
  g_assert_null (gh_value_text (gh_value_member (&object, "b")));
  g_assert_null (gh_value_member (&object, "c"));
  g_assert_null (gh_value_member (&list, "a"));
  g_assert_null (gh_value_member (NULL, "a"));
  g_assert_null (gh_value_text (NULL));
}

static const char *const samples[] = {
  "1",
  "true",
  "\"text\"",
  "1.5",
  "[]",
  "{}",
  "[[[1,\"a\"],[]],{\"x\":{\"y\":[1.5,null]}}]",
  "{\"m2m:cnt\":{\"rn\":\"x\",\"lbl\":[\"a\",\"bc\",\"\"],\"mni\":10,\"e\":{}}}",
};

static void
test_copy_takes_as_much_as_was_measured (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (GhArena) arena = gh_arena_new (100000);
      const GhValue value = parse (samples[i], arena);
      const gsize size = gh_value_measure (&value);
      /* Exactly as large, so that a sanitizer sees one octet too many. */
      g_autofree char *memory = g_malloc (size);
      char *cursor = memory;
      const GhValue copy = gh_value_copy_into (&value, &cursor);

      g_assert_cmpuint (size % 16, ==, 0);
      g_assert_true (cursor == memory + size);
      g_assert_true (gh_value_equal (&value, &copy));
      gh_arena_clear (arena);
    }
}

static void
test_copies_stand_behind_each_other (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (100000);
  const GhValue a = parse (samples[6], arena), b = parse (samples[7], arena);
  g_autofree char *memory = g_malloc (gh_value_measure (&a) + gh_value_measure (&b));
  char *cursor = memory;
  const GhValue first = gh_value_copy_into (&a, &cursor);
  const GhValue second = gh_value_copy_into (&b, &cursor);

  g_assert_true (gh_value_equal (&a, &first));
  g_assert_true (gh_value_equal (&b, &second));
}

static void
test_dup_respects_the_bound (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (100000);
  const GhValue value = parse (samples[7], arena);
  g_autoptr (GhArena) small = gh_arena_new (gh_value_measure (&value) - 1);
  g_autoptr (GhArena) enough = gh_arena_new (gh_value_measure (&value));
  GhValue copy;

  g_assert_false (gh_value_dup (&value, small, &copy));
  g_assert_true (gh_value_dup (&value, enough, &copy));
  gh_arena_clear (arena);
  g_assert_cmpstr (copy.members[0].name, ==, "m2m:cnt");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value/equality-ignores-the-order-of-members-only",
                   test_equality_ignores_the_order_of_members_only);
  g_test_add_func ("/value/truth-has-many-numbers", test_truth_has_many_numbers);
  g_test_add_func ("/value/members-are-found-in-objects-only",
                   test_members_are_found_in_objects_only);
  g_test_add_func ("/value/copy-takes-as-much-as-was-measured",
                   test_copy_takes_as_much_as_was_measured);
  g_test_add_func ("/value/copies-stand-behind-each-other", test_copies_stand_behind_each_other);
  g_test_add_func ("/value/dup-respects-the-bound", test_dup_respects_the_bound);
  return g_test_run ();
}
