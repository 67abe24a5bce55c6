/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** ghctl_time_parse: a time that somebody typed: 2026-11-22, 2026-11-22T06:15:00Z (local, when it
 * does not say which zone), or 2h for two hours ago. @option: its name, for the error. Returns:
 * (transfer full): in UTC, or %NULL with %GHCTL_ERROR */
GDateTime *ghctl_time_parse (const char *option, const char *text, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
