/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-surroundings.h"

#include "base/gh-log.h"
#include "gh-cse-surroundings.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define LOGIND           "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE LOGIND ".Manager"
#define NETWORK          "org.freedesktop.NetworkManager"
#define NETWORK_PATH     "/org/freedesktop/NetworkManager"
/* several properties change for one cable */
#define NETWORK_SETTLES_MS 1000

struct _GhSurroundings {
  GhCse *cse;
  GCancellable *cancellable;
  GDBusConnection *bus;          /* NULL: not yet, or none */
  guint sleep, network, settles; /* 0: none */
  int lock;                      /* delays the sleep as long as it is open; -1: none */
  int addresses;          /* a socket that tells when one comes or goes; -1: none */
  guint addresses_source, addresses_settle; /* 0: none */
  char **known;           /* addresses */
  int clock; /* a timer that never comes, but for the clock that is set; -1: none */
  guint clock_source;
};

static void
tell (const char *what, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gh_log (GH_LOG_INFO, "machine", what, "reason", error->message, NULL);
}

/* --- sleep --- */

static void
got_lock (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (
    G_DBUS_CONNECTION (source), &list, result, &error);
  GhSurroundings *surroundings = user_data;

  if (answer == NULL)
    {
      tell ("nobody tells before the machine sleeps", error);
      return;
    }
  gint32 handle = -1;
  g_variant_get (answer, "(h)", &handle);
  if (surroundings->lock < 0 && list != NULL)
    surroundings->lock = g_unix_fd_list_get (list, handle, NULL);
}

static void
take_lock (GhSurroundings *surroundings)
{
  g_dbus_connection_call_with_unix_fd_list (
    surroundings->bus, LOGIND, LOGIND_PATH, LOGIND_INTERFACE, "Inhibit",
    g_variant_new ("(ssss)", "sleep", "Gatehouse", "what was accepted goes to the disk", "delay"),
    G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, surroundings->cancellable,
    got_lock, surroundings);
}

/* On the writer's thread. */
static void
let_sleep (gpointer user_data)
{
  const int lock = GPOINTER_TO_INT (user_data);

  gh_log (GH_LOG_NOTICE, "machine", "ready to sleep", NULL);
  if (lock >= 0)
    close (lock);
}

/* PrepareForSleep (begins) */
static void
sleep_begins_or_ends (GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *signal, GVariant *parameters,
                      gpointer user_data)
{
  GhSurroundings *surroundings = user_data;
  gboolean begins;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &begins);
  if (begins)
    {
      gh_cse_settle (surroundings->cse, let_sleep, GINT_TO_POINTER (surroundings->lock));
      surroundings->lock = -1;
      return;
    }
  gh_log (GH_LOG_NOTICE, "machine", "awake again", NULL);
  gh_cse_look_again (surroundings->cse);
  if (surroundings->lock < 0)
    take_lock (surroundings);
}

/* --- network --- */

static gboolean
network_settled (gpointer user_data)
{
  GhSurroundings *surroundings = user_data;

  surroundings->settles = 0;
  gh_log (GH_LOG_NOTICE, "machine", "the network has changed", NULL);
  gh_cse_look_again (surroundings->cse);
  return G_SOURCE_REMOVE;
}

/* PropertiesChanged (interface, changed, invalidated) */
static void
network_changes (GDBusConnection *connection, const char *sender, const char *path,
                 const char *interface, const char *signal, GVariant *parameters,
                 gpointer user_data)
{
  static const char *const telling[] = { "PrimaryConnection", "State", "Connectivity" };
  GhSurroundings *surroundings = user_data;
  g_autoptr (GVariant) changed = NULL;
  gboolean other = FALSE;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  changed = g_variant_get_child_value (parameters, 1);
  for (guint i = 0; i < G_N_ELEMENTS (telling); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (changed, telling[i], NULL);

      other = other || value != NULL;
    }
  if (other && surroundings->settles == 0)
    surroundings->settles = g_timeout_add (NETWORK_SETTLES_MS, network_settled, surroundings);
}

static void
got_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);
  GhSurroundings *surroundings = user_data;

  if (bus == NULL)
    {
      tell ("nobody tells of sleep and network", error);
      return;
    }
  surroundings->bus = g_steal_pointer (&bus);
  g_dbus_connection_set_exit_on_close (surroundings->bus, FALSE);
  surroundings->sleep = g_dbus_connection_signal_subscribe (
    surroundings->bus, LOGIND, LOGIND_INTERFACE, "PrepareForSleep", LOGIND_PATH, NULL,
    G_DBUS_SIGNAL_FLAGS_NONE, sleep_begins_or_ends, surroundings, NULL);
  surroundings->network = g_dbus_connection_signal_subscribe (
    surroundings->bus, NETWORK, "org.freedesktop.DBus.Properties", "PropertiesChanged",
    NETWORK_PATH, NETWORK, G_DBUS_SIGNAL_FLAGS_NONE, network_changes, surroundings, NULL);
  take_lock (surroundings);
}

/* --- clock --- */

static gboolean
arm (int clock)
{
  /* as far away as the system can say */
  const struct itimerspec never = { .it_value = { .tv_sec = G_MAXINT32 * G_GINT64_CONSTANT (4) } };

  return timerfd_settime (clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0;
}

static gboolean
clock_was_set (int clock, GIOCondition condition, gpointer user_data)
{
  GhSurroundings *surroundings = user_data;
  guint64 times;

  if (read (clock, &times, sizeof times) >= 0 || errno != ECANCELED || !arm (clock))
    {
      gh_log (GH_LOG_WARNING, "machine", "nobody tells any more when the clock is set", NULL);
      surroundings->clock_source = 0;
      return G_SOURCE_REMOVE;
    }
  gh_log (GH_LOG_NOTICE, "machine", "the clock was set", NULL);
  gh_cse_look_again (surroundings->cse);
  return G_SOURCE_CONTINUE;
}

static void
watch_clock (GhSurroundings *surroundings)
{
  surroundings->clock = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (surroundings->clock >= 0 && arm (surroundings->clock))
    surroundings->clock_source = g_unix_fd_add (surroundings->clock, G_IO_IN, clock_was_set,
                                                surroundings);
}

/* --- addresses --- */

static gboolean
addresses_settled (gpointer user_data)
{
  GhSurroundings *surroundings = user_data;
  g_auto (GStrv) now = gh_cse_list_addresses ();

  surroundings->addresses_settle = 0;
  /* a router that speaks again changes the lifetime of an address and not the address */
  if (g_strv_equal ((const char *const *) now, (const char *const *) surroundings->known))
    return G_SOURCE_REMOVE;
  g_strfreev (surroundings->known);
  surroundings->known = g_steal_pointer (&now);
  gh_log (GH_LOG_NOTICE, "machine", "its addresses have changed", NULL);
  gh_cse_look_again (surroundings->cse);
  return G_SOURCE_REMOVE;
}

/* What the messages say is not read: the addresses are listed when it is quiet. */
static gboolean
addresses_change (int fd, GIOCondition condition, gpointer user_data)
{
  GhSurroundings *surroundings = user_data;
  char message[4096];
  ssize_t n;

  do
    n = recv (fd, message, sizeof message, MSG_DONTWAIT);
  while (n > 0 || (n < 0 && (errno == EINTR || errno == ENOBUFS)));
  if (surroundings->addresses_settle == 0)
    surroundings->addresses_settle = g_timeout_add (NETWORK_SETTLES_MS, addresses_settled,
                                                    surroundings);
  if (n < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  gh_log (GH_LOG_WARNING, "machine", "nobody tells any more when an address changes", NULL);
  surroundings->addresses_source = 0;
  return G_SOURCE_REMOVE;
}

static void
watch_addresses (GhSurroundings *surroundings)
{
  const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
                                      .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR
                                                   | RTMGRP_LINK };

  surroundings->addresses = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                    NETLINK_ROUTE);
  if (surroundings->addresses < 0
      || bind (surroundings->addresses, (const struct sockaddr *) &groups, sizeof groups) != 0)
    {
      gh_log (GH_LOG_INFO, "machine", "nobody tells when an address changes", "reason",
              g_strerror (errno), NULL);
      return;
    }
  surroundings->addresses_source = g_unix_fd_add (surroundings->addresses, G_IO_IN,
                                                  addresses_change, surroundings);
  surroundings->known = gh_cse_list_addresses ();
}

GhSurroundings *
gh_surroundings_new (GhCse *cse, gboolean bus)
{
  GhSurroundings *surroundings = g_new0 (GhSurroundings, 1);

  surroundings->cse = g_object_ref (cse);
  surroundings->cancellable = g_cancellable_new ();
  surroundings->lock = surroundings->clock = -1;
  watch_clock (surroundings);
  watch_addresses (surroundings);
  if (bus)
    g_bus_get (G_BUS_TYPE_SYSTEM, surroundings->cancellable, got_bus, surroundings);
  return surroundings;
}

void
gh_surroundings_free (GhSurroundings *surroundings)
{
  g_cancellable_cancel (surroundings->cancellable);
  if (surroundings->bus != NULL)
    {
      g_dbus_connection_signal_unsubscribe (surroundings->bus, surroundings->sleep);
      g_dbus_connection_signal_unsubscribe (surroundings->bus, surroundings->network);
    }
  if (surroundings->settles != 0)
    g_source_remove (surroundings->settles);
  if (surroundings->clock_source != 0)
    g_source_remove (surroundings->clock_source);
  if (surroundings->clock >= 0)
    close (surroundings->clock);
  if (surroundings->addresses_source != 0)
    g_source_remove (surroundings->addresses_source);
  if (surroundings->addresses_settle != 0)
    g_source_remove (surroundings->addresses_settle);
  if (surroundings->addresses >= 0)
    close (surroundings->addresses);
  g_strfreev (surroundings->known);
  if (surroundings->lock >= 0)
    close (surroundings->lock);
  g_clear_object (&surroundings->bus);
  g_object_unref (surroundings->cancellable);
  g_object_unref (surroundings->cse);
  g_free (surroundings);
}
