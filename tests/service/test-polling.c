/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-transport.h"
#include "polling-fixture.h"

#include <string.h>

#define POA "fake://device/"

static void
test_a_channel_is_of_its_owner (PollingFixture *fixture, gconstpointer data)
{
  static const char channel[] = "\"ty\":15,\"pc\":{\"m2m:pch\":{\"rn\":\"channel\"}}";
  static const char another[] = "\"ty\":15,\"pc\":{\"m2m:pch\":{\"rn\":\"another\"}}";
  CseFixture *cse = &fixture->cse;
  (void) data;
  cse_expect (cse, 4103, CSE_CREATE, "COther", "gatehouse/device", channel);
  cse_expect (cse, 4103, CSE_CREATE, "CAdmin", "gatehouse/device", channel);
  cse_expect (cse, 4103, CSE_CREATE, "CDevice", "gatehouse", channel);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device", channel);
  cse_refuse (cse, 4105, "has a polling channel already", CSE_CREATE, "CDevice", "gatehouse/device",
              another);
  cse_expect (cse, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/channel", NULL);
  cse_expect (cse, 4103, CSE_UPDATE, "COther", "gatehouse/device/channel",
              "\"pc\":{\"m2m:pch\":{\"lbl\":[\"x\"]}}");
  cse_expect (cse, 4103, CSE_DELETE, "COther", "gatehouse/device/channel", NULL);
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/channel", NULL);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/channel",
              "\"pc\":{\"m2m:pch\":{\"lbl\":[\"x\"]}}");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", "gatehouse/device/channel", NULL);
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device", another);
}

static void
test_an_owner_needs_no_right_on_its_ae (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 1,
                      "{\"m2m:acp\":{\"rn\":\"none\",\"pv\":{\"acr\":[]},"
                      "\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}"));
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CAdmin", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/none\"]}}");
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "CDevice", "gatehouse/device", NULL);
  polling_add_channel (fixture);
}

static void
test_only_the_owner_polls (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice"), other = peer_new (fixture, "COther");
  (void) data;
  polling_add_channel (fixture);
  const guint place = polling_notify (fixture, "n1", "first");
  g_autoptr (Asked) stolen = peer_poll (&other, "p");
  asked_expect (stolen, 4103, "");
  cse_expect (&fixture->cse, 4103, CSE_RETRIEVE, "CAdmin", PCU, NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/pcu", NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "cin-7/pcu", NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "/pcu", NULL);
  g_autoptr (Asked) mine = peer_poll (&device, "p");
  asked_expect (mine, 2000, "first");
  peer_expect_answer (&other, "n1", 4103, "");
  peer_expect_answer (&device, "n1", 2000, "");
  polling_expect_sent (fixture, place, 2000);
}

static void
test_a_pcu_is_polled_and_notified_only (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  polling_add_channel (fixture);
  cse_refuse (&fixture->cse, 4005, "pcu", CSE_UPDATE, "CDevice", PCU,
              "\"pc\":{\"m2m:pch\":{\"lbl\":[\"x\"]}}");
  cse_refuse (&fixture->cse, 4005, "pcu", CSE_DELETE, "CDevice", PCU, NULL);
  cse_refuse (&fixture->cse, 4005, "pcu", CSE_CREATE, "CDevice", PCU,
              "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}");
}

static void
test_a_poll_waits_until_its_time (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autoptr (Asked) timed = peer_poll (&device, "p1");
  g_autoptr (Asked) plain = peer_ask (&device, CSE_RETRIEVE, PCU, "p2", NULL);
  g_autoptr (Asked) patient = peer_ask (&device, CSE_RETRIEVE, PCU, "p3", "\"rqet\":\"900000000\"");
  polling_move_on (fixture, 31);
  asked_expect (timed, 4008, "RQET");
  g_assert_true (asked_is_open (plain));
  polling_move_on (fixture, 30);
  asked_expect (plain, 4008, "RQET");
  g_assert_true (asked_is_open (patient));
  polling_move_on (fixture, 3600);
  asked_expect (patient, 4008, "RQET");
  g_assert_cmpuint (cse_counter (&fixture->cse, "polls-waiting"), ==, 0);
}

static void
test_a_poll_gets_what_comes (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autoptr (Asked) poll = peer_poll (&device, "p1");
  g_assert_true (asked_is_open (poll));
  const guint place = polling_notify (fixture, "n1", "first");
  asked_expect (poll, 2000, "\"op\":5");
  g_assert_nonnull (strstr (poll->body, "\"to\":\"CDevice\""));
  g_assert_nonnull (strstr (poll->body, "\"fr\":\"CAdmin\""));
  g_assert_nonnull (strstr (poll->body, "\"rqi\":\"n1\""));
  g_assert_nonnull (strstr (poll->body, "\"pc\":{\"m2m:sgn\":{\"sur\":\"first\"}}"));
  g_autoptr (Asked) answer = peer_answer_at (&device, PCU, "n1", "\"pc\":{\"m2m:dbg\":\"fine\"}");
  asked_expect (answer, 2000, NULL);
  g_auto (CseAnswer) back = cse_take (&fixture->cse, place);
  g_assert_cmpint (back.rsc, ==, 2000);
  g_assert_cmpstr (json_object_get_string_member (back.content, "m2m:dbg"), ==, "fine");
}

static void
test_each_is_handed_out_once_and_in_order (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  guint places[3];
  (void) data;
  polling_add_channel (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      places[i] = polling_notify (fixture, name, name);
      polling_wait (fixture, "polling-requests", i + 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      g_autoptr (Asked) poll = peer_poll (&device, "p");
      g_autofree char *got = asked_identifier (poll);
      g_assert_cmpstr (got, ==, name);
    }
  g_autoptr (Asked) empty = peer_poll (&device, "p");
  g_assert_true (asked_is_open (empty));
  /* answers come in any order */
  for (guint i = G_N_ELEMENTS (places); i > 0; i--)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i - 1);
      peer_expect_answer (&device, name, 2000, NULL);
      polling_expect_sent (fixture, places[i - 1], 2000);
    }
}

static void
test_answers_are_matched (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  peer_expect_answer (&device, "n1", 4004, "no request n1");
  const guint place = polling_notify (fixture, "n1", "first");
  polling_wait (fixture, "polling-requests", 1);
  /* nobody has it yet */
  peer_expect_answer (&device, "n1", 4004, "no request n1");
  g_autoptr (Asked) poll = peer_poll (&device, "p");
  asked_expect (poll, 2000, "first");
  peer_expect_answer (&device, "n2", 4004, "no request n2");
  peer_expect_answer (&device, "n1", 2000, NULL);
  peer_expect_answer (&device, "n1", 4105, "answered already");
  polling_expect_sent (fixture, place, 2000);
}

static void
test_requests_expire (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  const guint waiting = polling_notify (fixture, "n1", "first");
  polling_wait (fixture, "polling-requests", 1);
  polling_move_on (fixture, 21);
  polling_expect_sent (fixture, waiting, 4008);
  const guint polled = polling_notify (fixture, "n2", "second");
  g_autoptr (Asked) poll = peer_poll (&device, "p");
  asked_expect (poll, 2000, "second");
  polling_move_on (fixture, 21);
  polling_expect_sent (fixture, polled, 4008);
  peer_expect_answer (&device, "n2", 4008, "has expired");
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-requests"), ==, 0);
}

static void
test_a_relative_time_is_shortened (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  (void) polling_notify (fixture, "n1", "first");
  polling_wait (fixture, "polling-requests", 1);
  polling_move_on (fixture, 5);
  g_autoptr (Asked) poll = peer_poll (&device, "p");
  asked_expect (poll, 2000, "\"rqet\":\"15000\"");
}

static void
test_broken_answers_are_refused (PollingFixture *fixture, gconstpointer data)
{
  static const struct {
    gint rsc;
    const char *reason, *members;
  } rows[] = {
    { 4000, "missing", NULL },
    { 4000, "not a response primitive", "\"pc\":{\"m2m:sgn\":{}}" },
    { 4000, "not an object", "\"pc\":{\"m2m:rsp\":1}" },
    { 4000, "not a response primitive",
      "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"n1\"},\"m2m:rqp\":{}}" },
    { 4000, "rsc: missing", "\"pc\":{\"m2m:rsp\":{\"rqi\":\"n1\"}}" },
    { 4000, "rqi: missing", "\"pc\":{\"m2m:rsp\":{\"rsc\":2000}}" },
    { 4000, "rsc", "\"pc\":{\"m2m:rsp\":{\"rsc\":\"2000\",\"rqi\":\"n1\"}}" },
    { 4000, "rsc", "\"pc\":{\"m2m:rsp\":{\"rsc\":99,\"rqi\":\"n1\"}}" },
    { 4000, "rsc", "\"pc\":{\"m2m:rsp\":{\"rsc\":70000,\"rqi\":\"n1\"}}" },
    { 4000, "rqi", "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":1}}" },
    { 4000, "pc", "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"n1\",\"pc\":\"text\"}}" },
    { 4000, "cnst", "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"n1\",\"cnst\":3}}" },
    { 4000, "op", "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"n1\",\"op\":2}}" },
    { 4004, "no request", "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"\"}}" },
  };
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  const guint place = polling_notify (fixture, "n1", "first");
  g_autoptr (Asked) poll = peer_poll (&device, "p");
  asked_expect (poll, 2000, "first");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Asked) answer = peer_ask (&device, CSE_NOTIFY, PCU, "a", rows[i].members);
      asked_expect (answer, rows[i].rsc, rows[i].reason);
    }
  peer_expect_answer (&device, "n1", 2000, NULL);
  polling_expect_sent (fixture, place, 2000);
}

static void
test_a_poll_is_a_blocking_request (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autoptr (Asked) poll = peer_ask (&device, CSE_RETRIEVE, PCU, "p1",
                                     "\"rqet\":\"30000\",\"rt\":{\"rtv\":3}");
  (void) polling_notify (fixture, "n1", "first");
  asked_expect (poll, 2000, "first");
  g_autoptr (Asked) other = peer_ask (&device, CSE_RETRIEVE, PCU, "p2", "\"rt\":{\"rtv\":1}");
  asked_expect (other, 4000, "blocking");
  g_autoptr (Asked) later = peer_ask (&device, CSE_RETRIEVE, PCU, "p3", "\"oet\":\"5000\"");
  asked_expect (later, 4000, "blocking");
}

/* Notifications */

static void
test_notifications_wait_for_a_poll (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  polling_subscribe (fixture);
  polling_add_value (fixture, "one");
  polling_add_value (fixture, "two");
  polling_wait (fixture, "polling-requests", 1);
  /* longer than anybody who can be called may take */
  polling_move_on (fixture, 600);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Asked) poll = peer_poll (&device, "p");
      g_autofree char *name = asked_identifier (poll);
      g_assert_nonnull (strstr (poll->body, i == 0 ? "\"one\"" : "\"two\""));
      peer_expect_answer (&device, name, 2000, NULL);
    }
  polling_wait (fixture, "notifications", 2);
}

static void
test_a_notification_without_answer_is_repeated (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  polling_subscribe (fixture);
  polling_add_value (fixture, "one");
  g_autoptr (Asked) lost = peer_poll (&device, "p");
  asked_expect (lost, 2000, "\"one\"");
  polling_move_on (fixture, 30);
  polling_wait (fixture, "notifications-failed", 1);
  polling_move_on (fixture, 30);
  g_autoptr (Asked) again = peer_poll (&device, "p");
  asked_expect (again, 2000, "\"one\"");
  g_autofree char *name = asked_identifier (again);
  peer_expect_answer (&device, name, 2000, NULL);
  polling_wait (fixture, "notifications", 1);
}

/* Who can be called, too */

static void
test_who_can_be_called_is_called (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"rr\":true,\"poa\":[\"" POA "\"]}}");
  polling_expect_sent (fixture, polling_notify (fixture, "n1", "first"), 2000);
  g_autoptr (FakeDelivery) called = fake_transport_take ();
  g_assert_cmpstr (called->url, ==, POA);
  /* what cannot have arrived waits for a poll */
  fake_transport_shut (POA);
  const guint place = polling_notify (fixture, "n2", "second");
  g_autoptr (Asked) poll = peer_poll (&device, "p");
  asked_expect (poll, 2000, "second");
  peer_expect_answer (&device, "n2", 2000, NULL);
  polling_expect_sent (fixture, place, 2000);
  g_autoptr (FakeDelivery) tried = fake_transport_take ();
  /* who says that it cannot be called is not */
  cse_expect (&fixture->cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"rr\":false}}");
  (void) polling_notify (fixture, "n3", "third");
  g_autoptr (Asked) next = peer_poll (&device, "p");
  asked_expect (next, 2000, "third");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_without_channel_nothing_waits (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  polling_expect_sent (fixture, polling_notify (fixture, "n1", "first"), 5103);
}

/* Other CSEs */

static void
test_a_cse_polls_what_is_for_its_branch (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  (void) data;
  polling_add_cse (fixture, &mn1);
  const guint place = cse_send (
    &fixture->cse, CSE_RETRIEVE, "CDevice", "/mn2/base",
    "\"rqi\":\"d1\",\"rcn\":6,\"fc\":{\"fu\":1,\"ty\":[3],\"lbl\":[\"a\",\"b\"],"
    "\"atr\":[{\"nm\":\"cr\",\"val\":\"Cx\"}]},\"rqet\":\"9000\"");
  g_autoptr (Asked) poll = peer_ask (&mn1, CSE_RETRIEVE, CSE_PCU, "p", NULL);
  asked_expect (poll, 2000, "\"fr\":\"/gatehouse/CDevice\"");
  g_assert_nonnull (strstr (poll->body, "\"to\":\"/mn2/base\""));
  g_assert_nonnull (strstr (poll->body, "\"rcn\":6"));
  g_assert_nonnull (strstr (poll->body, "\"lbl\":[\"a\",\"b\"]"));
  g_assert_nonnull (strstr (poll->body, "{\"nm\":\"cr\",\"val\":\"Cx\"}"));
  g_autoptr (Asked) answer = peer_answer_at (
    &mn1, CSE_PCU, "d1", "\"cnst\":1,\"cnot\":5,\"pc\":{\"m2m:uril\":[\"base/a\"]}");
  asked_expect (answer, 2000, NULL);
  g_auto (CseAnswer) back = cse_take (&fixture->cse, place);
  JsonObject *response = json_node_get_object (back.root);
  g_assert_cmpint (back.rsc, ==, 2000);
  g_assert_true (json_object_has_member (back.content, "m2m:uril"));
  g_assert_cmpint (json_object_get_int_member (response, "cnst"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (response, "cnot"), ==, 5);
}

static void
test_a_create_goes_whole (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  (void) data;
  polling_add_cse (fixture, &mn1);
  g_autoptr (Asked) poll = peer_ask (&mn1, CSE_RETRIEVE, CSE_PCU, "p", NULL);
  const guint place = cse_send (&fixture->cse, CSE_CREATE, "CDevice", "/mn1/base",
                                "\"rqi\":\"c1\",\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"x\"}}");
  asked_expect (poll, 2000, "\"ty\":3");
  g_assert_nonnull (strstr (poll->body, "\"pc\":{\"m2m:cnt\":{\"rn\":\"x\"}}"));
  g_autoptr (Asked) answer = peer_answer_at (&mn1, CSE_PCU, "c1",
                                             "\"to\":\"CDevice\",\"vsi\":\"v\"");
  asked_expect (answer, 2000, NULL);
  polling_expect_sent (fixture, place, 2000);
}

static void
test_content_that_is_no_json_does_not_pass (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1"), device = peer_new (fixture, "CDevice");
  static const char forged[] = "{}},\"m2m:rqp\":{\"op\":4}";
  GhRequest *request = gh_request_new (65536);
  (void) data;
  polling_add_cse (fixture, &mn1);
  request->operation = GH_OPERATION_CREATE;
  request->to = "/mn1/base";
  request->from = "CDevice";
  request->request_identifier = "c1";
  request->release_version = "3";
  request->resource_type = 3;
  request->body = forged;
  request->body_length = sizeof forged - 1;
  g_autoptr (Asked) asked = peer_send (&device, request);
  asked_expect (asked, 5103, "not JSON");
}

static void
test_equal_identifiers_wait_for_each_other (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  (void) data;
  polling_add_cse (fixture, &mn1);
  const guint first = cse_send (&fixture->cse, CSE_RETRIEVE, "CAdmin", "/mn1/one",
                                "\"rqi\":\"same\"");
  polling_wait (fixture, "polling-requests", 1);
  const guint second = cse_send (&fixture->cse, CSE_RETRIEVE, "CDevice", "/mn1/two",
                                 "\"rqi\":\"same\"");
  polling_wait (fixture, "polling-requests", 2);
  g_autoptr (Asked) poll = peer_ask (&mn1, CSE_RETRIEVE, CSE_PCU, "p1", NULL);
  asked_expect (poll, 2000, "/mn1/one");
  g_autoptr (Asked) next = peer_ask (&mn1, CSE_RETRIEVE, CSE_PCU, "p2", NULL);
  g_assert_true (asked_is_open (next));
  g_autoptr (Asked) answer = peer_answer_at (&mn1, CSE_PCU, "same", NULL);
  asked_expect (answer, 2000, NULL);
  polling_expect_sent (fixture, first, 2000);
  asked_expect (next, 2000, "/mn1/two");
  g_autoptr (Asked) last = peer_answer_at (&mn1, CSE_PCU, "same", NULL);
  asked_expect (last, 2000, NULL);
  polling_expect_sent (fixture, second, 2000);
}

#define ADD(name, options, func) \
  g_test_add ("/polling/" name, PollingFixture, options, polling_set_up, func, polling_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("owner", NULL, test_a_channel_is_of_its_owner);
  ADD ("owner-without-rights", NULL, test_an_owner_needs_no_right_on_its_ae);
  ADD ("only-the-owner-polls", NULL, test_only_the_owner_polls);
  ADD ("operations", NULL, test_a_pcu_is_polled_and_notified_only);
  ADD ("a-poll-waits", NULL, test_a_poll_waits_until_its_time);
  ADD ("a-poll-gets-what-comes", NULL, test_a_poll_gets_what_comes);
  ADD ("once-and-in-order", NULL, test_each_is_handed_out_once_and_in_order);
  ADD ("answers-are-matched", NULL, test_answers_are_matched);
  ADD ("requests-expire", NULL, test_requests_expire);
  ADD ("relative-times", NULL, test_a_relative_time_is_shortened);
  ADD ("broken-answers", NULL, test_broken_answers_are_refused);
  ADD ("blocking", NULL, test_a_poll_is_a_blocking_request);
  ADD ("notifications", NULL, test_notifications_wait_for_a_poll);
  ADD ("notifications-again", NULL, test_a_notification_without_answer_is_repeated);
  ADD ("points-of-access", NULL, test_who_can_be_called_is_called);
  ADD ("without-channel", NULL, test_without_channel_nothing_waits);
  ADD ("cse", NULL, test_a_cse_polls_what_is_for_its_branch);
  ADD ("cse-create", NULL, test_a_create_goes_whole);
  ADD ("not-json", NULL, test_content_that_is_no_json_does_not_pass);
  ADD ("equal-identifiers", NULL, test_equal_identifiers_wait_for_each_other);
  return g_test_run ();
}
