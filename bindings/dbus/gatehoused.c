/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "gh-bus-gate.h"
#include "gh-bus-object.h"
#include "gh-cse-security.h"
#include "gh-daemon-options.h"
#include "gh-geoclue.h"
#include "gh-passed-sockets.h"
#include "gh-reloader.h"
#include "gh-service-notify.h"
#include "gh-surroundings.h"
#include "gh-version.h"
#include "gh-watchdog.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What main() ends with; documented in gatehoused(8). */
enum { EXIT_STOPPED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_IN_USE = 3 };

typedef struct {
  GhDaemonOptions options;
  GMainLoop *loop;
  GhCse *cse;
  GhBusGate *gate; /* of @connection */
  GDBusConnection *connection;
  GhBusObject *object;
  GhGeoclue *geoclue; /* NULL: nobody asks where we are */
  GhSurroundings *surroundings; /* NULL: it does not serve yet, or any more */
  GhReloader *reloader;
  guint reloads;        /* under way; the CSE is stopped when there are none */
  GhWatchdog *watchdog; /* NULL: nobody waits for it */
  gboolean starting, stopping;
  int exit_code;
} Daemon;

static void
leave_bus (Daemon *daemon)
{
  g_clear_pointer (&daemon->object, gh_bus_object_withdraw);
  if (daemon->connection != NULL)
    g_signal_handlers_disconnect_by_data (daemon->connection, daemon);
  g_clear_object (&daemon->connection);
  g_clear_pointer (&daemon->gate, gh_bus_gate_close);
}

static void
daemon_clear (Daemon *daemon)
{
  g_clear_pointer (&daemon->watchdog, gh_watchdog_stop);
  g_clear_pointer (&daemon->geoclue, gh_geoclue_free);
  g_clear_pointer (&daemon->surroundings, gh_surroundings_free);
  leave_bus (daemon);
  g_clear_pointer (&daemon->reloader, gh_reloader_free);
  g_clear_object (&daemon->cse);
  g_clear_pointer (&daemon->loop, g_main_loop_unref);
  gh_daemon_options_clear (&daemon->options);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Daemon, daemon_clear)

/* --- bus --- */

/* With --dev, and for everybody but root, the session's bus; for root, as when started by the
 * system, the system's. */
static gboolean
wants_system_bus (const GhDaemonOptions *options)
{
  if (options->system || options->session)
    return options->system;
  return !options->development && geteuid () == 0;
}

static void
bus_closed (GDBusConnection *connection, gboolean remote_peer_vanished, GError *error,
            gpointer user_data)
{
  Daemon *daemon = user_data;

  if (!daemon->stopping)
    gh_log (GH_LOG_WARNING, "bus", "the bus has gone; gatehoused goes on without it", "reason",
            error != NULL ? error->message : NULL, NULL);
}

static gboolean
join_bus (Daemon *daemon, GError **error)
{
  gboolean system = wants_system_bus (&daemon->options);

  daemon->gate = gh_bus_gate_open (system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION,
                                   &daemon->connection, error);
  if (daemon->gate == NULL)
    return FALSE;
  g_signal_connect (daemon->connection, "closed", G_CALLBACK (bus_closed), daemon);
  daemon->object = gh_bus_object_export (daemon->cse, daemon->connection, daemon->reloader, system,
                                         error);
  if (daemon->object == NULL || !gh_bus_object_own_name (daemon->connection, error))
    return FALSE;
  gh_log (GH_LOG_NOTICE, "bus", "served on the bus", "bus", system ? "system" : "session", "name",
          GH_BUS_NAME, NULL);
  return TRUE;
}

/* Returns: %FALSE when a bus was asked for by name and cannot be had */
static gboolean
try_bus (Daemon *daemon, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (daemon->options.no_bus)
    {
      gh_log (GH_LOG_NOTICE, "bus", "not served on a bus: --no-bus", NULL);
      return TRUE;
    }
  if (join_bus (daemon, &why))
    return TRUE;
  leave_bus (daemon);
  if (daemon->options.session || daemon->options.system)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                  "%s bus: ", daemon->options.system ? "system" : "session");
      return FALSE;
    }
  gh_log (GH_LOG_WARNING, "bus", "not served on a bus: ghctl will not reach this gatehoused",
          "reason", why->message, NULL);
  return TRUE;
}

/* --- life --- */

static void
stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  if (!gh_cse_stop_finish (GH_CSE (source), result, &error))
    {
      gh_log (GH_LOG_ERROR, "daemon", "stopping failed", "reason", error->message, NULL);
      daemon->exit_code = EXIT_FAILED;
      g_clear_error (&error);
    }
  /* Answers to the last requests of bus callers are still in the connection. */
  if (daemon->connection != NULL && !g_dbus_connection_is_closed (daemon->connection)
      && !g_dbus_connection_flush_sync (daemon->connection, NULL, &error))
    gh_log (GH_LOG_WARNING, "bus", "the last answers were lost", "reason", error->message, NULL);
  gh_log (GH_LOG_NOTICE, "daemon", "stopped", NULL);
  g_main_loop_quit (daemon->loop);
}

static void
stop_serving (Daemon *daemon)
{
  g_clear_pointer (&daemon->watchdog, gh_watchdog_stop);
  g_clear_pointer (&daemon->geoclue, gh_geoclue_free);
  g_clear_pointer (&daemon->surroundings, gh_surroundings_free);
  g_clear_pointer (&daemon->object, gh_bus_object_withdraw);
  gh_cse_stop_async (daemon->cse, NULL, stopped, daemon);
}

/* Stops what runs; while it still starts, started() does it, while it reloads, reloaded(). */
static void
stop (Daemon *daemon)
{
  if (daemon->stopping)
    return;
  daemon->stopping = TRUE;
  gh_service_tell ("STOPPING=1");
  if (!daemon->starting && daemon->reloads == 0)
    stop_serving (daemon);
}

static gboolean
stop_requested (gpointer user_data)
{
  Daemon *daemon = user_data;

  if (!daemon->stopping)
    gh_log (GH_LOG_NOTICE, "daemon", "stopping", NULL);
  stop (daemon);
  return G_SOURCE_CONTINUE;
}

static void
reloaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;

  daemon->reloads--;
  if (daemon->stopping && daemon->reloads == 0)
    stop_serving (daemon);
}

/* What goes wrong is in the log. */
static void
reload_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_auto (GStrv) now = NULL, restart = NULL;
  GError *error = NULL;

  if (gh_reloader_run (task_data, &now, &restart, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* What starts has just read everything. */
static gboolean
reload_requested (gpointer user_data)
{
  Daemon *daemon = user_data;

  if (daemon->starting || daemon->stopping)
    return G_SOURCE_CONTINUE;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, reloaded, daemon);
  daemon->reloads++;
  g_task_set_task_data (task, daemon->reloader, NULL);
  g_task_run_in_thread (task, reload_in_thread);
  return G_SOURCE_CONTINUE;
}

static void
fail (Daemon *daemon, const char *what, const GError *error)
{
  gh_log (GH_LOG_ERROR, "daemon", what, "reason", error->message, NULL);
  daemon->exit_code = EXIT_FAILED;
  stop (daemon);
}

/* For people, and for programs that wait for it: one line a listener, then that it is ready. */
static void
print_listeners (const Daemon *daemon, const char *const *urls)
{
  g_autoptr (GVariant) status = gh_cse_dup_status (daemon->cse);
  const char *cse_id = "", *cse_name = "";

  g_variant_lookup (status, "cse-id", "&s", &cse_id);
  g_variant_lookup (status, "cse-name", "&s", &cse_name);
  for (gsize i = 0; urls[i] != NULL; i++)
    g_print ("listening on %s\n", urls[i]);
  g_print ("ready: /%s/%s\n", cse_id, cse_name);
  fflush (stdout);
}

static gboolean
has_administrator (GhVault *vault)
{
  guint64 after = 0;
  guint n;

  do
    {
      g_autoptr (GPtrArray) page = gh_vault_list (vault, 0, after, 1000);

      n = page->len;
      for (guint i = 0; i < n; i++)
        {
          const GhCredential *credential = page->pdata[i];

          if (credential->administrator && credential->state != GH_CREDENTIAL_REVOKED)
            return TRUE;
          after = credential->number;
        }
    }
  while (n > 0);
  return FALSE;
}

/* The one command that opens a new Gatehouse to the first who may administrate it. */
static void
print_first_step (const Daemon *daemon)
{
  GhSecurity *security = gh_cse_get_security (daemon->cse);

  if (daemon->options.development || daemon->object == NULL || security == NULL
      || has_administrator (gh_security_get_vault (security)))
    return;
  g_print ("no administrator yet; make the first one's key with\n"
           "  ghctl credential generate --administrator admin@%s\n",
           gh_config_get_string (gh_security_get_config (security), "cse", "sp-domain"));
}

static void
start_locating (Daemon *daemon)
{
  g_autofree char *source = gh_cse_dup_option (daemon->cse, "location", "source");

  if (g_strcmp0 (source, "geoclue") == 0)
    daemon->geoclue = gh_geoclue_new (daemon->cse);
}

static void
started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  daemon->starting = FALSE;
  if (!gh_cse_start_finish (GH_CSE (source), result, &error))
    {
      gh_log (GH_LOG_ERROR, "daemon", "cannot start", "reason", error->message, NULL);
      daemon->exit_code = g_error_matches (error, GH_ERROR, GH_ERROR_IN_USE) ? EXIT_IN_USE
                                                                             : EXIT_FAILED;
      g_main_loop_quit (daemon->loop);
      return;
    }
  if (daemon->stopping)
    {
      gh_cse_stop_async (daemon->cse, NULL, stopped, daemon);
      return;
    }
  if (!try_bus (daemon, &error))
    {
      fail (daemon, "cannot join the bus", error);
      return;
    }
  g_auto (GStrv) urls = gh_cse_dup_urls (daemon->cse);
  if (urls[0] == NULL && daemon->object == NULL)
    {
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                           "neither a listener nor a bus: nobody could ask anything");
      fail (daemon, "nothing to serve", error);
      return;
    }
  print_first_step (daemon);
  start_locating (daemon);
  daemon->surroundings = gh_surroundings_new (daemon->cse, !daemon->options.no_bus);
  print_listeners (daemon, (const char *const *) urls);
  gh_service_tell ("READY=1");
  daemon->watchdog = gh_watchdog_start (daemon->cse);
}

/* Keys live in this process, so it leaves no image of itself behind and is not traced. */
static void
forbid_core_dumps (void)
{
  const struct rlimit none = { 0, 0 };

  if (setrlimit (RLIMIT_CORE, &none) != 0)
    gh_log (GH_LOG_WARNING, "daemon", "core dumps cannot be limited", "reason", g_strerror (errno),
            NULL);
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    gh_log (GH_LOG_WARNING, "daemon", "core dumps cannot be forbidden", "reason",
            g_strerror (errno), NULL);
}

int
main (int argc, char **argv)
{
  g_auto (Daemon) daemon = { .exit_code = EXIT_STOPPED };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!gh_daemon_options_parse (&daemon.options, &argc, &argv, &error))
    {
      g_printerr ("gatehoused: %s\nTry \"gatehoused --help\".\n", error->message);
      return EXIT_USAGE;
    }
  if (daemon.options.version)
    {
      g_print ("gatehoused %s\n", gh_version_string ());
      return EXIT_STOPPED;
    }
  if (daemon.options.print_config)
    {
      gh_daemon_print_config ();
      return EXIT_STOPPED;
    }
  forbid_core_dumps ();
#ifdef GH_TEST_KEY_LOG
  gh_log (GH_LOG_WARNING, "daemon",
          "BUILT FOR TESTS: this program can write the secrets of TLS sessions to a file", NULL);
#endif
  daemon.cse = gh_daemon_make_cse (&daemon.options, &error);
  if (daemon.cse == NULL)
    {
      g_printerr ("gatehoused: %s\n", error->message);
      return EXIT_USAGE;
    }
  if (daemon.options.check_config)
    return EXIT_STOPPED;
  if (!gh_passed_sockets_take (daemon.cse, &error))
    {
      g_printerr ("gatehoused: %s\n", error->message);
      return EXIT_USAGE;
    }
  daemon.loop = g_main_loop_new (NULL, FALSE);
  daemon.reloader = gh_reloader_new (daemon.cse, &daemon.options);
  g_unix_signal_add (SIGHUP, reload_requested, &daemon);
  g_unix_signal_add (SIGTERM, stop_requested, &daemon);
  g_unix_signal_add (SIGINT, stop_requested, &daemon);
  daemon.starting = TRUE;
  gh_cse_start_async (daemon.cse, NULL, started, &daemon);
  g_main_loop_run (daemon.loop);
  return daemon.exit_code;
}
