/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-plugin.h"

#include "gh-bus-kind.h"
#include "gh-cse-plugins.h"

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

gboolean
gh_bus_plugins_load (GhBusJob *job, GError **error)
{
  const char *name = NULL;
  g_autofree char *path = NULL;

  g_variant_get_child (job->parameters, 0, "&s", &name);
  if (!gh_cse_load_plugin (job->cse, name, error))
    return FALSE;
  path = gh_bus_kind_path (gh_bus_kind_of_watch (GH_WATCH_PLUGIN), name);
  job->reply = g_variant_new ("(o)", path);
  return TRUE;
}
