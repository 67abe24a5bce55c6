/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-server-private.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* What becomes of answers, and of the peers that wait for them. */

#define SILENT_S      30
#define PROBE_EVERY_S 10
#define PROBES        3
#define PATIENCE_MS   30000u

void
gh_http_arrival_prepare (int fd)
{
  const int one = 1, idle = SILENT_S, every = PROBE_EVERY_S, probes = PROBES;
  const unsigned patience_ms = PATIENCE_MS;

  (void) setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  (void) setsockopt (fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  (void) setsockopt (fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
  (void) setsockopt (fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  (void) setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
}

/* The peer has acknowledged all that was sent to it. */
static gboolean
is_acknowledged (int fd)
{
  int octets = 0;

  return ioctl (fd, SIOCOUTQ, &octets) == 0 && octets == 0;
}

static void
tell (GhHttpConnection *peer, GhArrival arrival)
{
  GhReport report;

  g_mutex_lock (&peer->lock);
  report = peer->report;
  peer->report.func = NULL;
  g_mutex_unlock (&peer->lock);
  gh_report_tell (&report, arrival);
}

void
gh_http_arrival_watch (GhHttpConnection *peer, const GhReport *report)
{
  g_mutex_lock (&peer->lock);
  peer->report = *report;
  g_mutex_unlock (&peer->lock);
}

void
gh_http_arrival_went_on (GhHttpConnection *peer)
{
  tell (peer, GH_ARRIVED);
}

void
gh_http_arrival_look (GhHttpConnection *peer)
{
  gboolean waits;

  g_mutex_lock (&peer->lock);
  waits = peer->report.func != NULL;
  g_mutex_unlock (&peer->lock);
  if (waits && is_acknowledged (peer->fd))
    tell (peer, GH_ARRIVED);
}

void
gh_http_arrival_closes (GhHttpConnection *peer)
{
  tell (peer, is_acknowledged (peer->fd) ? GH_ARRIVED : GH_ARRIVAL_UNKNOWN);
}

gboolean
gh_http_peer_is_gone (const GhHttpConnection *peer)
{
  struct pollfd look = { .fd = peer->fd, .events = POLLRDHUP };

  return poll (&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}
