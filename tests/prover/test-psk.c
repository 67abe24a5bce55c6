/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "../../plugins/psk/gh-psk-prover.h"
#include "base/gh-log.h"
#include "prover-fixture.h"

#define OPS (&gh_psk_security_ops)

static GhSecret *
make_key (gsize length)
{
  guint8 octets[64];

  memset (octets, 0x55, sizeof octets);
  return gh_secret_new (octets, length, NULL);
}

static void
add_key (ProverFixture *fixture, const char *subject, const GhCredential *changes)
{
  g_autoptr (GhSecret) key = make_key (16);
  GhCredential credential = *changes;

  credential.kind = GH_CREDENTIAL_PSK;
  credential.subject = subject;
  credential.owner = "owner";
  credential.secret = credential.secret != NULL ? credential.secret : key;
  if (credential.state == GH_CREDENTIAL_PENDING && credential.suid != 1)
    credential.state = GH_CREDENTIAL_ACTIVE;
  if (credential.suid == 1)
    credential.suid = 12;
  prover_fixture_add (fixture, &credential);
}

static void
test_finds_a_key (void)
{
  ProverFixture fixture;
  GhSecurityPlugin *plugin;

  prover_fixture_init (&fixture, "");
  add_key (&fixture, "pump7@example.org", &(GhCredential){ .suid = 12 });
  add_key (&fixture, "maf@example.org", &(GhCredential){ .suid = 32 });
  plugin = prover_fixture_create (&fixture, OPS);
  g_assert_cmpint (prover_fixture_lookup (plugin, OPS, "pump7@example.org", 17), ==, GH_KEY_FOUND);
  /* the identity ends where its length says */
  g_assert_cmpint (prover_fixture_lookup (plugin, OPS, "pump7@example.orgx", 17), ==, GH_KEY_FOUND);
  g_assert_cmpint (prover_fixture_lookup (plugin, OPS, "maf@example.org", 15), ==, GH_KEY_FOUND);
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

static void
test_refuses_what_is_no_identity (void)
{
  static const struct {
    const char *text;
    gsize length;
  } cases[] = {
    { "", 0 },
    { "pump7", 5 },
    { "pump7@", 6 },
    { "@example.org", 12 },
    { "pump7@example.org\0", 18 },
    { "pump7@example.org\0.evil", 23 },
    { "pump7\0@example.org", 18 },
    { "PUMP7@example.org", 17 },
    { "pump8@example.org", 17 },
    { "pu mp@example.org", 17 },
    { "pump7@example.org\n", 18 },
    { "\xff\xfe@example.org", 14 },
  };
  ProverFixture fixture;
  GhSecurityPlugin *plugin;

  prover_fixture_init (&fixture, "");
  add_key (&fixture, "pump7@example.org", &(GhCredential){ .suid = 12 });
  plugin = prover_fixture_create (&fixture, OPS);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (prover_fixture_lookup (plugin, OPS, cases[i].text, cases[i].length), ==,
                     GH_KEY_UNKNOWN);
  for (gsize length = 0; length < 17; length++)
    g_assert_cmpint (prover_fixture_lookup (plugin, OPS, "pump7@example.org", length), ==,
                     GH_KEY_UNKNOWN);
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

static void
test_refuses_keys_that_do_not_count (void)
{
  g_autoptr (GhSecret) weak = make_key (15);
  const gint64 now_us = g_get_real_time ();
  const struct {
    const char *name;
    GhCredential changes;
  } cases[] = {
    { "pending@example.org", { .suid = 1 } },
    { "suspended@example.org", { .suid = 12, .state = GH_CREDENTIAL_SUSPENDED } },
    { "revoked@example.org", { .suid = 12, .state = GH_CREDENTIAL_REVOKED } },
    { "expired@example.org", { .suid = 12, .not_after_us = now_us - 1 } },
    { "early@example.org", { .suid = 12, .not_before_us = now_us + 100 * G_USEC_PER_SEC } },
    { "esprim@example.org", { .suid = 13 } },
    { "mef@example.org", { .suid = 10 } },
    { "weak@example.org", { .suid = 12, .secret = weak } },
  };
  ProverFixture fixture;
  GhSecurityPlugin *plugin;

  prover_fixture_init (&fixture, "");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    add_key (&fixture, cases[i].name, &cases[i].changes);
  plugin = prover_fixture_create (&fixture, OPS);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (prover_fixture_lookup (plugin, OPS, cases[i].name, strlen (cases[i].name)),
                       ==, GH_KEY_UNKNOWN);
    }
  OPS->free (plugin);
  prover_fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gh_log_set_level (GH_LOG_ERROR);
  g_test_add_func ("/psk/finds-a-key", test_finds_a_key);
  g_test_add_func ("/psk/refuses-what-is-no-identity", test_refuses_what_is_no_identity);
  g_test_add_func ("/psk/refuses-keys-that-do-not-count", test_refuses_keys_that_do_not_count);
  return g_test_run ();
}
