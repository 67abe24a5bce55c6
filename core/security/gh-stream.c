/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/gh-log.h"
#include "security/gh-datagram-private.h"

/* What a peer may send at a stretch without anything to show for it (warnings, tickets): then
 * others have their turn. */
#define MAX_TURNS 64

struct _GhStream {
  GhSecurity *security;
  const char *transport;
  int fd;
  GhPeer peer; /* length 0: not known */
  guint64 id;
  gnutls_session_t session;
  GhTlsSession *tls;
  GhAdmission admission;
  GhFault fault;
  gsize unsent; /* octets that GnuTLS has taken and must be called for again */
  gboolean client, admitted, remembered, closed;
  gboolean dry; /* the socket had nothing more to read */
};

static ssize_t
push (gnutls_transport_ptr_t pointer, const void *octets, size_t length)
{
  const GhStream *stream = pointer;
  ssize_t n = send (stream->fd, octets, length, MSG_NOSIGNAL);
  if (n < 0)
    gnutls_transport_set_errno (stream->session, errno);
  return n;
}

static ssize_t
pull (gnutls_transport_ptr_t pointer, void *out, size_t size)
{
  GhStream *stream = pointer;
  ssize_t n = recv (stream->fd, out, size, 0);
  if (n < 0)
    {
      stream->dry = errno == EAGAIN;
      gnutls_transport_set_errno (stream->session, errno);
    }
  return n;
}

/* Never waits: GnuTLS asks it for whether it may read. */
static int
pull_timeout (gnutls_transport_ptr_t pointer, unsigned milliseconds)
{
  const GhStream *stream = pointer;
  char octet;
  (void) milliseconds;
  ssize_t n = recv (stream->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || errno != EAGAIN;
}

GhStream *
gh_stream_new (const GhStreamOptions *options, GError **error)
{
  GhStream *stream = g_new0 (GhStream, 1);
  stream->security = options->security;
  stream->transport = options->transport;
  stream->fd = options->fd;
  stream->client = options->context->role == GH_TLS_CLIENT;
  stream->id = gh_security_next_association_id (options->security);
  if (options->peer != NULL)
    stream->peer = *options->peer;
  int status = gnutls_init (&stream->session, gh_tls_context_init_flags (options->context));
  if (status < 0)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, gnutls_strerror (status));
      stream->session = NULL;
      gh_stream_free (stream);
      return NULL;
    }
  gnutls_transport_set_ptr (stream->session, stream);
  gnutls_transport_set_push_function (stream->session, push);
  gnutls_transport_set_pull_function (stream->session, pull);
  gnutls_transport_set_pull_timeout_function (stream->session, pull_timeout);
  gnutls_handshake_set_timeout (stream->session, GNUTLS_INDEFINITE_TIMEOUT);
  stream->tls = gh_tls_session_new (options->context, stream->session, options->server_name,
                                    options->authority, error);
  if (stream->tls != NULL)
    return stream;
  gh_stream_free (stream);
  return NULL;
}

static void
say_closed (GhStream *stream, const char *reason)
{
  if (stream->admitted && !stream->closed)
    gh_security_association_closed (stream->security, stream->id, reason);
  stream->closed = TRUE;
}

void
gh_stream_free (GhStream *stream)
{
  if (stream->admitted && !stream->closed && stream->unsent == 0)
    gnutls_bye (stream->session, GNUTLS_SHUT_WR);
  say_closed (stream, "closed");
  if (stream->session != NULL)
    gnutls_deinit (stream->session);
  if (stream->tls != NULL)
    gh_tls_session_free (stream->tls);
  gh_admission_clear (&stream->admission);
  if (stream->fd >= 0)
    close (stream->fd);
  g_free (stream);
}

static gint
fail (GhStream *stream, const char *reason)
{
  gh_fault_set (&stream->fault, GH_ERROR_UNREACHABLE, "%s", reason);
  say_closed (stream, "closed for an error");
  return GH_STREAM_FAILED;
}

static void
report_open (GhStream *stream)
{
  char suite[96], peer[64] = "";
  gh_tls_session_describe (stream->tls, suite, sizeof suite);
  if (stream->peer.length > 0)
    gh_peer_to_text (&stream->peer, peer, sizeof peer);
  GhClock *clock = gh_security_get_clock (stream->security);
  GhAssociationInfo info = { .id = stream->id,
                             .transport = stream->transport,
                             .peer = peer,
                             .suite = suite,
                             .resumed = gh_tls_session_is_resumed (stream->tls),
                             .client = stream->client,
                             .since_us = gh_clock_wall_us (clock) };
  gh_admission_describe (&stream->admission, &info);
  gh_security_association_opened (stream->security, &info);
}

static gint
admit (GhStream *stream)
{
  g_autoptr (GInetAddress) address = stream->peer.length > 0 ? gh_peer_to_address (&stream->peer)
                                                             : NULL;
  if (!gh_tls_session_admit (stream->tls, address, stream->id, &stream->admission, &stream->fault))
    {
      gnutls_alert_send (stream->session, GNUTLS_AL_FATAL, GNUTLS_A_ACCESS_DENIED);
      return GH_STREAM_FAILED;
    }
  stream->admitted = TRUE;
  report_open (stream);
  return 1;
}

gint
gh_stream_handshake (GhStream *stream)
{
  int status;
  guint turns = 0;
  if (stream->fault.set)
    return GH_STREAM_FAILED;
  if (stream->admitted)
    return 1;
  do
    status = gnutls_handshake (stream->session);
  while (status < 0 && status != GNUTLS_E_AGAIN && gnutls_error_is_fatal (status) == 0
         && ++turns < MAX_TURNS);
  if (status >= 0)
    return admit (stream);
  if (gnutls_error_is_fatal (status) == 0)
    return GH_STREAM_AGAIN;
  gnutls_alert_send_appropriate (stream->session, status);
  return fail (stream, gnutls_strerror (status));
}

/* Busy or idle, it ends with its credential. */
static gboolean
is_usable (GhStream *stream)
{
  if (stream->fault.set)
    return FALSE;
  if (!stream->admitted)
    {
      fail (stream, "the handshake is not complete");
      return FALSE;
    }
  if (gh_clock_wall_us (gh_security_get_clock (stream->security)) < stream->admission.ends_us)
    return TRUE;
  fail (stream, "its credential ends");
  return FALSE;
}

gssize
gh_stream_read (GhStream *stream, gpointer octets, gsize length)
{
  gssize n;
  guint turns = 0;
  if (!is_usable (stream))
    return GH_STREAM_FAILED;
  stream->dry = FALSE;
  /* A ticket, or a warning, is nothing to read; what follows it may be. */
  do
    n = gnutls_record_recv (stream->session, octets, length);
  while (n < 0 && !stream->dry && n != GNUTLS_E_REHANDSHAKE && gnutls_error_is_fatal ((int) n) == 0
         && ++turns < MAX_TURNS);
  if (n > 0)
    {
      /* Under TLS 1.3 the ticket comes after the handshake, ahead of the first octets. */
      if (stream->client && !stream->remembered)
        gh_tls_session_remember (stream->tls);
      stream->remembered = TRUE;
      return n;
    }
  if (n < 0 && n != GNUTLS_E_REHANDSHAKE && gnutls_error_is_fatal ((int) n) == 0)
    return GH_STREAM_AGAIN;
  if (n == 0)
    {
      say_closed (stream, "closed by the peer");
      return GH_STREAM_CLOSED;
    }
  /* Renegotiation would change who the peer is: never. */
  if (n == GNUTLS_E_REHANDSHAKE)
    gnutls_alert_send (stream->session, GNUTLS_AL_FATAL, GNUTLS_A_NO_RENEGOTIATION);
  return fail (stream, gnutls_strerror ((int) n));
}

/* What GnuTLS could not send it keeps, and asks for a call without octets. */
gssize
gh_stream_write (GhStream *stream, gconstpointer octets, gsize length)
{
  gssize n;
  if (!is_usable (stream))
    return GH_STREAM_FAILED;
  if (length == 0)
    return 0;
  do
    n = stream->unsent > 0 ? gnutls_record_send (stream->session, NULL, 0)
                           : gnutls_record_send (stream->session, octets, length);
  while (n == GNUTLS_E_INTERRUPTED);
  if (n > 0)
    {
      stream->unsent = 0;
      return n;
    }
  if (n != GNUTLS_E_AGAIN)
    return fail (stream, n < 0 ? gnutls_strerror ((int) n) : "nothing could be sent");
  stream->unsent = length;
  return GH_STREAM_AGAIN;
}

GIOCondition
gh_stream_wants (const GhStream *stream)
{
  return gnutls_record_get_direction (stream->session) == 1 ? G_IO_OUT : G_IO_IN;
}

gboolean
gh_stream_has_pending (const GhStream *stream)
{
  return gnutls_record_check_pending (stream->session) > 0;
}

const GhFault *
gh_stream_get_fault (const GhStream *stream)
{
  return &stream->fault;
}

guint64
gh_stream_get_id (const GhStream *stream)
{
  return stream->id;
}

int
gh_stream_get_fd (const GhStream *stream)
{
  return stream->fd;
}

const GhPrincipal *
gh_stream_get_principal (GhStream *stream)
{
  if (!stream->admitted || stream->fault.set)
    return NULL;
  if (gh_security_still_admitted (stream->security, &stream->admission, &stream->fault))
    return stream->admission.principal;
  say_closed (stream, "no longer admitted");
  return NULL;
}

gint64
gh_stream_get_end_us (const GhStream *stream)
{
  return stream->admission.ends_us;
}
