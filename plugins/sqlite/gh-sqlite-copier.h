/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-sqlite-db.h"

G_BEGIN_DECLS

/*
 * Copies the write-ahead log into the file on a thread and a connection of its own, while the
 * writer goes on appending: so the writer does not wait for thousands of pages and their sync. What
 * is appended meanwhile is left for the writer. One caller at a time.
 */
typedef struct _GhSqliteCopier GhSqliteCopier;

typedef enum {
  GH_SQLITE_COPIER_IDLE,
  GH_SQLITE_COPIER_RUNNING,
  GH_SQLITE_COPIER_DONE,   /* reported once */
  GH_SQLITE_COPIER_FAILED, /* reported once; the reason is logged */
} GhSqliteCopierState;

/** gh_sqlite_copier_new: starts the thread. @path: of the file. Returns: (transfer full) */
GhSqliteCopier *gh_sqlite_copier_new (const char *path);
/** gh_sqlite_copier_free: waits for the copy that runs. */
void gh_sqlite_copier_free (GhSqliteCopier *copier);
/** gh_sqlite_copier_ask: begins a copy; nothing when one runs. */
void gh_sqlite_copier_ask (GhSqliteCopier *copier);
/** gh_sqlite_copier_wait: returns when no copy runs. */
void gh_sqlite_copier_wait (GhSqliteCopier *copier);
/** gh_sqlite_copier_poll: @out_copied: with DONE, pages from the log's start that are in the file.
 */
GhSqliteCopierState gh_sqlite_copier_poll (GhSqliteCopier *copier, int *out_copied);

G_END_DECLS
