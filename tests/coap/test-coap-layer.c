/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-bench.h"

/* Answering. */

static void
test_piggybacked (void)
{
  Bench b;
  GhCoapMessage get = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 7);
  GhCoapLink *link;

  link = bench_begin (&b);
  bench_feed (link, &get);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED, 7);
  g_assert_cmpuint (((Sent *) b.sent->pdata[0])->message.token_length, ==, 2);
  bench_assert_silent (&b);
  bench_tear_down (&b);
}

static void
test_not_confirmable (void)
{
  Bench b;
  GhCoapMessage put = bench_request (COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, 7);
  GhCoapLink *link;

  link = bench_begin (&b);
  bench_feed (link, &put);
  g_assert_cmpuint (bench_next_sent (&b)->message.type, ==, COAP_MESSAGE_NON);
  bench_feed (link, &put);
  bench_assert_silent (&b);
  g_assert_cmpuint (b.requests, ==, 1);
  bench_tear_down (&b);
}

static void
test_separate (void)
{
  Bench b;
  GhCoapMessage put = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 7);
  GhCoapLink *link;
  const Sent *sent;

  bench_set_up (&b);
  b.hold = TRUE;
  link = bench_open_link (&b, 1);
  bench_feed (link, &put);
  bench_assert_silent (&b);
  bench_pass (&b, b.limits.ack_delay_us);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_EMPTY_CODE, 7);
  /* a duplicate in between is acknowledged, not carried out */
  bench_feed (link, &put);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_EMPTY_CODE, 7);
  g_assert_cmpuint (b.requests, ==, 1);
  bench_respond (&b, gh_coap_link_find_exchange (link, b.held_exchange));
  sent = bench_next_sent (&b);
  g_assert_cmpuint (sent->message.type, ==, COAP_MESSAGE_CON);
  g_assert_cmpmem (sent->message.token, sent->message.token_length, "tk", 2);
  bench_pass (&b, 3 * SECOND);
  g_assert_cmpuint (bench_next_sent (&b)->message.message_id, ==, sent->message.message_id);
  bench_feed_empty (link, COAP_MESSAGE_ACK, sent->message.message_id);
  bench_pass (&b, 100 * SECOND);
  bench_assert_silent (&b);
  bench_feed (link, &put);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_EMPTY_CODE, 7);
  g_assert_cmpuint (b.requests, ==, 1);
  bench_tear_down (&b);
}

static void
test_ping_and_broken (void)
{
  static const guint8 broken[] = { 0x40, 0x01, 0x00, 0x09, 0xff };
  static const guint8 broken_non[] = { 0x50, 0x01, 0x00, 0x09, 0xff };
  Bench b;
  GhCoapLink *link;

  link = bench_begin (&b);
  bench_feed_empty (link, COAP_MESSAGE_CON, 3);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_RST, COAP_EMPTY_CODE, 3);
  bench_feed_empty (link, COAP_MESSAGE_NON, 3);
  gh_coap_link_receive (link, broken, sizeof broken);
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_RST, COAP_EMPTY_CODE, 9);
  gh_coap_link_receive (link, broken_non, sizeof broken_non);
  gh_coap_link_receive (link, broken, 3);
  bench_feed_empty (link, COAP_MESSAGE_ACK, 9);
  bench_feed_empty (link, COAP_MESSAGE_RST, 9);
  bench_assert_silent (&b);
  g_assert_cmpuint (b.requests, ==, 0);
  bench_tear_down (&b);
}

static void
test_refusals (void)
{
  static const struct {
    guint8 code;
    guint16 option;
    guint8 expected;
    guint32 rsc;
  } rows[] = {
    { COAP_REQUEST_CODE_GET, 2049, COAP_RESPONSE_CODE_BAD_OPTION, 4000 },
    { COAP_REQUEST_CODE_PUT, COAP_OPTION_IF_MATCH, COAP_RESPONSE_CODE_BAD_OPTION, 4000 },
    { COAP_REQUEST_CODE_FETCH, 0, COAP_RESPONSE_CODE_NOT_ALLOWED, 4005 },
    { 31, 0, COAP_RESPONSE_CODE_NOT_ALLOWED, 4005 },
    { COAP_REQUEST_CODE_GET, COAP_OPTION_PROXY_SCHEME, COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED,
      4000 },
  };
  Bench b;
  GhCoapLink *link;

  link = bench_begin (&b);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GhCoapMessage message = bench_request (COAP_MESSAGE_CON, rows[i].code, (guint16) i);
      const Sent *sent;
      guint32 rsc;

      if (rows[i].option != 0)
        g_assert_true (gh_coap_message_add (&message, rows[i].option, "x", 1));
      bench_feed (link, &message);
      sent = bench_next_sent (&b);
      bench_assert_is (sent, COAP_MESSAGE_ACK, rows[i].expected, (guint16) i);
      g_assert_true (gh_coap_message_uint (&sent->message, GH_COAP_OPTION_RSC, &rsc));
      g_assert_cmpuint (rsc, ==, rows[i].rsc);
      g_assert_nonnull (gh_coap_message_find (&sent->message, GH_COAP_OPTION_RQI));
      /* not confirmable: an unknown critical option is rejected */
      message.type = COAP_MESSAGE_NON;
      bench_feed (link, &message);
      g_assert_cmpuint (bench_next_sent (&b)->message.type, ==,
                        rows[i].expected == COAP_RESPONSE_CODE_BAD_OPTION ? COAP_MESSAGE_RST
                                                                          : COAP_MESSAGE_NON);
    }
  g_assert_cmpuint (b.requests, ==, 0);
  bench_tear_down (&b);
}

static void
test_too_large (void)
{
  static guint8 octets[GH_COAP_MAX_DATAGRAM + 1] = { 0x42, COAP_REQUEST_CODE_POST, 0, 5, 't', 'k' };
  Bench b;
  GhCoapLink *link;
  const Sent *sent;

  link = bench_begin (&b);
  gh_coap_link_receive (link, octets, sizeof octets);
  sent = bench_next_sent (&b);
  bench_assert_is (sent, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE, 5);
  g_assert_nonnull (gh_coap_message_find (&sent->message, COAP_OPTION_SIZE1));
  bench_tear_down (&b);
}

/* Duplicates. */

static void
test_duplicates (void)
{
  Bench b;
  GhCoapMessage post = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, 7);
  GhCoapMessage other;
  GhCoapLink *link, *elsewhere;
  const Sent *first, *second;

  link = bench_begin (&b);
  elsewhere = bench_open_link (&b, 2);
  bench_feed (link, &post);
  bench_feed (link, &post);
  first = bench_next_sent (&b);
  second = bench_next_sent (&b);
  g_assert_cmpuint (b.requests, ==, 1);
  g_assert_cmpmem (first->octets, first->length, second->octets, second->length);
  /* the same id with other octets is another request: ids wrap */
  other = post;
  other.payload = (const guint8 *) "x";
  other.payload_length = 1;
  bench_feed (link, &other);
  g_assert_cmpuint (b.requests, ==, 2);
  /* and so are the same octets of another association */
  bench_feed (elsewhere, &post);
  g_assert_cmpuint (b.requests, ==, 3);
  bench_pass (&b, b.limits.lifetime_us);
  bench_feed (link, &post);
  g_assert_cmpuint (b.requests, ==, 4);
  bench_tear_down (&b);
}

static void
test_duplicate_retrieve_runs_again (void)
{
  Bench b;
  GhCoapMessage get = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 7);
  GhCoapLink *link;

  link = bench_begin (&b);
  bench_feed (link, &get);
  bench_feed (link, &get);
  g_assert_cmpuint (b.requests, ==, 2);
  g_assert_true (gh_coap_link_is_idle (link));
  bench_tear_down (&b);
}

static void
test_full_memory_refuses (void)
{
  Bench b;
  GhCoapLink *link;
  guint16 id = 0;
  const Sent *sent;
  guint32 age;

  bench_set_up (&b);
  b.limits.answers = 4096;
  link = bench_open_link (&b, 1);
  for (;;)
    {
      sent = bench_ask (&b, link, COAP_REQUEST_CODE_POST, ++id);
      if (sent->message.code == COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE)
        break;
      g_assert_cmpuint (id, <, 100);
      bench_pass (&b, SECOND);
    }
  g_assert_cmpuint (b.requests, ==, (guint) id - 1);
  g_assert_true (gh_coap_message_uint (&sent->message, COAP_OPTION_MAXAGE, &age));
  /* nothing was forgotten early: the first one is still recognised */
  g_assert_cmpuint (bench_ask (&b, link, COAP_REQUEST_CODE_POST, 1)->message.code, ==,
                    COAP_RESPONSE_CODE_CHANGED);
  g_assert_cmpuint (b.requests, ==, (guint) id - 1);
  /* retrieves go on */
  g_assert_cmpuint (bench_ask (&b, link, COAP_REQUEST_CODE_GET, 5000)->message.code, ==,
                    COAP_RESPONSE_CODE_CHANGED);
  bench_pass (&b, age * SECOND);
  g_assert_cmpuint (bench_ask (&b, link, COAP_REQUEST_CODE_POST, ++id)->message.code, ==,
                    COAP_RESPONSE_CODE_CHANGED);
  bench_tear_down (&b);
}

static void
test_many_requests_wait (void)
{
  Bench b;
  GhCoapLink *link;

  bench_set_up (&b);
  b.hold = TRUE;
  b.limits.max_exchanges = 4;
  link = bench_open_link (&b, 1);
  for (guint16 id = 1; id <= 5; id++)
    {
      GhCoapMessage get = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, id);

      bench_feed (link, &get);
    }
  bench_assert_is (bench_next_sent (&b), COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE,
                   5);
  bench_assert_silent (&b);
  g_assert_cmpuint (b.requests, ==, 4);
  bench_tear_down (&b);
}

/* Blocks. */

static guint8
send_block (Bench *bench, GhCoapLink *link, guint32 number, gboolean more, gsize length)
{
  static guint16 id = 100;
  GhCoapMessage put = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, ++id);
  const GhCoapBlock block = { number, more, 2 };
  guint8 payload[65];

  memset (payload, 'a' + (int) number, sizeof payload);
  g_assert_true (gh_coap_message_add_block (&put, COAP_OPTION_BLOCK1, &block));
  put.payload = payload;
  put.payload_length = length;
  bench_feed (link, &put);
  return bench_next_sent (bench)->message.code;
}

static void
test_assembles_blocks (void)
{
  Bench b;
  GhCoapLink *link, *elsewhere;

  link = bench_begin (&b);
  elsewhere = bench_open_link (&b, 2);
  g_assert_cmpuint (send_block (&b, link, 0, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  g_assert_cmpuint (send_block (&b, link, 1, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  /* another association cannot go on with it */
  g_assert_cmpuint (send_block (&b, elsewhere, 2, FALSE, 10), ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (send_block (&b, link, 2, FALSE, 10), ==, COAP_RESPONSE_CODE_CHANGED);
  g_assert_nonnull (
    gh_coap_message_find (&((Sent *) b.sent->pdata[b.sent->len - 1])->message, COAP_OPTION_BLOCK1));
  g_assert_cmpuint (b.requests, ==, 1);
  g_assert_cmpuint (b.body->len, ==, 138);
  g_assert_cmpint (b.body->data[63], ==, 'a');
  g_assert_cmpint (b.body->data[137], ==, 'c');
  bench_tear_down (&b);
}

static void
test_bad_sequences (void)
{
  Bench b;
  GhCoapLink *link;

  bench_set_up (&b);
  b.limits.max_body = 256;
  link = bench_open_link (&b, 1);
  g_assert_cmpuint (send_block (&b, link, 1, TRUE, 64), ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (send_block (&b, link, 0, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  g_assert_cmpuint (send_block (&b, link, 2, TRUE, 64), ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (send_block (&b, link, 1, FALSE, 1), ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (send_block (&b, link, 0, TRUE, 63), ==, COAP_RESPONSE_CODE_BAD_REQUEST);
  g_assert_cmpuint (send_block (&b, link, 0, FALSE, 65), ==, COAP_RESPONSE_CODE_BAD_REQUEST);
  for (guint32 i = 0; i < 4; i++)
    g_assert_cmpuint (send_block (&b, link, i, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  g_assert_cmpuint (send_block (&b, link, 4, TRUE, 64), ==, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
  g_assert_cmpuint (send_block (&b, link, 5, FALSE, 1), ==, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
  /* begun, and left alone too long */
  g_assert_cmpuint (send_block (&b, link, 0, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  bench_pass (&b, b.limits.body_lifetime_us);
  g_assert_cmpuint (send_block (&b, link, 1, FALSE, 1), ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (b.requests, ==, 0);
  bench_tear_down (&b);
}

static void
test_assembly_is_bounded (void)
{
  Bench b;
  GhCoapLink *link;

  bench_set_up (&b);
  b.limits.bodies = 600;
  link = bench_open_link (&b, 1);
  g_assert_cmpuint (send_block (&b, link, 0, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  g_assert_cmpuint (send_block (&b, link, 1, TRUE, 64), ==, COAP_RESPONSE_CODE_CONTINUE);
  g_assert_cmpuint (send_block (&b, link, 2, TRUE, 64), ==, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
  bench_tear_down (&b);
}

static void
test_repeated_block_is_a_duplicate (void)
{
  Bench b;
  GhCoapMessage put = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 9);
  const GhCoapBlock block = { 0, TRUE, 0 };
  GhCoapLink *link;

  link = bench_begin (&b);
  g_assert_true (gh_coap_message_add_block (&put, COAP_OPTION_BLOCK1, &block));
  put.payload = bench_pattern;
  put.payload_length = 16;
  for (guint i = 0; i < 3; i++)
    {
      bench_feed (link, &put);
      g_assert_cmpuint (bench_next_sent (&b)->message.code, ==, COAP_RESPONSE_CODE_CONTINUE);
    }
  bench_tear_down (&b);
}

static void
fetch (Bench *bench, GhCoapLink *link, guint8 code, guint8 szx, GByteArray *out)
{
  GhCoapBlock block = { 0, TRUE, szx };
  guint16 id = 1000;

  for (guint32 number = 0; block.more; number++)
    {
      GhCoapMessage message = bench_request (COAP_MESSAGE_CON, code, ++id);
      const GhCoapBlock ask = { number, FALSE, szx };
      const Sent *sent;

      if (number > 0 || szx < 6)
        g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK2, &ask));
      bench_feed (link, &message);
      sent = bench_next_sent (bench);
      g_assert_cmpuint (sent->message.code, ==, bench->answer_code);
      g_assert_true (gh_coap_message_block (&sent->message, COAP_OPTION_BLOCK2, &block));
      g_assert_cmpuint (block.number, ==, number);
      g_assert_cmpuint (block.szx, ==, szx);
      g_assert_nonnull (gh_coap_message_find (&sent->message, COAP_OPTION_ETAG));
      g_assert_nonnull (gh_coap_message_find (&sent->message, GH_COAP_OPTION_RSC));
      g_byte_array_append (out, sent->message.payload, (guint) sent->message.payload_length);
    }
}

static void
test_answers_in_blocks (void)
{
  static const guint8 codes[] = { COAP_REQUEST_CODE_GET, COAP_REQUEST_CODE_POST };

  for (guint i = 0; i < 2; i++)
    for (guint8 szx = 0; szx <= 6; szx++)
      {
        g_autoptr (GByteArray) got = g_byte_array_new ();
        Bench b;
        GhCoapLink *link;

        bench_set_up (&b);
        b.answer_length = 3000;
        link = bench_open_link (&b, 1);
        fetch (&b, link, codes[i], szx, got);
        g_assert_cmpuint (got->len, ==, 3000);
        for (guint at = 0; at < got->len; at++)
          g_assert_cmpint (got->data[at], ==, bench_pattern[at % (BENCH_PATTERN)]);
        /* carried out once, however many blocks */
        g_assert_cmpuint (b.requests, ==, 1);
        bench_tear_down (&b);
      }
}

static void
test_blocks_belong_to_an_association (void)
{
  Bench b;
  GhCoapMessage post = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, 1), later;
  const GhCoapBlock second = { 1, FALSE, 6 }, far = { 9, FALSE, 6 };
  GhCoapLink *link, *elsewhere;

  bench_set_up (&b);
  b.answer_length = 2000;
  link = bench_open_link (&b, 1);
  elsewhere = bench_open_link (&b, 2);
  bench_feed (link, &post);
  g_assert_cmpuint (bench_next_sent (&b)->message.payload_length, ==, 1024);
  later = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, 2);
  g_assert_true (gh_coap_message_add_block (&later, COAP_OPTION_BLOCK2, &second));
  bench_feed (elsewhere, &later);
  g_assert_cmpuint (bench_next_sent (&b)->message.code, ==, COAP_RESPONSE_CODE_INCOMPLETE);
  bench_feed (link, &later);
  g_assert_cmpuint (bench_next_sent (&b)->message.payload_length, ==, 976);
  later = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, 3);
  g_assert_true (gh_coap_message_add_block (&later, COAP_OPTION_BLOCK2, &far));
  bench_feed (link, &later);
  g_assert_cmpuint (bench_next_sent (&b)->message.code, ==, COAP_RESPONSE_CODE_BAD_REQUEST);
  g_assert_cmpuint (b.requests, ==, 1);
  bench_pass (&b, b.limits.body_lifetime_us);
  later = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, 4);
  g_assert_true (gh_coap_message_add_block (&later, COAP_OPTION_BLOCK2, &second));
  bench_feed (link, &later);
  g_assert_cmpuint (bench_next_sent (&b)->message.code, ==, COAP_RESPONSE_CODE_INCOMPLETE);
  g_assert_cmpuint (b.requests, ==, 1);
  bench_tear_down (&b);
}

static void
test_survives_any_octets (void)
{
  Bench b;
  GhCoapLink *link;

  bench_set_up (&b);
  b.answer_length = 1500;
  link = bench_open_link (&b, 1);
  for (guint i = 0; i < 20000; i++)
    {
      guint8 octets[64] = { 0 };
      GhCoapMessage get = bench_request (COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, (guint16) i);
      const GhCoapBlock block = { (guint32) g_test_rand_int_range (0, 3), i & 1, 0 };
      gsize length;

      g_assert_true (
        gh_coap_message_add_block (&get, i & 2 ? COAP_OPTION_BLOCK1 : COAP_OPTION_BLOCK2, &block));
      get.payload = bench_pattern;
      get.payload_length = 16;
      length = gh_coap_message_write (&get, octets, sizeof octets);
      octets[g_test_rand_int_range (0, (gint32) length)] ^= (guint8) g_test_rand_int_range (1, 256);
      gh_coap_link_receive (link, octets, length);
      if (i % 100 == 0)
        bench_pass (&b, SECOND);
    }
  bench_tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/layer/piggybacked", test_piggybacked);
  g_test_add_func ("/coap/layer/not-confirmable", test_not_confirmable);
  g_test_add_func ("/coap/layer/separate", test_separate);
  g_test_add_func ("/coap/layer/ping", test_ping_and_broken);
  g_test_add_func ("/coap/layer/refusals", test_refusals);
  g_test_add_func ("/coap/layer/too-large", test_too_large);
  g_test_add_func ("/coap/layer/duplicates", test_duplicates);
  g_test_add_func ("/coap/layer/duplicate-retrieve", test_duplicate_retrieve_runs_again);
  g_test_add_func ("/coap/layer/full-memory", test_full_memory_refuses);
  g_test_add_func ("/coap/layer/many-wait", test_many_requests_wait);
  g_test_add_func ("/coap/layer/blocks/assemble", test_assembles_blocks);
  g_test_add_func ("/coap/layer/blocks/bad-sequence", test_bad_sequences);
  g_test_add_func ("/coap/layer/blocks/bounded", test_assembly_is_bounded);
  g_test_add_func ("/coap/layer/blocks/duplicate", test_repeated_block_is_a_duplicate);
  g_test_add_func ("/coap/layer/blocks/answer", test_answers_in_blocks);
  g_test_add_func ("/coap/layer/blocks/association", test_blocks_belong_to_an_association);
  g_test_add_func ("/coap/layer/any-octets", test_survives_any_octets);
  return g_test_run ();
}
