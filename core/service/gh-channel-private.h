/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-channel.h"
#include "service/gh-share.h"

G_BEGIN_DECLS

/* Shared by gh-channel*.c. */

#define GH_CHANNEL_MANY_ENDED 32

typedef enum { GH_ENDED_ANSWERED, GH_ENDED_LATE } GhEnded;

/* Identifiers of requests that are over, for the reason that a second answer gets. */
typedef struct {
  guint hash;
  GhEnded how;
} GhPast;

/* What waits for one AE or CSE. Stays until its <pollingChannel> has ended and nobody holds it. */
typedef struct {
  guint ref_count; /* under the lock */
  char *holder;
  GQueue polls;     /* GhParked.in_channel, the oldest first */
  GQueue waiting;   /* Request.in_channel, in the order that they came in */
  GHashTable *out;  /* identifier -> GhQueued that was handed out */
  guint64 octets;   /* of both */
  GhShares *shares; /* the same by originators */
  GhPast past[GH_CHANNEL_MANY_ENDED];
  guint n_past;
} GhChannel;

typedef struct {
  GhChannels *channels;
  GhChannel *channel;
  guint64 pending, association;
  char *identifier, *release;
  GhReplyFunc reply;
  gpointer user_data;
  GList in_channel, in_association;
} GhParked;

typedef struct {
  GhChannels *channels;
  GhChannel *channel;
  GhDelivery delivery;
  GhDeliveryFunc done;
  gpointer user_data;
  char *share; /* as whom it counts */
  guint64 pending;
  gint64 entered_us; /* wall time */
  gsize octets;
  gboolean out;   /* it is handed out */
  gboolean left;  /* it was, at least once */
  guint64 number; /* of the last time; 0: it is not out */
  GList in_channel;
} GhQueued;

struct _GhChannels {
  GhService *service;
  GhChannelOptions options;
  GhPendings *pendings;
  GMutex lock;          /* of what follows */
  GHashTable *channels; /* holder -> GhChannel */
  GHashTable *handed;   /* number -> GhQueued that is out */
  GHashTable *comers;   /* association -> GQueue of the polls that came over it */
  guint64 octets, last_number;
  guint n_polls;
  gboolean stopped;
  GhChannelStatistics statistics;
  /* the writer's thread alone */
  GPtrArray *touched; /* char*: holders */
};

/* A poll and what it gets, once the lock is free again. */
typedef struct {
  GhParked *poll;
  GhBuffer *body; /* NULL: @fault */
  guint64 number; /* of what was handed out */
  GhFault fault;
} GhGiven;

/** GhPoll: a poll to be answered later; texts are copied. */
typedef struct {
  const char *holder;
  const char *identifier, *release;
  guint64 association; /* 0: none */
  gint64 deadline_us;  /* wall time */
  GhReplyFunc reply;
  gpointer user_data;
} GhPoll;

/** gh_channels_park: hands a request out at once, or keeps the poll until there is one. FALSE with
 * @fault: it is not taken, and still to be answered. */
gboolean gh_channels_park (GhService *service, const GhPoll *poll, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_channels_answer: @response is the answer to a request that @holder got. FALSE with @fault:
 * there is none that waits for it. */
gboolean gh_channels_answer (GhService *service, const char *holder, const GhResponse *response,
                             GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/** gh_channel_render: the primitive as it leaves at @now_us. (transfer full) */
GhBuffer *gh_channel_render (const GhQueued *request, gint64 now_us);

/* All of these with the lock held, but for the ends */

/** gh_channel_of: what there is of the channel of @holder; NULL: it is not in force. */
GhChannel *gh_channel_of (GhChannels *channels, const char *holder);
/** gh_channel_match: what waits meets whoever waits for it; they are added to @givens. */
void gh_channel_match (GhChannels *channels, GhChannel *channel, GArray *givens);
/** gh_channel_take_request: out of the channel. FALSE: its deadline is at work on it. */
gboolean gh_channel_take_request (GhQueued *request);
void gh_channel_remember (GhQueued *request, GhEnded how);
/** gh_channel_next_request: the first one that may leave now; NULL: there is none. */
GhQueued *gh_channel_next_request (const GhChannel *channel);

/** gh_channel_arrived: GhReport.func, of what was handed out. Any thread, without the lock. */
void gh_channel_arrived (GhArrival arrival, gpointer channels, guint64 number);

/** gh_channel_take_poll: out of the channel. FALSE: its deadline is at work on it. */
gboolean gh_channel_take_poll (GhParked *poll);
/** gh_channel_next_poll: takes the one that is answered first; NULL: there is none. */
GhParked *gh_channel_next_poll (const GhChannel *channel);

GArray *gh_channel_givens_new (void);
/** gh_channel_give_out: without the lock. */
void gh_channel_give_out (GArray *givens);
/** gh_channel_poll_end: without the lock. */
void gh_channel_poll_end (GhGiven *given);
/** gh_channel_drop: one that is held no longer. Without the lock. */
void gh_channel_drop (GhChannels *channels, GhChannel *channel);
/** gh_channel_request_over: GhPendingFunc of a request. */
void gh_channel_request_over (GhPendingEnd end, gpointer request);
/** gh_channel_request_end: without the lock; of one that was taken out. */
void gh_channel_request_end (GhQueued *request, const GhDeliveryResult *result);

G_END_DECLS
