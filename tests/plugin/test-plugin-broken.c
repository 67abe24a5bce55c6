/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gh-log.h"
#include "plugin-fixture.h"
#include "plugin/gh-plugin-manager.h"

/* Plugins that are broken on purpose: each is refused with its own message, and none is called. */

static const char *const modules[] = {
  "good",           "wrong-major",      "newer-minor",
  "short-struct",   "wrong-magic",      "truncated",
  "missing-symbol", "function-symbol",  "other-capability",
  "short-ops",      "long-ops",         "no-table",
  "half-store",     "undefined-symbol", "half-security",
  "idle-security",  "strange-security", NULL,
};

/* Loads @name from @path; returns its error, which is also that of the manager. */
static char *
refusal_of (const char *name, const char *path)
{
  g_autoptr (GhConfig) config = fixture_config (name, path, NULL);
  g_autoptr (GhPluginManager) manager = gh_plugin_manager_new (config);
  GhPlugin *plugin = gh_plugin_manager_get_plugin (manager, name);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_unsetenv ("GH_TEST_CALLS");
  g_assert_false (gh_plugin_manager_load_all (manager, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_PLUGIN);
  g_assert_cmpint (gh_plugin_get_state (plugin), ==, GH_PLUGIN_FAILED);
  g_assert_null (gh_plugin_get_transport_ops (plugin));
  g_assert_null (gh_plugin_get_store_ops (plugin));
  g_assert_null (gh_plugin_get_security_ops (plugin));
  text = gh_plugin_dup_error (plugin);
  g_assert_cmpstr (error->message, ==, text);
  g_assert_null (g_getenv ("GH_TEST_CALLS"));
  g_test_message ("refused: %s", text);
  return g_steal_pointer (&text);
}

static void
assert_plugin_refused (const char *name, const char *folder, const char *reason)
{
  g_autofree char *text = refusal_of (name, folder);
  g_autofree char *prefix = g_strdup_printf ("plugin %s: ", name);

  g_assert_true (g_str_has_prefix (text, prefix));
  if (strstr (text, reason) == NULL)
    g_error ("refused with '%s'; expected: '%s'", text, reason);
}

static const struct {
  const char *module;
  const char *capabilities;
  const char *reason;
} broken_descriptors[] = {
  { "wrong-major", "transport", "ABI major 2, this host has 1" },
  { "newer-minor", "transport", "ABI 1.1 is newer than this host's 1.0" },
  { "short-struct", "transport", "the descriptor has " },
  { "wrong-magic", "transport", "wrong magic 0x12345678, 0x47486f31 was expected" },
  { "truncated", "transport", "the descriptor is truncated: it claims " },
  { "missing-symbol", "transport", "broken.so: does not export gh_plugin_desc" },
  { "function-symbol", "transport", "broken.so: gh_plugin_desc is not data" },
  { "good", "transport", "the descriptor's name is 'good', 'broken' was expected" },
  { "other-capability", "transport",
    "the descriptor declares 'transport;security', the manifest 'transport'" },
  { "short-ops", "transport", "the plugin table has " },
  { "long-ops", "transport", "more than the " },
  { "no-table", "transport", "the transport table and the capability do not agree" },
  { "half-store", "store", "the store table lacks a function: member 1 is NULL" },
  { "half-security", "security", "the security table lacks name, create or free" },
  { "idle-security", "security", "the security table lacks both psk_lookup and judge_peer" },
  { "strange-security", "security",
    "the security table proves kinds 0x40, a set of known ones was expected" },
  { "other-capability", "transport;security",
    "the security table and the capability do not agree" },
  { "undefined-symbol", "transport",
    "broken.so: cannot be loaded: undefined symbol: module_undefined_function" },
};

static void
test_descriptors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (broken_descriptors); i++)
    {
      const char *changes[] = { "Capabilities", broken_descriptors[i].capabilities, NULL };
      g_autofree char *folder = fixture_make_folder ("descriptor");

      fixture_install (folder, "broken", broken_descriptors[i].module, changes);
      assert_plugin_refused ("broken", folder, broken_descriptors[i].reason);
      /* The module is resident now; it is not better for that. */
      g_free (refusal_of ("broken", folder));
    }
}

static const struct {
  const char *key, *value;
  const char *reason;
} broken_manifests[] = {
  { "Name", "other", "good.plugin: [Plugin] Name: 'other', 'good' was expected" },
  { "Abi", "2.0", "good.plugin: [Plugin] Abi: 2.0, this host has 1.0" },
  { "Abi", "1.1", "good.plugin: [Plugin] Abi: 1.1, this host has 1.0" },
  { "Abi", "one", "good.plugin:4: [Plugin] Abi: 'one' is not MAJOR.MINOR" },
  { "Abi", NULL, "good.plugin: [Plugin] Abi is missing" },
  { "Sha256", NULL, "good.plugin: [Plugin] Sha256 is missing" },
  { "Sha256", "0000000000000000000000000000000000000000000000000000000000000000",
    "good.so: its SHA-256 digest is not the one in good.plugin" },
  { "Signed", "yes", "good.plugin:7: " },
  { "Module", "missing.so", "missing.so: cannot be opened: No such file or directory" },
  { "Module", "../good.so", "good.plugin:3: [Plugin] Module: '../good.so'" },
  { "Module", "good.plugin", "its SHA-256 digest is not the one in good.plugin" },
  { "Capabilities", "transport;store", "declares 'transport', the manifest 'transport;store'" },
  { "Requires", "absent", "plugin good: requires absent, which [plugins] load does not name" },
  { "Requires", "good", "plugin good: its order is a cycle: good after good" },
};

static void
test_manifests (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (broken_manifests); i++)
    {
      const char *changes[] = { broken_manifests[i].key, broken_manifests[i].value, NULL };
      g_autofree char *folder = fixture_make_folder ("manifest");

      fixture_install (folder, "good", "good", changes);
      assert_plugin_refused ("good", folder, broken_manifests[i].reason);
    }
}

static void
test_nothing_there (void)
{
  g_autofree char *folder = fixture_make_folder ("empty");
  g_autofree char *path = g_strconcat (folder, ";", fixture_folder (), "/missing", NULL);
  g_autofree char *reason = g_strdup_printf ("there is no good.plugin in %s, %s/missing", folder,
                                             fixture_folder ());

  assert_plugin_refused ("good", path, reason);
}

/* Octets that are not the module, with a manifest that vouches for them. */
static void
assert_octets_refused (const char *octets, gsize length, const char *reason)
{
  g_autofree char *folder = fixture_make_folder ("octets");
  g_autofree char *digest = fixture_hash (octets, length);
  const char *changes[] = { "Sha256", digest, NULL };

  fixture_install (folder, "octets", "good", changes);
  fixture_write (folder, "octets.so", octets, length);
  assert_plugin_refused ("octets", folder, reason);
}

static void
test_files_that_are_no_modules (void)
{
  gsize length;
  const char *module = g_bytes_get_data (fixture_module ("good"), &length);
  g_autofree char *changed = g_memdup2 (module, length);

  assert_octets_refused ("#!/bin/sh\nexit 0\n", 17, "octets.so: not an ELF file");
  assert_octets_refused ("\177ELF", 4, "octets.so: truncated: its header is not whole");
  assert_octets_refused (module, 100,
                         "octets.so: truncated: its program headers lie behind its end");
  assert_octets_refused (module, 4096, "octets.so: truncated: a segment lies behind its end");
  /* e_type: an executable */
  changed[16] = 2;
  assert_octets_refused (changed, length, "octets.so: not a shared object");
}

static void
test_changed_module (void)
{
  g_autofree char *folder = fixture_make_folder ("changed");
  gsize length;
  const char *module = g_bytes_get_data (fixture_module ("good"), &length);
  g_autofree char *changed = g_memdup2 (module, length);

  fixture_install (folder, "good", "good", NULL);
  changed[length - 1] ^= 1;
  fixture_write (folder, "good.so", changed, length);
  assert_plugin_refused ("good", folder, "good.so: its SHA-256 digest is not the one");
  fixture_write (folder, "good.so", module, length - 1);
  assert_plugin_refused ("good", folder, "good.so: its SHA-256 digest is not the one");
}

static void
test_modes (void)
{
  g_autofree char *folder = fixture_make_folder ("modes");
  g_autofree char *module = g_build_filename (folder, "good.so", NULL);
  g_autofree char *manifest = g_build_filename (folder, "good.plugin", NULL);

  fixture_install (folder, "good", "good", NULL);
  g_assert_cmpint (g_chmod (module, 0646), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: a file that everybody can write to");
  g_assert_cmpint (g_chmod (module, 0664), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: a file that its group can write to");
  g_assert_cmpint (g_chmod (module, 0), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: cannot be read: Permission denied");
  g_assert_cmpint (g_chmod (module, 0644), ==, 0);
  g_assert_cmpint (g_chmod (manifest, 0666), ==, 0);
  assert_plugin_refused ("good", folder, "good.plugin: a file that everybody can write to");
  g_assert_cmpint (g_chmod (manifest, 0644), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0775), ==, 0);
  assert_plugin_refused ("good", folder, ": a folder that its group can write to");
  g_assert_cmpint (g_chmod (folder, 01777), ==, 0);
  assert_plugin_refused ("good", folder, ": a folder that others can write to, sticky or not");
}

static void
test_links (void)
{
  g_autofree char *real = fixture_make_folder ("real");
  g_autofree char *folder = fixture_make_folder ("links");
  g_autofree char *module = g_build_filename (folder, "good.so", NULL);
  g_autofree char *manifest = g_build_filename (folder, "good.plugin", NULL);
  g_autofree char *real_module = g_build_filename (real, "good.so", NULL);
  g_autofree char *real_manifest = g_build_filename (real, "good.plugin", NULL);
  g_autofree char *link_folder = g_strconcat (folder, "-link", NULL);

  fixture_install (real, "good", "good", NULL);
  g_assert_cmpint (symlink (real, link_folder), ==, 0);
  assert_plugin_refused ("good", link_folder, "-link: a symbolic link that root does not own");
  g_assert_cmpint (symlink (real_manifest, manifest), ==, 0);
  assert_plugin_refused ("good", folder, "good.plugin: a symbolic link");
  g_assert_cmpint (g_unlink (manifest), ==, 0);
  fixture_install (folder, "good", "good", NULL);
  g_assert_cmpint (g_unlink (module), ==, 0);
  g_assert_cmpint (symlink (real_module, module), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: a symbolic link");
  g_assert_cmpint (g_unlink (module), ==, 0);
  g_assert_cmpint (link (real_module, module), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: a file with a second name (hard link)");
}

static void
test_special_files (void)
{
  g_autofree char *folder = fixture_make_folder ("special");
  g_autofree char *module = g_build_filename (folder, "good.so", NULL);

  fixture_install (folder, "good", "good", NULL);
  g_assert_cmpint (g_unlink (module), ==, 0);
  g_assert_cmpint (mkfifo (module, 0644), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: not a regular file");
  g_assert_cmpint (g_unlink (module), ==, 0);
  g_assert_cmpint (g_mkdir (module, 0755), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: not a regular file");
  g_assert_cmpint (g_rmdir (module), ==, 0);
  fixture_write (folder, "good.so", "", 0);
  assert_plugin_refused ("good", folder, "good.so: empty");
  g_assert_cmpint (truncate (module, 64 * 1024 * 1024 + 1), ==, 0);
  assert_plugin_refused ("good", folder, "good.so: 67108865 octets, at most 67108864 are read");
}

static void
as_root (const char *folder)
{
  static const char *const files[] = { "good.so", "good.plugin" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *owned = g_strdup_printf ("%s/owned-%" G_GSIZE_FORMAT, folder, i);
      g_autofree char *path = g_build_filename (owned, files[i], NULL);

      g_assert_cmpint (g_mkdir (owned, 0755), ==, 0);
      fixture_install (owned, "good", "good", NULL);
      g_assert_cmpint (chown (path, FIXTURE_OTHER_UID, (gid_t) -1), ==, 0);
    }
}

static void
test_wrong_owner (void)
{
  g_autofree char *module = g_build_filename (fixture_folder (), "owned-0", NULL);
  g_autofree char *manifest = g_build_filename (fixture_folder (), "owned-1", NULL);

  if (!fixture_was_root ())
    {
      g_test_skip ("only root can make a file of somebody else");
      return;
    }
  assert_plugin_refused ("good", module, "good.so: owned by user 1, root or user ");
  assert_plugin_refused ("good", manifest, "good.plugin: owned by user 1, root or user ");
}

typedef struct {
  const char *folder;
  gint done;
} Swapper;

/* Puts a good module, a bad one and a link to a bad one in the place of the module, again and
 * again. */
static gpointer
swap_modules (gpointer data)
{
  Swapper *swapper = data;
  g_autofree char *path = g_build_filename (swapper->folder, "good.so", NULL);
  g_autofree char *next = g_build_filename (swapper->folder, "next", NULL);
  g_autofree char *bad = g_build_filename (swapper->folder, "bad.so", NULL);

  for (guint i = 0; !g_atomic_int_get (&swapper->done); i++)
    {
      GBytes *octets = fixture_module (i % 3 == 0 ? "good" : "wrong-magic");

      if (i % 3 == 2)
        g_assert_cmpint (symlink (bad, next), ==, 0);
      else
        fixture_write (swapper->folder, "next", g_bytes_get_data (octets, NULL),
                       g_bytes_get_size (octets));
      g_assert_cmpint (g_rename (next, path), ==, 0);
    }
  return NULL;
}

/*
 * The attack on a check by name: another file between check and use. It must never be mapped, which
 * its magic would tell; whoever loses the race is refused for the file that he saw.
 */
static void
test_module_that_is_swapped_meanwhile (void)
{
  g_autofree char *folder = fixture_make_folder ("race");
  Swapper swapper = { folder, FALSE };
  g_autoptr (GhConfig) config = fixture_config ("good", folder, NULL);
  GBytes *bad = fixture_module ("wrong-magic");
  guint loaded = 0, refused = 0;
  GThread *thread;

  fixture_install (folder, "good", "good", NULL);
  fixture_write (folder, "bad.so", g_bytes_get_data (bad, NULL), g_bytes_get_size (bad));
  thread = g_thread_new ("swapper", swap_modules, &swapper);
  for (guint i = 0; i < 20000 && (loaded < 50 || refused < 50); i++)
    {
      g_autoptr (GhPluginManager) manager = gh_plugin_manager_new (config);
      g_autoptr (GError) error = NULL;

      if (gh_plugin_manager_load_all (manager, &error))
        loaded++;
      else
        refused++;
      if (error != NULL && strstr (error->message, "its SHA-256 digest is not the one") == NULL
          && strstr (error->message, "good.so: a symbolic link") == NULL
          && strstr (error->message, "good.so: a file with a second name") == NULL)
        g_error ("refused for another reason: %s", error->message);
    }
  g_atomic_int_set (&swapper.done, TRUE);
  g_thread_join (thread);
  g_test_message ("%u loaded, %u refused", loaded, refused);
  g_assert_cmpuint (loaded, >, 0);
  g_assert_cmpuint (refused, >, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  fixture_init (modules, as_root);
  g_test_add_func ("/plugin-broken/descriptors", test_descriptors);
  g_test_add_func ("/plugin-broken/manifests", test_manifests);
  g_test_add_func ("/plugin-broken/nothing-there", test_nothing_there);
  g_test_add_func ("/plugin-broken/files-that-are-no-modules", test_files_that_are_no_modules);
  g_test_add_func ("/plugin-broken/changed-module", test_changed_module);
  g_test_add_func ("/plugin-broken/modes", test_modes);
  g_test_add_func ("/plugin-broken/links", test_links);
  g_test_add_func ("/plugin-broken/special-files", test_special_files);
  g_test_add_func ("/plugin-broken/module-that-is-swapped-meanwhile",
                   test_module_that_is_swapped_meanwhile);
  g_test_add_func ("/plugin-broken/wrong-owner", test_wrong_owner);
  status = g_test_run ();
  fixture_finish ();
  return status;
}
