/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-observe.h"

G_BEGIN_DECLS

/** gh_coap_request_take: maps @message and hands it to the core with the principal of its
 * association; the answer goes to @exchange, from whatever thread it comes. On the endpoint's
 * thread. */
void gh_coap_request_take (GhCoapEndpoint *endpoint, GhCoapExchange *exchange,
                           const GhCoapMessage *message);

/** gh_coap_request_repeat: makes the retrieve of an observation again, with @peer's principal as it
 * is now; gh_coap_observe_show() follows, in the call or later. */
void gh_coap_request_repeat (GhCoapEndpoint *endpoint, GhCoapPeer *peer,
                             const GhCoapMessage *message, GhCoapObservation *observation);

G_END_DECLS
