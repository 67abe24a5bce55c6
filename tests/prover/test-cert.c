/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "../../plugins/cert/gh-cert-judge.h"
#include "base/gh-log.h"
#include "prover-fixture.h"
#include "security/gh-subject.h"

#define OPS (&gh_cert_security_ops)
#define DAY (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* One judgement: files of make-pki in, what is expected out. */
typedef struct {
  const char *chain;      /* names without .der, the peer's own first */
  const char *name;       /* the server that we meant; NULL: the peer is a client */
  const char *refusal;    /* text that the reason holds; NULL: accepted */
  const char *identity;   /* of the claim; NULL: none */
  const char *credential; /* id of the claim's credential */
  const char *ocsp;       /* file of the stapled answer without .ocsp; NULL: none */
  gint64 later_us;
} Case;

static const struct {
  const char *name;
  guint purposes;
} anchors[] = {
  { "ae", GH_PURPOSE_AE },     { "cse", GH_PURPOSE_CSE },       { "ct", GH_PURPOSE_CSE },
  { "node", GH_PURPOSE_NODE }, { "device", GH_PURPOSE_DEVICE }, { "server", GH_PURPOSE_SERVER },
  { "strict", GH_PURPOSE_AE }, { "open", GH_PURPOSE_ALL },
};

static void
add_anchors (ProverFixture *fixture)
{
  for (gsize i = 0; i < G_N_ELEMENTS (anchors); i++)
    {
      g_autofree char *file = g_strdup_printf ("%s.der", anchors[i].name);
      g_autoptr (GBytes) der = prover_fixture_read (file);

      prover_fixture_add (fixture, &(GhCredential){ .kind = GH_CREDENTIAL_ANCHOR,
                                                    .state = GH_CREDENTIAL_ACTIVE,
                                                    .subject = anchors[i].name,
                                                    .purposes = anchors[i].purposes,
                                                    .public_data = der });
    }
}

static void
add_entry (ProverFixture *fixture, const char *subject, GhCredentialState state, const char *file)
{
  g_autoptr (GBytes) der = file != NULL ? prover_fixture_read (file) : NULL;
  const gboolean raw = g_str_has_prefix (subject, "ni:");

  prover_fixture_add (fixture,
                      &(GhCredential){ .kind = raw ? GH_CREDENTIAL_RPK : GH_CREDENTIAL_X509,
                                       .state = state,
                                       .subject = subject,
                                       .public_data = der });
}

static void
assert_case (GhSecurityPlugin *plugin, const Case *expected)
{
  g_auto (GStrv) names = g_strsplit (expected->chain, " ", -1);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gnutls_datum_t chain[16] = { { NULL, 0 } };
  GhPeerEvidence evidence = { .chain = chain,
                              .server = expected->name != NULL,
                              .expected_name = expected->name,
                              .wall_us = g_get_real_time () + expected->later_us };
  GhClaim claim = { 0 };
  GhFault fault = { 0 };
  gboolean ok;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *file = g_strdup_printf ("%s.der", names[i]);
      gsize size;

      g_ptr_array_add (files, prover_fixture_read (file));
      chain[i].data = (unsigned char *) g_bytes_get_data (files->pdata[i], &size);
      chain[i].size = (unsigned) size;
      evidence.n_chain = i + 1;
    }
  if (expected->ocsp != NULL)
    {
      g_autofree char *file = g_strdup_printf ("%s.ocsp", expected->ocsp);
      gsize size;

      g_ptr_array_add (files, prover_fixture_read (file));
      evidence.ocsp.data = (unsigned char *) g_bytes_get_data (files->pdata[files->len - 1], &size);
      evidence.ocsp.size = (unsigned) size;
    }
  ok = OPS->judge_peer (plugin, &evidence, &claim, &fault);
  g_test_message ("%s: %s", expected->chain, ok ? "accepted" : fault.text);
  if (expected->refusal != NULL)
    {
      g_assert_false (ok);
      g_assert_true (fault.set);
      if (strstr (fault.text, expected->refusal) == NULL)
        g_error ("%s: refused with '%s', expected '%s'", expected->chain, fault.text,
                 expected->refusal);
      g_assert_null (claim.credential);
      return;
    }
  if (!ok)
    g_error ("%s: refused with '%s'", expected->chain, fault.text);
  g_assert_cmpint (claim.proof, ==, GH_PROOF_X509);
  g_assert_cmpstr (claim.identity, ==, expected->identity);
  if (expected->credential != NULL)
    g_assert_cmpstr (claim.credential->id, ==, expected->credential);
  g_assert_cmpint (claim.not_after_us, >, evidence.wall_us);
  g_assert_cmpint (claim.not_after_us, <=, g_get_real_time () + 31 * DAY);
  gh_claim_clear (&claim);
}

static void
assert_cases (const char *configuration, const Case *cases, gsize n)
{
  ProverFixture fixture;
  GhSecurityPlugin *plugin;

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  prover_fixture_init (&fixture, configuration);
  add_anchors (&fixture);
  add_entry (&fixture, "urn:dev:mac:0024befffe804ff1", GH_CREDENTIAL_ACTIVE, NULL);
  add_entry (&fixture, "2.16.840.1.99:4.5.6", GH_CREDENTIAL_ACTIVE, "good-device.der");
  add_entry (&fixture, "/mn2", GH_CREDENTIAL_ACTIVE, NULL);
  plugin = prover_fixture_create (&fixture, OPS);
  for (gsize i = 0; i < n; i++)
    assert_case (plugin, &cases[i]);
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

static void
test_accepts_each_flavour (void)
{
  static const Case cases[] = {
    { "good-ae", NULL, NULL, "//example.org/mn1/Cpump7", "anchor-ae", NULL, 0 },
    { "good-cse", NULL, NULL, "/mn1", "anchor-cse", NULL, 0 },
    { "good-in", NULL, NULL, "/in", "anchor-cse", NULL, 0 },
    { "good-ct", NULL, NULL, "/mn2", "x509-/mn2", NULL, 0 },
    { "good-node", NULL, NULL, NULL, "x509-urn:dev:mac:0024befffe804ff1", NULL, 0 },
    { "good-device", NULL, NULL, NULL, "x509-2.16.840.1.99:4.5.6", NULL, 0 },
    { "good-open", NULL, NULL, "//example.com/in/Cx", "anchor-open", NULL, 0 },
    { "good-p384", NULL, NULL, "//example.org/Sx", "anchor-open", NULL, 0 },
    { "good-server", "host.example.org", NULL, "host.example.org", "anchor-server", NULL, 0 },
    { "good-server", "HOST.example.org", NULL, "HOST.example.org", "anchor-server", NULL, 0 },
    { "good-server", "127.0.0.1", NULL, "127.0.0.1", "anchor-server", NULL, 0 },
    { "good-cse", "/mn1", NULL, "/mn1", "anchor-cse", NULL, 0 },
    /* with the anchor itself, with an unrelated one, out of order */
    { "good-ae ae", NULL, NULL, "//example.org/mn1/Cpump7", "anchor-ae", NULL, 0 },
    { "good-ae stranger", NULL, NULL, "//example.org/mn1/Cpump7", "anchor-ae", NULL, 0 },
    { "below-middle middle", NULL, NULL, "//example.org/mn1/Cdeep", "anchor-open", NULL, 0 },
    { "below-middle open middle", NULL, NULL, "//example.org/mn1/Cdeep", "anchor-open", NULL, 0 },
    { "below-level7 level7 level6 level5 level4 level3 level2 level1", NULL, NULL,
      "//example.org/mn1/Cdeep", "anchor-open", NULL, 0 },
  };

  assert_cases ("", cases, G_N_ELEMENTS (cases));
}

static void
test_refuses_each_defect (void)
{
  static const Case cases[] = {
    { "good-ae", NULL, "certificate 1: has expired", NULL, NULL, NULL, 31 * DAY },
    { "good-ae", NULL, "is not yet valid", NULL, NULL, NULL, -1 * DAY },
    { "stranger-ae", NULL, "no anchor has signed", NULL, NULL, NULL, 0 },
    { "stranger-ae stranger", NULL, "ends at an authority that is no anchor", NULL, NULL, NULL, 0 },
    { "self", NULL, "self-signed", NULL, NULL, NULL, 0 },
    { "good-server", NULL, "contradict", NULL, NULL, NULL, 0 },
    { "good-cse", "mn1.in.example.org", "does not vouch for certificates of this kind", NULL, NULL,
      NULL, 0 },
    { "outside-dns", "/x", "nameConstraints", NULL, NULL, NULL, 0 },
    { "wildcard-dns", NULL, "a wildcard", NULL, NULL, NULL, 0 },
    { "wildcard-uri", NULL, "a wildcard", NULL, NULL, NULL, 0 },
    { "wild-server", "host.example.org", "a wildcard", NULL, NULL, NULL, 0 },
    { "p192", NULL, "a curve of 192 bits", NULL, NULL, NULL, 0 },
    { "rsa1024", NULL, "an RSA key", NULL, NULL, NULL, 0 },
    { "rsa2048", NULL, "an RSA key", NULL, NULL, NULL, 0 },
    { "rsa3072", NULL, "an RSA key", NULL, NULL, NULL, 0 },
    { "sha1", NULL, "SHA-256 or better was expected", NULL, NULL, NULL, 0 },
    { "no-usage", NULL, "has no keyUsage", NULL, NULL, NULL, 0 },
    { "no-signature", NULL, "does not have digitalSignature", NULL, NULL, NULL, 0 },
    { "server-only", NULL, "is not for a TLS client", NULL, NULL, NULL, 0 },
    { "good-ae", "example.org", "does not vouch", NULL, NULL, NULL, 0 },
    { "outside-uri", NULL, "violates the nameConstraints", NULL, NULL, NULL, 0 },
    { "outside-below", NULL, "violates the nameConstraints", NULL, NULL, NULL, 0 },
    { "outside-dns", NULL, "violates the nameConstraints", NULL, NULL, NULL, 0 },
    { "outside-dir", NULL, "of a kind that is not compared", NULL, NULL, NULL, 0 },
    { "two-uris", NULL, "contradict each other", NULL, NULL, NULL, 0 },
    { "uri-and-dns", NULL, "contradict each other", NULL, NULL, NULL, 0 },
    { "no-name", NULL, "names no AE", NULL, NULL, NULL, 0 },
    { "mail-only", NULL, "names no AE", NULL, NULL, NULL, 0 },
    { "web-uri", NULL, "names no AE", NULL, NULL, NULL, 0 },
    { "zero-octet", NULL, "octet 0x00", NULL, NULL, NULL, 0 },
    { "critical", NULL, "the critical extension 1.2.3.4", NULL, NULL, NULL, 0 },
    { "authority", NULL, "is an authority, not a peer", NULL, NULL, NULL, 0 },
    { "below-last after-last last", NULL, "its path length allows 0", NULL, NULL, NULL, 0 },
    { "below-plain plain", NULL, "is no authority", NULL, NULL, NULL, 0 },
    { "below-no-cert-sign no-cert-sign", NULL, "does not have keyCertSign", NULL, NULL, NULL, 0 },
    { "below-narrow narrow", NULL, "violates the nameConstraints", NULL, NULL, NULL, 0 },
    { "below-middle", NULL, "no anchor has signed", NULL, NULL, NULL, 0 },
    { "below-levels level8 level7 level6 level5 level4 level3 level2 level1", NULL,
      "a chain of 9 certificates", NULL, NULL, NULL, 0 },
    { "below-levels level8 level7 level6 level5 level4 level3 level2", NULL, "no anchor", NULL,
      NULL, NULL, 0 },
    { "good-server", "evil.example.org", "is not for evil.example.org", NULL, NULL, NULL, 0 },
    { "good-server", "127.0.0.2", "is not for 127.0.0.2", NULL, NULL, NULL, 0 },
    { "cn-server", "cn-server", "is not for cn-server", NULL, NULL, NULL, 0 },
    { "good-server", "", "whose name is not known", NULL, NULL, NULL, 0 },
    { "good-cse", "/mn9", "is not for /mn9", NULL, NULL, NULL, 0 },
  };

  assert_cases ("", cases, G_N_ELEMENTS (cases));
}

static void
test_rsa_is_what_the_configuration_says (void)
{
  static const Case cases[] = {
    { "rsa1024", NULL, "an RSA key of 1024 bits, at least 2048", NULL, NULL, NULL, 0 },
    { "rsa2048", NULL, NULL, "//example.org/mn1/Cx", NULL, NULL, 0 },
    { "rsa3072", NULL, NULL, "//example.org/mn1/Cx", NULL, NULL, 0 },
  };
  static const Case strict[] = {
    { "rsa2048", NULL, "an RSA key of 2048 bits, at least 3072", NULL, NULL, NULL, 0 },
    { "rsa3072", NULL, NULL, "//example.org/mn1/Cx", NULL, NULL, 0 },
  };

  assert_cases ("[cert]\nrsa-bits = 1024\n", cases, G_N_ELEMENTS (cases));
  assert_cases ("[cert]\nrsa-bits = 3072\n", strict, G_N_ELEMENTS (strict));
}

static void
test_constraints_can_be_demanded (void)
{
  static const Case cases[] = {
    { "good-ae", NULL, NULL, "//example.org/mn1/Cpump7", NULL, NULL, 0 },
    { "good-open", NULL, "has no nameConstraints", NULL, NULL, NULL, 0 },
  };

  assert_cases ("[cert]\nrequire-name-constraints = yes\n", cases, G_N_ELEMENTS (cases));
}

static void
test_revocation_lists (void)
{
  static const Case cases[] = {
    { "good-open", NULL, NULL, "//example.com/in/Cx", NULL, NULL, 0 },
    { "good-ae", NULL, NULL, "//example.org/mn1/Cpump7", NULL, NULL, 0 },
    { "revoked", NULL, "has been revoked (revocation list)", NULL, NULL, NULL, 0 },
    { "revoked", NULL, "has been revoked (revocation list)", NULL, NULL, NULL, 21 * DAY },
    { "good-open", NULL, "the revocation list of its issuer is out of date", NULL, NULL, NULL,
      21 * DAY },
    { "good-ae", NULL, NULL, "//example.org/mn1/Cpump7", NULL, NULL, 21 * DAY },
  };
  static const Case lenient[] = {
    { "good-open", NULL, NULL, "//example.com/in/Cx", NULL, NULL, 21 * DAY },
    { "revoked", NULL, "has been revoked", NULL, NULL, NULL, 21 * DAY },
  };
  g_autofree char *text = NULL, *accepting = NULL;

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  text = g_strdup_printf ("[cert]\ncrl-files = %s/open.crl.pem\n", prover_fixture_pki ());
  assert_cases (text, cases, G_N_ELEMENTS (cases));
  accepting = g_strdup_printf ("%sstale-status = accept\n", text);
  assert_cases (accepting, lenient, G_N_ELEMENTS (lenient));
}

static void
test_lists_that_are_no_lists (void)
{
  static const struct {
    const char *file, *reason;
  } cases[] = {
    { "open-sha1.crl.pem", "is not signed with SHA-256 or better" },
    { "open.pem", "is not a revocation list" },
    { "missing.pem", "missing.pem" },
  };

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("[cert]\ncrl-files = %s/%s\n", prover_fixture_pki (),
                                               cases[i].file);
      g_autoptr (GError) error = NULL;
      ProverFixture fixture;

      prover_fixture_init (&fixture, text);
      g_assert_null (OPS->create (&fixture.host, &error));
      g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, cases[i].reason));
      prover_fixture_clear (&fixture);
    }
}

static void
copy_file (const char *from, const char *to)
{
  g_autofree char *target = g_build_filename (prover_fixture_pki (), to, NULL);
  g_autoptr (GBytes) octets = prover_fixture_read (from);
  gsize size;
  const char *data = g_bytes_get_data (octets, &size);

  g_assert_true (g_file_set_contents (target, data, (gssize) size, NULL));
}

static void
test_reload_reads_the_lists_again (void)
{
  static const Case before = { "revoked", NULL, NULL, "//example.org/mn1/Crevoked", NULL, NULL, 0 };
  static const Case after = { "revoked", NULL, "has been revoked", NULL, NULL, NULL, 0 };
  ProverFixture fixture;
  GhSecurityPlugin *plugin;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  copy_file ("open.crl.pem", "changing.pem");
  text = g_strdup_printf ("[cert]\ncrl-files = %s/changing.pem\n", prover_fixture_pki ());
  prover_fixture_init (&fixture, "");
  add_anchors (&fixture);
  plugin = prover_fixture_create (&fixture, OPS);
  assert_case (plugin, &before);
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
  prover_fixture_init (&fixture, text);
  add_anchors (&fixture);
  plugin = prover_fixture_create (&fixture, OPS);
  assert_case (plugin, &after);
  /* what cannot be read changes nothing */
  copy_file ("open.pem", "changing.pem");
  g_assert_false (OPS->reload (plugin, fixture.host.config, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFIG);
  assert_case (plugin, &after);
  copy_file ("open-short.crl.pem", "changing.pem");
  g_assert_true (OPS->reload (plugin, fixture.host.config, NULL));
  assert_case (plugin, &after);
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

static void
test_stapled_answers (void)
{
  static const char *const host = "host.example.org";
  const Case cases[] = {
    { "good-server", host, NULL, host, NULL, "good", 0 },
    { "good-server", host, NULL, host, NULL, "delegated", 0 },
    { "good-server", host, NULL, host, NULL, NULL, 0 },
    { "revoked-server", host, "has been revoked (OCSP)", NULL, NULL, "revoked", 0 },
    { "must-staple", host, "does not know it", NULL, NULL, "unknown", 0 },
    { "must-staple", host, "the certificate asks for one", NULL, NULL, NULL, 0 },
    { "revoked-server", host, "about another certificate", NULL, NULL, "good", 0 },
    { "good-server", host, "not signed by its issuer", NULL, NULL, "other-signer", 0 },
    { "good-server", host, "is out of date", NULL, NULL, "good", 21 * DAY },
    { "good-server", host, "is out of date", NULL, NULL, "short", 10 * DAY },
  };
  const Case required[] = {
    { "good-server", host, "[cert] require-ocsp asks for one", NULL, NULL, NULL, 0 },
    { "good-server", host, NULL, host, NULL, "good", 0 },
    { "good-ae", NULL, NULL, "//example.org/mn1/Cpump7", NULL, NULL, 0 },
  };

  assert_cases ("", cases, G_N_ELEMENTS (cases));
  assert_cases ("[cert]\nrequire-ocsp = yes\n", required, G_N_ELEMENTS (required));
}

static void
test_an_entry_decides_alone (void)
{
  static const Case suspended = { "good-ae", NULL, "suspended", NULL, NULL, NULL, 0 };
  static const Case other = { "good-cse", NULL, "another certificate", NULL, NULL, NULL, 0 };
  static const Case node = { "good-node", NULL, "no entry in the vault", NULL, NULL, NULL, 0 };
  static const Case pinned = {
    "good-open", NULL, NULL, "//example.com/in/Cx", "x509-//example.com/in/Cx", NULL, 0
  };
  ProverFixture fixture;
  GhSecurityPlugin *plugin;

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  prover_fixture_init (&fixture, "");
  add_anchors (&fixture);
  add_entry (&fixture, "//example.org/mn1/Cpump7", GH_CREDENTIAL_SUSPENDED, NULL);
  add_entry (&fixture, "mn1.in.example.org", GH_CREDENTIAL_ACTIVE, "good-in.der");
  add_entry (&fixture, "//example.com/in/Cx", GH_CREDENTIAL_ACTIVE, "good-open.der");
  plugin = prover_fixture_create (&fixture, OPS);
  assert_case (plugin, &suspended);
  assert_case (plugin, &other);
  assert_case (plugin, &node);
  assert_case (plugin, &pinned);
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

static gboolean
judge_key (GhSecurityPlugin *plugin, GBytes *key, const char *server, GhFault *fault)
{
  gsize size;
  const guint8 *octets = g_bytes_get_data (key, &size);
  const GhPeerEvidence evidence = { .raw_key = { (unsigned char *) octets, (unsigned) size },
                                    .server = server != NULL,
                                    .expected_name = server,
                                    .wall_us = g_get_real_time () };
  GhClaim claim;
  gboolean ok = OPS->judge_peer (plugin, &evidence, &claim, fault);

  g_assert_cmpint (ok, ==, claim.credential != NULL);
  if (ok)
    g_assert_cmpint (claim.proof, ==, GH_PROOF_RPK);
  gh_claim_clear (&claim);
  return ok;
}

static void
test_raw_keys (void)
{
  static const guint forms[] = { 256, 128, 120 };
  g_autoptr (GBytes) key = NULL, weak = NULL;

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  key = prover_fixture_read ("key.der");
  weak = prover_fixture_read ("key-p192.der");
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *name = gh_subject_of_key (g_bytes_get_data (key, NULL),
                                                 g_bytes_get_size (key), forms[i], NULL);
      ProverFixture fixture;
      GhSecurityPlugin *plugin;
      GhFault fault = { 0 };

      prover_fixture_init (&fixture, "");
      add_entry (&fixture, name, GH_CREDENTIAL_ACTIVE, NULL);
      plugin = prover_fixture_create (&fixture, OPS);
      g_assert_true (judge_key (plugin, key, NULL, &fault));
      g_assert_false (judge_key (plugin, weak, NULL, &fault));
      g_assert_nonnull (strstr (fault.text, "a curve of 192 bits"));
      fault = (GhFault){ 0 };
      /* a known key, but not known as that server's */
      g_assert_false (judge_key (plugin, key, "host.example.org", &fault));
      g_assert_nonnull (strstr (fault.text, "not a key of host.example.org"));
      OPS->free (plugin);
      prover_fixture_clear (&fixture);
    }
}

static void
test_raw_keys_that_are_refused (void)
{
  g_autoptr (GBytes) key = NULL, part = NULL;
  g_autofree char *name = NULL;
  ProverFixture fixture;
  GhSecurityPlugin *plugin;
  GhFault fault = { 0 };

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  key = prover_fixture_read ("key.der");
  name = gh_subject_of_key (g_bytes_get_data (key, NULL), g_bytes_get_size (key), 256, NULL);
  prover_fixture_init (&fixture, "");
  plugin = prover_fixture_create (&fixture, OPS);
  g_assert_false (judge_key (plugin, key, NULL, &fault));
  g_assert_nonnull (strstr (fault.text, "not in the vault"));
  fault = (GhFault){ 0 };
  add_entry (&fixture, name, GH_CREDENTIAL_REVOKED, NULL);
  g_assert_false (judge_key (plugin, key, NULL, &fault));
  g_assert_nonnull (strstr (fault.text, "revoked"));
  for (gsize length = 1; length < g_bytes_get_size (key); length++)
    {
      g_clear_pointer (&part, g_bytes_unref);
      part = g_bytes_new_from_bytes (key, 0, length);
      g_assert_false (judge_key (plugin, part, NULL, NULL));
    }
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

/* A certificate that arrives short or with one bit changed is never accepted. */
static void
test_garbage (void)
{
  g_autoptr (GBytes) der = NULL;
  g_autofree guint8 *octets = NULL;
  gnutls_datum_t chain;
  GhPeerEvidence evidence = { .chain = &chain, .n_chain = 1, .wall_us = g_get_real_time () };
  GhSecurityPlugin *plugin;
  ProverFixture fixture;
  GhClaim claim;
  gsize size;

  if (prover_fixture_pki () == NULL)
    {
      g_test_skip ("openssl or certtool is missing");
      return;
    }
  prover_fixture_init (&fixture, "");
  add_anchors (&fixture);
  plugin = prover_fixture_create (&fixture, OPS);
  der = prover_fixture_read ("good-ae.der");
  octets = g_memdup2 (g_bytes_get_data (der, &size), g_bytes_get_size (der));
  chain = (gnutls_datum_t){ octets, 0 };
  for (chain.size = 0; chain.size < g_bytes_get_size (der); chain.size++)
    g_assert_false (OPS->judge_peer (plugin, &evidence, &claim, NULL));
  g_assert_true (OPS->judge_peer (plugin, &evidence, &claim, NULL));
  gh_claim_clear (&claim);
  for (gsize i = 0; i < g_bytes_get_size (der); i++)
    {
      octets[i] ^= 1u << (i % 8);
      g_assert_false (OPS->judge_peer (plugin, &evidence, &claim, NULL));
      octets[i] ^= 1u << (i % 8);
    }
  evidence.n_chain = 0;
  g_assert_false (OPS->judge_peer (plugin, &evidence, &claim, NULL));
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

static void
test_domain_names_of_cses (void)
{
  static const struct {
    const char *name, *identity;
  } cases[] = {
    { "in.example.org", "/in" },
    { "mn1.in.example.org", "/mn1" },
    { "IN.EXAMPLE.ORG", "/IN" },
    { "in.example.com", "//example.com/in" },
    { "a.b.c.example.org", "//b.c.example.org/a" },
    { "evilexample.org", "//org/evilexample" },
    { "localhost", NULL },
    { "in.", NULL },
    { ".example.org", NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *identity = gh_subject_cse_id (cases[i].name, "example.org");

      g_assert_cmpstr (identity, ==, cases[i].identity);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/cert/accepts-each-flavour", test_accepts_each_flavour);
  g_test_add_func ("/cert/refuses-each-defect", test_refuses_each_defect);
  g_test_add_func ("/cert/rsa-is-what-the-configuration-says",
                   test_rsa_is_what_the_configuration_says);
  g_test_add_func ("/cert/constraints-can-be-demanded", test_constraints_can_be_demanded);
  g_test_add_func ("/cert/revocation-lists", test_revocation_lists);
  g_test_add_func ("/cert/lists-that-are-no-lists", test_lists_that_are_no_lists);
  g_test_add_func ("/cert/reload-reads-the-lists-again", test_reload_reads_the_lists_again);
  g_test_add_func ("/cert/stapled-answers", test_stapled_answers);
  g_test_add_func ("/cert/an-entry-decides-alone", test_an_entry_decides_alone);
  g_test_add_func ("/cert/raw-keys", test_raw_keys);
  g_test_add_func ("/cert/raw-keys-that-are-refused", test_raw_keys_that_are_refused);
  g_test_add_func ("/cert/garbage", test_garbage);
  g_test_add_func ("/cert/domain-names-of-cses", test_domain_names_of_cses);
  return g_test_run ();
}
