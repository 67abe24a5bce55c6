/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-store.h"

/*
 * A small writer: batches of creates, updates, deletes, evictions, purges and events, as the real
 * one sends them. Everything it does follows from the seed and from what the store says, so the
 * same batch can be done on two stores that agree.
 */

/* Does everything of batch @seed between begin and commit. FALSE: roll the batch back. */
gboolean workload_batch (const GhStoreOps *ops, GhStore *store, guint32 seed, GError **error);

/* All that the store holds, as text; sees an open batch. NULL with @error. */
char *workload_dump (const GhStoreOps *ops, GhStore *store, GError **error);
