/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault-index.h"

#include "base/gh-hash.h"

/* liburcu misaligns its own reader record, which the sanitizer would report in our code: in those
 * builds readers stay in the library. */
#ifndef GH_SANITIZED
#define _LGPL_SOURCE 1
#endif
#include <urcu-bp.h>
#include <urcu/rculfhash.h>

#include <string.h>

#define INITIAL_BUCKETS 16384 /* 256 KiB */

struct _GhVaultIndex {
  struct cds_lfht *table;
  guint64 n_credentials, n_items; /* of the thread that changes */
};

/* One of the ways to find an entry. */
typedef struct {
  struct cds_lfht_node node;
  GhVaultEntry *entry;
  const char *text; /* of the entry; NULL with BY_NUMBER */
  guint64 number;
  GhVaultBy by;
} Key;

struct _GhVaultEntry {
  struct rcu_head rcu;
  GhCredential *credential; /* or */
  GhSecret *item;
  char *name; /* of the item */
  guint n_keys;
  Key keys[];
};

typedef struct {
  GhVaultBy by;
  const char *text;
  guint64 number;
} Wanted;

GhVaultIndex *
gh_vault_index_new (void)
{
  GhVaultIndex *index = g_new0 (GhVaultIndex, 1);

  /* liburcu grows the table on a thread of its own, which may come late while a large vault is
   * read: until then chains stay short enough. */
  index->table = cds_lfht_new (INITIAL_BUCKETS, 1024, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING,
                               NULL);
  return index;
}

/* Subjects and identities are chosen by peers. */
static unsigned long
hash_of (GhVaultBy by, const char *text, guint64 number)
{
  const guint64 mixed = (number * 8 + by) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  const guint64 hash = text != NULL ? gh_hash_text (text) : gh_hash_octets (&number, sizeof number);

  return (unsigned long) (hash ^ mixed);
}

static int
match_key (struct cds_lfht_node *node, const void *key)
{
  const Key *found = caa_container_of (node, Key, node);
  const Wanted *wanted = key;

  return found->by == wanted->by && found->number == wanted->number
         && (found->text == wanted->text || strcmp (found->text, wanted->text) == 0);
}

static void
entry_reclaim (struct rcu_head *head)
{
  GhVaultEntry *entry = caa_container_of (head, GhVaultEntry, rcu);

  gh_credential_unref (entry->credential);
  gh_secret_unref (entry->item);
  g_free (entry->name);
  g_free (entry);
}

static void
entry_add_key (GhVaultEntry *entry, GhVaultBy by, const char *text, guint64 number)
{
  Key *key = &entry->keys[entry->n_keys++];

  key->entry = entry;
  key->by = by;
  key->text = text;
  key->number = number;
}

static GhVaultEntry *
entry_new (guint n_keys)
{
  return g_malloc0 (sizeof (GhVaultEntry) + n_keys * sizeof (Key));
}

static GhVaultEntry *
entry_of_credential (GhCredential *credential)
{
  const guint n_identities = g_strv_length ((char **) credential->identities);
  const guint n_targets = g_strv_length ((char **) credential->targets);
  GhVaultEntry *entry = entry_new (5 + n_identities + n_targets);

  entry->credential = gh_credential_ref (credential);
  entry_add_key (entry, GH_VAULT_BY_NUMBER, NULL, credential->number);
  entry_add_key (entry, GH_VAULT_BY_SUBJECT, credential->subject, credential->kind);
  entry_add_key (entry, GH_VAULT_BY_ID, credential->id, 0);
  entry_add_key (entry, GH_VAULT_BY_OWNER, credential->owner, 0);
  /* few, and asked for in every handshake with a certificate */
  if (credential->kind == GH_CREDENTIAL_ANCHOR)
    entry_add_key (entry, GH_VAULT_ANCHORS, NULL, 0);
  for (guint i = 0; i < n_identities; i++)
    entry_add_key (entry, GH_VAULT_BY_IDENTITY,
                   gh_vault_plain_identity (credential->identities[i]), 0);
  for (guint i = 0; i < n_targets; i++)
    entry_add_key (entry, GH_VAULT_BY_TARGET, credential->targets[i], 0);
  return entry;
}

/* In a read section. */
static Key *
find_key (const GhVaultIndex *index, const Wanted *wanted, struct cds_lfht_iter *iter)
{
  struct cds_lfht_node *node;

  cds_lfht_lookup (index->table, hash_of (wanted->by, wanted->text, wanted->number),
                   match_key, wanted, iter);
  node = cds_lfht_iter_get_node (iter);
  return node != NULL ? caa_container_of (node, Key, node) : NULL;
}

static Key *
next_key (const GhVaultIndex *index, const Wanted *wanted, struct cds_lfht_iter *iter)
{
  struct cds_lfht_node *node;

  cds_lfht_next_duplicate (index->table, match_key, wanted, iter);
  node = cds_lfht_iter_get_node (iter);
  return node != NULL ? caa_container_of (node, Key, node) : NULL;
}

/* The new keys go in before the old ones go out: no reader finds nothing. */
static void
entry_replace (GhVaultIndex *index, GhVaultEntry *old, GhVaultEntry *entry)
{
  rcu_read_lock ();
  for (guint i = 0; entry != NULL && i < entry->n_keys; i++)
    {
      Key *key = &entry->keys[i];

      cds_lfht_add (index->table, hash_of (key->by, key->text, key->number), &key->node);
    }
  for (guint i = 0; old != NULL && i < old->n_keys; i++)
    cds_lfht_del (index->table, &old->keys[i].node);
  rcu_read_unlock ();
  if (old != NULL)
    call_rcu (&old->rcu, entry_reclaim);
}

/* For the thread that changes: the entry stays until it removes it. */
static GhVaultEntry *
current_entry (GhVaultIndex *index, GhVaultBy by, const char *text, guint64 number)
{
  const Wanted wanted = { by, text, number };
  struct cds_lfht_iter iter;
  Key *key;

  rcu_read_lock ();
  key = find_key (index, &wanted, &iter);
  rcu_read_unlock ();
  return key != NULL ? key->entry : NULL;
}

void
gh_vault_index_put (GhVaultIndex *index, GhCredential *credential)
{
  GhVaultEntry *old = current_entry (index, GH_VAULT_BY_NUMBER, NULL, credential->number);

  index->n_credentials += old == NULL;
  entry_replace (index, old, entry_of_credential (credential));
}

gboolean
gh_vault_index_remove (GhVaultIndex *index, guint64 number)
{
  GhVaultEntry *old = current_entry (index, GH_VAULT_BY_NUMBER, NULL, number);

  if (old == NULL)
    return FALSE;
  index->n_credentials--;
  entry_replace (index, old, NULL);
  return TRUE;
}

gboolean
gh_vault_index_put_item (GhVaultIndex *index, const char *name, GhSecret *item)
{
  GhVaultEntry *old = current_entry (index, GH_VAULT_ITEM, name, 0), *entry = NULL;

  if (item != NULL)
    {
      entry = entry_new (1);
      entry->item = gh_secret_ref (item);
      entry->name = g_strdup (name);
      entry_add_key (entry, GH_VAULT_ITEM, entry->name, 0);
    }
  if (old != NULL)
    index->n_items--;
  if (entry != NULL)
    index->n_items++;
  entry_replace (index, old, entry);
  return old != NULL;
}

GhCredential *
gh_vault_index_find (GhVaultIndex *index, GhVaultBy by, const char *text, guint64 number,
                     gboolean usable)
{
  const Wanted wanted = { by, text, number };
  GhCredential *found = NULL;
  struct cds_lfht_iter iter;

  rcu_read_lock ();
  for (Key *key = find_key (index, &wanted, &iter); key != NULL;
       key = next_key (index, &wanted, &iter))
    {
      if (found == NULL || key->entry->credential->state == GH_CREDENTIAL_ACTIVE)
        found = key->entry->credential;
      if (!usable || found->state == GH_CREDENTIAL_ACTIVE)
        break;
    }
  if (found != NULL)
    gh_credential_ref (found);
  rcu_read_unlock ();
  return found;
}

GhSecret *
gh_vault_index_find_item (GhVaultIndex *index, const char *name)
{
  const Wanted wanted = { GH_VAULT_ITEM, name, 0 };
  GhSecret *item = NULL;
  struct cds_lfht_iter iter;
  Key *key;

  rcu_read_lock ();
  key = find_key (index, &wanted, &iter);
  if (key != NULL)
    item = gh_secret_ref (key->entry->item);
  rcu_read_unlock ();
  return item;
}

GPtrArray *
gh_vault_index_find_all (GhVaultIndex *index, GhVaultBy by, const char *text)
{
  const Wanted wanted = { by, text, 0 };
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_credential_unref);
  struct cds_lfht_iter iter;

  rcu_read_lock ();
  for (Key *key = find_key (index, &wanted, &iter); key != NULL;
       key = next_key (index, &wanted, &iter))
    g_ptr_array_add (all, gh_credential_ref (key->entry->credential));
  rcu_read_unlock ();
  return all;
}

GPtrArray *
gh_vault_index_list_items (GhVaultIndex *index)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  struct cds_lfht_iter iter;
  struct cds_lfht_node *node;

  rcu_read_lock ();
  cds_lfht_for_each (index->table, &iter, node)
  {
    const Key *key = caa_container_of (node, Key, node);

    if (key->by == GH_VAULT_ITEM)
      g_ptr_array_add (names, g_strdup (key->text));
  }
  rcu_read_unlock ();
  return names;
}

guint64
gh_vault_index_get_n_credentials (GhVaultIndex *index)
{
  return index->n_credentials;
}

guint64
gh_vault_index_get_n_items (GhVaultIndex *index)
{
  return index->n_items;
}

void
gh_vault_index_free (GhVaultIndex *index)
{
  struct cds_lfht_iter iter;
  struct cds_lfht_node *node;

  rcu_read_lock ();
  cds_lfht_for_each (index->table, &iter, node)
  {
    Key *key = caa_container_of (node, Key, node);
    GhVaultEntry *entry = key->entry;

    cds_lfht_del (index->table, &key->node);
    /* The last of its keys takes it along. */
    if (--entry->n_keys == 0)
      call_rcu (&entry->rcu, entry_reclaim);
  }
  rcu_read_unlock ();
  rcu_barrier ();
  cds_lfht_destroy (index->table, NULL);
  g_free (index);
}
