/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-pump.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE 16384
/* Rounds before the other connections have their turn. */
#define MAX_ROUNDS 16
/* A poll may take so long; an association ends before its credential does. */
#define END_MARGIN_US (2 * G_USEC_PER_SEC)

typedef enum { STATE_RESOLVING, STATE_CONNECTING, STATE_HANDSHAKE, STATE_OPEN } State;

/* Octets on their way in one direction. */
typedef struct {
  gsize start, end;
  char octets[BUFFER_SIZE];
} Pipe;

struct _GhHttpPump {
  GhSecurity *security;
  GhTlsContext *context;
  char *server_name, *authority, *cse_id;
  gint64 deadline_us;
  State state;
  GhHttpLookup *lookup;
  guint tried; /* addresses of it */
  guint16 port;
  int inner;
  int outer; /* until the stream has it; then -1 */
  GhPeer peer;
  GhStream *stream;
  gboolean peer_gone, busy;
  char reason[224];
  Pipe out, in;
};

static gboolean
end (GhHttpPump *pump, const char *reason)
{
  if (pump->reason[0] == '\0')
    g_strlcpy (pump->reason, reason, sizeof pump->reason);
  return FALSE;
}

void
gh_http_pump_free (GhHttpPump *pump)
{
  g_clear_pointer (&pump->stream, gh_stream_free);
  if (pump->outer >= 0)
    close (pump->outer);
  close (pump->inner);
  gh_http_lookup_unref (pump->lookup);
  gh_tls_context_unref (pump->context);
  g_free (pump->server_name);
  g_free (pump->authority);
  g_free (pump->cse_id);
  g_free (pump);
}

GhHttpPump *
gh_http_pump_new (const GhHttpPumpOptions *options)
{
  GhHttpPump *pump = g_new0 (GhHttpPump, 1);
  const char *colon = strrchr (options->authority, ':');
  guint64 port = 0;

  pump->security = options->security;
  pump->context = gh_tls_context_ref (options->context);
  pump->lookup = options->lookup;
  pump->server_name = g_strdup (options->server_name);
  pump->authority = g_strdup (options->authority);
  pump->cse_id = g_strdup (options->cse_id);
  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL))
    pump->port = (guint16) port;
  pump->deadline_us = options->deadline_us;
  pump->outer = -1;
  pump->inner = options->inner;
  return pump;
}

/* Begins to connect to the next address of the host. */
static gboolean
try_next (GhHttpPump *pump)
{
  GInetAddress *inet;

  while ((inet = gh_http_lookup_get (pump->lookup, pump->tried)) != NULL)
    {
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new (inet, pump->port);

      pump->tried++;
      if (pump->outer >= 0)
        close (pump->outer);
      pump->peer.length = (guint) g_socket_address_get_native_size (address);
      pump->outer = socket (g_socket_address_get_family (address),
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      if (pump->outer >= 0
          && g_socket_address_to_native (address, &pump->peer.address, sizeof pump->peer.address,
                                         NULL)
          && (connect (pump->outer, &pump->peer.address.any, pump->peer.length) == 0
              || errno == EINPROGRESS))
        {
          pump->state = STATE_CONNECTING;
          return TRUE;
        }
    }
  return end (pump, pump->tried == 0 ? "the host has no address" : "no connection to the host");
}

/* A target with a credential of ours gets it, every other one a client that nobody knows. */
static gboolean
begin_handshake (GhHttpPump *pump)
{
  GhVault *vault = gh_security_get_vault (pump->security);
  g_autoptr (GhCredential) credential = gh_vault_find_target (vault, pump->authority);
  g_autoptr (GError) error = NULL;
  const GhStreamOptions options = {
    .security = pump->security,
    .context = pump->context,
    .fd = pump->outer,
    .peer = &pump->peer,
    .server_name = pump->cse_id != NULL ? pump->cse_id : pump->server_name,
    .authority = credential != NULL ? pump->authority : NULL,
    .transport = "https",
  };

  pump->outer = -1;
  pump->stream = gh_stream_new (&options, &error);
  if (pump->stream == NULL)
    return end (pump, error->message);
  pump->state = STATE_HANDSHAKE;
  return TRUE;
}

static gboolean
check_connected (GhHttpPump *pump)
{
  struct pollfd waiting = { .fd = pump->outer, .events = POLLOUT };
  int code = 0;
  socklen_t size = sizeof code;

  if (poll (&waiting, 1, 0) <= 0)
    return TRUE;
  if (getsockopt (pump->outer, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    code = errno;
  return code == 0 ? begin_handshake (pump) : try_next (pump);
}

static gboolean
fail_stream (GhHttpPump *pump)
{
  const GhFault *fault = gh_stream_get_fault (pump->stream);

  return end (pump, fault != NULL && fault->set ? fault->text : "the TLS session has failed");
}

static gboolean
is_who_is_meant (const GhHttpPump *pump)
{
  const GhPrincipal *principal = pump->cse_id != NULL ? gh_stream_get_principal (pump->stream)
                                                      : NULL;

  return pump->cse_id == NULL
         || (principal != NULL && gh_principal_may_use (principal, pump->cse_id));
}

static gboolean
go_on_handshake (GhHttpPump *pump)
{
  const int result = gh_stream_handshake (pump->stream);

  if (result == 1 && !is_who_is_meant (pump))
    return end (pump, "the server does not prove the CSE-ID that is meant");
  if (result == 1)
    pump->state = STATE_OPEN;
  return result == 1 || result == GH_STREAM_AGAIN || fail_stream (pump);
}

/* libcurl's octets into the pipe. FALSE: it has closed the connection. */
static gboolean
take_inner (GhHttpPump *pump, gboolean *moved)
{
  Pipe *pipe = &pump->out;
  gssize n;

  if (pipe->start < pipe->end)
    return TRUE;
  n = recv (pump->inner, pipe->octets, sizeof pipe->octets, 0);
  if (n == 0)
    return end (pump, "closed");
  if (n < 0)
    return errno == EAGAIN || errno == EINTR || end (pump, g_strerror (errno));
  pipe->start = 0;
  pipe->end = (gsize) n;
  *moved = TRUE;
  return TRUE;
}

static gboolean
give_outer (GhHttpPump *pump, gboolean *moved)
{
  Pipe *pipe = &pump->out;
  gssize n;

  if (pipe->start == pipe->end || pump->peer_gone)
    return TRUE;
  n = gh_stream_write (pump->stream, pipe->octets + pipe->start, pipe->end - pipe->start);
  if (n == GH_STREAM_AGAIN)
    return TRUE;
  if (n <= 0)
    return fail_stream (pump);
  pipe->start += (gsize) n;
  *moved = TRUE;
  return TRUE;
}

static gboolean
take_outer (GhHttpPump *pump, gboolean *moved)
{
  Pipe *pipe = &pump->in;
  gssize n;

  if (pipe->start < pipe->end || pump->peer_gone)
    return TRUE;
  n = gh_stream_read (pump->stream, pipe->octets, sizeof pipe->octets);
  if (n == GH_STREAM_AGAIN)
    return TRUE;
  if (n == GH_STREAM_FAILED)
    return fail_stream (pump);
  pump->peer_gone = n == GH_STREAM_CLOSED;
  pipe->start = 0;
  pipe->end = n > 0 ? (gsize) n : 0;
  *moved = TRUE;
  return TRUE;
}

static gboolean
give_inner (GhHttpPump *pump, gboolean *moved)
{
  Pipe *pipe = &pump->in;
  gssize n;

  if (pipe->start == pipe->end)
    return !pump->peer_gone || end (pump, "closed by the server");
  n = send (pump->inner, pipe->octets + pipe->start, pipe->end - pipe->start, MSG_NOSIGNAL);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR || end (pump, g_strerror (errno));
  pipe->start += (gsize) n;
  *moved = n > 0;
  return TRUE;
}

static gboolean
carry (GhHttpPump *pump)
{
  const gint64 ends_us = gh_stream_get_end_us (pump->stream);
  gboolean moved = TRUE;

  if (ends_us != GH_NEVER_US
      && gh_clock_wall_us (gh_security_get_clock (pump->security)) >= ends_us - END_MARGIN_US)
    return end (pump, "a credential of the association ends");
  if (gh_stream_get_principal (pump->stream) == NULL)
    return fail_stream (pump);
  for (guint i = 0; i < MAX_ROUNDS && moved; i++)
    {
      moved = FALSE;
      if (!take_inner (pump, &moved) || !give_outer (pump, &moved) || !take_outer (pump, &moved)
          || !give_inner (pump, &moved))
        return FALSE;
    }
  pump->busy = moved;
  return TRUE;
}

gboolean
gh_http_pump_is_busy (const GhHttpPump *pump)
{
  return pump->busy;
}

gboolean
gh_http_pump_run (GhHttpPump *pump)
{
  if (pump->state == STATE_RESOLVING && gh_http_lookup_is_done (pump->lookup) && !try_next (pump))
    return FALSE;
  if (pump->state == STATE_CONNECTING && !check_connected (pump))
    return FALSE;
  if (pump->state == STATE_HANDSHAKE && !go_on_handshake (pump))
    return FALSE;
  if (pump->state == STATE_OPEN)
    return carry (pump);
  return g_get_monotonic_time () < pump->deadline_us
         || end (pump, pump->state == STATE_HANDSHAKE ? "time-out of the TLS handshake"
                                                      : "time-out of the connection");
}

gboolean
gh_http_pump_is_resolving (const GhHttpPump *pump)
{
  return pump->state == STATE_RESOLVING;
}

guint
gh_http_pump_poll (const GhHttpPump *pump, struct curl_waitfd out[GH_HTTP_PUMP_DESCRIPTORS])
{
  const gboolean sending = pump->out.start < pump->out.end;
  const gboolean receiving = pump->in.start < pump->in.end;
  const gboolean writes = pump->stream != NULL && gh_stream_wants (pump->stream) == G_IO_OUT;

  if (pump->state == STATE_RESOLVING)
    return 0;
  if (pump->state == STATE_CONNECTING)
    {
      out[0] = (struct curl_waitfd){ .fd = pump->outer, .events = CURL_WAIT_POLLOUT };
      return 1;
    }
  out[0] = (struct curl_waitfd){ .fd = gh_stream_get_fd (pump->stream) };
  if (pump->state == STATE_HANDSHAKE)
    {
      out[0].events = writes ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN;
      return 1;
    }
  out[0].events = (short) ((receiving ? 0 : CURL_WAIT_POLLIN) | (sending ? CURL_WAIT_POLLOUT : 0));
  out[1] = (struct curl_waitfd){ .fd = pump->inner };
  out[1].events = (short) ((sending ? 0 : CURL_WAIT_POLLIN) | (receiving ? CURL_WAIT_POLLOUT : 0));
  return 2;
}

const char *
gh_http_pump_get_reason (const GhHttpPump *pump)
{
  return pump->reason[0] != '\0' ? pump->reason : NULL;
}

gboolean
gh_http_pump_was_open (const GhHttpPump *pump)
{
  return pump->state == STATE_OPEN;
}

const GhPrincipal *
gh_http_pump_get_principal (GhHttpPump *pump)
{
  return pump->state == STATE_OPEN ? gh_stream_get_principal (pump->stream) : NULL;
}

guint64
gh_http_pump_get_association (const GhHttpPump *pump)
{
  return pump->state == STATE_OPEN ? gh_stream_get_id (pump->stream) : 0;
}
