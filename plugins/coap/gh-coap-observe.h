/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-endpoint.h"

G_BEGIN_DECLS

/* Observed resources (RFC 7641). An observation is a retrieve that is made again whenever something
 * has changed, and from time to time: with the principal of its association as it is then, so that
 * every notification is decided anew. It ends with the first answer that is not a representation
 * (4.03 when the right has gone, 4.04 when the resource has). All on the endpoint's thread. */

typedef struct _GhCoapObservation GhCoapObservation;

/** gh_coap_observe_wanted: @message asks for it, by GET with Observe 0. */
gboolean gh_coap_observe_wanted (const GhCoapMessage *message);

/** gh_coap_observe_copy: @message as it is asked again. Returns: (transfer full) */
GByteArray *gh_coap_observe_copy (const GhCoapMessage *message);

/**
 * gh_coap_observe_begin: in place of one of the same token.
 * @request: from gh_coap_observe_copy(); a reference is taken
 * @answer: what it is answered now; gets its Observe option
 * Does nothing when there is no room: the answer is then that of an ordinary retrieve (RFC 7641
 * 4.1).
 */
void gh_coap_observe_begin (GhCoapPeer *peer, GByteArray *request, GhCoapMessage *answer);

/** gh_coap_observe_end: by GET with Observe 1. */
void gh_coap_observe_end (GhCoapPeer *peer, const guint8 *token, guint8 token_length);
/** gh_coap_observe_forget: the link of @peer is being closed. */
void gh_coap_observe_forget (GhCoapPeer *peer);

/** gh_coap_observe_next_us: monotonic time of the next look; G_MAXINT64: nothing is observed. */
gint64 gh_coap_observe_next_us (const GhCoapEndpoint *endpoint);
/** gh_coap_observe_look: asks the core again for some of what is observed. */
void gh_coap_observe_look (GhCoapEndpoint *endpoint);

/** gh_coap_observe_show: what the core said; sends it when it is news. */
void gh_coap_observe_show (GhCoapObservation *observation, GhCoapMessage *answer, GhBuffer *owner);

GhCoapObservation *gh_coap_observation_ref (GhCoapObservation *observation);
void gh_coap_observation_unref (GhCoapObservation *observation);

G_END_DECLS
