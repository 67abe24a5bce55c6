/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-terminal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80

gboolean
ghctl_colours (void)
{
  return isatty (STDOUT_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0
         && g_getenv ("NO_COLOR") == NULL;
}

gboolean
ghctl_unicode (void)
{
  return g_get_charset (NULL);
}

guint
ghctl_width (int fd)
{
  const char *columns = g_getenv ("COLUMNS");
  struct winsize size = { 0 };
  guint64 width;

  if (!isatty (fd))
    return 0;
  if (columns != NULL && g_ascii_string_to_unsigned (columns, 10, 20, 10000, &width, NULL))
    return (guint) width;
  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_WIDTH;
}

char *
ghctl_printable (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      /* Formats turn the direction of what follows, and can make a name look like another. */
      if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

static guint
columns_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

guint
ghctl_columns (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += columns_of (g_utf8_get_char (p));
  return width;
}

/* The beginning of @text that leaves one column for the ellipsis. */
static char *
cut (const char *text, guint room)
{
  const char *p = text;
  guint used = 0;

  while (*p != '\0' && used + columns_of (g_utf8_get_char (p)) + 1 <= room)
    {
      used += columns_of (g_utf8_get_char (p));
      p = g_utf8_next_char (p);
    }
  return g_strdup_printf ("%.*s%s", (int) (p - text), text, ghctl_unicode () ? "…" : ">");
}

void
ghctl_put (const char *text, GhctlColour colour, guint *room)
{
  static const char *const codes[] = { "", "1", "2", "31", "32", "33", "34", "35", "36" };
  g_autofree char *safe = ghctl_printable (text);
  const guint width = ghctl_columns (safe);

  if ((room != NULL && *room == 0) || safe[0] == '\0')
    return;
  if (room != NULL && width > *room)
    {
      char *shorter = cut (safe, *room);
      g_free (safe);
      safe = shorter;
      *room = 0;
    }
  else if (room != NULL)
    *room -= width;
  if (colour == GHCTL_PLAIN || !ghctl_colours ())
    g_print ("%s", safe);
  else
    g_print ("\033[%sm%s\033[m", codes[colour], safe);
}

char *
ghctl_timestamp (const char *text)
{
  for (int i = 0; i < 15; i++)
    if (text[i] == '\0' || (i == 8 ? text[i] != 'T' : !g_ascii_isdigit (text[i])))
      return g_strdup (text);
  return g_strdup_printf ("%.4s-%.2s-%.2s %.2s:%.2s:%.2s%s UTC", text, text + 4, text + 6, text + 9,
                          text + 11, text + 13, text + 15);
}

char *
ghctl_size (gint64 octets)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
  double size = (double) octets;
  guint unit = 0;

  while (size >= 1024 && unit + 1 < G_N_ELEMENTS (units))
    {
      size /= 1024;
      unit++;
    }
  return unit == 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " B", octets)
                   : g_strdup_printf ("%.1f %s", size, units[unit]);
}
