/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-server-private.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
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

/* Octets that the peer has acknowledged since the connection began; 0: nobody knows. */
static guint64
count_acknowledged (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  return getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_acked : 0;
}

/* TLS may have said farewell since, which nobody acknowledges who has gone. */
static gboolean
is_acknowledged (GhHttpConnection *peer)
{
  guint64 end;

  g_mutex_lock (&peer->lock);
  end = peer->answer_end;
  g_mutex_unlock (&peer->lock);
  return count_acknowledged (peer->fd) >= end;
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
  int octets = 0;
  gboolean known;
  guint64 before;

  /* the two look at one moment when nothing is acknowledged between them */
  do
    {
      before = count_acknowledged (peer->fd);
      known = ioctl (peer->fd, SIOCOUTQ, &octets) == 0;
    }
  while (known && count_acknowledged (peer->fd) != before);
  g_mutex_lock (&peer->lock);
  peer->answer_end = known ? before + (guint64) octets : G_MAXUINT64;
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
  if (waits && is_acknowledged (peer))
    tell (peer, GH_ARRIVED);
}

void
gh_http_arrival_closes (GhHttpConnection *peer)
{
  tell (peer, is_acknowledged (peer) ? GH_ARRIVED : GH_ARRIVAL_UNKNOWN);
}

gboolean
gh_http_peer_is_gone (const GhHttpConnection *peer)
{
  struct pollfd look = { .fd = peer->fd, .events = POLLRDHUP };

  return poll (&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}
