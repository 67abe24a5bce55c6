/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-geoclue.h"

#include "base/gh-log.h"

#define NAME               "org.freedesktop.GeoClue2"
#define MANAGER_PATH       "/org/freedesktop/GeoClue2/Manager"
#define MANAGER_INTERFACE  NAME ".Manager"
#define CLIENT_INTERFACE   NAME ".Client"
#define LOCATION_INTERFACE NAME ".Location"
/* under which the desktop file grants the position (geoclue.conf) */
#define DESKTOP_ID "org.gatehouse.Gatehouse1"
/* GeoClue's level EXACT; it gives what it is allowed to give */
#define ACCURACY_EXACT 8

struct _GhGeoclue {
  GhCse *cse;
  GCancellable *cancellable;
  GDBusConnection *bus;
  char *client; /* object path */
  guint subscription;
};

static void
tell (const char *what, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gh_log (GH_LOG_WARNING, "location", what, "reason", error->message, NULL);
}

static void
take_location (GhGeoclue *geoclue, GVariant *all)
{
  gdouble latitude = 0, longitude = 0, accuracy = -1;
  g_autoptr (GError) error = NULL;

  if (!g_variant_lookup (all, "Latitude", "d", &latitude)
      || !g_variant_lookup (all, "Longitude", "d", &longitude))
    return;
  g_variant_lookup (all, "Accuracy", "d", &accuracy);
  if (!gh_cse_set_position (geoclue->cse, latitude, longitude, accuracy, &error))
    tell ("GeoClue's position is refused", error);
}

static void
location_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);
  g_autoptr (GVariant) all = NULL;

  if (answer == NULL)
    {
      tell ("GeoClue's position cannot be read", error);
      return;
    }
  g_variant_get (answer, "(@a{sv})", &all);
  take_location (user_data, all);
}

/* LocationUpdated (old, new) of our client */
static void
location_updated (GDBusConnection *connection, const char *sender, const char *path,
                  const char *interface, const char *signal, GVariant *parameters,
                  gpointer user_data)
{
  GhGeoclue *geoclue = user_data;
  const char *location = NULL;

  (void) path;
  (void) interface;
  (void) signal;
  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oo)")))
    return;
  g_variant_get (parameters, "(&o&o)", NULL, &location);
  g_dbus_connection_call (connection, sender, location, "org.freedesktop.DBus.Properties",
                          "GetAll", g_variant_new ("(s)", LOCATION_INTERFACE),
                          G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, -1,
                          geoclue->cancellable, location_read, geoclue);
}

static void
started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  (void) user_data;
  if (answer == NULL)
    tell ("GeoClue does not tell where we are", error);
  else
    gh_log (GH_LOG_NOTICE, "location", "GeoClue tells where we are", NULL);
}

static void
call_client (GhGeoclue *geoclue, const char *interface, const char *method, GVariant *parameters,
             GAsyncReadyCallback callback)
{
  g_dbus_connection_call (geoclue->bus, NAME, geoclue->client, interface, method, parameters, NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1,
                          callback != NULL ? geoclue->cancellable : NULL, callback, geoclue);
}

static void
set_property (GhGeoclue *geoclue, const char *name, GVariant *value)
{
  call_client (geoclue, "org.freedesktop.DBus.Properties", "Set",
               g_variant_new ("(ssv)", CLIENT_INTERFACE, name, value), NULL);
}

static void
got_client (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GhGeoclue *geoclue = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);

  if (answer == NULL)
    {
      tell ("GeoClue is not there", error);
      return;
    }
  g_variant_get (answer, "(o)", &geoclue->client);
  geoclue->subscription = g_dbus_connection_signal_subscribe (
    geoclue->bus, NAME, CLIENT_INTERFACE, "LocationUpdated", geoclue->client, NULL,
    G_DBUS_SIGNAL_FLAGS_NONE, location_updated, geoclue, NULL);
  /* calls of one connection arrive in their order */
  set_property (geoclue, "DesktopId", g_variant_new_string (DESKTOP_ID));
  set_property (geoclue, "RequestedAccuracyLevel", g_variant_new_uint32 (ACCURACY_EXACT));
  call_client (geoclue, CLIENT_INTERFACE, "Start", NULL, started);
}

static void
got_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GhGeoclue *geoclue = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  (void) source;
  if (bus == NULL)
    {
      tell ("GeoClue needs the system bus", error);
      return;
    }
  geoclue->bus = g_steal_pointer (&bus);
  g_dbus_connection_set_exit_on_close (geoclue->bus, FALSE);
  g_dbus_connection_call (geoclue->bus, NAME, MANAGER_PATH, MANAGER_INTERFACE, "GetClient", NULL,
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          geoclue->cancellable, got_client, geoclue);
}

GhGeoclue *
gh_geoclue_new (GhCse *cse)
{
  GhGeoclue *geoclue = g_new0 (GhGeoclue, 1);

  geoclue->cse = g_object_ref (cse);
  geoclue->cancellable = g_cancellable_new ();
  g_bus_get (G_BUS_TYPE_SYSTEM, geoclue->cancellable, got_bus, geoclue);
  return geoclue;
}

void
gh_geoclue_free (GhGeoclue *geoclue)
{
  g_cancellable_cancel (geoclue->cancellable);
  if (geoclue->subscription != 0)
    g_dbus_connection_signal_unsubscribe (geoclue->bus, geoclue->subscription);
  if (geoclue->client != NULL)
    {
      call_client (geoclue, CLIENT_INTERFACE, "Stop", NULL, NULL);
      /* the process may end before the connection is looked at again; what is lost here, GeoClue
       * learns from the bus */
      g_dbus_connection_flush_sync (geoclue->bus, NULL, NULL);
    }
  g_clear_object (&geoclue->bus);
  g_object_unref (geoclue->cancellable);
  g_object_unref (geoclue->cse);
  g_free (geoclue->client);
  g_free (geoclue);
}
