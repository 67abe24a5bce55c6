/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"

#include <glib/gi18n.h>
#include <string.h>

/* Plugins, as the daemon sees them. */

#define INTERFACE "org.gatehouse.Gatehouse1.Plugin"
#define PLUGINS   "org.gatehouse.Gatehouse1.Plugins"
#define FOLDER    "/org/gatehouse/Gatehouse1/plugin/"

typedef struct {
  gboolean keep, transient;
} Options;

static const char *
text_of (GVariant *plugin, const char *key)
{
  const char *text = "";

  g_variant_lookup (plugin, key, "&s", &text);
  return text;
}

static GhctlColour
colour_of (const char *state)
{
  return strcmp (state, "started") == 0  ? GHCTL_GREEN
         : strcmp (state, "failed") == 0 ? GHCTL_RED
                                         : GHCTL_YELLOW;
}

static void
put_column (const char *text, guint width, GhctlColour colour)
{
  const guint used = ghctl_columns (text);

  ghctl_put (text, colour, NULL);
  g_print ("%*s", used < width ? (int) (width - used) : 1, "");
}

static char *
capabilities_of (GVariant *plugin)
{
  g_autofree const char **names = NULL;

  if (!g_variant_lookup (plugin, "capabilities", "^a&s", &names))
    return g_strdup ("");
  return g_strjoinv (", ", (char **) names);
}

static void
print_line (GVariant *plugin)
{
  g_autofree char *capabilities = capabilities_of (plugin);
  const char *state = text_of (plugin, "state"), *problem = text_of (plugin, "error");

  put_column (text_of (plugin, "name"), 16, GHCTL_BOLD);
  put_column (state, 12, colour_of (state));
  put_column (text_of (plugin, "version"), 10, GHCTL_PLAIN);
  ghctl_put (capabilities, GHCTL_DIM, NULL);
  if (problem[0] != '\0')
    g_print ("  ");
  ghctl_put (problem, GHCTL_RED, NULL);
  g_print ("\n");
}

/* The keys of @list, with their values. */
static void
print_keys (GVariant *plugin, const char *list)
{
  g_autoptr (GVariant) settings = g_variant_lookup_value (plugin, "settings",
                                                          G_VARIANT_TYPE ("a{ss}"));
  g_autofree const char **keys = NULL;

  if (settings == NULL || !g_variant_lookup (plugin, list, "^a&s", &keys))
    return;
  for (guint i = 0; keys[i] != NULL; i++)
    {
      const char *value = "";
      g_autofree char *text = NULL;

      g_variant_lookup (settings, keys[i], "&s", &value);
      text = g_strdup_printf ("%s = %s", keys[i], value);
      ghctl_print_pair (list, text, 2);
    }
}

static void
print_whole (GVariant *plugin)
{
  static const char *const keys[] = { "state", "version", "path", "error" };
  g_autofree char *capabilities = capabilities_of (plugin);
  gboolean required = FALSE, kept = FALSE;

  ghctl_print_heading (text_of (plugin, "name"), "", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (text_of (plugin, keys[i])[0] != '\0')
      ghctl_print_pair (keys[i], text_of (plugin, keys[i]), 2);
  ghctl_print_pair ("capabilities", capabilities, 2);
  g_variant_lookup (plugin, "required", "b", &required);
  ghctl_print_pair ("required", required ? "yes" : "no", 2);
  g_variant_lookup (plugin, "kept", "b", &kept);
  ghctl_print_pair ("kept", kept ? "yes" : "no", 2);
  print_keys (plugin, "changed");
  print_keys (plugin, "pending");
}

/* @name: NULL: all of them. Returns: how many there were, or -1 with @error */
static gint
print_plugins (GhctlRun *run, const char *name, GError **error)
{
  g_autoptr (GVariant) status = ghctl_status (run->connection, error);
  g_autoptr (GVariant) all =
    status != NULL ? g_variant_lookup_value (status, "plugins", G_VARIANT_TYPE ("aa{sv}")) : NULL;
  gint n = 0;

  if (status == NULL)
    return -1;
  for (gsize i = 0; all != NULL && i < g_variant_n_children (all); i++)
    {
      g_autoptr (GVariant) plugin = g_variant_get_child_value (all, i);
      if (name != NULL && strcmp (name, text_of (plugin, "name")) != 0)
        continue;
      n++;
      if (run->json)
        {
          ghctl_json_print_variant (plugin);
        }
      else if (name != NULL)
        print_whole (plugin);
      else
        print_line (plugin);
    }
  return n;
}

static gboolean
run_list (GhctlRun *run, GError **error)
{
  return print_plugins (run, NULL, error) >= 0;
}

static gboolean
run_show (GhctlRun *run, GError **error)
{
  const gint n = print_plugins (run, run->arguments[0], error);

  if (n == 0)
    g_set_error (error, GHCTL_ERROR, GHCTL_REFUSED,
                 _ ("%s: the configuration names no such plugin"), run->arguments[0]);
  return n > 0;
}

/* @arguments: floating, or NULL. Returns: (transfer full) */
static GVariant *
call_plugin (GhctlRun *run, const char *method, GVariant *arguments, const char *answer,
             GError **error)
{
  g_autofree char *name = g_dbus_escape_object_path (run->arguments[0]);
  g_autofree char *path = g_strconcat (FOLDER, name, NULL);
  GhctlCall call = { INTERFACE, method, arguments, answer, -1, -1 };

  return ghctl_call_at (run->connection, path, &call, error);
}

static gboolean
run_plain (GhctlRun *run, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) answer = call_plugin (run, method, arguments, "()", error);

  return ghctl_done (run, answer != NULL);
}

static gboolean
run_start (GhctlRun *run, GError **error)
{
  return run_plain (run, "Start", NULL, error);
}

static gboolean
run_stop (GhctlRun *run, GError **error)
{
  return run_plain (run, "Stop", NULL, error);
}

static gboolean
run_keep (GhctlRun *run, GError **error)
{
  return run_plain (run, "Keep", g_variant_new ("(b)", TRUE), error);
}

static gboolean
run_forget (GhctlRun *run, GError **error)
{
  return run_plain (run, "Keep", g_variant_new ("(b)", FALSE), error);
}

static gboolean
run_load (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) answer = NULL;

  g_variant_dict_insert (&dict, "keep", "b", options->keep);
  answer = ghctl_call_simple (
    run->connection, PLUGINS, "Load",
    g_variant_new ("(s@a{sv})", run->arguments[0], g_variant_dict_end (&dict)), "(o)", error);
  return ghctl_done (run, answer != NULL);
}

/* @answer: of Configure and Reset */
static gboolean
print_effect (GhctlRun *run, GVariant *answer)
{
  g_autoptr (GVariant) effect = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;

  if (effect != NULL && run->json)
    {
      ghctl_json_print_variant (effect);
      return TRUE;
    }
  for (gsize i = 0; effect != NULL && i < g_variant_n_children (effect); i++)
    {
      const char *key, *when;

      g_variant_get_child (effect, i, "{&s&s}", &key, &when);
      if (strcmp (when, "now") == 0)
        g_print (_ ("%s: in force\n"), key);
      else
        g_print (_ ("%s: counts when the plugin is stopped and started\n"), key);
    }
  return effect != NULL;
}

static gboolean
run_set (GhctlRun *run, GError **error)
{
  const Options *options = run->options;
  g_auto (GVariantBuilder) values = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) answer = NULL;

  for (int i = 1; i < run->n_arguments; i++)
    {
      const char *equals = strchr (run->arguments[i], '=');
      g_autofree char *key = NULL;

      if (equals == NULL || equals == run->arguments[i])
        {
          g_set_error (error, GHCTL_ERROR, GHCTL_USAGE, _ ("%s: KEY=VALUE was expected"),
                       run->arguments[i]);
          return FALSE;
        }
      key = g_strndup (run->arguments[i], (gsize) (equals - run->arguments[i]));
      g_variant_builder_add (&values, "{ss}", key, equals + 1);
    }
  g_variant_dict_insert (&dict, "transient", "b", options->transient);
  answer = call_plugin (
    run, "Configure",
    g_variant_new ("(@a{ss}@a{sv})", g_variant_builder_end (&values), g_variant_dict_end (&dict)),
    "(a{ss})", error);
  return print_effect (run, answer);
}

static gboolean
run_reset (GhctlRun *run, GError **error)
{
  g_autoptr (GVariant) answer = call_plugin (
    run, "Reset",
    g_variant_new (
      "(@as)", g_variant_new_strv ((const char *const *) run->arguments + 1, run->n_arguments - 1)),
    "(a{ss})", error);

  return print_effect (run, answer);
}

#define MANY 64

static const GhctlCommand commands[] = {
  { NULL, "", N_ ("list them: name, state, version, what for"), 0, 0, run_list },
  { "list", "", N_ ("the same"), 0, 0, run_list },
  { "show", "NAME", N_ ("show one"), 1, 1, run_show },
  { "load", "NAME", N_ ("load one more, from the folders of the configuration"), 1, 1, run_load },
  { "keep", "NAME", N_ ("load one at the next start, too"), 1, 1, run_keep },
  { "forget", "NAME", N_ ("no longer load one at the next start"), 1, 1, run_forget },
  { "start", "NAME", N_ ("start one that was stopped"), 1, 1, run_start },
  { "stop", "NAME", N_ ("stop one: it no longer listens or proves identities"), 1, 1, run_stop },
  { "set", "NAME KEY=VALUE...", N_ ("set keys of its configuration"), 2, MANY, run_set },
  { "reset", "NAME [KEY...]", N_ ("forget what was set"), 1, MANY, run_reset },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "keep", 0, G_OPTION_ARG_NONE, offsetof (Options, keep), N_ ("load: at the next start, too"),
    NULL, NULL },
  { "transient", 0, G_OPTION_ARG_NONE, offsetof (Options, transient),
    N_ ("set: until gatehoused stops"), NULL, NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_plugin_group = {
  .name = "plugin",
  .summary = N_ ("what is plugged in, and how it is"),
  .commands = commands,
  .options = option_table,
  .examples = "  ghctl plugin\n"
              "  ghctl plugin show coap\n"
              "  ghctl plugin stop http\n"
              "  ghctl plugin load cert --keep\n"
              "  ghctl plugin set coap idle-timeout=1h max-peers=500\n",
  .size = sizeof (Options),
};
