/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <stdio.h>

/* An agent of the session bus that reports every command as succeeded, and says so on standard
 * output. Ends with its standard input. */

#define NAME "org.gatehouse.Gatehouse1"
#define PATH "/org/gatehouse/Gatehouse1"

G_GNUC_PRINTF (1, 2)
static void
say (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  fflush (stdout);
}

static void
reported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  (void) user_data;
  say ("reported %s%s\n", answer != NULL ? "" : "not: ", answer != NULL ? "" : error->message);
}

static void
commanded (GDBusConnection *connection, const char *sender, const char *path,
           const char *interface, const char *signal, GVariant *parameters, gpointer user_data)
{
  const char *id = NULL, *command = NULL;

  (void) sender;
  (void) path;
  (void) interface;
  (void) signal;
  (void) user_data;
  g_variant_get (parameters, "(&s&s@a{sv})", &id, &command, NULL);
  say ("command %s %s\n", id, command);
  g_dbus_connection_call (connection, NAME, PATH, NAME, "ReportCommand",
                          g_variant_new ("(sss)", id, "succeeded", "all done"), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, reported, NULL);
}

static gboolean
input_ended (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  (void) channel;
  (void) condition;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_autoptr (GVariant) answer = NULL;

  if (bus != NULL)
    {
      g_dbus_connection_signal_subscribe (bus, NULL, NAME, "Command", PATH, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, commanded, NULL, NULL);
      answer = g_dbus_connection_call_sync (bus, NAME, PATH, NAME, "RegisterAgent", NULL, NULL,
                                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
    }
  if (answer == NULL)
    {
      say ("%s\n", error->message);
      return 1;
    }
  say ("registered\n");
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, input_ended, loop);
  g_main_loop_run (loop);
  return 0;
}
