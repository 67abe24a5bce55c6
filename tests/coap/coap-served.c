/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "coap-served.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
served_open_socket (guint16 port)
{
  const struct timeval patience = { .tv_sec = 20 };
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

void
served_set_up (Served *bench, const char *option)
{
  const char *const options[] = { "coap.listen=127.0.0.1:0", option, NULL };
  g_autoptr (GError) error = NULL;

  memset (bench, 0, sizeof *bench);
  bench->core = fake_core_new (options);
  bench->transport = gh_coap_transport_ops.create (fake_core_host (bench->core), &error);
  g_assert_no_error (error);
  gh_coap_transport_ops.start (bench->transport, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (fake_core_url (bench->core, 0), "coap://127.0.0.1:"));
  bench->fd = served_open_socket (fake_core_port (bench->core));
}

void
served_tear_down (Served *bench)
{
  gh_coap_transport_ops.stop (bench->transport);
  gh_coap_transport_ops.free (bench->transport);
  fake_core_free (bench->core);
  close (bench->fd);
}

/* @path: one segment behind "cse". */
GhCoapMessage
served_request (Served *bench, guint8 code, const char *name)
{
  GhCoapMessage message;

  gh_coap_message_init (&message, COAP_MESSAGE_CON, code);
  message.message_id = ++bench->next_id;
  gh_coap_message_set_token (&message, (const guint8 *) "abcd", 4);
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "cse", 3));
  g_assert_true (gh_coap_message_add (&message, COAP_OPTION_URI_PATH, name, strlen (name)));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_RQI, "r1", 2));
  g_assert_true (gh_coap_message_add (&message, GH_COAP_OPTION_FR, "CAE", 3));
  return message;
}

void
served_put (int fd, const GhCoapMessage *message)
{
  guint8 octets[GH_COAP_MAX_DATAGRAM];
  gsize length = gh_coap_message_write (message, octets, sizeof octets);

  g_assert_cmpuint (length, >, 0);
  g_assert_cmpint (send (fd, octets, length, 0), ==, (gssize) length);
}

const GhCoapMessage *
served_get (Served *bench, int fd)
{
  gssize length = recv (fd, bench->octets, sizeof bench->octets, 0);

  g_assert_cmpint (length, >, 0);
  g_assert_cmpint (gh_coap_message_parse (&bench->answer, bench->octets, (gsize) length), ==,
                   GH_COAP_PARSED);
  return &bench->answer;
}
