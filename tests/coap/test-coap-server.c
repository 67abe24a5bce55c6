/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-served.h"

#include <string.h>
#include <unistd.h>

static void
test_retrieve (void)
{
  Served b;
  GhCoapMessage message;
  const GhCoapMessage *answer;

  served_set_up (&b, "coap.threads=2");
  message = served_request (&b, COAP_REQUEST_CODE_GET, "thing");
  served_put (b.fd, &message);
  answer = served_get (&b, b.fd);
  g_assert_cmpuint (answer->code, ==, COAP_RESPONSE_CODE_CONTENT);
  g_assert_cmpuint (answer->type, ==, COAP_MESSAGE_ACK);
  g_assert_cmpuint (answer->message_id, ==, message.message_id);
  g_assert_cmpuint (gh_coap_map_answer (answer), ==, 2000);
  g_assert_nonnull (g_strstr_len ((const char *) answer->payload, (gssize) answer->payload_length,
                                  "\"fr\":\"CAE\""));
  served_tear_down (&b);
}

static void
test_answers_from_other_threads (void)
{
  static const char *const names[] = { "racing", "later" };
  Served b;

  served_set_up (&b, "coap.threads=2");
  for (guint i = 0; i < 400; i++)
    {
      GhCoapMessage message = served_request (&b, COAP_REQUEST_CODE_DELETE, names[i % 2]);
      const GhCoapMessage *answer;

      served_put (b.fd, &message);
      answer = served_get (&b, b.fd);
      g_assert_cmpuint (answer->message_id, ==, message.message_id);
      g_assert_cmpuint (gh_coap_map_answer (answer), ==, 2004);
      g_assert_nonnull (gh_coap_message_find (answer, GH_COAP_OPTION_RQI));
    }
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 400);
  served_tear_down (&b);
}

static void
test_a_duplicate_is_carried_out_once (void)
{
  Served b;
  GhCoapMessage message;

  served_set_up (&b, "coap.threads=2");
  message = served_request (&b, COAP_REQUEST_CODE_DELETE, "racing");
  for (guint i = 0; i < 3; i++)
    served_put (b.fd, &message);
  /* what comes in between depends on when the answer is there */
  message = served_request (&b, COAP_REQUEST_CODE_GET, "thing");
  served_put (b.fd, &message);
  while (served_get (&b, b.fd)->message_id != message.message_id)
    ;
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 2);
  served_tear_down (&b);
}

static void
test_large_answers (void)
{
  GhCoapBlock block = { 0, TRUE, 6 };
  gsize total = 0;
  Served b;

  served_set_up (&b, "coap.threads=2");
  for (guint32 number = 0; block.more; number++)
    {
      GhCoapMessage message = served_request (&b, COAP_REQUEST_CODE_GET, "large");
      const GhCoapBlock ask = { number, FALSE, 6 };
      const GhCoapMessage *answer;

      if (number > 0)
        g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK2, &ask));
      served_put (b.fd, &message);
      answer = served_get (&b, b.fd);
      g_assert_true (gh_coap_message_block (answer, COAP_OPTION_BLOCK2, &block));
      g_assert_cmpuint (block.number, ==, number);
      total += answer->payload_length;
    }
  g_assert_cmpuint (total, ==, 200000);
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 1);
  served_tear_down (&b);
}

/* Another port is another peer: it cannot fetch the blocks that were kept for the first. */
static void
test_peers_are_apart (void)
{
  Served b;
  GhCoapMessage message;
  const GhCoapBlock second = { 1, FALSE, 6 };
  int other;

  served_set_up (&b, "coap.threads=2");
  other = served_open_socket (fake_core_port (b.core));
  message = served_request (&b, COAP_REQUEST_CODE_POST, "large");
  served_put (b.fd, &message);
  g_assert_cmpuint (served_get (&b, b.fd)->code, ==, COAP_RESPONSE_CODE_CHANGED);
  message = served_request (&b, COAP_REQUEST_CODE_POST, "large");
  g_assert_true (gh_coap_message_add_block (&message, COAP_OPTION_BLOCK2, &second));
  served_put (other, &message);
  g_assert_cmpuint (served_get (&b, other)->code, ==, COAP_RESPONSE_CODE_INCOMPLETE);
  close (other);
  served_tear_down (&b);
}

static void
test_no_association_no_answer (void)
{
  Served b;
  GhCoapMessage message;
  GhTransportHost *host;

  served_set_up (&b, "coap.threads=2");
  host = fake_core_host_writable (b.core);
  host->authenticate_plain = fake_core_refuse_plain;
  message = served_request (&b, COAP_REQUEST_CODE_GET, "thing");
  served_put (b.fd, &message);
  g_assert_cmpuint (gh_coap_map_answer (served_get (&b, b.fd)), ==, 4107);
  g_assert_cmpuint (fake_core_dispatched (b.core), ==, 0);
  served_tear_down (&b);
}

static void
test_after_stop (void)
{
  Served b;
  GhCoapMessage waiting, message;
  const GhCoapMessage *answer;

  served_set_up (&b, "coap.threads=2");
  waiting = served_request (&b, COAP_REQUEST_CODE_DELETE, "never");
  served_put (b.fd, &waiting);
  fake_core_wait_pending (b.core, 1);
  gh_coap_transport_ops.stop (b.transport);
  message = served_request (&b, COAP_REQUEST_CODE_GET, "thing");
  served_put (b.fd, &message);
  answer = served_get (&b, b.fd);
  g_assert_cmpuint (answer->code, ==, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
  g_assert_nonnull (gh_coap_message_find (answer, COAP_OPTION_MAXAGE));
  /* what was begun before still gets its answer */
  fake_core_release (b.core);
  answer = served_get (&b, b.fd);
  g_assert_cmpuint (answer->message_id, ==, waiting.message_id);
  g_assert_cmpuint (gh_coap_map_answer (answer), ==, 2004);
  served_tear_down (&b);
}

static void
test_answers_after_the_end (void)
{
  Served b;
  GhCoapMessage message;

  served_set_up (&b, "coap.threads=2");
  message = served_request (&b, COAP_REQUEST_CODE_DELETE, "never");
  served_put (b.fd, &message);
  fake_core_wait_pending (b.core, 1);
  gh_coap_transport_ops.stop (b.transport);
  gh_coap_transport_ops.free (b.transport);
  fake_core_release (b.core);
  fake_core_free (b.core);
  close (b.fd);
}

static void
assert_start_fails (const char *listen, gboolean development, const char *about)
{
  g_autofree char *option = g_strconcat ("coap.", listen, NULL);
  const char *const options[] = { option, NULL };
  FakeCore *core = fake_core_new (options);
  g_autoptr (GError) error = NULL;
  GhTransport *transport;

  fake_core_host_writable (core)->development = development;
  transport = gh_coap_transport_ops.create (fake_core_host (core), &error);
  g_assert_false (gh_coap_transport_ops.start (transport, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, about) == NULL)
    g_error ("\"%s\" does not speak of %s", error->message, about);
  gh_coap_transport_ops.free (transport);
  fake_core_free (core);
}

static void
test_refused_listeners (void)
{
  assert_start_fails ("listen=127.0.0.1:0", FALSE, "--dev only");
  assert_start_fails ("listen=0.0.0.0:0", TRUE, "not a loopback address");
  assert_start_fails ("listen=*:0", TRUE, "not a loopback address");
  assert_start_fails ("listen=localhost:0", TRUE, "ADDRESS:PORT");
  assert_start_fails ("listen=127.0.0.1", TRUE, "ADDRESS:PORT");
  assert_start_fails ("listen=127.0.0.1:65536", TRUE, "ADDRESS:PORT");
  assert_start_fails ("listen=::1:5683", TRUE, "ADDRESS:PORT");
  assert_start_fails ("listen-secure=127.0.0.1:0", TRUE, "prove");
}

static void
test_a_taken_port (void)
{
  Served b;
  g_autofree char *listen = NULL;

  served_set_up (&b, "coap.threads=2");
  listen = g_strdup_printf ("listen=127.0.0.1:%u", fake_core_port (b.core));
  assert_start_fails (listen, TRUE, "taken by another program");
  served_tear_down (&b);
}

/* Requests of ours, to ourselves. */

typedef struct {
  GMutex lock;
  GCond changed;
  guint calls;
  GhDeliveryStatus status;
  guint rsc;
  gsize length;
  char *reason;
} Delivered;

static void
delivered (const GhDeliveryResult *result, gpointer user_data)
{
  Delivered *d = user_data;

  g_mutex_lock (&d->lock);
  d->calls++;
  d->status = result->status;
  d->rsc = result->rsc;
  d->length = result->body_length;
  d->reason = g_strdup (result->reason);
  g_cond_broadcast (&d->changed);
  g_mutex_unlock (&d->lock);
}

static void
deliver (Served *bench, const char *url, const char *to, GhBuffer *body, Delivered *d)
{
  const GhDelivery delivery = { .url = url,
                                .operation = GH_OPERATION_NOTIFY,
                                .to = to,
                                .from = "/id-in",
                                .request_identifier = "n1",
                                .release_version = "3",
                                .event_category = "2",
                                .body = body,
                                .timeout_ms = 20000 };

  memset (d, 0, sizeof *d);
  gh_coap_transport_ops.send (bench->transport, &delivery, delivered, d);
  g_mutex_lock (&d->lock);
  while (d->calls == 0)
    g_cond_wait (&d->changed, &d->lock);
  g_mutex_unlock (&d->lock);
}

static void
test_sends_notifications (void)
{
  g_autoptr (GhBuffer) small = gh_buffer_new ("{\"m2m:sgn\":{}}", 14);
  g_autoptr (GhBuffer) large = gh_buffer_alloc (30000);
  g_autofree char *url = NULL, *named = NULL, *log = NULL;
  gsize log_length;
  Delivered d;
  FILE *file;
  Served b;

  served_set_up (&b, "coap.threads=2");
  file = open_memstream (&log, &log_length);
  fake_core_set_log (b.core, file);
  memset (large->data, 'x', large->length);
  url = g_strconcat (fake_core_url (b.core, 0), "/cse/a%20b/status-2000", NULL);
  deliver (&b, url, NULL, small, &d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
  g_assert_cmpuint (d.rsc, ==, 2000);
  fflush (file);
  g_assert_cmpstr (log, ==, "NOTIFY cse/a b/status-2000 /id-in {\"m2m:sgn\":{}}\n");
  deliver (&b, fake_core_url (b.core, 0), "/id-in/cse/status-4103", large, &d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_DONE);
  g_assert_cmpuint (d.rsc, ==, 4103);
  fflush (file);
  g_assert_nonnull (strstr (log, "NOTIFY /id-in/cse/status-4103 /id-in xxx"));
  named = g_strdup_printf ("coap://localhost:%u/cse/status-2004", fake_core_port (b.core));
  deliver (&b, named, NULL, small, &d);
  if (d.status == GH_DELIVERY_DONE)
    g_assert_cmpuint (d.rsc, ==, 2004);
  served_tear_down (&b);
  fclose (file);
}

static void
test_refused_targets (void)
{
  static const char *const urls[] = { "http://127.0.0.1/",    "coap://",
                                      "coap://u@127.0.0.1/",  "coap://127.0.0.1:0/",
                                      "coap://127.0.0.1/%zz", "coap://127.0.0.1/a#b",
                                      "coap+ws://127.0.0.1/", "coap://127.0.0.1/%00" };
  Delivered d;
  Served b;

  served_set_up (&b, "coap.threads=2");
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_test_message ("%s", urls[i]);
      deliver (&b, urls[i], NULL, NULL, &d);
      g_assert_cmpint (d.status, ==, GH_DELIVERY_REFUSED);
      g_assert_nonnull (d.reason);
      g_free (d.reason);
    }
  deliver (&b, "coaps://127.0.0.1:1/a", NULL, NULL, &d);
  g_assert_cmpint (d.status, ==, GH_DELIVERY_UNREACHABLE);
  g_free (d.reason);
  served_tear_down (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coap/server/retrieve", test_retrieve);
  g_test_add_func ("/coap/server/other-threads", test_answers_from_other_threads);
  g_test_add_func ("/coap/server/duplicate", test_a_duplicate_is_carried_out_once);
  g_test_add_func ("/coap/server/large", test_large_answers);
  g_test_add_func ("/coap/server/peers", test_peers_are_apart);
  g_test_add_func ("/coap/server/no-association", test_no_association_no_answer);
  g_test_add_func ("/coap/server/after-stop", test_after_stop);
  g_test_add_func ("/coap/server/after-end", test_answers_after_the_end);
  g_test_add_func ("/coap/server/refused-listeners", test_refused_listeners);
  g_test_add_func ("/coap/server/taken-port", test_a_taken_port);
  g_test_add_func ("/coap/client/notifications", test_sends_notifications);
  g_test_add_func ("/coap/client/refused", test_refused_targets);
  return g_test_run ();
}
