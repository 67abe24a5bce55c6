/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/**
 * GhExchanges:
 * What originators have under way, by their request identifiers (TS-0001 7.1.7), from the arrival
 * of a request to its one answer. All functions on any thread.
 */
typedef struct {
  gboolean unique;   /* an identifier is refused within @window_us of its last use */
  gint64 window_us;
  guint remembered;  /* identifiers within the window; beyond them requests are shed */
} GhExchangeOptions;

GhExchanges *gh_exchanges_new (GhClock *clock, const GhExchangeOptions *options);
void gh_exchanges_free (GhExchanges *exchanges);

/**
 * gh_exchange_check: the identifier of the request is none of a request of its originator that is
 * still under way, nor, when identifiers are unique, of an earlier one. FALSE with @fault (4105,
 * or 5000 when too many would have to be remembered).
 */
gboolean gh_exchange_check (GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_exchange_begin: the request stays under way until it is answered through job->reply, which is
 * replaced; after its Result Expiration Timestamp it is answered with 4008 and what comes later is
 * dropped. Does nothing for one that has begun. FALSE with @fault (4105).
 */
gboolean gh_exchange_begin (GhJob *job, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_exchange_answer_early: of a request that has begun, hands out how it is answered, so that it
 * can be acknowledged while it stays under way until gh_exchange_end(). NULL: it has no identity
 * of its own to be under way with.
 */
GhExchange *gh_exchange_answer_early (GhJob *job, GhReplyFunc *reply, gpointer *user_data);
/** gh_exchange_end: (nullable): it is under way no longer. Takes @exchange. */
void gh_exchange_end (GhExchange *exchange);

/** gh_exchanges_count: requests under way. */
guint gh_exchanges_count (GhExchanges *exchanges);

G_END_DECLS
