/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin-manager.h"

#include "base/gh-log.h"
#include "plugin/gh-plugin-module.h"
#include "plugin/gh-plugin-private.h"

#define GROUP "plugins"

struct _GhPluginManager {
  GObject parent_instance;
  GhConfig *config;
  GMutex lock;        /* of the next one, for those who only look */
  GPtrArray *plugins; /* (GhPlugin), as configured, and behind them those that were loaded later */
  GPtrArray *order;   /* (GhPlugin, not referenced), as they are started; NULL before load_all */
};

G_DEFINE_FINAL_TYPE (GhPluginManager, gh_plugin_manager, G_TYPE_OBJECT)

/* One step that every plugin takes; the state that what it requires must have reached. */
typedef struct {
  gboolean (*call) (GhPlugin *plugin, const GhConfig *config, GError **error);
  GhPluginState from, to;
} Step;

static void
plugin_manager_finalize (GObject *object)
{
  GhPluginManager *manager = GH_PLUGIN_MANAGER (object);

  gh_plugin_manager_unload_all (manager);
  g_clear_pointer (&manager->order, g_ptr_array_unref);
  g_clear_pointer (&manager->plugins, g_ptr_array_unref);
  g_clear_pointer (&manager->config, gh_config_unref);
  g_mutex_clear (&manager->lock);
  G_OBJECT_CLASS (gh_plugin_manager_parent_class)->finalize (object);
}

static void
gh_plugin_manager_class_init (GhPluginManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = plugin_manager_finalize;
}

static void
gh_plugin_manager_init (GhPluginManager *manager)
{
  manager->plugins = g_ptr_array_new_with_free_func (g_object_unref);
  g_mutex_init (&manager->lock);
}

static const char *const no_names[] = { NULL };

static const char *const *
get_names (const GhPluginManager *manager, const char *key)
{
  const char *const *names = gh_config_get_list (manager->config, GROUP, key);

  return names != NULL ? names : no_names;
}

GhPluginManager *
gh_plugin_manager_new (GhConfig *config)
{
  GhPluginManager *manager;
  const char *const *names;
  gboolean all;

  g_return_val_if_fail (config != NULL, NULL);
  manager = g_object_new (GH_TYPE_PLUGIN_MANAGER, NULL);
  manager->config = gh_config_ref (config);
  all = !gh_config_is_set (config, GROUP, "required");
  names = get_names (manager, "load");
  for (gsize i = 0; names[i] != NULL; i++)
    {
      gboolean required = all || g_strv_contains (get_names (manager, "required"), names[i]);

      g_ptr_array_add (manager->plugins, gh_plugin_new (names[i], required));
    }
  names = get_names (manager, "load-also");
  for (gsize i = 0; names[i] != NULL; i++)
    if (gh_plugin_manager_get_plugin (manager, names[i]) == NULL)
      g_ptr_array_add (manager->plugins, gh_plugin_new (names[i], FALSE));
  return manager;
}

const GPtrArray *
gh_plugin_manager_get_plugins (GhPluginManager *manager)
{
  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), NULL);
  return manager->plugins;
}

GhPlugin *
gh_plugin_manager_get_plugin (GhPluginManager *manager, const char *name)
{
  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager) && name != NULL, NULL);
  for (guint i = 0; i < manager->plugins->len; i++)
    {
      GhPlugin *plugin = g_ptr_array_index (manager->plugins, i);

      if (g_str_equal (gh_plugin_get_name (plugin), name))
        return plugin;
    }
  return NULL;
}

GVariant *
gh_plugin_manager_dup_status (GhPluginManager *manager)
{
  GVariantBuilder builder;

  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), NULL);
  locker = g_mutex_locker_new (&manager->lock);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < manager->plugins->len; i++)
    {
      g_autoptr (GVariant) status = gh_plugin_dup_status (manager->plugins->pdata[i]);

      g_variant_builder_add_value (&builder, status);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/*
 * What the table of the configuration cannot say: names are names, once each, and what is required
 * is loaded.
 */
static gboolean
check_config (GhPluginManager *manager, GError **error)
{
  const char *const *required = get_names (manager, "required");

  for (guint i = 0; i < manager->plugins->len; i++)
    {
      const char *name = gh_plugin_get_name (manager->plugins->pdata[i]);

      if (!gh_plugin_name_is_valid (name))
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                     "[" GROUP "] load: '%s' is not the name of a plugin", name);
      else if (gh_plugin_manager_get_plugin (manager, name) != manager->plugins->pdata[i])
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[" GROUP "] load: '%s' stands there twice",
                     name);
      else
        continue;
      return FALSE;
    }
  for (gsize i = 0; required[i] != NULL; i++)
    if (gh_plugin_manager_get_plugin (manager, required[i]) == NULL)
      {
        g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                     "[" GROUP "] required: '%s' is not in [" GROUP "] load", required[i]);
        return FALSE;
      }
  return TRUE;
}

/* A built-in plugin needs no trust in files, but passes the same checks of its descriptor. */
static GhPluginBinding *
bind_builtin (const GhPluginDesc *desc, const char *name, GError **error)
{
  if (!gh_plugin_descriptor_check (desc, 0, name, 0, error))
    return NULL;
  return gh_plugin_binding_new (desc, NULL, "built in");
}

/*
 * Tries the folders in order; every refusal is kept for the error, so that nothing is hidden by a
 * later folder.
 */
static GhPluginBinding *
search_path (GhPluginManager *manager, const char *name, GError **error)
{
  const char *const *path = get_names (manager, "path");
  g_autofree char *joined = g_strjoinv (", ", (char **) path);
  g_autoptr (GString) refusals = g_string_new (NULL);

  for (gsize i = 0; path[i] != NULL; i++)
    {
      g_autoptr (GError) inner = NULL;
      GhPluginBinding *binding = gh_plugin_module_open (path[i], name, &inner);

      if (binding != NULL)
        return binding;
      if (g_error_matches (inner, GH_ERROR, GH_ERROR_NOT_FOUND))
        continue;
      gh_log (GH_LOG_WARNING, "plugin", "file refused", "plugin", name, "reason", inner->message,
              NULL);
      g_string_append_printf (refusals, "%s%s", refusals->len > 0 ? "; " : "", inner->message);
    }
  if (refusals->len == 0)
    g_string_append_printf (refusals, "there is no %s.plugin in %s", name, joined);
  g_set_error_literal (error, GH_ERROR, GH_ERROR_PLUGIN, refusals->str);
  return NULL;
}

static void
find_plugin (GhPluginManager *manager, GhPlugin *plugin)
{
  const char *name = gh_plugin_get_name (plugin);
  const GhPluginDesc *builtin = gh_plugin_builtin_find (name);
  g_autoptr (GError) error = NULL;
  GhPluginBinding *binding;

  binding = builtin != NULL ? bind_builtin (builtin, name, &error)
                            : search_path (manager, name, &error);
  if (binding != NULL)
    {
      gh_plugin_bind (plugin, binding);
      return;
    }
  g_prefix_error (&error, "plugin %s: ", name);
  gh_plugin_fail (plugin, error);
}

/* A plugin goes no further than those that it requires. */
static gboolean
check_requires (GhPluginManager *manager, GhPlugin *plugin, GhPluginState reached, GError **error)
{
  const char *const *names = gh_plugin_get_requires (plugin);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      GhPlugin *other = gh_plugin_manager_get_plugin (manager, names[i]);
      g_autofree char *why = NULL;

      if (other != NULL && gh_plugin_get_state (other) == reached)
        continue;
      if (other != NULL)
        why = gh_plugin_dup_error (other);
      g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "plugin %s: requires %s, which %s%s",
                   gh_plugin_get_name (plugin), names[i],
                   other == NULL ? "[" GROUP "] load does not name" : "is not there: ",
                   other == NULL ? ""
                   : why != NULL ? why
                                 : "not ready");
      return FALSE;
    }
  return TRUE;
}

static void
take_step (GhPluginManager *manager, GhPlugin *plugin, const Step *step)
{
  g_autoptr (GError) error = NULL;

  if (gh_plugin_get_state (plugin) != step->from)
    return;
  if (!check_requires (manager, plugin, step->to, &error))
    gh_plugin_fail (plugin, error);
  else if (!step->call (plugin, manager->config, &error))
    gh_log (GH_LOG_DEBUG, "plugin", "step failed", "plugin", gh_plugin_get_name (plugin), NULL);
}

/* The verdict after a step: the first required plugin that is not there. */
static gboolean
check_required (GhPluginManager *manager, GError **error)
{
  for (guint i = 0; i < manager->plugins->len; i++)
    {
      GhPlugin *plugin = g_ptr_array_index (manager->plugins, i);
      g_autofree char *why = gh_plugin_dup_error (plugin);

      if (!gh_plugin_is_required (plugin) || gh_plugin_get_state (plugin) != GH_PLUGIN_FAILED)
        continue;
      g_set_error_literal (error, GH_ERROR, GH_ERROR_PLUGIN, why);
      return FALSE;
    }
  return TRUE;
}

static gboolean
take_steps (GhPluginManager *manager, const Step *step, GError **error)
{
  for (guint i = 0; manager->order != NULL && i < manager->order->len; i++)
    take_step (manager, manager->order->pdata[i], step);
  return check_required (manager, error);
}

static gboolean
call_load (GhPlugin *plugin, const GhConfig *config, GError **error)
{
  return gh_plugin_load (plugin, error);
}

static gboolean
call_start (GhPlugin *plugin, const GhConfig *config, GError **error)
{
  return gh_plugin_start (plugin, error);
}

gboolean
gh_plugin_manager_load_all (GhPluginManager *manager, GError **error)
{
  static const Step step = { call_load, GH_PLUGIN_VERIFIED, GH_PLUGIN_LOADED };

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), FALSE);
  if (!check_config (manager, error))
    return FALSE;
  gh_plugin_manager_unload_all (manager);
  for (guint i = 0; i < manager->plugins->len; i++)
    {
      gh_plugin_reset (manager->plugins->pdata[i]);
      find_plugin (manager, manager->plugins->pdata[i]);
    }
  g_clear_pointer (&manager->order, g_ptr_array_unref);
  manager->order = gh_plugin_order (manager->plugins);
  return take_steps (manager, &step, error);
}

static GhPlugin *
add_plugin (GhPluginManager *manager, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&manager->lock);
  GhPlugin *plugin = gh_plugin_new (name, FALSE);

  g_ptr_array_add (manager->plugins, plugin);
  return plugin;
}

void
gh_plugin_manager_drop (GhPluginManager *manager, GhPlugin *plugin)
{
  g_return_if_fail (GH_IS_PLUGIN_MANAGER (manager) && GH_IS_PLUGIN (plugin));
  gh_plugin_unload (plugin);
  if (manager->order != NULL)
    g_ptr_array_remove (manager->order, plugin);
  g_mutex_lock (&manager->lock);
  g_ptr_array_remove (manager->plugins, plugin);
  g_mutex_unlock (&manager->lock);
}

/* All steps of the life of one plugin, while the others have taken theirs. */
static gboolean
bring_up (GhPluginManager *manager, GhPlugin *plugin, const GhConfig *config, GError **error)
{
  find_plugin (manager, plugin);
  if (gh_plugin_get_state (plugin) != GH_PLUGIN_VERIFIED)
    {
      g_autofree char *why = gh_plugin_dup_error (plugin);

      g_set_error_literal (error, GH_ERROR, GH_ERROR_PLUGIN, why);
      return FALSE;
    }
  if (gh_plugin_get_store_ops (plugin) != NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "plugin %s: it is a store, which is opened at the start and not later",
                   gh_plugin_get_name (plugin));
      return FALSE;
    }
  if (!check_requires (manager, plugin, GH_PLUGIN_STARTED, error) || !gh_plugin_load (plugin, error)
      || !gh_plugin_configure (plugin, config, error) || !gh_plugin_start (plugin, error))
    return FALSE;
  g_ptr_array_add (manager->order, plugin);
  return TRUE;
}

GhPlugin *
gh_plugin_manager_load (GhPluginManager *manager, const char *name, const GhConfig *config,
                        GError **error)
{
  GhPlugin *plugin;

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager) && manager->order != NULL, NULL);
  if (!gh_plugin_name_is_valid (name))
    {
      g_autofree char *shown = g_utf8_make_valid (name, -1);

      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "\"%.64s\" is not the name of a plugin: it is looked for in [" GROUP
                   "] path, and nowhere else",
                   shown);
      return NULL;
    }
  plugin = gh_plugin_manager_get_plugin (manager, name);
  if (plugin != NULL && gh_plugin_get_state (plugin) != GH_PLUGIN_FAILED)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "plugin %s: it is loaded", name);
      return NULL;
    }
  if (plugin != NULL)
    gh_plugin_manager_drop (manager, plugin);
  plugin = add_plugin (manager, name);
  if (bring_up (manager, plugin, config, error))
    return plugin;
  gh_plugin_manager_drop (manager, plugin);
  return NULL;
}

gboolean
gh_plugin_manager_configure_all (GhPluginManager *manager, GError **error)
{
  static const Step step = { gh_plugin_configure, GH_PLUGIN_LOADED, GH_PLUGIN_CONFIGURED };

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), FALSE);
  return take_steps (manager, &step, error);
}

gboolean
gh_plugin_manager_start_all (GhPluginManager *manager, GError **error)
{
  static const Step step = { call_start, GH_PLUGIN_CONFIGURED, GH_PLUGIN_STARTED };

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), FALSE);
  return take_steps (manager, &step, error);
}

void
gh_plugin_manager_stop_all (GhPluginManager *manager)
{
  g_return_if_fail (GH_IS_PLUGIN_MANAGER (manager));
  for (guint i = manager->order != NULL ? manager->order->len : 0; i > 0; i--)
    gh_plugin_stop (manager->order->pdata[i - 1]);
}

void
gh_plugin_manager_unload_all (GhPluginManager *manager)
{
  g_return_if_fail (GH_IS_PLUGIN_MANAGER (manager));
  gh_plugin_manager_stop_all (manager);
  for (guint i = manager->order != NULL ? manager->order->len : 0; i > 0; i--)
    gh_plugin_unload (manager->order->pdata[i - 1]);
}

GhPlugin *
gh_plugin_manager_find_store (GhPluginManager *manager, const char *name)
{
  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager) && name != NULL, NULL);
  for (guint i = 0; manager->order != NULL && i < manager->order->len; i++)
    {
      const GhStoreOps *ops = gh_plugin_get_store_ops (manager->order->pdata[i]);

      if (ops != NULL && g_str_equal (ops->name, name))
        return manager->order->pdata[i];
    }
  return NULL;
}

GPtrArray *
gh_plugin_manager_list_transports (GhPluginManager *manager)
{
  GPtrArray *transports = g_ptr_array_new ();

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), transports);
  for (guint i = 0; manager->order != NULL && i < manager->order->len; i++)
    if (gh_plugin_get_transport_ops (manager->order->pdata[i]) != NULL)
      g_ptr_array_add (transports, manager->order->pdata[i]);
  return transports;
}

GPtrArray *
gh_plugin_manager_list_security (GhPluginManager *manager)
{
  GPtrArray *provers = g_ptr_array_new ();

  g_return_val_if_fail (GH_IS_PLUGIN_MANAGER (manager), provers);
  for (guint i = 0; manager->order != NULL && i < manager->order->len; i++)
    if (gh_plugin_get_security_ops (manager->order->pdata[i]) != NULL)
      g_ptr_array_add (provers, manager->order->pdata[i]);
  return provers;
}
