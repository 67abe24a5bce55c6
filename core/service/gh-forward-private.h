/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-forward.h"
#include "service/gh-outbound.h"

G_BEGIN_DECLS

/* Shared by gh-forward.c and gh-forward-wait.c. */

/* A request on its way. */
typedef struct {
  GhJob *job;
  char *key;
  char *neighbour;   /* identifier of the <remoteCSE> or <AE> that it goes to */
  char *hosting;     /* CSE-ID in To, "/mn1"; NULL: an AE of this CSE */
  char *from, *to;   /* as they leave */
  gint64 expires_us; /* RQET, wall time; GH_NEVER_US: none */
  gboolean relative; /* it came as milliseconds */
  gboolean patient;  /* may wait for a neighbour that is away */
  gboolean answered; /* under the lock */
  gboolean queued;   /* in the queue of its neighbour; under the lock */
} GhForward;

/* Those that wait for a neighbour that is away, in the order that they came in; only the first one
 * is tried. */
typedef struct {
  GhService *service;
  GQueue requests;    /* GhForward */
  gboolean under_way; /* the first one */
  guint failures;
  guint64 timer; /* in GhService.pendings; 0: none */
} GhForwardQueue;

struct _GhForwards {
  GMutex lock;            /* of all below; held for no longer than a look-up */
  GHashTable *waiting;    /* key -> GhForward */
  GHashTable *neighbours; /* id -> number of requests under way */
  GHashTable *queues;     /* id -> GhForwardQueue, which stays */
  gboolean stopped;
  GhForwardStatistics statistics;
};

/** gh_forward_transmit: sends it (again). */
void gh_forward_transmit (GhForward *forward);
/** gh_forward_fail: answers with 4008 or 5103, and frees it. */
void gh_forward_fail (GhForward *forward, const char *reason);
void gh_forward_free (GhForward *forward);

/** gh_forward_must_queue: others wait for the same neighbour: this one waits behind them. */
gboolean gh_forward_must_queue (GhForward *forward);
/** gh_forward_hold: the neighbour is away, and nothing has left. FALSE: it is not kept. */
gboolean gh_forward_hold (GhForward *forward);
/** gh_forward_passed: the neighbour answered; the next one is sent. Before the request is freed. */
void gh_forward_passed (GhForward *forward);
void gh_forward_queue_free (gpointer queue);
/** gh_forward_drop_queues: at the stop, when all have been answered. */
void gh_forward_drop_queues (GhForwards *forwards);

G_END_DECLS
