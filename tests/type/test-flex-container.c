/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

#include <string.h>

#define CND "org.onem2m.home.moduleclass."
#define SW  "gatehouse/device/switch"

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
start (Fixture *fixture)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "..", "data", "definitions", NULL);
  g_autofree char *definitions = g_strdup_printf ("model.definitions=%s", folder);
  const char *const options[] = { definitions, NULL };
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, options, &parts);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC);
  fake_transport_reset ();
  start (fixture);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
}

static void
make_switch (Fixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf (
    "{\"hd:binSh\":{\"rn\":\"switch\",\"cnd\":\"" CND "binarySwitch\",\"powSe\":true%s%s}}",
    members[0] != '\0' ? "," : "", members);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 28, content));
}

static void
update (Fixture *fixture, gint rsc, const char *members)
{
  g_autofree char *content = g_strdup_printf ("\"pc\":{\"hd:binSh\":{%s}}", members);
  cse_expect (&fixture->cse, rsc, CSE_UPDATE, "CDevice", SW, content);
}

static void
assert_attribute (Fixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *found = cse_attribute (&fixture->cse, "CDevice", to, name);
  g_assert_cmpstr (found, ==, expected);
}

static void
refuse (Fixture *fixture, gint rsc, const char *reason, const char *content)
{
  g_autofree char *members = g_strdup_printf ("\"ty\":28,\"pc\":%s", content);
  cse_refuse (&fixture->cse, rsc, reason, CSE_CREATE, "CDevice", "gatehouse/device", members);
}

static void
test_a_specialisation_has_the_attributes_of_its_definition (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_switch (fixture, "");
  assert_attribute (fixture, SW, "powSe", "true");
  assert_attribute (fixture, SW, "ty", "28");
  assert_attribute (fixture, SW, "cni", NULL);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 28,
                      "{\"hd:tempe\":{\"rn\":\"t\",\"cnd\":\"" CND
                      "temperature\",\"curT0\":20.5,\"unit\":1}}"));
  assert_attribute (fixture, "gatehouse/device/t", "curT0", "20.5");
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", SW,
              "\"pc\":{\"m2m:atrl\":[\"powSe\"]}");
  cse_refuse (&fixture->cse, 4000, "curT0", CSE_RETRIEVE, "CDevice", SW,
              "\"pc\":{\"m2m:atrl\":[\"curT0\"]}");
}

static void
test_what_the_definition_does_not_allow_is_refused (Fixture *fixture, gconstpointer data)
{
  (void) data;
  refuse (fixture, 4000, "powSe", "{\"hd:binSh\":{\"cnd\":\"" CND "binarySwitch\"}}");
  refuse (fixture, 4000, "powSe",
          "{\"hd:binSh\":{\"cnd\":\"" CND "binarySwitch\",\"powSe\":\"on\"}}");
  refuse (fixture, 4000, "curT0",
          "{\"hd:binSh\":{\"cnd\":\"" CND "binarySwitch\",\"powSe\":true,\"curT0\":1.0}}");
  refuse (fixture, 4000, "lvl",
          "{\"hd:bat\":{\"cnd\":\"" CND "battery\",\"lvl\":-1}}");
  refuse (fixture, 4000, "cnd", "{\"hd:binSh\":{\"powSe\":true}}");
  refuse (fixture, 4000, "st",
          "{\"hd:binSh\":{\"cnd\":\"" CND "binarySwitch\",\"powSe\":true,\"st\":3}}");
  refuse (fixture, 4000, "cs",
          "{\"hd:binSh\":{\"cnd\":\"" CND "binarySwitch\",\"powSe\":true,\"cs\":3}}");
  make_switch (fixture, "");
  update (fixture, 4000, "\"powSe\":null");
  update (fixture, 4000, "\"powSe\":1");
  update (fixture, 4000, "\"cnd\":\"" CND "binarySwitch\"");
  cse_expect (&fixture->cse, 4000, CSE_UPDATE, "CDevice", SW,
              "\"pc\":{\"hd:tempe\":{\"curT0\":1.0}}");
  assert_attribute (fixture, SW, "st", "0");
}

static void
test_a_definition_that_is_not_there_has_its_own_code (Fixture *fixture, gconstpointer data)
{
  (void) data;
  refuse (fixture, 4125, "cnd", "{\"hd:binSh\":{\"cnd\":\"org.example.none\",\"powSe\":true}}");
  refuse (fixture, 4125, "x:none", "{\"x:none\":{\"cnd\":\"org.example.none\"}}");
  refuse (fixture, 4000, "cnd",
          "{\"hd:binSh\":{\"cnd\":\"" CND "temperature\",\"powSe\":true}}");
  refuse (fixture, 4000, "x:none", "{\"x:none\":{\"cnd\":\"" CND "binarySwitch\"}}");
  refuse (fixture, 4000, "m2m:fcnt", "{\"m2m:fcnt\":{\"cnd\":\"" CND "binarySwitch\"}}");
}

static void
test_state_and_size_follow_the_custom_attributes (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_switch (fixture, "");
  assert_attribute (fixture, SW, "st", "0");
  assert_attribute (fixture, SW, "cs", "4");
  update (fixture, 2004, "\"powSe\":false");
  assert_attribute (fixture, SW, "st", "1");
  assert_attribute (fixture, SW, "cs", "5");
  update (fixture, 2004, "\"lbl\":[\"x\"]");
  assert_attribute (fixture, SW, "st", "1");
  assert_attribute (fixture, SW, "cs", "5");
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 28,
                      "{\"hd:bat\":{\"rn\":\"b\",\"cnd\":\"" CND
                      "battery\",\"lvl\":100,\"matel\":\"zinc\"}}"));
  assert_attribute (fixture, "gatehouse/device/b", "cs", "7");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/b",
              "\"pc\":{\"hd:bat\":{\"matel\":null}}");
  assert_attribute (fixture, "gatehouse/device/b", "cs", "3");
}

static void
test_it_stands_where_the_standard_says (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  const char *light = "\"ty\":28,\"pc\":{\"hd:devLt\":{\"rn\":\"light\",\"cnd\":"
                      "\"org.onem2m.home.device.deviceLight\"}}";
  const char *module = "\"ty\":28,\"pc\":{\"hd:binSh\":{\"cnd\":\"" CND
                       "binarySwitch\",\"powSe\":true}}";
  const char *temperature = "\"ty\":28,\"pc\":{\"hd:tempe\":{\"cnd\":\"" CND
                            "temperature\",\"curT0\":1.0}}";
  cse_expect (cse, 2001, CSE_CREATE, "CAdmin", "gatehouse", light);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device", light);
  g_free (cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"cnt\"}}"));
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device/cnt", light);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device/light", module);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device/light", module);
  cse_expect (cse, 4108, CSE_CREATE, "CDevice", "gatehouse/device/light", temperature);
  cse_expect (cse, 4108, CSE_CREATE, "CDevice", "gatehouse/device/light", light);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device/light",
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
  cse_expect (cse, 4108, CSE_CREATE, "CDevice", "gatehouse/device/light",
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  g_auto (CseAnswer) answer = cse_request (cse, CSE_RETRIEVE, "CDevice", "gatehouse/device/light",
                                           "\"rcn\":4");
  JsonArray *switches = json_node_get_array (cse_member (&answer, "hd:binSh"));
  g_assert_cmpuint (json_array_get_length (switches), ==, 2);
}

static void
test_instances_are_what_it_was (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make_switch (fixture, "\"mni\":2");
  assert_attribute (fixture, SW, "cni", "1");
  assert_attribute (fixture, SW "/la", "powSe", "true");
  assert_attribute (fixture, SW "/la", "ty", "58");
  update (fixture, 2004, "\"powSe\":false");
  update (fixture, 2004, "\"lbl\":[\"x\"]");
  assert_attribute (fixture, SW, "cni", "2");
  assert_attribute (fixture, SW "/la", "powSe", "false");
  assert_attribute (fixture, SW "/la", "org", "CDevice");
  assert_attribute (fixture, SW "/ol", "powSe", "true");
  update (fixture, 2004, "\"powSe\":true");
  assert_attribute (fixture, SW, "cni", "2");
  assert_attribute (fixture, SW, "cbs", "9");
  assert_attribute (fixture, SW "/ol", "powSe", "false");
  g_autofree char *id = cse_attribute (cse, "CDevice", SW "/la", "ri");
  g_assert_true (g_str_has_prefix (id, "fci."));
  assert_attribute (fixture, id, "powSe", "true");
  g_auto (CseAnswer) answer = cse_request (cse, CSE_RETRIEVE, "CDevice", SW, "\"rcn\":4");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (cse_member (&answer, "hd:binSh"))),
                    ==, 2);
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", id, "\"pc\":{\"m2m:atrl\":[\"powSe\"]}");
  cse_expect (cse, 4005, CSE_UPDATE, "CDevice", id, "\"pc\":{\"hd:binSh\":{\"powSe\":true}}");
  cse_expect (cse, 4005, CSE_CREATE, "CDevice", SW, "\"ty\":58,\"pc\":{\"m2m:fci\":{}}");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", id, NULL);
  assert_attribute (fixture, SW, "cni", "1");
}

static void
test_instances_are_made_only_when_asked_for (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  make_switch (fixture, "");
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", SW "/la", NULL);
  update (fixture, 2004, "\"mbs\":100");
  assert_attribute (fixture, SW, "cni", "1");
  update (fixture, 2004, "\"powSe\":false");
  assert_attribute (fixture, SW, "cni", "2");
  update (fixture, 2004, "\"mbs\":null");
  assert_attribute (fixture, SW, "cni", NULL);
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", SW "/la", NULL);
  update (fixture, 2004, "\"fcied\":true");
  assert_attribute (fixture, SW, "cni", "1");
  update (fixture, 2004, "\"fcied\":false,\"mni\":3");
  assert_attribute (fixture, SW, "cni", NULL);
  update (fixture, 5207, "\"mbs\":3");
}

static void
test_old_instances_go (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_switch (fixture, "\"mia\":10");
  gh_clock_advance (fixture->clock, 6 * G_USEC_PER_SEC);
  update (fixture, 2004, "\"powSe\":false");
  assert_attribute (fixture, SW, "cni", "2");
  gh_clock_advance (fixture->clock, 5 * G_USEC_PER_SEC);
  cse_settle (&fixture->cse);
  assert_attribute (fixture, SW, "cni", "1");
  assert_attribute (fixture, SW "/ol", "powSe", "false");
}

static void
test_a_restart_keeps_everything (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_switch (fixture, "\"mni\":5");
  update (fixture, 2004, "\"powSe\":false");
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  start (fixture);
  assert_attribute (fixture, SW, "powSe", "false");
  assert_attribute (fixture, SW, "st", "1");
  assert_attribute (fixture, SW, "cni", "2");
  assert_attribute (fixture, SW "/ol", "powSe", "true");
  update (fixture, 2004, "\"powSe\":true");
  assert_attribute (fixture, SW, "cni", "3");
}

static void
test_subscriptions_see_it_change (Fixture *fixture, gconstpointer data)
{
  (void) data;
  make_switch (fixture, "\"mni\":5");
  g_free (cse_create (&fixture->cse, "CDevice", SW, 23,
                      "{\"m2m:sub\":{\"nu\":[\"fake://u/\"],\"enc\":{\"net\":[1],"
                      "\"atr\":[\"powSe\"]},\"nct\":2}}"));
  g_free (cse_create (&fixture->cse, "CDevice", SW, 23,
                      "{\"m2m:sub\":{\"nu\":[\"fake://c/\"],\"enc\":{\"net\":[3],"
                      "\"chty\":[58]}}}"));
  update (fixture, 2004, "\"powSe\":false");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_nonnull (strstr (delivery->body, "\"hd:binSh\":{"));
      g_assert_nonnull (strstr (delivery->body, "\"powSe\":false"));
      g_assert_nonnull (strstr (delivery->body, strcmp (delivery->url, "fake://u/") == 0
                                                  ? "\"net\":1"
                                                  : "\"net\":3"));
    }
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/flex-container/a-specialisation-has-the-attributes-of-its-definition",
       test_a_specialisation_has_the_attributes_of_its_definition);
  add ("/flex-container/what-the-definition-does-not-allow-is-refused",
       test_what_the_definition_does_not_allow_is_refused);
  add ("/flex-container/a-definition-that-is-not-there-has-its-own-code",
       test_a_definition_that_is_not_there_has_its_own_code);
  add ("/flex-container/state-and-size-follow-the-custom-attributes",
       test_state_and_size_follow_the_custom_attributes);
  add ("/flex-container/it-stands-where-the-standard-says", test_it_stands_where_the_standard_says);
  add ("/flex-container/instances-are-what-it-was", test_instances_are_what_it_was);
  add ("/flex-container/instances-are-made-only-when-asked-for",
       test_instances_are_made_only_when_asked_for);
  add ("/flex-container/old-instances-go", test_old_instances_go);
  add ("/flex-container/a-restart-keeps-everything", test_a_restart_keeps_everything);
  add ("/flex-container/subscriptions-see-it-change", test_subscriptions_see_it_change);
  return g_test_run ();
}
