/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-time.h"

#include "ghctl.h"

#include <glib/gi18n.h>

/* "90s", "30min", "2h", "7d": so long ago */
static GDateTime *
parse_age (const char *text)
{
  static const struct {
    const char *unit;
    gint64 seconds;
  } units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 } };
  char *end = NULL;
  const guint64 number = g_ascii_strtoull (text, &end, 10);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  if (end == text || !g_ascii_isdigit (text[0]) || number > 100 * 365 * 86400ULL)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (end, units[i].unit))
      return g_date_time_add_seconds (now, -(double) (number * units[i].seconds));
  return NULL;
}

static GDateTime *
parse_moment (const char *text)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *midnight = g_strconcat (text, "T00:00:00", NULL);
  GDateTime *time = parse_age (text);

  if (time == NULL)
    time = g_date_time_new_from_iso8601 (text, zone);
  return time != NULL ? time : g_date_time_new_from_iso8601 (midnight, zone);
}

GDateTime *
ghctl_time_parse (const char *option, const char *text, GError **error)
{
  g_autoptr (GDateTime) time = parse_moment (text);

  if (time != NULL)
    return g_date_time_to_utc (time);
  g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
               _ ("--%s: \"%s\" is no time, such as 2026-11-22, 2026-11-22T06:15:00Z or 2h "
                  "(ago: s, min, h, d)"),
               option, text);
  return NULL;
}
