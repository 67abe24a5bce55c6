/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-clock.h"

G_BEGIN_DECLS

/**
 * GhPendings:
 * What waits for an answer or for a moment: a request to the members of a group, one to be carried
 * out later, one that was sent on. What waits holds no lock and no thread. Exactly one goes on with
 * it: whoever takes it out of the table with the answer in hand, or its deadline.
 *
 * All functions on any thread.
 */
typedef struct _GhPendings GhPendings;

typedef enum {
  GH_PENDING_LATE,    /* the deadline has come */
  GH_PENDING_STOPPED, /* the CSE stops, and nothing will come any more */
} GhPendingEnd;

/** GhPendingFunc: takes @data. On the table's own thread, where it must not block: what is more
 * than an answer goes to the workers. */
typedef void (*GhPendingFunc) (GhPendingEnd end, gpointer data);

/** GhPending: one that is to wait. */
typedef struct {
  const char *key; /* by which the answer finds it, no other's in the table; copied. NULL: none */
  gint64 deadline_us; /* wall time; GH_NEVER_US: waits until it is taken or the CSE stops */
  /* it waits for this moment of the day; else for so long, also when the clock is set back */
  gboolean moment;
  GhPendingFunc over;
  gpointer data; /* not NULL */
} GhPending;

/** gh_pendings_new: @limit: of entries; what is beyond is not taken */
GhPendings *gh_pendings_new (GhClock *clock, guint limit);
/** gh_pendings_add: the number of the entry, never one that was used before. 0: the table is full,
 * has the key already or has stopped, and the caller keeps @pending->data. A deadline that has
 * passed is served like any other, not within the call. */
guint64 gh_pendings_add (GhPendings *pendings, const GhPending *pending) G_GNUC_WARN_UNUSED_RESULT;
/** gh_pendings_take: the data of the entry, which is over with that. NULL: its deadline was
 * faster, or it was taken before. */
gpointer gh_pendings_take (GhPendings *pendings, guint64 number) G_GNUC_WARN_UNUSED_RESULT;
gpointer gh_pendings_take_key (GhPendings *pendings, const char *key) G_GNUC_WARN_UNUSED_RESULT;
/** gh_pendings_count: entries. */
guint gh_pendings_count (GhPendings *pendings);
/** gh_pendings_wake: looks at the clock again (tests that moved it). */
void gh_pendings_wake (GhPendings *pendings);
/** gh_pendings_is_stopped: the CSE stops, and what cannot wait here any more may wait for its next
 * start. */
gboolean gh_pendings_is_stopped (GhPendings *pendings);
/** gh_pendings_stop: ends every entry with STOPPED and takes no more. */
void gh_pendings_stop (GhPendings *pendings);
/** gh_pendings_free: stops first. */
void gh_pendings_free (GhPendings *pendings);

G_END_DECLS
