/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../security/association-fixture.h"
#include "coap-streamed.h"

#include <string.h>
#include <unistd.h>

/* The transport over TLS (RFC 8323 8.2), before peers that keep to no rule. */

#define IDENTITY "12345@example.org"
#define KEY      "0123456789abcdef"

typedef struct {
  GhClock *clock;
  GhSecurity *ours, *theirs;
  GhTlsContext *client;
  FakeCore *core;
  GhTransport *transport;
  guint16 port;
} Bench;

static GhCredential *
share_key (Bench *bench, const char *theirs)
{
  g_autofree char *target = g_strdup_printf ("127.0.0.1:%u", bench->port);
  GhCredential *a = fixture_add_psk (gh_security_get_vault (bench->ours), IDENTITY, NULL, KEY);
  g_autoptr (GhCredential) b = fixture_add_psk (gh_security_get_vault (bench->theirs), IDENTITY,
                                                target, theirs);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  return a;
}

static void
set_up (Bench *bench, const char *option)
{
  const char *const options[] = { "coap.listen-secure-tcp=127.0.0.1:0", "coap.threads=1", option,
                                  NULL };
  g_autoptr (GError) error = NULL;

  memset (bench, 0, sizeof *bench);
  bench->clock = gh_clock_new_fake (FIXTURE_WALL_US);
  bench->ours = fixture_security (bench->clock, NULL);
  bench->theirs = fixture_security (bench->clock, NULL);
  bench->client = fixture_context (bench->theirs, GH_TLS_CLIENT, FALSE, NULL);
  bench->core = fake_core_new (options);
  fake_core_host_writable (bench->core)->security = bench->ours;
  fake_core_host_writable (bench->core)->clock = bench->clock;
  fake_core_host_writable (bench->core)->development = FALSE;
  fake_core_host_writable (bench->core)->authenticate_plain = fake_core_refuse_plain;
  bench->transport = gh_coap_transport_ops.create (fake_core_host (bench->core), &error);
  gh_coap_transport_ops.start (bench->transport, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (fake_core_url (bench->core, 0), "coaps+tcp://127.0.0.1:"));
  g_assert_null (fake_core_url (bench->core, 1));
  bench->port = fake_core_port (bench->core);
}

static void
tear_down (Bench *bench)
{
  gh_coap_transport_ops.stop (bench->transport);
  gh_coap_transport_ops.free (bench->transport);
  fake_core_free (bench->core);
  gh_tls_context_unref (bench->client);
  gh_security_free (bench->ours);
  gh_security_free (bench->theirs);
  gh_clock_unref (bench->clock);
}

static Line *
greet (Bench *bench)
{
  Line *line = line_open_secure (bench->port, bench->theirs, bench->client);

  g_assert_nonnull (line);
  line_greet (line, 65536);
  return line;
}

static void
test_retrieve (void)
{
  Bench b;
  GhCoapMessage thing = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing"),
                large = streamed_request (COAP_REQUEST_CODE_GET, "efgh", "large"),
                put = streamed_request (COAP_REQUEST_CODE_PUT, "ijkl", "echo");
  static guint8 payload[40000];
  g_autoptr (GhCredential) credential = NULL;
  Line *line;

  set_up (&b, NULL);
  credential = share_key (&b, KEY);
  line = greet (&b);
  line_put (line, &thing);
  line_expect (line, COAP_RESPONSE_CODE_CONTENT);
  for (guint i = 0; i < 20; i++)
    line_put (line, &large);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (line_expect (line, COAP_RESPONSE_CODE_CONTENT)->payload_length, >, 60000);
  /* a message of several records */
  put.payload = payload;
  put.payload_length = sizeof payload;
  g_assert_true (gh_coap_message_add_uint (&put, COAP_OPTION_CONTENT_FORMAT, 50));
  line_put (line, &put);
  g_assert_cmpuint (line_expect (line, COAP_RESPONSE_CODE_CHANGED)->payload_length, ==,
                    sizeof payload);
  line_free (line);
  tear_down (&b);
}

static void
test_refused_peers (void)
{
  static const guint8 plain[] = { 0x00, 0xe1, 0x00, 0x01 };
  Bench b;
  g_autoptr (GhCredential) credential = NULL, nobody = NULL;
  g_autofree char *target = NULL;
  guint8 octet;
  Line *line;

  set_up (&b, NULL);
  /* an identity that nobody has */
  target = g_strdup_printf ("127.0.0.1:%u", b.port);
  nobody = fixture_add_psk (gh_security_get_vault (b.theirs), "1@example.com", target, KEY);
  g_assert_null (line_open_secure (b.port, b.theirs, b.client));
  tear_down (&b);
  /* a wrong key */
  set_up (&b, NULL);
  credential = share_key (&b, "another key, not ours");
  g_assert_null (line_open_secure (b.port, b.theirs, b.client));
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 0);
  /* no TLS at all: an alert, and the end, but no message */
  line = line_open (b.port);
  line_write (line, plain, sizeof plain);
  line_write (line, plain, sizeof plain);
  while (recv (line->fd, &octet, 1, 0) != 0)
    g_assert_cmpuint (octet, !=, 0xe1);
  line_free (line);
  tear_down (&b);
}

static GhTlsContext *
context_with_alpn (Bench *bench, const char *protocol)
{
  const char *const alpn[] = { protocol, NULL };
  const GhTlsContextConfig config = {
    .profile = gh_tls_profile_find ("onem2m"), .role = GH_TLS_CLIENT, .raw_keys = TRUE, .alpn = alpn
  };
  g_autoptr (GError) error = NULL;
  GhTlsContext *context = gh_tls_context_new (bench->theirs, &config, &error);

  g_assert_no_error (error);
  return context;
}

static void
test_protocol_negotiation (void)
{
  Bench b;
  g_autoptr (GhTlsContext) coap = NULL, other = NULL;
  g_autoptr (GhCredential) credential = NULL;
  Line *line;

  set_up (&b, NULL);
  credential = share_key (&b, KEY);
  coap = context_with_alpn (&b, "coap");
  other = context_with_alpn (&b, "h2");
  line = line_open_secure (b.port, b.theirs, coap);
  g_assert_nonnull (line);
  line_greet (line, 2048);
  line_free (line);
  g_assert_null (line_open_secure (b.port, b.theirs, other));
  tear_down (&b);
}

static void
test_revocation (void)
{
  Bench b;
  GhCoapMessage thing = streamed_request (COAP_REQUEST_CODE_GET, "abcd", "thing");
  g_autoptr (GhCredential) credential = NULL;
  Line *line;

  set_up (&b, NULL);
  credential = share_key (&b, KEY);
  line = greet (&b);
  line_put (line, &thing);
  line_expect (line, COAP_RESPONSE_CODE_CONTENT);
  gh_coap_transport_ops.close_association (b.transport, 4711);
  g_assert_true (line_is_silent (line));
  for (guint64 id = 1; id < 100; id++)
    gh_coap_transport_ops.close_association (b.transport, id);
  g_assert_true (line_is_closed (line));
  line_free (line);
  tear_down (&b);
}

static void
test_a_handshake_that_does_not_end (void)
{
  static const guint8 hello[] = { 0x16, 0x03, 0x01, 0x40, 0x00, 0x01 };
  Bench b;
  g_autoptr (GhCredential) credential = NULL;
  Line *slow, *line;

  set_up (&b, "coap.handshake-timeout=10");
  credential = share_key (&b, KEY);
  slow = line_open (b.port);
  line_write (slow, hello, sizeof hello);
  line = greet (&b);
  gh_clock_advance (b.clock, 11 * G_USEC_PER_SEC);
  g_assert_true (line_is_silent (line));
  g_assert_true (line_is_closed (slow));
  g_assert_true (line_is_silent (line));
  line_free (slow);
  line_free (line);
  tear_down (&b);
}

/* Requests of ours. */

/* They are the server, with the key that we have for it. */
static int
listen_with_key (Bench *bench, guint16 *out_port)
{
  int fd = line_listen (out_port);
  g_autofree char *target = g_strdup_printf ("127.0.0.1:%u", *out_port);
  g_autofree char *identity = g_strdup_printf ("%u@example.org", *out_port);
  g_autoptr (GhCredential) a = fixture_add_psk (gh_security_get_vault (bench->theirs), identity,
                                                NULL, KEY);
  g_autoptr (GhCredential) b = fixture_add_psk (gh_security_get_vault (bench->ours), identity,
                                                target, KEY);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  return fd;
}

/* The answer to a request is one on its association only (TS-0008 7): not over another one
 * of the same peer, and not over the next one. */
static void
test_only_the_association_answers (void)
{
  Bench b;
  g_autoptr (GhTlsContext) server = NULL;
  g_autoptr (GhCredential) credential = NULL;
  guint8 token[GH_COAP_MAX_TOKEN];
  guint16 port;
  Line *line, *other;
  Delivered d;
  int fd;

  set_up (&b, NULL);
  credential = share_key (&b, KEY);
  server = fixture_context (b.theirs, GH_TLS_SERVER, FALSE, NULL);
  fd = listen_with_key (&b, &port);
  streamed_send (b.transport, "coaps+tcp", port, NULL, &d);
  line = line_accept (fd, b.theirs, server);
  g_assert_nonnull (line);
  line_greet (line, 2048);
  memcpy (token, line_expect (line, COAP_REQUEST_CODE_POST)->token, sizeof token);
  other = greet (&b);
  streamed_put_answer (other, token, COAP_RESPONSE_CODE_FORBIDDEN);
  g_assert_true (line_is_silent (other));
  g_assert_true (line_is_silent (line));
  g_assert_cmpuint (d.calls, ==, 0);
  streamed_put_answer (line, token, COAP_RESPONSE_CODE_CHANGED);
  streamed_wait (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
  line_free (other);
  /* the next one takes the same association; it ends, and the answer comes in the next one */
  streamed_send (b.transport, "coaps+tcp", port, NULL, &d);
  memcpy (token, line_expect (line, COAP_REQUEST_CODE_POST)->token, sizeof token);
  line_free (line);
  streamed_wait (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  streamed_send (b.transport, "coaps+tcp", port, NULL, &d);
  line = line_accept (fd, b.theirs, server);
  line_greet (line, 2048);
  line_expect (line, COAP_REQUEST_CODE_POST);
  streamed_put_answer (line, token, COAP_RESPONSE_CODE_FORBIDDEN);
  g_assert_true (line_is_silent (line));
  g_assert_cmpuint (d.calls, ==, 0);
  line_free (line);
  streamed_wait (&d);
  close (fd);
  tear_down (&b);
}

static void
test_a_target_that_proves_nothing (void)
{
  Bench b;
  g_autoptr (GhTlsContext) server = NULL;
  guint16 port;
  int fd;
  Delivered d;
  Line *line;

  set_up (&b, NULL);
  server = fixture_context (b.theirs, GH_TLS_SERVER, FALSE, NULL);
  /* no credential for it, and nothing that would make its certificate good */
  fd = line_listen (&port);
  streamed_send (b.transport, "coaps+tcp", port, NULL, &d);
  line = line_accept (fd, b.theirs, server);
  if (line != NULL)
    {
      g_assert_true (line_is_closed (line));
      line_free (line);
    }
  streamed_wait (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  close (fd);
  /* one that speaks plainly */
  fd = listen_with_key (&b, &port);
  streamed_send (b.transport, "coaps+tcp", port, NULL, &d);
  line = line_accept (fd, NULL, NULL);
  line_write (line, "\x00\xe1\x00\xe1\x00\xe1\x00\xe1", 8);
  streamed_wait (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  line_free (line);
  close (fd);
  tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/stream-secure/retrieve", test_retrieve);
  g_test_add_func ("/coap/stream-secure/refused", test_refused_peers);
  g_test_add_func ("/coap/stream-secure/alpn", test_protocol_negotiation);
  g_test_add_func ("/coap/stream-secure/revocation", test_revocation);
  g_test_add_func ("/coap/stream-secure/slow-handshake", test_a_handshake_that_does_not_end);
  g_test_add_func ("/coap/stream-secure/call", test_only_the_association_answers);
  g_test_add_func ("/coap/stream-secure/call/unproven", test_a_target_that_proves_nothing);
  return g_test_run ();
}
