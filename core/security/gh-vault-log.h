/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-secret.h"
#include "security/gh-vault-record.h"

G_BEGIN_DECLS

/**
 * GhVaultLog:
 * The vault's file: a header, then frames of records, each sealed with AES-256-GCM under a key that
 * is derived from the vault's key for this file. A frame's number and the tag before it are
 * authenticated with it, and its length by a code of its own, so that frames can be neither
 * reordered, cut out, replaced nor lengthened. What nothing in the file can show is that the whole
 * end is missing: whoever can write the file can put an older state of it there.
 *
 * A group of frames is one change: it counts when its last frame is complete. Frames are synced one
 * after the other, so that a loss of power leaves at most the last one incomplete; it is dropped
 * with its group. One thread at a time.
 */
typedef struct _GhVaultLog GhVaultLog;

/** Frames are this long at most, and a file this many octets. */
#define GH_VAULT_MAX_FRAME GH_VAULT_MAX_RECORD
#define GH_VAULT_MAX_FILE  (G_GINT64_CONSTANT (1) << 32)

/** GhVaultLogFunc: called for each record of a complete group, in order. @op may be emptied. */
typedef void (*GhVaultLogFunc) (GhVaultOp *op, gpointer user_data);

/**
 * gh_vault_log_open:
 * @path: made, with mode 0600, when it is missing
 * @key: 32 octets
 * Refuses a file that is not ours alone, that another process has open, that @key does not open,
 * or whose frames were changed.
 */
GhVaultLog *gh_vault_log_open (const char *path, GhSecret *key, GhVaultLogFunc func,
                               gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_vault_log_close (GhVaultLog *log);

/** gh_vault_log_append: the @ops (element-type GhVaultOp) as one group, durable when it returns
 * TRUE. FALSE with GH_ERROR_STORE: nothing counts, or, when not even that is sure, everything is
 * refused from now on; GH_ERROR_BAD_REQUEST: a record is too long. */
gboolean gh_vault_log_append (GhVaultLog *log, GPtrArray *ops, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** GhVaultLogSource: the next record of all that there is, NULL at the end. Borrowed until the next
 * call. */
typedef const GhVaultOp *(*GhVaultLogSource) (gpointer user_data);

/** gh_vault_log_rewrite: compaction: a new file with the records of @source takes the old one's
 * place. FALSE: the old one is still there and in use. */
gboolean gh_vault_log_rewrite (GhVaultLog *log, GhVaultLogSource source, gpointer user_data,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_vault_log_get_records: how many are in the file, old ones too. gh_vault_log_was_cut: an
 * incomplete end was found when it was opened. */
guint64 gh_vault_log_get_records (const GhVaultLog *log);
gboolean gh_vault_log_was_cut (const GhVaultLog *log);

G_END_DECLS
