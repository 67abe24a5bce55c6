/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include <glib/gi18n.h>

static void
print_plugin (GVariant *plugin)
{
  const char *name = "?", *state = "?", *version = "", *error = "";

  g_variant_lookup (plugin, "name", "&s", &name);
  g_variant_lookup (plugin, "state", "&s", &state);
  g_variant_lookup (plugin, "version", "&s", &version);
  g_variant_lookup (plugin, "error", "&s", &error);
  g_autofree char *known = version[0] != '\0'
                             ? g_strdup_printf (_ ("%s, version %s"), state, version)
                             : g_strdup (state);
  g_autofree char *value = error[0] != '\0' ? g_strdup_printf ("%s: %s", known, error)
                                            : g_steal_pointer (&known);
  ghctl_print_pair (name, value, 2);
}

static void
print_section (GVariant *status, const char *key, const char *title)
{
  g_autoptr (GVariant) section = g_variant_lookup_value (status, key, NULL);
  GVariantIter iter;
  GVariant *item;

  if (section == NULL || !g_variant_is_container (section) || g_variant_n_children (section) == 0)
    return;
  ghctl_print_heading (title, "", 0);
  g_variant_iter_init (&iter, section);
  while ((item = g_variant_iter_next_value (&iter)) != NULL)
    {
      if (g_variant_is_of_type (item, G_VARIANT_TYPE_VARDICT))
        print_plugin (item);
      else if (g_variant_is_of_type (item, G_VARIANT_TYPE_STRING))
        g_print ("  %s\n", g_variant_get_string (item, NULL));
      else if (g_variant_is_of_type (item, G_VARIANT_TYPE_DICT_ENTRY))
        {
          g_autoptr (GVariant) name = g_variant_get_child_value (item, 0);
          g_autoptr (GVariant) boxed = g_variant_get_child_value (item, 1);
          g_autoptr (GVariant) value = g_variant_is_of_type (boxed, G_VARIANT_TYPE_VARIANT)
                                         ? g_variant_get_variant (boxed)
                                         : g_variant_ref (boxed);
          g_autofree char *text = g_variant_print (value, FALSE);
          ghctl_print_pair (g_variant_get_string (name, NULL), text, 2);
        }
      g_variant_unref (item);
    }
}

static void
print_status (GVariant *status)
{
  static const struct {
    const char *key, *label;
  } lines[] = {
    { "version", N_ ("version") },
    { "state", N_ ("state") },
    { "cse-id", N_ ("CSE-ID") },
    { "cse-name", N_ ("CSEBase name") },
    { "administrator", N_ ("administrator") },
    { "registration", N_ ("registration") },
    { "log-level", N_ ("log level") },
  };
  gboolean development = FALSE;
  guint32 schema = 0;

  ghctl_print_heading ("gatehoused", "", 0);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const char *value = NULL;
      if (g_variant_lookup (status, lines[i].key, "&s", &value) && value[0] != '\0')
        ghctl_print_pair (_ (lines[i].label), value, 2);
    }
  if (g_variant_lookup (status, "schema", "u", &schema))
    {
      g_autofree char *text = g_strdup_printf ("%u", schema);
      ghctl_print_pair (_ ("store schema"), text, 2);
    }
  if (g_variant_lookup (status, "development", "b", &development) && development)
    ghctl_print_pair (_ ("identities"), _ ("only claimed (--dev): nothing is proven"), 2);
  print_section (status, "urls", _ ("listeners"));
  print_section (status, "plugins", _ ("plugins"));
  print_section (status, "counters", _ ("counters"));
}

static gboolean
run_status (GhctlRun *run, GError **error)
{
  g_autoptr (GVariant) status = ghctl_status (run->connection, error);

  if (status == NULL)
    return FALSE;
  if (run->json)
    {
      g_autoptr (JsonNode) node = json_gvariant_serialize (status);
      ghctl_print_json (node);
    }
  else
    print_status (status);
  return TRUE;
}

static const GhctlCommand commands[] = {
  { NULL, "", NULL, 0, 0, run_status },
  { NULL, NULL, NULL, 0, 0, NULL },
};

const GhctlGroup ghctl_status_group = {
  .name = "status",
  .summary = N_ ("show what the daemon says about itself"),
  .commands = commands,
  .notes = N_ ("Shows versions, listeners, plugins and counters.\n"),
  .examples = "  ghctl status\n"
              "  ghctl status --json\n",
};
