/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-message.h"

#include "link/gh-transport.h"

G_BEGIN_DECLS

/* "/.well-known/core" (RFC 6690, RFC 7252 7.2): a discovery like any other, in another dress. */

#define GH_COAP_MAX_LINKS 500 /* of one answer */

/** gh_coap_discovery_is_for: @message asks for the links. Pure, any thread. */
gboolean gh_coap_discovery_is_for (const GhCoapMessage *message);

/**
 * gh_coap_discovery_request:
 * @principal: whose first identity is the originator, unless oneM2M-FR names another one, which the
 * core then checks
 * Returns: (transfer full): the discovery; NULL when there is nobody in whose name it could be made
 */
GhRequest *gh_coap_discovery_request (const GhTransportHost *host, const GhPrincipal *principal,
                                      const GhCoapMessage *message, gsize arena_limit);

/**
 * gh_coap_discovery_links: "<cse/a>,<cse/b>" of {"m2m:uril":[...]}; empty when @body is something
 * else. Addresses are written as the path of a request for them. Returns: (transfer full). Pure,
 * any thread.
 */
GhBuffer *gh_coap_discovery_links (const char *body, gsize length);

G_END_DECLS
