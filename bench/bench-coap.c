/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "../plugins/coap/gh-coap-config.h"
#include "../plugins/coap/gh-coap-map.h"
#include "../plugins/coap/gh-coap-transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "association-fixture.h"

/* Retrieves over CoAP, plain and over DTLS-PSK: the transport before a core that answers at once,
 * and libcoap's own server with the same payload, each before the same generator, which checks
 * every payload. One line of CSV a run: requests a second, and CPU time of the server's thread a
 * request. */

#define IDENTITY "bench@example.org"
#define KEY      "0123456789abcdef"
#define PAYLOAD  300

static const GhConfigKey keys[] = { GH_COAP_CONFIG_KEYS, { NULL } };
static char payload[PAYLOAD + 1];

/* What a server's thread has used, from inside it. */
typedef struct {
  guint64 requests;
  gint64 cpu_ns;
} Usage;

static Usage usage;

static void
count (void)
{
  struct timespec now;

  if (usage.requests % 64 == 0)
    {
      clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
      __atomic_store_n (&usage.cpu_ns, now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec,
                        __ATOMIC_RELAXED);
    }
  __atomic_add_fetch (&usage.requests, 1, __ATOMIC_RELAXED);
}

/* The transport. */

typedef struct {
  GhTransportHost host;
  GhTransport *transport;
  GhBuffer *body;
  guint16 port;
} Ours;

static void
dispatch (gpointer data, GhRequest *request, const GhPrincipal *principal, GhReplyFunc reply,
          gpointer user_data)
{
  Ours *ours = data;
  const GhResponse response = { .status = GH_RSC_OK,
                                .request_identifier = request->request_identifier,
                                .body = ours->body->data,
                                .body_length = ours->body->length,
                                .buffer = ours->body };

  count ();
  reply (&response, user_data);
  gh_request_free (request);
}

static GhPrincipal *
authenticate (gpointer data, GInetAddress *peer)
{
  return gh_principal_new_claimed (peer);
}

static void
listening (gpointer data, const char *url)
{
  ((Ours *) data)->port = (guint16) g_ascii_strtoull (strrchr (url, ':') + 1, NULL, 10);
}

static void
start_ours (Ours *ours, GhSecurity *security, gboolean secure)
{
  g_autoptr (GError) error = NULL;
  GhConfig *config = gh_config_new (keys);

  memset (ours, 0, sizeof *ours);
  ours->body = gh_buffer_new (payload, PAYLOAD);
  ours->host = (GhTransportHost){ .struct_size = sizeof ours->host,
                                  .core = ours,
                                  .config = config,
                                  .clock = gh_clock_new_system (),
                                  .development = !secure,
                                  .cse_id = "id-in",
                                  .cse_name = "cse",
                                  .dispatch = dispatch,
                                  .authenticate_plain = authenticate,
                                  .listening = listening,
                                  .security = security };
  if (!gh_config_set (config, "coap", secure ? "listen-secure" : "listen", "127.0.0.1:0", &error)
      || !gh_config_set (config, "coap", "threads", "1", &error))
    g_error ("%s", error->message);
  ours->transport = gh_coap_transport_ops.create (&ours->host, &error);
  if (!gh_coap_transport_ops.start (ours->transport, &error))
    g_error ("%s", error->message);
}

static void
stop_ours (Ours *ours)
{
  gh_coap_transport_ops.stop (ours->transport);
  gh_coap_transport_ops.free (ours->transport);
  gh_buffer_unref (ours->body);
  gh_config_unref ((GhConfig *) ours->host.config);
  gh_clock_unref (ours->host.clock);
}

/* libcoap's server. */

typedef struct {
  GThread *thread;
  coap_context_t *context;
  guint16 port;
  gboolean stop;
} Bare;

static void
answer (coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
        const coap_string_t *query, coap_pdu_t *response)
{
  count ();
  coap_pdu_set_code (response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data (response, PAYLOAD, (const guint8 *) payload);
}

static gpointer
run_bare (gpointer data)
{
  Bare *bare = data;

  while (!g_atomic_int_get (&bare->stop))
    coap_io_process (bare->context, 50);
  return NULL;
}

static guint16
free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_DGRAM, 0);

  if (bind (fd, (struct sockaddr *) &address, length) != 0
      || getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    g_error ("%s", g_strerror (errno));
  close (fd);
  return ntohs (address.sin_port);
}

static void
start_bare (Bare *bare, gboolean secure)
{
  coap_address_t address;
  coap_resource_t *resource;

  memset (bare, 0, sizeof *bare);
  bare->port = free_port ();
  bare->context = coap_new_context (NULL);
  coap_address_init (&address);
  address.size = sizeof address.addr.sin;
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.addr.sin.sin_port = htons (bare->port);
  if (secure)
    coap_context_set_psk (bare->context, "hint", (const guint8 *) KEY, strlen (KEY));
  if (coap_new_endpoint (bare->context, &address, secure ? COAP_PROTO_DTLS : COAP_PROTO_UDP)
      == NULL)
    g_error ("libcoap: no endpoint");
  resource = coap_resource_init (coap_make_str_const ("cse/a"), 0);
  coap_register_request_handler (resource, COAP_REQUEST_GET, answer);
  coap_add_resource (bare->context, resource);
  bare->thread = g_thread_new ("bare", run_bare, bare);
}

static void
stop_bare (Bare *bare)
{
  g_atomic_int_set (&bare->stop, TRUE);
  g_thread_join (bare->thread);
  coap_free_context (bare->context);
}

/* The generator: peers that ask again when they have their answer. */

typedef struct {
  int fd;
  GhDatagramLayer *layer; /* NULL: plain */
  GhAssociation *association;
  GhPeer server;
  gboolean oneM2M;
  guint16 next_id;
  guint64 answers, wrong;
} Client;

static void
client_ask (Client *client)
{
  guint8 octets[512];
  GhCoapMessage message;
  gsize length;

  gh_coap_message_init (&message, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);
  message.message_id = client->next_id++;
  gh_coap_message_set_token (&message, (const guint8 *) &message.message_id, 2);
  (void) gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "cse", 3);
  (void) gh_coap_message_add (&message, COAP_OPTION_URI_PATH, "a", 1);
  if (client->oneM2M)
    {
      (void) gh_coap_message_add (&message, GH_COAP_OPTION_FR, "CTester", 7);
      (void) gh_coap_message_add (&message, GH_COAP_OPTION_RQI, "request-1", 9);
      (void) gh_coap_message_add (&message, GH_COAP_OPTION_RVI, "3", 1);
    }
  length = gh_coap_message_write (&message, octets, sizeof octets);
  if (client->layer != NULL)
    (void) gh_association_send (client->association, octets, length);
  else
    (void) !send (client->fd, octets, length, 0);
}

static void
client_take (Client *client, const guint8 *octets, gsize length)
{
  GhCoapMessage message;

  if (gh_coap_message_parse (&message, octets, length) != GH_COAP_PARSED
      || message.code != COAP_RESPONSE_CODE_CONTENT || message.payload_length != PAYLOAD
      || memcmp (message.payload, payload, PAYLOAD) != 0
      || message.message_id != (guint16) (client->next_id - 1))
    client->wrong++;
  client->answers++;
  client_ask (client);
}

static void
layer_send (gpointer user_data, const GhPeer *peer, gconstpointer octets, gsize length)
{
  (void) !send (((Client *) user_data)->fd, octets, length, 0);
}

static void
layer_opened (gpointer user_data, GhAssociation *association)
{
  Client *client = user_data;

  client->association = association;
  client_ask (client);
}

static void
layer_received (gpointer user_data, GhAssociation *association, const guint8 *octets, gsize length)
{
  client_take (user_data, octets, length);
}

static void
layer_closed (gpointer user_data, GhAssociation *association, const char *reason)
{
  ((Client *) user_data)->association = NULL;
}

static const GhDatagramOps layer_ops = { sizeof (GhDatagramOps), layer_send, layer_opened,
                                         layer_received, layer_closed };

static void
client_open (Client *client, guint16 port, GhSecurity *security, GhTlsContext *context)
{
  g_autofree char *authority = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (GError) error = NULL;

  client->server = fixture_peer ("127.0.0.1", port);
  client->fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (connect (client->fd, &client->server.address.any, client->server.length) != 0)
    g_error ("%s", g_strerror (errno));
  if (context == NULL)
    {
      client_ask (client);
      return;
    }
  {
    const GhDatagramOptions options = { .security = security,
                                        .client = context,
                                        .max_associations = 4,
                                        .max_per_source = 4,
                                        .max_handshakes = 4,
                                        .idle_us = 3600 * FIXTURE_SECOND,
                                        .handshake_us = 60 * FIXTURE_SECOND,
                                        .mtu = 1280,
                                        .transport = "coaps" };

    client->layer = gh_datagram_layer_new (&options, &layer_ops, client);
  }
  if (gh_datagram_layer_connect (client->layer, &client->server, "127.0.0.1", authority, &error)
      == NULL)
    g_error ("%s", error->message);
}

static void
client_read (Client *client)
{
  guint8 octets[4096];
  gssize length;

  while ((length = recv (client->fd, octets, sizeof octets, 0)) > 0)
    if (client->layer != NULL)
      gh_datagram_layer_feed (client->layer, &client->server, octets, (gsize) length);
    else
      client_take (client, octets, (gsize) length);
}

static guint64
total (const Client *clients, guint n, guint64 *out_wrong)
{
  guint64 answers = 0;

  *out_wrong = 0;
  for (guint i = 0; i < n; i++)
    {
      answers += clients[i].answers;
      *out_wrong += clients[i].wrong;
    }
  return answers;
}

/* A datagram that was lost would end a peer's work: it asks again after a second of silence. */
static void
generate (Client *clients, guint n, int epoll_fd, gint64 until_us)
{
  struct epoll_event events[64];

  while (g_get_monotonic_time () < until_us)
    {
      int ready = epoll_wait (epoll_fd, events, G_N_ELEMENTS (events), 1000);

      for (int i = 0; i < ready; i++)
        client_read (events[i].data.ptr);
      for (guint i = 0; i < n; i++)
        if (clients[i].layer != NULL)
          gh_datagram_layer_tick (clients[i].layer);
      if (ready == 0)
        for (guint i = 0; i < n; i++)
          if (clients[i].layer == NULL || clients[i].association != NULL)
            client_ask (&clients[i]);
    }
}

static void
measure (const char *server, guint16 port, guint n, gint seconds, GhSecurity *security)
{
  g_autoptr (GhTlsContext) context = security != NULL
                                       ? fixture_context (security, GH_TLS_CLIENT, TRUE, NULL)
                                       : NULL;
  g_autofree Client *clients = g_new0 (Client, n);
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  guint64 before, after, requests, wrong;
  gint64 cpu_ns, begun_us;

  for (guint i = 0; i < n; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &clients[i] };

      clients[i].oneM2M = strcmp (server, "gatehouse") == 0;
      client_open (&clients[i], port, security, context);
      epoll_ctl (epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &event);
    }
  generate (clients, n, epoll_fd, g_get_monotonic_time () + 2 * G_USEC_PER_SEC);
  before = total (clients, n, &wrong);
  requests = __atomic_load_n (&usage.requests, __ATOMIC_RELAXED);
  cpu_ns = __atomic_load_n (&usage.cpu_ns, __ATOMIC_RELAXED);
  begun_us = g_get_monotonic_time ();
  generate (clients, n, epoll_fd, begun_us + seconds * G_USEC_PER_SEC);
  after = total (clients, n, &wrong);
  requests = __atomic_load_n (&usage.requests, __ATOMIC_RELAXED) - requests;
  cpu_ns = __atomic_load_n (&usage.cpu_ns, __ATOMIC_RELAXED) - cpu_ns;
  printf (
    "%s,%s,%u,%.0f,%.2f,%" G_GUINT64_FORMAT "\n", server, security != NULL ? "dtls-psk" : "plain",
    n, (double) (after - before) * G_USEC_PER_SEC / (double) (g_get_monotonic_time () - begun_us),
    requests > 0 ? (double) cpu_ns / 1000 / (double) requests : 0, wrong);
  fflush (stdout);
  for (guint i = 0; i < n; i++)
    {
      g_clear_pointer (&clients[i].layer, gh_datagram_layer_free);
      close (clients[i].fd);
    }
  close (epoll_fd);
}

static void
share (GhSecurity *security, guint16 port, gboolean server)
{
  g_autofree char *target = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (GhCredential) credential = fixture_add_psk (gh_security_get_vault (security), IDENTITY,
                                                         server ? NULL : target, KEY);

  g_assert_nonnull (credential);
}

static void
run (gboolean ours, gboolean secure, guint n, gint seconds)
{
  g_autoptr (GhClock) clock = gh_clock_new_system ();
  GhSecurity *server = secure ? fixture_security (clock, NULL) : NULL;
  GhSecurity *client = secure ? fixture_security (clock, NULL) : NULL;
  guint16 port;
  Ours gatehouse;
  Bare bare;

  memset (&usage, 0, sizeof usage);
  if (ours)
    start_ours (&gatehouse, server, secure);
  else
    start_bare (&bare, secure);
  port = ours ? gatehouse.port : bare.port;
  if (secure)
    {
      share (server, port, TRUE);
      share (client, port, FALSE);
    }
  measure (ours ? "gatehouse" : "libcoap", port, n, seconds, client);
  if (ours)
    stop_ours (&gatehouse);
  else
    stop_bare (&bare);
  g_clear_pointer (&server, gh_security_free);
  g_clear_pointer (&client, gh_security_free);
}

int
main (int argc, char **argv)
{
  static gint seconds = 5, rounds = 2, peers = 64;
  const GOptionEntry entries[] = {
    { "seconds", 's', 0, G_OPTION_ARG_INT, &seconds, "length of a run", "N" },
    { "rounds", 'r', 0, G_OPTION_ARG_INT, &rounds, "runs of each kind, interleaved", "N" },
    { "peers", 'p', 0, G_OPTION_ARG_INT, &peers, "associations, one request each at a time", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- retrieve over CoAP");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || seconds < 1 || rounds < 1
      || peers < 1 || peers > 1000)
    {
      fprintf (stderr, "bench-coap: wrong usage\n");
      return 2;
    }
  memset (payload, 'x', PAYLOAD);
  coap_startup ();
  coap_set_log_level (LOG_CRIT);
  printf ("server,security,peers,requests_per_s,cpu_us_per_request,wrong\n");
  for (gint round = 0; round < rounds; round++)
    for (guint kind = 0; kind < 4; kind++)
      run (kind % 2 == 0, kind >= 2, (guint) peers, seconds);
  coap_cleanup ();
  return 0;
}
