/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "plugin-fixture.h"
#include "plugin/gh-plugin-manager.h"

/* The plugins of this build, from its uninstalled folder or built in, pass the checks that all do.
 */

static void
assert_plugin_loads (const char *name, guint32 capability)
{
  const char *top = g_getenv ("GH_TOP_BUILDDIR");
  g_autofree char *path = g_build_filename (top != NULL ? top : ".", "plugins", "uninstalled",
                                            NULL);
  g_autoptr (GhConfig) config = fixture_config (name, path, NULL);
  g_autoptr (GhPluginManager) manager = gh_plugin_manager_new (config);
  GhPlugin *plugin = gh_plugin_manager_get_plugin (manager, name);
  g_autoptr (GError) error = NULL;
  gboolean ok = gh_plugin_manager_load_all (manager, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (gh_plugin_get_state (plugin), ==, GH_PLUGIN_LOADED);
  g_assert_cmpint (gh_plugin_get_transport_ops (plugin) != NULL, ==,
                   (capability & GH_CAPABILITY_TRANSPORT) != 0);
  g_assert_cmpint (gh_plugin_get_security_ops (plugin) != NULL, ==,
                   (capability & GH_CAPABILITY_SECURITY) != 0);
  g_assert_true (gh_plugin_manager_find_store (manager, name)
                 == ((capability & GH_CAPABILITY_STORE) ? plugin : NULL));
}

static void
test_http (void)
{
#ifdef GH_TEST_HTTP_PLUGIN
  assert_plugin_loads ("http", GH_CAPABILITY_TRANSPORT);
#else
  g_test_skip ("built without the HTTP plugin");
#endif
}

static void
test_sqlite (void)
{
#ifdef GH_TEST_SQLITE_PLUGIN
  assert_plugin_loads ("sqlite", GH_CAPABILITY_STORE);
#else
  g_test_skip ("built without the SQLite plugin");
#endif
}

static void
test_psk (void)
{
#ifdef GH_TEST_PSK_PLUGIN
  assert_plugin_loads ("psk", GH_CAPABILITY_SECURITY);
#else
  g_test_skip ("built without the PSK plugin");
#endif
}

static void
test_cert (void)
{
#ifdef GH_TEST_CERT_PLUGIN
  assert_plugin_loads ("cert", GH_CAPABILITY_SECURITY);
#else
  g_test_skip ("built without the certificate plugin");
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/plugin-shipped/http", test_http);
  g_test_add_func ("/plugin-shipped/sqlite", test_sqlite);
  g_test_add_func ("/plugin-shipped/psk", test_psk);
  g_test_add_func ("/plugin-shipped/cert", test_cert);
  return g_test_run ();
}
