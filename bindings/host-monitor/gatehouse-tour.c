/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-client.h"
#include "gh-version.h"
#include "tour-listener.h"
#include "tour-processes.h"
#include "tour-secure.h"

#include <json-glib/json-glib.h>
#include <locale.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What "./bootstrap run" shows: a CSE on real values, and what it refuses. Each step is checked;
 * see print_step(). */

#define START_LIMIT_MS        30000
#define NOTIFICATION_LIMIT_MS 10000
#define SHOWN_NOTIFICATIONS   3

#define PUBLISHER             "Chost-monitor"
#define WATCHER               "Cwatcher"
#define STRANGER              "Cstranger"

enum { TYPE_AE = 2, TYPE_SUBSCRIPTION = 23 };
enum { RSC_OK = 2000, RSC_CREATED = 2001, RSC_NO_PRIVILEGE = 4103, RSC_REGISTERED = 4117 };

typedef struct {
  char *build_folder;
  gboolean once;
  TourProcesses *processes;
  TourListener *listener;
  GhHttpClient *watcher;
  GInputStream *daemon_output, *monitor_output;
  char *url, *https, *coaps, *cse;
  gboolean own_bus, has_bus;
  gboolean terminal, utf8;
  guint steps, failures;
} Tour;

static void
tour_clear (Tour *tour)
{
  if (tour->processes != NULL)
    tour_processes_stop (tour->processes);
  g_clear_pointer (&tour->listener, tour_listener_free);
  g_clear_pointer (&tour->watcher, gh_http_client_free);
  g_clear_object (&tour->daemon_output);
  g_clear_object (&tour->monitor_output);
  g_clear_pointer (&tour->url, g_free);
  g_clear_pointer (&tour->https, g_free);
  g_clear_pointer (&tour->coaps, g_free);
  g_clear_pointer (&tour->cse, g_free);
  g_clear_pointer (&tour->build_folder, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tour, tour_clear)

/* --- output --- */

static void
print_heading (const Tour *tour, const char *text)
{
  printf ("%s\n%s%s\n", tour->terminal ? "\033[1m" : "", text, tour->terminal ? "\033[m" : "");
  fflush (stdout);
}

/* A promise and whether it was kept. Returns: @kept */
G_GNUC_PRINTF (3, 4)
static gboolean
print_step (Tour *tour, gboolean kept, const char *format, ...)
{
  const char *mark = tour->utf8 ? (kept ? "✓" : "✗") : (kept ? "ok    " : "FAILED");
  const char *colour = !tour->terminal ? "" : kept ? "\033[32m" : "\033[31m";
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  printf ("  %s%s%s %s\n", colour, mark, tour->terminal ? "\033[m" : "", text);
  fflush (stdout);
  tour->steps++;
  tour->failures += !kept;
  return kept;
}

G_GNUC_PRINTF (1, 2)
static void
print_detail (const char *format, ...)
{
  va_list arguments;

  printf ("      ");
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  printf ("\n");
  fflush (stdout);
}

/* Why the daemon did not do what was promised is in what it logged. */
static void
print_log (const Tour *tour, const char *name)
{
  g_autofree char *path = g_build_filename (tour_processes_get_folder (tour->processes), name,
                                            NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || text[0] == '\0')
    return;
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  guint n = g_strv_length (lines);
  for (guint i = n > 15 ? n - 15 : 0; i < n; i++)
    print_detail ("%s: %s", name, lines[i]);
}

/* --- 1: the daemon --- */

static char *
program_path (const Tour *tour, const char *folder, const char *name)
{
  if (tour->build_folder == NULL)
    return g_strdup (name);
  return g_build_filename (tour->build_folder, "bindings", folder, name, NULL);
}

/* A session bus that serves no other gatehoused, so that ghctl finds ours. */
static gboolean
session_bus_is_usable (void)
{
  g_autofree char *runtime_bus = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);
  g_autoptr (GVariant) answer = NULL;
  gboolean taken = TRUE;

  /* Asking GLib without one of these would start a bus in a way that needs a display. */
  if (g_getenv ("DBUS_SESSION_BUS_ADDRESS") == NULL
      && !g_file_test (runtime_bus, G_FILE_TEST_EXISTS))
    return FALSE;
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  if (address == NULL)
    return FALSE;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_for_address_sync (
    address,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, NULL);
  if (connection == NULL)
    return FALSE;
  answer = g_dbus_connection_call_sync (
    connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    "NameHasOwner", g_variant_new ("(s)", "org.gatehouse.Gatehouse1"), G_VARIANT_TYPE ("(b)"),
    G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (answer != NULL)
    g_variant_get (answer, "(b)", &taken);
  return !taken;
}

static gboolean
start_bus (Tour *tour, GError **error)
{
  g_autofree char *listen = g_strdup_printf ("--address=unix:path=%s/bus",
                                             tour_processes_get_folder (tour->processes));
  const char *const arguments[] = { "dbus-daemon",       "--session", "--nofork", "--nopidfile",
                                    "--print-address=1", listen,      NULL };
  g_autoptr (GInputStream) output = NULL;

  if (!tour_processes_start (tour->processes, arguments, "dbus-daemon.log", &output, error))
    return FALSE;
  g_autofree char *address = tour_read_line (output, START_LIMIT_MS, error);
  if (address == NULL)
    return FALSE;
  /* Without its guid, which nobody needs who is to copy it. */
  address[strcspn (address, ",")] = '\0';
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  return TRUE;
}

static void
find_bus (Tour *tour)
{
  g_autoptr (GError) error = NULL;

  if (session_bus_is_usable ())
    tour->has_bus = TRUE;
  else if (start_bus (tour, &error))
    tour->has_bus = tour->own_bus = TRUE;
  else
    print_detail ("no session bus, and none can be started (%s): going on without ghctl",
                  error->message);
}

/* The usual port for somebody who will type it; any other when it is taken, or when nobody will. */
static const char *
choose_listen (const Tour *tour)
{
  const struct sockaddr_in usual = { .sin_family = AF_INET,
                                     .sin_port = htons (8080),
                                     .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  gboolean is_free = FALSE;

  if (!tour->once)
    {
      const int on = 1;
      int probe = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      is_free = probe >= 0 && setsockopt (probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
                && bind (probe, (const struct sockaddr *) &usual, sizeof usual) == 0;
      if (probe >= 0)
        close (probe);
    }
  return is_free ? "http.listen=127.0.0.1:8080" : "http.listen=127.0.0.1:0";
}

static void
take_url (Tour *tour, const char *url)
{
  const struct {
    const char *scheme;
    char **to;
  } listeners[] = { { "http://", &tour->url },
                    { "https://", &tour->https },
                    { "coaps://", &tour->coaps } };

  for (guint i = 0; i < G_N_ELEMENTS (listeners); i++)
    if (g_str_has_prefix (url, listeners[i].scheme) && *listeners[i].to == NULL)
      *listeners[i].to = g_strdup (url);
}

/* Reads what the daemon says of itself until it is ready. */
static gboolean
wait_until_ready (Tour *tour, GError **error)
{
  static const char listening[] = "listening on ", ready[] = "ready: ";

  for (;;)
    {
      g_autofree char *line = tour_read_line (tour->daemon_output, START_LIMIT_MS, error);
      if (line == NULL)
        return FALSE;
      if (g_str_has_prefix (line, listening))
        take_url (tour, line + strlen (listening));
      if (!g_str_has_prefix (line, ready))
        continue;
      /* "ready: /CSE-ID/CSEBase" */
      tour->cse = g_path_get_basename (line + strlen (ready));
      if (tour->url != NULL)
        return TRUE;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           "it is ready, but listens nowhere");
      return FALSE;
    }
}

static gboolean
start_daemon (Tour *tour)
{
  g_autofree char *program = program_path (tour, "dbus", "gatehoused");
  g_autofree char *store = g_strdup_printf ("store.path=%s/gatehouse.db",
                                            tour_processes_get_folder (tour->processes));
  g_autofree char *plugins = g_strdup_printf ("plugins.path=%s/plugins/uninstalled",
                                              tour->build_folder);
  const char *arguments[] = { program, "--dev", "--set", store, "--set", choose_listen (tour),
                              "--set", "coap.listen=127.0.0.1:0", "--set",
                              "http.listen-secure=127.0.0.1:0",
                              /* GnuTLS clients do not offer the suites of TS-0003 unasked */
                              "--set", "http.tls-profile=modern", "--set",
                              "coap.listen-secure=127.0.0.1:0", NULL, NULL, NULL, NULL };
  g_autoptr (GError) error = NULL;
  guint n = 14;

  if (tour->build_folder != NULL)
    {
      arguments[n++] = "--set";
      arguments[n++] = plugins;
    }
  arguments[n] = tour->has_bus ? "--session" : "--no-bus";
  if (!tour_processes_start (tour->processes, arguments, "gatehoused.log", &tour->daemon_output,
                             &error)
      || !wait_until_ready (tour, &error))
    {
      print_step (tour, FALSE, "gatehoused --dev starts: %s", error->message);
      print_log (tour, "gatehoused.log");
      return FALSE;
    }
  print_step (tour, TRUE, "gatehoused --dev serves %s, CSEBase \"%s\", resources in SQLite",
              tour->url, tour->cse);
  return TRUE;
}

/* Runs ghctl. Returns: (transfer full): what it prints, or NULL when it fails */
static char *
run_ghctl (Tour *tour, const char *command, const char *target)
{
  g_autofree char *program = program_path (tour, "ghctl", "ghctl");
  const char *arguments[] = { program, command, target, NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status = 0;

  if (!g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                     NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    {
      print_detail ("%s", error->message);
      g_clear_pointer (&output, g_free);
    }
  return output;
}

static gboolean
show_daemon (Tour *tour)
{
  print_heading (tour, "1. A daemon");
  find_bus (tour);
  if (!start_daemon (tour))
    return FALSE;
  if (!tour->has_bus)
    return TRUE;
  g_autofree char *status = run_ghctl (tour, "status", NULL);
  return print_step (tour, status != NULL && strstr (status, tour->url) != NULL,
                     "ghctl reaches it over D-Bus, on %s",
                     tour->own_bus ? "a bus started for this run" : "your session bus");
}

/* --- 2: the publisher --- */

/* The value of an instance, as the CSE gives it back. Returns: (transfer full) (nullable) */
static char *
read_latest (Tour *tour, const char *container)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autofree char *path = g_strdup_printf ("%s/host-monitor/%s/la", tour->cse, container);
  g_autoptr (GError) error = NULL;

  if (!gh_http_client_request (tour->watcher, "GET", path, 0, NULL, &answer, &error))
    {
      print_detail ("%s", error->message);
      return NULL;
    }
  g_autoptr (JsonNode) node = json_from_string (answer.body, NULL);
  JsonObject *instance = NULL;
  if (answer.rsc == RSC_OK && node != NULL && JSON_NODE_HOLDS_OBJECT (node)
      && json_object_has_member (json_node_get_object (node), "m2m:cin"))
    instance = json_object_get_object_member (json_node_get_object (node), "m2m:cin");
  if (instance == NULL)
    {
      print_detail ("%s: %u %s", path, answer.rsc, answer.body);
      return NULL;
    }
  return g_strdup (json_object_get_string_member_with_default (instance, "con", ""));
}

static gboolean
start_monitor (Tour *tour, GError **error)
{
  g_autofree char *program = program_path (tour, "host-monitor", "gatehouse-host-monitor");
  const char *const arguments[] = { program,        "--url",   tour->url,  "--cse", tour->cse,
                                    "--originator", PUBLISHER, "--reader", WATCHER, NULL };

  if (!tour_processes_start (tour->processes, arguments, "host-monitor.log", &tour->monitor_output,
                             error))
    return FALSE;
  /* One line when it is registered, one when the first values are there. */
  for (int i = 0; i < 2; i++)
    {
      g_autofree char *line = tour_read_line (tour->monitor_output, START_LIMIT_MS, error);
      if (line == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
show_publisher (Tour *tour)
{
  static const char *const containers[] = { "cpu-load", "memory", "temperature" };
  g_autoptr (GError) error = NULL;

  print_heading (tour, "2. An AE publishes this machine's values, once a second");
  if (!start_monitor (tour, &error))
    {
      print_step (tour, FALSE, "%s registers and publishes: %s", PUBLISHER, error->message);
      print_log (tour, "host-monitor.log");
      print_log (tour, "gatehoused.log");
      return FALSE;
    }
  print_step (tour, TRUE, "%s is registered, and its policy lets %s read and subscribe", PUBLISHER,
              WATCHER);
  for (gsize i = 0; i < G_N_ELEMENTS (containers); i++)
    {
      g_autofree char *value = read_latest (tour, containers[i]);
      if (!print_step (tour, value != NULL, "%-12s %s", containers[i],
                       value != NULL ? value : "cannot be read back"))
        return FALSE;
    }
  return TRUE;
}

/* --- 3: the subscriber --- */

/* Sends and compares the response status code. Returns: %FALSE after a failed step */
static gboolean
expect (Tour *tour, GhHttpClient *client, const char *method, const char *path, gint type,
        const char *body, guint rsc, const char *promise)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autoptr (GError) error = NULL;

  if (!gh_http_client_request (client, method, path, type, body, &answer, &error))
    return print_step (tour, FALSE, "%s: %s", promise, error->message);
  if (answer.rsc == rsc)
    return print_step (tour, TRUE, "%s", promise);
  return print_step (tour, FALSE, "%s: the answer is %u, not %u %s", promise, answer.rsc, rsc,
                     answer.body);
}

/* Returns: (transfer full) (nullable): the object of a notification, m2m:sgn */
static JsonObject *
parse_notification (const char *body)
{
  g_autoptr (JsonNode) node = json_from_string (body, NULL);
  JsonNode *inner = NULL;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    inner = json_object_get_member (json_node_get_object (node), "m2m:sgn");
  return inner != NULL && JSON_NODE_HOLDS_OBJECT (inner)
           ? json_object_ref (json_node_get_object (inner))
           : NULL;
}

static JsonObject *
member_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* "06:31:07 {...}" from a notification about a new instance. Returns: (transfer full) (nullable) */
static char *
describe_notification (const char *body)
{
  g_autoptr (JsonObject) notification = parse_notification (body);
  JsonObject *representation = member_object (member_object (notification, "nev"), "rep");
  JsonObject *instance = member_object (representation, "m2m:cin");
  const char *time = instance != NULL
                       ? json_object_get_string_member_with_default (instance, "ct", "")
                       : "";

  if (instance == NULL || strlen (time) < 15)
    return NULL;
  return g_strdup_printf ("%.2s:%.2s:%.2s  %s", time + 9, time + 11, time + 13,
                          json_object_get_string_member_with_default (instance, "con", ""));
}

static gboolean
show_subscriber (Tour *tour)
{
  const char *url = tour_listener_get_url (tour->listener);
  g_autofree char *ae = g_strdup_printf (
    "{\"m2m:ae\":{\"rn\":\"watcher\",\"api\":\"N.org.gatehouse.watcher\",\"rr\":true,"
    "\"srv\":[\"3\"],\"poa\":[\"%s\"]}}",
    url);
  g_autofree char *subscription = g_strdup_printf (
    "{\"m2m:sub\":{\"rn\":\"watch\",\"nu\":[\"%s\"],\"nct\":1,\"enc\":{\"net\":[3]}}}", url);
  g_autofree char *container = g_strdup_printf ("%s/host-monitor/cpu-load", tour->cse);

  print_heading (tour, "3. Another AE subscribes, and is told");
  if (!expect (tour, tour->watcher, "POST", tour->cse, TYPE_AE, ae, RSC_CREATED,
               WATCHER " registers")
      || !expect (tour, tour->watcher, "POST", container, TYPE_SUBSCRIPTION, subscription,
                  RSC_CREATED, WATCHER " subscribes to cpu-load"))
    return FALSE;
  for (int i = 0; i < SHOWN_NOTIFICATIONS; i++)
    {
      g_autofree char *body = tour_listener_pop (tour->listener, NOTIFICATION_LIMIT_MS);
      g_autofree char *text = body != NULL ? describe_notification (body) : NULL;
      if (!print_step (tour, text != NULL, "notified  %s",
                       text != NULL   ? text
                       : body != NULL ? body
                                      : "of nothing in 10 s"))
        return FALSE;
    }
  return TRUE;
}

/* --- 4: the intruders --- */

static gboolean
show_intruders (Tour *tour)
{
  static const char impostor[] = "{\"m2m:ae\":{\"rn\":\"impostor\",\"api\":\"N.org.gatehouse."
                                 "impostor\",\"rr\":false,\"srv\":[\"3\"]}}";
  g_autoptr (GhHttpClient) stranger = gh_http_client_new (tour->url, STRANGER);
  g_autoptr (GhHttpClient) publisher = gh_http_client_new (tour->url, PUBLISHER);
  g_autofree char *container = g_strdup_printf ("%s/host-monitor/cpu-load", tour->cse);
  g_autofree char *latest = g_strdup_printf ("%s/la", container);
  gboolean kept = TRUE;

  print_heading (tour, "4. Three intruders are refused");
  kept &= expect (tour, stranger, "GET", latest, 0, NULL, RSC_NO_PRIVILEGE,
                  "4103  " STRANGER ", whom no rule names, may not read the values");
  kept &= expect (tour, tour->watcher, "DELETE", container, 0, NULL, RSC_NO_PRIVILEGE,
                  "4103  " WATCHER ", who may read them, may not delete them");
  kept &= expect (tour, publisher, "POST", tour->cse, TYPE_AE, impostor, RSC_REGISTERED,
                  "4117  nobody registers again as " PUBLISHER ", which is taken");
  return kept;
}

/* --- 5: identities that are proven --- */

static gboolean
secure_step (gpointer user_data, gboolean kept, const char *text)
{
  return print_step (user_data, kept, "%s", text);
}

static void
secure_detail (gpointer user_data, const char *text)
{
  (void) user_data;
  print_detail ("%s", text);
}

static gboolean
show_proofs (Tour *tour)
{
  g_autofree char *ghctl = program_path (tour, "ghctl", "ghctl");
  g_autofree char *coap = tour->build_folder != NULL ? g_build_filename (
                            tour->build_folder, "tests/peers", "coap-om2m-gnutls", NULL)
                                                     : NULL;
  const TourSecure secure = {
    .ghctl = ghctl,
    .coap = coap != NULL && g_file_test (coap, G_FILE_TEST_IS_EXECUTABLE) ? coap : NULL,
    .folder = tour_processes_get_folder (tour->processes),
    .https = tour->https,
    .coaps = tour->coaps,
    .cse = tour->cse,
    .step = secure_step,
    .detail = secure_detail,
    .user_data = tour,
  };

  print_heading (tour, "5. The same over coaps and https, where an identity is proven");
  if (!tour->has_bus || tour->https == NULL)
    {
      print_detail ("left out: credentials are made with ghctl, over a bus, for secured listeners");
      return TRUE;
    }
  if (tour_secure (&secure))
    return TRUE;
  print_log (tour, "gatehoused.log");
  return FALSE;
}

/* --- the end --- */

static void
print_commands (const Tour *tour)
{
  g_autofree char *ghctl = program_path (tour, "ghctl", "ghctl");

  print_heading (tour, "It goes on serving until Ctrl-C. To try in another terminal:");
  printf ("\n  curl -s -H 'X-M2M-Origin: " WATCHER "' -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' \\\n"
          "    %s/%s/host-monitor/cpu-load/la\n",
          tour->url, tour->cse);
  printf ("  curl -s -H 'X-M2M-Origin: " STRANGER "' -H 'X-M2M-RI: 2' -H 'X-M2M-RVI: 3' -i \\\n"
          "    %s/%s/host-monitor/cpu-load/la\n",
          tour->url, tour->cse);
  if (tour->own_bus)
    printf ("\n  export DBUS_SESSION_BUS_ADDRESS='%s'\n", g_getenv ("DBUS_SESSION_BUS_ADDRESS"));
  if (tour->has_bus)
    printf ("  %s status\n  %s get %s/host-monitor/memory/la\n  %s create %s/host-monitor --ty cnt "
            "'{\"rn\":\"mine\"}'\n",
            ghctl, ghctl, tour->cse, ghctl, tour->cse);
  printf ("\nNotifications, as they arrive:\n");
  fflush (stdout);
}

/* Each one replaces the one before, so that the commands stay in sight. Returns when none comes any
 * more. */
static void
serve (Tour *tour)
{
  struct winsize size = { 0 };

  print_commands (tour);
  for (;;)
    {
      g_autofree char *body = tour_listener_pop (tour->listener, NOTIFICATION_LIMIT_MS);
      if (body == NULL)
        break;
      g_autofree char *text = describe_notification (body);
      int columns = ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 80;
      printf ("\r  cpu-load  %.*s\033[K", MAX (columns - 13, 1), text != NULL ? text : body);
      fflush (stdout);
    }
  printf ("\n");
  print_step (tour, FALSE, "notifications go on: none came in %d s", NOTIFICATION_LIMIT_MS / 1000);
  print_log (tour, "host-monitor.log");
  print_log (tour, "gatehoused.log");
}

static gboolean
run_tour (Tour *tour)
{
  g_autoptr (GError) error = NULL;

  printf ("Gatehouse %s: a tour\n"
          "  With --dev the CSE speaks plain HTTP on the loopback interface, and an originator is "
          "only claimed,\n"
          "  not proven: whoever reaches the port can call himself what he likes. It is for trying "
          "things.\n",
          gh_version_string ());
  if (!show_daemon (tour))
    return FALSE;
  tour->listener = tour_listener_new (&error);
  if (tour->listener == NULL)
    return print_step (tour, FALSE, "notifications can be received: %s", error->message);
  tour->watcher = gh_http_client_new (tour->url, WATCHER);
  return show_publisher (tour) && show_subscriber (tour) && show_intruders (tour)
         && show_proofs (tour);
}

static gboolean
parse_options (Tour *tour, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "builddir", 0, 0, G_OPTION_ARG_FILENAME, &tour->build_folder,
      "Take the programs and plugins of this build", "FOLDER" },
    { "once", 0, 0, G_OPTION_ARG_NONE, &tour->once, "End after the tour, also on a terminal",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
    "- what Gatehouse does, shown on this machine's own values");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\" is not an option",
                   (*argv)[1]);
      return FALSE;
    }
  tour->terminal = isatty (STDOUT_FILENO);
  tour->once |= !tour->terminal;
  tour->utf8 = g_get_charset (NULL);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_auto (Tour) tour = { 0 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (&tour, &argc, &argv, &error))
    {
      g_printerr ("gatehouse-tour: %s\nTry \"gatehouse-tour --help\".\n", error->message);
      return 2;
    }
  tour.processes = tour_processes_new (&error);
  if (tour.processes == NULL)
    {
      g_printerr ("gatehouse-tour: %s\n", error->message);
      return 1;
    }
  gboolean kept = run_tour (&tour);
  if (kept)
    printf ("\nAll %u steps were as promised.\n", tour.steps);
  else
    printf ("\nNOT as promised: %u of the %u steps that were taken.\n", tour.failures, tour.steps);
  fflush (stdout);
  tour_processes_set_exit_status (tour.processes, kept ? 0 : 1);
  if (!tour.once && kept)
    serve (&tour);
  return tour.failures == 0 ? 0 : 1;
}
