/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "gh-cse-private.h"
#include "service/gh-service-subscription.h"

static const char *const required[] = { "registration.service-subscription=required", NULL };

static void
set_up (CseFixture *fixture, gconstpointer options)
{
  cse_fixture_set_up (fixture, options);
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

#define ADD(type, content) "\"ty\":" #type ",\"pc\":" content

static void
create (CseFixture *fixture, const char *to, gint type, const char *content)
{
  g_free (cse_create (fixture, "CAdmin", to, type, content));
}

/* A profile with this CSE in it, and one rule. */
static void
subscribe (CseFixture *fixture, const char *rule)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:asar\":{\"rn\":\"rule\"%s}}", rule);
  create (fixture, "gatehouse", 11, "{\"m2m:mssp\":{\"rn\":\"profile\"}}");
  create (fixture, "gatehouse", 19, content);
  create (fixture, "gatehouse/profile", 20,
          "{\"m2m:svsn\":{\"rn\":\"node\",\"ni\":\"urn:node\",\"csi\":\"/gatehouse\","
          "\"rlk\":[\"gatehouse/rule\"]}}");
}

static const char *const registration = ADD (
  2, "{\"m2m:ae\":{\"api\":\"Nlamp\",\"rr\":false,\"srv\":[\"3\"]}}");

static void
test_without_a_profile_nobody_registers (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
  create (fixture, "gatehouse", 11, "{\"m2m:mssp\":{\"rn\":\"profile\"}}");
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
  create (fixture, "gatehouse/profile", 20,
          "{\"m2m:svsn\":{\"ni\":\"urn:other\",\"csi\":\"/other\"}}");
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
  create (fixture, "gatehouse/profile", 20, "{\"m2m:svsn\":{\"ni\":\"urn:no-cse\"}}");
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
  create (fixture, "gatehouse/profile", 20,
          "{\"m2m:svsn\":{\"rn\":\"node\",\"ni\":\"urn:home\",\"csi\":\"//localhost/gatehouse\"}}");
  cse_refuse (fixture, 4126, "Nlamp", CSE_CREATE, "CDevice", "gatehouse", registration);
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/profile/node", NULL);
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
}

static void
test_a_rule_names_app_and_stem_together (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, ",\"aai\":[\"Nlight*\",\"Nlamp\"],\"aae\":[\"COther\"]");
  cse_refuse (fixture, 4126, "CDevice", CSE_CREATE, "CDevice", "gatehouse", registration);
  cse_refuse (fixture, 4126, "Nother", CSE_CREATE, "COther", "gatehouse",
              ADD (2, "{\"m2m:ae\":{\"api\":\"Nother\",\"rr\":false,\"srv\":[\"3\"]}}"));
  cse_expect (fixture, 2001, CSE_CREATE, "COther", "gatehouse", registration);
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aae\":[\"CDev*\"]}}");
  cse_expect (fixture, 2001, CSE_CREATE, "CDevice", "gatehouse",
              ADD (2, "{\"m2m:ae\":{\"api\":\"Nlight.5\",\"rr\":false,\"srv\":[\"3\"]}}"));
}

static void
test_what_a_rule_does_not_list_it_does_not_allow (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, ",\"aai\":[\"*\"]");
  cse_refuse (fixture, 4126, "Nlamp", CSE_CREATE, "CDevice", "gatehouse", registration);
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aai\":null,\"aae\":[\"*\"]}}");
  cse_refuse (fixture, 4126, "Nlamp", CSE_CREATE, "CDevice", "gatehouse", registration);
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aai\":[\"*\"]}}");
  cse_expect (fixture, 2001, CSE_CREATE, "CDevice", "gatehouse", registration);
}

static void
expect_stem (CseFixture *fixture, const char *from, const char *glob)
{
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_CREATE, from, "gatehouse", registration);
  g_assert_cmpint (answer.rsc, ==, 2001);
  const char *stem = json_node_get_string (cse_member (&answer, "aei"));
  if (!g_pattern_match_simple (glob, stem))
    g_error ("%s is not %s", stem, glob);
}

static void
test_the_rule_says_which_stem_is_given (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, ",\"aai\":[\"Nlamp\"],\"aae\":[\"Slamp*x\",\"CFixed\"]");
  expect_stem (fixture, "S", "Slamp????????????????x");
  expect_stem (fixture, "C", "CFixed");
  cse_refuse (fixture, 4117, "CFixed", CSE_CREATE, "C", "gatehouse", registration);
  expect_stem (fixture, NULL, "Slamp????????????????x");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aae\":[\"*\"]}}");
  expect_stem (fixture, "S", "S????????????????");
  expect_stem (fixture, NULL, "C????????????????");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aae\":[\"S*\"]}}");
  cse_refuse (fixture, 4126, "any AE", CSE_CREATE, "C", "gatehouse", registration);
}

static void
test_a_rule_that_has_gone_allows_nothing (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, ",\"aai\":[\"*\"],\"aae\":[\"*\"]");
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/rule", NULL);
  cse_refuse (fixture, 4126, "Nlamp", CSE_CREATE, "CDevice", "gatehouse", registration);
  create (fixture, "gatehouse", 3, "{\"m2m:cnt\":{\"rn\":\"rule\"}}");
  cse_refuse (fixture, 4126, "Nlamp", CSE_CREATE, "CDevice", "gatehouse", registration);
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/profile", NULL);
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
}

typedef struct {
  const char *credential, *app, *stem;
  guint rsc;
} Case;

static guint
decide (CseFixture *fixture, const Case *c)
{
  const GhService *service = fixture->cse->service;
  const GhSubscriptionQuestion question = {
    .credential_id = c->credential, .cse_id = "/gatehouse", .app_id = c->app, .stem = c->stem
  };
  const char *pattern = NULL;
  GhFault fault = { 0 };
  GhView view = gh_view_begin (service->tree);
  gboolean allowed = gh_service_subscription_decide (service, &view, &question, &pattern, &fault);
  gh_view_end (&view);
  g_assert_true (allowed == (pattern != NULL));
  return allowed ? 2000 : gh_error_status (fault.code);
}

static void
test_a_rule_is_for_its_credentials (CseFixture *fixture, gconstpointer data)
{
  static const Case cases[] = {
    { "12-lamp7@x", "Nlamp", "CLamp", 2000 }, { "12-lamp7@y", "Nlamp", "CLamp", 4126 },
    { "12-lamp@x", "Nlamp", "CLamp", 2000 },  { "12-lam@x", "Nlamp", "CLamp", 4126 },
    { NULL, "Nlamp", "CLamp", 4126 },         { "", "Nlamp", "CLamp", 4126 },
    { "10-exact", "Nlamp", "CLamp", 2000 },   { "10-exact2", "Nlamp", "CLamp", 4126 },
    { "10-exact", "Nlamps", "CLamp", 4126 },  { "10-exact", "Nlamp", "CLamps", 4126 },
    { "10-exact", "Nlamp", NULL, 2000 },      { "10-exact", "Nlamp", "S", 4126 },
    { "10-exact", "Nlamp", "C", 2000 },       { "10-Exact", "Nlamp", "C", 4126 },
    { NULL, "Nopen", "CLamp", 4126 },
  };
  static const Case open[] = {
    { NULL, "Nopen", "CAnything", 2000 },
    { "10-exact", "Nopen", "CAnything", 4126 },
  };
  (void) data;
  subscribe (fixture, ",\"apci\":[\"12-lamp*@x\",\"10-exact\"],\"aai\":[\"Nlamp\"],"
                      "\"aae\":[\"CLamp\"]");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (decide (fixture, &cases[i]), ==, cases[i].rsc);
  create (fixture, "gatehouse", 19,
          "{\"m2m:asar\":{\"rn\":\"open\",\"aai\":[\"Nopen\"],\"aae\":[\"*\"]}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/profile/node",
              "\"pc\":{\"m2m:svsn\":{\"rlk\":[\"gatehouse/rule\",\"gatehouse/open\"]}}");
  for (guint i = 0; i < G_N_ELEMENTS (open); i++)
    g_assert_cmpuint (decide (fixture, &open[i]), ==, open[i].rsc);
}

static gboolean
allows_role (CseFixture *fixture, const char *credential, const char *role)
{
  const GhService *service = fixture->cse->service;
  const GhSubscriptionQuestion question = { .credential_id = credential, .cse_id = "/gatehouse" };
  GhView view = gh_view_begin (service->tree);
  gboolean allowed = gh_service_subscription_allows_role (service, &view, &question, role);
  gh_view_end (&view);
  return allowed;
}

static void
test_a_rule_names_roles (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_assert_false (allows_role (fixture, "10-a", "1234abcd@role-issuer.com"));
  subscribe (fixture, ",\"apci\":[\"10-a\"],\"ari\":[\"1234abcd@role-issuer.com\"]");
  g_assert_true (allows_role (fixture, "10-a", "1234abcd@role-issuer.com"));
  g_assert_false (allows_role (fixture, "10-a", "1234abce@role-issuer.com"));
  g_assert_false (allows_role (fixture, "10-b", "1234abcd@role-issuer.com"));
  g_assert_false (allows_role (fixture, NULL, "1234abcd@role-issuer.com"));
}

static void
test_registration_is_open_by_default (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (fixture, 2001, CSE_CREATE, "CDevice", "gatehouse", registration);
}

static void
test_patterns_have_a_form (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (fixture, 4000, "aai", CSE_CREATE, "CAdmin", "gatehouse",
              ADD (19, "{\"m2m:asar\":{\"aai\":[\"R*\",\"lamp\"]}}"));
  cse_refuse (fixture, 4000, "aai", CSE_CREATE, "CAdmin", "gatehouse",
              ADD (19, "{\"m2m:asar\":{\"aai\":[\"r01.com.example\"]}}"));
  cse_refuse (fixture, 4000, "aae", CSE_CREATE, "CAdmin", "gatehouse",
              ADD (19, "{\"m2m:asar\":{\"aae\":[\"X*\"]}}"));
  cse_refuse (fixture, 4000, "aae", CSE_CREATE, "CAdmin", "gatehouse",
              ADD (19, "{\"m2m:asar\":{\"aae\":[\"C/a\"]}}"));
  create (
    fixture, "gatehouse", 19,
    "{\"m2m:asar\":{\"rn\":\"rule\",\"aai\":[\"*\",\"Ra01.com.*\",\"N*\"],\"aae\":[\"S*\"]}}");
  cse_refuse (fixture, 4000, "aai", CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aai\":[\"x\"]}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/rule",
              "\"pc\":{\"m2m:asar\":{\"aai\":null}}");
}

static void
test_rules_are_for_a_cse (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  create (fixture, "gatehouse", 11, "{\"m2m:mssp\":{\"rn\":\"profile\"}}");
  cse_refuse (fixture, 4000, "rlk", CSE_CREATE, "CAdmin", "gatehouse/profile",
              ADD (20, "{\"m2m:svsn\":{\"ni\":\"n\",\"rlk\":[\"gatehouse/rule\"]}}"));
  cse_refuse (fixture, 4000, "csi", CSE_CREATE, "CAdmin", "gatehouse/profile",
              ADD (20, "{\"m2m:svsn\":{\"ni\":\"n\",\"csi\":\"gatehouse\"}}"));
  create (fixture, "gatehouse/profile", 20, "{\"m2m:svsn\":{\"rn\":\"node\",\"ni\":\"n\"}}");
  cse_refuse (fixture, 4000, "rlk", CSE_UPDATE, "CAdmin", "gatehouse/profile/node",
              "\"pc\":{\"m2m:svsn\":{\"rlk\":[\"gatehouse/rule\"]}}");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/profile/node",
              "\"pc\":{\"m2m:svsn\":{\"nrq\":true}}");
}

static void
test_other_cses_have_no_subscriptions (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (fixture, 4005, "IN-CSE", CSE_CREATE, "CAdmin", "gatehouse",
              ADD (11, "{\"m2m:mssp\":{\"rn\":\"profile\"}}"));
  cse_refuse (fixture, 4005, "IN-CSE", CSE_CREATE, "CAdmin", "gatehouse",
              ADD (19, "{\"m2m:asar\":{\"rn\":\"rule\"}}"));
  cse_refuse (fixture, 4128, "/gatehouse", CSE_CREATE, "CDevice", "gatehouse", registration);
  g_autofree char *type = cse_attribute (fixture, "CAdmin", "gatehouse", "cst");
  g_assert_cmpstr (type, ==, "2");
}

int
main (int argc, char **argv)
{
  static const char *const middle[] = { "cse.type=mn", "registration.service-subscription=required",
                                        NULL };
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, options, func) \
  g_test_add ("/service-subscription/" path, CseFixture, options, set_up, func, tear_down)
  ADD_TEST ("no-profile", required, test_without_a_profile_nobody_registers);
  ADD_TEST ("app-and-stem", required, test_a_rule_names_app_and_stem_together);
  ADD_TEST ("not-listed", required, test_what_a_rule_does_not_list_it_does_not_allow);
  ADD_TEST ("given-stem", required, test_the_rule_says_which_stem_is_given);
  ADD_TEST ("rule-gone", required, test_a_rule_that_has_gone_allows_nothing);
  ADD_TEST ("credentials", required, test_a_rule_is_for_its_credentials);
  ADD_TEST ("roles", required, test_a_rule_names_roles);
  ADD_TEST ("default", NULL, test_registration_is_open_by_default);
  ADD_TEST ("patterns", NULL, test_patterns_have_a_form);
  ADD_TEST ("node", NULL, test_rules_are_for_a_cse);
  ADD_TEST ("not-in", middle, test_other_cses_have_no_subscriptions);
  return g_test_run ();
}
