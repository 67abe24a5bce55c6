/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-layer.h"
#include "../../plugins/coap/gh-coap-option.h"

#include <stdint.h>
#include <string.h>

/* What one peer may do to a message layer: a sequence of steps, each one octet of length and as
 * many of a datagram. Lengths from 250 on are something else that happens meanwhile. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define ANSWER 3000

enum { STEP_SECOND = 250, STEP_MINUTE, STEP_ANSWER, STEP_CALL, STEP_NOTIFY, STEP_HOLD };

typedef struct {
  GhClock *clock;
  GhCoapLayer *layer;
  GhCoapLink *link;
  guint64 held;
  gboolean hold;
  guint calls, ended;
} State;

static void
take_sent (gpointer user_data, GhCoapLink *link, const guint8 *octets, gsize length)
{
  GhCoapMessage message;

  /* Whatever leaves can be read, and fits. */
  g_assert_cmpuint (length, <=, 1280);
  g_assert_cmpint (gh_coap_message_parse (&message, octets, length), ==, GH_COAP_PARSED);
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

  g_assert_cmpuint (message->refused_option, ==, 0);
  g_assert_cmpuint (message->code, >=, COAP_REQUEST_CODE_GET);
  g_assert_cmpuint (message->code, <=, COAP_REQUEST_CODE_DELETE);
  g_assert_cmpuint (message->payload_length, <=, 4096);
  state->held = gh_coap_exchange_get_id (exchange);
  if (!state->hold)
    respond (exchange, message->payload_length % 2 == 0 ? ANSWER : 10);
}

static const GhCoapLayerOps ops = { take_sent, take_request };

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
begin_message (GhCoapMessage *message, guint8 code)
{
  gh_coap_message_init (message, COAP_MESSAGE_CON, code);
  (void) gh_coap_message_add (message, COAP_OPTION_URI_PATH, "n", 1);
  message->payload = (const guint8 *) "0123456789abcdef0123456789abcdef";
  message->payload_length = 32;
}

static void
step (State *state, guint8 what)
{
  GhCoapExchange *exchange = gh_coap_link_find_exchange (state->link, state->held);
  GhCoapMessage message, answer;

  switch (what)
    {
    case STEP_SECOND:
    case STEP_MINUTE:
      gh_clock_advance (state->clock, (what == STEP_SECOND ? 1 : 60) * G_USEC_PER_SEC);
      gh_coap_layer_tick (state->layer);
      break;
    case STEP_ANSWER:
      if (exchange != NULL)
        respond (exchange, ANSWER);
      break;
    case STEP_CALL:
      begin_message (&message, COAP_REQUEST_CODE_POST);
      state->calls += gh_coap_link_call (
        state->link, &message, NULL, gh_clock_monotonic_us (state->clock) + 100 * G_USEC_PER_SEC,
        take_end, state);
      break;
    case STEP_NOTIFY:
      begin_message (&message, COAP_REQUEST_CODE_GET);
      begin_message (&answer, COAP_RESPONSE_CODE_CONTENT);
      gh_coap_message_remove (&answer, COAP_OPTION_URI_PATH);
      state->calls += gh_coap_link_notify (state->link, &message, &answer, NULL, notified, state);
      break;
    case STEP_HOLD:
    default:
      state->hold = !state->hold;
      break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GhCoapLimits limits = GH_COAP_LIMITS_DEFAULT;
  State state = { 0 };

  limits.max_body = 4096;
  limits.bodies = limits.bodies_all = 16384;
  limits.answers = limits.answers_all = 8192;
  limits.max_exchanges = 4;
  limits.max_waiting = 8;
  state.clock = gh_clock_new_fake (0);
  state.layer = gh_coap_layer_new (&limits, state.clock, &ops, &state);
  state.link = gh_coap_layer_open (state.layer, 1, 1280, NULL);
  for (size_t at = 0; at < size;)
    {
      guint8 length = data[at++];
      g_autofree guint8 *octets = NULL;

      if (length >= STEP_SECOND)
        {
          step (&state, length);
          continue;
        }
      length = (guint8) MIN (length, size - at);
      /* A copy of this length, for the sanitizer. */
      octets = g_malloc (MAX (length, 1));
      memcpy (octets, data + at, length);
      gh_coap_link_receive (state.link, octets, length);
      at += length;
    }
  gh_coap_layer_free (state.layer);
  g_assert_cmpuint (state.calls, ==, state.ended);
  gh_clock_unref (state.clock);
  return 0;
}
