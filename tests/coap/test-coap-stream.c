/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-streamed.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The transport over TCP, before peers that keep to no rule (RFC 8323). */

/* Time passes for the transport, which looks at it when something happens. */
static void
pass (Streamed *bench, gint64 seconds)
{
  Line *line;

  gh_clock_advance (fake_core_clock (bench->core), seconds * G_USEC_PER_SEC);
  line = line_open (bench->port);
  line_expect (line, COAP_SIGNALING_CSM);
  line_free (line);
}

static void
test_retrieve (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing");
  const GhCoapMessage *answer;
  guint32 rsc = 0;
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  line_put (line, &message);
  answer = line_expect (line, COAP_RESPONSE_CODE_CONTENT);
  g_assert_cmpmem (answer->token, answer->token_length, "abcd", 4);
  g_assert_true (gh_coap_message_uint (answer, GH_COAP_OPTION_RSC, &rsc));
  g_assert_cmpuint (rsc, ==, 2000);
  g_assert_true (line_is_silent (line));
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_octet_by_octet (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing"), csm;
  guint8 octets[512];
  gsize length;
  Line *line;

  streamed_set_up (&b, NULL);
  gh_coap_signal_csm (&csm, 4096);
  length = gh_coap_frame_write (&csm, octets, sizeof octets);
  length += gh_coap_frame_write (&message, octets + length, sizeof octets - length);
  line = line_open (b.port);
  for (gsize i = 0; i < length; i++)
    line_write (line, octets + i, 1);
  line_expect (line, COAP_SIGNALING_CSM);
  line_expect (line, COAP_RESPONSE_CODE_CONTENT);
  line_free (line);
  streamed_tear_down (&b);
}

/* A connection that ends anywhere in a message leaves nothing behind. */
static void
test_every_truncation (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing"), csm;
  guint8 octets[512];
  gsize length;

  streamed_set_up (&b, NULL);
  gh_coap_signal_csm (&csm, 4096);
  length = gh_coap_frame_write (&csm, octets, sizeof octets);
  length += gh_coap_frame_write (&message, octets + length, sizeof octets - length);
  for (gsize i = 0; i < length; i++)
    {
      Line *line = line_open (b.port);

      line_write (line, octets, i);
      line_free (line);
    }
  streamed_tear_down (&b);
  g_assert_true (TRUE);
}

static void
test_many_at_once (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "large");
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 65536);
  for (guint i = 0; i < 200; i++)
    {
      message.token[0] = (guint8) i;
      line_put (line, &message);
    }
  for (guint i = 0; i < 200; i++)
    {
      const GhCoapMessage *answer = line_expect (line, COAP_RESPONSE_CODE_CONTENT);

      g_assert_cmpuint (answer->token[0], ==, i);
      g_assert_cmpuint (answer->payload_length, >, 60000);
    }
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 200);
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_answers_from_other_threads (void)
{
  static const char *const names[] = { "later", "racing" };
  Streamed b;
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  for (guint i = 0; i < 20; i++)
    {
      GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_PUT, "abcd", names[i % 2]);

      line_put (line, &message);
      line_expect (line, COAP_RESPONSE_CODE_CHANGED);
    }
  line_free (line);
  streamed_tear_down (&b);
}

/* Refusals. */

static void
test_no_capabilities (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing");
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_put (line, &message);
  line_expect (line, COAP_SIGNALING_CSM);
  g_assert_cmpuint (line_expect (line, COAP_SIGNALING_ABORT)->payload_length, >, 0);
  g_assert_true (line_is_closed (line));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 0);
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_too_large (void)
{
  static const guint8 huge[] = { 0xf0, 0x00, 0x01, 0x00, 0x00, 0x01 };
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_PUT, "abcd", "thing");
  static guint8 payload[2048];
  Line *line;

  streamed_set_up (&b, "coap.max-message=2048");
  line = line_open (b.port);
  line_greet (line, 2048);
  /* what fits exactly is taken */
  message.payload = payload;
  message.payload_length = 1900;
  g_assert_true (gh_coap_message_add_uint (&message, COAP_OPTION_CONTENT_FORMAT, 50));
  while (gh_coap_frame_write (&message, (guint8[4096]){ 0 }, 4096) < 2048)
    message.payload_length++;
  line_put (line, &message);
  g_assert_cmpuint (GH_COAP_CODE_CLASS (line_get (line)->code), ==, 2);
  /* one octet more is refused as soon as its length is known */
  line_write (line, huge, sizeof huge);
  line_expect (line, COAP_SIGNALING_ABORT);
  g_assert_true (line_is_closed (line));
  line_free (line);
  line = line_open (b.port);
  line_greet (line, 2048);
  message.payload_length++;
  line_put (line, &message);
  line_expect (line, COAP_SIGNALING_ABORT);
  g_assert_true (line_is_closed (line));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_what_is_no_coap (void)
{
  static const char http[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  Streamed b;
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_write (line, http, strlen (http));
  line_expect (line, COAP_SIGNALING_CSM);
  line_expect (line, COAP_SIGNALING_ABORT);
  g_assert_true (line_is_closed (line));
  line_free (line);
  streamed_tear_down (&b);
}

/* Time. */

static void
test_slow_capabilities (void)
{
  Streamed b;
  Line *line;

  streamed_set_up (&b, "coap.handshake-timeout=10");
  line = line_open (b.port);
  line_expect (line, COAP_SIGNALING_CSM);
  pass (&b, 9);
  line_write (line, "\x00", 1);
  pass (&b, 2);
  line_expect (line, COAP_SIGNALING_ABORT);
  g_assert_true (line_is_closed (line));
  line_free (line);
  streamed_tear_down (&b);
}

/* Octets that trickle do not keep a message open. */
static void
test_slow_message (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing");
  guint8 octets[256];
  gsize length = gh_coap_frame_write (&message, octets, sizeof octets);
  Line *line, *other;

  streamed_set_up (&b, "coap.message-timeout=10");
  line = line_open (b.port);
  line_greet (line, 2048);
  other = line_open (b.port);
  line_greet (other, 2048);
  line_write (line, octets, 4);
  /* what was written before has been read when this is answered */
  g_assert_true (line_is_silent (other));
  pass (&b, 5);
  line_write (line, octets + 4, 4);
  line_put (other, &message);
  line_expect (other, COAP_RESPONSE_CODE_CONTENT);
  pass (&b, 6);
  line_expect (line, COAP_SIGNALING_ABORT);
  g_assert_true (line_is_closed (line));
  g_assert_cmpuint (length, >, 8);
  /* who is silent between messages stays */
  g_assert_true (line_is_silent (other));
  line_free (line);
  line_free (other);
  streamed_tear_down (&b);
}

static void
test_idle (void)
{
  Streamed b;
  Line *line;

  streamed_set_up (&b, "coap.idle-timeout=100");
  line = line_open (b.port);
  line_greet (line, 2048);
  pass (&b, 60);
  g_assert_true (line_is_silent (line));
  pass (&b, 60);
  g_assert_true (line_is_silent (line));
  pass (&b, 101);
  line_expect (line, COAP_SIGNALING_RELEASE);
  g_assert_true (line_is_closed (line));
  line_free (line);
  streamed_tear_down (&b);
}

/* Asks without reading until nothing more is taken. */
static void
ask_without_reading (Line *line)
{
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "large");
  guint8 octets[256];
  gsize length = gh_coap_frame_write (&message, octets, sizeof octets);

  for (guint i = 0; i < 1000000 && line_try_write (line, octets, length); i++)
    continue;
}

static void
test_a_peer_that_does_not_read (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing");
  Line *line, *other;

  streamed_set_up (&b, "coap.message-timeout=10");
  line = line_open (b.port);
  line_greet (line, 65536);
  other = line_open (b.port);
  line_greet (other, 2048);
  ask_without_reading (line);
  line_put (other, &message);
  line_expect (other, COAP_RESPONSE_CODE_CONTENT);
  pass (&b, 11);
  /* it was closed: what it still gets is what had left before */
  while (line_get (line) != NULL)
    continue;
  g_assert_true (line_is_silent (other));
  line_free (line);
  line_free (other);
  streamed_tear_down (&b);
}

/* Nor does it when its answers come later, and all at once. */
static void
test_too_much_unsent (void)
{
  Streamed b;
  GhCoapMessage never = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "never"), thing;
  Line *line, *other;

  streamed_set_up (&b, "coap.max-unsent=65536");
  thing = streamed_request (COAP_REQUEST_CODE_GET, "efgh", "thing");
  line = line_open (b.port);
  line_greet (line, 65536);
  other = line_open (b.port);
  line_greet (other, 2048);
  line_put (line, &never);
  fake_core_wait_pending (b.core, 1);
  ask_without_reading (line);
  fake_core_release (b.core);
  line_put (other, &thing);
  line_expect (other, COAP_RESPONSE_CODE_CONTENT);
  line_free (line);
  line_free (other);
  streamed_tear_down (&b);
}

/* Limits. */

static void
test_connections_of_one_address (void)
{
  Streamed b;
  Line *first, *second, *third;

  streamed_set_up (&b, "coap.max-associations-per-address=2");
  first = line_open (b.port);
  line_greet (first, 2048);
  second = line_open (b.port);
  line_greet (second, 2048);
  third = line_open (b.port);
  g_assert_true (line_is_closed (third));
  line_free (third);
  g_assert_true (line_is_silent (first));
  /* one that goes makes room */
  streamed_put_signal (second, COAP_SIGNALING_RELEASE);
  g_assert_true (line_is_closed (second));
  line_free (second);
  g_assert_true (line_is_silent (first));
  third = line_open (b.port);
  line_greet (third, 2048);
  line_free (third);
  line_free (first);
  streamed_tear_down (&b);
}

static void
test_connections_in_all (void)
{
  Streamed b;
  Line *first, *second;

  streamed_set_up (&b, "coap.max-peers=1");
  first = line_open (b.port);
  line_greet (first, 2048);
  second = line_open (b.port);
  g_assert_true (line_is_closed (second));
  g_assert_true (line_is_silent (first));
  line_free (first);
  line_free (second);
  streamed_tear_down (&b);
}

/* Those that never say what they can do make room for the next one, the oldest first. */
static void
test_connections_being_opened (void)
{
  Streamed b;
  Line *silent[3], *open;

  streamed_set_up (&b, "coap.max-handshakes=2");
  open = line_open (b.port);
  line_greet (open, 2048);
  g_assert_true (line_is_silent (open));
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    {
      silent[i] = line_open (b.port);
      line_expect (silent[i], COAP_SIGNALING_CSM);
    }
  g_assert_true (line_is_closed (silent[0]));
  g_assert_true (line_is_silent (open));
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    line_free (silent[i]);
  line_free (open);
  streamed_tear_down (&b);
}

/* Parts of messages of many peers are bounded together; those that have had theirs longest go. */
static void
test_parts_of_all_peers (void)
{
  Streamed b;
  static guint8 part[40000];
  Line *slow[4], *honest;

  streamed_set_up (&b, "coap.max-all-bodies=100000");
  memcpy (part, "\xe0\xf0\x00\x03", 4);
  honest = line_open (b.port);
  line_greet (honest, 2048);
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      slow[i] = line_open (b.port);
      line_greet (slow[i], 2048);
      line_write (slow[i], part, sizeof part);
      g_assert_true (line_is_silent (honest));
    }
  g_assert_true (line_is_closed (slow[0]));
  g_assert_true (line_is_silent (honest));
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    line_free (slow[i]);
  line_free (honest);
  streamed_tear_down (&b);
}

/* Signals and observation. */

static void
test_custody (void)
{
  Streamed b;
  GhCoapMessage never = streamed_request (COAP_REQUEST_CODE_PUT, "abcd", "never"), ping;
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  line_put (line, &never);
  fake_core_wait_pending (b.core, 1);
  gh_coap_message_init (&ping, COAP_MESSAGE_NON, COAP_SIGNALING_PING);
  g_assert_true (gh_coap_message_add (&ping, COAP_SIGNALING_OPTION_CUSTODY, NULL, 0));
  line_put (line, &ping);
  g_assert_true (line_is_silent (line));
  fake_core_release (b.core);
  line_expect (line, COAP_RESPONSE_CODE_CHANGED);
  g_assert_nonnull (
    gh_coap_message_find (line_expect (line, COAP_SIGNALING_PONG), COAP_SIGNALING_OPTION_CUSTODY));
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_release_waits_for_answers (void)
{
  Streamed b;
  GhCoapMessage never = streamed_request (COAP_REQUEST_CODE_PUT, "abcd", "never");
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  line_put (line, &never);
  fake_core_wait_pending (b.core, 1);
  streamed_put_signal (line, COAP_SIGNALING_RELEASE);
  fake_core_release (b.core);
  line_expect (line, COAP_RESPONSE_CODE_CHANGED);
  g_assert_true (line_is_closed (line));
  line_free (line);
  streamed_tear_down (&b);
}

/* A peer that only listens any more, once it has asked. */
static void
test_half_closed (void)
{
  Streamed b;
  GhCoapMessage never = streamed_request (COAP_REQUEST_CODE_PUT, "abcd", "never");
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  line_put (line, &never);
  g_assert_cmpint (shutdown (line->fd, SHUT_WR), ==, 0);
  fake_core_wait_pending (b.core, 1);
  fake_core_release (b.core);
  line_expect (line, COAP_RESPONSE_CODE_CHANGED);
  g_assert_true (line_is_closed (line));
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_abort_ends_at_once (void)
{
  Streamed b;
  GhCoapMessage never = streamed_request (COAP_REQUEST_CODE_PUT, "abcd", "never");
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  line_put (line, &never);
  fake_core_wait_pending (b.core, 1);
  streamed_put_signal (line, COAP_SIGNALING_ABORT);
  g_assert_true (line_is_closed (line));
  fake_core_release (b.core);
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_stop_releases (void)
{
  Streamed b;
  Line *line;

  streamed_set_up (&b, NULL);
  line = line_open (b.port);
  line_greet (line, 2048);
  g_assert_true (line_is_silent (line));
  streamed_tear_down (&b);
  line_expect (line, COAP_SIGNALING_RELEASE);
  g_assert_true (line_is_closed (line));
  line_free (line);
}

static void
test_observe (void)
{
  Streamed b;
  GhCoapMessage message = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "mutable");
  const GhCoapMessage *answer;
  Line *line;

  streamed_set_up (&b, NULL);
  fake_core_set_answer (b.core, 2000, "{\"a\":1}");
  g_assert_true (gh_coap_message_add_uint (&message, COAP_OPTION_OBSERVE, 0));
  line = line_open (b.port);
  line_greet (line, 2048);
  line_put (line, &message);
  answer = line_expect (line, COAP_RESPONSE_CODE_CONTENT);
  g_assert_nonnull (gh_coap_message_find (answer, COAP_OPTION_OBSERVE));
  for (guint i = 0; i < 3; i++)
    {
      const char *body = i % 2 == 0 ? "{\"a\":2}" : "{\"a\":3}";

      fake_core_set_answer (b.core, 2000, body);
      pass (&b, 1);
      answer = line_expect (line, COAP_RESPONSE_CODE_CONTENT);
      g_assert_cmpmem (answer->token, answer->token_length, "abcd", 4);
      g_assert_cmpmem (answer->payload, answer->payload_length, body, strlen (body));
    }
  /* the right has gone: it ends */
  fake_core_set_answer (b.core, 4103, NULL);
  pass (&b, 1);
  answer = line_expect (line, COAP_RESPONSE_CODE_FORBIDDEN);
  g_assert_null (gh_coap_message_find (answer, COAP_OPTION_OBSERVE));
  fake_core_set_answer (b.core, 2000, "{\"a\":4}");
  pass (&b, 1);
  g_assert_true (line_is_silent (line));
  line_free (line);
  streamed_tear_down (&b);
}

static void
test_plain_is_for_loopback_and_development (void)
{
  static const char *const addresses[] = { "coap.listen-tcp=192.0.2.1:0", "coap.listen-tcp=*:0" };

  for (guint i = 0; i <= G_N_ELEMENTS (addresses); i++)
    {
      const gboolean loopback = i == G_N_ELEMENTS (addresses);
      const char *const options[] = { loopback ? "coap.listen-tcp=127.0.0.1:0" : addresses[i],
                                      NULL };
      FakeCore *core = fake_core_new (options);
      g_autoptr (GError) error = NULL;
      GhTransport *transport;

      fake_core_host_writable (core)->development = !loopback;
      transport = gh_coap_transport_ops.create (fake_core_host (core), &error);
      g_assert_false (gh_coap_transport_ops.start (transport, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, "listen-tcp"));
      gh_coap_transport_ops.free (transport);
      fake_core_free (core);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/stream/retrieve", test_retrieve);
  g_test_add_func ("/coap/stream/octet-by-octet", test_octet_by_octet);
  g_test_add_func ("/coap/stream/truncation", test_every_truncation);
  g_test_add_func ("/coap/stream/many-at-once", test_many_at_once);
  g_test_add_func ("/coap/stream/other-threads", test_answers_from_other_threads);
  g_test_add_func ("/coap/stream/no-capabilities", test_no_capabilities);
  g_test_add_func ("/coap/stream/too-large", test_too_large);
  g_test_add_func ("/coap/stream/no-coap", test_what_is_no_coap);
  g_test_add_func ("/coap/stream/slow-capabilities", test_slow_capabilities);
  g_test_add_func ("/coap/stream/slow-message", test_slow_message);
  g_test_add_func ("/coap/stream/idle", test_idle);
  g_test_add_func ("/coap/stream/does-not-read", test_a_peer_that_does_not_read);
  g_test_add_func ("/coap/stream/too-much-unsent", test_too_much_unsent);
  g_test_add_func ("/coap/stream/limit/address", test_connections_of_one_address);
  g_test_add_func ("/coap/stream/limit/all", test_connections_in_all);
  g_test_add_func ("/coap/stream/limit/opening", test_connections_being_opened);
  g_test_add_func ("/coap/stream/limit/parts", test_parts_of_all_peers);
  g_test_add_func ("/coap/stream/custody", test_custody);
  g_test_add_func ("/coap/stream/release", test_release_waits_for_answers);
  g_test_add_func ("/coap/stream/half-closed", test_half_closed);
  g_test_add_func ("/coap/stream/abort", test_abort_ends_at_once);
  g_test_add_func ("/coap/stream/stop", test_stop_releases);
  g_test_add_func ("/coap/stream/observe", test_observe);
  g_test_add_func ("/coap/stream/plain", test_plain_is_for_loopback_and_development);
  return g_test_run ();
}
