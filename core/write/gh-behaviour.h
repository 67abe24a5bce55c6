/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "write/gh-intent.h"

G_BEGIN_DECLS

/**
 * GhChange:
 * A create or update while it is checked on the writer's thread. A behaviour may amend the draft
 * and the identity; it changes nothing else, because a later check may still refuse the request.
 */
typedef struct {
  GhWriter *writer;
  GhView view;
  const GhIntent *intent;
  GhNode node; /* the parent of a create, the target of an update */
  const GhType *type;
  GhDraft *draft;
  GhArena *arena;
  GhIdentity identity; /* of the new resource; of an update: the old one */
  gint64 now_us;
} GhChange;

/**
 * GhBehaviour:
 * What a resource type does beyond its rows in the attribute table. One static table a type, in
 * core/type/.
 */
typedef struct {
  gint type;
  gboolean (*check_create) (GhChange *change, GhFault *fault);
  gboolean (*check_update) (GhChange *change, GhFault *fault);
  /* makes what readers need of the resource; *out may stay NULL */
  gboolean (*compile) (gpointer host, const GhResource *resource, GhCompiled **out, GhFault *fault);
} GhBehaviour;

/** What happened, for subscriptions (m2m:notificationEventType, TS-0004 6.3.4.2.19). */
typedef enum {
  GH_EVENT_UPDATE = 1,
  GH_EVENT_DELETE = 2,
  GH_EVENT_CREATE_CHILD = 3,
  GH_EVENT_DELETE_CHILD = 4,
  GH_EVENT_SUBSCRIPTION_ENDED = 100
} GhEventKind;

/**
 * GhEvent: one row of the outbox, as the notifier receives it after publication.
 * @body: JSON {"net":3,"subject":"cnt-2","or":"CAE","ty":4,"rep":{...},"mod":["lbl"],"subs":[...]}
 */
typedef struct {
  gint ref_count;
  guint64 number;
  guint64 mark; /* numbers of subscriptions that existed then are not above it */
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
  /** answer: after publication (or refusal); replies and frees the intent. */
  void (*answer) (gpointer data, GhIntent *intent);
  /** events: committed and published, in order. (transfer full) each */
  void (*event) (gpointer data, GhEvent *event);
  /** store_lock / store_unlock: no other thread uses the store in between (it is being reopened).
   */
  void (*store_lock) (gpointer data);
  void (*store_unlock) (gpointer data);
} GhWriterHost;

G_END_DECLS
