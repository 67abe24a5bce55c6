/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-signal.h"
#include "coap-bench.h"

/* Links over streams (RFC 8323). */

static void
feed_csm (GhCoapLink *link, guint32 max_message, gboolean block_wise)
{
  GhCoapMessage csm;

  gh_coap_signal_csm (&csm, max_message);
  if (!block_wise)
    gh_coap_message_remove (&csm, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER);
  if (max_message == 0)
    gh_coap_message_remove (&csm, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE);
  bench_feed_frame (link, &csm);
}

static GhCoapLink *
open_settled (Bench *bench, guint32 max_message, gboolean block_wise)
{
  GhCoapLink *link = bench_open_stream (bench, 1);

  g_assert_cmpuint (bench_next_sent (bench)->message.code, ==, COAP_SIGNALING_CSM);
  g_assert_false (gh_coap_link_is_settled (link));
  feed_csm (link, max_message, block_wise);
  g_assert_true (gh_coap_link_is_settled (link));
  return link;
}

static const Sent *
expect (Bench *bench, guint8 code)
{
  const Sent *sent = bench_next_sent (bench);

  g_assert_cmpuint (sent->message.code, ==, code);
  return sent;
}

static GhCoapMessage
get (const char *token)
{
  GhCoapMessage message = bench_request (COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, 0);

  gh_coap_message_set_token (&message, (const guint8 *) token, (guint8) strlen (token));
  return message;
}

static void
feed_signal (GhCoapLink *link, guint8 code, const char *token, guint16 option)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_NON, code);
  gh_coap_message_set_token (&message, (const guint8 *) token, (guint8) strlen (token));
  if (option != 0)
    g_assert_true (gh_coap_message_add (&message, option, NULL, 0));
  bench_feed_frame (link, &message);
}

static void
test_capabilities_come_first (void)
{
  Bench b;
  GhCoapMessage message = get ("tk");
  GhCoapSignal csm;
  GhCoapLink *link;

  bench_set_up (&b);
  link = bench_open_stream (&b, 1);
  g_assert_cmpint (gh_coap_signal_read (&expect (&b, COAP_SIGNALING_CSM)->message, &csm), ==,
                   GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (csm.max_message, ==, b.limits.max_message);
  g_assert_true (csm.block_wise);
  bench_feed_frame (link, &message);
  g_assert_cmpuint (expect (&b, COAP_SIGNALING_ABORT)->message.payload_length, >, 0);
  g_assert_cmpuint (b.ended, ==, 1);
  g_assert_true (gh_coap_link_has_ended (link));
  /* nothing more is taken or said */
  feed_csm (link, 0, TRUE);
  bench_feed_frame (link, &message);
  gh_coap_link_abort (link, "again");
  bench_assert_silent (&b);
  g_assert_cmpuint (b.requests, ==, 0);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_tear_down (&b);
}

static void
test_a_signal_before_the_capabilities (void)
{
  static const guint8 codes[] = { COAP_SIGNALING_PING, COAP_SIGNALING_RELEASE, COAP_EMPTY_CODE,
                                  COAP_RESPONSE_CODE_CONTENT };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      Bench b;
      GhCoapLink *link;

      bench_set_up (&b);
      link = bench_open_stream (&b, 1);
      expect (&b, COAP_SIGNALING_CSM);
      feed_signal (link, codes[i], "", 0);
      expect (&b, COAP_SIGNALING_ABORT);
      g_assert_cmpuint (b.ended, ==, 1);
      bench_tear_down (&b);
    }
}

static void
test_a_capability_that_is_not_understood (void)
{
  Bench b;
  GhCoapSignal signal;
  GhCoapLink *link;

  bench_set_up (&b);
  link = bench_open_stream (&b, 1);
  expect (&b, COAP_SIGNALING_CSM);
  feed_signal (link, COAP_SIGNALING_CSM, "", 9);
  g_assert_cmpint (gh_coap_signal_read (&expect (&b, COAP_SIGNALING_ABORT)->message, &signal), ==,
                   GH_COAP_SIGNAL_READ);
  g_assert_cmpuint (signal.bad_option, ==, 9);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_tear_down (&b);
}

static void
test_requests (void)
{
  Bench b;
  GhCoapMessage message = get ("tk");
  GhCoapLink *link;
  const Sent *sent;

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  bench_feed_frame (link, &message);
  sent = expect (&b, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpmem (sent->message.token, sent->message.token_length, "tk", 2);
  /* the same octets again are another request: nothing is sent twice over a stream */
  message.code = COAP_REQUEST_CODE_POST;
  for (guint i = 0; i < 2; i++)
    {
      bench_feed_frame (link, &message);
      expect (&b, COAP_RESPONSE_CODE_CHANGED);
    }
  g_assert_cmpuint (b.requests, ==, 3);
  /* no acknowledgement after a while, however long it takes */
  b.hold = TRUE;
  bench_feed_frame (link, &message);
  bench_pass (&b, 60 * SECOND);
  bench_assert_silent (&b);
  bench_respond (&b, gh_coap_link_find_exchange (link, b.held_exchange));
  expect (&b, COAP_RESPONSE_CODE_CHANGED);
  g_assert_true (gh_coap_link_is_idle (link));
  bench_tear_down (&b);
}

static void
test_refusals (void)
{
  static const guint8 broken[] = { 0x19, 0x01, 0x00 };
  Bench b;
  GhCoapMessage message = get ("tk");
  GhCoapLink *link;

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  g_assert_true (gh_coap_message_add (&message, 2049, "x", 1));
  bench_feed_frame (link, &message);
  expect (&b, COAP_RESPONSE_CODE_BAD_OPTION);
  feed_signal (link, COAP_EMPTY_CODE, "", 0);
  feed_signal (link, COAP_RESPONSE_CODE_CONTENT, "nobody", 0);
  feed_signal (link, COAP_SIGNALING_CODE (731), "", 0);
  bench_assert_silent (&b);
  gh_coap_link_receive_frame (link, broken, sizeof broken);
  expect (&b, COAP_SIGNALING_ABORT);
  g_assert_cmpuint (b.ended, ==, 1);
  g_assert_cmpuint (b.requests, ==, 0);
  bench_tear_down (&b);
}

static void
test_ping (void)
{
  Bench b;
  GhCoapMessage message = get ("tk");
  GhCoapLink *link;
  guint64 first;

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  feed_signal (link, COAP_SIGNALING_PING, "ab", 0);
  g_assert_cmpmem (expect (&b, COAP_SIGNALING_PONG)->message.token, 2, "ab", 2);
  /* with custody only when what came before it has been answered */
  b.hold = TRUE;
  bench_feed_frame (link, &message);
  first = b.held_exchange;
  feed_signal (link, COAP_SIGNALING_PING, "c", COAP_SIGNALING_OPTION_CUSTODY);
  bench_assert_silent (&b);
  feed_signal (link, COAP_SIGNALING_PING, "d", 0);
  g_assert_null (gh_coap_message_find (&expect (&b, COAP_SIGNALING_PONG)->message,
                                       COAP_SIGNALING_OPTION_CUSTODY));
  bench_feed_frame (link, &message);
  bench_respond (&b, gh_coap_link_find_exchange (link, first));
  expect (&b, COAP_RESPONSE_CODE_CHANGED);
  g_assert_nonnull (gh_coap_message_find (&expect (&b, COAP_SIGNALING_PONG)->message,
                                          COAP_SIGNALING_OPTION_CUSTODY));
  bench_assert_silent (&b);
  /* a flood of them does not wait */
  for (guint i = 0; i < GH_COAP_MAX_PINGS; i++)
    feed_signal (link, COAP_SIGNALING_PING, "e", COAP_SIGNALING_OPTION_CUSTODY);
  bench_assert_silent (&b);
  feed_signal (link, COAP_SIGNALING_PING, "f", COAP_SIGNALING_OPTION_CUSTODY);
  g_assert_cmpmem (expect (&b, COAP_SIGNALING_PONG)->message.token, 1, "f", 1);
  bench_tear_down (&b);
}

static void
test_release (void)
{
  Bench b;
  GhCoapMessage message = get ("tk");
  GhCoapLink *link;

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  b.hold = TRUE;
  bench_feed_frame (link, &message);
  feed_signal (link, COAP_SIGNALING_RELEASE, "", 0);
  g_assert_true (gh_coap_link_is_released (link));
  g_assert_cmpuint (b.ended, ==, 0);
  bench_respond (&b, gh_coap_link_find_exchange (link, b.held_exchange));
  expect (&b, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_tear_down (&b);

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  feed_signal (link, COAP_SIGNALING_RELEASE, "", 0);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_tear_down (&b);

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  gh_coap_link_release (link);
  expect (&b, COAP_SIGNALING_RELEASE);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_tear_down (&b);

  bench_set_up (&b);
  link = open_settled (&b, 0, FALSE);
  feed_signal (link, COAP_SIGNALING_ABORT, "", 0);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_assert_silent (&b);
  bench_tear_down (&b);
}

/* Sizes. */

static gsize
payload_of (const Sent *sent, GhCoapBlock *block)
{
  memset (block, 0xff, sizeof *block);
  (void) gh_coap_message_block (&sent->message, COAP_OPTION_BLOCK2, block);
  return sent->message.payload_length;
}

static void
test_answers_fit_the_peer (void)
{
  static const struct {
    guint32 max_message;
    gboolean block_wise;
    gsize length, first;
    guint szx; /* 31: not in blocks */
  } rows[] = {
    { 0, FALSE, 1000, 1000, 31 },       { 0, TRUE, 3000, 1024, 6 },
    { 1152, TRUE, 3000, 1024, 6 },      { 4096, FALSE, 3000, 3000, 31 },
    { 4096, FALSE, 5000, 1024, 6 },     { 4096, TRUE, 5000, 3072, 7 },
    { 256, TRUE, 3000, 128, 3 },        { 8388864, TRUE, 60000, 60000, 31 },
    { 8388864, TRUE, 70000, 64512, 7 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Bench b;
      GhCoapMessage message = get ("tk");
      GhCoapLink *link;
      GhCoapBlock block;
      const Sent *sent;

      bench_set_up (&b);
      b.answer_length = rows[i].length;
      b.answer_code = COAP_RESPONSE_CODE_CONTENT;
      link = open_settled (&b, rows[i].max_message, rows[i].block_wise);
      bench_feed_frame (link, &message);
      sent = expect (&b, COAP_RESPONSE_CODE_CONTENT);
      g_assert_cmpuint (sent->length, <=,
                        rows[i].max_message > 0 ? rows[i].max_message : GH_COAP_MESSAGE_BASE);
      g_assert_cmpuint (payload_of (sent, &block), ==, rows[i].first);
      g_assert_cmpuint (block.szx, ==, rows[i].szx == 31 ? 255 : rows[i].szx);
      bench_tear_down (&b);
    }
}

static void
test_fetch_in_several_blocks_at_a_time (void)
{
  Bench b;
  GhCoapMessage message = get ("tk");
  g_autoptr (GByteArray) body = g_byte_array_new ();
  GhCoapLink *link;
  GhCoapBlock block = { 0, TRUE, 0 };

  bench_set_up (&b);
  b.answer_length = 10000;
  b.answer_code = COAP_RESPONSE_CODE_CONTENT;
  link = open_settled (&b, 4200, TRUE);
  bench_feed_frame (link, &message);
  for (guint rounds = 0; block.more; rounds++)
    {
      const Sent *sent = expect (&b, COAP_RESPONSE_CODE_CONTENT);

      g_assert_cmpuint (rounds, <, 4);
      payload_of (sent, &block);
      g_assert_cmpuint (block.szx, ==, GH_COAP_BLOCK_BERT);
      g_assert_cmpuint (block.number * 1024, ==, body->len);
      g_byte_array_append (body, sent->message.payload, (guint) sent->message.payload_length);
      if (!block.more)
        break;
      message = get ("tk");
      block.number = body->len / 1024;
      block.more = FALSE;
      g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK2, &block));
      block.more = TRUE;
      bench_feed_frame (link, &message);
    }
  g_assert_cmpuint (body->len, ==, 10000);
  for (guint i = 0; i < body->len; i++)
    g_assert_cmpuint (body->data[i], ==, bench_pattern[i % BENCH_PATTERN]);
  g_assert_cmpuint (b.requests, ==, 1);
  bench_tear_down (&b);
}

static void
feed_block (GhCoapLink *link, guint32 number, gboolean more, guint8 szx, gsize length)
{
  static guint8 payload[8192];
  const GhCoapBlock block = { number, more, szx };
  GhCoapMessage message = bench_request (COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, 0);

  g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK1, &block));
  message.payload = payload;
  message.payload_length = length;
  bench_feed_frame (link, &message);
}

static void
test_take_several_blocks_at_a_time (void)
{
  Bench b;
  GhCoapLink *link;
  GhCoapBlock block;

  bench_set_up (&b);
  link = open_settled (&b, 0, TRUE);
  feed_block (link, 0, TRUE, 7, 3072);
  g_assert_true (gh_coap_message_block (&expect (&b, COAP_RESPONSE_CODE_CONTINUE)->message,
                                        COAP_OPTION_BLOCK1, &block));
  g_assert_cmpuint (block.szx, ==, 7);
  feed_block (link, 3, TRUE, 7, 1024);
  expect (&b, COAP_RESPONSE_CODE_CONTINUE);
  feed_block (link, 4, FALSE, 7, 2500);
  expect (&b, COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (b.body->len, ==, 3072 + 1024 + 2500);
  /* not whole blocks, none, a gap, too many */
  feed_block (link, 0, TRUE, 7, 1500);
  expect (&b, COAP_RESPONSE_CODE_BAD_REQUEST);
  feed_block (link, 0, TRUE, 7, 0);
  expect (&b, COAP_RESPONSE_CODE_BAD_REQUEST);
  feed_block (link, 0, TRUE, 7, 1024);
  expect (&b, COAP_RESPONSE_CODE_CONTINUE);
  feed_block (link, 2, FALSE, 7, 10);
  expect (&b, COAP_RESPONSE_CODE_INCOMPLETE);
  feed_block (link, 1024, FALSE, 7, 10);
  expect (&b, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
  bench_tear_down (&b);
}

static void
test_bert_is_not_for_datagrams (void)
{
  const GhCoapBlock block = { 0, TRUE, 7 };
  Bench b;
  GhCoapMessage message = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 7);
  static guint8 payload[1024];
  GhCoapLink *link;

  link = bench_begin (&b);
  g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK1, &block));
  message.payload = payload;
  message.payload_length = sizeof payload;
  bench_feed (link, &message);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_BAD_REQUEST, 7);
  bench_tear_down (&b);
}

/* Asking. */

typedef struct {
  guint calls, acknowledged;
  GhCoapCallEnd end;
  gsize length;
} Outcome;

static void
take_end (GhCoapCallEnd end, const GhCoapMessage *answer, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->calls++;
  outcome->end = end;
  outcome->length = answer != NULL ? answer->payload_length : 0;
}

static gboolean
call (Bench *bench, GhCoapLink *link, gsize length, Outcome *outcome)
{
  GhCoapMessage post;
  g_autofree guint8 *payload = g_malloc0 (length + 1);

  memset (outcome, 0, sizeof *outcome);
  gh_coap_message_init (&post, COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST);
  g_assert_true (gh_coap_message_add (&post, COAP_OPTION_URI_PATH, "n", 1));
  post.payload = payload;
  post.payload_length = length;
  return gh_coap_link_call (link, &post, NULL, gh_clock_monotonic_us (bench->clock) + 20 * SECOND,
                            take_end, outcome);
}

static void
answer (GhCoapLink *link, const Sent *sent, guint8 code, const GhCoapBlock *block1)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_NON, code);
  gh_coap_message_set_token (&message, sent->message.token, sent->message.token_length);
  if (block1 != NULL)
    g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK1, block1));
  bench_feed_frame (link, &message);
}

static void
test_calls (void)
{
  Bench b;
  Outcome outcome;
  GhCoapLink *link, *other;
  const Sent *sent;

  bench_set_up (&b);
  link = open_settled (&b, 8192, TRUE);
  other = bench_open_stream (&b, 2);
  expect (&b, COAP_SIGNALING_CSM);
  feed_csm (other, 0, TRUE);
  g_assert_true (call (&b, link, 3000, &outcome));
  sent = expect (&b, COAP_REQUEST_CODE_POST);
  g_assert_cmpuint (sent->message.payload_length, ==, 3000);
  gh_coap_link_sent (link);
  /* it is not sent again, and its answer counts on its own connection only */
  bench_pass (&b, 10 * SECOND);
  bench_assert_silent (&b);
  answer (other, sent, COAP_RESPONSE_CODE_CHANGED, NULL);
  g_assert_cmpuint (outcome.calls, ==, 0);
  answer (link, sent, COAP_RESPONSE_CODE_CHANGED, NULL);
  g_assert_cmpuint (outcome.calls, ==, 1);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_ANSWERED);
  answer (link, sent, COAP_RESPONSE_CODE_CHANGED, NULL);
  g_assert_cmpuint (outcome.calls, ==, 1);
  /* no answer; the connection that ends */
  g_assert_true (call (&b, link, 3, &outcome));
  bench_pass (&b, 20 * SECOND);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_TIMEOUT);
  g_assert_true (call (&b, link, 3, &outcome));
  gh_coap_link_close (link);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_CLOSED);
  bench_tear_down (&b);
}

/* An answer that can be given on the old connection to a request of a new one, or the other way
 * round, would let whoever held the old one speak for the new one. */
static void
test_an_answer_of_another_connection (void)
{
  Bench b;
  Outcome outcome;
  GhCoapLink *link;
  const Sent *sent;

  bench_set_up (&b);
  link = open_settled (&b, 0, TRUE);
  g_assert_true (call (&b, link, 3, &outcome));
  bench_next_sent (&b);
  sent = b.sent->pdata[b.taken - 1];
  gh_coap_link_close (link);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_CLOSED);
  link = bench_open_stream (&b, 2);
  expect (&b, COAP_SIGNALING_CSM);
  feed_csm (link, 0, TRUE);
  g_assert_true (call (&b, link, 3, &outcome));
  expect (&b, COAP_REQUEST_CODE_POST);
  answer (link, sent, COAP_RESPONSE_CODE_CHANGED, NULL);
  g_assert_cmpuint (outcome.calls, ==, 0);
  gh_coap_link_close (link);
  bench_tear_down (&b);
}

static void
test_calls_in_blocks (void)
{
  Bench b;
  Outcome outcome;
  GhCoapLink *link;
  GhCoapBlock block;
  const Sent *sent;
  gsize at = 0;

  bench_set_up (&b);
  link = open_settled (&b, 3000, TRUE);
  g_assert_true (call (&b, link, 7000, &outcome));
  do
    {
      sent = expect (&b, COAP_REQUEST_CODE_POST);
      g_assert_cmpuint (sent->length, <=, 3000);
      g_assert_true (gh_coap_message_block (&sent->message, COAP_OPTION_BLOCK1, &block));
      g_assert_cmpuint (block.szx, ==, GH_COAP_BLOCK_BERT);
      g_assert_cmpuint (block.number * 1024, ==, at);
      at += sent->message.payload_length;
      answer (link, sent, block.more ? COAP_RESPONSE_CODE_CONTINUE : COAP_RESPONSE_CODE_CHANGED,
              &block);
    }
  while (block.more);
  g_assert_cmpuint (at, ==, 7000);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_ANSWERED);
  bench_tear_down (&b);
}

static void
test_no_request_after_a_release (void)
{
  Bench b;
  Outcome first, second;
  GhCoapLink *link;
  const Sent *sent;

  bench_set_up (&b);
  link = open_settled (&b, 0, TRUE);
  g_assert_true (call (&b, link, 3, &first));
  sent = expect (&b, COAP_REQUEST_CODE_POST);
  feed_signal (link, COAP_SIGNALING_RELEASE, "", 0);
  g_assert_false (call (&b, link, 3, &second));
  g_assert_cmpuint (b.ended, ==, 0);
  answer (link, sent, COAP_RESPONSE_CODE_CHANGED, NULL);
  g_assert_cmpint (first.end, ==, GH_COAP_CALL_ANSWERED);
  g_assert_cmpuint (b.ended, ==, 1);
  bench_tear_down (&b);
}

static void
notified (gboolean acknowledged, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->calls++;
  outcome->acknowledged += acknowledged;
}

static void
test_notifications_wait_for_the_stream (void)
{
  Bench b;
  Outcome outcome = { 0 };
  GhCoapMessage message = get ("tk"), news;
  GhCoapLink *link;

  bench_set_up (&b);
  link = open_settled (&b, 0, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      gh_coap_message_init (&news, COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT);
      g_assert_true (gh_coap_link_notify (link, &message, &news, NULL, notified, &outcome));
      g_assert_cmpmem (expect (&b, COAP_RESPONSE_CODE_CONTENT)->message.token, 2, "tk", 2);
      g_assert_cmpuint (outcome.calls, ==, i);
      if (i == 0)
        gh_coap_link_sent (link);
    }
  g_assert_cmpuint (outcome.acknowledged, ==, 1);
  gh_coap_link_close (link);
  g_assert_cmpuint (outcome.calls, ==, 2);
  g_assert_cmpuint (outcome.acknowledged, ==, 1);
  bench_tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/reliable/capabilities-come-first", test_capabilities_come_first);
  g_test_add_func ("/coap/reliable/signal-before-capabilities",
                   test_a_signal_before_the_capabilities);
  g_test_add_func ("/coap/reliable/unknown-capability", test_a_capability_that_is_not_understood);
  g_test_add_func ("/coap/reliable/requests", test_requests);
  g_test_add_func ("/coap/reliable/refusals", test_refusals);
  g_test_add_func ("/coap/reliable/ping", test_ping);
  g_test_add_func ("/coap/reliable/release", test_release);
  g_test_add_func ("/coap/reliable/answers-fit-the-peer", test_answers_fit_the_peer);
  g_test_add_func ("/coap/reliable/fetch-bert", test_fetch_in_several_blocks_at_a_time);
  g_test_add_func ("/coap/reliable/take-bert", test_take_several_blocks_at_a_time);
  g_test_add_func ("/coap/reliable/bert-not-for-datagrams", test_bert_is_not_for_datagrams);
  g_test_add_func ("/coap/reliable/calls", test_calls);
  g_test_add_func ("/coap/reliable/answer-of-another-connection",
                   test_an_answer_of_another_connection);
  g_test_add_func ("/coap/reliable/calls-in-blocks", test_calls_in_blocks);
  g_test_add_func ("/coap/reliable/no-request-after-release", test_no_request_after_a_release);
  g_test_add_func ("/coap/reliable/notifications", test_notifications_wait_for_the_stream);
  return g_test_run ();
}
