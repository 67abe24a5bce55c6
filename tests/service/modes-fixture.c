/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "modes-fixture.h"

#include "fake-transport.h"
#include "faulty-store.h"
#include "service/gh-request-resource.h"

#include <string.h>

static void
modes_start (ModesFixture *fixture)
{
  const CseParts parts = { .clock = fixture->clock,
                           .store = &faulty_store_ops,
                           .transport = &fake_transport_ops };
  /* a server of nobody here, to whom results are told */
  g_autoptr (GStrvBuilder) options = g_strv_builder_new ();
  g_strv_builder_add (options, "request.result-urls=fake://listed;fake://one/");
  if (fixture->options != NULL)
    g_strv_builder_addv (options, (const char **) fixture->options);
  g_auto (GStrv) all = g_strv_builder_end (options);
  cse_fixture_set_up_with (&fixture->cse, (const char *const *) all, &parts);
}

void
modes_set_up (ModesFixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  fixture->options = data;
  fake_transport_reset ();
  modes_start (fixture);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://device/\"]}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
}

void
modes_tear_down (ModesFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  fake_transport_reset ();
  gh_clock_unref (fixture->clock);
}

void
modes_restart (ModesFixture *fixture)
{
  const guint n = fixture->cse.n;
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (&fixture->cse);
  modes_start (fixture);
  /* what was promised is under way again, and its identifier with it */
  fixture->cse.n = n;
  cse_settle (&fixture->cse);
}

void
modes_advance (ModesFixture *fixture, guint seconds)
{
  gh_clock_advance (fixture->clock, (gint64) seconds * G_USEC_PER_SEC);
  cse_wake (&fixture->cse);
}

/* The address of the <request> that @answer acknowledges. (transfer full) */
char *
modes_acknowledged (const CseAnswer *answer, gint rsc)
{
  g_assert_cmpint (answer->rsc, ==, rsc);
  g_assert_true (json_object_has_member (json_node_get_object (answer->root), "ot"));
  const char *uri = json_object_get_string_member (answer->content, "m2m:uri");
  g_assert_true (g_str_has_prefix (uri, "/gatehouse/req-"));
  return g_strdup (uri);
}

char *
modes_ask (ModesFixture *fixture, gint rsc, gint operation, const char *members)
{
  g_auto (CseAnswer) answer = cse_request (&fixture->cse, operation, "CDevice", LOAD, members);
  return modes_acknowledged (&answer, rsc);
}

CseAnswer
modes_look (ModesFixture *fixture, const char *uri)
{
  CseAnswer answer = cse_request (&fixture->cse, CSE_RETRIEVE, "CDevice", uri, NULL);
  g_assert_cmpint (answer.rsc, ==, 2000);
  return answer;
}

gint
modes_status_of (ModesFixture *fixture, const char *uri)
{
  g_auto (CseAnswer) answer = modes_look (fixture, uri);
  return (gint) json_node_get_int (cse_member (&answer, "rs"));
}

void
modes_wait_until_over (ModesFixture *fixture, const char *uri)
{
  while (modes_status_of (fixture, uri) == GH_REQUEST_PENDING)
    g_thread_yield ();
}

/* What became of @uri. (transfer full) */
JsonObject *
modes_result_of (ModesFixture *fixture, const char *uri, gint status, gint rsc)
{
  modes_wait_until_over (fixture, uri);
  g_auto (CseAnswer) answer = modes_look (fixture, uri);
  JsonObject *result = json_node_get_object (cse_member (&answer, "ors"));
  g_assert_cmpint (json_node_get_int (cse_member (&answer, "rs")), ==, status);
  g_assert_cmpint (json_object_get_int_member (result, "rsc"), ==, rsc);
  return json_object_ref (result);
}

void
modes_expect_result (ModesFixture *fixture, const char *uri, gint status, gint rsc)
{
  json_object_unref (modes_result_of (fixture, uri, status, rsc));
}

gboolean
modes_has_label (ModesFixture *fixture)
{
  g_autofree char *label = cse_attribute (&fixture->cse, "CDevice", LOAD, "lbl");
  return label != NULL;
}

void
modes_expect_told (const char *url, const char *part)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, url);
  g_assert_cmpstr (delivery->from, ==, "/gatehouse");
  g_assert_true (g_str_has_prefix (delivery->body, "{\"m2m:rsp\":{\"rsc\":"));
  if (strstr (delivery->body, part) == NULL)
    g_error ("expected \"%s\" in \"%s\"", part, delivery->body);
}
