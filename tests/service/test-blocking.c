/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"

#include <string.h>

/* Updates that wait for the target of a blocking subscription (TS-0004 7.5.1.2.19). */

#define LOAD "gatehouse/device/load"
#define GUARD \
  "\"ty\":23,\"pc\":{\"m2m:sub\":{\"rn\":\"guard\",\"nu\":[\"CGuard\"],\"enc\":{\"net\":[7]}}}"

static void
set_up (CseFixture *cse, gconstpointer data)
{
  (void) data;
  const CseParts parts = { .transport = &fake_transport_ops };
  fake_transport_reset ();
  cse_fixture_set_up_with (cse, NULL, &parts);
  g_free (cse_create (cse, "CGuard", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"guard\",\"api\":\"Nguard\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://guard/\"]}}"));
  g_free (cse_create (cse, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"]}}"));
  g_free (cse_create (cse, "CAdmin", "gatehouse", 1,
                      "{\"m2m:acp\":{\"rn\":\"acp\",\"pv\":{\"acr\":[{\"acor\":[\"CDevice\","
                      "\"CGuard\"],\"acop\":63}]},\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],"
                      "\"acop\":63}]}}}"));
  g_free (cse_create (cse, "CDevice", "CDevice", 3,
                      "{\"m2m:cnt\":{\"rn\":\"load\",\"acpi\":[\"gatehouse/acp\"]}}"));
}

static void
tear_down (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (cse);
  fake_transport_reset ();
}

/* With its verification. */
static void
guard (CseFixture *cse, const char *members)
{
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", LOAD, members);
  fake_delivery_free (fake_transport_take ());
}

static void
label (CseFixture *cse, gint expected, const char *text)
{
  g_autofree char *members = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"lbl\":[\"%s\"]}}", text);
  cse_expect (cse, expected, CSE_UPDATE, "CDevice", LOAD, members);
}

static void
assert_label (CseFixture *cse, const char *text)
{
  g_autofree char *labels = cse_attribute (cse, "CDevice", LOAD, "lbl");
  if (text == NULL)
    g_assert_null (labels);
  else
    g_assert_nonnull (strstr (labels, text));
}

static void
expect_question (const char *text)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, "fake://guard/");
  g_assert_nonnull (strstr (delivery->body, "\"net\":7"));
  g_assert_nonnull (strstr (delivery->body, "\"rep\":{\"m2m:cnt\":{\"lbl\":["));
  g_assert_nonnull (strstr (delivery->body, text));
}

static void
test_an_update_waits_for_the_target (CseFixture *cse, gconstpointer data)
{
  (void) data;
  guard (cse, GUARD);
  label (cse, 2004, "yes");
  expect_question ("yes");
  assert_label (cse, "yes");
}

typedef struct {
  GhDeliveryStatus status;
  guint rsc;
  gint expected;
} Refusal;

static void
test_what_the_target_does_not_grant_is_not_done (CseFixture *cse, gconstpointer data)
{
  (void) data;
  static const Refusal refusals[] = {
    { GH_DELIVERY_DONE, 4005, 4127 }, { GH_DELIVERY_DONE, 4103, 4127 },
    { GH_DELIVERY_DONE, 0, 4127 },    { GH_DELIVERY_DONE, 1000, 4127 },
    { GH_DELIVERY_DONE, 5103, 5107 }, { GH_DELIVERY_UNREACHABLE, 0, 5107 },
    { GH_DELIVERY_REFUSED, 0, 5107 }
  };
  guard (cse, GUARD);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      fake_transport_answer ("fake://guard/", refusals[i].status, refusals[i].rsc);
      label (cse, refusals[i].expected, "no");
      expect_question ("no");
      assert_label (cse, NULL);
    }
}

static void
test_only_what_it_is_about_is_asked (CseFixture *cse, gconstpointer data)
{
  (void) data;
  guard (cse, "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CGuard\"],"
              "\"enc\":{\"net\":[7],\"atr\":[\"mni\"]}}}");
  fake_transport_answer ("fake://guard/", GH_DELIVERY_DONE, 4005);
  label (cse, 2004, "free");
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  cse_expect (cse, 4127, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"mni\":5}}");
  cse_expect (cse, 4127, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"b\"],\"mni\":null}}");
  assert_label (cse, "free");
}

static void
test_updates_wait_for_each_other (CseFixture *cse, gconstpointer data)
{
  (void) data;
  guard (cse, GUARD);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *members = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"lbl\":[\"l%u\"]}}", i);
      cse_send (cse, CSE_UPDATE, "CDevice", LOAD, members);
    }
  const guint last = cse_send (cse, CSE_DELETE, "CDevice", LOAD, NULL);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *text = g_strdup_printf ("\"l%u\"", i);
      g_auto (CseAnswer) answer = cse_take (cse, i);
      g_assert_cmpint (answer.rsc, ==, 2004);
      expect_question (text);
    }
  g_auto (CseAnswer) answer = cse_take (cse, last);
  g_assert_cmpint (answer.rsc, ==, 2002);
  cse_forget_sent (cse);
}

static void
test_a_dead_target_answers_all_that_waits (CseFixture *cse, gconstpointer data)
{
  (void) data;
  guint n[3] = { 0 };
  guard (cse, GUARD);
  fake_transport_answer ("fake://guard/", GH_DELIVERY_UNREACHABLE, 0);
  for (guint i = 0; i < 200; i++)
    cse_send (cse, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}");
  for (guint i = 0; i < 200; i++)
    {
      g_auto (CseAnswer) answer = cse_take (cse, i);
      n[answer.rsc == 5107 ? 0 : answer.rsc == 5000 ? 1 : 2]++;
    }
  cse_forget_sent (cse);
  g_assert_cmpuint (n[0], >, 0);
  g_assert_cmpuint (n[2], ==, 0);
  assert_label (cse, NULL);
}

static void
test_there_is_one_for_a_resource (CseFixture *cse, gconstpointer data)
{
  (void) data;
  guard (cse, GUARD);
  cse_expect (cse, 4124, CSE_CREATE, "CDevice", LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CGuard\"],\"enc\":{\"net\":[7]}}}");
  fake_delivery_free (fake_transport_take ());
  cse_expect (cse, 4000, CSE_UPDATE, "CDevice", LOAD "/guard",
              "\"pc\":{\"m2m:sub\":{\"enc\":{\"net\":[7],\"atr\":[\"mni\"]}}}");
  cse_expect (cse, 4000, CSE_UPDATE, "CDevice", LOAD "/guard", "\"pc\":{\"m2m:sub\":{\"exc\":3}}");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/guard", NULL);
  fake_transport_answer ("fake://guard/", GH_DELIVERY_DONE, 4005);
  label (cse, 2004, "free");
}

static void
test_a_target_without_the_right_is_not_asked (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_free (cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"mine\"}}"));
  cse_expect (cse, 4103, CSE_CREATE, "CDevice", "gatehouse/device/mine", GUARD);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  /* oneself */
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device/mine",
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CDevice\"],\"enc\":{\"net\":[7]}}}");
  cse_expect (cse, 5107, CSE_UPDATE, "CDevice", "gatehouse/device/mine",
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"x\"]}}");
}

#define ADD(name, test) g_test_add ("/blocking/" name, CseFixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("an-update-waits-for-the-target", test_an_update_waits_for_the_target);
  ADD ("what-the-target-does-not-grant-is-not-done",
       test_what_the_target_does_not_grant_is_not_done);
  ADD ("only-what-it-is-about-is-asked", test_only_what_it_is_about_is_asked);
  ADD ("updates-wait-for-each-other", test_updates_wait_for_each_other);
  ADD ("a-dead-target-answers-all-that-waits", test_a_dead_target_answers_all_that_waits);
  ADD ("there-is-one-for-a-resource", test_there_is_one_for_a_resource);
  ADD ("a-target-without-the-right-is-not-asked", test_a_target_without_the_right_is_not_asked);
  return g_test_run ();
}
