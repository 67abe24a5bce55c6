/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What each file that must last needs. All: FALSE with errno. Block on the disk. Any thread. */

/** gh_file_write_all: all @length octets, behind what was written before. */
gboolean gh_file_write_all (int fd, gconstpointer octets, gsize length) G_GNUC_WARN_UNUSED_RESULT;
/** gh_file_write_all_at: all of them, at @at; the file's own position stays. */
gboolean gh_file_write_all_at (int fd, gconstpointer octets, gsize length, goffset at)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_file_sync_folder: names that were given, changed or taken away in @folder are on the disk. */
gboolean gh_file_sync_folder (const char *folder) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
