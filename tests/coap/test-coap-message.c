/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../../plugins/coap/gh-coap-message.h"
#include "../../plugins/coap/gh-coap-option.h"

#include <string.h>

/* CON GET 0x1234, token 01 02, Uri-Path "cse", Uri-Path "a", oneM2M-RQI "r1". */
static const guint8 get[] = { 0x42, 0x01, 0x12, 0x34, 0x01, 0x02, 0xb3, 'c', 's',
                              'e',  0x01, 'a',  0xe2, 0x00, 0x03, 'r',  '1' };

static void
test_reads_a_request (void)
{
  GhCoapMessage m;

  g_assert_cmpint (gh_coap_message_parse (&m, get, sizeof get), ==, GH_COAP_PARSED);
  g_assert_cmpuint (m.type, ==, COAP_MESSAGE_CON);
  g_assert_cmpuint (m.code, ==, COAP_REQUEST_CODE_GET);
  g_assert_cmpuint (m.message_id, ==, 0x1234);
  g_assert_cmpmem (m.token, m.token_length, "\1\2", 2);
  g_assert_cmpuint (m.n_options, ==, 3);
  g_assert_cmpuint (m.options[0].number, ==, COAP_OPTION_URI_PATH);
  g_assert_cmpmem (m.options[1].value, m.options[1].length, "a", 1);
  g_assert_cmpuint (m.options[2].number, ==, GH_COAP_OPTION_RQI);
  g_assert_cmpmem (m.options[2].value, m.options[2].length, "r1", 2);
  g_assert_cmpuint (m.refused_option, ==, 0);
  g_assert_null (m.payload);
}

static void
test_writes_what_it_read (void)
{
  GhCoapMessage m;
  guint8 out[64];

  g_assert_cmpint (gh_coap_message_parse (&m, get, sizeof get), ==, GH_COAP_PARSED);
  for (gsize size = 0; size < sizeof get; size++)
    {
      g_autofree guint8 *exact = g_malloc (size + 1);

      g_assert_cmpuint (gh_coap_message_write (&m, exact, size), ==, 0);
    }
  g_assert_cmpmem (out, gh_coap_message_write (&m, out, sizeof out), get, sizeof get);
  g_assert_cmpmem (out, gh_coap_message_write (&m, out, sizeof get), get, sizeof get);
}

/* What ends behind a whole option is a shorter message; nothing else is one. */
static void
test_refuses_every_truncation (void)
{
  static const gsize whole[] = { 6, 10, 12, sizeof get };

  for (gsize length = 0, at = 0; length <= sizeof get; length++)
    {
      g_autofree guint8 *exact = g_memdup2 (get, MAX (length, 1));
      GhCoapMessage m;
      GhCoapParse parse = gh_coap_message_parse (&m, exact, length);

      if (length < 4)
        g_assert_cmpint (parse, ==, GH_COAP_IGNORED);
      else if (length == whole[at])
        {
          g_assert_cmpint (parse, ==, GH_COAP_PARSED);
          at++;
        }
      else
        {
          g_assert_cmpint (parse, ==, GH_COAP_BROKEN);
          g_assert_cmpuint (m.message_id, ==, 0x1234);
        }
    }
}

static void
test_survives_every_flipped_bit (void)
{
  for (gsize bit = 0; bit < sizeof get * 8; bit++)
    {
      g_autofree guint8 *octets = g_memdup2 (get, sizeof get);
      GhCoapMessage m;
      guint8 out[64];

      octets[bit / 8] ^= (guint8) (1 << bit % 8);
      if (gh_coap_message_parse (&m, octets, sizeof get) == GH_COAP_PARSED)
        g_assert_cmpuint (gh_coap_message_write (&m, out, sizeof out), >, 0);
    }
}

static void
test_refuses_broken_messages (void)
{
  static const struct {
    const char *octets;
    gsize length;
    GhCoapParse expected;
  } rows[] = {
    { "\x00\x01\x00\x01", 4, GH_COAP_IGNORED }, /* version 0 */
    { "\x80\x01\x00\x01", 4, GH_COAP_IGNORED }, /* version 2 */
    { "\x49\x01\x00\x01"
      "123456789",
      13, GH_COAP_BROKEN }, /* token of 9 */
    { "\x4f\x01\x00\x01"
      "123456789abcdef",
      19, GH_COAP_BROKEN },
    { "\x41\x00\x00\x01"
      "1",
      5, GH_COAP_BROKEN }, /* an empty message with a token */
    { "\x40\x00\x00\x01\xff"
      "a",
      6, GH_COAP_BROKEN },                                 /* with a payload */
    { "\x40\x20\x00\x01", 4, GH_COAP_BROKEN },             /* class 1 */
    { "\x40\xc0\x00\x01", 4, GH_COAP_BROKEN },             /* class 6 */
    { "\x40\xe1\x00\x01", 4, GH_COAP_BROKEN },             /* a signal in a datagram */
    { "\x40\x01\x00\x01\xff", 5, GH_COAP_BROKEN },         /* a marker without payload */
    { "\x40\x01\x00\x01\xf0\x00", 6, GH_COAP_BROKEN },     /* delta 15 */
    { "\x40\x01\x00\x01\x0f\x00", 6, GH_COAP_BROKEN },     /* length 15 */
    { "\x40\x01\x00\x01\xe0\xff\xff", 7, GH_COAP_BROKEN }, /* number over 65535 */
    { "\x40\x01\x00\x01\xe0\xfe\xf2\xe0\xfe\xf2", 10, GH_COAP_BROKEN },
    { "\x40\x00\x00\x01", 4, GH_COAP_PARSED }, /* ping */
    { "\x70\x00\x00\x01", 4, GH_COAP_PARSED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree guint8 *exact = g_memdup2 (rows[i].octets, rows[i].length);
      GhCoapMessage m;

      g_test_message ("row %u", i);
      g_assert_cmpint (gh_coap_message_parse (&m, exact, rows[i].length), ==, rows[i].expected);
    }
}

static void
test_reports_critical_options (void)
{
  static const struct {
    guint16 number;
    const char *value;
    guint16 refused;
    guint n;
  } rows[] = {
    { 1, "x", 1, 0 },       /* If-Match */
    { 5, "", 5, 0 },        /* If-None-Match */
    { 9, "x", 9, 0 },       /* OSCORE */
    { 335, "x", 0, 1 },     /* oneM2M-GTM */
    { 2049, "x", 2049, 0 }, /* nobody's */
    { 2050, "x", 0, 0 },    /* nobody's, elective */
    { 65535, "x", 65535, 0 },
    { COAP_OPTION_URI_HOST, "", COAP_OPTION_URI_HOST, 0 }, /* too short */
    { COAP_OPTION_ACCEPT, "abc", COAP_OPTION_ACCEPT, 0 },  /* too long */
    { COAP_OPTION_CONTENT_FORMAT, "abc", 0, 0 },           /* too long, elective */
    { COAP_OPTION_BLOCK1, "abcd", COAP_OPTION_BLOCK1, 0 },
    { GH_COAP_OPTION_TY, "abc", GH_COAP_OPTION_TY, 0 },
    { GH_COAP_OPTION_OLD_FR, "C", 0, 1 },
    { COAP_OPTION_URI_QUERY, "", 0, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GhCoapMessage m, parsed;
      guint8 out[64];
      gsize length;

      g_test_message ("option %u", rows[i].number);
      gh_coap_message_init (&m, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);
      g_assert_true (
        gh_coap_message_add (&m, rows[i].number, rows[i].value, strlen (rows[i].value)));
      length = gh_coap_message_write (&m, out, sizeof out);
      g_assert_cmpint (gh_coap_message_parse (&parsed, out, length), ==, GH_COAP_PARSED);
      g_assert_cmpuint (parsed.refused_option, ==, rows[i].refused);
      g_assert_cmpuint (parsed.n_options, ==, rows[i].n);
    }
}

static void
test_counts_options_given_too_often (void)
{
  GhCoapMessage m, parsed;
  guint8 out[64];
  gsize length;

  gh_coap_message_init (&m, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);
  g_assert_true (gh_coap_message_add (&m, GH_COAP_OPTION_FR, "Ca", 2));
  g_assert_true (gh_coap_message_add (&m, GH_COAP_OPTION_FR, "Cb", 2));
  length = gh_coap_message_write (&m, out, sizeof out);
  g_assert_cmpint (gh_coap_message_parse (&parsed, out, length), ==, GH_COAP_PARSED);
  g_assert_cmpuint (parsed.refused_option, ==, GH_COAP_OPTION_FR);
  gh_coap_message_init (&m, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);
  for (guint i = 0; i < GH_COAP_MAX_OPTIONS; i++)
    g_assert_true (gh_coap_message_add (&m, COAP_OPTION_URI_PATH, "", 0));
  g_assert_false (gh_coap_message_add (&m, COAP_OPTION_URI_PATH, "", 0));
}

static void
test_bounds_the_number_of_options (void)
{
  guint8 octets[4 + GH_COAP_MAX_OPTIONS + 1] = { 0x40, 0x01, 0, 1, 0xb0 };
  GhCoapMessage m;

  g_assert_cmpint (gh_coap_message_parse (&m, octets, 4 + GH_COAP_MAX_OPTIONS), ==, GH_COAP_PARSED);
  g_assert_cmpint (gh_coap_message_parse (&m, octets, sizeof octets), ==, GH_COAP_BROKEN);
}

static void
test_says_what_is_too_large (void)
{
  static guint8 octets[GH_COAP_MAX_DATAGRAM + 1] = { 0x41, 0x02, 0, 7, 0xaa, 0xff };
  GhCoapMessage m;

  g_assert_cmpint (gh_coap_message_parse (&m, octets, GH_COAP_MAX_DATAGRAM), ==, GH_COAP_PARSED);
  g_assert_cmpint (gh_coap_message_parse (&m, octets, sizeof octets), ==, GH_COAP_TOO_LARGE);
  g_assert_cmpuint (m.message_id, ==, 7);
  g_assert_cmpmem (m.token, m.token_length, "\xaa", 1);
}

static void
test_sorts_what_is_added (void)
{
  GhCoapMessage m;

  gh_coap_message_init (&m, COAP_MESSAGE_NON, COAP_REQUEST_CODE_POST);
  g_assert_true (gh_coap_message_add (&m, GH_COAP_OPTION_RQI, "r", 1));
  g_assert_true (gh_coap_message_add (&m, COAP_OPTION_URI_PATH, "a", 1));
  g_assert_true (gh_coap_message_add_uint (&m, COAP_OPTION_CONTENT_FORMAT, 10001));
  g_assert_true (gh_coap_message_add (&m, COAP_OPTION_URI_PATH, "b", 1));
  g_assert_true (gh_coap_message_add_uint (&m, COAP_OPTION_MAXAGE, 0));
  g_assert_cmpmem (m.options[0].value, 1, "a", 1);
  g_assert_cmpmem (m.options[1].value, 1, "b", 1);
  g_assert_cmpuint (gh_coap_option_uint (&m.options[2]), ==, 10001);
  g_assert_cmpuint (m.options[2].length, ==, 2);
  g_assert_cmpuint (m.options[3].length, ==, 0);
  g_assert_cmpuint (m.options[4].number, ==, GH_COAP_OPTION_RQI);
  gh_coap_message_remove (&m, COAP_OPTION_URI_PATH);
  g_assert_cmpuint (m.n_options, ==, 3);
  g_assert_null (gh_coap_message_find (&m, COAP_OPTION_URI_PATH));
  g_assert_nonnull (gh_coap_message_find (&m, GH_COAP_OPTION_RQI));
}

static void
test_reads_and_writes_blocks (void)
{
  static const GhCoapBlock blocks[] = { { 0, FALSE, 0 }, { 0, TRUE, 6 },    { 1, FALSE, 2 },
                                        { 15, TRUE, 6 }, { 4096, TRUE, 5 }, { 0xfffff, TRUE, 7 } };

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      GhCoapMessage m;
      GhCoapBlock block;

      gh_coap_message_init (&m, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);
      g_assert_false (gh_coap_message_block (&m, COAP_OPTION_BLOCK2, &block));
      g_assert_true (gh_coap_message_add_block (&m, COAP_OPTION_BLOCK2, &blocks[i]));
      g_assert_true (gh_coap_message_block (&m, COAP_OPTION_BLOCK2, &block));
      g_assert_cmpuint (block.number, ==, blocks[i].number);
      g_assert_cmpint (block.more, ==, blocks[i].more);
      g_assert_cmpuint (block.szx, ==, blocks[i].szx);
    }
}

static void
test_frames_of_every_length (void)
{
  static const gsize payloads[] = { 0,   1,   2,     11,    12,    13,    200,
                                    254, 255, 65535, 65800, 65801, 70000, 1 << 20 };
  g_autofree guint8 *payload = g_malloc0 (1 << 20);

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      GhCoapMessage m, parsed;
      g_autofree guint8 *out = NULL, *exact = NULL;
      gsize length;

      gh_coap_message_init (&m, COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT);
      gh_coap_message_set_token (&m, (const guint8 *) "tok", 3);
      m.payload = payload;
      m.payload_length = payloads[i];
      out = g_malloc (gh_coap_message_bound (&m));
      length = gh_coap_frame_write (&m, out, gh_coap_message_bound (&m));
      g_assert_cmpuint (length, >, payloads[i]);
      exact = g_memdup2 (out, length);
      g_assert_cmpuint (gh_coap_frame_size (exact, length), ==, length);
      g_assert_cmpuint (gh_coap_frame_size (exact, MIN (length, 6)), ==, length);
      g_assert_cmpint (gh_coap_frame_parse (&parsed, exact, length), ==, GH_COAP_PARSED);
      g_assert_cmpmem (parsed.token, parsed.token_length, "tok", 3);
      g_assert_cmpuint (parsed.payload_length, ==, payloads[i]);
      g_assert_cmpint (gh_coap_frame_parse (&parsed, exact, length - 1), ==, GH_COAP_BROKEN);
    }
}

static void
test_frames_need_their_head (void)
{
  static const guint8 head[] = { 0xf0, 0xff, 0xff, 0xff, 0xff, 0x01 };

  for (gsize i = 0; i < 5; i++)
    g_assert_cmpuint (gh_coap_frame_size (head, i), ==, 0);
  g_assert_cmpuint (gh_coap_frame_size (head, 5), ==, G_GUINT64_CONSTANT (0xffffffff) + 65805 + 6);
}

static void
test_signals_have_options_of_their_own (void)
{
  static const guint8 csm[] = { 0x50, 0xe1, 0x22, 0x04, 0x80, 0x20, 0x00 };
  static const guint8 critical[] = { 0x10, 0xe1, 0x30 };
  GhCoapMessage m;
  guint32 size;

  g_assert_cmpint (gh_coap_frame_parse (&m, csm, sizeof csm), ==, GH_COAP_PARSED);
  g_assert_true (gh_coap_message_uint (&m, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE, &size));
  g_assert_cmpuint (size, ==, 1152);
  g_assert_true (gh_coap_message_find (&m, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER) != NULL);
  g_assert_cmpint (gh_coap_frame_parse (&m, critical, sizeof critical), ==, GH_COAP_PARSED);
  g_assert_cmpuint (m.refused_option, ==, 3);
}

static void
test_option_sets (void)
{
  g_assert_cmpuint (gh_coap_option_in_set (GH_COAP_OPTION_FR, GH_COAP_SET_OLD), ==, 256);
  g_assert_cmpuint (gh_coap_option_in_set (GH_COAP_OPTION_FR, GH_COAP_SET_CURRENT), ==, 279);
  g_assert_cmpuint (gh_coap_option_in_set (GH_COAP_OPTION_TY, GH_COAP_SET_OLD), ==, 267);
  g_assert_cmpuint (gh_coap_option_in_set (GH_COAP_OPTION_RSC, GH_COAP_SET_OLD), ==, 265);
  g_assert_cmpuint (gh_coap_option_in_set (GH_COAP_OPTION_AUS, GH_COAP_SET_OLD), ==, 0);
  for (guint number = 1, before = 0; number <= G_MAXUINT16; number++)
    {
      const GhCoapOptionRow *row = gh_coap_option_find ((guint16) number);

      if (row == NULL)
        continue;
      g_assert_cmpuint (row->number, ==, number);
      g_assert_cmpuint (row->number, >, before);
      before = number;
      if (row->current != 0)
        g_assert_nonnull (gh_coap_option_find (row->current));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/message/read", test_reads_a_request);
  g_test_add_func ("/coap/message/write", test_writes_what_it_read);
  g_test_add_func ("/coap/message/truncated", test_refuses_every_truncation);
  g_test_add_func ("/coap/message/flipped", test_survives_every_flipped_bit);
  g_test_add_func ("/coap/message/broken", test_refuses_broken_messages);
  g_test_add_func ("/coap/message/critical", test_reports_critical_options);
  g_test_add_func ("/coap/message/repeated", test_counts_options_given_too_often);
  g_test_add_func ("/coap/message/many-options", test_bounds_the_number_of_options);
  g_test_add_func ("/coap/message/too-large", test_says_what_is_too_large);
  g_test_add_func ("/coap/message/order", test_sorts_what_is_added);
  g_test_add_func ("/coap/message/block", test_reads_and_writes_blocks);
  g_test_add_func ("/coap/frame/lengths", test_frames_of_every_length);
  g_test_add_func ("/coap/frame/head", test_frames_need_their_head);
  g_test_add_func ("/coap/frame/signals", test_signals_have_options_of_their_own);
  g_test_add_func ("/coap/option/sets", test_option_sets);
  return g_test_run ();
}
