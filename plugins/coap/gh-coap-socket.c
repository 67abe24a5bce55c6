/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-socket.h"

#include "base/gh-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_OCTETS (4 << 20)
#define BACKLOG       1024

static gboolean
set_peer (const char *host, guint port, GhPeer *out)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  gssize size = address != NULL ? g_socket_address_get_native_size (address) : -1;

  memset (out, 0, sizeof *out);
  if (size < 0 || (gsize) size > sizeof out->address
      || !g_socket_address_to_native (address, &out->address, sizeof out->address, NULL))
    return FALSE;
  out->length = (guint) size;
  return TRUE;
}

gboolean
gh_coap_socket_parse (const char *key, const char *text, GhPeer *out, gboolean *out_any,
                      GError **error)
{
  g_autofree char *host = g_strdup (text);
  char *name = host, *colon = strrchr (host, ':'), *end;
  guint64 port = 0;

  *out_any = FALSE;
  if (colon != NULL)
    *colon = '\0';
  if (colon != NULL && host[0] == '[' && (end = strchr (host, ']')) != NULL && end[1] == '\0')
    {
      *end = '\0';
      name = host + 1;
    }
  if (colon != NULL && strcmp (host, "*") == 0)
    {
      *out_any = TRUE;
      name = (char *) "0.0.0.0";
    }
  if (colon == NULL || (name == host + 1) != (strchr (name, ':') != NULL)
      || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL)
      || !set_peer (name, (guint) port, out))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[coap] %s: %s is not ADDRESS:PORT, such as 127.0.0.1:5683 or [::1]:5683", key,
                   text);
      return FALSE;
    }
  return TRUE;
}

char *
gh_coap_socket_url (const char *scheme, const GhPeer *peer)
{
  g_autoptr (GInetAddress) address = gh_coap_peer_address (peer);
  /* "every address" is one for listeners, and none that a peer could use */
  const gboolean any = g_inet_address_get_is_any (address);
  g_autofree char *host = any ? g_strdup (g_get_host_name ()) : g_inet_address_to_string (address);
  gboolean v6 = peer->address.any.sa_family == AF_INET6;
  guint port = ntohs (v6 ? peer->address.v6.sin6_port : peer->address.v4.sin_port);

  return g_strdup_printf (v6 && !any ? "%s://[%s]:%u" : "%s://%s:%u", scheme, host, port);
}

static int
fail (int fd, const char *key, const GhPeer *peer, int code, GError **error)
{
  g_autofree char *url = gh_coap_socket_url ("", peer);

  if (code == EADDRINUSE)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[coap] %s: %s is taken by another program", key,
                 url + 3);
  else
    g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "[coap] %s: %s: %s", key, url + 3,
                 g_strerror (code));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Sockets of one process share a port so that the kernel spreads peers over threads; that another
 * process of this user could join them is why the first one is bound without the option. */
static gboolean
port_is_free (const GhPeer *peer, int type)
{
  int fd = socket (peer->address.any.sa_family, type | SOCK_CLOEXEC, 0), one = 1;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  /* Connections that have ended do not take a port, listeners do. */
  if (type == SOCK_STREAM)
    (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  ok = (peer->address.any.sa_family != AF_INET6
        || setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0)
       && bind (fd, &peer->address.any, peer->length) == 0;
  close (fd);
  return ok || errno != EADDRINUSE;
}

/* As much as the system allows. */
static void
widen (int fd)
{
  int size = BUFFER_OCTETS;

  (void) setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  (void) setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

gboolean
gh_coap_socket_adopt (int fd, int type, GhPeer *out, GError **error)
{
  socklen_t length = sizeof out->address;

  memset (out, 0, sizeof *out);
  if (getsockname (fd, &out->address.any, &length) != 0
      || (out->address.any.sa_family != AF_INET && out->address.any.sa_family != AF_INET6))
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_CONFIG,
                           "a passed socket is bound to no address of IP");
      return FALSE;
    }
  out->length = length;
  if (type == SOCK_DGRAM)
    widen (fd);
  return TRUE;
}

int
gh_coap_socket_bind (const char *key, int type, GhPeer *peer, gboolean first, GError **error)
{
  int one = 1, fd;
  socklen_t length = sizeof peer->address;

  if (first && !port_is_free (peer, type))
    return fail (-1, key, peer, EADDRINUSE, error);
  fd = socket (peer->address.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail (fd, key, peer, errno, error);
  if (type == SOCK_DGRAM)
    widen (fd);
  else
    (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  /* IPv4 has a listener of its own; a mapped address would hide who the peer is. */
  if ((peer->address.any.sa_family == AF_INET6
       && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)
      || setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0
      || bind (fd, &peer->address.any, peer->length) != 0
      || (type == SOCK_STREAM && listen (fd, BACKLOG) != 0)
      || getsockname (fd, &peer->address.any, &length) != 0)
    return fail (fd, key, peer, errno, error);
  return fd;
}

gboolean
gh_coap_peer_is_loopback (const GhPeer *peer)
{
  g_autoptr (GInetAddress) address = gh_coap_peer_address (peer);

  return address != NULL && g_inet_address_get_is_loopback (address);
}

gint
gh_coap_peer_compare (const GhPeer *a, const GhPeer *b)
{
  if (a->length != b->length)
    return a->length < b->length ? -1 : 1;
  return memcmp (&a->address, &b->address, a->length);
}

GInetAddress *
gh_coap_peer_address (const GhPeer *peer)
{
  if (peer->address.any.sa_family == AF_INET6)
    return g_inet_address_new_from_bytes ((const guint8 *) &peer->address.v6.sin6_addr,
                                          G_SOCKET_FAMILY_IPV6);
  if (peer->address.any.sa_family == AF_INET)
    return g_inet_address_new_from_bytes ((const guint8 *) &peer->address.v4.sin_addr,
                                          G_SOCKET_FAMILY_IPV4);
  return NULL;
}
