/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault.h"

#include <string.h>

#include "base/gh-hash.h"
#include "base/gh-log.h"
#include "security/gh-vault-private.h"

/*
 * Whom an identity belongs to. Between the moment when somebody asks for an identity and the one
 * when that is on the disk, it is reserved for its owner, in memory. Every change that hands out
 * identities reserves them first, and lets go of them when look-ups find them.
 */

typedef struct {
  char *owner;
  guint count;
} Reservation;

static void
reservation_free (gpointer data)
{
  Reservation *reservation = data;

  g_free (reservation->owner);
  g_free (reservation);
}

GHashTable *
gh_vault_reservations_new (void)
{
  return g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, reservation_free);
}

static gboolean
belongs_to_another (const char *identity, const char *owner, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT,
               "%s: belongs to another owner, %s; whoever is to share it needs a credential of "
               "that owner",
               identity, owner);
  return FALSE;
}

gboolean
gh_vault_hold (GhVault *vault, const char *identity, const char *owner, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->reserved_lock);
  const char *plain = gh_vault_plain_identity (identity);
  Reservation *reservation = g_hash_table_lookup (vault->reserved, plain);
  g_autoptr (GhCredential) holder = gh_vault_find_identity (vault, plain);

  if (reservation != NULL && strcmp (reservation->owner, owner) != 0)
    return belongs_to_another (identity, reservation->owner, error);
  if (holder != NULL && strcmp (holder->owner, owner) != 0)
    return belongs_to_another (identity, holder->owner, error);
  if (reservation == NULL)
    {
      reservation = g_new0 (Reservation, 1);
      reservation->owner = g_strdup (owner);
      g_hash_table_insert (vault->reserved, g_strdup (plain), reservation);
    }
  reservation->count++;
  return TRUE;
}

void
gh_vault_let_go (GhVault *vault, const char *identity)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->reserved_lock);
  const char *plain = gh_vault_plain_identity (identity);
  Reservation *reservation = g_hash_table_lookup (vault->reserved, plain);

  if (reservation != NULL && --reservation->count == 0)
    g_hash_table_remove (vault->reserved, plain);
}

/* NULL: the credential is gone. Returns: (transfer full) */
static char *
owner_of (GhVault *vault, const GhVaultBinding *binding)
{
  g_autoptr (GhCredential) credential = binding->number != 0
                                          ? gh_vault_find_number (vault, binding->number)
                                          : gh_vault_find (vault, GH_CREDENTIAL_X509,
                                                           binding->subject);

  if (credential != NULL)
    return g_strdup (credential->owner);
  return binding->number != 0 ? NULL
                              : gh_credential_make_id (GH_CREDENTIAL_X509,
                                                       GH_VAULT_CERTIFICATE_SUID, binding->subject);
}

/* Those of registrations under way are not counted: they are few, and the record has a bound. */
static gboolean
check_room (GhVault *vault, const char *owner, const char *identity, GError **error)
{
  g_autoptr (GPtrArray) siblings = gh_vault_index_find_all (vault->index, GH_VAULT_BY_OWNER, owner);
  const GhCredential *sibling = siblings->len > 0 ? siblings->pdata[0] : NULL;

  return sibling == NULL
         || g_strv_length ((char **) sibling->identities) < GH_CREDENTIAL_MAX_IDENTITIES
         || g_strv_contains (sibling->identities, identity)
         || gh_vault_fail (error, GH_ERROR_CONFLICT, "its owner has 256 identities already",
                           identity);
}

gboolean
gh_vault_reserve (GhVault *vault, const GhVaultBinding *binding, GError **error)
{
  g_autofree char *owner = owner_of (vault, binding);

  if (owner == NULL)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "its credential was removed",
                          binding->identity);
  return check_room (vault, owner, binding->identity, error)
         && gh_vault_hold (vault, binding->identity, owner, error);
}

void
gh_vault_release (GhVault *vault, const GhVaultBinding *binding)
{
  gh_vault_let_go (vault, binding->identity);
}

static void
add_identity (GPtrArray *identities, const char *identity)
{
  for (guint i = 0; i < identities->len; i++)
    if (strcmp (gh_vault_plain_identity (identities->pdata[i]), gh_vault_plain_identity (identity))
        == 0)
      return;
  g_ptr_array_add (identities, (gpointer) identity);
}

/* What the anchor vouched for gets an entry, as whose its certificates are judged from then on. */
static void
add_entry (GhVault *vault, const GhVaultBinding *binding, const char *const *identities,
           GPtrArray *ops)
{
  g_autoptr (GhCredential) entry = binding->number == 0
                                     ? gh_vault_find (vault, GH_CREDENTIAL_X509, binding->subject)
                                     : NULL;
  g_autoptr (GhCredential) anchor = gh_vault_find_number (vault, binding->anchor);
  g_autofree char *id = NULL;

  if (binding->number != 0 || entry != NULL || anchor == NULL)
    return;
  id = gh_credential_make_id (GH_CREDENTIAL_X509, GH_VAULT_CERTIFICATE_SUID, binding->subject);
  const gint64 now_us = gh_clock_wall_us (vault->clock);
  const GhCredential fields = {
    .number = vault->next_number + ops->len,
    .kind = GH_CREDENTIAL_X509,
    .state = GH_CREDENTIAL_ACTIVE,
    .generation = 1,
    .suid = GH_VAULT_CERTIFICATE_SUID,
    .anchor = binding->anchor,
    .id = id,
    .subject = binding->subject,
    .owner = id,
    .label = "by registration",
    .identities = identities,
    .stems = anchor->stems,
    .app_ids = anchor->app_ids,
    .not_after_us = GH_NEVER_US,
    .created_us = now_us,
    .changed_us = now_us,
  };

  gh_vault_add_version (ops, &fields);
}

static gboolean
check_ops (const GPtrArray *ops, guint from)
{
  GhFault fault = { 0 };

  for (guint i = from; i < ops->len; i++)
    if (!gh_credential_check (((const GhVaultOp *) ops->pdata[i])->credential, &fault))
      {
        gh_log (GH_LOG_WARNING, "vault", "an identity cannot be bound", "reason", fault.text, NULL);
        return FALSE;
      }
  return TRUE;
}

/* All that @owner gets, since a second version of his credentials would take the place of the
 * first. */
static void
bind_owner (GhVault *vault, const GhVaultBinding *bindings, char *const *owners, guint n, guint at,
            GPtrArray *ops)
{
  const char *owner = owners[at];
  const guint before = ops->len;
  g_autoptr (GPtrArray) siblings = gh_vault_index_find_all (vault->index, GH_VAULT_BY_OWNER, owner);
  g_autoptr (GPtrArray) identities = g_ptr_array_new ();
  const GhCredential *sibling = siblings->len > 0 ? siblings->pdata[0] : NULL;

  for (guint i = 0; sibling != NULL && sibling->identities[i] != NULL; i++)
    add_identity (identities, sibling->identities[i]);
  const guint had = identities->len;
  for (guint i = at; i < n; i++)
    if (g_strcmp0 (owners[i], owner) == 0)
      add_identity (identities, bindings[i].identity);
  const gboolean more = identities->len > had;
  g_ptr_array_add (identities, NULL);
  if (more)
    gh_vault_change_identities (ops, siblings, (const char *const *) identities->pdata,
                                gh_clock_wall_us (vault->clock));
  add_entry (vault, &bindings[at], (const char *const *) identities->pdata, ops);
  if (!check_ops (ops, before))
    g_ptr_array_set_size (ops, (gint) before);
}

static gboolean
is_first (char *const *owners, guint at)
{
  for (guint i = 0; i < at; i++)
    if (g_strcmp0 (owners[i], owners[at]) == 0)
      return FALSE;
  return owners[at] != NULL;
}

gboolean
gh_vault_bind (GhVault *vault, const GhVaultBinding *bindings, guint n, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();
  g_autoptr (GPtrArray) owners = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (owners, owner_of (vault, &bindings[i]));
  for (guint i = 0; i < n; i++)
    if (is_first ((char *const *) owners->pdata, i))
      bind_owner (vault, bindings, (char *const *) owners->pdata, n, i, ops);
  return gh_vault_commit (vault, ops, error);
}

/* One identity, at once. */

gboolean
gh_vault_bind_identity (GhVault *vault, guint64 number, const char *identity, GError **error)
{
  const GhVaultBinding binding = { .number = number, .identity = identity };
  g_autoptr (GhCredential) credential = gh_vault_find_number (vault, number);
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();
  char *owners[] = { credential != NULL ? (char *) credential->owner : NULL };
  gboolean done;

  if (credential == NULL)
    return gh_vault_fail (error, GH_ERROR_NOT_FOUND, "its credential was removed", identity);
  if (credential->state == GH_CREDENTIAL_REVOKED)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "revoked, and stays so", credential->id);
  if (!gh_credential_check_identity (identity, NULL)
      || g_strv_length ((char **) credential->identities) >= GH_CREDENTIAL_MAX_IDENTITIES)
    return gh_vault_fail (error, GH_ERROR_BAD_REQUEST,
                          "no AE-ID stem or CSE-ID, or one more than an owner may have", identity);
  if (!gh_vault_hold (vault, identity, credential->owner, error))
    return FALSE;
  g_mutex_lock (&vault->lock);
  bind_owner (vault, &binding, owners, 1, 0, ops);
  done = gh_vault_commit (vault, ops, error);
  g_mutex_unlock (&vault->lock);
  gh_vault_let_go (vault, identity);
  return done;
}

gboolean
gh_vault_unbind_identity (GhVault *vault, const char *identity, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GhCredential) holder = gh_vault_find_identity (vault, identity);
  g_autoptr (GPtrArray) ops = gh_vault_ops_new (), rest = g_ptr_array_new (), siblings = NULL;

  if (holder == NULL)
    return gh_vault_fail (error, GH_ERROR_NOT_FOUND, "belongs to nobody", identity);
  for (guint i = 0; holder->identities[i] != NULL; i++)
    if (strcmp (gh_vault_plain_identity (holder->identities[i]), gh_vault_plain_identity (identity))
        != 0)
      g_ptr_array_add (rest, (gpointer) holder->identities[i]);
  g_ptr_array_add (rest, NULL);
  siblings = gh_vault_index_find_all (vault->index, GH_VAULT_BY_OWNER, holder->owner);
  gh_vault_change_identities (ops, siblings, (const char *const *) rest->pdata,
                              gh_clock_wall_us (vault->clock));
  return gh_vault_commit (vault, ops, error);
}
