/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/gh-plugin-binding.h"
#include "plugin/gh-plugin.h"

G_BEGIN_DECLS

/* What the manager does with a plugin. All on the thread that starts the CSE. */

/** gh_plugin_new: state FOUND. Returns: (transfer full) */
GhPlugin *gh_plugin_new (const char *name, gboolean required);
/**
 * gh_plugin_reset: back to FOUND, to be looked for again; only one that is UNLOADED or FAILED and
 * holds nothing.
 */
void gh_plugin_reset (GhPlugin *plugin);
/** gh_plugin_bind: VERIFIED. Takes @binding. */
void gh_plugin_bind (GhPlugin *plugin, GhPluginBinding *binding);
/** gh_plugin_fail: FAILED, with @reason (transfer none) for the status; logged. */
void gh_plugin_fail (GhPlugin *plugin, const GError *reason);

/* The names of what it requires and what it comes after; empty before it is verified. */
const char *const *gh_plugin_get_requires (GhPlugin *plugin);
const char *const *gh_plugin_get_after (GhPlugin *plugin);

/*
 * The runner: one step of its life each. A failure makes it FAILED; a call in the wrong state
 * changes nothing.
 */
gboolean gh_plugin_load (GhPlugin *plugin, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_plugin_configure (GhPlugin *plugin, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_plugin_start (GhPlugin *plugin, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_plugin_stop, gh_plugin_unload: undo what was done, also of one that failed later; nothing when
 * nothing was.
 */
void gh_plugin_stop (GhPlugin *plugin);
void gh_plugin_unload (GhPlugin *plugin);

/**
 * gh_plugin_order:
 * @plugins: (element-type GhPlugin): in the order of the configuration; those that are not VERIFIED
 * are passed over
 *
 * Plugins of a cycle become FAILED, with the cycle as their error. The order is that of the
 * configuration as far as Requires and After allow.
 * Returns: (transfer full) (element-type GhPlugin): without references of its own
 */
GPtrArray *gh_plugin_order (const GPtrArray *plugins);

G_END_DECLS
