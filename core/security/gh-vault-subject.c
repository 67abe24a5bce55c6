/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-subject.h"
#include "security/gh-vault-private.h"

/* How many octets the first DER element of @data has; 0: it is none, or not whole. */
static gsize
first_element (const guint8 *data, gsize length)
{
  gsize head = 2, body;

  if (length < 2)
    return 0;
  body = data[1];
  if (body >= 0x80)
    {
      const guint n = data[1] & 0x7f;

      if (n < 1 || n > 3 || length < 2 + (gsize) n)
        return 0;
      body = 0;
      for (guint i = 0; i < n; i++)
        body = body << 8 | data[2 + i];
      head += n;
    }
  return body <= length - head ? head + body : 0;
}

/* The name that people and logs know a certification authority by. */
static char *
distinguished_name (const guint8 *der, gsize length, GhFault *fault)
{
  const gnutls_datum_t datum = { (guint8 *) der, (unsigned) length };
  gnutls_x509_crt_t certificate = NULL;
  char name[GH_CREDENTIAL_MAX_TEXT + 1];
  gsize size = sizeof name;
  int result = gnutls_x509_crt_init (&certificate);

  if (result < 0)
    {
      gh_fault_set (fault, GH_ERROR_FAILED, "certificate: %s", gnutls_strerror (result));
      return NULL;
    }
  result = gnutls_x509_crt_import (certificate, &datum, GNUTLS_X509_FMT_DER);
  if (result >= 0 && gnutls_x509_crt_get_ca_status (certificate, NULL) <= 0)
    result = GNUTLS_E_X509_UNSUPPORTED_EXTENSION;
  if (result >= 0)
    result = gnutls_x509_crt_get_dn (certificate, name, &size);
  gnutls_x509_crt_deinit (certificate);
  if (result >= 0)
    return g_strdup (name);
  gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "no certificate of a certification authority: %s",
                gnutls_strerror (result));
  return NULL;
}

gboolean
gh_vault_find_subject (GhCredentialKind kind, GBytes *public_data, char **out, GhFault *fault)
{
  g_auto (GhSubject) subject = { 0 };
  GhFault why = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (public_data, &size);
  const gsize length = first_element (data, size);

  *out = NULL;
  if (length == 0 || (kind != GH_CREDENTIAL_X509 && length != size))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "no DER, or more than one element of it");
  if (kind == GH_CREDENTIAL_ANCHOR)
    *out = distinguished_name (data, length, fault);
  else if (kind == GH_CREDENTIAL_RPK)
    *out = gh_subject_of_key (data, length, 256, &why);
  else if (gh_subject_read_der (data, length, &subject, &why))
    *out = g_steal_pointer (&subject.text);
  if (*out == NULL && why.set)
    gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s", why.text);
  return *out != NULL;
}
