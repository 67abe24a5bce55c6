/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "told-fixture.h"

#include <string.h>

/* preSubscriptionNotify: what happened before a subscription was made. */

static void
test_the_newest_are_told_in_their_order (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_publish (cse, 1, 5);
  g_autofree char *id = told_subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":3");
  told_publish (cse, 6, 6);
  for (guint i = 3; i <= 6; i++)
    told_expect_number (i, id);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_what_there_is_is_told_when_more_is_wanted (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_publish (cse, 1, 2);
  g_free (told_subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":100000"));
  told_publish (cse, 3, 3);
  for (guint i = 1; i <= 3; i++)
    told_expect_number (i, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Updates and deletions, and only what the criteria hold for. */
static void
test_the_criteria_hold_for_the_past_too (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"one\"]}}");
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD, "\"pc\":{\"m2m:cnt\":{\"mni\":5}}");
  told_publish (cse, 1, 2);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TOLD_LOAD "/la", NULL);
  g_autofree char *updates = told_subscribe (
    cse, "\"enc\":{\"net\":[1],\"atr\":[\"mni\"]},\"nct\":2,\"psn\":9");
  told_expect ("\"mni\":5", updates);
  g_autofree char *deletions = told_subscribe (cse, "\"enc\":{\"net\":[4]},\"psn\":9");
  told_expect ("\"net\":4", deletions);
  g_autofree char *large = told_subscribe (cse, "\"enc\":{\"net\":[3],\"sza\":3},\"psn\":9");
  told_publish (cse, 100, 100);
  told_expect_number (100, large);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Nobody else hears of it, and the number is that of this subscription alone. */
static void
test_other_subscriptions_are_not_told_again (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_autofree char *first = told_subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]}");
  told_publish (cse, 1, 1);
  told_expect_number (1, first);
  g_autofree char *second = told_subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"psn\":1");
  told_expect_number (1, second);
  told_publish (cse, 2, 2);
  told_expect_number (2, first);
  told_expect_number (2, second);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_other_policies_apply (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_publish (cse, 1, 4);
  g_autofree char *batches = told_subscribe (cse,
                                             "\"enc\":{\"net\":[3]},\"bn\":{\"num\":4},\"psn\":4");
  g_autoptr (FakeDelivery) batch = fake_transport_take ();
  g_assert_nonnull (strstr (batch->body, "m2m:agn"));
  g_assert_nonnull (strstr (batch->body, "\"con\":\"n1\""));
  g_assert_nonnull (strstr (batch->body, "\"con\":\"n4\""));
  g_autofree char *counted = told_subscribe (
    cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"exc\":2,\"psn\":4");
  told_expect_number (1, counted);
  told_expect_number (2, counted);
  cse_settle (cse);
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", counted, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What was told of the past is as durable as anything that is told. */
static void
test_a_restart_loses_none_that_was_promised (CseFixture *cse, gconstpointer data)
{
  told_publish (cse, 1, 3);
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  g_autofree char *id = told_subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"psn\":3");
  fake_delivery_free (fake_transport_take ());
  cse_wait_notifications (cse, 3);
  told_restart (cse, data);
  for (guint i = 1; i <= 3; i++)
    told_expect_number (i, id);
  told_publish (cse, 4, 4);
  told_expect_number (4, id);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_restart_remembers_what_was (CseFixture *cse, gconstpointer data)
{
  told_publish (cse, 1, 2);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TOLD_LOAD "/la", NULL);
  told_restart (cse, data);
  told_restart (cse, data);
  told_publish (cse, 3, 3);
  told_restart (cse, data);
  g_free (told_subscribe (cse, "\"enc\":{\"net\":[3,4],\"chty\":[4]},\"psn\":9"));
  told_expect_number (1, NULL);
  told_expect_number (2, NULL);
  told_expect ("\"net\":4", NULL);
  told_expect_number (3, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* It also does not remember what was before an earlier restart: that would not be the newest. */
static void
test_a_crash_forgets_it (CseFixture *cse, gconstpointer data)
{
  told_publish (cse, 1, 1);
  told_restart (cse, data);
  told_publish (cse, 2, 2);
  faulty_store_arm (FAULT_COMMIT, 1, 0);
  told_restart (cse, data);
  g_assert_true (faulty_store_disarm ());
  g_free (told_subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"psn\":9"));
  told_publish (cse, 3, 3);
  told_expect_number (3, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_change_that_failed_is_no_event (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_publish (cse, 1, 1);
  faulty_store_arm (FAULT_COMMIT, 1, 0);
  cse_expect (cse, 5000, CSE_CREATE, "CDevice", TOLD_LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"n2\"}}");
  g_assert_true (faulty_store_disarm ());
  told_publish (cse, 3, 3);
  g_free (told_subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":2"));
  told_expect_number (1, NULL);
  told_expect_number (3, NULL);
}

static void
test_without_memory_it_is_refused (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_refuse (cse, 5001, "psn: ", CSE_CREATE, "CDevice", TOLD_LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"psn\":1}}");
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", TOLD_LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"]}}");
}

static void
test_it_is_for_creation_only (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_autofree char *id = told_subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":7");
  g_autofree char *kept = cse_attribute (cse, "CDevice", id, "psn");
  g_assert_cmpstr (kept, ==, "7");
  cse_expect (cse, 4000, CSE_UPDATE, "CDevice", id, "\"pc\":{\"m2m:sub\":{\"psn\":8}}");
}

#define ADD(name, options, test) \
  g_test_add ("/past-events/" name, CseFixture, options, told_set_up, test, told_tear_down)

int
main (int argc, char **argv)
{
  static const char *const nothing[] = { "notify.retained=0", NULL };
  g_test_init (&argc, &argv, NULL);
  ADD ("the-newest-are-told-in-their-order", NULL, test_the_newest_are_told_in_their_order);
  ADD ("what-there-is-is-told-when-more-is-wanted", NULL,
       test_what_there_is_is_told_when_more_is_wanted);
  ADD ("the-criteria-hold-for-the-past-too", NULL, test_the_criteria_hold_for_the_past_too);
  ADD ("other-subscriptions-are-not-told-again", NULL, test_other_subscriptions_are_not_told_again);
  ADD ("other-policies-apply", NULL, test_other_policies_apply);
  ADD ("a-restart-loses-none-that-was-promised", NULL, test_a_restart_loses_none_that_was_promised);
  ADD ("a-restart-remembers-what-was", NULL, test_a_restart_remembers_what_was);
  ADD ("a-crash-forgets-it", NULL, test_a_crash_forgets_it);
  ADD ("a-change-that-failed-is-no-event", NULL, test_a_change_that_failed_is_no_event);
  ADD ("without-memory-it-is-refused", nothing, test_without_memory_it_is_refused);
  ADD ("it-is-for-creation-only", NULL, test_it_is_for_creation_only);
  return g_test_run ();
}
