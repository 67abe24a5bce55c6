/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-datagram.h"

G_BEGIN_DECLS

/* TLS 1.2 and 1.3 associations over a connected stream socket, never blocking (design section 5):
 * CoAP over TLS, outgoing HTTPS. One thread at a time. */

typedef struct _GhStream GhStream;

typedef enum {
  GH_STREAM_FAILED = -2, /* gh_stream_get_fault() says why; close it */
  GH_STREAM_AGAIN = -1,  /* poll for gh_stream_wants() and call again */
  GH_STREAM_CLOSED = 0,  /* close_notify of the peer */
} GhStreamStatus;

typedef struct {
  GhSecurity *security;
  GhTlsContext *context;               /* a reference is taken */
  int fd;                              /* not blocking; taken over */
  const GhPeer *peer;                  /* (nullable) */
  const char *server_name, *authority; /* of a client, see gh_tls_session_new() */
  const char *transport;               /* "coaps+tcp", static */
} GhStreamOptions;

GhStream *gh_stream_new (const GhStreamOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_stream_free: sends close_notify when it can do so without waiting, closes the socket. */
void gh_stream_free (GhStream *stream);

/** gh_stream_handshake: 1: complete and admitted; else GhStreamStatus. */
gint gh_stream_handshake (GhStream *stream);
/** gh_stream_read, gh_stream_write: octets (> 0), or GhStreamStatus. Only after the handshake. */
gssize gh_stream_read (GhStream *stream, gpointer octets, gsize length);
gssize gh_stream_write (GhStream *stream, gconstpointer octets, gsize length);
/** gh_stream_wants: G_IO_IN or G_IO_OUT after GH_STREAM_AGAIN. gh_stream_has_pending: decrypted
 * octets wait to be read though the socket is silent. */
GIOCondition gh_stream_wants (const GhStream *stream);
gboolean gh_stream_has_pending (const GhStream *stream);
const GhFault *gh_stream_get_fault (const GhStream *stream);
guint64 gh_stream_get_id (const GhStream *stream);
int gh_stream_get_fd (const GhStream *stream);
/** gh_stream_get_principal: as gh_association_get_principal(). */
const GhPrincipal *gh_stream_get_principal (GhStream *stream);
/** gh_stream_get_end_us: wall clock: it must be closed before (its credential ends). */
gint64 gh_stream_get_end_us (const GhStream *stream);

G_END_DECLS
