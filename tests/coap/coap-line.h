/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../../plugins/coap/gh-coap-message.h"

#include "security/gh-stream.h"

G_BEGIN_DECLS

/* A peer over TCP or TLS whose octets the test holds in its hands. */

typedef struct {
  int fd;        /* does not block */
  GhStream *tls; /* NULL: not protected */
  GByteArray *in;
  GByteArray *frame; /* what @message points into */
  GhCoapMessage message;
  gboolean accepted, ended;
} Line;

/** line_open: a connection with @port of 127.0.0.1. */
Line *line_open (guint16 port);
/** line_open_secure: NULL: the handshake failed, or the connection ended in it. */
Line *line_open_secure (guint16 port, GhSecurity *security, GhTlsContext *context);
/** line_listen: a socket on a free port. */
int line_listen (guint16 *out_port);
/** line_accept: the next connection that comes; @context: (nullable): NULL: no handshake */
Line *line_accept (int fd, GhSecurity *security, GhTlsContext *context);
void line_free (Line *line);

void line_write (Line *line, gconstpointer octets, gsize length);
/** line_try_write: FALSE: the peer takes no more, or has closed. Does not wait. */
gboolean line_try_write (Line *line, gconstpointer octets, gsize length);
void line_put (Line *line, const GhCoapMessage *message);
/** line_greet: sends a CSM, takes the one of the peer, and, of a connection that was opened here,
 * sees that ours was taken. */
void line_greet (Line *line, guint32 max_message);
/** line_get: the next frame; NULL: the connection has ended. */
const GhCoapMessage *line_get (Line *line);
/** line_expect: the next frame, which has this code. */
const GhCoapMessage *line_expect (Line *line, guint8 code);
/** line_is_closed: the connection ends without another frame. */
gboolean line_is_closed (Line *line);
/** line_is_silent: nothing comes before the answer to a Ping. */
gboolean line_is_silent (Line *line);

G_END_DECLS
