/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"
#include "gh-cse.h"

G_BEGIN_DECLS

/*
 * What is set while a CSE runs: keys of plugins, and which plugins are loaded beside those of the
 * configuration. What is to last is in a file of the state folder, "settings.conf", that the CSE
 * writes: it counts more than gatehouse.conf, and less than what the program overrides. What is not
 * to last counts more than both, until the CSE stops. One call at a time of those that change
 * something; of a CSE that runs; they block on the disk.
 */

/** gh_cse_settings_start: reads the file into the configuration; before anything else reads that.
 * FALSE with GH_ERROR_CONFIG: it is not ours alone, or not what we write. */
gboolean gh_cse_settings_start (GhCse *cse, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_cse_settings_free (GhCse *cse);

/**
 * gh_cse_configure_plugin:
 * @name: of a plugin that is loaded
 * @values: a{ss}: keys of its group, and their values as they would stand in the file
 * @keep: beyond this run
 *
 * All of them, or none: they are checked like the file, and by the plugin. Returns: (transfer
 * full): a{ss}: for each key "now", or "restart": when the plugin is started the next time. %NULL
 * with
 * @error: GH_ERROR_NOT_FOUND, GH_ERROR_BAD_REQUEST (it has no keys; nothing can be kept),
 * GH_ERROR_CONFIG (names key, value and what is allowed)
 */
GVariant *gh_cse_configure_plugin (GhCse *cse, const char *name, GVariant *values, gboolean keep,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_cse_reset_plugin: what was set while a CSE ran is forgotten, in the file, too. @keys: an
 * empty list: all of the plugin. As gh_cse_configure_plugin(). */
GVariant *gh_cse_reset_plugin (GhCse *cse, const char *name, const char *const *keys,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_cse_keep_plugin: whether a plugin that was loaded while the CSE ran is loaded at the next
 * start. */
gboolean gh_cse_keep_plugin (GhCse *cse, const char *name, gboolean keep, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_take_config: the configuration as it stands now in its file; what was set counts more.
 * With the lock of gh_cse_reload(). Returns: (transfer full): both */
GhConfig *gh_cse_take_config (GhCse *cse, const GhConfig *config, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_cse_note_running: the plugin was started with @config; NULL: it is stopped. */
void gh_cse_note_running (GhCse *cse, const char *name, const GhConfig *config);
/** gh_cse_is_pending: the value of this key of a plugin waits for its next start. FALSE, too, when
 * it is no key of a plugin that is loaded. Any thread. */
gboolean gh_cse_is_pending (GhCse *cse, const char *group, const char *key);
/** gh_cse_add_settings: to the status of a plugin: settings (a{ss}), changed, pending (as), kept
 * (b). (transfer full) Any thread. */
GVariant *gh_cse_add_settings (GhCse *cse, GVariant *status);

G_END_DECLS
