/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-gate.h"

#include "gh-bus-cost.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK   (16 * 1024)
#define MAX_FDS 253 /* that the kernel passes on at once */

struct _GhBusGate {
  int bus, inner; /* sockets; @inner is one of a pair whose other one GLib has */
  GThread *in, *out;
};

/* Descriptors that have come, and are not sent on yet. */
typedef struct {
  int fds[MAX_FDS];
  guint n;
} Descriptors;

static void
close_all (Descriptors *descriptors)
{
  for (guint i = 0; i < descriptors->n; i++)
    close (descriptors->fds[i]);
  descriptors->n = 0;
}

static void
take_descriptors (struct msghdr *message, Descriptors *descriptors)
{
  for (struct cmsghdr *each = CMSG_FIRSTHDR (message); each != NULL;
       each = CMSG_NXTHDR (message, each))
    {
      const guint n = (guint) ((each->cmsg_len - CMSG_LEN (0)) / sizeof (int));
      int fds[MAX_FDS];

      if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS || n > MAX_FDS)
        continue;
      memcpy (fds, CMSG_DATA (each), n * sizeof (int));
      for (guint i = 0; i < n; i++)
        if (descriptors->n < MAX_FDS)
          descriptors->fds[descriptors->n++] = fds[i];
        else
          close (fds[i]);
    }
}

/* Waits for octets, at most @length. 0: no more will come. */
static gsize
receive (int from, guint8 *data, gsize length, Descriptors *descriptors)
{
  union {
    char octets[CMSG_SPACE (MAX_FDS * sizeof (int))];
    struct cmsghdr header;
  } control;
  struct iovec part = { data, length };
  struct msghdr message = { .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.octets,
                            .msg_controllen = sizeof control.octets };
  gssize n;

  do
    n = recvmsg (from, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    return 0;
  take_descriptors (&message, descriptors);
  return (gsize) n;
}

static gboolean
receive_all (int from, guint8 *data, gsize length, Descriptors *descriptors)
{
  gsize n = 1;

  for (gsize at = 0; at < length && n > 0; at += n)
    n = receive (from, data + at, length - at, descriptors);
  return n > 0;
}

/* The descriptors go with the first octets. FALSE: nobody reads any more. */
static gboolean
send_all (int to, const guint8 *data, gsize length, Descriptors *descriptors)
{
  union {
    char octets[CMSG_SPACE (MAX_FDS * sizeof (int))];
    struct cmsghdr header;
  } control = { .octets = { 0 } };
  const gsize size = descriptors->n * sizeof (int);

  control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN (size),
                                     .cmsg_level = SOL_SOCKET,
                                     .cmsg_type = SCM_RIGHTS };
  memcpy (CMSG_DATA (&control.header), descriptors->fds, size);
  while (length > 0)
    {
      struct iovec part = { (gpointer) data, length };
      struct msghdr message = { .msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = descriptors->n > 0 ? control.octets : NULL,
                                .msg_controllen = descriptors->n > 0 ? CMSG_SPACE (size) : 0 };
      const gssize n = sendmsg (to, &message, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      close_all (descriptors);
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* --- to the bus: whatever it is --- */

static gpointer
run_out (gpointer data)
{
  GhBusGate *gate = data;
  Descriptors descriptors = { .n = 0 };
  guint8 chunk[CHUNK];
  gsize n;

  do
    n = receive (gate->inner, chunk, sizeof chunk, &descriptors);
  while (n > 0 && send_all (gate->bus, chunk, n, &descriptors));
  close_all (&descriptors);
  shutdown (gate->bus, SHUT_RDWR);
  shutdown (gate->inner, SHUT_RDWR);
  return NULL;
}

/* --- from the bus --- */

static gboolean
drain (const GhBusGate *gate, gsize length)
{
  Descriptors descriptors = { .n = 0 };
  guint8 chunk[CHUNK];
  gboolean more = TRUE;

  for (gsize n; length > 0 && more; length -= n)
    {
      n = MIN (length, sizeof chunk);
      more = receive_all (gate->bus, chunk, n, &descriptors);
      close_all (&descriptors);
    }
  return more;
}

static gboolean
send_stripped (const GhBusGate *gate, const guint8 *message, const GhBusHead *head)
{
  g_autoptr (GByteArray) stripped = g_byte_array_new ();
  Descriptors none = { .n = 0 };

  return !gh_bus_message_strip (message, head, stripped)
         || send_all (gate->inner, stripped->data, stripped->len, &none);
}

/* The rest of a message whose head is in @buffer. FALSE: the connection ends. */
static gboolean
pass_rest (const GhBusGate *gate, const GhBusHead *head, GByteArray *buffer,
           Descriptors *descriptors)
{
  const gboolean kept = head->complete <= GH_BUS_MAX_MESSAGE;
  const gsize size = kept ? head->complete : head->header;

  if (head->header > GH_BUS_MAX_HEADER)
    return drain (gate, head->complete - GH_BUS_HEAD);
  g_byte_array_set_size (buffer, (guint) size);
  if (!receive_all (gate->bus, buffer->data + GH_BUS_HEAD, size - GH_BUS_HEAD, descriptors))
    return FALSE;
  if (kept
      && (head->complete <= GH_BUS_SMALL_MESSAGE || gh_bus_message_is_cheap (buffer->data, head)))
    return send_all (gate->inner, buffer->data, buffer->len, descriptors);
  return drain (gate, head->complete - size) && send_stripped (gate, buffer->data, head);
}

static gboolean
pass_message (const GhBusGate *gate)
{
  g_autoptr (GByteArray) buffer = g_byte_array_new ();
  Descriptors descriptors = { .n = 0 };
  GhBusHead head;
  gboolean passed;

  g_byte_array_set_size (buffer, GH_BUS_HEAD);
  passed = receive_all (gate->bus, buffer->data, GH_BUS_HEAD, &descriptors)
           && gh_bus_head_parse (buffer->data, &head)
           && pass_rest (gate, &head, buffer, &descriptors);
  close_all (&descriptors);
  return passed;
}

/* The lines in which the bus lets us in; the first message is no answer to any of them, and no line
 * begins like one. */
static gboolean
pass_lines (const GhBusGate *gate)
{
  Descriptors none = { .n = 0 };
  guint8 octet = 0;
  gboolean begins = TRUE;

  while (recv (gate->bus, &octet, 1, MSG_PEEK) == 1)
    {
      if (begins && (octet == 'l' || octet == 'B'))
        return TRUE;
      if (receive (gate->bus, &octet, 1, &none) != 1 || !send_all (gate->inner, &octet, 1, &none))
        return FALSE;
      begins = octet == '\n';
    }
  return FALSE;
}

static gpointer
run_in (gpointer data)
{
  GhBusGate *gate = data;

  if (pass_lines (gate))
    while (pass_message (gate))
      continue;
  shutdown (gate->inner, SHUT_RDWR);
  shutdown (gate->bus, SHUT_RDWR);
  return NULL;
}

/* --- life --- */

/* What has come without its arguments is answered here, and not looked at. */
static GDBusMessage *
refuse (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  g_autoptr (GDBusMessage) answer = NULL;

  (void) user_data;
  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL
      || g_strcmp0 (g_dbus_message_get_signature (message), GH_BUS_STRIPPED) != 0)
    return message;
  answer = g_dbus_message_new_method_error (
    message, "org.freedesktop.DBus.Error.LimitsExceeded",
    "a message of at most %d octets, with at most %d values, is expected", GH_BUS_MAX_MESSAGE,
    GH_BUS_MAX_VALUES);
  g_dbus_connection_send_message (connection, answer, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (message);
  return NULL;
}

/* A socket of the bus at @address that waits, as GLib's do not; -1 with @error. */
static int
connect_to (const char *address, GError **error)
{
  g_autoptr (GIOStream) stream = g_dbus_address_get_stream_sync (address, NULL, NULL, error);
  int fd;

  if (stream == NULL)
    return -1;
  if (!G_IS_SOCKET_CONNECTION (stream))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s: a bus by a socket is expected",
                   address);
      return -1;
    }
  fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream))),
              F_DUPFD_CLOEXEC, 0);
  if (fd >= 0)
    (void) fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no descriptor is free");
  return fd;
}

/* What GLib has of it. Takes @fd. */
static GDBusConnection *
connection_of (int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) stream = NULL;
  GDBusConnection *connection;

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                             | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                           NULL, NULL, error);
  if (connection != NULL)
    g_dbus_connection_add_filter (connection, refuse, NULL, NULL);
  return connection;
}

GhBusGate *
gh_bus_gate_open (GBusType type, GDBusConnection **out_connection, GError **error)
{
  g_autofree char *address = g_dbus_address_get_for_bus_sync (type, NULL, error);
  const int bus = address != NULL ? connect_to (address, error) : -1;
  int pair[2] = { -1, -1 };
  GhBusGate *gate;

  *out_connection = NULL;
  if (bus < 0)
    return NULL;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no descriptor is free");
      close (bus);
      return NULL;
    }
  gate = g_new0 (GhBusGate, 1);
  gate->bus = bus;
  gate->inner = pair[0];
  gate->in = g_thread_new ("bus-in", run_in, gate);
  gate->out = g_thread_new ("bus-out", run_out, gate);
  *out_connection = connection_of (pair[1], error);
  if (*out_connection != NULL)
    return gate;
  gh_bus_gate_close (gate);
  return NULL;
}

void
gh_bus_gate_close (GhBusGate *gate)
{
  /* what is in it is still read */
  shutdown (gate->inner, SHUT_RD);
  g_thread_join (gate->out);
  g_thread_join (gate->in);
  close (gate->bus);
  close (gate->inner);
  g_free (gate);
}
