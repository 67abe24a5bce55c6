/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-server.h"

#include "gh-coap-config.h"
#include "gh-coap-request.h"
#include "gh-coap-socket.h"

#include "base/gh-log.h"

#include <sys/socket.h>
#include <unistd.h>

#define MAX_THREADS 4
/* What a request may hold beside its body: names, lists, and the values that the core parses out of
 * the body. */
#define ARENA_BESIDE_BODY (256 * 1024)
#define ARENA_PER_BODY    8

struct _GhCoapServer {
  const GhTransportHost *host;
  GMutex lock;          /* of the array */
  GPtrArray *endpoints; /* GhCoapEndpoint; changed by start and release */
  guint threads;        /* of a listener */
};

static gint64
number (const GhTransportHost *host, const char *key)
{
  return gh_config_get_integer (host->config, "coap", key);
}

void
gh_coap_settings_read (const GhTransportHost *host, guint n_threads, GhCoapSettings *out)
{
  static const GhCoapLimits defaults = GH_COAP_LIMITS_DEFAULT;

  out->host = host;
  out->limits = defaults;
  out->limits.max_body = (gsize) number (host, "max-body");
  out->limits.bodies = (gsize) number (host, "max-bodies");
  out->limits.bodies_all = (gsize) number (host, "max-all-bodies") / n_threads;
  out->limits.answers = (gsize) number (host, "max-answers");
  out->limits.answers_all = (gsize) number (host, "max-all-answers") / n_threads;
  out->limits.max_exchanges = (guint) number (host, "max-requests");
  out->limits.nstart = (guint) number (host, "outstanding");
  out->limits.ack_timeout_us = number (host, "ack-timeout") * G_USEC_PER_SEC;
  out->limits.lifetime_us = number (host, "exchange-lifetime") * G_USEC_PER_SEC;
  out->max_peers = (guint) number (host, "max-peers");
  out->max_observations = (guint) number (host, "max-observations");
  out->max_all_observations = (guint) number (host, "max-all-observations") / n_threads;
  out->idle_us = number (host, "idle-timeout") * G_USEC_PER_SEC;
  out->handshake_us = number (host, "handshake-timeout") * G_USEC_PER_SEC;
  out->max_handshakes = (guint) number (host, "max-handshakes");
  out->max_per_source = (guint) number (host, "max-associations-per-address");
  out->mtu = (guint) number (host, "mtu");
  out->limits.max_message = (gsize) number (host, "max-message");
  out->message_us = number (host, "message-timeout") * G_USEC_PER_SEC;
  out->max_unsent = (gsize) number (host, "max-unsent");
  out->arena_limit = ARENA_BESIDE_BODY + ARENA_PER_BODY * out->limits.max_body;
}

GhCoapServer *
gh_coap_server_new (const GhTransportHost *host)
{
  GhCoapServer *server = g_new0 (GhCoapServer, 1);
  gint64 threads = number (host, "threads");

  server->host = host;
  server->endpoints = g_ptr_array_new ();
  g_mutex_init (&server->lock);
  server->threads = threads > 0 ? (guint) threads : CLAMP (g_get_num_processors (), 1, MAX_THREADS);
  return server;
}

static void
add_endpoint (GhCoapServer *server, GhCoapEndpoint *endpoint)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);

  g_ptr_array_add (server->endpoints, endpoint);
}

static gboolean
check_plain (const GhTransportHost *host, const char *key, const GhPeer *peer, const char *text,
             GError **error)
{
  if (!host->development)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[coap] %s: %s would be plain CoAP, which is for --dev only", key, text);
      return FALSE;
    }
  if (gh_coap_peer_is_loopback (peer))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
               "[coap] %s: %s is not a loopback address, and plain CoAP is never served on "
               "another one",
               key, text);
  return FALSE;
}

GhTlsContext *
gh_coap_server_context (const GhTransportHost *host, GhTlsRole role, gboolean stream,
                        GError **error)
{
  static const char *const alpn[] = { "coap", NULL }; /* RFC 8323 11.5 */
  const GhTlsContextConfig config = {
    .profile = gh_tls_profile_find (gh_config_get_string (host->config, "coap", "profile")),
    .role = role,
    .datagram = !stream,
    .raw_keys = TRUE,
    .require_certificate = gh_config_get_boolean (host->config, "coap", "require-certificate"),
    .ticket_lifetime_s = (guint) number (host, "ticket-lifetime"),
    .alpn = stream ? alpn : NULL,
  };

  return gh_tls_context_new (host->security, &config, error);
}

/* What is listened on. */
typedef struct {
  const char *key, *scheme;
  gboolean secure, stream;
  const char *const *defaults; /* when neither this key nor the other one of its safety is given */
} Kind;

/* The threads of one listener share its port; the kernel gives a peer of UDP always to the same
 * one. */
static gboolean
listen_on_peer (GhCoapServer *server, const Kind *kind, GhPeer *peer, GhTlsContext *context,
                GError **error)
{
  const GhCoapContexts contexts = { .server = context, .stream = kind->stream };
  g_autofree char *url = NULL;
  GhCoapSettings settings;

  gh_coap_settings_read (server->host, server->threads, &settings);
  for (guint i = 0; i < server->threads; i++)
    {
      int fd = gh_coap_socket_bind (kind->key, kind->stream ? SOCK_STREAM : SOCK_DGRAM, peer,
                                    i == 0, error);
      GhCoapEndpoint *endpoint = fd >= 0 ? gh_coap_endpoint_new (&settings, &contexts, fd, error)
                                         : NULL;

      if (endpoint == NULL)
        return FALSE;
      add_endpoint (server, endpoint);
    }
  url = gh_coap_socket_url (kind->scheme, peer);
  server->host->listening (server->host->core, url);
  return TRUE;
}

static gboolean
has_passed (const GhTransportHost *host, const Kind *kind)
{
  return host->has_socket != NULL && host->has_socket (host->core, kind->scheme);
}

/* What the service manager has opened: one thread each, because sockets of another user share no
 * port with ours. */
static gboolean
serve_passed (GhCoapServer *server, const Kind *kind, GhTlsContext *context, GError **error)
{
  const GhCoapContexts contexts = { .server = context, .stream = kind->stream };
  const GhTransportHost *host = server->host;
  const int type = kind->stream ? SOCK_STREAM : SOCK_DGRAM;
  GhCoapSettings settings;
  int fd;

  gh_coap_settings_read (host, 1, &settings);
  while ((fd = host->take_socket (host->core, kind->scheme, type)) >= 0)
    {
      g_autofree char *url = NULL;
      GhCoapEndpoint *endpoint;
      GhPeer peer;

      if (!gh_coap_socket_adopt (fd, type, &peer, error)
          || (!kind->secure && !check_plain (host, kind->key, &peer, "a passed socket", error)))
        {
          close (fd);
          return FALSE;
        }
      endpoint = gh_coap_endpoint_new (&settings, &contexts, fd, error);
      if (endpoint == NULL)
        return FALSE;
      add_endpoint (server, endpoint);
      url = gh_coap_socket_url (kind->scheme, &peer);
      host->listening (host->core, url);
    }
  return TRUE;
}

/* "*": every address of both families, of which IPv6 may be missing. */
static gboolean
listen_on (GhCoapServer *server, const Kind *kind, const char *text, GhTlsContext *context,
           GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean any;
  GhPeer peer, v6 = { .length = sizeof v6.address.v6 };

  if (!gh_coap_socket_parse (kind->key, text, &peer, &any, error)
      || (!kind->secure && !check_plain (server->host, kind->key, &peer, text, error))
      || !listen_on_peer (server, kind, &peer, context, error))
    return FALSE;
  if (!any)
    return TRUE;
  v6.address.v6.sin6_family = AF_INET6;
  v6.address.v6.sin6_port = peer.address.v4.sin_port;
  if (!listen_on_peer (server, kind, &v6, context, &local))
    gh_log (GH_LOG_NOTICE, "coap", "no IPv6 listener", "reason", local->message, NULL);
  return TRUE;
}

/* The defaults of --dev: another CSE on this machine may have the port, and IPv6 may be missing. */
static void
listen_on_defaults (GhCoapServer *server, const Kind *kind)
{
  for (guint i = 0; kind->defaults[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!listen_on (server, kind, kind->defaults[i], NULL, &error))
        gh_log (GH_LOG_NOTICE, "coap", "no listener", "reason", error->message, NULL);
    }
}

static gboolean
start_plain (GhCoapServer *server, const Kind *kind, const char *const *addresses, GError **error)
{
  gboolean ok = TRUE;

  if (has_passed (server->host, kind))
    return serve_passed (server, kind, NULL, error);
  if (addresses == kind->defaults)
    listen_on_defaults (server, kind);
  else
    for (guint i = 0; ok && addresses[i] != NULL; i++)
      ok = listen_on (server, kind, addresses[i], NULL, error);
  return ok;
}

static gboolean
start_secure (GhCoapServer *server, const Kind *kind, const char *const *addresses, GError **error)
{
  g_autoptr (GhTlsContext) context = NULL;
  gboolean ok = TRUE;

  if (server->host->security == NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[coap] %s: nothing here can prove who a peer is", kind->key);
      return FALSE;
    }
  context = gh_coap_server_context (server->host, GH_TLS_SERVER, kind->stream, error);
  if (context == NULL)
    return FALSE;
  if (has_passed (server->host, kind))
    return serve_passed (server, kind, context, error);
  for (guint i = 0; ok && addresses[i] != NULL; i++)
    ok = listen_on (server, kind, addresses[i], context, error);
  return ok;
}

/* Over UDP and over TCP: who names the addresses of one names those of the other. */
static gboolean
start_pair (GhCoapServer *server, const Kind pair[2], GError **error)
{
  const GhTransportHost *host = server->host;
  const char *const *addresses[2];
  gboolean ok = TRUE, given = FALSE;

  for (guint i = 0; i < 2; i++)
    {
      addresses[i] = gh_config_get_list (host->config, "coap", pair[i].key);
      given = given || gh_config_is_set (host->config, "coap", pair[i].key);
    }
  for (guint i = 0; ok && i < 2; i++)
    {
      if (!given && host->development == !pair[i].secure)
        addresses[i] = pair[i].defaults;
      if (addresses[i][0] == NULL && !has_passed (host, &pair[i]))
        continue;
      ok = pair[i].secure ? start_secure (server, &pair[i], addresses[i], error)
                          : start_plain (server, &pair[i], addresses[i], error);
    }
  return ok;
}

static gboolean
check_addresses (const GhTransportHost *host, const char *key, gboolean secure, GError **error)
{
  const char *const *addresses = gh_config_get_list (host->config, "coap", key);

  for (; *addresses != NULL; addresses++)
    {
      gboolean any;
      GhPeer peer;

      if (!gh_coap_socket_parse (key, *addresses, &peer, &any, error)
          || (!secure && !check_plain (host, key, &peer, *addresses, error)))
        return FALSE;
    }
  return TRUE;
}

gboolean
gh_coap_server_check (const GhTransportHost *host, GError **error)
{
  return check_addresses (host, "listen", FALSE, error)
         && check_addresses (host, "listen-tcp", FALSE, error)
         && check_addresses (host, "listen-secure", TRUE, error)
         && check_addresses (host, "listen-secure-tcp", TRUE, error);
}

gboolean
gh_coap_server_start (GhCoapServer *server, GError **error)
{
  static const char *const development[] = GH_COAP_DEVELOPMENT_LISTEN;
  static const char *const secure[] = GH_COAP_DEFAULT_LISTEN_SECURE;
  static const Kind plain_pair[] = {
    { "listen", "coap", FALSE, FALSE, development },
    { "listen-tcp", "coap+tcp", FALSE, TRUE, development },
  };
  static const Kind secure_pair[] = {
    { "listen-secure", "coaps", TRUE, FALSE, secure },
    { "listen-secure-tcp", "coaps+tcp", TRUE, TRUE, secure },
  };

  if (start_pair (server, plain_pair, error) && start_pair (server, secure_pair, error))
    return TRUE;
  gh_coap_server_stop (server);
  return FALSE;
}

void
gh_coap_server_stop (GhCoapServer *server)
{
  for (guint i = 0; i < server->endpoints->len; i++)
    gh_coap_endpoint_quiesce (server->endpoints->pdata[i]);
}

static void
end_all (GPtrArray *endpoints)
{
  for (guint i = 0; i < endpoints->len; i++)
    {
      gh_coap_endpoint_end (endpoints->pdata[i]);
      gh_coap_endpoint_unref (endpoints->pdata[i]);
    }
}

void
gh_coap_server_release (GhCoapServer *server)
{
  const gint64 until_us = g_get_monotonic_time () + GH_TRANSPORT_DRAIN_US;
  g_autoptr (GPtrArray) endpoints = NULL;

  g_mutex_lock (&server->lock);
  endpoints = g_steal_pointer (&server->endpoints);
  server->endpoints = g_ptr_array_new ();
  g_mutex_unlock (&server->lock);
  for (guint i = 0; i < endpoints->len; i++)
    gh_coap_endpoint_drain (endpoints->pdata[i], until_us);
  end_all (endpoints);
}

void
gh_coap_server_close_association (GhCoapServer *server, guint64 id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);

  for (guint i = 0; i < server->endpoints->len; i++)
    gh_coap_endpoint_close_association (server->endpoints->pdata[i], id);
}

void
gh_coap_server_free (GhCoapServer *server)
{
  end_all (server->endpoints);
  g_ptr_array_unref (server->endpoints);
  g_mutex_clear (&server->lock);
  g_free (server);
}
