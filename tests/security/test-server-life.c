/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "../service/cse-fixture.h"
#include "base/gh-config.h"
#include "base/gh-log.h"
#include "gh-cse-config.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"
#include "security/gh-local-ca.h"

/* The certificate of the servers of a CSE that runs, on a clock that only we move. */

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  const CseParts parts = { .clock = f->clock = gh_clock_new_fake (NOW_US) };

  cse_fixture_set_up_with (&f->cse, data, &parts);
  gh_log_set_level (GH_LOG_ERROR);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (&f->cse);
  gh_clock_unref (f->clock);
}

static GhSecurity *
security_of (Fixture *f)
{
  return gh_cse_get_security (f->cse.cse);
}

static gint64
shown_days (Fixture *f)
{
  GhServerStatus status;

  gh_server_keys_describe (gh_security_get_server_keys (security_of (f)), &status);
  g_assert_true (status.certificate);
  return (status.ends_us - gh_clock_wall_us (f->clock)) / DAY_US;
}

typedef struct {
  const char *text;
  guint n;
} Search;

static void
look (guint64 number, const char *record, gpointer user_data)
{
  Search *search = user_data;

  (void) number;
  search->n += strstr (record, search->text) != NULL;
}

static guint
recorded (Fixture *f, const char *text)
{
  Search search = { text, 0 };

  g_assert_true (
    gh_audit_read (gh_security_get_audit (security_of (f)), 0, 1000, look, &search, NULL));
  return search.n;
}

static void
it_is_renewed_in_time (Fixture *f, gconstpointer data)
{
  (void) data;
  g_assert_cmpint (shown_days (f), ==, 365);
  gh_clock_advance (f->clock, 330 * DAY_US);
  gh_cse_tend_server (f->cse.cse);
  g_assert_cmpint (shown_days (f), ==, 35);
  g_assert_cmpuint (recorded (f, "certificate of the server renewed"), ==, 0);
  gh_clock_advance (f->clock, 6 * DAY_US);
  gh_cse_tend_server (f->cse.cse);
  g_assert_cmpint (shown_days (f), ==, 365);
  g_assert_cmpuint (recorded (f, "certificate of the server renewed"), ==, 1);
  gh_cse_tend_server (f->cse.cse);
  g_assert_cmpuint (recorded (f, "certificate of the server renewed"), ==, 1);
}

/* What was made by a clock that was ahead is of no use when that has been set right. */
static void
a_clock_that_is_set_back_brings_another (Fixture *f, gconstpointer data)
{
  (void) data;
  gh_clock_jump (f->clock, 700 * DAY_US);
  gh_cse_tend_server (f->cse.cse);
  g_assert_cmpint (shown_days (f), ==, 365);
  g_assert_cmpuint (recorded (f, "certificate of the server renewed"), ==, 1);
  gh_clock_jump (f->clock, -700 * DAY_US);
  gh_cse_tend_server (f->cse.cse);
  g_assert_cmpint (shown_days (f), ==, 365);
  g_assert_cmpuint (recorded (f, "certificate of the server renewed"), ==, 2);
  /* it is made once */
  gh_cse_tend_server (f->cse.cse);
  g_assert_cmpuint (recorded (f, "certificate of the server renewed"), ==, 2);
}

static void
another_authority_signs_it_anew (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void) data;
  gh_clock_advance (f->clock, 100 * DAY_US);
  g_assert_false (gh_cse_make_authority (f->cse.cse, FALSE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
  g_assert_cmpint (shown_days (f), ==, 265);
  g_clear_error (&error);
  g_assert_true (gh_cse_make_authority (f->cse.cse, TRUE, &error));
  g_assert_cmpint (shown_days (f), ==, 365);
  g_assert_true (gh_local_ca_has_server (gh_security_get_vault (security_of (f))));
}

static void
a_reload_that_fails_changes_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (GhConfig) config = gh_config_new (gh_cse_config_keys);
  g_autoptr (GError) error = NULL;

  (void) data;
  g_assert_true (gh_cse_reload (f->cse.cse, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (gh_config_set (config, "tls", "certificate", "/does/not/exist", NULL));
  gh_clock_advance (f->clock, 100 * DAY_US);
  g_assert_false (gh_cse_reload (f->cse.cse, config, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "one of them without the other"));
  g_assert_cmpint (shown_days (f), ==, 265);
  g_assert_cmpuint (recorded (f, "\"event\":\"reloaded\""), ==, 2);
  /* What it was read from before still counts. */
  g_assert_true (gh_cse_renew_server (f->cse.cse, TRUE, NULL));
  g_assert_cmpint (shown_days (f), ==, 365);
}

static void
keys_that_count_at_once_are_few (void)
{
  g_autoptr (GhConfig) a = gh_config_new (gh_cse_config_keys);
  guint n = 0;

  for (const GhConfigKey *row = gh_cse_config_keys; row->group != NULL; row++)
    n += gh_cse_config_is_live (row->group, row->key);
  g_assert_cmpuint (n, ==, 12);
  g_assert_true (gh_cse_config_is_live ("log", "level"));
  g_assert_false (gh_cse_config_is_live ("http", "listen"));
}

static void
note (const char *group, const char *key, gpointer user_data)
{
  g_string_append_printf (user_data, "%s.%s ", group, key);
}

static void
what_has_changed_is_told (void)
{
  g_autoptr (GhConfig) a = gh_config_new (gh_cse_config_keys);
  g_autoptr (GhConfig) b = gh_config_new (gh_cse_config_keys);
  g_autoptr (GString) said = g_string_new (NULL);

  gh_config_compare (a, b, note, said);
  g_assert_cmpstr (said->str, ==, "");
  g_assert_true (gh_config_set (b, "log", "level", "debug", NULL));
  g_assert_true (gh_config_set (b, "cse", "id", "other", NULL));
  g_assert_true (gh_config_set (b, "cse", "name", "gatehouse", NULL)); /* its default */
  gh_config_compare (a, b, note, said);
  g_assert_cmpstr (said->str, ==, "cse.id log.level ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/server-life/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("it-is-renewed-in-time", it_is_renewed_in_time);
  ADD ("a-clock-that-is-set-back-brings-another", a_clock_that_is_set_back_brings_another);
  ADD ("another-authority-signs-it-anew", another_authority_signs_it_anew);
  ADD ("a-reload-that-fails-changes-nothing", a_reload_that_fails_changes_nothing);
  g_test_add_func ("/server-life/keys-that-count-at-once-are-few", keys_that_count_at_once_are_few);
  g_test_add_func ("/server-life/what-has-changed-is-told", what_has_changed_is_told);
  return g_test_run ();
}
