/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-bench.h"

const guint8 bench_pattern[BENCH_PATTERN + 1] = "abcdefghijklmnopqrstuvwxyz0123456789";

void
bench_respond (Bench *bench, GhCoapExchange *exchange)
{
  GhCoapMessage answer;
  g_autofree guint8 *payload = g_malloc (bench->answer_length + 1);

  for (gsize i = 0; i < bench->answer_length; i++)
    payload[i] = bench_pattern[i % (BENCH_PATTERN)];
  gh_coap_message_init (&answer, COAP_MESSAGE_ACK, bench->answer_code);
  g_assert_true (gh_coap_message_add_uint (&answer, GH_COAP_OPTION_RSC, 2000));
  answer.payload = payload;
  answer.payload_length = bench->answer_length;
  gh_coap_exchange_respond (exchange, &answer, NULL);
}

static void
take_sent (gpointer user_data, GhCoapLink *link, const guint8 *octets, gsize length)
{
  Bench *bench = user_data;
  Sent *sent = g_malloc0 (sizeof *sent + length);

  sent->link = gh_coap_link_get_id (link);
  sent->length = length;
  memcpy (sent->octets, octets, length);
  g_assert_cmpint (bench->stream ? gh_coap_frame_parse (&sent->message, sent->octets, length)
                                 : gh_coap_message_parse (&sent->message, sent->octets, length),
                   ==, GH_COAP_PARSED);
  g_ptr_array_add (bench->sent, sent);
}

static void
take_request (gpointer user_data, GhCoapExchange *exchange, const GhCoapMessage *message)
{
  Bench *bench = user_data;

  bench->requests++;
  g_byte_array_set_size (bench->body, 0);
  g_byte_array_append (bench->body, message->payload, (guint) message->payload_length);
  bench->held_link = gh_coap_link_get_id (gh_coap_exchange_get_link (exchange));
  bench->held_exchange = gh_coap_exchange_get_id (exchange);
  if (!bench->hold)
    bench_respond (bench, exchange);
}

static void
take_ended (gpointer user_data, GhCoapLink *link)
{
  ((Bench *) user_data)->ended++;
}

static const GhCoapLayerOps ops = { take_sent, take_request, take_ended };

void
bench_set_up (Bench *bench)
{
  memset (bench, 0, sizeof *bench);
  bench->clock = gh_clock_new_fake (0);
  bench->limits = (GhCoapLimits) GH_COAP_LIMITS_DEFAULT;
  bench->sent = g_ptr_array_new_with_free_func (g_free);
  bench->body = g_byte_array_new ();
  bench->answer_code = COAP_RESPONSE_CODE_CHANGED;
}

GhCoapLink *
bench_open_link (Bench *bench, guint64 id)
{
  if (bench->layer == NULL)
    bench->layer = gh_coap_layer_new (&bench->limits, bench->clock, &ops, bench);
  return gh_coap_layer_open (bench->layer, id, 1280, NULL);
}

GhCoapLink *
bench_begin (Bench *bench)
{
  bench_set_up (bench);
  return bench_open_link (bench, 1);
}

GhCoapLink *
bench_open_stream (Bench *bench, guint64 id)
{
  bench->stream = TRUE;
  if (bench->layer == NULL)
    bench->layer = gh_coap_layer_new (&bench->limits, bench->clock, &ops, bench);
  return gh_coap_layer_open_stream (bench->layer, id, NULL);
}

void
bench_tear_down (Bench *bench)
{
  gh_coap_layer_free (bench->layer);
  g_ptr_array_unref (bench->sent);
  g_byte_array_unref (bench->body);
  gh_clock_unref (bench->clock);
}

const Sent *
bench_next_sent (Bench *bench)
{
  g_assert_cmpuint (bench->taken, <, bench->sent->len);
  return bench->sent->pdata[bench->taken++];
}

void
bench_assert_silent (Bench *bench)
{
  g_assert_cmpuint (bench->taken, ==, bench->sent->len);
}

void
bench_pass (Bench *bench, gint64 us)
{
  gh_clock_advance (bench->clock, us);
  gh_coap_layer_tick (bench->layer);
}

void
bench_feed (GhCoapLink *link, const GhCoapMessage *message)
{
  guint8 octets[GH_COAP_MAX_DATAGRAM];
  gsize length = gh_coap_message_write (message, octets, sizeof octets);

  g_assert_cmpuint (length, >, 0);
  gh_coap_link_receive (link, octets, length);
}

void
bench_feed_frame (GhCoapLink *link, const GhCoapMessage *message)
{
  const gsize bound = gh_coap_message_bound (message);
  g_autofree guint8 *octets = g_malloc (bound);
  gsize length = gh_coap_frame_write (message, octets, bound);

  g_assert_cmpuint (length, >, 0);
  gh_coap_link_receive_frame (link, octets, length);
}

GhCoapMessage
bench_request (guint8 type, guint8 code, guint16 id)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, type, code);
  message.message_id = id;
  gh_coap_message_set_token (&message, (const guint8 *) "tk", 2);
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "cse", 3));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_RQI, "r1", 2));
  return message;
}

const Sent *
bench_ask (Bench *bench, GhCoapLink *link, guint8 code, guint16 id)
{
  GhCoapMessage message = bench_request (COAP_MESSAGE_CON, code, id);

  bench_feed (link, &message);
  return bench_next_sent (bench);
}

void
bench_feed_empty (GhCoapLink *link, guint8 type, guint16 id)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, type, COAP_EMPTY_CODE);
  message.message_id = id;
  bench_feed (link, &message);
}

void
bench_assert_is (const Sent *sent, guint8 type, guint8 code, guint16 id)
{
  g_assert_cmpuint (sent->message.type, ==, type);
  g_assert_cmpuint (sent->message.code, ==, code);
  g_assert_cmpuint (sent->message.message_id, ==, id);
}
