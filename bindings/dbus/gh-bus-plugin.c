/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-plugin.h"

#include "gh-bus-kind.h"
#include "gh-cse-plugins.h"
#include "gh-cse-settings.h"

/* Which plugin's object was called; it need not be there. (transfer full) */
static char *
name_of (const GhBusJob *job)
{
  char *name = NULL;

  gh_bus_kind_of_path (g_dbus_method_invocation_get_object_path (job->invocation), &name);
  return name != NULL ? name : g_strdup ("");
}

gboolean
gh_bus_plugin_start (GhBusJob *job, GError **error)
{
  g_autofree char *name = name_of (job);

  return gh_cse_start_plugin (job->cse, name, error);
}

gboolean
gh_bus_plugin_stop (GhBusJob *job, GError **error)
{
  g_autofree char *name = name_of (job);

  return gh_cse_stop_plugin (job->cse, name, error);
}

/* Takes @effect, what has come of the settings; NULL: an error. */
static gboolean
reply_effect (GhBusJob *job, GVariant *effect)
{
  if (effect == NULL)
    return FALSE;
  job->reply = g_variant_new ("(@a{ss})", effect);
  g_variant_unref (effect);
  return TRUE;
}

gboolean
gh_bus_plugin_configure (GhBusJob *job, GError **error)
{
  g_autofree char *name = name_of (job);
  g_autoptr (GVariant) values = g_variant_get_child_value (job->parameters, 0);
  g_autoptr (GVariant) options = g_variant_get_child_value (job->parameters, 1);
  gboolean transient = FALSE;

  g_variant_lookup (options, "transient", "b", &transient);
  return reply_effect (job, gh_cse_configure_plugin (job->cse, name, values, !transient, error));
}

gboolean
gh_bus_plugin_reset (GhBusJob *job, GError **error)
{
  g_autofree char *name = name_of (job);
  g_autofree const char **keys = NULL;

  g_variant_get (job->parameters, "(^a&s)", &keys);
  return reply_effect (job, gh_cse_reset_plugin (job->cse, name, keys, error));
}

gboolean
gh_bus_plugin_keep (GhBusJob *job, GError **error)
{
  g_autofree char *name = name_of (job);
  gboolean keep;

  g_variant_get (job->parameters, "(b)", &keep);
  return gh_cse_keep_plugin (job->cse, name, keep, error);
}

gboolean
gh_bus_plugins_load (GhBusJob *job, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (job->parameters, 1);
  gboolean keep = FALSE;
  const char *name = NULL;
  g_autofree char *path = NULL;

  g_variant_get_child (job->parameters, 0, "&s", &name);
  g_variant_lookup (options, "keep", "b", &keep);
  if (!gh_cse_load_plugin (job->cse, name, error)
      || (keep && !gh_cse_keep_plugin (job->cse, name, TRUE, error)))
    return FALSE;
  path = gh_bus_kind_path (gh_bus_kind_of_watch (GH_WATCH_PLUGIN), name);
  job->reply = g_variant_new ("(o)", path);
  return TRUE;
}
