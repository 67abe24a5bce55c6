/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-credential-private.h"

G_BEGIN_DECLS

/* The records of the vault's file, in the clear: what the log (gh-vault-log.h) seals. Numbers are
 * big endian, texts and lists carry their length, a record its own. */

/** Limits: one record, in octets; a name of an item. */
#define GH_VAULT_MAX_RECORD    131072
#define GH_VAULT_MAX_ITEM      65536
#define GH_VAULT_MAX_ITEM_NAME 64

typedef enum {
  GH_VAULT_OP_CREDENTIAL = 1, /* a new credential, or a new version of one */
  GH_VAULT_OP_REMOVE,         /* number */
  GH_VAULT_OP_ITEM,           /* name, secret */
  GH_VAULT_OP_ITEM_REMOVE,    /* name */
  GH_VAULT_OP_NEXT,           /* number: the next credential's */
} GhVaultOpKind;

typedef struct {
  GhVaultOpKind kind;
  guint64 number;
  GhCredential *credential; /* owned */
  char *name;               /* owned */
  GhSecret *secret;         /* owned */
} GhVaultOp;

void gh_vault_op_clear (GhVaultOp *op);
GhVaultOp *gh_vault_op_new (GhVaultOpKind kind);
void gh_vault_op_free (GhVaultOp *op);

/** gh_vault_record_write: @out of @capacity octets, in locked memory. Returns: the length of the
 * record, 0 when it does not fit. */
gsize gh_vault_record_write (const GhVaultOp *op, guint8 *out, gsize capacity);

/**
 * gh_vault_record_parse:
 * Reads the record at the beginning of @data; its length goes to @out_used. Refuses what is cut
 * off, longer than its own length says or GH_VAULT_MAX_RECORD, and what gh_credential_check()
 * refuses. Pure; any thread.
 */
gboolean gh_vault_record_parse (const guint8 *data, gsize length, gsize *out_used, GhVaultOp *out,
                                GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_vault_item_name_check: 1 to 64 of letters, digits, '.', '_' and '-'. */
gboolean gh_vault_item_name_check (const char *name, GhFault *fault);

G_END_DECLS
