/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../access/policy-reference.h"
#include "primitive/gh-json-reader.h"

#include <string.h>

/*
 * The first octet picks operation and authentication, the second the peer's address, the third the
 * time; a line with the originator follows, and the rest is the set of rules. The compiled decision
 * must be that of the reference: above all, nobody is permitted whom no entry of acor means.
 */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define MAX_SIZE (64 << 10)

static const GhHome home = { "m2msp.org", "gatehouse" };

static const guint8 peers[4][16] = {
  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 },
  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7 },
  { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
};

static void
check_originator (const GhOriginator *originator, const char *text, GhArena *arena)
{
  const char *printed = gh_originator_print (originator, &home, arena);

  if (printed == NULL || !gh_originator_is (originator, printed, &home)
      || !gh_originator_same (text, printed, &home) || !gh_originator_is_well_formed (text))
    g_error ("%s and %s are not the same", text, printed);
}

static void
check_decision (const GhValue *set, const GhPolicy *policy, const GhRequestFacts *request)
{
  const GhPolicy *policies[] = { policy };
  const GhValue *sets[] = { set };
  const GhFact facts[] = { { GH_FACT_GROUP_MEMBER, "grp-1", TRUE },
                           { GH_FACT_ROLE, "admin@role.example", FALSE } };
  const GhKnownFacts known = { facts, G_N_ELEMENTS (facts) };
  Reference reference;
  GhNeeds needs;
  GhVerdict verdict = gh_decide (policies, 1, request, &known, &needs);

  reference_decide (sets, 1, &home, request, &known, &reference);
  if (verdict != reference.verdict)
    g_error ("compiled %d, reference %d", verdict, reference.verdict);
  if (needs.n != MIN (g_hash_table_size (reference.needs), GH_MAX_NEEDS))
    g_error ("%u needs", needs.n);
  reference_clear (&reference);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const guint8 *line = size > 3 ? memchr (data + 3, '\n', size - 3) : NULL;
  g_autoptr (GhArena) arena = NULL;
  g_autoptr (GhPolicy) policy = NULL;
  g_autofree char *from = NULL;
  GhRequestFacts request = { .target_type = 3, .target_specialization = "a.b" };
  GhFault fault = { 0 };
  GhValue set;

  if (line == NULL || size > MAX_SIZE)
    return 0;
  arena = gh_arena_new (4 << 20);
  from = g_strndup ((const char *) data + 3, (gsize) (line - data) - 3);
  if (!gh_json_parse ((const char *) line + 1, size - (gsize) (line + 1 - data), arena, &set,
                      &fault))
    return 0;
  policy = gh_policy_compile (&set, &home, &fault);
  if (!gh_originator_parse (from, &home, arena, &request.originator, &fault))
    return 0;
  check_originator (&request.originator, from, arena);
  if (policy == NULL)
    return 0;
  request.operation = 1u << data[0] % 6;
  request.proof = (data[0] & 0x80) != 0 ? (GhProof) (1 + data[1] / 5 % 9) : GH_PROOF_NONE;
  request.strength = request.proof != GH_PROOF_NONE ? 64 * (1 + data[1] / 45 % 4) : 0;
  request.created_type = request.operation == GH_ACOP_CREATE ? 1 + data[0] / 6 % 4 : 0;
  request.peer_address = data[1] % 5 < 4 ? peers[data[1] % 5] : NULL;
  /* From 1997 to 2094 in odd steps. */
  request.wall_us = G_GINT64_CONSTANT (853545678) * G_USEC_PER_SEC
                    + data[2] * G_GINT64_CONSTANT (11987654) * G_USEC_PER_SEC;
  check_decision (&set, policy, &request);
  return 0;
}
