/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "prover-fixture.h"

#include <string.h>

#include "gh-cse-config.h"
#include "security/gh-credential-private.h"

static char *pki_folder;

static GhCredential *
host_find (gpointer core, GhCredentialKind kind, const char *subject)
{
  const ProverFixture *fixture = core;

  for (guint i = 0; i < fixture->credentials->len; i++)
    {
      GhCredential *credential = fixture->credentials->pdata[i];

      if (credential->kind == kind && g_str_equal (credential->subject, subject))
        return gh_credential_ref (credential);
    }
  return NULL;
}

static GPtrArray *
host_anchors (gpointer core, guint purposes)
{
  const ProverFixture *fixture = core;
  const gint64 now_us = gh_clock_wall_us (fixture->host.clock);
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_credential_unref);

  for (guint i = 0; i < fixture->credentials->len; i++)
    {
      GhCredential *credential = fixture->credentials->pdata[i];

      if (credential->kind == GH_CREDENTIAL_ANCHOR && (credential->purposes & purposes) != 0
          && gh_credential_check_usable (credential, now_us, NULL))
        g_ptr_array_add (found, gh_credential_ref (credential));
    }
  return found;
}

void
prover_fixture_init (ProverFixture *fixture, const char *configuration)
{
  g_autoptr (GError) error = NULL;

  fixture->config = gh_config_parse (configuration, strlen (configuration), "test",
                                     gh_cse_config_keys, &error);
  g_assert_no_error (error);
  fixture->credentials = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_credential_unref);
  fixture->host = (GhSecurityHost){
    .struct_size = sizeof (GhSecurityHost),
    .core = fixture,
    .config = fixture->config,
    .clock = gh_clock_new_system (),
    .cse_id = "in",
    .sp_domain = "example.org",
    .find = host_find,
    .anchors = host_anchors,
  };
}

void
prover_fixture_clear (ProverFixture *fixture)
{
  g_ptr_array_unref (fixture->credentials);
  gh_clock_unref (fixture->host.clock);
  gh_config_unref (fixture->config);
}

void
prover_fixture_add (ProverFixture *fixture, const GhCredential *fields)
{
  g_autofree char *id = g_strdup_printf ("%s-%s", gh_credential_kind_name (fields->kind),
                                         fields->subject);
  GhCredential copy = *fields;

  copy.id = id;
  if (copy.not_after_us == 0)
    copy.not_after_us = GH_NEVER_US;
  copy.number = fixture->credentials->len + 1;
  g_ptr_array_add (fixture->credentials, gh_credential_new (&copy));
}

GhSecurityPlugin *
prover_fixture_create (ProverFixture *fixture, const GhSecurityOps *ops)
{
  g_autoptr (GError) error = NULL;
  GhSecurityPlugin *plugin = ops->create (&fixture->host, &error);

  g_assert_no_error (error);
  g_assert_nonnull (plugin);
  return plugin;
}

GhKeyStatus
prover_fixture_lookup (GhSecurityPlugin *plugin, const GhSecurityOps *ops, const char *identity,
                       gsize length)
{
  const GhKeyQuery query = { .identity = identity, .length = length };
  g_autoptr (GhSecret) key = NULL;
  GhClaim claim = { 0 };
  const GhKeyStatus status = ops->psk_lookup (plugin, &query, &key, &claim);

  g_assert_cmpint (status == GH_KEY_FOUND, ==, key != NULL);
  g_assert_cmpint (status == GH_KEY_FOUND, ==, claim.credential != NULL);
  if (status == GH_KEY_FOUND)
    g_assert_true (claim.proof == GH_PROOF_PSK && claim.not_after_us == GH_NEVER_US);
  gh_claim_clear (&claim);
  return status;
}

static void
remove_pki (void)
{
  const char *argv[] = { "rm", "-rf", pki_folder, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
}

const char *
prover_fixture_pki (void)
{
  static gboolean made;
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "prover", "make-pki", NULL);
  g_autofree char *openssl = g_find_program_in_path ("openssl");
  g_autofree char *certtool = g_find_program_in_path ("certtool");
  const char *argv[] = { script, NULL, NULL };
  int status = 1;

  if (pki_folder != NULL || openssl == NULL || certtool == NULL)
    return made ? pki_folder : NULL;
  pki_folder = g_dir_make_tmp ("gh-pki-XXXXXX", NULL);
  g_assert_nonnull (pki_folder);
  atexit (remove_pki);
  argv[1] = pki_folder;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                               &status, NULL));
  g_assert_cmpint (status, ==, 0);
  made = TRUE;
  return pki_folder;
}

GBytes *
prover_fixture_read (const char *name)
{
  g_autofree char *path = g_build_filename (prover_fixture_pki (), name, NULL);
  g_autoptr (GError) error = NULL;
  char *octets;
  gsize length;

  g_file_get_contents (path, &octets, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (octets, length);
}
