/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-forward.h"
#include "service/gh-outbound.h"
#include "service/gh-share.h"

G_BEGIN_DECLS

/* Between gh-forward-admit.c, which decides what is passed on, gh-forward.c, which sends it, and
 * gh-forward-wait.c, where it waits for a neighbour that is away. */

typedef struct _GhForwardNeighbour GhForwardNeighbour;

/* A request on its way. */
typedef struct {
  GhJob *job;
  GhRequestMode *mode; /* of the job; a reference, as that goes with its answer; or NULL */
  GhForwardNeighbour *neighbour; /* that it goes to */
  char *hosting;                 /* CSE-ID in To, "/mn1"; NULL: an AE of this CSE */
  char *from, *to;               /* as they leave */
  char *share;                   /* as whom it counts */
  gint64 expires_us, result_us;  /* RQET and RSET, wall time; GH_NEVER_US: none */
  GhRequest onward;              /* as it leaves, while it is under way; all else is the job's */
  char expiration[GH_ABSREL_TIMESTAMP_SIZE], result[GH_ABSREL_TIMESTAMP_SIZE];
  gboolean marked;   /* its <request> says that it has left */
  gboolean patient;  /* may wait for a neighbour that is away */
  gboolean answered; /* under the lock */
  gboolean queued;   /* among those that its neighbour holds; under the lock */
} GhForward;

/* Somebody that requests go to, as long as there are any. */
struct _GhForwardNeighbour {
  GhService *service;
  char *name;         /* CSE-ID, "/mn1", or AE-ID; its resource may be made anew */
  guint n;            /* requests under way or held */
  GhShares *shares;   /* of those */
  GQueue held;        /* GhForward, in the order that they came in; only the first one is tried */
  gboolean under_way; /* the first one */
  gboolean wanted;    /* the next one is to be sent, by whoever is at it */
  gboolean busy;      /* somebody is */
  gboolean there;     /* it has just answered */
  guint failures;
  char *awaited; /* identifier of the <AE> or <remoteCSE> whose poll it waits for; or NULL */
  guint64 timer; /* in GhService.pendings; 0: none */
};

struct _GhForwards {
  GMutex lock;         /* of all below; held for no longer than a look-up */
  GHashTable *waiting; /* set of GhForward */
  GTree *neighbours;   /* name -> GhForwardNeighbour: clients choose names, so nothing is hashed */
  gboolean stopped;
  GhForwardStatistics statistics;
};

/** gh_forward_begin: to the next hop or AE at the end of @way, as @from; @address: that it is for,
 * NULL: an AE of this CSE. Takes the job. */
void gh_forward_begin (GhJob *job, const GhWay *way, const char *from, const GhAddress *address);
/** gh_forward_refuse: takes the job. */
void gh_forward_refuse (GhJob *job, const GhFault *fault);
/** gh_forward_transmit: sends it, when its neighbour is there again; @there: it is. */
void gh_forward_transmit (GhForward *forward, gboolean there);
/** gh_forward_fail: answers with 4008, or as @result (nullable) says, and frees it. */
void gh_forward_fail (GhForward *forward, const GhDeliveryResult *result);
void gh_forward_free (GhForward *forward);

/** gh_forward_must_queue: others wait for the same neighbour: this one waits behind them. Or it is
 * one that waits for a poll of @awaited; NULL: it is not. */
gboolean gh_forward_must_queue (GhForward *forward, const char *awaited);
/** gh_forward_await: what waits for the neighbour of @forward leaves when @holder polls. */
void gh_forward_await (GhForward *forward, const char *holder);
/** gh_forward_hold: the neighbour is away, and nothing has left. FALSE: it is not kept. */
gboolean gh_forward_hold (GhForward *forward);
/** gh_forward_passed: it is over, @reached: with an answer of the neighbour; the next one is sent.
 * Before the request is freed. */
void gh_forward_passed (GhForward *forward, gboolean reached);
/** gh_forward_leave_neighbour: one request less; the last one takes it away. With the lock held. */
void gh_forward_leave_neighbour (GhForward *forward);
/** gh_forward_drop_held: at the stop, when all have been answered. */
void gh_forward_drop_held (GhForwards *forwards);

G_END_DECLS
