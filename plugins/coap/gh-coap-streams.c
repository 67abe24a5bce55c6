/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-stream-private.h"

#include "gh-coap-endpoint-private.h"

#include "base/gh-error.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_AT_ONCE 32
#define ACCEPT_PAUSE   (G_USEC_PER_SEC / 2)

static GhCoapStream *
head_of (const GQueue *queue)
{
  return queue->head != NULL ? queue->head->data : NULL;
}

/* Sources. */

static gint
compare_sources (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return memcmp (((const GhCoapSource *) a)->octets, ((const GhCoapSource *) b)->octets, 16);
}

/* One subscriber has a whole /64. */
static void
fill_source (const GhPeer *peer, GhCoapSource *out)
{
  memset (out, 0, sizeof *out);
  if (peer->address.any.sa_family == AF_INET)
    memcpy (out->octets + 12, &peer->address.v4.sin_addr, 4);
  else
    memcpy (out->octets, &peer->address.v6.sin6_addr, 8);
}

static GhCoapSource *
ensure_source (GhCoapStreams *streams, const GhPeer *peer)
{
  GhCoapSource key, *source;

  fill_source (peer, &key);
  source = g_tree_lookup (streams->sources, &key);
  if (source != NULL)
    return source;
  source = g_memdup2 (&key, sizeof key);
  g_tree_insert (streams->sources, source, source);
  return source;
}

static guint
count_source (const GhCoapStreams *streams, const GhPeer *peer)
{
  const GhCoapSource *source;
  GhCoapSource key;

  fill_source (peer, &key);
  source = g_tree_lookup (streams->sources, &key);
  return source != NULL ? source->count : 0;
}

/* The lists. */

void
gh_coap_streams_add (GhCoapStream *stream)
{
  GhCoapStreams *streams = stream->streams;

  stream->node.data = stream->opening_node.data = stream->holding_node.data = stream;
  g_queue_push_tail_link (&streams->all, &stream->node);
  g_queue_push_tail_link (&streams->opening, &stream->opening_node);
  stream->is_opening = TRUE;
  stream->source = ensure_source (streams, &stream->peer.address);
  stream->source->count++;
}

void
gh_coap_streams_opened (GhCoapStream *stream)
{
  if (stream->is_opening)
    g_queue_unlink (&stream->streams->opening, &stream->opening_node);
  stream->is_opening = FALSE;
}

void
gh_coap_streams_remove (GhCoapStream *stream)
{
  GhCoapStreams *streams = stream->streams;

  gh_coap_streams_hold (stream, 0);
  gh_coap_streams_opened (stream);
  if (stream->is_changed)
    g_queue_unlink (&streams->changed, &stream->changed_node);
  g_queue_unlink (&streams->all, &stream->node);
  if (--stream->source->count == 0)
    g_tree_remove (streams->sources, stream->source);
  g_queue_push_tail_link (&streams->closed, &stream->node);
}

void
gh_coap_streams_hold (GhCoapStream *stream, gsize octets)
{
  GhCoapStreams *streams = stream->streams;

  streams->held += octets - stream->held;
  stream->held = octets;
  if (stream->is_holding && octets == 0)
    g_queue_unlink (&streams->holding, &stream->holding_node);
  else if (!stream->is_holding && octets > 0)
    g_queue_push_tail_link (&streams->holding, &stream->holding_node);
  stream->is_holding = octets > 0;
  while (streams->held > streams->max_held && head_of (&streams->holding) != stream
         && head_of (&streams->holding) != NULL)
    {
      gh_coap_endpoint_count (streams->endpoint, GH_COAP_COUNT_TURNED_AWAY);
      gh_coap_stream_close (head_of (&streams->holding), "too much waits for it");
    }
}

/* Listening. */

static gboolean
watch_listener (GhCoapStreams *streams, gboolean on)
{
  GhCoapEndpoint *endpoint = streams->endpoint;
  struct epoll_event event = { .events = on ? EPOLLIN : 0, .data.ptr = &endpoint->fd };

  return epoll_ctl (endpoint->epoll_fd, EPOLL_CTL_MOD, endpoint->fd, &event) == 0;
}

static void
accept_again (GhCoapTimer *timer)
{
  GhCoapStreams *streams = (GhCoapStreams *) ((char *) timer
                                              - G_STRUCT_OFFSET (GhCoapStreams, accepting));

  (void) watch_listener (streams, TRUE);
}

/* Whoever waits for a descriptor finds the socket readable again at once: a rest. */
static void
rest (GhCoapStreams *streams)
{
  if (watch_listener (streams, FALSE))
    gh_coap_timer_set (&streams->timers, &streams->accepting,
                       gh_coap_streams_now_us (streams) + ACCEPT_PAUSE, accept_again);
}

static void
turn_away (GhCoapStreams *streams, int fd)
{
  const struct linger at_once = { .l_onoff = 1 };

  gh_coap_endpoint_count (streams->endpoint, GH_COAP_COUNT_TURNED_AWAY);
  (void) setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close (fd);
}

static void
prepare_socket (const GhCoapStreams *streams, int fd)
{
  const GhCoapSettings *settings = gh_coap_endpoint_get_settings (streams->endpoint);
  int one = 1;
  unsigned patience_ms = (unsigned) (settings->message_us / 1000);

  (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  /* A peer that has vanished: what it does not acknowledge, and what it is silent about. */
  (void) setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  (void) setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
}

static GhStream *
make_tls (GhCoapStreams *streams, GhTlsContext *context, int fd, const GhPeer *peer,
          const char *names[2], GError **error)
{
  const GhStreamOptions options = {
    .security = gh_coap_endpoint_get_settings (streams->endpoint)->host->security,
    .context = context,
    .fd = fd,
    .peer = peer,
    .server_name = names[0],
    .authority = names[1],
    .transport = "coaps+tcp",
  };

  return gh_stream_new (&options, error);
}

static gboolean
has_room (GhCoapStreams *streams, const GhPeer *peer)
{
  const GhCoapSettings *settings = gh_coap_endpoint_get_settings (streams->endpoint);

  if (gh_coap_endpoint_is_quiet (streams->endpoint) || streams->all.length >= settings->max_peers
      || count_source (streams, peer) >= settings->max_per_source)
    return FALSE;
  /* Those that go on opening for ever must not keep others out. */
  if (streams->opening.length >= settings->max_handshakes)
    {
      gh_coap_endpoint_count (streams->endpoint, GH_COAP_COUNT_TURNED_AWAY);
      gh_coap_stream_close (head_of (&streams->opening), "too many are being opened");
    }
  return TRUE;
}

static void
take_peer (GhCoapStreams *streams, int fd, const GhPeer *peer)
{
  const char *nobody[2] = { NULL, NULL };
  GhStream *tls = NULL;

  if (!has_room (streams, peer))
    {
      turn_away (streams, fd);
      return;
    }
  gh_coap_endpoint_count (streams->endpoint, GH_COAP_COUNT_CONNECTIONS);
  prepare_socket (streams, fd);
  if (streams->server != NULL
      && (tls = make_tls (streams, streams->server, fd, peer, nobody, NULL)) == NULL)
    return;
  gh_coap_stream_connected (gh_coap_stream_new (streams, peer, fd, tls, GH_COAP_STREAM_CONNECTING));
}

void
gh_coap_streams_accept (GhCoapStreams *streams)
{
  for (guint i = 0; i < ACCEPT_AT_ONCE; i++)
    {
      GhPeer peer = { 0 };
      socklen_t length = sizeof peer.address;
      int fd = accept4 (streams->endpoint->fd, &peer.address.any, &length,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
        continue;
      if (fd < 0)
        {
          if (errno != EAGAIN)
            rest (streams);
          return;
        }
      peer.length = length;
      take_peer (streams, fd, &peer);
    }
}

/* Connecting. */

GhCoapStream *
gh_coap_streams_connect (GhCoapStreams *streams, const GhPeer *address, const char *server_name,
                         const char *authority, GError **error)
{
  const char *names[2] = { server_name, authority };
  GhCoapStream *stream;
  GhStream *tls = NULL;
  int fd;

  if (streams->all.length >= gh_coap_endpoint_get_settings (streams->endpoint)->max_peers)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_OVERLOADED, "too many connections");
      return NULL;
    }
  fd = socket (address->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || (connect (fd, &address->address.any, address->length) != 0 && errno != EINPROGRESS))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_UNREACHABLE, "no connection: %s", g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  prepare_socket (streams, fd);
  if (streams->client != NULL
      && (tls = make_tls (streams, streams->client, fd, address, names, error)) == NULL)
    return NULL;
  stream = gh_coap_stream_new (streams, address, fd, tls, GH_COAP_STREAM_CONNECTING);
  stream->client = TRUE;
  return stream;
}

void
gh_coap_streams_close (GhCoapStreams *streams, guint64 id)
{
  GhCoapLink *link = gh_coap_layer_find (streams->endpoint->layer, id);
  GhCoapPeer *peer = link != NULL ? gh_coap_link_get_data (link) : NULL;

  /* The numbers of plain connections are their own. */
  if (peer != NULL && peer->stream->tls != NULL)
    gh_coap_stream_close (peer->stream, "revoked");
}

/* Turns. */

gint64
gh_coap_streams_next_us (const GhCoapStreams *streams)
{
  return gh_coap_timers_next_us (&streams->timers);
}

static void
settle_all (GhCoapStreams *streams)
{
  GList *node;

  while ((node = g_queue_pop_head_link (&streams->changed)) != NULL)
    {
      GhCoapStream *stream = node->data;

      stream->is_changed = FALSE;
      gh_coap_stream_settle (stream);
    }
}

static void
free_closed (GhCoapStreams *streams)
{
  GList *node;

  while ((node = g_queue_pop_head_link (&streams->closed)) != NULL)
    gh_coap_stream_free (node->data);
}

void
gh_coap_streams_turn (GhCoapStreams *streams)
{
  gh_coap_timers_run (&streams->timers, gh_coap_streams_now_us (streams));
  settle_all (streams);
  free_closed (streams);
}

GhCoapStreams *
gh_coap_streams_new (GhCoapEndpoint *endpoint, const GhCoapContexts *contexts)
{
  GhCoapStreams *streams = g_new0 (GhCoapStreams, 1);

  streams->endpoint = endpoint;
  streams->server = contexts->server != NULL ? gh_tls_context_ref (contexts->server) : NULL;
  streams->client = contexts->client != NULL ? gh_tls_context_ref (contexts->client) : NULL;
  streams->max_held = endpoint->settings.limits.bodies_all;
  streams->scratch = g_malloc (GH_COAP_STREAM_SCRATCH);
  streams->sources = g_tree_new_full (compare_sources, NULL, g_free, NULL);
  gh_coap_timers_init (&streams->timers);
  return streams;
}

static void
release_all (GhCoapStreams *streams)
{
  for (GList *l = streams->all.head; l != NULL; l = l->next)
    {
      GhCoapStream *stream = l->data;

      if (stream->state == GH_COAP_STREAM_OPEN)
        gh_coap_link_release (stream->peer.link);
    }
}

void
gh_coap_streams_free (GhCoapStreams *streams)
{
  release_all (streams);
  settle_all (streams);
  while (streams->all.head != NULL)
    gh_coap_stream_close (streams->all.head->data, "stopped");
  free_closed (streams);
  gh_coap_timers_clear (&streams->timers);
  g_clear_pointer (&streams->server, gh_tls_context_unref);
  g_clear_pointer (&streams->client, gh_tls_context_unref);
  g_tree_unref (streams->sources);
  g_free (streams->scratch);
  g_free (streams);
}
