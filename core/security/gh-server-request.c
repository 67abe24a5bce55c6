/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-server-key.h"

#include <string.h>

#include "security/gh-local-ca-private.h"
#include "security/gh-server-chain.h"

#define ITEM_REQUEST_KEY "server-request-key"
#define MAX_HOSTS        32

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST, text);
  return FALSE;
}

static gboolean
check_hosts (const char *const *hosts, GError **error)
{
  const guint n = g_strv_length ((char **) hosts);

  if (n == 0 || n > MAX_HOSTS)
    return refuse (error, "hosts: 1 to 32 names are expected");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *as_kpsa = g_strconcat ("x@", hosts[i], NULL);

      if (gh_kpsa_id_check (as_kpsa, strlen (as_kpsa), NULL))
        continue;
      g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST,
                   "hosts: \"%.128s\" is not a domain name like gate.example.net", hosts[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
fill (gnutls_x509_crq_t request, gnutls_x509_privkey_t key, const char *const *hosts,
      GError **error)
{
  int result = gnutls_x509_crq_set_version (request, 1);

  if (result >= 0)
    result = gnutls_x509_crq_set_key (request, key);
  if (result >= 0)
    result = gnutls_x509_crq_set_dn_by_oid (request, GNUTLS_OID_X520_COMMON_NAME, 0, hosts[0],
                                            (unsigned) MIN (strlen (hosts[0]), 64));
  for (guint i = 0; result >= 0 && hosts[i] != NULL; i++)
    result = gnutls_x509_crq_set_subject_alt_name (
      request, GNUTLS_SAN_DNSNAME, hosts[i], (unsigned) strlen (hosts[i]), GNUTLS_FSAN_APPEND);
  if (result >= 0)
    result = gnutls_x509_crq_set_key_usage (request, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (result >= 0)
    result = gnutls_x509_crq_set_key_purpose_oid (request, GNUTLS_KP_TLS_WWW_SERVER, 0);
  if (result >= 0)
    result = gnutls_x509_crq_sign2 (request, key, GNUTLS_DIG_SHA256, 0);
  return gh_ca_check (result, "certificate request", error);
}

static char *export(gnutls_x509_crq_t request, GError **error)
{
  gnutls_datum_t pem = { NULL, 0 };
  char *text;

  if (!gh_ca_check (gnutls_x509_crq_export2 (request, GNUTLS_X509_FMT_PEM, &pem),
                    "certificate request", error))
    return NULL;
  text = g_strndup ((const char *) pem.data, pem.size);
  gnutls_free (pem.data);
  return text;
}

char *
gh_server_request_make (GhVault *vault, const char *const *hosts, GError **error)
{
  g_auto (gnutls_x509_privkey_t) key = NULL;
  g_auto (gnutls_x509_crq_t) request = NULL;
  g_autoptr (GhSecret) secret = NULL;
  g_autofree char *text = NULL;

  if (!check_hosts (hosts, error) || !gh_ca_new_key (&key, error)
      || !gh_ca_check (gnutls_x509_crq_init (&request), "certificate request", error)
      || !fill (request, key, hosts, error))
    return NULL;
  text = export(request, error);
  secret = text != NULL ? gh_ca_key_to_secret (key, error) : NULL;
  if (secret == NULL || !gh_vault_put_item (vault, ITEM_REQUEST_KEY, secret, error))
    return NULL;
  return g_steal_pointer (&text);
}

gboolean
gh_server_install (GhVault *vault, GhClock *clock, gconstpointer data, gsize length, GError **error)
{
  g_auto (GhServerChain) chain = { .n = 0 };
  g_autoptr (GhSecret) requested = gh_vault_get_item (vault, ITEM_REQUEST_KEY);
  g_autoptr (GhSecret) used = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_KEY);
  g_autoptr (GhSecret) shown = NULL;
  g_autoptr (GBytes) der = NULL;

  if (!gh_server_chain_read (data, length, &chain, error) || !gh_server_chain_check (&chain, error)
      || !gh_server_chain_check_time (&chain, gh_clock_wall_us (clock), error))
    return FALSE;
  const gboolean answers = requested != NULL && gh_server_chain_has_key (&chain, requested);
  if (!answers && (used == NULL || !gh_server_chain_has_key (&chain, used)))
    return refuse (error, "certificate 1: subjectPublicKeyInfo: neither the key of the last "
                          "request nor the one in use");
  der = gh_server_chain_export (&chain, error);
  shown = der != NULL ? gh_secret_new (g_bytes_get_data (der, NULL), g_bytes_get_size (der), error)
                      : NULL;
  if (shown == NULL)
    return FALSE;
  const GhVaultItem items[] = { { GH_CA_ITEM_SERVER_CERTIFICATE, shown },
                                { GH_CA_ITEM_SERVER_KEY, answers ? requested : used },
                                { ITEM_REQUEST_KEY, NULL } };
  return gh_vault_put_items (vault, items, answers ? 3 : 2, error);
}
