/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../../plugins/coap/gh-coap-layer.h"
#include "../../plugins/coap/gh-coap-option.h"

#include <string.h>

G_BEGIN_DECLS

/* A message layer between callbacks that keep what it sends and answer what it hands on. */

#define SECOND G_USEC_PER_SEC

/* A datagram or frame that the layer sent. */
typedef struct {
  guint64 link;
  gsize length;
  GhCoapMessage message;
  guint8 octets[];
} Sent;

typedef struct {
  GhClock *clock;
  GhCoapLimits limits;
  GhCoapLayer *layer;
  GPtrArray *sent; /* Sent */
  guint taken;     /* of them */
  guint requests;
  gboolean hold; /* requests are not answered at once */
  GByteArray *body;
  guint64 held_link, held_exchange;
  gsize answer_length; /* payload of answers */
  guint8 answer_code;
  gboolean stream; /* frames are sent */
  guint ended;     /* links that have */
} Bench;

#define BENCH_PATTERN 36
extern const guint8 bench_pattern[BENCH_PATTERN + 1];

void bench_respond (Bench *bench, GhCoapExchange *exchange);
void bench_set_up (Bench *bench);
GhCoapLink *bench_open_link (Bench *bench, guint64 id);
/** bench_begin: set up, with one link. */
GhCoapLink *bench_begin (Bench *bench);
GhCoapLink *bench_open_stream (Bench *bench, guint64 id);
void bench_tear_down (Bench *bench);
const Sent *bench_next_sent (Bench *bench);
void bench_assert_silent (Bench *bench);
void bench_pass (Bench *bench, gint64 us);
void bench_feed (GhCoapLink *link, const GhCoapMessage *message);
void bench_feed_frame (GhCoapLink *link, const GhCoapMessage *message);
GhCoapMessage bench_request (guint8 type, guint8 code, guint16 id);
/** bench_ask: a confirmable request, and what is sent next. */
const Sent *bench_ask (Bench *bench, GhCoapLink *link, guint8 code, guint16 id);
void bench_feed_empty (GhCoapLink *link, guint8 type, guint16 id);
void bench_assert_is (const Sent *sent, guint8 type, guint8 code, guint16 id);

G_END_DECLS
