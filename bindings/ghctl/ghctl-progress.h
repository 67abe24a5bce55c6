/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** GhctlProgress: how far something long is, on standard error, if that is a terminal; nothing
 * otherwise. */
typedef struct {
  const char *what; /* "export" */
  gint64 total;     /* 0: not known */
  gint64 next_us;   /* when it is drawn again; monotonic */
  gboolean shown;
} GhctlProgress;

/** ghctl_progress_shown: will anybody see it? */
gboolean ghctl_progress_shown (void);
/** ghctl_progress_update: drawn ten times a second at most. @done: of the total; @count: of what
 * people count */
void ghctl_progress_update (GhctlProgress *progress, gint64 done, gint64 count);
/** ghctl_progress_end: takes the bar away. */
void ghctl_progress_end (GhctlProgress *progress);

G_END_DECLS
