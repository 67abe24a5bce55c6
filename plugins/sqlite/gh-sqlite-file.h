/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-sqlite-db.h"

G_BEGIN_DECLS

/* The store's file beneath SQLite: who may read it, who has it open, and its copy before a change.
 */

/**
 * gh_sqlite_file_lock:
 * @path: of the store; its folder is made (mode 0700) if it is not there
 *
 * Takes PATH.lock, which one process holds as long as it has the store open. Not the file itself:
 * closing any descriptor of it would drop the locks that SQLite holds in this process.
 * Returns: a descriptor, whose closing gives the lock back; -1 with GH_ERROR_STORE
 */
int gh_sqlite_file_lock (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_sqlite_file_finish_restore: under the lock, before the file is opened: ends an exchange of
 * the state folder that was decided and not ended. Blocks on the disk. Errors: %GH_ERROR_STORE */
gboolean gh_sqlite_file_finish_restore (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_sqlite_file_prepare: makes @path with mode 0600 if it is not there. FALSE with GH_ERROR_STORE
 * when it is anything but a plain file. Before SQLite opens it.
 */
gboolean gh_sqlite_file_prepare (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_sqlite_file_protect: takes the rights of others on @path away; opens nothing. */
gboolean gh_sqlite_file_protect (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_sqlite_file_backup: copies the open @db to PATH.schema-@version.backup, or the first free name
 * with a number behind it; an earlier copy is never replaced.
 * Returns: (transfer full): the name, or NULL with GH_ERROR_STORE
 */
char *gh_sqlite_file_backup (GhSqliteDb *db, gint version, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_sqlite_file_save: copies the store @path, while its daemon goes on, as it is at one moment, to
 * @copy, an empty file. By a connection of its own; any thread. FALSE with GH_ERROR_STORE
 */
gboolean gh_sqlite_file_save (const char *path, const char *vfs, const char *copy, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
