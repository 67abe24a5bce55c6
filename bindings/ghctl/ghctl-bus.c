/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-request.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <unistd.h>

#define BUS_NAME      "org.gatehouse.Gatehouse1"
#define BUS_PATH      "/org/gatehouse/Gatehouse1"
#define BUS_INTERFACE "org.gatehouse.Gatehouse1"

/* clang-format off: the name is text */
G_DEFINE_QUARK (ghctl - error - quark, ghctl_error)
/* clang-format on */

/* What GLib says about a failed call, as something that a person can act on. */
static void
translate_error (GError **error, GError *problem)
{
  GhctlExit code = GHCTL_UNREACHABLE;

  g_dbus_error_strip_remote_error (problem);
  if (g_error_matches (problem, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    code = GHCTL_DENIED;
  else if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_DBUS_ERROR)
           || g_error_matches (problem, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS))
    code = GHCTL_REFUSED; /* one of gatehoused's own: the request was not one */
  /* What a bus says about its policy is for its own log. */
  if (code == GHCTL_DENIED)
    g_set_error_literal (error, GHCTL_ERROR, code,
                         _ ("not permitted: on the system bus only root may use gatehoused, on a "
                            "session bus only the user who runs it"));
  else
    g_set_error_literal (error, GHCTL_ERROR, code, problem->message);
  g_error_free (problem);
}

static GDBusConnection *
connect_to (GBusType type, GError **error)
{
  GDBusConnection *connection = g_bus_get_sync (type, NULL, error);

  if (connection != NULL)
    g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

static gboolean
has_gatehoused (GDBusConnection *connection)
{
  gboolean owned = FALSE;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    "NameHasOwner", g_variant_new ("(s)", BUS_NAME), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE,
    -1, NULL, NULL);

  if (answer != NULL)
    g_variant_get (answer, "(b)", &owned);
  return owned;
}

GDBusConnection *
ghctl_connect (GhctlBus bus, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;

  if (bus != GHCTL_BUS_SYSTEM)
    connection = connect_to (G_BUS_TYPE_SESSION, NULL);
  if (connection != NULL && has_gatehoused (connection))
    return g_steal_pointer (&connection);
  if (bus == GHCTL_BUS_SESSION)
    {
      g_set_error (error, GHCTL_ERROR, GHCTL_UNREACHABLE, "%s",
                   connection == NULL ? _ ("there is no session bus")
                                      : _ ("gatehoused is not on the session bus"));
      return NULL;
    }
  g_clear_object (&connection);
  connection = connect_to (G_BUS_TYPE_SYSTEM, NULL);
  /* The system bus can start the daemon, so an absent one is tried all the same when it was asked
   * for. */
  if (connection != NULL && (bus == GHCTL_BUS_SYSTEM || has_gatehoused (connection)))
    return g_steal_pointer (&connection);
  g_set_error (
    error, GHCTL_ERROR, GHCTL_UNREACHABLE, "%s",
    bus == GHCTL_BUS_SYSTEM
      ? _ ("there is no system bus")
      : _ ("gatehoused is neither on the session bus nor on the system bus; is it running?"));
  return NULL;
}

static GVariant *
call (GDBusConnection *connection, const char *interface, const char *method, GVariant *arguments,
      const char *type, GError **error)
{
  GError *problem = NULL;
  GVariant *answer = g_dbus_connection_call_sync (connection, BUS_NAME, BUS_PATH, interface, method,
                                                  arguments, G_VARIANT_TYPE (type),
                                                  G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, &problem);

  if (answer == NULL)
    translate_error (error, problem);
  return answer;
}

GVariant *
ghctl_call (GDBusConnection *connection, GhctlCall *call, GError **error)
{
  g_autoptr (GUnixFDList) given = call->fd_in >= 0 ? g_unix_fd_list_new () : NULL;
  g_autoptr (GUnixFDList) taken = NULL;
  GError *problem = NULL;
  GVariant *answer = NULL;

  call->fd_out = -1;
  if (given == NULL || g_unix_fd_list_append (given, call->fd_in, &problem) >= 0)
    answer = g_dbus_connection_call_with_unix_fd_list_sync (
      connection, BUS_NAME, BUS_PATH, call->interface, call->method, call->arguments,
      G_VARIANT_TYPE (call->type), G_DBUS_CALL_FLAGS_NONE, G_MAXINT, given, &taken, NULL, &problem);
  if (answer != NULL && taken != NULL && g_unix_fd_list_get_length (taken) > 0)
    call->fd_out = g_unix_fd_list_get (taken, 0, NULL);
  if (answer == NULL)
    translate_error (error, problem);
  return answer;
}

GVariant *
ghctl_call_at (GDBusConnection *connection, const char *path, GhctlCall *call, GError **error)
{
  GError *problem = NULL;
  GVariant *answer = g_dbus_connection_call_sync (
    connection, BUS_NAME, path, call->interface, call->method, call->arguments,
    G_VARIANT_TYPE (call->type), G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, &problem);

  if (answer == NULL)
    translate_error (error, problem);
  return answer;
}

GVariant *
ghctl_status (GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) answer = call (connection, BUS_INTERFACE, "GetStatus", NULL, "(a{sv})",
                                      error);

  return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

char *
ghctl_originator (GDBusConnection *connection, GError **error)
{
  char *originator = NULL;
  g_autoptr (GVariant) answer = call (connection, "org.freedesktop.DBus.Properties", "Get",
                                      g_variant_new ("(ss)", BUS_INTERFACE, "Administrator"), "(v)",
                                      error);
  g_autoptr (GVariant) value = NULL;

  if (answer == NULL)
    return NULL;
  g_variant_get (answer, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    originator = g_variant_dup_string (value, NULL);
  if (originator == NULL || originator[0] == '\0')
    {
      g_clear_pointer (&originator, g_free);
      g_set_error_literal (
        error, GHCTL_ERROR, GHCTL_USAGE,
        _ ("gatehoused names no administrator's originator: give one with --originator"));
    }
  return originator;
}

static JsonNode *
parse_response (GVariant *answer, GError **error)
{
  g_autoptr (GError) problem = NULL;
  const char *response = NULL;

  g_variant_get (answer, "(&s)", &response);
  g_autoptr (JsonNode) node = json_from_string (response, &problem);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return g_steal_pointer (&node);
  g_set_error (error, GHCTL_ERROR, GHCTL_UNREACHABLE,
               _ ("gatehoused answered what is no response primitive: %s"),
               problem != NULL ? problem->message : _ ("not a JSON object"));
  return NULL;
}

JsonNode *
ghctl_request (GDBusConnection *connection, JsonNode *request, GError **error)
{
  g_autofree char *text = json_to_string (request, FALSE);
  g_autoptr (GVariant) answer = call (connection, BUS_INTERFACE, "Request",
                                      g_variant_new ("(s)", text), "(s)", error);

  return answer != NULL ? parse_response (answer, error) : NULL;
}

void
ghctl_request_start (GDBusConnection *connection, JsonObject *request, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);
  g_autofree char *text = json_to_string (node, FALSE);

  g_dbus_connection_call (connection, BUS_NAME, BUS_PATH, BUS_INTERFACE, "Request",
                          g_variant_new ("(s)", text), G_VARIANT_TYPE ("(s)"),
                          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, callback, user_data);
}

JsonNode *
ghctl_request_finish (GDBusConnection *connection, GAsyncResult *result, GError **error)
{
  GError *problem = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (connection, result, &problem);

  if (answer != NULL)
    return parse_response (answer, error);
  translate_error (error, problem);
  return NULL;
}
