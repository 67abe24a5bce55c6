/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-endpoint.h"
#include "gh-coap-stream.h"

#include <sys/socket.h>

G_BEGIN_DECLS

#define GH_COAP_BATCH 32
/* A record of DTLS is larger than what it carries. */
#define GH_COAP_SLOT (GH_COAP_MAX_DATAGRAM + 256)

/* Datagrams of one turn. */
typedef struct {
  struct mmsghdr headers[GH_COAP_BATCH];
  struct iovec vectors[GH_COAP_BATCH];
  GhPeer peers[GH_COAP_BATCH];
  guint8 octets[GH_COAP_BATCH][GH_COAP_SLOT];
} GhCoapBatch;

struct _GhCoapEndpoint {
  gint ref_count;
  GhCoapSettings settings;
  int fd, epoll_fd, wake_fd;
  GThread *thread, *self; /* self: the same, set by the thread before it does anything */
  gboolean quiet;         /* set once, on the thread; read on it */
  gboolean ending;

  GMutex lock; /* of what follows */
  GCond changed;
  GQueue inbox; /* GhCoapTask */
  gboolean closed;
  gboolean quiesced;

  /* The thread's own. */
  GhCoapLayer *layer;
  GTree *peers;  /* plain GhCoapPeer by address: a tree, because peers choose the keys */
  GQueue by_use; /* the one that was silent longest first */
  guint64 next_association;
  GQueue observations;        /* GhCoapObservation, the one that was looked at longest ago first */
  guint64 changes_seen;       /* of the core, when the last round began */
  gint64 round_us, look_us;   /* when it began; when the next look is due */
  guint to_look;              /* observations that are left in this round */
  GhDatagramLayer *datagrams; /* of coaps; NULL: plain */
  GhCoapStreams *streams;     /* over TCP; NULL: over UDP */
  GHashTable *connections;    /* of coaps and streams: those that were begun here, by authority */
  GhCoapBatch *in, *out;
  guint n_out;
  gint64 counts[GH_COAP_N_COUNTS];
  gint64 report_us;
  gboolean dirty;
};

/** gh_coap_endpoint_send: queues one datagram for the end of the turn. */
void gh_coap_endpoint_send (GhCoapEndpoint *endpoint, const GhPeer *peer, gconstpointer octets,
                            gsize length);

/* Plain peers (gh-coap-peers.c) */
void gh_coap_peers_init (GhCoapEndpoint *endpoint);
void gh_coap_peers_clear (GhCoapEndpoint *endpoint);

/* Associations (gh-coap-secure.c) */
void gh_coap_secure_init (GhCoapEndpoint *endpoint, const GhCoapContexts *contexts);
/** gh_coap_secure_clear: ends all of them. */
void gh_coap_secure_clear (GhCoapEndpoint *endpoint);

/* Associations and connections that are begun here (gh-coap-connections.c) */
void gh_coap_connections_init (GhCoapEndpoint *endpoint);
void gh_coap_connections_clear (GhCoapEndpoint *endpoint);
/** gh_coap_connections_opened, _closed: what became of @medium, a GhAssociation or GhCoapStream;
 * nothing when it was not begun here. */
void gh_coap_connections_opened (GhCoapEndpoint *endpoint, gconstpointer medium, GhCoapPeer *peer);
void gh_coap_connections_closed (GhCoapEndpoint *endpoint, gconstpointer medium,
                                 const char *reason);

G_END_DECLS
