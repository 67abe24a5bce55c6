/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-private.h"
#include "polling-fixture.h"
#include "service/gh-channel.h"

static const char *const few[] = { "polling.requests-each=2",      "polling.octets-each=4096",
                                   "polling.polls-each=2",         "polling.polls=3",
                                   "forward.originator-share=100", NULL };
static const char *const shared[] = { "polling.requests-each=6", "forward.originator-share=34",
                                      NULL };

static void
test_requests_are_bounded (PollingFixture *fixture, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (4000, 'x');
  (void) data;
  polling_add_channel (fixture);
  polling_expect_sent (fixture, polling_notify (fixture, "large", long_text), 5103);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      (void) polling_notify (fixture, name, name);
      polling_wait (fixture, "polling-requests", i + 1);
    }
  cse_refuse (&fixture->cse, 5103, "channel is full", CSE_NOTIFY, "CAdmin", "CDevice",
              "\"pc\":{\"m2m:sgn\":{}}");
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-refused"), ==, 1);
}

static void
test_no_originator_fills_a_channel (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  guint places[2];
  (void) data;
  polling_add_channel (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      places[i] = polling_notify (fixture, name, name);
      polling_wait (fixture, "polling-requests", i + 1);
    }
  cse_refuse (&fixture->cse, 5000, "originator-share", CSE_NOTIFY, "CAdmin", "CDevice",
              "\"pc\":{\"m2m:sgn\":{}}");
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-refused"), ==, 1);
  /* others have room, as whom it counts that a subscription is notified */
  polling_subscribe (fixture);
  polling_add_value (fixture, "other");
  polling_wait (fixture, "polling-requests", 3);
  g_autoptr (Asked) poll = peer_poll (&device, "p1");
  asked_expect (poll, 2000, "n0");
  peer_expect_answer (&device, "n0", 2000, NULL);
  polling_expect_sent (fixture, places[0], 2000);
  /* and who has got an answer has room again */
  polling_wait (fixture, "polling-requests", 2);
  (void) polling_notify (fixture, "n2", "n2");
  polling_wait (fixture, "polling-requests", 3);
}

/* What did not arrive */

static void
expect_again (PollingFixture *fixture, GhArrival arrival)
{
  g_auto (Peer) before = peer_new (fixture, "CDevice"), now = peer_new (fixture, "CDevice");
  polling_add_channel (fixture);
  const guint place = polling_notify (fixture, "n1", "first");
  polling_wait (fixture, "polling-requests", 1);
  g_autoptr (Asked) lost = peer_poll (&before, "p1");
  asked_expect (lost, 2000, "first");
  g_autoptr (Asked) next = peer_poll (&now, "p2");
  g_assert_true (asked_is_open (next));
  asked_report (lost, arrival);
  asked_expect (next, 2000, "first");
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-taken-back"), ==, 1);
  /* of the first time nobody hears any more */
  asked_report (lost, arrival);
  asked_report (next, GH_ARRIVED);
  peer_expect_answer (&now, "n1", 2000, NULL);
  polling_expect_sent (fixture, place, 2000);
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-taken-back"), ==, 1);
}

static void
test_what_did_not_arrive_is_handed_out_again (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  expect_again (fixture, GH_NOT_ARRIVED);
}

static void
test_what_may_have_arrived_is_notified_again (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  expect_again (fixture, GH_ARRIVAL_UNKNOWN);
}

static void
test_what_is_answered_has_arrived (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  const guint place = polling_notify (fixture, "n1", "first");
  polling_wait (fixture, "polling-requests", 1);
  g_autoptr (Asked) poll = peer_poll (&device, "p1");
  asked_expect (poll, 2000, "first");
  asked_report (poll, GH_ARRIVAL_UNKNOWN);
  polling_wait (fixture, "polling-taken-back", 1);
  peer_expect_answer (&device, "n1", 2000, NULL);
  polling_expect_sent (fixture, place, 2000);
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-requests"), ==, 0);
}

static void
test_what_arrived_is_not_handed_out_again (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  const guint place = polling_notify (fixture, "n1", "first");
  polling_wait (fixture, "polling-requests", 1);
  g_autoptr (Asked) poll = peer_poll (&device, "p1");
  asked_expect (poll, 2000, "first");
  asked_report (poll, GH_ARRIVED);
  g_autoptr (Asked) next = peer_poll (&device, "p2");
  polling_move_on (fixture, 31);
  asked_expect (next, 4008, NULL);
  polling_expect_sent (fixture, place, 4008);
}

/* Who changes something may not do so twice. */
static void
test_what_may_have_changed_something_is_not_repeated (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) before = peer_new (fixture, "/mn1"), now = peer_new (fixture, "/mn1");
  (void) data;
  polling_add_cse (fixture, &before);
  const guint place = cse_send (&fixture->cse, CSE_CREATE, "CDevice", "/mn1/base",
                                "\"ty\":3,\"rqet\":\"20000\",\"pc\":{\"m2m:cnt\":{}}");
  polling_wait (fixture, "polling-requests", 1);
  g_autoptr (Asked) poll = peer_ask (&before, CSE_RETRIEVE, CSE_PCU, "p1", NULL);
  asked_expect (poll, 2000, "m2m:cnt");
  asked_report (poll, GH_ARRIVAL_UNKNOWN);
  g_autoptr (Asked) next = peer_ask (&now, CSE_RETRIEVE, CSE_PCU, "p2", "\"rqet\":\"30000\"");
  polling_move_on (fixture, 31);
  asked_expect (next, 4008, NULL);
  polling_expect_sent (fixture, place, 4008);
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-taken-back"), ==, 0);
}

static void
test_newer_polls_take_the_place_of_older_ones (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autoptr (Asked) one = peer_poll (&device, "p1");
  g_autoptr (Asked) two = peer_poll (&device, "p2");
  g_autoptr (Asked) three = peer_poll (&device, "p3");
  asked_expect (one, 4008, "newer polls");
  const guint place = polling_notify (fixture, "n1", "first");
  /* the newest is likeliest to be heard */
  asked_expect (three, 2000, "first");
  g_assert_true (asked_is_open (two));
  peer_expect_answer (&device, "n1", 2000, NULL);
  polling_expect_sent (fixture, place, 2000);
}

static void
test_all_polls_are_bounded (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice"), mn1 = peer_new (fixture, "/mn1");
  (void) data;
  polling_add_channel (fixture);
  polling_add_cse (fixture, &mn1);
  g_autoptr (Asked) one = peer_poll (&device, "p1");
  g_autoptr (Asked) two = peer_poll (&device, "p2");
  g_autoptr (Asked) three = peer_ask (&mn1, CSE_RETRIEVE, CSE_PCU, "p1", NULL);
  g_autoptr (Asked) four = peer_ask (&mn1, CSE_RETRIEVE, CSE_PCU, "p2", NULL);
  asked_expect (four, 5000, "[polling] polls");
  g_assert_cmpuint (cse_counter (&fixture->cse, "polls-waiting"), ==, 3);
}

static void
test_a_repeated_poll (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) before = peer_new (fixture, "CDevice"), now = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autoptr (Asked) first = peer_poll (&before, "same");
  g_autoptr (Asked) refused = peer_poll (&before, "same");
  asked_expect (refused, 4105, "under way");
  g_autoptr (Asked) second = peer_poll (&now, "same");
  asked_expect (first, 4008, "repeated elsewhere");
  (void) polling_notify (fixture, "n1", "first");
  asked_expect (second, 2000, "first");
}

static const char *const many[] = { "polling.polls-each=1000", NULL };

static guint
n_threads (void)
{
  guint n = 0;
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/task", 0, NULL);
  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

static void
test_thousands_of_polls_cost_no_thread (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  g_autoptr (GPtrArray) polls = g_ptr_array_new_with_free_func ((GDestroyNotify) asked_unref);
  guint open = 0;
  (void) data;
  polling_add_channel (fixture);
  fixture->cse.quiet = TRUE;
  g_autoptr (Asked) first = peer_poll (&device, "first");
  const guint before = n_threads ();
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_ptr_array_add (polls, peer_poll (&device, name));
    }
  g_assert_cmpuint (n_threads (), <=, before);
  for (guint i = 0; i < polls->len; i++)
    open += asked_is_open (polls->pdata[i]);
  g_assert_cmpuint (open, ==, 1000);
  asked_expect (first, 4008, "newer polls");
  polling_move_on (fixture, 31);
  for (guint i = 0; i < polls->len; i++)
    asked_expect (polls->pdata[i], 4008, NULL);
}

/* Ends */

static void
expect_end (PollingFixture *fixture, const char *to)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  polling_add_channel (fixture);
  const guint polled = polling_notify (fixture, "n1", "first");
  g_autoptr (Asked) poll = peer_poll (&device, "p1");
  asked_expect (poll, 2000, "first");
  g_autoptr (Asked) parked = peer_poll (&device, "p2");
  if (to != NULL)
    cse_expect (&fixture->cse, 2002, CSE_DELETE, "CDevice", to, NULL);
  else
    polling_move_on (fixture, 15);
  asked_expect (parked, 4004, "has ended");
  polling_expect_sent (fixture, polled, 5103);
  g_autoptr (Asked) late = peer_poll (&device, "p3");
  asked_expect (late, 4004, NULL);
  g_assert_cmpuint (cse_counter (&fixture->cse, "polling-requests"), ==, 0);
}

static void
test_polls_end_with_their_channel (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  expect_end (fixture, "gatehouse/device/channel");
  /* a new one is a new one */
  expect_end (fixture, "gatehouse/device/channel");
}

static void
test_polls_end_with_their_ae (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  expect_end (fixture, "gatehouse/device");
}

static void
test_polls_end_when_the_channel_expires (PollingFixture *fixture, gconstpointer data)
{
  char expires[GH_TIMESTAMP_SIZE];
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  (void) data;
  gh_timestamp_format (POLLING_NOW_US + 10 * G_USEC_PER_SEC, expires);
  g_autofree char *content = g_strdup_printf ("{\"m2m:pch\":{\"rn\":\"channel\",\"et\":\"%s\"}}",
                                              expires);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 15, content));
  g_autoptr (Asked) parked = peer_poll (&device, "p");
  gh_clock_advance (fixture->clock, 15 * G_USEC_PER_SEC);
  cse_settle (&fixture->cse);
  asked_expect (parked, 4004, "has ended");
  polling_expect_sent (fixture, polling_notify (fixture, "n1", "first"), 5103);
}

static void
test_polls_end_with_their_association (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) one = peer_new (fixture, "CDevice"), two = peer_new (fixture, "CDevice");
  (void) data;
  polling_add_channel (fixture);
  g_autoptr (Asked) first = peer_poll (&one, "p1");
  g_autoptr (Asked) second = peer_poll (&two, "p2");
  gh_channels_close_association (fixture->cse.cse->service,
                                 gh_principal_get_association (one.principal));
  asked_expect (first, 4107, "association");
  g_assert_true (asked_is_open (second));
}

static void
test_stopping_answers_all (PollingFixture *fixture, gconstpointer data)
{
  g_auto (Peer) device = peer_new (fixture, "CDevice");
  g_autoptr (Asked) polled = NULL, parked = NULL;
  (void) data;
  polling_add_channel (fixture);
  (void) polling_notify (fixture, "n1", "first");
  polled = peer_poll (&device, "p1");
  asked_expect (polled, 2000, "first");
  polling_subscribe (fixture);
  polling_add_value (fixture, "one");
  polling_wait (fixture, "polling-requests", 2);
  parked = peer_poll (&device, "p2");
  asked_expect (parked, 2000, "one");
  /* the rest is tear_down() */
  g_autoptr (Asked) last = peer_poll (&device, "p3");
}

#define ADD(name, options, func) \
  g_test_add ("/polling/" name, PollingFixture, options, polling_set_up, func, polling_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("bounds-of-requests", few, test_requests_are_bounded);
  ADD ("bounds-of-originators", shared, test_no_originator_fills_a_channel);
  ADD ("not-arrived", NULL, test_what_did_not_arrive_is_handed_out_again);
  ADD ("arrival-unknown", NULL, test_what_may_have_arrived_is_notified_again);
  ADD ("answered-after-all", NULL, test_what_is_answered_has_arrived);
  ADD ("arrived", NULL, test_what_arrived_is_not_handed_out_again);
  ADD ("not-repeated", NULL, test_what_may_have_changed_something_is_not_repeated);
  ADD ("bounds-of-polls", few, test_newer_polls_take_the_place_of_older_ones);
  ADD ("bounds-of-all-polls", few, test_all_polls_are_bounded);
  ADD ("repeated", NULL, test_a_repeated_poll);
  ADD ("thousands", many, test_thousands_of_polls_cost_no_thread);
  ADD ("end-of-channel", NULL, test_polls_end_with_their_channel);
  ADD ("end-of-ae", NULL, test_polls_end_with_their_ae);
  ADD ("end-by-expiry", NULL, test_polls_end_when_the_channel_expires);
  ADD ("end-of-association", NULL, test_polls_end_with_their_association);
  ADD ("stopping", NULL, test_stopping_answers_all);
  return g_test_run ();
}
