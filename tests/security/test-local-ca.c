/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/gh-log.h"
#include "security/gh-local-ca.h"
#include "security/gh-subject.h"
#include "vault-fixture.h"

/* OpenSSL judges what we made; it shares no code with it. */

#define YEAR_US (G_GINT64_CONSTANT (31536000) * G_USEC_PER_SEC)

static const char *const hosts[] = { "gate.example.net", "localhost", NULL };

static void
init (VaultFixture *fixture, gboolean server)
{
  const GhCaSite site = { "example.org", "in", hosts, NULL };
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GInetAddress *const addresses[] = { loopback, NULL };
  const GhCaSite with_address = { "example.org", "in", hosts, addresses };
  g_autoptr (GError) error = NULL;

  g_assert_true (gh_local_ca_init (fixture->vault, fixture->clock, &site, FALSE, &error));
  g_assert_no_error (error);
  if (!server)
    return;
  g_assert_true (gh_local_ca_issue_server (fixture->vault, fixture->clock, &with_address, TRUE,
                                           &error));
  g_assert_no_error (error);
}

static GBytes *
issue (VaultFixture *fixture, GhCaFlavour flavour, const char *subject)
{
  const GhCaOrder order = { .flavour = flavour, .subject = subject, .days = 90 };
  g_autoptr (GhSecret) key = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *chain = NULL;

  g_assert_true (gh_local_ca_issue (fixture->vault, fixture->clock, &order, &key, &chain, &error));
  g_assert_no_error (error);
  g_assert_nonnull (key);
  return chain;
}

static void
write_file (VaultFixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
write_pem (VaultFixture *fixture, const char *name, GBytes *der)
{
  g_autofree char *pem = gh_pem_encode ("CERTIFICATE", der, NULL);

  write_file (fixture, name, pem);
}

static void
write_authorities (VaultFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *authorities = gh_local_ca_export_certificates (fixture->vault, &error);
  g_autofree char *lists = gh_local_ca_export_lists (fixture->vault, fixture->clock, &error);

  g_assert_no_error (error);
  write_file (fixture, "ca.pem", authorities);
  write_file (fixture, "crl.pem", lists);
}

/* Runs openssl in the folder. Returns: what it said; its exit status is @out_status */
static char *
openssl (VaultFixture *fixture, const char *arguments, int *out_status)
{
  g_autofree char *line = g_strconcat ("openssl ", arguments, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  g_autofree char *said = NULL, *complained = NULL;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, &error));
  g_spawn_sync (fixture->folder, words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said, &complained,
                out_status, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %d\n%s%s", line, *out_status, said, complained);
  return g_strconcat (said, complained, NULL);
}

static gboolean
verifies (VaultFixture *fixture, const char *name, const char *options)
{
  g_autofree char *arguments = g_strdup_printf (
    "verify -x509_strict -CAfile ca.pem -attime %" G_GINT64_FORMAT " %s %s",
    gh_clock_wall_us (fixture->clock) / G_USEC_PER_SEC, options, name);
  int status;

  g_free (openssl (fixture, arguments, &status));
  return status == 0;
}

static gboolean
skip_without_openssl (void)
{
  g_autofree char *program = g_find_program_in_path ("openssl");

  if (program == NULL)
    g_test_skip ("no openssl");
  return program == NULL;
}

static void
assert_said (const char *said, const char *text)
{
  if (strstr (said, text) == NULL)
    g_error ("\"%s\" is not in: %s", text, said);
}

static void
test_flavours_verify_with_openssl (VaultFixture *fixture, gconstpointer data)
{
  static const struct {
    GhCaFlavour flavour;
    const char *subject, *shown, *purpose;
  } rows[] = {
    { GH_CA_AE, "//example.org/in/Cpump7", "URI://example.org/in/Cpump7", "sslclient" },
    { GH_CA_CSE, "mn1.in.example.org", "DNS:mn1.in.example.org", "sslserver" },
    { GH_CA_NODE, "urn:dev:mac:0024befffe804ff1", "URI:urn:dev:mac:0024befffe804ff1", "sslclient" },
    { GH_CA_NODE, "node9.example.org", "DNS:node9.example.org", "sslclient" },
    { GH_CA_DEVICE, "2.16.840.1.1:4.5.6", "othername", "sslclient" },
  };

  if (skip_without_openssl ())
    return;
  init (fixture, FALSE);
  write_authorities (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) chain = issue (fixture, rows[i].flavour, rows[i].subject);
      g_autofree char *options = g_strdup_printf ("-crl_check_all -CRLfile crl.pem -purpose %s",
                                                  rows[i].purpose);
      g_autofree char *said = NULL;
      int status;

      write_pem (fixture, "end.pem", chain);
      /* OpenSSL holds no name with a URI for constrained that has no scheme: an AE-ID has none. */
      if (rows[i].flavour != GH_CA_AE)
        g_assert_true (verifies (fixture, "end.pem", options));
      said = openssl (fixture, "x509 -in end.pem -noout -text", &status);
      assert_said (said, rows[i].shown);
      assert_said (said, "ASN1 OID: prime256v1");
      assert_said (said, "Signature Algorithm: ecdsa-with-SHA256");
      assert_said (said, "Digital Signature");
      assert_said (said, "CA:FALSE");
    }
}

static void
test_subjects_are_those_that_are_looked_up (VaultFixture *fixture, gconstpointer data)
{
  static const struct {
    GhCaFlavour flavour;
    guint purpose;
    const char *subject;
  } rows[] = {
    { GH_CA_AE, GH_PURPOSE_AE, "//example.org/in/Cpump7" },
    { GH_CA_AE, GH_PURPOSE_AE, "//example.org/Spump7" },
    { GH_CA_CSE, GH_PURPOSE_CSE, "mn1.in.example.org" },
    { GH_CA_NODE, GH_PURPOSE_NODE, "urn:dev:mac:0024befffe804ff1" },
    { GH_CA_DEVICE, GH_PURPOSE_DEVICE, "2.16.840.1.1:4.5.6" },
  };

  init (fixture, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) chain = issue (fixture, rows[i].flavour, rows[i].subject);
      const GhVaultDraft draft = { .kind = GH_CREDENTIAL_X509, .public_data = chain };
      g_autoptr (GError) error = NULL;
      g_autoptr (GhCredential) added = gh_vault_add (fixture->vault, &draft, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (added->subject, ==, rows[i].subject);
    }
}

static void
test_ae_certificates_name_their_host (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) chain = NULL;
  g_autofree char *said = NULL, *shown = NULL;
  int status;

  if (skip_without_openssl ())
    return;
  init (fixture, FALSE);
  write_authorities (fixture);
  chain = issue (fixture, GH_CA_AE, "//example.org/in/Cpump7");
  write_pem (fixture, "end.pem", chain);
  /* OpenSSL comes as far as the names: it takes no URI without a scheme for one with a host. */
  said = openssl (fixture, "verify -x509_strict -CAfile ca.pem -no_check_time end.pem", &status);
  if (status != 0)
    assert_said (said, "unsupported or invalid name syntax");
  shown = openssl (fixture, "storeutl -certs -noout -text ca.pem", &status);
  assert_said (shown, "URI:example.org");
  assert_said (shown, "DNS:example.org");
}

static void
test_revoked_ones_are_on_the_list (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) good = NULL, bad = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  int status;

  if (skip_without_openssl ())
    return;
  init (fixture, FALSE);
  good = issue (fixture, GH_CA_CSE, "mn1.in.example.org");
  bad = issue (fixture, GH_CA_CSE, "mn2.in.example.org");
  write_pem (fixture, "good.pem", good);
  write_pem (fixture, "bad.pem", bad);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (gh_local_ca_revoke (fixture->vault, fixture->clock, bad, &error));
      g_assert_no_error (error);
    }
  vault_fixture_open (fixture);
  write_authorities (fixture);
  g_assert_true (verifies (fixture, "good.pem", "-crl_check -CRLfile crl.pem"));
  g_assert_false (verifies (fixture, "bad.pem", "-crl_check -CRLfile crl.pem"));
  g_assert_true (verifies (fixture, "bad.pem", ""));
  said = openssl (fixture, "crl -in crl.pem -noout -text -CAfile ca.pem", &status);
  assert_said (said, "verify OK");
  assert_said (said, "Serial Number:");
  g_assert_true (strstr (strstr (said, "Serial Number:") + 1, "Serial Number:") == NULL);
}

static void
test_strangers_are_not_revoked (VaultFixture *fixture, gconstpointer data)
{
  VaultFixture other = { NULL };
  g_autoptr (GBytes) stranger = NULL;
  g_autoptr (GError) error = NULL;

  init (fixture, FALSE);
  vault_fixture_set_up (&other, NULL);
  init (&other, FALSE);
  stranger = issue (&other, GH_CA_CSE, "mn1.in.example.org");
  g_assert_false (gh_local_ca_revoke (fixture->vault, fixture->clock, stranger, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_NOT_FOUND);
  vault_fixture_tear_down (&other, NULL);
}

static void
test_server_certificate_is_renewed (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) item = NULL;
  g_autoptr (GBytes) der = NULL;
  g_autofree char *said = NULL;
  gconstpointer octets;
  gsize length;
  int status;

  g_assert_true (gh_local_ca_server_due (fixture->vault, fixture->clock));
  init (fixture, TRUE);
  g_assert_false (gh_local_ca_server_due (fixture->vault, fixture->clock));
  gh_clock_advance (fixture->clock, YEAR_US - 31 * (YEAR_US / 365));
  g_assert_false (gh_local_ca_server_due (fixture->vault, fixture->clock));
  if (!skip_without_openssl ())
    {
      item = gh_vault_get_item (fixture->vault, "server-certificate");
      octets = gh_secret_data (item, &length);
      der = g_bytes_new (octets, length);
      write_pem (fixture, "server.pem", der);
      write_authorities (fixture);
      g_assert_true (
        verifies (fixture, "server.pem", "-purpose sslserver -verify_hostname gate.example.net"));
      g_assert_true (verifies (fixture, "server.pem", "-verify_hostname in.example.org"));
      g_assert_true (verifies (fixture, "server.pem", "-verify_ip 127.0.0.1"));
      g_assert_false (verifies (fixture, "server.pem", "-verify_hostname other.example.net"));
      said = openssl (fixture, "x509 -in ca.pem -noout -text", &status);
      assert_said (said, "X509v3 Name Constraints: critical");
    }
  gh_clock_advance (fixture->clock, 2 * (YEAR_US / 365));
  g_assert_true (gh_local_ca_server_due (fixture->vault, fixture->clock));
}

static void
test_constraints_hold_against_other_names (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) chain = NULL;

  if (skip_without_openssl ())
    return;
  init (fixture, FALSE);
  write_authorities (fixture);
  chain = issue (fixture, GH_CA_CSE, "mn1.elsewhere.example");
  write_pem (fixture, "end.pem", chain);
  g_assert_false (verifies (fixture, "end.pem", ""));
}

static void
test_requests_bring_their_own_key (VaultFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "request.pem", NULL), *text = NULL;
  g_autofree char *key_1 = NULL, *key_2 = NULL;
  g_autoptr (GBytes) request = NULL, chain = NULL;
  g_autoptr (GhSecret) key = NULL;
  g_autoptr (GError) error = NULL;
  GhCaOrder order = { .flavour = GH_CA_CSE, .subject = "mn1.in.example.org" };
  gsize length;
  int status;

  if (skip_without_openssl ())
    return;
  init (fixture, FALSE);
  g_free (openssl (fixture,
                   "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem "
                   "-out request.pem -subj /CN=Evil -addext subjectAltName=DNS:evil.example",
                   &status));
  g_assert_cmpint (status, ==, 0);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  request = g_bytes_new (text, length);
  order.request = request;
  g_assert_true (gh_local_ca_issue (fixture->vault, fixture->clock, &order, &key, &chain, &error));
  g_assert_no_error (error);
  g_assert_null (key);
  write_pem (fixture, "end.pem", chain);
  key_1 = openssl (fixture, "x509 -in end.pem -noout -pubkey", &status);
  key_2 = openssl (fixture, "pkey -in key.pem -pubout", &status);
  g_assert_cmpstr (key_1, ==, key_2);
  g_free (key_1);
  key_1 = openssl (fixture, "x509 -in end.pem -noout -text", &status);
  g_assert_null (strstr (key_1, "vil"));
}

static void
test_bad_orders_are_refused (VaultFixture *fixture, gconstpointer data)
{
  static const GhCaOrder orders[] = {
    { GH_CA_AE, "Cpump", NULL, 0 },
    { GH_CA_AE, "//example.org/in", NULL, 0 },
    { GH_CA_AE, "//example.org/in/C*", NULL, 0 },
    { GH_CA_AE, "/in/Cpump", NULL, 0 },
    { GH_CA_CSE, "*.example.org", NULL, 0 },
    { GH_CA_CSE, "/mn1", NULL, 0 },
    { GH_CA_CSE, "localhost", NULL, 0 },
    { GH_CA_NODE, "urn:a b", NULL, 0 },
    { GH_CA_NODE, "urn:*", NULL, 0 },
    { GH_CA_DEVICE, "serial7", NULL, 0 },
    { GH_CA_DEVICE, "1.2.3:", NULL, 0 },
    { GH_CA_CSE, "mn1.in.example.org", NULL, 3651 },
  };

  for (guint i = 0; i <= G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GhSecret) key = NULL;
      g_autoptr (GBytes) chain = NULL;
      g_autoptr (GError) error = NULL;
      const GhCaOrder *order = &orders[i == 0 ? 0 : i - 1];

      g_assert_false (
        gh_local_ca_issue (fixture->vault, fixture->clock, order, &key, &chain, &error));
      g_assert_null (chain);
      if (i == 0)
        {
          g_assert_error (error, GH_ERROR, GH_ERROR_NOT_FOUND);
          init (fixture, FALSE);
        }
      else
        g_assert_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST);
    }
}

static void
test_a_second_authority_is_another_one (VaultFixture *fixture, gconstpointer data)
{
  const GhCaSite site = { "example.org", "in", hosts, NULL };
  g_autoptr (GPtrArray) anchors = NULL;
  g_autoptr (GError) error = NULL;

  init (fixture, FALSE);
  g_assert_false (gh_local_ca_init (fixture->vault, fixture->clock, &site, FALSE, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_CONFLICT);
  g_assert_true (gh_local_ca_init (fixture->vault, fixture->clock, &site, TRUE, NULL));
  anchors = gh_vault_list (fixture->vault, GH_CREDENTIAL_ANCHOR, 0, 100);
  g_assert_cmpuint (anchors->len, ==, 4);
}

#define ADD(path, func)                                                          \
  g_test_add ("/local-ca/" path, VaultFixture, NULL, vault_fixture_set_up, func, \
              vault_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  ADD ("flavours-verify-with-openssl", test_flavours_verify_with_openssl);
  ADD ("subjects-are-those-that-are-looked-up", test_subjects_are_those_that_are_looked_up);
  ADD ("ae-certificates-name-their-host", test_ae_certificates_name_their_host);
  ADD ("revoked-ones-are-on-the-list", test_revoked_ones_are_on_the_list);
  ADD ("strangers-are-not-revoked", test_strangers_are_not_revoked);
  ADD ("server-certificate-is-renewed", test_server_certificate_is_renewed);
  ADD ("constraints-hold-against-other-names", test_constraints_hold_against_other_names);
  ADD ("requests-bring-their-own-key", test_requests_bring_their_own_key);
  ADD ("bad-orders-are-refused", test_bad_orders_are_refused);
  ADD ("a-second-authority-is-another-one", test_a_second_authority_is_another_one);
  return g_test_run ();
}
