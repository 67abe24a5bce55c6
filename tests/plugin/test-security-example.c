/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "plugin-fixture.h"
#include "plugin/gh-plugin-manager.h"
#include "prover-fixture.h"

/* The security plugin of docs/writing-a-plugin.md, loaded as any other. */

#define HOUR_US (3600 * G_GINT64_CONSTANT (1000000))
#define DAY_US  (20000 * 24 * HOUR_US)

static const char *const modules[] = { "hours", NULL };
static char *manifest;
static gsize manifest_length;

typedef struct {
  ProverFixture fixture;
  GhConfig *config;
  GhPluginManager *manager;
  const GhSecurityOps *ops;
  GhSecurityPlugin *plugin;
} Example;

static void
add_key (Example *example, const char *subject, GhCredentialState state)
{
  g_autoptr (GhSecret) key = gh_secret_new ("0123456789abcdef", 16, NULL);
  const GhCredential credential = { .kind = GH_CREDENTIAL_PSK,
                                    .subject = subject,
                                    .owner = "owner",
                                    .state = state,
                                    .secret = key };

  prover_fixture_add (&example->fixture, &credential);
}

/* It is @hour o'clock. */
static void
set_up (Example *example, guint hour)
{
  g_autofree char *folder = fixture_make_folder ("example");
  g_autoptr (GError) error = NULL;

  fixture_install (folder, "hours", "hours", NULL);
  fixture_write (folder, "hours.plugin", manifest, manifest_length);
  example->config = fixture_config ("hours", folder, NULL);
  example->manager = gh_plugin_manager_new (example->config);
  if (!gh_plugin_manager_load_all (example->manager, &error)
      || !gh_plugin_manager_configure_all (example->manager, &error)
      || !gh_plugin_manager_start_all (example->manager, &error))
    g_error ("%s", error->message);
  example->ops = gh_plugin_get_security_ops (
    gh_plugin_manager_get_plugin (example->manager, "hours"));
  g_assert_nonnull (example->ops);
  prover_fixture_init (&example->fixture, "");
  gh_clock_unref (example->fixture.host.clock);
  example->fixture.host.clock = gh_clock_new_fake (DAY_US + hour * HOUR_US);
  add_key (example, "guest7@example.org", GH_CREDENTIAL_ACTIVE);
  add_key (example, "guest8@example.org", GH_CREDENTIAL_SUSPENDED);
  add_key (example, "pump7@example.org", GH_CREDENTIAL_ACTIVE);
  example->plugin = prover_fixture_create (&example->fixture, example->ops);
}

static void
tear_down (Example *example)
{
  example->ops->free (example->plugin);
  prover_fixture_clear (&example->fixture);
  gh_plugin_manager_stop_all (example->manager);
  g_object_unref (example->manager);
  gh_config_unref (example->config);
}

static GhKeyStatus
ask (Example *example, const char *identity, gsize length, gint64 *ends_us)
{
  const GhKeyQuery query = { .identity = identity, .length = length };
  g_autoptr (GhSecret) key = NULL;
  GhClaim claim = { 0 };
  const GhKeyStatus status = example->ops->psk_lookup (example->plugin, &query, &key, &claim);

  g_assert_true ((status == GH_KEY_FOUND) == (key != NULL));
  g_assert_true ((status == GH_KEY_FOUND) == (claim.credential != NULL));
  *ends_us = claim.not_after_us;
  gh_claim_clear (&claim);
  return status;
}

static void
test_guests_come_in_and_leave (void)
{
  Example example;
  gint64 ends_us;

  set_up (&example, 9);
  g_assert_cmpint (ask (&example, "guest7@example.org", 18, &ends_us), ==, GH_KEY_FOUND);
  g_assert_cmpint (ends_us, ==, DAY_US + 18 * HOUR_US);
  gh_clock_advance (example.fixture.host.clock, 9 * HOUR_US - 1);
  g_assert_cmpint (ask (&example, "guest7@example.org", 18, &ends_us), ==, GH_KEY_FOUND);
  gh_clock_advance (example.fixture.host.clock, 1);
  g_assert_cmpint (ask (&example, "guest7@example.org", 18, &ends_us), ==, GH_KEY_UNKNOWN);
  tear_down (&example);
}

static void
test_others_do_not (void)
{
  static const struct {
    const char *identity;
    gsize length;
  } rows[] = {
    { "guest8@example.org", 18 }, { "guest9@example.org", 18 }, { "pump7@example.org", 17 },
    { "guest7@example.org", 19 }, { "guest7", 6 },              { "", 0 },
  };
  Example example;
  gint64 ends_us;

  set_up (&example, 9);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (ask (&example, rows[i].identity, rows[i].length, &ends_us), ==,
                     GH_KEY_UNKNOWN);
  tear_down (&example);
  set_up (&example, 7);
  g_assert_cmpint (ask (&example, "guest7@example.org", 18, &ends_us), ==, GH_KEY_UNKNOWN);
  tear_down (&example);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  path = g_test_build_filename (G_TEST_BUILT, "plugin", "hours.plugin", NULL);
  if (!g_file_get_contents (path, &manifest, &manifest_length, &error))
    g_error ("%s", error->message);
  fixture_init (modules, NULL);
  g_test_add_func ("/security-example/guests-come-in-and-leave", test_guests_come_in_and_leave);
  g_test_add_func ("/security-example/others-do-not", test_others_do_not);
  status = g_test_run ();
  g_free (manifest);
  fixture_finish ();
  return status;
}
