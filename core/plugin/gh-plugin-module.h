/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/gh-plugin-binding.h"

G_BEGIN_DECLS

/**
 * gh_plugin_module_open:
 * @folder_path: absolute
 * @name: of the plugin: its manifest is NAME.plugin in that folder
 *
 * Manifest, owners, modes, digest, module and descriptor, in this order; the first that is not in
 * order ends it. The module is loaded at its first use in this process and stays resident; a second
 * use of the same octets finds it again. The constructors of the module run when it is loaded, so
 * everything that can be known before is checked before.
 * Returns: (transfer full) (nullable): %NULL with GH_ERROR_PLUGIN, or with GH_ERROR_NOT_FOUND when
 * the folder has no such manifest. Any thread.
 */
GhPluginBinding *gh_plugin_module_open (const char *folder_path, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_plugin_builtin_find: Returns: (nullable): the descriptor linked in under that name, not yet
 * checked. Any thread.
 */
const GhPluginDesc *gh_plugin_builtin_find (const char *name);

G_END_DECLS
