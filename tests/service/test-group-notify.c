/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"
#include "gh-cse-private.h"
#include "service/gh-group-address.h"

#include <string.h>

/* Subscriptions through a group that puts their notifications together. CDevice owns an AE with the
 * containers a, b and c, and the groups. */

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define A      "gatehouse/device/a"
#define B      "gatehouse/device/b"
#define C      "gatehouse/device/c"
#define MN1    "fake://mn1/"

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
start (Fixture *fixture)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, NULL, &parts);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "a", "b", "c" };
  (void) data;
  fixture->clock = gh_clock_new_fake (NOW_US);
  fake_transport_reset ();
  start (fixture);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://device\"]}}"));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%s\"}}", names[i]);
      g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, content));
    }
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

/* (transfer full): its identifier */
static char *
make_group (Fixture *fixture, const char *name, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:grp\":{\"rn\":\"%s\",\"mnm\":9,%s}}", name,
                                              members);
  return cse_create (&fixture->cse, "CDevice", "CDevice", 9, content);
}

static CseAnswer
subscribe (Fixture *fixture, const char *to, const char *targets)
{
  g_autofree char *members = g_strdup_printf (
    "\"ty\":23,\"pc\":{\"m2m:sub\":{\"rn\":\"s\",\"enc\":{\"net\":[3],\"chty\":[4]},%s}}", targets);
  return cse_request (&fixture->cse, CSE_CREATE, "CDevice", to, members);
}

/* All members answer that there is a subscription. */
static void
subscribe_all (Fixture *fixture, const char *to, const char *target, guint expected)
{
  guint n = 0;
  g_autofree char *targets = g_strdup_printf ("\"nu\":[\"%s\"],\"nfu\":\"%s\"", target, target);
  g_auto (CseAnswer) answer = subscribe (fixture, to, targets);
  g_assert_cmpint (answer.rsc, ==, 2000);
  g_autofree char *text = json_to_string (answer.root, FALSE);
  for (const char *at = text; (at = strstr (at, "\"rsc\":2001")) != NULL; at++)
    n++;
  g_assert_cmpuint (n, ==, expected);
}

static void
publish (Fixture *fixture, const char *to, const char *content)
{
  g_autofree char *body = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%s\"}}", content);
  g_free (cse_create (&fixture->cse, "CDevice", to, 4, body));
}

static void
pass (Fixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->clock, seconds * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
}

static void
wait_waiting (Fixture *fixture, guint n)
{
  cse_wait_notifications (&fixture->cse, n);
}

static guint64
count_told (Fixture *fixture)
{
  GhNotifierStatistics statistics;
  gh_notifier_statistics (fixture->cse.cse->service->notifier, &statistics);
  return statistics.delivered;
}

/* The members have told the group of @n since the count was @before, and it keeps them back. */
static void
wait_kept (Fixture *fixture, guint64 before, guint n)
{
  do
    cse_settle (&fixture->cse);
  while (count_told (fixture) < before + n);
  wait_waiting (fixture, n);
}

/* The next delivery is one m2m:agn, to @url, with as many notifications, and holds these texts. */
static void
expect (const char *url, guint n, const char *const *texts)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_autoptr (JsonNode) root = json_from_string (delivery->body, NULL);
  g_assert_nonnull (root);
  g_assert_cmpstr (delivery->url, ==, url);
  g_assert_cmpstr (delivery->from, ==, "/gatehouse");
  JsonObject *all = json_object_get_object_member (json_node_get_object (root), "m2m:agn");
  g_assert_nonnull (all);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (all, "m2m:sgn")), ==, n);
  for (; *texts != NULL; texts++)
    g_assert_nonnull (strstr (delivery->body, *texts));
}

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ALL        "\"mid\":[\"" A "\",\"" B "\",\"" C "\"]"

static void
test_members_tell_the_group (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = make_group (fixture, "g", ALL ",\"nar\":{\"num\":3,\"dur\":\"PT60S\"}");
  g_autofree char *own = g_strdup_printf ("/gatehouse/%s", id);
  g_autofree char *list = g_strdup_printf ("[\"%s\"]", own);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 3);
  g_autofree char *targets = cse_attribute (&fixture->cse, "CDevice", A "/s", "nu");
  g_autofree char *group = cse_attribute (&fixture->cse, "CDevice", A "/s", "gpi");
  g_autofree char *forwarding = cse_attribute (&fixture->cse, "CDevice", A "/s", "nfu");
  g_assert_cmpstr (targets, ==, list);
  g_assert_cmpstr (group, ==, own);
  g_assert_cmpstr (forwarding, ==, "fake://a/");
  publish (fixture, A, "one");
  publish (fixture, B, "two");
  wait_waiting (fixture, 2);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  publish (fixture, C, "three");
  expect ("fake://a/", 3,
          TEXTS ("\"con\":\"one\"", "\"con\":\"two\"", "\"con\":\"three\"",
                 "\"nfu\":\"fake://a/\"", "\"sur\":\"/gatehouse/sub-"));
}

static void
test_what_is_old_is_not_kept_back (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_group (fixture, "g", ALL ",\"nar\":{\"dur\":\"PT30S\"}"));
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 3);
  const guint64 before = count_told (fixture);
  publish (fixture, A, "one");
  publish (fixture, A, "two");
  wait_kept (fixture, before, 2);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  pass (fixture, 31);
  expect ("fake://a/", 2, TEXTS ("\"con\":\"one\"", "\"con\":\"two\""));
}

/* As many as there are members; and after the default time what there is. */
static void
test_a_group_that_says_nothing_has_defaults (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_group (fixture, "g", "\"mid\":[\"" A "\",\"" B "\"]"));
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 2);
  publish (fixture, A, "one");
  publish (fixture, B, "two");
  expect ("fake://a/", 2, TEXTS ("\"con\":\"one\"", "\"con\":\"two\""));
  wait_waiting (fixture, 0);
  const guint64 before = count_told (fixture);
  publish (fixture, B, "three");
  wait_kept (fixture, before, 1);
  pass (fixture, 61);
  expect ("fake://a/", 1, TEXTS ("\"con\":\"three\""));
}

static void
test_each_subscriber_has_its_own (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_group (fixture, "g", ALL ",\"nar\":{\"num\":2}"));
  g_free (make_group (fixture, "h", "\"mid\":[\"" A "\"],\"nar\":{\"num\":2}"));
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 3);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", A "/s",
              "\"pc\":{\"m2m:sub\":{\"lbl\":[\"first\"]}}");
  g_auto (CseAnswer) answer = cse_request (
    &fixture->cse, CSE_CREATE, "CDevice", "gatehouse/device/h/fopt",
    "\"ty\":23,\"pc\":{\"m2m:sub\":{\"enc\":{\"net\":[3]},\"nu\":[\"fake://b/\"],"
    "\"nfu\":\"fake://b/\"}}");
  g_assert_cmpint (answer.rsc, ==, 2000);
  publish (fixture, A, "one");
  wait_waiting (fixture, 2);
  publish (fixture, B, "two");
  expect ("fake://a/", 2, TEXTS ("\"con\":\"one\"", "\"con\":\"two\""));
  publish (fixture, A, "three");
  expect ("fake://b/", 2, TEXTS ("\"con\":\"one\"", "\"con\":\"three\""));
}

/* What a group within a group is told goes to the one that was asked. */
static void
test_a_group_within_a_group (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_group (fixture, "inner", "\"mid\":[\"" A "\",\"" B "\"]"));
  g_autofree char *id = make_group (
    fixture, "outer", "\"mid\":[\"gatehouse/device/inner/fopt\",\"" C "\"],\"nar\":{\"num\":3}");
  g_autofree char *own = g_strdup_printf ("[\"/gatehouse/%s\"]", id);
  g_autofree char *targets = NULL;
  g_auto (CseAnswer) answer = subscribe (fixture, "gatehouse/device/outer/fopt",
                                         "\"nu\":[\"fake://a/\"],\"nfu\":\"fake://a/\"");
  g_assert_cmpint (answer.rsc, ==, 2000);
  targets = cse_attribute (&fixture->cse, "CDevice", A "/s", "nu");
  g_assert_cmpstr (targets, ==, own);
  publish (fixture, A, "one");
  publish (fixture, B, "two");
  publish (fixture, C, "three");
  expect ("fake://a/", 3, TEXTS ("\"con\":\"one\"", "\"con\":\"two\"", "\"con\":\"three\""));
}

static void
test_a_restart_loses_none (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_group (fixture, "g", ALL ",\"nar\":{\"num\":3}"));
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 3);
  publish (fixture, A, "one");
  publish (fixture, B, "two");
  wait_waiting (fixture, 2);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  start (fixture);
  publish (fixture, C, "three");
  expect ("fake://a/", 3, TEXTS ("\"con\":\"one\"", "\"con\":\"two\"", "\"con\":\"three\""));
}

/* The member tries again when the store did not take it. */
static void
test_what_the_store_does_not_take_comes_again (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (make_group (fixture, "g", ALL ",\"nar\":{\"num\":1}"));
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 3);
  /* the event of the instance itself is the first, that of the group the second */
  faulty_store_arm (FAULT_PUT_EVENT, 2, 0);
  publish (fixture, A, "one");
  faulty_store_wait ();
  g_assert_true (faulty_store_disarm ());
  while (fake_transport_count () == 0)
    {
      pass (fixture, 1);
      g_thread_yield ();
    }
  expect ("fake://a/", 1, TEXTS ("\"con\":\"one\""));
}

static void
test_a_target_that_does_not_confirm_is_not_told (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"other\",\"api\":\"Nother\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://other\"]}}"));
  g_free (make_group (fixture, "g", "\"mid\":[\"" A "\"],\"nar\":{\"num\":1}"));
  fake_transport_answer ("fake://other", GH_DELIVERY_DONE, 4103);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "COther", 0);
  g_autoptr (FakeDelivery) refused = fake_transport_take ();
  g_assert_cmpstr (refused->url, ==, "fake://other");
  g_assert_nonnull (strstr (refused->body, "\"vrq\":true"));
  g_assert_nonnull (strstr (refused->body, "\"cr\":\"CDevice\""));
  fake_transport_answer ("fake://other", GH_DELIVERY_DONE, 2000);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "COther", 1);
  g_autoptr (FakeDelivery) agreed = fake_transport_take ();
  /* who is asked twice must be able to tell the answers apart */
  g_assert_cmpstr (agreed->identifier, !=, refused->identifier);
  publish (fixture, A, "one");
  expect ("fake://other", 1, TEXTS ("\"con\":\"one\""));
}

static void
test_two_addresses_are_refused (Fixture *fixture, gconstpointer data)
{
  static const char *const targets[] = {
    "\"nu\":[\"fake://a/\"],\"nfu\":\"fake://b/\"",
    "\"nu\":[\"fake://a/\",\"fake://b/\"],\"nfu\":\"fake://a/\"",
    "\"nu\":\"fake://a/\",\"nfu\":\"fake://a/\"",
    "\"nu\":[\"fake://a/\"],\"nfu\":[\"fake://a/\"]",
    "\"nu\":[\"fake://a/\"],\"nfu\":7",
    "\"nfu\":\"fake://a/\"",
  };
  (void) data;
  g_free (make_group (fixture, "g", ALL));
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_auto (CseAnswer) answer = subscribe (fixture, "gatehouse/device/g/fopt", targets[i]);
      g_assert_cmpint (answer.rsc, ==, 4000);
    }
}

static void
add_mn1 (Fixture *fixture)
{
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 16,
                      "{\"m2m:csr\":{\"rn\":\"mn1\",\"csi\":\"/mn1\",\"cb\":\"/mn1/base\","
                      "\"rr\":true,\"srv\":[\"3\"],\"poa\":[\"" MN1 "\"]}}"));
}

static void
take_status (const GhResponse *response, gpointer user_data)
{
  g_async_queue_push (user_data, GUINT_TO_POINTER (response->status));
}

/* What the CSE @from notifies the group @to of is answered with @rsc. */
static void
notify (Fixture *fixture, guint rsc, const char *from, const char *to, const char *content)
{
  const char *const identities[] = { from, NULL };
  g_autoptr (GhPrincipal) principal = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  g_autoptr (GAsyncQueue) answers = g_async_queue_new ();
  GhRequest *request = gh_request_new (1 << 16);
  request->operation = GH_OPERATION_NOTIFY;
  request->to = gh_arena_strdup (request->arena, to);
  request->from = gh_arena_strdup (request->arena, from);
  request->request_identifier = "r";
  request->release_version = "3";
  request->body = gh_arena_strdup (request->arena, content);
  request->body_length = strlen (content);
  gh_dispatch (fixture->cse.cse->service, request, principal, take_status, answers);
  const gpointer status = g_async_queue_timeout_pop (answers, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (GPOINTER_TO_UINT (status), ==, rsc);
}

/* A member elsewhere gets the address of the group, and tells it by a request of its CSE. */
static void
test_a_member_of_another_cse (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  g_autofree char *id = make_group (
    fixture, "g", "\"mid\":[\"/mn1/base/x\",\"" A "\"],\"nar\":{\"num\":3}");
  g_autofree char *own = g_strdup_printf ("/gatehouse/%s", id);
  g_autofree char *targets = g_strdup_printf ("\"nu\":[\"%s\"]", own);
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 2);
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpstr (sent->to, ==, "/mn1/base/x");
  g_assert_nonnull (strstr (sent->body, targets));
  g_assert_nonnull (strstr (sent->body, "\"nfu\":\"fake://a/\""));

  notify (fixture, 2000, "/mn1", own,
          "{\"m2m:sgn\":{\"vrq\":true,\"sur\":\"/mn1/base/x/s\"}}");
  notify (fixture, 2000, "/mn1", own,
          "{\"m2m:sgn\":{\"sur\":\"/mn1/sub-1\",\"nfu\":\"fake://a/\","
          "\"nev\":{\"rep\":{\"m2m:cin\":{\"con\":\"one\"}},\"net\":3}}}");
  notify (fixture, 2000, "/mn1", own,
          "{\"m2m:agn\":{\"m2m:sgn\":["
          "{\"sur\":\"/mn1/sub-1\",\"nfu\":\"fake://a/\",\"nev\":{\"net\":3,\"rep\":2}},"
          "{\"sur\":\"/mn1/sub-2\",\"nfu\":\"fake://a/\",\"nev\":{\"net\":3,\"rep\":3}}]}}");
  expect ("fake://a/", 3, TEXTS ("\"con\":\"one\"", "\"rep\":2", "\"rep\":3", "/mn1/sub-2"));
}

static void
test_nobody_else_tells_a_group (Fixture *fixture, gconstpointer data)
{
  static const char good[] = "{\"m2m:sgn\":{\"sur\":\"/mn1/sub-1\",\"nfu\":\"fake://a/\"}}";
  static const char *const bad[] = {
    "{\"m2m:sgn\":{\"sur\":\"/mn1/sub-1\"}}",
    "{\"m2m:sgn\":{\"nfu\":\"fake://a/\"}}",
    "{\"m2m:sgn\":7}",
    "{\"m2m:agn\":{}}",
    "{\"m2m:agn\":{\"m2m:sgn\":[]}}",
    "{\"m2m:agn\":{\"m2m:sgn\":[{\"sur\":\"/mn1/sub-1\",\"vrq\":true},"
    "{\"sur\":\"/mn1/sub-1\",\"nfu\":\"fake://a/\"}]}}",
    "{\"m2m:cin\":{\"con\":\"one\"}}",
  };
  (void) data;
  add_mn1 (fixture);
  g_autofree char *mixed = make_group (fixture, "g",
                                       "\"mid\":[\"/mn1/base/x\"],\"nar\":{\"num\":1}");
  g_autofree char *own = make_group (fixture, "h", "\"mid\":[\"" A "\"]");
  notify (fixture, 4103, "CDevice", mixed, good);
  notify (fixture, 4103, "/mn1", own, good);
  notify (fixture, 4103, "/mn1", mixed,
          "{\"m2m:sgn\":{\"sur\":\"/mn2/sub-1\",\"nfu\":\"fake://a/\"}}");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    notify (fixture, 4000, "/mn1", mixed, bad[i]);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

#define MEMBER_TELLS(address) "{\"m2m:sgn\":{\"sur\":\"/mn1/sub-1\",\"nfu\":\"" address "\"}}"

/* What the store still has is told again after a restart. */
static void
wait_stored (void)
{
  gboolean left = TRUE;
  while (left)
    {
      g_autofree char *dump = faulty_store_dump (TRUE);
      left = g_str_has_prefix (dump, "event ") || strstr (dump, "\nevent ") != NULL;
      g_thread_yield ();
    }
}

static void
test_a_member_cse_cannot_choose_whom_to_call (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  g_free (cse_create (&fixture->cse, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"other\",\"api\":\"Nother\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://other\"]}}"));
  g_autofree char *id = make_group (fixture, "g",
                                    "\"mid\":[\"/mn1/base/x\"],\"nar\":{\"num\":1}");
  g_autofree char *second = make_group (fixture, "h",
                                        "\"mid\":[\"/mn1/base/x\"],\"nar\":{\"num\":1}");
  static const char mixed[] =
    "{\"m2m:agn\":{\"m2m:sgn\":[{\"sur\":\"/mn1/sub-1\",\"nfu\":\"fake://a/\"},"
    "{\"sur\":\"/mn1/sub-1\",\"nfu\":\"fake://victim/\"}]}}";
  notify (fixture, 4103, "/mn1", id, MEMBER_TELLS ("fake://victim/"));
  notify (fixture, 4103, "/mn1", id, MEMBER_TELLS ("COther"));
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://a/", 1);
  fake_delivery_free (fake_transport_take ());
  notify (fixture, 4103, "/mn1", id, MEMBER_TELLS ("fake://victim/"));
  notify (fixture, 4103, "/mn1", id, MEMBER_TELLS ("fake://a/x"));
  notify (fixture, 4103, "/mn1", id, mixed);
  notify (fixture, 4103, "/mn1", id,
          "{\"m2m:sgn\":{\"vrq\":true,\"sur\":\"/mn1/sub-1\",\"nfu\":\"COther\"}}");
  notify (fixture, 4103, "/mn1", second, MEMBER_TELLS ("fake://a/"));
  cse_settle (&fixture->cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  notify (fixture, 2000, "/mn1", id, MEMBER_TELLS ("fake://a/"));
  expect ("fake://a/", 1, TEXTS ("/mn1/sub-1"));
  g_auto (CseAnswer) moved = cse_request (&fixture->cse, CSE_UPDATE, "CDevice",
                                          "gatehouse/device/g/fopt/s",
                                          "\"pc\":{\"m2m:sub\":{\"nfu\":\"fake://b/\"}}");
  g_assert_cmpint (moved.rsc, ==, 2000);
  fake_delivery_free (fake_transport_take ());
  notify (fixture, 2000, "/mn1", id, MEMBER_TELLS ("fake://b/"));
  expect ("fake://b/", 1, TEXTS ("/mn1/sub-1"));
  wait_stored ();

  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  start (fixture);
  notify (fixture, 4103, "/mn1", id, MEMBER_TELLS ("fake://victim/"));
  notify (fixture, 2000, "/mn1", id, MEMBER_TELLS ("fake://a/"));
  expect ("fake://a/", 1, TEXTS ("/mn1/sub-1"));
}

/* The group forwards to the newest; a long list of them is no way to fill the store. */
static void
test_addresses_of_a_group_are_bounded (Fixture *fixture, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (GH_GROUP_ADDRESS_MAX - strlen ("fake://a/"), 'x');
  g_autofree char *good = g_strdup_printf ("fake://a/%s", longest);
  g_autofree char *bad = g_strdup_printf ("\"nu\":[\"%sy\"],\"nfu\":\"%sy\"", good, good);
  (void) data;
  add_mn1 (fixture);
  g_autofree char *id = make_group (fixture, "g",
                                    "\"mid\":[\"/mn1/base/x\"],\"nar\":{\"num\":1}");
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  g_auto (CseAnswer) answer = subscribe (fixture, "gatehouse/device/g/fopt", bad);
  g_assert_cmpint (answer.rsc, ==, 4000);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://first/", 1);
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://second/", 1);
  for (guint i = 1; i < GH_GROUP_ADDRESSES; i++)
    {
      g_autofree char *address = i == 9 ? g_strdup (good) : g_strdup_printf ("fake://a/%u", i);
      subscribe_all (fixture, "gatehouse/device/g/fopt", address, 1);
    }
  for (guint i = 0; i <= GH_GROUP_ADDRESSES; i++)
    fake_delivery_free (fake_transport_take ());
  notify (fixture, 4103, "/mn1", id, MEMBER_TELLS ("fake://first/"));
  notify (fixture, 2000, "/mn1", id, MEMBER_TELLS ("fake://second/"));
  expect ("fake://second/", 1, TEXTS ("/mn1/sub-1"));
}

/* Somebody else's subscription uses the group as its target. */
static void
test_what_is_no_member_is_refused (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *id = make_group (fixture, "g",
                                    "\"mid\":[\"" A "\",\"" B "\"],\"nar\":{\"num\":1}");
  g_autofree char *targets = g_strdup_printf (
    "\"ty\":23,\"pc\":{\"m2m:sub\":{\"enc\":{\"net\":[3],\"chty\":[4]},\"nu\":[\"/gatehouse/%s\"],"
    "\"nfu\":\"fake://a/\"}}", id);
  cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", C, targets);
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", A, targets);
  publish (fixture, A, "one");
  expect ("fake://a/", 1, TEXTS ("\"con\":\"one\""));
  subscribe_all (fixture, "gatehouse/device/g/fopt", "fake://b/", 2);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/g",
              "\"pc\":{\"m2m:grp\":{\"mid\":[\"" A "\"]}}");
  const guint64 lost = cse_counter (&fixture->cse, "notifications-lost");
  publish (fixture, B, "two");
  while (cse_counter (&fixture->cse, "notifications-lost") == lost)
    g_thread_yield ();
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

#define KNOT 20

/* Twenty groups that all hold each other: each is looked at once, not once for each way to it. */
static void
test_groups_that_hold_each_other (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *first = NULL;
  (void) data;
  for (guint i = 0; i < KNOT; i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:grp\":{\"rn\":\"g%u\",\"mnm\":%d,"
                                                  "\"mid\":[]}}", i, KNOT + 1);
      g_autofree char *id = cse_create (&fixture->cse, "CDevice", "CDevice", 9, content);
      g_string_append_printf (all, "%s\"%s/fopt\"", i > 0 ? "," : "", id);
      if (i == 0)
        first = g_steal_pointer (&id);
    }
  for (guint i = 0; i < KNOT; i++)
    {
      g_autofree char *to = g_strdup_printf ("gatehouse/device/g%u", i);
      g_autofree char *more = i == KNOT - 1 ? g_strdup (",\"" B "\"") : g_strdup ("");
      g_autofree char *content = g_strdup_printf ("\"pc\":{\"m2m:grp\":{\"mid\":[%s%s]}}",
                                                  all->str, more);
      cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", to, content);
    }
  g_autofree char *targets = g_strdup_printf (
    "\"ty\":23,\"pc\":{\"m2m:sub\":{\"enc\":{\"net\":[3],\"chty\":[4]},\"nu\":[\"/gatehouse/%s\"],"
    "\"nfu\":\"fake://a/\"}}", first);
  cse_expect (&fixture->cse, 5204, CSE_CREATE, "CDevice", A, targets);
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", B, targets);
}

#define ADD(name, test) \
  g_test_add ("/group-notify/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("members-tell-the-group", test_members_tell_the_group);
  ADD ("what-is-old-is-not-kept-back", test_what_is_old_is_not_kept_back);
  ADD ("a-group-that-says-nothing-has-defaults", test_a_group_that_says_nothing_has_defaults);
  ADD ("each-subscriber-has-its-own", test_each_subscriber_has_its_own);
  ADD ("a-group-within-a-group", test_a_group_within_a_group);
  ADD ("a-restart-loses-none", test_a_restart_loses_none);
  ADD ("what-the-store-does-not-take-comes-again", test_what_the_store_does_not_take_comes_again);
  ADD ("a-target-that-does-not-confirm-is-not-told",
       test_a_target_that_does_not_confirm_is_not_told);
  ADD ("two-addresses-are-refused", test_two_addresses_are_refused);
  ADD ("a-member-of-another-cse", test_a_member_of_another_cse);
  ADD ("a-member-cse-cannot-choose-whom-to-call", test_a_member_cse_cannot_choose_whom_to_call);
  ADD ("addresses-of-a-group-are-bounded", test_addresses_of_a_group_are_bounded);
  ADD ("what-is-no-member-is-refused", test_what_is_no_member_is_refused);
  ADD ("groups-that-hold-each-other", test_groups_that_hold_each_other);
  ADD ("nobody-else-tells-a-group", test_nobody_else_tells_a_group);
  return g_test_run ();
}
