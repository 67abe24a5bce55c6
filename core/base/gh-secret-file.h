/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-secret.h"

G_BEGIN_DECLS

/* Files that the configuration names, and that somebody else may have made. */

typedef enum {
  GH_FILE_PUBLIC, /* whoever may read it */
  GH_FILE_SECRET, /* ours, and nobody else's: mode 0600, no symbolic link; or a credential that
                   * systemd has put into $CREDENTIALS_DIRECTORY */
} GhFileKind;

/**
 * gh_secret_file_load: a regular file of 1 to @maximum (65536 at most) octets, read whole.
 * Returns: (transfer full), or NULL with GH_ERROR_NOT_FOUND when there is no such file, else
 * GH_ERROR_STORE; the message begins with the path. Blocks. Any thread.
 */
GhSecret *gh_secret_file_load (const char *path, GhFileKind kind, gsize maximum, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
