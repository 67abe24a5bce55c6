/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/gh-store.h"
#include "write/gh-behaviour.h"

G_BEGIN_DECLS

#define GH_BATCH_MAX 64 /* intents of one batch */

/** GhWriterConfig: what the writer needs from its CSE; copied, the pointers must outlive it. */
typedef struct {
  GhTree *tree;
  GhInstanceCache *cache;
  const GhStoreOps *ops;
  GhStore *store;
  GhClock *clock;
  GhWriterHost host;
  guint queue_limit;          /* intents that may wait; above it requests are shed */
  gint64 default_lifetime_us; /* of a resource created without expirationTime; 0: none is given */
  gint64 maximum_instances;   /* of a container that names no mni; 0: no bound */
  gint64 maximum_bytes;
  guint maximum_depth;         /* levels of the tree; 0: no bound */
  guint maximum_subscriptions; /* of one resource; 0: no bound */
  gsize retained_limit;        /* octets of events that are kept for preSubscriptionNotify */
} GhWriterConfig;

/**
 * GhWriter:
 * The one thread that changes the tree (design section 3). Everything below is for any thread
 * unless stated.
 */
GhWriter *gh_writer_new (const GhWriterConfig *config);
/** gh_writer_load: reads the store into the tree; before start. Creator's thread. FALSE with
 * GH_ERROR_STORE. */
gboolean gh_writer_load (GhWriter *writer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_writer_put_root: makes the CSEBase when the store has none, or updates it; before start. */
gboolean gh_writer_put_root (GhWriter *writer, const GhIdentity *identity,
                             const GhAttributeValue *values, guint n_values, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_writer_start (GhWriter *writer);
/** gh_writer_stop: carries out what is queued, then ends the thread; the last batch is durable. */
void gh_writer_stop (GhWriter *writer);
void gh_writer_free (GhWriter *writer);

/** gh_writer_push: @intent (transfer full). FALSE: the queue is full or the writer has stopped, the
 * caller keeps it. */
gboolean gh_writer_push (GhWriter *writer, GhIntent *intent) G_GNUC_WARN_UNUSED_RESULT;
/** gh_writer_wake: looks at the clock again (tests that moved it). */
void gh_writer_wake (GhWriter *writer);
/** gh_writer_sync: returns when everything queued before is answered and nothing is left to purge.
 * Not on the writer's thread. */
void gh_writer_sync (GhWriter *writer);

/** gh_writer_take_events: the outbox as it was found by load, oldest first (GhEvent, transfer
 * container and items). Once, after load. */
GPtrArray *gh_writer_take_events (GhWriter *writer);

/** gh_writer_policy_sequence: the last batch that changed a policy or who refers to one. */
guint64 gh_writer_policy_sequence (const GhWriter *writer);

/** gh_writer_get_ledger: what each originator has in the store. */
GhLedger *gh_writer_get_ledger (GhWriter *writer);

typedef struct {
  guint64 batches, intents, refused, store_errors, purged, expired, queue_length, events;
} GhWriterStatistics;
void gh_writer_statistics (GhWriter *writer, GhWriterStatistics *out);

G_END_DECLS
