/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "policy-fixture.h"

#include <string.h>

static const char *
verdict_name (GhVerdict verdict)
{
  return verdict == GH_ALLOW ? "allow" : verdict == GH_DENY ? "deny" : "need";
}

/* One entry of acor against some originators: first those that match, behind "|" those that do not.
 */
static const char *const entries[][2] = {
  { "CMonitor",
    "CMonitor /gatehouse/CMonitor //m2msp.org/gatehouse/CMonitor | CMonito CMonitor2 CMONITOR "
    "Cmonitor CM CMonitorx /other/CMonitor //else.org/gatehouse/CMonitor /gatehouse /CMonitor" },
  { "/gatehouse/CMonitor", "CMonitor | /other/CMonitor" },
  { "//m2msp.org/gatehouse/CMonitor", "CMonitor | //else.org/gatehouse/CMonitor" },
  { "/other/C1", "/other/C1 //m2msp.org/other/C1 | C1 //else.org/other/C1" },
  { "Sabc", "Sabc /Sabc /other/Sabc //m2msp.org/Sabc | Sab Sabcd SABC //else.org/Sabc" },
  { "/Sabc", "Sabc | /abc Cabc" },
  { "/other/Sabc", "Sabc | /other" },
  { "/gatehouse", "/gatehouse //m2msp.org/gatehouse | CMonitor /gatehous //else.org/gatehouse" },
  { "//m2msp.org",
    "CMonitor Sabc /other /other/C1 /gatehouse | //else.org/C1 //m2msp.org.evil/C1" },
  { "//else.org",
    "//else.org/cse //else.org/Sabc //else.org/cse/C1 | CMonitor //sub.else.org/cse" },
  { "all", "CMonitor Sabc /other //else.org/cse/C1 |" },
  /* TS-0003 Table 7.1.3-2 */
  { "//*/other", "/other //else.org/other | /other/C1 Sother CMonitor" },
  { "//*/oth*", "/other /oth //else.org/otherone | /ot /another /other/C1" },
  { "/oth*", "/other /oth | //else.org/other /other/C1" },
  { "//else.org/S988", "//else.org/S988 | S988" },
  { "//*/other/C9886", "/other/C9886 //else.org/other/C9886 | C9886 /other" },
  { "//*/oth*/C9886", "/other/C9886 //else.org/oth/C9886 | /other/C98866" },
  { "/other/C98*", "/other/C98 /other/C9886 | /other/C9 C9886 //else.org/other/C98" },
  { "/oth*/C98*", "/other/C9886 | /gatehouse/C9886 /other" },
  { "/SmyAE*", "SmyAE SmyAE7 | //else.org/SmyAE7 SmyA CmyAE" },
  { "C*", "CMonitor /gatehouse/C1 | /other/C1 Sabc /gatehouse /CSE1" },
  { "S*", "Sabc | CMonitor //else.org/Sabc /other" },
  { "C*tor", "CMonitor Ctor CMonitortor | CMonitors Ctora Cto" },
  { "C*on*or", "CMonitor Conor | CMoitor Cor Conr" },
  { "C*abcdefghijk", "Cabcdefghijk Cxabcdefghijk | CXbcdefghijk Cbcdefghijk Cabcdefghijkl" },
  { "Cab*ba", "Cabba Cabxba | Caba Cab" },
  { "/o*r/C1", "/other/C1 /or/C1 | /oth/C1 /oro/C1 /ro/C1" },
  { "//e*g/cse", "//else.org/cse | //else.com/cse" },
  { "/*", "/gatehouse /other | CMonitor Sabc //else.org/cse" },
  { "/*/*", "CMonitor /other/C1 | Sabc /other //else.org/cse/C1" },
  { "/gatehouse/*", "CMonitor | /other/C1 Sabc /gatehouse" },
  /* What names nobody. */
  { "*", "| CMonitor Sabc /other //else.org/cse/C1" },
  { ".*", "| CMonitor Sabc /other" },
  { "**", "| CMonitor Sabc" },
  { "C**", "| CMonitor" },
  { "*C", "| CMonitor C1C" },
  { "?*", "| CMonitor" },
  { "C?onitor", "| CMonitor" },
  { "C[A-Z]onitor", "| CMonitor" },
  { "^CMonitor$", "| CMonitor" },
  { "CMonitor|Sabc", "| CMonitor Sabc" },
  { "CMonitor,Sabc", "| CMonitor Sabc" },
  { "(CMonitor)", "| CMonitor" },
  { "", "| CMonitor Sabc /gatehouse" },
  { " ", "| CMonitor" },
  { " CMonitor", "| CMonitor" },
  { "CMonitor ", "| CMonitor" },
  { "CMonitor\\r\\n", "| CMonitor" },
  { "CMonitor\\nall", "| CMonitor" },
  { "\\u0421Monitor", "| CMonitor" },
  { "CMonitor\\u200b", "| CMonitor" },
  { "All", "| CMonitor Call" },
  { "ALL", "| CMonitor" },
  { "all*", "| CMonitor Call" },
  { "a*l", "| CMonitor Call" },
  { "/all", "| CMonitor /gatehouse" },
  { "//all", "| CMonitor" },
  { "C", "| CMonitor" },
  { "S", "| Sabc" },
  { "/", "| CMonitor /gatehouse" },
  { "//", "| CMonitor" },
  { "//*", "| CMonitor /other //else.org/cse" },
  { "//*.org", "| CMonitor //else.org/cse" },
  { "//m2msp.org/", "| CMonitor /gatehouse" },
  { "/gatehouse/", "| CMonitor /gatehouse" },
  { "/gatehouse//CMonitor", "| CMonitor" },
  { "/gatehouse/../C1", "| C1" },
  { "/x/../gatehouse", "| /gatehouse" },
  { "/./CMonitor", "| CMonitor" },
  { "/gatehouse/S*", "| Sabc" },
  { "/*/S*", "| Sabc" },
  { "/*/Sabc", "| Sabc" },
  { "*/CMonitor", "| CMonitor" },
  { "gatehouse/*", "| CMonitor" },
  { "/gatehouse/x*", "| CMonitor /gatehouse/Cx" },
  { "http://m2msp.org/gatehouse/CMonitor", "| CMonitor" },
  { "cmonitor", "| CMonitor" },
  { "*@role.example", "| CMonitor" },
  { "admin@Role.example", "| CMonitor" },
  { "admin@", "| CMonitor" },
  { "@role.example", "| CMonitor" },
  { "a@b@c", "| CMonitor" },
};

static void
test_originators_match_by_octet (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_autofree char *json = g_strdup_printf ("{'acr':[{'acor':['%s'],'acop':63}]}",
                                               entries[i][0]);
      g_auto (GStrv) originators = g_strsplit (entries[i][1], " ", -1);
      GhVerdict expected = GH_ALLOW;

      for (char **from = originators; *from != NULL; from++)
        {
          GhRequestFacts request;
          GhVerdict verdict;

          if (**from == '|')
            expected = GH_DENY;
          if (**from == '|' || **from == '\0')
            continue;
          request = fixture_request (*from);
          verdict = fixture_decide (json, &request, NULL);
          if (verdict != expected)
            g_error ("'%s' and %s: %s", entries[i][0], *from, verdict_name (verdict));
        }
    }
}

static void
test_inert_entries_are_counted (void)
{
  static const struct {
    const char *json;
    guint inert;
  } rows[] = {
    { "{'acr':[{'acor':['all','C1','/x','S*','grp-1','a@b.c'],'acop':63}]}", 0 },
    { "{'acr':[{'acor':['*','.*','//*','/x/S*'],'acop':63}]}", 4 },
    { "{'acr':[{'acor':['all'],'acop':63,'acco':[{'aclr':{'accc':['DE']}}]}]}", 1 },
    { "{'acr':[{'acor':['all'],'acop':63,'acco':[{'x':1,'y':2},{'acip':{'ipv5':[]}}]}]}", 2 },
    { "{'acr':[{'acor':['all'],'acop':63,'aca':['lbl']}]}", 1 },
    { "{'acr':[{'acor':['all'],'acop':63,'acod':[{'chty':[3],'new':1}]}]}", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GhPolicy) policy = fixture_policy (rows[i].json);

      g_assert_cmpuint (gh_policy_get_inert (policy), ==, rows[i].inert);
      g_assert_cmpuint (gh_policy_get_n_rules (policy), ==, 1);
    }
}

static void
test_operations_are_bits (void)
{
  for (guint acop = 0; acop <= GH_ACOP_ALL; acop++)
    {
      g_autofree char *json = g_strdup_printf ("{'acr':[{'acor':['CMonitor'],'acop':%u}]}", acop);
      g_autoptr (GhPolicy) policy = fixture_policy (json);
      const GhPolicy *policies[] = { policy };
      GhRequestFacts request = fixture_request ("CMonitor");

      for (guint operation = 0; operation <= 128; operation++)
        {
          gboolean one = operation != 0 && (operation & (operation - 1)) == 0 && operation <= 32;

          request.operation = operation;
          g_assert_cmpint (gh_decide (policies, 1, &request, NULL, NULL), ==,
                           one && (acop & operation) != 0 ? GH_ALLOW : GH_DENY);
        }
    }
}

typedef struct {
  const char *rule; /* what stands beside acor CMonitor and acop 63 */
  const char *peer, *time;
  gboolean authenticated;
  guint operation;
  gint target_type, created_type;
  const char *specialization;
  GhVerdict expected;
} Case;

#define AT(peer, time)                   (peer), (time), FALSE, GH_ACOP_RETRIEVE, 3, 0, NULL
#define NOON                             "20260301T120000"
#define CREATE(target, special, created) NULL, NOON, FALSE, GH_ACOP_CREATE, target, created, special

static const Case cases[] = {
  { "", AT (NULL, NOON), GH_ALLOW },
  /* acaf */
  { ",'acaf':true", AT (NULL, NOON), GH_DENY },
  { ",'acaf':false", AT (NULL, NOON), GH_ALLOW },
  { ",'acaf':true", NULL, NOON, TRUE, GH_ACOP_RETRIEVE, 3, 0, NULL, GH_ALLOW },
  { ",'acaf':false", NULL, NOON, TRUE, GH_ACOP_RETRIEVE, 3, 0, NULL, GH_ALLOW },
  /* acco: a list that is there and empty admits no context; an element without parameters every
     one. */
  { ",'acco':[]", AT ("10.0.0.1", NOON), GH_DENY },
  { ",'acco':[{}]", AT ("10.0.0.1", NOON), GH_ALLOW },
  { ",'acco':[{'acip':{}}]", AT ("10.0.0.1", NOON), GH_DENY },
  { ",'acco':[{'acip':{'ipv4':[]}}]", AT ("10.0.0.1", NOON), GH_DENY },
  { ",'acco':[{'actw':[]}]", AT ("10.0.0.1", NOON), GH_DENY },
  { ",'acco':[{'actw':['* * 12 * * * *']}]", AT (NULL, NOON), GH_ALLOW },
  { ",'acco':[{'actw':['* * 12 * * * *']}]", AT (NULL, "20260301T125959"), GH_ALLOW },
  { ",'acco':[{'actw':['* * 12 * * * *']}]", AT (NULL, "20260301T130000"), GH_DENY },
  { ",'acco':[{'actw':['* * 12 * * * *']}]", AT (NULL, "20260301T115959,999999"), GH_DENY },
  { ",'acco':[{'actw':['* * 11 * * * *','* * 12 * * * *']}]", AT (NULL, NOON), GH_ALLOW },
  { ",'acco':[{'actw':['* * * 29 2 * *']}]", AT (NULL, "20280229T000000"), GH_ALLOW },
  { ",'acco':[{'actw':['* * * 29 2 * *']}]", AT (NULL, "20270301T000000"), GH_DENY },
  { ",'acco':[{'acip':{'ipv4':['10.0.0.0/8']}}]", AT ("10.9.8.7", NOON), GH_ALLOW },
  { ",'acco':[{'acip':{'ipv4':['10.0.0.0/8']}}]", AT ("::ffff:10.9.8.7", NOON), GH_ALLOW },
  { ",'acco':[{'acip':{'ipv4':['10.0.0.0/8']}}]", AT ("11.0.0.0", NOON), GH_DENY },
  { ",'acco':[{'acip':{'ipv4':['10.0.0.0/8']}}]", AT ("::1", NOON), GH_DENY },
  { ",'acco':[{'acip':{'ipv4':['0.0.0.0/0']}}]", AT (NULL, NOON), GH_DENY },
  { ",'acco':[{'acip':{'ipv4':['10.0.0.0/8'],'ipv6':['::1']}}]", AT ("::1", NOON), GH_ALLOW },
  { ",'acco':[{'acip':{'ipv6':['::ffff:10.0.0.0/104']}}]", AT ("10.9.8.7", NOON), GH_ALLOW },
  { ",'acco':[{'acip':{'ipv6':['::/0']}}]", AT ("10.9.8.7", NOON), GH_DENY },
  /* within one element all must hold, of several elements one */
  { ",'acco':[{'actw':['* * 12 * * * *'],'acip':{'ipv4':['10.0.0.1']}}]", AT ("10.0.0.1", NOON),
    GH_ALLOW },
  { ",'acco':[{'actw':['* * 13 * * * *'],'acip':{'ipv4':['10.0.0.1']}}]", AT ("10.0.0.1", NOON),
    GH_DENY },
  { ",'acco':[{'actw':['* * 12 * * * *'],'acip':{'ipv4':['10.0.0.1']}}]", AT ("10.0.0.2", NOON),
    GH_DENY },
  { ",'acco':[{'actw':['* * 13 * * * *']},{'acip':{'ipv4':['10.0.0.1']}}]", AT ("10.0.0.1", NOON),
    GH_ALLOW },
  /* what is not understood denies, alone and beside what is */
  { ",'acco':[{'aclr':{'accc':['DE']}}]", AT ("10.0.0.1", NOON), GH_DENY },
  { ",'acco':[{'aclr':{'accr':[52.5,13.4,1000]},'actw':['* * 12 * * * *']}]", AT (NULL, NOON),
    GH_DENY },
  { ",'acco':[{'future':true}]", AT (NULL, NOON), GH_DENY },
  { ",'acco':[{'actw':['* * 12 * * * *'],'future':true}]", AT (NULL, NOON), GH_DENY },
  { ",'acco':[{'acip':{'ipv4':['10.0.0.1'],'ipv9':['x']}}]", AT ("10.0.0.1", NOON), GH_DENY },
  { ",'acco':[{'future':true},{'actw':['* * 12 * * * *']}]", AT (NULL, NOON), GH_ALLOW },
  { ",'aca':['lbl']", AT (NULL, NOON), GH_DENY },
  /* acod: of creates only */
  { ",'acod':[{'chty':[4]}]", CREATE (3, NULL, 4), GH_ALLOW },
  { ",'acod':[{'chty':[4]}]", CREATE (3, NULL, 3), GH_DENY },
  { ",'acod':[{'chty':[4]}]", CREATE (3, NULL, 0), GH_DENY },
  { ",'acod':[{'chty':[2,3,4]}]", CREATE (5, NULL, 3), GH_ALLOW },
  { ",'acod':[{'chty':[]}]", CREATE (3, NULL, 4), GH_DENY },
  { ",'acod':[]", CREATE (3, NULL, 4), GH_DENY },
  { ",'acod':[{'ty':3,'chty':[4]}]", CREATE (3, NULL, 4), GH_ALLOW },
  { ",'acod':[{'ty':2,'chty':[4]}]", CREATE (3, NULL, 4), GH_DENY },
  { ",'acod':[{'ty':2,'chty':[4]},{'chty':[3,4]}]", CREATE (3, NULL, 4), GH_ALLOW },
  { ",'acod':[{'ty':28,'spty':'org.example.lamp','chty':[3]}]", CREATE (28, "org.example.lamp", 3),
    GH_ALLOW },
  { ",'acod':[{'ty':28,'spty':'org.example.lamp','chty':[3]}]", CREATE (28, "org.example.lam", 3),
    GH_DENY },
  { ",'acod':[{'ty':28,'spty':'org.example.lamp','chty':[3]}]", CREATE (28, NULL, 3), GH_DENY },
  { ",'acod':[{'ty':13,'spty':1001,'chty':[23]}]", CREATE (13, "1001", 23), GH_ALLOW },
  { ",'acod':[{'ty':13,'spty':1001,'chty':[23]}]", CREATE (13, "1002", 23), GH_DENY },
  { ",'acod':[{'chty':[4]}]", AT (NULL, NOON), GH_ALLOW },
  { ",'acod':[{'chty':[4],'attributes':['lbl']}]", CREATE (3, NULL, 4), GH_DENY },
  { ",'acod':[{'chty':[4],'attributes':['lbl']}]", AT (NULL, NOON), GH_DENY },
};

static void
test_contexts_and_object_details_restrict (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *row = &cases[i];
      g_autofree char *json = g_strdup_printf ("{'acr':[{'acor':['CMonitor'],'acop':63%s}]}",
                                               row->rule);
      guint8 address[16];
      GhRequestFacts request = fixture_request ("CMonitor");
      GhVerdict verdict;

      if (row->peer != NULL)
        fixture_address (row->peer, address);
      request.peer_address = row->peer != NULL ? address : NULL;
      request.wall_us = fixture_time (row->time);
      request.proof = row->authenticated ? GH_PROOF_PSK : GH_PROOF_NONE;
      request.operation = row->operation;
      request.target_type = row->target_type;
      request.created_type = row->created_type;
      request.target_specialization = row->specialization;
      verdict = fixture_decide (json, &request, NULL);
      if (verdict != row->expected)
        g_error ("%s: %s", json, verdict_name (verdict));
      /* Whatever else a rule lists, it asks who it is. */
      request.originator = fixture_originator ("CIntruder");
      g_assert_cmpint (fixture_decide (json, &request, NULL), ==, GH_DENY);
    }
}

/* How the originator was proven: members of acco of our own. */
static void
test_frameworks_and_strength (void)
{
  static const struct {
    const char *context;
    GhProof proof;
    guint strength;
    GhVerdict expected;
  } rows[] = {
    { "{'ghfw':['x509','rpk']}", GH_PROOF_X509, 112, GH_ALLOW },
    { "{'ghfw':['x509','rpk']}", GH_PROOF_RPK, 128, GH_ALLOW },
    { "{'ghfw':['x509','rpk']}", GH_PROOF_PSK, 256, GH_DENY },
    { "{'ghfw':['x509','rpk']}", GH_PROOF_NONE, 0, GH_DENY },
    { "{'ghfw':['none']}", GH_PROOF_NONE, 0, GH_DENY },
    { "{'ghfw':['smoke']}", GH_PROOF_PSK, 256, GH_DENY },
    { "{'ghfw':['smoke','bus-uid']}", GH_PROOF_BUS_UID, 256, GH_ALLOW },
    { "{'ghfw':[]}", GH_PROOF_LOCAL, 256, GH_DENY },
    { "{'ghst':128}", GH_PROOF_PSK, 128, GH_ALLOW },
    { "{'ghst':128}", GH_PROOF_X509, 112, GH_DENY },
    { "{'ghst':1}", GH_PROOF_NONE, 0, GH_DENY },
    { "{'ghst':256}", GH_PROOF_LOCAL, 256, GH_ALLOW },
    { "{'ghfw':['psk'],'ghst':192}", GH_PROOF_PSK, 128, GH_DENY },
    { "{'ghfw':['psk'],'ghst':192}", GH_PROOF_X509, 192, GH_DENY },
    { "{'ghfw':['psk'],'ghst':192},{'ghfw':['x509']}", GH_PROOF_X509, 112,
      GH_ALLOW },
    { "{'ghst':128,'actw':['* * * * * * 2000']}", GH_PROOF_PSK, 256, GH_DENY },
    { "{'gh:colour':1}", GH_PROOF_LOCAL, 256, GH_DENY },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *json = g_strdup_printf (
        "{'acr':[{'acor':['CMonitor'],'acop':63,'acco':[%s]}]}", rows[i].context);
      GhRequestFacts request = fixture_request ("CMonitor");
      request.proof = rows[i].proof;
      request.strength = rows[i].strength;
      request.wall_us = fixture_time (NOON);
      const GhVerdict verdict = fixture_decide (json, &request, NULL);
      if (verdict != rows[i].expected)
        g_error ("%u: %s: %s", (guint) i, json, verdict_name (verdict));
    }
}

static void
test_context_makes_decisions_uncacheable (void)
{
  static const char *const with[] = {
    "{'acr':[{'acor':['C1'],'acop':1,'acco':[]}]}",
    "{'acr':[{'acor':['C1','grp-1'],'acop':1}]}",
    "{'acr':[{'acor':['C1'],'acop':1},{'acor':['a@b.c'],'acop':1}]}",
  };
  static const char *const without[] = {
    "{'acr':[]}",
    "{}",
    "{'acr':[{'acor':['all','C*','//m2msp.org'],'acop':1,'acaf':true}]}",
    "{'acr':[{'acor':['C1'],'acop':1,'acod':[{'chty':[3]}]}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (with); i++)
    {
      g_autoptr (GhPolicy) policy = fixture_policy (with[i]);

      g_assert_true (gh_policy_uses_context (policy));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (without); i++)
    {
      g_autoptr (GhPolicy) policy = fixture_policy (without[i]);

      g_assert_false (gh_policy_uses_context (policy));
    }
}

static void
test_any_rule_of_any_policy_permits (void)
{
  g_autoptr (GhPolicy) first = fixture_policy (
    "{'acr':[{'acor':['C1'],'acop':2},{'acor':['C2'],'acop':4}]}");
  g_autoptr (GhPolicy) second = fixture_policy (
    "{'acr':[{'acor':['C1'],'acop':8},{'acor':['C1'],'acop':1}]}");
  g_autoptr (GhPolicy) empty = fixture_policy ("{'acr':[]}");
  const GhPolicy *policies[] = { empty, first, second };
  GhRequestFacts request = fixture_request ("C1");

  g_assert_cmpint (gh_decide (policies, 3, &request, NULL, NULL), ==, GH_ALLOW);
  request.operation = GH_ACOP_CREATE;
  g_assert_cmpint (gh_decide (policies, 3, &request, NULL, NULL), ==, GH_ALLOW);
  g_assert_cmpint (gh_decide (policies, 2, &request, NULL, NULL), ==, GH_DENY);
  request.operation = GH_ACOP_UPDATE;
  g_assert_cmpint (gh_decide (policies, 3, &request, NULL, NULL), ==, GH_DENY);
  g_assert_cmpint (gh_decide (policies, 0, &request, NULL, NULL), ==, GH_DENY);
}

static void
test_originator_that_is_nobody_is_denied (void)
{
  GhRequestFacts request = fixture_request ("C1");

  request.originator = (GhOriginator){ 0 };
  g_assert_cmpint (fixture_decide ("{'acr':[{'acor':['all'],'acop':63}]}", &request, NULL), ==,
                   GH_DENY);
  request.originator.sp_domain = "m2msp.org";
  g_assert_cmpint (fixture_decide ("{'acr':[{'acor':['all'],'acop':63}]}", &request, NULL), ==,
                   GH_DENY);
}

static void
test_remote_facts_are_asked_for_when_they_decide (void)
{
  g_autoptr (GhPolicy) policy = fixture_policy (
    "{'acr':[{'acor':['grp-1','gatehouse/grp','admin@role.example'],'acop':2},"
    "{'acor':['grp-2'],'acop':1},{'acor':['grp-1'],'acop':6},{'acor':['/other/"
    "grp-9'],'acop':2,'acco':[]}]}");
  const GhPolicy *policies[] = { policy };
  GhRequestFacts request = fixture_request ("C1");
  GhFact facts[] = { { GH_FACT_GROUP_MEMBER, "grp-1", FALSE },
                     { GH_FACT_GROUP_MEMBER, "gatehouse/grp", FALSE },
                     { GH_FACT_ROLE, "admin@role.example", FALSE } };
  GhKnownFacts known = { facts, 0 };
  GhNeeds needs;

  g_assert_cmpint (gh_decide (policies, 1, &request, &known, &needs), ==, GH_NEED);
  g_assert_cmpuint (needs.n, ==, 3);
  g_assert_cmpstr (needs.names[0], ==, "grp-1");
  g_assert_cmpint (needs.kinds[0], ==, GH_FACT_GROUP_MEMBER);
  g_assert_cmpstr (needs.names[1], ==, "gatehouse/grp");
  g_assert_cmpstr (needs.names[2], ==, "admin@role.example");
  g_assert_cmpint (needs.kinds[2], ==, GH_FACT_ROLE);
  g_assert_cmpint (gh_decide (policies, 1, &request, NULL, NULL), ==, GH_DENY);

  known.n_facts = 2;
  g_assert_cmpint (gh_decide (policies, 1, &request, &known, &needs), ==, GH_NEED);
  g_assert_cmpuint (needs.n, ==, 1);
  known.n_facts = 3;
  g_assert_cmpint (gh_decide (policies, 1, &request, &known, &needs), ==, GH_DENY);
  g_assert_cmpuint (needs.n, ==, 0);
  facts[2].holds = TRUE;
  g_assert_cmpint (gh_decide (policies, 1, &request, &known, &needs), ==, GH_ALLOW);
  /* A role is no group of that name. */
  facts[2].kind = GH_FACT_GROUP_MEMBER;
  g_assert_cmpint (gh_decide (policies, 1, &request, &known, &needs), ==, GH_NEED);
  request.operation = GH_ACOP_DELETE;
  g_assert_cmpint (gh_decide (policies, 1, &request, &known, &needs), ==, GH_DENY);
}

static void
test_permit_needs_no_facts (void)
{
  GhRequestFacts request = fixture_request ("C1");
  GhNeeds needs;

  g_assert_cmpint (fixture_decide ("{'acr':[{'acor':['grp-1'],'acop':2},{'acor':['C1'],'acop':2}]}",
                                   &request, &needs),
                   ==, GH_ALLOW);
  g_assert_cmpuint (needs.n, ==, 0);
}

static void
test_needs_are_bounded (void)
{
  g_autoptr (GString) json = g_string_new ("{'acr':[{'acor':[");
  GhRequestFacts request = fixture_request ("C1");
  GhNeeds needs;

  for (int i = 0; i < 3 * GH_MAX_NEEDS; i++)
    g_string_append_printf (json, "%s'grp-%d'", i > 0 ? "," : "", i);
  g_string_append (json, "],'acop':63}]}");
  g_assert_cmpint (fixture_decide (json->str, &request, &needs), ==, GH_NEED);
  g_assert_cmpuint (needs.n, ==, GH_MAX_NEEDS);
}

/* How a group is told from an AE-ID. */
static void
test_resource_identifiers_are_groups (void)
{
  static const char *const groups[] = { "grp-1",
                                        "gatehouse/grp",
                                        "gatehouse/CGroup",
                                        "-/grp",
                                        "C1/fopt",
                                        "/gatehouse/grp-1",
                                        "/other/gatehouse/Cx",
                                        "//else.org/cse/grp-1",
                                        "//else.org/cse/a/b",
                                        "1abc",
                                        "cMonitor",
                                        "m2msp.org" };
  GhRequestFacts request = fixture_request ("CMonitor");

  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autofree char *json = g_strdup_printf ("{'acr':[{'acor':['%s'],'acop':63}]}", groups[i]);
      GhNeeds needs;

      if (fixture_decide (json, &request, &needs) != GH_NEED)
        g_error ("'%s' is no group", groups[i]);
      g_assert_cmpint (needs.kinds[0], ==, GH_FACT_GROUP_MEMBER);
      g_assert_cmpstr (needs.names[0], ==, groups[i]);
    }
}

static void
test_own_name_with_s_is_a_cse (void)
{
  const GhHome smart = { "m2msp.org", "Smart" };
  g_autoptr (GhArena) arena = gh_arena_new (1 << 16);
  GhValue set = fixture_value (arena, "{'acr':[{'acor':['/Smart'],'acop':63}]}");
  g_autoptr (GhPolicy) policy = gh_policy_compile (&set, &smart, NULL);
  const GhPolicy *policies[] = { policy };
  GhRequestFacts request = fixture_request ("CMonitor");

  g_assert_true (gh_originator_parse ("/Smart", &smart, arena, &request.originator, NULL));
  g_assert_cmpint (gh_decide (policies, 1, &request, NULL, NULL), ==, GH_ALLOW);
  g_assert_true (gh_originator_parse ("Smart", &smart, arena, &request.originator, NULL));
  g_assert_cmpint (gh_decide (policies, 1, &request, NULL, NULL), ==, GH_DENY);
}

static void
test_default_permits_the_owner_only (void)
{
  GhOriginator owner = fixture_originator ("CMonitor"), other = fixture_originator ("CMonito");
  GhOriginator cse = fixture_originator ("/gatehouse");

  g_assert_cmpint (gh_decide_default ("CMonitor", &fixture_home, &owner), ==, GH_ALLOW);
  g_assert_cmpint (gh_decide_default ("/gatehouse/CMonitor", &fixture_home, &owner), ==, GH_ALLOW);
  g_assert_cmpint (gh_decide_default ("CMonitor", &fixture_home, &other), ==, GH_DENY);
  g_assert_cmpint (gh_decide_default ("*", &fixture_home, &owner), ==, GH_DENY);
  g_assert_cmpint (gh_decide_default ("C*", &fixture_home, &owner), ==, GH_DENY);
  g_assert_cmpint (gh_decide_default ("all", &fixture_home, &owner), ==, GH_DENY);
  g_assert_cmpint (gh_decide_default ("", &fixture_home, &owner), ==, GH_DENY);
  g_assert_cmpint (gh_decide_default (NULL, &fixture_home, &owner), ==, GH_DENY);
  g_assert_cmpint (gh_decide_default (NULL, &fixture_home, &cse), ==, GH_DENY);
}

static const char *const refused[] = {
  "[]",
  "1",
  "'all'",
  "null",
  "{'acr':1}",
  "{'acr':{}}",
  "{'acr':[1]}",
  "{'acr':[null]}",
  "{'acr':[],'x':1}",
  "{'acr':[{}]}",
  "{'acr':[{'acor':['all']}]}",
  "{'acr':[{'acop':63}]}",
  "{'acr':[{'acor':'all','acop':63}]}",
  "{'acr':[{'acor':[1],'acop':63}]}",
  "{'acr':[{'acor':[['all']],'acop':63}]}",
  "{'acr':[{'acor':null,'acop':63}]}",
  "{'acr':[{'acor':['all'],'acop':64}]}",
  "{'acr':[{'acor':['all'],'acop':-1}]}",
  "{'acr':[{'acor':['all'],'acop':'63'}]}",
  "{'acr':[{'acor':['all'],'acop':2.5}]}",
  "{'acr':[{'acor':['all'],'acop':4294967359}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acaf':1}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'ghfw':'psk'}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'ghfw':[1]}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'ghst':0}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'ghst':257}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'ghst':'128'}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acaf':'true'}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':{}}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':null}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[1]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'actw':'* * * * * * *'}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'actw':['* * * * * *']}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'actw':[1]}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'acip':[]}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'acip':{'ipv4':'10.0.0.1'}}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'acip':{'ipv4':['10.0.0.1/8']}}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'acip':{'ipv4':['::1']}}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acco':[{'acip':{'ipv6':['10.0.0.1']}}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':{}}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{'ty':3}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{'chty':[0]}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{'chty':['3']}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{'ty':'3','chty':[3]}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{'spty':true,'chty':[3]}]}]}",
  "{'acr':[{'acor':['all'],'acop':63,'acod':[{'chty':[4294967299]}]}]}",
};

static void
test_what_no_reading_makes_valid_is_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      GhFault fault = { 0 };

      if (fixture_compile (refused[i], &fault) != NULL)
        g_error ("%s was accepted", refused[i]);
      g_assert_true (fault.set);
      g_assert_cmpuint (gh_error_status ((int) fault.code), ==, 4000);
    }
}

static void
test_fault_names_the_place (void)
{
  GhFault fault = { 0 };

  g_assert_null (gh_policy_compile (NULL, &fixture_home, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
  fault = (GhFault){ 0 };

  g_assert_null (
    fixture_compile ("{'acr':[{'acor':['all'],'acop':63},{'acor':['all'],'acop':64}]}", &fault));
  g_assert_cmpstr (fault.text, ==, "acr[1]: acop: must be a number in 0..63");
  fault = (GhFault){ 0 };
  g_assert_null (fixture_compile (
    "{'acr':[{'acor':['all'],'acop':63,'acco':[{'acip':{'ipv4':['10.0.0.1/8']}}]}]}", &fault));
  g_assert_cmpstr (fault.text, ==,
                   "acr[0].acco: ipv4: an entry has bits set below its prefix length");
}

static void
test_number_of_rules_is_bounded (void)
{
  g_autoptr (GString) json = g_string_new ("{'acr':[");
  g_autoptr (GhPolicy) largest = NULL;
  GhFault fault = { 0 };

  for (int i = 0; i < GH_POLICY_MAX_RULES; i++)
    g_string_append_printf (json, "%s{'acor':['C%d'],'acop':2}", i > 0 ? "," : "", i);
  g_string_append (json, "]}");
  largest = fixture_policy (json->str);
  g_assert_cmpuint (gh_policy_get_n_rules (largest), ==, GH_POLICY_MAX_RULES);
  g_string_truncate (json, json->len - 2);
  g_string_append (json, ",{'acor':['Cx'],'acop':2}]}");
  g_assert_null (fixture_compile (json->str, &fault));
  g_assert_cmpint (fault.code, ==, GH_ERROR_BAD_REQUEST);
}

#define ADD(name, function) g_test_add_func ("/decision/" name, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("originators-match-by-octet", test_originators_match_by_octet);
  ADD ("inert-entries-are-counted", test_inert_entries_are_counted);
  ADD ("operations-are-bits", test_operations_are_bits);
  ADD ("contexts-and-object-details-restrict", test_contexts_and_object_details_restrict);
  ADD ("frameworks-and-strength", test_frameworks_and_strength);
  ADD ("context-makes-decisions-uncacheable", test_context_makes_decisions_uncacheable);
  ADD ("any-rule-of-any-policy-permits", test_any_rule_of_any_policy_permits);
  ADD ("originator-that-is-nobody-is-denied", test_originator_that_is_nobody_is_denied);
  ADD ("remote-facts-are-asked-for-when-they-decide",
       test_remote_facts_are_asked_for_when_they_decide);
  ADD ("permit-needs-no-facts", test_permit_needs_no_facts);
  ADD ("needs-are-bounded", test_needs_are_bounded);
  ADD ("resource-identifiers-are-groups", test_resource_identifiers_are_groups);
  ADD ("own-name-with-s-is-a-cse", test_own_name_with_s_is_a_cse);
  ADD ("default-permits-the-owner-only", test_default_permits_the_owner_only);
  ADD ("what-no-reading-makes-valid-is-refused", test_what_no_reading_makes_valid_is_refused);
  ADD ("fault-names-the-place", test_fault_names_the_place);
  ADD ("number-of-rules-is-bounded", test_number_of_rules_is_bounded);
  return g_test_run ();
}
