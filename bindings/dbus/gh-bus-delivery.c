/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "gh-bus-applications-private.h"
#include "gh-bus-object.h"

/* What the CSE sends to an application. */

#define MARGIN_MS 20

typedef struct {
  GhBusApplication *application; /* a reference */
  GhCseDelivery *delivery;
} Sending;

static Sending *
sending_new (GhBusApplication *application, GhCseDelivery *delivery)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->application = g_rc_box_acquire (application);
  sending->delivery = delivery;
  return sending;
}

static void
sending_free (Sending *sending)
{
  gh_bus_application_unref (sending->application);
  g_free (sending);
}

/* Nobody has got it. */
static gboolean
is_gone (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

static void
request_handled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *sending = user_data;
  g_autoptr (GError) error = NULL;
  const char *response = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                              &error);

  if (reply != NULL)
    {
      g_variant_get (reply, "(&s)", &response);
      gh_cse_delivery_answer (sending->delivery, response);
    }
  else
    gh_cse_delivery_fail (sending->delivery, is_gone (error),
                          g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
                            ? "the application does not answer in time"
                            : "the application answers with an error");
  sending_free (sending);
}

/* It has read the signal before, or has no Ping, and has read that. */
static void
pinged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *sending = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                              &error);

  if (reply != NULL || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
    gh_cse_delivery_accept (sending->delivery);
  else
    gh_cse_delivery_fail (sending->delivery, is_gone (error), "the application does not read");
  sending_free (sending);
}

/* A little later than the request itself expires, which is then what its originator is told. */
static int
timeout_of (const GhCseDelivery *delivery)
{
  return (int) CLAMP (gh_cse_delivery_get_timeout_ms (delivery), 1, G_MAXINT - MARGIN_MS)
         + MARGIN_MS;
}

static void
call_object (GhBusApplication *application, GhCseDelivery *delivery)
{
  g_dbus_connection_call (application->applications->connection, application->sender,
                          application->object, GH_BUS_ACCESS_POINT_INTERFACE, "HandleRequest",
                          g_variant_new ("(s)", gh_cse_delivery_get_primitive (delivery)),
                          G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          timeout_of (delivery), NULL, request_handled,
                          sending_new (application, delivery));
}

/* To the program alone: a broadcast would reach those who may not ask. The Ping behind the signal
 * comes back when it has been read, and the next one is sent only then: what a slow reader has not
 * read stays in the queue that the CSE bounds, and not in that of the bus. */
static void
notify (GhBusApplication *application, GhCseDelivery *delivery)
{
  GDBusConnection *connection = application->applications->connection;
  const char *subscription = gh_cse_delivery_get_subscription (delivery);
  g_autoptr (GError) error = NULL;

  if (!g_dbus_connection_emit_signal (
        connection, application->sender, GH_BUS_PATH, GH_BUS_APPLICATIONS_INTERFACE, "Notification",
        g_variant_new ("(sss)", application->ae_id, subscription != NULL ? subscription : "",
                       gh_cse_delivery_get_notification (delivery)),
        &error))
    {
      gh_log (GH_LOG_WARNING, "bus", "a notification could not be sent", "reason", error->message,
              NULL);
      gh_cse_delivery_fail (delivery, TRUE, "the bus does not take it");
      return;
    }
  g_dbus_connection_call (connection, application->sender, "/", "org.freedesktop.DBus.Peer", "Ping",
                          NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, timeout_of (delivery), NULL,
                          pinged, sending_new (application, delivery));
}

static void
deliver (GhCse *cse, GhCseDelivery *delivery, gpointer user_data)
{
  const GhBusApplications *applications = user_data;
  GhBusApplication *application = g_hash_table_lookup (applications->by_ae,
                                                       gh_cse_delivery_get_holder (delivery));
  const gboolean notification = gh_cse_delivery_get_notification (delivery) != NULL;

  (void) cse;
  if (application == NULL || !gh_bus_application_is_admitted (application))
    gh_cse_delivery_fail (delivery, TRUE, "the application is not on the bus");
  else if (application->object != NULL && (!notification || application->by_call))
    call_object (application, delivery);
  else if (notification)
    notify (application, delivery);
  else
    gh_cse_delivery_fail (delivery, TRUE, "the application takes no requests");
}

static void
close_association (GhCse *cse, guint64 association, gpointer user_data)
{
  const GhBusApplications *applications = user_data;
  GHashTableIter iter;
  gpointer value;

  (void) cse;
  g_hash_table_iter_init (&iter, applications->by_ae);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((GhBusApplication *) value)->association == association)
      {
        gh_bus_application_drop (value, TRUE, "closed");
        return;
      }
}

const GhCseApplicationOps gh_bus_delivery_ops = { .deliver = deliver, .close = close_association };
