/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"
#include "service/gh-outbound.h"

G_BEGIN_DECLS

/** GhChannelOptions: [polling] of the configuration. */
typedef struct {
  gint64 wait_us;      /* of a poll that does not say */
  gint64 longest_us;   /* that a poll may ask for */
  guint polls;         /* that wait, of all channels */
  guint polls_each;    /* of one; the oldest makes way */
  guint requests_each; /* of one channel: those that wait to be fetched, and for their answer */
  guint64 octets_each; /* of those */
  guint64 octets;      /* the same of all channels */
} GhChannelOptions;

/**
 * GhChannels:
 * The polling channels of this CSE (TS-0001 9.6.21, 10.2.5.12): what waits for somebody who cannot
 * be called, and the polls that wait for it. What waits holds no thread; one lock, held for no
 * longer than it takes to look up and to write a message. Each request is handed out once, but for
 * those that their transport says have not arrived. All functions on any thread, unless they say
 * otherwise.
 */
GhChannels *gh_channels_new (GhService *service, const GhChannelOptions *options);
/** gh_channels_stop: answers all that waits; nothing is taken any more. Before the transports go.
 */
void gh_channels_stop (GhService *service);
void gh_channels_free (GhChannels *channels);

/** gh_channels_get_options: as they were given. */
const GhChannelOptions *gh_channels_get_options (const GhChannels *channels);

/** gh_channel_has: @holder, an <AE> or <remoteCSE>, has a channel. View's thread. */
gboolean gh_channel_has (GhService *service, const GhView *view, const GhNode *holder);
/**
 * gh_channel_send:
 * @delivery: its url is not looked at; what it points to stays until @done
 * Like GhTransportOps.send, through the channel of @holder. @done may be called before this
 * returns.
 */
void gh_channel_send (GhService *service, const char *holder, const GhDelivery *delivery,
                      GhDeliveryFunc done, gpointer user_data);

/** gh_channel_is_polled: somebody waits now for what is sent to @holder. Any thread. */
gboolean gh_channel_is_polled (GhService *service, const char *holder);

/** gh_channel_is_for: @request is for the <pollingChannelURI> of a channel, by its address. */
gboolean gh_channel_is_for (const GhRequest *request);
/** gh_channel_check: a poll blocks (TS-0004 7.4.22.2.2). FALSE with @fault (4000). */
gboolean gh_channel_check (const GhRequest *request, GhFault *fault);
/**
 * gh_channel_serve:
 * A poll, which is answered with a request for its originator or, when none came before its Request
 * Expiration Timestamp, with 4008; or a NOTIFY with the answer to one (TS-0004 7.4.22). Both only
 * of the channel's owner: 4103. Takes the job. Outside of read sections.
 */
void gh_channel_serve (GhJob *job);

/** gh_channel_is_made: a create of @type below @parent makes a channel; who may do so is then a
 * matter of gh_channel_may_create(). */
static inline gboolean
gh_channel_is_made (const GhType *type, const GhNode *parent)
{
  const gint holder = parent->slot->type->number;
  return type->number == GH_TYPE_POLLING_CHANNEL
         && (holder == GH_TYPE_AE || holder == GH_TYPE_REMOTE_CSE);
}

/** gh_channel_may_create: @facts are of the AE or CSE that @holder, an <AE> or <remoteCSE>, is
 * about (TS-0004 7.4.21.2.1). FALSE with @fault (4103, or 4004 under hide). View's thread. */
gboolean gh_channel_may_create (GhService *service, const GhView *view, const GhNode *holder,
                                const GhRequestFacts *facts, GhFault *fault);

/** gh_channels_touch: the channel of @holder may have ended in the batch under way. Writer's
 * thread. */
void gh_channels_touch (GhService *service, const char *holder);
/** gh_channels_settle: the batch is published, or gone: what waits in channels that are no more is
 * answered. Writer's thread. */
void gh_channels_settle (GhService *service);
/** gh_channels_close_association: the polls that came over it are over; they are answered on
 * another thread. Any thread. */
void gh_channels_close_association (GhService *service, guint64 association);
/** gh_channels_wake: looks at the clock again (tests that moved it). */
void gh_channels_wake (GhService *service);

typedef struct {
  guint64 polls, requests; /* that wait now; requests handed out included */
  guint64 handed_out, answered, refused, taken_back;
} GhChannelStatistics;
void gh_channel_statistics (GhService *service, GhChannelStatistics *out);

G_END_DECLS
