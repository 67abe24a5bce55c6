/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-endpoint.h"

G_BEGIN_DECLS

/** gh_coap_request_take: maps @message and hands it to the core with the principal of its
 * association; the answer goes to @exchange, from whatever thread it comes. On the endpoint's
 * thread. */
void gh_coap_request_take (GhCoapEndpoint *endpoint, GhCoapExchange *exchange,
                           const GhCoapMessage *message);

G_END_DECLS
