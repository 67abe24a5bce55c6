/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "http-fake-core.h"

#include "../../plugins/http/gh-http-server.h"
#include "../../plugins/http/gh-http-transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_TIMEOUT_S 20
#define HEAD              "Host: localhost\r\nX-M2M-RI: r1\r\nX-M2M-Origin: CAdmin\r\n"

typedef struct {
  FakeCore *core;
  GhTransport *transport;
} Fixture;

static void
fixture_begin (Fixture *f, const char *const *options)
{
  g_autoptr (GError) error = NULL;
  gboolean ok;

  f->core = fake_core_new (options);
  f->transport = gh_http_transport_ops.create (fake_core_host (f->core), &error);
  g_assert_no_error (error);
  ok = gh_http_transport_ops.start (f->transport, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
fixture_end (Fixture *f)
{
  gh_http_transport_ops.stop (f->transport);
  fake_core_release (f->core);
  gh_http_transport_ops.free (f->transport);
  fake_core_free (f->core);
}

static const char *const one_listener[] = { "listen=127.0.0.1:0", "max-body=4K", NULL };

static int
dial (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct timeval patience = { .tv_sec = RECEIVE_TIMEOUT_S };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
send_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = send (fd, data, length, MSG_NOSIGNAL);

      if (n < 0)
        return;
      data += n;
      length -= (gsize) n;
    }
}

static void
send_text (int fd, const char *text)
{
  send_all (fd, text, strlen (text));
}

/* Octets still missing of the message that begins at @text, or -1 while the head is not whole. */
static gssize
missing_octets (const char *text, gsize have)
{
  const char *end = strstr (text, "\r\n\r\n");
  const char *field = end != NULL ? strcasestr (text, "\r\nContent-Length:") : NULL;
  gsize length = field != NULL && field < end ? (gsize) atol (field + 17) : 0;

  return end == NULL ? -1 : (gssize) ((gsize) (end + 4 - text) + length) - (gssize) have;
}

/* One answer, head and body. Returns what came before the peer closed when that was earlier. */
static char *
receive (int fd, guint *out_segments)
{
  GString *text = g_string_new (NULL);
  char part[65536];
  guint segments = 0;

  while (missing_octets (text->str, text->len) != 0)
    {
      gssize n = recv (fd, part,
                       missing_octets (text->str, text->len) > 0
                         ? MIN ((gsize) missing_octets (text->str, text->len), sizeof part)
                         : sizeof part,
                       0);

      if (n <= 0)
        break;
      segments++;
      g_string_append_len (text, part, n);
    }
  if (out_segments != NULL)
    *out_segments = segments;
  return g_string_free (text, FALSE);
}

/* One answer and not an octet of the next. */
static char *
receive_one (int fd)
{
  GString *text = g_string_new (NULL);
  char c;

  while (missing_octets (text->str, text->len) != 0 && recv (fd, &c, 1, 0) == 1)
    g_string_append_c (text, c);
  return g_string_free (text, FALSE);
}

static gboolean
is_closed (int fd)
{
  char c;
  const gssize n = recv (fd, &c, 1, 0);

  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

static char *
ask (guint16 port, const char *request)
{
  int fd = dial (port);
  char *answer;

  send_text (fd, request);
  answer = receive (fd, NULL);
  close (fd);
  return answer;
}

static void
assert_answer (const char *answer, guint status, const char *rsc)
{
  g_autofree char *line = g_strdup_printf ("HTTP/1.1 %u", status);
  g_autofree char *field = g_strdup_printf ("\r\nX-M2M-RSC: %s\r\n", rsc);

  if (!g_str_has_prefix (answer, line) || strstr (answer, field) == NULL)
    g_error ("expected %u and %s, got: %s", status, rsc, answer);
}

static void
test_answers_a_retrieve (void)
{
  Fixture f;
  g_autofree char *answer = NULL;

  fixture_begin (&f, one_listener);
  answer = ask (fake_core_port (f.core),
                "GET /~/id-in/cse/a?rcn=4 HTTP/1.1\r\n" HEAD "X-M2M-RVI: 3\r\n\r\n");
  assert_answer (answer, 200, "2000");
  g_assert_nonnull (strstr (answer, "\r\nX-M2M-RI: r1\r\n"));
  g_assert_nonnull (strstr (answer, "\r\nX-M2M-RVI: 3\r\n"));
  g_assert_nonnull (strstr (answer, "\"to\":\"/id-in/cse/a\""));
  g_assert_nonnull (strstr (answer, "\"rcn\":4"));
  g_assert_null (strstr (answer, "microhttpd"));
  g_assert_null (strstr (answer, "\r\nServer:"));
  fixture_end (&f);
}

static void
test_sends_head_and_body_in_one_segment (void)
{
  static const char *const requests[] = {
    "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n",
    "PUT /cse/later HTTP/1.1\r\n" HEAD
    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "BREW /cse/a HTTP/1.1\r\n" HEAD "\r\n",
  };
  Fixture f;
  int fd;

  fixture_begin (&f, one_listener);
  fd = dial (fake_core_port (f.core));
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *answer = NULL;
      guint segments;

      send_text (fd, requests[i]);
      answer = receive (fd, &segments);
      g_assert_cmpint (missing_octets (answer, strlen (answer)), ==, 0);
      g_assert_cmpuint (segments, ==, 1);
    }
  close (fd);
  fixture_end (&f);
}

static void
test_keeps_a_connection (void)
{
  Fixture f;
  int fd;

  fixture_begin (&f, one_listener);
  fd = dial (fake_core_port (f.core));
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *answer = NULL;

      send_text (fd, i % 3 == 0   ? "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n"
                     : i % 3 == 1 ? "GET /cse/racing HTTP/1.1\r\n" HEAD "\r\n"
                                  : "DELETE /cse/later HTTP/1.1\r\n" HEAD "\r\n");
      answer = receive (fd, NULL);
      assert_answer (answer, 200, i % 3 == 0 ? "2000" : "2004");
    }
  close (fd);
  fixture_end (&f);
}

static void
test_answers_pipelined_requests_in_order (void)
{
  Fixture f;
  int fd;

  fixture_begin (&f, one_listener);
  fd = dial (fake_core_port (f.core));
  send_text (fd, "GET /cse/later HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI: one\r\n\r\n"
                 "POST /cse/a HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI: two\r\nContent-Type: "
                 "application/json;ty=3\r\n"
                 "Content-Length: 2\r\n\r\n{}"
                 "GET /cse/racing HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI: three\r\n\r\n");
  for (guint i = 0; i < 3; i++)
    {
      static const char *const expected[] = { "X-M2M-RI: one\r\n", "X-M2M-RI: two\r\n",
                                              "X-M2M-RI: three\r\n" };
      g_autofree char *answer = receive_one (fd);

      g_assert_nonnull (strstr (answer, expected[i]));
    }
  close (fd);
  fixture_end (&f);
}

/* What is wrong with a request, and what has to come back. */
static void
test_refuses_with_a_reason (void)
{
  static const struct {
    const char *request, *rsc, *reason;
    guint status;
  } rows[] = {
    { "GET /cse HTTP/1.1\r\nHost: localhost\r\n\r\n", "4000", "X-M2M-RI: missing", 400 },
    { "GET /cse HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI:\r\n\r\n", "4000", "X-M2M-RI: missing",
      400 },
    { "GET /cse HTTP/1.1\r\nX-M2M-RI: r1\r\n\r\n", "4000", "Host: missing", 400 },
    { "GET /cse HTTP/1.1\r\n" HEAD "X-M2M-Origin: CEvil\r\n\r\n", "4000",
      "X-M2M-Origin: given twice", 400 },
    { "GET /cse HTTP/1.1\r\n" HEAD "x-m2m-ri: r2\r\n\r\n", "4000", "X-M2M-RI: given twice", 400 },
    { "GET /cse HTTP/1.1\r\nHost: evil.example\r\nX-M2M-RI: 1\r\n\r\n", "4000", "Host: ", 400 },
    { "GET /cse HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\nX-M2M-RI: 1\r\n\r\n", "4000",
      "Host: ", 400 },
    { "GET /cse HTTP/1.1\r\nHost: [::1]evil\r\nX-M2M-RI: 1\r\n\r\n", "4000", "Host: ", 400 },
    { "GET /cse HTTP/1.1\r\nHost:\r\nX-M2M-RI: 1\r\n\r\n", "4000", "Host: ", 400 },
    { "GET /cse HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nX-M2M-RI: 1\r\n\r\n", "4000",
      "Host: given twice", 400 },
    { "HEAD /cse HTTP/1.1\r\n" HEAD "Connection: close\r\n\r\n", "4005", NULL, 405 },
    { "OPTIONS * HTTP/1.1\r\n" HEAD "\r\n", "4005", "method", 405 },
    { "PATCH /cse HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\n{}", "4005", "method", 405 },
    { "get /cse HTTP/1.1\r\n" HEAD "\r\n", "4005", "method", 405 },
    { "GET /cse?rcn=99 HTTP/1.1\r\n" HEAD "\r\n", "4000", "rcn", 400 },
    { "GET /cse?rcn=1&rcn=1 HTTP/1.1\r\n" HEAD "\r\n", "4000", "rcn", 400 },
    { "GET /cse?rcn HTTP/1.1\r\n" HEAD "\r\n", "4000", "query: parameter 1", 400 },
    { "GET /cse/%zz HTTP/1.1\r\n" HEAD "\r\n", "4000", "path", 400 },
    { "GET /cse/a%2fb HTTP/1.1\r\n" HEAD "\r\n", "4000", "path", 400 },
    { "GET /cse/%00 HTTP/1.1\r\n" HEAD "\r\n", "4000", "path", 400 },
    { "GET / HTTP/1.1\r\n" HEAD "\r\n", "4000", "path", 400 },
    { "GET /a b HTTP/1.1\r\n" HEAD "\r\n", "4000", "request-target", 400 },
    { "GET /\xc3\xa9 HTTP/1.1\r\n" HEAD "\r\n", "4000", "request-target", 400 },
    { "GET /cse HTTP/1.1\r\n" HEAD "Accept: application/xml\r\n\r\n", "5207", "Accept", 406 },
    { "GET /cse HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\n{}", "4000", "body", 400 },
    { "POST /cse HTTP/1.1\r\n" HEAD
      "Content-Type: application/xml;ty=3\r\nContent-Length: 2\r\n\r\n{}",
      "4015", "Content-Type", 415 },
    { "POST /cse HTTP/1.1\r\n" HEAD "Content-Length: 2\r\n\r\n{}", "4015", "Content-Type", 415 },
    { "POST /cse HTTP/1.1\r\n" HEAD
      "Content-Type: application/json;ty=x\r\nContent-Length: 2\r\n\r\n{}",
      "4000", "ty", 400 },
    { "POST /cse HTTP/1.1\r\n" HEAD
      "Content-Type: application/vnd.onem2m-res+json\r\nContent-Length: 2\r\n\r\n{}",
      "4000", "ty is missing", 400 },
    { "PUT /cse HTTP/1.1\r\n" HEAD
      "Content-Type: application/json;ty=3\r\nContent-Length: 2\r\n\r\n{}",
      "4000", "ty", 400 },
  };
  Fixture f;

  fixture_begin (&f, one_listener);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *answer = ask (fake_core_port (f.core), rows[i].request);

      assert_answer (answer, rows[i].status, rows[i].rsc);
      if (rows[i].reason != NULL
          && (strstr (answer, "{\"m2m:dbg\":\"") == NULL
              || strstr (answer, rows[i].reason) == NULL))
        g_error ("row %u: no reason with \"%s\": %s", i, rows[i].reason, answer);
      g_assert_true (rows[i].status != 405 || strstr (answer, "\r\nAllow: ") != NULL);
    }
  g_assert_cmpuint (fake_core_dispatched (f.core), ==, 0);
  fixture_end (&f);
}

static void
test_refuses_a_doubtful_end_and_closes (void)
{
  static const char *const requests[] = {
    "POST /cse HTTP/1.1\r\n" HEAD
    "Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}GET /cse HTTP/1.1\r\n" HEAD "\r\n",
    "POST /cse HTTP/1.1\r\n" HEAD
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /cse HTTP/1.1\r\n\r\n",
    "GET /cse HTTP/1.1\r\n" HEAD "X-M2M-GID : g\r\n\r\n",
    "POST /cse HTTP/1.1\r\n" HEAD "Transfer-Encoding: gzip\r\n\r\n{}",
    "POST /cse HTTP/1.1\r\n" HEAD
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  Fixture f;

  fixture_begin (&f, one_listener);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      int fd = dial (fake_core_port (f.core));
      g_autofree char *answer = NULL;

      send_text (fd, requests[i]);
      answer = receive (fd, NULL);
      assert_answer (answer, 400, "4000");
      g_assert_true (is_closed (fd));
      close (fd);
    }
  g_assert_cmpuint (fake_core_dispatched (f.core), ==, 0);
  fixture_end (&f);
}

/* What the library refuses by itself carries no response status code, but tells nothing either. */
static void
test_library_says_little (void)
{
  static const struct {
    const char *request;
    guint status;
  } rows[] = {
    { "GET /cse HTTP/2.0\r\n" HEAD "\r\n", 505 },
    { "GET /cse\r\n\r\n", 400 },
    { "GET /cse HTTP/1.1\r\n" HEAD "nonsense\r\n\r\n", 400 },
    { "PUT /cse HTTP/1.1\r\n" HEAD "Content-Length: 2x\r\n\r\n{}", 400 },
    { "PUT /cse HTTP/1.1\r\n" HEAD "Content-Length: 99999999999999999999999\r\n\r\n", 413 },
    { "PUT /cse HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400 },
  };
  g_autofree char *filler = g_strnfill (40000, 'a');
  g_autofree char *head = g_strdup_printf ("GET /cse HTTP/1.1\r\nX: %s\r\n\r\n", filler);
  g_autofree char *target = g_strdup_printf ("GET /%s HTTP/1.1\r\n\r\n", filler);
  Fixture f;

  fixture_begin (&f, one_listener);
  for (guint i = 0; i < G_N_ELEMENTS (rows) + 2; i++)
    {
      const char *request = i < G_N_ELEMENTS (rows)    ? rows[i].request
                            : i == G_N_ELEMENTS (rows) ? head
                                                       : target;
      const guint status = i < G_N_ELEMENTS (rows)    ? rows[i].status
                           : i == G_N_ELEMENTS (rows) ? 431
                                                      : 414;
      g_autofree char *answer = ask (fake_core_port (f.core), request);
      g_autofree char *line = g_strdup_printf ("HTTP/1.1 %u ", status);

      if (!g_str_has_prefix (answer, line))
        g_error ("expected %s, got: %s", line, answer);
      g_assert_null (strstr (answer, "microhttpd"));
      g_assert_null (strstr (answer, "GNU"));
      g_assert_null (strstr (answer, PACKAGE_VERSION));
      g_assert_null (strstr (answer, "\r\nServer:"));
    }
  fixture_end (&f);
}

static void
test_refuses_too_many_parameters (void)
{
  g_autoptr (GString) request = g_string_new ("GET /cse?");
  g_autofree char *answer = NULL;
  Fixture f;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (request, "a%u=1&", i);
  g_string_append (request, " HTTP/1.1\r\n" HEAD "\r\n");
  fixture_begin (&f, one_listener);
  answer = ask (fake_core_port (f.core), request->str);
  assert_answer (answer, 400, "4000");
  fixture_end (&f);
}

static void
test_bounds_bodies (void)
{
  Fixture f;
  g_autofree char *body = g_strnfill (4096, 'a'), *request = NULL, *answer = NULL, *chunked = NULL,
                  *refused = NULL;
  int fd;

  fixture_begin (&f, one_listener);
  request = g_strdup_printf ("PUT /cse/a HTTP/1.1\r\n" HEAD
                             "Content-Type: application/json\r\nContent-Length: 4096\r\n\r\n%s",
                             body);
  answer = ask (fake_core_port (f.core), request);
  assert_answer (answer, 200, "2000");
  g_assert_nonnull (strstr (answer, "\"size\":4096"));
  g_clear_pointer (&answer, g_free);

  /* One octet more is refused before it is sent. */
  answer = ask (fake_core_port (f.core),
                "PUT /cse/a HTTP/1.1\r\n" HEAD
                "Content-Type: application/json\r\nContent-Length: 4097\r\n\r\n");
  assert_answer (answer, 413, "4000");
  g_assert_nonnull (strstr (answer, "limit of 4096"));

  chunked = g_strdup_printf ("PUT /cse/a HTTP/1.1\r\n" HEAD "Content-Type: application/json\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n1000\r\n%s\r\n1\r\na\r\n0\r\n\r\n",
                             body);
  fd = dial (fake_core_port (f.core));
  send_text (fd, chunked);
  refused = receive (fd, NULL);
  assert_answer (refused, 413, "4000");
  close (fd);

  /* A stream without an end is cut off. */
  fd = dial (fake_core_port (f.core));
  send_text (fd, "PUT /cse/a HTTP/1.1\r\n" HEAD
                 "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (guint i = 0; i < 64; i++)
    {
      send_text (fd, "1000\r\n");
      send_all (fd, body, 4096);
      send_text (fd, "\r\n");
    }
  g_assert_true (is_closed (fd));
  close (fd);
  g_assert_cmpuint (fake_core_dispatched (f.core), ==, 1);
  fixture_end (&f);
}

static void
test_takes_a_body_in_pieces (void)
{
  Fixture f;
  g_autofree char *answer = NULL, *chunked = NULL;
  int fd;

  fixture_begin (&f, one_listener);
  fd = dial (fake_core_port (f.core));
  send_text (fd, "PUT /cse/echo HTTP/1.1\r\n" HEAD
                 "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n");
  for (guint i = 0; i < 5; i++)
    send_text (fd, "abcd");
  answer = receive (fd, NULL);
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\nabcdabcdabcdabcdabcd"));
  send_text (fd, "PUT /cse/echo HTTP/1.1\r\n" HEAD
                 "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  chunked = receive (fd, NULL);
  g_assert_true (g_str_has_suffix (chunked, "\r\n\r\nabcde"));
  close (fd);
  fixture_end (&f);
}

static void
test_says_continue (void)
{
  Fixture f;
  g_autofree char *interim = NULL, *answer = NULL, *refused = NULL;
  int fd;

  fixture_begin (&f, one_listener);
  fd = dial (fake_core_port (f.core));
  send_text (fd, "PUT /cse/echo HTTP/1.1\r\n" HEAD
                 "Expect: 100-continue\r\nContent-Type: application/json\r\n"
                 "Content-Length: 2\r\n\r\n");
  interim = receive (fd, NULL);
  g_assert_true (g_str_has_prefix (interim, "HTTP/1.1 100"));
  send_text (fd, "{}");
  answer = receive (fd, NULL);
  assert_answer (answer, 200, "2000");
  close (fd);
  fd = dial (fake_core_port (f.core));
  send_text (fd, "PUT /cse/echo HTTP/1.1\r\n" HEAD
                 "Expect: 100-continue\r\nContent-Type: application/json\r\n"
                 "Content-Length: 200000\r\n\r\n");
  refused = receive (fd, NULL);
  assert_answer (refused, 413, "4000");
  close (fd);
  fixture_end (&f);
}

static void
test_writes_no_line_break_of_the_core (void)
{
  Fixture f;
  g_autofree char *answer = NULL, *request_id = NULL;

  fixture_begin (&f, one_listener);
  answer = ask (fake_core_port (f.core), "GET /cse/evil HTTP/1.1\r\n" HEAD "\r\n");
  assert_answer (answer, 200, "2000");
  g_assert_null (strstr (answer, "\nX-Injected"));
  request_id = ask (fake_core_port (f.core),
                    "GET /cse/a HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI: a\tb\r\n\r\n");
  assert_answer (request_id, 400, "4000");
  fixture_end (&f);
}

static void
test_maps_answers (void)
{
  Fixture f;
  g_autofree char *created = NULL, *shed = NULL, *denied = NULL, *large = NULL;

  fixture_begin (&f, one_listener);
  created = ask (fake_core_port (f.core), "POST /cse HTTP/1.1\r\n" HEAD
                                          "Content-Type: application/vnd.onem2m-res+json; ty=3\r\n"
                                          "Content-Length: 2\r\n\r\n{}");
  assert_answer (created, 201, "2001");
  g_assert_nonnull (strstr (created, "\r\nContent-Location: /~/id-in/cse/new%20one\r\n"));
  shed = ask (fake_core_port (f.core), "GET /cse/shed HTTP/1.1\r\n" HEAD "\r\n");
  assert_answer (shed, 503, "5000");
  g_assert_nonnull (strstr (shed, "\r\nRetry-After: 7\r\n"));
  denied = ask (fake_core_port (f.core), "GET /cse/status-4103 HTTP/1.1\r\n" HEAD "\r\n");
  assert_answer (denied, 403, "4103");
  large = ask (fake_core_port (f.core), "GET /cse/large HTTP/1.1\r\n" HEAD "\r\n");
  assert_answer (large, 200, "2000");
  g_assert_true (g_str_has_suffix (large, "xxx\""));
  fixture_end (&f);
}

static void
test_survives_peers_that_hang_up (void)
{
  Fixture f;
  g_autofree char *answer = NULL;

  fixture_begin (&f, one_listener);
  for (guint i = 0; i < 16; i++)
    {
      int fd = dial (fake_core_port (f.core));

      send_text (fd, "DELETE /cse/never HTTP/1.1\r\n" HEAD "\r\n");
      fake_core_wait_pending (f.core, i + 1);
      if (i % 2 == 0)
        {
          struct linger reset = { .l_onoff = 1 };

          g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), ==, 0);
        }
      close (fd);
    }
  fake_core_release (f.core);
  answer = ask (fake_core_port (f.core), "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n");
  assert_answer (answer, 200, "2000");
  fixture_end (&f);
}

static void
test_delivers_answers_after_stop (void)
{
  Fixture f;
  g_autofree char *answer = NULL, *refused = NULL;
  int fd, other;

  fixture_begin (&f, one_listener);
  fd = dial (fake_core_port (f.core));
  other = dial (fake_core_port (f.core));
  send_text (other, "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n");
  answer = receive (other, NULL);
  g_clear_pointer (&answer, g_free);
  send_text (fd, "DELETE /cse/never HTTP/1.1\r\n" HEAD "\r\n");
  fake_core_wait_pending (f.core, 1);
  gh_http_transport_ops.stop (f.transport);
  send_text (other, "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n");
  refused = receive (other, NULL);
  assert_answer (refused, 503, "5000");
  fake_core_release (f.core);
  answer = receive (fd, NULL);
  assert_answer (answer, 200, "2004");
  close (fd);
  close (other);
  gh_http_transport_ops.free (f.transport);
  fake_core_free (f.core);
}

static void
test_ends_with_requests_waiting (void)
{
  Fixture f;
  int fds[8];

  fixture_begin (&f, one_listener);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = dial (fake_core_port (f.core));
      send_text (fds[i], "DELETE /cse/never HTTP/1.1\r\n" HEAD "\r\n");
    }
  fake_core_wait_pending (f.core, G_N_ELEMENTS (fds));
  gh_http_transport_ops.stop (f.transport);
  gh_http_transport_ops.free (f.transport);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *answer = receive (fds[i], NULL);

      assert_answer (answer, 503, "5000");
      close (fds[i]);
    }
  /* The answers come after the transport is gone. */
  fake_core_release (f.core);
  fake_core_free (f.core);
}

static void
test_closes_connections_that_bring_no_request (void)
{
  static const char *const options[] = { "listen=127.0.0.1:0", "idle-timeout=3600",
                                         "request-timeout=30", NULL };
  FakeCore *core = fake_core_new (options);
  g_autoptr (GError) error = NULL;
  GhHttpServer *server = gh_http_server_new (fake_core_host (core));
  g_autofree char *answer = NULL;
  int slow, waiting;

  g_assert_true (gh_http_server_start (server, &error));
  waiting = dial (fake_core_port (core));
  send_text (waiting, "DELETE /cse/never HTTP/1.1\r\n" HEAD "\r\n");
  fake_core_wait_pending (core, 1);
  slow = dial (fake_core_port (core));
  send_text (slow, "GET /cse HTT");
  /* An answer on a third connection means that both others have been accepted. */
  answer = ask (fake_core_port (core), "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n");
  gh_clock_advance (fake_core_clock (core), G_GINT64_CONSTANT (3631) * G_USEC_PER_SEC);
  gh_http_server_sweep (server);
  g_assert_true (is_closed (slow));
  g_clear_pointer (&answer, g_free);
  fake_core_release (core);
  answer = receive (waiting, NULL);
  assert_answer (answer, 200, "2004");
  close (slow);
  close (waiting);
  gh_http_server_free (server);
  g_assert_cmpint (fake_core_count (core, "http.timed-out"), >=, 1);
  fake_core_free (core);
}

static void
test_bounds_connections (void)
{
  static const char *const options[] = { "listen=127.0.0.1:0", "max-connections-per-address=4",
                                         "threads=1", NULL };
  Fixture f;
  int fds[4], extra;

  fixture_begin (&f, options);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *answer = NULL;

      fds[i] = dial (fake_core_port (f.core));
      send_text (fds[i], "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n");
      answer = receive (fds[i], NULL);
      assert_answer (answer, 200, "2000");
    }
  extra = dial (fake_core_port (f.core));
  g_assert_true (is_closed (extra));
  close (extra);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *answer = NULL;

      send_text (fds[i], "GET /cse/a HTTP/1.1\r\n" HEAD "\r\n");
      answer = receive (fds[i], NULL);
      assert_answer (answer, 200, "2000");
      close (fds[i]);
    }
  fixture_end (&f);
}

static void
assert_start_fails (const char *listen, gboolean development, const char *text)
{
  g_autofree char *option = g_strconcat ("listen=", listen, NULL);
  const char *options[] = { option, NULL };
  FakeCore *core = fake_core_new (options);
  g_autoptr (GError) error = NULL;
  GhTransport *transport;

  fake_core_host_writable (core)->development = development;
  transport = gh_http_transport_ops.create (fake_core_host (core), &error);
  g_assert_no_error (error);
  g_assert_false (gh_http_transport_ops.start (transport, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  if (strstr (error->message, text) == NULL)
    g_error ("expected \"%s\" in: %s", text, error->message);
  gh_http_transport_ops.free (transport);
  fake_core_free (core);
}

static void
test_refuses_listeners (void)
{
  Fixture f;
  g_autofree char *taken = NULL;

  assert_start_fails ("0.0.0.0:0", TRUE, "0.0.0.0:0 is not a loopback address");
  assert_start_fails ("[::]:0", TRUE, "not a loopback address");
  assert_start_fails ("192.0.2.1:0", TRUE, "not a loopback address");
  assert_start_fails ("127.0.0.1:0", FALSE, "--dev only");
  assert_start_fails ("localhost:0", TRUE, "localhost:0 is not ADDRESS:PORT");
  assert_start_fails ("127.0.0.1", TRUE, "is not ADDRESS:PORT");
  assert_start_fails ("::1:80", TRUE, "is not ADDRESS:PORT");
  assert_start_fails ("127.0.0.1:65536", TRUE, "is not ADDRESS:PORT");
  fixture_begin (&f, one_listener);
  taken = g_strdup_printf ("127.0.0.1:%u", fake_core_port (f.core));
  assert_start_fails (taken, TRUE, taken);
  assert_start_fails (taken, TRUE, "is taken");
  fixture_end (&f);
}

static void
test_listens_nowhere_by_itself (void)
{
  FakeCore *core = fake_core_new (NULL);
  g_autoptr (GError) error = NULL;
  GhTransport *transport;

  fake_core_host_writable (core)->development = FALSE;
  transport = gh_http_transport_ops.create (fake_core_host (core), &error);
  g_assert_true (gh_http_transport_ops.start (transport, &error));
  g_assert_null (fake_core_url (core, 0));
  gh_http_transport_ops.stop (transport);
  gh_http_transport_ops.free (transport);
  fake_core_free (core);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/server/answers-a-retrieve", test_answers_a_retrieve);
  g_test_add_func ("/http/server/one-segment", test_sends_head_and_body_in_one_segment);
  g_test_add_func ("/http/server/keeps-a-connection", test_keeps_a_connection);
  g_test_add_func ("/http/server/pipelining", test_answers_pipelined_requests_in_order);
  g_test_add_func ("/http/server/refusals", test_refuses_with_a_reason);
  g_test_add_func ("/http/server/framing", test_refuses_a_doubtful_end_and_closes);
  g_test_add_func ("/http/server/library-says-little", test_library_says_little);
  g_test_add_func ("/http/server/too-many-parameters", test_refuses_too_many_parameters);
  g_test_add_func ("/http/server/bounds-bodies", test_bounds_bodies);
  g_test_add_func ("/http/server/body-in-pieces", test_takes_a_body_in_pieces);
  g_test_add_func ("/http/server/continue", test_says_continue);
  g_test_add_func ("/http/server/no-injected-lines", test_writes_no_line_break_of_the_core);
  g_test_add_func ("/http/server/maps-answers", test_maps_answers);
  g_test_add_func ("/http/server/peers-hang-up", test_survives_peers_that_hang_up);
  g_test_add_func ("/http/server/answers-after-stop", test_delivers_answers_after_stop);
  g_test_add_func ("/http/server/ends-with-requests-waiting", test_ends_with_requests_waiting);
  g_test_add_func ("/http/server/closes-slow-connections",
                   test_closes_connections_that_bring_no_request);
  g_test_add_func ("/http/server/bounds-connections", test_bounds_connections);
  g_test_add_func ("/http/server/refuses-listeners", test_refuses_listeners);
  g_test_add_func ("/http/server/listens-nowhere-by-itself", test_listens_nowhere_by_itself);
  return g_test_run ();
}
