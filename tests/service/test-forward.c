/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "gh-cse-private.h"
#include "service/gh-pending.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define MN1    "fake://mn1/"

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static const char *const few[] = { "forward.in-flight=2", "forward.originator-share=100", NULL };
static const char *const shared[] = { "forward.in-flight=4", NULL };
static const char *const joined[] = { "registrar.cse-id=/in", "registrar.urls=fake://in/",
                                      "registrar.polling=no", NULL };
static const char *const asn[] = { "cse.type=asn", NULL };

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  const CseParts parts = { .clock = fixture->clock, .transport = &fake_transport_ops };
  fake_transport_reset ();
  fake_transport_answer ("fake://in/", GH_DELIVERY_DONE, 2001);
  cse_fixture_set_up_with (&fixture->cse, data, &parts);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_release ();
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
}

static void
add_cse (Fixture *fixture, const char *name, const char *more)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:csr\":{\"rn\":\"%s\",\"csi\":\"/%s\",\"cb\":\"/%s/base\",\"rr\":true,%s}}", name, name,
    name, more);
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 16, content));
}

static void
add_mn1 (Fixture *fixture)
{
  add_cse (fixture, "mn1", "\"srv\":[\"3\"],\"poa\":[\"" MN1 "\"],\"dcse\":[\"/mn3\"]");
}

static void
test_a_request_goes_to_the_registree (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  fake_transport_answer_with (MN1, GH_DELIVERY_DONE, 2000, "{\"m2m:uril\":[\"base/a\"]}");
  g_auto (CseAnswer) answer = cse_request (
    &fixture->cse, CSE_RETRIEVE, "CDevice", "/mn1/base",
    "\"fc\":{\"fu\":1,\"lbl\":[\"a\",\"b\"],\"atr\":[{\"nm\":\"cr\",\"val\":\"Cx\"}]}");
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpint (answer.rsc, ==, 2000);
  g_assert_true (json_object_has_member (answer.content, "m2m:uril"));
  g_assert_cmpstr (sent->url, ==, MN1);
  g_assert_cmpstr (sent->to, ==, "/mn1/base");
  g_assert_cmpstr (sent->from, ==, "/gatehouse/CDevice");
  g_assert_cmpint (sent->operation, ==, GH_OPERATION_RETRIEVE);
  g_assert_cmpstr (sent->query, ==, "cr=Cx&lbl=a+b&fu=1");
  g_assert_cmpstr (sent->release, ==, "3");
  g_assert_cmpint (sent->hops, ==, 15);
  g_assert_null (sent->body);
}

static void
test_every_operation_goes (Fixture *fixture, gconstpointer data)
{
  static const char content[] = "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}";
  static const char create[] = "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"x\"}}";
  (void) data;
  add_mn1 (fixture);
  for (gint operation = CSE_CREATE; operation <= CSE_NOTIFY; operation++)
    {
      const gboolean bare = operation == CSE_RETRIEVE || operation == CSE_DELETE;
      cse_expect (&fixture->cse, 2000, operation, "CDevice", "/mn1/base/x",
                  bare                      ? NULL
                  : operation == CSE_CREATE ? create
                                            : content);
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      g_assert_cmpint ((gint) sent->operation, ==, operation);
      g_assert_cmpint (sent->type, ==, operation == CSE_CREATE ? 3 : 0);
      g_assert_cmpint (sent->body == NULL, ==, bare);
    }
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", "/mn1/base/x",
                                           "\"rset\":\"60000\"");
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (answer.root), "rset"), ==,
                   "60000");
}

static void
test_a_descendant_is_behind_its_registree (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "/mn3/base", NULL);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "//localhost/mn3/base", NULL);
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpstr (sent->url, ==, MN1);
  g_assert_cmpstr (sent->to, ==, "/mn3/base");
}

static void
test_there_may_be_no_way (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  cse_refuse (&fixture->cse, 4004, "no way to /mn2", CSE_RETRIEVE, "CDevice", "/mn2/base", NULL);
  cse_refuse (&fixture->cse, 4004, "no way", CSE_RETRIEVE, "CDevice", "//elsewhere/mn1/base", NULL);
  cse_refuse (&fixture->cse, 4000, "registers with the CSE", CSE_CREATE, "C", "/mn1/base",
              "\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"]}}");
  cse_refuse (&fixture->cse, 4008, "RQET", CSE_RETRIEVE, "CDevice", "/mn1/base",
              "\"rqet\":\"20200101T000000\"");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_the_registrar_is_the_way_to_all_others (Fixture *fixture, gconstpointer data)
{
  (void) data;
  /* it registers, and asks who the registrar is */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      g_assert_cmpstr (sent->url, ==, "fake://in/");
      g_assert_cmpstr (sent->to, ==, "/in/-");
      g_assert_cmpstr (sent->from, ==, "/gatehouse");
      g_assert_cmpint (sent->type, ==, i == 0 ? 16 : 0);
    }
  add_mn1 (fixture);
  g_autoptr (FakeDelivery) told = fake_transport_take ();
  g_assert_cmpint (told->operation, ==, GH_OPERATION_UPDATE);
  g_assert_nonnull (strstr (told->body, "\"dcse\":[\"/mn1\",\"/mn3\"]"));
  cse_expect (&fixture->cse, 2001, CSE_RETRIEVE, "CDevice", "/mn9/base", NULL);
  for (;;)
    {
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      if (strcmp (sent->to, "/mn9/base") != 0)
        continue;
      g_assert_cmpstr (sent->url, ==, "fake://in/");
      break;
    }
}

static void
test_another_point_of_access_is_tried_while_nothing_has_left (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_cse (fixture, "mn1", "\"srv\":[\"3\"],\"poa\":[\"fake://a/\",\"mqtt://x/\",\"fake://b/\"]");
  fake_transport_shut ("fake://a/");
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      g_assert_cmpstr (sent->url, ==, i == 0 ? "fake://a/" : "fake://b/");
    }
  /* who may have it already is not asked twice */
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  cse_refuse (&fixture->cse, 5103, "as ordered", CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_who_cannot_be_reached_is_said (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_cse (fixture, "mn1", "\"srv\":[\"3\"]");
  cse_refuse (&fixture->cse, 5103, "no pointOfAccess", CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
}

static void
test_a_refusal_in_words_keeps_them (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  fake_transport_answer_with (MN1, GH_DELIVERY_DONE, 4000, "words \"of\" a binding");
  cse_refuse (&fixture->cse, 4000, "words \"of\" a binding", CSE_RETRIEVE, "CDevice", "/mn1/base",
              NULL);
}

static void
test_release_1_gets_no_release (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_cse (fixture, "mn1", "\"srv\":[\"1\"],\"poa\":[\"" MN1 "\"]");
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "/mn1/base", "\"vsi\":\"x\"");
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_null (sent->release);
}

static void
test_what_comes_back_is_refused (Fixture *fixture, gconstpointer data)
{
  static const char same[] = "\"rqi\":\"same\",\"rvi\":\"3\"";
  (void) data;
  add_mn1 (fixture);
  fake_transport_hold (MN1);
  const guint first = cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", "/mn1/base", same);
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  cse_refuse (&fixture->cse, 4105, "pending", CSE_RETRIEVE, "CDevice", "/mn1/base", same);
  fake_transport_release ();
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, first);
  g_assert_cmpint (answer.rsc, ==, 2000);
  /* an identifier may be used again when its request is over */
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "/mn1/base", same);
}

static void
test_requests_of_one_neighbour_are_bounded (Fixture *fixture, gconstpointer data)
{
  guint places[2];
  (void) data;
  add_mn1 (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      fake_transport_hold (MN1);
      places[i] = cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
    }
  cse_refuse (&fixture->cse, 5000, "in-flight", CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
  fake_transport_release ();
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, places[i]);
      g_assert_cmpint (answer.rsc, ==, 2000);
    }
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
}

static void
test_no_originator_takes_a_neighbour_for_itself (Fixture *fixture, gconstpointer data)
{
  static const char *const from[] = { "CDevice", "CDevice", "CAdmin" };
  guint places[G_N_ELEMENTS (from)];
  (void) data;
  add_mn1 (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (from); i++)
    {
      if (i == 2)
        cse_refuse (&fixture->cse, 5000, "originator-share", CSE_RETRIEVE, "CDevice", "/mn1/base",
                    NULL);
      fake_transport_hold (MN1);
      places[i] = cse_send (&fixture->cse, CSE_RETRIEVE, from[i], "/mn1/base", NULL);
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
    }
  fake_transport_release ();
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, places[i]);
      g_assert_cmpint (answer.rsc, ==, 2000);
    }
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
}

static void
test_stopping_answers_what_waits (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  fake_transport_hold (MN1);
  (void) cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", "/mn1/base", NULL);
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  /* the rest is tear_down(), where the answer of the neighbour comes too late */
}

static void
test_a_branch_belongs_to_one (Fixture *fixture, gconstpointer data)
{
  static const struct {
    gint rsc;
    const char *reason, *members;
  } rows[] = {
    { 4102, "branch of /mn1", "\"dcse\":[\"/mn1\"]" },
    { 4102, "branch of /mn1", "\"dcse\":[\"/mn4\",\"/mn3\"]" },
    { 4102, "is this CSE", "\"dcse\":[\"/gatehouse\"]" },
    { 4102, "is this CSE", "\"dcse\":[\"//localhost/gatehouse\"]" },
    { 4000, "entry 1", "\"dcse\":[\"mn4\"]" },
  };
  (void) data;
  add_mn1 (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":16,\"pc\":{\"m2m:csr\":{\"csi\":\"/mn2\",\"cb\":\"/mn2/b\",\"rr\":true,"
        "\"srv\":[\"3\"],%s}}",
        rows[i].members);
      cse_refuse (&fixture->cse, rows[i].rsc, rows[i].reason, CSE_CREATE, "CAdmin", "gatehouse",
                  members);
    }
  add_cse (fixture, "mn2", "\"srv\":[\"3\"]");
  cse_refuse (&fixture->cse, 4102, "branch of /mn1", CSE_UPDATE, "CAdmin", "gatehouse/mn2",
              "\"pc\":{\"m2m:csr\":{\"dcse\":[\"/mn3\"]}}");
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/mn1",
              "\"pc\":{\"m2m:csr\":{\"dcse\":[\"/mn3\",\"/mn5\"]}}");
}

static void
test_nobody_registers_with_an_asn (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_refuse (&fixture->cse, 4005, "ASN-CSE", CSE_CREATE, "CAdmin", "gatehouse",
              "\"ty\":16,\"pc\":{\"m2m:csr\":{\"csi\":\"/mn2\",\"cb\":\"/mn2/b\",\"rr\":true,"
              "\"srv\":[\"3\"]}}");
}

static void
test_an_ae_of_another_cse_is_notified (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/load", 23,
                      "{\"m2m:sub\":{\"nu\":[\"/mn1/Cear\"],\"enc\":{\"net\":[3]}}}"));
  g_autoptr (FakeDelivery) verification = fake_transport_take ();
  g_assert_cmpstr (verification->url, ==, MN1);
  g_assert_cmpstr (verification->to, ==, "/mn1/Cear");
  /* out of reach beyond the next hop is tried again, like out of reach itself */
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 5103);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/load", 4,
                      "{\"m2m:cin\":{\"con\":\"1\"}}"));
  g_autoptr (FakeDelivery) first = fake_transport_take ();
  g_assert_cmpstr (first->to, ==, "/mn1/Cear");
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2000);
  while (cse_counter (&fixture->cse, "notifications-failed") == 0)
    g_thread_yield ();
  gh_clock_advance (fixture->clock, 10 * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  g_autoptr (FakeDelivery) second = fake_transport_take ();
  g_assert_cmpstr (second->body, ==, first->body);
}

/* A NOTIFY with a time waits for @url, which is shut. Returns its place. */
static guint
send_patiently (Fixture *fixture, const char *text, const char *until)
{
  g_autofree char *members = g_strdup_printf (
    "\"rqet\":\"%s\",\"pc\":{\"m2m:sgn\":{\"sur\":\"%s\"}}", until, text);
  return cse_send (&fixture->cse, CSE_NOTIFY, "CDevice", "/mn1/Cear", members);
}

static void
expect_text (const char *text)
{
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  if (sent->body == NULL || strstr (sent->body, text) == NULL)
    g_error ("expected %s in %s", text, sent->body);
}

static void
move_on (Fixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->clock, seconds * G_USEC_PER_SEC);
  gh_pendings_wake (fixture->cse.cse->service->pendings);
}

static void
wait_until_held (Fixture *fixture, guint64 n)
{
  while (cse_counter (&fixture->cse, "forwards-held") < n)
    g_thread_yield ();
}

static void
test_who_may_wait_waits_in_order (Fixture *fixture, gconstpointer data)
{
  guint places[3];
  (void) data;
  add_mn1 (fixture);
  fake_transport_shut (MN1);
  places[0] = send_patiently (fixture, "first", "900000000");
  expect_text ("first");
  wait_until_held (fixture, 1);
  places[1] = send_patiently (fixture, "second", "900000000");
  places[2] = send_patiently (fixture, "third", "900000000");
  /* only the first one is tried meanwhile */
  move_on (fixture, 15);
  expect_text ("first");
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2000);
  while (cse_counter (&fixture->cse, "forwards-answered") < G_N_ELEMENTS (places))
    {
      move_on (fixture, 5);
      g_thread_yield ();
    }
  expect_text ("first");
  expect_text ("second");
  expect_text ("third");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, places[i]);
      g_assert_cmpint (answer.rsc, ==, 2000);
    }
}

static void
test_waiting_ends_with_its_time (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  fake_transport_shut (MN1);
  const guint first = send_patiently (fixture, "first", "60000");
  wait_until_held (fixture, 1);
  const guint second = send_patiently (fixture, "second", "20000");
  move_on (fixture, 21);
  g_auto (CseAnswer) late = cse_take (&fixture->cse, second);
  g_assert_cmpint (late.rsc, ==, 4008);
  move_on (fixture, 60);
  g_auto (CseAnswer) later = cse_take (&fixture->cse, first);
  g_assert_cmpint (later.rsc, ==, 4008);
}

static guint
send_by_category (Fixture *fixture, const char *category)
{
  g_autofree char *members = g_strdup_printf (
    "\"ty\":3,\"ec\":%s,\"rqet\":\"900000000\",\"pc\":{\"m2m:cnt\":{}}", category);
  return cse_send (&fixture->cse, CSE_CREATE, "CDevice", "/mn1/base", members);
}

static void
test_what_may_be_stored_on_its_way_waits (Fixture *fixture, gconstpointer data)
{
  static const gint rscs[] = { 2001, 2001, 5103 };
  guint places[G_N_ELEMENTS (rscs)];
  (void) data;
  add_mn1 (fixture);
  fake_transport_shut (MN1);
  places[0] = send_by_category (fixture, "3");
  wait_until_held (fixture, 1);
  places[1] = send_by_category (fixture, "4");
  wait_until_held (fixture, 2);
  places[2] = send_by_category (fixture, "2");
  g_auto (CseAnswer) refused = cse_take (&fixture->cse, places[2]);
  g_assert_cmpint (refused.rsc, ==, rscs[2]);
  fake_transport_answer (MN1, GH_DELIVERY_DONE, 2001);
  while (cse_counter (&fixture->cse, "forwards-held") > 0)
    {
      move_on (fixture, 5);
      g_thread_yield ();
    }
  for (guint i = 0; i < 2; i++)
    {
      g_auto (CseAnswer) answer = cse_take (&fixture->cse, places[i]);
      g_assert_cmpint (answer.rsc, ==, rscs[i]);
    }
}

static void
test_others_are_told_at_once (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  fake_transport_shut (MN1);
  cse_expect (&fixture->cse, 5103, CSE_RETRIEVE, "CDevice", "/mn1/base", "\"rqet\":\"60000\"");
  cse_expect (&fixture->cse, 5103, CSE_NOTIFY, "CDevice", "/mn1/Cear", "\"pc\":{\"m2m:sgn\":{}}");
  /* and who may have arrived is not sent again */
  fake_transport_answer (MN1, GH_DELIVERY_UNREACHABLE, 0);
  cse_expect (&fixture->cse, 5103, CSE_NOTIFY, "CDevice", "/mn1/Cear",
              "\"rqet\":\"60000\",\"pc\":{\"m2m:sgn\":{}}");
}

static void
test_stopping_answers_who_waits_for_a_neighbour (Fixture *fixture, gconstpointer data)
{
  (void) data;
  add_mn1 (fixture);
  fake_transport_shut (MN1);
  (void) send_patiently (fixture, "first", "60000");
  wait_until_held (fixture, 1);
  (void) send_patiently (fixture, "second", "60000");
}

#define ADD(name, options) \
  g_test_add ("/forward/" #name, Fixture, options, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_request_goes_to_the_registree, NULL);
  ADD (every_operation_goes, NULL);
  ADD (a_descendant_is_behind_its_registree, NULL);
  ADD (there_may_be_no_way, NULL);
  ADD (the_registrar_is_the_way_to_all_others, joined);
  ADD (another_point_of_access_is_tried_while_nothing_has_left, NULL);
  ADD (who_cannot_be_reached_is_said, NULL);
  ADD (a_refusal_in_words_keeps_them, NULL);
  ADD (release_1_gets_no_release, NULL);
  ADD (what_comes_back_is_refused, NULL);
  ADD (requests_of_one_neighbour_are_bounded, few);
  ADD (no_originator_takes_a_neighbour_for_itself, shared);
  ADD (stopping_answers_what_waits, NULL);
  ADD (a_branch_belongs_to_one, NULL);
  ADD (nobody_registers_with_an_asn, asn);
  ADD (an_ae_of_another_cse_is_notified, NULL);
  ADD (who_may_wait_waits_in_order, NULL);
  ADD (waiting_ends_with_its_time, NULL);
  ADD (what_may_be_stored_on_its_way_waits, NULL);
  ADD (others_are_told_at_once, NULL);
  ADD (stopping_answers_who_waits_for_a_neighbour, NULL);
  return g_test_run ();
}
