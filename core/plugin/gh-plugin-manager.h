/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "plugin/gh-plugin.h"

G_BEGIN_DECLS

#define GH_TYPE_PLUGIN_MANAGER (gh_plugin_manager_get_type ())
/**
 * GhPluginManager:
 * Finds, verifies, orders and runs the plugins that [plugins] load names, and no others. One that
 * fails does not touch the rest; one that is required and fails makes the step fail, after the rest
 * were tried.
 *
 * All functions on the thread that starts the CSE, and later on any, one call at a time; except
 * gh_plugin_manager_dup_status(): any thread at any time.
 */
G_DECLARE_FINAL_TYPE (GhPluginManager, gh_plugin_manager, GH, PLUGIN_MANAGER, GObject)

/**
 * gh_plugin_manager_new:
 * @config: its table holds GH_PLUGIN_CONFIG_ROWS; a reference is taken
 * Returns: (transfer full): a manager with one GhPlugin a name, each in state FOUND; nothing has
 * been opened
 */
GhPluginManager *gh_plugin_manager_new (GhConfig *config);

/**
 * gh_plugin_manager_load_all:
 * @error: GH_ERROR_CONFIG: [plugins] contradicts itself; GH_ERROR_PLUGIN: a required one failed,
 * with its reason
 *
 * For each plugin: takes a built-in one of that name, else searches [plugins] path in order and
 * takes the first whose manifest, owners, modes, digest and descriptor are in order (one that is
 * refused is logged, and the search goes on). Then calls load in the order that Requires and After
 * ask for. Plugins in a cycle fail, those that require a failed one fail. Can be called again after
 * gh_plugin_manager_unload_all(): files are verified again.
 */
gboolean gh_plugin_manager_load_all (GhPluginManager *manager, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_plugin_manager_configure_all: configure of every loaded plugin with the manager's
 * configuration, in order.
 */
gboolean gh_plugin_manager_configure_all (GhPluginManager *manager, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_plugin_manager_start_all: start of every configured plugin, in order. */
gboolean gh_plugin_manager_start_all (GhPluginManager *manager, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_plugin_manager_stop_all: stop of every started plugin, in reverse order. Transports and stores
 * made from them must be gone.
 */
void gh_plugin_manager_stop_all (GhPluginManager *manager);
/**
 * gh_plugin_manager_unload_all: unload of every plugin that was loaded, started ones are stopped
 * before; also done by the last unref.
 */
void gh_plugin_manager_unload_all (GhPluginManager *manager);

/**
 * gh_plugin_manager_load:
 * @name: of one that is not there, or has failed; it is never required
 * @config: what it is configured with; borrowed
 * @error: GH_ERROR_BAD_REQUEST: not a name, or a store; GH_ERROR_CONFLICT: it is there;
 * GH_ERROR_PLUGIN: refused for the same reasons as at the start
 *
 * Finds, verifies, loads, configures and starts one more plugin while the others run. One that
 * cannot is not there afterwards. After gh_plugin_manager_start_all().
 * Returns: (transfer none) (nullable): started
 */
GhPlugin *gh_plugin_manager_load (GhPluginManager *manager, const char *name,
                                  const GhConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_plugin_manager_drop: unloads @plugin and forgets it; nothing made from it may be left. */
void gh_plugin_manager_drop (GhPluginManager *manager, GhPlugin *plugin);

/**
 * gh_plugin_manager_get_plugins: Returns: (transfer none) (element-type GhPlugin): all, in the
 * order of the configuration, and behind them those that were loaded later. Not while one is.
 */
const GPtrArray *gh_plugin_manager_get_plugins (GhPluginManager *manager);
/** gh_plugin_manager_get_plugin: Returns: (transfer none) (nullable): the one of that name */
GhPlugin *gh_plugin_manager_get_plugin (GhPluginManager *manager, const char *name);
/** gh_plugin_manager_dup_status: Returns: (transfer full): aa{sv}, see gh_plugin_dup_status(). */
GVariant *gh_plugin_manager_dup_status (GhPluginManager *manager);

/**
 * gh_plugin_manager_find_store:
 * @name: the store's own name (GhStoreOps.name), as in [store] type
 * Returns: (transfer none) (nullable): the plugin that has it, for gh_plugin_open_store(); only one
 * that is loaded
 */
GhPlugin *gh_plugin_manager_find_store (GhPluginManager *manager, const char *name);
/**
 * gh_plugin_manager_list_transports: Returns: (transfer container) (element-type GhPlugin): loaded
 * plugins with that capability, in starting order
 */
GPtrArray *gh_plugin_manager_list_transports (GhPluginManager *manager);
/**
 * gh_plugin_manager_list_security: Returns: (transfer container) (element-type GhPlugin): loaded
 * plugins that prove identities, in starting order; their tables are for gh_security_add_plugin()
 */
GPtrArray *gh_plugin_manager_list_security (GhPluginManager *manager);

G_END_DECLS
