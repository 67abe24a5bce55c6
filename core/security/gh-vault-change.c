/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault.h"

#include <string.h>

#include "base/gh-hash.h"
#include "security/gh-vault-private.h"

#define MAX_CREDENTIALS 1000000
#define MAX_OF_OWNER    64
#define DEFAULT_SUID    12 /* pre-provisioned, for security associations */

/* What a change is made of: the records to be, and what those of one batch take. */
typedef struct {
  GhVault *vault;
  GPtrArray *ops;
  GHashTable *taken; /* identifiers and owners of this batch */
  GPtrArray *held;   /* identities: until look-ups find them */
  gint64 now_us;
  guint64 next_number;
} Change;

GPtrArray *
gh_vault_ops_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) gh_vault_op_free);
}

gboolean
gh_vault_fail (GError **error, GhError code, const char *text, const char *which)
{
  g_set_error (error, GH_ERROR, code, "%s: %s", which, text);
  return FALSE;
}

static gboolean
propagate (const GhFault *fault, GError **error)
{
  gh_fault_propagate (fault, error);
  return FALSE;
}

void
gh_vault_add_version (GPtrArray *ops, const GhCredential *fields)
{
  GhVaultOp *op = gh_vault_op_new (GH_VAULT_OP_CREDENTIAL);

  op->credential = gh_credential_new (fields);
  g_ptr_array_add (ops, op);
}

/* The entries of @a and those of @b that are new. Borrows the texts. */
static const char **
texts_union (const char *const *a, const char *const *b)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  for (guint i = 0; a != NULL && a[i] != NULL; i++)
    g_ptr_array_add (all, (gpointer) a[i]);
  for (guint i = 0; b != NULL && b[i] != NULL; i++)
    if (a == NULL || !g_strv_contains (a, b[i]))
      g_ptr_array_add (all, (gpointer) b[i]);
  g_ptr_array_add (all, NULL);
  return (const char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

/* A new version of each credential of an owner, with other identities. */
void
gh_vault_change_identities (GPtrArray *ops, const GPtrArray *siblings,
                            const char *const *identities, gint64 now_us)
{
  for (guint i = 0; i < siblings->len; i++)
    {
      GhCredential fields = *(const GhCredential *) siblings->pdata[i];

      fields.identities = identities;
      fields.changed_us = now_us;
      gh_vault_add_version (ops, &fields);
    }
}

/* Nobody else's, neither in the vault nor in the batch, and no registration's under way. */
static gboolean
hold_identities (const Change *change, const char *const *identities, const char *owner,
                 GError **error)
{
  for (guint i = 0; identities != NULL && identities[i] != NULL; i++)
    {
      if (!gh_vault_hold (change->vault, identities[i], owner, error))
        return FALSE;
      g_ptr_array_add (change->held, g_strdup (identities[i]));
    }
  return TRUE;
}

static void
let_go_all (const Change *change)
{
  for (guint i = 0; i < change->held->len; i++)
    gh_vault_let_go (change->vault, change->held->pdata[i]);
}

static gboolean
check_new (const Change *change, const GhCredential *fields, GError **error)
{
  g_autoptr (GhCredential) same = gh_vault_find (change->vault, fields->kind, fields->subject);
  g_autoptr (GhCredential) same_id = gh_vault_find_id (change->vault, fields->id);
  g_autofree char *owner_key = g_strconcat ("owner ", fields->owner, NULL);

  if (same != NULL || same_id != NULL || g_hash_table_contains (change->taken, fields->id))
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "there is one already", fields->id);
  if (g_hash_table_contains (change->taken, owner_key))
    return gh_vault_fail (error, GH_ERROR_CONFLICT,
                          "two of one owner at once; add one after the other", fields->id);
  return TRUE;
}

static void
take (Change *change, const GhCredential *fields)
{
  g_hash_table_add (change->taken, g_strdup (fields->id));
  g_hash_table_add (change->taken, g_strconcat ("owner ", fields->owner, NULL));
}

/* Everything of a draft that is not text of ours. */
static void
fields_from_draft (const Change *change, const GhVaultDraft *draft, GhCredential *fields)
{
  const gboolean psk = draft->kind == GH_CREDENTIAL_PSK;

  *fields = (GhCredential){
    .kind = draft->kind,
    .state = draft->pending ? GH_CREDENTIAL_PENDING : GH_CREDENTIAL_ACTIVE,
    .generation = 1,
    .suid = draft->suid != 0 ? draft->suid
            : psk            ? DEFAULT_SUID
                             : GH_VAULT_CERTIFICATE_SUID,
    .purposes = draft->purposes,
    .admits_any = draft->admits_any,
    .subject = draft->subject,
    .label = draft->label,
    .stems = draft->stems,
    .app_ids = draft->app_ids,
    .targets = draft->targets,
    .administrator = draft->administrator,
    .not_before_us = draft->not_before_us != 0 ? draft->not_before_us : change->now_us,
    .not_after_us = draft->not_after_us != 0 ? draft->not_after_us : GH_NEVER_US,
    .created_us = change->now_us,
    .changed_us = change->now_us,
    .secret = draft->secret,
    .public_data = draft->public_data,
  };
}

/* The subject that is in the certificate or key; @text keeps it. */
static gboolean
find_subject (GhCredential *fields, char **text, GhFault *fault)
{
  g_autofree char *found = NULL;

  if (fields->kind == GH_CREDENTIAL_PSK || fields->public_data == NULL)
    return fields->subject != NULL
           || gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "a subject is missing");
  if (!gh_vault_find_subject (fields->kind, fields->public_data, &found, fault))
    return FALSE;
  if (fields->subject != NULL && strcmp (fields->subject, found) != 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "the subject is %.80s, not %.80s", found,
                         fields->subject);
  *text = g_steal_pointer (&found);
  fields->subject = *text;
  return TRUE;
}

static gboolean
draft_to_ops (Change *change, const GhVaultDraft *draft, GError **error)
{
  g_autofree char *subject = NULL, *id = NULL;
  g_autofree const char **identities = NULL;
  g_autoptr (GPtrArray) siblings = NULL;
  const GhCredential *sibling;
  GhFault fault = { 0 };
  GhCredential fields;

  fields_from_draft (change, draft, &fields);
  if (!find_subject (&fields, &subject, &fault))
    return propagate (&fault, error);
  id = gh_credential_make_id (fields.kind, fields.suid, fields.subject);
  fields.id = id;
  fields.owner = draft->owner != NULL ? draft->owner : id;
  siblings = gh_vault_index_find_all (change->vault->index, GH_VAULT_BY_OWNER, fields.owner);
  sibling = siblings->len > 0 ? siblings->pdata[0] : NULL;
  identities = texts_union (sibling != NULL ? sibling->identities : NULL, draft->identities);
  fields.identities = identities;
  if (!gh_credential_check (&fields, &fault))
    return propagate (&fault, error);
  if (siblings->len >= MAX_OF_OWNER)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "has 64 credentials already", fields.owner);
  if (!check_new (change, &fields, error)
      || !hold_identities (change, identities, fields.owner, error))
    return FALSE;
  fields.number = change->next_number++;
  gh_vault_add_version (change->ops, &fields);
  if (sibling != NULL
      && g_strv_length ((char **) identities) > g_strv_length ((char **) sibling->identities))
    gh_vault_change_identities (change->ops, siblings, identities, change->now_us);
  take (change, &fields);
  return TRUE;
}

static gboolean
drafts_to_ops (Change *change, const GhVaultDraft *drafts, guint n, guint *out_failed,
               GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!draft_to_ops (change, &drafts[i], error))
      {
        *out_failed = i;
        return FALSE;
      }
  return TRUE;
}

static gboolean
add_locked (GhVault *vault, const GhVaultDraft *drafts, guint n, GPtrArray *out, guint *out_failed,
            GError **error)
{
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) taken = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, NULL);
  Change change = { vault, ops, taken, held, gh_clock_wall_us (vault->clock), vault->next_number };
  const guint64 first = change.next_number;

  if (gh_vault_index_get_n_credentials (vault->index) + n > MAX_CREDENTIALS)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "full; 1000000 credentials are allowed",
                          "vault");
  const gboolean done = drafts_to_ops (&change, drafts, n, out_failed, error)
                        && gh_vault_commit (vault, ops, error);
  let_go_all (&change);
  for (guint i = 0; done && i < n; i++)
    g_ptr_array_add (out, gh_vault_find_number (vault, first + i));
  return done;
}

GPtrArray *
gh_vault_add_many (GhVault *vault, const GhVaultDraft *drafts, guint n, guint *out_failed,
                   GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (
    (GDestroyNotify) gh_credential_unref);
  guint failed = n;
  const gboolean done = add_locked (vault, drafts, n, added, &failed, error);

  if (out_failed != NULL)
    *out_failed = failed;
  return done ? g_steal_pointer (&added) : NULL;
}

GhCredential *
gh_vault_add (GhVault *vault, const GhVaultDraft *draft, GError **error)
{
  g_autoptr (GPtrArray) added = gh_vault_add_many (vault, draft, 1, NULL, error);

  return added != NULL ? gh_credential_ref (added->pdata[0]) : NULL;
}

/* Changes of one credential. */

static GhCredential *
current (GhVault *vault, guint64 number, GError **error)
{
  GhCredential *credential = gh_vault_find_number (vault, number);

  if (credential == NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_NOT_FOUND,
                 "no credential has the number %" G_GUINT64_FORMAT, number);
  return credential;
}

static gboolean
commit_version (GhVault *vault, GhCredential *fields, GError **error)
{
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();
  GhFault fault = { 0 };

  fields->changed_us = gh_clock_wall_us (vault->clock);
  if (!gh_credential_check (fields, &fault))
    return propagate (&fault, error);
  gh_vault_add_version (ops, fields);
  return gh_vault_commit (vault, ops, error);
}

gboolean
gh_vault_set_state (GhVault *vault, guint64 number, GhCredentialState state, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GhCredential) old = current (vault, number, error);
  GhCredential fields;

  if (old == NULL)
    return FALSE;
  if (old->state == state)
    return TRUE;
  if (old->state == GH_CREDENTIAL_REVOKED)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "revoked, and stays so", old->id);
  if (state == GH_CREDENTIAL_PENDING)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "only a new credential is pending", old->id);
  fields = *old;
  fields.state = state;
  if (state != GH_CREDENTIAL_ACTIVE)
    fields.generation++;
  return commit_version (vault, &fields, error);
}

static gboolean
check_rotation (const GhCredential *old, GhSecret *secret, GBytes *public_data, GError **error)
{
  GhCredential fields = *old;
  g_autofree char *subject = NULL;
  GhFault fault = { 0 };

  if (old->state == GH_CREDENTIAL_REVOKED)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "revoked, and stays so", old->id);
  if (old->kind == GH_CREDENTIAL_RPK)
    return gh_vault_fail (error, GH_ERROR_BAD_REQUEST,
                          "a raw key is its own name; add another credential of its owner",
                          old->id);
  if (secret == NULL && public_data == NULL)
    return gh_vault_fail (error, GH_ERROR_BAD_REQUEST, "a new key or certificate is missing",
                          old->id);
  fields.public_data = public_data;
  return find_subject (&fields, &subject, &fault) || propagate (&fault, error);
}

gboolean
gh_vault_rotate (GhVault *vault, guint64 number, GhSecret *secret, GBytes *public_data,
                 GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GhCredential) old = current (vault, number, error);
  GhCredential fields;

  if (old == NULL || !check_rotation (old, secret, public_data, error))
    return FALSE;
  fields = *old;
  fields.generation++;
  fields.secret = secret;
  fields.public_data = public_data;
  return commit_version (vault, &fields, error);
}

static gboolean
takes_away (const char *const *before, const char *const *after)
{
  for (guint i = 0; after != NULL && before[i] != NULL; i++)
    if (!g_strv_contains (after, before[i]))
      return TRUE;
  return FALSE;
}

/* An empty list of App-IDs stands for all of them. */
static gboolean
narrows (const char *const *before, const char *const *after)
{
  if (after == NULL || after[0] == NULL)
    return FALSE;
  return before[0] == NULL || takes_away (before, after);
}

/* The other credentials of the owner get the identities, and nothing else. */
static void
apply_change (const GhVaultChange *change, gboolean own, GhCredential *fields)
{
  gboolean less = takes_away (fields->identities, change->identities);

  if (change->identities != NULL)
    fields->identities = change->identities;
  if (own)
    {
      less = less || change->validity || takes_away (fields->stems, change->stems)
             || narrows (fields->app_ids, change->app_ids);
      if (change->stems != NULL)
        fields->stems = change->stems;
      if (change->app_ids != NULL)
        fields->app_ids = change->app_ids;
      if (change->validity)
        {
          fields->not_before_us = change->not_before_us;
          fields->not_after_us = change->not_after_us;
        }
    }
  if (less)
    fields->generation++;
}

static gboolean
check_change (const Change *look, const GhCredential *old, const GhVaultChange *change,
              GError **error)
{
  if (old->state == GH_CREDENTIAL_REVOKED)
    return gh_vault_fail (error, GH_ERROR_CONFLICT, "revoked, and stays so", old->id);
  if (change->validity && change->not_before_us >= change->not_after_us)
    return gh_vault_fail (error, GH_ERROR_BAD_REQUEST,
                          "not-after: later than not-before is expected", old->id);
  return hold_identities (look, change->identities, old->owner, error);
}

static gboolean
change_locked (const Change *look, const GhCredential *old, const GhVaultChange *change,
               GError **error)
{
  g_autoptr (GPtrArray) siblings = gh_vault_index_find_all (look->vault->index, GH_VAULT_BY_OWNER,
                                                            old->owner);
  GhFault fault = { 0 };

  if (!check_change (look, old, change, error))
    return FALSE;
  for (guint i = 0; i < siblings->len; i++)
    {
      GhCredential fields = *(const GhCredential *) siblings->pdata[i];
      const gboolean own = fields.number == old->number;

      if (!own && change->identities == NULL)
        continue;
      apply_change (change, own, &fields);
      fields.changed_us = look->now_us;
      gh_vault_add_version (look->ops, &fields);
      if (!gh_credential_check (&fields, &fault))
        return propagate (&fault, error);
    }
  return gh_vault_commit (look->vault, look->ops, error);
}

gboolean
gh_vault_change (GhVault *vault, guint64 number, const GhVaultChange *change, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GhCredential) old = current (vault, number, error);
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func (g_free);
  const Change look = {
    .vault = vault, .ops = ops, .held = held, .now_us = gh_clock_wall_us (vault->clock)
  };
  const gboolean done = old != NULL && change_locked (&look, old, change, error);

  let_go_all (&look);
  return done;
}

gboolean
gh_vault_set_validity (GhVault *vault, guint64 number, gint64 not_before_us, gint64 not_after_us,
                       GError **error)
{
  const GhVaultChange change = { .validity = TRUE,
                                 .not_before_us = not_before_us,
                                 .not_after_us = not_after_us };

  return gh_vault_change (vault, number, &change, error);
}

gboolean
gh_vault_remove (GhVault *vault, guint64 number, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GhCredential) old = current (vault, number, error);
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();
  GhVaultOp *op;

  if (old == NULL)
    return FALSE;
  op = gh_vault_op_new (GH_VAULT_OP_REMOVE);
  op->number = number;
  g_ptr_array_add (ops, op);
  return gh_vault_commit (vault, ops, error);
}

/* Items. */

static gboolean
check_item (const char *name, const GhSecret *item, GError **error)
{
  GhFault fault = { 0 };
  gsize length = 1;

  if (!gh_vault_item_name_check (name, &fault))
    return propagate (&fault, error);
  if (item != NULL)
    gh_secret_data (item, &length);
  return length <= GH_VAULT_MAX_ITEM
         || gh_vault_fail (error, GH_ERROR_BAD_REQUEST, "longer than 65536 octets", name);
}

gboolean
gh_vault_put_items (GhVault *vault, const GhVaultItem *items, guint n, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);
  g_autoptr (GPtrArray) ops = gh_vault_ops_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GhSecret) old = gh_vault_get_item (vault, items[i].name);
      GhVaultOp *op;

      if (!check_item (items[i].name, items[i].secret, error))
        return FALSE;
      if (items[i].secret == NULL && old == NULL)
        continue;
      op = gh_vault_op_new (items[i].secret != NULL ? GH_VAULT_OP_ITEM : GH_VAULT_OP_ITEM_REMOVE);
      op->name = g_strdup (items[i].name);
      op->secret = items[i].secret != NULL ? gh_secret_ref (items[i].secret) : NULL;
      g_ptr_array_add (ops, op);
    }
  return ops->len == 0 || gh_vault_commit (vault, ops, error);
}

gboolean
gh_vault_put_item (GhVault *vault, const char *name, GhSecret *item, GError **error)
{
  const GhVaultItem one = { name, item };

  return gh_vault_put_items (vault, &one, 1, error);
}
