/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "faulty-store.h"
#include "polling-fixture.h"
#include "service/gh-request-resource.h"

#include <string.h>

/* What was promised for somebody who polls stays in the store until somebody polls; what was handed
 * out is never handed out again after a restart. */

static void
set_up (PollingFixture *fixture, gconstpointer data)
{
  fixture->store = &faulty_store_ops;
  polling_set_up (fixture, data);
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  polling_add_cse (fixture, &mn1);
}

static void
tear_down (PollingFixture *fixture, gconstpointer data)
{
  polling_tear_down (fixture, data);
  faulty_store_keep (FALSE);
}

static void
restart (PollingFixture *fixture)
{
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  polling_start (fixture, NULL);
  cse_settle (&fixture->cse);
}

static void
wait_until_held (PollingFixture *fixture, guint64 n)
{
  while (cse_counter (&fixture->cse, "forwards-held") != n)
    g_thread_yield ();
}

/* A CREATE that nobody waits for; the address of its <request>. (transfer full) */
static char *
promise (PollingFixture *fixture, const char *name, const char *rqet)
{
  g_autofree char *members = g_strdup_printf (
    "\"rqi\":\"%s\",\"rvi\":\"3\",\"rt\":{\"rtv\":1},\"rqet\":\"%s\",\"ty\":4,"
    "\"pc\":{\"m2m:cin\":{\"con\":\"%s\"}}",
    name, rqet, name);
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_CREATE, "CDevice", "/mn1/base/box",
                                           members);

  g_assert_cmpint (answer.rsc, ==, 1001);
  return g_strdup (json_object_get_string_member (answer.content, "m2m:uri"));
}

static gint
status_of (PollingFixture *fixture, const char *uri)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", uri, NULL);

  g_assert_cmpint (answer.rsc, ==, 2000);
  return (gint) json_node_get_int (cse_member (&answer, "rs"));
}

static void
wait_for_status (PollingFixture *fixture, const char *uri, gint status)
{
  while (status_of (fixture, uri) != status)
    g_thread_yield ();
}

static Asked *
poll_as_cse (const Peer *mn1, const char *identifier)
{
  return peer_ask (mn1, CSE_RETRIEVE, CSE_PCU, identifier, "\"rqet\":\"30000\"");
}

static void
expect_fetched (const Peer *mn1, Asked *poll, const char *name)
{
  g_autofree char *content = g_strdup_printf ("\"con\":\"%s\"", name);
  asked_expect (poll, 2000, content);
  g_autofree char *identifier = asked_identifier (poll);
  g_autoptr (Asked) answer = peer_answer_at (mn1, CSE_PCU, identifier, NULL);

  asked_expect (answer, 2000, NULL);
}

static void
fetch_and_answer (const Peer *mn1, const char *name)
{
  g_autofree char *identifier = g_strdup_printf ("poll-%s", name);
  g_autoptr (Asked) poll = poll_as_cse (mn1, identifier);

  expect_fetched (mn1, poll, name);
}

/* Nothing comes until the poll is over. */
static void
expect_nothing (PollingFixture *fixture, const Peer *mn1)
{
  g_autoptr (Asked) poll = poll_as_cse (mn1, "nothing");

  polling_move_on (fixture, 20);
  cse_settle (&fixture->cse);
  g_assert_true (asked_is_open (poll));
  polling_move_on (fixture, 20);
  asked_expect (poll, 4008, "RQET");
}

static void
test_it_is_fetched_after_a_restart (PollingFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "one", "two", "three" };
  char *uris[G_N_ELEMENTS (names)];

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      uris[i] = promise (fixture, names[i], "900000000");
      wait_until_held (fixture, i + 1);
      g_assert_cmpint (status_of (fixture, uris[i]), ==, GH_REQUEST_PENDING);
      gh_clock_advance (fixture->clock, G_USEC_PER_SEC);
    }
  restart (fixture);
  wait_until_held (fixture, G_N_ELEMENTS (names));
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      fetch_and_answer (&mn1, names[i]);
      wait_for_status (fixture, uris[i], GH_REQUEST_COMPLETED);
      g_free (uris[i]);
    }
  expect_nothing (fixture, &mn1);
  g_assert_cmpuint (cse_counter (&fixture->cse, "forwards-waiting"), ==, 0);
}

static void
test_it_leaves_at_once_for_who_polls (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  g_autoptr (Asked) poll = poll_as_cse (&mn1, "p");
  g_autofree char *uri = promise (fixture, "one", "900000000");
  asked_wait (poll);
  g_assert_cmpint (status_of (fixture, uri), ==, GH_REQUEST_FORWARDED);
  expect_fetched (&mn1, poll, "one");
  wait_for_status (fixture, uri, GH_REQUEST_COMPLETED);
}

static void
test_what_was_handed_out_is_not_handed_out_again (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *uri = promise (fixture, "one", "900000000");
  wait_until_held (fixture, 1);
  g_auto (Peer) before = peer_new (fixture, "/mn1");
  g_autoptr (Asked) got = poll_as_cse (&before, "p1");
  asked_expect (got, 2000, "\"con\":\"one\"");
  restart (fixture);
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  wait_for_status (fixture, uri, GH_REQUEST_FAILED);
  expect_nothing (fixture, &mn1);
}

static void
test_its_time_ends_while_nobody_polls (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *uri = promise (fixture, "one", "60000");
  wait_until_held (fixture, 1);
  polling_move_on (fixture, 61);
  wait_for_status (fixture, uri, GH_REQUEST_FAILED);
  wait_until_held (fixture, 0);
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  expect_nothing (fixture, &mn1);
}

static void
test_it_waits_while_the_channel_is_made_again (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  g_auto (Peer) mn1 = peer_new (fixture, "/mn1");
  g_autofree char *uri = promise (fixture, "one", "900000000");
  wait_until_held (fixture, 1);
  g_autoptr (Asked) gone = peer_ask (&mn1, CSE_DELETE, "gatehouse/mn1/channel", "d", NULL);
  asked_expect (gone, 2002, NULL);
  polling_move_on (fixture, 15);
  g_autoptr (Asked) made = peer_ask (&mn1, CSE_CREATE, "gatehouse/mn1", "again",
                                     "\"ty\":15,\"pc\":{\"m2m:pch\":{\"rn\":\"channel\"}}");
  asked_expect (made, 2001, NULL);
  fetch_and_answer (&mn1, "one");
  wait_for_status (fixture, uri, GH_REQUEST_COMPLETED);
}

static void
test_the_poll_of_another_fetches_nothing (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autofree char *uri = promise (fixture, "one", "900000000");
  wait_until_held (fixture, 1);
  g_autoptr (Asked) own = peer_poll (&device, "p1");
  g_autoptr (Asked) foreign = peer_ask (&device, CSE_RETRIEVE, CSE_PCU, "p2", NULL);
  asked_expect (foreign, 4103, NULL);
  cse_settle (&fixture->cse);
  g_assert_cmpint (status_of (fixture, uri), ==, GH_REQUEST_PENDING);
  g_assert_true (asked_is_open (own));
  g_assert_cmpuint (cse_counter (&fixture->cse, "forwards-held"), ==, 1);
}

#define ADD(name, function) \
  g_test_add ("/polling-kept/" name, PollingFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it-is-fetched-after-a-restart", test_it_is_fetched_after_a_restart);
  ADD ("it-leaves-at-once-for-who-polls", test_it_leaves_at_once_for_who_polls);
  ADD ("what-was-handed-out-is-not-handed-out-again",
       test_what_was_handed_out_is_not_handed_out_again);
  ADD ("its-time-ends-while-nobody-polls", test_its_time_ends_while_nobody_polls);
  ADD ("it-waits-while-the-channel-is-made-again", test_it_waits_while_the_channel_is_made_again);
  ADD ("the-poll-of-another-fetches-nothing", test_the_poll_of_another_fetches_nothing);
  return g_test_run ();
}
