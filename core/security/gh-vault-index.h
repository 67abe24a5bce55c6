/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-credential.h"

G_BEGIN_DECLS

/**
 * GhVaultIndex:
 * What is looked up in a vault, by whatever it is looked up by. Readers on any thread, without
 * lock; changes on one thread at a time. While an entry is replaced, readers find the old or the
 * new one, and the new one from the return on.
 */
typedef struct _GhVaultIndex GhVaultIndex;
/** GhVaultEntry: one credential or one item in the index. */
typedef struct _GhVaultEntry GhVaultEntry;

typedef enum {
  GH_VAULT_BY_NUMBER,
  GH_VAULT_BY_SUBJECT, /* text: subject; number: kind */
  GH_VAULT_BY_ID,
  GH_VAULT_BY_OWNER,
  GH_VAULT_BY_IDENTITY,
  GH_VAULT_BY_TARGET,
  GH_VAULT_ANCHORS, /* all of them */
  GH_VAULT_ITEM,
} GhVaultBy;

/* "/Sabc" and "Sabc" are one AE-ID (TS-0001 7.2); what the index knows it by. */
static inline const char *
gh_vault_plain_identity (const char *identity)
{
  return identity[0] == '/' && identity[1] == 'S' ? identity + 1 : identity;
}

GhVaultIndex *gh_vault_index_new (void);
void gh_vault_index_free (GhVaultIndex *index);

/** gh_vault_index_put: in place of the credential with the same number, if there is one. */
void gh_vault_index_put (GhVaultIndex *index, GhCredential *credential);
/** gh_vault_index_remove: Returns: FALSE when there is none. */
gboolean gh_vault_index_remove (GhVaultIndex *index, guint64 number);
/** gh_vault_index_put_item: @item NULL removes. Returns: there was one. */
gboolean gh_vault_index_put_item (GhVaultIndex *index, const char *name, GhSecret *item);

/** gh_vault_index_find: any thread. @usable: an active one among several, if there is one.
 * Returns: (transfer full) */
GhCredential *gh_vault_index_find (GhVaultIndex *index, GhVaultBy by, const char *text,
                                   guint64 number, gboolean usable);
GhSecret *gh_vault_index_find_item (GhVaultIndex *index, const char *name);
/** gh_vault_index_find_all: (element-type GhCredential) (transfer full): all that @by (an owner, or
 * the anchors with @text NULL) finds, in no order */
GPtrArray *gh_vault_index_find_all (GhVaultIndex *index, GhVaultBy by, const char *text);
/** gh_vault_index_list_items: (element-type utf8) (transfer full) */
GPtrArray *gh_vault_index_list_items (GhVaultIndex *index);

guint64 gh_vault_index_get_n_credentials (GhVaultIndex *index);
guint64 gh_vault_index_get_n_items (GhVaultIndex *index);

G_END_DECLS
