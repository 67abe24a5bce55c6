/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-log.h"
#include "tree/gh-overlay.h"
#include "write/gh-effect.h"
#include "write/gh-retained.h"
#include "write/gh-timers.h"
#include "write/gh-writer.h"

G_BEGIN_DECLS

/* Shared by the files of this folder only. Everything here is the writer thread's, but for the
 * queue. */

/* Rows of @parent below @below; or, with below 0, the one instance @parent. */
typedef struct {
  guint64 parent, below, sequence;
  gboolean done; /* by the batch or slice under way */
} GhFrontPurge;

typedef struct {
  GhSlot *slot;
  gboolean expanded;
} GhSubtreeStep;

typedef struct {
  guint64 sequence; /* of the tombstone */
  GArray *stack;    /* GhSubtreeStep */
} GhSubtreePurge;

#define GH_WRITER_TYPES 64

struct _GhWriter {
  GhWriterConfig config;
  const GhBehaviour *behaviours[GH_WRITER_TYPES]; /* by type; of the rest: in config.host */
  GThread *thread;
  GhOverlay *overlay;
  guint64 sequence, number, event_number; /* highest used and published */
  guint64 next_number, next_event;        /* of the batch under way */
  guint64 policy_sequence;
  const GhRequestFacts *asking; /* of the request that is carried out; NULL: of none */
  gboolean policy_changed;  /* in this batch */
  gboolean dirty;           /* the batch wrote something */
  GPtrArray *new_instances; /* GhInstance of this batch, for the cache */
  GArray *gone_instances;   /* guint64: out of the cache after publication */
  GPtrArray *new_events;    /* GhEvent of this batch */
  GhRetained *retained;
  gboolean past_is_stored;  /* the store has a copy of it, and nothing has changed since */
  GPtrArray *ended_slots;   /* GhSlot whose subtree is to be purged */
  GArray *front_purges;     /* GhFrontPurge, of this batch */
  GQueue front_queue;       /* GhFrontPurge*, of published batches */
  GQueue subtree_queue;     /* GhSubtreePurge* */
  GPtrArray *slice_removed; /* GhSlot that the slice under way takes out of the tree; else NULL */
  GhSubtreePurge *slice_before; /* the subtree at the head of its queue before the slice */
  GArray *dead_rows; /* GhFrontPurge with below 0: single instance rows that have ended */
  GQueue dead_queue;
  GhLedger *ledger;
  GhTimers *timers;
  GPtrArray *ticked;     /* char*: resources whose tick() ran in this batch */
  GhStoreReader *reader; /* for enumerations of purges */
  GPtrArray *loaded_events;
  gint64 next_expiry_us, purge_retry_us;
  gboolean in_doubt; /* the store must be opened again before it is used */
  gboolean failing;  /* the last batch failed; said once, a full disk fails thousands */
  gboolean doubted;  /* the batch that just ended was in doubt */

  GMutex lock; /* of the queue */
  GCond wake, idle;
  GhIntent *head, **tail;
  guint n_queued;
  gboolean stopping, stopped, busy, poked;
  GhWriterStatistics statistics;
};

/* gh-writer.c */
gboolean gh_writer_commit (GhWriter *writer,
                           GError **error); /* FALSE: not done, or in doubt (writer->in_doubt) */
void gh_writer_queue_purges (GhWriter *writer);
void gh_writer_notify (GhWriter *writer); /* hands the committed events on */
void gh_writer_reset (GhWriter *writer);  /* forgets the batch under way */

const GhBehaviour *gh_writer_behaviour (const GhWriter *writer, gint type);

/* gh-batch.c: one intent on the overlay. FALSE: the store failed and the whole batch must be
 * dropped. */
gboolean gh_batch_execute (GhWriter *writer, GhIntent *intent, GError **error);
/* writes what the overlay changed among structural rows and counters */
gboolean gh_batch_flush (GhWriter *writer, GError **error);
/* what the store's index of labels needs; the texts are @resource's. NULL: none. (transfer
 * container) */
const char **gh_writer_labels (const GhResource *resource);
GhView gh_batch_view (GhWriter *writer);
gboolean gh_batch_compile (GhWriter *writer, const GhResource *resource, GhCompiled **out,
                           GhFault *fault);
gboolean gh_batch_take_creator (GhIntent *intent, GhFault *fault);
/* the expirationTime asked for, within @bound_us */
gboolean gh_batch_take_expiration (GhWriter *writer, const GhDraft *draft, gint64 bound_us,
                                   gint64 *out_us, GhFault *fault);

/* gh-effect.c: a change on the overlay, in the outbox and to those whose behaviour it concerns. */
typedef struct {
  GhOverlayEntry *entry;
  GhBuffer *body; /* the default representation, owned */
} GhPut;
/* take @resource and @compiled */
gboolean gh_effect_put_created (GhWriter *writer, const GhNode *parent, GhResource *resource,
                                GhCompiled *compiled, const char *originator, GhPut *out,
                                GError **error);
gboolean gh_effect_put_updated (GhWriter *writer, const GhNode *node, GhResource *resource,
                                GhCompiled *compiled, const GhDraft *draft, const char *originator,
                                GhPut *out, GError **error);
/* One tombstone ends the whole subtree; its rows are purged later. @originator NULL: the CSE itself
 * (expiry). */
gboolean gh_effect_put_ended (GhWriter *writer, const GhNode *node, const char *originator,
                              GhBuffer **out_body, GError **error);
gboolean gh_effect_after (GhWriter *writer, GhEffect *effect, GError **error);
/* the batch was published, or needed no publication: when those that changed are due again */
void gh_effect_schedule (GhWriter *writer);
gboolean gh_effect_tick (GhWriter *writer, GError **error);

/* gh-instances.c */
gboolean gh_instances_create (GhWriter *writer, GhIntent *intent, const GhNode *parent,
                              GError **error);
/* a resource was created (@before NULL) or updated: whether it holds instances, and what follows */
gboolean gh_instances_follow (GhWriter *writer, GhOverlayEntry *entry, const GhResource *before,
                              const char *originator, GError **error);
/* what an instance of @size would add to @parent, which counts for its owner: refused with @fault
 * when that has no room. FALSE with @error: the store failed */
gboolean gh_instances_check_room (GhWriter *writer, const GhIntent *intent, const GhNode *parent,
                                  guint64 size, GhFault *fault, GError **error);
/* an update or creation makes an instance of @now by itself */
gboolean gh_instances_will_follow (const GhResource *before, const GhResource *now);
gboolean gh_instances_delete (GhWriter *writer, GhIntent *intent, const GhNode *parent,
                              GError **error);
/* brings a container within its bounds; @now_us for the age */
gboolean gh_instances_trim (GhWriter *writer, GhOverlayEntry *entry, gint64 now_us, GError **error);
gboolean gh_instances_remove (GhWriter *writer, GhOverlayEntry *entry, guint64 number,
                              const char *originator, GhBuffer **out_body, gboolean *out_found,
                              GError **error);

/* gh-events.c: rows of the outbox. A subscription that ends is always told of: after a restart its
 * earlier notifications may still wait for its targets. */
typedef struct {
  GhEventKind kind;
  const GhNode *subject;  /* whose subscriptions are asked */
  const char *originator; /* of the request; NULL: the CSE */
  gint type;              /* of what was created, updated or deleted */
  const char *owner;      /* of a child that is no instance; NULL: the CSE */
  const char *body;       /* its default representation */
  gsize body_length;
  const GhDraft *modified; /* of an update */
  const GhNode *ends;      /* what is deleted, still in the view; NULL: an instance, or nothing */
  guint64 only;            /* number of the one subscription of @subject that is told; 0: all */
} GhEventDetails;
gboolean gh_events_add (GhWriter *writer, const GhEventDetails *details, GError **error);
gboolean gh_events_subscription_ended (GhWriter *writer, const GhResource *subscription,
                                       GError **error);

/* gh-past.c */
gboolean gh_past_load (GhWriter *writer, GError **error);
gboolean gh_past_clear (GhWriter *writer, GError **error); /* in a batch that changes something */
void gh_past_keep (GhWriter *writer);                      /* the last before the store is closed */

/* gh-purge.c */
gboolean gh_purge_pending (GhWriter *writer);
gboolean gh_purge_fronts (GhWriter *writer, GError **error); /* inside a batch */
void gh_purge_fronts_committed (GhWriter *writer);
void gh_purge_fronts_dropped (GhWriter *writer);
/* a transaction of its own; committed and dropped: what becomes of one whose commit was in doubt */
void gh_purge_slice (GhWriter *writer);
void gh_purge_slice_committed (GhWriter *writer);
void gh_purge_slice_dropped (GhWriter *writer);

G_END_DECLS
