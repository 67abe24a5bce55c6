/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* Calls gatehoused a thousand times without waiting for an answer, and then, while nobody has read
 * those answers, once from another connection. Says how the calls ended. "flood job": calls that
 * wait for the disk; "flood huge": one call with more than a name can be. */

#define NAME  "org.gatehouse.Gatehouse1"
#define PATH  "/org/gatehouse/Gatehouse1"
#define CALLS 1000

typedef struct {
  GMainLoop *loop;
  guint answered, refused, other, left;
} Flood;

static void
done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Flood *flood = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  if (answer != NULL)
    flood->answered++;
  else if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    flood->refused++;
  else
    flood->other++;
  if (--flood->left == 0)
    g_main_loop_quit (flood->loop);
}

static GDBusConnection *
connect_bus (void)
{
  g_autoptr (GError) error = NULL;
  const char *address = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
    address,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);

  if (connection == NULL)
    g_printerr ("%s\n", error->message);
  return connection;
}

static void
flood_with (GDBusConnection *connection, Flood *flood, gboolean jobs)
{
  flood->left = CALLS;
  for (guint i = 0; i < CALLS; i++)
    if (jobs)
      g_dbus_connection_call (connection, NAME, PATH, NAME ".Credentials", "List",
                              g_variant_new ("(stu)", "", (guint64) 0, 1000), NULL,
                              G_DBUS_CALL_FLAGS_NONE, -1, NULL, done, flood);
    else
      g_dbus_connection_call (connection, NAME, PATH, NAME, "GetStatus", NULL, NULL,
                              G_DBUS_CALL_FLAGS_NONE, -1, NULL, done, flood);
}

static void
call_once (GDBusConnection *connection, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    connection, NAME, PATH, NAME ".Credentials", "Show", g_variant_new ("(s)", id), NULL,
    G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_print ("the other: %s\n", answer != NULL ? "answered" : error->message);
}

int
main (int argc, char **argv)
{
  const char *how = argc > 1 ? argv[1] : "";
  g_autoptr (GDBusConnection) flooding = connect_bus ();
  g_autoptr (GDBusConnection) other = connect_bus ();
  Flood flood = { .loop = g_main_loop_new (NULL, FALSE) };

  if (flooding == NULL || other == NULL)
    return 1;
  if (strcmp (how, "huge") == 0)
    {
      g_autofree char *huge = g_strnfill (1024 * 1024, 'x');

      call_once (other, huge);
      return 0;
    }
  flood_with (flooding, &flood, strcmp (how, "job") == 0);
  call_once (other, "12-nobody@example.org");
  g_main_loop_run (flood.loop);
  g_main_loop_unref (flood.loop);
  g_print ("answered %s, refused %s, other %u\n", flood.answered > 0 ? "some" : "none",
           flood.refused > 0 ? "some" : "none", flood.other);
  return 0;
}
