/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-credential-private.h"
#include "security/gh-vault-index.h"
#include "security/gh-vault-log.h"
#include "security/gh-vault.h"

G_BEGIN_DECLS

#define GH_VAULT_KEY_LENGTH 32

struct _GhVault {
  GhClock *clock;
  GhVaultIndex *index;
  guint64 epoch;       /* atomic */
  guint64 next_number; /* atomic; changed under the lock */

  GMutex lock;     /* of changes */
  GhVaultLog *log; /* NULL: in memory only */
  GArray *watchers;

  GMutex reserved_lock; /* short: never held while the disk is used */
  GHashTable *reserved; /* identity -> owner, until look-ups find it */
};

#define GH_VAULT_CERTIFICATE_SUID 42

/* gh-vault-bind.c */
GHashTable *gh_vault_reservations_new (void);
/** gh_vault_hold: @identity is @owner's, if it is nobody else's: as often as gh_vault_let_go(). */
gboolean gh_vault_hold (GhVault *vault, const char *identity, const char *owner, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_vault_let_go (GhVault *vault, const char *identity);

/* gh-vault-change.c: what a change is made of */
GPtrArray *gh_vault_ops_new (void);
void gh_vault_add_version (GPtrArray *ops, const GhCredential *fields);
/** gh_vault_change_identities: a new version of each credential of an owner. */
void gh_vault_change_identities (GPtrArray *ops, const GPtrArray *siblings,
                                 const char *const *identities, gint64 now_us);
/** gh_vault_fail: FALSE with "WHICH: TEXT". */
gboolean gh_vault_fail (GError **error, GhError code, const char *text, const char *which);

/** gh_vault_commit: with the lock held: makes @ops (element-type GhVaultOp) durable, applies them,
 * tells the watchers. */
gboolean gh_vault_commit (GhVault *vault, GPtrArray *ops, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_vault_find_subject: the subject that @public_data of a certificate, raw key or anchor has; of
 * an anchor its distinguished name. @out: (transfer full) */
gboolean gh_vault_find_subject (GhCredentialKind kind, GBytes *public_data, char **out,
                                GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
