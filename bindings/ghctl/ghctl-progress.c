/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-progress.h"

#include "ghctl-terminal.h"

#include <string.h>
#include <unistd.h>

#define INTERVAL_US 100000
#define BAR         30U
#define LEAST_BAR   5U

gboolean
ghctl_progress_shown (void)
{
  return isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

/* "export  ██████░░░░  60%  1234", of at most @width columns: without the bar where it has no room,
 * and at last only how far it is. */
static char *
draw (const GhctlProgress *progress, gint64 done, gint64 count, guint width)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, count);
  const gint64 part = CLAMP (done, 0, progress->total);
  const guint what = ghctl_columns (progress->what), least = what + 2 + (guint) strlen (number);
  g_autoptr (GString) text = g_string_new (progress->what);
  /* "  ", and "100%" where the total is known */
  const guint percent = progress->total > 0 ? 6 : 0;

  if (least + percent > width)
    g_string_truncate (text, 0);
  else if (percent > 0 && least + percent + 2 + LEAST_BAR <= width)
    {
      const guint bar = MIN (BAR, width - least - percent - 2);
      g_string_append (text, "  ");
      for (guint i = 0; i < bar; i++)
        g_string_append (text, (gint64) i < part * bar / progress->total
                                 ? (ghctl_unicode () ? "█" : "#")
                                 : (ghctl_unicode () ? "░" : "."));
    }
  if (percent > 0)
    g_string_append_printf (text, "%s%3d%%", text->len > 0 ? "  " : "",
                            (int) (part * 100 / progress->total));
  if (least + percent <= width || percent == 0)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "  " : "", number);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
ghctl_progress_update (GhctlProgress *progress, gint64 done, gint64 count)
{
  const gint64 now_us = g_get_monotonic_time ();

  if (now_us < progress->next_us || !ghctl_progress_shown ())
    return;
  progress->next_us = now_us + INTERVAL_US;
  progress->shown = TRUE;
  /* In the last column some terminals begin another line. */
  g_autofree char *text = draw (progress, done, count, ghctl_width (STDERR_FILENO) - 1);
  g_printerr ("\r\033[K%s", text);
}

void
ghctl_progress_end (GhctlProgress *progress)
{
  if (progress->shown)
    g_printerr ("\r\033[K");
  progress->shown = FALSE;
}
