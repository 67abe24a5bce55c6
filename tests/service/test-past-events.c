/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"
#include "faulty-store.h"

#include <string.h>

/* preSubscriptionNotify: what happened before a subscription was made. */

#define LOAD "gatehouse/device/load"

static void
start (CseFixture *cse, gconstpointer data)
{
  const CseParts parts = { .store = &faulty_store_ops, .transport = &fake_transport_ops };
  cse_fixture_set_up_with (cse, data, &parts);
}

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
  fake_transport_reset ();
  start (cse, data);
  make_device (cse);
}

static void
tear_down (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (cse);
  faulty_store_keep (FALSE);
  fake_transport_reset ();
}

static void
publish (CseFixture *cse, guint from, guint to)
{
  for (guint i = from; i <= to; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"n%u\"}}", i);
      g_free (cse_create (cse, "CDevice", LOAD, 4, body));
    }
}

static char *
subscribe (CseFixture *cse, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:sub\":{\"nu\":[\"fake://a/\"],%s}}", members);
  return cse_create (cse, "CDevice", LOAD, 23, content);
}

/* The next delivery holds @text, and with @id the reference of that subscription. */
static void
expect (const char *text, const char *id)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_nonnull (strstr (delivery->body, text));
  g_assert_true (id == NULL || strstr (delivery->body, id) != NULL);
}

static void
expect_number (guint i, const char *id)
{
  g_autofree char *text = g_strdup_printf ("\"con\":\"n%u\"", i);
  expect (text, id);
}

static void
test_the_newest_are_told_in_their_order (CseFixture *cse, gconstpointer data)
{
  (void) data;
  publish (cse, 1, 5);
  g_autofree char *id = subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":3");
  publish (cse, 6, 6);
  for (guint i = 3; i <= 6; i++)
    expect_number (i, id);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_what_there_is_is_told_when_more_is_wanted (CseFixture *cse, gconstpointer data)
{
  (void) data;
  publish (cse, 1, 2);
  g_free (subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":100000"));
  publish (cse, 3, 3);
  for (guint i = 1; i <= 3; i++)
    expect_number (i, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Updates and deletions, and only what the criteria hold for. */
static void
test_the_criteria_hold_for_the_past_too (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"one\"]}}");
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"mni\":5}}");
  publish (cse, 1, 2);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/la", NULL);
  g_autofree char *updates = subscribe (
    cse, "\"enc\":{\"net\":[1],\"atr\":[\"mni\"]},\"nct\":2,\"psn\":9");
  expect ("\"mni\":5", updates);
  g_autofree char *deletions = subscribe (cse, "\"enc\":{\"net\":[4]},\"psn\":9");
  expect ("\"net\":4", deletions);
  g_autofree char *large = subscribe (cse, "\"enc\":{\"net\":[3],\"sza\":3},\"psn\":9");
  publish (cse, 100, 100);
  expect_number (100, large);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Nobody else hears of it, and the number is that of this subscription alone. */
static void
test_other_subscriptions_are_not_told_again (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_autofree char *first = subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]}");
  publish (cse, 1, 1);
  expect_number (1, first);
  g_autofree char *second = subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"psn\":1");
  expect_number (1, second);
  publish (cse, 2, 2);
  expect_number (2, first);
  expect_number (2, second);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_other_policies_apply (CseFixture *cse, gconstpointer data)
{
  (void) data;
  publish (cse, 1, 4);
  g_autofree char *batches = subscribe (cse, "\"enc\":{\"net\":[3]},\"bn\":{\"num\":4},\"psn\":4");
  g_autoptr (FakeDelivery) batch = fake_transport_take ();
  g_assert_nonnull (strstr (batch->body, "m2m:agn"));
  g_assert_nonnull (strstr (batch->body, "\"con\":\"n1\""));
  g_assert_nonnull (strstr (batch->body, "\"con\":\"n4\""));
  g_autofree char *counted = subscribe (
    cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"exc\":2,\"psn\":4");
  expect_number (1, counted);
  expect_number (2, counted);
  cse_settle (cse);
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", counted, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What was told of the past is as durable as anything that is told. */
static void
test_a_restart_loses_none_that_was_promised (CseFixture *cse, gconstpointer data)
{
  publish (cse, 1, 3);
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  g_autofree char *id = subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"psn\":3");
  fake_delivery_free (fake_transport_take ());
  cse_wait_notifications (cse, 3);
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (cse);
  fake_transport_reset ();
  start (cse, data);
  for (guint i = 1; i <= 3; i++)
    expect_number (i, id);
  publish (cse, 4, 4);
  expect_number (4, id);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
restart (CseFixture *cse, gconstpointer data)
{
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (cse);
  fake_transport_reset ();
  start (cse, data);
}

static void
test_a_restart_remembers_what_was (CseFixture *cse, gconstpointer data)
{
  publish (cse, 1, 2);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/la", NULL);
  restart (cse, data);
  restart (cse, data);
  publish (cse, 3, 3);
  restart (cse, data);
  g_free (subscribe (cse, "\"enc\":{\"net\":[3,4],\"chty\":[4]},\"psn\":9"));
  expect_number (1, NULL);
  expect_number (2, NULL);
  expect ("\"net\":4", NULL);
  expect_number (3, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* It also does not remember what was before an earlier restart: that would not be the newest. */
static void
test_a_crash_forgets_it (CseFixture *cse, gconstpointer data)
{
  publish (cse, 1, 1);
  restart (cse, data);
  publish (cse, 2, 2);
  faulty_store_arm (FAULT_COMMIT, 1, 0);
  restart (cse, data);
  g_assert_true (faulty_store_disarm ());
  g_free (subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]},\"psn\":9"));
  publish (cse, 3, 3);
  expect_number (3, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_change_that_failed_is_no_event (CseFixture *cse, gconstpointer data)
{
  (void) data;
  publish (cse, 1, 1);
  faulty_store_arm (FAULT_COMMIT, 1, 0);
  cse_expect (cse, 5000, CSE_CREATE, "CDevice", LOAD,
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"n2\"}}");
  g_assert_true (faulty_store_disarm ());
  publish (cse, 3, 3);
  g_free (subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":2"));
  expect_number (1, NULL);
  expect_number (3, NULL);
}

static void
test_without_memory_it_is_refused (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_refuse (cse, 5001, "psn: ", CSE_CREATE, "CDevice", LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"psn\":1}}");
  cse_expect (cse, 2001, CSE_CREATE, "CDevice", LOAD,
              "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"fake://a/\"]}}");
}

static void
test_it_is_for_creation_only (CseFixture *cse, gconstpointer data)
{
  (void) data;
  g_autofree char *id = subscribe (cse, "\"enc\":{\"net\":[3]},\"psn\":7");
  g_autofree char *kept = cse_attribute (cse, "CDevice", id, "psn");
  g_assert_cmpstr (kept, ==, "7");
  cse_expect (cse, 4000, CSE_UPDATE, "CDevice", id, "\"pc\":{\"m2m:sub\":{\"psn\":8}}");
}

/* Rights: of what was before, a subscriber is told what it could have retrieved then and still
 * can. */

#define CAN_ALL "{\"acor\":[\"CDevice\"],\"acop\":63}"
#define SELF    "\"pvs\":{\"acr\":[" CAN_ALL "]}"
#define READS(who) "{\"acor\":[\"" who "\"],\"acop\":3}"

static void
make_policy (CseFixture *cse, const char *name, const char *rules)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:acp\":{\"rn\":\"%s\",\"pv\":{\"acr\":[" CAN_ALL "%s%s]}," SELF "}}", name,
    rules != NULL ? "," : "", rules != NULL ? rules : "");
  g_free (cse_create (cse, "CDevice", "CDevice", 1, content));
}

static void
set_policy (CseFixture *cse, const char *acpi)
{
  g_autofree char *content = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"acpi\":[\"%s\"]}}", acpi);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD, content);
}

static void
let_other_read (CseFixture *cse, const char *policy)
{
  g_autofree char *to = g_strdup_printf ("gatehouse/device/%s", policy);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", to,
              "\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[" CAN_ALL "," READS ("COther") "]}}}");
}

static char *
other_subscribes (CseFixture *cse, const char *criteria)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{%s},\"psn\":99}}", criteria);
  return cse_create (cse, "COther", LOAD, 23, content);
}

/* The first that it is told is what was published after it had subscribed. */
static void
expect_nothing_of_before (CseFixture *cse)
{
  g_free (other_subscribes (cse, "\"net\":[3],\"chty\":[4]"));
  publish (cse, 2, 2);
  expect_number (2, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_what_was_before_the_policy_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_policy (cse, "open", READS ("COther"));
  publish (cse, 1, 1);
  set_policy (cse, "gatehouse/device/open");
  expect_nothing_of_before (cse);
}

static void
test_what_was_before_the_rule_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_policy (cse, "open", NULL);
  set_policy (cse, "gatehouse/device/open");
  publish (cse, 1, 1);
  let_other_read (cse, "open");
  expect_nothing_of_before (cse);
}

static void
test_what_was_before_the_policy_was_replaced_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_policy (cse, "open", NULL);
  set_policy (cse, "gatehouse/device/open");
  publish (cse, 1, 1);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", "gatehouse/device/open", NULL);
  make_policy (cse, "open", READS ("COther"));
  expect_nothing_of_before (cse);
}

static void
make_group (CseFixture *cse, const char *member)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:grp\":{\"rn\":\"people\",\"mt\":0,\"mnm\":9,\"mid\":[\"%s\"]}}", member);
  g_free (cse_create (cse, "CDevice", "CDevice", 9, content));
  make_policy (cse, "open", READS ("gatehouse/device/people"));
  set_policy (cse, "gatehouse/device/open");
}

static void
test_what_was_before_the_membership_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_group (cse, "CDevice");
  publish (cse, 1, 1);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/people",
              "\"pc\":{\"m2m:grp\":{\"mid\":[\"CDevice\",\"COther\"]}}");
  expect_nothing_of_before (cse);
}

static void
test_members_of_then_are_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_group (cse, "COther");
  publish (cse, 1, 2);
  g_free (other_subscribes (cse, "\"net\":[3],\"chty\":[4]"));
  expect_number (1, NULL);
  expect_number (2, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_restart_forgets_no_policy (CseFixture *cse, gconstpointer data)
{
  make_group (cse, "COther");
  publish (cse, 1, 1);
  restart (cse, data);
  restart (cse, data);
  g_autofree char *id = other_subscribes (cse, "\"net\":[3],\"chty\":[4]");
  expect_number (1, id);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The policy of then does not count. */
static void
test_a_change_before_a_restart_hides (CseFixture *cse, gconstpointer data)
{
  make_policy (cse, "open", NULL);
  set_policy (cse, "gatehouse/device/open");
  publish (cse, 1, 1);
  let_other_read (cse, "open");
  restart (cse, data);
  restart (cse, data);
  expect_nothing_of_before (cse);
}

static void
test_a_change_after_a_restart_hides (CseFixture *cse, gconstpointer data)
{
  make_policy (cse, "open", NULL);
  set_policy (cse, "gatehouse/device/open");
  publish (cse, 1, 1);
  restart (cse, data);
  let_other_read (cse, "open");
  restart (cse, data);
  expect_nothing_of_before (cse);
}

/* A policy that has not changed since gives the right, whatever became of others. */
static void
test_who_could_read_then_is_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_policy (cse, "open", READS ("COther"));
  make_policy (cse, "more", NULL);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD,
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/more\","
              "\"gatehouse/device/open\"]}}");
  publish (cse, 1, 1);
  let_other_read (cse, "more");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/la", NULL);
  g_free (other_subscribes (cse, "\"net\":[3,4],\"chty\":[4]"));
  expect ("\"net\":3", NULL);
  expect ("\"net\":4", NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What a child was is decided by the child's own policies, also when it is gone. */
static void
test_children_are_private_if_they_were (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_policy (cse, "open", READS ("COther"));
  make_policy (cse, "shut", NULL);
  set_policy (cse, "gatehouse/device/open");
  g_free (cse_create (cse, "CDevice", LOAD, 3, "{\"m2m:cnt\":{\"rn\":\"owned\"}}"));
  g_free (cse_create (cse, "CDevice", LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"shut\",\"acpi\":[\"gatehouse/device/shut\"]}}"));
  g_free (cse_create (cse, "CDevice", LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"gone\",\"acpi\":[\"gatehouse/device/shut\"]}}"));
  g_free (cse_create (cse, "CDevice", LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"open\",\"acpi\":[\"gatehouse/device/open\"]}}"));
  g_free (cse_create (cse, "CDevice", LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"closed\",\"acpi\":[\"gatehouse/device/open\"]}}"));
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/gone", NULL);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", LOAD "/owned", NULL);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD "/closed",
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/shut\"]}}");
  g_free (other_subscribes (cse, "\"net\":[3,4],\"chty\":[3]"));
  expect ("\"rn\":\"open\"", NULL);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  g_autofree char *own = subscribe (cse, "\"enc\":{\"net\":[4],\"chty\":[3]},\"psn\":9");
  expect ("\"rn\":\"gone\"", own);
  expect ("\"rn\":\"owned\"", own);
}

/* A rule that holds for an hour of the day alone. */
static void
test_what_was_out_of_hours_is_not_told (CseFixture *cse, gconstpointer data)
{
  const gint64 half_past_nine_us = G_GINT64_CONSTANT (1767259800) * G_USEC_PER_SEC;
  g_autoptr (GhClock) clock = gh_clock_new_fake (half_past_nine_us);
  const CseParts parts = { .clock = clock, .transport = &fake_transport_ops };
  tear_down (cse, data);
  cse_fixture_set_up_with (cse, data, &parts);
  make_device (cse);
  make_policy (cse, "open", "{\"acor\":[\"COther\"],\"acop\":3,\"acco\":[{\"actw\":"
                            "[\"* * 10 * * * *\"]}]}");
  set_policy (cse, "gatehouse/device/open");
  publish (cse, 1, 1);
  gh_clock_jump (clock, G_TIME_SPAN_HOUR);
  expect_nothing_of_before (cse);
}

/* As it was when only its owner could see it. */
static void
test_updates_of_before_the_policy_are_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_policy (cse, "open", READS ("COther"));
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"one\"]}}");
  set_policy (cse, "gatehouse/device/open");
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", LOAD, "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"two\"]}}");
  g_free (other_subscribes (cse, "\"net\":[1],\"atr\":[\"lbl\"]"));
  expect ("\"lbl\":[\"two\"]", NULL);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

#define ADD(name, options, test) \
  g_test_add ("/past-events/" name, CseFixture, options, set_up, test, tear_down)

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
  ADD ("a-restart-forgets-no-policy", NULL, test_a_restart_forgets_no_policy);
  ADD ("a-change-before-a-restart-hides", NULL, test_a_change_before_a_restart_hides);
  ADD ("a-change-after-a-restart-hides", NULL, test_a_change_after_a_restart_hides);
  ADD ("a-change-that-failed-is-no-event", NULL, test_a_change_that_failed_is_no_event);
  ADD ("without-memory-it-is-refused", nothing, test_without_memory_it_is_refused);
  ADD ("it-is-for-creation-only", NULL, test_it_is_for_creation_only);
  ADD ("what-was-before-the-policy-is-not-told", NULL, test_what_was_before_the_policy_is_not_told);
  ADD ("what-was-before-the-rule-is-not-told", NULL, test_what_was_before_the_rule_is_not_told);
  ADD ("what-was-before-the-policy-was-replaced-is-not-told", NULL,
       test_what_was_before_the_policy_was_replaced_is_not_told);
  ADD ("what-was-before-the-membership-is-not-told", NULL,
       test_what_was_before_the_membership_is_not_told);
  ADD ("members-of-then-are-told", NULL, test_members_of_then_are_told);
  ADD ("who-could-read-then-is-told", NULL, test_who_could_read_then_is_told);
  ADD ("children-are-private-if-they-were", NULL, test_children_are_private_if_they_were);
  ADD ("what-was-out-of-hours-is-not-told", NULL, test_what_was_out_of_hours_is_not_told);
  ADD ("updates-of-before-the-policy-are-not-told", NULL,
       test_updates_of_before_the_policy_are_not_told);
  return g_test_run ();
}
