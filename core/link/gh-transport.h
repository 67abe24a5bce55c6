/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "base/gh-clock.h"
#include "base/gh-config.h"
#include "primitive/gh-primitive.h"
#include "security/gh-principal.h"
#include "security/gh-security.h"

G_BEGIN_DECLS

/* What a transport is (design sections 3, 5 and 7): it listens, and it delivers to targets of its
 * URL schemes. */

typedef struct _GhTransport GhTransport;
typedef struct _GhTransportHost GhTransportHost;

/**
 * GhTransportHost:
 * What the core gives a transport; valid from create to free. All functions on any thread.
 */
struct _GhTransportHost {
  gsize struct_size;
  gpointer core;
  const GhConfig *config;
  GhClock *clock;
  gboolean
    development; /* --dev: plain listeners on loopback are allowed, originators are only claimed */
  const char *cse_id;   /* "gatehouse", without "/" */
  const char *cse_name; /* resource name of the CSEBase */
  /**
   * dispatch: @request (transfer full); @reply exactly once, see GhReplyFunc. @principal is
   * borrowed for the call.
   */
  void (*dispatch) (gpointer core, GhRequest *request, const GhPrincipal *principal,
                    GhReplyFunc reply, gpointer user_data);
  /** authenticate_plain: the principal of a plain connection from @peer; NULL when plain is not
   * allowed. (transfer full) */
  GhPrincipal *(*authenticate_plain) (gpointer core, GInetAddress *peer);
  /** listening: called once a listener when its socket is bound: @url with the real port
   * ("http://127.0.0.1:8080") */
  void (*listening) (gpointer core, const char *url);
  /** count: adds @by to the named counter of the status ("http.requests", "http.refused"); static
   * string. */
  void (*count) (gpointer core, const char *counter, gint64 by);
  /* what proves the peers of secured listeners; NULL: this CSE has none (only in tests) */
  GhSecurity *security;
  /** changes: a number that grows with every change that readers can see; one load. May be NULL:
   * then anything may have changed. */
  guint64 (*changes) (gpointer core);
  /** take_socket: the next socket that the service manager has opened for listeners of @scheme
   * ("https", "coaps"), of @type (SOCK_STREAM: it listens); -1: there is none left. The caller owns
   * it, and closes it in release. Where it gives one, what the configuration says of addresses for
   * this scheme does not count. May be NULL, as has_socket, which says whether there is one. */
  int (*take_socket) (gpointer core, const char *scheme, int type);
  gboolean (*has_socket) (gpointer core, const char *scheme);
  /* of the metrics, "/metrics"; NULL: nobody may read them */
  const char *metrics_path;
  /** metrics: what metrics_path shows to @principal, in the text format of Prometheus. (transfer
   * full) NULL: nothing: it is answered as if there were no such path. May be NULL. */
  GhBuffer *(*metrics) (gpointer core, const GhPrincipal *principal);
};

/* How a delivery ended. */
typedef enum {
  GH_DELIVERY_DONE,        /* the target answered; rsc says what */
  GH_DELIVERY_UNREACHABLE, /* no connection, time-out, broken answer: may be tried again */
  GH_DELIVERY_REFUSED,     /* will not work: unsupported URL, policy */
} GhDeliveryStatus;

typedef struct {
  GhDeliveryStatus status;
  guint rsc;          /* of the answer; 0 when it had none */
  const char *reason; /* for the log; may be NULL */
  const char *body;   /* of the answer, bounded; may be NULL */
  gsize body_length;
  /* UNREACHABLE, REFUSED: the target cannot have seen the request, so that it may be sent again,
   * or elsewhere, and is not executed twice */
  gboolean unsent;
  const GhResponse *response; /* DONE: all that the answer said; NULL: the above is all */
  const GhPrincipal *peer;    /* DONE: who has answered, proven; NULL: nobody was */
  GhError code; /* UNREACHABLE, REFUSED: what the originator is told; 0: that it is out of reach */
} GhDeliveryResult;

typedef void (*GhDeliveryFunc) (const GhDeliveryResult *result, gpointer user_data);

/** GhDelivery: one outgoing request; what it points to is copied by send. */
typedef struct {
  const char *url; /* "http://host:port/path"; a @to that begins with '/' is for the CSE there, and
                    * follows that path; any other one only takes the place of a missing path */
  GhOperation operation;
  const char *to, *from, *request_identifier, *release_version, *event_category;
  GhBuffer *body;   /* JSON; send takes its own reference */
  guint timeout_ms; /* of the whole exchange */
  /* of a notification: it may wait so long for a poll of its target, before timeout_ms begins; 0:
   * that is for both. Transports do not look at it */
  guint wait_ms;
  /* (nullable): the request that is passed on: what the members above do not say is taken from it:
   * resource type, times, group, query. Its answer may be as large as any and comes whole */
  const GhRequest *forwarded;
  /* (nullable): CSE-ID, "/in" or "//domain/in": nothing is sent unless what answers at @url proves
   * to be this CSE. Only --dev sends on plain connections, where nobody proves anything */
  const char *cse_id;
  /* (nullable): identifier of the <AE> or <remoteCSE> that names @url as a point of access; NULL:
   * the URL itself is the target */
  const char *holder;
} GhDelivery;

/* How long a transport that is released waits for answers. */
#define GH_TRANSPORT_DRAIN_US (5 * G_USEC_PER_SEC)

/**
 * GhTransportOps:
 * Exported by a transport plugin. Missing trailing members are NULL.
 */
typedef struct {
  gsize struct_size;
  const char *name;           /* "http" */
  const char *const *schemes; /* NULL-terminated URL schemes that send takes */
  GhTransport *(*create) (const GhTransportHost *host, GError **error);
  /* binds and listens as [transport group] of the configuration says; errors name the address and
   * the reason */
  gboolean (*start) (GhTransport *transport, GError **error);
  /* no new request after it returns; pending replies are still delivered until free */
  void (*stop) (GhTransport *transport);
  void (*free) (GhTransport *transport);
  /* never blocks; @done exactly once, on a thread of the transport, never before send returns */
  void (*send) (GhTransport *transport, const GhDelivery *delivery, GhDeliveryFunc done,
                gpointer user_data);
  /* ends every exchange of one association at once (revocation) */
  void (*close_association) (GhTransport *transport, guint64 association_id);
  /* once, after stop, while the CSE goes on: gives what was asked for up to GH_TRANSPORT_DRAIN_US
   * to be answered, refuses the rest, ends the connections that peers have begun, and closes the
   * listeners' sockets: their ports are free when it returns. Replies that come later are dropped;
   * send still works. Blocks */
  void (*release) (GhTransport *transport);
  /* whether start would understand what @host's configuration says of it; binds nothing. May be
   * NULL: it says so when it starts */
  gboolean (*check) (const GhTransportHost *host, GError **error);
} GhTransportOps;

G_END_DECLS
