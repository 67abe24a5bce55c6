/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-originator.h"

static const GhHome home = { "m2msp.org", "gatehouse" };

typedef struct {
  const char *text, *sp_domain, *cse_id, *ae_id, *printed;
} Accepted;

static const Accepted accepted[] = {
  { "CMonitor", "m2msp.org", "gatehouse", "CMonitor", "CMonitor" },
  { "/gatehouse/CMonitor", "m2msp.org", "gatehouse", "CMonitor", "CMonitor" },
  { "//m2msp.org/gatehouse/CMonitor", "m2msp.org", "gatehouse", "CMonitor", "CMonitor" },
  { "Sabc", "m2msp.org", NULL, "Sabc", "Sabc" },
  { "/Sabc", "m2msp.org", NULL, "Sabc", "Sabc" },
  { "/other/Sabc", "m2msp.org", NULL, "Sabc", "Sabc" },
  { "//m2msp.org/Sabc", "m2msp.org", NULL, "Sabc", "Sabc" },
  { "//m2msp.org/other/Sabc", "m2msp.org", NULL, "Sabc", "Sabc" },
  { "//else.org/Sabc", "else.org", NULL, "Sabc", "//else.org/Sabc" },
  { "/gatehouse", "m2msp.org", "gatehouse", NULL, "/gatehouse" },
  { "//m2msp.org/gatehouse", "m2msp.org", "gatehouse", NULL, "/gatehouse" },
  { "/other", "m2msp.org", "other", NULL, "/other" },
  { "/other/C1", "m2msp.org", "other", "C1", "/other/C1" },
  { "//else.org/gatehouse", "else.org", "gatehouse", NULL, "//else.org/gatehouse" },
  { "//else.org/gatehouse/C1", "else.org", "gatehouse", "C1", "//else.org/gatehouse/C1" },
  { "/CSE090112", "m2msp.org", "CSE090112", NULL, "/CSE090112" },
  { "C-._~9", "m2msp.org", "gatehouse", "C-._~9", "C-._~9" },
  { "/S", "m2msp.org", "S", NULL, "/S" },
};

static void
test_forms_of_one_originator_are_one (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 16);

  for (gsize i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      const Accepted *row = &accepted[i];
      GhFault fault = { 0 };
      GhOriginator got;

      if (!gh_originator_parse (row->text, &home, arena, &got, &fault))
        g_error ("%s: %s", row->text, fault.text);
      g_assert_cmpstr (got.sp_domain, ==, row->sp_domain);
      g_assert_cmpstr (got.cse_id, ==, row->cse_id);
      g_assert_cmpstr (got.ae_id, ==, row->ae_id);
      g_assert_cmpstr (gh_originator_print (&got, &home, arena), ==, row->printed);
      g_assert_true (gh_originator_is (&got, row->printed, &home));
      g_assert_true (gh_originator_is_well_formed (row->text));
      for (gsize j = 0; j < G_N_ELEMENTS (accepted); j++)
        g_assert_cmpint (gh_originator_same (row->text, accepted[j].text, &home), ==,
                         g_str_equal (row->printed, accepted[j].printed));
    }
}

static const char *const refused[] = {
  "",
  "*",
  ".*",
  "**",
  ".",
  "..",
  "all",
  "C",
  "S",
  "C*",
  "/gatehouse/C*",
  "//*/x/C1",
  " ",
  " CMonitor",
  "CMonitor ",
  "CMon itor",
  "CMonitor\t",
  "CMonitor\r",
  "CMonitor\n",
  "CMonitor\r\nX-M2M-Origin: CAdmin",
  "C\001",
  "C\177",
  "C\xff",
  "C\xc0\xaf",
  "C\xed\xa0\x80",
  "\xd0\xa1Monitor" /* a Cyrillic letter that looks like C */,
  "CM\xc3\xb6nitor",
  "C\xe2\x80\x8bx",
  "/",
  "//",
  "///",
  "/gatehouse/",
  "//m2msp.org/",
  "/gatehouse//CMonitor",
  "//m2msp.org//CMonitor",
  "CMonitor/",
  "gatehouse/CMonitor",
  "/gatehouse/../x",
  "/gatehouse/../C1",
  "/./C1",
  "/../C1",
  "/gatehouse/C1/x",
  "//m2msp.org/gatehouse/C1/x",
  "//m2msp.org",
  "/gatehouse/cMonitor",
  "/gatehouse/cnt-1",
  "cMonitor",
  "monitor",
  "admin:admin",
  "C%41",
  "C\\x",
  "C'x",
  "C\"x",
  "C?x",
  "C#x",
  "C@x",
  "C+x",
  "[::1]",
  "http://x/C1",
  "/gatehouse/C",
  "/gatehouse/S",
};

static void
test_what_names_nobody_is_refused (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 16);

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      GhFault fault = { 0 };
      GhOriginator got;

      if (gh_originator_parse (refused[i], &home, arena, &got, &fault))
        g_error ("'%s' was accepted", refused[i]);
      g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
      g_assert_true (g_str_has_prefix (fault.text, "From: "));
      g_assert_false (gh_originator_is_well_formed (refused[i]));
      g_assert_false (gh_originator_same (refused[i], refused[i], &home));
    }
}

static void
test_length_is_bounded (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 16);
  g_autofree char *longest = g_strnfill (255, 'C');
  g_autofree char *too_long = g_strnfill (256, 'C');
  GhFault fault = { 0 };
  GhOriginator got;

  g_assert_true (gh_originator_parse (longest, &home, arena, &got, &fault));
  g_assert_false (gh_originator_parse (too_long, &home, arena, &got, &fault));
  g_assert_cmpstr (fault.text, ==, "From: is longer than 255 octets");
}

static void
test_home_with_s_is_a_cse (void)
{
  const GhHome smart = { "m2msp.org", "Smart" };
  g_autoptr (GhArena) arena = gh_arena_new (1 << 16);
  GhOriginator got;

  g_assert_true (gh_originator_parse ("/Smart", &smart, arena, &got, NULL));
  g_assert_cmpstr (got.cse_id, ==, "Smart");
  g_assert_null (got.ae_id);
  g_assert_true (gh_originator_parse ("Smart", &smart, arena, &got, NULL));
  g_assert_cmpstr (got.ae_id, ==, "Smart");
  g_assert_false (gh_originator_same ("Smart", "/Smart", &smart));
}

static void
test_without_home_relative_equals_relative_only (void)
{
  g_assert_true (gh_originator_same ("CMonitor", "CMonitor", NULL));
  g_assert_false (gh_originator_same ("CMonitor", "/gatehouse/CMonitor", NULL));
  g_assert_false (
    gh_originator_same ("/gatehouse/CMonitor", "//m2msp.org/gatehouse/CMonitor", NULL));
  g_assert_true (gh_originator_same ("Sabc", "/Sabc", NULL));
}

static void
test_full_arena_is_a_fault (void)
{
  g_autoptr (GhArena) arena = gh_arena_new (16);
  GhFault fault = { 0 };
  GhOriginator got;

  g_assert_false (
    gh_originator_parse ("//m2msp.org/gatehouse/CMonitor", &home, arena, &got, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_TOO_LARGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/originator/forms-of-one-are-one", test_forms_of_one_originator_are_one);
  g_test_add_func ("/originator/what-names-nobody-is-refused", test_what_names_nobody_is_refused);
  g_test_add_func ("/originator/length-is-bounded", test_length_is_bounded);
  g_test_add_func ("/originator/home-with-s-is-a-cse", test_home_with_s_is_a_cse);
  g_test_add_func ("/originator/without-home", test_without_home_relative_equals_relative_only);
  g_test_add_func ("/originator/full-arena-is-a-fault", test_full_arena_is_a_fault);
  return g_test_run ();
}
