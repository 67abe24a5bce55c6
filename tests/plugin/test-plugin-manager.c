/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin-manager.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/gh-log.h"
#include "plugin-fixture.h"

static const char *const modules[] = { "good",   "second", "third",   "fourth",      "fifth",
                                       "memory", "prover", "rebuilt", "wrong-magic", NULL };

/* A folder with the plugins good, second, third, fourth, memory and prover. */
static char *plugin_folder;

static void
install_all (void)
{
  plugin_folder = fixture_make_folder ("plugins");
  fixture_install (plugin_folder, "good", "good", NULL);
  fixture_install (plugin_folder, "second", "second", NULL);
  fixture_install (plugin_folder, "third", "third", NULL);
  fixture_install (plugin_folder, "fourth", "fourth", NULL);
  fixture_install (plugin_folder, "memory", "memory",
                   (const char *[]){ "Capabilities", "store", NULL });
  fixture_install (plugin_folder, "prover", "prover",
                   (const char *[]){ "Capabilities", "security", NULL });
}

/* @fault: what a plugin is to do wrong, or NULL. */
static GhPluginManager *
make_manager (const char *load, const char *path, const char *required, const char *fault)
{
  g_autoptr (GhConfig) config = fixture_config (load, path, required);

  g_unsetenv ("GH_TEST_CALLS");
  g_unsetenv ("GH_TEST_FAULT");
  if (fault != NULL)
    g_setenv ("GH_TEST_FAULT", fault, TRUE);
  return gh_plugin_manager_new (config);
}

static void
assert_state (GhPluginManager *manager, const char *name, GhPluginState state)
{
  GhPlugin *plugin = gh_plugin_manager_get_plugin (manager, name);

  g_assert_cmpstr (gh_plugin_state_to_string (gh_plugin_get_state (plugin)), ==,
                   gh_plugin_state_to_string (state));
}

static void
assert_error_of (GhPluginManager *manager, const char *name, const char *reason)
{
  g_autofree char *error = gh_plugin_dup_error (gh_plugin_manager_get_plugin (manager, name));

  g_assert_nonnull (error);
  g_test_message ("%s", error);
  g_assert_nonnull (strstr (error, reason));
}

/* The calls since the last time. */
static void
assert_calls (const char *expected)
{
  g_assert_cmpstr (g_getenv ("GH_TEST_CALLS"), ==, expected);
  g_unsetenv ("GH_TEST_CALLS");
}

typedef gboolean (*ManagerStep) (GhPluginManager *manager, GError **error);

static void
assert_step (GhPluginManager *manager, ManagerStep step)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = step (manager, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
assert_step_fails (GhPluginManager *manager, ManagerStep step, int code, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (step (manager, &error));
  assert_refused (error, code, reason);
}

static void
test_a_life (void)
{
  g_autoptr (GhPluginManager) manager = make_manager ("good", plugin_folder, NULL, NULL);

  assert_state (manager, "good", GH_PLUGIN_FOUND);
  for (guint life = 0; life < 3; life++)
    {
      assert_step (manager, gh_plugin_manager_load_all);
      assert_state (manager, "good", GH_PLUGIN_LOADED);
      assert_step (manager, gh_plugin_manager_configure_all);
      assert_state (manager, "good", GH_PLUGIN_CONFIGURED);
      assert_step (manager, gh_plugin_manager_start_all);
      assert_state (manager, "good", GH_PLUGIN_STARTED);
      gh_plugin_manager_stop_all (manager);
      assert_state (manager, "good", GH_PLUGIN_STOPPED);
      gh_plugin_manager_unload_all (manager);
      assert_state (manager, "good", GH_PLUGIN_UNLOADED);
      assert_calls ("good:load good:configure good:start good:stop good:unload");
    }
}

static void
test_dropping_the_manager_stops_and_unloads (void)
{
  GhPluginManager *manager = make_manager ("good", plugin_folder, NULL, NULL);

  assert_step (manager, gh_plugin_manager_load_all);
  assert_step (manager, gh_plugin_manager_configure_all);
  assert_step (manager, gh_plugin_manager_start_all);
  g_object_unref (manager);
  assert_calls ("good:load good:configure good:start good:stop good:unload");
}

static void
test_two_managers_share_a_module (void)
{
  g_autoptr (GhPluginManager) first = make_manager ("good", plugin_folder, NULL, NULL);
  g_autoptr (GhPluginManager) second = make_manager ("good", plugin_folder, NULL, NULL);
  GhPlugin *plugin = gh_plugin_manager_get_plugin (first, "good");
  GhPlugin *other = gh_plugin_manager_get_plugin (second, "good");

  assert_step (first, gh_plugin_manager_load_all);
  assert_step (second, gh_plugin_manager_load_all);
  /* One mapping: the functions have one address. */
  g_assert_true (gh_plugin_get_transport_ops (plugin)->create
                 == gh_plugin_get_transport_ops (other)->create);
  gh_plugin_manager_unload_all (first);
  assert_state (second, "good", GH_PLUGIN_LOADED);
  assert_calls ("good:load good:load good:unload");
}

static void
test_only_named_plugins_are_opened (void)
{
  g_autoptr (GhPluginManager) manager = make_manager ("third", plugin_folder, NULL, NULL);

  assert_step (manager, gh_plugin_manager_load_all);
  g_assert_cmpuint (gh_plugin_manager_get_plugins (manager)->len, ==, 1);
  g_assert_null (gh_plugin_manager_get_plugin (manager, "good"));
  assert_calls ("third:load");
}

static void
test_order_of_calls (void)
{
  g_autofree char *folder = fixture_make_folder ("order");
  g_autoptr (GhPluginManager) manager = make_manager ("good;second;third", folder, NULL, NULL);

  fixture_install (folder, "good", "good", (const char *[]){ "Requires", "second", NULL });
  fixture_install (folder, "second", "second", (const char *[]){ "After", "third;absent", NULL });
  fixture_install (folder, "third", "third", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  assert_calls ("third:load second:load good:load");
  assert_step (manager, gh_plugin_manager_configure_all);
  assert_step (manager, gh_plugin_manager_start_all);
  assert_calls (
    "third:configure second:configure good:configure third:start second:start good:start");
  gh_plugin_manager_unload_all (manager);
  assert_calls ("good:stop second:stop third:stop good:unload second:unload third:unload");
}

static void
test_a_cycle_fails_and_the_rest_goes_on (void)
{
  g_autofree char *folder = fixture_make_folder ("cycle");
  g_autoptr (GhPluginManager) manager = make_manager ("good;second;third", folder, "third", NULL);

  fixture_install (folder, "good", "good", (const char *[]){ "Requires", "second", NULL });
  fixture_install (folder, "second", "second", (const char *[]){ "After", "good", NULL });
  fixture_install (folder, "third", "third", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  assert_calls ("third:load");
  assert_error_of (manager, "good", "its order is a cycle: good after second after good");
  assert_error_of (manager, "second", "its order is a cycle: good after second after good");
}

static void
test_a_failed_plugin_does_not_poison_others (void)
{
  g_autofree char *folder = fixture_make_folder ("poison");
  g_autoptr (GhPluginManager) manager = make_manager ("broken;absent;second;third", folder,
                                                      "second", "third:load:fails");

  fixture_install (folder, "broken", "wrong-magic", NULL);
  fixture_install (folder, "second", "second", NULL);
  fixture_install (folder, "third", "third", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  assert_step (manager, gh_plugin_manager_configure_all);
  assert_step (manager, gh_plugin_manager_start_all);
  assert_state (manager, "broken", GH_PLUGIN_FAILED);
  assert_state (manager, "absent", GH_PLUGIN_FAILED);
  assert_state (manager, "second", GH_PLUGIN_STARTED);
  assert_state (manager, "third", GH_PLUGIN_FAILED);
  assert_error_of (manager, "third", "plugin third: the test wants it");
  gh_plugin_manager_unload_all (manager);
  /* What did not load is not unloaded. */
  assert_calls ("second:load third:load second:configure second:start second:stop second:unload");
}

static void
test_bad_first_good_second (void)
{
  g_autofree char *bad = fixture_make_folder ("bad");
  g_autofree char *path = g_strconcat (bad, ";", plugin_folder, NULL);
  g_autoptr (GhPluginManager) manager = make_manager ("fourth", path, NULL, NULL);
  g_autofree char *found = NULL;
  g_autofree char *expected = g_build_filename (plugin_folder, "fourth.so", NULL);

  /* The bad one is mapped before it is refused: what is found next must not be it again. */
  fixture_install (bad, "fourth", "wrong-magic", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  found = gh_plugin_dup_path (gh_plugin_manager_get_plugin (manager, "fourth"));
  g_assert_cmpstr (found, ==, expected);
  assert_calls ("fourth:load");
}

static void
test_every_refusal_of_a_path_is_told (void)
{
  g_autofree char *first = fixture_make_folder ("first");
  g_autofree char *second = fixture_make_folder ("second");
  g_autofree char *path = g_strconcat (first, ";", second, NULL);
  g_autoptr (GhPluginManager) manager = make_manager ("broken", path, NULL, NULL);

  fixture_install (first, "broken", "wrong-magic", NULL);
  fixture_install (second, "broken", "good", (const char *[]){ "Abi", "9.0", NULL });
  assert_step_fails (manager, gh_plugin_manager_load_all, GH_ERROR_PLUGIN, "wrong magic");
  assert_error_of (manager, "broken", "; ");
  assert_error_of (manager, "broken", "Abi: 9.0, this host has");
}

static void
test_bad_first_good_later_in_one_process (void)
{
  g_autofree char *folder = fixture_make_folder ("later");
  g_autoptr (GhPluginManager) manager = make_manager ("fifth", folder, NULL, NULL);

  fixture_install (folder, "fifth", "wrong-magic", NULL);
  assert_step_fails (manager, gh_plugin_manager_load_all, GH_ERROR_PLUGIN, "wrong magic");
  fixture_install (folder, "fifth", "fifth", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  assert_state (manager, "fifth", GH_PLUGIN_LOADED);
  fixture_install (folder, "fifth", "fifth", (const char *[]){ "Abi", "9.0", NULL });
  /* It is verified again, resident or not. */
  assert_step_fails (manager, gh_plugin_manager_load_all, GH_ERROR_PLUGIN, "Abi: 9.0");
  assert_calls ("fifth:load fifth:unload");
}

/* Folders that test_later_loads_are_refused() makes. */
typedef struct {
  const char *name, *module;
  const char *changes[3];
  int code;
  const char *reason;
} LaterCase;

static const LaterCase later_cases[] = {
  { "absent", NULL, { NULL }, GH_ERROR_PLUGIN, "there is no absent.plugin in" },
  { "second", "good", { NULL }, GH_ERROR_PLUGIN, "the descriptor's name is 'good'" },
  { "broken", "wrong-magic", { NULL }, GH_ERROR_PLUGIN, "wrong magic" },
  { "third", "third", { "Abi", "9.0" }, GH_ERROR_PLUGIN, "Abi: 9.0, this host has" },
  { "fourth", "fourth", { "Requires", "absent" }, GH_ERROR_PLUGIN, "requires absent" },
  { "memory", "memory", { "Capabilities", "store" }, GH_ERROR_BAD_REQUEST, "it is a store" },
  { "../third", NULL, { NULL }, GH_ERROR_BAD_REQUEST, "is not the name of a plugin" },
  { "/tmp/third.so", NULL, { NULL }, GH_ERROR_BAD_REQUEST, "is not the name of a plugin" },
  { "", NULL, { NULL }, GH_ERROR_BAD_REQUEST, "is not the name of a plugin" },
  { "good", NULL, { NULL }, GH_ERROR_CONFLICT, "it is loaded" },
};

static void
assert_later_load_refused (GhPluginManager *manager, const GhConfig *config, const char *name,
                           int code, const char *reason)
{
  const guint n = gh_plugin_manager_get_plugins (manager)->len;
  g_autoptr (GError) error = NULL;

  g_assert_null (gh_plugin_manager_load (manager, name, config, &error));
  assert_refused (error, code, reason);
  g_assert_cmpuint (gh_plugin_manager_get_plugins (manager)->len, ==, n);
}

/* One plugin more while others run: what is refused leaves nothing behind, and is never called. */
static void
test_later_loads_are_refused (void)
{
  g_autofree char *folder = fixture_make_folder ("run-time");
  g_autoptr (GhConfig) config = fixture_config ("good", folder, NULL);
  g_autoptr (GhPluginManager) manager = make_manager ("good", folder, NULL, NULL);
  g_autofree char *module = g_build_filename (folder, "fifth.so", NULL);
  g_autoptr (GError) error = NULL;
  GhPlugin *plugin;

  fixture_install (folder, "good", "good", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  assert_step (manager, gh_plugin_manager_configure_all);
  assert_step (manager, gh_plugin_manager_start_all);
  assert_calls ("good:load good:configure good:start");
  for (gsize i = 0; i < G_N_ELEMENTS (later_cases); i++)
    {
      const LaterCase *one = &later_cases[i];

      if (one->module != NULL)
        fixture_install (folder, one->name, one->module, one->changes);
      assert_later_load_refused (manager, config, one->name, one->code, one->reason);
      g_assert_null (g_getenv ("GH_TEST_CALLS"));
    }
  fixture_install (folder, "fifth", "fifth", NULL);
  g_assert_cmpint (g_chmod (module, 0666), ==, 0);
  assert_later_load_refused (manager, config, "fifth", GH_ERROR_PLUGIN,
                             "a file that everybody can write to");
  g_assert_null (g_getenv ("GH_TEST_CALLS"));
  g_assert_cmpint (g_chmod (module, 0644), ==, 0);
  plugin = gh_plugin_manager_load (manager, "fifth", config, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gh_plugin_get_state (plugin), ==, GH_PLUGIN_STARTED);
  assert_calls ("fifth:load fifth:configure fifth:start");
  gh_plugin_manager_drop (manager, plugin);
  assert_calls ("fifth:stop fifth:unload");
}

static void
test_later_load_that_fails_is_undone (void)
{
  static const struct {
    const char *fault, *reason, *calls;
  } cases[] = {
    { "third:load:fails", "the test wants it", "third:load" },
    { "third:configure:fails", "the test wants it", "third:load third:configure third:unload" },
    { "third:start:fails", "the test wants it",
      "third:load third:configure third:start third:unload" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GhPluginManager) manager = make_manager ("good", plugin_folder, NULL, NULL);
      g_autoptr (GhConfig) config = fixture_config ("good", plugin_folder, NULL);

      assert_step (manager, gh_plugin_manager_load_all);
      assert_step (manager, gh_plugin_manager_configure_all);
      assert_step (manager, gh_plugin_manager_start_all);
      g_unsetenv ("GH_TEST_CALLS");
      g_setenv ("GH_TEST_FAULT", cases[i].fault, TRUE);
      assert_later_load_refused (manager, config, "third", GH_ERROR_UNREACHABLE, cases[i].reason);
      assert_calls (cases[i].calls);
    }
}

static void
test_another_build_needs_another_process (void)
{
  g_autofree char *folder = fixture_make_folder ("rebuilt");
  g_autoptr (GhPluginManager) manager = make_manager ("second", plugin_folder, NULL, NULL);
  g_autoptr (GhPluginManager) rebuilt = make_manager ("second", folder, NULL, NULL);

  fixture_install (folder, "second", "rebuilt", NULL);
  assert_step (manager, gh_plugin_manager_load_all);
  assert_step_fails (rebuilt, gh_plugin_manager_load_all, GH_ERROR_PLUGIN,
                     "another build of this plugin is in use by this process");
  assert_calls ("second:load");
}

static void
test_a_required_plugin_that_fails_stops_it (void)
{
  static const struct {
    const char *required;
    gboolean fails;
  } cases[] = { { NULL, TRUE }, { "good;second", TRUE }, { "good", TRUE }, { "second", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GhPluginManager) manager = make_manager ("good;second", plugin_folder,
                                                          cases[i].required, "good:start:fails");

      assert_step (manager, gh_plugin_manager_load_all);
      assert_step (manager, gh_plugin_manager_configure_all);
      if (cases[i].fails)
        assert_step_fails (manager, gh_plugin_manager_start_all, GH_ERROR_PLUGIN,
                           "plugin good: the test wants it");
      else
        assert_step (manager, gh_plugin_manager_start_all);
      /* The rest was tried all the same. */
      assert_state (manager, "second", GH_PLUGIN_STARTED);
    }
}

static void
test_who_requires_a_failed_one_fails (void)
{
  g_autofree char *folder = fixture_make_folder ("requires");
  g_autoptr (GhPluginManager) manager = make_manager ("good;second;third", folder, "third",
                                                      "good:configure:fails");

  fixture_install (folder, "good", "good", NULL);
  fixture_install (folder, "second", "second", (const char *[]){ "Requires", "good", NULL });
  fixture_install (folder, "third", "third", (const char *[]){ "After", "good", NULL });
  assert_step (manager, gh_plugin_manager_load_all);
  assert_step (manager, gh_plugin_manager_configure_all);
  assert_error_of (manager, "second",
                   "plugin second: requires good, which is not there: plugin good");
  assert_state (manager, "third", GH_PLUGIN_CONFIGURED);
  gh_plugin_manager_unload_all (manager);
  assert_calls ("good:load second:load third:load good:configure third:configure "
                "third:unload second:unload good:unload");
}

static const struct {
  const char *fault;
  const char *reason;
  const char *calls;
} faults[] = {
  { "good:load:silent", "plugin good: load failed without an error: that is a fault of the plugin",
    "good:load" },
  { "good:load:both", "plugin good: load succeeded, but set the error 'the test wants it'",
    "good:load good:unload" },
  { "good:configure:silent", "plugin good: configure failed without an error",
    "good:load good:configure good:unload" },
  { "good:configure:both", "plugin good: configure succeeded, but set the error",
    "good:load good:configure good:unload" },
  { "good:start:silent", "plugin good: start failed without an error",
    "good:load good:configure good:start good:unload" },
  { "good:start:both", "plugin good: start succeeded, but set the error",
    "good:load good:configure good:start good:stop good:unload" },
};

static void
test_false_without_error_is_loud (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (GhPluginManager) manager = make_manager ("good", plugin_folder, NULL,
                                                          faults[i].fault);
      g_autoptr (GError) error = NULL;

      if (gh_plugin_manager_load_all (manager, &error)
          && gh_plugin_manager_configure_all (manager, &error)
          && gh_plugin_manager_start_all (manager, &error))
        g_assert_not_reached ();
      assert_refused (error, GH_ERROR_PLUGIN, faults[i].reason);
      assert_error_of (manager, "good", faults[i].reason);
      gh_plugin_manager_unload_all (manager);
      assert_calls (faults[i].calls);
      /* The reason outlives the unloading. */
      assert_state (manager, "good", GH_PLUGIN_FAILED);
    }
}

static void
test_transports_go_through_the_runner (void)
{
  static const struct {
    const char *fault;
    int code;
    const char *reason;
  } cases[] = {
    { "good:create:fails", GH_ERROR_UNREACHABLE, "plugin good: the test wants it" },
    { "good:create:silent", GH_ERROR_PLUGIN, "transport create failed without an error" },
    { "good:create:both", GH_ERROR_PLUGIN, "transport create succeeded, but set the error" },
    { "good:listen:fails", GH_ERROR_UNREACHABLE, "plugin good: the test wants it" },
    { "good:listen:silent", GH_ERROR_PLUGIN, "transport start failed without an error" },
    { "good:listen:both", GH_ERROR_PLUGIN, "transport start succeeded, but set the error" },
  };
  const GhTransportHost host = { .struct_size = sizeof host };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GhPluginManager) manager = make_manager ("good", plugin_folder, NULL,
                                                          cases[i].fault);
      GhPlugin *plugin = gh_plugin_manager_get_plugin (manager, "good");
      const GhTransportOps *ops;
      g_autoptr (GError) error = NULL;
      GhTransport *transport;

      assert_step (manager, gh_plugin_manager_load_all);
      assert_step (manager, gh_plugin_manager_configure_all);
      ops = gh_plugin_get_transport_ops (plugin);
      transport = gh_plugin_create_transport (plugin, &host, &error);
      if (transport != NULL)
        g_assert_false (gh_plugin_start_transport (plugin, transport, &error));
      assert_refused (error, cases[i].code, cases[i].reason);
      assert_state (manager, "good", GH_PLUGIN_FAILED);
      if (transport != NULL)
        ops->free (transport);
    }
}

static void
test_calls_out_of_order_are_refused (void)
{
  g_autoptr (GhPluginManager) manager = make_manager ("good;memory", plugin_folder, NULL, NULL);
  GhPlugin *plugin = gh_plugin_manager_get_plugin (manager, "good");
  const GhTransportHost host = { .struct_size = sizeof host };
  g_autoptr (GError) error = NULL;

  g_assert_null (gh_plugin_create_transport (plugin, &host, &error));
  assert_refused (error, GH_ERROR_PLUGIN,
                  "plugin good: transport create cannot be called while it is found");
  g_clear_error (&error);
  assert_step (manager, gh_plugin_manager_load_all);
  g_assert_null (gh_plugin_create_transport (plugin, &host, &error));
  assert_refused (error, GH_ERROR_PLUGIN, "cannot be called while it is loaded");
  g_clear_error (&error);
  assert_step (manager, gh_plugin_manager_configure_all);
  g_assert_null (gh_plugin_open_store (plugin, NULL, &error));
  assert_refused (error, GH_ERROR_PLUGIN, "plugin good: is not a store");
  g_clear_error (&error);
  plugin = gh_plugin_manager_get_plugin (manager, "memory");
  g_assert_null (gh_plugin_create_transport (plugin, &host, &error));
  assert_refused (error, GH_ERROR_PLUGIN, "plugin memory: is not a transport");
}

static void
test_plugins_are_found_by_what_they_do (void)
{
  g_autoptr (GhPluginManager) manager = make_manager ("good;prover;memory;third", plugin_folder,
                                                      NULL, NULL);
  g_autoptr (GPtrArray) transports = NULL, provers = NULL;
  g_autoptr (GError) error = NULL;
  GhPlugin *plugin;
  GhStore *store;

  g_assert_null (gh_plugin_manager_find_store (manager, "memory"));
  assert_step (manager, gh_plugin_manager_load_all);
  assert_step (manager, gh_plugin_manager_configure_all);
  transports = gh_plugin_manager_list_transports (manager);
  g_assert_cmpuint (transports->len, ==, 2);
  g_assert_cmpstr (gh_plugin_get_name (transports->pdata[0]), ==, "good");
  g_assert_cmpstr (gh_plugin_get_name (transports->pdata[1]), ==, "third");
  provers = gh_plugin_manager_list_security (manager);
  g_assert_cmpuint (provers->len, ==, 1);
  g_assert_cmpstr (gh_plugin_get_name (provers->pdata[0]), ==, "prover");
  g_assert_cmpuint (gh_plugin_get_security_ops (provers->pdata[0])->credential_kinds, ==,
                    1u << GH_CREDENTIAL_PSK);
  g_assert_null (gh_plugin_get_security_ops (transports->pdata[0]));
  g_assert_null (gh_plugin_get_transport_ops (provers->pdata[0]));
  g_assert_null (gh_plugin_manager_find_store (manager, "sqlite"));
  plugin = gh_plugin_manager_find_store (manager, "memory");
  g_assert_cmpstr (gh_plugin_get_name (plugin), ==, "memory");
  store = gh_plugin_open_store (plugin, NULL, &error);
  g_assert_no_error (error);
  gh_plugin_get_store_ops (plugin)->close (store);
}

static void
test_configuration_that_contradicts_itself (void)
{
  static const struct {
    const char *load, *required, *reason;
  } cases[] = {
    { "good;good", NULL, "[plugins] load: 'good' stands there twice" },
    { "../good", NULL, "[plugins] load: '../good' is not the name of a plugin" },
    { "good", "good;http", "[plugins] required: 'http' is not in [plugins] load" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GhPluginManager) manager = make_manager (cases[i].load, plugin_folder,
                                                          cases[i].required, NULL);

      assert_step_fails (manager, gh_plugin_manager_load_all, GH_ERROR_CONFIG, cases[i].reason);
    }
}

static void
test_status (void)
{
  g_autoptr (GhPluginManager) manager = make_manager ("good;absent", plugin_folder, "good", NULL);
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GVariant) good = NULL;
  g_autoptr (GVariant) absent = NULL;
  g_auto (GStrv) capabilities = NULL;
  const char *text;
  gboolean required;

  assert_step (manager, gh_plugin_manager_load_all);
  status = gh_plugin_manager_dup_status (manager);
  g_assert_cmpstr (g_variant_get_type_string (status), ==, "aa{sv}");
  g_assert_cmpuint (g_variant_n_children (status), ==, 2);
  good = g_variant_get_child_value (status, 0);
  g_assert_true (g_variant_lookup (good, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "good");
  g_assert_true (g_variant_lookup (good, "state", "&s", &text));
  g_assert_cmpstr (text, ==, "loaded");
  g_assert_true (g_variant_lookup (good, "version", "&s", &text));
  g_assert_cmpstr (text, ==, "1.2.3");
  g_assert_true (g_variant_lookup (good, "required", "b", &required));
  g_assert_true (required);
  g_assert_true (g_variant_lookup (good, "capabilities", "^as", &capabilities));
  g_assert_cmpstr (capabilities[0], ==, "transport");
  g_assert_false (g_variant_lookup (good, "error", "&s", &text));
  absent = g_variant_get_child_value (status, 1);
  g_assert_true (g_variant_lookup (absent, "state", "&s", &text));
  g_assert_cmpstr (text, ==, "failed");
  g_assert_true (g_variant_lookup (absent, "error", "&s", &text));
  g_assert_nonnull (strstr (text, "there is no absent.plugin in "));
  g_assert_false (g_variant_lookup (absent, "version", "&s", &text));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  fixture_init (modules, NULL);
  install_all ();
  g_test_add_func ("/plugin-manager/a-life", test_a_life);
  g_test_add_func ("/plugin-manager/dropping-the-manager-stops-and-unloads",
                   test_dropping_the_manager_stops_and_unloads);
  g_test_add_func ("/plugin-manager/two-managers-share-a-module", test_two_managers_share_a_module);
  g_test_add_func ("/plugin-manager/only-named-plugins-are-opened",
                   test_only_named_plugins_are_opened);
  g_test_add_func ("/plugin-manager/order-of-calls", test_order_of_calls);
  g_test_add_func ("/plugin-manager/a-cycle-fails-and-the-rest-goes-on",
                   test_a_cycle_fails_and_the_rest_goes_on);
  g_test_add_func ("/plugin-manager/a-failed-plugin-does-not-poison-others",
                   test_a_failed_plugin_does_not_poison_others);
  g_test_add_func ("/plugin-manager/bad-first-good-second", test_bad_first_good_second);
  g_test_add_func ("/plugin-manager/every-refusal-of-a-path-is-told",
                   test_every_refusal_of_a_path_is_told);
  g_test_add_func ("/plugin-manager/bad-first-good-later-in-one-process",
                   test_bad_first_good_later_in_one_process);
  g_test_add_func ("/plugin-manager/later-loads-are-refused", test_later_loads_are_refused);
  g_test_add_func ("/plugin-manager/later-load-that-fails-is-undone",
                   test_later_load_that_fails_is_undone);
  g_test_add_func ("/plugin-manager/another-build-needs-another-process",
                   test_another_build_needs_another_process);
  g_test_add_func ("/plugin-manager/a-required-plugin-that-fails-stops-it",
                   test_a_required_plugin_that_fails_stops_it);
  g_test_add_func ("/plugin-manager/who-requires-a-failed-one-fails",
                   test_who_requires_a_failed_one_fails);
  g_test_add_func ("/plugin-manager/false-without-error-is-loud", test_false_without_error_is_loud);
  g_test_add_func ("/plugin-manager/transports-go-through-the-runner",
                   test_transports_go_through_the_runner);
  g_test_add_func ("/plugin-manager/calls-out-of-order-are-refused",
                   test_calls_out_of_order_are_refused);
  g_test_add_func ("/plugin-manager/plugins-are-found-by-what-they-do",
                   test_plugins_are_found_by_what_they_do);
  g_test_add_func ("/plugin-manager/configuration-that-contradicts-itself",
                   test_configuration_that_contradicts_itself);
  g_test_add_func ("/plugin-manager/status", test_status);
  status = g_test_run ();
  g_clear_pointer (&plugin_folder, g_free);
  fixture_finish ();
  return status;
}
