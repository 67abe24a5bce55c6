/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/gh-log.h"
#include "security/gh-local-ca.h"
#include "security/gh-server-chain.h"
#include "security/gh-server-key.h"
#include "security/gh-tls-private.h"
#include "vault-fixture.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* The certificate of somebody else is made by the local authority of another vault. */
typedef struct {
  VaultFixture here, there;
  GhServerKeys *keys;
} Fixture;

static const char *const hosts[] = { "gate.example.net", "localhost", NULL };
static const GhCaSite site = { "example.org", "in", hosts, NULL };

static void
set_up (Fixture *fixture, gconstpointer data)
{
  vault_fixture_set_up (&fixture->here, data);
  vault_fixture_set_up (&fixture->there, data);
  g_assert_true (gh_local_ca_init (fixture->here.vault, fixture->here.clock, &site, FALSE, NULL));
  g_assert_true (gh_local_ca_init (fixture->there.vault, fixture->there.clock, &site, FALSE, NULL));
  g_assert_true (
    gh_local_ca_issue_server (fixture->here.vault, fixture->here.clock, &site, TRUE, NULL));
  fixture->keys = gh_server_keys_new (fixture->here.vault, fixture->here.clock);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gh_server_keys_free (fixture->keys);
  vault_fixture_tear_down (&fixture->here, data);
  vault_fixture_tear_down (&fixture->there, data);
}

/* When what is shown ends: the days from now. */
static gint64
shown_days (Fixture *fixture)
{
  GhServerStatus status;

  gh_server_keys_describe (fixture->keys, &status);
  return (status.ends_us - gh_clock_wall_us (fixture->here.clock)) / DAY_US;
}

static void
load (Fixture *fixture, const GhServerFiles *files)
{
  g_autoptr (GError) error = NULL;

  const gboolean loaded = gh_server_keys_load (fixture->keys, files, &error);

  g_assert_no_error (error);
  g_assert_true (loaded);
}

static void
load_refused (Fixture *fixture, const GhServerFiles *files, const char *reason)
{
  const gint64 before = shown_days (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_false (gh_server_keys_load (fixture->keys, files, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_cmpint (shown_days (fixture), ==, before);
}

static GhSecret *
server_key (Fixture *fixture)
{
  return gh_vault_get_item (fixture->here.vault, GH_CA_ITEM_SERVER_KEY);
}

/* @request: NULL: with a new key, that @out_key gets. Returns: PEM */
static char *
issue_there (Fixture *fixture, GhCaFlavour flavour, const char *request, guint days,
             GhSecret **out_key)
{
  g_autoptr (GBytes) octets = request != NULL ? g_bytes_new (request, strlen (request)) : NULL;
  const GhCaOrder order = { .flavour = flavour,
                            .subject = flavour == GH_CA_AE ? "//example.org/in/Cpump"
                                                           : "gate.example.org",
                            .request = octets,
                            .days = days };
  g_autoptr (GhSecret) key = NULL;
  g_autoptr (GBytes) chain = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (
    gh_local_ca_issue (fixture->there.vault, fixture->there.clock, &order, &key, &chain, &error));
  g_assert_no_error (error);
  if (out_key != NULL)
    *out_key = g_steal_pointer (&key);
  return gh_pem_encode ("CERTIFICATE", chain, NULL);
}

static void
test_renewal_keeps_the_key (Fixture *fixture, gconstpointer data)
{
  VaultFixture *here = &fixture->here;
  g_autoptr (GhSecret) before = server_key (fixture);
  g_autoptr (GhSecret) after = NULL, other = NULL;

  load (fixture, NULL);
  g_assert_cmpint (shown_days (fixture), ==, 365);
  gh_clock_advance (here->clock, 336 * DAY_US);
  g_assert_true (gh_local_ca_server_due (here->vault, here->clock));
  g_assert_true (gh_local_ca_issue_server (here->vault, here->clock, &site, FALSE, NULL));
  g_assert_cmpint (shown_days (fixture), ==, 29);
  load (fixture, NULL);
  g_assert_cmpint (shown_days (fixture), ==, 365);
  after = server_key (fixture);
  g_assert_true (gh_secret_equal (before, after));
  g_assert_true (gh_local_ca_issue_server (here->vault, here->clock, &site, TRUE, NULL));
  other = server_key (fixture);
  g_assert_false (gh_secret_equal (before, other));
}

static void
test_somebody_elses_certificate_is_installed (Fixture *fixture, gconstpointer data)
{
  VaultFixture *here = &fixture->here;
  g_autoptr (GhSecret) before = server_key (fixture), after = NULL;
  g_autofree char *request = NULL, *certificate = NULL;
  g_autoptr (GError) error = NULL;

  load (fixture, NULL);
  request = gh_server_request_make (here->vault, hosts, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (request, "-----BEGIN NEW CERTIFICATE REQUEST"));
  certificate = issue_there (fixture, GH_CA_CSE, request, 100, NULL);
  g_assert_true (
    gh_server_install (here->vault, here->clock, certificate, strlen (certificate), &error));
  load (fixture, NULL);
  g_assert_cmpint (shown_days (fixture), ==, 100);
  after = server_key (fixture);
  g_assert_false (gh_secret_equal (before, after));
  /* ... and is not ours to renew. */
  gh_clock_advance (here->clock, 95 * DAY_US);
  g_assert_false (gh_local_ca_has_server (here->vault));
  g_assert_false (gh_local_ca_server_due (here->vault, here->clock));
}

static void
install_refused (Fixture *fixture, const char *certificate, const char *reason)
{
  g_autoptr (GhSecret) before = server_key (fixture), after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (gh_server_install (fixture->here.vault, fixture->here.clock, certificate,
                                     strlen (certificate), &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, reason));
  after = server_key (fixture);
  g_assert_true (gh_secret_equal (before, after));
  g_assert_true (gh_local_ca_has_server (fixture->here.vault));
}

static void
test_what_cannot_be_installed (Fixture *fixture, gconstpointer data)
{
  static const char *const bad_hosts[] = { "gate.example.net", "a b", NULL };
  static const char *const no_hosts[] = { NULL };
  g_autofree char *request = gh_server_request_make (fixture->here.vault, hosts, NULL);
  g_autofree char *strange = issue_there (fixture, GH_CA_CSE, NULL, 100, NULL);
  g_autofree char *of_client = issue_there (fixture, GH_CA_AE, request, 100, NULL);
  g_autofree char *good = issue_there (fixture, GH_CA_CSE, request, 10, NULL);
  g_autofree char *twice = g_strconcat (good, "some text\n", good, NULL);
  g_autofree char *broken = g_strdup (twice), *early = NULL;
  g_autofree char *authority = gh_local_ca_export_certificates (fixture->there.vault, NULL);
  g_autoptr (GError) error = NULL;

  install_refused (fixture, "", "certificate 1: there is none");
  install_refused (fixture, "no certificate", "certificate 1: neither PEM nor DER");
  install_refused (fixture, request, "certificate 1: there is none");
  install_refused (fixture, strange, "subjectPublicKeyInfo: neither the key of the last request");
  install_refused (fixture, of_client, "extKeyUsage: serverAuth is expected");
  install_refused (fixture, authority, "basicConstraints: it is that of an authority");
  install_refused (fixture, twice, "certificate 1: the next one has not signed it");
  memset (strstr (broken, "some text") + 60, '!', 20);
  install_refused (fixture, broken, "certificate 2: ");
  g_assert_null (gh_server_request_make (fixture->here.vault, bad_hosts, &error));
  g_assert_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST);
  g_assert_null (gh_server_request_make (fixture->here.vault, no_hosts, NULL));
  gh_clock_advance (fixture->here.clock, 11 * DAY_US);
  install_refused (fixture, good, "notAfter: its validity has ended");
  gh_clock_advance (fixture->there.clock, 12 * DAY_US);
  early = issue_there (fixture, GH_CA_CSE, request, 10, NULL);
  install_refused (fixture, early, "notBefore: it is not yet valid");
}

static char *
write_file (Fixture *fixture, const char *name, const char *text, int mode)
{
  char *path = g_build_filename (fixture->here.folder, name, NULL);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, mode, NULL));
  g_assert_no_errno (g_chmod (path, (mode_t) mode));
  return path;
}

static char *
write_key (Fixture *fixture, const char *name, const GhSecret *key, int mode)
{
  gsize length;
  gconstpointer octets = gh_secret_data (key, &length);
  g_autoptr (GBytes) bytes = g_bytes_new (octets, length);
  g_autofree char *text = gh_pem_encode ("PRIVATE KEY", bytes, NULL);

  return write_file (fixture, name, text, mode);
}

static void
test_files_take_the_place_of_the_vault (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) key = NULL;
  g_autofree char *text = issue_there (fixture, GH_CA_CSE, NULL, 50, &key);
  g_autofree char *certificate = write_file (fixture, "server.pem", text, 0644);
  g_autofree char *key_path = write_key (fixture, "server.key", key, 0600);
  const GhServerFiles files = { certificate, key_path, NULL }, none = { NULL, NULL, NULL };

  load (fixture, NULL);
  g_assert_cmpint (shown_days (fixture), ==, 365);
  load (fixture, &files);
  g_assert_cmpint (shown_days (fixture), ==, 50);
  load (fixture, NULL);
  g_assert_cmpint (shown_days (fixture), ==, 50);
  load (fixture, &none);
  g_assert_cmpint (shown_days (fixture), ==, 365);
}

static void
test_bad_files_leave_what_there_was (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) key = NULL, other = NULL, client_key = NULL;
  g_autofree char *good = issue_there (fixture, GH_CA_CSE, NULL, 50, &key);
  g_autofree char *else_ = issue_there (fixture, GH_CA_CSE, NULL, 50, &other);
  g_autofree char *of_client = issue_there (fixture, GH_CA_AE, NULL, 50, &client_key);
  g_autofree char *certificate = write_file (fixture, "server.pem", good, 0644);
  g_autofree char *key_path = write_key (fixture, "server.key", key, 0600);
  g_autofree char *wrong_key = write_key (fixture, "other.key", other, 0600);
  g_autofree char *client = write_file (fixture, "client.pem", of_client, 0644);
  g_autofree char *broken = write_file (fixture, "broken.pem",
                                        "\n\n-----BEGIN CERTIFICATE-----\n!\n", 0644);
  g_autofree char *open_key = write_key (fixture, "open.key", key, 0640);
  g_autofree char *link = g_build_filename (fixture->here.folder, "link.key", NULL);
  g_autofree char *missing = g_build_filename (fixture->here.folder, "missing", NULL);
  const struct {
    GhServerFiles files;
    const char *reason;
  } cases[] = {
    { { certificate, NULL, NULL }, "[tls] certificate and key: one of them without the other" },
    { { NULL, key_path, NULL }, "[tls] certificate and key: one of them without the other" },
    { { missing, key_path, NULL }, "missing: opening: No such file" },
    { { certificate, missing, NULL }, "missing: opening: No such file" },
    { { fixture->here.folder, key_path, NULL }, "it is no regular file" },
    { { certificate, open_key, NULL }, "open.key: it must be ours, and nobody else's (mode 0600)" },
    { { certificate, link, NULL }, "link.key: it is a symbolic link" },
    { { certificate, wrong_key, NULL }, "other.key: it is not the private key of certificate 1" },
    { { broken, key_path, NULL }, "broken.pem: line 3: certificate 1: " },
    { { client, key_path, NULL }, "client.pem: certificate 1: extKeyUsage: serverAuth" },
  };

  g_assert_no_errno (symlink (key_path, link));
  load (fixture, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    load_refused (fixture, &cases[i].files, cases[i].reason);
  load (fixture, NULL);
  g_assert_cmpint (shown_days (fixture), ==, 365);
}

static void
test_an_expired_one_takes_no_place (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GhSecret) key = NULL;
  g_autofree char *text = issue_there (fixture, GH_CA_CSE, NULL, 50, &key);
  g_autofree char *certificate = write_file (fixture, "server.pem", text, 0644);
  g_autofree char *key_path = write_key (fixture, "server.key", key, 0600);
  const GhServerFiles files = { certificate, key_path, NULL };

  load (fixture, NULL);
  gh_clock_advance (fixture->here.clock, 51 * DAY_US);
  load_refused (fixture, &files, "server.pem: certificate 1: notAfter: its validity has ended");
  /* When there is nothing better it is shown all the same: clients say what they think of it. */
  gh_clock_advance (fixture->here.clock, 365 * DAY_US);
  load (fixture, &files);
}

/* Runs in the folder of the fixture. */
static gboolean
run (Fixture *fixture, const char *line)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *said = NULL, *complained = NULL;
  int status = 1;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  if (!g_spawn_sync (fixture->here.folder, words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said,
                     &complained, &status, NULL))
    return FALSE;
  g_test_message ("%s: %d\n%s%s", line, status, said, complained);
  return status == 0;
}

/* A certificate of OpenSSL, and what its responder says of it for 300 days. */
static gboolean
make_answer (Fixture *fixture)
{
  static const char *const lines[] = {
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key "
    "-subj /CN=CA -days 3650 -out ca.pem",
    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -subj /CN=s "
    "-out s.csr",
    "openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -set_serial 5 -days 3000 -out s.pem",
    "openssl ocsp -issuer ca.pem -cert s.pem -no_nonce -reqout request.der",
    "openssl ocsp -index index -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin request.der "
    "-respout answer.der -ndays 300",
  };

  g_free (write_file (fixture, "index", "V\t491231235959Z\t\t05\tunknown\t/CN=s\n", 0600));
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    if (!run (fixture, lines[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_stapled (Fixture *fixture)
{
  g_autoptr (GhServerKey) key = gh_server_keys_get (fixture->keys);

  return gh_server_key_get_staple (key) != NULL;
}

static void
test_an_answer_is_stapled_while_it_holds (Fixture *fixture, gconstpointer data)
{
  const char *folder = fixture->here.folder;
  g_autofree char *certificate = g_build_filename (folder, "s.pem", NULL);
  g_autofree char *key = g_build_filename (folder, "s.key", NULL);
  g_autofree char *staple = g_build_filename (folder, "answer.der", NULL);
  const GhServerFiles files = { certificate, key, staple };
  const GhServerFiles not_of_it = { NULL, NULL, staple };
  const gint64 ahead_us = g_get_real_time () + DAY_US - FIXTURE_NOW_US;

  if (!make_answer (fixture))
    {
      g_test_skip ("no openssl");
      return;
    }
  g_assert_no_errno (g_chmod (key, 0600));
  if (ahead_us > 0)
    gh_clock_advance (fixture->here.clock, ahead_us);
  load (fixture, &not_of_it);
  g_assert_false (is_stapled (fixture));
  load (fixture, &files);
  g_assert_true (is_stapled (fixture));
  gh_clock_advance (fixture->here.clock, 301 * DAY_US);
  g_assert_false (is_stapled (fixture));
  load (fixture, NULL);
  g_assert_false (is_stapled (fixture));
}

/* A certificate without extensions is shorter than 256 octets now and then. */
static void
test_lengths_of_der (void)
{
  static const struct {
    guint8 head[4];
    gsize length, whole;
  } cases[] = {
    { { 0x30, 0x02, 0x05, 0x00 }, 4, 4 },     { { 0x30, 0x7f, 0x05, 0x00 }, 129, 129 },
    { { 0x30, 0x81, 0xff, 0x00 }, 300, 258 }, { { 0x30, 0x82, 0x01, 0x00 }, 260, 260 },
    { { 0x30, 0x82, 0x01, 0x00 }, 259, 0 },   { { 0x30, 0x81, 0xff, 0x00 }, 257, 0 },
    { { 0x30, 0x7f, 0x05, 0x00 }, 128, 0 },   { { 0x30, 0x83, 0x00, 0x01 }, 70000, 0 },
    { { 0x31, 0x02, 0x05, 0x00 }, 4, 0 },     { { 0x30, 0x00, 0x00, 0x00 }, 3, 0 },
    { { 0x30, 0x80, 0x00, 0x00 }, 4, 0 },
  };
  g_autofree guint8 *octets = g_malloc0 (70000);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      memcpy (octets, cases[i].head, sizeof cases[i].head);
      g_assert_cmpuint (gh_der_length (octets, cases[i].length), ==, cases[i].whole);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
#define ADD(name, func) g_test_add ("/server-key/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("renewal-keeps-the-key", test_renewal_keeps_the_key);
  ADD ("somebody-elses-certificate-is-installed", test_somebody_elses_certificate_is_installed);
  ADD ("what-cannot-be-installed", test_what_cannot_be_installed);
  ADD ("files-take-the-place-of-the-vault", test_files_take_the_place_of_the_vault);
  ADD ("bad-files-leave-what-there-was", test_bad_files_leave_what_there_was);
  ADD ("an-expired-one-takes-no-place", test_an_expired_one_takes_no_place);
  ADD ("an-answer-is-stapled-while-it-holds", test_an_answer_is_stapled_while_it_holds);
  g_test_add_func ("/server-key/lengths-of-der", test_lengths_of_der);
  return g_test_run ();
}
