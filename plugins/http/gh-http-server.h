/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/**
 * GhHttpServer: the listeners of the HTTP transport, on libmicrohttpd with its own epoll threads.
 * Made, started, stopped and freed on one thread; requests come on the threads of the listeners.
 */
typedef struct _GhHttpServer GhHttpServer;

/** gh_http_server_new: @host must outlive it. Reads [http]. Returns: (transfer full) */
GhHttpServer *gh_http_server_new (const GhTransportHost *host);

/** gh_http_server_start: binds what [http] listen names; GH_ERROR_CONFIG or GH_ERROR_FAILED, and
 * then nothing listens. */
gboolean gh_http_server_start (GhHttpServer *server, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_http_server_stop: closes the listening sockets; a request that comes on an open connection is
 * answered 503. When it returns, no dispatch is running and none will start. Answers of earlier
 * requests are still delivered.
 */
void gh_http_server_stop (GhHttpServer *server);

/** gh_http_server_check: see GhTransportOps. */
gboolean gh_http_server_check (const GhTransportHost *host, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_http_server_release: after stop; see GhTransportOps. */
void gh_http_server_release (GhHttpServer *server);

/** gh_http_server_free: answers what is still waiting with 503, closes every connection. An answer
 * may still come later. */
void gh_http_server_free (GhHttpServer *server);

/** gh_http_server_end_association: shuts the connection of association @id, if it is one of these.
 * Any thread. */
void gh_http_server_end_association (GhHttpServer *server, guint64 id);

/** gh_http_server_sweep: closes connections on which no request was completed for too long, and
 * those whose credential ends. Any thread. */
void gh_http_server_sweep (GhHttpServer *server);

G_END_DECLS
