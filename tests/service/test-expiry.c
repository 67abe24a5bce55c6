/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "faulty-store.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define SECOND G_USEC_PER_SEC

typedef struct {
  CseFixture cse;
  GhClock *clock;
  guint base; /* rows of the CSE and its AE */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = gh_clock_new_fake (NOW_US);
  const CseParts parts = { .clock = fixture->clock, .store = &faulty_store_ops };
  cse_fixture_set_up_with (&fixture->cse, data, &parts);
  g_free (cse_create (
    &fixture->cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
  fixture->base = 2;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  gh_clock_unref (fixture->clock);
}

/* A timestamp so many seconds from the start. */
static char *
at (gint64 seconds)
{
  char text[GH_TIMESTAMP_SIZE];
  gh_timestamp_format (NOW_US + seconds * SECOND, text);
  return g_strdup (text);
}

static char *
with_expiry (const char *root, const char *name, gint64 seconds)
{
  g_autofree char *et = at (seconds);
  return g_strdup_printf ("{\"%s\":{\"rn\":\"%s\",\"et\":\"%s\"%s}}", root, name, et,
                          strcmp (root, "m2m:cin") == 0 ? ",\"con\":\"x\"" : "");
}

static void
create_until (Fixture *fixture, const char *to, gint type, const char *name, gint64 seconds)
{
  g_autofree char *content = with_expiry (type == 3 ? "m2m:cnt" : "m2m:cin", name, seconds);
  g_free (cse_create (&fixture->cse, "CDevice", to, type, content));
}

static void
advance (Fixture *fixture, gint64 seconds)
{
  gh_clock_advance (fixture->clock, seconds * SECOND);
  cse_settle (&fixture->cse);
}

static void
assert_attribute (Fixture *fixture, const char *to, const char *name, const char *expected)
{
  g_autofree char *found = cse_attribute (&fixture->cse, "CDevice", to, name);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_a_resource_ends_at_its_time (Fixture *fixture, gconstpointer data)
{
  (void) data;
  create_until (fixture, "CDevice", 3, "short", 10);
  create_until (fixture, "CDevice", 3, "long", 20);
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", "gatehouse/device/short",
              "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  advance (fixture, 9);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/short", NULL);
  advance (fixture, 1);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/short", NULL);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/short/la", NULL);
  cse_expect (&fixture->cse, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/long", NULL);
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base + 1);
  advance (fixture, 10);
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base);
  g_assert_cmpuint (cse_counter (&fixture->cse, "expired"), ==, 2);
  g_assert_cmpuint (cse_counter (&fixture->cse, "purged"), ==, 3);
  g_assert_cmpuint (cse_counter (&fixture->cse, "structural-resources"), ==, fixture->base);
}

/* Before the CSE has looked at the clock. */
static void
test_what_has_expired_is_gone_at_once (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  create_until (fixture, "CDevice", 3, "short", 10);
  g_autofree char *later = at (100);
  g_autofree char *update = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"et\":\"%s\"}}", later);
  cse_hold (cse);
  gh_clock_advance (fixture->clock, 10 * SECOND);
  cse_send (cse, CSE_UPDATE, "CDevice", "gatehouse/device/short", update);
  cse_send (cse, CSE_CREATE, "CDevice", "gatehouse/device/short",
            "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}");
  cse_send (cse, CSE_DELETE, "CDevice", "gatehouse/device/short", NULL);
  cse_expect (cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/short", NULL);
  cse_release (cse);
  for (guint i = 0; i < 3; i++)
    {
      g_auto (CseAnswer) answer = cse_take (cse, i);
      g_assert_cmpint (answer.rsc, ==, 4004);
    }
}

static void
test_instances_expire_one_by_one (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  static const gint64 ends[] = { 30, 10, 20, 40, 15 };
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *name = g_strdup_printf ("i%u", i);
      create_until (fixture, "gatehouse/device/load", 4, name, ends[i]);
    }
  assert_attribute (fixture, "gatehouse/device/load/la", "rn", "i4");
  advance (fixture, 10);
  assert_attribute (fixture, "gatehouse/device/load", "cni", "4");
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/i1", NULL);
  advance (fixture, 5);
  assert_attribute (fixture, "gatehouse/device/load/la", "rn", "i3");
  assert_attribute (fixture, "gatehouse/device/load/ol", "rn", "i0");
  advance (fixture, 15);
  assert_attribute (fixture, "gatehouse/device/load/ol", "rn", "i3");
  assert_attribute (fixture, "gatehouse/device/load", "cni", "1");
  assert_attribute (fixture, "gatehouse/device/load", "cbs", "1");
  advance (fixture, 10);
  assert_attribute (fixture, "gatehouse/device/load", "cni", "0");
  assert_attribute (fixture, "gatehouse/device/load", "cbs", "0");
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "gatehouse/device/load/la", NULL);
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base + 1);
  create_until (fixture, "gatehouse/device/load", 4, "again", 100);
  assert_attribute (fixture, "gatehouse/device/load/ol", "rn", "again");
}

static void
test_maximum_age_of_instances (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3,
                      "{\"m2m:cnt\":{\"rn\":\"load\",\"mia\":60}}"));
  for (guint i = 0; i < 150; i++)
    g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/load", 4,
                        "{\"m2m:cin\":{\"con\":\"x\"}}"));
  g_autofree char *end = at (60);
  assert_attribute (fixture, "gatehouse/device/load/la", "et", end);
  create_until (fixture, "gatehouse/device/load", 4, "longer", 600);
  assert_attribute (fixture, "gatehouse/device/load/longer", "et", end);
  create_until (fixture, "gatehouse/device/load", 4, "shorter", 6);
  advance (fixture, 59);
  assert_attribute (fixture, "gatehouse/device/load", "cni", "151");
  advance (fixture, 1);
  assert_attribute (fixture, "gatehouse/device/load", "cni", "0");
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base + 1);
}

static void
test_expiration_times_have_rules (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  create_until (fixture, "CDevice", 3, "top", 100);
  g_autofree char *bound = at (100);
  /* not longer than the parent */
  create_until (fixture, "gatehouse/device/top", 3, "inner", 1000);
  assert_attribute (fixture, "gatehouse/device/top/inner", "et", bound);
  create_until (fixture, "gatehouse/device/top", 4, "i", 1000);
  assert_attribute (fixture, "gatehouse/device/top/i", "et", bound);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "gatehouse/device/top/inner",
              "\"pc\":{\"m2m:cnt\":{\"et\":\"20990101T000000\"}}");
  assert_attribute (fixture, "gatehouse/device/top/inner", "et", bound);
  static const char *const wrong[] = { "\"20200101T000000\"", "\"tomorrow\"", "\"20271301T000000\"",
                                       "17", "\"\"" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *update = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"et\":%s}}", wrong[i]);
      g_autofree char *create = g_strdup_printf ("\"ty\":3,%s", update);
      g_autofree char *instance = g_strdup_printf (
        "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"x\",\"et\":%s}}", wrong[i]);
      cse_refuse (cse, 4000, "et", CSE_UPDATE, "CDevice", "gatehouse/device/top", update);
      cse_refuse (cse, 4000, "et", CSE_CREATE, "CDevice", "gatehouse/device/top", create);
      cse_refuse (cse, 4000, "et", CSE_CREATE, "CDevice", "gatehouse/device/top", instance);
    }
  cse_refuse (cse, 4000, "et", CSE_UPDATE, "CDevice", "gatehouse/device/top",
              "\"pc\":{\"m2m:cnt\":{\"et\":null}}");
  advance (fixture, 10);
  cse_expect (cse, 2000, CSE_RETRIEVE, "CDevice", "gatehouse/device/top/inner", NULL);
  advance (fixture, 90);
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base);
}

static void
test_a_life_is_given_to_what_asks_for_none (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *hour = at (3600);
  assert_attribute (fixture, "CDevice", "et", hour);
  g_free (cse_create (&fixture->cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse/device/load", 4,
                      "{\"m2m:cin\":{\"con\":\"x\"}}"));
  assert_attribute (fixture, "gatehouse/device/load", "et", hour);
  assert_attribute (fixture, "gatehouse/device/load/la", "et", hour);
  advance (fixture, 3600);
  cse_expect (&fixture->cse, 4004, CSE_RETRIEVE, "CDevice", "CDevice", NULL);
  g_assert_cmpuint (faulty_store_count (), ==, 1);
}

static void
test_an_expired_policy_permits_nothing (Fixture *fixture, gconstpointer data)
{
  (void) data;
  CseFixture *cse = &fixture->cse;
  g_autofree char *end = at (10);
  g_autofree char *policy = g_strdup_printf (
    "{\"m2m:acp\":{\"rn\":\"p\",\"et\":\"%s\",\"pv\":{\"acr\":[{\"acor\":[\"COther\"],"
    "\"acop\":63}]},\"pvs\":{\"acr\":[{\"acor\":[\"CDevice\"],\"acop\":63}]}}}",
    end);
  g_free (cse_create (cse, "CDevice", "CDevice", 1, policy));
  g_free (cse_create (cse, "CDevice", "CDevice", 3,
                      "{\"m2m:cnt\":{\"rn\":\"load\",\"acpi\":[\"gatehouse/device/p\"]}}"));
  cse_expect (cse, 2000, CSE_RETRIEVE, "COther", "gatehouse/device/load", NULL);
  cse_expect (cse, 4103, CSE_RETRIEVE, "CDevice", "gatehouse/device/load", NULL);
  /* even before it has been tidied away */
  cse_hold (cse);
  gh_clock_advance (fixture->clock, 10 * SECOND);
  cse_expect (cse, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/load", NULL);
  cse_expect (cse, 2000, CSE_RETRIEVE, "CAdmin", "gatehouse/device/load", NULL);
  cse_release (cse);
  cse_settle (cse);
  cse_expect (cse, 4103, CSE_RETRIEVE, "COther", "gatehouse/device/load", NULL);
}

static void
test_many_expire_together (Fixture *fixture, gconstpointer data)
{
  (void) data;
  create_until (fixture, "CDevice", 3, "top", 50);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("c%u", i);
      create_until (fixture, i % 2 == 0 ? "gatehouse/device/top" : "CDevice", 3, name, 10);
      create_until (fixture, "gatehouse/device/top", 4, name + 1, 10);
    }
  advance (fixture, 10);
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base + 1);
  g_assert_cmpuint (cse_counter (&fixture->cse, "expired"), ==, 200);
  /* a parent and its children at once */
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("c%u", i);
      create_until (fixture, "gatehouse/device/top", i % 2 == 0 ? 3 : 4, name, 50);
    }
  advance (fixture, 60);
  g_assert_cmpuint (faulty_store_count (), ==, fixture->base);
  g_assert_cmpuint (cse_counter (&fixture->cse, "structural-resources"), ==, fixture->base);
}

static void
add (const char *path, const char *const *options, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  static const char *const hour[] = { "cse.default-lifetime=1h", NULL };
  g_test_init (&argc, &argv, NULL);
  add ("/expiry/a-resource-ends-at-its-time", NULL, test_a_resource_ends_at_its_time);
  add ("/expiry/what-has-expired-is-gone-at-once", NULL, test_what_has_expired_is_gone_at_once);
  add ("/expiry/instances-expire-one-by-one", NULL, test_instances_expire_one_by_one);
  add ("/expiry/maximum-age-of-instances", NULL, test_maximum_age_of_instances);
  add ("/expiry/expiration-times-have-rules", NULL, test_expiration_times_have_rules);
  add ("/expiry/a-life-is-given-to-what-asks-for-none", hour,
       test_a_life_is_given_to_what_asks_for_none);
  add ("/expiry/an-expired-policy-permits-nothing", NULL, test_an_expired_policy_permits_nothing);
  add ("/expiry/many-expire-together", NULL, test_many_expire_together);
  return g_test_run ();
}
