/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-http-map.h"
#include "gh-http-server.h"

#include "security/gh-tls.h"

#include <microhttpd.h>

G_BEGIN_DECLS

/* Between gh-http-server.c (listeners, connections) and gh-http-exchange.c (one request and its
 * answer). */

typedef struct _GhHttpExchange GhHttpExchange;

/* Whose turn it is on a connection. */
enum { GH_HTTP_PEER_READING, GH_HTTP_PEER_BUSY, GH_HTTP_PEER_ANSWERING, GH_HTTP_PEER_CUT };

/** GhHttpConnection: one accepted socket; the socket context of libmicrohttpd. */
typedef struct {
  GList link; /* in GhHttpServer.connections, under its lock */
  int fd;
  GhPrincipal *principal; /* of a plain one; NULL: the core allows none from there */
  GhTlsSession *tls;      /* NULL: plain */
  GhAdmission admission;  /* of a secured one, from its first request on; the listener's thread */
  guint64 association;    /* atomic; 0: not admitted yet */
  gint64 ends_us;         /* atomic; wall clock: the association ends before */
  const char *reason;     /* atomic; static: why we have cut it; NULL: we have not */
  gint64 progress_us; /* monotonic: accepted, or the last answer was sent; written by the listener's
                         thread */
  gint turn;          /* atomic: GH_HTTP_PEER_...; BUSY: the peer waits for us, not we for it */
  gint ref_count;     /* the listener's, and an exchange's that waits for its answer */
  GMutex lock; /* of what follows: a lock a connection, so that writers do not queue for one */
  GhHttpExchange *suspended; /* what waits for its answer; NULL: nothing */
  gboolean closed;           /* the server or the peer ends: nothing may be suspended any more */
  GhReport report;           /* of the last answer, until the peer has it */
  guint64 answer_end;        /* as many octets it then has acknowledged */
} GhHttpConnection;

typedef enum {
  GH_HTTP_COUNT_REQUESTS,
  GH_HTTP_COUNT_REFUSED,
  GH_HTTP_COUNT_CONNECTIONS,
  GH_HTTP_COUNT_SHED,
  GH_HTTP_COUNT_TIMED_OUT,
  GH_HTTP_N_COUNTS
} GhHttpCount;

struct _GhHttpServer {
  const GhTransportHost *host;
  gsize max_body, arena_limit;
  gint64 max_bodies;
  gint64 request_timeout_us; /* idle and request time-out together */
  guint max_connections, max_per_address, threads, idle_timeout_s;
  gsize max_head;
  guint ticket_lifetime_s;
  GPtrArray *daemons; /* struct MHD_Daemon */
  char *told;         /* URL of the last listener; both families of one name are told once */
  GhTlsContext *tls;  /* of the secured ones; NULL: none */

  gint stopping;                   /* atomic */
  gint dispatching;                /* atomic: threads inside dispatch */
  gint64 bodies;                   /* atomic: octets reserved for bodies */
  gint64 counts[GH_HTTP_N_COUNTS]; /* atomic: not yet reported */

  GMutex lock; /* of what follows */
  GCond changed;
  GQueue connections; /* GhHttpConnection */
  gboolean sweeper_stop;
  GThread *sweeper;
};

void gh_http_connection_unref (GhHttpConnection *peer);
void gh_http_server_count (GhHttpServer *server, GhHttpCount count);

/** gh_http_server_enter: FALSE when the server stops; else pairs with leave. Brackets dispatch. */
gboolean gh_http_server_enter (GhHttpServer *server);
void gh_http_server_leave (GhHttpServer *server);

/* The call-backs of libmicrohttpd; @cls is the server. */
void *gh_http_exchange_begin (void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result gh_http_exchange_handle (void *cls, struct MHD_Connection *connection,
                                         const char *url, const char *method, const char *version,
                                         const char *data, size_t *size, void **context);
void gh_http_exchange_end (void *cls, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode code);

/** gh_http_exchange_abandon: what is suspended on @peer is answered 503, or by nothing when it was
 * cut, and nothing more will be. */
void gh_http_exchange_abandon (GhHttpConnection *peer);

/* gh-http-arrival.c */

/** gh_http_arrival_prepare: a peer that has vanished is found: what it does not acknowledge, and
 * what it is silent about. */
void gh_http_arrival_prepare (int fd);
/** gh_http_arrival_watch: the last answer is in the hands of the socket: who is told once the peer
 * has it. */
void gh_http_arrival_watch (GhHttpConnection *peer, const GhReport *report);
/** gh_http_arrival_went_on: the peer has sent another request. */
void gh_http_arrival_went_on (GhHttpConnection *peer);
/** gh_http_arrival_look: has it been acknowledged? With the server's lock, or on the listener's
 * thread: the descriptor is open. */
void gh_http_arrival_look (GhHttpConnection *peer);
/** gh_http_arrival_closes: before the descriptor is closed. */
void gh_http_arrival_closes (GhHttpConnection *peer);
/** gh_http_peer_is_gone: it will send nothing more. As gh_http_arrival_look(). */
gboolean gh_http_peer_is_gone (const GhHttpConnection *peer);

G_END_DECLS
