/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin-fixture.h"

#include <errno.h>
#include <gio/gio.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/gh-plugin-config.h"

static const GhConfigKey fixture_keys[] = { GH_PLUGIN_CONFIG_ROWS, { NULL } };

static struct {
  char *folder;
  gboolean was_root;
  GHashTable *modules; /* name -> GBytes */
} fixture;

static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) entries = g_file_enumerate_children (
    file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (entries != NULL && g_file_enumerator_iterate (entries, NULL, &child, NULL, NULL)
         && child != NULL)
    remove_tree (child);
  g_file_delete (file, NULL, NULL);
}

static void
remove_folder (void)
{
  g_autoptr (GFile) folder = g_file_new_for_path (fixture.folder);

  remove_tree (folder);
}

/*
 * Root waits for the tests, however they end, and removes what nobody else can; only the child
 * returns.
 */
static void
fork_and_wait (void)
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    return;
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  remove_folder ();
  _exit (WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status));
}

static void
become_nobody (void)
{
  const struct passwd *nobody = getpwnam ("nobody");

  g_assert_nonnull (nobody);
  g_assert_cmpint (chown (fixture.folder, nobody->pw_uid, nobody->pw_gid), ==, 0);
  g_assert_cmpint (setgroups (0, NULL), ==, 0);
  g_assert_cmpint (setgid (nobody->pw_gid), ==, 0);
  g_assert_cmpint (setuid (nobody->pw_uid), ==, 0);
  g_assert_cmpint (setuid (0), ==, -1);
}

static void
read_modules (const char *const *modules)
{
  fixture.modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_bytes_unref);
  for (gsize i = 0; modules != NULL && modules[i] != NULL; i++)
    {
      g_autofree char *file = g_strconcat (modules[i], ".so", NULL);
      g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "plugin", ".libs", file, NULL);
      g_autoptr (GError) error = NULL;
      char *contents = NULL;
      gsize length;

      g_file_get_contents (path, &contents, &length, &error);
      g_assert_no_error (error);
      g_hash_table_insert (fixture.modules, g_strdup (modules[i]),
                           g_bytes_new_take (contents, length));
    }
}

void
fixture_init (const char *const *modules, void (*as_root) (const char *folder))
{
  fixture.was_root = geteuid () == 0;
  umask (022);
  read_modules (modules);
  /* Nobody cannot reach what belongs to root alone, so the folder lies in /tmp itself then. */
  fixture.folder = g_strdup_printf ("%s/gh-plugin-XXXXXX",
                                    fixture.was_root ? "/tmp" : g_get_tmp_dir ());
  g_assert_nonnull (g_mkdtemp_full (fixture.folder, 0755));
  if (!fixture.was_root)
    return;
  fork_and_wait ();
  if (as_root != NULL)
    as_root (fixture.folder);
  become_nobody ();
}

void
fixture_finish (void)
{
  if (!fixture.was_root)
    remove_folder ();
  g_clear_pointer (&fixture.modules, g_hash_table_unref);
  g_clear_pointer (&fixture.folder, g_free);
}

gboolean
fixture_was_root (void)
{
  return fixture.was_root;
}

const char *
fixture_folder (void)
{
  return fixture.folder;
}

char *
fixture_make_folder (const char *prefix)
{
  char *folder = g_strdup_printf ("%s/%s-XXXXXX", fixture.folder, prefix);

  g_assert_nonnull (g_mkdtemp_full (folder, 0755));
  return folder;
}

char *
fixture_hash (const void *octets, gsize length)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, octets, length);
}

void
fixture_write (const char *folder, const char *name, const void *octets, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, octets, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                            &error);
  g_assert_no_error (error);
}

GBytes *
fixture_module (const char *module)
{
  GBytes *octets = g_hash_table_lookup (fixture.modules, module);

  g_assert_nonnull (octets);
  return octets;
}

static void
write_manifest (const char *folder, const char *name, GBytes *module, const char *const *changes)
{
  g_autoptr (GKeyFile) manifest = g_key_file_new ();
  g_autofree char *so = g_strconcat (name, ".so", NULL);
  g_autofree char *file = g_strconcat (name, ".plugin", NULL);
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, module);
  g_autofree char *text = NULL;
  gsize length;

  g_key_file_set_string (manifest, "Plugin", "Name", name);
  g_key_file_set_string (manifest, "Plugin", "Module", so);
  g_key_file_set_string (manifest, "Plugin", "Abi", "1.0");
  g_key_file_set_string (manifest, "Plugin", "Capabilities", "transport");
  g_key_file_set_string (manifest, "Plugin", "Sha256", digest);
  for (gsize i = 0; changes != NULL && changes[i] != NULL; i += 2)
    if (changes[i + 1] != NULL)
      g_key_file_set_string (manifest, "Plugin", changes[i], changes[i + 1]);
    else
      g_key_file_remove_key (manifest, "Plugin", changes[i], NULL);
  text = g_key_file_to_data (manifest, &length, NULL);
  fixture_write (folder, file, text, length);
}

void
fixture_install (const char *folder, const char *name, const char *module,
                 const char *const *changes)
{
  GBytes *octets = fixture_module (module);
  g_autofree char *so = g_strconcat (name, ".so", NULL);

  fixture_write (folder, so, g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
  write_manifest (folder, name, octets, changes);
}

GhConfig *
fixture_config (const char *load, const char *path, const char *required)
{
  g_autoptr (GError) error = NULL;
  GhConfig *config = gh_config_new (fixture_keys);

  if (!gh_config_set (config, "plugins", "load", load, &error)
      || !gh_config_set (config, "plugins", "path", path, &error)
      || (required != NULL && !gh_config_set (config, "plugins", "required", required, &error)))
    g_error ("%s", error->message);
  return config;
}

void
fixture_assert_refused (const GError *error, int code, const char *text, const char *file, int line)
{
  if (error == NULL)
    g_error ("%s:%d: not refused; expected: %s", file, line, text);
  if (error->domain != GH_ERROR || error->code != code || strstr (error->message, text) == NULL)
    g_error ("%s:%d: refused with '%s' (code %d); expected: '%s' (code %d)", file, line,
             error->message, error->code, text, code);
  g_test_message ("refused: %s", error->message);
}
