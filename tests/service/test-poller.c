/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "gh-cse-private.h"
#include "service/gh-registrar.h"

#include <string.h>

/* A CSE whose registrar cannot call it. */

#define IN      "fake://in/"
#define CHANNEL "/in/-/gatehouse/polling"

static const char *const polling[] = { "registrar.cse-id=/in", "registrar.urls=" IN,
                                       "registrar.polling=yes", NULL };
static const char *const declared[] = { "registrar.cse-id=/in", "registrar.urls=" IN, NULL };

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  const CseParts parts = { .transport = &fake_transport_ops };
  fake_transport_reset ();
  fake_transport_answer (IN, GH_DELIVERY_DONE, 2001);
  cse_fixture_set_up_with (fixture, data, &parts);
}

/* With two octets of a letter on both sides of each place where a text may be cut. */
static void
set_up_refused (CseFixture *fixture, gconstpointer data)
{
  static char body[600];
  const CseParts parts = { .transport = &fake_transport_ops };
  g_autoptr (GString) text = g_string_new ("{\"m2m:dbg\":\"");
  for (guint i = 0; i < 200; i++)
    g_string_append (text, i == 0 ? "x" : "\u00e4");
  g_string_append (text, "\"}");
  g_strlcpy (body, text->str, sizeof body);
  fake_transport_reset ();
  fake_transport_answer_with (IN, GH_DELIVERY_DONE, 4103, body);
  cse_fixture_set_up_with (fixture, data, &parts);
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
  fake_transport_reset ();
}

/* The next one of this operation to @to. (transfer full) */
static FakeDelivery *
take (GhOperation operation, const char *to)
{
  for (;;)
    {
      g_autoptr (FakeDelivery) sent = fake_transport_take ();
      if (sent->operation == operation && strcmp (sent->to, to) == 0)
        return g_steal_pointer (&sent);
    }
}

static void
answer_polls_with (const char *request)
{
  fake_transport_answer_with (IN, GH_DELIVERY_DONE, 2000, request);
}

/* What the CSE says of the request that each poll gets from now on. */
static void
expect_answer (const char *request, const char *text)
{
  g_autoptr (FakeDelivery) poll = take (GH_OPERATION_RETRIEVE, CHANNEL "/pcu");
  answer_polls_with (request);
  g_autoptr (FakeDelivery) told = take (GH_OPERATION_NOTIFY, CHANNEL "/pcu");
  g_assert_cmpstr (told->from, ==, "/gatehouse");
  /* for nobody else, whoever answers at the registrar's address */
  g_assert_cmpstr (poll->cse_id, ==, "/in");
  g_assert_cmpstr (told->cse_id, ==, "/in");
  g_assert_true (g_str_has_prefix (told->body, "{\"m2m:rsp\":{"));
  if (strstr (told->body, text) == NULL)
    g_error ("expected %s in %s", text, told->body);
}

static void
test_it_makes_a_channel_and_polls (CseFixture *fixture, gconstpointer data)
{
  (void) fixture;
  (void) data;
  g_autoptr (FakeDelivery) registration = take (GH_OPERATION_CREATE, "/in/-");
  g_assert_nonnull (strstr (registration->body, "\"rr\":false"));
  g_autoptr (FakeDelivery) channel = take (GH_OPERATION_CREATE, "/in/-/gatehouse");
  g_assert_cmpint (channel->type, ==, 15);
  g_assert_cmpstr (channel->cse_id, ==, "/in");
  g_assert_cmpstr (channel->from, ==, "/gatehouse");
  g_assert_cmpstr (channel->body, ==, "{\"m2m:pch\":{\"rn\":\"polling\"}}");
  expect_answer ("{\"m2m:rqp\":{\"op\":2,\"to\":\"/gatehouse/gatehouse\",\"fr\":\"/in/CAdmin\","
                 "\"rqi\":\"one\",\"rvi\":\"3\"}}",
                 "\"rqi\":\"one\"");
}

static void
test_a_refusal_is_told (CseFixture *fixture, gconstpointer data)
{
  (void) fixture;
  (void) data;
  expect_answer ("{\"m2m:rqp\":{\"op\":2,\"to\":\"/gatehouse/nothing\",\"fr\":\"/in/Cx\","
                 "\"rqi\":\"two\",\"rvi\":\"3\"}}",
                 "{\"rsc\":4004,\"rqi\":\"two\"");
}

static void
test_nonsense_is_dropped (CseFixture *fixture, gconstpointer data)
{
  static const char *const rows[] = {
    "[]",
    "{\"m2m:rqp\":{\"op\":9,\"to\":\"x\",\"rqi\":\"r\"}}",
    "{\"m2m:rqp\":{\"op\":2,\"to\":\"/gatehouse/gatehouse\",\"fr\":\"/in/Cx\",\"rvi\":\"3\"}}",
  };
  (void) fixture;
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (FakeDelivery) poll = take (GH_OPERATION_RETRIEVE, CHANNEL "/pcu");
      answer_polls_with (rows[i]);
    }
  expect_answer ("{\"m2m:rqp\":{\"op\":2,\"to\":\"/gatehouse/nothing\",\"fr\":\"/in/Cx\","
                 "\"rqi\":\"good\",\"rvi\":\"3\"}}",
                 "\"rqi\":\"good\"");
}

static void
test_a_channel_that_is_gone_is_made_again (CseFixture *fixture, gconstpointer data)
{
  (void) fixture;
  (void) data;
  g_autoptr (FakeDelivery) channel = take (GH_OPERATION_CREATE, "/in/-/gatehouse");
  g_autoptr (FakeDelivery) poll = take (GH_OPERATION_RETRIEVE, CHANNEL "/pcu");
  fake_transport_answer (IN, GH_DELIVERY_DONE, 4004);
  g_autoptr (FakeDelivery) again = take (GH_OPERATION_CREATE, "/in/-/gatehouse");
  g_assert_cmpint (again->type, ==, 15);
}

static void
test_an_earlier_channel_is_taken (CseFixture *fixture, gconstpointer data)
{
  (void) fixture;
  (void) data;
  g_autoptr (FakeDelivery) channel = take (GH_OPERATION_CREATE, "/in/-/gatehouse");
  g_autoptr (FakeDelivery) poll = take (GH_OPERATION_RETRIEVE, CHANNEL "/pcu");
  fake_transport_answer (IN, GH_DELIVERY_DONE, 4004);
  g_autoptr (FakeDelivery) again = take (GH_OPERATION_CREATE, "/in/-/gatehouse");
  fake_transport_answer (IN, GH_DELIVERY_DONE, 4105);
  g_autoptr (FakeDelivery) next = take (GH_OPERATION_RETRIEVE, CHANNEL "/pcu");
}

static void
test_without_points_of_access_it_polls (CseFixture *fixture, gconstpointer data)
{
  (void) fixture;
  (void) data;
  g_autoptr (FakeDelivery) channel = take (GH_OPERATION_CREATE, "/in/-/gatehouse");
  g_assert_cmpint (channel->type, ==, 15);
}

/* Why it is not registered is shown on the bus, which takes nothing but UTF-8. */
static void
test_a_long_refusal_is_shown_whole (CseFixture *fixture, gconstpointer data)
{
  GhRegistrar *registrar = fixture->cse->service->registrar;
  g_autofree char *status = NULL;
  (void) data;
  fake_delivery_free (fake_transport_take ());
  do
    {
      g_free (status);
      status = gh_registrar_dup_status (registrar);
      g_thread_yield ();
    }
  while (strstr (status, "not tried") != NULL);
  g_assert_nonnull (strstr (status, "not registered with /in: 4103, x\u00e4\u00e4"));
  g_assert_true (g_utf8_validate (status, -1, NULL));
}

#define ADD(name, options, func) \
  g_test_add ("/poller/" name, CseFixture, options, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("polls", polling, test_it_makes_a_channel_and_polls);
  ADD ("refusals", polling, test_a_refusal_is_told);
  ADD ("nonsense", polling, test_nonsense_is_dropped);
  ADD ("made-again", polling, test_a_channel_that_is_gone_is_made_again);
  ADD ("taken-over", polling, test_an_earlier_channel_is_taken);
  ADD ("auto", declared, test_without_points_of_access_it_polls);
  g_test_add ("/poller/a-long-refusal", CseFixture, declared, set_up_refused,
              test_a_long_refusal_is_shown_whole, tear_down);
  return g_test_run ();
}
