/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/** GhCseBackup: what a copy holds, one behind the other, in octets. */
typedef struct {
  guint64 store, vault, key;
  guint schema; /* of the store */
} GhCseBackup;

/**
 * gh_cse_backup:
 * @with_key: also the key of the vault, without which that cannot be opened
 * @out: (out): what is in the file
 *
 * Copies the store as it is at one moment, then the vault, which is never older than the store
 * then. Requests go on meanwhile. The copy is made in the state folder, which needs the room for
 * it, and has no name there: it goes with its last descriptor. Of a CSE that runs and keeps its
 * resources in a file; blocks. Returns: a descriptor at the beginning of the file, or -1 with
 * GH_ERROR_STORE or GH_ERROR_NOT_IMPLEMENTED
 */
int gh_cse_backup (GhCse *cse, gboolean with_key, GhCseBackup *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
