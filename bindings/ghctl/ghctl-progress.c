/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-progress.h"

#include "ghctl-terminal.h"

#include <string.h>
#include <unistd.h>

#define INTERVAL_US 100000
#define BAR         30

gboolean
ghctl_progress_shown (void)
{
  return isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

void
ghctl_progress_update (GhctlProgress *progress, gint64 done, gint64 count)
{
  const gint64 now_us = g_get_monotonic_time ();
  char bar[BAR * 4] = "";
  gint64 filled;

  if (now_us < progress->next_us || !ghctl_progress_shown ())
    return;
  progress->next_us = now_us + INTERVAL_US;
  progress->shown = TRUE;
  if (progress->total <= 0)
    {
      g_printerr ("\r\033[K%s  %" G_GINT64_FORMAT, progress->what, count);
      return;
    }
  filled = CLAMP (done, 0, progress->total) * BAR / progress->total;
  for (gint64 i = 0; i < BAR; i++)
    g_strlcat (bar, i < filled ? (ghctl_unicode () ? "█" : "#") : (ghctl_unicode () ? "░" : "."),
               sizeof bar);
  g_printerr ("\r\033[K%s  %s %3d%%  %" G_GINT64_FORMAT, progress->what, bar,
              (int) (CLAMP (done, 0, progress->total) * 100 / progress->total), count);
}

void
ghctl_progress_end (GhctlProgress *progress)
{
  if (progress->shown)
    g_printerr ("\r\033[K");
  progress->shown = FALSE;
}
