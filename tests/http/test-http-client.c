/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "http-fake-core.h"

#include "../../plugins/http/gh-http-client.h"
#include "../../plugins/http/gh-http-transport.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What came back, handed from the client's thread to the test. */
typedef struct {
  GMutex lock;
  GCond changed;
  guint count;
  GhDeliveryResult last;
  char *reason, *body;
} Outcome;

static void
outcome_init (Outcome *outcome)
{
  memset (outcome, 0, sizeof *outcome);
  g_mutex_init (&outcome->lock);
  g_cond_init (&outcome->changed);
}

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->reason);
  g_free (outcome->body);
  g_mutex_clear (&outcome->lock);
  g_cond_clear (&outcome->changed);
}

static void
take_result (const GhDeliveryResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_mutex_lock (&outcome->lock);
  outcome->last = *result;
  g_free (outcome->reason);
  g_free (outcome->body);
  outcome->reason = g_strdup (result->reason);
  outcome->body = g_strndup (result->body, result->body_length);
  outcome->count++;
  g_cond_broadcast (&outcome->changed);
  g_mutex_unlock (&outcome->lock);
}

static void
outcome_wait (Outcome *outcome, guint count)
{
  g_mutex_lock (&outcome->lock);
  while (outcome->count < count)
    g_cond_wait (&outcome->changed, &outcome->lock);
  g_mutex_unlock (&outcome->lock);
}

/* A target that says the same to everybody, or nothing at all. */
typedef struct {
  int fd;
  guint16 port;
  const char *answer; /* NULL: silence */
  gsize filler;       /* octets that follow the answer */
  gint accepted;
  gint ending;
  GThread *thread;
} Target;

static void
serve (Target *target, int fd)
{
  char part[4096];
  g_autofree char *filler = g_strnfill (target->filler, 'x');

  if (target->answer == NULL)
    {
      while (recv (fd, part, sizeof part, 0) > 0)
        ;
      return;
    }
  if (recv (fd, part, sizeof part, 0) <= 0)
    return;
  (void) !send (fd, target->answer, strlen (target->answer), MSG_NOSIGNAL);
  (void) !send (fd, filler, target->filler, MSG_NOSIGNAL);
  shutdown (fd, SHUT_WR);
  while (recv (fd, part, sizeof part, 0) > 0)
    ;
}

static gpointer
run_target (gpointer data)
{
  Target *target = data;

  for (;;)
    {
      int fd = accept (target->fd, NULL, NULL);

      if (fd < 0 || g_atomic_int_get (&target->ending))
        {
          if (fd >= 0)
            close (fd);
          return NULL;
        }
      g_atomic_int_inc (&target->accepted);
      serve (target, fd);
      close (fd);
    }
}

static int
bind_any (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &size), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

static void
target_begin (Target *target, const char *answer, gsize filler)
{
  memset (target, 0, sizeof *target);
  target->answer = answer;
  target->filler = filler;
  target->fd = bind_any (&target->port);
  g_assert_cmpint (listen (target->fd, 16), ==, 0);
  target->thread = g_thread_new ("target", run_target, target);
}

static void
target_end (Target *target)
{
  g_atomic_int_set (&target->ending, TRUE);
  shutdown (target->fd, SHUT_RDWR);
  g_thread_join (target->thread);
  close (target->fd);
}

static void
send_to (GhHttpClient *client, const char *url, guint timeout_ms, Outcome *outcome)
{
  g_autoptr (GhBuffer) body = gh_buffer_new ("{\"m2m:sgn\":{}}", 14);
  const GhDelivery delivery = {
    .url = url,
    .operation = GH_OPERATION_NOTIFY,
    .from = "/id-in",
    .request_identifier = "n1",
    .release_version = "3",
    .body = body,
    .timeout_ms = timeout_ms,
  };

  gh_http_client_send (client, &delivery, take_result, outcome);
}

static void
send_to_target (GhHttpClient *client, const Target *target, guint timeout_ms, Outcome *outcome)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/n", target->port);

  send_to (client, url, timeout_ms, outcome);
}

static void
test_delivers_and_keeps_the_connection (void)
{
  static const char *const options[] = { "listen=127.0.0.1:0", NULL };
  FakeCore *core = fake_core_new (options);
  g_autoptr (GError) error = NULL;
  GhTransport *transport = gh_http_transport_ops.create (fake_core_host (core), &error);
  GhHttpClient *client = gh_http_client_new (fake_core_host (core), FALSE);
  g_autofree char *url = NULL;
  Outcome outcome;

  g_assert_true (gh_http_transport_ops.start (transport, &error));
  url = g_strconcat (fake_core_url (core, 0), "/~/id-in/cse/listener", NULL);
  outcome_init (&outcome);
  for (guint i = 0; i < 20; i++)
    {
      send_to (client, url, 10000, &outcome);
      outcome_wait (&outcome, i + 1);
      g_assert_cmpint (outcome.last.status, ==, GH_DELIVERY_DONE);
      g_assert_cmpuint (outcome.last.rsc, ==, 2000);
      g_assert_nonnull (
        strstr (outcome.body, "\"op\":\"NOTIFY\",\"to\":\"/id-in/cse/listener\",\"fr\":\"/id-in\","
                              "\"rqi\":\"n1\",\"rvi\":\"3\",\"size\":14"));
    }
  gh_http_client_free (client);
  gh_http_transport_ops.stop (transport);
  gh_http_transport_ops.free (transport);
  g_assert_cmpint (fake_core_count (core, "http.connections"), ==, 1);
  g_assert_cmpint (fake_core_count (core, "http.sent"), ==, 20);
  outcome_clear (&outcome);
  fake_core_free (core);
}

/* TS-0009 6.2.2.1: with a point of access that names a host only, To is the path. */
static void
test_sends_to_as_the_path (void)
{
  static const char *const options[] = { "listen=127.0.0.1:0", NULL };
  FakeCore *core = fake_core_new (options);
  g_autoptr (GError) error = NULL;
  GhTransport *transport = gh_http_transport_ops.create (fake_core_host (core), &error);
  GhDelivery delivery = { .operation = GH_OPERATION_RETRIEVE,
                          .to = "//sp/id-in/cse/a b",
                          .request_identifier = "n1",
                          .timeout_ms = 10000 };
  Outcome outcome;

  g_assert_true (gh_http_transport_ops.start (transport, &error));
  outcome_init (&outcome);
  delivery.url = fake_core_url (core, 0);
  gh_http_transport_ops.send (transport, &delivery, take_result, &outcome);
  outcome_wait (&outcome, 1);
  g_assert_nonnull (strstr (outcome.body, "\"op\":\"RETRIEVE\",\"to\":\"//sp/id-in/cse/a b\""));
  gh_http_transport_ops.stop (transport);
  gh_http_transport_ops.free (transport);
  outcome_clear (&outcome);
  fake_core_free (core);
}

static void
test_refuses_what_it_does_not_send (void)
{
  static const char *const urls[] = {
    "https://127.0.0.1/x",
    "ftp://127.0.0.1/x",
    "file:///etc/passwd",
    "http://user:pw@127.0.0.1/x",
    "",
    "/x",
    "http://",
    "http://a b/",
    "http://127.0.0.1:99999/",
    "mqtt://127.0.0.1/x",
    "http://127.0.0.1/a\r\nX: y",
    "gopher://127.0.0.1:70/_x",
  };
  FakeCore *core = fake_core_new (NULL);
  GhHttpClient *client = gh_http_client_new (fake_core_host (core), FALSE);
  const GhDelivery evil = { .url = "http://127.0.0.1:1/",
                            .operation = GH_OPERATION_NOTIFY,
                            .from = "a\r\nX-M2M-RSC: 1",
                            .timeout_ms = 1000 };
  /* a fan-out to some members, which HTTP cannot say */
  static const char *const members[] = { "cse/a", NULL };
  const GhRequest some = { .operation = GH_OPERATION_RETRIEVE, .group_targets = members };
  const GhDelivery narrow = { .url = "http://127.0.0.1:1/",
                              .operation = GH_OPERATION_RETRIEVE,
                              .from = "Ca",
                              .to = "/other/cse/g/fopt",
                              .forwarded = &some,
                              .timeout_ms = 1000 };
  Outcome outcome;

  outcome_init (&outcome);
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      send_to (client, urls[i], 1000, &outcome);
      outcome_wait (&outcome, i + 1);
      if (outcome.last.status != GH_DELIVERY_REFUSED || outcome.reason == NULL)
        g_error ("%s was not refused: %s", urls[i], outcome.reason);
    }
  gh_http_client_send (client, &evil, take_result, &outcome);
  outcome_wait (&outcome, G_N_ELEMENTS (urls) + 1);
  g_assert_cmpint (outcome.last.status, ==, GH_DELIVERY_REFUSED);
  gh_http_client_send (client, &narrow, take_result, &outcome);
  outcome_wait (&outcome, G_N_ELEMENTS (urls) + 2);
  g_assert_cmpint (outcome.last.status, ==, GH_DELIVERY_REFUSED);
  g_assert_nonnull (strstr (outcome.reason, "Members"));
  gh_http_client_free (client);
  outcome_clear (&outcome);
  fake_core_free (core);
}

static void
test_judges_answers (void)
{
  static const struct {
    const char *answer;
    gsize filler;
    GhDeliveryStatus status;
    guint rsc;
  } rows[] = {
    { "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n", 0, GH_DELIVERY_DONE,
      2000 },
    { "HTTP/1.1 204\r\n\r\n", 0, GH_DELIVERY_DONE, 2000 },
    { "HTTP/1.1 403 No\r\nX-M2M-RSC: 4103\r\nContent-Length: 0\r\n\r\n", 0, GH_DELIVERY_DONE,
      4103 },
    { "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0, GH_DELIVERY_DONE, 4004 },
    { "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 0, GH_DELIVERY_UNREACHABLE, 0 },
    { "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 0,
      GH_DELIVERY_REFUSED, 0 },
    { "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nX-M2M-RSC: 4000\r\nContent-Length: 0\r\n\r\n", 0,
      GH_DELIVERY_UNREACHABLE, 0 },
    { "HTTP/1.1 200 OK\r\nX-M2M-RSC: 20000\r\nContent-Length: 0\r\n\r\n", 0,
      GH_DELIVERY_UNREACHABLE, 0 },
    { "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n\r\n", 300000, GH_DELIVERY_DONE, 2000 },
    { "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", 10, GH_DELIVERY_UNREACHABLE, 0 },
    { "SSH-2.0-OpenSSH_9.2\r\n", 0, GH_DELIVERY_UNREACHABLE, 0 },
    { "", 0, GH_DELIVERY_UNREACHABLE, 0 },
  };
  FakeCore *core = fake_core_new (NULL);
  Outcome outcome;

  outcome_init (&outcome);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GhHttpClient *client = gh_http_client_new (fake_core_host (core), FALSE);
      Target target;

      target_begin (&target, rows[i].answer, rows[i].filler);
      send_to_target (client, &target, 20000, &outcome);
      outcome_wait (&outcome, i + 1);
      g_test_message ("row %u: %d %u %s", i, outcome.last.status, outcome.last.rsc, outcome.reason);
      g_assert_cmpint (outcome.last.status, ==, rows[i].status);
      g_assert_cmpuint (outcome.last.rsc, ==, rows[i].rsc);
      g_assert_true (rows[i].status == GH_DELIVERY_DONE || outcome.reason != NULL);
      gh_http_client_free (client);
      target_end (&target);
    }
  outcome_clear (&outcome);
  fake_core_free (core);
}

static void
test_does_not_wait_for_ever (void)
{
  static const char *const options[] = { "notify-connections=1", "notify-queue=3", NULL };
  FakeCore *core = fake_core_new (options);
  GhHttpClient *client = gh_http_client_new (fake_core_host (core), FALSE);
  g_autofree char *closed = NULL;
  Target silent, good;
  Outcome bad, fine;
  guint16 port;
  int fd = bind_any (&port);

  outcome_init (&bad);
  outcome_init (&fine);
  target_begin (&silent, NULL, 0);
  target_begin (&good, "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n", 0);
  /* One is under way and two wait; the fourth is too many. None holds up another target. */
  for (guint i = 0; i < 4; i++)
    send_to_target (client, &silent, 300, &bad);
  send_to_target (client, &good, 20000, &fine);
  outcome_wait (&fine, 1);
  g_assert_cmpint (fine.last.status, ==, GH_DELIVERY_DONE);
  outcome_wait (&bad, 1);
  g_assert_nonnull (strstr (bad.reason, "notify-queue"));
  outcome_wait (&bad, 4);
  g_assert_cmpint (bad.last.status, ==, GH_DELIVERY_UNREACHABLE);
  closed = g_strdup_printf ("http://127.0.0.1:%u/", port);
  send_to (client, closed, 20000, &bad);
  outcome_wait (&bad, 5);
  g_assert_cmpint (bad.last.status, ==, GH_DELIVERY_UNREACHABLE);
  gh_http_client_free (client);
  target_end (&silent);
  target_end (&good);
  close (fd);
  outcome_clear (&bad);
  outcome_clear (&fine);
  fake_core_free (core);
}

static void
test_ends_with_requests_under_way (void)
{
  FakeCore *core = fake_core_new (NULL);
  GhHttpClient *client = gh_http_client_new (fake_core_host (core), FALSE);
  Target silent;
  Outcome outcome;

  outcome_init (&outcome);
  target_begin (&silent, NULL, 0);
  for (guint i = 0; i < 30; i++)
    send_to_target (client, &silent, 600000, &outcome);
  gh_http_client_free (client);
  g_assert_cmpuint (outcome.count, ==, 30);
  g_assert_cmpint (outcome.last.status, ==, GH_DELIVERY_UNREACHABLE);
  target_end (&silent);
  outcome_clear (&outcome);
  fake_core_free (core);
}

int
main (int argc, char **argv)
{
  /* A proxy of the environment is never asked; nothing answers there. */
  g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
  g_setenv ("all_proxy", "http://127.0.0.1:1", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/client/delivers", test_delivers_and_keeps_the_connection);
  g_test_add_func ("/http/client/to-as-path", test_sends_to_as_the_path);
  g_test_add_func ("/http/client/refuses", test_refuses_what_it_does_not_send);
  g_test_add_func ("/http/client/judges-answers", test_judges_answers);
  g_test_add_func ("/http/client/bounded-waiting", test_does_not_wait_for_ever);
  g_test_add_func ("/http/client/ends-under-way", test_ends_with_requests_under_way);
  return g_test_run ();
}
