/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"
#include "ghctl-json.h"
#include "ghctl-request.h"

#include "model/gh-attribute.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>

/* Tells what happens to a resource, one line each, until it is interrupted. For that time ghctl is
 * an application entity on the bus, and has a subscription that ends by itself soon after it is no
 * longer renewed: nothing stays behind when ghctl is killed. */

#define APPLICATIONS "org.gatehouse.Gatehouse1.Applications"
#define APP_ID       "N.gatehouse.ghctl"
#define LIFETIME_S   600
#define RENEW_S      240

typedef struct {
  char *originator, *events;
  gint count;
} Options;
#define AT(member) offsetof (Options, member)

typedef struct {
  GDBusConnection *connection;
  GMainLoop *loop;
  const Options *options;
  gboolean json;
  char *from, *ae_id, *address, *subscription;
  gint shown;
  GError *error;
} Watch;

/* --- notifications --- */

static const struct {
  gint64 number;
  const char *name, *word;
  GhctlColour colour;
} events[] = {
  { 1, "update", N_ ("updated"), GHCTL_YELLOW },
  { 2, "delete", N_ ("deleted"), GHCTL_RED },
  { 3, "create", N_ ("created"), GHCTL_GREEN },
  { 4, "delete-child", N_ ("child deleted"), GHCTL_RED },
};

static void
put_event (gint64 number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    if (events[i].number == number)
      ghctl_put (_ (events[i].word), events[i].colour, NULL);
}

/* "content", or what else is worth a line. */
static void
put_value (JsonObject *resource)
{
  static const char *const names[] = { "con", "api", "nu", "lbl" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      JsonNode *node = json_object_get_member (resource, names[i]);
      if (node == NULL)
        continue;
      g_autofree char *text = JSON_NODE_HOLDS_VALUE (node)
                                  && json_node_get_value_type (node) == G_TYPE_STRING
                                ? g_strdup (json_node_get_string (node))
                                : json_to_string (node, FALSE);
      g_print ("  ");
      ghctl_put (text, GHCTL_PLAIN, NULL);
      return;
    }
}

static void
print_event (JsonObject *event)
{
  JsonObject *representation = ghctl_json_object (event, "rep");
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%T");
  g_autoptr (GList) names = representation != NULL ? json_object_get_members (representation)
                                                   : NULL;
  const GhType *type = names != NULL ? gh_type_by_root_name (names->data) : NULL;
  JsonObject *resource = names != NULL ? ghctl_json_object (representation, names->data) : NULL;

  ghctl_put (time, GHCTL_DIM, NULL);
  g_print ("  ");
  put_event (json_object_get_int_member_with_default (event, "net", 0));
  if (names != NULL)
    {
      g_print ("  ");
      ghctl_put (type != NULL ? type->long_name : names->data, GHCTL_DIM, NULL);
    }
  if (resource != NULL)
    {
      g_print ("  ");
      ghctl_put (ghctl_json_text (resource, "rn", ""), GHCTL_BOLD, NULL);
      put_value (resource);
    }
  g_print ("\n");
}

static void
show (Watch *watch, const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonObject *outer = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node)
                                                                    : NULL;
  JsonObject *notification = ghctl_json_object (outer, "m2m:sgn");
  JsonObject *event = ghctl_json_object (notification, "nev");

  /* Anything else is about the subscription itself. */
  if (event == NULL)
    return;
  if (watch->json)
    {
      ghctl_json_print_line (node);
    }
  else
    print_event (event);
  watch->shown++;
  if (watch->options->count > 0 && watch->shown >= watch->options->count)
    g_main_loop_quit (watch->loop);
}

static void
notified (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
          const char *signal, GVariant *parameters, gpointer user_data)
{
  Watch *watch = user_data;
  const char *ae_id = "", *text = "";

  if (strcmp (signal, "Closed") == 0)
    {
      g_set_error_literal (&watch->error, GHCTL_ERROR, GHCTL_REFUSED,
                           _ ("an administrator has ended the watch"));
      g_main_loop_quit (watch->loop);
      return;
    }
  g_variant_get (parameters, "(&ss&s)", &ae_id, NULL, &text);
  if (g_strcmp0 (ae_id, watch->ae_id) == 0)
    show (watch, text);
}

/* --- the subscription --- */

static char *
ends_at (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) ends = g_date_time_add_seconds (now, LIFETIME_S);

  return g_date_time_format (ends, "%Y%m%dT%H%M%S");
}

static gboolean
add_events (JsonArray *numbers, const char *wanted, GError **error)
{
  g_auto (GStrv) words = g_strsplit (wanted != NULL ? wanted : "update,delete,create,delete-child",
                                     ",", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      gint64 number = 0;
      for (gsize k = 0; k < G_N_ELEMENTS (events); k++)
        if (strcmp (events[k].name, words[i]) == 0)
          number = events[k].number;
      if (number == 0)
        {
          g_set_error (error, GHCTL_ERROR, GHCTL_USAGE,
                       _ ("--events: \"%s\" is not update, delete, create or delete-child"),
                       words[i]);
          return FALSE;
        }
      json_array_add_int_element (numbers, number);
    }
  return TRUE;
}

static JsonObject *
new_subscription (Watch *watch, GError **error)
{
  JsonObject *content = json_object_new (), *subscription = json_object_new ();
  JsonObject *criteria = json_object_new ();
  JsonArray *numbers = json_array_new (), *targets = json_array_new ();
  g_autofree char *ends = ends_at ();

  json_object_set_array_member (criteria, "net", numbers);
  json_array_add_string_element (targets, watch->address);
  json_object_set_array_member (subscription, "nu", targets);
  json_object_set_object_member (subscription, "enc", criteria);
  json_object_set_string_member (subscription, "et", ends);
  json_object_set_object_member (content, "m2m:sub", subscription);
  if (add_events (numbers, watch->options->events, error))
    return content;
  json_object_unref (content);
  return NULL;
}

static gboolean
subscribe (Watch *watch, const char *target, GError **error)
{
  JsonObject *content = new_subscription (watch, error);

  if (content == NULL)
    return FALSE;
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_CREATE, target, watch->from);
  json_object_set_int_member (request, "ty", 23);
  json_object_set_int_member (request, "rcn", 2);
  json_object_set_object_member (request, "pc", content);
  g_autoptr (JsonNode) answer = ghctl_request_content (watch->connection, request, error);
  if (answer == NULL)
    return FALSE;
  watch->subscription = JSON_NODE_HOLDS_OBJECT (answer) ? g_strdup (
                          ghctl_json_text (json_node_get_object (answer), "m2m:uri", NULL))
                                                        : NULL;
  return watch->subscription != NULL
         || ghctl_usage (_ ("the CSE does not say where the subscription is"), error);
}

static void
unsubscribe (Watch *watch)
{
  g_autoptr (GError) error = NULL;

  if (watch->subscription == NULL)
    return;
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_DELETE, watch->subscription,
                                                      watch->from);
  g_autoptr (JsonNode) answer = ghctl_request_content (watch->connection, request, &error);
  /* What was watched may be gone, and the subscription with it. */
  (void) answer;
}

static gboolean
renew (gpointer user_data)
{
  Watch *watch = user_data;
  JsonObject *content = json_object_new (), *subscription = json_object_new ();
  g_autofree char *ends = ends_at ();
  g_autoptr (JsonObject) request = ghctl_request_new (GHCTL_UPDATE, watch->subscription,
                                                      watch->from);

  json_object_set_string_member (subscription, "et", ends);
  json_object_set_object_member (content, "m2m:sub", subscription);
  json_object_set_object_member (request, "pc", content);
  g_autoptr (JsonNode) answer = ghctl_request_content (watch->connection, request, &watch->error);
  if (answer != NULL)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (watch->loop);
  return G_SOURCE_CONTINUE;
}

/* --- command --- */

static gboolean
register_here (Watch *watch, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, "app-id", "s", APP_ID);
  g_variant_dict_insert (&options, "notifications", "s", "signal");
  g_variant_dict_insert (&options, "remove-on-exit", "b", TRUE);
  g_autoptr (GVariant) answer = ghctl_call_simple (
    watch->connection, APPLICATIONS, "Register",
    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(ss)", error);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(ss)", &watch->ae_id, &watch->address);
  return TRUE;
}

static void
unregister (Watch *watch)
{
  g_autoptr (GError) error = NULL;

  if (watch->ae_id != NULL
      && !ghctl_call_plain (watch->connection, APPLICATIONS, "Unregister",
                            g_variant_new ("(s)", watch->ae_id), &error))
    g_printerr ("ghctl: %s\n", error->message);
}

static gboolean
stop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
lost (GDBusConnection *connection, gboolean vanished, GError *error, gpointer user_data)
{
  Watch *watch = user_data;

  g_set_error_literal (&watch->error, GHCTL_ERROR, GHCTL_UNREACHABLE, _ ("the bus went away"));
  g_main_loop_quit (watch->loop);
}

static void
name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Watch *watch = user_data;

  if (watch->error == NULL)
    g_set_error_literal (&watch->error, GHCTL_ERROR, GHCTL_UNREACHABLE, _ ("gatehoused went away"));
  g_main_loop_quit (watch->loop);
}

static void
wait_for_events (Watch *watch)
{
  const guint timer = g_timeout_add_seconds (RENEW_S, renew, watch);
  const gulong closed = g_signal_connect (watch->connection, "closed", G_CALLBACK (lost), watch);
  const guint name = g_bus_watch_name_on_connection (watch->connection, "org.gatehouse.Gatehouse1",
                                                     G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, name_lost,
                                                     watch, NULL);

  g_main_loop_run (watch->loop);
  g_bus_unwatch_name (name);
  g_signal_handler_disconnect (watch->connection, closed);
  g_source_remove (timer);
}

static gboolean
watch_target (Watch *watch, const char *target, GError **error)
{
  /* Signals that are for us alone need no rule of the bus, but one of GLib. */
  const guint id = g_dbus_connection_signal_subscribe (
    watch->connection, "org.gatehouse.Gatehouse1", APPLICATIONS, NULL, "/org/gatehouse/Gatehouse1",
    NULL, G_DBUS_SIGNAL_FLAGS_NONE, notified, watch, NULL);
  /* From before the first to after the last resource: a second signal must not leave them. */
  const guint signals[] = { g_unix_signal_add (SIGINT, stop, watch->loop),
                            g_unix_signal_add (SIGTERM, stop, watch->loop),
                            g_unix_signal_add (SIGHUP, stop, watch->loop) };
  const gboolean begun = register_here (watch, error) && subscribe (watch, target, error);

  if (begun)
    {
      if (!watch->json)
        g_printerr (_ ("ghctl: watching %s; Ctrl-C ends it\n"), target);
      wait_for_events (watch);
    }
  if (!g_dbus_connection_is_closed (watch->connection)
      && !g_error_matches (watch->error, GHCTL_ERROR, GHCTL_UNREACHABLE))
    {
      unsubscribe (watch);
      unregister (watch);
    }
  g_dbus_connection_signal_unsubscribe (watch->connection, id);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (signals[i]);
  return begun;
}

static gboolean
run_watch (GhctlRun *run, GError **error)
{
  Watch watch = { .connection = run->connection, .options = run->options, .json = run->json };
  gboolean done;

  if (watch.options->count < 0)
    return ghctl_usage (_ ("watch: --count takes a number that is not negative"), error);
  watch.from = ghctl_from (run->connection, watch.options->originator, error);
  if (watch.from == NULL)
    return FALSE;
  watch.loop = g_main_loop_new (NULL, FALSE);
  done = watch_target (&watch, run->arguments[0], error);
  g_main_loop_unref (watch.loop);
  g_free (watch.from);
  g_free (watch.ae_id);
  g_free (watch.address);
  g_free (watch.subscription);
  if (watch.error == NULL)
    return done;
  g_propagate_error (error, watch.error);
  return FALSE;
}

static const GhctlCommand commands[] = {
  { NULL, "TARGET", NULL, 1, 1, run_watch },
  { NULL, NULL, NULL, 0, 0, NULL },
};

static const GhctlOption option_table[] = {
  { "events", 'e', G_OPTION_ARG_STRING, AT (events),
    N_ ("Only these, with commas: update, delete, create, delete-child"), "LIST",
    "update delete create delete-child" },
  { "count", 'n', G_OPTION_ARG_INT, AT (count), N_ ("End after so many"), "N", NULL },
  { "originator", 'o', G_OPTION_ARG_STRING, AT (originator),
    N_ ("Who asks; default: the administrator; \"\": nobody named"), "ID", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

const GhctlGroup ghctl_watch_group = {
  .name = "watch",
  .summary = N_ ("tell what happens to a resource, until Ctrl-C"),
  .commands = commands,
  .options = option_table,
  .notes = N_ ("TARGET and its children are watched. The subscription is removed at the end, and "
               "ends by itself\nwithin ten minutes when ghctl is killed.\n"),
  .examples = "  ghctl watch gatehouse/sensor/temperature\n"
              "  ghctl watch gatehouse --events create --json\n",
  .size = sizeof (Options),
};
