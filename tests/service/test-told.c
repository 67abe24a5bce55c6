/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "told-fixture.h"
#include "gh-cse-private.h"

#include <string.h>

/* Rights: a subscriber is told what it can retrieve, and of what was before what it could then and
 * still can. */

/* The first that it is told is what was published after it had subscribed. */
static void
expect_nothing_of_before (CseFixture *cse)
{
  g_free (told_other_subscribes (cse, "\"net\":[3],\"chty\":[4]"));
  told_publish (cse, 2, 2);
  told_expect_number (2, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_what_was_before_the_policy_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_make_policy (cse, "open", TOLD_READS ("COther"));
  told_publish (cse, 1, 1);
  told_set_policy (cse, "gatehouse/device/open");
  expect_nothing_of_before (cse);
}

static void
test_what_was_before_the_rule_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_make_policy (cse, "open", NULL);
  told_set_policy (cse, "gatehouse/device/open");
  told_publish (cse, 1, 1);
  told_let_other_read (cse, "open");
  expect_nothing_of_before (cse);
}

static void
test_what_was_before_the_policy_was_replaced_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_make_policy (cse, "open", NULL);
  told_set_policy (cse, "gatehouse/device/open");
  told_publish (cse, 1, 1);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", "gatehouse/device/open", NULL);
  told_make_policy (cse, "open", TOLD_READS ("COther"));
  expect_nothing_of_before (cse);
}

static void
make_group (CseFixture *cse, const char *member)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:grp\":{\"rn\":\"people\",\"mt\":0,\"mnm\":9,\"mid\":[\"%s\"]}}", member);
  g_free (cse_create (cse, "CDevice", "CDevice", 9, content));
  told_make_policy (cse, "open", TOLD_READS ("gatehouse/device/people"));
  told_set_policy (cse, "gatehouse/device/open");
}

static void
test_what_was_before_the_membership_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_group (cse, "CDevice");
  told_publish (cse, 1, 1);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/people",
              "\"pc\":{\"m2m:grp\":{\"mid\":[\"CDevice\",\"COther\"]}}");
  expect_nothing_of_before (cse);
}

static void
test_members_of_then_are_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_group (cse, "COther");
  told_publish (cse, 1, 2);
  g_free (told_other_subscribes (cse, "\"net\":[3],\"chty\":[4]"));
  told_expect_number (1, NULL);
  told_expect_number (2, NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_a_restart_forgets_no_policy (CseFixture *cse, gconstpointer data)
{
  make_group (cse, "COther");
  told_publish (cse, 1, 1);
  told_restart (cse, data);
  told_restart (cse, data);
  g_autofree char *id = told_other_subscribes (cse, "\"net\":[3],\"chty\":[4]");
  told_expect_number (1, id);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The policy of then does not count. */
static void
test_a_change_before_a_restart_hides (CseFixture *cse, gconstpointer data)
{
  told_make_policy (cse, "open", NULL);
  told_set_policy (cse, "gatehouse/device/open");
  told_publish (cse, 1, 1);
  told_let_other_read (cse, "open");
  told_restart (cse, data);
  told_restart (cse, data);
  expect_nothing_of_before (cse);
}

static void
test_a_change_after_a_restart_hides (CseFixture *cse, gconstpointer data)
{
  told_make_policy (cse, "open", NULL);
  told_set_policy (cse, "gatehouse/device/open");
  told_publish (cse, 1, 1);
  told_restart (cse, data);
  told_let_other_read (cse, "open");
  told_restart (cse, data);
  expect_nothing_of_before (cse);
}

/* A policy that has not changed since gives the right, whatever became of others. */
static void
test_who_could_read_then_is_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_make_policy (cse, "open", TOLD_READS ("COther"));
  told_make_policy (cse, "more", NULL);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD,
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/more\","
              "\"gatehouse/device/open\"]}}");
  told_publish (cse, 1, 1);
  told_let_other_read (cse, "more");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TOLD_LOAD "/la", NULL);
  g_free (told_other_subscribes (cse, "\"net\":[3,4],\"chty\":[4]"));
  told_expect ("\"net\":3", NULL);
  told_expect ("\"net\":4", NULL);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What a child was is decided by the child's own policies, also when it is gone. */
static void
test_children_are_private_if_they_were (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_make_policy (cse, "open", TOLD_READS ("COther"));
  told_make_policy (cse, "shut", NULL);
  told_set_policy (cse, "gatehouse/device/open");
  g_free (cse_create (cse, "CDevice", TOLD_LOAD, 3, "{\"m2m:cnt\":{\"rn\":\"owned\"}}"));
  g_free (cse_create (cse, "CDevice", TOLD_LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"shut\",\"acpi\":[\"gatehouse/device/shut\"]}}"));
  g_free (cse_create (cse, "CDevice", TOLD_LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"gone\",\"acpi\":[\"gatehouse/device/shut\"]}}"));
  g_free (cse_create (cse, "CDevice", TOLD_LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"open\",\"acpi\":[\"gatehouse/device/open\"]}}"));
  g_free (cse_create (cse, "CDevice", TOLD_LOAD, 3,
                      "{\"m2m:cnt\":{\"rn\":\"closed\",\"acpi\":[\"gatehouse/device/open\"]}}"));
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TOLD_LOAD "/gone", NULL);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TOLD_LOAD "/owned", NULL);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD "/closed",
              "\"pc\":{\"m2m:cnt\":{\"acpi\":[\"gatehouse/device/shut\"]}}");
  g_free (told_other_subscribes (cse, "\"net\":[3,4],\"chty\":[3]"));
  told_expect ("\"rn\":\"open\"", NULL);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
  g_autofree char *own = told_subscribe (cse, "\"enc\":{\"net\":[4],\"chty\":[3]},\"psn\":9");
  told_expect ("\"rn\":\"gone\"", own);
  told_expect ("\"rn\":\"owned\"", own);
}

/* A rule that holds for an hour of the day alone. */
static void
test_what_was_out_of_hours_is_not_told (CseFixture *cse, gconstpointer data)
{
  const gint64 half_past_nine_us = G_GINT64_CONSTANT (1767259800) * G_USEC_PER_SEC;
  g_autoptr (GhClock) clock = gh_clock_new_fake (half_past_nine_us);
  const CseParts parts = { .clock = clock, .transport = &fake_transport_ops };
  told_tear_down (cse, data);
  cse_fixture_set_up_with (cse, data, &parts);
  told_make_device (cse);
  told_make_policy (cse, "open",
                    "{\"acor\":[\"COther\"],\"acop\":3,\"acco\":[{\"actw\":"
                    "[\"* * 10 * * * *\"]}]}");
  told_set_policy (cse, "gatehouse/device/open");
  told_publish (cse, 1, 1);
  gh_clock_jump (clock, G_TIME_SPAN_HOUR);
  expect_nothing_of_before (cse);
}

/* As it was when only its owner could see it. */
static void
test_updates_of_before_the_policy_are_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  told_make_policy (cse, "open", TOLD_READS ("COther"));
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"one\"]}}");
  told_set_policy (cse, "gatehouse/device/open");
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD,
              "\"pc\":{\"m2m:cnt\":{\"lbl\":[\"two\"]}}");
  g_free (told_other_subscribes (cse, "\"net\":[1],\"atr\":[\"lbl\"]"));
  told_expect ("\"lbl\":[\"two\"]", NULL);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* What happens while somebody has subscribed. */

static void
make_child (CseFixture *cse, const char *name, const char *acpi)
{
  g_autofree char *content = acpi != NULL ? g_strdup_printf (
                               "{\"m2m:cnt\":{\"rn\":\"%s\",\"acpi\":[\"gatehouse/device/%s\"]}}",
                               name, acpi)
                                          : g_strdup_printf ("{\"m2m:cnt\":{\"rn\":\"%s\"}}", name);
  g_free (cse_create (cse, "CDevice", TOLD_LOAD, 3, content));
}

static void
delete_child (CseFixture *cse, const char *name)
{
  g_autofree char *to = g_strdup_printf (TOLD_LOAD "/%s", name);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", to, NULL);
}

static void
make_open_and_shut (CseFixture *cse)
{
  told_make_policy (cse, "open", TOLD_READS ("COther"));
  told_make_policy (cse, "shut", NULL);
  told_set_policy (cse, "gatehouse/device/open");
}

static void
test_private_children_are_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_open_and_shut (cse);
  g_free (told_other_subscribes (cse, "\"net\":[3,4],\"chty\":[3]"));
  make_child (cse, "shut", "shut");
  make_child (cse, "owned", NULL);
  make_child (cse, "open", "open");
  told_expect ("\"rn\":\"open\"", NULL);
  delete_child (cse, "shut");
  delete_child (cse, "owned");
  delete_child (cse, "open");
  told_expect ("\"net\":4", NULL);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* The same, of those that the store held. */
static void
test_private_children_are_not_told_after_a_restart (CseFixture *cse, gconstpointer data)
{
  make_open_and_shut (cse);
  fake_transport_answer ("fake://a/", GH_DELIVERY_UNREACHABLE, 0);
  g_autofree char *id = told_other_subscribes (cse, "\"net\":[3,4],\"chty\":[3]");
  make_child (cse, "open", "open");
  fake_delivery_free (fake_transport_take ());
  make_child (cse, "shut", "shut");
  delete_child (cse, "shut");
  delete_child (cse, "open");
  /* it ends before they are sent */
  cse_expect (cse, 2002, CSE_DELETE, "COther", id, NULL);
  cse_wait_notifications (cse, 2);
  told_restart (cse, data);
  told_expect ("\"net\":3", id);
  told_expect ("\"net\":4", id);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
test_who_may_no_longer_read_is_not_told (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_open_and_shut (cse);
  g_autofree char *other = told_other_subscribes (cse, "\"net\":[3],\"chty\":[4]");
  g_autofree char *own = told_subscribe (cse, "\"enc\":{\"net\":[3],\"chty\":[4]}");
  told_publish (cse, 1, 1);
  told_expect_number (1, other);
  told_expect_number (1, own);
  told_set_policy (cse, "gatehouse/device/shut");
  told_publish (cse, 2, 2);
  told_expect_number (2, own);
  told_set_policy (cse, "gatehouse/device/open");
  told_publish (cse, 3, 3);
  told_expect_number (3, other);
  told_expect_number (3, own);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

/* Whose policy stands below it: with it the right to have seen it would be gone. */
static void
test_an_end_is_told_although_its_policy_ends (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_open_and_shut (cse);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"acpi\":[\"gatehouse/device/open\"]}}");
  g_autofree char *id = cse_create (cse, "COther", "gatehouse/device", 23,
                                    "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{\"net\":[2]}}}");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", "gatehouse/device", NULL);
  told_expect ("\"net\":2", id);
}

static void
test_who_could_not_read_hears_of_no_end (CseFixture *cse, gconstpointer data)
{
  (void) data;
  make_open_and_shut (cse);
  g_autofree char *other = told_other_subscribes (cse, "\"net\":[2]");
  g_autofree char *own = told_subscribe (cse, "\"enc\":{\"net\":[2]}");
  told_set_policy (cse, "gatehouse/device/shut");
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", TOLD_LOAD, NULL);
  told_expect ("\"net\":2", own);
  cse_settle (cse);
  g_assert_cmpuint (fake_transport_count (), ==, 0);
}

static void
take_status (const GhResponse *response, gpointer user_data)
{
  g_async_queue_push (user_data, GUINT_TO_POINTER (response->status));
}

static void
subscribe_as (CseFixture *cse, const char *from, const char *body, GhPrincipal *principal)
{
  g_autoptr (GAsyncQueue) answers = g_async_queue_new ();
  GhRequest *request = gh_request_new (1 << 16);
  request->operation = GH_OPERATION_CREATE;
  request->to = TOLD_LOAD;
  request->from = gh_arena_strdup (request->arena, from);
  request->request_identifier = "r";
  request->release_version = "3";
  request->resource_type = 23;
  request->body = gh_arena_strdup (request->arena, body);
  request->body_length = strlen (body);
  gh_dispatch (cse->cse->service, request, principal, take_status, answers);
  const gpointer status = g_async_queue_timeout_pop (answers, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (GPOINTER_TO_UINT (status), ==, 2001);
}

#define FOR_AUTHENTICATED "{\"acor\":[\"COther\"],\"acop\":3,\"acaf\":true}"

/* How one has proven who one is counts for what one is told, also after a restart. */
static void
test_a_proof_is_remembered (CseFixture *cse, gconstpointer data)
{
  static const char *const identities[] = { "COther", NULL };
  g_autoptr (GhPrincipal) proven = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  g_autoptr (GhPrincipal) claimed = gh_principal_new_claimed (NULL);
  make_open_and_shut (cse);
  told_make_policy (cse, "strict", FOR_AUTHENTICATED);
  subscribe_as (cse, "COther",
                "{\"m2m:sub\":{\"rn\":\"claimed\",\"nu\":[\"fake://claimed/\"],"
                "\"enc\":{\"net\":[3],\"chty\":[3]}}}",
                claimed);
  subscribe_as (cse, "COther",
                "{\"m2m:sub\":{\"rn\":\"proven\",\"nu\":[\"fake://proven/\"],"
                "\"enc\":{\"net\":[3],\"chty\":[3]}}}",
                proven);
  for (guint i = 0; i < 2; i++)
    {
      make_child (cse, i == 0 ? "first" : "second", "strict");
      g_autoptr (FakeDelivery) delivery = fake_transport_take ();
      g_assert_cmpstr (delivery->url, ==, "fake://proven/");
      /* what was told is told again when the stop is faster than its answer */
      cse_wait_notifications (cse, 0);
      g_assert_cmpuint (fake_transport_count (), ==, 0);
      told_restart (cse, data);
    }
}

#define ADD(name, test) \
  g_test_add ("/told/" name, CseFixture, NULL, told_set_up, test, told_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a-restart-forgets-no-policy", test_a_restart_forgets_no_policy);
  ADD ("a-change-before-a-restart-hides", test_a_change_before_a_restart_hides);
  ADD ("a-change-after-a-restart-hides", test_a_change_after_a_restart_hides);
  ADD ("what-was-before-the-policy-is-not-told", test_what_was_before_the_policy_is_not_told);
  ADD ("what-was-before-the-rule-is-not-told", test_what_was_before_the_rule_is_not_told);
  ADD ("what-was-before-the-policy-was-replaced-is-not-told",
       test_what_was_before_the_policy_was_replaced_is_not_told);
  ADD ("what-was-before-the-membership-is-not-told",
       test_what_was_before_the_membership_is_not_told);
  ADD ("members-of-then-are-told", test_members_of_then_are_told);
  ADD ("who-could-read-then-is-told", test_who_could_read_then_is_told);
  ADD ("children-are-private-if-they-were", test_children_are_private_if_they_were);
  ADD ("what-was-out-of-hours-is-not-told", test_what_was_out_of_hours_is_not_told);
  ADD ("updates-of-before-the-policy-are-not-told", test_updates_of_before_the_policy_are_not_told);
  ADD ("private-children-are-not-told", test_private_children_are_not_told);
  ADD ("private-children-are-not-told-after-a-restart",
       test_private_children_are_not_told_after_a_restart);
  ADD ("who-may-no-longer-read-is-not-told", test_who_may_no_longer_read_is_not_told);
  ADD ("an-end-is-told-although-its-policy-ends", test_an_end_is_told_although_its_policy_ends);
  ADD ("who-could-not-read-hears-of-no-end", test_who_could_not_read_hears_of_no_end);
  ADD ("a-proof-is-remembered", test_a_proof_is_remembered);
  return g_test_run ();
}
