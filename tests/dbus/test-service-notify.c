/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-service-notify.h"
#include "gh-watchdog.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

static GSocket *
bind_socket (const char *path, GUnixSocketAddressType type)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new_with_type (path, -1, type);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&socket);
}

static void
assert_received (GSocket *socket, const char *expected)
{
  char text[64] = "";
  g_autoptr (GError) error = NULL;

  g_socket_receive (socket, text, sizeof text - 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_state_reaches_a_path (void)
{
  g_autofree char *folder = g_dir_make_tmp ("test-notify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GSocket) socket = bind_socket (path, G_UNIX_SOCKET_ADDRESS_PATH);
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_service_notify (path, "READY=1", &error));
  g_assert_no_error (error);
  assert_received (socket, "READY=1");
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_state_reaches_an_abstract_name (void)
{
  g_autofree char *unique = g_uuid_string_random ();
  g_autofree char *path = g_strconcat ("@", unique, NULL);
  g_autoptr (GSocket) socket = bind_socket (unique, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_service_notify (path, "STOPPING=1", &error));
  g_assert_no_error (error);
  assert_received (socket, "STOPPING=1");
}

static void
test_nobody_to_tell_is_no_error (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_service_notify (NULL, "READY=1", &error));
  g_assert_true (gh_service_notify ("", "READY=1", &error));
  g_assert_no_error (error);
}

static void
test_what_is_no_socket_is_refused (void)
{
  static const char *const paths[] = { "relative", "@", "/nonexistent/socket", "vsock:1:2" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (gh_service_notify (paths[i], "READY=1", &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == G_IO_ERROR);
    }
}

static void
test_a_watchdog_is_served_at_half_its_time (void)
{
  g_assert_cmpint (gh_watchdog_interval_us ("60000000", NULL, 7), ==, 30000000);
  g_assert_cmpint (gh_watchdog_interval_us ("60000000", "7", 7), ==, 30000000);
}

static void
test_a_watchdog_of_others_or_of_nonsense_is_not_served (void)
{
  static const char *const nonsense[] = { "", "0", "1", "-5", "1e6", "99999999999999", "60s" };

  g_assert_cmpint (gh_watchdog_interval_us (NULL, "7", 7), ==, 0);
  g_assert_cmpint (gh_watchdog_interval_us ("60000000", "8", 7), ==, 0);
  g_assert_cmpint (gh_watchdog_interval_us ("60000000", "me", 7), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (nonsense); i++)
    g_assert_cmpint (gh_watchdog_interval_us (nonsense[i], NULL, 7), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service-notify/path", test_state_reaches_a_path);
  g_test_add_func ("/service-notify/abstract-name", test_state_reaches_an_abstract_name);
  g_test_add_func ("/service-notify/nobody", test_nobody_to_tell_is_no_error);
  g_test_add_func ("/service-notify/no-socket", test_what_is_no_socket_is_refused);
  g_test_add_func ("/watchdog/half", test_a_watchdog_is_served_at_half_its_time);
  g_test_add_func ("/watchdog/others", test_a_watchdog_of_others_or_of_nonsense_is_not_served);
  return g_test_run ();
}
