/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "security/gh-local-ca-private.h"
#include "security/gh-server-chain.h"

#define LIST_DAYS   30
#define DAY_S       86400
#define MAX_ENTRIES 1000 /* a list has to fit into an item */
#define MAX_SERIAL  32

/* The list of an authority as it was signed last; an empty one when it has none. */
static gboolean
load_list (GhVault *vault, const GhAuthority *authority, gnutls_x509_crl_t *out, GError **error)
{
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, authority->list_item);
  gnutls_datum_t datum;
  gsize length;

  if (!gh_ca_check (gnutls_x509_crl_init (out), "revocation list", error))
    return FALSE;
  if (item == NULL)
    return TRUE;
  datum.data = (guint8 *) gh_secret_data (item, &length);
  datum.size = (unsigned) length;
  return gh_ca_check (gnutls_x509_crl_import (*out, &datum, GNUTLS_X509_FMT_DER), "revocation list",
                      error);
}

/* Copies the entries of @old. @serial: (nullable): looked for. */
static int
copy_entries (gnutls_x509_crl_t old, gnutls_x509_crl_t list, const guint8 *serial, gsize length,
              guint *out_n, gboolean *out_found)
{
  gnutls_x509_crl_iter_t iterator = NULL;
  int result = 0;

  *out_n = 0;
  *out_found = FALSE;
  while (result >= 0)
    {
      guint8 one[MAX_SERIAL];
      gsize size = sizeof one;
      time_t when;

      result = gnutls_x509_crl_iter_crt_serial (old, &iterator, one, &size, &when);
      if (result < 0)
        break;
      *out_found |= serial != NULL && size == length && memcmp (one, serial, size) == 0;
      result = gnutls_x509_crl_set_crt_serial (list, one, size, when);
      (*out_n)++;
    }
  gnutls_x509_crl_iter_deinit (iterator);
  return result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ? 0 : result;
}

/* Lists are numbered by the second that they are made in, or one more than the last one. */
static int
set_number (gnutls_x509_crl_t old, gnutls_x509_crl_t list, time_t now)
{
  guint8 octets[16];
  gsize size = sizeof octets;
  guint64 number = (guint64) now, last = 0;
  unsigned critical;

  if (gnutls_x509_crl_get_number (old, octets, &size, &critical) >= 0)
    for (gsize i = 0; i < size; i++)
      last = last << 8 | octets[i];
  number = MAX (number, last + 1);
  for (guint i = 0; i < 8; i++)
    octets[i] = (guint8) (number >> (56 - 8 * i));
  return gnutls_x509_crl_set_number (list, octets, 8);
}

static gboolean
sign_list (gnutls_x509_crl_t old, gnutls_x509_crl_t list, const GhAuthority *authority, time_t now,
           GError **error)
{
  guint8 id[64];
  gsize size = sizeof id;
  unsigned critical;
  int result = gnutls_x509_crl_set_version (list, 2);

  if (result >= 0)
    result = gnutls_x509_crl_set_this_update (list, now);
  if (result >= 0)
    result = gnutls_x509_crl_set_next_update (list, now + (time_t) LIST_DAYS * DAY_S);
  if (result >= 0)
    result = set_number (old, list, now);
  if (result >= 0)
    result = gnutls_x509_crt_get_subject_key_id (authority->certificate, id, &size, &critical);
  if (result >= 0)
    result = gnutls_x509_crl_set_authority_key_id (list, id, size);
  if (result >= 0)
    result = gnutls_x509_crl_sign2 (list, authority->certificate, authority->key, GNUTLS_DIG_SHA256,
                                    0);
  return gh_ca_check (result, "signing the revocation list", error);
}

static GBytes *
export_list (gnutls_x509_crl_t list, GError **error)
{
  gnutls_datum_t der = { NULL, 0 };
  GBytes *bytes;

  if (!gh_ca_check (gnutls_x509_crl_export2 (list, GNUTLS_X509_FMT_DER, &der), "revocation list",
                    error))
    return NULL;
  bytes = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);
  return bytes;
}

/* Signs the list anew, with @serial added when it is not NULL. Returns: (transfer full): DER */
static GBytes *
renew_list (GhVault *vault, GhClock *clock, const GhAuthority *authority, const guint8 *serial,
            gsize length, GError **error)
{
  const time_t now = (time_t) (gh_clock_wall_us (clock) / G_USEC_PER_SEC);
  g_auto (gnutls_x509_crl_t) old = NULL, list = NULL;
  g_autoptr (GBytes) der = NULL;
  gboolean found = FALSE;
  guint n = 0;
  int result;

  if (!load_list (vault, authority, &old, error)
      || !gh_ca_check (gnutls_x509_crl_init (&list), "revocation list", error))
    return NULL;
  result = copy_entries (old, list, serial, length, &n, &found);
  if (result >= 0 && serial != NULL && !found)
    {
      if (n >= MAX_ENTRIES)
        {
          g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT,
                       "local CA: its revocation list is full (%d); make a new authority",
                       MAX_ENTRIES);
          return NULL;
        }
      result = gnutls_x509_crl_set_crt_serial (list, serial, length, now);
    }
  if (!gh_ca_check (result, "revocation list", error)
      || !sign_list (old, list, authority, now, error))
    return NULL;
  der = export_list (list, error);
  return der != NULL && gh_ca_put_item (vault, authority->list_item, der, error)
           ? g_steal_pointer (&der)
           : NULL;
}

static gboolean
read_certificate (GBytes *bytes, gnutls_x509_crt_t *out, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const gnutls_datum_t datum = { (guint8 *) data, (unsigned) gh_der_length (data, size) };

  return gh_ca_check (gnutls_x509_crt_init (out), "certificate", error)
         && gh_ca_check (gnutls_x509_crt_import (*out, &datum, GNUTLS_X509_FMT_DER), "certificate",
                         error);
}

gboolean
gh_local_ca_revoke (GhVault *vault, GhClock *clock, GBytes *certificate, GError **error)
{
  g_auto (gnutls_x509_crt_t) revoked = NULL;

  if (!read_certificate (certificate, &revoked, error))
    return FALSE;
  for (guint i = 0; i < GH_N_AUTHORITIES; i++)
    {
      g_auto (GhAuthority) authority = { NULL };
      g_autoptr (GBytes) list = NULL;
      guint8 serial[MAX_SERIAL];
      gsize length = sizeof serial;

      if (!gh_authority_load (vault, i, &authority, error))
        return FALSE;
      if (gnutls_x509_crt_check_issuer (revoked, authority.certificate) != 1
          || gnutls_x509_crt_check_issuer (revoked, revoked) == 1)
        continue;
      if (!gh_ca_check (gnutls_x509_crt_get_serial (revoked, serial, &length), "serial number",
                        error))
        return FALSE;
      list = renew_list (vault, clock, &authority, serial, length, error);
      return list != NULL;
    }
  g_set_error_literal (error, GH_ERROR, GH_ERROR_NOT_FOUND,
                       "local CA: the certificate was not issued by it");
  return FALSE;
}

char *
gh_pem_encode (const char *label, GBytes *data, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize left;
  const guint8 *at = g_bytes_get_data (data, &left);

  while (left > 0)
    {
      const gsize length = gh_der_length (at, left);
      const gnutls_datum_t datum = { (guint8 *) at, (unsigned) length };
      gnutls_datum_t pem = { NULL, 0 };

      if (length == 0)
        {
          g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%s: no DER", label);
          return NULL;
        }
      if (!gh_ca_check (gnutls_pem_base64_encode2 (label, &datum, &pem), label, error))
        return NULL;
      g_string_append_len (text, (const char *) pem.data, (gssize) pem.size);
      gnutls_free (pem.data);
      at += length;
      left -= length;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
gh_local_ca_export_lists (GhVault *vault, GhClock *clock, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < GH_N_AUTHORITIES; i++)
    {
      g_auto (GhAuthority) authority = { NULL };
      g_autoptr (GBytes) list = gh_authority_load (vault, i, &authority, error)
                                  ? renew_list (vault, clock, &authority, NULL, 0, error)
                                  : NULL;
      g_autofree char *pem = list != NULL ? gh_pem_encode ("X509 CRL", list, error) : NULL;

      if (pem == NULL)
        return NULL;
      g_string_append (all, pem);
    }
  return g_string_free (g_steal_pointer (&all), FALSE);
}

char *
gh_local_ca_export_certificates (GhVault *vault, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < GH_N_AUTHORITIES; i++)
    {
      g_auto (GhAuthority) authority = { NULL };
      g_autoptr (GBytes) der = gh_authority_load (vault, i, &authority, error)
                                 ? gh_ca_export (authority.certificate, error)
                                 : NULL;
      g_autofree char *pem = der != NULL ? gh_pem_encode ("CERTIFICATE", der, error) : NULL;

      if (pem == NULL)
        return NULL;
      g_string_append (all, pem);
    }
  return g_string_free (g_steal_pointer (&all), FALSE);
}
