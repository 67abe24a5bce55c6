/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "vault-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

void
vault_fixture_set_up (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("gh-vault-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "vault", NULL);
  fixture->key = gh_secret_new_random (32, &error);
  g_assert_no_error (error);
  fixture->clock = gh_clock_new_fake (FIXTURE_NOW_US);
  vault_fixture_open (fixture);
}

void
vault_fixture_tear_down (VaultFixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  vault_fixture_close (fixture);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  gh_secret_unref (fixture->key);
  gh_clock_unref (fixture->clock);
}

void
vault_fixture_open (VaultFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  vault_fixture_close (fixture);
  fixture->vault = gh_vault_open (fixture->path, fixture->key, fixture->clock, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->vault);
}

void
vault_fixture_close (VaultFixture *fixture)
{
  g_clear_pointer (&fixture->vault, gh_vault_close);
}

void
vault_fixture_refused (VaultFixture *fixture, const char *reason)
{
  g_autoptr (GError) error = NULL;
  GhVault *vault = gh_vault_open (fixture->path, fixture->key, fixture->clock, &error);

  if (!g_error_matches (error, GH_ERROR, GH_ERROR_IN_USE))
    g_assert_error (error, GH_ERROR, GH_ERROR_STORE);
  g_assert_null (vault);
  if (reason != NULL && strstr (error->message, reason) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, reason);
}

void
vault_fixture_read (VaultFixture *fixture, char **out, gsize *out_length)
{
  g_autoptr (GError) error = NULL;

  g_file_get_contents (fixture->path, out, out_length, &error);
  g_assert_no_error (error);
}

void
vault_fixture_write (VaultFixture *fixture, const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (fixture->path, data, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT,
                            0600, &error);
  g_assert_no_error (error);
}

GhVaultDraft
vault_fixture_draft (const char *subject, GhSecret **secret)
{
  g_autoptr (GError) error = NULL;

  *secret = gh_secret_new_random (16, &error);
  g_assert_no_error (error);
  return (GhVaultDraft){ .kind = GH_CREDENTIAL_PSK, .subject = subject, .secret = *secret };
}

guint64
vault_fixture_add (VaultFixture *fixture, const char *subject, const char *owner,
                   const char *identity)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) secret = NULL;
  g_autoptr (GhCredential) added = NULL;
  GhVaultDraft draft = vault_fixture_draft (subject, &secret);
  const char *const identities[] = { identity, NULL };

  draft.owner = owner;
  draft.identities = identities;
  added = gh_vault_add (fixture->vault, &draft, &error);
  g_assert_no_error (error);
  g_assert_nonnull (added);
  return added->number;
}
