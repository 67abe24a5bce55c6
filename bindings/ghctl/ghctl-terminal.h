/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is written for somebody who looks at it. */

typedef enum {
  GHCTL_PLAIN,
  GHCTL_BOLD,
  GHCTL_DIM,
  GHCTL_RED,
  GHCTL_GREEN,
  GHCTL_YELLOW,
  GHCTL_BLUE,
  GHCTL_MAGENTA,
  GHCTL_CYAN,
} GhctlColour;

/** ghctl_colours: on standard output: only a terminal, and only if nobody said no. */
gboolean ghctl_colours (void);
/** ghctl_unicode: can box drawing be shown? */
gboolean ghctl_unicode (void);
/** ghctl_width: columns of the terminal that @fd is, such as STDOUT_FILENO; 0: it is none, and
 * lines are as long as they are. */
guint ghctl_width (int fd);

/** ghctl_columns: how many it takes on a terminal. */
guint ghctl_columns (const char *text);

/** ghctl_put: on standard output, made printable, and of at most *@room columns, which it takes
 * away; (inout) @room: NULL: no bound. What is cut ends with an ellipsis, and then nothing is left.
 */
void ghctl_put (const char *text, GhctlColour colour, guint *room);

/** ghctl_printable: what a peer put into @text does not steer the terminal. Returns: (transfer
 * full) */
char *ghctl_printable (const char *text);
/** ghctl_timestamp: 20261122T061500 as 2026-11-22 06:15:00 UTC; anything else as it is. Returns:
 * (transfer full) */
char *ghctl_timestamp (const char *text);
/** ghctl_size: "64.0 KiB". Returns: (transfer full) */
char *ghctl_size (gint64 octets);

G_END_DECLS
