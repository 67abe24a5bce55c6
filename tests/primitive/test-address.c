/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-address.h"

#include <string.h>

#define ARENA_LIMIT 65536

static void
assert_refused (const char *to, const char *message)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  GhFault fault = { 0 };
  GhAddress address;

  g_assert_false (gh_address_parse (to, arena, &address, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
  g_assert_cmpstr (fault.text, ==, message);
}

static void
assert_parsed (const char *to, const char *domain, const char *cse, const char *path,
               const char *fragment)
{
  g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
  g_autofree char *joined = NULL;
  GhFault fault = { 0 };
  GhAddress address;

  g_assert_true (gh_address_parse (to, arena, &address, &fault));
  g_assert_false (fault.set);
  g_assert_cmpstr (address.sp_domain, ==, domain);
  g_assert_cmpstr (address.cse_id, ==, cse);
  g_assert_cmpstr (address.fragment, ==, fragment);
  g_assert_null (address.segments[address.n_segments]);
  joined = g_strjoinv ("/", (char **) address.segments);
  g_assert_cmpstr (joined, ==, path);
}

static void
test_every_form_is_taken_apart (void)
{
  assert_parsed ("gatehouse", NULL, NULL, "gatehouse", NULL);
  assert_parsed ("gatehouse/ae/cnt/la", NULL, NULL, "gatehouse/ae/cnt/la", NULL);
  assert_parsed ("cnt-2a", NULL, NULL, "cnt-2a", NULL);
  assert_parsed ("-/ae", NULL, NULL, "-/ae", NULL);
  assert_parsed ("/csi", NULL, "csi", "", NULL);
  assert_parsed ("/csi/gatehouse/ae", NULL, "csi", "gatehouse/ae", NULL);
  assert_parsed ("//sp.example/csi", "sp.example", "csi", "", NULL);
  assert_parsed ("//sp.example/csi/-/ae#lbl", "sp.example", "csi", "-/ae", "lbl");
  assert_parsed ("gatehouse#lbl", NULL, NULL, "gatehouse", "lbl");
  assert_parsed ("a.b_c~d-e/...", NULL, NULL, "a.b_c~d-e/...", NULL);
}

static void
test_what_is_no_address_is_refused (void)
{
  assert_refused ("", "To: empty");
  assert_refused ("/", "To: segment 1 is empty");
  assert_refused ("//", "To: segment 1 is empty");
  assert_refused ("///", "To: segment 1 is empty");
  assert_refused ("//sp.example", "To: the CSE-ID is missing behind the M2M-SP-ID");
  assert_refused ("//sp.example/", "To: segment 2 is empty");
  assert_refused ("gatehouse/", "To: segment 2 is empty");
  assert_refused ("gatehouse//ae", "To: segment 2 is empty");
  assert_refused ("/csi/gatehouse//ae", "To: segment 3 is empty");
  assert_refused ("gatehouse/./ae", "To: segment 2 is a dot segment");
  assert_refused ("gatehouse/..", "To: segment 2 is a dot segment");
  assert_refused ("#lbl", "To: segment 1 is empty");
  assert_refused ("gatehouse#", "To: what follows '#' is no attribute name");
  assert_refused ("gatehouse#a/b", "To: what follows '#' is no attribute name");
  assert_refused ("gatehouse#a#b", "To: what follows '#' is no attribute name");
  assert_refused ("a b", "To: segment 1 holds a character (0x20) that an address may not have");
  assert_refused ("a/b?c", "To: segment 2 holds a character (0x3f) that an address may not have");
  assert_refused ("a/%2e", "To: segment 2 holds a character (0x25) that an address may not have");
  assert_refused ("caf\xc3\xa9",
                  "To: segment 1 holds a character (0xc3) that an address may not have");
}

/* Only letters, digits and four marks may stand in a segment. */
static void
test_every_other_octet_is_refused (void)
{
  for (int octet = 1; octet < 256; octet++)
    {
      const char to[] = { 'a', (char) octet, 'b', '\0' };
      const gboolean good = g_ascii_isalnum (octet) || strchr ("-._~/#", octet) != NULL;
      g_autoptr (GhArena) arena = gh_arena_new (ARENA_LIMIT);
      GhAddress address;

      g_assert_true (gh_address_parse (to, arena, &address, NULL) == good);
    }
}

static void
test_limits_hold (void)
{
  g_autofree char *most = g_strnfill (GH_ADDRESS_MAX_LENGTH, 'a');
  g_autofree char *more = g_strnfill (GH_ADDRESS_MAX_LENGTH + 1, 'a');
  g_autoptr (GString) path = g_string_new ("a");

  assert_parsed (most, NULL, NULL, most, NULL);
  assert_refused (more, "To: longer than 1024 octets");
  for (int i = 1; i < GH_ADDRESS_MAX_SEGMENTS; i++)
    g_string_append (path, "/a");
  assert_parsed (path->str, NULL, NULL, path->str, NULL);
  g_string_prepend (path, "//sp.example/csi/");
  assert_parsed (path->str, "sp.example", "csi", path->str + strlen ("//sp.example/csi/"), NULL);
  g_string_append (path, "/a");
  assert_refused (path->str, "To: more than 48 segments");
}

static void
test_full_arena_is_an_error (void)
{
  for (gsize limit = 0; limit < 40; limit++)
    {
      g_autoptr (GhArena) arena = gh_arena_new (limit);
      GhFault fault = { 0 };
      GhAddress address;

      if (!gh_address_parse ("gatehouse/ae", arena, &address, &fault))
        g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
    }
}

static void
test_names_follow_the_standard (void)
{
  static const char *const wrong[] = {
    "",    "la",  "ol",  "fopt", "pcu",         "-a", ".a", "_a",
    "a b", "a/b", "a~b", "a#b",  "caf\xc3\xa9", ".",  "..",
  };
  static const char *const good[] = { "a", "1", "la1", "La", "123Sensor", "a.b-c_d" };
  g_autofree char *most = g_strnfill (128, 'a');
  g_autofree char *more = g_strnfill (129, 'a');

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (gh_name_is_valid (wrong[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (gh_name_is_valid (good[i]));
  g_assert_true (gh_name_is_valid (most));
  g_assert_false (gh_name_is_valid (more));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/every-form-is-taken-apart", test_every_form_is_taken_apart);
  g_test_add_func ("/address/what-is-none-is-refused", test_what_is_no_address_is_refused);
  g_test_add_func ("/address/every-other-octet-is-refused", test_every_other_octet_is_refused);
  g_test_add_func ("/address/limits-hold", test_limits_hold);
  g_test_add_func ("/address/full-arena-is-an-error", test_full_arena_is_an_error);
  g_test_add_func ("/name/follows-the-standard", test_names_follow_the_standard);
  return g_test_run ();
}
