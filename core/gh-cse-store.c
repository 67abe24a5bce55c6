/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "gh-cse-private.h"
#include "gh-cse-security.h"

/*
 * A store that was truncated, lost with its disk, or is another one than before looks like a new
 * one. So the store and the vault share a name, which both were given at their first start
 * together.
 */
#define STORE_KEY  "vault"
#define VAULT_ITEM "store"

enum { NAME_OCTETS = 16, NAME_SIZE = 2 * NAME_OCTETS + 1 };

static gboolean
write_to_store (GhCse *cse, const char *name, GError **error)
{
  const GhStoreOps *ops = cse->store_ops;
  if (!ops->begin (cse->store, error))
    return FALSE;
  if (!ops->put_meta (cse->store, STORE_KEY, name, error))
    {
      ops->rollback (cse->store);
      return FALSE;
    }
  return ops->commit (cse->store, error) == GH_COMMIT_DONE;
}

static gboolean
write_to_vault (GhVault *vault, const char *name, GError **error)
{
  g_autoptr (GhSecret) item = gh_secret_new (name, strlen (name), error);
  return item != NULL && gh_vault_put_item (vault, VAULT_ITEM, item, error);
}

/* The store first: a name that only the vault has would tell of a store that is lost. */
static gboolean
name_both (GhCse *cse, GhVault *vault, GError **error)
{
  guint8 octets[NAME_OCTETS];
  char name[NAME_SIZE];
  gh_random_bytes (octets, sizeof octets);
  for (guint i = 0; i < NAME_OCTETS; i++)
    g_snprintf (name + 2 * i, 3, "%02x", octets[i]);
  return write_to_store (cse, name, error) && write_to_vault (vault, name, error);
}

static gboolean
is_empty (GhCse *cse)
{
  return gh_tree_count_slots (cse->tree) == 0;
}

/* The vault knows a store by @known, and this one is not it. */
static gboolean
take_another (GhCse *cse, const char *known, GError **error)
{
  const char *path = gh_config_get_string (cse->config, "store", "path");
  const char *what = is_empty (cse) ? "is empty, but the vault knows of a store that was in use"
                                    : "is not the store that the vault belongs to";
  if (!cse->development && !gh_config_get_boolean (cse->config, "store", "renew"))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_STORE,
                   "%s %s; put that one back, or start once with [store] renew = yes to go on with "
                   "this one",
                   path != NULL ? path : "the store", what);
      return FALSE;
    }
  gh_logf (GH_LOG_WARNING, "cse", "%s %s; it is used all the same",
           path != NULL ? path : "the store", what);
  return write_to_store (cse, known, error);
}

static char *
known_to_vault (GhVault *vault)
{
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, VAULT_ITEM);
  gsize length;
  if (item == NULL)
    return NULL;
  const char *text = gh_secret_data (item, &length);
  return g_strndup (text, length);
}

gboolean
gh_cse_store_check (GhCse *cse, GError **error)
{
  GhVault *vault = gh_security_get_vault (cse->security);
  g_autofree char *known = known_to_vault (vault), *own = NULL;
  if (gh_cse_is_volatile (cse))
    return TRUE;
  if (!cse->store_ops->get_meta (cse->store, STORE_KEY, &own, error))
    return FALSE;
  if (known == NULL)
    return own == NULL ? name_both (cse, vault, error) : write_to_vault (vault, own, error);
  if (own == NULL && !is_empty (cse))
    return write_to_store (cse, known, error);
  return g_strcmp0 (own, known) == 0 || take_another (cse, known, error);
}
