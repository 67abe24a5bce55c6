/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "association-fixture.h"

/* tls-peer PROFILE [tickets]: both associations layers with one profile, for programs of others to
 * talk to. Everybody is admitted who passes the profile. Commands on standard input, an answer line
 * each: ?                      associations from outside since the last one: "in N SUITE" out
 * stream|datagram PORT psk|x509|rpk   a connection to 127.0.0.1: "out SUITE" or "out - WHY"
 */

#define KEY "0123456789abcdef"

enum { MAX_STREAMS = 64, OUT_MS = 4000 };

typedef struct {
  GhSecurity *security;
  GhTlsContext *stream_server, *datagram_server, *stream_client, *datagram_client;
  GhDatagramLayer *layer;
  int tcp, udp;
  GPtrArray *streams; /* of GhStream, from outside */
  gboolean tickets;
  guint n_in;
  char suite[96];
  char *out; /* how the outgoing datagram handshake ended */
} Peer;

static GhCredential *anybody;

static GhSecurityPlugin *
prover_create (const GhSecurityHost *host, GError **error)
{
  (void) error;
  return g_memdup2 (host, sizeof *host);
}

static void
prover_free (GhSecurityPlugin *plugin)
{
  g_free (plugin);
}

static void
claim_anybody (GhClaim *claim, GhProof proof)
{
  *claim = (GhClaim){ .proof = proof,
                      .credential = gh_credential_ref (anybody),
                      .not_after_us = GH_NEVER_US };
}

static GhKeyStatus
prover_lookup (GhSecurityPlugin *plugin, const GhKeyQuery *query, GhSecret **key, GhClaim *claim)
{
  (void) plugin;
  (void) query;
  claim_anybody (claim, GH_PROOF_PSK);
  *key = gh_secret_ref (anybody->secret);
  return GH_KEY_FOUND;
}

static gboolean
prover_judge (GhSecurityPlugin *plugin, const GhPeerEvidence *evidence, GhClaim *claim,
              GhFault *fault)
{
  (void) plugin;
  (void) fault;
  claim_anybody (claim, evidence->chain != NULL ? GH_PROOF_X509 : GH_PROOF_RPK);
  return TRUE;
}

static const GhSecurityOps everybody = {
  .struct_size = sizeof (GhSecurityOps),
  .name = "everybody",
  .credential_kinds = 1u << GH_CREDENTIAL_PSK | 1u << GH_CREDENTIAL_X509 | 1u << GH_CREDENTIAL_RPK,
  .create = prover_create,
  .free = prover_free,
  .psk_lookup = prover_lookup,
  .judge_peer = prover_judge,
};

static void
keep_suite (const GhAssociationInfo *info, gpointer user_data)
{
  g_strlcpy (user_data, info->suite, sizeof ((Peer *) NULL)->suite);
}

static void
find_suite (Peer *peer, guint64 id)
{
  gh_security_list_associations (peer->security, id - 1, 1, keep_suite, peer->suite);
}

static void
peer_send (gpointer user_data, const GhPeer *to, gconstpointer octets, gsize length)
{
  const Peer *peer = user_data;
  if (sendto (peer->udp, octets, length, 0, &to->address.any, to->length) < 0)
    return;
}

static void
peer_opened (gpointer user_data, GhAssociation *association)
{
  Peer *peer = user_data;
  find_suite (peer, gh_association_get_id (association));
  if (gh_association_is_client (association))
    peer->out = g_strdup (peer->suite);
  else
    peer->n_in++;
}

static void
peer_received (gpointer user_data, GhAssociation *association, const guint8 *octets, gsize length)
{
  (void) user_data;
  gh_association_send (association, octets, length);
}

static void
peer_closed (gpointer user_data, GhAssociation *association, const char *reason)
{
  Peer *peer = user_data;
  if (gh_association_is_client (association) && peer->out == NULL)
    peer->out = g_strdup_printf ("- %s", reason);
}

static const GhDatagramOps peer_ops = { .struct_size = sizeof (GhDatagramOps),
                                        .send = peer_send,
                                        .opened = peer_opened,
                                        .received = peer_received,
                                        .closed = peer_closed };

static int
bind_socket (int type)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  if (type == SOCK_STREAM)
    g_assert_cmpint (listen (fd, 16), ==, 0);
  return fd;
}

static guint16
port_of (int fd)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  return ntohs (address.sin_port);
}

/* Returns: whether something was done. */
static gboolean
serve_datagrams (Peer *peer)
{
  guint8 octets[4096];
  GhPeer from;
  memset (&from, 0, sizeof from);
  from.length = sizeof from.address.v4;
  ssize_t n = recvfrom (peer->udp, octets, sizeof octets, 0, &from.address.any, &from.length);
  gh_datagram_layer_tick (peer->layer);
  if (n > 0)
    gh_datagram_layer_feed (peer->layer, &from, octets, (gsize) n);
  return n > 0;
}

static gboolean
accept_stream (Peer *peer)
{
  g_autoptr (GError) error = NULL;
  int fd = accept4 (peer->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 || peer->streams->len >= MAX_STREAMS)
    return FALSE;
  GhStreamOptions options = {
    .security = peer->security, .context = peer->stream_server, .fd = fd, .transport = "coaps+tcp"
  };
  GhStream *stream = gh_stream_new (&options, &error);
  g_assert_no_error (error);
  g_ptr_array_add (peer->streams, stream);
  return TRUE;
}

/* Returns: whether it goes on. */
static gboolean
serve_stream (Peer *peer, GhStream *stream)
{
  gboolean was_open = gh_stream_get_end_us (stream) != 0;
  gint status = gh_stream_handshake (stream);
  if (status == GH_STREAM_FAILED)
    return FALSE;
  if (status == 1 && !was_open)
    {
      peer->n_in++;
      find_suite (peer, gh_stream_get_id (stream));
    }
  char octets[4096];
  gssize n = GH_STREAM_AGAIN;
  while (status == 1 && (n = gh_stream_read (stream, octets, sizeof octets)) > 0)
    if (gh_stream_write (stream, octets, (gsize) n) < 0)
      return FALSE;
  return n == GH_STREAM_AGAIN;
}

static gboolean
serve (Peer *peer)
{
  gboolean did = serve_datagrams (peer) | accept_stream (peer);
  for (guint i = peer->streams->len; i > 0; i--)
    if (!serve_stream (peer, g_ptr_array_index (peer->streams, i - 1)))
      g_ptr_array_remove_index_fast (peer->streams, i - 1);
  return did;
}

static void
wait_for (Peer *peer, int extra, int milliseconds)
{
  struct pollfd fds[MAX_STREAMS + 3] = { { peer->tcp, POLLIN, 0 },
                                         { peer->udp, POLLIN, 0 },
                                         { extra, POLLIN, 0 } };
  nfds_t n = 3;
  for (guint i = 0; i < peer->streams->len; i++)
    fds[n++] = (struct pollfd){ gh_stream_get_fd (g_ptr_array_index (peer->streams, i)), POLLIN,
                                0 };
  if (poll (fds, n, milliseconds) < 0)
    return;
}

static void
connect_stream (Peer *peer, const GhPeer *to, const char *authority)
{
  g_autoptr (GError) error = NULL;
  GTimer *timer = g_timer_new ();
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  GhStreamOptions options = { .security = peer->security,
                              .context = peer->stream_client,
                              .fd = fd,
                              .server_name = "localhost",
                              .authority = authority,
                              .transport = "coaps+tcp" };
  if (connect (fd, &to->address.any, to->length) < 0)
    perror ("connect");
  fcntl (fd, F_SETFL, O_NONBLOCK);
  GhStream *stream = gh_stream_new (&options, &error);
  g_assert_no_error (error);
  gint status;
  while ((status = gh_stream_handshake (stream)) == GH_STREAM_AGAIN
         && g_timer_elapsed (timer, NULL) * 1000 < OUT_MS)
    wait_for (peer, fd, 100);
  if (status == 1)
    find_suite (peer, gh_stream_get_id (stream));
  if (status == 1)
    printf ("out %s\n", peer->suite);
  else
    printf ("out - %s\n", gh_stream_get_fault (stream)->text);
  gh_stream_free (stream);
  g_timer_destroy (timer);
}

static void
connect_datagram (Peer *peer, const GhPeer *to, const char *authority)
{
  g_autoptr (GError) error = NULL;
  GTimer *timer = g_timer_new ();
  g_clear_pointer (&peer->out, g_free);
  GhAssociation *association = gh_datagram_layer_connect (peer->layer, to, "localhost", authority,
                                                          &error);
  g_assert_no_error (error);
  guint64 id = gh_association_get_id (association);
  while (peer->out == NULL && g_timer_elapsed (timer, NULL) * 1000 < OUT_MS)
    {
      serve (peer);
      if (peer->out == NULL)
        wait_for (peer, -1, 50);
    }
  printf ("out %s\n", peer->out != NULL ? peer->out : "- nothing");
  association = gh_datagram_layer_find (peer->layer, id);
  if (association != NULL)
    gh_association_close (association, "done");
  g_timer_destroy (timer);
}

static void
obey (Peer *peer, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  if (strcmp (line, "?") == 0)
    {
      while (serve (peer))
        ;
      printf ("in %u %s\n", peer->n_in, peer->n_in > 0 ? peer->suite : "-");
      peer->n_in = 0;
    }
  else if (g_strv_length (words) == 4)
    {
      GhPeer to = fixture_peer ("127.0.0.1", (guint16) atoi (words[2]));
      g_autofree char *authority = g_strdup_printf ("%s:1", words[3]);
      if (strcmp (words[1], "stream") == 0)
        connect_stream (peer, &to, authority);
      else
        connect_datagram (peer, &to, authority);
    }
  fflush (stdout);
}

static GhTlsContext *
context_new (Peer *peer, const char *profile, GhTlsRole role, gboolean datagram)
{
  FixtureOptions options = { .profile = profile, .ticket_s = peer->tickets ? 3600 : G_MAXUINT };
  return fixture_context (peer->security, role, datagram, &options);
}

static void
peer_init (Peer *peer, const char *profile)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhClock) clock = gh_clock_new_system ();
  peer->security = fixture_security_with (clock, NULL, &everybody);
  GhVault *vault = gh_security_get_vault (peer->security);
  anybody = fixture_add_psk (vault, "client@example.org", "psk:1", KEY);
  fixture_add_client_keys (vault, "x509:1", "rpk:1");
  peer->stream_server = context_new (peer, profile, GH_TLS_SERVER, FALSE);
  peer->stream_client = context_new (peer, profile, GH_TLS_CLIENT, FALSE);
  peer->datagram_server = context_new (peer, profile, GH_TLS_SERVER, TRUE);
  peer->datagram_client = context_new (peer, profile, GH_TLS_CLIENT, TRUE);
  peer->tcp = bind_socket (SOCK_STREAM);
  peer->udp = bind_socket (SOCK_DGRAM);
  peer->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_stream_free);
  GhDatagramOptions options = { .security = peer->security,
                                .server = peer->datagram_server,
                                .client = peer->datagram_client,
                                .max_associations = 100000,
                                .max_per_source = 100000,
                                .max_handshakes = 100000,
                                .transport = "coaps" };
  peer->layer = gh_datagram_layer_new (&options, &peer_ops, peer);
}

static void
peer_clear (Peer *peer)
{
  g_ptr_array_unref (peer->streams);
  gh_datagram_layer_free (peer->layer);
  gh_tls_context_unref (peer->stream_server);
  gh_tls_context_unref (peer->stream_client);
  gh_tls_context_unref (peer->datagram_server);
  gh_tls_context_unref (peer->datagram_client);
  gh_credential_unref (anybody);
  gh_security_free (peer->security);
  close (peer->tcp);
  close (peer->udp);
  g_free (peer->out);
}

int
main (int argc, char **argv)
{
  Peer peer = { 0 };
  char input[512];
  gsize filled = 0;
  if (argc < 2 || argc > 3 || gh_tls_profile_find (argv[1]) == NULL)
    {
      fprintf (stderr, "usage: tls-peer onem2m|lwm2m|modern [tickets]\n");
      return 2;
    }
  peer.tickets = argc == 3;
  peer_init (&peer, argv[1]);
  printf ("ports %u %u\n", port_of (peer.tcp), port_of (peer.udp));
  fflush (stdout);
  fcntl (0, F_SETFL, O_NONBLOCK);
  for (;;)
    {
      serve (&peer);
      ssize_t n = read (0, input + filled, sizeof input - 1 - filled);
      if (n == 0)
        break;
      filled += n > 0 ? (gsize) n : 0;
      input[filled] = '\0';
      char *end = strchr (input, '\n');
      if (end != NULL)
        {
          *end = '\0';
          obey (&peer, input);
          filled = 0;
        }
      else
        {
          wait_for (&peer, 0, 200);
        }
    }
  peer_clear (&peer);
  return 0;
}
