/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/** GhCoapClient: requests of ours to other CoAP servers. */
typedef struct _GhCoapClient GhCoapClient;

/** gh_coap_client_new: @host must outlive it; sockets are opened with the first request. */
GhCoapClient *gh_coap_client_new (const GhTransportHost *host);

/** gh_coap_client_free: every request that has no answer yet is UNREACHABLE; returns when @done of
 * all of them has run. */
void gh_coap_client_free (GhCoapClient *client);

/**
 * gh_coap_client_send: takes what it needs from @delivery and never blocks. Any thread.
 * @done: on a thread of the client's, once: REFUSED for what this client does not send,
 * UNREACHABLE when too many requests wait for the target
 */
void gh_coap_client_send (GhCoapClient *client, const GhDelivery *delivery, GhDeliveryFunc done,
                          gpointer user_data);

/** gh_coap_client_close_association: any thread. */
void gh_coap_client_close_association (GhCoapClient *client, guint64 id);

G_END_DECLS
