/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-coap-endpoint.h"

G_BEGIN_DECLS

/* Connections of an endpoint of CoAP over TCP or TLS (RFC 8323): none of them blocks, and each is
 * bounded in octets and in time, so that a peer that sends slowly or does not read costs nobody
 * else anything. All on the endpoint's thread. */

typedef struct _GhCoapStreams GhCoapStreams;

/** gh_coap_streams_new: the listening socket is the endpoint's; @contexts: both NULL: not
 * protected. */
GhCoapStreams *gh_coap_streams_new (GhCoapEndpoint *endpoint, const GhCoapContexts *contexts);
/** gh_coap_streams_free: releases and closes all of them. */
void gh_coap_streams_free (GhCoapStreams *streams);

/** gh_coap_streams_accept: the listening socket can be read. */
void gh_coap_streams_accept (GhCoapStreams *streams);
/** gh_coap_streams_next_us: monotonic time of the next turn; G_MAXINT64: none. */
gint64 gh_coap_streams_next_us (const GhCoapStreams *streams);
/** gh_coap_streams_turn: at the end of each turn of the thread: sends what was said in it, ends
 * what is out of time. */
void gh_coap_streams_turn (GhCoapStreams *streams);

/** gh_coap_streams_connect: gh_coap_connections_opened() or _closed() follow, never before it
 * returns. Returns: NULL with @error */
GhCoapStream *gh_coap_streams_connect (GhCoapStreams *streams, const GhPeer *address,
                                       const char *server_name, const char *authority,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_coap_streams_close: the association was revoked. */
void gh_coap_streams_close (GhCoapStreams *streams, guint64 id);

/** gh_coap_stream_ready: @events: of epoll. */
void gh_coap_stream_ready (GhCoapStream *stream, guint32 events);
/** gh_coap_stream_send: one frame, at the end of the turn. */
void gh_coap_stream_send (GhCoapStream *stream, const guint8 *octets, gsize length);
/** gh_coap_stream_ended: its link has ended: it is closed when what was sent has left. */
void gh_coap_stream_ended (GhCoapStream *stream);
/** gh_coap_stream_get_principal: judged again; NULL: requests are refused. Borrowed. */
const GhPrincipal *gh_coap_stream_get_principal (const GhCoapStream *stream);

G_END_DECLS
