/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#define LOAD "gatehouse/device/load"

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  cse_fixture_set_up (fixture, data);
  g_free (cse_create (
    fixture, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

static void
make (CseFixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"load\"%s}}", members);
  g_free (cse_create (fixture, "CDevice", "gatehouse/device", 3, content));
}

static void
publish (CseFixture *fixture, gint rsc, const char *content)
{
  g_autofree char *members = g_strdup_printf ("\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"%s\"}}",
                                              content);
  cse_expect (fixture, rsc, CSE_CREATE, "CDevice", LOAD, members);
}

static void
assert_attribute (CseFixture *fixture, const char *name, const char *expected)
{
  g_autofree char *found = cse_attribute (fixture, "CDevice", LOAD, name);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_what_does_not_fit_is_not_acceptable (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, ",\"mbs\":5");
  publish (fixture, 2001, "12345");
  publish (fixture, 5207, "123456");
  assert_attribute (fixture, "cni", "1");
  assert_attribute (fixture, "cbs", "5");
  assert_attribute (fixture, "st", "1");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"mbs\":null,\"mni\":0}}");
  publish (fixture, 5207, "1");
  assert_attribute (fixture, "cni", "0");
}

/* Of a container that says nothing itself. */
static void
test_the_cse_has_a_limit_of_its_own (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, "");
  publish (fixture, 2001, "12345678");
  publish (fixture, 5207, "123456789");
  assert_attribute (fixture, "cni", "1");
}

static void
test_retrieval_can_be_disabled (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, ",\"disr\":true");
  publish (fixture, 2001, "x");
  cse_expect (fixture, 4005, CSE_RETRIEVE, "CDevice", LOAD "/la", NULL);
  cse_expect (fixture, 4005, CSE_DELETE, "CDevice", LOAD "/ol", NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"mni\":5}}");
  assert_attribute (fixture, "cni", "1");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"disr\":false}}");
  assert_attribute (fixture, "cni", "0");
  assert_attribute (fixture, "cbs", "0");
  assert_attribute (fixture, "st", "3");
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", LOAD "/la", NULL);
  publish (fixture, 2001, "y");
  cse_expect (fixture, 2000, CSE_RETRIEVE, "CDevice", LOAD "/la", NULL);
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"disr\":true}}");
  assert_attribute (fixture, "cni", "1");
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"disr\":null}}");
  assert_attribute (fixture, "cni", "0");
}

static void
test_an_instance_keeps_what_it_was_given (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  make (fixture, ",\"or\":\"http://example.com/load\"");
  cse_expect (fixture, 2001, CSE_CREATE, "CDevice", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":{\"a\":[1,2]},\"cnf\":\"application/json:0\","
              "\"or\":\"http://example.com/power\","
              "\"conr\":{\"urir\":[{\"nm\":\"before\",\"uri\":\"gatehouse/device/load/x\"}]}}}");
  g_autofree char *size = cse_attribute (fixture, "CDevice", LOAD "/la", "cs");
  g_autofree char *form = cse_attribute (fixture, "CDevice", LOAD "/la", "cnf");
  g_assert_cmpstr (size, ==, "11");
  g_assert_cmpstr (form, ==, "application/json:0");
  cse_refuse (fixture, 4000, "cnf", CSE_CREATE, "CDevice", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\",\"cnf\":\"json\"}}");
  cse_refuse (fixture, 4000, "cs", CSE_CREATE, "CDevice", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\",\"cs\":1}}");
  cse_expect (fixture, 4005, CSE_UPDATE, "CDevice", LOAD "/la",
              "\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
}

static void
add (const char *path, const char *const *options, void (*test) (CseFixture *, gconstpointer))
{
  g_test_add (path, CseFixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const limited[] = { "limits.instance-bytes=8", NULL };
  g_test_init (&argc, &argv, NULL);
  add ("/container/what-does-not-fit-is-not-acceptable", NULL,
       test_what_does_not_fit_is_not_acceptable);
  add ("/container/the-cse-has-a-limit-of-its-own", limited, test_the_cse_has_a_limit_of_its_own);
  add ("/container/retrieval-can-be-disabled", NULL, test_retrieval_can_be_disabled);
  add ("/container/an-instance-keeps-what-it-was-given", NULL,
       test_an_instance_keeps_what_it_was_given);
  return g_test_run ();
}
