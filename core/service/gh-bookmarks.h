/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhBookmarks:
 * Where nested answers ended that were not complete, so that the next request goes on there instead
 * of counting its offset from the first child: a page costs what it holds, wherever it lies, and
 * children that go meanwhile do not move those behind them. The latest %GH_BOOKMARKS_MAX are kept,
 * for ten minutes; without one an offset is counted. Any thread.
 */
typedef struct _GhBookmarks GhBookmarks;

#define GH_BOOKMARKS_MAX 128

/** GhBookmark: @taken direct children of @root come before the place, and the instance @number is
 * the last of them. */
typedef struct {
  guint64 root;           /* number of the resource that was asked for its children */
  const char *originator; /* NULL: nobody named; borrowed */
  gint64 offset;          /* that the answer named, from 1; @taken + 1, or more when it ended on
                             its way there */
  gint64 taken;
  guint64 number;
} GhBookmark;

GhBookmarks *gh_bookmarks_new (void);
void gh_bookmarks_free (GhBookmarks *bookmarks);
/** gh_bookmarks_put: the originator is copied. It takes the place of the one for the offset
 * @before, that it follows. @now_us: wall clock. */
void gh_bookmarks_put (GhBookmarks *bookmarks, const GhBookmark *bookmark, gint64 before,
                       gint64 now_us);
/** gh_bookmarks_find: the one of its root, originator and offset, or of the offset behind it,
 * when its last child is the one that is asked for. TRUE: offset is the one that was found, and
 * taken and number say what comes before the place: instances above number are next. */
gboolean gh_bookmarks_find (GhBookmarks *bookmarks, GhBookmark *bookmark, gint64 now_us)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
