/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-daemon-options.h"

#include "base/gh-log.h"
#include "gh-cse-config.h"

#include <string.h>
#include <unistd.h>

void
gh_daemon_options_clear (GhDaemonOptions *options)
{
  g_clear_pointer (&options->config_path, g_free);
  g_clear_pointer (&options->log_level, g_free);
  g_clear_pointer (&options->settings, g_strfreev);
  g_clear_pointer (&options->config, gh_config_unref);
}

/* GROUP.KEY=VALUE; the key has no dot, so that groups such as "plugin.http" may have one. */
static gboolean
split_setting (const char *setting, char **out_group, char **out_key, const char **out_value,
               GError **error)
{
  const char *equals = strchr (setting, '=');
  const char *dot = equals == NULL ? NULL : g_strrstr_len (setting, equals - setting, ".");

  if (dot == NULL || dot == setting || dot + 1 == equals)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--set: \"%s\" is not GROUP.KEY=VALUE", setting);
      return FALSE;
    }
  *out_group = g_strndup (setting, dot - setting);
  *out_key = g_strndup (dot + 1, equals - dot - 1);
  *out_value = equals + 1;
  return TRUE;
}

gboolean
gh_daemon_options_parse (GhDaemonOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config_path,
      "Read this configuration, see gatehouse.conf(5)", "FILE" },
    { "dev", 0, 0, G_OPTION_ARG_NONE, &options->development,
      "For trying things: plain loopback listeners, claimed originators", NULL },
    { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &options->settings,
      "Override one value of the configuration; may be repeated", "GROUP.KEY=VALUE" },
    { "log-level", 'l', 0, G_OPTION_ARG_STRING, &options->log_level,
      "error, warning, notice, info or debug", "LEVEL" },
    { "session", 0, 0, G_OPTION_ARG_NONE, &options->session, "Serve on the session bus, or fail",
      NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &options->system, "Serve on the system bus, or fail",
      NULL },
    { "no-bus", 0, 0, G_OPTION_ARG_NONE, &options->no_bus, "Serve on no bus", NULL },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->check_config,
      "Only check the configuration", NULL },
    { "print-config", 0, 0, G_OPTION_ARG_NONE, &options->print_config,
      "Print every key with its default", NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- a oneM2M Common Services Entity");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context,
                                    "Manual pages: gatehoused(8), gatehouse.conf(5), ghctl(1)");
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\" is not an option",
                 (*argv)[1]);
  else if (options->session + options->system + options->no_bus > 1)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                         "only one of --session, --system and --no-bus can be given");
  else
    return TRUE;
  return FALSE;
}

/* The file of the system or of the user, if there is one; what is tried with --dev is not theirs.
 */
static char *
find_config (const GhDaemonOptions *options)
{
  g_autofree char *path = NULL;

  if (options->config_path != NULL || options->development)
    return g_strdup (options->config_path);
  if (options->system || geteuid () == 0)
    path = g_build_filename (GH_SYSCONF_DIR, "gatehouse", "gatehouse.conf", NULL);
  else
    path = g_build_filename (g_get_user_config_dir (), "gatehouse", "gatehouse.conf", NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

/* The level of the log is the process's, not the CSE's, so it is read here. */
static gboolean
apply_log_level (const GhConfig *config, const char *option, GError **error)
{
  const char *text = option != NULL ? option : gh_config_get_string (config, "log", "level");
  GhLogLevel level;

  if (!gh_log_level_from_string (text, &level))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--log-level: \"%s\" is not one of error, warning, notice, info, debug", text);
      return FALSE;
    }
  gh_log_set_level (level);
  return TRUE;
}

/* @cse: (nullable) */
static gboolean
apply_settings (const GhDaemonOptions *options, GhCse *cse, GhConfig *config, GError **error)
{
  for (gsize i = 0; options->settings != NULL && options->settings[i] != NULL; i++)
    {
      g_autofree char *group = NULL;
      g_autofree char *key = NULL;
      const char *value = NULL;
      if (!split_setting (options->settings[i], &group, &key, &value, error)
          || (cse != NULL && !gh_cse_set_option (cse, group, key, value, error))
          || !gh_config_set (config, group, key, value, error))
        return FALSE;
    }
  return TRUE;
}

/* Whose state it is follows from what it serves and not from who runs it: the system's daemon has a
 * user of its own, and its files are where its unit and the manual say. */
static gboolean
use_system_folder (const GhDaemonOptions *options, GhCse *cse, const GhConfig *config,
                   GError **error)
{
  return !options->system || gh_config_get_string (config, "store", "path") != NULL
         || gh_cse_set_option (cse, "store", "path", GH_STATE_DIR "/gatehouse.db", error);
}

static GhConfig *
load_config (const char *path, GError **error)
{
  return path != NULL ? gh_config_load (path, gh_cse_config_keys, error)
                      : gh_config_new (gh_cse_config_keys);
}

GhConfig *
gh_daemon_read_config (const GhDaemonOptions *options, GError **error)
{
  g_autofree char *path = find_config (options);
  g_autoptr (GhConfig) config = load_config (path, error);

  if (config == NULL || !apply_settings (options, NULL, config, error))
    return NULL;
  return g_steal_pointer (&config);
}

GhCse *
gh_daemon_make_cse (GhDaemonOptions *options, GError **error)
{
  g_autofree char *path = find_config (options);
  g_autoptr (GhConfig) config = load_config (path, error);

  if (config == NULL)
    return NULL;
  g_autoptr (GhCse) cse = gh_cse_new (path, options->development, error);
  if (cse == NULL || !apply_settings (options, cse, config, error)
      || !use_system_folder (options, cse, config, error)
      || !apply_log_level (config, options->log_level, error))
    return NULL;
  options->config = g_steal_pointer (&config);
  return g_steal_pointer (&cse);
}

static void
print_bounds (const GhConfigKey *row)
{
  static const char *const types[] = {
    [GH_CONFIG_STRING] = "a string",
    [GH_CONFIG_BOOLEAN] = "yes or no",
    [GH_CONFIG_INTEGER] = "a number",
    [GH_CONFIG_SIZE] = "octets, or with K, M, G",
    [GH_CONFIG_DURATION] = "seconds, or with s, m, h, d",
    [GH_CONFIG_LIST] = "a list with ; between items",
    [GH_CONFIG_CHOICE] = "one of ",
  };

  g_print ("# (%s%s", types[row->type], row->type == GH_CONFIG_CHOICE ? row->choices : "");
  if (row->minimum != 0 || row->maximum != 0)
    g_print (", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, row->minimum, row->maximum);
  g_print (")\n");
}

void
gh_daemon_print_config (void)
{
  const char *group = "";

  for (const GhConfigKey *row = gh_cse_config_keys; row->group != NULL; row++)
    {
      if (!g_str_equal (row->group, group))
        g_print ("%s[%s]\n", group[0] != '\0' ? "\n" : "", row->group);
      group = row->group;
      g_print ("# %s\n", row->help);
      print_bounds (row);
      /* A key without a default is shown, but not set. */
      if (row->fallback != NULL)
        g_print ("%s = %s\n", row->key, row->fallback);
      else
        g_print ("#%s =\n", row->key);
    }
}
