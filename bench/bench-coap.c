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
#include "base/gh-log.h"
#include "security/gh-tls-profile.h"

/* CoAP, plain and over DTLS-PSK: the transport before a core that answers at once, and libcoap's
 * own server with the same payload, each before the same generator, which checks every payload.
 * Retrieves, or handshakes with one retrieve each. One line of CSV a run: how many a second, and
 * CPU time of the server's thread for each. */

#define IDENTITY "bench@example.org"
#define KEY      "0123456789abcdef"
#define PAYLOAD  300

#define IDLE         10000
#define BARE_IDLE    2000 /* at most, of libcoap's server */
#define TWO_WRAPS    (2 * 65536)
#define WRAPS_S      60 /* that long at most */
#define OPEN_AT_ONCE 100

typedef enum { RETRIEVE, WRAPS, FULL, RESUMED } What;

static const char *const what_names[] = { "retrieve", "retrieve, two wraps of message ids",
                                          "full handshake and retrieve",
                                          "resumed handshake and retrieve" };

static const struct {
  const char *name, *profile;
  guint8 id[2];
} suites[] = { { "CCM_8", "onem2m", { 0xc0, 0xa8 } },
               { "CBC_SHA256", "onem2m", { 0x00, 0xae } },
               { "GCM", "modern", { 0x00, 0xa8 } } };

/* One run. */
typedef struct {
  gboolean ours;
  gint suite; /* -1: plain */
  guint peers, idle;
  What what;
} Row;

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
start_ours (Ours *ours, GhSecurity *security, const Row *row)
{
  const gboolean secure = row->suite >= 0;
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
      || !gh_config_set (config, "coap", "threads", "1", &error)
      || !gh_config_set (config, "coap", "max-peers", "100000", &error)
      || !gh_config_set (config, "coap", "max-associations-per-address", "100000", &error)
      || (secure && !gh_config_set (config, "coap", "profile", suites[row->suite].profile, &error)))
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
  const Row *row;
  int epoll_fd; /* -1: an idle one, which nobody listens to once it is open */
  int fd;
  GhTlsContext *context; /* NULL: plain */
  GhSecurity *security;
  GhDatagramLayer *layer;
  GhAssociation *association;
  GhPeer server;
  gboolean done; /* with this association */
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
  if (client->row->ours)
    {
      (void) gh_coap_message_add (&message, GH_COAP_OPTION_FR, "CTester", 7);
      (void) gh_coap_message_add (&message, GH_COAP_OPTION_RQI, "request-1", 9);
      (void) gh_coap_message_add (&message, GH_COAP_OPTION_RVI, "3", 1);
    }
  length = gh_coap_message_write (&message, octets, sizeof octets);
  if (client->layer == NULL)
    (void) !send (client->fd, octets, length, 0);
  else if (client->association != NULL)
    (void) gh_association_send (client->association, octets, length);
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
  if (client->row->what >= FULL)
    client->done = TRUE;
  else
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
  if (client->epoll_fd >= 0)
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
client_open (Client *client)
{
  g_autofree char *authority = g_strdup_printf ("127.0.0.1:%u",
                                                ntohs (client->server.address.v4.sin_port));
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
  g_autoptr (GError) error = NULL;

  client->done = FALSE;
  client->fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (client->fd < 0
      || connect (client->fd, &client->server.address.any, client->server.length) != 0)
    g_error ("%s", g_strerror (errno));
  if (client->epoll_fd >= 0)
    epoll_ctl (client->epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
  if (client->context == NULL)
    {
      client_ask (client);
      return;
    }
  if (client->layer == NULL)
    {
      const GhDatagramOptions options = { .security = client->security,
                                          .client = client->context,
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
client_close (Client *client)
{
  if (client->association != NULL)
    gh_association_close (client->association, "done");
  close (client->fd);
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
  if (client->done)
    {
      client_close (client);
      client_open (client);
    }
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

/* All have wrapped their message ids twice since they had @before answers. */
static gboolean
have_wrapped (const Client *clients, guint n)
{
  for (guint i = 0; i < n; i++)
    if (clients[i].answers < TWO_WRAPS)
      return FALSE;
  return TRUE;
}

/* A datagram that was lost would end a peer's work: it asks again after a second of silence. */
static void
generate (Client *clients, guint n, int epoll_fd, gint64 until_us)
{
  struct epoll_event events[64];
  const gboolean wraps = clients[0].row->what == WRAPS;

  while (g_get_monotonic_time () < until_us && !(wraps && have_wrapped (clients, n)))
    {
      int ready = epoll_wait (epoll_fd, events, G_N_ELEMENTS (events), 1000);

      for (int i = 0; i < ready; i++)
        client_read (events[i].data.ptr);
      for (guint i = 0; i < n; i++)
        if (clients[i].layer != NULL)
          gh_datagram_layer_tick (clients[i].layer);
      if (ready == 0)
        for (guint i = 0; i < n; i++)
          client_ask (&clients[i]);
    }
}

/* A profile with one suite for keys, so that it is this one that is measured; a context wants one
 * for certificates, too. */
typedef struct {
  GhTlsProfile profile;
  GhTlsSuite suites[2];
} OneSuite;

static void
choose_suite (OneSuite *one, const Row *row)
{
  const GhTlsProfile *whole = gh_tls_profile_find (suites[row->suite].profile);

  one->profile = *whole;
  one->profile.suites = one->suites;
  one->profile.n_suites = 2;
  one->suites[0] = *gh_tls_profile_find_suite (whole, suites[row->suite].id[0],
                                               suites[row->suite].id[1]);
  for (guint i = whole->n_suites; i-- > 0;)
    if (whole->suites[i].kx == GNUTLS_KX_ECDHE_ECDSA)
      one->suites[1] = whole->suites[i];
}

static GhTlsContext *
client_context (GhSecurity *security, const Row *row, OneSuite *one)
{
  g_autoptr (GError) error = NULL;
  const GhTlsContextConfig config = { .profile = &one->profile,
                                      .role = GH_TLS_CLIENT,
                                      .datagram = TRUE,
                                      .ticket_lifetime_s = row->what == RESUMED ? 86400 : 0 };
  GhTlsContext *context;

  choose_suite (one, row);
  context = gh_tls_context_new (security, &config, &error);
  if (context == NULL)
    g_error ("%s", error->message);
  return context;
}

/* Associations that are open and then silent. */
static Client *
open_idle (const Client *pattern, guint n)
{
  Client *idle = g_new0 (Client, n);

  for (guint i = 0, open = 0; open < n;)
    {
      for (; i < n && i < open + OPEN_AT_ONCE; i++)
        {
          idle[i] = *pattern;
          idle[i].epoll_fd = -1;
          client_open (&idle[i]);
        }
      for (guint j = open; j < i; j++)
        {
          client_read (&idle[j]);
          if (idle[j].association == NULL)
            gh_datagram_layer_tick (idle[j].layer);
        }
      while (open < i && idle[open].association != NULL)
        open++;
    }
  return idle;
}

static void
close_all (Client *clients, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_clear_pointer (&clients[i].layer, gh_datagram_layer_free);
      g_clear_pointer (&clients[i].context, gh_tls_context_unref);
      close (clients[i].fd);
    }
  g_free (clients);
}

static void
report (const Row *row, double per_s, double cpu_us, guint64 wrong)
{
  printf ("%s,%s,%s,%u,%u,\"%s\",%.0f,%.2f,%" G_GUINT64_FORMAT "\n",
          row->ours ? "gatehouse" : "libcoap", row->suite >= 0 ? "dtls-psk" : "plain",
          row->suite >= 0 ? suites[row->suite].name : "", row->peers, row->idle,
          what_names[row->what], per_s, cpu_us, wrong);
  fflush (stdout);
}

static Client *
open_active (const Client *pattern)
{
  const Row *row = pattern->row;
  Client *clients = g_new0 (Client, row->peers);
  OneSuite one;

  for (guint i = 0; i < row->peers; i++)
    {
      clients[i] = *pattern;
      /* of its own each, so that each has its own ticket */
      if (pattern->security != NULL)
        clients[i].context = client_context (pattern->security, row, &one);
      client_open (&clients[i]);
    }
  return clients;
}

static void
count_resumed (const GhAssociationInfo *info, gpointer user_data)
{
  ((guint *) user_data)[info->resumed ? 1 : 0]++;
}

/* What is measured as a resumption has to be one. */
static void
check_resumed (GhSecurity *client)
{
  guint n[2] = { 0 };

  gh_security_list_associations (client, 0, 1000, count_resumed, n);
  if (n[1] <= n[0])
    fprintf (stderr, "bench-coap: %u associations were resumed, %u were not\n", n[1], n[0]);
}

static void
measure (const Row *row, guint16 port, gint seconds, GhSecurity *security)
{
  const Client pattern = { .row = row,
                           .epoll_fd = epoll_create1 (EPOLL_CLOEXEC),
                           .security = security,
                           .server = fixture_peer ("127.0.0.1", port) };
  Client *clients = open_active (&pattern);
  guint64 before, after, requests, wrong;
  gint64 cpu_ns, begun_us, took_us;

  generate (clients, row->peers, pattern.epoll_fd, g_get_monotonic_time () + G_USEC_PER_SEC);
  before = total (clients, row->peers, &wrong);
  requests = __atomic_load_n (&usage.requests, __ATOMIC_RELAXED);
  cpu_ns = __atomic_load_n (&usage.cpu_ns, __ATOMIC_RELAXED);
  begun_us = g_get_monotonic_time ();
  generate (clients, row->peers, pattern.epoll_fd,
            begun_us + (row->what == WRAPS ? WRAPS_S : seconds) * G_USEC_PER_SEC);
  took_us = g_get_monotonic_time () - begun_us;
  after = total (clients, row->peers, &wrong);
  requests = __atomic_load_n (&usage.requests, __ATOMIC_RELAXED) - requests;
  cpu_ns = __atomic_load_n (&usage.cpu_ns, __ATOMIC_RELAXED) - cpu_ns;
  if (row->what == WRAPS && !have_wrapped (clients, row->peers))
    fprintf (stderr, "bench-coap: no two wraps in %d s\n", WRAPS_S);
  report (row, (double) (after - before) * G_USEC_PER_SEC / (double) took_us,
          requests > 0 ? (double) cpu_ns / 1000 / (double) requests : 0, wrong);
  if (row->what == RESUMED)
    check_resumed (security);
  close_all (clients, row->peers);
  close (pattern.epoll_fd);
}

/* Beside idle associations both kinds, because opening these takes long. */
static void
measure_beside_idle (Row row, guint16 port, gint seconds, GhSecurity *security)
{
  OneSuite one;
  const Client still = { .row = &row,
                         .context = client_context (security, &row, &one),
                         .security = security,
                         .server = fixture_peer ("127.0.0.1", port) };
  Client *idle = open_idle (&still, row.idle);

  measure (&row, port, seconds, security);
  row.what = FULL;
  measure (&row, port, seconds, security);
  for (guint i = 0; i < row.idle; i++)
    idle[i].context = NULL; /* of all of them */
  close_all (idle, row.idle);
  gh_tls_context_unref (still.context);
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
run (const Row *row, gint seconds)
{
  const gboolean secure = row->suite >= 0;
  g_autoptr (GhClock) clock = gh_clock_new_system ();
  GhSecurity *server = secure ? fixture_security (clock, NULL) : NULL;
  GhSecurity *client = secure ? fixture_security (clock, NULL) : NULL;
  guint16 port;
  Ours gatehouse;
  Bare bare;

  memset (&usage, 0, sizeof usage);
  if (row->ours)
    start_ours (&gatehouse, server, row);
  else
    start_bare (&bare, secure);
  port = row->ours ? gatehouse.port : bare.port;
  if (secure)
    {
      share (server, port, TRUE);
      share (client, port, FALSE);
    }
  if (row->idle > 0)
    measure_beside_idle (*row, port, seconds, client);
  else
    measure (row, port, seconds, client);
  if (row->ours)
    stop_ours (&gatehouse);
  else
    stop_bare (&bare);
  g_clear_pointer (&server, gh_security_free);
  g_clear_pointer (&client, gh_security_free);
}

/* Both servers, one after the other. */
static void
run_both (gint suite, guint peers, guint idle, What what, gint seconds)
{
  run (&(Row){ TRUE, suite, peers, idle, what }, seconds);
  run (&(Row){ FALSE, suite, peers, idle, what }, seconds);
}

static void
run_all (guint idle, gint seconds)
{
  static const guint peers[] = { 8, 64 };

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    for (gint suite = -1; suite < (gint) G_N_ELEMENTS (suites); suite++)
      run_both (suite, peers[i], 0, RETRIEVE, seconds);
  for (gint suite = 0; suite < (gint) G_N_ELEMENTS (suites); suite++)
    {
      run_both (suite, 64, 0, FULL, seconds);
      /* libcoap resumes nothing */
      run (&(Row){ TRUE, suite, 64, 0, RESUMED }, seconds);
    }
  if (idle == 0)
    return;
  run (&(Row){ TRUE, 0, 64, idle, RETRIEVE }, seconds);
  /* libcoap walks all of them whenever it wakes up: more would take longer than all the rest */
  run (&(Row){ FALSE, 0, 64, MIN (idle, BARE_IDLE), RETRIEVE }, seconds);
}

int
main (int argc, char **argv)
{
  static gint seconds = 2, rounds = 1, idle = IDLE;
  static gboolean wraps;
  const GOptionEntry entries[] = {
    { "seconds", 's', 0, G_OPTION_ARG_INT, &seconds, "length of a run", "N" },
    { "rounds", 'r', 0, G_OPTION_ARG_INT, &rounds, "runs of each kind, interleaved", "N" },
    { "idle", 'i', 0, G_OPTION_ARG_INT, &idle, "idle associations of the last rows; 0: none", "N" },
    { "wraps", 'w', 0, G_OPTION_ARG_NONE, &wraps,
      "only: 4 associations until their message ids have wrapped twice", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- CoAP, plain and over DTLS");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || seconds < 1 || rounds < 1
      || idle < 0 || idle > 100000)
    {
      fprintf (stderr, "bench-coap: wrong usage\n");
      return 2;
    }
  memset (payload, 'x', PAYLOAD);
  gh_log_set_level (GH_LOG_WARNING);
  coap_startup ();
  coap_set_log_level (LOG_CRIT);
  printf ("server,security,suite,peers,idle,what,per_s,cpu_us,wrong\n");
  for (gint round = 0; round < rounds; round++)
    if (wraps)
      run (&(Row){ TRUE, 0, 4, 0, WRAPS }, seconds);
    else
      run_all ((guint) idle, seconds);
  coap_cleanup ();
  return 0;
}
