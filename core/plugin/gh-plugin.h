/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "plugin/gh-plugin-abi.h"

G_BEGIN_DECLS

/**
 * GhPluginState:
 * The life of a plugin (design section 7), in order. FAILED can follow any of them and is left only
 * by loading again.
 */
typedef enum {
  GH_PLUGIN_FOUND, /* named in the configuration; nothing has been opened */
  /* manifest, file trust, digest and descriptor are in order; no function of it was called */
  GH_PLUGIN_VERIFIED,
  GH_PLUGIN_LOADED, /* its load returned TRUE */
  GH_PLUGIN_CONFIGURED,
  GH_PLUGIN_STARTED,
  GH_PLUGIN_STOPPED,
  GH_PLUGIN_UNLOADED, /* its objects are gone, its module stays resident */
  GH_PLUGIN_FAILED,   /* refused or failed; gh_plugin_dup_error() says why */
} GhPluginState;

#define GH_TYPE_PLUGIN (gh_plugin_get_type ())
/**
 * GhPlugin:
 * One plugin that the configuration names, whether or not it could be loaded. Made by
 * GhPluginManager. Every call into a plugin that can fail goes through the functions below: they
 * check the state, put the plugin's name in front of its errors, and turn a failure without an
 * error, or a success with one, into an error of its own.
 *
 * Getters and dup functions: any thread. Calls into the plugin: the thread that starts the CSE.
 */
G_DECLARE_FINAL_TYPE (GhPlugin, gh_plugin, GH, PLUGIN, GObject)

/** gh_plugin_get_name: as the configuration writes it. */
const char *gh_plugin_get_name (GhPlugin *plugin);
/** gh_plugin_is_required: the CSE does not start without it. */
gboolean gh_plugin_is_required (GhPlugin *plugin);
GhPluginState gh_plugin_get_state (GhPlugin *plugin);
/** gh_plugin_state_to_string: "found", "verified", ...; static. */
const char *gh_plugin_state_to_string (GhPluginState state);
/** gh_plugin_set_quiet: its transport does not listen any more, or it is not asked who somebody is,
 * although the plugin is started; the status then says "stopped". Any thread. */
void gh_plugin_set_quiet (GhPlugin *plugin, gboolean quiet);
gboolean gh_plugin_is_quiet (GhPlugin *plugin);
/** gh_plugin_dup_version: Returns: (transfer full) (nullable): its version, once it is verified. */
char *gh_plugin_dup_version (GhPlugin *plugin);
/**
 * gh_plugin_dup_path: Returns: (transfer full) (nullable): the file of its module; "built in" for
 * one that is linked in.
 */
char *gh_plugin_dup_path (GhPlugin *plugin);
/** gh_plugin_dup_error: Returns: (transfer full) (nullable): why it failed. */
char *gh_plugin_dup_error (GhPlugin *plugin);
/**
 * gh_plugin_dup_status: Returns: (transfer full): a{sv} of name, state, required, and version,
 * path, capabilities (as), error where there are any.
 */
GVariant *gh_plugin_dup_status (GhPlugin *plugin);

/**
 * gh_plugin_get_transport_ops, gh_plugin_get_store_ops, gh_plugin_get_security_ops:
 * Returns: (nullable): its table, as large as this host's struct (what the plugin does not have is
 * NULL); valid as long as @plugin, or until it is loaded again. %NULL when it has no such
 * capability, or has not been verified, or has failed.
 */
const GhTransportOps *gh_plugin_get_transport_ops (GhPlugin *plugin);
const GhStoreOps *gh_plugin_get_store_ops (GhPlugin *plugin);
const GhSecurityOps *gh_plugin_get_security_ops (GhPlugin *plugin);

/**
 * gh_plugin_create_transport:
 * ops->create through the runner; the plugin is at least configured. A failure fails the plugin.
 * Returns: (transfer full) (nullable): freed by ops->free; %NULL with @error set (the plugin's own
 * domain and code, else GH_ERROR_PLUGIN)
 */
GhTransport *gh_plugin_create_transport (GhPlugin *plugin, const GhTransportHost *host,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_plugin_start_transport: ops->start through the runner. A failure fails the plugin; the
 * transport stays the caller's to free.
 */
gboolean gh_plugin_start_transport (GhPlugin *plugin, GhTransport *transport, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_plugin_open_store: ops->open through the runner; the plugin is at least configured. A failure
 * fails the plugin. Returns: closed by ops->close
 */
GhStore *gh_plugin_open_store (GhPlugin *plugin, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
