/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/**
 * GhHttpClient: requests of ours to other HTTP servers, on libcurl and one thread of its own.
 *
 * A target is a scheme, host and port. Its requests wait in one queue, in order, of which
 * [http] notify-connections are under way at a time. Who needs an answer before the next request
 * leaves waits for it.
 */
typedef struct _GhHttpClient GhHttpClient;

/**
 * gh_http_client_new: @host must outlive it; the thread starts with the first request.
 * @secure: for https, else for http. Two clients, so that nothing that is meant for the one can
 * reach a connection of the other.
 */
GhHttpClient *gh_http_client_new (const GhTransportHost *host, gboolean secure);

/**
 * gh_http_client_free: every request that has no answer yet is UNREACHABLE; returns when @done of
 * all of them has run.
 */
void gh_http_client_free (GhHttpClient *client);

/** gh_http_client_end_association: ends the connection of association @id, if it is one of these.
 * Any thread. */
void gh_http_client_end_association (GhHttpClient *client, guint64 id);

/**
 * gh_http_client_send: takes what it needs from @delivery and never blocks. Any thread.
 * @done: on the client's thread, once: REFUSED for what this client does not send (another scheme,
 * a user in the URL, text that no header can carry), UNREACHABLE when the target's queue is full
 */
void gh_http_client_send (GhHttpClient *client, const GhDelivery *delivery, GhDeliveryFunc done,
                          gpointer user_data);

G_END_DECLS
