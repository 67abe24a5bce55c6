/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** GhctlLines: the lines of a file, each with its number, none longer than a bound. */
typedef struct {
  GInputStream *stream;
  GByteArray *buffer;
  gsize start, most; /* where the next line begins in the buffer; octets of a line */
  gint64 number;     /* of the line that was read last, from 1 */
  gint64 octets;     /* that have been read as lines */
  gint64 size;       /* of the file; 0: not known */
  gboolean ended;
  gboolean cut; /* the line that was read last is that of the file, and has no end */
} GhctlLines;

/** ghctl_lines_open: @file: "-": standard input */
gboolean ghctl_lines_open (GhctlLines *lines, const char *file, gsize most, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_lines_next: Returns: the next line without its end, valid until the next call; NULL at the
 * end, or with @error (%GHCTL_USAGE) when it is too long, no UTF-8 or cannot be read. */
const char *ghctl_lines_next (GhctlLines *lines, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ghctl_lines_clear (GhctlLines *lines);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhctlLines, ghctl_lines_clear)

G_END_DECLS
