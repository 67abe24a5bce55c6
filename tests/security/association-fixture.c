/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "association-fixture.h"

#include "security/gh-subject.h"

#include <arpa/inet.h>
#include <string.h>

GhPeer
fixture_peer (const char *address, guint16 port)
{
  GhPeer peer;
  memset (&peer, 0, sizeof peer);
  if (inet_pton (AF_INET, address, &peer.address.v4.sin_addr) == 1)
    {
      peer.address.v4.sin_family = AF_INET;
      peer.length = sizeof peer.address.v4;
    }
  else
    {
      g_assert_cmpint (inet_pton (AF_INET6, address, &peer.address.v6.sin6_addr), ==, 1);
      peer.address.v6.sin6_family = AF_INET6;
      peer.length = sizeof peer.address.v6;
    }
  peer.address.v4.sin_port = htons (port);
  return peer;
}

/* A plugin that knows a certificate, and a raw key, by the hash of its octets. */

typedef struct {
  GhSecurityHost host;
} Prover;

static GhSecurityPlugin *
prover_create (const GhSecurityHost *host, GError **error)
{
  (void) error;
  Prover *prover = g_new0 (Prover, 1);
  prover->host = *host;
  return (GhSecurityPlugin *) prover;
}

static void
prover_free (GhSecurityPlugin *plugin)
{
  g_free (plugin);
}

static gboolean
prover_find (Prover *prover, GhCredentialKind kind, const char *subject, GhClaim *claim)
{
  g_autoptr (GhCredential) found = prover->host.find (prover->host.core, kind, subject);
  if (found == NULL
      || !gh_credential_check_usable (found, gh_clock_wall_us (prover->host.clock), NULL))
    return FALSE;
  *claim = (GhClaim){ .credential = g_steal_pointer (&found), .not_after_us = GH_NEVER_US };
  return TRUE;
}

static GhKeyStatus
prover_lookup (GhSecurityPlugin *plugin, const GhKeyQuery *query, GhSecret **key, GhClaim *claim)
{
  g_autofree char *subject = g_strndup (query->identity, query->length);
  if (!gh_kpsa_id_check (query->identity, query->length, NULL)
      || !prover_find ((Prover *) plugin, GH_CREDENTIAL_PSK, subject, claim))
    return g_str_has_prefix (subject, "pending-") ? GH_KEY_PENDING : GH_KEY_UNKNOWN;
  claim->proof = GH_PROOF_PSK;
  *key = gh_secret_ref (claim->credential->secret);
  return GH_KEY_FOUND;
}

static gboolean
prover_judge (GhSecurityPlugin *plugin, const GhPeerEvidence *evidence, GhClaim *claim,
              GhFault *fault)
{
  gboolean raw = evidence->chain == NULL;
  const gnutls_datum_t *shown = raw ? &evidence->raw_key : evidence->chain;
  g_auto (GhSubject) subject = { 0 };
  /* what a plugin that verifies chains asks for each time */
  g_autoptr (GPtrArray) anchors = ((Prover *) plugin)->host.anchors (
    ((Prover *) plugin)->host.core, GH_PURPOSE_ALL);
  if (raw)
    subject.text = gh_subject_of_key (shown->data, shown->size, 256, fault);
  else if (!gh_subject_read_der (shown->data, shown->size, &subject, fault))
    return FALSE;
  if (subject.text == NULL
      || !prover_find ((Prover *) plugin, raw ? GH_CREDENTIAL_RPK : GH_CREDENTIAL_X509,
                       subject.text, claim))
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "not known");
  claim->proof = raw ? GH_PROOF_RPK : GH_PROOF_X509;
  g_autoptr (GBytes) octets = g_bytes_new (shown->data, shown->size);
  if (g_bytes_equal (octets, claim->credential->public_data))
    return TRUE;
  gh_claim_clear (claim);
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "another certificate");
}

static const GhSecurityOps prover_ops = {
  .struct_size = sizeof (GhSecurityOps),
  .name = "test-prover",
  .credential_kinds = 1u << GH_CREDENTIAL_PSK | 1u << GH_CREDENTIAL_X509 | 1u << GH_CREDENTIAL_RPK
                      | 1u << GH_CREDENTIAL_ANCHOR,
  .create = prover_create,
  .free = prover_free,
  .psk_lookup = prover_lookup,
  .judge_peer = prover_judge,
};

static gnutls_privkey_t
make_key (gnutls_ecc_curve_t curve)
{
  gnutls_privkey_t key;
  g_assert_cmpint (gnutls_privkey_init (&key), ==, 0);
  unsigned bits = GNUTLS_CURVE_TO_BITS (curve != 0 ? curve : GNUTLS_ECC_CURVE_SECP256R1);
  g_assert_cmpint (gnutls_privkey_generate2 (key, GNUTLS_PK_ECDSA, bits, 0, NULL, 0), ==, 0);
  return key;
}

static GhSecret *
export_key (gnutls_privkey_t key)
{
  gnutls_x509_privkey_t plain;
  gnutls_datum_t der;
  g_assert_cmpint (gnutls_privkey_export_x509 (key, &plain), ==, 0);
  g_assert_cmpint (
    gnutls_x509_privkey_export2_pkcs8 (plain, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der),
    ==, 0);
  GhSecret *secret = gh_secret_new (der.data, der.size, NULL);
  gnutls_free (der.data);
  gnutls_x509_privkey_deinit (plain);
  return secret;
}

static gnutls_pubkey_t
public_of (gnutls_privkey_t key)
{
  gnutls_pubkey_t public_key;
  g_assert_cmpint (gnutls_pubkey_init (&public_key), ==, 0);
  g_assert_cmpint (gnutls_pubkey_import_privkey (public_key, key, 0, 0), ==, 0);
  return public_key;
}

static GBytes *
raw_public (gnutls_privkey_t key)
{
  gnutls_pubkey_t public_key = public_of (key);
  gnutls_datum_t der;
  g_assert_cmpint (gnutls_pubkey_export2 (public_key, GNUTLS_X509_FMT_DER, &der), ==, 0);
  GBytes *octets = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);
  gnutls_pubkey_deinit (public_key);
  return octets;
}

/* Self-signed: who trusts it is a matter of the plugin. */
static GBytes *
make_certificate (gnutls_privkey_t key, const char *name, gnutls_x509_subject_alt_name_t type,
                  gnutls_digest_algorithm_t digest)
{
  gnutls_x509_crt_t certificate;
  gnutls_pubkey_t public_key = public_of (key);
  gnutls_datum_t der;
  g_assert_cmpint (gnutls_x509_crt_init (&certificate), ==, 0);
  gnutls_x509_crt_set_version (certificate, 3);
  gnutls_x509_crt_set_serial (certificate, "\x01", 1);
  gnutls_x509_crt_set_dn (certificate, "CN=test", NULL);
  gnutls_x509_crt_set_issuer_dn (certificate, "CN=test issuer", NULL);
  gnutls_x509_crt_set_activation_time (certificate, FIXTURE_WALL_US / G_USEC_PER_SEC - 86400);
  gnutls_x509_crt_set_expiration_time (certificate, FIXTURE_WALL_US / G_USEC_PER_SEC + 86400 * 400);
  gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
  gnutls_x509_crt_set_subject_alt_name (certificate, type, name, (unsigned) strlen (name), 0);
  g_assert_cmpint (gnutls_x509_crt_set_pubkey (certificate, public_key), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_privkey_sign (certificate, certificate, key,
                                                 digest != 0 ? digest : GNUTLS_DIG_SHA256, 0),
                   ==, 0);
  g_assert_cmpint (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_DER, &der), ==, 0);
  GBytes *octets = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);
  gnutls_x509_crt_deinit (certificate);
  gnutls_pubkey_deinit (public_key);
  return octets;
}

static void
put_server_key (GhVault *vault)
{
  g_autoptr (GhSecret) present = gh_vault_get_item (vault, "server-key");
  if (present != NULL)
    return;
  gnutls_privkey_t key = make_key (0);
  g_autoptr (GhSecret) secret = export_key (key);
  g_autoptr (GBytes) octets = make_certificate (key, "server.example.org", GNUTLS_SAN_DNSNAME,
                                                GNUTLS_DIG_SHA256);
  gsize length;
  gconstpointer data = g_bytes_get_data (octets, &length);
  g_autoptr (GhSecret) certificate = gh_secret_new (data, length, NULL);
  g_assert_true (gh_vault_put_item (vault, "server-key", secret, NULL));
  g_assert_true (gh_vault_put_item (vault, "server-certificate", certificate, NULL));
  gnutls_privkey_deinit (key);
}

GhSecurity *
fixture_security (GhClock *clock, GhVault *vault)
{
  return fixture_security_with (clock, vault, &prover_ops);
}

GhSecurity *
fixture_security_with (GhClock *clock, GhVault *vault, const GhSecurityOps *ops)
{
  g_autoptr (GError) error = NULL;
  if (vault == NULL)
    vault = gh_vault_open (NULL, NULL, clock, &error);
  g_assert_no_error (error);
  put_server_key (vault);
  GhSecurityOptions options = {
    .clock = clock, .vault = vault, .cse_id = "/test", .sp_domain = "example.org"
  };
  GhSecurity *security = gh_security_new (&options);
  g_assert_true (gh_security_add_plugin (security, ops, NULL, &error));
  return security;
}

GhTlsContext *
fixture_context (GhSecurity *security, GhTlsRole role, gboolean datagram,
                 const FixtureOptions *options)
{
  g_autoptr (GError) error = NULL;
  const char *profile = options != NULL && options->profile != NULL ? options->profile : "onem2m";
  guint ticket_s = options != NULL && options->ticket_s > 0 ? options->ticket_s : 86400;
  GhTlsContextConfig config = { .profile = gh_tls_profile_find (profile),
                                .role = role,
                                .datagram = datagram,
                                .raw_keys = TRUE,
                                .require_certificate = options != NULL
                                                       && options->require_certificate,
                                .ticket_lifetime_s = ticket_s != G_MAXUINT ? ticket_s : 0 };
  GhTlsContext *context = gh_tls_context_new (security, &config, &error);
  g_assert_no_error (error);
  return context;
}

static void
datagram_free (gpointer data)
{
  Datagram *datagram = data;
  g_bytes_unref (datagram->octets);
  g_free (datagram);
}

static void
side_send (gpointer user_data, const GhPeer *peer, gconstpointer octets, gsize length)
{
  Side *side = user_data;
  Datagram *datagram = g_new0 (Datagram, 1);
  datagram->from = side->address;
  datagram->to = *peer;
  datagram->octets = g_bytes_new (octets, length);
  side->net->n_sent++;
  side->net->n_octets += length;
  g_queue_push_tail (&side->net->queue, datagram);
}

static void
side_opened (gpointer user_data, GhAssociation *association)
{
  Side *side = user_data;
  side->n_opened++;
  g_ptr_array_add (side->opened, association);
  g_string_append (side->log, "opened\n");
}

static void
side_received (gpointer user_data, GhAssociation *association, const guint8 *octets, gsize length)
{
  Side *side = user_data;
  side->n_received++;
  g_string_append_printf (side->log, "received %.*s\n", (int) length, octets);
  if (side->echo)
    g_assert_true (gh_association_send (association, octets, length));
}

static void
side_closed (gpointer user_data, GhAssociation *association, const char *reason)
{
  Side *side = user_data;
  side->n_closed++;
  g_ptr_array_remove (side->opened, association);
  g_string_append_printf (side->log, "closed %s\n", reason);
}

static const GhDatagramOps side_ops = { .struct_size = sizeof (GhDatagramOps),
                                        .send = side_send,
                                        .opened = side_opened,
                                        .received = side_received,
                                        .closed = side_closed };

void
fixture_net_restart (Side *side, const GhDatagramOptions *options)
{
  side->layer = gh_datagram_layer_new (options, &side_ops, side);
}

static Side *
side_new (Net *net, const char *name, const char *address, GhVault *vault,
          const FixtureOptions *options)
{
  Side *side = g_new0 (Side, 1);
  side->net = net;
  side->name = name;
  side->address = fixture_peer (address, 5684);
  side->opened = g_ptr_array_new ();
  side->log = g_string_new (NULL);
  side->security = fixture_security (net->clock, vault);
  side->vault = gh_security_get_vault (side->security);
  side->server = fixture_context (side->security, GH_TLS_SERVER, TRUE, options);
  side->client = fixture_context (side->security, GH_TLS_CLIENT, TRUE, options);
  GhDatagramOptions layer = { .security = side->security,
                              .server = side->server,
                              .client = side->client,
                              .max_associations = 1000,
                              .max_per_source = 100,
                              .max_handshakes = 100,
                              .transport = "coaps" };
  if (options != NULL && options->max_associations != 0)
    layer.max_associations = options->max_associations;
  if (options != NULL && options->max_per_source != 0)
    layer.max_per_source = options->max_per_source;
  if (options != NULL && options->max_handshakes != 0)
    layer.max_handshakes = options->max_handshakes;
  if (options != NULL)
    layer.idle_us = options->idle_us;
  side->layer = gh_datagram_layer_new (&layer, &side_ops, side);
  return side;
}

static void
side_free (Side *side)
{
  gh_datagram_layer_free (side->layer);
  gh_tls_context_unref (side->server);
  gh_tls_context_unref (side->client);
  gh_security_free (side->security);
  g_assert_cmpuint (side->opened->len, ==, 0);
  g_ptr_array_unref (side->opened);
  g_string_free (side->log, TRUE);
  g_free (side);
}

Net *
fixture_net_new (const FixtureOptions *options)
{
  Net *net = g_new0 (Net, 1);
  net->clock = options != NULL && options->clock != NULL ? gh_clock_ref (options->clock)
                                                         : gh_clock_new_fake (FIXTURE_WALL_US);
  g_queue_init (&net->queue);
  net->random = g_rand_new_with_seed (1);
  net->sides[0] = side_new (net, "server", "192.0.2.1", options != NULL ? options->vault : NULL,
                            options);
  net->sides[1] = side_new (net, "client", "192.0.2.2", NULL, options);
  return net;
}

void
fixture_net_free (Net *net)
{
  side_free (net->sides[1]);
  side_free (net->sides[0]);
  g_queue_clear_full (&net->queue, datagram_free);
  g_rand_free (net->random);
  gh_clock_unref (net->clock);
  g_free (net);
}

static Side *
side_at (Net *net, const GhPeer *peer)
{
  for (guint i = 0; i < 2; i++)
    if (memcmp (&net->sides[i]->address.address, &peer->address, peer->length) == 0)
      return net->sides[i];
  return NULL;
}

static void
deliver (Net *net, const Datagram *datagram)
{
  Side *to = side_at (net, &datagram->to);
  gsize length;
  const guint8 *octets = g_bytes_get_data (datagram->octets, &length);
  if (to != NULL)
    gh_datagram_layer_feed (to->layer, &datagram->from, octets, length);
}

void
fixture_pump (Net *net)
{
  for (guint turns = 0; net->queue.length > 0 && turns < 10000; turns++)
    {
      guint index = 0;
      if (net->reorder)
        index = (guint) g_rand_int_range (net->random, 0, (gint) net->queue.length);
      Datagram *datagram = g_queue_pop_nth (&net->queue, index);
      guint times = net->disturb != NULL ? net->disturb (net, datagram) : 1;
      for (guint i = 0; i < times; i++)
        deliver (net, datagram);
      datagram_free (datagram);
    }
}

void
fixture_pass (Net *net, gint64 us)
{
  gint64 until_us = gh_clock_monotonic_us (net->clock) + us;
  fixture_pump (net);
  for (;;)
    {
      gint64 now_us = gh_clock_monotonic_us (net->clock);
      gint64 next_us = until_us;
      for (guint i = 0; i < 2; i++)
        next_us = MIN (next_us, gh_datagram_layer_next_us (net->sides[i]->layer));
      if (next_us > now_us)
        gh_clock_advance (net->clock, next_us - now_us);
      for (guint i = 0; i < 2; i++)
        gh_datagram_layer_tick (net->sides[i]->layer);
      fixture_pump (net);
      if (next_us >= until_us)
        return;
    }
}

GhAssociation *
fixture_connect (Net *net)
{
  g_autoptr (GError) error = NULL;
  GhAssociation *association = gh_datagram_layer_connect (
    net->sides[1]->layer, &net->sides[0]->address, "server.example.org", "server:5684", &error);
  g_assert_no_error (error);
  return association;
}

GhAssociation *
fixture_last (Side *side)
{
  g_assert_cmpuint (side->opened->len, >, 0);
  return g_ptr_array_index (side->opened, side->opened->len - 1);
}

GhAssociation *
fixture_connected (Net *net)
{
  guint before[2] = { net->sides[0]->n_opened, net->sides[1]->n_opened };
  GhAssociation *association = fixture_connect (net);
  fixture_pump (net);
  g_assert_cmpuint (net->sides[0]->n_opened, ==, before[0] + 1);
  g_assert_cmpuint (net->sides[1]->n_opened, ==, before[1] + 1);
  return association;
}

static GhCredential *
add (GhVault *vault, const GhVaultDraft *draft)
{
  g_autoptr (GError) error = NULL;
  GhCredential *credential = gh_vault_add (vault, draft, &error);
  g_assert_no_error (error);
  return credential;
}

GhCredential *
fixture_add_psk (GhVault *vault, const char *identity, const char *target, const char *key)
{
  g_autoptr (GhSecret) secret = gh_secret_new (key, strlen (key), NULL);
  const char *targets[] = { target, NULL };
  const char *identities[] = { target == NULL ? "CTester" : NULL, NULL };
  GhVaultDraft draft = { .kind = GH_CREDENTIAL_PSK,
                         .subject = identity,
                         .owner = identity,
                         .identities = identities,
                         .targets = targets,
                         .secret = secret };
  return add (vault, &draft);
}

guint64
fixture_share_psk (Net *net, const char *identity)
{
  const char *key = "0123456789abcdef";
  g_autoptr (GhCredential) ours = fixture_add_psk (net->sides[0]->vault, identity, NULL, key);
  g_autoptr (GhCredential) theirs = fixture_add_psk (net->sides[1]->vault, identity, "server:5684",
                                                     key);
  return ours->number;
}

static guint64
share_key (Net *net, GhCredentialKind kind, GhSecret *secret, GBytes *public_data)
{
  const char *targets[] = { "server:5684", NULL };
  const char *identities[] = { "CTester", NULL };
  GhVaultDraft theirs = { .kind = kind,
                          .owner = "tester",
                          .targets = targets,
                          .secret = secret,
                          .public_data = public_data };
  GhVaultDraft ours = {
    .kind = kind, .owner = "tester", .identities = identities, .public_data = public_data
  };
  g_autoptr (GhCredential) there = add (net->sides[1]->vault, &theirs);
  g_autoptr (GhCredential) here = add (net->sides[0]->vault, &ours);
  return here->number;
}

guint64
fixture_share_certificate (Net *net, gnutls_ecc_curve_t curve, gnutls_digest_algorithm_t digest)
{
  gnutls_privkey_t key = make_key (curve);
  g_autoptr (GhSecret) secret = export_key (key);
  g_autoptr (GBytes) certificate = make_certificate (key, "//example.org/test/CTester",
                                                     GNUTLS_SAN_URI, digest);
  guint64 number = share_key (net, GH_CREDENTIAL_X509, secret, certificate);
  gnutls_privkey_deinit (key);
  fixture_trust_server (net);
  return number;
}

guint64
fixture_share_raw_key (Net *net, gnutls_ecc_curve_t curve)
{
  gnutls_privkey_t key = make_key (curve);
  g_autoptr (GhSecret) secret = export_key (key);
  g_autoptr (GBytes) public_data = raw_public (key);
  guint64 number = share_key (net, GH_CREDENTIAL_RPK, secret, public_data);
  gnutls_privkey_deinit (key);
  fixture_trust_server (net);
  return number;
}

void
fixture_trust_server (Net *net)
{
  g_autoptr (GhSecret) key = gh_vault_get_item (net->sides[0]->vault, "server-key");
  g_autoptr (GhSecret) item = gh_vault_get_item (net->sides[0]->vault, "server-certificate");
  gsize length;
  gconstpointer data = gh_secret_data (item, &length);
  g_autoptr (GBytes) certificate = g_bytes_new (data, length);
  gnutls_privkey_t private_key;
  data = gh_secret_data (key, &length);
  gnutls_datum_t datum = { (guint8 *) data, (unsigned) length };
  g_assert_cmpint (gnutls_privkey_init (&private_key), ==, 0);
  g_assert_cmpint (
    gnutls_privkey_import_x509_raw (private_key, &datum, GNUTLS_X509_FMT_DER, NULL, 0), ==, 0);
  g_autoptr (GBytes) raw = raw_public (private_key);
  gnutls_privkey_deinit (private_key);
  GhVaultDraft x509 = { .kind = GH_CREDENTIAL_X509, .owner = "server", .public_data = certificate };
  GhVaultDraft rpk = { .kind = GH_CREDENTIAL_RPK, .owner = "server", .public_data = raw };
  gh_credential_unref (add (net->sides[1]->vault, &x509));
  gh_credential_unref (add (net->sides[1]->vault, &rpk));
}

static void
add_client_key (GhVault *vault, GhCredentialKind kind, const char *target)
{
  gnutls_privkey_t key = make_key (0);
  const char *targets[] = { target, NULL };
  g_autoptr (GhSecret) secret = export_key (key);
  g_autoptr (GBytes) public_data = kind == GH_CREDENTIAL_RPK
                                     ? raw_public (key)
                                     : make_certificate (key, "//example.org/test/CTester",
                                                         GNUTLS_SAN_URI, 0);
  GhVaultDraft draft = {
    .kind = kind, .owner = target, .targets = targets, .secret = secret, .public_data = public_data
  };
  gh_credential_unref (add (vault, &draft));
  gnutls_privkey_deinit (key);
}

void
fixture_add_client_keys (GhVault *vault, const char *x509_target, const char *rpk_target)
{
  add_client_key (vault, GH_CREDENTIAL_X509, x509_target);
  add_client_key (vault, GH_CREDENTIAL_RPK, rpk_target);
}
