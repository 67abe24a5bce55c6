/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)

typedef struct {
  CseFixture cse;
  GhClock *clock;
  const char *const *options;
} Fixture;

static void
start (Fixture *fixture)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, fixture->options, &parts);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  fixture->options = data;
  fake_transport_reset ();
  start (fixture);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
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

#define LOAD "gatehouse/device/load"

static char *
subscribe (Fixture *fixture, const char *to, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:sub\":{%s}}", members);
  return cse_create (&fixture->cse, "CDevice", to, 23, content);
}

static void
publish (Fixture *fixture, const char *to, const char *content)
{
  g_autofree char *body = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%s\"}}", content);
  g_free (cse_create (&fixture->cse, "CDevice", to, 4, body));
}

/* The next delivery goes to @url and holds @part. */
static void
expect (const char *url, const char *part)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, url);
  if (strstr (delivery->body, part) == NULL)
    g_error ("expected \"%s\" in \"%s\"", part, delivery->body);
}

static void
expect_content (const char *url, const char *content)
{
  g_autofree char *part = g_strdup_printf ("\"con\":\"%s\"", content);
  expect (url, part);
}

/* A delivery to another target, after which nothing from before can come any more, because the
 * notifier takes the events in their order. */
static void
expect_nothing_else (Fixture *fixture)
{
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"mark\"}}"));
  g_free (subscribe (fixture, "gatehouse/device/mark",
                     "\"nu\":[\"fake://mark/\"],"
                     "\"enc\":{\"net\":[3]}"));
  publish (fixture, "gatehouse/device/mark", "mark");
  expect_content ("fake://mark/", "mark");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", "gatehouse/device/mark", NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_new_child_is_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, LOAD,
                                   "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]},\"nct\":1");
  publish (fixture, LOAD, "17");
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_autofree char *expected = g_strdup_printf (
    "{\"m2m:sgn\":{\"nev\":{\"rep\":{\"m2m:cin\":{\"rn\":\"cin.5\",\"ty\":4,\"ri\":\"cin.5\","
    "\"pi\":\"cnt-3\",\"ct\":\"20270115T080000\",\"lt\":\"20270115T080000\",\"st\":1,\"cs\":2,"
    "\"con\":\"17\"}},\"net\":3},\"sur\":\"/gatehouse/%s\",\"cr\":\"CDevice\"}}",
    id);
  g_autoptr (JsonNode) a = json_from_string (delivery->body, NULL);
  g_autoptr (JsonNode) b = json_from_string (expected, NULL);
  g_autofree char *pretty_a = json_to_string (a, TRUE);
  g_autofree char *pretty_b = json_to_string (b, TRUE);
  if (!json_node_equal (a, b))
    g_assert_cmpstr (pretty_a, ==, pretty_b);
  g_assert_cmpstr (delivery->from, ==, "/gatehouse");
  g_assert_cmpstr (delivery->url, ==, "fake://a/");
}

static void
test_event_types_are_told_apart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  /* a subscription is a child, too: the one that is told of children comes last */
  static const guint nets[] = { 1, 2, 4, 3 };
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"nu\":[\"fake://net%u/\"],\"enc\":{\"net\":[%u]}", nets[i], nets[i]);
      g_free (subscribe (fixture, LOAD, members));
    }
  publish (fixture, LOAD, "x");
  expect ("fake://net3/", "\"net\":3");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"y\"]}}");
  expect ("fake://net1/", "\"net\":1");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", LOAD "/la", NULL);
  expect ("fake://net4/", "\"net\":4");
  expect_nothing_else (fixture);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", LOAD, NULL);
  expect ("fake://net2/", "\"net\":2");
  expect_nothing_else (fixture);
}

static void
test_a_target_receives_in_the_order_of_commits (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}"));
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *members = g_strdup_printf ("\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"n%u\"}}",
                                                  i);
      cse_send (&fixture->cse, CSE_CREATE, "CDevice", LOAD, members);
    }
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *content = g_strdup_printf ("n%u", i);
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, i);
      g_assert_cmpint (answer.rsc, ==, 2001);
      expect_content ("fake://a/", content);
    }
  cse_forget_sent (&fixture->cse);
}

static void
wait_failed (Fixture *fixture, guint64 more_than)
{
  /* the outcome is on its way through the notifier */
  while (cse_counter (&fixture->cse, "notifications-failed") <= more_than)
    g_thread_yield ();
}

static void
wait_delivered (Fixture *fixture, guint64 n)
{
  while (cse_counter (&fixture->cse, "notifications") < n)
    g_thread_yield ();
}

static void
test_an_unreachable_target_is_tried_again (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}"));
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  publish (fixture, LOAD, "one");
  publish (fixture, LOAD, "two");
  /* 1, 2, 4 and 8 seconds, and not before */
  expect_content ("fake://a/", "one");
  for (guint i = 0; i < 4; i++)
    {
      wait_failed (fixture, i);
      gh_clock_advance (fixture->clock, (G_USEC_PER_SEC << i) - 1);
      cse_wake (&fixture->cse);
      expect_nothing_else (fixture);
      if (i == 3)
        fake_transport_answer ("fake://a/", GH_DELIVERY_DONE, 2000);
      gh_clock_advance (fixture->clock, 1);
      cse_wake (&fixture->cse);
      expect_content ("fake://a/", "one");
    }
  expect_content ("fake://a/", "two");
  publish (fixture, LOAD, "three");
  expect_content ("fake://a/", "three");
}

static void
test_a_refusing_target_is_not_tried_again (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}"));
  fake_transport_answer ("fake://a/", GH_DELIVERY_REFUSED, 0);
  publish (fixture, LOAD, "one");
  publish (fixture, LOAD, "two");
  expect_content ("fake://a/", "one");
  expect_content ("fake://a/", "two");
  expect_nothing_else (fixture);
}

static void
test_the_queue_of_a_target_is_bounded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}"));
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  publish (fixture, LOAD, "n0");
  expect_content ("fake://a/", "n0");
  wait_failed (fixture, 0);
  for (guint i = 1; i < 10; i++)
    {
      g_autofree char *content = g_strdup_printf ("n%u", i);
      publish (fixture, LOAD, content);
    }
  expect_nothing_else (fixture);
  fake_transport_answer ("fake://a/", GH_DELIVERY_DONE, 2000);
  gh_clock_advance (fixture->clock, 10 * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  /* the oldest have gone */
  for (guint i = 6; i < 10; i++)
    {
      g_autofree char *content = g_strdup_printf ("n%u", i);
      expect_content ("fake://a/", content);
    }
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), ==, 6);
}

static void
test_a_subscription_ends_with_its_counter (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (
    fixture, LOAD, "\"nu\":[\"fake://a/\"],\"su\":\"fake://su/\",\"exc\":3,\"enc\":{\"net\":[3]}");
  for (guint i = 0; i < 5; i++)
    publish (fixture, LOAD, "x");
  guint to_target = 0, to_subscriber = 0;
  while (to_target < 3 || to_subscriber < 1)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      if (strcmp (delivery->url, "fake://a/") == 0)
        to_target++;
      else
        {
          g_assert_nonnull (strstr (delivery->body, "\"sud\":true"));
          to_subscriber++;
        }
    }
  g_assert_cmpuint (to_target, ==, 3);
  cse_settle (&fixture->cse);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", id, NULL);
  publish (fixture, LOAD, "x");
  expect_nothing_else (fixture);
}

static void
test_the_subscriber_is_told_of_the_end (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (
    fixture, LOAD, "\"nu\":[\"fake://a/\"],\"su\":\"fake://su/\",\"enc\":{\"net\":[3]}");
  g_autofree char *reference = g_strdup_printf ("\"sur\":\"/gatehouse/%s\"", id);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", id, NULL);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://su/");
  g_assert_nonnull (strstr (delivery->body, "\"sud\":true"));
  g_assert_nonnull (strstr (delivery->body, reference));
  expect_nothing_else (fixture);
}

static void
test_subscribers_below_a_deleted_tree_are_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CDevice", LOAD, 3, "{\"m2m:cnt\":{\"rn\":\"in\"}}"));
  g_free (subscribe (fixture, LOAD,
                     "\"nu\":[\"fake://a/\"],\"su\":\"fake://su/\","
                     "\"enc\":{\"net\":[2]}"));
  g_free (subscribe (fixture, LOAD "/in",
                     "\"nu\":[\"fake://b/\"],\"su\":\"fake://su/\","
                     "\"enc\":{\"net\":[3]}"));
  g_free (subscribe (fixture, "CDevice", "\"nu\":[\"fake://c/\"],\"enc\":{\"net\":[4]}"));
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", LOAD, NULL);
  guint gone = 0, child = 0, ended = 0;
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      gone += strcmp (delivery->url, "fake://a/") == 0;
      child += strcmp (delivery->url, "fake://c/") == 0;
      ended += strcmp (delivery->url, "fake://su/") == 0;
    }
  g_assert_cmpuint (gone, ==, 1);
  g_assert_cmpuint (child, ==, 1);
  g_assert_cmpuint (ended, ==, 2);
}

typedef struct {
  GhDeliveryStatus status;
  guint rsc;
  gint expected;
} Confirmation;

static void
register_target (Fixture *fixture, const char *poa)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:ae\":{\"rn\":\"other\",\"api\":\"Nother\",\"rr\":true,\"srv\":[\"3\"]%s%s%s}}",
    poa != NULL ? ",\"poa\":[\"" : "", poa != NULL ? poa : "", poa != NULL ? "\"]" : "");
  g_free (cse_create (&fixture->cse, "COther", "gatehouse", 2, content));
}

static void
test_another_target_confirms_the_subscription (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const Confirmation confirmations[] = { { GH_DELIVERY_DONE, 2000, 2001 },
                                                { GH_DELIVERY_DONE, 4103, 5204 },
                                                { GH_DELIVERY_UNREACHABLE, 0, 5204 },
                                                { GH_DELIVERY_REFUSED, 0, 5204 } };
  register_target (fixture, "fake://other/");
  for (guint i = 0; i < G_N_ELEMENTS (confirmations); i++)
    {
      fake_transport_answer ("fake://other/", confirmations[i].status, confirmations[i].rsc);
      cse_expect (&fixture->cse, confirmations[i].expected, CSE_CREATE, "CDevice", LOAD,
                  "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"COther\"],\"enc\":{\"net\":[3]}}}");
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_nonnull (strstr (delivery->body, "\"vrq\":true"));
      g_assert_cmpstr (delivery->to, ==, "COther");
    }
  fake_transport_answer ("fake://other/", GH_DELIVERY_DONE, 2000);
  publish (fixture, LOAD, "x");
  expect_content ("fake://other/", "x");
  expect_nothing_else (fixture);
}

/* A request of a CSE is known by its identifier: two that are under way must not have the same. */
static void
test_each_target_is_asked_by_a_request_of_its_own (Fixture *fixture, gconstpointer data)
{
  (void) data;
  register_target (fixture, "fake://other/");
  g_free (cse_create (&fixture->cse, "CThird", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"third\",\"api\":\"Nthird\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://third/\"]}}"));
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"COther\",\"CThird\"],"
              "\"enc\":{\"net\":[3]}}}");
  g_autoptr (FakeDelivery) one = fake_transport_take ();
  g_autoptr (FakeDelivery) other = fake_transport_take ();
  g_assert_cmpstr (one->identifier, !=, other->identifier);
}

/* Who is added later agrees like who was there from the beginning, who is not asked again. */
static void
test_a_target_that_is_added_confirms_it_too (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char update[] = "\"pc\":{\"m2m:sub\":{\"nu\":[\"CDevice\",\"COther\"]}}";
  register_target (fixture, "fake://other/");
  g_autofree char *subscription = subscribe (fixture, "CDevice",
                                             "\"nu\":[\"CDevice\"],\"enc\":{\"net\":[1]}");
  fake_transport_answer ("fake://other/", GH_DELIVERY_DONE, 4103);
  cse_expect (&fixture->cse, 5204, CSE_UPDATE, "CDevice", subscription, update);
  fake_transport_answer ("fake://other/", GH_DELIVERY_DONE, 2000);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", subscription, update);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FakeDelivery) asked = fake_transport_take ();
      g_assert_cmpstr (asked->to, ==, "COther");
      g_assert_nonnull (strstr (asked->body, "\"vrq\":true"));
    }
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", subscription, update);
  expect_nothing_else (fixture);
}

static void
test_a_target_without_an_address_confirms_nothing (Fixture *fixture, gconstpointer data)
{
  (void) data;
  register_target (fixture, NULL);
  static const char *const targets[] = { "COther", "gatehouse/device/load", "CNobody",
                                         "/elsewhere/CX" };
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"%s\"],\"enc\":{\"net\":[3]}}}", targets[i]);
      cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", LOAD, members);
    }
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* @deleted: what goes after the events and before the process ends; NULL: nothing */
static void
restart_with_waiting (Fixture *fixture, const char *deleted)
{
  const guint64 before = cse_counter (&fixture->cse, "notifications");
  /* the target that answers, so that there is something not to repeat */
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://b/\"],\"enc\":{\"net\":[3]}"));
  g_autofree char *id = subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}");
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *content = g_strdup_printf ("n%u", i);
      publish (fixture, LOAD, content);
    }
  wait_failed (fixture, 0);
  wait_delivered (fixture, before + 4);
  if (deleted != NULL)
    cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice",
                strcmp (deleted, "subscription") == 0 ? id : deleted, NULL);
  cse_settle (&fixture->cse);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  start (fixture);
}

static void
test_nothing_is_lost_by_a_restart (Fixture *fixture, gconstpointer data)
{
  static const char *const deleted[] = { NULL, "subscription", LOAD, "CDevice" };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (deleted); i++)
    {
      guint n = 0;
      restart_with_waiting (fixture, deleted[i]);
      while (n < 3)
        {
          g_autofree char *content = g_strdup_printf ("\"con\":\"n%u\"", n);
          g_autoptr (FakeDelivery) delivery = fake_transport_take ();
          /* the other target has had its own */
          g_assert_cmpstr (delivery->url, ==, "fake://a/");
          g_assert_nonnull (strstr (delivery->body, content));
          n++;
        }
      wait_delivered (fixture, 3);
      if (i + 1 == G_N_ELEMENTS (deleted))
        return;
      if (i < 2)
        cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", LOAD, NULL);
      g_free (
        cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
    }
}

static guint
count_lines (const char *text, const char *part)
{
  guint n = 0;
  for (const char *at = text; (at = strstr (at, part)) != NULL; at += strlen (part))
    n++;
  return n;
}

/* Rows of the outbox, once the writer is idle. */
static guint
count_events (Fixture *fixture)
{
  cse_settle (&fixture->cse);
  g_autofree char *dump = faulty_store_dump (TRUE);
  return count_lines (dump, "\nevent ");
}

static void
wait_events (Fixture *fixture, guint at_most)
{
  while (count_events (fixture) > at_most)
    g_thread_yield ();
}

static void
test_the_undeliverable_keeps_nothing_else_in_the_store (Fixture *fixture, gconstpointer data)
{
  (void) data;
  /* an AE subscribes to its own container for itself, and has no address */
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://b/\"],\"enc\":{\"net\":[3,4]}"));
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *id = subscribe (fixture, LOAD, "\"nu\":[\"CDevice\"],\"enc\":{\"net\":[3]}");
      publish (fixture, LOAD, "x");
      cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", id, NULL);
      for (guint k = 0; k < 3; k++)
        fake_delivery_free (fake_transport_take ());
    }
  /* four wait for the AE, and so do the rows that tell that their subscriptions have ended */
  wait_events (fixture, 8);
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-waiting"), ==, 4);
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), ==, 96);
  /* given up one day, and the store is empty */
  gh_clock_advance (fixture->clock, 7200 * (gint64) G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  wait_events (fixture, 0);
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), ==, 100);
}

static void
test_all_that_waits_is_bounded (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *url = g_strdup_printf ("fake://dead%u/", i);
      g_autofree char *members = g_strdup_printf ("\"nu\":[\"%s\"],\"enc\":{\"net\":[1]}", url);
      fake_transport_answer (url, GH_DELIVERY_UNREACHABLE, 0);
      g_free (subscribe (fixture, LOAD, members));
    }
  for (guint i = 0; i < 20; i++)
    cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", LOAD,
                "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"y\"]}}");
  /* 200 notifications, of which 50 may wait: those of the newest five events */
  wait_events (fixture, 5);
  while (cse_counter (&fixture->cse, "notifications-waiting") > 50)
    g_thread_yield ();
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), >=, 150);
}

static void
test_what_waits_is_bounded_in_memory (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *text = g_strnfill (10000, 'x');
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}"));
  for (guint i = 0; i < 20; i++)
    publish (fixture, LOAD, text);
  /* 64 KiB */
  wait_events (fixture, 6);
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), ==, 14);
}

static void
test_subscriptions_that_tell_of_each_other_come_to_an_end (Fixture *fixture, gconstpointer data)
{
  (void) data;
  const guint n = 200;
  /* each is told of the creation of all later ones */
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *members = g_strdup_printf ("\"nu\":[\"fake://s%u/\"],\"enc\":{\"net\":[3]}",
                                                  i);
      g_free (subscribe (fixture, LOAD, members));
    }
  wait_delivered (fixture, n * (n - 1) / 2);
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications"), ==, n * (n - 1) / 2);
  wait_events (fixture, 0);
}

static void
test_a_restart_tells_whose_an_event_was (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const expected[] = { "sub-4", "1", "sub-4", "2", "sub-8", "4" };
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  g_autofree char *first = subscribe (fixture, LOAD,
                                      "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]},\"nct\":1");
  publish (fixture, LOAD, "1");
  publish (fixture, LOAD, "2");
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", first, NULL);
  publish (fixture, LOAD, "3");
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3]}"));
  publish (fixture, LOAD, "4");
  cse_settle (&fixture->cse);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  start (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i += 2)
    {
      g_autofree char *content = g_strdup_printf ("\"con\":\"%s\"", expected[i + 1]);
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_nonnull (strstr (delivery->body, expected[i]));
      g_assert_nonnull (strstr (delivery->body, content));
    }
  wait_events (fixture, 0);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* A server with a hundred targets that answers none of them: as many as it can be asked of at once
 * are sent, another server is told at once, and so are the rest when it answers. */
static void
test_targets_of_one_server_take_turns (Fixture *fixture, gconstpointer data)
{
  enum { ALL = 100, AT_ONCE = 64 };
  (void) data;
  for (guint i = 0; i < ALL; i++)
    {
      g_autofree char *url = g_strdup_printf ("fake://one/t%u", i);
      g_autofree char *members = g_strdup_printf ("\"nu\":[\"%s\"],\"enc\":{\"net\":[3],"
                                                  "\"chty\":[4]}", url);
      fake_transport_hold (url);
      g_free (subscribe (fixture, LOAD, members));
    }
  g_free (subscribe (fixture, LOAD, "\"nu\":[\"fake://other/\"],\"enc\":{\"net\":[3],"
                                    "\"chty\":[4]}"));
  publish (fixture, LOAD, "17");
  for (guint i = 0, others = 0; i < AT_ONCE + 1; i++)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      others += strcmp (delivery->url, "fake://other/") == 0;
      g_assert_cmpuint (i, <, AT_ONCE + others);
    }
  expect_nothing_else (fixture);
  for (guint i = 0; i < ALL - AT_ONCE; i++)
    {
      fake_transport_release ();
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_true (g_str_has_prefix (delivery->url, "fake://one/t"));
    }
  fake_transport_release ();
  cse_wait_notifications (&fixture->cse, 0);
}

enum { CROWD = 420, EACH = 60, TURNS = 64 };

/* Targets of one server that answers when it is let: those that it is asked of first are held. */
static void
subscribe_crowd (Fixture *fixture)
{
  for (guint i = 0; i < CROWD; i += EACH)
    {
      GString *members = g_string_new ("\"enc\":{\"net\":[3],\"chty\":[4]},\"nu\":[");
      for (guint j = i; j < i + EACH; j++)
        {
          g_autofree char *url = g_strdup_printf ("fake://slow/t%u", j);
          g_string_append_printf (members, "%s\"%s\"", j > i ? "," : "", url);
          if (j < TURNS)
            fake_transport_hold (url);
        }
      g_string_append_c (members, ']');
      g_free (subscribe (fixture, LOAD, members->str));
      g_string_free (members, TRUE);
    }
}

/* More than may wait in all, for a server that is slow, but answers: all are told. */
static void
test_a_slow_server_loses_nothing (Fixture *fixture, gconstpointer data)
{
  enum { EVENTS = 4 };
  (void) data;
  subscribe_crowd (fixture);
  for (guint i = 0; i < EVENTS; i++)
    publish (fixture, LOAD, "17");
  for (guint i = 0; i < CROWD * EVENTS; i++)
    {
      fake_delivery_free (fake_transport_take ());
      if (i + 1 == TURNS)
        {
          cse_settle (&fixture->cse);
          fake_transport_release ();
        }
    }
  cse_wait_notifications (&fixture->cse, 0);
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), ==, 0);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The same with one that does not: the others do not wait for it. */
static void
test_a_server_that_is_silent_holds_up_nobody (Fixture *fixture, gconstpointer data)
{
  gboolean told = FALSE;
  (void) data;
  subscribe_crowd (fixture);
  g_free (subscribe (fixture, LOAD,
                     "\"nu\":[\"fake://other/\"],\"enc\":{\"net\":[3],\"chty\":[4]}"));
  for (guint i = 0; i < 3; i++)
    publish (fixture, LOAD, "17");
  publish (fixture, LOAD, "last");
  for (guint i = 0; i < TURNS; i++)
    fake_delivery_free (fake_transport_take ());
  gh_clock_advance (fixture->clock, 60 * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  while (!told)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_cmpstr (delivery->url, ==, "fake://other/");
      told = strstr (delivery->body, "\"last\"") != NULL;
    }
}

static void
add (const char *path, const char *const *options, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const four[] = { "notify.queue=4", NULL };
  static const char *const fifty[] = { "notify.total=50", NULL };
  static const char *const crowd[] = { "notify.total=1000", NULL };
  static const char *const small[] = { "notify.memory=64K", NULL };
  g_test_init (&argc, &argv, NULL);
  add ("/notify/a-new-child-is-told", NULL, test_a_new_child_is_told);
  add ("/notify/event-types-are-told-apart", NULL, test_event_types_are_told_apart);
  add ("/notify/a-target-receives-in-the-order-of-commits", NULL,
       test_a_target_receives_in_the_order_of_commits);
  add ("/notify/an-unreachable-target-is-tried-again", NULL,
       test_an_unreachable_target_is_tried_again);
  add ("/notify/a-refusing-target-is-not-tried-again", NULL,
       test_a_refusing_target_is_not_tried_again);
  add ("/notify/the-queue-of-a-target-is-bounded", four, test_the_queue_of_a_target_is_bounded);
  add ("/notify/a-subscription-ends-with-its-counter", NULL,
       test_a_subscription_ends_with_its_counter);
  add ("/notify/the-subscriber-is-told-of-the-end", NULL, test_the_subscriber_is_told_of_the_end);
  add ("/notify/subscribers-below-a-deleted-tree-are-told", NULL,
       test_subscribers_below_a_deleted_tree_are_told);
  add ("/notify/another-target-confirms-the-subscription", NULL,
       test_another_target_confirms_the_subscription);
  add ("/notify/a-target-that-is-added-confirms-it-too", NULL,
       test_a_target_that_is_added_confirms_it_too);
  add ("/notify/each-target-is-asked-by-a-request-of-its-own", NULL,
       test_each_target_is_asked_by_a_request_of_its_own);
  add ("/notify/a-target-without-an-address-confirms-nothing", NULL,
       test_a_target_without_an_address_confirms_nothing);
  add ("/notify/nothing-is-lost-by-a-restart", NULL, test_nothing_is_lost_by_a_restart);
  add ("/notify/the-undeliverable-keeps-nothing-else-in-the-store", four,
       test_the_undeliverable_keeps_nothing_else_in_the_store);
  add ("/notify/all-that-waits-is-bounded", fifty, test_all_that_waits_is_bounded);
  add ("/notify/what-waits-is-bounded-in-memory", small, test_what_waits_is_bounded_in_memory);
  add ("/notify/subscriptions-that-tell-of-each-other-come-to-an-end", NULL,
       test_subscriptions_that_tell_of_each_other_come_to_an_end);
  add ("/notify/targets-of-one-server-take-turns", NULL, test_targets_of_one_server_take_turns);
  add ("/notify/a-slow-server-loses-nothing", crowd, test_a_slow_server_loses_nothing);
  add ("/notify/a-server-that-is-silent-holds-up-nobody", crowd,
       test_a_server_that_is_silent_holds_up_nobody);
  add ("/notify/a-restart-tells-whose-an-event-was", NULL, test_a_restart_tells_whose_an_event_was);
  return g_test_run ();
}
