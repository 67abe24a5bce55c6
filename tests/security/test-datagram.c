/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <malloc.h>
#include <string.h>

#include "association-fixture.h"
#include "security/gh-datagram-private.h"

#define PUMP "pump@example.org"

static void
test_psk_echo (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  net->sides[0]->echo = TRUE;
  GhAssociation *association = fixture_connected (net);
  g_assert_true (gh_association_send (association, "hello", 5));
  fixture_pump (net);
  g_assert_cmpstr (net->sides[0]->log->str, ==, "opened\nreceived hello\n");
  g_assert_cmpstr (net->sides[1]->log->str, ==, "opened\nreceived hello\n");
  const GhPrincipal *principal = gh_association_get_principal (fixture_last (net->sides[0]));
  g_assert_cmpint (gh_principal_get_proof (principal), ==, GH_PROOF_PSK);
  g_assert_true (gh_principal_may_use (principal, "CTester"));
  g_assert_false (gh_principal_may_use (principal, "COther"));
  gh_association_close (association, "done");
  fixture_pump (net);
  g_assert_cmpstr (net->sides[0]->log->str, ==,
                   "opened\nreceived hello\nclosed closed by the peer\n");
  fixture_net_free (net);
}

static void
assert_echo (Net *net)
{
  net->sides[0]->echo = TRUE;
  guint before = net->sides[1]->n_received;
  g_assert_true (gh_association_send (fixture_last (net->sides[1]), "x", 1));
  fixture_pump (net);
  g_assert_cmpuint (net->sides[1]->n_received, ==, before + 1);
}

static void
test_certificate (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_certificate (net, 0, 0);
  fixture_connected (net);
  const GhPrincipal *principal = gh_association_get_principal (fixture_last (net->sides[0]));
  g_assert_cmpint (gh_principal_get_proof (principal), ==, GH_PROOF_X509);
  assert_echo (net);
  fixture_net_free (net);
}

static void
test_raw_key (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_raw_key (net, 0);
  fixture_connected (net);
  const GhPrincipal *principal = gh_association_get_principal (fixture_last (net->sides[0]));
  g_assert_cmpint (gh_principal_get_proof (principal), ==, GH_PROOF_RPK);
  assert_echo (net);
  fixture_net_free (net);
}

static void
assert_refused (Net *net)
{
  guint opened = net->sides[0]->n_opened, closed = net->sides[1]->n_closed;
  fixture_connect (net);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, opened);
  g_assert_cmpuint (net->sides[1]->n_closed, ==, closed + 1);
}

static void
test_short_keys_are_refused (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_raw_key (net, GNUTLS_ECC_CURVE_SECP192R1);
  assert_refused (net);
  fixture_net_free (net);
  net = fixture_net_new (NULL);
  fixture_share_certificate (net, GNUTLS_ECC_CURVE_SECP224R1, 0);
  assert_refused (net);
  fixture_net_free (net);
}

static void
test_sha1_is_refused (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_certificate (net, 0, GNUTLS_DIG_SHA1);
  assert_refused (net);
  fixture_net_free (net);
}

static void
test_client_judges_server (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_certificate (net, 0, 0);
  g_autoptr (GhCredential) server = gh_vault_find (net->sides[1]->vault, GH_CREDENTIAL_X509,
                                                   "server.example.org");
  g_assert_true (
    gh_vault_set_state (net->sides[1]->vault, server->number, GH_CREDENTIAL_REVOKED, NULL));
  assert_refused (net);
  g_assert_cmpuint (net->sides[1]->n_opened, ==, 0);
  fixture_net_free (net);
}

/* What an observer sees of a handshake that is refused: datagrams and octets of the server. */
typedef struct {
  guint n;
  gsize octets;
  char *log;
} Seen;

static Seen
refused_handshake (const char *known, const char *known_key, const char *used)
{
  Net *net = fixture_net_new (NULL);
  g_autoptr (GhCredential) a = fixture_add_psk (net->sides[0]->vault, known, NULL, known_key);
  g_autoptr (GhCredential) b = fixture_add_psk (net->sides[1]->vault, used, "server:5684",
                                                "0123456789abcdef");
  fixture_connect (net);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 0);
  g_assert_cmpuint (net->sides[1]->n_opened, ==, 0);
  Seen seen = { net->n_sent, net->n_octets, g_strdup (net->sides[1]->log->str) };
  fixture_net_free (net);
  return seen;
}

static void
test_unknown_identity_looks_like_wrong_key (void)
{
  Seen wrong = refused_handshake ("aaa@example.org", "another key 1234", "aaa@example.org");
  Seen unknown = refused_handshake ("aaa@example.org", "0123456789abcdef", "bbb@example.org");
  g_assert_cmpuint (wrong.n, ==, unknown.n);
  g_assert_cmpuint (wrong.octets, ==, unknown.octets);
  g_assert_cmpstr (wrong.log, ==, unknown.log);
  g_free (wrong.log);
  g_free (unknown.log);
}

/* The identity is all of its octets: what follows a zero octet is not left out. */
static void
test_zero_octet_in_identity (void)
{
  Net *net = fixture_net_new (NULL);
  gnutls_psk_client_credentials_t own;
  gnutls_datum_t identity = { (guint8 *) PUMP "\0x", sizeof (PUMP "\0x") - 1 };
  gnutls_datum_t key = { (guint8 *) "0123456789abcdef", 16 };
  fixture_share_psk (net, PUMP);
  g_assert_cmpint (gnutls_psk_allocate_client_credentials (&own), ==, 0);
  g_assert_cmpint (gnutls_psk_set_client_credentials2 (own, &identity, &key, GNUTLS_PSK_KEY_RAW),
                   ==, 0);
  GhAssociation *client = fixture_connect (net);
  g_assert_cmpint (gnutls_credentials_set (client->session, GNUTLS_CRD_PSK, own), ==, 0);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 0);
  g_assert_cmpuint (net->sides[1]->n_closed, ==, 1);
  gnutls_psk_free_client_credentials (own);
  fixture_net_free (net);
}

static void
test_suspended_is_refused (void)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = fixture_share_psk (net, PUMP);
  g_assert_true (gh_vault_set_state (net->sides[0]->vault, number, GH_CREDENTIAL_SUSPENDED, NULL));
  assert_refused (net);
  fixture_net_free (net);
}

static guint
lose_some (Net *net, const Datagram *datagram)
{
  (void) datagram;
  guint dice = (guint) g_rand_int_range (net->random, 0, 10);
  return dice < 2 ? 0 : dice < 5 ? 2 : 1;
}

static void
test_bad_network (gconstpointer kind)
{
  for (guint seed = 1; seed <= 20; seed++)
    {
      Net *net = fixture_net_new (NULL);
      if (strcmp (kind, "psk") == 0)
        fixture_share_psk (net, PUMP);
      else
        fixture_share_certificate (net, 0, 0);
      g_rand_set_seed (net->random, seed);
      net->disturb = lose_some;
      net->reorder = TRUE;
      fixture_connect (net);
      fixture_pass (net, 20 * FIXTURE_SECOND);
      net->disturb = NULL;
      fixture_pass (net, 9 * FIXTURE_SECOND);
      g_assert_cmpuint (net->sides[1]->opened->len, ==, 1);
      assert_echo (net);
      fixture_net_free (net);
    }
}

static guint
mangle_some (Net *net, const Datagram *datagram)
{
  gsize length;
  const guint8 *octets = g_bytes_get_data (datagram->octets, &length);
  if (g_rand_int_range (net->random, 0, 4) != 0)
    return 1;
  g_autofree guint8 *bad = g_memdup2 (octets, length);
  for (gint n = g_rand_int_range (net->random, 1, 4); n > 0; n--)
    bad[g_rand_int_range (net->random, 0, (gint) length)] = (guint8) g_rand_int (net->random);
  Side *to = memcmp (&datagram->to, &net->sides[0]->address, sizeof datagram->to) == 0
               ? net->sides[0]
               : net->sides[1];
  if (g_rand_boolean (net->random))
    length = (gsize) g_rand_int_range (net->random, 0, (gint) length + 1);
  gh_datagram_layer_feed (to->layer, &datagram->from, bad, length);
  return 1;
}

/* Broken copies of everything that is sent, ahead of what is sent: a handshake may end of it, but
 * nobody is opened who has not proven himself, and the next one succeeds. */
static void
test_mangled (gconstpointer kind)
{
  for (guint seed = 1; seed <= 40; seed++)
    {
      Net *net = fixture_net_new (NULL);
      if (strcmp (kind, "psk") == 0)
        fixture_share_psk (net, PUMP);
      else
        fixture_share_raw_key (net, 0);
      g_rand_set_seed (net->random, seed);
      net->disturb = mangle_some;
      fixture_connect (net);
      fixture_pass (net, 40 * FIXTURE_SECOND);
      g_assert_cmpuint (net->sides[0]->n_opened, <=, 1);
      net->disturb = NULL;
      fixture_connected (net);
      assert_echo (net);
      fixture_net_free (net);
    }
}

static guint
double_all (Net *net, const Datagram *datagram)
{
  (void) net;
  (void) datagram;
  return 2;
}

static void
test_copies_are_dropped (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  net->disturb = double_all;
  fixture_connected (net);
  for (guint i = 0; i < 20; i++)
    g_assert_true (gh_association_send (fixture_last (net->sides[1]), "x", 1));
  net->reorder = TRUE;
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->n_received, ==, 20);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 1);
  fixture_net_free (net);
}

static GPtrArray *recorded;

static guint
record_all (Net *net, const Datagram *datagram)
{
  (void) net;
  Datagram *copy = g_memdup2 (datagram, sizeof *datagram);
  g_bytes_ref (copy->octets);
  g_ptr_array_add (recorded, copy);
  return 1;
}

static void
free_recorded (gpointer data)
{
  g_bytes_unref (((Datagram *) data)->octets);
  g_free (data);
}

static void
replay (Net *net)
{
  for (guint i = 0; i < recorded->len; i++)
    {
      const Datagram *old = g_ptr_array_index (recorded, i);
      gsize length;
      const guint8 *octets = g_bytes_get_data (old->octets, &length);
      if (memcmp (&old->to, &net->sides[0]->address, sizeof old->to) == 0)
        gh_datagram_layer_feed (net->sides[0]->layer, &old->from, octets, length);
    }
}

/* Everything of an earlier association, sent again into a later one from the same address, and once
 * more when nothing is there: nothing is received, nothing opened, nothing closed. */
static void
test_replay_into_later_association (void)
{
  Net *net = fixture_net_new (NULL);
  recorded = g_ptr_array_new_with_free_func (free_recorded);
  fixture_share_psk (net, PUMP);
  net->disturb = record_all;
  fixture_connected (net);
  gh_association_send (fixture_last (net->sides[1]), "secret", 6);
  fixture_pump (net);
  net->disturb = NULL;
  fixture_connected (net);
  g_assert_cmpuint (net->sides[0]->n_received, ==, 1);
  replay (net);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_received, ==, 1);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 2);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 1);
  assert_echo (net);
  g_ptr_array_unref (recorded);
  fixture_net_free (net);
}

static void
test_tampered_record_is_dropped (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  fixture_connected (net);
  g_assert_true (gh_association_send (fixture_last (net->sides[1]), "secret", 6));
  Datagram *datagram = g_queue_peek_head (&net->queue);
  gsize length;
  const guint8 *octets = g_bytes_get_data (datagram->octets, &length);
  for (gsize i = 0; i < length; i++)
    {
      g_autofree guint8 *bad = g_memdup2 (octets, length);
      bad[i] ^= 0x40;
      gh_datagram_layer_feed (net->sides[0]->layer, &datagram->from, bad, length);
    }
  for (gsize i = 0; i < length; i++)
    gh_datagram_layer_feed (net->sides[0]->layer, &datagram->from, octets, i);
  g_assert_cmpuint (net->sides[0]->n_received, ==, 0);
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->n_received, ==, 1);
  fixture_net_free (net);
}

static guint
lose_all (Net *net, const Datagram *datagram)
{
  (void) net;
  (void) datagram;
  return 0;
}

/* A client that lost its state begins anew from the same address. */
static void
test_new_handshake_replaces_old (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  fixture_connected (net);
  net->disturb = lose_all;
  gh_association_close (fixture_last (net->sides[1]), "forgotten");
  fixture_pump (net);
  net->disturb = NULL;
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 1);
  fixture_connected (net);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 1);
  g_assert_cmpuint (net->sides[0]->n_closed, ==, 1);
  assert_echo (net);
  fixture_net_free (net);
}

/* Somebody who can send from the same address, but has no key, does not disturb. */
static void
test_failing_handshake_keeps_old (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  GhAssociation *good = fixture_connected (net);
  g_autoptr (GhCredential) found = gh_vault_find_target (net->sides[1]->vault, "server:5684");
  g_autoptr (GhSecret) other = gh_secret_new ("quite another key", 17, NULL);
  /* the client's own copy of the key is replaced; its association is not rechecked */
  g_assert_true (gh_vault_rotate (net->sides[1]->vault, found->number, other, NULL, NULL));
  fixture_connect (net);
  fixture_pass (net, 60 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 1);
  g_assert_cmpuint (net->sides[0]->n_closed, ==, 0);
  g_assert_true (gh_association_send (good, "still", 5));
  fixture_pump (net);
  g_assert_nonnull (strstr (net->sides[0]->log->str, "received still"));
  fixture_net_free (net);
}

/* Nothing that a peer says in an association changes its keys, or who it is. */
static void
test_renegotiation_never (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  GhAssociation *client = fixture_connected (net);
  guint sent = net->n_sent;
  g_assert_cmpint (gnutls_handshake (client->session), ==, GNUTLS_E_AGAIN);
  g_assert_cmpuint (net->n_sent, ==, sent + 1);
  fixture_pass (net, 5 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 1);
  g_assert_cmpuint (net->sides[0]->n_closed, ==, 0);
  g_assert_cmpuint (net->n_sent, ==, sent + 1);
  fixture_net_free (net);
}

static void
test_ipv6 (void)
{
  FixtureOptions options = { 0 };
  Net *net = fixture_net_new (&options);
  fixture_share_psk (net, PUMP);
  net->sides[0]->address = fixture_peer ("2001:db8::1", 5684);
  net->sides[1]->address = fixture_peer ("2001:db8::2", 40000);
  fixture_connected (net);
  assert_echo (net);
  const guint8 *address = gh_principal_get_peer_address (
    gh_association_get_principal (fixture_last (net->sides[0])));
  g_assert_nonnull (address);
  g_assert_cmpint (address[0], ==, 0x20);
  fixture_net_free (net);
}

static void
test_idle_ends (void)
{
  FixtureOptions options = { .idle_us = 100 * FIXTURE_SECOND };
  Net *net = fixture_net_new (&options);
  fixture_share_psk (net, PUMP);
  fixture_connected (net);
  fixture_pass (net, 90 * FIXTURE_SECOND);
  assert_echo (net);
  fixture_pass (net, 90 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 1);
  fixture_pass (net, 20 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 0);
  g_assert_nonnull (strstr (net->sides[0]->log->str, "closed idle\n"));
  fixture_net_free (net);
}

/* Busy or not. */
static void
test_ends_with_credential (void)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = fixture_share_psk (net, PUMP);
  g_assert_true (gh_vault_set_validity (net->sides[0]->vault, number, 0,
                                        FIXTURE_WALL_US + 100 * FIXTURE_SECOND, NULL));
  fixture_connected (net);
  for (guint i = 0; i < 99; i++)
    {
      fixture_pass (net, FIXTURE_SECOND);
      assert_echo (net);
    }
  gh_clock_advance (net->clock, FIXTURE_SECOND);
  gh_association_send (fixture_last (net->sides[1]), "late", 4);
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 0);
  g_assert_null (strstr (net->sides[0]->log->str, "late"));
  fixture_net_free (net);
}

static void
test_recheck_closes_revoked (void)
{
  Net *net = fixture_net_new (NULL);
  guint64 number = fixture_share_psk (net, PUMP);
  fixture_connected (net);
  gh_datagram_layer_recheck (net->sides[0]->layer);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 1);
  g_assert_true (gh_vault_set_state (net->sides[0]->vault, number, GH_CREDENTIAL_REVOKED, NULL));
  g_assert_null (gh_association_get_principal (fixture_last (net->sides[0])));
  gh_datagram_layer_recheck (net->sides[0]->layer);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 0);
  fixture_pump (net);
  g_assert_cmpuint (net->sides[1]->opened->len, ==, 0);
  fixture_net_free (net);
}

static void
test_limits (void)
{
  FixtureOptions options = { .max_per_source = 3, .max_handshakes = 50 };
  Net *net = fixture_net_new (&options);
  fixture_share_psk (net, PUMP);
  for (guint i = 0; i < 5; i++)
    {
      net->sides[1]->address = fixture_peer ("192.0.2.9", (guint16) (40000 + i));
      fixture_connect (net);
      fixture_pump (net);
    }
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 3);
  net->sides[1]->address = fixture_peer ("192.0.2.10", 40000);
  fixture_connect (net);
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->opened->len, ==, 4);
  fixture_net_free (net);
}

static GBytes *first_hello;

static guint
keep_hello (Net *net, const Datagram *datagram)
{
  (void) net;
  if (first_hello == NULL)
    first_hello = g_bytes_ref (datagram->octets);
  return 1;
}

/* From addresses that were made up nothing comes back; so nothing may be kept for them. */
static void
test_flood_costs_no_state (void)
{
  FixtureOptions options = { .max_handshakes = 4 };
  Net *net = fixture_net_new (&options);
  fixture_share_psk (net, PUMP);
  net->disturb = keep_hello;
  fixture_connected (net);
  gsize length;
  const guint8 *octets = g_bytes_get_data (first_hello, &length);
  GhPeer peer = fixture_peer ("198.51.100.1", 1);
  g_queue_clear (&net->queue);
  struct mallinfo2 before = mallinfo2 ();
  for (guint i = 0; i < 50000; i++)
    {
      peer.address.v4.sin_addr.s_addr = g_rand_int (net->random);
      peer.address.v4.sin_port = (guint16) i;
      gh_datagram_layer_feed (net->sides[0]->layer, &peer, octets, length);
      Datagram *reply = g_queue_pop_head (&net->queue);
      g_assert_nonnull (reply);
      g_assert_cmpuint (g_bytes_get_size (reply->octets), <, length);
      g_bytes_unref (reply->octets);
      g_free (reply);
    }
  struct mallinfo2 after = mallinfo2 ();
  g_assert_cmpuint (after.uordblks, <, before.uordblks + 4096);
  fixture_connected (net);
  g_bytes_unref (first_hello);
  fixture_net_free (net);
}

/* What a node that sleeps costs: GnuTLS's session is nearly all of it. */
static void
test_memory_of_an_idle_association (void)
{
  enum { N = 200 };
  FixtureOptions options = { .max_per_source = N + 1, .max_handshakes = 10 };
  Net *net = fixture_net_new (&options);
  fixture_share_psk (net, PUMP);
  fixture_connected (net);
  struct mallinfo2 before = mallinfo2 ();
  for (guint i = 0; i < N; i++)
    {
      net->sides[1]->address = fixture_peer ("192.0.2.9", (guint16) (40000 + i));
      GhAssociation *association = fixture_connected (net);
      net->disturb = lose_all;
      gh_association_close (association, "asleep");
      fixture_pump (net);
      net->disturb = NULL;
    }
  struct mallinfo2 after = mallinfo2 ();
  g_assert_cmpuint (net->sides[0]->opened->len, ==, N + 1);
  gsize each = after.uordblks > before.uordblks ? (after.uordblks - before.uordblks) / N : 0;
  g_test_message ("%zu octets", each);
  g_assert_cmpuint (each, <=, 14 * 1024);
  fixture_net_free (net);
}

static void
test_pending_key_holds_flight (void)
{
  Net *net = fixture_net_new (NULL);
  g_autoptr (GhCredential) theirs = fixture_add_psk (net->sides[1]->vault, "pending-a@example.org",
                                                     "server:5684", "0123456789abcdef");
  fixture_connect (net);
  fixture_pass (net, 2 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 0);
  g_autoptr (GhCredential) ours = fixture_add_psk (net->sides[0]->vault, "pending-a@example.org",
                                                   NULL, "0123456789abcdef");
  fixture_pass (net, 2 * FIXTURE_SECOND);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, 1);
  assert_echo (net);
  fixture_net_free (net);
}

static void
test_pending_key_that_never_comes (void)
{
  Net *net = fixture_net_new (NULL);
  g_autoptr (GhCredential) theirs = fixture_add_psk (net->sides[1]->vault, "pending-a@example.org",
                                                     "server:5684", "0123456789abcdef");
  assert_refused (net);
  fixture_net_free (net);
}

static void
test_without_credential (void)
{
  Net *net = fixture_net_new (NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (gh_datagram_layer_connect (net->sides[1]->layer, &net->sides[0]->address, NULL,
                                            "elsewhere:5684", &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "elsewhere:5684"));
  fixture_net_free (net);
}

static void
test_length_of_a_record (void)
{
  Net *net = fixture_net_new (NULL);
  fixture_share_psk (net, PUMP);
  GhAssociation *association = fixture_connected (net);
  gsize length = gh_association_max_length (association);
  g_autofree guint8 *octets = g_malloc0 (length + 1);
  g_assert_cmpuint (length, >, 1152);
  g_assert_true (gh_association_send (association, octets, length));
  const Datagram *datagram = g_queue_peek_head (&net->queue);
  g_assert_cmpuint (g_bytes_get_size (datagram->octets), <=, 1280);
  g_assert_false (gh_association_send (association, octets, length + 1));
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->n_received, ==, 1);
  fixture_net_free (net);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/datagram/psk-echo", test_psk_echo);
  g_test_add_func ("/datagram/certificate", test_certificate);
  g_test_add_func ("/datagram/raw-key", test_raw_key);
  g_test_add_func ("/datagram/short-keys-are-refused", test_short_keys_are_refused);
  g_test_add_func ("/datagram/sha1-is-refused", test_sha1_is_refused);
  g_test_add_func ("/datagram/client-judges-server", test_client_judges_server);
  g_test_add_func ("/datagram/unknown-identity-looks-like-wrong-key",
                   test_unknown_identity_looks_like_wrong_key);
  g_test_add_func ("/datagram/zero-octet-in-identity", test_zero_octet_in_identity);
  g_test_add_func ("/datagram/suspended-is-refused", test_suspended_is_refused);
  g_test_add_data_func ("/datagram/bad-network/psk", "psk", test_bad_network);
  g_test_add_data_func ("/datagram/bad-network/certificate", "certificate", test_bad_network);
  g_test_add_data_func ("/datagram/mangled/psk", "psk", test_mangled);
  g_test_add_data_func ("/datagram/mangled/raw-key", "raw-key", test_mangled);
  g_test_add_func ("/datagram/copies-are-dropped", test_copies_are_dropped);
  g_test_add_func ("/datagram/replay-into-later-association", test_replay_into_later_association);
  g_test_add_func ("/datagram/tampered-record-is-dropped", test_tampered_record_is_dropped);
  g_test_add_func ("/datagram/new-handshake-replaces-old", test_new_handshake_replaces_old);
  g_test_add_func ("/datagram/failing-handshake-keeps-old", test_failing_handshake_keeps_old);
  g_test_add_func ("/datagram/renegotiation-never", test_renegotiation_never);
  g_test_add_func ("/datagram/ipv6", test_ipv6);
  g_test_add_func ("/datagram/idle-ends", test_idle_ends);
  g_test_add_func ("/datagram/ends-with-credential", test_ends_with_credential);
  g_test_add_func ("/datagram/recheck-closes-revoked", test_recheck_closes_revoked);
  g_test_add_func ("/datagram/limits", test_limits);
  g_test_add_func ("/datagram/flood-costs-no-state", test_flood_costs_no_state);
  g_test_add_func ("/datagram/memory-of-an-idle-association", test_memory_of_an_idle_association);
  g_test_add_func ("/datagram/pending-key-holds-flight", test_pending_key_holds_flight);
  g_test_add_func ("/datagram/pending-key-that-never-comes", test_pending_key_that_never_comes);
  g_test_add_func ("/datagram/without-credential", test_without_credential);
  g_test_add_func ("/datagram/length-of-a-record", test_length_of_a_record);
  return g_test_run ();
}
