/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-buffer.h"

G_BEGIN_DECLS

/* Events of one resource that are kept; the oldest goes. */
#define GH_RETAINED_PER_SUBJECT 100

/**
 * GhRetained:
 * The newest events of every resource, subscribed to or not, for subscriptions that want to hear of
 * what was before them (preSubscriptionNotify, TS-0001 10.2.10.7). In memory, and bounded by it: of
 * all resources together the oldest goes. The writer's thread.
 */
typedef struct _GhRetained GhRetained;

/** GhPastEvent: @body: as GhEvent.body. */
typedef struct {
  GhBuffer *body;
  guint64 sequence;  /* of the batch in which it happened; 0: not known any more */
  gint64 moment_us;  /* wall clock */
} GhPastEvent;

/** gh_retained_new: @limit: octets of all that is kept; 0: nothing is. */
GhRetained *gh_retained_new (gsize limit);
void gh_retained_free (GhRetained *retained);
/** gh_retained_is_on: anything is kept at all. */
gboolean gh_retained_is_on (const GhRetained *retained);
/** gh_retained_add: @subject: number of the resource; @event: copied, with a reference to its body.
 * One that takes more than a sixteenth of the memory is not kept, nor what was before it: what is
 * kept of a resource has no gaps. */
void gh_retained_add (GhRetained *retained, guint64 subject, const GhPastEvent *event);
/** gh_retained_settle: what was added since the last call is there to stay, or never was. */
void gh_retained_settle (GhRetained *retained, gboolean kept);
/** gh_retained_each: of all resources, oldest first. */
void gh_retained_each (GhRetained *retained,
                       void (*func) (guint64 subject, const GhPastEvent *event, gpointer data),
                       gpointer data);
/** gh_retained_get: of @subject, oldest first. (transfer container): const GhPastEvent, until the
 * next one is added */
GPtrArray *gh_retained_get (GhRetained *retained, guint64 subject);

G_END_DECLS
