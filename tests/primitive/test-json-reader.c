/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_LIMIT (8 * 1024 * 1024)

static const char sample[] =
  "{\"m2m:cnt\":{\"rn\":\"caf\\u00e9 \\ud83d\\ude00\",\"lbl\":[\"a\",\"b\\n\"],"
  "\"mni\":-10,\"d\":1.5e3,\"t\":true,\"f\":false,\"z\":null,\"o\":{},"
  "\"e\":[],\"longer-name\":\"\xe2\x82\xac\"}} \t\r\n";

static gboolean
parse_n (const char *text, gsize length, GhArena *arena, GhValue *out, GhFault *fault)
{
  memset (fault, 0, sizeof *fault);
  return gh_json_parse (text, length, arena, out, fault);
}

static gboolean
accepts (const char *text)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault;
  GhValue value;
  const gboolean good = parse_n (text, strlen (text), arena, &value, &fault);

  g_assert_true (good == !fault.set);
  if (!good)
    g_test_message ("%s: %s", text, fault.text);
  return good;
}

static void
assert_refused_n (const char *text, gsize length, const char *message)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault;
  GhValue value;

  g_assert_false (parse_n (text, length, arena, &value, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
  g_assert_cmpstr (fault.text, ==, message);
}

static void
test_sample_is_read (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  const GhValue *container, *list;
  GhFault fault;
  GhValue value;

  g_assert_true (parse_n (sample, strlen (sample), arena, &value, &fault));
  container = gh_value_member (&value, "m2m:cnt");
  g_assert_cmpuint (container->length, ==, 10);
  g_assert_cmpstr (gh_value_text (gh_value_member (container, "rn")), ==,
                   "caf\xc3\xa9 \xf0\x9f\x98\x80");
  g_assert_cmpuint (gh_value_member (container, "rn")->length, ==, 10);
  list = gh_value_member (container, "lbl");
  g_assert_cmpuint (list->length, ==, 2);
  g_assert_cmpstr (list->items[1].text, ==, "b\n");
  g_assert_cmpint (gh_value_member (container, "mni")->integer, ==, -10);
  g_assert_cmpuint (gh_value_member (container, "d")->kind, ==, GH_VALUE_DECIMAL);
  g_assert_cmpstr (gh_value_member (container, "d")->text, ==, "1.5e3");
  g_assert_true (gh_value_member (container, "t")->boolean);
  g_assert_false (gh_value_member (container, "f")->boolean);
  g_assert_cmpuint (gh_value_member (container, "z")->kind, ==, GH_VALUE_NULL);
  g_assert_cmpuint (gh_value_member (container, "o")->length, ==, 0);
  g_assert_cmpuint (gh_value_member (container, "e")->length, ==, 0);
  g_assert_cmpstr (gh_value_member (container, "longer-name")->text, ==, "\xe2\x82\xac");
}

static void
test_truncation_at_every_length_is_refused (void)
{
  const gsize root_end = (gsize) (strrchr (sample, '}') - sample) + 1;

  for (gsize length = 0; length < root_end; length++)
    {
      /* Exactly as long, so that a sanitizer sees one octet too many. */
      g_autofree char *copy = length > 0 ? g_memdup2 (sample, length) : NULL;
      g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
      GhFault fault;
      GhValue value;

      g_assert_false (parse_n (copy, length, arena, &value, &fault));
      g_assert_true (g_str_has_prefix (fault.text, "octet "));
      g_assert_cmpuint (strtoul (fault.text + 6, NULL, 10), <=, length);
    }
}

static void
test_flipped_bits_do_no_harm (void)
{
  for (gsize i = 0; i < 8 * strlen (sample); i++)
    {
      g_autofree char *copy = g_strdup (sample);
      g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
      GhFault fault;
      GhValue value;

      copy[i / 8] ^= (char) (1 << i % 8);
      if (!parse_n (copy, sizeof sample - 1, arena, &value, &fault))
        g_assert_true (fault.set);
    }
}

typedef struct {
  const char *text, *message;
} Refusal;

static const Refusal refusals[] = {
  { "", "octet 0: the text ends early" },
  { " \n", "octet 2: the text ends early" },
  { "{\"a\":1} x", "octet 8: octets after the value" },
  { "1 2", "octet 2: octets after the value" },
  { "\xef\xbb\xbf{}", "octet 0: value expected" },
  { "'a'", "octet 0: value expected" },
  { "[1,]", "octet 3: value expected" },
  { "[,1]", "octet 1: value expected" },
  { "[1 2]", "octet 3: comma or ] expected" },
  { "[1}", "octet 2: comma or ] expected" },
  { "{\"a\":1]", "octet 6: comma or } expected" },
  { "{\"a\":1,}", "octet 7: member name expected" },
  { "{,}", "octet 1: member name expected" },
  { "{a:1}", "octet 1: member name expected" },
  { "{1:1}", "octet 1: member name expected" },
  { "{\"a\" 1}", "octet 5: colon expected after a member name" },
  { "{\"a\":}", "octet 5: value expected" },
  { "[// comment\n1]", "octet 1: value expected" },
  { "NaN", "octet 0: value expected" },
  { "nul", "octet 0: value expected" },
  { "True", "octet 0: value expected" },
  { "truex", "octet 4: octets after the value" },
  { "\"a", "octet 2: the string does not end" },
  { "\"a\\", "octet 2: the string does not end" },
  { "\"\\x\"", "octet 1: unknown escape in a string" },
  { "\"\\u12g4\"", "octet 1: four hexadecimal digits expected after \\u" },
  { "\"a\\u0000\"", "octet 2: U+0000 is not accepted in a string" },
  { "\"\\ud800\"", "octet 1: lone surrogate" },
  { "\"\\ud800\\n\"", "octet 1: lone surrogate" },
  { "\"\\ud800\\ud800\"", "octet 1: lone surrogate" },
  { "\"\\udc00\"", "octet 1: lone surrogate" },
  { "\"a\nb\"", "octet 2: control character in a string" },
  { "\"a\tb\"", "octet 2: control character in a string" },
  { "\"abcdefgh\x1f\"", "octet 9: control character in a string" },
  { "01", "octet 0: leading zero" },
  { "-01", "octet 1: leading zero" },
  { "-", "octet 1: digit expected" },
  { "+1", "octet 0: value expected" },
  { ".5", "octet 0: value expected" },
  { "1.", "octet 1: digit expected after the point" },
  { "1.e5", "octet 1: digit expected after the point" },
  { "1e", "octet 2: digit expected in the exponent" },
  { "1e+", "octet 3: digit expected in the exponent" },
  { "0x10", "octet 1: octets after the value" },
  { "[1e309]", "octet 1: the number is too large for a double" },
  { "[-1e309]", "octet 1: the number is too large for a double" },
  { "{\"a\":1,\"b\":2,\"a\":3}", "octet 13: the member a occurs twice" },
  { "{\"a\":1,\"\\u0061\":3}", "octet 7: the member a occurs twice" },
  { "[{\"long-member-name\":1,\"long-member-name\":1}]",
    "octet 23: the member long-member-name occurs twice" },
};

static void
test_what_is_not_json_is_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    assert_refused_n (refusals[i].text, strlen (refusals[i].text), refusals[i].message);
}

static void
test_nul_is_refused (void)
{
  assert_refused_n ("\"a\0b\"", 5, "octet 2: control character in a string");
  assert_refused_n ("1\0", 2, "octet 1: octets after the value");
  assert_refused_n ("\0", 1, "octet 0: value expected");
}

/* Every ill-formed sequence of Unicode's table 3-7, alone and behind a full word. */
static void
test_invalid_utf8_is_refused (void)
{
  static const char *const wrong[] = {
    "\x80",
    "\xbf",
    "\xc0\x80",
    "\xc1\xbf",
    "\xc2",
    "\xc2\x7f",
    "\xc2\xc0",
    "\xe0\x80\x80",
    "\xe0\x9f\xbf",
    "\xe1\x80",
    "\xe1\x80\x7f",
    "\xe1\xc0\x80",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf0\x80\x80\x80",
    "\xf0\x8f\xbf\xbf",
    "\xf1\x80\x80",
    "\xf1\x80\x80\x7f",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xfe",
    "\xff",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *alone = g_strdup_printf ("\"%s\"", wrong[i]);
      g_autofree char *behind = g_strdup_printf ("{\"01234567%s\":1}", wrong[i]);

      assert_refused_n (alone, strlen (alone), "octet 1: invalid UTF-8 in a string");
      assert_refused_n (behind, strlen (behind), "octet 10: invalid UTF-8 in a string");
    }
}

static void
test_valid_utf8_is_accepted (void)
{
  for (gunichar c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 37)
    {
      char text[16] = "\"";
      gsize length = 1;

      if (c < 0x20 || c == '"' || c == '\\' || (c >= 0xd800 && c <= 0xdfff))
        continue;
      length += (gsize) g_unichar_to_utf8 (c, text + length);
      text[length] = '"';
      g_assert_true (accepts (text));
    }
}

static void
test_integers_are_exact_to_their_limits (void)
{
  static const char *const texts[] = {
    "0",
    "-0",
    "9223372036854775807",
    "-9223372036854775808",
    "999999999999999999",
    "1000000000000000000",
  };
  static const gint64 values[] = {
    0, 0, G_MAXINT64, G_MININT64, 999999999999999999, 1000000000000000000,
  };
  static const char *const beyond[] = {
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "99999999999999999999",
    "1.0",
    "1e0",
    "-0.0",
    "1E+2",
    "1e-400",
    "1.7976931348623157e308",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
      GhFault fault;
      GhValue value;

      g_assert_true (parse_n (texts[i], strlen (texts[i]), arena, &value, &fault));
      g_assert_cmpuint (value.kind, ==, GH_VALUE_INTEGER);
      g_assert_cmpint (value.integer, ==, values[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (beyond); i++)
    {
      g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
      GhFault fault;
      GhValue value;

      g_assert_true (parse_n (beyond[i], strlen (beyond[i]), arena, &value, &fault));
      g_assert_cmpuint (value.kind, ==, GH_VALUE_DECIMAL);
      g_assert_cmpstr (value.text, ==, beyond[i]);
      g_assert_cmpuint (value.length, ==, strlen (beyond[i]));
    }
}

static void
test_long_number_is_refused (void)
{
  g_autofree char *most = g_strnfill (GH_JSON_MAX_NUMBER, '1');
  g_autofree char *more = g_strnfill (GH_JSON_MAX_NUMBER + 1, '1');

  g_assert_true (accepts (most));
  assert_refused_n (more, strlen (more), "octet 0: the number is longer than 64 characters");
}

static char *
nested (gsize depth, const char *open, const char *close)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < depth; i++)
    g_string_append (text, open);
  g_string_append (text, "1");
  for (gsize i = 0; i < depth; i++)
    g_string_append (text, close);
  return g_string_free (text, FALSE);
}

static void
test_depth_is_bounded (void)
{
  g_autofree char *lists = nested (GH_JSON_MAX_DEPTH, "[", "]");
  g_autofree char *objects = nested (GH_JSON_MAX_DEPTH, "{\"a\":", "}");
  g_autofree char *deeper = nested (GH_JSON_MAX_DEPTH + 1, "[", "]");
  g_autofree char *deeper_objects = nested (GH_JSON_MAX_DEPTH + 1, "{\"a\":", "}");
  g_autofree char *deepest = nested (200000, "[", "]");

  g_assert_true (accepts (lists));
  g_assert_true (accepts (objects));
  assert_refused_n (deeper, strlen (deeper), "octet 16: nested deeper than 16");
  assert_refused_n (deeper_objects, strlen (deeper_objects), "octet 80: nested deeper than 16");
  assert_refused_n (deepest, strlen (deepest), "octet 16: nested deeper than 16");
}

static char *
many (gsize n, gboolean members, gsize repeated)
{
  GString *text = g_string_new (members ? "{" : "[");

  for (gsize i = 0; i < n; i++)
    {
      g_string_append (text, i > 0 ? "," : "");
      if (members)
        g_string_append_printf (text, "\"k%" G_GSIZE_FORMAT "\":", i == n - 1 ? repeated : i);
      g_string_append (text, "1");
    }
  g_string_append (text, members ? "}" : "]");
  return g_string_free (text, FALSE);
}

static void
test_members_and_items_are_bounded (void)
{
  g_autofree char *members = many (GH_JSON_MAX_MEMBERS, TRUE, G_MAXSIZE);
  g_autofree char *more_members = many (GH_JSON_MAX_MEMBERS + 1, TRUE, G_MAXSIZE);
  g_autofree char *items = many (GH_JSON_MAX_ITEMS, FALSE, 0);
  g_autofree char *more_items = many (GH_JSON_MAX_ITEMS + 1, FALSE, 0);
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault;
  GhValue value;

  g_assert_true (accepts (members));
  g_assert_true (accepts (items));
  g_assert_false (parse_n (more_members, strlen (more_members), arena, &value, &fault));
  g_assert_true (g_str_has_suffix (fault.text, "more than 1024 members in an object"));
  g_assert_false (parse_n (more_items, strlen (more_items), arena, &value, &fault));
  g_assert_true (g_str_has_suffix (fault.text, "more than 65536 items in a list"));
}

static void
test_duplicates_are_found_in_objects_of_every_size (void)
{
  for (gsize n = 2; n < 80; n++)
    {
      for (gsize twin = 0; twin < n - 1; twin += n / 7 + 1)
        {
          g_autofree char *text = many (n, TRUE, twin);
          g_autofree char *message = g_strdup_printf ("octet %d: the member k%" G_GSIZE_FORMAT
                                                      " occurs twice",
                                                      (int) (strrchr (text, 'k') - text) - 1, twin);

          assert_refused_n (text, strlen (text), message);
        }
    }
}

/* Nine octets and more are not told apart by their first and last eight alone. */
static void
test_similar_names_are_no_duplicates (void)
{
  g_assert_true (
    accepts ("{\"aaaaaaaabbbbbbbb\":1,\"aaaaaaaacbbbbbbbb\":2,\"aaaaaaaaccbbbbbbbb\":3}"));
  g_assert_true (accepts ("{\"\":1,\"a\":2,\"aa\":3,\"A\":4,\"a \":5}"));
}

static void
test_name_length_is_bounded (void)
{
  g_autofree char *name = g_strnfill (GH_JSON_MAX_NAME, 'n');
  g_autofree char *most = g_strdup_printf ("{\"%s\":1}", name);
  g_autofree char *more = g_strdup_printf ("{\"%sn\":1}", name);

  g_assert_true (accepts (most));
  assert_refused_n (more, strlen (more), "octet 1: member name of more than 128 octets");
}

static void
test_full_arena_is_an_error (void)
{
  const gsize length = strlen (sample);
  gboolean good = FALSE;

  for (gsize limit = 0; !good; limit += 16)
    {
      g_autoptr (GhArena) arena = gh_arena_new (limit);
      GhFault fault;
      GhValue value;

      good = parse_n (sample, length, arena, &value, &fault);
      g_assert_true (good || fault.code == GH_ERROR_TOO_LARGE);
      g_assert_cmpuint (limit, <, 4096);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-reader/sample-is-read", test_sample_is_read);
  g_test_add_func ("/json-reader/truncation-at-every-length-is-refused",
                   test_truncation_at_every_length_is_refused);
  g_test_add_func ("/json-reader/flipped-bits-do-no-harm", test_flipped_bits_do_no_harm);
  g_test_add_func ("/json-reader/what-is-not-json-is-refused", test_what_is_not_json_is_refused);
  g_test_add_func ("/json-reader/nul-is-refused", test_nul_is_refused);
  g_test_add_func ("/json-reader/invalid-utf8-is-refused", test_invalid_utf8_is_refused);
  g_test_add_func ("/json-reader/valid-utf8-is-accepted", test_valid_utf8_is_accepted);
  g_test_add_func ("/json-reader/integers-are-exact-to-their-limits",
                   test_integers_are_exact_to_their_limits);
  g_test_add_func ("/json-reader/long-number-is-refused", test_long_number_is_refused);
  g_test_add_func ("/json-reader/depth-is-bounded", test_depth_is_bounded);
  g_test_add_func ("/json-reader/members-and-items-are-bounded",
                   test_members_and_items_are_bounded);
  g_test_add_func ("/json-reader/duplicates-are-found-in-objects-of-every-size",
                   test_duplicates_are_found_in_objects_of_every_size);
  g_test_add_func ("/json-reader/similar-names-are-no-duplicates",
                   test_similar_names_are_no_duplicates);
  g_test_add_func ("/json-reader/name-length-is-bounded", test_name_length_is_bounded);
  g_test_add_func ("/json-reader/full-arena-is-an-error", test_full_arena_is_an_error);
  return g_test_run ();
}
