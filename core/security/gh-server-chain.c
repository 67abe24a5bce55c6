/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-server-chain.h"

#include <gnutls/abstract.h>
#include <string.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";

void
gh_server_chain_clear (GhServerChain *chain)
{
  for (guint i = 0; i < chain->n; i++)
    gnutls_x509_crt_deinit (chain->certificates[i]);
  chain->n = 0;
}

static gboolean
fail (GError **error, guint number, const char *text)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "certificate %u: %s", number, text);
  return FALSE;
}

static gboolean
add (GhServerChain *chain, const char *data, gsize length, gnutls_x509_crt_fmt_t format,
     GError **error)
{
  const gnutls_datum_t datum = { (guint8 *) data, (unsigned) length };
  gnutls_x509_crt_t certificate;
  int result;

  if (chain->n == GH_MAX_CHAIN)
    return fail (error, chain->n + 1, "at most 8 are expected");
  result = gnutls_x509_crt_init (&certificate);
  if (result >= 0)
    {
      chain->certificates[chain->n++] = certificate;
      result = gnutls_x509_crt_import (certificate, &datum, format);
    }
  return result >= 0 || fail (error, chain->n, gnutls_strerror (result));
}

static guint
line_of (const char *data, const char *at)
{
  guint line = 1;

  for (const char *p = data; p < at; p++)
    line += *p == '\n';
  return line;
}

static gboolean
is_certificate (const char *at, gsize left)
{
  static const char label[] = "-----BEGIN CERTIFICATE-----";

  return left >= sizeof label - 1 && memcmp (at, label, sizeof label - 1) == 0;
}

static gboolean
read_pem (const char *data, gsize length, GhServerChain *out, GError **error)
{
  const char *end = data + length;
  const char *at = memmem (data, length, begin_mark, sizeof begin_mark - 1);

  while (at != NULL)
    {
      const char *stop = memmem (at, (gsize) (end - at), end_mark, sizeof end_mark - 1);
      const char *line_end = stop != NULL ? memchr (stop, '\n', (gsize) (end - stop)) : NULL;
      const char *next = line_end != NULL ? line_end + 1 : end;

      if (is_certificate (at, (gsize) (end - at))
          && !add (out, at, (gsize) (next - at), GNUTLS_X509_FMT_PEM, error))
        {
          g_prefix_error (error, "line %u: ", line_of (data, at));
          return FALSE;
        }
      at = memmem (next, (gsize) (end - next), begin_mark, sizeof begin_mark - 1);
    }
  return TRUE;
}

gsize
gh_der_length (const guint8 *data, gsize length)
{
  gsize whole = 0;

  if (length < 4 || data[0] != 0x30)
    return 0;
  if (data[1] < 0x80)
    whole = 2 + (gsize) data[1];
  else if (data[1] == 0x81)
    whole = 3 + (gsize) data[2];
  else if (data[1] == 0x82)
    whole = 4 + ((gsize) data[2] << 8 | data[3]);
  return whole <= length ? whole : 0;
}

static gboolean
read_der (const guint8 *data, gsize length, GhServerChain *out, GError **error)
{
  while (length > 0)
    {
      const gsize size = gh_der_length (data, length);

      if (size == 0)
        return fail (error, out->n + 1, "neither PEM nor DER");
      if (!add (out, (const char *) data, size, GNUTLS_X509_FMT_DER, error))
        return FALSE;
      data += size;
      length -= size;
    }
  return TRUE;
}

gboolean
gh_server_chain_read (gconstpointer data, gsize length, GhServerChain *out, GError **error)
{
  const gboolean pem = memmem (data, length, begin_mark, sizeof begin_mark - 1) != NULL;

  out->n = 0;
  if (!(pem ? read_pem (data, length, out, error) : read_der (data, length, out, error)))
    return FALSE;
  return out->n > 0 || fail (error, 1, "there is none");
}

/* Without the extension it may be used for everything (RFC 5280 4.2.1.12). */
static gboolean
has_purpose (gnutls_x509_crt_t certificate)
{
  char purpose[128];
  gsize size = sizeof purpose;
  int result;

  for (unsigned i = 0; i < 32; i++)
    {
      size = sizeof purpose;
      result = gnutls_x509_crt_get_key_purpose_oid (certificate, i, purpose, &size, NULL);
      if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return i == 0;
      if (result >= 0
          && (strcmp (purpose, GNUTLS_KP_TLS_WWW_SERVER) == 0
              || strcmp (purpose, GNUTLS_KP_ANY) == 0))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_signed_by (gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
  const unsigned flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS
                         | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS
                         | GNUTLS_VERIFY_DO_NOT_ALLOW_SAME;
  unsigned status = 0;

  return gnutls_x509_crt_check_issuer (certificate, issuer)
         && gnutls_x509_crt_verify (certificate, &issuer, 1, flags, &status) >= 0 && status == 0;
}

gboolean
gh_server_chain_check (const GhServerChain *chain, GError **error)
{
  gnutls_x509_crt_t own = chain->certificates[0];
  unsigned usage = 0;

  if (gnutls_x509_crt_get_ca_status (own, NULL) > 0)
    return fail (error, 1, "basicConstraints: it is that of an authority");
  if (gnutls_x509_crt_get_key_usage (own, &usage, NULL) >= 0
      && (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) == 0)
    return fail (error, 1, "keyUsage: digitalSignature is expected");
  if (!has_purpose (own))
    return fail (error, 1, "extKeyUsage: serverAuth is expected");
  for (guint i = 0; i + 1 < chain->n; i++)
    if (!is_signed_by (chain->certificates[i], chain->certificates[i + 1]))
      return fail (error, i + 1, "the next one has not signed it");
  return TRUE;
}

gboolean
gh_server_chain_check_time (const GhServerChain *chain, gint64 wall_us, GError **error)
{
  const gint64 now_s = wall_us / G_USEC_PER_SEC;

  if (now_s < (gint64) gnutls_x509_crt_get_activation_time (chain->certificates[0]))
    return fail (error, 1, "notBefore: it is not yet valid");
  if (now_s > (gint64) gnutls_x509_crt_get_expiration_time (chain->certificates[0]))
    return fail (error, 1, "notAfter: its validity has ended");
  return TRUE;
}

static gboolean
key_id (gnutls_pubkey_t key, guint8 out[32])
{
  gsize size = 32;

  return gnutls_pubkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, out, &size) >= 0 && size == 32;
}

gboolean
gh_server_chain_has_key (const GhServerChain *chain, const GhSecret *key)
{
  gsize length;
  const guint8 *octets = gh_secret_data (key, &length);
  const gnutls_datum_t datum = { (guint8 *) octets, (unsigned) length };
  const gboolean pem = memmem (octets, length, begin_mark, sizeof begin_mark - 1) != NULL;
  gnutls_privkey_t private_key = NULL;
  gnutls_pubkey_t mine = NULL, its = NULL;
  guint8 my_id[32], its_id[32];
  gboolean same =
    gnutls_privkey_init (&private_key) >= 0 && gnutls_pubkey_init (&mine) >= 0
    && gnutls_pubkey_init (&its) >= 0
    && gnutls_privkey_import_x509_raw (private_key, &datum,
                                       pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER, NULL, 0)
         >= 0
    && gnutls_pubkey_import_privkey (mine, private_key, 0, 0) >= 0
    && gnutls_pubkey_import_x509 (its, chain->certificates[0], 0) >= 0 && key_id (mine, my_id)
    && key_id (its, its_id) && memcmp (my_id, its_id, sizeof my_id) == 0;

  g_clear_pointer (&its, gnutls_pubkey_deinit);
  g_clear_pointer (&mine, gnutls_pubkey_deinit);
  g_clear_pointer (&private_key, gnutls_privkey_deinit);
  return same;
}

GBytes *
gh_server_chain_export (const GhServerChain *chain, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();

  for (guint i = 0; i < chain->n; i++)
    {
      gnutls_datum_t der = { NULL, 0 };
      const int result = gnutls_x509_crt_export2 (chain->certificates[i], GNUTLS_X509_FMT_DER,
                                                  &der);

      if (result < 0)
        {
          fail (error, i + 1, gnutls_strerror (result));
          return NULL;
        }
      g_byte_array_append (all, der.data, der.size);
      gnutls_free (der.data);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}
