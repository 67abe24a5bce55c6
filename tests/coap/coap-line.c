/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-line.h"

#include "../../plugins/coap/gh-coap-signal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

static struct sockaddr_in
loopback (guint16 port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons (port),
                               .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
}

static void
wait_for (int fd, short events)
{
  struct pollfd poll_fd = { .fd = fd, .events = events };

  g_assert_cmpint (poll (&poll_fd, 1, PATIENCE_MS), ==, 1);
}

static Line *
line_new (int fd)
{
  Line *line = g_new0 (Line, 1);

  line->fd = fd;
  line->in = g_byte_array_new ();
  line->frame = g_byte_array_new ();
  return line;
}

Line *
line_open (guint16 port)
{
  const struct sockaddr_in address = loopback (port);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_assert_cmpint (fd, >=, 0);
  if (connect (fd, (const struct sockaddr *) &address, sizeof address) != 0)
    {
      g_assert_cmpint (errno, ==, EINPROGRESS);
      wait_for (fd, POLLOUT);
    }
  return line_new (fd);
}

int
line_listen (guint16 *out_port)
{
  struct sockaddr_in address = loopback (0);
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  *out_port = ntohs (address.sin_port);
  return fd;
}

static gboolean
secure (Line *line, GhSecurity *security, GhTlsContext *context, const char *authority)
{
  const GhStreamOptions options = { .security = security,
                                    .context = context,
                                    .fd = line->fd,
                                    .authority = authority,
                                    .transport = "coaps+tcp" };
  g_autoptr (GError) error = NULL;
  gint status;

  line->tls = gh_stream_new (&options, &error);
  g_assert_no_error (error);
  while ((status = gh_stream_handshake (line->tls)) == GH_STREAM_AGAIN)
    wait_for (line->fd, gh_stream_wants (line->tls) == G_IO_OUT ? POLLOUT : POLLIN);
  return status == 1;
}

Line *
line_open_secure (guint16 port, GhSecurity *security, GhTlsContext *context)
{
  g_autofree char *authority = g_strdup_printf ("127.0.0.1:%u", port);
  Line *line = line_open (port);

  if (secure (line, security, context, authority))
    return line;
  line_free (line);
  return NULL;
}

Line *
line_accept (int fd, GhSecurity *security, GhTlsContext *context)
{
  Line *line;

  wait_for (fd, POLLIN);
  line = line_new (accept4 (fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
  g_assert_cmpint (line->fd, >=, 0);
  line->accepted = TRUE;
  if (context == NULL || secure (line, security, context, NULL))
    return line;
  line_free (line);
  return NULL;
}

void
line_free (Line *line)
{
  if (line->tls != NULL)
    gh_stream_free (line->tls);
  else
    close (line->fd);
  g_byte_array_unref (line->in);
  g_byte_array_unref (line->frame);
  g_free (line);
}

/* Octets, or -1: would block, or -2: closed. */
static gssize
write_some (Line *line, const guint8 *octets, gsize length)
{
  gssize n;

  if (line->tls != NULL)
    return gh_stream_write (line->tls, octets, length);
  n = send (line->fd, octets, length, MSG_NOSIGNAL);
  return n < 0 ? (errno == EAGAIN ? -1 : -2) : n;
}

void
line_write (Line *line, gconstpointer octets, gsize length)
{
  const guint8 *at = octets;

  while (length > 0)
    {
      gssize n = write_some (line, at, length);

      g_assert_cmpint (n, >=, -1);
      if (n < 0)
        {
          wait_for (line->fd, POLLOUT);
          continue;
        }
      at += n;
      length -= (gsize) n;
    }
}

gboolean
line_try_write (Line *line, gconstpointer octets, gsize length)
{
  return write_some (line, octets, length) == (gssize) length;
}

void
line_put (Line *line, const GhCoapMessage *message)
{
  const gsize bound = gh_coap_message_bound (message);
  g_autofree guint8 *octets = g_malloc (bound);

  line_write (line, octets, gh_coap_frame_write (message, octets, bound));
}

void
line_greet (Line *line, guint32 max_message)
{
  GhCoapMessage csm;

  gh_coap_signal_csm (&csm, max_message);
  line_put (line, &csm);
  line_expect (line, COAP_SIGNALING_CSM);
  g_assert_true (line->accepted || line_is_silent (line));
}

/* FALSE: the connection has ended. */
static gboolean
read_more (Line *line)
{
  guint8 octets[16384];
  gssize n;

  for (;;)
    {
      if (line->tls != NULL)
        n = gh_stream_read (line->tls, octets, sizeof octets);
      else
        {
          n = recv (line->fd, octets, sizeof octets, 0);
          n = n < 0 ? (errno == EAGAIN ? -1 : -2) : n;
        }
      if (n != -1)
        break;
      wait_for (line->fd, POLLIN);
    }
  line->ended = n <= 0;
  if (n > 0)
    g_byte_array_append (line->in, octets, (guint) n);
  return n > 0;
}

const GhCoapMessage *
line_get (Line *line)
{
  guint64 size;

  while ((size = gh_coap_frame_size (line->in->data, line->in->len)) == 0 || size > line->in->len)
    if (line->ended || !read_more (line))
      return NULL;
  g_byte_array_set_size (line->frame, 0);
  g_byte_array_append (line->frame, line->in->data, (guint) size);
  g_byte_array_remove_range (line->in, 0, (guint) size);
  g_assert_cmpint (gh_coap_frame_parse (&line->message, line->frame->data, line->frame->len), ==,
                   GH_COAP_PARSED);
  return &line->message;
}

const GhCoapMessage *
line_expect (Line *line, guint8 code)
{
  const GhCoapMessage *message = line_get (line);

  g_assert_nonnull (message);
  g_assert_cmpuint (message->code, ==, code);
  return message;
}

gboolean
line_is_closed (Line *line)
{
  return line_get (line) == NULL;
}

gboolean
line_is_silent (Line *line)
{
  const GhCoapMessage *message;
  GhCoapMessage ping;

  gh_coap_message_init (&ping, COAP_MESSAGE_NON, COAP_SIGNALING_PING);
  gh_coap_message_set_token (&ping, (const guint8 *) "silence", 7);
  line_put (line, &ping);
  message = line_get (line);
  return message != NULL && message->code == COAP_SIGNALING_PONG && message->token_length == 7
         && memcmp (message->token, "silence", 7) == 0;
}
