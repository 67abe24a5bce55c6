/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-secure.h"

#include "base/gh-log.h"

#include <netinet/in.h>

/* The sweeper looks once a second; an association has to end before its credential does. */
#define END_MARGIN_US (2 * G_USEC_PER_SEC)

GhTlsContext *
gh_http_secure_context (const GhTransportHost *host, GError **error)
{
  static const char *const alpn[] = { "http/1.1", NULL };
  const GhConfig *config = host->config;
  const GhTlsContextConfig options = {
    .profile = gh_tls_profile_find (gh_config_get_string (config, "http", "tls-profile")),
    .role = GH_TLS_SERVER,
    .require_certificate = gh_config_get_boolean (config, "http", "require-certificate"),
    .ticket_lifetime_s = (guint) gh_config_get_integer (config, "http", "ticket-lifetime"),
    .alpn = alpn,
  };

  return gh_tls_context_new (host->security, &options, error);
}

static gnutls_session_t
session_of (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (
    connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

  return info != NULL ? info->tls_session : NULL;
}

gboolean
gh_http_secure_open (GhHttpServer *server, struct MHD_Connection *connection,
                     GhHttpConnection *peer)
{
  gnutls_session_t session = session_of (connection);
  g_autoptr (GError) error = NULL;

  if (session == NULL)
    return FALSE;
  peer->tls = gh_tls_session_new (server->tls, session, NULL, NULL, &error);
  if (peer->tls == NULL)
    if (gh_log_has_room (GH_LOG_WARNING))
      gh_log (GH_LOG_WARNING, "http", "no TLS session", "reason", error->message, NULL);
  return peer->tls != NULL;
}

static GSocketAddress *
peer_of (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (
    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  gsize size;

  if (info == NULL || info->client_addr == NULL)
    return NULL;
  size = info->client_addr->sa_family == AF_INET6 ? sizeof (struct sockaddr_in6)
                                                  : sizeof (struct sockaddr_in);
  return g_socket_address_new_from_native (info->client_addr, size);
}

/* libmicrohttpd tells GnuTLS not to send tickets of TLS 1.3 by itself. Now the handshake is over
 * and nothing waits to be sent, so that the one record goes out whole. */
static gboolean
send_ticket (GhHttpServer *server, gnutls_session_t session)
{
  if (gnutls_protocol_get_version (session) != GNUTLS_TLS1_3 || server->ticket_lifetime_s == 0
      || !(gnutls_session_get_flags (session) & GNUTLS_SFLAGS_SESSION_TICKET))
    return TRUE;
  return gnutls_session_ticket_send (session, 1, 0) >= 0;
}

static void
tell_opened (GhHttpServer *server, GhHttpConnection *peer, GSocketAddress *address)
{
  GhAssociationInfo info;
  g_autofree char *text = address != NULL
                            ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address))
                            : NULL;
  char suite[96];

  gh_tls_session_describe (peer->tls, suite, sizeof suite);
  info = (GhAssociationInfo){ .id = peer->association,
                              .transport = "https",
                              .peer = text != NULL ? text : "",
                              .suite = suite,
                              .resumed = gh_tls_session_is_resumed (peer->tls),
                              .since_us = gh_clock_wall_us (server->host->clock) };
  gh_admission_describe (&peer->admission, &info);
  gh_security_association_opened (server->host->security, &info);
}

static gboolean
admit_first (GhHttpServer *server, struct MHD_Connection *connection, GhHttpConnection *peer,
             GhFault *fault)
{
  g_autoptr (GSocketAddress) address = peer_of (connection);
  GInetAddress *inet = G_IS_INET_SOCKET_ADDRESS (address)
                         ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address))
                         : NULL;
  const guint64 id = gh_security_next_association_id (server->host->security);

  if (!gh_tls_session_admit (peer->tls, inet, id, &peer->admission, fault))
    return FALSE;
  __atomic_store_n (&peer->ends_us, peer->admission.ends_us, __ATOMIC_RELAXED);
  __atomic_store_n (&peer->association, id, __ATOMIC_RELEASE);
  tell_opened (server, peer, address);
  return send_ticket (server, session_of (connection))
         || gh_fault_set (fault, GH_ERROR_FAILED, "the ticket could not be sent");
}

gboolean
gh_http_secure_admit (GhHttpServer *server, struct MHD_Connection *connection,
                      GhHttpConnection *peer)
{
  GhFault fault = { 0 };
  gboolean ok = peer->association != 0 || admit_first (server, connection, peer, &fault);

  /* Also after the first: a revocation between the admission and the moment from which the
   * association is known to whoever revokes would be missed. */
  if (ok && !gh_security_still_admitted (server->host->security, &peer->admission, &fault))
    ok = FALSE;
  if (ok)
    {
      __atomic_store_n (&peer->ends_us, peer->admission.ends_us, __ATOMIC_RELAXED);
      ok = !gh_http_secure_has_ended (peer, gh_clock_wall_us (server->host->clock))
           || gh_fault_set (&fault, GH_ERROR_NO_ASSOCIATION, "its credential ends");
    }
  if (!ok && gh_log_has_room (GH_LOG_INFO))
    gh_log (GH_LOG_INFO, "http", "association refused", "reason", fault.text, NULL);
  return ok;
}

void
gh_http_secure_close (GhHttpServer *server, GhHttpConnection *peer)
{
  const char *reason = __atomic_load_n (&peer->reason, __ATOMIC_RELAXED);

  if (peer->tls == NULL)
    return;
  if (peer->association != 0)
    gh_security_association_closed (server->host->security, peer->association,
                                    reason != NULL ? reason : "connection closed");
  gh_admission_clear (&peer->admission);
  g_clear_pointer (&peer->tls, gh_tls_session_free);
}

gboolean
gh_http_secure_has_ended (const GhHttpConnection *peer, gint64 wall_us)
{
  const gint64 ends_us = __atomic_load_n (&peer->ends_us, __ATOMIC_RELAXED);

  return __atomic_load_n (&peer->association, __ATOMIC_RELAXED) != 0 && ends_us != GH_NEVER_US
         && wall_us >= ends_us - END_MARGIN_US;
}
