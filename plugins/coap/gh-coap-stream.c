/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-stream-private.h"

#include "gh-coap-endpoint-private.h"
#include "gh-coap-observe.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ROUNDS   4           /* reads before others have their turn */
#define HIGH_WATER   (64 * 1024) /* octets that wait to leave; then nothing more is read */
#define SMALLEST     1024        /* of what is allocated */
#define LINGER_US    (2 * G_USEC_PER_SEC)
#define MAX_DISCARD  (256 * 1024)
#define CHECK_END_US (3600 * (gint64) G_USEC_PER_SEC) /* wall clocks jump */

static const GhCoapSettings *
settings_of (const GhCoapStream *stream)
{
  return gh_coap_endpoint_get_settings (stream->streams->endpoint);
}

/* Octets. */

static void
octets_clear (GhCoapOctets *octets)
{
  g_free (octets->octets);
  memset (octets, 0, sizeof *octets);
}

static void
octets_append (GhCoapOctets *octets, const guint8 *more, gsize length)
{
  gsize needed;

  if (octets->at > 0 && octets->at + octets->length + length > octets->size)
    {
      memmove (octets->octets, octets->octets + octets->at, octets->length);
      octets->at = 0;
    }
  needed = octets->at + octets->length + length;
  if (needed > octets->size)
    {
      octets->size = MAX (MAX (needed, 2 * octets->size), SMALLEST);
      octets->octets = g_realloc (octets->octets, octets->size);
    }
  memcpy (octets->octets + octets->at + octets->length, more, length);
  octets->length += length;
}

static void
octets_drop (GhCoapOctets *octets, gsize length)
{
  octets->at += length;
  octets->length -= length;
  if (octets->length == 0)
    octets_clear (octets);
}

static void
account (GhCoapStream *stream)
{
  gh_coap_streams_hold (stream, stream->in.size + stream->out.size);
}

/* Life. */

GhCoapStream *
gh_coap_stream_new (GhCoapStreams *streams, const GhPeer *address, int fd, GhStream *tls,
                    GhCoapStreamState state)
{
  GhCoapStream *stream = g_new0 (GhCoapStream, 1);
  const GhTransportHost *host = gh_coap_endpoint_get_settings (streams->endpoint)->host;

  stream->streams = streams;
  stream->fd = fd;
  stream->tls = tls;
  stream->state = state;
  stream->peer.endpoint = streams->endpoint;
  stream->peer.address = *address;
  stream->peer.stream = stream;
  if (tls == NULL)
    {
      g_autoptr (GInetAddress) inet = gh_coap_peer_address (address);

      stream->peer.principal = inet != NULL ? host->authenticate_plain (host->core, inet) : NULL;
    }
  stream->used_us = gh_coap_streams_now_us (streams);
  stream->open_by_us = stream->used_us + settings_of (stream)->handshake_us;
  gh_coap_streams_add (stream);
  gh_coap_stream_change (stream);
  return stream;
}

void
gh_coap_stream_close (GhCoapStream *stream, const char *reason)
{
  GhCoapEndpoint *endpoint = stream->streams->endpoint;

  if (stream->state == GH_COAP_STREAM_CLOSED)
    return;
  stream->state = GH_COAP_STREAM_CLOSED;
  gh_coap_timer_cancel (&stream->streams->timers, &stream->timer);
  if (stream->client)
    gh_coap_connections_closed (endpoint, stream, reason);
  if (stream->peer.link != NULL)
    {
      gh_coap_observe_forget (&stream->peer);
      gh_coap_link_close (g_steal_pointer (&stream->peer.link));
    }
  g_clear_pointer (&stream->peer.principal, gh_principal_unref);
  /* Closing takes it out of what is waited for. */
  if (stream->tls != NULL)
    g_clear_pointer (&stream->tls, gh_stream_free);
  else
    close (stream->fd);
  stream->fd = -1;
  gh_coap_streams_remove (stream);
}

/* Its buffers live as long: somebody may be reading from them. */
void
gh_coap_stream_free (GhCoapStream *stream)
{
  octets_clear (&stream->in);
  octets_clear (&stream->out);
  g_free (stream);
}

void
gh_coap_stream_change (GhCoapStream *stream)
{
  if (stream->is_changed || stream->state == GH_COAP_STREAM_CLOSED)
    return;
  stream->is_changed = TRUE;
  stream->changed_node.data = stream;
  g_queue_push_tail_link (&stream->streams->changed, &stream->changed_node);
}

void
gh_coap_stream_ended (GhCoapStream *stream)
{
  /* Nothing new goes to a target that has said goodbye. */
  if (stream->client)
    gh_coap_connections_closed (stream->streams->endpoint, stream, "the connection ended");
  gh_coap_stream_change (stream);
}

const GhPrincipal *
gh_coap_stream_get_principal (const GhCoapStream *stream)
{
  return stream->tls != NULL ? gh_stream_get_principal (stream->tls) : stream->peer.principal;
}

/* Opening. */

static void
open_link (GhCoapStream *stream)
{
  GhCoapEndpoint *endpoint = stream->streams->endpoint;
  guint64 id = stream->tls != NULL ? gh_stream_get_id (stream->tls) : ++endpoint->next_association;

  stream->state = GH_COAP_STREAM_SETTLING;
  stream->peer.link = gh_coap_layer_open_stream (endpoint->layer, id, &stream->peer);
}

static void
shake_hands (GhCoapStream *stream)
{
  gint status = gh_stream_handshake (stream->tls);

  if (status == 1)
    open_link (stream);
  else if (status != GH_STREAM_AGAIN)
    gh_coap_stream_close (stream, "the handshake failed");
}

void
gh_coap_stream_connected (GhCoapStream *stream)
{
  stream->state = GH_COAP_STREAM_HANDSHAKE;
  if (stream->tls == NULL)
    open_link (stream);
  else if (stream->client)
    shake_hands (stream);
}

static void
take_connection (GhCoapStream *stream)
{
  int error = 0;
  socklen_t length = sizeof error;

  if (getsockopt (stream->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0)
    gh_coap_stream_close (stream, "no connection");
  else
    gh_coap_stream_connected (stream);
}

/* The peer's CSM has come. */
static void
note_settled (GhCoapStream *stream)
{
  if (stream->state != GH_COAP_STREAM_SETTLING || !gh_coap_link_is_settled (stream->peer.link))
    return;
  stream->state = GH_COAP_STREAM_OPEN;
  stream->open_by_us = 0;
  gh_coap_streams_opened (stream);
  if (stream->client)
    gh_coap_connections_opened (stream->streams->endpoint, stream, &stream->peer);
}

static gboolean
is_speaking (const GhCoapStream *stream)
{
  return (stream->state == GH_COAP_STREAM_SETTLING || stream->state == GH_COAP_STREAM_OPEN)
         && !gh_coap_link_has_ended (stream->peer.link);
}

/* Receiving. */

/* Hands on whole frames. Returns: octets that were used */
static gsize
take_frames (GhCoapStream *stream, const guint8 *octets, gsize length)
{
  gsize at = 0;

  while (is_speaking (stream) && !stream->paused)
    {
      guint64 size = gh_coap_frame_size (octets + at, length - at);

      if (size > settings_of (stream)->limits.max_message)
        {
          gh_coap_link_abort (stream->peer.link, "the message is larger than the CSM allows");
          break;
        }
      if (size == 0 || size > length - at)
        return at;
      gh_coap_link_receive_frame (stream->peer.link, octets + at, (gsize) size);
      at += (gsize) size;
      if (stream->state == GH_COAP_STREAM_CLOSED)
        break;
      note_settled (stream);
      if (gh_coap_link_is_released (stream->peer.link) && stream->client)
        gh_coap_stream_ended (stream);
      stream->paused = stream->out.length > HIGH_WATER;
    }
  /* What comes after the end is not looked at. */
  return is_speaking (stream) ? at : length;
}

/* A frame that has begun must be whole in time, however slowly its octets come. */
static void
time_frame (GhCoapStream *stream, gboolean progress)
{
  if (stream->in.length == 0 || stream->paused)
    stream->frame_by_us = 0;
  else if (progress || stream->frame_by_us == 0)
    stream->frame_by_us = gh_coap_streams_now_us (stream->streams)
                          + settings_of (stream)->message_us;
}

static void
take_octets (GhCoapStream *stream, const guint8 *octets, gsize length)
{
  gsize used;

  stream->used_us = gh_coap_streams_now_us (stream->streams);
  if (stream->in.length == 0)
    {
      used = take_frames (stream, octets, length);
      if (used < length)
        octets_append (&stream->in, octets + used, length - used);
    }
  else
    {
      octets_append (&stream->in, octets, length);
      used = take_frames (stream, stream->in.octets + stream->in.at, stream->in.length);
      octets_drop (&stream->in, used);
    }
  time_frame (stream, used > 0);
  if (stream->state != GH_COAP_STREAM_CLOSED)
    account (stream);
}

/* What had come while the peer did not read. */
static void
go_on (GhCoapStream *stream)
{
  gsize used;

  stream->paused = FALSE;
  if (stream->in.length == 0)
    return;
  used = take_frames (stream, stream->in.octets + stream->in.at, stream->in.length);
  octets_drop (&stream->in, used);
  time_frame (stream, TRUE);
  if (stream->state != GH_COAP_STREAM_CLOSED)
    account (stream);
  gh_coap_stream_change (stream);
}

/* Returns: octets, 0 at the end, -1: no more for now, -2: it is broken. */
static gssize
read_some (GhCoapStream *stream, guint8 *out)
{
  gssize n;

  if (stream->tls != NULL)
    return gh_stream_read (stream->tls, out, GH_COAP_STREAM_SCRATCH);
  n = recv (stream->fd, out, GH_COAP_STREAM_SCRATCH, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return GH_STREAM_AGAIN;
  return n < 0 ? GH_STREAM_FAILED : n;
}

static void
receive (GhCoapStream *stream)
{
  for (guint i = 0; is_speaking (stream) && !stream->paused && !stream->at_end; i++)
    {
      gssize n;

      if (i >= MAX_ROUNDS && (stream->tls == NULL || !gh_stream_has_pending (stream->tls)))
        return;
      n = read_some (stream, stream->streams->scratch);
      if (n == GH_STREAM_AGAIN)
        return;
      if (n == GH_STREAM_FAILED)
        {
          gh_coap_stream_close (stream, "the connection broke");
          return;
        }
      if (n == GH_STREAM_CLOSED)
        {
          stream->at_end = TRUE;
          gh_coap_link_finish (stream->peer.link);
          return;
        }
      take_octets (stream, stream->streams->scratch, (gsize) n);
    }
}

/* The peer is to see the end of the connection, not that it is reset, which what it still sends
 * would otherwise do, and so would lose what was said last. */
static void
discard (GhCoapStream *stream)
{
  gssize n = recv (stream->fd, stream->streams->scratch, GH_COAP_STREAM_SCRATCH, 0);

  if (n > 0)
    stream->discarded += (gsize) n;
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || stream->discarded > MAX_DISCARD)
    gh_coap_stream_close (stream, "the connection ended");
}

static void
linger (GhCoapStream *stream)
{
  stream->state = GH_COAP_STREAM_LINGERING;
  stream->linger_by_us = gh_coap_streams_now_us (stream->streams) + LINGER_US;
  stream->open_by_us = stream->frame_by_us = stream->write_by_us = 0;
  gh_coap_streams_opened (stream);
  if (stream->tls == NULL)
    (void) shutdown (stream->fd, SHUT_WR);
}

void
gh_coap_stream_ready (GhCoapStream *stream, guint32 events)
{
  switch (stream->state)
    {
    case GH_COAP_STREAM_CONNECTING:
      take_connection (stream);
      break;
    case GH_COAP_STREAM_HANDSHAKE:
      shake_hands (stream);
      break;
    case GH_COAP_STREAM_SETTLING:
    case GH_COAP_STREAM_OPEN:
      if (stream->at_end && (events & (EPOLLERR | EPOLLHUP)) != 0)
        gh_coap_stream_close (stream, "the peer closed the connection");
      else if ((events & ~(guint32) EPOLLOUT) != 0)
        receive (stream);
      break;
    case GH_COAP_STREAM_LINGERING:
      discard (stream);
      break;
    case GH_COAP_STREAM_CLOSED:
    default:
      return;
    }
  gh_coap_stream_change (stream);
}

/* Sending. */

void
gh_coap_stream_send (GhCoapStream *stream, const guint8 *octets, gsize length)
{
  if (stream->state == GH_COAP_STREAM_CLOSED || stream->overrun)
    return;
  gh_coap_stream_change (stream);
  if (stream->out.length + length > settings_of (stream)->max_unsent)
    {
      stream->overrun = TRUE;
      return;
    }
  octets_append (&stream->out, octets, length);
  stream->queued += length;
  account (stream);
}

static gssize
write_some (GhCoapStream *stream)
{
  const guint8 *octets = stream->out.octets + stream->out.at;
  gssize n;

  if (stream->tls != NULL)
    return gh_stream_write (stream->tls, octets, stream->out.length);
  n = send (stream->fd, octets, stream->out.length, MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return GH_STREAM_AGAIN;
  return n <= 0 ? GH_STREAM_FAILED : n;
}

/* FALSE: it is closed. */
static gboolean
write_out (GhCoapStream *stream)
{
  gint64 now_us = gh_coap_streams_now_us (stream->streams);

  if (stream->out.length == 0)
    return TRUE;
  while (stream->out.length > 0)
    {
      gssize n = write_some (stream);

      if (n == GH_STREAM_AGAIN)
        break;
      if (n <= 0)
        {
          gh_coap_stream_close (stream, "the connection broke");
          return FALSE;
        }
      stream->sent += (guint64) n;
      octets_drop (&stream->out, (gsize) n);
    }
  account (stream);
  if (stream->out.length == 0)
    {
      stream->write_by_us = 0;
      stream->used_us = now_us;
    }
  else if (stream->write_by_us == 0 || stream->sent >= stream->mark)
    {
      stream->write_by_us = now_us + settings_of (stream)->message_us;
      stream->mark = stream->queued;
    }
  return TRUE;
}

/* Timers. */

static gint64
earlier (gint64 due_us, gint64 other_us)
{
  return other_us != 0 ? MIN (due_us, other_us) : due_us;
}

/* Monotonic time of the end of its credential, or of when to look again. */
static gint64
end_us (const GhCoapStream *stream, gint64 now_us)
{
  gint64 left_us;

  if (stream->tls == NULL)
    return 0;
  left_us = gh_stream_get_end_us (stream->tls)
            - gh_clock_wall_us (settings_of (stream)->host->clock);
  return now_us + CLAMP (left_us, 0, CHECK_END_US);
}

static gint64
next_us (const GhCoapStream *stream, gint64 now_us)
{
  gint64 due_us = G_MAXINT64;

  if (stream->state == GH_COAP_STREAM_LINGERING)
    return stream->linger_by_us;
  due_us = earlier (due_us, stream->open_by_us);
  due_us = earlier (due_us, stream->frame_by_us);
  due_us = earlier (due_us, stream->write_by_us);
  if (stream->state == GH_COAP_STREAM_OPEN)
    {
      due_us = MIN (due_us, stream->used_us + settings_of (stream)->idle_us);
      due_us = earlier (due_us, end_us (stream, now_us));
    }
  return due_us;
}

static gboolean
is_past (gint64 by_us, gint64 now_us)
{
  return by_us != 0 && by_us <= now_us;
}

static void
give_up (GhCoapStream *stream, const char *text)
{
  stream->open_by_us = stream->frame_by_us = 0;
  gh_coap_link_abort (stream->peer.link, text);
}

/* Silent for long: released, and when that changes nothing, closed. */
static void
end_idle (GhCoapStream *stream)
{
  if (gh_coap_link_is_released (stream->peer.link))
    gh_coap_stream_close (stream, "idle");
  else
    gh_coap_link_release (stream->peer.link);
}

static void
expired (GhCoapTimer *timer)
{
  GhCoapStream *stream = (GhCoapStream *) ((char *) timer - G_STRUCT_OFFSET (GhCoapStream, timer));
  gint64 now_us = gh_coap_streams_now_us (stream->streams);

  gh_coap_stream_change (stream);
  if (is_past (stream->linger_by_us, now_us))
    gh_coap_stream_close (stream, "the connection ended");
  else if (is_past (stream->write_by_us, now_us))
    gh_coap_stream_close (stream, "the peer does not read");
  else if (is_past (stream->open_by_us, now_us) && !is_speaking (stream))
    gh_coap_stream_close (stream, "the handshake took too long");
  else if (is_past (stream->open_by_us, now_us))
    give_up (stream, "no CSM came in time");
  else if (is_past (stream->frame_by_us, now_us))
    give_up (stream, "the message was not complete in time");
  else if (stream->state != GH_COAP_STREAM_OPEN)
    return;
  else if (stream->tls != NULL
           && gh_stream_get_end_us (stream->tls)
                <= gh_clock_wall_us (settings_of (stream)->host->clock))
    gh_coap_stream_close (stream, "its credential ends");
  else if (is_past (stream->used_us + settings_of (stream)->idle_us, now_us))
    end_idle (stream);
}

static void
set_timer (GhCoapStream *stream)
{
  gint64 due_us = next_us (stream, gh_coap_streams_now_us (stream->streams));

  /* One that is due too early looks again. */
  if (due_us != G_MAXINT64 && (stream->timer.place == 0 || due_us < stream->timer.due_us))
    gh_coap_timer_set (&stream->streams->timers, &stream->timer, due_us, expired);
}

static void
watch (GhCoapStream *stream)
{
  struct epoll_event event = { .data.ptr = stream };

  switch (stream->state)
    {
    case GH_COAP_STREAM_CONNECTING:
      event.events = EPOLLOUT;
      break;
    case GH_COAP_STREAM_HANDSHAKE:
      event.events = gh_stream_wants (stream->tls) == G_IO_OUT ? EPOLLOUT : EPOLLIN;
      break;
    case GH_COAP_STREAM_SETTLING:
    case GH_COAP_STREAM_OPEN:
      event.events = (stream->paused || stream->at_end ? 0u : (guint32) EPOLLIN)
                     | (stream->out.length > 0 ? (guint32) EPOLLOUT : 0u);
      break;
    case GH_COAP_STREAM_LINGERING:
    case GH_COAP_STREAM_CLOSED:
    default:
      event.events = EPOLLIN;
      break;
    }
  if (stream->is_watched && event.events == stream->watched)
    return;
  if (epoll_ctl (stream->streams->endpoint->epoll_fd,
                 stream->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, stream->fd, &event)
      != 0)
    gh_coap_stream_close (stream, "it cannot be watched");
  stream->is_watched = TRUE;
  stream->watched = event.events;
}

/* What follows when everything has left. */
static void
take_drained (GhCoapStream *stream)
{
  gh_coap_link_sent (stream->peer.link);
  if (stream->state == GH_COAP_STREAM_CLOSED || stream->out.length > 0)
    return;
  if (gh_coap_link_has_ended (stream->peer.link))
    linger (stream);
  else if (stream->paused)
    go_on (stream);
}

void
gh_coap_stream_settle (GhCoapStream *stream)
{
  const gboolean linked = stream->state == GH_COAP_STREAM_SETTLING
                          || stream->state == GH_COAP_STREAM_OPEN;

  if (stream->state == GH_COAP_STREAM_CLOSED)
    return;
  if (stream->overrun)
    gh_coap_stream_close (stream, "the peer does not read");
  else if (linked && write_out (stream) && stream->out.length == 0)
    take_drained (stream);
  if (stream->state == GH_COAP_STREAM_CLOSED)
    return;
  set_timer (stream);
  watch (stream);
}
