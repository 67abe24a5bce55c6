/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-local-ca.h"

#include <string.h>

#include "security/gh-local-ca-private.h"
#include "security/gh-originator.h"
#include "security/gh-server-chain.h"
#include "security/gh-subject.h"

#define DAY_US       (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define DEFAULT_DAYS 365
#define MAX_DAYS     3650
#define RENEW_DAYS   30

static const char *const flavour_names[] = {
  [GH_CA_AE] = "ae",
  [GH_CA_CSE] = "cse",
  [GH_CA_NODE] = "node",
  [GH_CA_DEVICE] = "device",
};
G_STATIC_ASSERT (G_N_ELEMENTS (flavour_names) == GH_N_CA_FLAVOURS);

gboolean
gh_ca_flavour_parse (const char *name, GhCaFlavour *out)
{
  for (guint i = 0; i < GH_N_CA_FLAVOURS; i++)
    if (strcmp (name, flavour_names[i]) == 0)
      {
        *out = (GhCaFlavour) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
refuse (const char *subject, const char *expected, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "local CA: \"%.128s\" is not %s", subject,
               expected);
  return FALSE;
}

/* What ends a certificate's life: keys of ends sign handshakes, and nothing else. */
static gboolean
set_usage (gnutls_x509_crt_t certificate, gboolean server, GError **error)
{
  int result = gnutls_x509_crt_set_basic_constraints (certificate, 0, -1);

  if (result >= 0)
    result = gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (result >= 0)
    result = gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_CLIENT, 0);
  if (result >= 0 && server)
    result = gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
  return gh_ca_check (result, "keyUsage", error);
}

static gboolean
add_name (gnutls_x509_crt_t certificate, gnutls_x509_subject_alt_name_t type, gconstpointer name,
          gsize length, GError **error)
{
  return gh_ca_check (gnutls_x509_crt_set_subject_alt_name (certificate, type, name,
                                                            (unsigned) length, GNUTLS_FSAN_APPEND),
                      "subjectAltName", error);
}

static gboolean
set_common_name (gnutls_x509_crt_t certificate, const char *name, GError **error)
{
  return gh_ca_check (gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0,
                                                     name, (unsigned) MIN (strlen (name), 64)),
                      "subject", error);
}

/* The certificate of the server. */

static gboolean
add_server_names (gnutls_x509_crt_t certificate, const GhCaSite *site, GError **error)
{
  g_autofree char *own = g_strdup_printf ("%s.%s", site->cse_id, site->sp_domain);

  for (guint i = 0; site->hosts[i] != NULL; i++)
    if (!add_name (certificate, GNUTLS_SAN_DNSNAME, site->hosts[i], strlen (site->hosts[i]), error))
      return FALSE;
  if (!g_strv_contains (site->hosts, own)
      && !add_name (certificate, GNUTLS_SAN_DNSNAME, own, strlen (own), error))
    return FALSE;
  for (guint i = 0; site->addresses != NULL && site->addresses[i] != NULL; i++)
    if (!add_name (certificate, GNUTLS_SAN_IPADDRESS, g_inet_address_to_bytes (site->addresses[i]),
                   g_inet_address_get_native_size (site->addresses[i]), error))
      return FALSE;
  return TRUE;
}

/* The first certificate of the item; FALSE: there is none, or it cannot be read. */
static gboolean
read_server (GhVault *vault, GhServerChain *out)
{
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_CERTIFICATE);
  gconstpointer octets;
  gsize length;

  out->n = 0;
  if (item == NULL)
    return FALSE;
  octets = gh_secret_data (item, &length);
  return gh_server_chain_read (octets, length, out, NULL);
}

static gboolean
is_signed_by (gnutls_x509_crt_t certificate, const GhAuthority *authority)
{
  unsigned status = 0;

  return gnutls_x509_crt_verify (certificate, &authority->certificate, 1,
                                 GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status)
           >= 0
         && status == 0;
}

gboolean
gh_local_ca_has_server (GhVault *vault)
{
  g_auto (GhServerChain) chain = { .n = 0 };
  g_auto (GhAuthority) root = { NULL };

  return read_server (vault, &chain) && gh_authority_load (vault, GH_AUTHORITY_ROOT, &root, NULL)
         && is_signed_by (chain.certificates[0], &root);
}

gboolean
gh_local_ca_server_due (GhVault *vault, GhClock *clock)
{
  g_autoptr (GhSecret) key = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_KEY);
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_CERTIFICATE);
  g_auto (GhServerChain) chain = { .n = 0 };

  if (key == NULL || item == NULL)
    return TRUE;
  if (!gh_local_ca_has_server (vault) || !read_server (vault, &chain))
    return FALSE;
  const gint64 now_us = gh_clock_wall_us (clock);
  const gint64 begins_s = gnutls_x509_crt_get_activation_time (chain.certificates[0]);
  const gint64 ends_s = gnutls_x509_crt_get_expiration_time (chain.certificates[0]);
  /* one of a time ahead was made by a clock that has been set back since: nobody takes it yet */
  return begins_s * G_USEC_PER_SEC > now_us
         || ends_s * G_USEC_PER_SEC < now_us + RENEW_DAYS * DAY_US;
}

/* The key that there is, when it is one of those that we make; else a new one. */
static gboolean
server_key (GhVault *vault, gboolean new_key, gnutls_x509_privkey_t *out, GError **error)
{
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_KEY);
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  gnutls_datum_t datum;
  gsize length;

  if (new_key || item == NULL)
    return gh_ca_new_key (out, error);
  datum.data = (guint8 *) gh_secret_data (item, &length);
  datum.size = (unsigned) length;
  if (!gh_ca_check (gnutls_x509_privkey_init (out), "key", error))
    return FALSE;
  if (gnutls_x509_privkey_import_pkcs8 (*out, &datum, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN)
        >= 0
      && gnutls_x509_privkey_export_ecc_raw (*out, &curve, NULL, NULL, NULL) >= 0
      && curve == GNUTLS_ECC_CURVE_SECP256R1)
    return TRUE;
  g_clear_pointer (out, gnutls_x509_privkey_deinit);
  return gh_ca_new_key (out, error);
}

gboolean
gh_local_ca_issue_server (GhVault *vault, GhClock *clock, const GhCaSite *site, gboolean new_key,
                          GError **error)
{
  g_auto (GhAuthority) root = { NULL };
  g_auto (gnutls_x509_privkey_t) key = NULL;
  g_auto (gnutls_x509_crt_t) certificate = NULL;
  g_autoptr (GhSecret) secret = NULL, shown = NULL;
  g_autoptr (GBytes) der = NULL;

  if (!gh_authority_load (vault, GH_AUTHORITY_ROOT, &root, error)
      || !server_key (vault, new_key, &key, error)
      || !gh_ca_new_certificate (clock, DEFAULT_DAYS, &certificate, error)
      || !gh_ca_check (gnutls_x509_crt_set_key (certificate, key), "key", error)
      || !set_common_name (certificate, site->hosts[0] != NULL ? site->hosts[0] : site->cse_id,
                           error)
      || !set_usage (certificate, TRUE, error) || !add_server_names (certificate, site, error)
      || !gh_ca_sign (certificate, &root, NULL, error))
    return FALSE;
  secret = gh_ca_key_to_secret (key, error);
  der = secret != NULL ? gh_ca_export (certificate, error) : NULL;
  if (der == NULL)
    return FALSE;
  shown = gh_secret_new (g_bytes_get_data (der, NULL), g_bytes_get_size (der), error);
  const GhVaultItem items[] = { { GH_CA_ITEM_SERVER_KEY, secret },
                                { GH_CA_ITEM_SERVER_CERTIFICATE, shown } };
  return shown != NULL && gh_vault_put_items (vault, items, G_N_ELEMENTS (items), error);
}

/* Certificates of others. */

static gboolean
is_domain_name (const char *text)
{
  g_autofree char *as_kpsa = g_strconcat ("x@", text, NULL);

  return strchr (text, '.') != NULL && gh_kpsa_id_check (as_kpsa, strlen (as_kpsa), NULL);
}

/* "//example.org/mn1/Cpump", "//example.org/Spump". */
static gboolean
is_absolute_ae_id (const char *text)
{
  const char *stem = strrchr (text, '/');
  guint slashes = 0;

  for (const char *p = text; *p != '\0'; p++)
    slashes += *p == '/';
  return g_str_has_prefix (text, "//") && gh_originator_is_well_formed (text)
         && ((stem[1] == 'C' && slashes == 4) || (stem[1] == 'S' && slashes >= 3));
}

static gboolean
is_urn (const char *text)
{
  if (!g_str_has_prefix (text, "urn:") || strlen (text) > GH_SUBJECT_MAX_TEXT)
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || *p == '*')
      return FALSE;
  return TRUE;
}

/* "1.2.3:value": the object identifier goes to @out_id. */
static gboolean
split_device (const char *text, char **out_id, const char **out_value)
{
  const gsize length = strspn (text, "0123456789.");

  if (length < 3 || text[length] != ':' || text[length + 1] == '\0' || strchr (text, '.') == NULL
      || strlen (text) > GH_SUBJECT_MAX_TEXT)
    return FALSE;
  for (const char *p = text + length; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || *p == '*')
      return FALSE;
  *out_id = g_strndup (text, length);
  *out_value = text + length + 1;
  return TRUE;
}

static gboolean
add_device_name (gnutls_x509_crt_t certificate, const char *subject, GError **error)
{
  g_autofree char *id = NULL;
  const char *value = NULL;

  if (!split_device (subject, &id, &value))
    return refuse (subject, "an object identifier, a colon and a value (device)", error);
  return gh_ca_check (
    gnutls_x509_crt_set_subject_alt_othername (certificate, id, value, (unsigned) strlen (value),
                                               GNUTLS_FSAN_APPEND | GNUTLS_FSAN_ENCODE_UTF8_STRING),
    "subjectAltName", error);
}

static gboolean
add_subject (gnutls_x509_crt_t certificate, const GhCaOrder *order, GError **error)
{
  const char *subject = order->subject;
  const gsize length = strlen (subject);

  switch (order->flavour)
    {
    case GH_CA_AE:
      if (!is_absolute_ae_id (subject))
        break;
      return add_name (certificate, GNUTLS_SAN_URI, subject, length, error);
    case GH_CA_CSE:
      if (!is_domain_name (subject))
        break;
      return add_name (certificate, GNUTLS_SAN_DNSNAME, subject, length, error);
    case GH_CA_NODE:
      if (is_urn (subject))
        return add_name (certificate, GNUTLS_SAN_URI, subject, length, error);
      if (!is_domain_name (subject))
        break;
      return add_name (certificate, GNUTLS_SAN_DNSNAME, subject, length, error);
    case GH_CA_DEVICE:
      return add_device_name (certificate, subject, error);
    case GH_N_CA_FLAVOURS:
      break;
    }
  return refuse (subject,
                 order->flavour == GH_CA_AE    ? "an absolute AE-ID like //example.org/mn1/Cpump"
                 : order->flavour == GH_CA_CSE ? "a domain name like mn1.in.example.org"
                                               : "a URN or a domain name (node)",
                 error);
}

static gboolean
import_request (GBytes *request, gnutls_x509_crq_t *out, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (request, &size);
  const gnutls_datum_t datum = { (guint8 *) data, (unsigned) size };
  gnutls_x509_crq_t crq;
  unsigned bits = 0;
  int result;

  if (size == 0 || size > GH_SUBJECT_MAX_DER)
    return refuse ("request", "1 to 16384 octets long", error);
  result = gnutls_x509_crq_init (out);
  if (result < 0)
    return gh_ca_check (result, "request", error);
  crq = *out;
  result = gnutls_x509_crq_import (crq, &datum,
                                   data[0] == '-' ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER);
  if (result < 0 || gnutls_x509_crq_verify (crq, 0) < 0)
    return refuse ("request", "a certificate request that its own key has signed", error);
  /* TS-0003 10.1.1.1 */
  if (gnutls_x509_crq_get_pk_algorithm (crq, &bits) != GNUTLS_PK_ECDSA || bits != 256)
    return refuse ("request", "for a key on P-256", error);
  return TRUE;
}

static gboolean
take_key (gnutls_x509_crt_t certificate, gnutls_x509_crq_t crq, GError **error)
{
  gnutls_pubkey_t key;
  int result = gnutls_pubkey_init (&key);

  if (result < 0)
    return gh_ca_check (result, "request", error);
  result = gnutls_pubkey_import_x509_crq (key, crq, 0);
  if (result >= 0)
    result = gnutls_x509_crt_set_pubkey (certificate, key);
  gnutls_pubkey_deinit (key);
  return gh_ca_check (result, "request", error);
}

/* The key of the request, or a new one that goes to @out_key. */
static gboolean
set_key (gnutls_x509_crt_t certificate, GBytes *request, GhSecret **out_key, GError **error)
{
  g_auto (gnutls_x509_crq_t) crq = NULL;
  g_auto (gnutls_x509_privkey_t) key = NULL;

  if (request != NULL)
    return import_request (request, &crq, error) && take_key (certificate, crq, error);
  if (!gh_ca_new_key (&key, error)
      || !gh_ca_check (gnutls_x509_crt_set_key (certificate, key), "key", error))
    return FALSE;
  *out_key = gh_ca_key_to_secret (key, error);
  return *out_key != NULL;
}

static GBytes *
export_chain (gnutls_x509_crt_t certificate, const GhAuthority *issuer, gboolean with_issuer,
              GError **error)
{
  g_autoptr (GBytes) own = gh_ca_export (certificate, error);
  g_autoptr (GBytes) its = own != NULL && with_issuer ? gh_ca_export (issuer->certificate, error)
                                                      : NULL;
  GByteArray *chain;

  if (own == NULL || (with_issuer && its == NULL))
    return NULL;
  chain = g_byte_array_new ();
  g_byte_array_append (chain, g_bytes_get_data (own, NULL), (guint) g_bytes_get_size (own));
  if (its != NULL)
    g_byte_array_append (chain, g_bytes_get_data (its, NULL), (guint) g_bytes_get_size (its));
  return g_byte_array_free_to_bytes (chain);
}

/* An end that outlives its authority proves nothing in the meantime. */
static gboolean
shorten (gnutls_x509_crt_t certificate, const GhAuthority *issuer, GError **error)
{
  const time_t end = gnutls_x509_crt_get_expiration_time (issuer->certificate);

  return gnutls_x509_crt_get_expiration_time (certificate) <= end
         || gh_ca_check (gnutls_x509_crt_set_expiration_time (certificate, end), "validity", error);
}

gboolean
gh_local_ca_issue (GhVault *vault, GhClock *clock, const GhCaOrder *order, GhSecret **out_key,
                   GBytes **out_chain, GError **error)
{
  const gboolean ae = order->flavour == GH_CA_AE;
  const guint days = order->days != 0 ? order->days : DEFAULT_DAYS;
  g_auto (GhAuthority) issuer = { NULL };
  g_auto (gnutls_x509_crt_t) certificate = NULL;
  g_autoptr (GhSecret) key = NULL;

  *out_key = NULL;
  *out_chain = NULL;
  if (days > MAX_DAYS)
    return refuse ("days", "in 1..3650", error);
  if (!gh_authority_load (vault, ae ? GH_AUTHORITY_AE : GH_AUTHORITY_ROOT, &issuer, error)
      || !gh_ca_new_certificate (clock, days, &certificate, error)
      || !shorten (certificate, &issuer, error)
      || !set_key (certificate, order->request, &key, error)
      || !set_common_name (certificate, order->subject, error)
      || !set_usage (certificate, order->flavour == GH_CA_CSE, error)
      || !add_subject (certificate, order, error)
      || !gh_ca_sign (certificate, &issuer, NULL, error))
    return FALSE;
  *out_chain = export_chain (certificate, &issuer, ae, error);
  if (*out_chain == NULL)
    return FALSE;
  *out_key = g_steal_pointer (&key);
  return TRUE;
}
