/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-store.h"

G_BEGIN_DECLS

/* The memory store with faults on order. It outlives its CSE when kept, so that a second one finds
 * what the first has left. One in a process. */

typedef enum {
  FAULT_ANY, /* every kind below but the doubts */
  FAULT_BEGIN,
  FAULT_PUT_STRUCTURAL,
  FAULT_PUT_INSTANCE,
  FAULT_PUT_COUNTERS,
  FAULT_END_ROW,
  FAULT_PURGE,
  FAULT_PUT_EVENT,
  FAULT_OUTBOX,
  FAULT_PUT_MARKS,
  FAULT_COMMIT, /* rolled back for sure */
  FAULT_LOOK_UP,
  FAULT_DOUBT_KEPT, /* a commit of which nothing is known; the batch is there */
  FAULT_DOUBT_LOST,
} FaultKind;

extern const GhStoreOps faulty_store_ops;

/** faulty_store_arm: the @nth call of @kind from now on fails, once; after a doubt the first
 * @reopen_failures attempts to open again fail. */
void faulty_store_arm (FaultKind kind, guint nth, guint reopen_failures);
/** faulty_store_arm_after: the first call of @kind after one of @before fails, once; for batches
 * that others, such as those of the outbox, may come before. */
void faulty_store_arm_after (FaultKind before, FaultKind kind, guint reopen_failures);
/** faulty_store_disarm: TRUE when the fault had happened. */
gboolean faulty_store_disarm (void);
/** faulty_store_wait: until the fault has happened. */
void faulty_store_wait (void);
/** faulty_store_reopen_failures: that are still to come. */
guint faulty_store_reopen_failures (void);
/** faulty_store_keep: closing it keeps the rows for the next open; FALSE: drops them. */
void faulty_store_keep (gboolean keep);
/** faulty_store_dump: every row as text, for comparisons; the writer must be idle. (transfer full)
 */
char *faulty_store_dump (gboolean with_outbox);
/** faulty_store_count: rows of resources and instances, ended ones too. */
guint faulty_store_count (void);

G_END_DECLS
