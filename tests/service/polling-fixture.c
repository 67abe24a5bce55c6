/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "polling-fixture.h"

#include "fake-transport.h"
#include "gh-cse-private.h"
#include "service/gh-channel.h"

#include <string.h>

void
polling_start (PollingFixture *fixture, gconstpointer data)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = fixture->store,
                           .transport = &fake_transport_ops };
  cse_fixture_set_up_with (&fixture->cse, data, &parts);
}

void
polling_set_up (PollingFixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (POLLING_NOW_US);
  fake_transport_reset ();
  polling_start (fixture, data);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":false,\"srv\":[\"3\"]}}"));
}

void
polling_tear_down (PollingFixture *fixture, gconstpointer data)
{
  (void) data;
  fake_transport_release ();
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
}

void
polling_move_on (PollingFixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->clock, seconds * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
  gh_channels_wake (fixture->cse.cse->service);
}

/* Peers */

Peer
peer_new (PollingFixture *fixture, const char *identity)
{
  const char *const identities[] = { identity, NULL }, *const none[] = { NULL };
  const GhPrincipalProof proof = { .proof = GH_PROOF_PSK,
                                   .identities = identities,
                                   .stems = none,
                                   .app_ids = none,
                                   .association = ++fixture->n_associations };
  return (Peer){ fixture->cse.cse->service, gh_principal_new_proven (&proof) };
}

void
peer_clear (Peer *peer)
{
  gh_principal_unref (peer->principal);
}

void
asked_unref (Asked *asked)
{
  if (!g_atomic_int_dec_and_test (&asked->ref_count))
    return;
  g_mutex_clear (&asked->lock);
  g_cond_clear (&asked->cond);
  g_free (asked->body);
  g_free (asked);
}

static void
take_reply (const GhResponse *response, gpointer user_data)
{
  Asked *asked = user_data;
  g_mutex_lock (&asked->lock);
  g_assert_cmpint (asked->rsc, ==, 0);
  asked->rsc = (gint) response->status;
  asked->report = response->report;
  asked->body = g_strndup (response->body != NULL ? response->body : "", response->body_length);
  g_cond_broadcast (&asked->cond);
  g_mutex_unlock (&asked->lock);
  asked_unref (asked);
}

Asked *
peer_send (const Peer *peer, GhRequest *request)
{
  Asked *asked = g_new0 (Asked, 1);
  asked->ref_count = 2;
  g_mutex_init (&asked->lock);
  g_cond_init (&asked->cond);
  gh_dispatch (peer->service, request, peer->principal, take_reply, asked);
  return asked;
}

Asked *
peer_ask (const Peer *peer, gint operation, const char *to, const char *identifier,
          const char *members)
{
  GhFault fault = { 0 };
  g_autofree char *json = g_strdup_printf (
    "{\"op\":%d,\"to\":\"%s\",\"fr\":\"%s\",\"rqi\":\"%s\",\"rvi\":\"3\"%s%s}", operation, to,
    gh_principal_get_identities (peer->principal)[0], identifier, members != NULL ? "," : "",
    members != NULL ? members : "");
  GhRequest *request = gh_request_from_json (json, strlen (json), &fault);
  g_assert_cmpstr (fault.text, ==, "");
  return peer_send (peer, request);
}

gint
asked_wait (Asked *asked)
{
  g_mutex_lock (&asked->lock);
  while (asked->rsc == 0)
    g_cond_wait (&asked->cond, &asked->lock);
  g_mutex_unlock (&asked->lock);
  return asked->rsc;
}

gboolean
asked_is_open (Asked *asked)
{
  g_mutex_lock (&asked->lock);
  const gboolean open = asked->rsc == 0;
  g_mutex_unlock (&asked->lock);
  return open;
}

void
asked_expect (Asked *asked, gint rsc, const char *text)
{
  if (asked_wait (asked) != rsc || (text != NULL && strstr (asked->body, text) == NULL))
    g_error ("expected %d with %s, not %d with %s", rsc, text, asked->rsc, asked->body);
}

void
asked_report (const Asked *asked, GhArrival arrival)
{
  GhReport report = asked->report;
  g_assert_nonnull (report.func);
  gh_report_tell (&report, arrival);
}

Asked *
peer_poll (const Peer *peer, const char *identifier)
{
  return peer_ask (peer, CSE_RETRIEVE, PCU, identifier, "\"rqet\":\"30000\"");
}

/* The identifier of the request that a poll got. */
char *
asked_identifier (Asked *asked)
{
  asked_expect (asked, 2000, "\"m2m:rqp\"");
  g_autoptr (JsonNode) root = json_from_string (asked->body, NULL);
  JsonObject *primitive = json_object_get_object_member (json_node_get_object (root), "m2m:rqp");
  return g_strdup (json_object_get_string_member (primitive, "rqi"));
}

Asked *
peer_answer_at (const Peer *peer, const char *to, const char *identifier, const char *more)
{
  static guint n;
  g_autofree char *own = g_strdup_printf ("answer-%u", ++n);
  g_autofree char *members = g_strdup_printf (
    "\"pc\":{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"%s\"%s%s}}", identifier, more != NULL ? "," : "",
    more != NULL ? more : "");
  return peer_ask (peer, CSE_NOTIFY, to, own, members);
}

void
peer_expect_answer (const Peer *peer, const char *identifier, gint rsc, const char *text)
{
  g_autoptr (Asked) answer = peer_answer_at (peer, PCU, identifier, NULL);
  asked_expect (answer, rsc, text);
}

/* The CSE */

void
polling_add_channel (PollingFixture *fixture)
{
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 15,
                      "{\"m2m:pch\":{\"rn\":\"channel\"}}"));
}

/* A NOTIFY for the device; the place of its answer. */
guint
polling_notify (PollingFixture *fixture, const char *identifier, const char *text)
{
  g_autofree char *members = g_strdup_printf (
    "\"rqi\":\"%s\",\"rqet\":\"20000\",\"pc\":{\"m2m:sgn\":{\"sur\":\"%s\"}}", identifier, text);
  return cse_send (&fixture->cse, CSE_NOTIFY, "CAdmin", "CDevice", members);
}

void
polling_wait (PollingFixture *fixture, const char *counter, guint64 n)
{
  while (cse_counter (&fixture->cse, counter) != n)
    g_thread_yield ();
}

void
polling_expect_sent (PollingFixture *fixture, guint place, gint rsc)
{
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
  g_assert_cmpint (answer.rsc, ==, rsc);
}

void
polling_add_cse (PollingFixture *fixture, const Peer *mn1)
{
  g_free (cse_create (&fixture->cse, "CAdmin", "gatehouse", 16,
                      "{\"m2m:csr\":{\"rn\":\"mn1\",\"csi\":\"/mn1\",\"cb\":\"/mn1/base\","
                      "\"rr\":false,\"srv\":[\"3\"],\"dcse\":[\"/mn2\"]}}"));
  g_autoptr (Asked) made = peer_ask (mn1, CSE_CREATE, "gatehouse/mn1", "make",
                                     "\"ty\":15,\"pc\":{\"m2m:pch\":{\"rn\":\"channel\"}}");
  asked_expect (made, 2001, "\"m2m:pch\"");
}

void
polling_subscribe (PollingFixture *fixture)
{
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device", 3,
                      "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/load", 23,
                      "{\"m2m:sub\":{\"nu\":[\"CDevice\"],\"enc\":{\"net\":[3]}}}"));
}

void
polling_add_value (PollingFixture *fixture, const char *value)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"%s\"}}", value);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/load", 4, content));
}
