/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin-private.h"

/* Plugins are few (the list in the configuration), so plain scans are enough. */

typedef struct {
  const GPtrArray *plugins;
  GHashTable *waiting; /* (char *name) -> GhPlugin, not yet in the order */
} Ordering;

/* The first plugin that @plugin has to wait for, or NULL. */
static GhPlugin *
find_obstacle (const Ordering *ordering, GhPlugin *plugin)
{
  const char *const *lists[] = { gh_plugin_get_requires (plugin), gh_plugin_get_after (plugin) };

  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (gsize i = 0; lists[list][i] != NULL; i++)
      {
        GhPlugin *other = g_hash_table_lookup (ordering->waiting, lists[list][i]);

        if (other != NULL)
          return other;
      }
  return NULL;
}

static GhPlugin *
find_waiting (const Ordering *ordering, gboolean free_to_go)
{
  for (guint i = 0; i < ordering->plugins->len; i++)
    {
      GhPlugin *plugin = g_ptr_array_index (ordering->plugins, i);

      if (g_hash_table_lookup (ordering->waiting, gh_plugin_get_name (plugin)) == plugin
          && (!free_to_go || find_obstacle (ordering, plugin) == NULL))
        return plugin;
    }
  return NULL;
}

/*
 * Everybody waits, so that following the obstacles from anywhere ends in a circle: finds it and
 * fails its members.
 */
static void
fail_a_cycle (const Ordering *ordering)
{
  g_autoptr (GPtrArray) walked = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new ("its order is a cycle: ");
  g_autoptr (GError) error = NULL;
  GhPlugin *plugin = find_waiting (ordering, FALSE);
  guint first;

  while (!g_ptr_array_find (walked, plugin, &first))
    {
      g_ptr_array_add (walked, plugin);
      plugin = find_obstacle (ordering, plugin);
    }
  for (guint i = first; i < walked->len; i++)
    g_string_append_printf (text, "%s after ", gh_plugin_get_name (walked->pdata[i]));
  g_string_append (text, gh_plugin_get_name (plugin));
  for (guint i = first; i < walked->len; i++)
    {
      const char *name = gh_plugin_get_name (walked->pdata[i]);

      g_clear_error (&error);
      g_set_error (&error, GH_ERROR, GH_ERROR_PLUGIN, "plugin %s: %s", name, text->str);
      gh_plugin_fail (walked->pdata[i], error);
      g_hash_table_remove (ordering->waiting, name);
    }
}

GPtrArray *
gh_plugin_order (const GPtrArray *plugins)
{
  g_autoptr (GHashTable) waiting = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *order = g_ptr_array_new ();
  const Ordering ordering = { plugins, waiting };

  for (guint i = 0; i < plugins->len; i++)
    {
      GhPlugin *plugin = g_ptr_array_index (plugins, i);

      if (gh_plugin_get_state (plugin) == GH_PLUGIN_VERIFIED)
        g_hash_table_insert (waiting, (gpointer) gh_plugin_get_name (plugin), plugin);
    }
  while (g_hash_table_size (waiting) > 0)
    {
      GhPlugin *next = find_waiting (&ordering, TRUE);

      if (next == NULL)
        {
          fail_a_cycle (&ordering);
          continue;
        }
      g_hash_table_remove (waiting, gh_plugin_get_name (next));
      g_ptr_array_add (order, next);
    }
  return order;
}
