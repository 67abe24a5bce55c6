/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-stream.h"
#include "gh-coap-timer.h"

#include "security/gh-stream.h"

G_BEGIN_DECLS

typedef enum {
  GH_COAP_STREAM_CONNECTING,
  GH_COAP_STREAM_HANDSHAKE,
  GH_COAP_STREAM_SETTLING, /* the peer's CSM has not come */
  GH_COAP_STREAM_OPEN,
  GH_COAP_STREAM_LINGERING, /* the peer is to read what was said last */
  GH_COAP_STREAM_CLOSED,    /* freed at the end of the turn */
} GhCoapStreamState;

/* Octets that are kept, from @at on. */
typedef struct {
  guint8 *octets;
  gsize at, length, size;
} GhCoapOctets;

/* Connections of one source. */
typedef struct {
  guint8 octets[16]; /* an IPv4 address, or the network of an IPv6 one */
  guint count;
} GhCoapSource;

struct _GhCoapStreams {
  GhCoapEndpoint *endpoint;
  GhTlsContext *server, *client;
  GhCoapTimers timers;
  GhCoapTimer accepting; /* armed: no descriptor was left, nothing is accepted for now */
  GQueue all, opening;   /* GhCoapStream; the oldest first */
  GQueue changed;        /* to be looked at before the turn ends */
  GQueue holding;        /* those that hold octets, the one that began first first */
  GQueue closed;
  GTree *sources; /* GhCoapSource */
  gsize held, max_held;
  guint8 *scratch;
};

struct _GhCoapStream {
  GhCoapPeer peer;
  GhCoapStreams *streams;
  GhCoapStreamState state;
  GhStream *tls; /* NULL: not protected */
  int fd;        /* of @tls when there is one */
  gboolean client;
  guint32 watched; /* events of epoll */
  GhCoapSource *source;
  GhCoapTimer timer;
  gint64 open_by_us, frame_by_us, write_by_us, linger_by_us; /* 0: not waited for */
  gint64 used_us;
  GhCoapOctets in, out;
  guint64 queued, sent, mark; /* octets; what must have left by write_by_us */
  gsize held, discarded;
  gboolean paused;  /* nothing is read until the peer has read */
  gboolean overrun; /* the peer does not read */
  gboolean at_end;  /* the peer says nothing more: nothing is read */
  gboolean is_changed, is_holding, is_opening, is_watched;
  GList node, opening_node, changed_node, holding_node;
};

#define GH_COAP_STREAM_SCRATCH 16384 /* octets of the largest record of TLS */

/** gh_coap_stream_new: of a connected, or connecting, @fd that does not block; all are taken over.
 */
GhCoapStream *gh_coap_stream_new (GhCoapStreams *streams, const GhPeer *address, int fd,
                                  GhStream *tls, GhCoapStreamState state);
/** gh_coap_stream_close: at once. @reason: static */
void gh_coap_stream_close (GhCoapStream *stream, const char *reason);
void gh_coap_stream_free (GhCoapStream *stream);
/** gh_coap_stream_settle: sends, goes on with what waited for that, and sets the timer. */
void gh_coap_stream_settle (GhCoapStream *stream);
/** gh_coap_stream_connected: the connection stands; the handshake or the CSM is next. */
void gh_coap_stream_connected (GhCoapStream *stream);
void gh_coap_stream_change (GhCoapStream *stream);

/* What streams have in common (gh-coap-streams.c) */

/** gh_coap_streams_hold: @stream now holds @octets. Others that have held theirs longer are closed
 * when it becomes too much for all. */
void gh_coap_streams_hold (GhCoapStream *stream, gsize octets);
void gh_coap_streams_add (GhCoapStream *stream);
void gh_coap_streams_remove (GhCoapStream *stream);
/** gh_coap_streams_opened: @stream is no longer one of those that are being opened. */
void gh_coap_streams_opened (GhCoapStream *stream);

static inline gint64
gh_coap_streams_now_us (const GhCoapStreams *streams)
{
  return gh_clock_monotonic_us (gh_coap_endpoint_get_settings (streams->endpoint)->host->clock);
}

G_END_DECLS
