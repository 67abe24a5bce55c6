/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

#include "security/gh-server-chain.h"
#include "base/gh-hash.h"
#include "security/gh-tls-private.h"

static gboolean
check (int status, const char *what, GError **error)
{
  if (status >= 0)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "%s: %s", what, gnutls_strerror (status));
  return FALSE;
}

static gboolean
make_priorities (GhTlsContext *context, GError **error)
{
  static const struct {
    gboolean psk, certificates, raw_first;
  } kinds[GH_TLS_N_PRIORITIES] = {
    [GH_TLS_PRIORITY_CERTIFICATES] = { FALSE, TRUE, FALSE },
    [GH_TLS_PRIORITY_PSK] = { TRUE, FALSE, FALSE },
    [GH_TLS_PRIORITY_BOTH] = { TRUE, TRUE, FALSE },
    [GH_TLS_PRIORITY_RAW] = { FALSE, TRUE, TRUE },
  };
  for (guint i = 0; i < GH_TLS_N_PRIORITIES; i++)
    {
      GhTlsOffer offer = { context->datagram, kinds[i].psk, kinds[i].certificates,
                           context->raw_keys, kinds[i].raw_first };
      g_autofree char *text = gh_tls_profile_priority (context->profile, &offer);
      if (!check (gnutls_priority_init2 (&context->priorities[i], text, NULL, 0), text, error))
        return FALSE;
    }
  return TRUE;
}

/* PEM, or certificates in DER one after the other. */
static int
read_chain (const guint8 *octets, gsize length, gnutls_pcert_st *out, unsigned *n)
{
  gnutls_datum_t data = { (guint8 *) octets, (unsigned) length };
  if (length > 0 && octets[0] == '-')
    return gnutls_pcert_list_import_x509_raw (out, n, &data, GNUTLS_X509_FMT_PEM, 0);
  unsigned count = 0;
  for (gsize at = 0; at < length; count++)
    {
      gsize size = gh_der_length (octets + at, length - at);
      if (count == *n || size == 0)
        return GNUTLS_E_ASN1_DER_ERROR;
      data = (gnutls_datum_t){ (guint8 *) octets + at, (unsigned) size };
      int status = gnutls_pcert_import_x509_raw (&out[count], &data, GNUTLS_X509_FMT_DER, 0);
      if (status < 0)
        return status;
      at += size;
    }
  *n = count;
  return count > 0 ? 0 : GNUTLS_E_NO_CERTIFICATE_FOUND;
}

static gnutls_privkey_t
read_key (GhSecret *secret, GError **error)
{
  gsize length;
  const guint8 *octets = gh_secret_data (secret, &length);
  gnutls_datum_t data = { (guint8 *) octets, (unsigned) length };
  gnutls_privkey_t key;
  if (!check (gnutls_privkey_init (&key), "private key", error))
    return NULL;
  gnutls_x509_crt_fmt_t format = length > 0 && octets[0] == '-' ? GNUTLS_X509_FMT_PEM
                                                                : GNUTLS_X509_FMT_DER;
  if (check (gnutls_privkey_import_x509_raw (key, &data, format, NULL, 0), "private key", error))
    return key;
  gnutls_privkey_deinit (key);
  return NULL;
}

/* GnuTLS takes over @key. */
static gboolean
set_key (gnutls_certificate_credentials_t to, gnutls_pcert_st *certificates, unsigned n,
         gnutls_privkey_t key, GError **error)
{
  int status = gnutls_certificate_set_key (to, NULL, 0, certificates, (int) n, key);
  if (status >= 0)
    return TRUE;
  for (unsigned i = 0; i < n; i++)
    gnutls_pcert_deinit (&certificates[i]);
  gnutls_privkey_deinit (key);
  return check (status, "private key and certificate", error);
}

static gboolean
add_raw_key (gnutls_certificate_credentials_t to, GhSecret *secret, GError **error)
{
  gnutls_privkey_t key = read_key (secret, error);
  gnutls_pubkey_t public_key;
  gnutls_pcert_st certificate;
  if (key == NULL)
    return FALSE;
  int status = gnutls_pubkey_init (&public_key);
  if (status >= 0)
    {
      status = gnutls_pubkey_import_privkey (public_key, key, 0, 0);
      if (status >= 0)
        status = gnutls_pcert_import_rawpk (&certificate, public_key, 0);
      if (status < 0)
        gnutls_pubkey_deinit (public_key);
    }
  if (check (status, "raw public key", error))
    return set_key (to, &certificate, 1, key, error);
  gnutls_privkey_deinit (key);
  return FALSE;
}

gboolean
gh_tls_add_key (gnutls_certificate_credentials_t to, GhSecret *secret, gconstpointer chain,
                gsize length, GError **error)
{
  if (chain == NULL)
    return add_raw_key (to, secret, error);
  gnutls_pcert_st certificates[GH_MAX_CHAIN] = { 0 };
  unsigned n = GH_MAX_CHAIN;
  gnutls_privkey_t key = read_key (secret, error);
  if (key == NULL)
    return FALSE;
  int status = read_chain (chain, length, certificates, &n);
  if (status >= 0)
    return set_key (to, certificates, n, key, error);
  gnutls_privkey_deinit (key);
  return check (status, "certificate", error);
}

/* The first listener reads what the server shows; sessions take what there is when they begin. */
static gboolean
check_server_key (GhTlsContext *context, GError **error)
{
  GhServerKeys *keys = gh_security_get_server_keys (context->security);
  g_autoptr (GhServerKey) key = gh_server_keys_get (keys);
  if (key == NULL)
    {
      if (!gh_server_keys_load (keys, NULL, error))
        return FALSE;
      key = gh_server_keys_get (keys);
    }
  if (gh_server_key_has (key, context->raw_keys) || context->can_psk)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
               "the vault has no %s, and no pre-shared keys are accepted",
               gh_server_key_has (key, TRUE) ? "server-certificate" : "server-key");
  return FALSE;
}

static gboolean
set_up_server (GhTlsContext *context, GError **error)
{
  context->can_psk = !context->require_certificate
                     && gh_security_can_prove (context->security, GH_CREDENTIAL_PSK);
  if (!check_server_key (context, error)
      || !check (gnutls_psk_allocate_server_credentials (&context->psk), "out of memory", error))
    return FALSE;
  gnutls_psk_set_server_credentials_function2 (context->psk, gh_tls_session_give_key);
  if (context->ticket_lifetime_s == 0)
    return TRUE;
  /* A ticket of one kind of listener is none of another, whose rules may be stricter. */
  g_autofree char *label = g_strdup_printf ("%s %s %s", context->profile->name,
                                            context->datagram ? "dtls" : "tls",
                                            context->require_certificate ? "certificate" : "any");
  context->tickets = gh_ticket_keys_new (gh_security_get_vault (context->security),
                                         gh_security_get_clock (context->security),
                                         context->ticket_lifetime_s, label, error);
  return context->tickets != NULL;
}

static gboolean
set_up_client (GhTlsContext *context, GError **error)
{
  if (!check (gnutls_certificate_allocate_credentials (&context->certificates), "out of memory",
              error))
    return FALSE;
  gnutls_certificate_set_verify_limits (context->certificates, 16384, GH_MAX_CHAIN);
  gnutls_certificate_set_verify_function (context->certificates, gh_tls_session_verify);
  return TRUE;
}

static void
resumable_free (gpointer data)
{
  GhTlsResumable *resumable = data;
  g_clear_pointer (&resumable->data, gh_secret_unref);
  g_free (resumable);
}

GhTlsContext *
gh_tls_context_new (GhSecurity *security, const GhTlsContextConfig *config, GError **error)
{
  g_autoptr (GhTlsContext) context = g_new0 (GhTlsContext, 1);
  context->ref_count = 1;
  context->security = security;
  context->profile = config->profile;
  context->role = config->role;
  context->datagram = config->datagram;
  context->raw_keys = config->raw_keys && gh_security_can_prove (security, GH_CREDENTIAL_RPK);
  context->require_certificate = config->require_certificate;
  if (config->ticket_lifetime_s > 0)
    context->ticket_lifetime_s = CLAMP (config->ticket_lifetime_s, 60, 604800);
  context->alpn = g_strdupv ((char **) config->alpn);
  context->resumable = g_hash_table_new_full (gh_text_hash, g_str_equal, g_free, resumable_free);
  g_mutex_init (&context->lock);
  if (!make_priorities (context, error))
    return NULL;
  if (context->role == GH_TLS_SERVER ? !set_up_server (context, error)
                                     : !set_up_client (context, error))
    return NULL;
  return g_steal_pointer (&context);
}

GhTlsContext *
gh_tls_context_ref (GhTlsContext *context)
{
  g_atomic_int_inc (&context->ref_count);
  return context;
}

void
gh_tls_context_unref (GhTlsContext *context)
{
  if (!g_atomic_int_dec_and_test (&context->ref_count))
    return;
  for (guint i = 0; i < GH_TLS_N_PRIORITIES; i++)
    if (context->priorities[i] != NULL)
      gnutls_priority_deinit (context->priorities[i]);
  if (context->certificates != NULL)
    gnutls_certificate_free_credentials (context->certificates);
  if (context->psk != NULL)
    gnutls_psk_free_server_credentials (context->psk);
  g_clear_pointer (&context->tickets, gh_ticket_keys_free);
  g_hash_table_unref (context->resumable);
  g_mutex_clear (&context->lock);
  g_strfreev (context->alpn);
  g_free (context);
}

unsigned
gh_tls_context_init_flags (const GhTlsContext *context)
{
  unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL;
  flags |= context->role == GH_TLS_SERVER ? GNUTLS_SERVER : GNUTLS_CLIENT;
  if (context->datagram)
    flags |= GNUTLS_DATAGRAM;
  if (context->raw_keys)
    flags |= GNUTLS_ENABLE_RAWPK;
  if (context->ticket_lifetime_s == 0)
    flags |= GNUTLS_NO_TICKETS;
  return flags;
}
