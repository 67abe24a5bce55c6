/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-layer.h"
#include "../../plugins/coap/gh-coap-option.h"
#include "../../plugins/coap/gh-coap-signal.h"

#include <stdint.h>
#include <string.h>

/* What one peer may do over a stream: a sequence of steps, each one octet of length and as many of
 * the stream, which is cut into frames as they are complete. Lengths from 250 on are something else
 * that happens meanwhile. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define ANSWER      3000
#define MAX_MESSAGE 2048

enum { STEP_SECOND = 250, STEP_SENT, STEP_ANSWER, STEP_CALL, STEP_NOTIFY, STEP_HOLD };

typedef struct {
  GhClock *clock;
  GhCoapLayer *layer;
  GhCoapLink *link;
  GByteArray *octets;
  guint64 held;
  gboolean hold;
  guint sent, calls, ended, closed;
} State;

static void
take_sent (gpointer user_data, GhCoapLink *link, const guint8 *octets, gsize length)
{
  State *state = user_data;
  GhCoapMessage message;
  GhCoapSignal signal;

  /* Whatever leaves is one frame that fits, the first one says what can be done, and a signal is
   * one that is understood. */
  g_assert_cmpuint (state->closed, ==, 0);
  g_assert_cmpuint (length, <=, MAX_MESSAGE);
  g_assert_cmpuint (gh_coap_frame_size (octets, length), ==, length);
  g_assert_cmpint (gh_coap_frame_parse (&message, octets, length), ==, GH_COAP_PARSED);
  g_assert_true ((message.code == COAP_SIGNALING_CSM) == (state->sent == 0));
  if (GH_COAP_IS_SIGNAL (message.code))
    g_assert_cmpint (gh_coap_signal_read (&message, &signal), ==, GH_COAP_SIGNAL_READ);
  state->sent++;
}

static void
respond (GhCoapExchange *exchange, gsize length)
{
  static guint8 payload[ANSWER];
  GhCoapMessage answer;

  gh_coap_message_init (&answer, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT);
  (void) gh_coap_message_add_uint (&answer, GH_COAP_OPTION_RSC, 2000);
  answer.payload = payload;
  answer.payload_length = length;
  gh_coap_exchange_respond (exchange, &answer, NULL);
}

static void
take_request (gpointer user_data, GhCoapExchange *exchange, const GhCoapMessage *message)
{
  State *state = user_data;

  g_assert_true (gh_coap_link_is_settled (state->link));
  g_assert_cmpuint (message->refused_option, ==, 0);
  g_assert_cmpuint (message->payload_length, <=, 4096);
  state->held = gh_coap_exchange_get_id (exchange);
  if (!state->hold)
    respond (exchange, message->payload_length % 2 == 0 ? ANSWER : 10);
}

static void
take_ended (gpointer user_data, GhCoapLink *link)
{
  ((State *) user_data)->closed++;
}

static const GhCoapLayerOps ops = { take_sent, take_request, take_ended };

static void
take_end (GhCoapCallEnd end, const GhCoapMessage *answer, gpointer user_data)
{
  g_assert_true ((answer != NULL) == (end == GH_COAP_CALL_ANSWERED));
  ((State *) user_data)->ended++;
}

static void
notified (gboolean acknowledged, gpointer user_data)
{
  ((State *) user_data)->ended++;
}

static void
begin_message (GhCoapMessage *message, guint8 code, gsize length)
{
  static const guint8 payload[ANSWER];

  gh_coap_message_init (message, COAP_MESSAGE_CON, code);
  (void) gh_coap_message_add (message, COAP_OPTION_URI_PATH, "n", 1);
  message->payload = payload;
  message->payload_length = length;
}

static void
step (State *state, guint8 what)
{
  GhCoapExchange *exchange = gh_coap_link_find_exchange (state->link, state->held);
  GhCoapMessage message, answer;

  switch (what)
    {
    case STEP_SECOND:
      gh_clock_advance (state->clock, G_USEC_PER_SEC);
      gh_coap_layer_tick (state->layer);
      break;
    case STEP_SENT:
      gh_coap_link_sent (state->link);
      break;
    case STEP_ANSWER:
      if (exchange != NULL && !gh_coap_link_has_ended (state->link))
        respond (exchange, ANSWER);
      break;
    case STEP_CALL:
      begin_message (&message, COAP_REQUEST_CODE_POST, ANSWER);
      state->calls += gh_coap_link_call (state->link, &message, NULL,
                                         gh_clock_monotonic_us (state->clock) + 10 * G_USEC_PER_SEC,
                                         take_end, state);
      break;
    case STEP_NOTIFY:
      begin_message (&message, COAP_REQUEST_CODE_GET, 0);
      begin_message (&answer, COAP_RESPONSE_CODE_CONTENT, 32);
      gh_coap_message_remove (&answer, COAP_OPTION_URI_PATH);
      state->calls += gh_coap_link_notify (state->link, &message, &answer, NULL, notified, state);
      break;
    case STEP_HOLD:
    default:
      state->hold = !state->hold;
      break;
    }
}

/* Hands on what is complete. */
static void
take_octets (State *state, const guint8 *octets, gsize length)
{
  g_byte_array_append (state->octets, octets, (guint) length);
  for (;;)
    {
      guint64 size = gh_coap_frame_size (state->octets->data, state->octets->len);
      g_autofree guint8 *frame = NULL;

      if (size > MAX_MESSAGE)
        gh_coap_link_abort (state->link, "too large");
      if (size == 0 || size > MAX_MESSAGE || size > state->octets->len)
        return;
      /* A copy of this length, for the sanitizer. */
      frame = g_memdup2 (state->octets->data, size);
      g_byte_array_remove_range (state->octets, 0, (guint) size);
      gh_coap_link_receive_frame (state->link, frame, size);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GhCoapLimits limits = GH_COAP_LIMITS_DEFAULT;
  State state = { 0 };

  limits.max_body = 4096;
  limits.bodies = limits.bodies_all = 16384;
  limits.max_exchanges = 4;
  limits.max_waiting = 8;
  limits.max_message = MAX_MESSAGE;
  state.clock = gh_clock_new_fake (0);
  state.octets = g_byte_array_new ();
  state.layer = gh_coap_layer_new (&limits, state.clock, &ops, &state);
  state.link = gh_coap_layer_open_stream (state.layer, 1, NULL);
  for (size_t at = 0; at < size;)
    {
      guint8 length = data[at++];

      if (length >= STEP_SECOND)
        {
          step (&state, length);
          continue;
        }
      length = (guint8) MIN (length, size - at);
      take_octets (&state, data + at, length);
      at += length;
    }
  gh_coap_layer_free (state.layer);
  g_assert_cmpuint (state.calls, ==, state.ended);
  g_assert_cmpuint (state.closed, <=, 1);
  g_byte_array_unref (state.octets);
  gh_clock_unref (state.clock);
  return 0;
}
