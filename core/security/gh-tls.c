/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gnutls/crypto.h>
#include <gnutls/ocsp.h>
#include <string.h>

#include "base/gh-log.h"
#include "security/gh-tls-private.h"

#define MAX_RESUMABLE 1024

struct _GhTlsSession {
  GhTlsContext *context;
  gnutls_session_t session;
  gint64 ticket_us; /* of a server: no ticket that was offered is older; 0: none is ours */
  guint8 suite[2];  /* of the ServerHello */
  gboolean proven;  /* @claim was set in this handshake */
  GhClaim claim;
  GhServerKey *server_key; /* of a server: what it shows in this handshake */
  /* of a client */
  char *server_name, *resume_name;
  GhCredential *target;
  gnutls_psk_client_credentials_t psk;
  gnutls_certificate_credentials_t certificates;
};

enum { SERVER_HELLO_SESSION_ID = 2 + 32, MIN_RANDOM_KEY = 16, MAX_RANDOM_KEY = 32 };

static GhClock *
clock_of (const GhTlsSession *tls)
{
  return gh_security_get_clock (tls->context->security);
}

/* The key for an identity that nobody knows: the handshake then fails as with a wrong key. */
static int
give_random_key (gnutls_datum_t *key)
{
  guint8 length;
  if (gnutls_rnd (GNUTLS_RND_NONCE, &length, 1) < 0)
    return -1;
  key->size = MIN_RANDOM_KEY + length % (MAX_RANDOM_KEY - MIN_RANDOM_KEY + 1);
  key->data = gnutls_malloc (key->size);
  return key->data != NULL && gnutls_rnd (GNUTLS_RND_KEY, key->data, key->size) >= 0 ? 0 : -1;
}

static GhKeyStatus
find_key (GhTlsSession *tls, const void *identity, gsize length, GhSecret **key, GhClaim *claim)
{
  GhKeyQuery query = { .identity = identity,
                       .length = length,
                       .suite = { tls->suite[0], tls->suite[1] },
                       .datagram = tls->context->datagram };
  return gh_security_find_key (tls->context->security, &query, key, claim);
}

int
gh_tls_session_give_key (gnutls_session_t session, const gnutls_datum_t *identity,
                         gnutls_datum_t *key)
{
  GhTlsSession *tls = gnutls_db_get_ptr (session);
  g_autoptr (GhSecret) found = NULL;
  gh_claim_clear (&tls->claim);
  tls->proven = find_key (tls, identity->data, identity->size, &found, &tls->claim) == GH_KEY_FOUND;
  if (!tls->proven)
    return give_random_key (key);
  gsize length;
  gconstpointer octets = gh_secret_data (found, &length);
  key->data = gnutls_malloc (length);
  if (key->data == NULL)
    return -1;
  memcpy (key->data, octets, length);
  key->size = (unsigned) length;
  return 0;
}

gboolean
gh_tls_session_key_pending (GhTlsSession *tls, const guint8 *identity, gsize length)
{
  const GhTlsSuite *suite = gh_tls_profile_find_suite (tls->context->profile, tls->suite[0],
                                                       tls->suite[1]);
  if (suite == NULL || !gh_tls_suite_is_psk (suite))
    return FALSE;
  g_autoptr (GhSecret) key = NULL;
  GhClaim claim = { 0 };
  GhKeyStatus status = find_key (tls, identity, length, &key, &claim);
  gh_claim_clear (&claim);
  return status == GH_KEY_PENDING;
}

/* What the peer has shown, in this handshake or in the one that is resumed, judged as of now. */
static gboolean
judge_certificate (GhTlsSession *tls, GhClaim *claim, GhFault *fault)
{
  unsigned n = 0;
  const gnutls_datum_t *shown = gnutls_certificate_get_peers (tls->session, &n);
  GhPeerEvidence evidence = { .server = tls->context->role == GH_TLS_CLIENT,
                              .expected_name = tls->server_name,
                              .wall_us = gh_clock_wall_us (clock_of (tls)) };
  if (shown == NULL || n == 0)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the peer shows no certificate");
  if (gnutls_certificate_type_get2 (tls->session, GNUTLS_CTYPE_PEERS) == GNUTLS_CRT_RAWPK)
    {
      evidence.raw_key = shown[0];
    }
  else
    {
      evidence.chain = shown;
      evidence.n_chain = n;
      gnutls_ocsp_status_request_get2 (tls->session, 0, &evidence.ocsp);
    }
  return gh_tls_profile_judge_keys (tls->context->profile, &evidence, fault)
         && gh_security_judge_peer (tls->context->security, &evidence, claim, fault);
}

int
gh_tls_session_verify (gnutls_session_t session)
{
  GhTlsSession *tls = gnutls_db_get_ptr (session);
  GhFault fault = { 0 };
  gh_claim_clear (&tls->claim);
  tls->proven = judge_certificate (tls, &tls->claim, &fault);
  if (tls->proven)
    return 0;
  if (gh_log_has_room (GH_LOG_INFO))
    gh_log (GH_LOG_INFO, "tls", "a certificate is refused", "reason", fault.text, NULL);
  return GNUTLS_E_CERTIFICATE_ERROR;
}

/* Pre-shared keys are for 1.2 only, so a client that offers them is not offered 1.3: refusing later
 * would break those that offer both. Tickets: the key that the client's was sealed with. */
static int
see_client_hello (GhTlsSession *tls, const gnutls_datum_t *message)
{
  GhTlsContext *context = tls->context;
  GhTlsHello hello;
  if (!gh_tls_hello_read (context->profile, context->datagram, message->data, message->size,
                          &hello))
    return GNUTLS_E_UNEXPECTED_PACKET_LENGTH;
  int status = 0;
  if (hello.offers_psk && context->can_psk)
    {
      GhTlsPriority priority = gh_server_key_has (tls->server_key, context->raw_keys)
                                 ? GH_TLS_PRIORITY_BOTH
                                 : GH_TLS_PRIORITY_PSK;
      status = gnutls_priority_set (tls->session, context->priorities[priority]);
      if (status >= 0)
        status = gnutls_credentials_set (tls->session, GNUTLS_CRD_PSK, context->psk);
    }
  if (status < 0 || context->tickets == NULL)
    return status;
  guint8 octets[GH_TICKET_KEY_SIZE];
  gnutls_datum_t key = { octets, sizeof octets };
  tls->ticket_us = gh_ticket_keys_pick (context->tickets, &hello, octets);
  /* The second ClientHello after a HelloRetryRequest finds the key set: the same one. */
  gnutls_session_ticket_enable_server (tls->session, &key);
  gnutls_memset (octets, 0, sizeof octets);
  return 0;
}

static void
see_server_hello (GhTlsSession *tls, const gnutls_datum_t *message)
{
  if (message->size <= SERVER_HELLO_SESSION_ID)
    return;
  gsize at = SERVER_HELLO_SESSION_ID + 1 + (gsize) message->data[SERVER_HELLO_SESSION_ID];
  if (at + 2 <= message->size)
    memcpy (tls->suite, message->data + at, 2);
}

static int
see_message (gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
             const gnutls_datum_t *message)
{
  GhTlsSession *tls = gnutls_db_get_ptr (session);
  if (tls->context->role == GH_TLS_CLIENT)
    return 0;
  if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && incoming != 0 && when == GNUTLS_HOOK_PRE)
    return see_client_hello (tls, message);
  if (type == GNUTLS_HANDSHAKE_SERVER_HELLO && incoming == 0)
    see_server_hello (tls, message);
  return 0;
}

static gboolean
check (int status, GError **error)
{
  if (status >= 0)
    return TRUE;
  g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, gnutls_strerror (status));
  return FALSE;
}

static gboolean
set_up_server (GhTlsSession *tls, GError **error)
{
  GhTlsContext *context = tls->context;
  gnutls_session_t session = tls->session;
  tls->server_key = gh_server_keys_get (gh_security_get_server_keys (context->security));
  GhTlsPriority priority = gh_server_key_has (tls->server_key, context->raw_keys)
                             ? GH_TLS_PRIORITY_CERTIFICATES
                             : GH_TLS_PRIORITY_PSK;
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUIRE);
  if (context->ticket_lifetime_s > 0)
    gnutls_db_set_cache_expiration (session, (int) context->ticket_lifetime_s);
  return check (gnutls_priority_set (session, context->priorities[priority]), error)
         && check (gnutls_credentials_set (
                     session, GNUTLS_CRD_CERTIFICATE,
                     gh_server_key_get_credentials (tls->server_key, context->raw_keys)),
                   error);
}

static gboolean
set_client_key (GhTlsSession *tls, GError **error)
{
  GhCredential *target = tls->target;
  if (target->secret == NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: the vault has no private key",
                   target->id);
      return FALSE;
    }
  gsize length;
  if (target->kind == GH_CREDENTIAL_PSK)
    {
      gconstpointer octets = gh_secret_data (target->secret, &length);
      gnutls_datum_t key = { (guint8 *) octets, (unsigned) length };
      gnutls_datum_t identity = { (guint8 *) target->subject, (unsigned) strlen (target->subject) };
      return check (gnutls_psk_allocate_client_credentials (&tls->psk), error)
             && check (
               gnutls_psk_set_client_credentials2 (tls->psk, &identity, &key, GNUTLS_PSK_KEY_RAW),
               error)
             && check (gnutls_credentials_set (tls->session, GNUTLS_CRD_PSK, tls->psk), error);
    }
  gconstpointer chain = NULL;
  if (target->kind == GH_CREDENTIAL_X509 && target->public_data != NULL)
    chain = g_bytes_get_data (target->public_data, &length);
  if (!check (gnutls_certificate_allocate_credentials (&tls->certificates), error))
    return FALSE;
  gnutls_certificate_set_verify_limits (tls->certificates, 16384, GH_MAX_CHAIN);
  gnutls_certificate_set_verify_function (tls->certificates, gh_tls_session_verify);
  return gh_tls_add_key (tls->certificates, target->secret, chain, chain != NULL ? length : 0,
                         error)
         && check (gnutls_credentials_set (tls->session, GNUTLS_CRD_CERTIFICATE, tls->certificates),
                   error);
}

static gboolean
find_target (GhTlsSession *tls, const char *authority, GError **error)
{
  GhFault fault = { 0 };
  tls->target = gh_vault_find_target (gh_security_get_vault (tls->context->security), authority);
  if (tls->target == NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_UNREACHABLE, "no credential is kept for %s",
                   authority);
      return FALSE;
    }
  if (!gh_credential_check_usable (tls->target, gh_clock_wall_us (clock_of (tls)), &fault))
    {
      gh_fault_propagate (&fault, error);
      return FALSE;
    }
  return set_client_key (tls, error);
}

/* Taken out: a ticket is used once, and is put back by a new one when the association works. */
static void
resume (GhTlsSession *tls)
{
  GhTlsContext *context = tls->context;
  g_mutex_lock (&context->lock);
  GhTlsResumable *kept = NULL;
  gpointer name = NULL;
  g_hash_table_steal_extended (context->resumable, tls->resume_name, &name, (gpointer *) &kept);
  g_mutex_unlock (&context->lock);
  g_free (name);
  if (kept == NULL)
    return;
  guint64 credential = tls->target != NULL ? tls->target->number : 0;
  guint generation = tls->target != NULL ? tls->target->generation : 0;
  if (kept->credential == credential && kept->generation == generation
      && kept->until_us > gh_clock_wall_us (clock_of (tls)))
    {
      gsize length;
      gconstpointer data = gh_secret_data (kept->data, &length);
      gnutls_session_set_data (tls->session, data, length);
    }
  gh_secret_unref (kept->data);
  g_free (kept);
}

static gboolean
set_up_client (GhTlsSession *tls, const char *authority, GError **error)
{
  GhTlsContext *context = tls->context;
  gnutls_session_t session = tls->session;
  if (authority != NULL
        ? !find_target (tls, authority, error)
        : !check (gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, context->certificates),
                  error))
    return FALSE;
  GhTlsPriority priority = GH_TLS_PRIORITY_CERTIFICATES;
  if (tls->target != NULL && tls->target->kind == GH_CREDENTIAL_PSK)
    priority = GH_TLS_PRIORITY_PSK;
  else if (tls->target != NULL && tls->target->kind == GH_CREDENTIAL_RPK)
    priority = GH_TLS_PRIORITY_RAW;
  if (!check (gnutls_priority_set (session, context->priorities[priority]), error))
    return FALSE;
  if (priority != GH_TLS_PRIORITY_PSK)
    gnutls_ocsp_status_request_enable_client (session, NULL, 0, NULL);
  if (tls->server_name != NULL && tls->server_name[0] != '/'
      && !g_hostname_is_ip_address (tls->server_name)
      && !check (gnutls_server_name_set (session, GNUTLS_NAME_DNS, tls->server_name,
                                         strlen (tls->server_name)),
                 error))
    return FALSE;
  if (context->ticket_lifetime_s > 0 && tls->resume_name != NULL)
    resume (tls);
  return TRUE;
}

static gboolean
set_alpn (const GhTlsContext *context, gnutls_session_t session, GError **error)
{
  gnutls_datum_t names[8];
  unsigned n = 0;
  for (char **name = context->alpn; name != NULL && *name != NULL && n < G_N_ELEMENTS (names);
       name++)
    names[n++] = (gnutls_datum_t){ (guint8 *) *name, (unsigned) strlen (*name) };
  /* A client that offers only others is refused (RFC 7301 3.2); one that offers none is not. */
  return n == 0
         || check (gnutls_alpn_set_protocols (session, names, n, GNUTLS_ALPN_MANDATORY), error);
}

GhTlsSession *
gh_tls_session_new (GhTlsContext *context, gnutls_session_t session, const char *server_name,
                    const char *authority, GError **error)
{
  GhTlsSession *tls = g_new0 (GhTlsSession, 1);
  tls->context = gh_tls_context_ref (context);
  tls->session = session;
  tls->server_name = g_strdup (server_name);
  tls->resume_name = g_strdup (authority != NULL ? authority : server_name);
  gnutls_db_set_ptr (session, tls);
  gh_tls_key_log_settle (session);
  gnutls_handshake_set_hook_function (session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, see_message);
  gboolean ok = context->role == GH_TLS_SERVER ? set_up_server (tls, error)
                                               : set_up_client (tls, authority, error);
  if (ok && set_alpn (context, session, error))
    return tls;
  gh_tls_session_free (tls);
  return NULL;
}

void
gh_tls_session_free (GhTlsSession *tls)
{
  gh_claim_clear (&tls->claim);
  if (tls->psk != NULL)
    gnutls_psk_free_client_credentials (tls->psk);
  if (tls->certificates != NULL)
    gnutls_certificate_free_credentials (tls->certificates);
  g_clear_pointer (&tls->server_key, gh_server_key_unref);
  g_clear_pointer (&tls->target, gh_credential_unref);
  gh_tls_context_unref (tls->context);
  g_free (tls->server_name);
  g_free (tls->resume_name);
  g_free (tls);
}

gboolean
gh_tls_session_is_resumed (const GhTlsSession *tls)
{
  return gnutls_session_is_resumed (tls->session) != 0;
}

/* A resumed handshake has asked nobody: what the ticket holds is judged as if it had just been
 * shown. */
static gboolean
prove_again (GhTlsSession *tls, GhFault *fault)
{
  gh_claim_clear (&tls->claim);
  if (gnutls_auth_get_type (tls->session) != GNUTLS_CRD_PSK)
    return judge_certificate (tls, &tls->claim, fault);
  gnutls_datum_t identity = { NULL, 0 };
  g_autoptr (GhSecret) key = NULL;
  if (gnutls_psk_server_get_username2 (tls->session, &identity) >= 0
      && find_key (tls, identity.data, identity.size, &key, &tls->claim) == GH_KEY_FOUND)
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the identity of the ticket is not known");
}

/* The period that a ticket was made in is known; the credential must have been what it is now
 * before it began. In its first generation it has never been anything else. */
static GhTicketFacts
ticket_facts (const GhTlsSession *tls)
{
  const GhCredential *credential = tls->claim.credential;
  GhTicketFacts facts = { .made_us = tls->ticket_us, .not_after_us = tls->claim.not_after_us };
  if (credential == NULL)
    return facts;
  if (credential->kind == GH_CREDENTIAL_ANCHOR)
    facts.anchor = credential->number;
  else
    facts.credential = credential->number;
  facts.generation = credential->generation;
  if (credential->generation > 1 && credential->changed_us >= tls->ticket_us)
    facts.generation--;
  return facts;
}

static gboolean
admit_client (GhTlsSession *tls, GInetAddress *peer, guint64 association, GhAdmission *out,
              GhFault *fault)
{
  gboolean resumed = gh_tls_session_is_resumed (tls);
  if (resumed && !prove_again (tls, fault))
    return FALSE;
  if (!tls->proven && !resumed)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "the client has proven nothing");
  GhTicketFacts facts = ticket_facts (tls);
  return gh_security_admit (tls->context->security, &tls->claim, resumed ? &facts : NULL, peer,
                            association, out, fault);
}

/* A server proves that it has our common key, or shows a certificate. */
static gboolean
admit_server (GhTlsSession *tls, GInetAddress *peer, guint64 association, GhAdmission *out,
              GhFault *fault)
{
  gh_claim_clear (&tls->claim);
  if (gnutls_auth_get_type (tls->session) == GNUTLS_CRD_PSK)
    {
      if (tls->target == NULL)
        return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "a pre-shared key of nobody");
      tls->claim.proof = GH_PROOF_PSK;
      tls->claim.credential = gh_credential_ref (tls->target);
      tls->claim.not_after_us = GH_NEVER_US;
    }
  else if (!judge_certificate (tls, &tls->claim, fault))
    {
      return FALSE;
    }
  if (!gh_security_admit (tls->context->security, &tls->claim, NULL, peer, association, out, fault))
    return FALSE;
  if (tls->target != NULL)
    out->ends_us = MIN (out->ends_us, tls->target->not_after_us);
  return TRUE;
}

gboolean
gh_tls_session_admit (GhTlsSession *tls, GInetAddress *peer, guint64 association, GhAdmission *out,
                      GhFault *fault)
{
  gboolean admitted = gh_tls_profile_judge (tls->context->profile, tls->session, fault);
  if (admitted && tls->context->role == GH_TLS_SERVER)
    admitted = admit_client (tls, peer, association, out, fault);
  else if (admitted)
    admitted = admit_server (tls, peer, association, out, fault);
  gh_claim_clear (&tls->claim);
  return admitted;
}

void
gh_tls_session_describe (GhTlsSession *tls, char *out, gsize size)
{
  gnutls_session_t session = tls->session;
  gnutls_protocol_t version = gnutls_protocol_get_version (session);
  gnutls_mac_algorithm_t mac = gnutls_mac_get (session);
  /* In TLS 1.3 the exchange is always one over a group, and is no part of the suite. */
  const char *exchange = version == GNUTLS_TLS1_3
                           ? gnutls_group_get_name (gnutls_group_get (session))
                           : gnutls_kx_get_name (gnutls_kx_get (session));
  g_snprintf (
    out, size, "%s %s %s%s%s", gnutls_protocol_get_name (version),
    exchange != NULL ? exchange : "-", gnutls_cipher_get_name (gnutls_cipher_get (session)),
    mac == GNUTLS_MAC_AEAD ? "" : " ", mac == GNUTLS_MAC_AEAD ? "" : gnutls_mac_get_name (mac));
}

static void
forget_one (GhTlsContext *context)
{
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, context->resumable);
  if (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_iter_remove (&iter);
}

void
gh_tls_session_remember (GhTlsSession *tls)
{
  GhTlsContext *context = tls->context;
  if (context->role != GH_TLS_CLIENT || context->ticket_lifetime_s == 0 || tls->resume_name == NULL)
    return;
  if ((gnutls_session_get_flags (tls->session) & GNUTLS_SFLAGS_SESSION_TICKET) == 0
      && !gh_tls_session_is_resumed (tls))
    return;
  gnutls_datum_t data = { NULL, 0 };
  if (gnutls_session_get_data2 (tls->session, &data) < 0)
    return;
  GhTlsResumable *kept = g_new0 (GhTlsResumable, 1);
  kept->data = gh_secret_new (data.data, data.size, NULL);
  kept->credential = tls->target != NULL ? tls->target->number : 0;
  kept->generation = tls->target != NULL ? tls->target->generation : 0;
  kept->until_us = gh_clock_wall_us (clock_of (tls))
                   + (gint64) context->ticket_lifetime_s * G_USEC_PER_SEC;
  gnutls_memset (data.data, 0, data.size);
  gnutls_free (data.data);
  if (kept->data == NULL)
    {
      g_free (kept);
      return;
    }
  g_mutex_lock (&context->lock);
  if (g_hash_table_size (context->resumable) >= MAX_RESUMABLE)
    forget_one (context);
  g_hash_table_replace (context->resumable, g_strdup (tls->resume_name), kept);
  g_mutex_unlock (&context->lock);
}
