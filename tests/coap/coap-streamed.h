/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../../plugins/coap/gh-coap-map.h"
#include "../../plugins/coap/gh-coap-signal.h"
#include "../../plugins/coap/gh-coap-transport.h"
#include "../http/http-fake-core.h"
#include "coap-line.h"

G_BEGIN_DECLS

/* The transport on a port of TCP, before a core that answers by the name of the target; what is
 * said to it, and what it says by itself. */

typedef struct {
  FakeCore *core;
  GhTransport *transport;
  guint16 port;
} Streamed;

/** streamed_set_up: of coap+tcp, with one thread. @option: (nullable): one more of [coap] */
void streamed_set_up (Streamed *bench, const char *option);
void streamed_tear_down (Streamed *bench);

/** streamed_request: for "cse/NAME". */
GhCoapMessage streamed_request (guint8 code, const char *token, const char *name);
void streamed_put_signal (Line *line, guint8 code);
/** streamed_put_answer: with a token of ours. */
void streamed_put_answer (Line *line, const guint8 *token, guint8 code);

/* How a request of ours ended. */
typedef struct {
  GMutex lock;
  GCond changed;
  guint calls;
  GhDeliveryStatus status;
  guint rsc;
} Delivered;

/** streamed_send: a notification to @scheme://127.0.0.1:@port/n. */
void streamed_send (GhTransport *transport, const char *scheme, guint16 port, GhBuffer *body,
                    Delivered *d);
void streamed_wait (Delivered *d);

G_END_DECLS
