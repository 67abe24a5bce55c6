/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-quota.h"

#include "base/gh-error.h"

#include <string.h>

#define START G_GINT64_CONSTANT (1700000000000000)

typedef struct {
  GhClock *clock;
  GhService service;
  GhPrincipal *claimed;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->clock = gh_clock_new_fake (START);
  fixture->claimed = gh_principal_new_claimed (NULL);
  fixture->service.options.administrator = (char *) "CAdmin";
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_clear_pointer (&fixture->service.quotas, gh_quotas_free);
  gh_principal_unref (fixture->claimed);
  gh_clock_unref (fixture->clock);
}

static void
limit (Fixture *fixture, const GhQuotaLimits *limits, const char *const *exceptions)
{
  g_autoptr (GError) error = NULL;
  fixture->service.quotas = gh_quotas_new (fixture->clock, limits, exceptions, &error);
  g_assert_no_error (error);
}

static gboolean
admit_as (Fixture *fixture, GhPrincipal *principal, const char *who)
{
  const GhJob job = { .service = &fixture->service,
                      .principal = principal,
                      .originator_text = who };
  GhFault fault = { 0 };
  const gboolean admitted = gh_quota_admit (&job, &fault);
  g_assert_cmpint (fault.set, ==, !admitted);
  if (!admitted)
    g_assert_cmpint (fault.code, ==, GH_ERROR_RATE);
  return admitted;
}

static guint
admitted_of (Fixture *fixture, const char *who, guint n)
{
  guint admitted = 0;
  for (guint i = 0; i < n; i++)
    admitted += admit_as (fixture, fixture->claimed, who);
  return admitted;
}

static void
test_burst_then_rate (Fixture *fixture, gconstpointer data)
{
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 10, .burst = 5 }, NULL);
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 100), ==, 5);
  gh_clock_advance (fixture->clock, G_USEC_PER_SEC / 10);
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 100), ==, 1);
  gh_clock_advance (fixture->clock, G_USEC_PER_SEC);
  /* a silence is worth no more than a burst */
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 100), ==, 5);
}

static void
test_the_wall_clock_does_not_count (Fixture *fixture, gconstpointer data)
{
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 1, .burst = 1 }, NULL);
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 5), ==, 1);
  gh_clock_jump (fixture->clock, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 5), ==, 0);
  gh_clock_jump (fixture->clock, -7200 * (gint64) G_USEC_PER_SEC);
  gh_clock_advance (fixture->clock, G_USEC_PER_SEC);
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 5), ==, 1);
}

static void
test_a_flood_slows_itself_alone (Fixture *fixture, gconstpointer data)
{
  GhQuotaStatistics statistics;
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 10, .burst = 10 }, NULL);
  g_assert_cmpuint (admitted_of (fixture, "Cnoisy", 1000), ==, 10);
  g_assert_cmpuint (admitted_of (fixture, "Cquiet", 10), ==, 10);
  g_assert_cmpuint (admitted_of (fixture, "CAdmin", 1000), ==, 1000);
  gh_quota_statistics (fixture->service.quotas, &statistics);
  g_assert_cmpuint (statistics.slowed, ==, 990);
  g_assert_cmpuint (statistics.known, ==, 2);
}

static void
test_the_program_itself_has_no_bound (Fixture *fixture, gconstpointer data)
{
  const char *const identities[] = { "Clocal", NULL };
  g_autoptr (GhPrincipal) local = gh_principal_new_local (GH_PROOF_LOCAL, identities);
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 1, .burst = 1 }, NULL);
  for (guint i = 0; i < 100; i++)
    g_assert_true (admit_as (fixture, local, "Clocal"));
}

/* Whatever it says of the AEs behind it, a CSE is one peer. */
static void
test_a_cse_is_one_for_all_behind_it (Fixture *fixture, gconstpointer data)
{
  const char *const identities[] = { "/mn", NULL };
  const GhPrincipalProof proof = { .proof = GH_PROOF_PSK,
                                   .identities = identities,
                                   .credential_id = "12-Kmn",
                                   .credential = 1,
                                   .association = 1 };
  g_autoptr (GhPrincipal) cse = gh_principal_new_proven (&proof);
  guint admitted = 0;
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 10, .burst = 10 }, NULL);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *ae = g_strdup_printf ("/mn/C%u", i);
      admitted += admit_as (fixture, cse, ae);
    }
  g_assert_cmpuint (admitted, ==, 10);
}

static void
test_exceptions (Fixture *fixture, gconstpointer data)
{
  const char *const exceptions[] = { "Ccam requests=100 burst=20", "Cfree requests=0", NULL };
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 1, .burst = 2 }, exceptions);
  g_assert_cmpuint (admitted_of (fixture, "Ccam", 100), ==, 20);
  g_assert_cmpuint (admitted_of (fixture, "Cfree", 100), ==, 100);
  g_assert_cmpuint (admitted_of (fixture, "Cother", 100), ==, 2);
}

static void
test_exceptions_that_are_none (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = { "",
                                       "nobody requests=1",
                                       "Ca requests",
                                       "Ca rate=1",
                                       "Ca requests=-1",
                                       "Ca requests=1000001",
                                       "Ca burst=x",
                                       "Ca =1" };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      const char *const exceptions[] = { wrong[i], NULL };
      g_autoptr (GError) error = NULL;
      g_assert_null (gh_quotas_new (fixture->clock, &(GhQuotaLimits){ 0 }, exceptions, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
    }
}

static GhIntent *
enter (Fixture *fixture, const char *who)
{
  GhIntent *intent = gh_intent_new (GH_INTENT_REQUEST);
  GhFault fault = { 0 };
  intent->principal = gh_principal_ref (fixture->claimed);
  intent->originator = who;
  if (gh_quota_enter (&fixture->service, intent, &fault))
    return intent;
  g_assert_cmpint (fault.code, ==, GH_ERROR_RATE);
  gh_intent_free (intent);
  return NULL;
}

static void
leave (GhIntent *intent)
{
  gh_quota_leave (intent);
  gh_quota_leave (intent);
  gh_intent_free (intent);
}

static void
test_what_waits_for_the_writer_is_bounded (Fixture *fixture, gconstpointer data)
{
  GhQuotaStatistics statistics;
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .waiting = 2 }, NULL);
  GhIntent *one = enter (fixture, "Cnoisy"), *two = enter (fixture, "Cnoisy");
  g_assert_nonnull (one);
  g_assert_nonnull (two);
  g_assert_null (enter (fixture, "Cnoisy"));
  GhIntent *other = enter (fixture, "Cquiet"), *mends = enter (fixture, "CAdmin");
  g_assert_nonnull (other);
  g_assert_nonnull (mends);
  leave (one);
  GhIntent *again = enter (fixture, "Cnoisy");
  g_assert_nonnull (again);
  gh_quota_statistics (fixture->service.quotas, &statistics);
  g_assert_cmpuint (statistics.held, ==, 1);
  leave (two);
  leave (other);
  leave (mends);
  /* whoever still waits when the CSE is freed */
  g_clear_pointer (&fixture->service.quotas, gh_quotas_free);
  leave (again);
}

/* Any number of names may be claimed on a listener of --dev. */
static void
test_those_at_rest_are_forgotten (Fixture *fixture, gconstpointer data)
{
  GhQuotaStatistics statistics;
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 1000, .burst = 1 }, NULL);
  for (guint i = 0; i < 200000; i++)
    {
      char who[16];
      g_snprintf (who, sizeof who, "C%u", i);
      g_assert_true (admit_as (fixture, fixture->claimed, who));
      gh_clock_advance (fixture->clock, 1000);
    }
  gh_quota_statistics (fixture->service.quotas, &statistics);
  g_assert_cmpuint (statistics.known, <=, 64 * 1024);
}

static void
test_other_bounds_count_at_once (Fixture *fixture, gconstpointer data)
{
  static const char *const exceptions[] = { "Cfree requests=0", NULL };
  const GhQuotaLimits less = { .rate = 1, .burst = 2, .stored.octets = 7 };
  g_autoptr (GError) error = NULL;
  GhHolding stored;
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 1, .burst = 5 }, NULL);
  g_assert_cmpuint (admitted_of (fixture, "Cone", 10), ==, 5);
  g_assert_true (gh_quotas_set (fixture->service.quotas, &less, exceptions, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (admitted_of (fixture, "Cone", 10), ==, 2);
  g_assert_cmpuint (admitted_of (fixture, "Ctwo", 10), ==, 2);
  g_assert_cmpuint (admitted_of (fixture, "Cfree", 10), ==, 10);
  g_assert_true (gh_quota_bounds (&fixture->service, "Cone", &stored));
  g_assert_cmpuint (stored.octets, ==, 7);
  /* the same again gives nobody a new burst */
  g_assert_true (gh_quotas_set (fixture->service.quotas, &less, exceptions, &error));
  g_assert_cmpuint (admitted_of (fixture, "Cone", 10), ==, 0);
}

static void
test_other_bounds_that_are_none_change_nothing (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = { "Cone requests=many", NULL };
  g_autoptr (GError) error = NULL;
  (void) data;
  limit (fixture, &(GhQuotaLimits){ .rate = 1, .burst = 5 }, NULL);
  g_assert_cmpuint (admitted_of (fixture, "Cone", 3), ==, 3);
  g_assert_false (
    gh_quotas_set (fixture->service.quotas, &(GhQuotaLimits){ .rate = 0 }, wrong, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_cmpuint (admitted_of (fixture, "Cone", 10), ==, 2);
}

#define ADD(name, func) g_test_add ("/quota/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("burst-then-rate", test_burst_then_rate);
  ADD ("the-wall-clock-does-not-count", test_the_wall_clock_does_not_count);
  ADD ("a-flood-slows-itself-alone", test_a_flood_slows_itself_alone);
  ADD ("the-program-itself-has-no-bound", test_the_program_itself_has_no_bound);
  ADD ("a-cse-is-one-for-all-behind-it", test_a_cse_is_one_for_all_behind_it);
  ADD ("exceptions", test_exceptions);
  ADD ("exceptions-that-are-none", test_exceptions_that_are_none);
  ADD ("what-waits-for-the-writer-is-bounded", test_what_waits_for_the_writer_is_bounded);
  ADD ("those-at-rest-are-forgotten", test_those_at_rest_are_forgotten);
  ADD ("other-bounds-count-at-once", test_other_bounds_count_at_once);
  ADD ("other-bounds-that-are-none-change-nothing", test_other_bounds_that_are_none_change_nothing);
  return g_test_run ();
}
