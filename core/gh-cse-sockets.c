/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-sockets.h"

#include "base/gh-log.h"
#include "gh-cse-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_TURNED_AWAY 256 /* at one turn of the main loop */

/* Ours as long as the CSE runs: transports get copies, so that they can be stopped and started. */
typedef struct {
  char *scheme;
  int type, fd;
  gboolean lent;  /* a transport has a copy */
  GSource *guard; /* while nobody has: what comes is turned away; NULL: there is none */
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
  const GhPassedSocket passed = { .scheme = g_strdup (scheme), .type = type, .fd = fd };
  if (cse->passed == NULL)
    cse->passed = g_array_new (FALSE, FALSE, sizeof (GhPassedSocket));
  g_array_append_val (cse->passed, passed);
  return TRUE;
}

/* libmicrohttpd shuts a listener down when it ends (MHD_stop_daemon), whoever else has it: without
 * this the service manager, and who listens next, would have a socket that is deaf. The port is
 * kept by the kernel, as who bound it named it; the backlog is that of systemd. */
static void
revive (const GhPassedSocket *passed)
{
  if (passed->type == SOCK_STREAM && option (passed->fd, SOL_SOCKET, SO_ACCEPTCONN) == 0
      && listen (passed->fd, SOMAXCONN) != 0)
    gh_log (GH_LOG_ERROR, "cse", "a passed socket does not listen any more", "name", passed->scheme,
            "reason", g_strerror (errno), NULL);
}

/* --- while nobody listens --- */

typedef struct {
  int type, fd; /* of its own: another thread may end it while it is called */
} Guard;

static void
guard_free (gpointer data)
{
  Guard *guard = data;

  close (guard->fd);
  g_free (guard);
}

/* Whether there was something. */
static gboolean
turn_away_one (const Guard *guard)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  guint8 octet;
  int fd;

  if (guard->type == SOCK_DGRAM)
    return recv (guard->fd, &octet, sizeof octet, MSG_DONTWAIT) >= 0;
  fd = accept4 (guard->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return FALSE;
  (void) setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close (fd);
  return TRUE;
}

/* GUnixFDSourceFunc */
static gboolean
turn_away (gint fd, GIOCondition condition, gpointer user_data)
{
  guint n = 0;

  (void) fd;
  (void) condition;
  errno = 0;
  while (n < MAX_TURNED_AWAY && turn_away_one (user_data))
    n++;
  if (n > 0 || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED || errno == ECONNREFUSED)
    return G_SOURCE_CONTINUE;
  /* without descriptors: it would be called again at once */
  gh_log (GH_LOG_WARNING, "cse", "who comes waits until a plugin is started", "reason",
          g_strerror (errno), NULL);
  return G_SOURCE_REMOVE;
}

static void
end_guard (GhPassedSocket *passed)
{
  if (passed->guard == NULL)
    return;
  g_source_destroy (passed->guard);
  g_clear_pointer (&passed->guard, g_source_unref);
}

static void
begin_guard (GhCse *cse, GhPassedSocket *passed)
{
  Guard *guard = g_new0 (Guard, 1);

  *guard = (Guard){ passed->type, fcntl (passed->fd, F_DUPFD_CLOEXEC, 0) };
  if (guard->fd < 0)
    {
      g_free (guard);
      return;
    }
  passed->guard = g_unix_fd_source_new (guard->fd, G_IO_IN);
  g_source_set_priority (passed->guard, G_PRIORITY_LOW);
  g_source_set_callback (passed->guard, G_SOURCE_FUNC (turn_away), guard, guard_free);
  g_source_attach (passed->guard, cse->context);
}

/* What has come since the last turn must not wait for who listens next. */
static void
turn_away_rest (const GhPassedSocket *passed)
{
  const Guard guard = { passed->type, passed->fd };

  for (guint n = 0; n < MAX_TURNED_AWAY && turn_away_one (&guard); n++)
    ;
}

/* --- lending --- */

int
gh_cse_take_socket (GhCse *cse, const char *scheme, int type)
{
  for (guint i = 0; cse->passed != NULL && i < cse->passed->len; i++)
    {
      GhPassedSocket *passed = &g_array_index (cse->passed, GhPassedSocket, i);
      int fd;

      if (passed->lent || passed->type != type || !g_str_equal (passed->scheme, scheme))
        continue;
      fd = fcntl (passed->fd, F_DUPFD_CLOEXEC, 0);
      if (fd < 0)
        {
          gh_log (GH_LOG_ERROR, "cse", "a passed socket cannot be copied", "name", scheme, "reason",
                  g_strerror (errno), NULL);
          return -1;
        }
      if (passed->guard != NULL)
        turn_away_rest (passed);
      end_guard (passed);
      passed->lent = TRUE;
      return fd;
    }
  return -1;
}

void
gh_cse_return_sockets (GhCse *cse, const char *const *schemes)
{
  for (guint i = 0; cse->passed != NULL && i < cse->passed->len; i++)
    {
      GhPassedSocket *passed = &g_array_index (cse->passed, GhPassedSocket, i);

      if (!passed->lent || schemes == NULL || !g_strv_contains (schemes, passed->scheme))
        continue;
      passed->lent = FALSE;
      revive (passed);
      begin_guard (cse, passed);
    }
}

gboolean
gh_cse_has_socket (const GhCse *cse, const char *scheme)
{
  for (guint i = 0; cse->passed != NULL && i < cse->passed->len; i++)
    if (g_str_equal (g_array_index (cse->passed, GhPassedSocket, i).scheme, scheme))
      return TRUE;
  return FALSE;
}

static void
remove_socket (GhCse *cse, guint at)
{
  GhPassedSocket *passed = &g_array_index (cse->passed, GhPassedSocket, at);

  end_guard (passed);
  revive (passed);
  close (passed->fd);
  g_free (passed->scheme);
  g_array_remove_index (cse->passed, at);
}

void
gh_cse_close_untaken_sockets (GhCse *cse)
{
  for (guint i = cse->passed != NULL ? cse->passed->len : 0; i-- > 0;)
    {
      const GhPassedSocket *passed = &g_array_index (cse->passed, GhPassedSocket, i);

      if (passed->lent)
        continue;
      gh_log (GH_LOG_WARNING, "cse", "a socket was passed that no listener takes", "name",
              passed->scheme, NULL);
      remove_socket (cse, i);
    }
}

void
gh_cse_sockets_clear (GhCse *cse)
{
  while (cse->passed != NULL && cse->passed->len > 0)
    remove_socket (cse, cse->passed->len - 1);
  g_clear_pointer (&cse->passed, g_array_unref);
}
