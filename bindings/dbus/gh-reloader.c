/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-reloader.h"

#include "base/gh-log.h"
#include "gh-cse-config.h"
#include "gh-cse-security.h"
#include "gh-cse-settings.h"
#include "gh-service-notify.h"

#include <string.h>

struct _GhReloader {
  GhCse *cse;
  const GhDaemonOptions *options;
  GMutex lock;      /* one at a time; of what follows */
  GhConfig *latest; /* that was read last */
};

GhReloader *
gh_reloader_new (GhCse *cse, const GhDaemonOptions *options)
{
  GhReloader *reloader = g_new0 (GhReloader, 1);

  reloader->cse = g_object_ref (cse);
  reloader->options = options;
  reloader->latest = gh_config_ref (options->config);
  g_mutex_init (&reloader->lock);
  return reloader;
}

void
gh_reloader_free (GhReloader *reloader)
{
  g_clear_object (&reloader->cse);
  gh_config_unref (reloader->latest);
  g_mutex_clear (&reloader->lock);
  g_free (reloader);
}

typedef struct {
  GhCse *cse;
  GPtrArray *names;
} Changed;

/* (transfer full) */
static char *
name_of (const char *group, const char *key)
{
  return g_strdup_printf ("[%s] %s", group, key);
}

static void
note_now (const char *group, const char *key, gpointer user_data)
{
  const Changed *of = user_data;

  if (gh_cse_config_is_live (group, key))
    g_ptr_array_add (of->names, name_of (group, key));
}

static void
note_restart (const char *group, const char *key, gpointer user_data)
{
  const Changed *of = user_data;
  GPtrArray *restart = of->names;
  char *name;

  if (gh_cse_config_is_live (group, key)
      || (gh_cse_config_is_of_plugin (group) && !gh_cse_is_pending (of->cse, group, key)))
    return;
  name = name_of (group, key);
  gh_log (GH_LOG_WARNING, "daemon", "changed, but counts only after a restart", "key", name, NULL);
  g_ptr_array_add (restart, name);
}

/* Only when the file says something new: who has set the level by the bus meant it. */
static void
take_log_level (GhReloader *reloader, const GhConfig *config)
{
  const char *before = gh_config_get_string (reloader->latest, "log", "level");
  const char *now = gh_config_get_string (config, "log", "level");
  GhLogLevel level;

  if (reloader->options->log_level != NULL || g_str_equal (before, now)
      || !gh_log_level_from_string (now, &level))
    return;
  gh_log_set_level (level);
  gh_log (GH_LOG_NOTICE, "daemon", "log level changed", "level", now, NULL);
}

static GhConfig *
read_config (GhReloader *reloader, GError **error)
{
  GhConfig *config = gh_daemon_read_config (reloader->options, error);

  if (config == NULL)
    {
      gh_log (GH_LOG_ERROR, "daemon", "the configuration stays as it was", "reason",
              (*error)->message, NULL);
      return NULL;
    }
  take_log_level (reloader, config);
  gh_config_unref (reloader->latest);
  reloader->latest = gh_config_ref (config);
  return config;
}

/* A configuration that cannot be read does not keep the other files from being read. */
static gboolean
reload (GhReloader *reloader, GPtrArray *now, GPtrArray *restart, GError **error)
{
  g_autoptr (GhConfig) before = gh_config_ref (reloader->latest);
  g_autoptr (GError) of_config = NULL, of_files = NULL;
  g_autoptr (GhConfig) config = read_config (reloader, &of_config);
  const gboolean done = gh_cse_reload (reloader->cse, reloader->latest, &of_files);
  Changed at_once = { reloader->cse, now }, later = { reloader->cse, restart };

  if (config != NULL)
    {
      gh_config_compare (before, config, note_now, &at_once);
      gh_config_compare (reloader->options->config, config, note_restart, &later);
    }
  if (config != NULL && done)
    return TRUE;
  g_set_error (
    error, GH_ERROR, GH_ERROR_CONFIG, "%s%s%s", of_config != NULL ? of_config->message : "",
    of_config != NULL && of_files != NULL ? "; " : "", of_files != NULL ? of_files->message : "");
  return FALSE;
}

gboolean
gh_reloader_run (GhReloader *reloader, GStrv *out_now, GStrv *out_restart, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&reloader->lock);
  g_autoptr (GPtrArray) now = g_ptr_array_new_null_terminated (4, g_free, TRUE);
  g_autoptr (GPtrArray) restart = g_ptr_array_new_null_terminated (4, g_free, TRUE);
  g_autofree char *begin = g_strdup_printf (
    "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT "\nSTATUS=Reloading", g_get_monotonic_time ());
  gboolean done;

  gh_service_tell (begin);
  gh_log (GH_LOG_NOTICE, "daemon", "reloading", NULL);
  done = reload (reloader, now, restart, error);
  gh_log (done ? GH_LOG_NOTICE : GH_LOG_ERROR, "daemon",
          done ? "reloaded" : "reloaded, but not everything", NULL);
  gh_service_tell (done ? "READY=1\nSTATUS=Serving"
                        : "READY=1\nSTATUS=Serving; the last reload has failed");
  *out_now = g_strdupv ((GStrv) now->pdata);
  *out_restart = g_strdupv ((GStrv) restart->pdata);
  return done;
}
