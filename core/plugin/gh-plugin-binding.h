/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/gh-manifest.h"

G_BEGIN_DECLS

/**
 * GhPluginBinding:
 * What the host keeps of a verified plugin: its tables, copied into structs as large as this
 * host's, so that a member that an older plugin does not have is NULL.
 */
typedef struct {
  char *path, *version;
  guint32 capabilities;
  char **requires_names, **after_names; /* never NULL */
  GhPluginOps ops;
  GhTransportOps transport; /* all zero without that capability */
  GhStoreOps store;
  GhSecurityOps security;
} GhPluginBinding;

/**
 * gh_plugin_descriptor_check:
 * @desc: as the module exports it
 * @symbol_size: octets of the symbol, 0 when they are not known
 * @name: that it must have
 * @capabilities: that it must declare; 0: any that this host knows
 *
 * Reads the descriptor and its tables as data; calls nothing. The struct sizes are looked at before
 * anything behind them.
 * Returns: FALSE with GH_ERROR_PLUGIN. Any thread.
 */
gboolean gh_plugin_descriptor_check (const GhPluginDesc *desc, gsize symbol_size, const char *name,
                                     guint32 capabilities, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_plugin_binding_new:
 * @desc: checked
 * @manifest: (nullable): for what it requires; NULL for a built-in plugin
 * @path: for the status
 * Returns: (transfer full)
 */
GhPluginBinding *gh_plugin_binding_new (const GhPluginDesc *desc, const GhManifest *manifest,
                                        const char *path);
void gh_plugin_binding_free (GhPluginBinding *binding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhPluginBinding, gh_plugin_binding_free)

G_END_DECLS
