/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include <glib/gi18n.h>
#include <string.h>

/* Plugins, as the daemon sees them. */

#define INTERFACE "org.gatehouse.Gatehouse1.Plugin"
#define FOLDER    "/org/gatehouse/Gatehouse1/plugin/"

typedef struct {
  gboolean json;
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
  const glong length = g_utf8_strlen (text, -1);

  ghctl_put (text, colour, NULL);
  g_print ("%*s", (int) MAX (1, (glong) width - length), "");
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

static void
print_whole (GVariant *plugin)
{
  static const char *const keys[] = { "state", "version", "path", "error" };
  g_autofree char *capabilities = capabilities_of (plugin);
  gboolean required = FALSE;

  ghctl_print_heading (text_of (plugin, "name"), "", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (text_of (plugin, keys[i])[0] != '\0')
      ghctl_print_pair (keys[i], text_of (plugin, keys[i]), 2);
  ghctl_print_pair ("capabilities", capabilities, 2);
  g_variant_lookup (plugin, "required", "b", &required);
  ghctl_print_pair ("required", required ? "yes" : "no", 2);
}

/* @name: NULL: all of them. Returns: how many there were, or -1 with @error */
static gint
print_plugins (GhctlRun *run, const char *name, GError **error)
{
  const Options *options = run->options;
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
      if (options->json)
        {
          g_autofree char *text = json_gvariant_serialize_data (plugin, NULL);
          g_print ("%s\n", text);
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

static gboolean
call_plugin (GhctlRun *run, const char *method, GError **error)
{
  g_autofree char *name = g_dbus_escape_object_path (run->arguments[0]);
  g_autofree char *path = g_strconcat (FOLDER, name, NULL);

  return ghctl_call_at (run->connection, path, INTERFACE, method, error);
}

static gboolean
run_start (GhctlRun *run, GError **error)
{
  return call_plugin (run, "Start", error);
}

static gboolean
run_stop (GhctlRun *run, GError **error)
{
  return call_plugin (run, "Stop", error);
}

static const GhctlCommand commands[] = {
  { NULL, "", N_ ("list them: name, state, version, what for"), 0, 0, run_list },
  { "list", "", N_ ("the same"), 0, 0, run_list },
  { "show", "NAME", N_ ("show one"), 1, 1, run_show },
  { "start", "NAME", N_ ("let a transport that was stopped listen again"), 1, 1, run_start },
  { "stop", "NAME", N_ ("close the listeners of a transport"), 1, 1, run_stop },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "json", 'j', G_OPTION_ARG_NONE, offsetof (Options, json), N_ ("One object a line"), NULL,
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_plugin_group = {
  .name = "plugin",
  .summary = N_ ("what is plugged in, and how it is"),
  .commands = commands,
  .options = option_table,
  .examples = "  ghctl plugin\n"
              "  ghctl plugin show coap\n"
              "  ghctl plugin stop http\n",
  .size = sizeof (Options),
};
