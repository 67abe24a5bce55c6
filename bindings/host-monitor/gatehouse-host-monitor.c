/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-client.h"
#include "gh-sensors.h"
#include "gh-version.h"

#include <glib-unix.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <stdio.h>

/* An AE that publishes what this machine says about itself: an example, and the publisher of the
 * tour. */

enum { TYPE_ACCESS_CONTROL_POLICY = 1, TYPE_AE = 2, TYPE_CONTAINER = 3, TYPE_CONTENT_INSTANCE = 4 };
enum { RSC_OK = 2000, RSC_CREATED = 2001, RSC_NOT_FOUND = 4004, RSC_CONFLICT = 4105 };
/* acop bits (TS-0004 7.4.2) */
enum { MAY_CREATE = 1, MAY_RETRIEVE = 2, MAY_DISCOVER = 32, MAY_ALL = 63 };

/* An hour of values at the default interval. */
#define KEPT_INSTANCES 3600

typedef struct {
  char *url, *cse, *originator, *name, *root;
  char **readers;
  gint interval_s, count;
  gboolean verbose, version;
} Options;

typedef struct {
  Options options;
  GhHttpClient *client;
  GMainLoop *loop;
  gint published;
  int exit_code;
} Monitor;

static const struct {
  const char *container;
  char *(*read) (const char *root);
} sensors[] = {
  { "cpu-load", gh_sensors_load },
  { "memory", gh_sensors_memory },
  { "temperature", gh_sensors_temperature },
};

static void
monitor_clear (Monitor *monitor)
{
  g_clear_pointer (&monitor->client, gh_http_client_free);
  g_clear_pointer (&monitor->loop, g_main_loop_unref);
  g_clear_pointer (&monitor->options.url, g_free);
  g_clear_pointer (&monitor->options.cse, g_free);
  g_clear_pointer (&monitor->options.originator, g_free);
  g_clear_pointer (&monitor->options.name, g_free);
  g_clear_pointer (&monitor->options.root, g_free);
  g_clear_pointer (&monitor->options.readers, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Monitor, monitor_clear)

/* Returns: %FALSE with @error when the answer is not @expected; what was refused is said with the
 * CSE's reason */
static gboolean
check_answer (const GhHttpAnswer *answer, guint expected, const char *what, GError **error)
{
  if (answer->rsc == expected)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: the CSE answers %u, not %u%s%s", what,
               answer->rsc, expected, answer->body[0] != '\0' ? ": " : "", answer->body);
  return FALSE;
}

static char *
to_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) node = json_builder_get_root (builder);

  return json_to_string (node, FALSE);
}

/* Creates @name below @parent; one that is there already, from an earlier run, serves as well. */
static gboolean
create (Monitor *monitor, const char *parent, gint type, const char *name, const char *body,
        GError **error)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autofree char *what = g_strdup_printf ("create %s/%s", parent, name);

  if (!gh_http_client_request (monitor->client, "POST", parent, type, body, &answer, error))
    return FALSE;
  return answer.rsc == RSC_CONFLICT || check_answer (&answer, RSC_CREATED, what, error);
}

static gboolean
create_ae (Monitor *monitor, GError **error)
{
  const Options *options = &monitor->options;
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autofree char *address = g_strdup_printf ("%s/%s", options->cse, options->name);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (!gh_http_client_request (monitor->client, "GET", address, 0, NULL, &answer, error))
    return FALSE;
  if (answer.rsc == RSC_OK)
    return TRUE;
  if (!check_answer (&answer, RSC_NOT_FOUND, "is it registered already?", error))
    return FALSE;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "m2m:ae");
  json_builder_begin_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "rn"), options->name);
  json_builder_add_string_value (json_builder_set_member_name (builder, "api"),
                                 "N.org.gatehouse.host-monitor");
  json_builder_add_boolean_value (json_builder_set_member_name (builder, "rr"), FALSE);
  json_builder_begin_array (json_builder_set_member_name (builder, "srv"));
  json_builder_add_string_value (builder, "3");
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *body = to_text (builder);
  return create (monitor, options->cse, TYPE_AE, options->name, body, error);
}

static void
add_rule (JsonBuilder *builder, const char *const *originators, gint operations)
{
  json_builder_begin_object (builder);
  json_builder_begin_array (json_builder_set_member_name (builder, "acor"));
  for (gsize i = 0; originators[i] != NULL; i++)
    json_builder_add_string_value (builder, originators[i]);
  json_builder_end_array (builder);
  json_builder_add_int_value (json_builder_set_member_name (builder, "acop"), operations);
  json_builder_end_object (builder);
}

static void
begin_rules (JsonBuilder *builder, const char *name)
{
  json_builder_begin_object (json_builder_set_member_name (builder, name));
  json_builder_begin_array (json_builder_set_member_name (builder, "acr"));
}

static void
end_rules (JsonBuilder *builder)
{
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* The monitor may do everything with what is its own; readers may look, and subscribe, which is a
 * create. */
static gboolean
create_policy (Monitor *monitor, const char *parent, GError **error)
{
  const Options *options = &monitor->options;
  const char *const owner[] = { options->originator, NULL };
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_begin_object (json_builder_set_member_name (builder, "m2m:acp"));
  json_builder_add_string_value (json_builder_set_member_name (builder, "rn"), "readers");
  begin_rules (builder, "pv");
  add_rule (builder, owner, MAY_ALL);
  if (options->readers != NULL)
    add_rule (builder, (const char *const *) options->readers,
              MAY_CREATE | MAY_RETRIEVE | MAY_DISCOVER);
  end_rules (builder);
  begin_rules (builder, "pvs");
  add_rule (builder, owner, MAY_ALL);
  end_rules (builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *body = to_text (builder);
  return create (monitor, parent, TYPE_ACCESS_CONTROL_POLICY, "readers", body, error);
}

static gboolean
create_container (Monitor *monitor, const char *parent, const char *name, GError **error)
{
  g_autofree char *policy = g_strdup_printf ("%s/readers", parent);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_begin_object (json_builder_set_member_name (builder, "m2m:cnt"));
  json_builder_add_string_value (json_builder_set_member_name (builder, "rn"), name);
  json_builder_add_int_value (json_builder_set_member_name (builder, "mni"), KEPT_INSTANCES);
  json_builder_begin_array (json_builder_set_member_name (builder, "acpi"));
  json_builder_add_string_value (builder, policy);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *body = to_text (builder);
  return create (monitor, parent, TYPE_CONTAINER, name, body, error);
}

static gboolean
set_up (Monitor *monitor, GError **error)
{
  const Options *options = &monitor->options;
  g_autofree char *ae = g_strdup_printf ("%s/%s", options->cse, options->name);

  if (!create_ae (monitor, error) || !create_policy (monitor, ae, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (sensors); i++)
    if (!create_container (monitor, ae, sensors[i].container, error))
      return FALSE;
  g_print ("registered as %s at %s/%s\n", options->originator, options->url, ae);
  fflush (stdout);
  return TRUE;
}

static gboolean
publish_one (Monitor *monitor, const char *container, const char *value, GError **error)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autofree char *parent = g_strdup_printf ("%s/%s/%s", monitor->options.cse,
                                             monitor->options.name, container);
  g_autofree char *what = g_strdup_printf ("publish into %s", parent);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_begin_object (json_builder_set_member_name (builder, "m2m:cin"));
  json_builder_add_string_value (json_builder_set_member_name (builder, "cnf"),
                                 value[0] == '{' ? "application/json:0" : "text/plain:0");
  json_builder_add_string_value (json_builder_set_member_name (builder, "con"), value);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  g_autofree char *body = to_text (builder);
  if (!gh_http_client_request (monitor->client, "POST", parent, TYPE_CONTENT_INSTANCE, body,
                               &answer, error))
    return FALSE;
  return check_answer (&answer, RSC_CREATED, what, error);
}

static gboolean
publish (gpointer user_data)
{
  Monitor *monitor = user_data;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (sensors); i++)
    {
      g_autofree char *value = sensors[i].read (monitor->options.root);
      if (!publish_one (monitor, sensors[i].container, value, &error))
        {
          g_printerr ("gatehouse-host-monitor: %s\n", error->message);
          monitor->exit_code = 1;
          g_main_loop_quit (monitor->loop);
          return G_SOURCE_REMOVE;
        }
      if (monitor->options.verbose)
        g_print ("%-12s %s\n", sensors[i].container, value);
    }
  if (monitor->published++ == 0)
    g_print ("publishing every %d s\n", monitor->options.interval_s);
  fflush (stdout);
  if (monitor->options.count == 0 || monitor->published < monitor->options.count)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (monitor->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
interrupted (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "url", 'u', 0, G_OPTION_ARG_STRING, &options->url,
      "Where the CSE listens; default http://127.0.0.1:8080", "URL" },
    { "cse", 0, 0, G_OPTION_ARG_STRING, &options->cse,
      "Resource name of its CSEBase; default gatehouse", "NAME" },
    { "originator", 'o', 0, G_OPTION_ARG_STRING, &options->originator,
      "AE-ID to register; default Chost-monitor", "AE-ID" },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options->name,
      "Resource name of the AE; default host-monitor", "NAME" },
    { "reader", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &options->readers,
      "Who may read and subscribe; may be repeated", "AE-ID" },
    { "interval", 'i', 0, G_OPTION_ARG_INT, &options->interval_s,
      "Seconds between values, 1 to 86400; default 1", "N" },
    { "count", 'c', 0, G_OPTION_ARG_INT, &options->count,
      "End after so many rounds; default: never", "N" },
    { "root", 0, 0, G_OPTION_ARG_FILENAME, &options->root,
      "Read proc and sys below this folder; default /", "FOLDER" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Print what is published", NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
    "- publish load, memory and temperatures of this machine");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\" is not an option",
                 (*argv)[1]);
  else if (options->interval_s < 1 || options->interval_s > 86400)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--interval: %d is outside 1..86400", options->interval_s);
  else if (options->count < 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--count: %d is below 0",
                 options->count);
  else
    return TRUE;
  return FALSE;
}

static void
set_default (char **option, const char *value)
{
  if (*option == NULL)
    *option = g_strdup (value);
}

int
main (int argc, char **argv)
{
  g_auto (Monitor) monitor = { .options.interval_s = 1 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (&monitor.options, &argc, &argv, &error))
    {
      g_printerr ("gatehouse-host-monitor: %s\nTry \"gatehouse-host-monitor --help\".\n",
                  error->message);
      return 2;
    }
  if (monitor.options.version)
    {
      g_print ("gatehouse-host-monitor %s\n", gh_version_string ());
      return 0;
    }
  set_default (&monitor.options.url, "http://127.0.0.1:8080");
  set_default (&monitor.options.cse, "gatehouse");
  set_default (&monitor.options.originator, "Chost-monitor");
  set_default (&monitor.options.name, "host-monitor");
  set_default (&monitor.options.root, "/");
  monitor.client = gh_http_client_new (monitor.options.url, monitor.options.originator);
  monitor.loop = g_main_loop_new (NULL, FALSE);
  if (!set_up (&monitor, &error))
    {
      g_printerr ("gatehouse-host-monitor: %s\n", error->message);
      return 1;
    }
  g_unix_signal_add (SIGTERM, interrupted, monitor.loop);
  g_unix_signal_add (SIGINT, interrupted, monitor.loop);
  g_timeout_add_seconds (monitor.options.interval_s, publish, &monitor);
  if (publish (&monitor) == G_SOURCE_CONTINUE)
    g_main_loop_run (monitor.loop);
  return monitor.exit_code;
}
