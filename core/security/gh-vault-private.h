/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

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
};

/** gh_vault_commit: with the lock held: makes @ops (element-type GhVaultOp) durable, applies them,
 * tells the watchers. */
gboolean gh_vault_commit (GhVault *vault, GPtrArray *ops, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_vault_find_subject: the subject that @public_data of a certificate, raw key or anchor has; of
 * an anchor its distinguished name. @out: (transfer full) */
gboolean gh_vault_find_subject (GhCredentialKind kind, GBytes *public_data, char **out,
                                GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
