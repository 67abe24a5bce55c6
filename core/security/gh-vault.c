/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault.h"

#include <string.h>

#include "base/gh-log.h"
#include "security/gh-vault-private.h"

/* Old records in the file beyond which it is written anew while it is in use. */
#define MAX_GARBAGE 256

typedef struct {
  GhVaultFunc func;
  gpointer user_data;
} Watcher;

typedef struct {
  GhVaultEvent event;
  GhCredential *credential;
} Event;

static void
event_clear (gpointer data)
{
  gh_credential_unref (((Event *) data)->credential);
}

guint64
gh_vault_epoch (GhVault *vault)
{
  /* Not before what was looked up at this epoch. */
  return __atomic_load_n (&vault->epoch, __ATOMIC_ACQUIRE);
}

/* Look-ups. */

GhCredential *
gh_vault_find (GhVault *vault, GhCredentialKind kind, const char *subject)
{
  return gh_vault_index_find (vault->index, GH_VAULT_BY_SUBJECT, subject, kind, FALSE);
}

GhCredential *
gh_vault_find_number (GhVault *vault, guint64 number)
{
  return gh_vault_index_find (vault->index, GH_VAULT_BY_NUMBER, NULL, number, FALSE);
}

GhCredential *
gh_vault_find_id (GhVault *vault, const char *credential_id)
{
  return gh_vault_index_find (vault->index, GH_VAULT_BY_ID, credential_id, 0, FALSE);
}

GhCredential *
gh_vault_find_target (GhVault *vault, const char *authority)
{
  GhCredential *found = gh_vault_index_find (vault->index, GH_VAULT_BY_TARGET, authority, 0, TRUE);

  if (found != NULL && found->state == GH_CREDENTIAL_ACTIVE)
    return found;
  gh_credential_unref (found);
  return NULL;
}

GhCredential *
gh_vault_find_identity (GhVault *vault, const char *identity)
{
  return gh_vault_index_find (vault->index, GH_VAULT_BY_IDENTITY,
                              gh_vault_plain_identity (identity), 0, TRUE);
}

GPtrArray *
gh_vault_list (GhVault *vault, GhCredentialKind kind, guint64 after, guint limit)
{
  const guint64 next = __atomic_load_n (&vault->next_number, __ATOMIC_ACQUIRE);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (
    (GDestroyNotify) gh_credential_unref);

  for (guint64 number = after + 1; number < next && list->len < limit; number++)
    {
      g_autoptr (GhCredential) credential = gh_vault_find_number (vault, number);

      if (credential != NULL && (kind == 0 || credential->kind == kind))
        g_ptr_array_add (list, g_steal_pointer (&credential));
    }
  return g_steal_pointer (&list);
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const GhCredential *const *left = a, *const *right = b;

  return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

GPtrArray *
gh_vault_list_anchors (GhVault *vault)
{
  GPtrArray *list = gh_vault_index_find_all (vault->index, GH_VAULT_ANCHORS, NULL);

  g_ptr_array_sort (list, compare_numbers);
  return list;
}

GhSecret *
gh_vault_get_item (GhVault *vault, const char *name)
{
  return gh_vault_index_find_item (vault->index, name);
}

/* Compaction. */

typedef struct {
  GhVault *vault;
  GPtrArray *credentials, *items;
  guint at;
  GhVaultOp op;
} Everything;

static const GhVaultOp *
everything_next (gpointer user_data)
{
  Everything *all = user_data;
  const guint at = all->at++;

  gh_vault_op_clear (&all->op);
  if (at == 0)
    {
      all->op.kind = GH_VAULT_OP_NEXT;
      all->op.number = all->vault->next_number;
    }
  else if (at - 1 < all->credentials->len)
    {
      all->op.kind = GH_VAULT_OP_CREDENTIAL;
      all->op.credential = gh_credential_ref (all->credentials->pdata[at - 1]);
    }
  else if (at - 1 - all->credentials->len < all->items->len)
    {
      all->op.kind = GH_VAULT_OP_ITEM;
      all->op.name = g_strdup (all->items->pdata[at - 1 - all->credentials->len]);
      all->op.secret = gh_vault_get_item (all->vault, all->op.name);
    }
  else
    return NULL;
  return &all->op;
}

static gboolean
compact (GhVault *vault, GError **error)
{
  g_autoptr (GPtrArray) credentials = gh_vault_list (vault, 0, 0, G_MAXUINT);
  g_autoptr (GPtrArray) items = gh_vault_index_list_items (vault->index);
  Everything all = { vault, credentials, items, 0, { 0 } };
  const gboolean done = gh_vault_log_rewrite (vault->log, everything_next, &all, error);

  gh_vault_op_clear (&all.op);
  return done;
}

static guint64
count_live (GhVault *vault)
{
  return gh_vault_index_get_n_credentials (vault->index) + gh_vault_index_get_n_items (vault->index)
         + 1;
}

/* What was changed is in the old file: that the new one could not be made is worth a line, no
 * more. */
static void
compact_when_due (GhVault *vault)
{
  g_autoptr (GError) error = NULL;

  if (vault->log == NULL
      || gh_vault_log_get_records (vault->log) <= 2 * count_live (vault) + MAX_GARBAGE)
    return;
  if (!compact (vault, &error))
    gh_log (GH_LOG_WARNING, "vault", "cannot write the file anew", "error", error->message, NULL);
}

/* Applying records, at the start and after each change. */

static void
note_event (GArray *events, GhVaultEvent event, GhCredential *credential)
{
  const Event noted = { event, gh_credential_ref (credential) };

  if (events != NULL)
    g_array_append_val (events, noted);
  else
    gh_credential_unref (noted.credential);
}

static void
apply_credential (GhVault *vault, GhCredential *credential, GArray *events)
{
  g_autoptr (GhCredential) old = gh_vault_find_number (vault, credential->number);

  gh_vault_index_put (vault->index, credential);
  if (credential->number >= vault->next_number)
    __atomic_store_n (&vault->next_number, credential->number + 1, __ATOMIC_RELEASE);
  note_event (events, old == NULL ? GH_VAULT_ADDED : GH_VAULT_CHANGED, credential);
}

static void
apply (GhVault *vault, const GhVaultOp *op, GArray *events)
{
  g_autoptr (GhCredential) old = NULL;

  switch (op->kind)
    {
    case GH_VAULT_OP_CREDENTIAL:
      apply_credential (vault, op->credential, events);
      break;
    case GH_VAULT_OP_REMOVE:
      old = gh_vault_find_number (vault, op->number);
      if (old != NULL && gh_vault_index_remove (vault->index, op->number))
        note_event (events, GH_VAULT_REMOVED, old);
      break;
    case GH_VAULT_OP_ITEM:
    case GH_VAULT_OP_ITEM_REMOVE:
      gh_vault_index_put_item (vault->index, op->name, op->secret);
      break;
    case GH_VAULT_OP_NEXT:
      vault->next_number = MAX (vault->next_number, op->number);
      break;
    }
}

static void
replay_op (GhVaultOp *op, gpointer user_data)
{
  apply (user_data, op, NULL);
}

static void
tell (GhVault *vault, const GArray *events)
{
  for (guint i = 0; i < events->len; i++)
    for (guint k = 0; k < vault->watchers->len; k++)
      {
        const Event *event = &g_array_index (events, Event, i);
        const Watcher *watcher = &g_array_index (vault->watchers, Watcher, k);

        watcher->func (event->event, event->credential, watcher->user_data);
      }
}

gboolean
gh_vault_commit (GhVault *vault, GPtrArray *ops, GError **error)
{
  g_autoptr (GArray) events = NULL;

  if (ops->len == 0)
    return TRUE;
  if (vault->log != NULL && !gh_vault_log_append (vault->log, ops, error))
    return FALSE;
  events = g_array_new (FALSE, FALSE, sizeof (Event));
  g_array_set_clear_func (events, event_clear);
  for (guint i = 0; i < ops->len; i++)
    apply (vault, ops->pdata[i], events);
  /* After the look-ups find what is new: whoever sees this epoch finds it. */
  __atomic_add_fetch (&vault->epoch, 1, __ATOMIC_RELEASE);
  tell (vault, events);
  compact_when_due (vault);
  return TRUE;
}

/* Opening. */

static gboolean
open_file (GhVault *vault, const char *path, GhSecret *key, GError **error)
{
  gsize length = 0;

  if (key != NULL)
    gh_secret_data (key, &length);
  if (length != GH_VAULT_KEY_LENGTH)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "vault %s: its key has %" G_GSIZE_FORMAT " octets; %d are expected", path,
                   length, GH_VAULT_KEY_LENGTH);
      return FALSE;
    }
  vault->log = gh_vault_log_open (path, key, replay_op, vault, error);
  if (vault->log == NULL)
    return FALSE;
  /* Also removes what was removed from the vault, keys above all. */
  return (!gh_vault_log_was_cut (vault->log)
          && gh_vault_log_get_records (vault->log) <= count_live (vault))
         || compact (vault, error);
}

GhVault *
gh_vault_open (const char *path, GhSecret *key, GhClock *clock, GError **error)
{
  GhVault *vault = g_new0 (GhVault, 1);

  g_mutex_init (&vault->lock);
  vault->clock = gh_clock_ref (clock);
  vault->index = gh_vault_index_new ();
  vault->watchers = g_array_new (FALSE, FALSE, sizeof (Watcher));
  vault->reserved = gh_vault_reservations_new ();
  g_mutex_init (&vault->reserved_lock);
  vault->next_number = 1;
  vault->epoch = 1;
  if (path == NULL || open_file (vault, path, key, error))
    return vault;
  gh_vault_close (vault);
  return NULL;
}

void
gh_vault_close (GhVault *vault)
{
  if (vault == NULL)
    return;
  gh_vault_log_close (vault->log);
  gh_vault_index_free (vault->index);
  g_array_unref (vault->watchers);
  gh_clock_unref (vault->clock);
  g_hash_table_unref (vault->reserved);
  g_mutex_clear (&vault->reserved_lock);
  g_mutex_clear (&vault->lock);
  g_free (vault);
}

void
gh_vault_watch (GhVault *vault, GhVaultFunc func, gpointer user_data)
{
  const Watcher watcher = { func, user_data };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&vault->lock);

  g_array_append_val (vault->watchers, watcher);
}
