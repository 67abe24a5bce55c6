/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

#define HOME "gatehouse/device"

static void
create (Fixture *fixture, const char *to, gint type, const char *content)
{
  g_free (cse_create (&fixture->cse, "CDevice", to, type, content));
}

static void
start (Fixture *fixture, const char *const *options)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, options, &parts);
}

static void
restart (Fixture *fixture)
{
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  start (fixture, NULL);
}

/* @data: options */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  fake_transport_reset ();
  start (fixture, data);
  create (fixture, "gatehouse", 2,
          "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Napp\",\"rr\":true,\"srv\":[\"3\"]}}");
  create (fixture, "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"a\"}}");
  create (fixture, "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"b\"}}");
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

#define ENTRY "{\"net\":[3]}"
#define BOTH  "\"rrat\":[\"" HOME "/a\",\"" HOME "/b\"],\"encs\":{\"encn\":[" ENTRY "]}"

/* HOME/cross over both containers, which notifies fake://all/ */
static void
cross (Fixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:crs\":{\"rn\":\"cross\",\"nu\":[\"fake://all/\"],\"tws\":\"PT10S\",%s}}", members);
  create (fixture, "CDevice", 48, content);
}

/* What a notification under way causes has been done. */
static void
settle (Fixture *fixture)
{
  cse_wake (&fixture->cse);
  cse_settle (&fixture->cse);
}

/* A notification to the test itself, behind which everything before has been expanded. */
static void
expect_mark (Fixture *fixture)
{
  create (fixture, "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"mark\"}}");
  create (fixture, HOME "/mark", 23,
          "{\"m2m:sub\":{\"nu\":[\"fake://mark/\"],\"enc\":{\"net\":[3]}}}");
  create (fixture, HOME "/mark", 4, "{\"m2m:cin\":{\"con\":\"mark\"}}");
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://mark/");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", HOME "/mark", NULL);
  settle (fixture);
}

/* Content into a container, taken by the crossResourceSubscription before this returns. */
static void
publish (Fixture *fixture, const char *container)
{
  create (fixture, container, 4, "{\"m2m:cin\":{\"con\":\"x\"}}");
  expect_mark (fixture);
}

static void
publish_last (Fixture *fixture, const char *container)
{
  create (fixture, container, 4, "{\"m2m:cin\":{\"con\":\"x\"}}");
}

static void
expect_cross (void)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://all/");
  g_assert_nonnull (strstr (delivery->body, "\"sur\":\"/gatehouse/crs-"));
}

static void
expect_attribute (Fixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *value = cse_attribute (&fixture->cse, "CDevice", to, name);
  g_assert_cmpstr (value, ==, expected);
}

static void
test_all_in_one_window (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":1," BOTH);
  publish (fixture, HOME "/a");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  publish_last (fixture, HOME "/b");
  expect_cross ();
  publish (fixture, HOME "/b");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_periodic_window_ends (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":1," BOTH);
  gh_clock_advance (fixture->clock, 8 * SECOND);
  publish (fixture, HOME "/a");
  gh_clock_advance (fixture->clock, 3 * SECOND);
  publish (fixture, HOME "/b");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  gh_clock_advance (fixture->clock, 8 * SECOND);
  publish_last (fixture, HOME "/a");
  expect_cross ();
}

static void
test_a_sliding_window_begins_with_the_first (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":2," BOTH);
  gh_clock_advance (fixture->clock, 8 * SECOND);
  publish (fixture, HOME "/a");
  gh_clock_advance (fixture->clock, 9 * SECOND);
  publish_last (fixture, HOME "/b");
  expect_cross ();
  gh_clock_advance (fixture->clock, 60 * SECOND);
  publish (fixture, HOME "/a");
  gh_clock_advance (fixture->clock, 10 * SECOND);
  publish (fixture, HOME "/b");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_an_update_begins_a_new_window (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":2," BOTH);
  publish (fixture, HOME "/a");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", HOME "/cross",
              "\"pc\":{\"m2m:crs\":{\"tws\":\"PT20S\"}}");
  publish (fixture, HOME "/b");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  gh_clock_advance (fixture->clock, 15 * SECOND);
  publish_last (fixture, HOME "/a");
  expect_cross ();
}

static void
test_subscriptions_are_made_and_go (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":1,\"su\":\"fake://subscriber/\"," BOTH);
  g_autofree char *list = cse_attribute (&fixture->cse, "CDevice", HOME "/cross", "rrats");
  g_autofree char *id = cse_attribute (&fixture->cse, "CDevice", HOME "/cross", "ri");
  g_autofree char *self = g_strdup_printf ("[\"%s\"]", id);
  g_auto (GStrv) parts = g_strsplit (list, "\"", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 5);
  expect_attribute (fixture, parts[1], "acrs", self);
  expect_attribute (fixture, parts[3], "nu", self);
  expect_attribute (fixture, parts[3], "enc", "{\"net\":[3]}");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", HOME "/cross", NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", parts[1], NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", parts[3], NULL);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://subscriber/");
  g_assert_nonnull (strstr (delivery->body, "\"sud\":true"));
}

static void
test_it_goes_with_one_of_its_subscriptions (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":1," BOTH);
  g_autofree char *list = cse_attribute (&fixture->cse, "CDevice", HOME "/cross", "rrats");
  g_auto (GStrv) parts = g_strsplit (list, "\"", -1);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", parts[1], NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", HOME "/cross", NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", parts[3], NULL);
}

static void
test_subscriptions_that_are_there_take_part (Fixture *fixture, gconstpointer data)
{
  (void) data;
  create (fixture, HOME "/a", 23,
          "{\"m2m:sub\":{\"rn\":\"own\",\"nu\":[\"fake://own/\"],\"enc\":{\"net\":[3]}}}");
  cross (fixture, "\"twt\":1,\"srat\":[\"" HOME "/a/own\"],\"rrat\":[\"" HOME
                  "/b\"],\"encs\":{\"encn\":[" ENTRY "]}");
  publish_last (fixture, HOME "/b");
  publish_last (fixture, HOME "/a");
  {
    g_autoptr (FakeDelivery) delivery = fake_transport_take ();
    g_assert_cmpstr (delivery->url, ==, "fake://own/");
  }
  expect_cross ();
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", HOME "/cross", NULL);
  expect_attribute (fixture, HOME "/a/own", "nu", "[\"fake://own/\"]");
  expect_attribute (fixture, HOME "/a/own", "acrs", NULL);
}

static void
test_it_goes_with_its_last_notification (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cross (fixture, "\"twt\":1,\"exc\":2," BOTH);
  publish (fixture, HOME "/a");
  publish_last (fixture, HOME "/b");
  expect_cross ();
  settle (fixture);
  expect_attribute (fixture, HOME "/cross", "exc", "1");
  publish (fixture, HOME "/a");
  publish_last (fixture, HOME "/b");
  expect_cross ();
  settle (fixture);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", HOME "/cross", NULL);
}

static void
test_what_cannot_be_is_refused (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members, *reason;
    gint rsc;
  } cases[] = {
    { "\"twt\":1,\"tws\":\"PT10S\"", "rrat", 4000 },
    { "\"twt\":1,\"tws\":\"PT0S\"," BOTH, "tws", 4000 },
    { "\"twt\":3,\"tws\":\"PT1S\"," BOTH, "twt", 4000 },
    { "\"twt\":1,\"tws\":\"PT1S\",\"rrat\":[\"" HOME "/a\"]", "encs", 4000 },
    { "\"twt\":1,\"tws\":\"PT1S\",\"rrat\":[\"" HOME "/a\"],\"encs\":{\"encn\":[" ENTRY "," ENTRY
      "]}",
      "encs", 4000 },
    { "\"twt\":1,\"tws\":\"PT1S\",\"rrat\":[\"" HOME "/none\"],\"encs\":{\"encn\":[" ENTRY "]}",
      "none", 5221 },
    { "\"twt\":1,\"tws\":\"PT1S\",\"rrat\":[\"/other/cnt-1\"],\"encs\":{\"encn\":[" ENTRY "]}",
      "/other/cnt-1", 5221 },
    { "\"twt\":1,\"tws\":\"PT1S\",\"rrat\":[\"gatehouse\"],\"encs\":{\"encn\":[" ENTRY "]}",
      "gatehouse", 5221 },
    { "\"twt\":1,\"tws\":\"PT1S\",\"srat\":[\"" HOME "/a\"]", HOME "/a", 5221 },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":48,\"pc\":{\"m2m:crs\":{\"nu\":[\"fake://all/\"],%s}}", cases[i].members);
      cse_refuse (&fixture->cse, cases[i].rsc, cases[i].reason, CSE_CREATE, "CDevice", "CDevice",
                  members);
    }
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", HOME "/a",
                                           "\"rcn\":6");
  g_autofree char *text = json_to_string (answer.root, FALSE);
  g_assert_null (strstr (text, "sub-"));
}

#define OTHER "fake://other/"
#define CROSS_TO(targets) \
  "\"ty\":48,\"pc\":{\"m2m:crs\":{\"rn\":\"cross\",\"twt\":1,\"tws\":\"PT10S\",\"nu\":[" targets \
  "]," BOTH "}}"
#define TELL(targets) "\"pc\":{\"m2m:crs\":{\"nu\":[" targets "]}}"

/* COther, which has never agreed to anything. */
static void
register_other (Fixture *fixture)
{
  g_free (cse_create (&fixture->cse, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"other\",\"api\":\"Nother\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"" OTHER "\"]}}"));
}

static void
expect_asked (void)
{
  g_autoptr (FakeDelivery) asked = fake_transport_take ();
  g_assert_cmpstr (asked->url, ==, OTHER);
  g_assert_cmpstr (asked->to, ==, "COther");
  g_assert_nonnull (strstr (asked->body, "\"vrq\":true"));
  g_assert_nonnull (strstr (asked->body, "\"cr\":\"CDevice\""));
}

/* Nothing was made, below what it would be about either, and nobody is told. */
static void
expect_no_cross (Fixture *fixture)
{
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", HOME "/cross", NULL);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", HOME "/a",
                                           "\"rcn\":6");
  g_autofree char *text = json_to_string (answer.root, FALSE);
  g_assert_null (strstr (text, "sub-"));
  publish (fixture, HOME "/a");
  publish (fixture, HOME "/b");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_nobody_is_told_who_has_not_agreed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const struct {
    GhDeliveryStatus status;
    guint rsc;
  } refusals[] = { { GH_DELIVERY_DONE, 4103 },
                   { GH_DELIVERY_UNREACHABLE, 0 },
                   { GH_DELIVERY_REFUSED, 0 } };
  register_other (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      fake_transport_answer (OTHER, refusals[i].status, refusals[i].rsc);
      cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", "CDevice", CROSS_TO ("\"COther\""));
      expect_asked ();
    }
  cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", "CDevice", CROSS_TO ("\"CNobody\""));
  cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", "CDevice",
              CROSS_TO ("\"fake://all/\",\"/elsewhere/CX\""));
  expect_no_cross (fixture);
}

static void
test_who_agrees_is_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  register_other (fixture);
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", "CDevice", CROSS_TO ("\"COther\""));
  expect_asked ();
  publish (fixture, HOME "/a");
  publish_last (fixture, HOME "/b");
  g_autoptr (FakeDelivery) told = fake_transport_take ();
  g_assert_cmpstr (told->url, ==, OTHER);
  g_assert_nonnull (strstr (told->body, "\"sur\":\"/gatehouse/crs-"));
}

/* Neither who asks for it, nor a URL (TS-0001 10.2.10.2). */
static void
test_who_asks_for_it_is_not_asked (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", "CDevice",
              CROSS_TO ("\"CDevice\",\"/gatehouse/CDevice\",\"fake://all/\""));
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_who_is_added_agrees_too (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char update[] = TELL ("\"fake://all/\",\"COther\"");
  register_other (fixture);
  cross (fixture, "\"twt\":1," BOTH);
  fake_transport_answer (OTHER, GH_DELIVERY_DONE, 4103);
  cse_expect (&fixture->cse, 5204, CSE_UPDATE, "CDevice", HOME "/cross", update);
  expect_asked ();
  expect_attribute (fixture, HOME "/cross", "nu", "[\"fake://all/\"]");
  fake_transport_answer (OTHER, GH_DELIVERY_DONE, 2000);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", HOME "/cross", update);
  expect_asked ();
  /* who has agreed is not asked again, after a restart either */
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", HOME "/cross", update);
  restart (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", HOME "/cross", update);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  /* but who went, and comes back */
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", HOME "/cross",
              TELL ("\"fake://all/\""));
  fake_transport_answer (OTHER, GH_DELIVERY_DONE, 4103);
  cse_expect (&fixture->cse, 5204, CSE_UPDATE, "CDevice", HOME "/cross", update);
  expect_asked ();
}

/* It is taken and never answered: meanwhile there is no such resource, others are served, and in
 * the end it is refused. */
static void
test_silence_is_no_agreement (Fixture *fixture, gconstpointer data)
{
  (void) data;
  register_other (fixture);
  fake_transport_silence (OTHER);
  const guint place = cse_send (&fixture->cse, CSE_CREATE, "CDevice", "CDevice",
                                CROSS_TO ("\"COther\""));
  expect_asked ();
  expect_no_cross (fixture);
  fake_transport_release ();
  {
    g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
    g_assert_cmpint (answer.rsc, ==, 5204);
  }
  cse_forget_sent (&fixture->cse);
  expect_no_cross (fixture);
}

static void
test_a_restart_agrees_to_nothing (Fixture *fixture, gconstpointer data)
{
  (void) data;
  register_other (fixture);
  cross (fixture, "\"twt\":1," BOTH);
  fake_transport_silence (OTHER);
  cse_send (&fixture->cse, CSE_UPDATE, "CDevice", HOME "/cross",
            TELL ("\"fake://all/\",\"COther\""));
  expect_asked ();
  restart (fixture);
  expect_attribute (fixture, HOME "/cross", "nu", "[\"fake://all/\"]");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", HOME "/cross", NULL);
  fake_transport_silence (OTHER);
  cse_send (&fixture->cse, CSE_CREATE, "CDevice", "CDevice", CROSS_TO ("\"COther\""));
  expect_asked ();
  restart (fixture);
  expect_no_cross (fixture);
}

/* The one that is there would be asked, and kept waiting for: that would tell. */
static void
test_who_is_hidden_is_not_asked (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const targets[] = { "COther", "CNobody", "gatehouse/other",
                                         "gatehouse/nobody" };
  register_other (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *sub = g_strdup_printf (
        "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"%s\"],\"enc\":{\"net\":[3]}}}", targets[i]);
      cse_refuse (&fixture->cse, 5204, "did not confirm", CSE_CREATE, "CDevice", HOME "/a", sub);
    }
  cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", "CDevice", CROSS_TO ("\"COther\""));
  expect_no_cross (fixture);
  /* who may tell it something may ask */
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 1,
                      "{\"m2m:acp\":{\"rn\":\"heard\",\"pv\":{\"acr\":[{\"acor\":[\"CDevice\"],"
                      "\"acop\":16}]},\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}"));
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "COther",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/heard\"]}}");
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", "CDevice", CROSS_TO ("\"COther\""));
  expect_asked ();
}

static const char *const hide[] = { "access.hide=yes", NULL };

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_TEST(path, func) \
  g_test_add ("/cross-resource/" path, Fixture, NULL, set_up, func, tear_down)
  ADD_TEST ("window", test_all_in_one_window);
  ADD_TEST ("periodic", test_a_periodic_window_ends);
  ADD_TEST ("sliding", test_a_sliding_window_begins_with_the_first);
  ADD_TEST ("update", test_an_update_begins_a_new_window);
  ADD_TEST ("subscriptions", test_subscriptions_are_made_and_go);
  ADD_TEST ("one-goes", test_it_goes_with_one_of_its_subscriptions);
  ADD_TEST ("existing", test_subscriptions_that_are_there_take_part);
  ADD_TEST ("counter", test_it_goes_with_its_last_notification);
  ADD_TEST ("refused", test_what_cannot_be_is_refused);
  ADD_TEST ("nobody-is-told-who-has-not-agreed", test_nobody_is_told_who_has_not_agreed);
  ADD_TEST ("who-agrees-is-told", test_who_agrees_is_told);
  ADD_TEST ("who-asks-for-it-is-not-asked", test_who_asks_for_it_is_not_asked);
  ADD_TEST ("who-is-added-agrees-too", test_who_is_added_agrees_too);
  ADD_TEST ("silence-is-no-agreement", test_silence_is_no_agreement);
  ADD_TEST ("a-restart-agrees-to-nothing", test_a_restart_agrees_to_nothing);
  g_test_add ("/cross-resource/who-is-hidden-is-not-asked", Fixture, hide, set_up,
              test_who_is_hidden_is_not_asked, tear_down);
  return g_test_run ();
}
