/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-watchdog.h"

#include "base/gh-log.h"
#include "gh-service-notify.h"

#include <unistd.h>

#define LONGEST_US (24 * G_TIME_SPAN_HOUR)

struct _GhWatchdog {
  GhCse *cse;
  char *primitive;
  GCancellable *cancellable;
  guint source;
  gboolean asking;
};

gint64
gh_watchdog_interval_us (const char *usec, const char *pid_text, gint64 pid)
{
  guint64 allowed_us, whose;

  if (usec == NULL || !g_ascii_string_to_unsigned (usec, 10, 2, LONGEST_US, &allowed_us, NULL))
    return 0;
  if (pid_text != NULL
      && (!g_ascii_string_to_unsigned (pid_text, 10, 0, G_MAXINT64, &whose, NULL)
          || (gint64) whose != pid))
    return 0;
  return (gint64) allowed_us / 2;
}

/* The watchdog may be gone: then the request was cancelled. */
static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = gh_cse_request_finish (GH_CSE (source), result, &error);
  GhWatchdog *watchdog = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  watchdog->asking = FALSE;
  if (answer == NULL)
    gh_log (GH_LOG_WARNING, "daemon", "the watchdog's request was not answered", "reason",
            error->message, NULL);
  else
    gh_service_tell ("WATCHDOG=1");
}

static gboolean
ask (gpointer user_data)
{
  GhWatchdog *watchdog = user_data;

  if (watchdog->asking)
    return G_SOURCE_CONTINUE;
  watchdog->asking = TRUE;
  gh_cse_request_async (watchdog->cse, watchdog->primitive, watchdog->cancellable, answered,
                        watchdog);
  return G_SOURCE_CONTINUE;
}

GhWatchdog *
gh_watchdog_start (GhCse *cse)
{
  const gint64 interval_us = gh_watchdog_interval_us (g_getenv ("WATCHDOG_USEC"),
                                                      g_getenv ("WATCHDOG_PID"), getpid ());
  if (interval_us == 0)
    return NULL;
  g_autofree char *administrator = gh_cse_dup_option (cse, "cse", "administrator");
  g_autofree char *name = gh_cse_dup_option (cse, "cse", "name");
  GhWatchdog *watchdog = g_new0 (GhWatchdog, 1);

  watchdog->cse = g_object_ref (cse);
  watchdog->cancellable = g_cancellable_new ();
  watchdog->primitive = g_strdup_printf (
    "{\"op\":2,\"to\":\"%s\",\"fr\":\"%s\",\"rqi\":\"watchdog\",\"rvi\":\"3\"}", name,
    administrator);
  watchdog->source = g_timeout_add ((guint) MAX (interval_us / 1000, 1), ask, watchdog);
  return watchdog;
}

void
gh_watchdog_stop (GhWatchdog *watchdog)
{
  g_cancellable_cancel (watchdog->cancellable);
  g_source_remove (watchdog->source);
  g_object_unref (watchdog->cancellable);
  g_object_unref (watchdog->cse);
  g_free (watchdog->primitive);
  g_free (watchdog);
}
