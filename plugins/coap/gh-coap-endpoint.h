/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-layer.h"
#include "gh-coap-socket.h"

#include "link/gh-transport.h"

G_BEGIN_DECLS

/* One socket, of UDP or listening for TCP, the thread that serves it, and what is known of its
 * peers.
 */

/** GhCoapSettings: what [coap] says, for one thread. */
typedef struct {
  const GhTransportHost *host;
  GhCoapLimits limits;
  guint max_peers;
  guint max_observations, max_all_observations; /* of one peer, of all */
  gsize arena_limit;                            /* of one request */
  /* of coaps and of streams: */
  gint64 idle_us, handshake_us;
  guint max_handshakes, max_per_source, mtu;
  /* of streams: */
  gint64 message_us; /* a message is received, and what is said is taken, within */
  gsize max_unsent;  /* octets that one peer has not taken yet */
} GhCoapSettings;

/** GhCoapContexts: what makes an endpoint one of coaps; both NULL: plain. */
typedef struct {
  GhTlsContext *server, *client;
  gboolean stream; /* over TCP */
} GhCoapContexts;

typedef struct _GhCoapEndpoint GhCoapEndpoint;
typedef struct _GhCoapStream GhCoapStream;

/** GhCoapPeer: one association of an endpoint; the data of its link. Its thread only. */
typedef struct {
  GhCoapEndpoint *endpoint;
  GhPeer address;
  GhCoapLink *link;
  GhAssociation *association; /* of coaps; NULL: plain, or a stream */
  GhCoapStream *stream;       /* over TCP; NULL: over UDP */
  GhPrincipal *principal;     /* of a plain one; NULL: none is taken for granted */
  GList node;                 /* of a plain one: in the endpoint's list, by last use */
  GQueue observations;        /* GhCoapObservation */
} GhCoapPeer;

/** gh_coap_peer_get_principal: judged again on coaps; NULL: requests are refused. Borrowed. */
const GhPrincipal *gh_coap_peer_get_principal (const GhCoapPeer *peer);

/** GhCoapTask: something to do on the endpoint's thread; part of a larger struct. */
typedef struct _GhCoapTask GhCoapTask;
struct _GhCoapTask {
  /* frees the task; @endpoint is being freed when @run is FALSE: only clean up */
  void (*func) (GhCoapEndpoint *endpoint, GhCoapTask *task, gboolean run);
  GList node;
};

/** gh_coap_endpoint_new: @fd is taken over, -1: over TCP, nothing listens; @settings are copied.
 * Returns: NULL with @error */
GhCoapEndpoint *gh_coap_endpoint_new (const GhCoapSettings *settings,
                                      const GhCoapContexts *contexts, int fd, GError **error);
GhCoapEndpoint *gh_coap_endpoint_ref (GhCoapEndpoint *endpoint);
void gh_coap_endpoint_unref (GhCoapEndpoint *endpoint);
/** gh_coap_endpoint_quiesce: no request reaches the core after it returns; they are answered 5.03.
 * Not on the endpoint's thread. */
void gh_coap_endpoint_quiesce (GhCoapEndpoint *endpoint);
/** gh_coap_endpoint_drain: after quiesce: waits until all that was asked for is answered, until
 * @until_us (monotonic) at most; the rest is answered 5.03. Not on the endpoint's thread. */
void gh_coap_endpoint_drain (GhCoapEndpoint *endpoint, gint64 until_us);
/** gh_coap_endpoint_end: ends the thread, closes the socket. Answers that come later are dropped.
 */
void gh_coap_endpoint_end (GhCoapEndpoint *endpoint);

/** gh_coap_endpoint_close_association: any thread. */
void gh_coap_endpoint_close_association (GhCoapEndpoint *endpoint, guint64 id);

/** gh_coap_endpoint_post: any thread. */
void gh_coap_endpoint_post (GhCoapEndpoint *endpoint, GhCoapTask *task);

/* On the endpoint's thread. */
const GhCoapSettings *gh_coap_endpoint_get_settings (const GhCoapEndpoint *endpoint);
GhCoapLayer *gh_coap_endpoint_get_layer (GhCoapEndpoint *endpoint);
gboolean gh_coap_endpoint_is_own_thread (const GhCoapEndpoint *endpoint);
gboolean gh_coap_endpoint_is_quiet (const GhCoapEndpoint *endpoint);
/** gh_coap_endpoint_find_peer: of plain CoAP over UDP: makes it when it is new; NULL: there is no
 * room. */
GhCoapPeer *gh_coap_endpoint_find_peer (GhCoapEndpoint *endpoint, const GhPeer *address);

/** GhCoapConnectFunc: @peer: NULL with @reason, static. */
typedef void (*GhCoapConnectFunc) (GhCoapPeer *peer, const char *reason, gpointer user_data);
/** GhCoapDestination: whom a request is for. */
typedef struct {
  const GhPeer *address;
  const char *server_name, *authority; /* "host", "host:port" */
  const char *cse_id;                  /* that it has to prove; NULL: its name is enough */
} GhCoapDestination;
/**
 * gh_coap_endpoint_connect: of coaps and of streams: the association or connection with
 * @destination, which is made when there is none.
 * @func: once; possibly before it returns
 */
void gh_coap_endpoint_connect (GhCoapEndpoint *endpoint, const GhCoapDestination *destination,
                               GhCoapConnectFunc func, gpointer user_data);

typedef enum {
  GH_COAP_COUNT_REQUESTS,
  GH_COAP_COUNT_REFUSED,
  GH_COAP_COUNT_DATAGRAMS,
  GH_COAP_COUNT_LOST,        /* datagrams that could not be sent */
  GH_COAP_COUNT_CONNECTIONS, /* over TCP */
  GH_COAP_COUNT_TURNED_AWAY, /* of them, for a limit */
  GH_COAP_N_COUNTS
} GhCoapCount;
void gh_coap_endpoint_count (GhCoapEndpoint *endpoint, GhCoapCount count);

G_END_DECLS
