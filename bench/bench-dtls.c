/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <gnutls/dtls.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "association-fixture.h"
#include "base/gh-log.h"

/* What the datagram layer costs on top of GnuTLS: the same clients, which are bare GnuTLS, against
 * it and against bare GnuTLS, in one process without sockets. One line of CSV a case and round: CPU
 * of both ends. bench-dtls [ROUNDS [SECONDS [CREDENTIALS]]] */

enum { MAX_CLIENTS = 4096, ECHO = 60 };

#define IDENTITY "pump@example.org"
#define KEY      "0123456789abcdef"
#define COMMON \
  "NONE:+VERS-DTLS1.2:+COMP-NULL:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:+CTYPE-ALL:%PROFILE_HIGH"

static const struct {
  const char *name, *profile, *priority;
} suites[] = { { "PSK CCM_8", "onem2m", COMMON ":+PSK:+AES-128-CCM-8:+AEAD" },
               { "PSK CBC_SHA256", "onem2m", COMMON ":+PSK:+AES-128-CBC:+SHA256" },
               { "PSK GCM", "modern", COMMON ":+PSK:+AES-128-GCM:+AEAD" },
               { "X509 CCM_8", "onem2m", COMMON ":+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD" } };

/* One end that is bare GnuTLS. */
typedef struct _End End;
struct _End {
  gnutls_session_t session;
  GhPeer address;
  const guint8 *mail;
  gsize mail_length;
  GQueue *out; /* of GBytes */
  gboolean done;
  guint received;
};

typedef struct {
  GhSecurity *security;
  GhTlsContext *context;
  GhDatagramLayer *layer; /* NULL: the server is bare, too */
  End clients[MAX_CLIENTS], servers[MAX_CLIENTS];
  GQueue to_client[MAX_CLIENTS];
  gnutls_priority_t priority;
  gnutls_psk_client_credentials_t psk;
  gnutls_psk_server_credentials_t psk_server;
  gnutls_certificate_credentials_t certificate;
  gnutls_datum_t ticket_key, resume;
} Bench;

static Bench bench;

static gint64
cpu_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static ssize_t
push (gnutls_transport_ptr_t pointer, const void *octets, size_t length)
{
  End *end = pointer;
  g_queue_push_tail (end->out, g_bytes_new (octets, length));
  return (ssize_t) length;
}

static ssize_t
pull (gnutls_transport_ptr_t pointer, void *out, size_t size)
{
  End *end = pointer;
  if (end->mail == NULL)
    {
      gnutls_transport_set_errno (end->session, EAGAIN);
      return -1;
    }
  gsize n = MIN (size, end->mail_length);
  memcpy (out, end->mail, n);
  end->mail = NULL;
  return (ssize_t) n;
}

static int
pull_timeout (gnutls_transport_ptr_t pointer, unsigned milliseconds)
{
  (void) milliseconds;
  return ((End *) pointer)->mail != NULL;
}

static int
give_key (gnutls_session_t session, const char *identity, gnutls_datum_t *key)
{
  (void) session;
  (void) identity;
  key->data = gnutls_malloc (16);
  key->size = 16;
  memcpy (key->data, KEY, 16);
  return 0;
}

static int
accept_any (gnutls_session_t session)
{
  (void) session;
  return 0;
}

static void
end_init (End *end, unsigned role)
{
  gnutls_session_t session;
  gnutls_init (&end->session, role | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
  session = end->session;
  gnutls_priority_set (session, bench.priority);
  gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, bench.certificate);
  if (role == GNUTLS_CLIENT)
    gnutls_credentials_set (session, GNUTLS_CRD_PSK, bench.psk);
  else
    gnutls_credentials_set (session, GNUTLS_CRD_PSK, bench.psk_server);
  if (role == GNUTLS_SERVER)
    {
      gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUIRE);
      gnutls_session_ticket_enable_server (session, &bench.ticket_key);
    }
  gnutls_transport_set_ptr (session, end);
  gnutls_transport_set_push_function (session, push);
  gnutls_transport_set_pull_function (session, pull);
  gnutls_transport_set_pull_timeout_function (session, pull_timeout);
  gnutls_dtls_set_mtu (session, 1280);
  gnutls_dtls_set_timeouts (session, 60000, 600000);
}

static void
layer_send (gpointer user_data, const GhPeer *to, gconstpointer octets, gsize length)
{
  (void) user_data;
  guint index = ntohs (to->address.v4.sin_port);
  g_queue_push_tail (&bench.to_client[index], g_bytes_new (octets, length));
}

static void
layer_opened (gpointer user_data, GhAssociation *association)
{
  (void) user_data;
  (void) association;
}

static void
layer_received (gpointer user_data, GhAssociation *association, const guint8 *octets, gsize length)
{
  (void) user_data;
  if (gh_association_get_principal (association) == NULL
      || !gh_association_send (association, octets, length))
    exit (1);
}

static void
layer_closed (gpointer user_data, GhAssociation *association, const char *reason)
{
  (void) user_data;
  (void) association;
  (void) reason;
}

static const GhDatagramOps layer_ops = { sizeof (GhDatagramOps), layer_send, layer_opened,
                                         layer_received, layer_closed };

static void
feed (End *end, const guint8 *octets, gsize length, gboolean echo)
{
  guint8 record[2048];
  end->mail = octets;
  end->mail_length = length;
  if (!end->done)
    {
      int status;
      do
        status = gnutls_handshake (end->session);
      while (status < 0 && !gnutls_error_is_fatal (status) && end->mail != NULL);
      if (status < 0 && gnutls_error_is_fatal (status))
        {
          fprintf (stderr, "bench-dtls: %s\n", gnutls_strerror (status));
          exit (1);
        }
      end->done = status == 0;
      return;
    }
  gssize n = gnutls_record_recv (end->session, record, sizeof record);
  if (n <= 0)
    return;
  end->received++;
  if (echo)
    gnutls_record_send (end->session, record, (gsize) n);
}

static void
feed_server (guint index, const guint8 *octets, gsize length)
{
  if (bench.layer != NULL)
    gh_datagram_layer_feed (bench.layer, &bench.clients[index].address, octets, length);
  else
    feed (&bench.servers[index], octets, length, TRUE);
}

/* Until nothing is under way between client @index and the server. */
static void
run (guint index)
{
  End *client = &bench.clients[index];
  GBytes *octets;
  gsize length;
  for (;;)
    {
      if ((octets = g_queue_pop_head (client->out)) != NULL)
        feed_server (index, g_bytes_get_data (octets, &length), g_bytes_get_size (octets));
      else if ((octets = g_queue_pop_head (&bench.to_client[index])) != NULL)
        feed (client, g_bytes_get_data (octets, &length), g_bytes_get_size (octets), FALSE);
      else
        return;
      g_bytes_unref (octets);
    }
}

static void
connect_one (guint index, gboolean resumed)
{
  End *client = &bench.clients[index];
  client->out = g_queue_new ();
  client->address = fixture_peer ("192.0.2.7", (guint16) index);
  client->done = FALSE;
  end_init (client, GNUTLS_CLIENT);
  if (resumed)
    gnutls_session_set_data (client->session, bench.resume.data, bench.resume.size);
  if (bench.layer == NULL)
    {
      End *server = &bench.servers[index];
      server->out = &bench.to_client[index];
      server->done = FALSE;
      end_init (server, GNUTLS_SERVER);
    }
  if (gnutls_handshake (client->session) != GNUTLS_E_AGAIN)
    exit (1);
  run (index);
  if (!client->done || (resumed && !gnutls_session_is_resumed (client->session)))
    {
      fprintf (stderr, "bench-dtls: the handshake did not end as wanted\n");
      exit (1);
    }
}

static void
drop_client (guint index)
{
  End *client = &bench.clients[index];
  gnutls_deinit (client->session);
  g_queue_free_full (client->out, (GDestroyNotify) g_bytes_unref);
  client->out = NULL;
}

static void
disconnect_one (guint index)
{
  gnutls_bye (bench.clients[index].session, GNUTLS_SHUT_WR);
  run (index);
  drop_client (index);
  if (bench.layer == NULL)
    gnutls_deinit (bench.servers[index].session);
  g_queue_clear_full (&bench.to_client[index], (GDestroyNotify) g_bytes_unref);
}

static void
report (guint round, const char *what, const char *suite, gint64 ns, guint n)
{
  printf ("%u,%s,%s,%s,%.2f,%.0f\n", round, what, suite, bench.layer != NULL ? "layer" : "bare",
          (double) ns / n / 1000, n * 1e9 / (double) ns);
  fflush (stdout);
}

static void
measure_handshakes (guint round, const char *suite, gboolean resumed, double seconds)
{
  guint n = 0;
  connect_one (1, FALSE);
  g_clear_pointer (&bench.resume.data, gnutls_free);
  gnutls_session_get_data2 (bench.clients[1].session, &bench.resume);
  disconnect_one (1);
  gint64 start = cpu_ns (), end = start + (gint64) (seconds * 1e9);
  for (; cpu_ns () < end; n++)
    {
      connect_one (1, resumed);
      disconnect_one (1);
    }
  report (round, resumed ? "resumed handshake" : "full handshake", suite, cpu_ns () - start, n);
}

static void
measure_echoes (guint round, const char *suite, guint associations, double seconds)
{
  const guint8 request[ECHO] = { 0 };
  guint n = 0;
  g_autofree char *what = g_strdup_printf ("echo of %d octets with %u", ECHO, associations);
  for (guint i = 1; i <= associations; i++)
    connect_one (i, FALSE);
  gint64 start = cpu_ns (), end = start + (gint64) (seconds * 1e9);
  for (; n % 64 != 0 || cpu_ns () < end; n++)
    {
      guint index = 1 + n % associations;
      gnutls_record_send (bench.clients[index].session, request, sizeof request);
      run (index);
    }
  report (round, what, suite, cpu_ns () - start, n);
  for (guint i = 1; i <= associations; i++)
    disconnect_one (i);
}

/* What stays on the server's side when every client has gone without a word. */
static void
measure_memory (guint round, const char *suite)
{
  enum { N = 2000 };
  struct mallinfo2 before = mallinfo2 ();
  for (guint i = 1; i <= N; i++)
    connect_one (i, FALSE);
  for (guint i = 1; i <= N; i++)
    drop_client (i);
  struct mallinfo2 after = mallinfo2 ();
  printf ("%u,idle association,%s,%s,%zu octets,\n", round, suite,
          bench.layer != NULL ? "layer" : "bare", (after.uordblks - before.uordblks) / N);
  for (guint i = 1; bench.layer == NULL && i <= N; i++)
    gnutls_deinit (bench.servers[i].session);
}

/* ClientHellos from addresses that were made up, and what an honest handshake costs among 100 of
 * them. */
static void
measure_flood (guint round, const char *suite, double seconds)
{
  End *client = &bench.clients[1];
  client->out = g_queue_new ();
  end_init (client, GNUTLS_CLIENT);
  gnutls_handshake (client->session);
  g_autoptr (GBytes) hello = g_bytes_ref (g_queue_peek_head (client->out));
  drop_client (1);
  gsize length;
  const guint8 *octets = g_bytes_get_data (hello, &length);
  GhPeer peer = fixture_peer ("198.51.100.1", 2);
  guint n = 0;
  struct mallinfo2 before = mallinfo2 ();
  gint64 start = cpu_ns (), end = start + (gint64) (seconds * 1e9), honest = 0;
  for (; n % 100 != 0 || cpu_ns () < end; n++)
    {
      peer.address.v4.sin_addr.s_addr = n;
      gh_datagram_layer_feed (bench.layer, &peer, octets, length);
      g_bytes_unref (g_queue_pop_head (&bench.to_client[2]));
      if (n % 100 != 99)
        continue;
      honest -= cpu_ns ();
      connect_one (1, FALSE);
      disconnect_one (1);
      honest += cpu_ns ();
    }
  gint64 spent = cpu_ns () - start;
  struct mallinfo2 after = mallinfo2 ();
  report (round, "hello of a flood", suite, spent - honest, n);
  report (round, "full handshake in a flood", suite, honest, n / 100);
  printf ("%u,memory of a flood,%s,layer,%zd octets,\n", round, suite,
          (gssize) (after.uordblks - before.uordblks));
}

static void
open_layer (const char *profile)
{
  FixtureOptions tls = { .profile = profile };
  bench.context = fixture_context (bench.security, GH_TLS_SERVER, TRUE, &tls);
  GhDatagramOptions options = { .security = bench.security,
                                .server = bench.context,
                                .max_associations = MAX_CLIENTS,
                                .max_per_source = MAX_CLIENTS,
                                .max_handshakes = MAX_CLIENTS,
                                .transport = "coaps" };
  bench.layer = gh_datagram_layer_new (&options, &layer_ops, NULL);
}

static void
close_layer (void)
{
  g_clear_pointer (&bench.layer, gh_datagram_layer_free);
  g_clear_pointer (&bench.context, gh_tls_context_unref);
  for (guint i = 0; i < MAX_CLIENTS; i++)
    g_queue_clear_full (&bench.to_client[i], (GDestroyNotify) g_bytes_unref);
}

static void
measure (guint round, guint suite, double seconds)
{
  const char *name = suites[suite].name;
  gnutls_priority_init (&bench.priority, suites[suite].priority, NULL);
  for (guint kind = 0; kind < 2; kind++)
    {
      if (kind == 1)
        open_layer (suites[suite].profile);
      measure_handshakes (round, name, FALSE, seconds);
      measure_handshakes (round, name, TRUE, seconds);
      measure_echoes (round, name, 8, seconds);
      measure_echoes (round, name, 64, seconds);
      if (kind == 1)
        measure_flood (round, name, seconds);
      measure_memory (round, name);
      close_layer ();
    }
  gnutls_priority_deinit (bench.priority);
}

/* What else the vault has: keys that no client here uses. */
static void
fill_vault (GhVault *vault, guint n)
{
  enum { PAGE = 1000 };
  g_autofree GhVaultDraft *drafts = g_new0 (GhVaultDraft, PAGE);
  g_autoptr (GhSecret) secret = gh_secret_new (KEY, 16, NULL);
  for (guint from = 0; from < n; from += PAGE)
    {
      g_autoptr (GPtrArray) subjects = g_ptr_array_new_with_free_func (g_free);
      const guint here = MIN (n - from, PAGE);
      for (guint i = 0; i < here; i++)
        {
          g_ptr_array_add (subjects, g_strdup_printf ("other%u@example.org", from + i));
          drafts[i] = (GhVaultDraft){ .kind = GH_CREDENTIAL_PSK,
                                      .subject = subjects->pdata[i],
                                      .secret = secret };
        }
      g_autoptr (GPtrArray) added = gh_vault_add_many (vault, drafts, here, NULL, NULL);
      if (added == NULL)
        exit (1);
    }
}

static void
set_up (guint credentials)
{
  g_autoptr (GhClock) clock = gh_clock_new_system ();
  bench.security = fixture_security (clock, NULL);
  GhVault *vault = gh_security_get_vault (bench.security);
  fill_vault (vault, credentials);
  gh_credential_unref (fixture_add_psk (vault, IDENTITY, NULL, KEY));
  fixture_add_client_keys (vault, "x509:1", "rpk:1");
  g_autoptr (GhCredential) own = gh_vault_find_target (vault, "x509:1");
  gsize length;
  gconstpointer data = gh_secret_data (own->secret, &length);
  gnutls_datum_t key = { (guint8 *) data, (unsigned) length };
  data = g_bytes_get_data (own->public_data, &length);
  gnutls_datum_t certificate = { (guint8 *) data, (unsigned) length };
  gnutls_datum_t psk = { (guint8 *) KEY, 16 };
  gnutls_certificate_allocate_credentials (&bench.certificate);
  gnutls_certificate_set_x509_key_mem (bench.certificate, &certificate, &key, GNUTLS_X509_FMT_DER);
  gnutls_certificate_set_verify_function (bench.certificate, accept_any);
  gnutls_psk_allocate_client_credentials (&bench.psk);
  gnutls_psk_set_client_credentials (bench.psk, IDENTITY, &psk, GNUTLS_PSK_KEY_RAW);
  gnutls_psk_allocate_server_credentials (&bench.psk_server);
  gnutls_psk_set_server_credentials_function (bench.psk_server, give_key);
  gnutls_session_ticket_key_generate (&bench.ticket_key);
  for (guint i = 0; i < MAX_CLIENTS; i++)
    g_queue_init (&bench.to_client[i]);
}

int
main (int argc, char **argv)
{
  guint rounds = argc > 1 ? (guint) atoi (argv[1]) : 3;
  double seconds = argc > 2 ? atof (argv[2]) : 1;
  gh_log_set_level (GH_LOG_WARNING);
  set_up (argc > 3 ? (guint) atoi (argv[3]) : 10);
  printf ("round,what,suite,server,cpu_us,per_second\n");
  for (guint round = 1; round <= rounds; round++)
    for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
      measure (round, i, seconds);
  return 0;
}
