/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "policy-fixture.h"

#include "base/gh-clock.h"
#include "primitive/gh-json-reader.h"

#include <arpa/inet.h>
#include <string.h>

const GhHome fixture_home = { "m2msp.org", "gatehouse" };

GhValue
fixture_value (GhArena *arena, const char *json)
{
  char *text = g_strdelimit (gh_arena_strdup (arena, json), "'", '"');
  GhFault fault = { 0 };
  GhValue value;

  if (!gh_json_parse (text, strlen (text), arena, &value, &fault))
    g_error ("%s: %s", json, fault.text);
  return value;
}

GhPolicy *
fixture_compile (const char *json, GhFault *fault)
{
  g_autoptr (GhArena) arena = gh_arena_new (8 << 20);
  GhValue value = fixture_value (arena, json);

  return gh_policy_compile (&value, &fixture_home, fault);
}

GhPolicy *
fixture_policy (const char *json)
{
  GhFault fault = { 0 };
  GhPolicy *policy = fixture_compile (json, &fault);

  if (policy == NULL)
    g_error ("%s: %s", json, fault.text);
  return policy;
}

GhOriginator
fixture_originator (const char *from)
{
  static GhArena *arena;
  GhOriginator originator;
  GhFault fault = { 0 };

  if (arena == NULL || gh_arena_used (arena) > 64 << 20)
    arena = gh_arena_new (128 << 20);
  if (!gh_originator_parse (from, &fixture_home, arena, &originator, &fault))
    g_error ("%s: %s", from, fault.text);
  return originator;
}

GhRequestFacts
fixture_request (const char *from)
{
  return (GhRequestFacts){
    .originator = fixture_originator (from),
    .operation = GH_ACOP_RETRIEVE,
    .target_type = 3,
    .wall_us = fixture_time ("20260301T120000"),
  };
}

void
fixture_address (const char *text, guint8 out[16])
{
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

  if (strchr (text, ':') != NULL)
    {
      g_assert_cmpint (inet_pton (AF_INET6, text, out), ==, 1);
      return;
    }
  memcpy (out, prefix, sizeof prefix);
  g_assert_cmpint (inet_pton (AF_INET, text, out + 12), ==, 1);
}

gint64
fixture_time (const char *timestamp)
{
  gint64 wall_us = 0;

  g_assert_true (gh_timestamp_parse (timestamp, strlen (timestamp), &wall_us));
  return wall_us;
}

GhVerdict
fixture_decide (const char *json, const GhRequestFacts *request, GhNeeds *out_needs)
{
  g_autoptr (GhPolicy) policy = fixture_policy (json);
  const GhPolicy *policies[] = { policy };
  GhVerdict verdict = gh_decide (policies, 1, request, NULL, out_needs);

  /* The names point into the policy. */
  for (guint i = 0; out_needs != NULL && i < out_needs->n; i++)
    out_needs->names[i] = g_intern_string (out_needs->names[i]);
  return verdict;
}
