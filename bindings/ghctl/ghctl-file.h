/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Files that appear whole or not at all, one at a time. A signal that ends ghctl meanwhile takes
 * what was written away again. */

/** ghctl_file_begin: @file: "-": standard output. Without @replace nothing may be there.
 * @out_temporary: (out) (transfer full): what it is called until it is complete; NULL of "-".
 * Returns: a descriptor, or -1 with %GHCTL_ERROR */
int ghctl_file_begin (const char *file, gboolean replace, char **out_temporary, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_file_commit: it is on the disk, under its name. @fd: not closed */
gboolean ghctl_file_commit (int fd, const char *temporary, const char *file, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_file_abandon: what was written is taken away. @temporary: may be NULL; errno stays. */
void ghctl_file_abandon (const char *temporary);

G_END_DECLS
