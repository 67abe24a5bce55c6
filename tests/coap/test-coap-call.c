/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-bench.h"

typedef struct {
  guint calls;
  GhCoapCallEnd end;
  guint8 code;
  gsize length;
} Outcome;

static void
take_end (GhCoapCallEnd end, const GhCoapMessage *answer, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->calls++;
  outcome->end = end;
  outcome->code = answer != NULL ? answer->code : 0;
  outcome->length = answer != NULL ? answer->payload_length : 0;
}

static void
call (Bench *bench, GhCoapLink *link, gsize length, Outcome *outcome)
{
  GhCoapMessage post;
  g_autofree guint8 *payload = g_malloc0 (length + 1);

  memset (outcome, 0, sizeof *outcome);
  gh_coap_message_init (&post, COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST);
  g_assert_true (gh_coap_message_add (&post, COAP_OPTION_URI_PATH, "n", 1));
  post.payload = payload;
  post.payload_length = length;
  g_assert_true (gh_coap_link_call (
    link, &post, NULL, gh_clock_monotonic_us (bench->clock) + 200 * SECOND, take_end, outcome));
}

static GhCoapMessage
answer_to (const Sent *sent, guint8 type, guint8 code)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, type, code);
  message.message_id = sent->message.message_id;
  gh_coap_message_set_token (&message, sent->message.token, sent->message.token_length);
  return message;
}

static void
test_calls (void)
{
  Bench b;
  Outcome outcome;
  GhCoapMessage answer;
  GhCoapLink *link;
  const Sent *sent;

  link = bench_begin (&b);
  call (&b, link, 3, &outcome);
  sent = bench_next_sent (&b);
  g_assert_cmpuint (sent->message.type, ==, COAP_MESSAGE_CON);
  g_assert_cmpuint (sent->message.token_length, ==, 8);
  answer = answer_to (sent, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  bench_feed (link, &answer);
  g_assert_cmpuint (outcome.calls, ==, 1);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_ANSWERED);
  bench_feed (link, &answer);
  g_assert_cmpuint (outcome.calls, ==, 1);
  /* acknowledged first, answered later */
  call (&b, link, 3, &outcome);
  sent = bench_next_sent (&b);
  bench_feed_empty (link, COAP_MESSAGE_ACK, sent->message.message_id);
  bench_pass (&b, 60 * SECOND);
  bench_assert_silent (&b);
  answer = answer_to (sent, COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CHANGED);
  answer.message_id = 4711;
  bench_feed (link, &answer);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_EMPTY_CODE, 4711);
  g_assert_cmpuint (outcome.calls, ==, 1);
  /* the ACK was lost: it comes again, and is acknowledged again, for as long as it may */
  bench_feed (link, &answer);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_EMPTY_CODE, 4711);
  g_assert_cmpuint (outcome.calls, ==, 1);
  bench_pass (&b, b.limits.lifetime_us);
  bench_feed (link, &answer);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_RST, COAP_EMPTY_CODE, 4711);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_ANSWERED);
  /* rejected */
  call (&b, link, 3, &outcome);
  bench_feed_empty (link, COAP_MESSAGE_RST, bench_next_sent (&b)->message.message_id);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_RESET);
  bench_tear_down (&b);
}

static void
test_retransmission (void)
{
  Bench b;
  Outcome outcome;
  GhCoapLink *link;
  guint16 id;
  guint tries = 1;

  link = bench_begin (&b);
  call (&b, link, 3, &outcome);
  id = bench_next_sent (&b)->message.message_id;
  for (guint s = 0; s < 100 && outcome.calls == 0; s++)
    {
      bench_pass (&b, SECOND);
      while (b.taken < b.sent->len)
        {
          g_assert_cmpuint (bench_next_sent (&b)->message.message_id, ==, id);
          tries++;
        }
    }
  g_assert_cmpuint (tries, ==, 5);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_SILENT);
  bench_tear_down (&b);
}

static void
test_one_at_a_time (void)
{
  Bench b;
  Outcome first, second;
  GhCoapLink *link, *elsewhere;
  const Sent *sent;

  link = bench_begin (&b);
  elsewhere = bench_open_link (&b, 2);
  call (&b, link, 3, &first);
  call (&b, link, 3, &second);
  sent = bench_next_sent (&b);
  bench_assert_silent (&b);
  call (&b, elsewhere, 3, &(Outcome){ 0 });
  g_assert_cmpuint (bench_next_sent (&b)->link, ==, 2);
  gh_coap_link_close (elsewhere);
  bench_feed_empty (link, COAP_MESSAGE_ACK, sent->message.message_id);
  g_assert_cmpuint (bench_next_sent (&b)->link, ==, 1);
  gh_coap_link_close (link);
  g_assert_cmpint (first.end, ==, GH_COAP_CALL_CLOSED);
  g_assert_cmpint (second.end, ==, GH_COAP_CALL_CLOSED);
  bench_tear_down (&b);
}

/* The rule of TS-0008 7: nothing of one association is taken for an answer on another one. */
static void
test_another_association_answers (void)
{
  Bench b;
  Outcome outcome;
  GhCoapMessage answer;
  GhCoapLink *link, *attacker;
  const Sent *sent;
  guint16 id;

  link = bench_begin (&b);
  attacker = bench_open_link (&b, 2);
  call (&b, link, 3, &outcome);
  sent = bench_next_sent (&b);
  id = sent->message.message_id;
  answer = answer_to (sent, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  bench_feed (attacker, &answer);
  answer.type = COAP_MESSAGE_NON;
  bench_feed (attacker, &answer);
  answer.type = COAP_MESSAGE_CON;
  bench_feed (attacker, &answer);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_RST, COAP_EMPTY_CODE, id);
  bench_feed_empty (attacker, COAP_MESSAGE_ACK, id);
  bench_feed_empty (attacker, COAP_MESSAGE_RST, id);
  g_assert_cmpuint (outcome.calls, ==, 0);
  /* it is still retransmitted: neither ACK nor RST was taken */
  bench_pass (&b, 3 * SECOND);
  g_assert_cmpuint (bench_next_sent (&b)->message.message_id, ==, id);
  answer.type = COAP_MESSAGE_ACK;
  bench_feed (link, &answer);
  g_assert_cmpuint (outcome.calls, ==, 1);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_ANSWERED);
  bench_tear_down (&b);
}

/* After a new handshake the peer has a new association; what the old one asked is not answered by
 * it, though address, port, message id and token are the same. */
static void
test_a_new_handshake_answers (void)
{
  Bench b;
  Outcome outcome;
  GhCoapMessage answer;
  GhCoapLink *old, *new;
  const Sent *sent;

  bench_set_up (&b);
  old = bench_open_link (&b, 1);
  call (&b, old, 3, &outcome);
  sent = bench_next_sent (&b);
  gh_coap_link_close (old);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_CLOSED);
  new = bench_open_link (&b, 2);
  answer = answer_to (sent, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  bench_feed (new, &answer);
  bench_feed_empty (new, COAP_MESSAGE_RST, sent->message.message_id);
  bench_feed_empty (new, COAP_MESSAGE_ACK, sent->message.message_id);
  g_assert_cmpuint (outcome.calls, ==, 1);
  bench_assert_silent (&b);
  bench_tear_down (&b);
}

static void
test_wrong_answers (void)
{
  Bench b;
  Outcome outcome;
  GhCoapMessage answer;
  GhCoapLink *link;
  const Sent *sent;

  link = bench_begin (&b);
  /* the right message id, another token */
  call (&b, link, 3, &outcome);
  answer = answer_to (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  answer.token[0] ^= 1;
  bench_feed (link, &answer);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_BROKEN);
  /* an unknown critical option */
  call (&b, link, 3, &outcome);
  answer = answer_to (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);
  g_assert_true (gh_coap_message_add (&answer, 2049, "x", 1));
  bench_feed (link, &answer);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_BROKEN);
  /* unasked */
  call (&b, link, 3, &outcome);
  sent = bench_next_sent (&b);
  answer = answer_to (sent, COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CHANGED);
  answer.token_length = 4;
  bench_feed (link, &answer);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_RST, COAP_EMPTY_CODE,
                   sent->message.message_id);
  g_assert_cmpuint (outcome.calls, ==, 0);
  /* a request in an ACK is nothing */
  answer = answer_to (sent, COAP_MESSAGE_ACK, COAP_REQUEST_CODE_GET);
  bench_feed (link, &answer);
  g_assert_cmpuint (outcome.calls, ==, 0);
  bench_tear_down (&b);
}

static void
test_sends_in_blocks (void)
{
  Bench b;
  Outcome outcome;
  GhCoapLink *link;
  gsize got = 0;
  GhCoapBlock block = { 0, TRUE, 6 };

  link = bench_begin (&b);
  call (&b, link, 5000, &outcome);
  while (block.more)
    {
      const Sent *sent = bench_next_sent (&b);
      GhCoapMessage answer;

      g_assert_true (gh_coap_message_block (&sent->message, COAP_OPTION_BLOCK1, &block));
      g_assert_cmpuint (block.number * (16u << block.szx), ==, got);
      /* the peer wants smaller ones from the first on */
      if (block.szx == 6)
        {
          answer = answer_to (sent, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
          block.szx = 4;
          block.more = TRUE;
        }
      else
        {
          got += sent->message.payload_length;
          answer = answer_to (sent, COAP_MESSAGE_ACK,
                              block.more ? COAP_RESPONSE_CODE_CONTINUE
                                         : COAP_RESPONSE_CODE_CHANGED);
        }
      g_assert_true (gh_coap_message_add_block (&answer, COAP_OPTION_BLOCK1, &block));
      bench_feed (link, &answer);
    }
  g_assert_cmpuint (got, ==, 5000);
  g_assert_cmpuint (outcome.calls, ==, 1);
  g_assert_cmpint (outcome.end, ==, GH_COAP_CALL_ANSWERED);
  bench_tear_down (&b);
}

static void
test_collects_blocks (void)
{
  static const struct {
    guint32 numbers[3];
    GhCoapCallEnd end;
  } rows[] = { { { 0, 1, 2 }, GH_COAP_CALL_ANSWERED }, { { 0, 2, 2 }, GH_COAP_CALL_BROKEN } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Bench b;
      Outcome outcome;
      GhCoapLink *link;

      bench_set_up (&b);
      link = bench_open_link (&b, 1);
      call (&b, link, 3, &outcome);
      for (guint n = 0; n < 3 && outcome.calls == 0; n++)
        {
          const Sent *sent = bench_next_sent (&b);
          const GhCoapBlock block = { rows[i].numbers[n], n < 2, 1 };
          GhCoapMessage answer = answer_to (sent, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED);

          if (n > 0)
            g_assert_null (sent->message.payload);
          g_assert_true (gh_coap_message_add_block (&answer, COAP_OPTION_BLOCK2, &block));
          answer.payload = bench_pattern;
          answer.payload_length = 32;
          bench_feed (link, &answer);
        }
      g_assert_cmpint (outcome.end, ==, rows[i].end);
      if (outcome.end == GH_COAP_CALL_ANSWERED)
        g_assert_cmpuint (outcome.length, ==, 96);
      bench_tear_down (&b);
    }
}

/* A notification: only its own association acknowledges or rejects it. */

static void
take_notified (gboolean acknowledged, gpointer user_data)
{
  guint *counts = user_data;

  counts[acknowledged ? 1 : 0]++;
}

static const Sent *
notify (Bench *bench, GhCoapLink *link, gsize length, guint counts[2])
{
  GhCoapMessage observed = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1), answer;
  g_autofree guint8 *payload = g_malloc0 (length);

  gh_coap_message_init (&answer, COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT);
  answer.payload = payload;
  answer.payload_length = length;
  counts[0] = counts[1] = 0;
  g_assert_true (gh_coap_link_notify (link, &observed, &answer, NULL, take_notified, counts));
  return bench_next_sent (bench);
}

static void
test_notifications (void)
{
  Bench b;
  GhCoapLink *link, *attacker;
  const Sent *sent;
  guint counts[2];

  link = bench_begin (&b);
  attacker = bench_open_link (&b, 2);
  sent = notify (&b, link, 10, counts);
  g_assert_cmpuint (sent->link, ==, 1);
  g_assert_cmpuint (sent->message.type, ==, COAP_MESSAGE_CON);
  g_assert_cmpmem (sent->message.token, sent->message.token_length, "tk", 2);
  bench_feed_empty (attacker, COAP_MESSAGE_RST, sent->message.message_id);
  bench_feed_empty (attacker, COAP_MESSAGE_ACK, sent->message.message_id);
  g_assert_cmpuint (counts[0] + counts[1], ==, 0);
  bench_feed_empty (link, COAP_MESSAGE_ACK, sent->message.message_id);
  g_assert_cmpuint (counts[1], ==, 1);
  sent = notify (&b, link, 10, counts);
  bench_feed_empty (link, COAP_MESSAGE_RST, sent->message.message_id);
  g_assert_cmpuint (counts[0], ==, 1);
  /* a large one: the rest is fetched, by its own association only */
  {
    GhCoapMessage later = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 9);
    const GhCoapBlock second = { 1, FALSE, 6 };

    sent = notify (&b, link, 2000, counts);
    g_assert_cmpuint (sent->message.payload_length, ==, 1024);
    bench_feed_empty (link, COAP_MESSAGE_ACK, sent->message.message_id);
    g_assert_true (gh_coap_message_add_block (&later, COAP_OPTION_BLOCK2, &second));
    bench_feed (link, &later);
    g_assert_cmpuint (bench_next_sent (&b)->message.payload_length, ==, 976);
    g_assert_cmpuint (b.requests, ==, 0);
    /* elsewhere it is a request of its own */
    bench_feed (attacker, &later);
    g_assert_cmpuint (b.requests, ==, 1);
    (void) bench_next_sent (&b);
  }
  (void) notify (&b, link, 10, counts);
  gh_coap_link_close (link);
  g_assert_cmpuint (counts[0], ==, 1);
  bench_tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/layer/call", test_calls);
  g_test_add_func ("/coap/layer/call/retransmission", test_retransmission);
  g_test_add_func ("/coap/layer/call/nstart", test_one_at_a_time);
  g_test_add_func ("/coap/layer/call/other-association", test_another_association_answers);
  g_test_add_func ("/coap/layer/call/new-handshake", test_a_new_handshake_answers);
  g_test_add_func ("/coap/layer/call/wrong-answers", test_wrong_answers);
  g_test_add_func ("/coap/layer/call/blocks", test_sends_in_blocks);
  g_test_add_func ("/coap/layer/call/collect", test_collects_blocks);
  g_test_add_func ("/coap/layer/notifications", test_notifications);
  return g_test_run ();
}
