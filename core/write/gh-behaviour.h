/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-intent.h"
#include "write/gh-ledger.h"

G_BEGIN_DECLS

/**
 * GhChange:
 * A create or update while it is checked on the writer's thread. A behaviour may amend the draft
 * and the identity; it changes nothing else, because a later check may still refuse the request.
 */
typedef struct {
  GhWriter *writer;
  gpointer host; /* GhWriterHost.data */
  GhView view;
  const GhIntent *intent;
  GhNode node; /* the parent of a create, the target of an update */
  const GhType *type;
  GhDraft *draft;
  GhArena *arena;
  GhIdentity identity; /* of the new resource; of an update: the old one */
  gint64 now_us;
  gboolean has_moment; /* out, of an instance: what GhStoreRow says of it */
  gint64 moment;
} GhChange;

typedef enum {
  GH_EFFECT_CREATED,
  GH_EFFECT_UPDATED,
  GH_EFFECT_DELETED,
  GH_EFFECT_DUE
} GhEffectKind;

/**
 * GhEffect:
 * What has just been done in the batch under way, for the hooks of GhBehaviour that see to its
 * consequences in this or other resources by the functions of gh-effect.h. Pointers of the nodes
 * hold until the next such call.
 */
typedef struct {
  GhWriter *writer;
  gpointer host; /* GhWriterHost.data */
  GhEffectKind kind;
  GhNode node;              /* as it is now; of a DELETED one: as it was */
  GhNode parent;            /* slot NULL: none */
  const GhResource *before; /* UPDATED: what it was; else NULL */
  const GhCompiled *compiled_before; /* UPDATED: what was made of that; may be NULL */
  const GhDraft *draft;     /* UPDATED: what was asked for; else NULL */
  const char *originator;   /* NULL: the CSE itself */
  const GhRequestFacts *facts; /* of the request of which this is a consequence; NULL: of none */
  gint64 now_us;
} GhEffect;

/**
 * GhBehaviour:
 * What a resource type does beyond its rows in the attribute table. One static table a type, in
 * core/type/; members that it does not need stay NULL. All but compile() are called on the writer's
 * thread.
 */
typedef struct {
  gint type;
  gboolean stored; /* only validates: the type does nothing beyond */
  gboolean listed; /* its resources stand in GhNode.children of their parent */
  gboolean (*check_create) (GhChange *change, GhFault *fault);
  gboolean (*check_update) (GhChange *change, GhFault *fault);
  /* by a request, not by expiry or together with what is above; change->draft is NULL */
  gboolean (*check_delete) (GhChange *change, GhFault *fault);
  /* the originator takes itself out of the notification targets, by the functions of gh-effect.h.
   * FALSE with @error: the batch is dropped; with only @fault: refused, and nothing was done */
  gboolean (*leave) (GhChange *change, GhFault *fault, GError **error);
  /* makes what readers need of the resource; *out may stay NULL */
  gboolean (*compile) (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault);
  /* a structural resource of this type was created, updated or deleted; what goes with something
   * above it is not told. FALSE with @error: the batch is dropped */
  gboolean (*after) (const GhEffect *effect, GError **error);
  /* the same of a structural child of a resource of this type, which is effect->parent */
  gboolean (*after_child) (const GhEffect *effect, GError **error);
  /* the instances of the resource end with this update, without notifications */
  gboolean (*forgets_instances) (const GhResource *before, const GhResource *now);
  /* an instance that was found good is about to be added to change->node, which is of this type:
   * @counters of it are changed in place when its type has no stateTag, and *out (transfer full)
   * takes the place of what compile() made; NULL: that stays */
  gboolean (*add_instance) (const GhChange *change, GhCounters *counters, GhCompiled **out,
                            GError **error);
  /* the first moment after @after_us at which tick() is to be called; GH_NEVER_US: none. Asked when
   * the resource was created, loaded, updated or has ticked. tick() may be late, and called once
   * for several moments that have passed. */
  gint64 (*due) (gpointer host, const GhNode *node, gint64 after_us);
  gboolean (*tick) (const GhEffect *effect, GError **error);
} GhBehaviour;

/** What happened, for subscriptions (m2m:notificationEventType, TS-0004 6.3.4.2.19). */
typedef enum {
  GH_EVENT_UPDATE = 1,
  GH_EVENT_DELETE = 2,
  GH_EVENT_CREATE_CHILD = 3,
  GH_EVENT_DELETE_CHILD = 4,
  GH_EVENT_MISSING_DATA = 8,
  GH_EVENT_SUBSCRIPTION_ENDED = 100,
  GH_EVENT_CROSS_RESOURCE = 101, /* @rep is a crossResourceSubscription whose targets are told */
  GH_EVENT_RESULT = 102,         /* @rep is a request whose targets are told its operationResult */
  GH_EVENT_GROUP = 103,          /* @rep is what a group was told and sends on to "nfu" */
} GhEventKind;

/**
 * GhEvent: one row of the outbox, as the notifier receives it after publication.
 * @body: JSON {"net":3,"subject":"cnt-2","or":"CAE","ty":4,"rep":{...},"mod":["lbl"],"subs":[...]}
 */
typedef struct {
  gint ref_count;
  guint64 number;
  guint64 mark; /* numbers of subscriptions that existed then are not above it */
  guint64 subject;          /* number of the resource whose subscriptions are told; 0: the row says
                             * whom it is for */
  GhBuffer *body;
  GhMembers *subscriptions; /* as they were; NULL after a restart */
} GhEvent;

GhEvent *gh_event_ref (GhEvent *event);
void gh_event_unref (GhEvent *event);

/**
 * GhWriterHost:
 * What lies above the writer and reaches it as a table, handed over by gh-cse.
 */
typedef struct {
  gpointer data;
  const GhBehaviour *const *behaviours; /* NULL-terminated */
  /** authorize: the decision again, on the batch's own view. FALSE with @fault. */
  gboolean (*authorize) (gpointer data, const GhView *view, const GhIntent *intent,
                         const GhNode *target, GhFault *fault);
  /** may_be_told: whether @subscription, made by its behaviour, may hear that @node ends, which
   * the view still has; NULL: any may. */
  gboolean (*may_be_told) (gpointer data, const GhView *view, const GhCompiled *subscription,
                           const GhNode *node);
  /** finish: the last of a batch that is about to be committed; may write to the store. */
  gboolean (*finish) (gpointer data, GError **error);
  /** settled: the batch was committed and published, @kept, or is gone; before its answers. */
  void (*settled) (gpointer data, gboolean kept);
  /** answer: after publication (or refusal); replies and frees the intent. */
  void (*answer) (gpointer data, GhIntent *intent);
  /** events: committed and published, in order. (transfer full) each */
  void (*event) (gpointer data, GhEvent *event);
  /** store_lock / store_unlock: no other thread uses the store in between (it is being reopened).
   */
  void (*store_lock) (gpointer data);
  void (*store_unlock) (gpointer data);
  /** bounds: NULL: nobody has any */
  GhLedgerBounds bounds;
} GhWriterHost;

G_END_DECLS
