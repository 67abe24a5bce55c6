/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "gh-cse-private.h"
#include "service/gh-exchange.h"

#include <string.h>

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC);
  const CseParts parts = { .clock = fixture->clock, .transport = &fake_transport_ops };
  fake_transport_reset ();
  cse_fixture_set_up_with (&fixture->cse, NULL, &parts);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://device/\"]}}"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
}

/* An AE that does not answer in time: the result expires before the acknowledgement is due. There
 * is one answer, and what comes later has nobody to go to. */
static void
test_flexible_result_expires (Fixture *fixture, gconstpointer data)
{
  (void) data;
  GhExchanges *exchanges = fixture->cse.cse->service->exchanges;
  fake_transport_hold ("fake://device/");
  const guint place = cse_send (&fixture->cse, CSE_NOTIFY, "CDevice", "CDevice",
                                "\"rt\":{\"rtv\":4},\"rset\":\"1000\","
                                "\"pc\":{\"m2m:sgn\":{}}");
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  for (guint i = 0; i < 3; i++)
    {
      gh_clock_advance (fixture->clock, G_USEC_PER_SEC);
      cse_wake (&fixture->cse);
    }
  g_auto (CseAnswer) answer = cse_take (&fixture->cse, place);
  g_assert_cmpint (answer.rsc, ==, 1001);
  fake_transport_release ();
  while (gh_exchanges_count (exchanges) > 0)
    g_thread_yield ();
}

/* Whoever asks to register as somebody else takes none of his identifiers meanwhile. */
static void
test_asking_is_not_under_way (Fixture *fixture, gconstpointer data)
{
  (void) data;
  GhService *service = fixture->cse.cse->service;
  GhRequest *request = gh_request_new (256);
  request->request_identifier = "1";
  GhJob job = { .service = service,
                .request = request,
                .originator_text = "CDevice",
                .asked = TRUE };
  GhFault fault = { 0 };
  g_assert_true (gh_exchange_begin (&job, &fault));
  g_assert_false (job.begun);
  g_assert_cmpuint (gh_exchanges_count (service->exchanges), ==, 0);
  gh_request_free (request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/exchange/flexible-result-expires", Fixture, NULL, set_up,
              test_flexible_result_expires, tear_down);
  g_test_add ("/exchange/asking-is-not-under-way", Fixture, NULL, set_up,
              test_asking_is_not_under_way, tear_down);
  return g_test_run ();
}
