/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-decision.h"
#include "primitive/gh-json-reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What one access decision costs, nothing cached: one line of CSV a case and round, in CPU
 * nanoseconds; the cases take turns within a round. bench-decision [ROUNDS [ITERATIONS]] */

static const GhHome home = { "m2msp.org", "gatehouse" };

/* One rule; %u is its number, which may be left out. */
static const struct {
  const char *name;
  guint rules;
  const char *rule, *from;
  guint operation;
  GhVerdict expected;
} cases[] = {
  { "1-exact-allow", 1, "{\"acor\":[\"CMonitor\"],\"acop\":63}", "CMonitor", GH_ACOP_RETRIEVE,
    GH_ALLOW },
  { "3-exact-last-allow", 3, "{\"acor\":[\"C%u\"],\"acop\":63}", "C2", GH_ACOP_RETRIEVE, GH_ALLOW },
  { "3-exact-deny", 3, "{\"acor\":[\"C%u\"],\"acop\":63}", "CIntruder", GH_ACOP_RETRIEVE, GH_DENY },
  { "3-wildcard-deny", 3, "{\"acor\":[\"C%u*\"],\"acop\":63}", "CIntruder", GH_ACOP_RETRIEVE,
    GH_DENY },
  { "1-window-and-network-allow", 1,
    "{\"acor\":[\"CMonitor\"],\"acop\":63,\"acco\":[{\"actw\":[\"* * 8-17 * * 0-6 *\"],"
    "\"acip\":{\"ipv4\":[\"10.0.0.0/8\"]}}]}",
    "CMonitor", GH_ACOP_RETRIEVE, GH_ALLOW },
  { "1000-exact-last-allow", 1000, "{\"acor\":[\"C%u\"],\"acop\":63}", "C999", GH_ACOP_RETRIEVE,
    GH_ALLOW },
  { "1000-exact-deny", 1000, "{\"acor\":[\"C%u\"],\"acop\":63}", "CIntruder", GH_ACOP_RETRIEVE,
    GH_DENY },
  { "1000-same-originator-deny", 1000, "{\"acor\":[\"CMonitor\"],\"acop\":1}", "CMonitor",
    GH_ACOP_RETRIEVE, GH_DENY },
  { "1000-all-deny", 1000, "{\"acor\":[\"all\"],\"acop\":1}", "CMonitor", GH_ACOP_RETRIEVE,
    GH_DENY },
  { "1000-wildcard-deny", 1000, "{\"acor\":[\"C%u*\"],\"acop\":63}", "CIntruder", GH_ACOP_RETRIEVE,
    GH_DENY },
  { "1000-wildcard-suffix-deny", 1000, "{\"acor\":[\"C*%u\"],\"acop\":63}", "CIntruder",
    GH_ACOP_RETRIEVE, GH_DENY },
  { "1000-window-deny", 1000,
    "{\"acor\":[\"CMonitor\"],\"acop\":63,\"acco\":[{\"actw\":[\"* * 20-23 * * 0-6 *\"]}]}",
    "CMonitor", GH_ACOP_RETRIEVE, GH_DENY },
};

static volatile guint sink;

static gint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static GhPolicy *
compile_case (guint index)
{
  g_autoptr (GhArena) arena = gh_arena_new (64 << 20);
  g_autoptr (GString) json = g_string_new ("{\"acr\":[");
  GhFault fault = { 0 };
  GhPolicy *policy;
  GhValue set;

  for (guint i = 0; i < cases[index].rules; i++)
    {
      g_autoptr (GString) rule = g_string_new (cases[index].rule);
      g_autofree char *number = g_strdup_printf ("%u", i);

      if (i > 0)
        g_string_append_c (json, ',');
      g_string_replace (rule, "%u", number, 0);
      g_string_append_len (json, rule->str, (gssize) rule->len);
    }
  g_string_append (json, "]}");
  if (!gh_json_parse (json->str, json->len, arena, &set, &fault))
    g_error ("%s", fault.text);
  policy = gh_policy_compile (&set, &home, &fault);
  if (policy == NULL)
    g_error ("%s", fault.text);
  return policy;
}

static void
run_case (guint index, const GhPolicy *policy, guint iterations)
{
  static const guint8 peer[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 };
  g_autoptr (GhArena) arena = gh_arena_new (4096);
  const GhPolicy *policies[] = { policy };
  GhRequestFacts request = { .operation = cases[index].operation,
                             .target_type = 3,
                             .peer_address = peer,
                             .wall_us = G_GINT64_CONSTANT (1772366400000000) };
  gint64 start_ns;

  if (!gh_originator_parse (cases[index].from, &home, arena, &request.originator, NULL))
    g_error ("%s", cases[index].from);
  start_ns = now_ns ();
  for (guint i = 0; i < iterations; i++)
    {
      GhNeeds needs;

      sink += gh_decide (policies, 1, &request, NULL, &needs) == cases[index].expected;
    }
  printf ("%s,%u,%.1f\n", cases[index].name, cases[index].rules,
          (double) (now_ns () - start_ns) / iterations);
}

int
main (int argc, char **argv)
{
  guint rounds = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 5;
  guint iterations = argc > 2 ? (guint) strtoul (argv[2], NULL, 10) : 100000;
  GhPolicy *policies[G_N_ELEMENTS (cases)];
  guint expected = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    policies[i] = compile_case (i);
  printf ("case,rules,ns\n");
  for (guint round = 0; round < rounds; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          run_case (i, policies[i], iterations);
          expected += iterations;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    gh_policy_unref (policies[i]);
  return sink == expected ? 0 : 1;
}
