/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

#include <string.h>

/* The policies of subscriptions, with the clock in the hand of the test. */

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define LOAD   "gatehouse/device/load"

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
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"mark\"}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/mark", 23,
                      "{\"m2m:sub\":{\"nu\":[\"fake://mark/\"],\"enc\":{\"net\":[3]}}}"));
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

/* Once all is done but for @kept notifications. */
static void
restart (Fixture *fixture, guint kept)
{
  cse_wait_notifications (&fixture->cse, kept);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  start (fixture);
}

/* To the container, for new children, at fake://a/. */
static char *
subscribe (Fixture *fixture, const char *members)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[3],\"chty\":[4]},%s}}", members);
  return cse_create (&fixture->cse, "CDevice", LOAD, 23, content);
}

static void
publish (Fixture *fixture, const char *to, const char *content)
{
  g_autofree char *body = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%s\"}}", content);
  g_free (cse_create (&fixture->cse, "CDevice", to, 4, body));
}

static void
publish_numbers (Fixture *fixture, guint from, guint to)
{
  for (guint i = from; i <= to; i++)
    {
      g_autofree char *content = g_strdup_printf ("n%u", i);
      publish (fixture, LOAD, content);
    }
}

static void
expect_nothing (Fixture *fixture)
{
  publish (fixture, "gatehouse/device/mark", "mark");
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://mark/");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
pass (Fixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->clock, seconds * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
}

/* The next delivery to fake://a/ tells of n@from to n@to, in order. */
static void
expect_numbers (guint from, guint to, const char *category)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  const char *at = delivery->body;
  g_assert_cmpstr (delivery->url, ==, "fake://a/");
  g_assert_cmpstr (delivery->category, ==, category);
  for (guint i = from; i <= to; i++)
    {
      g_autofree char *part = g_strdup_printf ("\"con\":\"n%u\"", i);
      at = strstr (at, part);
      g_assert_nonnull (at);
    }
  g_assert_null (strstr (at + 1, "\"con\""));
}

static void
test_a_batch_goes_when_it_is_full (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"bn\":{\"num\":3,\"dur\":\"PT60S\"}"));
  publish_numbers (fixture, 1, 2);
  expect_nothing (fixture);
  publish_numbers (fixture, 3, 7);
  expect_numbers (1, 3, NULL);
  expect_numbers (4, 6, NULL);
  expect_nothing (fixture);
}

static void
test_a_batch_is_an_aggregated_notification (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"bn\":{\"num\":2}");
  g_autofree char *kept = cse_attribute (&fixture->cse, "CDevice", id, "bn");
  g_assert_nonnull (strstr (kept, "PT60S"));
  publish_numbers (fixture, 1, 2);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_autoptr (JsonNode) node = json_from_string (delivery->body, NULL);
  g_assert_nonnull (node);
  JsonObject *batch = json_object_get_object_member (json_node_get_object (node), "m2m:agn");
  JsonArray *list = json_object_get_array_member (batch, "m2m:sgn");
  g_assert_cmpuint (json_array_get_length (list), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      JsonObject *one = json_array_get_object_element (list, i);
      g_assert_true (json_object_has_member (one, "nev"));
      g_assert_true (g_str_has_suffix (json_object_get_string_member (one, "sur"), id));
    }
}

static void
test_a_batch_goes_when_it_is_old (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"bn\":{\"num\":30,\"dur\":\"PT10S\"}"));
  publish_numbers (fixture, 1, 1);
  expect_nothing (fixture);
  pass (fixture, 9);
  publish_numbers (fixture, 2, 2);
  expect_nothing (fixture);
  pass (fixture, 1);
  expect_numbers (1, 2, NULL);
  publish_numbers (fixture, 3, 3);
  expect_nothing (fixture);
  pass (fixture, 10);
  expect_numbers (3, 3, NULL);
}

static void
test_a_batch_of_the_latest_is_one (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"bn\":{\"num\":5,\"dur\":\"PT10S\"},\"ln\":true"));
  publish_numbers (fixture, 1, 5);
  expect_numbers (5, 5, "4");
  publish_numbers (fixture, 6, 7);
  expect_nothing (fixture);
  pass (fixture, 10);
  expect_numbers (7, 7, "4");
  expect_nothing (fixture);
}

static void
test_a_rate_is_kept (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"rl\":{\"mnn\":2,\"tww\":\"PT10S\"}"));
  publish_numbers (fixture, 1, 5);
  expect_numbers (1, 1, NULL);
  expect_numbers (2, 2, NULL);
  expect_nothing (fixture);
  pass (fixture, 9);
  expect_nothing (fixture);
  pass (fixture, 1);
  expect_numbers (3, 3, NULL);
  expect_numbers (4, 4, NULL);
  expect_nothing (fixture);
  /* windows follow each other: the next begins at 20 s, not 10 s after the last notification */
  pass (fixture, 14);
  expect_numbers (5, 5, NULL);
  publish_numbers (fixture, 6, 7);
  expect_numbers (6, 6, NULL);
  expect_nothing (fixture);
  pass (fixture, 6);
  expect_numbers (7, 7, NULL);
}

static void
test_of_what_a_rate_keeps_back_only_the_latest_goes (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"rl\":{\"mnn\":1,\"tww\":\"PT10S\"},\"ln\":true"));
  publish_numbers (fixture, 1, 1);
  expect_numbers (1, 1, "4");
  publish_numbers (fixture, 2, 5);
  expect_nothing (fixture);
  pass (fixture, 10);
  expect_numbers (5, 5, "4");
  expect_nothing (fixture);
}

static void
wait_failed (Fixture *fixture, guint64 more_than)
{
  while (cse_counter (&fixture->cse, "notifications-failed") <= more_than)
    g_thread_yield ();
}

static void
test_of_what_an_unreachable_target_misses_only_the_latest_goes (Fixture *fixture,
                                                                gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"ln\":true"));
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  publish_numbers (fixture, 1, 1);
  expect_numbers (1, 1, "4");
  wait_failed (fixture, 0);
  publish_numbers (fixture, 2, 9);
  expect_nothing (fixture);
  cse_wait_notifications (&fixture->cse, 1);
  fake_transport_answer ("fake://a/", GH_DELIVERY_DONE, 2000);
  pass (fixture, 2);
  expect_numbers (9, 9, "4");
  expect_nothing (fixture);
  /* what gave way was not lost */
  g_assert_cmpuint (cse_counter (&fixture->cse, "notifications-lost"), ==, 0);
}

static void
test_the_event_category_is_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"nec\":103"));
  publish_numbers (fixture, 1, 1);
  expect_numbers (1, 1, "103");
}

static void
expect_seen (const char *part)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://a/");
  g_assert_nonnull (strstr (delivery->body, part));
}

static void
test_operations_are_monitored (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (
    cse_create (&fixture->cse, "COther", "gatehouse", 2,
                "{\"m2m:ae\":{\"rn\":\"other\",\"api\":\"Nother\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_free (cse_create (&fixture->cse, "CDevice", LOAD, 23,
                      "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"om\":[{\"ops\":6},"
                      "{\"ops\":9,\"or\":\"COther\"}]}}}"));
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, NULL);
  expect_seen ("\"nev\":{\"om\":{\"op\":2,\"or\":\"CDevice\"}}");
  /* what is refused, too */
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "COther", LOAD, NULL);
  expect_seen ("\"om\":{\"op\":2,\"or\":\"COther\"}");
  cse_expect (&fixture->cse, 4103, CSE_DELETE, "COther", LOAD, NULL);
  expect_seen ("\"om\":{\"op\":4,\"or\":\"COther\"},\"net\":2");
  publish_numbers (fixture, 1, 1);
  expect_nothing (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"y\"]}}");
  expect_seen ("\"om\":{\"op\":3,\"or\":\"CDevice\"},\"net\":1");
  expect_nothing (fixture);
}

static void
test_where_to_forward_is_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"nfu\":\"fake://far/\""));
  publish_numbers (fixture, 1, 1);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_nonnull (strstr (delivery->body, "\"nfu\":\"fake://far/\""));
}

static void
test_a_refusing_answer_is_an_answer (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"nsp\":1"));
  fake_transport_answer ("fake://a/", GH_DELIVERY_DONE, 4103);
  publish_numbers (fixture, 1, 2);
  expect_numbers (1, 1, NULL);
  expect_numbers (2, 2, NULL);
  pass (fixture, 3600);
  expect_nothing (fixture);
}

/* Open from 09:00 to 09:59 UTC; it is 08:00. */
static void
shut (Fixture *fixture, const char *subscription)
{
  g_free (cse_create (&fixture->cse, "CDevice", subscription, 18,
                      "{\"m2m:sch\":{\"se\":{\"sce\":[\"* * 9 * * * *\"]}}}"));
}

static void
test_what_waits_for_a_schedule_is_sent (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"pn\":2");
  shut (fixture, id);
  publish_numbers (fixture, 1, 3);
  expect_nothing (fixture);
  pass (fixture, 3599);
  expect_nothing (fixture);
  pass (fixture, 1);
  for (guint i = 1; i <= 3; i++)
    expect_numbers (i, i, NULL);
  publish_numbers (fixture, 4, 4);
  expect_numbers (4, 4, NULL);
}

static void
test_of_what_waits_for_a_schedule_the_latest_is_sent (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"pn\":1");
  shut (fixture, id);
  publish_numbers (fixture, 1, 3);
  expect_nothing (fixture);
  pass (fixture, 3600);
  expect_numbers (3, 3, "4");
  publish_numbers (fixture, 4, 4);
  expect_numbers (4, 4, NULL);
  expect_nothing (fixture);
}

static void
test_what_waits_for_a_schedule_survives_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"pn\":2");
  shut (fixture, id);
  publish_numbers (fixture, 1, 3);
  expect_nothing (fixture);
  restart (fixture, 3);
  pass (fixture, 3600);
  for (guint i = 1; i <= 3; i++)
    expect_numbers (i, i, NULL);
  restart (fixture, 0);
  expect_nothing (fixture);
}

static void
test_without_the_policy_what_waits_is_forgotten (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"pn\":2");
  shut (fixture, id);
  publish_numbers (fixture, 1, 3);
  expect_nothing (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", id, "\"pc\":{\"m2m:sub\":{\"pn\":1}}");
  pass (fixture, 3600);
  expect_numbers (3, 3, "4");
  expect_nothing (fixture);
}

static void
test_a_batch_survives_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"bn\":{\"num\":4}"));
  publish_numbers (fixture, 1, 3);
  expect_nothing (fixture);
  restart (fixture, 3);
  expect_nothing (fixture);
  publish_numbers (fixture, 4, 4);
  expect_numbers (1, 4, NULL);
  restart (fixture, 0);
  expect_nothing (fixture);
}

static void
test_what_a_rate_keeps_back_survives_a_restart (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"rl\":{\"mnn\":1,\"tww\":\"PT10S\"}"));
  publish_numbers (fixture, 1, 3);
  expect_numbers (1, 1, NULL);
  expect_nothing (fixture);
  restart (fixture, 2);
  expect_numbers (2, 2, NULL);
  pass (fixture, 10);
  expect_numbers (3, 3, NULL);
}

static void
test_a_batch_of_a_subscription_that_ends_is_forgotten (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"bn\":{\"num\":4}");
  publish_numbers (fixture, 1, 3);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", id, NULL);
  expect_nothing (fixture);
  pass (fixture, 3600);
  expect_nothing (fixture);
}

static void
test_a_batch_goes_with_its_subject (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CDevice", LOAD, 23,
                      "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[2,3]},"
                      "\"bn\":{\"num\":40}}}"));
  publish_numbers (fixture, 1, 3);
  cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", LOAD, NULL);
  expect_numbers (1, 3, NULL);
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_nonnull (strstr (delivery->body, "\"net\":2"));
  expect_nothing (fixture);
}

static void
test_batches_are_counted (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (fixture, "\"bn\":{\"num\":3},\"exc\":4");
  publish_numbers (fixture, 1, 3);
  expect_numbers (1, 3, NULL);
  publish_numbers (fixture, 4, 6);
  expect_numbers (4, 4, NULL);
  cse_settle (&fixture->cse);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", id, NULL);
  expect_nothing (fixture);
}

static void
test_the_less_important_makes_room (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (subscribe (fixture, "\"nsp\":5"));
  g_autofree char *low = subscribe (fixture, "\"nsp\":2");
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  publish_numbers (fixture, 1, 1);
  fake_delivery_free (fake_transport_take ());
  wait_failed (fixture, 0);
  publish_numbers (fixture, 2, 4);
  expect_nothing (fixture);
  fake_transport_answer ("fake://a/", GH_DELIVERY_DONE, 2000);
  pass (fixture, 2);
  for (guint i = 1; i <= 4; i++)
    {
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_autofree char *part = g_strdup_printf ("\"con\":\"n%u\"", i);
      g_assert_nonnull (strstr (delivery->body, part));
      g_assert_null (strstr (delivery->body, low));
    }
}

static void
test_policies_that_mean_nothing_are_refused (Fixture *fixture, gconstpointer data)
{
  (void) data;
  static const char *const policies[] = { "\"bn\":{}",
                                          "\"bn\":{\"num\":0}",
                                          "\"bn\":{\"dur\":\"PT0S\"}",
                                          "\"bn\":{\"num\":2,\"dur\":\"soon\"}",
                                          "\"rl\":{\"mnn\":1}",
                                          "\"rl\":{\"mnn\":0,\"tww\":\"PT10S\"}",
                                          "\"rl\":{\"mnn\":1,\"tww\":\"PT0.0001S\"}",
                                          "\"pn\":3",
                                          "\"nsp\":0",
                                          "\"ln\":1" };
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"],%s}}", policies[i]);
      cse_expect (&fixture->cse, 4000, CSE_CREATE, "CDevice", LOAD, members);
    }
}

#define ADD(name, options, test) \
  g_test_add ("/notify-policy/" name, Fixture, options, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  static const char *const four[] = { "notify.queue=4", NULL };
  g_test_init (&argc, &argv, NULL);
  ADD ("a-batch-goes-when-it-is-full", NULL, test_a_batch_goes_when_it_is_full);
  ADD ("a-batch-is-an-aggregated-notification", NULL, test_a_batch_is_an_aggregated_notification);
  ADD ("a-batch-goes-when-it-is-old", NULL, test_a_batch_goes_when_it_is_old);
  ADD ("a-batch-of-the-latest-is-one", NULL, test_a_batch_of_the_latest_is_one);
  ADD ("a-rate-is-kept", NULL, test_a_rate_is_kept);
  ADD ("of-what-a-rate-keeps-back-only-the-latest-goes", NULL,
       test_of_what_a_rate_keeps_back_only_the_latest_goes);
  ADD ("of-what-an-unreachable-target-misses-only-the-latest-goes", NULL,
       test_of_what_an_unreachable_target_misses_only_the_latest_goes);
  ADD ("the-event-category-is-told", NULL, test_the_event_category_is_told);
  ADD ("operations-are-monitored", NULL, test_operations_are_monitored);
  ADD ("where-to-forward-is-told", NULL, test_where_to_forward_is_told);
  ADD ("a-refusing-answer-is-an-answer", NULL, test_a_refusing_answer_is_an_answer);
  ADD ("what-waits-for-a-schedule-is-sent", NULL, test_what_waits_for_a_schedule_is_sent);
  ADD ("of-what-waits-for-a-schedule-the-latest-is-sent", NULL,
       test_of_what_waits_for_a_schedule_the_latest_is_sent);
  ADD ("what-waits-for-a-schedule-survives-a-restart", NULL,
       test_what_waits_for_a_schedule_survives_a_restart);
  ADD ("without-the-policy-what-waits-is-forgotten", NULL,
       test_without_the_policy_what_waits_is_forgotten);
  ADD ("a-batch-survives-a-restart", NULL, test_a_batch_survives_a_restart);
  ADD ("what-a-rate-keeps-back-survives-a-restart", NULL,
       test_what_a_rate_keeps_back_survives_a_restart);
  ADD ("a-batch-of-a-subscription-that-ends-is-forgotten", NULL,
       test_a_batch_of_a_subscription_that_ends_is_forgotten);
  ADD ("a-batch-goes-with-its-subject", NULL, test_a_batch_goes_with_its_subject);
  ADD ("batches-are-counted", NULL, test_batches_are_counted);
  ADD ("the-less-important-makes-room", four, test_the_less_important_makes_room);
  ADD ("policies-that-mean-nothing-are-refused", NULL, test_policies_that_mean_nothing_are_refused);
  return g_test_run ();
}
