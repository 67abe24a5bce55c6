/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-listen.h"

#include "base/gh-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#define BACKLOG 512

static gboolean
parse_port (const char *text, guint *out_port)
{
  guint64 port;

  if (!g_ascii_string_to_unsigned (text, 10, 0, 65535, &port, NULL))
    return FALSE;
  *out_port = (guint) port;
  return TRUE;
}

GInetSocketAddress *
gh_http_listen_parse (const char *key, const char *text, GError **error)
{
  g_autofree char *host = g_strdup (text);
  char *name = host, *colon = strrchr (host, ':'), *end;
  g_autoptr (GInetAddress) address = NULL;
  guint port = 0;

  if (colon != NULL)
    {
      *colon = '\0';
      if (host[0] == '[')
        {
          end = strchr (host, ']');
          if (end != NULL && end[1] == '\0')
            {
              *end = '\0';
              name = host + 1;
            }
        }
      if ((name != host) == (strchr (name, ':') != NULL))
        address = g_inet_address_new_from_string (name);
    }
  if (address == NULL || !parse_port (colon + 1, &port))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[http] %s: %s is not ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080", key,
                   text);
      return NULL;
    }
  return G_INET_SOCKET_ADDRESS (g_inet_socket_address_new (address, (guint16) port));
}

char *
gh_http_listen_url (const char *scheme, GInetSocketAddress *address, guint16 port)
{
  GInetAddress *inet = g_inet_socket_address_get_address (address);
  g_autofree char *host = g_inet_address_get_is_any (inet) ? g_strdup (g_get_host_name ())
                                                           : g_inet_address_to_string (inet);

  return g_strdup_printf (strchr (host, ':') != NULL ? "%s://[%s]:%u" : "%s://%s:%u", scheme, host,
                          port);
}

static int
fail (int fd, GInetSocketAddress *address, int code, GError **error)
{
  g_autofree char *text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));

  if (code == EADDRINUSE)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[http] listen: %s is taken by another program",
                 text);
  else
    g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "[http] listen: %s: %s", text,
                 g_strerror (code));
  if (fd >= 0)
    close (fd);
  return -1;
}

GInetSocketAddress *
gh_http_listen_address (int fd)
{
  struct sockaddr_storage storage;
  socklen_t size = sizeof storage;
  g_autoptr (GSocketAddress) address = NULL;

  if (getsockname (fd, (struct sockaddr *) &storage, &size) != 0)
    return NULL;
  address = g_socket_address_new_from_native (&storage, size);
  return G_IS_INET_SOCKET_ADDRESS (address) ? G_INET_SOCKET_ADDRESS (g_steal_pointer (&address))
                                            : NULL;
}

static guint16
port_of_socket (int fd)
{
  g_autoptr (GInetSocketAddress) address = gh_http_listen_address (fd);

  return address != NULL ? g_inet_socket_address_get_port (address) : 0;
}

int
gh_http_listen_bind (GInetSocketAddress *address, guint16 *out_port, GError **error)
{
  struct sockaddr_storage storage;
  gssize size = g_socket_address_get_native_size (G_SOCKET_ADDRESS (address));
  int one = 1, fd;

  if (size < 0
      || !g_socket_address_to_native (G_SOCKET_ADDRESS (address), &storage, sizeof storage, error))
    return -1;
  fd = socket (storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail (fd, address, errno, error);
  /* IPv4 has a listener of its own; a mapped address would hide who the peer is. */
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0
      || (storage.ss_family == AF_INET6
          && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)
      || bind (fd, (struct sockaddr *) &storage, (socklen_t) size) != 0
      || listen (fd, BACKLOG) != 0)
    return fail (fd, address, errno, error);
  *out_port = port_of_socket (fd);
  return fd;
}
