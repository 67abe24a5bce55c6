/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-decision.h"
#include "base/gh-clock.h"
#include "model/gh-resource.h"
#include "primitive/gh-primitive.h"
#include "security/gh-principal.h"
#include "tree/gh-instance-cache.h"
#include "tree/gh-tree.h"

G_BEGIN_DECLS

typedef struct _GhIntent GhIntent;
typedef struct _GhWriter GhWriter;

typedef enum {
  GH_INTENT_REQUEST,    /* a create, update or delete of an originator */
  GH_INTENT_EXPIRE,     /* the CSE deletes what has expired */
  GH_INTENT_TICK,       /* the CSE calls the behaviours that are due */
  GH_INTENT_OUTBOX,     /* the notifier: events that are done, cursors of targets */
  GH_INTENT_COUNT_DOWN, /* the notifier: one notification less in an expirationCounter */
  GH_INTENT_CALL,       /* runs a function in a batch of its own (tests, meta data) */
} GhIntentKind;

/* Which instance of a container a request is about. */
typedef enum {
  GH_WHICH_RESOURCE,
  GH_WHICH_LATEST,
  GH_WHICH_OLDEST,
  GH_WHICH_NAME,
  GH_WHICH_NUMBER
} GhWhich;

/**
 * GhTargetRef: a target as it was resolved, in a form that outlives the read section: the
 * unstructured identifier of a structural resource, and which instance below it. In the request's
 * arena.
 */
typedef struct {
  const char *id;
  GhWhich which;
  const char *name;        /* GH_WHICH_NAME */
  guint64 number;          /* GH_WHICH_NUMBER */
  gboolean self_reference; /* the originator leaves the targets of this subscription */
} GhTargetRef;

/** GhOutcome: what became of an intent; filled by the writer, read by the answer after publication.
 */
typedef struct {
  guint status; /* RSC of a success; 0: see fault */
  GhFault fault;
  GhResource *resource; /* created, updated or deleted; NULL for an instance whose body is there */
  GhCounters counters;
  GhBuffer *body;   /* the default representation, when it is at hand */
  gint content_status; /* of @body; 0: it is whole */
  gint64 content_offset;
  const char *id;   /* unstructured identifier of @resource */
  const char *path; /* structured, "gatehouse/ae/cnt"; made only when the answer wants it */
} GhOutcome;

/** GhQuota: what one originator has taken of its bounds; service/gh-quota.h. */
typedef struct _GhQuota GhQuota;

struct _GhIntent {
  GhIntent *next;
  GhIntentKind kind;
  GhRequest *request;     /* owned; NULL for those of the CSE itself */
  GhPrincipal *principal; /* a reference */
  GhReplyFunc reply;
  gpointer user_data;
  GhRequestFacts facts; /* originator and peer, taken apart */
  GhTargetRef target;   /* the parent of a create */
  GhDraft draft;
  guint64 checked_sequence; /* the moment of the decision on the way in */
  const char *originator;   /* canonical, as it is kept as owner and creator */
  GhOutcome outcome;
  GhQuota *quota; /* of who sent it, while it waits for the writer; else NULL */
  /* REQUEST: called in the batch once the intent has an outcome, a refusal too, so that what it
   * adds is kept with it or not at all; NULL: nothing. FALSE with @error: the batch is dropped.
   * Then outcome.fault is GH_ERROR_STORE when the answer comes */
  gboolean (*executed) (GhWriter *writer, GhIntent *intent, GError **error);
  /* OUTBOX: the events below this one are done, and these above it; cursors: target and event, one
   * by one */
  guint64 events_below;
  GArray *events_done;       /* guint64; NULL: none */
  GPtrArray *cursor_targets; /* char* */
  GArray *cursor_events;     /* guint64 */
  /* COUNT_DOWN */
  guint by;
  /* CALL */
  void (*call) (GhWriter *writer, gpointer data);
};

/** gh_intent_new: zeroed. gh_intent_free: with everything it owns; does not reply. */
GhIntent *gh_intent_new (GhIntentKind kind);
void gh_intent_free (GhIntent *intent);

G_END_DECLS
