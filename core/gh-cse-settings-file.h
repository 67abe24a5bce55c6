/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

G_BEGIN_DECLS

/*
 * "settings.conf" of the state folder, see gh-cse-settings.h: a key file that only carries texts,
 * so that what a plugin has been set to stands there as it was given. These block on the disk.
 */

/** gh_cse_settings_read: @path may be %NULL, or of no file: then nothing is read. FALSE with
 * GH_ERROR_CONFIG: it is not ours alone, or has something else than keys of plugins. */
gboolean gh_cse_settings_read (const char *path, GKeyFile *into, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_cse_settings_write: all of it or nothing. FALSE with GH_ERROR_BAD_REQUEST: @path is %NULL;
 * GH_ERROR_STORE */
gboolean gh_cse_settings_write (const char *path, GKeyFile *kept, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_cse_settings_copy: (transfer full) */
GKeyFile *gh_cse_settings_copy (GKeyFile *from);
/** gh_cse_settings_apply: every value into @config. @only_new: but what the program overrides. */
gboolean gh_cse_settings_apply (GKeyFile *from, GhConfig *config, gboolean only_new, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
