/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"

#include <string.h>

/* Targets that send what they are told back to where it came from. What ends a circle is counted
 * here, not waited for. */

#define LOAD   "gatehouse/device/load"
#define ROUNDS 20

static void
set_up (CseFixture *cse, gconstpointer data)
{
  const CseParts parts = { .transport = &fake_transport_ops };
  fake_transport_reset ();
  cse_fixture_set_up_with (cse, data, &parts);
  g_free (cse_create (cse, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://device\"]}}"));
  g_free (cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\",\"mni\":5}}"));
}

static void
tear_down (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (cse);
  fake_transport_reset ();
}

static void
wait_idle (CseFixture *cse)
{
  cse_wait_notifications (cse, 0);
}

/* The target publishes what it is told into the container that it is told of: each round is a
 * request of its own, and nobody is told twice of one. */
static void
test_an_ae_that_publishes_what_it_is_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_free (cse_create (cse, "CDevice", LOAD, 23,
                      "{\"m2m:sub\":{\"nu\":[\"CDevice\"],\"enc\":{\"net\":[3],\"chty\":[4]}}}"));
  g_free (cse_create (cse, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"con\":\"r0\"}}"));
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_autofree char *expected = g_strdup_printf ("\"con\":\"r%u\"", i);
      g_autofree char *next = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"r%u\"}}", i + 1);
      g_assert_cmpstr (delivery->url, ==, "fake://device");
      g_assert_nonnull (strstr (delivery->body, expected));
      g_assert_cmpuint (fake_transport_count (), ==, 0);
      if (i + 1 < ROUNDS)
        g_free (cse_create (cse, "CDevice", LOAD, 4, next));
    }
  wait_idle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* It would be told of what telling changes in it. */
static void
test_a_subscription_to_a_subscription (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_autofree char *first = cse_create (
    cse, "CDevice", LOAD, 23,
    "{\"m2m:sub\":{\"nu\":[\"CDevice\"],\"exc\":50,\"enc\":{\"net\":[3],\"chty\":[4]}}}");
  cse_refuse (cse, 5203, "holds no subscription", CSE_CREATE, "CDevice", first,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CDevice\"]}}");
  g_free (cse_create (cse, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"con\":\"one\"}}"));
  fake_delivery_free (fake_transport_take ());
  wait_idle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The CSE, a container or a subscription as its own target: they cannot be told. */
static void
test_what_is_no_target_confirms_nothing (CseFixture *cse, gconstpointer data)
{
  static const char *const targets[] = { "/gatehouse", "gatehouse", "/gatehouse/cb-1", LOAD,
                                         "/gatehouse/" LOAD, LOAD "/s", "Cnobody" };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":23,\"pc\":{\"m2m:sub\":{\"rn\":\"s\",\"nu\":[\"%s\"]}}", targets[i]);
      cse_expect (cse, 5204, CSE_CREATE, "CDevice", LOAD, members);
    }
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What it creates below itself is told to itself, once each. */
static void
test_an_ae_that_subscribes_to_itself (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_free (cse_create (cse, "CDevice", "CDevice", 23,
                      "{\"m2m:sub\":{\"nu\":[\"CDevice\"],\"enc\":{\"net\":[1,3,4]}}}"));
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "CDevice", "\"pc\":{\"m2m:ae\":{\"lbl\":[\"x\"]}}");
  g_autoptr (FakeDelivery) update = fake_transport_take ();
  g_assert_nonnull (strstr (update->body, "\"net\":1"));
  wait_idle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What it forwards would come back for ever. */
static void
test_a_group_that_forwards_to_itself (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_autofree char *id = cse_create (
    cse, "CDevice", "CDevice", 9,
    "{\"m2m:grp\":{\"rn\":\"g\",\"mnm\":2,\"mid\":[\"" LOAD "\"],\"nar\":{\"num\":1}}}");
  g_autofree char *members = g_strdup_printf (
    "\"ty\":23,\"pc\":{\"m2m:sub\":{\"enc\":{\"net\":[3],\"chty\":[4]},\"nu\":[\"/gatehouse/%s\"],"
    "\"nfu\":\"/gatehouse/%s\"}}", id, id);
  cse_refuse (cse, 4000, "none forwards to it", CSE_CREATE, "CDevice", "gatehouse/device/g/fopt",
              members);
  cse_expect (cse, 5204, CSE_CREATE, "CDevice", LOAD, members);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

#define ADD(name, test) \
  g_test_add ("/notify-circles/" name, CseFixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("an-ae-that-publishes-what-it-is-told", test_an_ae_that_publishes_what_it_is_told);
  ADD ("a-subscription-to-a-subscription", test_a_subscription_to_a_subscription);
  ADD ("what-is-no-target-confirms-nothing", test_what_is_no_target_confirms_nothing);
  ADD ("an-ae-that-subscribes-to-itself", test_an_ae_that_subscribes_to_itself);
  ADD ("a-group-that-forwards-to-itself", test_a_group_that_forwards_to_itself);
  return g_test_run ();
}
