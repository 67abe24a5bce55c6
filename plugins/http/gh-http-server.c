/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-server-private.h"

#include "gh-http-config.h"
#include "gh-http-listen.h"
#include "gh-http-secure.h"

#include "base/gh-log.h"

#include <gnutls/abstract.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_THREADS       8
#define SWEEP_INTERVAL_US G_USEC_PER_SEC
#define DRAIN_STEP_US     2000
#define FAREWELL_US       (2 * G_USEC_PER_SEC)
/* What a request may hold beside its body: names, lists, and the values that the core parses out of
 * the body. */
#define ARENA_BESIDE_BODY (256 * 1024)
#define ARENA_PER_BODY    8

static const char *const count_names[GH_HTTP_N_COUNTS] = {
  "http.requests", "http.refused", "http.connections", "http.shed", "http.timed-out",
};

void
gh_http_connection_unref (GhHttpConnection *peer)
{
  if (!g_atomic_int_dec_and_test (&peer->ref_count))
    return;
  g_clear_pointer (&peer->principal, gh_principal_unref);
  g_mutex_clear (&peer->lock);
  g_free (peer);
}

void
gh_http_server_count (GhHttpServer *server, GhHttpCount count)
{
  __atomic_add_fetch (&server->counts[count], 1, __ATOMIC_RELAXED);
}

static void
report_counts (GhHttpServer *server)
{
  for (guint i = 0; i < GH_HTTP_N_COUNTS; i++)
    {
      gint64 by = __atomic_exchange_n (&server->counts[i], 0, __ATOMIC_RELAXED);

      if (by != 0 && server->host->count != NULL)
        server->host->count (server->host->core, count_names[i], by);
    }
}

gboolean
gh_http_server_enter (GhHttpServer *server)
{
  g_atomic_int_inc (&server->dispatching);
  if (!g_atomic_int_get (&server->stopping))
    return TRUE;
  gh_http_server_leave (server);
  return FALSE;
}

void
gh_http_server_leave (GhHttpServer *server)
{
  if (!g_atomic_int_dec_and_test (&server->dispatching) || !g_atomic_int_get (&server->stopping))
    return;
  g_mutex_lock (&server->lock);
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
}

static GInetAddress *
peer_address (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (
    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  g_autoptr (GSocketAddress) address = NULL;
  gsize size;

  if (info == NULL || info->client_addr == NULL)
    return NULL;
  size = info->client_addr->sa_family == AF_INET6 ? sizeof (struct sockaddr_in6)
                                                  : sizeof (struct sockaddr_in);
  address = g_socket_address_new_from_native (info->client_addr, size);
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return NULL;
  return g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

static gboolean
server_is_secure (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (
    connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

  return info != NULL && info->tls_session != NULL;
}

static void
connection_opened (GhHttpServer *server, struct MHD_Connection *connection, void **context)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (
    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  GhHttpConnection *peer = g_new0 (GhHttpConnection, 1);
  g_autoptr (GInetAddress) address = peer_address (connection);

  peer->ref_count = 1;
  g_mutex_init (&peer->lock);
  peer->fd = info != NULL ? info->connect_fd : -1;
  peer->progress_us = gh_clock_monotonic_us (server->host->clock);
  gh_http_arrival_prepare (peer->fd);
  if (server_is_secure (connection))
    {
      /* The library itself has no key: without a session of ours no handshake succeeds. */
      if (!gh_http_secure_open (server, connection, peer))
        (void) shutdown (peer->fd, SHUT_RDWR);
    }
  else if (address != NULL)
    peer->principal = server->host->authenticate_plain (server->host->core, address);
  peer->link.data = peer;
  *context = peer;
  gh_http_server_count (server, GH_HTTP_COUNT_CONNECTIONS);
  g_mutex_lock (&server->lock);
  g_queue_push_tail_link (&server->connections, &peer->link);
  g_mutex_unlock (&server->lock);
}

static void
connection_closed (GhHttpServer *server, void **context)
{
  GhHttpConnection *peer = g_steal_pointer (context);

  if (peer == NULL)
    return;
  g_mutex_lock (&server->lock);
  g_queue_unlink (&server->connections, &peer->link);
  g_mutex_unlock (&server->lock);
  gh_http_arrival_closes (peer);
  gh_http_secure_close (server, peer);
  gh_http_connection_unref (peer);
}

static void
connection_changed (void *cls, struct MHD_Connection *connection, void **context,
                    enum MHD_ConnectionNotificationCode code)
{
  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    connection_opened (cls, connection, context);
  else
    connection_closed (cls, context);
}

/* The descriptor is shut and not closed: its owner is the listener's thread, which cannot close it
 * before connection_closed() has taken it off the list. The lock is held. */
static void
cut (GhHttpConnection *peer, const char *reason)
{
  __atomic_store_n (&peer->reason, reason, __ATOMIC_RELAXED);
  (void) shutdown (peer->fd, SHUT_RDWR);
  g_atomic_int_set (&peer->turn, GH_HTTP_PEER_CUT);
}

void
gh_http_server_end_association (GhHttpServer *server, guint64 id)
{
  g_mutex_lock (&server->lock);
  for (GList *l = server->connections.head; l != NULL; l = l->next)
    {
      GhHttpConnection *peer = l->data;

      if (__atomic_load_n (&peer->association, __ATOMIC_ACQUIRE) == id)
        cut (peer, "its credential counts no more");
    }
  g_mutex_unlock (&server->lock);
}

/* The library's own time-out starts again with every octet, so that a peer that sends one a minute
 * holds its connection for ever. This one starts again only with a completed request. */
void
gh_http_server_sweep (GhHttpServer *server)
{
  gint64 oldest_us = gh_clock_monotonic_us (server->host->clock) - server->request_timeout_us;
  gint64 wall_us = gh_clock_wall_us (server->host->clock);

  g_mutex_lock (&server->lock);
  for (GList *l = server->connections.head; l != NULL; l = l->next)
    {
      GhHttpConnection *peer = l->data;

      int turn = g_atomic_int_get (&peer->turn);

      if (turn == GH_HTTP_PEER_CUT)
        continue;
      if (turn != GH_HTTP_PEER_BUSY)
        gh_http_arrival_look (peer);
      if (gh_http_secure_has_ended (peer, wall_us))
        cut (peer, "its credential ends");
      /* The library does not look while we wait for the core. Who ends TLS gets nothing more (RFC
       * 5246 7.2.1); only half of a plain connection may end. */
      else if (turn == GH_HTTP_PEER_BUSY && peer->tls != NULL && gh_http_peer_is_gone (peer))
        {
          cut (peer, "closed by the peer");
          gh_http_exchange_abandon (peer);
        }
      else if (turn != GH_HTTP_PEER_BUSY
               && __atomic_load_n (&peer->progress_us, __ATOMIC_RELAXED) <= oldest_us)
        {
          cut (peer, "silent for too long");
          gh_http_server_count (server, GH_HTTP_COUNT_TIMED_OUT);
        }
    }
  g_mutex_unlock (&server->lock);
}

static gpointer
run_sweeper (gpointer data)
{
  GhHttpServer *server = data;

  g_mutex_lock (&server->lock);
  while (!server->sweeper_stop)
    {
      gint64 until = g_get_monotonic_time () + SWEEP_INTERVAL_US;

      while (!server->sweeper_stop && g_cond_wait_until (&server->changed, &server->lock, until))
        ;
      g_mutex_unlock (&server->lock);
      gh_http_server_sweep (server);
      report_counts (server);
      g_mutex_lock (&server->lock);
    }
  g_mutex_unlock (&server->lock);
  return NULL;
}

GhHttpServer *
gh_http_server_new (const GhTransportHost *host)
{
  GhHttpServer *server = g_new0 (GhHttpServer, 1);
  const GhConfig *config = host->config;
  gint64 threads = gh_config_get_integer (config, "http", "threads");
  gint64 request_timeout_s = gh_config_get_integer (config, "http", "request-timeout");

  server->host = host;
  server->daemons = g_ptr_array_new ();
  g_mutex_init (&server->lock);
  g_cond_init (&server->changed);
  server->max_body = (gsize) gh_config_get_integer (config, "http", "max-body");
  server->max_bodies = gh_config_get_integer (config, "http", "max-bodies");
  server->arena_limit = ARENA_BESIDE_BODY + ARENA_PER_BODY * server->max_body;
  server->max_head = (gsize) gh_config_get_integer (config, "http", "max-head");
  server->max_connections = (guint) gh_config_get_integer (config, "http", "max-connections");
  server->max_per_address = (guint) gh_config_get_integer (config, "http",
                                                           "max-connections-per-address");
  server->ticket_lifetime_s = (guint) gh_config_get_integer (config, "http", "ticket-lifetime");
  server->idle_timeout_s = (guint) gh_config_get_integer (config, "http", "idle-timeout");
  server->request_timeout_us = (server->idle_timeout_s + request_timeout_s) * G_USEC_PER_SEC;
  server->threads = threads > 0 ? (guint) threads : CLAMP (g_get_num_processors (), 1, MAX_THREADS);
  return server;
}

/* The target is taken apart by gh_http_map_target(), which is fuzzed; the library's decoding is
 * switched off. */
static size_t
leave_escapes (void *cls, struct MHD_Connection *connection, char *text)
{
  return strlen (text);
}

/* The library wants a certificate or somebody to ask for one. gh_tls_session_new() replaces its
 * credentials before each handshake; should that not have happened, there is none. */
static int
no_certificate (gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                gnutls_pcert_st **certificates, unsigned int *n, gnutls_ocsp_data_st **ocsp,
                unsigned int *n_ocsp, gnutls_privkey_t *key, unsigned int *flags)
{
  return -1;
}

/* Nobody comes in any more once the server stops. MHD_quiesce_daemon() would take the listener away
   at once, but of libmicrohttpd 0.9.75 it races with the threads that wait for it: whoever takes it
   out of an epoll set second ends the process. */
static enum MHD_Result
admit (void *cls, const struct sockaddr *address, socklen_t length)
{
  GhHttpServer *server = cls;

  return g_atomic_int_get (&server->stopping) ? MHD_NO : MHD_YES;
}

static struct MHD_Daemon *
start_daemon (GhHttpServer *server, int fd, gboolean secure)
{
  guint threads = server->threads > 1 && server->max_connections >= server->threads
                    ? server->threads
                    : 0;

  return MHD_start_daemon (
    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (secure ? MHD_USE_TLS : 0), 0, admit,
    server, gh_http_exchange_handle, server, MHD_OPTION_LISTEN_SOCKET, fd,
    MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT, server->max_connections,
    MHD_OPTION_PER_IP_CONNECTION_LIMIT, server->max_per_address, MHD_OPTION_CONNECTION_TIMEOUT,
    server->idle_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->max_head,
    MHD_OPTION_URI_LOG_CALLBACK, gh_http_exchange_begin, server, MHD_OPTION_UNESCAPE_CALLBACK,
    leave_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, gh_http_exchange_end, server,
    MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
    secure ? MHD_OPTION_HTTPS_CERT_CALLBACK2 : MHD_OPTION_END, no_certificate, MHD_OPTION_END);
}

static gboolean
check_plain (const GhTransportHost *host, GInetSocketAddress *address, const char *text,
             GError **error)
{
  if (!host->development)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[http] listen: %s would be plain HTTP, which is for --dev only", text);
      return FALSE;
    }
  if (g_inet_address_get_is_loopback (g_inet_socket_address_get_address (address)))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
               "[http] listen: %s is not a loopback address, and plain HTTP is never "
               "served on another one",
               text);
  return FALSE;
}

/* A listener on the bound socket @fd, which is taken over. */
static gboolean
serve (GhHttpServer *server, int fd, GInetSocketAddress *address, gboolean secure, GError **error)
{
  struct MHD_Daemon *daemon = start_daemon (server, fd, secure);
  g_autofree char *url = NULL;

  if (daemon == NULL)
    {
      close (fd);
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "[http] no threads for the listener");
      return FALSE;
    }
  g_ptr_array_add (server->daemons, daemon);
  url = gh_http_listen_url (secure ? "https" : "http", address,
                            g_inet_socket_address_get_port (address));
  if (g_strcmp0 (url, server->told) != 0)
    server->host->listening (server->host->core, url);
  g_free (server->told);
  server->told = g_steal_pointer (&url);
  return TRUE;
}

static gboolean
listen_on (GhHttpServer *server, const char *text, gboolean secure, GError **error)
{
  const char *key = secure ? "listen-secure" : "listen";
  g_autoptr (GInetSocketAddress) address = gh_http_listen_parse (key, text, error);
  g_autoptr (GInetSocketAddress) bound = NULL;
  guint16 port = 0;
  int fd;

  if (address == NULL || (!secure && !check_plain (server->host, address, text, error)))
    return FALSE;
  fd = gh_http_listen_bind (address, &port, error);
  if (fd < 0)
    return FALSE;
  bound = G_INET_SOCKET_ADDRESS (
    g_inet_socket_address_new (g_inet_socket_address_get_address (address), port));
  return serve (server, fd, bound, secure, error);
}

static gboolean
has_passed (const GhTransportHost *host, const char *scheme)
{
  return host->has_socket != NULL && host->has_socket (host->core, scheme);
}

/* What the service manager has opened. */
static gboolean
serve_passed (GhHttpServer *server, gboolean secure, GError **error)
{
  const GhTransportHost *host = server->host;
  const char *scheme = secure ? "https" : "http";
  int fd;

  while ((fd = host->take_socket (host->core, scheme, SOCK_STREAM)) >= 0)
    {
      g_autoptr (GInetSocketAddress) address = gh_http_listen_address (fd);

      if (address == NULL)
        g_set_error_literal (error, GH_ERROR, GH_ERROR_CONFIG,
                             "a passed socket is bound to no address of IP");
      if (address == NULL || (!secure && !check_plain (host, address, "a passed socket", error)))
        {
          close (fd);
          return FALSE;
        }
      if (!serve (server, fd, address, secure, error))
        return FALSE;
    }
  return TRUE;
}

/* Addresses that nobody asked for: a machine without IPv6 still has the first one. */
static gboolean
listen_on_pair (GhHttpServer *server, const char *const *pair, gboolean secure, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!listen_on (server, pair[0], secure, error))
    return FALSE;
  if (listen_on (server, pair[1], secure, &local))
    return TRUE;
  if (g_error_matches (local, GH_ERROR, GH_ERROR_CONFIG))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  gh_log (GH_LOG_NOTICE, "http", "no IPv6 listener", "reason", local->message, NULL);
  return TRUE;
}

static gboolean
start_plain (GhHttpServer *server, GError **error)
{
  static const char *const defaults[] = GH_HTTP_DEVELOPMENT_LISTEN;
  const char *const *addresses = gh_config_get_list (server->host->config, "http", "listen");

  if (has_passed (server->host, "http"))
    return serve_passed (server, FALSE, error);
  if (addresses == NULL || addresses[0] == NULL)
    return !server->host->development || listen_on_pair (server, defaults, FALSE, error);
  for (guint i = 0; addresses[i] != NULL; i++)
    if (!listen_on (server, addresses[i], FALSE, error))
      return FALSE;
  return TRUE;
}

/* "*:PORT" is every address of this machine. */
static gboolean
listen_secure (GhHttpServer *server, const char *text, GError **error)
{
  g_autofree char *v4 = NULL, *v6 = NULL;

  if (!g_str_has_prefix (text, "*:"))
    return listen_on (server, text, TRUE, error);
  v4 = g_strdup_printf ("0.0.0.0%s", text + 1);
  v6 = g_strdup_printf ("[::]%s", text + 1);
  return listen_on_pair (server, (const char *[]){ v4, v6, NULL }, TRUE, error);
}

static gboolean
check_addresses (const GhTransportHost *host, const char *key, gboolean secure, GError **error)
{
  const char *const *addresses = gh_config_get_list (host->config, "http", key);

  for (; *addresses != NULL; addresses++)
    {
      const gboolean any = secure && g_str_has_prefix (*addresses, "*:");
      g_autofree char *text = any ? g_strdup_printf ("0.0.0.0%s", *addresses + 1)
                                  : g_strdup (*addresses);
      g_autoptr (GInetSocketAddress) address = gh_http_listen_parse (key, text, error);

      if (address == NULL || (!secure && !check_plain (host, address, text, error)))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_http_server_check (const GhTransportHost *host, GError **error)
{
  return check_addresses (host, "listen", FALSE, error)
         && check_addresses (host, "listen-secure", TRUE, error);
}

static gboolean
prepare_secure (GhHttpServer *server, GError **error)
{
  const GhTransportHost *host = server->host;

  if (host->security == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_CONFIG,
                           "[http] listen-secure: nothing here proves who a peer is");
      return FALSE;
    }
  server->tls = gh_http_secure_context (host, error);
  if (server->tls == NULL)
    g_prefix_error (error, "[http] listen-secure: ");
  return server->tls != NULL;
}

static gboolean
start_secure (GhHttpServer *server, GError **error)
{
  static const char *const defaults[] = GH_HTTP_DEFAULT_LISTEN_SECURE;
  const GhTransportHost *host = server->host;
  const gboolean set = gh_config_is_set (host->config, "http", "listen-secure");
  const char *const *addresses = gh_config_get_list (host->config, "http", "listen-secure");

  if (!set && !host->development && host->security != NULL)
    addresses = defaults;
  if (has_passed (host, "https"))
    return prepare_secure (server, error) && serve_passed (server, TRUE, error);
  if (addresses == NULL || addresses[0] == NULL)
    return TRUE;
  if (!prepare_secure (server, error))
    return FALSE;
  for (guint i = 0; addresses[i] != NULL; i++)
    if (!listen_secure (server, addresses[i], error))
      return FALSE;
  return TRUE;
}

static void
stop_daemons (GhHttpServer *server)
{
  for (guint i = 0; i < server->daemons->len; i++)
    MHD_stop_daemon (server->daemons->pdata[i]);
  g_ptr_array_set_size (server->daemons, 0);
}

gboolean
gh_http_server_start (GhHttpServer *server, GError **error)
{
  if (!start_plain (server, error) || !start_secure (server, error))
    {
      g_atomic_int_set (&server->stopping, TRUE);
      stop_daemons (server);
      return FALSE;
    }
  server->sweeper = g_thread_new ("gh-http-sweep", run_sweeper, server);
  return TRUE;
}

void
gh_http_server_stop (GhHttpServer *server)
{
  g_atomic_int_set (&server->stopping, TRUE);
  g_mutex_lock (&server->lock);
  while (g_atomic_int_get (&server->dispatching) > 0)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

/* Connections whose request is answered with 503 at the end get a moment to take it. */
static void
say_farewell (GhHttpServer *server)
{
  gint64 until = g_get_monotonic_time () + FAREWELL_US;
  gboolean waiting = TRUE;

  while (waiting && g_get_monotonic_time () < until)
    {
      waiting = FALSE;
      g_mutex_lock (&server->lock);
      for (GList *l = server->connections.head; l != NULL && !waiting; l = l->next)
        {
          int turn = g_atomic_int_get (&((GhHttpConnection *) l->data)->turn);

          waiting = turn == GH_HTTP_PEER_BUSY || turn == GH_HTTP_PEER_ANSWERING;
        }
      if (waiting)
        g_cond_wait_until (&server->changed, &server->lock,
                           g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
      g_mutex_unlock (&server->lock);
    }
}

/* What still waits for its answer is answered 503, and no connection is left. */
static void
end_connections (GhHttpServer *server)
{
  g_mutex_lock (&server->lock);
  server->sweeper_stop = TRUE;
  g_cond_broadcast (&server->changed);
  for (GList *l = server->connections.head; l != NULL; l = l->next)
    gh_http_exchange_abandon (l->data);
  g_mutex_unlock (&server->lock);
  if (server->sweeper != NULL)
    g_thread_join (g_steal_pointer (&server->sweeper));
  say_farewell (server);
  stop_daemons (server);
  report_counts (server);
}

/* The core still has a request. */
static gboolean
is_asked (GhHttpServer *server)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);

  for (GList *l = server->connections.head; l != NULL; l = l->next)
    if (g_atomic_int_get (&((GhHttpConnection *) l->data)->turn) == GH_HTTP_PEER_BUSY)
      return TRUE;
  return FALSE;
}

void
gh_http_server_release (GhHttpServer *server)
{
  const gint64 until_us = g_get_monotonic_time () + GH_TRANSPORT_DRAIN_US;

  while (is_asked (server) && g_get_monotonic_time () < until_us)
    g_usleep (DRAIN_STEP_US);
  end_connections (server);
}

void
gh_http_server_free (GhHttpServer *server)
{
  gh_http_server_stop (server);
  end_connections (server);
  g_ptr_array_unref (server->daemons);
  g_free (server->told);
  g_clear_pointer (&server->tls, gh_tls_context_unref);
  g_mutex_clear (&server->lock);
  g_cond_clear (&server->changed);
  g_free (server);
}
