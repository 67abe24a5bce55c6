/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* Says which signals of gatehoused reach it, one on each line: "watcher COUNT" asks for all objects
 * first, and says how many there are; "watcher" only listens. Ends with its standard input. */

#define NAME "org.gatehouse.Gatehouse1"
#define PATH "/org/gatehouse/Gatehouse1"

static void
heard (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
       const char *signal, GVariant *parameters, gpointer user_data)
{
  g_autofree char *text = g_variant_print (parameters, FALSE);

  (void) connection;
  (void) sender;
  (void) interface;
  (void) user_data;
  if (g_str_has_prefix (path, PATH))
    g_print ("%s %s %s\n", signal, path, text);
}

static gboolean
ended (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  (void) channel;
  (void) condition;
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
ask (GDBusConnection *connection)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    connection, NAME, PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
    G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  if (answer == NULL)
    {
      g_print ("refused %s\n", error->message);
      return FALSE;
    }
  g_autoptr (GVariant) objects = g_variant_get_child_value (answer, 0);
  g_print ("objects %u\n", (guint) g_variant_n_children (objects));
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (connection == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  g_dbus_connection_signal_subscribe (connection, NAME, NULL, NULL, NULL, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, heard, NULL, NULL);
  if (argc < 2)
    g_print ("listening\n");
  else if (!ask (connection))
    return 1;
  g_io_add_watch (input, G_IO_HUP | G_IO_ERR | G_IO_IN, ended, loop);
  g_main_loop_run (loop);
  return 0;
}
