/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <math.h>
#include <string.h>

#include "gh-cse-private.h"
#include "service/gh-location.h"

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  const CseParts parts = { .clock = gh_clock_new_fake (G_GINT64_CONSTANT (1700000000000000)) };
  (void) data;
  cse_fixture_set_up_with (fixture, NULL, &parts);
  gh_clock_unref (parts.clock);
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

static void
make_policy (CseFixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:lcp\":{\"rn\":\"where\",\"los\":2%s}}",
                                              members);
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 10, content));
}

static void
refuse_policy (CseFixture *fixture, gint rsc, const char *reason, const char *members)
{
  g_autofree char *all = g_strdup_printf ("\"ty\":10,\"pc\":{\"m2m:lcp\":{%s}}", members);
  cse_refuse (fixture, rsc, reason, CSE_CREATE, "CAdmin", "gatehouse", all);
}

static void
go_to (CseFixture *fixture, double latitude, double longitude)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (gh_cse_set_position (fixture->cse, latitude, longitude, 12, &error));
  g_assert_no_error (error);
  /* once for the policies, once for the instances that they made */
  cse_settle (fixture);
  cse_settle (fixture);
}

static void
advance (CseFixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->cse->service->clock, seconds * G_USEC_PER_SEC);
  cse_settle (fixture);
  cse_settle (fixture);
}

static void
expect (CseFixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *value = cse_attribute (fixture, "CAdmin", to, name);
  g_assert_cmpstr (value, ==, expected);
}

static void
expect_near (CseFixture *fixture, const char *to, const char *part)
{
  g_autofree char *content = cse_attribute (fixture, "CAdmin", to, "con");
  if (strstr (content, part) == NULL)
    g_error ("expected \"%s\" in \"%s\"", part, content);
}

static void
test_a_policy_has_a_container (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_policy (fixture, ",\"lon\":\"track\",\"lou\":[\"PT10S\"]");
  g_autofree char *id = cse_attribute (fixture, "CAdmin", "gatehouse/where", "ri");
  expect (fixture, "gatehouse/where", "loi", "gatehouse/track");
  expect (fixture, "gatehouse/where", "lit", "1");
  expect (fixture, "gatehouse/where", "lost", "no position is known");
  expect (fixture, "gatehouse/track", "li", id);
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/where", NULL);
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CAdmin", "gatehouse/track", NULL);
}

static void
test_a_container_gets_a_name_when_none_is_given (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_policy (fixture, "");
  g_autofree char *container = cse_attribute (fixture, "CAdmin", "gatehouse/where", "loi");
  g_assert_true (g_str_has_prefix (container, "gatehouse/location-lcp-"));
  expect (fixture, container, "mni", "1");
}

static void
test_positions_are_stored_in_the_period (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_policy (fixture, ",\"lon\":\"track\",\"lou\":[\"PT10S\",\"PT1M\"]");
  advance (fixture, 11);
  expect (fixture, "gatehouse/track", "cni", "0");
  go_to (fixture, 50.11, 8.68);
  expect (fixture, "gatehouse/track", "cni", "0");
  advance (fixture, 11);
  expect (fixture, "gatehouse/track", "cni", "1");
  expect (fixture, "gatehouse/where", "lost", "located");
  expect_near (fixture, "gatehouse/track/la", "\"coordinates\":[8.680000,50.110000]");
  expect_near (fixture, "gatehouse/track/la", "\"accuracy\":12.0");
  advance (fixture, 11);
  expect (fixture, "gatehouse/track", "cni", "2");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/where",
              "\"pc\":{\"m2m:lcp\":{\"lou\":[\"P1D\"]}}");
  advance (fixture, 3600);
  expect (fixture, "gatehouse/track", "cni", "2");
}

static void
test_without_a_period_the_latest_is_where_it_is (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  go_to (fixture, -33.86, 151.21);
  make_policy (fixture, ",\"lon\":\"track\",\"lou\":[\"PT0S\"]");
  cse_settle (fixture);
  expect (fixture, "gatehouse/where", "lost", "located");
  expect_near (fixture, "gatehouse/track/la", "[151.210000,-33.860000]");
  go_to (fixture, -33.87, 151.22);
  expect_near (fixture, "gatehouse/track/la", "[151.220000,-33.870000]");
  expect (fixture, "gatehouse/track", "cni", "1");
}

static void
test_a_policy_says_that_its_container_is_gone (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make_policy (fixture, ",\"lon\":\"track\",\"lou\":[\"PT10S\"]");
  go_to (fixture, 1, 1);
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/track", NULL);
  /* another one in its place is not its own */
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 3, "{\"m2m:cnt\":{\"rn\":\"track\"}}"));
  advance (fixture, 11);
  expect (fixture, "gatehouse/where", "lost", "the container has been deleted");
  expect (fixture, "gatehouse/track", "cni", "0");
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/where", NULL);
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CAdmin", "gatehouse/track", NULL);
}

static void
test_what_this_machine_cannot_do_is_refused (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  refuse_policy (fixture, 4000, "los: network based needs", "\"los\":1");
  refuse_policy (fixture, 5001, "location servers are not asked",
                 "\"los\":1,\"lot\":\"x\",\"lor\":\"http://l.example/\"");
  refuse_policy (fixture, 4000, "rlkl: only for", "\"los\":2,\"rlkl\":true");
  refuse_policy (fixture, 5001, "geo-fences", "\"los\":2,\"lit\":2");
  refuse_policy (fixture, 4000, "lou: zero stands alone", "\"los\":2,\"lou\":[\"PT0S\",\"PT5S\"]");
  refuse_policy (fixture, 4000, "lou: PT0.1S is below a second", "\"los\":2,\"lou\":[\"PT0.1S\"]");
  refuse_policy (fixture, 4000, "lon: not a resource name", "\"los\":2,\"lon\":\"a/b\"");
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 3, "{\"m2m:cnt\":{\"rn\":\"track\"}}"));
  refuse_policy (fixture, 4105, "already has a child called track",
                 "\"los\":2,\"lon\":\"track\"");
  refuse_policy (fixture, 4105, "already has", "\"los\":2,\"rn\":\"same\",\"lon\":\"same\"");
}

static void
test_what_is_nowhere_is_refused (CseFixture *fixture, gconstpointer data)
{
  static const double wrong[][2] = { { 91, 0 }, { 0, 181 }, { NAN, 0 }, { 0, INFINITY } };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (gh_cse_set_position (fixture->cse, wrong[i][0], wrong[i][1], 1, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST);
    }
}

#define TEST(name)                                                                          \
  g_test_add ("/location-policy/" #name, CseFixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST (a_policy_has_a_container);
  TEST (a_container_gets_a_name_when_none_is_given);
  TEST (positions_are_stored_in_the_period);
  TEST (without_a_period_the_latest_is_where_it_is);
  TEST (a_policy_says_that_its_container_is_gone);
  TEST (what_this_machine_cannot_do_is_refused);
  TEST (what_is_nowhere_is_refused);
  return g_test_run ();
}
