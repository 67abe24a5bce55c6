/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_FIELDS 16
#define MAX_VALUE  1024 /* octets of a value that are shown */
#define MAX_KEY    32

typedef struct {
  const char *name;
  const char *priority; /* of syslog */
  GLogLevelFlags glib;
} LevelRow;

static const LevelRow levels[] = {
  [GH_LOG_ERROR] = { "error", "3", G_LOG_LEVEL_CRITICAL },
  [GH_LOG_WARNING] = { "warning", "4", G_LOG_LEVEL_WARNING },
  [GH_LOG_NOTICE] = { "notice", "5", G_LOG_LEVEL_MESSAGE },
  [GH_LOG_INFO] = { "info", "6", G_LOG_LEVEL_INFO },
  [GH_LOG_DEBUG] = { "debug", "7", G_LOG_LEVEL_DEBUG },
};

/* The one process-wide setting; atomic. */
static gint least_urgent = GH_LOG_NOTICE;

void
gh_log_set_level (GhLogLevel level)
{
  g_return_if_fail ((guint) level < G_N_ELEMENTS (levels));

  g_atomic_int_set (&least_urgent, (gint) level);
}

GhLogLevel
gh_log_get_level (void)
{
  return (GhLogLevel) g_atomic_int_get (&least_urgent);
}

gboolean
gh_log_level_from_string (const char *text, GhLogLevel *out_level)
{
  g_return_val_if_fail (text != NULL && out_level != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      if (strcmp (text, levels[i].name) == 0)
        {
          *out_level = (GhLogLevel) i;
          return TRUE;
        }
    }
  return FALSE;
}

const char *
gh_log_level_to_string (GhLogLevel level)
{
  return (guint) level < G_N_ELEMENTS (levels) ? levels[level].name : "unknown";
}

/*
 * Appends @text with everything escaped that could end the line, move the cursor or reorder what is
 * shown, and with @quoted the quote and the backslash too. Octets that are no UTF-8 appear as \xHH,
 * characters as \u{HHHH}.
 */
static void
append_escaped (GString *line, const char *text, gboolean quoted)
{
  const char *p = text;

  while (*p != '\0' && p - text < MAX_VALUE)
    {
      const gunichar c = g_utf8_get_char_validated (p, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append_printf (line, "\\x%02x", (guint) (guchar) *p);
          p++;
          continue;
        }
      if (*p == '\n')
        g_string_append (line, "\\n");
      else if (quoted && (c == '"' || c == '\\'))
        g_string_append_printf (line, "\\%c", *p);
      else if (c == ' ' || g_unichar_isgraph (c))
        g_string_append_unichar (line, c);
      else
        g_string_append_printf (line, "\\u{%x}", c);
      p = g_utf8_next_char (p);
    }
  if (*p != '\0')
    g_string_append (line, "...");
}

static void
write_line (GhLogLevel level, const char *area, const GString *text)
{
  g_autofree char *line = g_strdup_printf ("%s %s: %s\n", levels[level].name, area, text->str);
  const gsize length = strlen (line);
  gsize done = 0;

  /* One write a line, so that lines of several threads do not mix. */
  while (done < length)
    {
      const gssize n = write (STDERR_FILENO, line + done, length - done);

      if (n < 0 && errno != EINTR)
        return;
      done += n > 0 ? (gsize) n : 0;
    }
}

typedef struct {
  const char *keys[MAX_FIELDS], *values[MAX_FIELDS];
  guint n;
} Fields;

/* GATEHOUSE_KEY, as the journal wants its names: capitals, digits and underscores. */
static void
journal_name (const char *key, char out[MAX_KEY])
{
  gsize i;

  g_snprintf (out, MAX_KEY, "GATEHOUSE_%s", key);
  for (i = 0; out[i] != '\0'; i++)
    out[i] = g_ascii_isalnum (out[i]) ? g_ascii_toupper (out[i]) : '_';
}

static void
write_journal (GhLogLevel level, const char *area, const GString *text, const Fields *fields)
{
  char names[MAX_FIELDS][MAX_KEY];
  GLogField out[MAX_FIELDS + 4] = {
    { "MESSAGE", text->str, -1 },
    { "PRIORITY", levels[level].priority, -1 },
    { "GLIB_DOMAIN", G_LOG_DOMAIN, -1 },
    { "GATEHOUSE_AREA", area, -1 },
  };

  for (guint i = 0; i < fields->n; i++)
    {
      journal_name (fields->keys[i], names[i]);
      out[4 + i] = (GLogField){ names[i], fields->values[i], -1 };
    }
  g_log_writer_journald (levels[level].glib, out, 4 + fields->n, NULL);
}

static void
emit (GhLogLevel level, const char *area, const char *message, const Fields *fields)
{
  g_autoptr (GString) text = g_string_sized_new (160);

  append_escaped (text, message, FALSE);
  for (guint i = 0; i < fields->n; i++)
    {
      g_string_append_printf (text, " %s=\"", fields->keys[i]);
      append_escaped (text, fields->values[i], TRUE);
      g_string_append_c (text, '"');
    }
  if (g_log_writer_is_journald (STDERR_FILENO))
    write_journal (level, area, text, fields);
  else
    write_line (level, area, text);
}

static gboolean
is_wanted (GhLogLevel level)
{
  return (guint) level < G_N_ELEMENTS (levels) && level <= gh_log_get_level ();
}

void
gh_log (GhLogLevel level, const char *area, const char *message, ...)
{
  Fields fields = { .n = 0 };
  const char *key;
  va_list args;

  g_return_if_fail (area != NULL && message != NULL);

  if (!is_wanted (level))
    return;
  va_start (args, message);
  while (fields.n < MAX_FIELDS && (key = va_arg (args, const char *)) != NULL)
    {
      const char *value = va_arg (args, const char *);

      if (value == NULL)
        continue;
      fields.keys[fields.n] = key;
      fields.values[fields.n++] = value;
    }
  va_end (args);
  emit (level, area, message, &fields);
}

void
gh_logf (GhLogLevel level, const char *area, const char *format, ...)
{
  const Fields none = { .n = 0 };
  g_autofree char *message = NULL;
  va_list args;

  g_return_if_fail (area != NULL && format != NULL);

  if (!is_wanted (level))
    return;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  emit (level, area, message, &none);
}

#define ROOM_LINES   1024
#define ROOM_STEP_US (G_USEC_PER_SEC / 16)

/* Of the process, like the log itself. */
static struct {
  GMutex lock;
  guint used;
  gint64 since_us; /* @used was right then */
  guint64 left_out;
} room;

static gboolean
take_room (guint64 *out_left_out)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&room.lock);
  const gint64 now_us = g_get_monotonic_time ();
  const gint64 steps = (now_us - room.since_us) / ROOM_STEP_US;

  if (steps >= room.used)
    {
      room.used = 0;
      room.since_us = now_us;
    }
  else
    {
      room.used -= (guint) steps;
      room.since_us += steps * ROOM_STEP_US;
    }
  if (room.used >= ROOM_LINES)
    {
      room.left_out++;
      return FALSE;
    }
  room.used++;
  *out_left_out = room.left_out;
  room.left_out = 0;
  return TRUE;
}

gboolean
gh_log_has_room (GhLogLevel level)
{
  guint64 left_out = 0;

  if (level > gh_log_get_level () || !take_room (&left_out))
    return FALSE;
  if (left_out > 0)
    gh_logf (level, "log", "%" G_GUINT64_FORMAT " lines that peers caused were left out", left_out);
  return TRUE;
}
