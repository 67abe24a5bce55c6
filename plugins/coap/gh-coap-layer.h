/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-message.h"

#include "base/gh-buffer.h"
#include "base/gh-clock.h"

G_BEGIN_DECLS

/* The message layer of CoAP (RFC 7252 4 and 5, RFC 7959), without a socket: octets of an
 * association in, datagrams out through a callback, time from a clock that is handed in. A link
 * over a stream (RFC 8323) takes and gives frames in their place, and has signals instead of
 * message ids, acknowledgements and duplicates.
 *
 * All state belongs to a link, which is one association and its one epoch: message ids, answers
 * that are remembered for duplicates, tokens, bodies in the making. A response is matched, and an
 * ACK or RST accepted, only on the link of its request, because no table reaches beyond it (TS-0008
 * 7). A layer and its links belong to one thread. */

typedef struct _GhCoapLayer GhCoapLayer;
/** GhCoapLink: one association; on plain UDP one address and port. */
typedef struct _GhCoapLink GhCoapLink;
/** GhCoapExchange: a request that came and has no answer yet; freed by its answer and with its
 * link. */
typedef struct _GhCoapExchange GhCoapExchange;

typedef struct {
  /** send: one datagram, which may be lost, or one frame. */
  void (*send) (gpointer user_data, GhCoapLink *link, const guint8 *octets, gsize length);
  /** request: a request with its whole body, GET, POST, PUT or DELETE. @message is borrowed for the
   * call; gh_coap_exchange_respond() follows, in the call or later. */
  void (*request) (gpointer user_data, GhCoapExchange *exchange, const GhCoapMessage *message);
  /** ended: of a stream: nothing more is taken or said; it is to be closed when what was sent has
   * left. Not from within: the link stays open for now. */
  void (*ended) (gpointer user_data, GhCoapLink *link);
} GhCoapLayerOps;

/** GhCoapLimits: see GH_COAP_LIMITS_DEFAULT. Octets count what is held, with its bookkeeping. */
typedef struct {
  gsize max_body;             /* of one request, assembled, or of one answer to us */
  gsize bodies, bodies_all;   /* bodies in the making and kept for Block2: of a link, of all */
  gsize answers, answers_all; /* answers for duplicates: of a link, of all */
  guint max_exchanges;        /* requests of one link that have no answer yet */
  guint max_waiting;          /* confirmable messages of one link that wait for their turn */
  guint nstart;               /* confirmable messages of one link under way (RFC 7252 4.7) */
  gint64 ack_timeout_us;      /* ACK_TIMEOUT; ACK_RANDOM_FACTOR is 1.5 */
  guint max_retransmit;       /* MAX_RETRANSMIT */
  gint64 lifetime_us;         /* EXCHANGE_LIFETIME: how long a duplicate is recognised */
  gint64 ack_delay_us;        /* then a confirmable request gets an empty ACK */
  gint64 body_lifetime_us;    /* a body that nobody goes on with */
  gsize max_message;          /* of a frame, both ways: above GH_COAP_MESSAGE_BASE */
} GhCoapLimits;

#define GH_COAP_LIMITS_DEFAULT                                                          \
  {                                                                                     \
    .max_body = 1 << 20, .bodies = 4 << 20, .bodies_all = 64 << 20, .answers = 4 << 20, \
    .answers_all = 128 << 20, .max_exchanges = 64, .max_waiting = 256, .nstart = 1,     \
    .ack_timeout_us = 2 * G_USEC_PER_SEC, .max_retransmit = 4,                          \
    .lifetime_us = 247 * G_USEC_PER_SEC, .ack_delay_us = G_USEC_PER_SEC / 2,            \
    .body_lifetime_us = 60 * G_USEC_PER_SEC, .max_message = 65536,                      \
  }

GhCoapLayer *gh_coap_layer_new (const GhCoapLimits *limits, GhClock *clock,
                                const GhCoapLayerOps *ops, gpointer user_data);
/** gh_coap_layer_free: closes every link. */
void gh_coap_layer_free (GhCoapLayer *layer);
/** gh_coap_layer_abandon: what was asked and has no answer yet is answered 5.03. */
void gh_coap_layer_abandon (GhCoapLayer *layer);
/** gh_coap_layer_next_us: monotonic time of the next gh_coap_layer_tick(); G_MAXINT64: none. */
gint64 gh_coap_layer_next_us (const GhCoapLayer *layer);
void gh_coap_layer_tick (GhCoapLayer *layer);

/**
 * gh_coap_layer_open:
 * @id: of the association; never used again for another one
 * @max_datagram: octets of one message that fit
 * Returns: (transfer none); valid until gh_coap_link_close()
 */
GhCoapLink *gh_coap_layer_open (GhCoapLayer *layer, guint64 id, gsize max_datagram, gpointer data);
/** gh_coap_layer_open_stream: the same over a stream; our CSM is sent at once. */
GhCoapLink *gh_coap_layer_open_stream (GhCoapLayer *layer, guint64 id, gpointer data);
/** gh_coap_layer_find: NULL when it is closed. */
GhCoapLink *gh_coap_layer_find (GhCoapLayer *layer, guint64 id);
/** gh_coap_link_close: its exchanges are gone, its calls end as GH_COAP_CALL_CLOSED. */
void gh_coap_link_close (GhCoapLink *link);
guint64 gh_coap_link_get_id (const GhCoapLink *link);
gpointer gh_coap_link_get_data (const GhCoapLink *link);
/** gh_coap_link_is_idle: nothing is remembered that a peer may still ask for. */
gboolean gh_coap_link_is_idle (GhCoapLink *link);

/** gh_coap_link_receive: one datagram. May call back; @link may be closed by that. */
void gh_coap_link_receive (GhCoapLink *link, const guint8 *octets, gsize length);

/* Streams (gh-coap-reliable.c) */

#define GH_COAP_MAX_PINGS 4 /* of a link that wait for what came before them */

/** gh_coap_link_receive_frame: one frame, at most max_message octets. May call back; @link may be
 * closed by that. */
void gh_coap_link_receive_frame (GhCoapLink *link, const guint8 *octets, gsize length);
/** gh_coap_link_sent: everything that was sent has left. */
void gh_coap_link_sent (GhCoapLink *link);
/** gh_coap_link_is_settled: the peer's CSM has come. */
gboolean gh_coap_link_is_settled (const GhCoapLink *link);
/** gh_coap_link_is_released: one of the two wants no new requests. */
gboolean gh_coap_link_is_released (const GhCoapLink *link);
/** gh_coap_link_has_ended: see GhCoapLayerOps.ended. */
gboolean gh_coap_link_has_ended (const GhCoapLink *link);
/** gh_coap_link_abort: @text: static, for the peer (RFC 8323 5.6). */
void gh_coap_link_abort (GhCoapLink *link, const char *text);
/** gh_coap_link_finish: the peer says nothing more: what it has asked is still answered, and what
 * it was asked never will be. */
void gh_coap_link_finish (GhCoapLink *link);
/** gh_coap_link_release: an orderly end (5.5): what is under way is still answered. */
void gh_coap_link_release (GhCoapLink *link);

/* Answering. */
GhCoapLink *gh_coap_exchange_get_link (const GhCoapExchange *exchange);
/** gh_coap_exchange_get_id: names it on its link, for answers that come later. */
guint64 gh_coap_exchange_get_id (const GhCoapExchange *exchange);
/** gh_coap_link_find_exchange: NULL when it has its answer. */
GhCoapExchange *gh_coap_link_find_exchange (GhCoapLink *link, guint64 id);

/**
 * gh_coap_exchange_respond:
 * @answer: code, options and payload of any length; the rest is filled in
 * @owner: (nullable): of the payload; a reference is taken when only a block of it is sent
 * Piggybacked when the ACK has not left yet, else a message of its own. Frees @exchange.
 */
void gh_coap_exchange_respond (GhCoapExchange *exchange, GhCoapMessage *answer, GhBuffer *owner);

/** GhCoapNotifyFunc: @acknowledged: FALSE: the peer rejected it, or does not answer any more. */
typedef void (*GhCoapNotifyFunc) (gboolean acknowledged, gpointer user_data);

/** gh_coap_exchange_watch: before its answer, whether that is acknowledged. FALSE: @func is not
 * called, as nobody acknowledges what is not a message of its own. */
gboolean gh_coap_exchange_watch (GhCoapExchange *exchange, GhCoapNotifyFunc func,
                                 gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_coap_link_notify: another answer to a request that was answered before (RFC 7641 4.2).
 * @request: what is observed, with its token
 * @answer, @owner: as of gh_coap_exchange_respond()
 * @func: later, once
 * Returns: FALSE when too many confirmable messages wait on this link; nothing is sent then
 */
gboolean gh_coap_link_notify (GhCoapLink *link, const GhCoapMessage *request, GhCoapMessage *answer,
                              GhBuffer *owner, GhCoapNotifyFunc func, gpointer user_data)
  G_GNUC_WARN_UNUSED_RESULT;


/* Asking. */
typedef enum {
  GH_COAP_CALL_ANSWERED,
  GH_COAP_CALL_RESET,   /* the peer answered with a Reset */
  GH_COAP_CALL_TIMEOUT, /* no acknowledgement, or no answer in time */
  GH_COAP_CALL_SILENT,  /* nor anything else from the peer since the request was made */
  GH_COAP_CALL_BROKEN,  /* the answer has unknown critical options, or its blocks do not fit */
  GH_COAP_CALL_CLOSED,  /* the association ended */
} GhCoapCallEnd;

/** GhCoapCallFunc: @answer: with its whole body, only when ANSWERED; borrowed. */
typedef void (*GhCoapCallFunc) (GhCoapCallEnd end, const GhCoapMessage *answer, gpointer user_data);

/**
 * gh_coap_link_call:
 * @request: code, options and payload of any length (Block1 when it does not fit); the token is
 * ours
 * @owner: (nullable): of the payload; else it is copied
 * @deadline_us: monotonic
 * @func: once, never before it returns
 * Returns: FALSE when too many confirmable messages wait on this link; then @func is not called.
 */
gboolean gh_coap_link_call (GhCoapLink *link, GhCoapMessage *request, GhBuffer *owner,
                            gint64 deadline_us, GhCoapCallFunc func, gpointer user_data)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
