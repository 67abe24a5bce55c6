/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/gh-secret-file.h"
#include "base/gh-file.h"
#include "security/gh-vault-private.h"

#define CREDENTIAL_NAME "gatehouse-vault-key"

static gboolean
fail_errno (const char *path, const char *what, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault key %s: %s: %s", path, what,
               g_strerror (errno));
  return FALSE;
}

static gboolean
write_and_sync (int fd, const GhSecret *key)
{
  gsize length;
  gconstpointer octets = gh_secret_data (key, &length);

  return gh_file_write_all (fd, octets, length) && fsync (fd) == 0;
}

static gboolean
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return gh_file_sync_folder (folder);
}

/* The key gets its name when it is complete and on the disk; whoever has made one meanwhile wins.
 */
static gboolean
make_key (const char *path, GError **error)
{
  g_autoptr (GhSecret) key = gh_secret_new_random (GH_VAULT_KEY_LENGTH, error);
  g_autofree char *draft = g_strconcat (path, ".XXXXXX", NULL);
  gboolean done;
  int fd;

  if (key == NULL)
    return FALSE;
  fd = g_mkstemp_full (draft, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_errno (path, "making", error);
  done = write_and_sync (fd, key) && (link (draft, path) == 0 || errno == EEXIST);
  if (!done)
    fail_errno (path, "making", error);
  close (fd);
  unlink (draft);
  return done && (sync_folder (path) || fail_errno (path, "syncing its folder", error));
}

static GhSecret *
load_from (const char *path, gboolean *out_missing, GError **error)
{
  GError *problem = NULL;
  GhSecret *key = gh_secret_file_load (path, GH_FILE_SECRET, GH_VAULT_KEY_LENGTH, &problem);
  gsize length = GH_VAULT_KEY_LENGTH;

  *out_missing = g_error_matches (problem, GH_ERROR, GH_ERROR_NOT_FOUND);
  if (problem != NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault key %s", problem->message);
      g_error_free (problem);
      return NULL;
    }
  gh_secret_data (key, &length);
  if (length == GH_VAULT_KEY_LENGTH)
    return key;
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault key %s: a file of %d octets is expected",
               path, GH_VAULT_KEY_LENGTH);
  gh_secret_unref (key);
  return NULL;
}

GhSecret *
gh_vault_key_load (const char *path, gboolean may_create, GError **error)
{
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autoptr (GError) first_error = NULL;
  gboolean missing = TRUE;
  GhSecret *key = NULL;

  if (folder != NULL)
    {
      g_autofree char *given = g_build_filename (folder, CREDENTIAL_NAME, NULL);

      key = load_from (given, &missing, &first_error);
      if (key == NULL && !missing)
        g_propagate_error (error, g_steal_pointer (&first_error));
    }
  if (key != NULL || !missing)
    return key;
  g_clear_error (&first_error);
  key = load_from (path, &missing, &first_error);
  if (key != NULL)
    return key;
  if (!missing || !may_create)
    {
      g_propagate_error (error, g_steal_pointer (&first_error));
      return NULL;
    }
  return make_key (path, error) ? load_from (path, &missing, error) : NULL;
}
