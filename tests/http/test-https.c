/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../plugins/http/gh-http-transport.h"
#include "../security/association-fixture.h"
#include "base/gh-log.h"
#include "http-fake-core.h"

/* HTTPS between two transports, each with a vault of its own. */

#define KEY       "0123456789abcdef"
#define WRONG_KEY "fedcba9876543210"
#define IDENTITY  "pump7@example.org"
#define OPS       (&gh_http_transport_ops)
#define PATIENCE  20000

typedef struct {
  FakeCore *core;
  GhSecurity *security;
  GhVault *vault;
  GhTransport *transport;
} End;

typedef struct {
  End server, client;
  GhCredential *credential; /* of the client, in the server's vault */
  guint16 port;
} Fixture;

typedef struct {
  GMutex lock;
  GCond changed;
  gboolean done;
  GhDeliveryStatus status;
  guint rsc;
  char *reason;
} Outcome;

static void
end_begin (End *end, const char *const *options)
{
  g_autoptr (GError) error = NULL;

  end->core = fake_core_new (options);
  end->security = fixture_security (fake_core_clock (end->core), NULL);
  end->vault = gh_security_get_vault (end->security);
  fake_core_host_writable (end->core)->security = end->security;
  fake_core_host_writable (end->core)->development = FALSE;
  end->transport = OPS->create (fake_core_host (end->core), &error);
  g_assert_no_error (error);
  g_assert_true (OPS->start (end->transport, &error));
  g_assert_no_error (error);
}

static void
end_finish (End *end)
{
  OPS->stop (end->transport);
  fake_core_release (end->core);
  OPS->free (end->transport);
  gh_security_free (end->security);
  fake_core_free (end->core);
}

static void
fixture_begin (Fixture *f, const char *client_key)
{
  static const char *const listening[] = { "listen-secure=127.0.0.1:0", NULL };
  static const char *const silent[] = { "listen-secure=", NULL };
  g_autofree char *authority = NULL;

  end_begin (&f->server, listening);
  end_begin (&f->client, silent);
  g_assert_true (g_str_has_prefix (fake_core_url (f->server.core, 0), "https://127.0.0.1:"));
  g_assert_null (fake_core_url (f->client.core, 0));
  f->port = fake_core_port (f->server.core);
  authority = g_strdup_printf ("127.0.0.1:%u", f->port);
  f->credential = fixture_add_psk (f->server.vault, IDENTITY, NULL, KEY);
  if (client_key != NULL)
    gh_credential_unref (fixture_add_psk (f->client.vault, IDENTITY, authority, client_key));
}

static void
fixture_finish (Fixture *f)
{
  end_finish (&f->client);
  gh_credential_unref (f->credential);
  end_finish (&f->server);
}

static void
take_result (const GhDeliveryResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_mutex_lock (&outcome->lock);
  outcome->status = result->status;
  outcome->rsc = result->rsc;
  g_free (outcome->reason);
  outcome->reason = g_strdup (result->reason);
  outcome->done = TRUE;
  g_cond_broadcast (&outcome->changed);
  g_mutex_unlock (&outcome->lock);
}

static void
begin_request (Fixture *f, const char *scheme, const char *name, Outcome *outcome)
{
  g_autoptr (GhBuffer) body = gh_buffer_new ("{\"m2m:sgn\":{}}", 14);
  g_autofree char *url = g_strdup_printf ("%s://127.0.0.1:%u/cse/%s", scheme, f->port, name);
  const GhDelivery delivery = {
    .url = url,
    .operation = GH_OPERATION_NOTIFY,
    .from = "CTester",
    .request_identifier = "n1",
    .release_version = "3",
    .body = body,
    .timeout_ms = PATIENCE,
  };

  *outcome = (Outcome){ 0 };
  OPS->send (f->client.transport, &delivery, take_result, outcome);
}

static void
wait_for (Outcome *outcome)
{
  g_mutex_lock (&outcome->lock);
  while (!outcome->done)
    g_cond_wait (&outcome->changed, &outcome->lock);
  g_mutex_unlock (&outcome->lock);
  g_test_message ("status %d, rsc %u: %s", outcome->status, outcome->rsc,
                  outcome->reason != NULL ? outcome->reason : "-");
}

/* One request to its end. Returns: whether it was answered. */
static gboolean
ask (Fixture *f, const char *name)
{
  Outcome outcome;

  begin_request (f, "https", name, &outcome);
  wait_for (&outcome);
  g_free (outcome.reason);
  g_assert_cmpint (outcome.status == GH_DELIVERY_DONE, ==, outcome.rsc != 0);
  return outcome.status == GH_DELIVERY_DONE;
}

static void
count_one (const GhAssociationInfo *info, gpointer user_data)
{
  guint *n = user_data;

  g_assert_cmpstr (info->transport, ==, "https");
  g_assert_cmpint (info->proof, ==, GH_PROOF_PSK);
  g_assert_nonnull (strstr (info->suite, "PSK"));
  g_assert_true (g_str_has_prefix (info->peer, "127.0.0.1:"));
  (*n)++;
}

static guint
count_associations (const End *end)
{
  guint n = 0;

  gh_security_list_associations (end->security, 0, 100, count_one, &n);
  return n;
}

/* The other side notices on a thread of its own. */
static void
wait_for_associations (const End *end, guint expected)
{
  while (count_associations (end) != expected)
    g_thread_yield ();
}

static void
test_a_key_proves_both_sides (void)
{
  Fixture f;
  g_autofree char *credential = NULL;

  fixture_begin (&f, KEY);
  g_assert_true (ask (&f, "one"));
  credential = fake_core_dup_credential (f.server.core);
  g_assert_cmpstr (credential, ==, f.credential->id);
  g_assert_cmpuint (count_associations (&f.server), ==, 1);
  g_assert_cmpuint (count_associations (&f.client), ==, 1);
  /* the connection stays, and what is large passes */
  g_assert_true (ask (&f, "later"));
  g_assert_true (ask (&f, "two"));
  g_assert_cmpuint (count_associations (&f.server), ==, 1);
  g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 3);
  fixture_finish (&f);
}

static void
test_who_proves_nothing_is_not_heard (void)
{
  static const struct {
    const char *key, *identity;
  } cases[] = { { WRONG_KEY, NULL }, { NULL, NULL } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f;

      fixture_begin (&f, cases[i].key);
      g_assert_false (ask (&f, "one"));
      g_assert_cmpuint (count_associations (&f.server), ==, 0);
      g_assert_cmpuint (count_associations (&f.client), ==, 0);
      g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 0);
      fixture_finish (&f);
    }
}

static void
test_an_unknown_identity_is_not_heard (void)
{
  Fixture f;
  g_autofree char *authority = NULL;

  fixture_begin (&f, NULL);
  authority = g_strdup_printf ("127.0.0.1:%u", f.port);
  gh_credential_unref (fixture_add_psk (f.client.vault, "stranger@example.org", authority, KEY));
  g_assert_false (ask (&f, "one"));
  g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 0);
  fixture_finish (&f);
}

static void
test_a_suspended_key_ends_at_the_next_request (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_begin (&f, KEY);
  g_assert_true (ask (&f, "one"));
  g_assert_true (
    gh_vault_set_state (f.server.vault, f.credential->number, GH_CREDENTIAL_SUSPENDED, &error));
  /* on the open connection, on a resumed one and on a new one */
  for (guint i = 0; i < 3; i++)
    g_assert_false (ask (&f, "two"));
  g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 1);
  wait_for_associations (&f.server, 0);
  g_assert_true (
    gh_vault_set_state (f.server.vault, f.credential->number, GH_CREDENTIAL_ACTIVE, &error));
  /* a ticket of before may have to be refused first */
  g_assert_true (ask (&f, "three") || ask (&f, "three"));
  fixture_finish (&f);
}

static void
first_id (const GhAssociationInfo *info, gpointer user_data)
{
  *(guint64 *) user_data = info->id;
}

static void
test_an_association_is_ended_in_the_middle_of_a_request (void)
{
  Fixture f;
  Outcome outcome;
  guint64 id = 0;

  fixture_begin (&f, KEY);
  begin_request (&f, "https", "never", &outcome);
  fake_core_wait_pending (f.server.core, 1);
  gh_security_list_associations (f.server.security, 0, 1, first_id, &id);
  g_assert_cmpuint (id, !=, 0);
  OPS->close_association (f.server.transport, id + 1000);
  g_assert_cmpuint (count_associations (&f.server), ==, 1);
  OPS->close_association (f.server.transport, id);
  fake_core_release (f.server.core);
  wait_for (&outcome);
  g_assert_cmpint (outcome.status, ==, GH_DELIVERY_UNREACHABLE);
  g_free (outcome.reason);
  wait_for_associations (&f.server, 0);
  fixture_finish (&f);
}

static void
test_the_client_ends_its_association (void)
{
  Fixture f;
  Outcome outcome;
  guint64 id = 0;

  fixture_begin (&f, KEY);
  begin_request (&f, "https", "never", &outcome);
  fake_core_wait_pending (f.server.core, 1);
  gh_security_list_associations (f.client.security, 0, 1, first_id, &id);
  OPS->close_association (f.client.transport, id);
  wait_for (&outcome);
  g_assert_cmpint (outcome.status, ==, GH_DELIVERY_UNREACHABLE);
  g_free (outcome.reason);
  g_assert_cmpuint (count_associations (&f.client), ==, 0);
  fixture_finish (&f);
}

static void
test_an_association_ends_before_its_key (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  gint64 end_us;

  fixture_begin (&f, KEY);
  end_us = gh_clock_wall_us (fake_core_clock (f.server.core)) + 3600 * (gint64) G_USEC_PER_SEC;
  g_assert_true (gh_vault_set_validity (f.server.vault, f.credential->number, 0, end_us, &error));
  g_assert_true (ask (&f, "one"));
  gh_clock_advance (fake_core_clock (f.server.core), 3590 * (gint64) G_USEC_PER_SEC);
  g_assert_true (ask (&f, "one"));
  gh_clock_advance (fake_core_clock (f.server.core), 9 * G_USEC_PER_SEC);
  wait_for_associations (&f.server, 0);
  g_assert_false (ask (&f, "two"));
  g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 2);
  fixture_finish (&f);
}

static void
test_a_server_that_proves_nothing_is_told_nothing (void)
{
  Fixture f;
  Outcome outcome;

  fixture_begin (&f, NULL);
  begin_request (&f, "https", "one", &outcome);
  wait_for (&outcome);
  g_assert_cmpint (outcome.status, ==, GH_DELIVERY_UNREACHABLE);
  g_assert_nonnull (outcome.reason);
  g_free (outcome.reason);
  g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 0);
  fixture_finish (&f);
}

static void
test_plain_text_gets_nothing (void)
{
  static const char text[] = "GET /cse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: CTester\r\n"
                             "X-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n";
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct timeval patience = { .tv_sec = 20 };
  char answer[512];
  gssize n, total = 0;
  Fixture f;
  int fd;

  fixture_begin (&f, KEY);
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_port = htons (f.port);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (send (fd, text, sizeof text - 1, MSG_NOSIGNAL), ==, sizeof text - 1);
  while ((n = recv (fd, answer + total, sizeof answer - (gsize) total - 1, 0)) > 0)
    total += n;
  answer[total] = '\0';
  g_assert_null (strstr (answer, "HTTP/"));
  close (fd);
  g_assert_cmpint (fake_core_dispatched (f.server.core), ==, 0);
  fixture_finish (&f);
}

static void
test_listeners_that_cannot_be (void)
{
  static const struct {
    const char *option, *reason;
    gboolean secure;
  } cases[] = {
    { "listen-secure=example.org:8443", "[http] listen-secure: example.org:8443 is not", TRUE },
    { "listen-secure=127.0.0.1", "[http] listen-secure: 127.0.0.1 is not", TRUE },
    { "listen-secure=127.0.0.1:0", "nothing here proves who a peer is", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const options[] = { cases[i].option, NULL };
      FakeCore *core = fake_core_new (options);
      GhSecurity *security = fixture_security (fake_core_clock (core), NULL);
      g_autoptr (GError) error = NULL;
      GhTransport *transport;

      fake_core_host_writable (core)->security = cases[i].secure ? security : NULL;
      fake_core_host_writable (core)->development = FALSE;
      transport = OPS->create (fake_core_host (core), NULL);
      g_assert_false (OPS->start (transport, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, cases[i].reason));
      g_assert_null (fake_core_url (core, 0));
      OPS->free (transport);
      gh_security_free (security);
      fake_core_free (core);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/https/a-key-proves-both-sides", test_a_key_proves_both_sides);
  g_test_add_func ("/https/who-proves-nothing-is-not-heard", test_who_proves_nothing_is_not_heard);
  g_test_add_func ("/https/an-unknown-identity-is-not-heard",
                   test_an_unknown_identity_is_not_heard);
  g_test_add_func ("/https/a-suspended-key-ends-at-the-next-request",
                   test_a_suspended_key_ends_at_the_next_request);
  g_test_add_func ("/https/an-association-is-ended-in-the-middle-of-a-request",
                   test_an_association_is_ended_in_the_middle_of_a_request);
  g_test_add_func ("/https/the-client-ends-its-association", test_the_client_ends_its_association);
  g_test_add_func ("/https/an-association-ends-before-its-key",
                   test_an_association_ends_before_its_key);
  g_test_add_func ("/https/a-server-that-proves-nothing-is-told-nothing",
                   test_a_server_that_proves_nothing_is_told_nothing);
  g_test_add_func ("/https/plain-text-gets-nothing", test_plain_text_gets_nothing);
  g_test_add_func ("/https/listeners-that-cannot-be", test_listeners_that_cannot_be);
  return g_test_run ();
}
