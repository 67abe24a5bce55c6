/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-streamed.h"

#include <string.h>
#include <unistd.h>

/* Requests of ours over TCP, and targets that keep to no rule. */

static void
test_one_connection_a_target (void)
{
  Streamed b;
  g_autoptr (GhBuffer) body = gh_buffer_new (NULL, 0);
  guint16 port;
  int fd = line_listen (&port);
  Delivered d;
  Line *line;

  streamed_set_up (&b, NULL);
  streamed_send (b.transport, "coap+tcp", port, body, &d);
  line = line_accept (fd, NULL, NULL);
  line_greet (line, 2048);
  for (guint i = 0; i < 3; i++)
    {
      const GhCoapMessage *message;

      if (i > 0)
        streamed_send (b.transport, "coap+tcp", port, body, &d);
      message = line_expect (line, COAP_REQUEST_CODE_POST);
      streamed_put_answer (line, message->token, COAP_RESPONSE_CODE_CHANGED);
      streamed_wait (&d);
      g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
      g_assert_cmpuint (d.rsc, ==, 2000);
    }
  line_free (line);
  close (fd);
  streamed_tear_down (&b);
}

/* What is answered elsewhere than asked is no answer (TS-0008 7). */
static void
test_only_the_connection_answers (void)
{
  Streamed b;
  const GhCoapMessage *message;
  guint16 ports[2];
  int fds[2] = { line_listen (&ports[0]), line_listen (&ports[1]) };
  guint8 token[2][GH_COAP_MAX_TOKEN];
  Delivered d[2], next;
  Line *lines[2], *again;

  streamed_set_up (&b, NULL);
  for (guint i = 0; i < 2; i++)
    {
      streamed_send (b.transport, "coap+tcp", ports[i], NULL, &d[i]);
      lines[i] = line_accept (fds[i], NULL, NULL);
      line_greet (lines[i], 2048);
      message = line_expect (lines[i], COAP_REQUEST_CODE_POST);
      g_assert_cmpuint (message->token_length, ==, GH_COAP_MAX_TOKEN);
      memcpy (token[i], message->token, GH_COAP_MAX_TOKEN);
    }
  /* the token of the other connection */
  streamed_put_answer (lines[0], token[1], COAP_RESPONSE_CODE_FORBIDDEN);
  streamed_put_answer (lines[1], token[0], COAP_RESPONSE_CODE_FORBIDDEN);
  g_assert_true (line_is_silent (lines[0]));
  g_assert_true (line_is_silent (lines[1]));
  g_assert_cmpuint (d[0].calls + d[1].calls, ==, 0);
  streamed_put_answer (lines[1], token[1], COAP_RESPONSE_CODE_CHANGED);
  streamed_wait (&d[1]);
  g_assert_cmpint (d[1].status, ==, GH_DELIVERY_DONE);
  /* the connection ends while the answer is awaited, and the answer comes in the next one */
  line_free (lines[0]);
  streamed_wait (&d[0]);
  g_assert_cmpint (d[0].status, ==, GH_DELIVERY_UNREACHABLE);
  streamed_send (b.transport, "coap+tcp", ports[0], NULL, &next);
  again = line_accept (fds[0], NULL, NULL);
  line_greet (again, 2048);
  message = line_expect (again, COAP_REQUEST_CODE_POST);
  streamed_put_answer (again, token[0], COAP_RESPONSE_CODE_FORBIDDEN);
  g_assert_true (line_is_silent (again));
  g_assert_cmpuint (next.calls, ==, 0);
  line_free (again);
  streamed_wait (&next);
  g_assert_cmpint (next.status, ==, GH_DELIVERY_UNREACHABLE);
  line_free (lines[1]);
  close (fds[0]);
  close (fds[1]);
  streamed_tear_down (&b);
}

/* A target that has said goodbye gets a new connection. */
static void
test_after_a_release (void)
{
  Streamed b;
  const GhCoapMessage *message;
  guint16 port;
  int fd = line_listen (&port);
  Delivered d, next;
  Line *line, *again;

  streamed_set_up (&b, NULL);
  streamed_send (b.transport, "coap+tcp", port, NULL, &d);
  line = line_accept (fd, NULL, NULL);
  line_greet (line, 2048);
  line_expect (line, COAP_REQUEST_CODE_POST);
  streamed_put_signal (line, COAP_SIGNALING_RELEASE);
  g_assert_true (line_is_silent (line));
  streamed_send (b.transport, "coap+tcp", port, NULL, &next);
  again = line_accept (fd, NULL, NULL);
  line_greet (again, 2048);
  message = line_expect (again, COAP_REQUEST_CODE_POST);
  streamed_put_answer (again, message->token, COAP_RESPONSE_CODE_CHANGED);
  streamed_wait (&next);
  g_assert_cmpint (next.status, ==, GH_DELIVERY_DONE);
  line_free (line);
  streamed_wait (&d);
  line_free (again);
  close (fd);
  streamed_tear_down (&b);
}

static void
test_nobody_there (void)
{
  Streamed b;
  guint16 port;
  int fd = line_listen (&port);
  Delivered d;

  close (fd);
  streamed_set_up (&b, NULL);
  streamed_send (b.transport, "coap+tcp", port, NULL, &d);
  streamed_wait (&d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  streamed_tear_down (&b);
}

/* To ourselves, larger than a message. */
static void
test_to_ourselves (void)
{
  Streamed b;
  g_autoptr (GhBuffer) body = gh_buffer_alloc (150000);
  Delivered d;

  memset (body->data, 'x', body->length);
  streamed_set_up (&b, NULL);
  for (guint i = 0; i < 2; i++)
    {
      streamed_send (b.transport, "coap+tcp", b.port, body, &d);
      streamed_wait (&d);
      g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
      g_assert_cmpuint (d.rsc, ==, 2000);
    }
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 2);
  streamed_tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/stream-call/one-connection", test_one_connection_a_target);
  g_test_add_func ("/coap/stream-call/only-the-connection", test_only_the_connection_answers);
  g_test_add_func ("/coap/stream-call/release", test_after_a_release);
  g_test_add_func ("/coap/stream-call/nobody", test_nobody_there);
  g_test_add_func ("/coap/stream-call/ourselves", test_to_ourselves);
  return g_test_run ();
}
