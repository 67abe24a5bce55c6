/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"

#include <string.h>

/* 2027-01-15 08:00:00 UTC, a Friday */
#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
register_ae (Fixture *fixture, const char *from, const char *poa)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:ae\":{\"rn\":\"%s\",\"api\":\"Napp\",\"rr\":true,\"srv\":[\"3\"],\"poa\":[\"%s\"]}}",
    from + 1, poa);
  g_free (cse_create (&fixture->cse, from, "gatehouse", 2, content));
}

static void
take (const char *url, const char *part)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, url);
  if (strstr (delivery->body, part) == NULL)
    g_error ("expected \"%s\" in \"%s\"", part, delivery->body);
}

#define SUB "gatehouse/Device/load/sub"

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (NOW_US);
  fake_transport_reset ();
  const CseParts parts = { .clock = fixture->clock, .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, NULL, &parts);
  register_ae (fixture, "CDevice", "fake://device/");
  register_ae (fixture, "COther", "fake://other/");
  register_ae (fixture, "CThird", "fake://third/");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
}

static void
create (Fixture *fixture, const char *from, const char *to, gint type, const char *content)
{
  g_free (cse_create (&fixture->cse, from, to, type, content));
}

static void
subscribe (Fixture *fixture)
{
  create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  create (fixture, "CDevice", "gatehouse/Device/load", 23,
          "{\"m2m:sub\":{\"rn\":\"sub\",\"nu\":[\"COther\",\"CThird\"]}}");
  take ("fake://other/", "vrq");
  take ("fake://third/", "vrq");
}

static void
expect_targets (Fixture *fixture, const char *expected)
{
  g_autofree char *targets = cse_attribute (&fixture->cse, "CDevice", SUB, "nu");
  g_assert_cmpstr (targets, ==, expected);
}

#define DELETE_FROM(fixture, rsc, from) \
  cse_expect (&(fixture)->cse, rsc, CSE_DELETE, from, SUB "/ntsr", NULL)

/* What stands in gatehouse/policy decides for COther. */
static void
refer_to_policy (Fixture *fixture, const char *policy)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:ntp\":{\"rn\":\"policy\"%s}}", policy);
  create (fixture, "CAdmin", "gatehouse", 26, content);
  create (fixture, "CDevice", SUB, 25,
          "{\"m2m:ntpr\":{\"rn\":\"ref\",\"ntu\":[\"COther\"],\"npi\":\"gatehouse/policy\"}}");
}

static void
test_a_target_leaves (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  DELETE_FROM (fixture, 2002, "COther");
  expect_targets (fixture, "[\"CThird\"]");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/Device/load",
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"a\"]}}");
  take ("fake://third/", "\"lbl\"");
  DELETE_FROM (fixture, 4103, "COther");
  DELETE_FROM (fixture, 2002, "CThird");
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", SUB, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_only_a_target_leaves (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  DELETE_FROM (fixture, 4103, "CDevice");
  DELETE_FROM (fixture, 4103, "CAdmin");
  cse_refuse (&fixture->cse, 4005, "notificationTargetSelfReference", CSE_RETRIEVE, "COther",
              SUB "/ntsr", NULL);
  cse_refuse (&fixture->cse, 4005, "notificationTargetSelfReference", CSE_UPDATE, "COther",
              SUB "/ntsr", "\"pc\":{\"m2m:sub\":{\"lbl\":[\"a\"]}}");
  cse_refuse (&fixture->cse, 4005, "notificationTargetSelfReference", CSE_CREATE, "COther",
              SUB "/ntsr", "\"ty\":25,\"pc\":{\"m2m:ntpr\":{\"ntu\":[\"COther\"]}}");
  cse_expect (&fixture->cse, 4004, CSE_DELETE, "COther", SUB "/ntsr/ntsr", NULL);
  cse_expect (&fixture->cse, 4004, CSE_DELETE, "CDevice", "gatehouse/Device/load/ntsr", NULL);
  expect_targets (fixture, "[\"COther\",\"CThird\"]");
}

static void
test_a_policy_rejects (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  refer_to_policy (fixture, ",\"acn\":2");
  DELETE_FROM (fixture, 4103, "COther");
  expect_targets (fixture, "[\"COther\",\"CThird\"]");
  /* the policy is COther's only */
  DELETE_FROM (fixture, 2002, "CThird");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", SUB "/ref", NULL);
  DELETE_FROM (fixture, 2002, "COther");
}

static void
test_the_default_policy_is_for_the_others (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  create (fixture, "CAdmin", "gatehouse", 26,
          "{\"m2m:ntp\":{\"rn\":\"default\",\"plbl\":\"Default\",\"acn\":2}}");
  refer_to_policy (fixture, ",\"acn\":1,\"plbl\":\"Mine\"");
  DELETE_FROM (fixture, 4103, "CThird");
  DELETE_FROM (fixture, 2002, "COther");
  expect_targets (fixture, "[\"CThird\"]");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", "gatehouse/default", NULL);
  DELETE_FROM (fixture, 2002, "CThird");
}

/* Rules about the hour: it is eight. */
static void
add_rules (Fixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:pdr\":{%s}}", members);
  create (fixture, "CAdmin", "gatehouse/policy", 27, content);
}

#define AT_EIGHT  "\"* * 8 * * * *\""
#define AT_NINE   "\"* * 9 * * * *\""
#define SOMEWHERE "\"lr\":[{\"accc\":[\"DE\"]}]"

static void
test_rules_say_when (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  refer_to_policy (fixture, ",\"acn\":1");
  add_rules (fixture, "\"dr\":{\"tod\":[" AT_NINE "]}");
  DELETE_FROM (fixture, 4103, "COther");
  gh_clock_advance (fixture->clock, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  DELETE_FROM (fixture, 2002, "COther");
}

static void
test_rules_are_joined (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *rules;
    gint rsc;
  } cases[] = {
    { "\"dr\":{\"tod\":[" AT_EIGHT "," AT_NINE "]},\"drr\":1", 4103 },
    { "\"dr\":{\"tod\":[" AT_NINE "]," SOMEWHERE "}", 4103 },
    { "\"dr\":{\"tod\":[" AT_EIGHT "]," SOMEWHERE "},\"drr\":1", 4103 },
    { "\"dr\":{\"tod\":[" AT_EIGHT "]," SOMEWHERE "},\"drr\":2", 2002 },
    { "\"dr\":{\"tod\":[" AT_NINE "," AT_EIGHT "]}", 2002 },
    { "\"lbl\":[\"no rule\"]", 2002 },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      subscribe (fixture);
      refer_to_policy (fixture, ",\"acn\":1");
      add_rules (fixture, cases[i].rules);
      DELETE_FROM (fixture, cases[i].rsc, "COther");
      cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", "gatehouse/Device/load", NULL);
      cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", "gatehouse/policy", NULL);
    }
}

static void
test_groups_of_rules_are_joined (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  refer_to_policy (fixture, ",\"acn\":1,\"rrs\":1");
  add_rules (fixture, "\"dr\":{\"tod\":[" AT_EIGHT "]}");
  add_rules (fixture, "\"dr\":{\"tod\":[" AT_NINE "]}");
  DELETE_FROM (fixture, 4103, "COther");
  cse_refuse (&fixture->cse, 4000, "rrs", CSE_UPDATE, "CAdmin", "gatehouse/policy",
              "\"pc\":{\"m2m:ntp\":{\"rrs\":null}}");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/policy",
              "\"pc\":{\"m2m:ntp\":{\"rrs\":2}}");
  DELETE_FROM (fixture, 2002, "COther");
}

static void
test_groups_of_rules_are_two_at_most (Fixture *fixture, gconstpointer data)
{
  static const char *const rules = "\"ty\":27,\"pc\":{\"m2m:pdr\":{\"drr\":1}}";
  (void) data;
  create (fixture, "CAdmin", "gatehouse", 26, "{\"m2m:ntp\":{\"rn\":\"policy\",\"acn\":1}}");
  add_rules (fixture, "\"drr\":1");
  cse_refuse (&fixture->cse, 4102, "rulesRelationship", CSE_CREATE, "CAdmin", "gatehouse/policy",
              rules);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/policy",
              "\"pc\":{\"m2m:ntp\":{\"rrs\":1}}");
  add_rules (fixture, "\"rn\":\"second\"");
  cse_refuse (&fixture->cse, 4105, "policyDeletionRules", CSE_CREATE, "CAdmin", "gatehouse/policy",
              rules);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CAdmin", "gatehouse/policy/second", NULL);
  add_rules (fixture, "\"drr\":2");
}

static void
test_a_target_has_one_policy (Fixture *fixture, gconstpointer data)
{
  static const char *const other = "\"ty\":25,\"pc\":{\"m2m:ntpr\":{\"rn\":\"more\","
                                   "\"ntu\":[\"CThird\",\"COther\"]}}";
  (void) data;
  subscribe (fixture);
  refer_to_policy (fixture, ",\"acn\":1");
  cse_refuse (&fixture->cse, 4105, "COther", CSE_CREATE, "CDevice", SUB, other);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", SUB "/ref",
              "\"pc\":{\"m2m:ntpr\":{\"ntu\":[\"CThird\"]}}");
  cse_refuse (&fixture->cse, 4105, "CThird", CSE_CREATE, "CDevice", SUB, other);
  create (fixture, "CDevice", SUB, 25, "{\"m2m:ntpr\":{\"rn\":\"more\",\"ntu\":[\"COther\"]}}");
  cse_refuse (&fixture->cse, 4105, "COther", CSE_UPDATE, "CDevice", SUB "/ref",
              "\"pc\":{\"m2m:ntpr\":{\"ntu\":[\"CThird\",\"COther\"]}}");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", SUB "/ref",
              "\"pc\":{\"m2m:ntpr\":{\"ntu\":[\"CThird\"]}}");
}

static void
test_the_creator_is_asked (Fixture *fixture, gconstpointer data)
{
  static const char *const refusals[] = { NULL,
                                          "{\"m2m:sgn\":{\"sur\":\"x\"}}",
                                          "{\"m2m:sgn\":{\"tra\":false}}",
                                          "{\"m2m:sgn\":",
                                          "{}",
                                          "{\"tra\":true}" };
  (void) data;
  subscribe (fixture);
  refer_to_policy (fixture, ",\"acn\":3");
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      fake_transport_answer_with ("fake://device/", GH_DELIVERY_DONE, 2000, refusals[i]);
      DELETE_FROM (fixture, 4103, "COther");
      take ("fake://device/", "\"ntt\":\"COther\",\"trr\":true");
    }
  fake_transport_answer_with ("fake://device/", GH_DELIVERY_DONE, 4103,
                              "{\"m2m:sgn\":{\"tra\":true}}");
  DELETE_FROM (fixture, 4103, "COther");
  take ("fake://device/", "\"sur\":\"/gatehouse/sub-");
  expect_targets (fixture, "[\"COther\",\"CThird\"]");
  fake_transport_answer_with ("fake://device/", GH_DELIVERY_DONE, 2000,
                              "{\"m2m:sgn\":{\"sur\":\"x\",\"tra\":true}}");
  DELETE_FROM (fixture, 2002, "COther");
  take ("fake://device/", "\"trr\":true");
  expect_targets (fixture, "[\"CThird\"]");
}

static void
test_the_creator_is_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture);
  refer_to_policy (fixture, ",\"acn\":4");
  fake_transport_answer_with ("fake://device/", GH_DELIVERY_DONE, 2000,
                              "{\"m2m:sgn\":{\"tra\":true}}");
  DELETE_FROM (fixture, 4103, "COther");
  take ("fake://device/", "\"ntt\":\"COther\",\"trr\":true");
  expect_targets (fixture, "[\"COther\",\"CThird\"]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, func) \
  g_test_add ("/self-reference/" path, Fixture, NULL, set_up, func, tear_down)
  ADD_TEST ("leave", test_a_target_leaves);
  ADD_TEST ("not-a-target", test_only_a_target_leaves);
  ADD_TEST ("reject", test_a_policy_rejects);
  ADD_TEST ("default", test_the_default_policy_is_for_the_others);
  ADD_TEST ("time", test_rules_say_when);
  ADD_TEST ("rules", test_rules_are_joined);
  ADD_TEST ("groups", test_groups_of_rules_are_joined);
  ADD_TEST ("two-groups", test_groups_of_rules_are_two_at_most);
  ADD_TEST ("one-policy", test_a_target_has_one_policy);
  ADD_TEST ("ask", test_the_creator_is_asked);
  ADD_TEST ("tell", test_the_creator_is_told);
  return g_test_run ();
}
