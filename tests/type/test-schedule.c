/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"

#include <string.h>

#include "fake-transport.h"
#include "gh-cse-private.h"

/* 14 November 2023, a Tuesday, 22:13:20 UTC */
#define START_US G_GINT64_CONSTANT (1700000000000000)
#define HOUR_US  (G_GINT64_CONSTANT (3600000000))

/* CDevice has a container, and targets that the transport reaches are told what happens in it. */
static void
set_up (CseFixture *fixture, gconstpointer data)
{
  const CseParts parts = { .clock = gh_clock_new_fake (START_US),
                           .transport = &fake_transport_ops };
  (void) data;
  fake_transport_reset ();
  cse_fixture_set_up_with (fixture, NULL, &parts);
  gh_clock_unref (parts.clock);
  g_free (cse_create (fixture, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"],\"poa\":[\"fake://device\"]}}"));
  g_free (cse_create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"c\"}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
}

static void
subscribe (CseFixture *fixture, const char *name, const char *target, const char *more)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sub\":{\"rn\":\"%s\",\"nu\":[\"%s\"],\"enc\":{\"net\":[3]}%s}}", name, target, more);
  g_free (cse_create (fixture, "CDevice", "gatehouse/device/c", 23, content));
}

static void
schedule (CseFixture *fixture, const char *parent, const char *entry)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sch\":{\"rn\":\"when\",\"se\":{\"sce\":[\"%s\"]}}}", entry);
  g_free (cse_create (fixture, "CAdmin", parent, 18, content));
}

static void
store (CseFixture *fixture, const char *content)
{
  g_autofree char *members = g_strdup_printf ("\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"%s\"}}",
                                              content);
  cse_expect (fixture, 2001, CSE_CREATE, "CDevice", "gatehouse/device/c", members);
}

/* The next delivery is about @content: those before it were not sent. */
static void
expect_delivery (const char *url, const char *content)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_cmpstr (delivery->url, ==, url);
  g_assert_nonnull (strstr (delivery->body, content));
}

static void
test_notifications_go_out_in_the_windows (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, "s", "fake://watcher", "");
  store (fixture, "before");
  expect_delivery ("fake://watcher", "before");
  schedule (fixture, "gatehouse/device/c/s", "* * 0-21 * * * *");
  store (fixture, "shut");
  store (fixture, "still");
  cse_settle (fixture);
  /* what the notifier saw while it was shut is gone; the mark shows that it has seen it */
  subscribe (fixture, "mark", "fake://mark", "");
  store (fixture, "marked");
  expect_delivery ("fake://mark", "marked");
  gh_clock_advance (fixture->cse->service->clock, 2 * HOUR_US);
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/c/mark", NULL);
  store (fixture, "open");
  expect_delivery ("fake://watcher", "open");
}

static void
test_a_changed_schedule_counts_at_once (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, "s", "fake://watcher", "");
  schedule (fixture, "gatehouse/device/c/s", "* * 3 * * * *");
  subscribe (fixture, "mark", "fake://mark", "");
  store (fixture, "shut");
  expect_delivery ("fake://mark", "shut");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/device/c/s/when",
              "\"pc\":{\"m2m:sch\":{\"se\":{\"sce\":[\"* * 3 * * * *\",\"* 10-20 22 * * 2 *\"]}}}");
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "gatehouse/device/c/mark", NULL);
  store (fixture, "open");
  expect_delivery ("fake://watcher", "open");
  cse_expect (fixture, 2004, CSE_UPDATE, "CAdmin", "gatehouse/device/c/s/when",
              "\"pc\":{\"m2m:sch\":{\"se\":{\"sce\":[\"* * 3 * * * *\"]}}}");
  cse_expect (fixture, 2002, CSE_DELETE, "CAdmin", "gatehouse/device/c/s/when", NULL);
  store (fixture, "free");
  expect_delivery ("fake://watcher", "free");
}

static void
test_immediate_notifications_pass_the_schedule (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  subscribe (fixture, "s", "fake://watcher", ",\"nec\":2");
  schedule (fixture, "gatehouse/device/c/s", "* * 3 * * * *");
  store (fixture, "urgent");
  expect_delivery ("fake://watcher", "urgent");
}

/* The AE is on a node that sleeps. */
static void
test_a_node_that_cannot_be_reached_is_not_asked (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 14,
                      "{\"m2m:nod\":{\"rn\":\"node\",\"ni\":\"urn:n\"}}"));
  cse_expect (fixture, 2004, CSE_UPDATE, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:ae\":{\"nl\":\"gatehouse/node\"}}");
  cse_expect (fixture, 2000, CSE_NOTIFY, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:sgn\":{\"vrq\":true}}");
  schedule (fixture, "gatehouse/node", "* * 3 * * * *");
  cse_refuse (fixture, 5103, "as the schedule of its node says", CSE_NOTIFY, "CDevice",
              "gatehouse/device", "\"pc\":{\"m2m:sgn\":{\"vrq\":true}}");
  gh_clock_advance (fixture->cse->service->clock, 5 * HOUR_US);
  cse_expect (fixture, 2000, CSE_NOTIFY, "CDevice", "gatehouse/device",
              "\"pc\":{\"m2m:sgn\":{\"vrq\":true}}");
}

static void
test_what_is_no_schedule_is_refused (CseFixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = { "* * 24 * * * *", "* * * * * *", "* * * * * * * *", "x",
                                       "* * * 0 * * *" };
  (void) data;
  subscribe (fixture, "s", "fake://watcher", "");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *members = g_strdup_printf (
        "\"ty\":18,\"pc\":{\"m2m:sch\":{\"se\":{\"sce\":[\"%s\"]}}}", wrong[i]);
      cse_refuse (fixture, 4000, "se", CSE_CREATE, "CAdmin", "gatehouse/device/c/s", members);
    }
  cse_refuse (fixture, 4102, "nco: only a schedule of a node", CSE_CREATE, "CAdmin",
              "gatehouse/device/c/s",
              "\"ty\":18,\"pc\":{\"m2m:sch\":{\"nco\":true,\"se\":{\"sce\":[\"* * * * * * *\"]}}}");
  schedule (fixture, "gatehouse/device/c/s", "* * * * * * *");
  cse_refuse (fixture, 4102, "not of a subscription", CSE_UPDATE, "CAdmin",
              "gatehouse/device/c/s/when", "\"pc\":{\"m2m:sch\":{\"nco\":false}}");
}

#define TEST(name)                                                                          \
  g_test_add ("/schedule/" #name, CseFixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST (notifications_go_out_in_the_windows);
  TEST (a_changed_schedule_counts_at_once);
  TEST (immediate_notifications_pass_the_schedule);
  TEST (a_node_that_cannot_be_reached_is_not_asked);
  TEST (what_is_no_schedule_is_refused);
  return g_test_run ();
}
