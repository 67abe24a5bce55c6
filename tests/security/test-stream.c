/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "association-fixture.h"

/* Streams between two CSEs over a pair of sockets. */

#define PUMP "pump@example.org"

typedef struct {
  Net *net; /* for its two vaults */
  GhTlsContext *server, *client;
  GhStream *ends[2]; /* server, client */
  gint status[2];
} Pair;

static void
pair_init (Pair *pair, const FixtureOptions *options)
{
  memset (pair, 0, sizeof *pair);
  pair->net = fixture_net_new (NULL);
  pair->server = fixture_context (pair->net->sides[0]->security, GH_TLS_SERVER, FALSE, options);
  pair->client = fixture_context (pair->net->sides[1]->security, GH_TLS_CLIENT, FALSE, options);
}

static void
pair_close (Pair *pair)
{
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&pair->ends[i], gh_stream_free);
}

static void
pair_clear (Pair *pair)
{
  pair_close (pair);
  gh_tls_context_unref (pair->server);
  gh_tls_context_unref (pair->client);
  fixture_net_free (pair->net);
}

static void
pair_connect (Pair *pair)
{
  g_autoptr (GError) error = NULL;
  int fds[2];
  pair_close (pair);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      GhStreamOptions options = { .security = pair->net->sides[i]->security,
                                  .context = i == 0 ? pair->server : pair->client,
                                  .fd = fds[i],
                                  .peer = &pair->net->sides[1 - i]->address,
                                  .server_name = i == 0 ? NULL : "server.example.org",
                                  .authority = i == 0 ? NULL : "server:5684",
                                  .transport = "coaps+tcp" };
      pair->ends[i] = gh_stream_new (&options, &error);
      g_assert_no_error (error);
      pair->status[i] = GH_STREAM_AGAIN;
    }
  for (guint turn = 0; turn < 20; turn++)
    for (guint i = 0; i < 2; i++)
      if (pair->status[i] == GH_STREAM_AGAIN)
        pair->status[i] = gh_stream_handshake (pair->ends[i]);
}

static gssize
carry (Pair *pair, guint from, const char *text, char *out, gsize size)
{
  g_assert_cmpint (gh_stream_write (pair->ends[from], text, strlen (text)), ==, strlen (text));
  gssize n = gh_stream_read (pair->ends[1 - from], out, size - 1);
  if (n >= 0)
    out[n] = '\0';
  return n;
}

static void
assert_carries (Pair *pair)
{
  char out[64];
  g_assert_cmpint (pair->status[0], ==, 1);
  g_assert_cmpint (pair->status[1], ==, 1);
  g_assert_cmpint (carry (pair, 1, "hello", out, sizeof out), ==, 5);
  g_assert_cmpstr (out, ==, "hello");
  g_assert_cmpint (carry (pair, 0, "good day", out, sizeof out), ==, 8);
  g_assert_cmpstr (out, ==, "good day");
}

static void
keep_info (const GhAssociationInfo *info, gpointer user_data)
{
  char **kept = user_data;
  g_free (*kept);
  *kept = g_strdup_printf ("%s%s", info->suite, info->resumed ? " resumed" : "");
}

static char *
describe (Pair *pair)
{
  char *suite = NULL;
  gh_security_list_associations (pair->net->sides[0]->security, 0, 100, keep_info, &suite);
  return suite;
}

static void
assert_suite (Pair *pair, const char *expected)
{
  g_autofree char *suite = describe (pair);
  g_assert_cmpstr (suite, ==, expected);
}

static void
test_psk (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  fixture_share_psk (pair.net, PUMP);
  pair_connect (&pair);
  assert_carries (&pair);
  const GhPrincipal *principal = gh_stream_get_principal (pair.ends[0]);
  g_assert_cmpint (gh_principal_get_proof (principal), ==, GH_PROOF_PSK);
  assert_suite (&pair, "TLS1.2 PSK AES-128-CCM-8");
  pair_clear (&pair);
}

static void
test_modern (void)
{
  FixtureOptions options = { .profile = "modern" };
  Pair pair;
  pair_init (&pair, &options);
  fixture_share_certificate (pair.net, 0, 0);
  pair_connect (&pair);
  assert_carries (&pair);
  assert_suite (&pair, "TLS1.3 X25519 AES-128-GCM");
  pair_clear (&pair);
}

/* A key that was provisioned for 1.2 is used there, though both sides know 1.3. */
static void
test_modern_psk_is_1_2 (void)
{
  FixtureOptions options = { .profile = "modern" };
  Pair pair;
  pair_init (&pair, &options);
  fixture_share_psk (pair.net, PUMP);
  pair_connect (&pair);
  assert_carries (&pair);
  assert_suite (&pair, "TLS1.2 ECDHE-PSK CHACHA20-POLY1305");
  pair_clear (&pair);
}

static void
test_raw_key (gconstpointer profile)
{
  FixtureOptions options = { .profile = profile };
  Pair pair;
  pair_init (&pair, &options);
  fixture_share_raw_key (pair.net, 0);
  pair_connect (&pair);
  assert_carries (&pair);
  const GhPrincipal *principal = gh_stream_get_principal (pair.ends[0]);
  g_assert_cmpint (gh_principal_get_proof (principal), ==, GH_PROOF_RPK);
  pair_clear (&pair);
}

static void
assert_fails (Pair *pair)
{
  pair_connect (pair);
  g_assert_cmpint (pair->status[0], ==, GH_STREAM_FAILED);
  g_assert_true (gh_stream_get_fault (pair->ends[0])->set);
  char octet;
  g_assert_cmpint (gh_stream_read (pair->ends[0], &octet, 1), ==, GH_STREAM_FAILED);
  g_assert_cmpint (gh_stream_write (pair->ends[0], "x", 1), ==, GH_STREAM_FAILED);
  g_assert_null (gh_stream_get_principal (pair->ends[0]));
}

static void
test_wrong_key (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  g_autoptr (GhCredential) a = fixture_add_psk (pair.net->sides[0]->vault, PUMP, NULL,
                                                "another key 1234");
  g_autoptr (GhCredential) b = fixture_add_psk (pair.net->sides[1]->vault, PUMP, "server:5684",
                                                "0123456789abcdef");
  assert_fails (&pair);
  g_autofree char *wrong = g_strdup (gh_stream_get_fault (pair.ends[0])->text);
  g_autofree char *theirs = g_strdup (gh_stream_get_fault (pair.ends[1])->text);
  g_assert_true (gh_vault_remove (pair.net->sides[0]->vault, a->number, NULL));
  assert_fails (&pair);
  g_assert_cmpstr (gh_stream_get_fault (pair.ends[0])->text, ==, wrong);
  g_assert_cmpstr (gh_stream_get_fault (pair.ends[1])->text, ==, theirs);
  pair_clear (&pair);
}

static void
test_short_key (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  fixture_share_raw_key (pair.net, GNUTLS_ECC_CURVE_SECP192R1);
  assert_fails (&pair);
  pair_clear (&pair);
}

static guint64
share_psk (Net *net)
{
  return fixture_share_psk (net, PUMP);
}

static guint64
share_certificate (Net *net)
{
  return fixture_share_certificate (net, 0, 0);
}

static guint64
share_raw_key (Net *net)
{
  return fixture_share_raw_key (net, 0);
}

typedef struct {
  const char *name, *profile;
  guint64 (*share) (Net *net);
} Kind;

static const Kind kinds[] = { { "1.2-psk", "onem2m", share_psk },
                              { "1.2-x509", "onem2m", share_certificate },
                              { "1.2-rpk", "onem2m", share_raw_key },
                              { "1.3-x509", "modern", share_certificate },
                              { "1.3-rpk", "modern", share_raw_key } };

static guint64
get_ticket (Pair *pair, const Kind *kind)
{
  FixtureOptions options = { .profile = kind->profile };
  pair_init (pair, &options);
  guint64 number = kind->share (pair->net);
  pair_connect (pair);
  assert_carries (pair);
  return number;
}

static void
test_resumed (gconstpointer data)
{
  Pair pair;
  get_ticket (&pair, data);
  for (guint i = 0; i < 3; i++)
    {
      pair_connect (&pair);
      assert_carries (&pair);
      g_autofree char *suite = describe (&pair);
      g_assert_true (g_str_has_suffix (suite, " resumed"));
    }
  pair_clear (&pair);
}

static void
assert_not_admitted (Pair *pair)
{
  for (guint i = 0; i < 2; i++)
    {
      pair_connect (pair);
      g_assert_cmpint (pair->status[0], ==, GH_STREAM_FAILED);
    }
  pair_clear (pair);
}

static void
test_revoked (gconstpointer data)
{
  Pair pair;
  guint64 number = get_ticket (&pair, data);
  g_assert_true (
    gh_vault_set_state (pair.net->sides[0]->vault, number, GH_CREDENTIAL_REVOKED, NULL));
  assert_not_admitted (&pair);
}

static void
test_suspended (gconstpointer data)
{
  Pair pair;
  guint64 number = get_ticket (&pair, data);
  g_assert_true (
    gh_vault_set_state (pair.net->sides[0]->vault, number, GH_CREDENTIAL_SUSPENDED, NULL));
  assert_not_admitted (&pair);
}

static void
test_expired (gconstpointer data)
{
  Pair pair;
  guint64 number = get_ticket (&pair, data);
  g_assert_true (gh_vault_set_validity (pair.net->sides[0]->vault, number, 0,
                                        FIXTURE_WALL_US + FIXTURE_SECOND, NULL));
  gh_clock_advance (pair.net->clock, FIXTURE_SECOND);
  assert_not_admitted (&pair);
}

static void
test_deleted (gconstpointer data)
{
  Pair pair;
  guint64 number = get_ticket (&pair, data);
  g_assert_true (gh_vault_remove (pair.net->sides[0]->vault, number, NULL));
  assert_not_admitted (&pair);
}

/* The ticket is of an earlier generation: once refused, then in full. */
static void
test_suspended_for_a_while (gconstpointer data)
{
  Pair pair;
  guint64 number = get_ticket (&pair, data);
  GhVault *vault = pair.net->sides[0]->vault;
  g_assert_true (gh_vault_set_state (vault, number, GH_CREDENTIAL_SUSPENDED, NULL));
  g_assert_true (gh_vault_set_state (vault, number, GH_CREDENTIAL_ACTIVE, NULL));
  pair_connect (&pair);
  g_assert_cmpint (pair.status[0], ==, GH_STREAM_FAILED);
  pair_connect (&pair);
  assert_carries (&pair);
  g_autofree char *suite = describe (&pair);
  g_assert_false (g_str_has_suffix (suite, " resumed"));
  pair_clear (&pair);
}

static void
test_ends_with_credential (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  guint64 number = share_psk (pair.net);
  gint64 end_us = FIXTURE_WALL_US + 10 * FIXTURE_SECOND;
  g_assert_true (gh_vault_set_validity (pair.net->sides[0]->vault, number, 0, end_us, NULL));
  pair_connect (&pair);
  assert_carries (&pair);
  g_assert_cmpint (gh_stream_get_end_us (pair.ends[0]), ==, end_us);
  gh_clock_advance (pair.net->clock, 10 * FIXTURE_SECOND);
  char octet;
  g_assert_cmpint (gh_stream_write (pair.ends[1], "x", 1), ==, 1);
  g_assert_cmpint (gh_stream_read (pair.ends[0], &octet, 1), ==, GH_STREAM_FAILED);
  pair_clear (&pair);
}

static void
test_revoked_while_open (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  guint64 number = share_psk (pair.net);
  pair_connect (&pair);
  assert_carries (&pair);
  g_assert_nonnull (gh_stream_get_principal (pair.ends[0]));
  g_assert_true (
    gh_vault_set_state (pair.net->sides[0]->vault, number, GH_CREDENTIAL_REVOKED, NULL));
  g_assert_null (gh_stream_get_principal (pair.ends[0]));
  g_assert_cmpint (gh_stream_write (pair.ends[0], "x", 1), ==, GH_STREAM_FAILED);
  pair_clear (&pair);
}

static void
test_close (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  share_psk (pair.net);
  pair_connect (&pair);
  assert_carries (&pair);
  g_clear_pointer (&pair.ends[1], gh_stream_free);
  char octet;
  g_assert_cmpint (gh_stream_read (pair.ends[0], &octet, 1), ==, GH_STREAM_CLOSED);
  pair_clear (&pair);
}

/* An end that is cut off is not an end that was announced. */
static void
test_cut_off (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  share_psk (pair.net);
  pair_connect (&pair);
  assert_carries (&pair);
  char octet;
  g_assert_cmpint (shutdown (gh_stream_get_fd (pair.ends[1]), SHUT_RDWR), ==, 0);
  g_assert_cmpint (gh_stream_read (pair.ends[0], &octet, 1), ==, GH_STREAM_FAILED);
  pair_clear (&pair);
}

/* More than the socket takes: the same call again, and every octet once. */
static void
test_long_writes (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  share_psk (pair.net);
  pair_connect (&pair);
  assert_carries (&pair);
  gsize length = 4 * 1024 * 1024, sent = 0, received = 0;
  g_autofree guint8 *octets = g_malloc (length);
  g_autofree guint8 *got = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    octets[i] = (guint8) (i * 31 >> 3);
  for (guint turn = 0; received < length && turn < 100000; turn++)
    {
      gssize n = sent < length ? gh_stream_write (pair.ends[1], octets + sent, length - sent)
                               : GH_STREAM_AGAIN;
      g_assert_cmpint (n, !=, GH_STREAM_FAILED);
      if (n > 0)
        sent += (gsize) n;
      else if (sent < length)
        g_assert_cmpint (gh_stream_wants (pair.ends[1]), ==, G_IO_OUT);
      n = gh_stream_read (pair.ends[0], got + received, length - received);
      g_assert_cmpint (n, !=, GH_STREAM_FAILED);
      if (n > 0)
        received += (gsize) n;
    }
  g_assert_cmpuint (received, ==, length);
  g_assert_cmpmem (octets, length, got, length);
  pair_clear (&pair);
}

static void
test_pending (void)
{
  Pair pair;
  pair_init (&pair, NULL);
  share_psk (pair.net);
  pair_connect (&pair);
  assert_carries (&pair);
  char out[4];
  g_assert_cmpint (gh_stream_write (pair.ends[1], "abcdef", 6), ==, 6);
  g_assert_cmpint (gh_stream_read (pair.ends[0], out, 4), ==, 4);
  g_assert_true (gh_stream_has_pending (pair.ends[0]));
  g_assert_cmpint (gh_stream_read (pair.ends[0], out, 4), ==, 2);
  g_assert_false (gh_stream_has_pending (pair.ends[0]));
  g_assert_cmpint (gh_stream_read (pair.ends[0], out, 4), ==, GH_STREAM_AGAIN);
  g_assert_cmpint (gh_stream_wants (pair.ends[0]), ==, G_IO_IN);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc func;
  } cases[] = {
    { "resumed", test_resumed },     { "revoked", test_revoked },
    { "suspended", test_suspended }, { "expired", test_expired },
    { "deleted", test_deleted },     { "suspended-for-a-while", test_suspended_for_a_while }
  };
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream/psk", test_psk);
  g_test_add_func ("/stream/modern", test_modern);
  g_test_add_func ("/stream/modern-psk-is-1.2", test_modern_psk_is_1_2);
  g_test_add_data_func ("/stream/raw-key/onem2m", "onem2m", test_raw_key);
  g_test_add_data_func ("/stream/raw-key/modern", "modern", test_raw_key);
  g_test_add_func ("/stream/wrong-key", test_wrong_key);
  g_test_add_func ("/stream/short-key", test_short_key);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (kinds); j++)
      {
        g_autofree char *path = g_strdup_printf ("/stream/%s/%s", cases[i].name, kinds[j].name);
        g_test_add_data_func (path, &kinds[j], cases[i].func);
      }
  g_test_add_func ("/stream/ends-with-credential", test_ends_with_credential);
  g_test_add_func ("/stream/revoked-while-open", test_revoked_while_open);
  g_test_add_func ("/stream/close", test_close);
  g_test_add_func ("/stream/cut-off", test_cut_off);
  g_test_add_func ("/stream/long-writes", test_long_writes);
  g_test_add_func ("/stream/pending", test_pending);
  return g_test_run ();
}
