/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-service-notify.h"

#include "base/gh-log.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

static GSocketAddress *
notify_address (const char *socket_path, GError **error)
{
  if (socket_path[0] == '/')
    return g_unix_socket_address_new (socket_path);
  if (socket_path[0] == '@' && socket_path[1] != '\0')
    return g_unix_socket_address_new_with_type (socket_path + 1, -1,
                                                G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "NOTIFY_SOCKET: \"%s\" is neither an absolute path nor an abstract name",
               socket_path);
  return NULL;
}

gboolean
gh_service_notify (const char *socket_path, const char *state, GError **error)
{
  if (socket_path == NULL || socket_path[0] == '\0')
    return TRUE;

  g_autoptr (GSocketAddress) address = notify_address (socket_path, error);
  if (address == NULL)
    return FALSE;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL)
    return FALSE;
  return g_socket_send_to (socket, address, state, strlen (state), NULL, error) >= 0;
}

void
gh_service_tell (const char *state)
{
  g_autoptr (GError) error = NULL;

  if (!gh_service_notify (g_getenv ("NOTIFY_SOCKET"), state, &error))
    gh_log (GH_LOG_WARNING, "daemon", "the service manager was not told", "reason", error->message,
            NULL);
}
