/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* As much of GeoClue as a client needs, on the session's bus. Each line of standard input is a new
 * position, "LATITUDE LONGITUDE"; what a client does is said on standard output. */

#define NAME     "org.freedesktop.GeoClue2"
#define CLIENT   "/org/freedesktop/GeoClue2/Client/1"
#define LOCATION "/org/freedesktop/GeoClue2/Location/1"

static const char xml[]
  = "<node><interface name='" NAME ".Manager'>"
    "<method name='GetClient'><arg name='client' type='o' direction='out'/></method>"
    "</interface><interface name='" NAME ".Client'>"
    "<method name='Start'/><method name='Stop'/>"
    "<property name='DesktopId' type='s' access='readwrite'/>"
    "<property name='RequestedAccuracyLevel' type='u' access='readwrite'/>"
    "<signal name='LocationUpdated'><arg name='old' type='o'/><arg name='new' type='o'/></signal>"
    "</interface><interface name='" NAME ".Location'>"
    "<property name='Latitude' type='d' access='read'/>"
    "<property name='Longitude' type='d' access='read'/>"
    "<property name='Accuracy' type='d' access='read'/>"
    "</interface></node>";

typedef struct {
  GMainLoop *loop;
  GDBusConnection *bus;
  char *desktop_id;
  guint32 level;
  double latitude, longitude;
  gboolean started;
} Mock;

static void
say (const char *what, const char *detail)
{
  printf ("%s%s\n", what, detail);
  fflush (stdout);
}

static void
announce (const Mock *mock)
{
  if (mock->started)
    g_dbus_connection_emit_signal (mock->bus, NULL, CLIENT, NAME ".Client", "LocationUpdated",
                                   g_variant_new ("(oo)", "/", LOCATION), NULL);
}

static void
called (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
        const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
        gpointer user_data)
{
  Mock *mock = user_data;

  (void) connection;
  (void) sender;
  (void) path;
  (void) interface;
  (void) parameters;
  if (strcmp (method, "GetClient") == 0)
    {
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", CLIENT));
      return;
    }
  if (strcmp (method, "Start") == 0 && (mock->desktop_id == NULL || mock->level != 8))
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                             "'DesktopId' property must be set");
      return;
    }
  mock->started = strcmp (method, "Start") == 0;
  g_dbus_method_invocation_return_value (invocation, NULL);
  say (mock->started ? "started " : "stopped ", mock->desktop_id);
  announce (mock);
}

static GVariant *
read_property (GDBusConnection *connection, const char *sender, const char *path,
               const char *interface, const char *name, GError **error, gpointer user_data)
{
  const Mock *mock = user_data;

  (void) connection;
  (void) sender;
  (void) path;
  (void) interface;
  (void) error;
  if (strcmp (name, "Latitude") == 0)
    return g_variant_new_double (mock->latitude);
  if (strcmp (name, "Longitude") == 0)
    return g_variant_new_double (mock->longitude);
  return g_variant_new_double (25);
}

static gboolean
write_property (GDBusConnection *connection, const char *sender, const char *path,
                const char *interface, const char *name, GVariant *value, GError **error,
                gpointer user_data)
{
  Mock *mock = user_data;

  (void) connection;
  (void) sender;
  (void) path;
  (void) interface;
  (void) error;
  if (strcmp (name, "RequestedAccuracyLevel") == 0)
    mock->level = g_variant_get_uint32 (value);
  else
    {
      g_free (mock->desktop_id);
      mock->desktop_id = g_variant_dup_string (value, NULL);
    }
  return TRUE;
}

static gboolean
moved (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  Mock *mock = user_data;
  g_autofree char *line = NULL;
  char *rest = NULL;

  (void) condition;
  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (mock->loop);
      return G_SOURCE_REMOVE;
    }
  mock->latitude = g_ascii_strtod (line, &rest);
  mock->longitude = g_ascii_strtod (rest, NULL);
  announce (mock);
  return G_SOURCE_CONTINUE;
}

static void
name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
  (void) connection;
  (void) user_data;
  say ("ready ", name);
}

int
main (void)
{
  static const char *const paths[] = { "/org/freedesktop/GeoClue2/Manager", CLIENT, LOCATION };
  static const GDBusInterfaceVTable vtable = { .method_call = called,
                                               .get_property = read_property,
                                               .set_property = write_property };
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, &error);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  Mock mock = { .latitude = 50.11, .longitude = 8.68 };

  mock.loop = g_main_loop_new (NULL, FALSE);
  mock.bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  if (node == NULL || mock.bus == NULL)
    {
      say (error->message, "");
      return 1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    g_dbus_connection_register_object (mock.bus, paths[i], node->interfaces[i], &vtable, &mock,
                                       NULL, NULL);
  g_bus_own_name_on_connection (mock.bus, NAME, G_BUS_NAME_OWNER_FLAGS_NONE, name_acquired, NULL,
                                NULL, NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, moved, &mock);
  g_main_loop_run (mock.loop);
  g_main_loop_unref (mock.loop);
  g_object_unref (mock.bus);
  g_free (mock.desktop_id);
  return 0;
}
