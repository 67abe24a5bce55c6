/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The files of a state folder are exchanged for restored ones as if at once. The new ones are
 * written into a folder inside it; when that gets another name, the exchange is decided, and
 * whoever opens the folder next ends it, whenever the power went away:
 *
 *   restore.new/      is being written; worth nothing
 *   restore.ready/    whole. What is in place goes to restore.ready/before/, and then this is
 *   restore.placing/  whose files get their places; before/ becomes before-restore-TIME/
 *
 * Whoever calls these holds the lock of the store. They block on the disk. Errors are those of gio.
 * What is no longer a folder of ours (a link) is refused.
 */

/** gh_restore_begin: makes the folder for the new files (what an earlier one left is removed),
 * which belongs to whom @folder belongs to. Returns: a descriptor of it, to be closed, or -1 with
 * @error */
int gh_restore_begin (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_restore_open: makes one of the new files in @fd, mode 0600: "vault.key", "vault" or
 * "gatehouse.db". Without a "vault.key", the one that is in place stays. Returns: a descriptor, to
 * be synced and closed, or -1 with @error */
int gh_restore_open (int fd, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_restore_commit: decides for the files in @fd, which are on the disk. gh_restore_finish()
 * carries it out. */
gboolean gh_restore_commit (const char *folder, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_restore_finish: ends what was decided; does nothing when nothing was. @out_aside: (out)
 * (nullable) (optional) (transfer full): the name of the folder inside @folder with what was there
 */
gboolean gh_restore_finish (const char *folder, char **out_aside, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_restore_abandon: removes what was not decided. */
void gh_restore_abandon (const char *folder);

G_END_DECLS
