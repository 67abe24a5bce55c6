/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "policy-fixture.h"
#include "policy-reference.h"

#include <string.h>

/* Random policies and requests: the compiled decision must say what the slow reference says. */

#define ROUNDS       4000
#define REQUESTS     12
#define MAX_POLICIES 3

static const char *const entries[] = {
  "C1",
  "C2",
  "CMonitor",
  "/gatehouse/C1",
  "//m2msp.org/gatehouse/C2",
  "/other/C1",
  "S1",
  "/S1",
  "/x/S1",
  "Sabc",
  "//else.org/S1",
  "/gatehouse",
  "/other",
  "//else.org/cse",
  "//m2msp.org",
  "//else.org",
  "all",
  "C*",
  "S*",
  "C*1",
  "C*o*r",
  "/*",
  "/*/*",
  "/oth*",
  "/gatehouse/*",
  "//*/cse",
  "//*/S*",
  "//*/*",
  "//*/*/C*",
  "//e*/c*/C1",
  "/*/S1",
  "*",
  ".*",
  "**",
  "//*",
  "/",
  "",
  "C**",
  "grp-1",
  "gatehouse/grp",
  "/other/grp",
  "admin@role.example",
  "user@role.example",
  "bad@Role",
  "*@x",
  "/gatehouse/..",
  "C1/fopt",
  "//else.org/cse/x/y",
};
static const char *const originators[] = {
  "C1",
  "C2",
  "CMonitor",
  "Cother",
  "S1",
  "Sabc",
  "/gatehouse",
  "/other",
  "/other/C1",
  "/oth/C2",
  "//else.org/cse",
  "//else.org/S1",
  "//else.org/cse/C1",
  "//third.org/x/C9",
};
static const char *const windows[] = {
  "* * * * * * *",    "* * 8-17 * * * *",   "* * * * * 1-5 *",
  "* * * 29 2 * *",   "0-29 * */2 * * * *", "* 0-30/5,45 * * * * 2024-2030/2",
  "* * * * 3 * 2026", "* * * 1-7 * 0 *",
};
static const char *const blocks_v4[] = { "0.0.0.0/0",   "10.0.0.0/8",  "10.0.16.0/20",
                                         "10.0.0.2/31", "10.0.0.3/32", "192.0.2.1" };
static const char *const blocks_v6[] = { "::/0",          "2001:db8::/32",
                                         "::1",           "::ffff:10.0.0.0/104",
                                         "::ffff:0:0/96", "::fffe:0:0/95",
                                         "2001:db8::/127" };
static const char *const peers[] = { "10.0.0.1",    "10.0.0.2",        "10.0.0.3",  "10.0.16.9",
                                     "192.0.2.1",   "8.8.8.8",         "::1",       "2001:db8::1",
                                     "2001:db9::1", "::ffff:10.0.0.3", "::fffe:1:1" };
static const char *const frameworks[] = { "psk", "x509", "rpk", "bus-uid", "none", "smoke" };
static const guint strengths[] = { 112, 128, 192, 256 };
static const char *const facts[] = {
  "grp-1", "gatehouse/grp", "/other/grp", "admin@role.example", "user@role.example", "C1/fopt"
};

#define PICK(rand, table) ((table)[g_rand_int_range ((rand), 0, G_N_ELEMENTS (table))])

static gboolean
chance (GRand *rand, int one_in)
{
  return g_rand_int_range (rand, 0, one_in) == 0;
}

static void
append_list (GString *json, GRand *rand, const char *const *table, int n_table, int maximum)
{
  int n = g_rand_int_range (rand, 0, maximum + 1);

  g_string_append_c (json, '[');
  for (int i = 0; i < n; i++)
    g_string_append_printf (json, "%s'%s'", i > 0 ? "," : "",
                            table[g_rand_int_range (rand, 0, n_table)]);
  g_string_append_c (json, ']');
}

static void
append_context (GString *json, GRand *rand)
{
  const char *comma = "";

  g_string_append_c (json, '{');
  if (chance (rand, 2))
    {
      g_string_append (json, "'actw':");
      append_list (json, rand, windows, G_N_ELEMENTS (windows), 3);
      comma = ",";
    }
  if (chance (rand, 2))
    {
      g_string_append_printf (json, "%s'acip':{'ipv4':", comma);
      append_list (json, rand, blocks_v4, G_N_ELEMENTS (blocks_v4), 2);
      g_string_append (json, ",'ipv6':");
      append_list (json, rand, blocks_v6, G_N_ELEMENTS (blocks_v6), 2);
      g_string_append (json, chance (rand, 12) ? ",'ipv9':[]}" : "}");
      comma = ",";
    }
  if (chance (rand, 4))
    {
      g_string_append_printf (json, "%s'ghfw':", comma);
      append_list (json, rand, frameworks, G_N_ELEMENTS (frameworks), 3);
      comma = ",";
    }
  if (chance (rand, 4))
    {
      g_string_append_printf (json, "%s'ghst':%u", comma, PICK (rand, strengths));
      comma = ",";
    }
  if (chance (rand, 8))
    g_string_append_printf (json, "%s'aclr':{'accc':['DE']}", comma);
  g_string_append_c (json, '}');
}

static void
append_object (GString *json, GRand *rand)
{
  g_string_append (json, "{'chty':[");
  for (int i = g_rand_int_range (rand, 0, 3), first = 1; i > 0; i--, first = 0)
    g_string_append_printf (json, "%s%d", first ? "" : ",", g_rand_int_range (rand, 2, 6));
  g_string_append_c (json, ']');
  if (chance (rand, 2))
    g_string_append_printf (json, ",'ty':%d", g_rand_int_range (rand, 2, 5));
  if (chance (rand, 4))
    g_string_append (json, chance (rand, 2) ? ",'spty':'a.b'" : ",'spty':1001");
  if (chance (rand, 12))
    g_string_append (json, ",'new':1");
  g_string_append_c (json, '}');
}

static void
append_objects (GString *json, GRand *rand, void (*append) (GString *, GRand *))
{
  int n = g_rand_int_range (rand, 0, 3);

  g_string_append_c (json, '[');
  for (int i = 0; i < n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      append (json, rand);
    }
  g_string_append_c (json, ']');
}

static void
append_rule (GString *json, GRand *rand)
{
  g_string_append (json, "{'acor':");
  append_list (json, rand, entries, G_N_ELEMENTS (entries), 4);
  g_string_append_printf (json, ",'acop':%d", g_rand_int_range (rand, 0, 64));
  if (chance (rand, 4))
    g_string_append (json, chance (rand, 2) ? ",'acaf':true" : ",'acaf':false");
  if (chance (rand, 3))
    {
      g_string_append (json, ",'acco':");
      append_objects (json, rand, append_context);
    }
  if (chance (rand, 4))
    {
      g_string_append (json, ",'acod':");
      append_objects (json, rand, append_object);
    }
  if (chance (rand, 40))
    g_string_append (json, ",'later':1");
  g_string_append_c (json, '}');
}

static char *
random_policy (GRand *rand)
{
  g_autoptr (GString) json = g_string_new ("{'acr':[");
  int n = g_rand_int_range (rand, 0, chance (rand, 20) ? 60 : 5);

  for (int i = 0; i < n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      append_rule (json, rand);
    }
  g_string_append (json, "]}");
  return g_strdup (json->str);
}

static GhRequestFacts
random_request (GRand *rand, guint8 address[16])
{
  GhRequestFacts request = fixture_request (PICK (rand, originators));

  request.proof = chance (rand, 2) ? GH_PROOF_NONE : (GhProof) g_rand_int_range (rand, 1, 10);
  request.strength = request.proof == GH_PROOF_NONE ? 0 : PICK (rand, strengths);
  request.operation = 1u << g_rand_int_range (rand, 0, 6);
  request.target_type = g_rand_int_range (rand, 2, 5);
  request.created_type = request.operation == GH_ACOP_CREATE ? g_rand_int_range (rand, 2, 6) : 0;
  request.target_specialization = chance (rand, 2) ? NULL : chance (rand, 2) ? "a.b" : "1001";
  fixture_address (PICK (rand, peers), address);
  request.peer_address = chance (rand, 6) ? NULL : address;
  request.wall_us = (gint64) g_rand_int_range (rand, 0, 2000000000) * G_USEC_PER_SEC
                    + g_rand_int_range (rand, 0, 1000000);
  return request;
}

static guint
random_facts (GRand *rand, GhFact out[G_N_ELEMENTS (facts)])
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      if (chance (rand, 2))
        out[n++] = (GhFact){ strchr (facts[i], '@') != NULL ? GH_FACT_ROLE : GH_FACT_GROUP_MEMBER,
                             facts[i], chance (rand, 4) };
    }
  return n;
}

static void
check_needs (const GhNeeds *needs, const Reference *reference)
{
  g_assert_cmpuint (needs->n, ==, MIN (g_hash_table_size (reference->needs), GH_MAX_NEEDS));
  for (guint i = 0; i < needs->n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d:%s", needs->kinds[i], needs->names[i]);

      g_assert_true (g_hash_table_contains (reference->needs, name));
    }
}

static void
check_round (guint32 seed, guint verdicts[3])
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GhArena) arena = gh_arena_new (8 << 20);
  guint n = (guint) g_rand_int_range (rand, 1, MAX_POLICIES + 1);
  GhPolicy *policies[MAX_POLICIES];
  GhValue sets[MAX_POLICIES];
  const GhValue *pointers[MAX_POLICIES] = { &sets[0], &sets[1], &sets[2] };

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *json = random_policy (rand);

      policies[i] = fixture_policy (json);
      sets[i] = fixture_value (arena, json);
    }
  for (guint i = 0; i < REQUESTS; i++)
    {
      guint8 address[16];
      GhRequestFacts request = random_request (rand, address);
      GhFact some[G_N_ELEMENTS (facts)];
      GhKnownFacts known = { some, random_facts (rand, some) };
      Reference reference;
      GhNeeds needs;
      GhVerdict verdict = gh_decide ((const GhPolicy *const *) policies, n, &request, &known,
                                     &needs);

      reference_decide (pointers, n, &fixture_home, &request, &known, &reference);
      if (verdict != reference.verdict)
        g_error ("seed %u request %u: compiled %d, reference %d", seed, i, verdict,
                 reference.verdict);
      check_needs (&needs, &reference);
      verdicts[verdict]++;
      reference_clear (&reference);
    }
  for (guint i = 0; i < n; i++)
    gh_policy_unref (policies[i]);
}

static void
test_compiled_decision_agrees_with_reference (void)
{
  guint verdicts[3] = { 0 };

  for (guint32 seed = 1; seed <= ROUNDS; seed++)
    check_round (seed, verdicts);
  g_test_message ("deny %u, allow %u, need %u", verdicts[GH_DENY], verdicts[GH_ALLOW],
                  verdicts[GH_NEED]);
  /* The generator must not make it easy. */
  g_assert_cmpuint (verdicts[GH_DENY], >, ROUNDS);
  g_assert_cmpuint (verdicts[GH_ALLOW], >, ROUNDS);
  g_assert_cmpuint (verdicts[GH_NEED], >, ROUNDS / 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decision-random/agrees-with-reference",
                   test_compiled_decision_agrees_with_reference);
  return g_test_run ();
}
