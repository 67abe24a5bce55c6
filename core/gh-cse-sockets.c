/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-sockets.h"

#include "base/gh-log.h"
#include "gh-cse-private.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  char *scheme;
  int type, fd;
} GhPassedSocket;

/* Which kind each scheme of a listener needs. */
static const struct {
  const char *scheme;
  int type;
} kinds[] = {
  { "http", SOCK_STREAM },     { "https", SOCK_STREAM }, { "coap", SOCK_DGRAM },
  { "coap+tcp", SOCK_STREAM }, { "coaps", SOCK_DGRAM },  { "coaps+tcp", SOCK_STREAM },
};

static int
option (int fd, int level, int name)
{
  int value = -1;
  socklen_t size = sizeof value;

  return getsockopt (fd, level, name, &value, &size) == 0 ? value : -1;
}

static gboolean
refuse (const char *scheme, int fd, const char *why, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "socket %d, passed for %s: %s", fd, scheme, why);
  return FALSE;
}

static gboolean
is_listener (const char *scheme, int type, int fd, GError **error)
{
  const int domain = option (fd, SOL_SOCKET, SO_DOMAIN);

  if (domain != AF_INET && domain != AF_INET6)
    return refuse (scheme, fd, "not a socket of IPv4 or IPv6", error);
  if (option (fd, SOL_SOCKET, SO_TYPE) != type)
    return refuse (scheme, fd,
                   type == SOCK_STREAM ? "TCP was expected (ListenStream=)"
                                       : "UDP was expected (ListenDatagram=)",
                   error);
  if (type == SOCK_STREAM && option (fd, SOL_SOCKET, SO_ACCEPTCONN) != 1)
    return refuse (scheme, fd, "it is a connection and does not listen (Accept=no)", error);
  /* a mapped address would hide who the peer is */
  if (domain == AF_INET6 && option (fd, IPPROTO_IPV6, IPV6_V6ONLY) != 1)
    return refuse (scheme, fd, "it takes IPv4, too (BindIPv6Only=ipv6-only)", error);
  return TRUE;
}

static gboolean
prepare (const char *scheme, int fd, GError **error)
{
  const int flags = fcntl (fd, F_GETFL);

  return (flags >= 0 && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0
          && fcntl (fd, F_SETFD, FD_CLOEXEC) == 0)
         || refuse (scheme, fd, g_strerror (errno), error);
}

/* -1: no listener has this scheme. */
static int
type_of (const char *scheme)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].scheme, scheme))
      return kinds[i].type;
  return -1;
}

gboolean
gh_cse_pass_socket (GhCse *cse, const char *scheme, int fd, GError **error)
{
  const int type = type_of (scheme);
  gboolean good;

  g_return_val_if_fail (GH_IS_CSE (cse) && cse->state == GH_CSE_NEW, FALSE);
  if (type < 0)
    good = refuse (scheme, fd, "FileDescriptorName= is https, coaps or coaps+tcp", error);
  else
    good = is_listener (scheme, type, fd, error) && prepare (scheme, fd, error);
  if (!good)
    {
      close (fd);
      return FALSE;
    }
  const GhPassedSocket passed = { g_strdup (scheme), type, fd };
  if (cse->passed == NULL)
    cse->passed = g_array_new (FALSE, FALSE, sizeof (GhPassedSocket));
  g_array_append_val (cse->passed, passed);
  return TRUE;
}

int
gh_cse_take_socket (GhCse *cse, const char *scheme, int type)
{
  for (guint i = 0; cse->passed != NULL && i < cse->passed->len; i++)
    {
      GhPassedSocket *passed = &g_array_index (cse->passed, GhPassedSocket, i);
      const int fd = passed->fd;

      if (passed->type != type || !g_str_equal (passed->scheme, scheme))
        continue;
      g_free (passed->scheme);
      g_array_remove_index (cse->passed, i);
      return fd;
    }
  return -1;
}

gboolean
gh_cse_has_socket (const GhCse *cse, const char *scheme)
{
  for (guint i = 0; cse->passed != NULL && i < cse->passed->len; i++)
    if (g_str_equal (g_array_index (cse->passed, GhPassedSocket, i).scheme, scheme))
      return TRUE;
  return FALSE;
}

void
gh_cse_sockets_clear (GhCse *cse)
{
  g_autoptr (GArray) passed = g_steal_pointer (&cse->passed);

  for (guint i = 0; passed != NULL && i < passed->len; i++)
    {
      GhPassedSocket *socket = &g_array_index (passed, GhPassedSocket, i);

      gh_log (GH_LOG_WARNING, "cse", "a socket was passed that no listener takes", "name",
              socket->scheme, NULL);
      close (socket->fd);
      g_free (socket->scheme);
    }
}
