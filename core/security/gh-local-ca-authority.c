/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-local-ca-private.h"

#include <gnutls/crypto.h>
#include <string.h>

#define DAY_S 86400
/* Clocks of peers are not quite ours. */
#define BACKDATED_S    300
#define AUTHORITY_DAYS 3650

static const GhAuthority rows[] = {
  [GH_AUTHORITY_ROOT] = { "ca-key", "ca-certificate", "ca-crl", NULL, NULL },
  [GH_AUTHORITY_AE] = { "ae-ca-key", "ae-ca-certificate", "ae-ca-crl", NULL, NULL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (rows) == GH_N_AUTHORITIES);

gboolean
gh_ca_check (int result, const char *what, GError **error)
{
  if (result >= 0)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "local CA: %s: %s", what,
               gnutls_strerror (result));
  return FALSE;
}

void
gh_authority_clear (GhAuthority *authority)
{
  g_clear_pointer (&authority->key, gnutls_x509_privkey_deinit);
  g_clear_pointer (&authority->certificate, gnutls_x509_crt_deinit);
}

gboolean
gh_authority_load (GhVault *vault, GhAuthorityNumber number, GhAuthority *out, GError **error)
{
  g_autoptr (GhSecret) key = NULL, certificate = NULL;
  gsize length;
  gnutls_datum_t datum;

  *out = rows[number];
  key = gh_vault_get_item (vault, out->key_item);
  certificate = gh_vault_get_item (vault, out->certificate_item);
  if (key == NULL || certificate == NULL)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_NOT_FOUND,
                           "local CA: there is none; make one with \"ghctl ca init\"");
      return FALSE;
    }
  datum.data = (guint8 *) gh_secret_data (key, &length);
  datum.size = (unsigned) length;
  if (!gh_ca_check (gnutls_x509_privkey_init (&out->key), "key", error)
      || !gh_ca_check (gnutls_x509_privkey_import_pkcs8 (out->key, &datum, GNUTLS_X509_FMT_DER,
                                                         NULL, GNUTLS_PKCS_PLAIN),
                       "key", error))
    return FALSE;
  datum.data = (guint8 *) gh_secret_data (certificate, &length);
  datum.size = (unsigned) length;
  return gh_ca_check (gnutls_x509_crt_init (&out->certificate), "certificate", error)
         && gh_ca_check (gnutls_x509_crt_import (out->certificate, &datum, GNUTLS_X509_FMT_DER),
                         "certificate", error);
}

gboolean
gh_ca_new_key (gnutls_x509_privkey_t *out, GError **error)
{
  return gh_ca_check (gnutls_x509_privkey_init (out), "key", error)
         && gh_ca_check (
           gnutls_x509_privkey_generate (*out, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0),
           "making a key", error);
}

GhSecret *
gh_ca_key_to_secret (gnutls_x509_privkey_t key, GError **error)
{
  gnutls_datum_t der = { NULL, 0 };
  GhSecret *secret = NULL;

  if (gh_ca_check (
        gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der),
        "key", error))
    secret = gh_secret_new (der.data, der.size, error);
  if (der.data != NULL)
    gnutls_memset (der.data, 0, der.size);
  gnutls_free (der.data);
  return secret;
}

gboolean
gh_ca_new_certificate (GhClock *clock, guint days, gnutls_x509_crt_t *out, GError **error)
{
  const time_t now = (time_t) (gh_clock_wall_us (clock) / G_USEC_PER_SEC);
  guint8 serial[GH_CA_SERIAL_LENGTH];
  int result;

  gh_random_bytes (serial, sizeof serial);
  /* Positive and of full length (RFC 5280 4.1.2.2). */
  serial[0] = (guint8) ((serial[0] & 0x3f) | 0x40);
  result = gnutls_x509_crt_init (out);
  if (result >= 0)
    result = gnutls_x509_crt_set_version (*out, 3);
  if (result >= 0)
    result = gnutls_x509_crt_set_serial (*out, serial, sizeof serial);
  if (result >= 0)
    result = gnutls_x509_crt_set_activation_time (*out, now - BACKDATED_S);
  if (result >= 0)
    result = gnutls_x509_crt_set_expiration_time (*out, now + (time_t) days * DAY_S);
  return gh_ca_check (result, "certificate", error);
}

/* The first 20 octets of the SHA-1 that RFC 5280 proposes are only a name; SHA-256 names as well.
 */
static int
set_key_ids (gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
  guint8 id[32];
  gsize size = sizeof id;
  int result = gnutls_x509_crt_get_key_id (certificate, GNUTLS_KEYID_USE_SHA256, id, &size);

  if (result >= 0)
    result = gnutls_x509_crt_set_subject_key_id (certificate, id, MIN (size, 20));
  size = sizeof id;
  if (result >= 0)
    result = gnutls_x509_crt_get_key_id (issuer, GNUTLS_KEYID_USE_SHA256, id, &size);
  return result >= 0 ? gnutls_x509_crt_set_authority_key_id (certificate, id, MIN (size, 20))
                     : result;
}

gboolean
gh_ca_sign (gnutls_x509_crt_t certificate, const GhAuthority *issuer, gnutls_x509_privkey_t own_key,
            GError **error)
{
  gnutls_x509_crt_t by = issuer != NULL ? issuer->certificate : certificate;
  int result = set_key_ids (certificate, by);

  if (result >= 0)
    result = gnutls_x509_crt_sign2 (certificate, by, issuer != NULL ? issuer->key : own_key,
                                    GNUTLS_DIG_SHA256, 0);
  return gh_ca_check (result, "signing", error);
}

GBytes *
gh_ca_export (gnutls_x509_crt_t certificate, GError **error)
{
  gnutls_datum_t der = { NULL, 0 };
  GBytes *bytes;

  if (!gh_ca_check (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_DER, &der), "certificate",
                    error))
    return NULL;
  bytes = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);
  return bytes;
}

gboolean
gh_ca_put_item (GhVault *vault, const char *name, GBytes *data, GError **error)
{
  g_autoptr (GhSecret) item = gh_secret_new (g_bytes_get_data (data, NULL), g_bytes_get_size (data),
                                             error);

  return item != NULL && gh_vault_put_item (vault, name, item, error);
}

static int
permit (gnutls_x509_name_constraints_t constraints, gnutls_x509_subject_alt_name_t type,
        const char *name)
{
  const gnutls_datum_t datum = { (guint8 *) name, (unsigned) strlen (name) };

  return gnutls_x509_name_constraints_add_permitted (constraints, type, &datum);
}

/* The root's are domain names, the AE authority's the host part of URIs. */
static gboolean
constrain (gnutls_x509_crt_t certificate, GhAuthorityNumber number, const GhCaSite *site,
           GError **error)
{
  g_auto (gnutls_x509_name_constraints_t) constraints = NULL;
  int result = gnutls_x509_name_constraints_init (&constraints);

  if (result >= 0 && number == GH_AUTHORITY_AE)
    result = permit (constraints, GNUTLS_SAN_URI, site->sp_domain);
  else if (result >= 0)
    result = permit (constraints, GNUTLS_SAN_DNSNAME, site->sp_domain);
  for (guint i = 0; number == GH_AUTHORITY_ROOT && result >= 0 && site->hosts[i] != NULL; i++)
    result = permit (constraints, GNUTLS_SAN_DNSNAME, site->hosts[i]);
  if (result >= 0)
    result = gnutls_x509_crt_set_name_constraints (certificate, constraints, 1);
  return gh_ca_check (result, "nameConstraints", error);
}

/* A name of its own, so that a second authority of the same site is another one. */
static gboolean
name_authority (gnutls_x509_crt_t certificate, GhAuthorityNumber number, const char *suffix,
                const char *sp_domain, GError **error)
{
  g_autofree char *name = g_strdup_printf (
    "Gatehouse %s %s", number == GH_AUTHORITY_AE ? "AE authority" : "authority", suffix);
  int result = gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                              sp_domain, (unsigned) MIN (strlen (sp_domain), 64));

  if (result >= 0)
    result = gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                            (unsigned) strlen (name));
  return gh_ca_check (result, "name of the authority", error);
}

static gboolean
add_anchor (GhVault *vault, GhAuthorityNumber number, GBytes *certificate, GError **error)
{
  const gboolean ae = number == GH_AUTHORITY_AE;
  const GhVaultDraft draft = {
    .kind = GH_CREDENTIAL_ANCHOR,
    .label = ae ? "local AE authority" : "local authority",
    .purposes = ae ? GH_PURPOSE_AE : GH_PURPOSE_ALL & ~(guint) GH_PURPOSE_AE,
    .public_data = certificate,
  };
  g_autoptr (GhCredential) anchor = gh_vault_add (vault, &draft, error);

  return anchor != NULL;
}

static gboolean
keep_authority (GhVault *vault, GhAuthorityNumber number, const GhAuthority *made, GError **error)
{
  g_autoptr (GhSecret) key = gh_ca_key_to_secret (made->key, error);
  g_autoptr (GBytes) certificate = key != NULL ? gh_ca_export (made->certificate, error) : NULL;

  return certificate != NULL && gh_vault_put_item (vault, made->key_item, key, error)
         && gh_ca_put_item (vault, made->certificate_item, certificate, error)
         && gh_vault_put_item (vault, made->list_item, NULL, error)
         && add_anchor (vault, number, certificate, error);
}

static gboolean
make_authority (GhClock *clock, GhAuthorityNumber number, const GhCaSite *site, const char *suffix,
                const GhAuthority *root, GhAuthority *out, GError **error)
{
  gnutls_x509_crt_t certificate;

  *out = rows[number];
  if (!gh_ca_new_key (&out->key, error)
      || !gh_ca_new_certificate (clock, AUTHORITY_DAYS, &out->certificate, error))
    return FALSE;
  certificate = out->certificate;
  return gh_ca_check (gnutls_x509_crt_set_key (certificate, out->key), "key", error)
         && name_authority (certificate, number, suffix, site->sp_domain, error)
         && gh_ca_check (gnutls_x509_crt_set_basic_constraints (
                           certificate, 1, number == GH_AUTHORITY_ROOT ? 1 : 0),
                         "basicConstraints", error)
         && gh_ca_check (gnutls_x509_crt_set_key_usage (
                           certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                          | GNUTLS_KEY_DIGITAL_SIGNATURE),
                         "keyUsage", error)
         && constrain (certificate, number, site, error)
         && gh_ca_sign (certificate, root, out->key, error);
}

gboolean
gh_local_ca_exists (GhVault *vault)
{
  g_autoptr (GhSecret) last = gh_vault_get_item (vault, rows[GH_AUTHORITY_AE].certificate_item);

  return last != NULL;
}

gboolean
gh_local_ca_init (GhVault *vault, GhClock *clock, const GhCaSite *site, gboolean replace,
                  GError **error)
{
  g_auto (GhAuthority) root = { NULL }, ae = { NULL };
  guint8 octets[4];
  char suffix[9];

  if (!replace && gh_local_ca_exists (vault))
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_CONFLICT, "local CA: there is one already");
      return FALSE;
    }
  gh_random_bytes (octets, sizeof octets);
  g_snprintf (suffix, sizeof suffix, "%02x%02x%02x%02x", octets[0], octets[1], octets[2],
              octets[3]);
  return make_authority (clock, GH_AUTHORITY_ROOT, site, suffix, NULL, &root, error)
         && make_authority (clock, GH_AUTHORITY_AE, site, suffix, &root, &ae, error)
         && keep_authority (vault, GH_AUTHORITY_ROOT, &root, error)
         && keep_authority (vault, GH_AUTHORITY_AE, &ae, error);
}
