/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhLogLevel:
 * Levels of the log. One line an event: `level area: message key=value ...`. Values are quoted and
 * control characters escaped, so that nothing a peer sends can forge a line. Secrets never enter
 * it.
 */
typedef enum { GH_LOG_ERROR, GH_LOG_WARNING, GH_LOG_NOTICE, GH_LOG_INFO, GH_LOG_DEBUG } GhLogLevel;

/** gh_log_set_level: the least urgent level that is written; process-wide, any thread. */
void gh_log_set_level (GhLogLevel level);
GhLogLevel gh_log_get_level (void);
/** gh_log_level_from_string: "error", "warning", "notice", "info", "debug". */
gboolean gh_log_level_from_string (const char *text, GhLogLevel *out_level)
  G_GNUC_WARN_UNUSED_RESULT;
const char *gh_log_level_to_string (GhLogLevel level);

/**
 * gh_log:
 * @area: short name of the part that speaks ("http", "writer", "plugin")
 * @message: what happened, without variable parts
 * ...: pairs of (const char *key, const char *value), ended by NULL; a NULL value is left out
 *
 * Goes to the journal as structured fields when standard error is the journal, else to standard
 * error. Any thread.
 */
void gh_log (GhLogLevel level, const char *area, const char *message, ...) G_GNUC_NULL_TERMINATED;
/** gh_logf: like gh_log with one formatted message and no fields; control characters are escaped.
 * Any thread. */
void gh_logf (GhLogLevel level, const char *area, const char *format, ...) G_GNUC_PRINTF (3, 4);

/**
 * gh_log_has_room:
 * @level: of the line that would be written
 * Asked before a line that peers cause: %FALSE when @level is not written, or when peers have
 * caused more lines than 1,024 at once and sixteen a second, all of them together. What was left
 * out is counted, and the count written before the next line that has room. Any thread.
 */
gboolean gh_log_has_room (GhLogLevel level);

G_END_DECLS
