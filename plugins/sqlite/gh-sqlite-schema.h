/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-sqlite-store.h"

G_BEGIN_DECLS

/* "GHst" in the file's header, so that file(1) and we know whose database this is. */
#define GH_SQLITE_APPLICATION_ID 0x47487374
/* 0: before there was a version; 1: looking up by name and by expiration through indexes; 2: the
 * moments of time series; 3: labels, types, times and state tags through indexes */
#define GH_SQLITE_SCHEMA_VERSION 3

#define GH_SQLITE_SCHEMA_EMPTY   (-1)

/**
 * gh_sqlite_schema_identify: reads whose file this is, and changes nothing.
 * @out_version: its schema, or GH_SQLITE_SCHEMA_EMPTY
 * Returns: FALSE with GH_ERROR_STORE for a file of another program or of a newer version
 */
gboolean gh_sqlite_schema_identify (GhSqliteDb *db, gint64 *out_version, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_sqlite_schema_prepare: makes the tables in an empty file, or brings those of @version up to
 * date after a backup (none when @options names a VFS). On FALSE the tables are as they were.
 */
gboolean gh_sqlite_schema_prepare (GhSqliteDb *db, const GhSqliteOptions *options, gint64 version,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_sqlite_schema_check: the pages by SQLite's own check, then what only we know: every counter
 * of a resource that is reachable equals its children, and no number is above its mark.
 * FALSE with GH_ERROR_STORE saying what is damaged; the file is left as it was.
 */
gboolean gh_sqlite_schema_check (GhSqliteDb *db, const GhSqliteOptions *options, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
