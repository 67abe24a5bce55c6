/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"

#include <string.h>

/* Events of type 5: a retrieve of an empty container waits until who is told has filled it. */

#define LOAD "gatehouse/device/load"

static void
make_device (CseFixture *cse)
{
  g_free (cse_create (
    cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_free (cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
}

static void
set_up (CseFixture *cse, gconstpointer data)
{
  const CseParts parts = { .transport = &fake_transport_ops };
  fake_transport_reset ();
  cse_fixture_set_up_with (cse, data, &parts);
  make_device (cse);
}

static void
tear_down (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (cse);
  fake_transport_reset ();
}

static void
subscribe (CseFixture *cse, const char *members)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[5]}%s}}", members);
  g_free (cse_create (cse, "CDevice", LOAD, 23, content));
}

static void
expect_told (const char *part)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://a/");
  g_assert_nonnull (strstr (delivery->body, "\"net\":5"));
  g_assert_nonnull (strstr (delivery->body, part));
}

static void
test_who_is_told_fills_it (CseFixture *cse, gconstpointer data)
{
  static const char *const contents[] = { "\"rcn\":4", "\"rcn\":8" };
  (void) data;
  subscribe (cse, "");
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      const guint place = cse_send (cse, CSE_RETRIEVE, "CDevice", LOAD, contents[i]);
      expect_told ("\"m2m:cnt\"");
      g_free (cse_create (cse, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"con\":\"new\"}}"));
      g_auto (CseAnswer) answer = cse_take (cse, place);
      g_assert_cmpint (answer.rsc, ==, 2000);
      g_autofree char *text = json_to_string (answer.root, FALSE);
      g_assert_nonnull (strstr (text, "\"con\":\"new\""));
      cse_forget_sent (cse);
      cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/la", NULL);
    }
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The clock stands still: nobody looks but who is woken. */
static void
test_all_that_wait_are_woken (CseFixture *cse, gconstpointer data)
{
  enum { ALL = 5 };
  g_autoptr (GhClock) clock = gh_clock_new_fake (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC);
  const CseParts parts = { .transport = &fake_transport_ops, .clock = clock };
  guint places[ALL];
  tear_down (cse, data);
  cse_fixture_set_up_with (cse, data, &parts);
  make_device (cse);
  subscribe (cse, "");
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < ALL; i++)
        {
          places[i] = cse_send (cse, CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":4");
          expect_told ("\"m2m:cnt\"");
        }
      g_free (cse_create (cse, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"con\":\"new\"}}"));
      for (guint i = 0; i < ALL; i++)
        {
          g_auto (CseAnswer) answer = cse_take (cse, places[i]);
          g_assert_cmpint (answer.rsc, ==, 2000);
        }
      cse_forget_sent (cse);
      cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/la", NULL);
    }
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_when_nobody_fills_it_there_is_nothing (CseFixture *cse, gconstpointer data)
{
  (void) data;
  subscribe (cse, ",\"nct\":3");
  cse_refuse (cse, 4004, "none came", CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":4");
  expect_told ("\"m2m:uri\"");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The container itself, references, discovery, one with instances, and one that nobody asked to be
 * told of. */
static void
test_other_retrieves_do_not_wait (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":4");
  subscribe (cse, "");
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, NULL);
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":6");
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"fc\":{\"fu\":1},\"rcn\":6");
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", "CDevice", "\"rcn\":4");
  g_free (cse_create (cse, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"con\":\"old\"}}"));
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":4");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_only_containers_can_be_empty (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_refuse (cse, 4000, "5 is for containers", CSE_CREATE, "CDevice", "CDevice",
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[1,5]}}}");
}

/* One that waits when the CSE stops is answered. */
static void
test_a_stop_does_not_wait (CseFixture *cse, gconstpointer data)
{
  (void) data;
  subscribe (cse, "");
  (void) cse_send (cse, CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":4");
  expect_told ("\"m2m:cnt\"");
}

#define ADD(name, options, test) \
  g_test_add ("/refill/" name, CseFixture, options, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  static const char *const second[] = { "notify.refill-timeout=1", NULL };
  static const char *const minute[] = { "notify.refill-timeout=60", NULL };
  g_test_init (&argc, &argv, NULL);
  ADD ("who-is-told-fills-it", minute, test_who_is_told_fills_it);
  ADD ("all-that-wait-are-woken", minute, test_all_that_wait_are_woken);
  ADD ("when-nobody-fills-it-there-is-nothing", second, test_when_nobody_fills_it_there_is_nothing);
  ADD ("other-retrieves-do-not-wait", second, test_other_retrieves_do_not_wait);
  ADD ("only-containers-can-be-empty", second, test_only_containers_can_be_empty);
  ADD ("a-stop-does-not-wait", minute, test_a_stop_does_not_wait);
  return g_test_run ();
}
