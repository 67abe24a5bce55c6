/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cert-status.h"

#include <gnutls/ocsp.h>
#include <string.h>

#define MAX_SERIAL     64
#define MAX_EXTENSIONS 32

struct _GhCertLists {
  gint ref_count;
  GPtrArray *lists; /* gnutls_x509_crl_t */
};

GhCertLists *
gh_cert_lists_ref (GhCertLists *lists)
{
  g_atomic_int_inc (&lists->ref_count);
  return lists;
}

void
gh_cert_lists_unref (GhCertLists *lists)
{
  if (!g_atomic_int_dec_and_test (&lists->ref_count))
    return;
  g_ptr_array_unref (lists->lists);
  g_free (lists);
}

static void
list_free (gpointer data)
{
  gnutls_x509_crl_deinit (data);
}

/* A list for some of the reasons or some of the certificates says so in a critical extension. */
static const char *
find_defect (gnutls_x509_crl_t list)
{
  static const char *const known[] = { "2.5.29.20", "2.5.29.35", NULL };

  if (!gh_cert_signature_check (gnutls_x509_crl_get_signature_algorithm (list), "", NULL))
    return "is not signed with SHA-256 or better";
  for (unsigned i = 0; i <= MAX_EXTENSIONS; i++)
    {
      char object_id[128];
      gsize size = sizeof object_id;
      unsigned critical = 0;
      int result = gnutls_x509_crl_get_extension_info (list, i, object_id, &size, &critical);

      if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return NULL;
      if (result < 0)
        return "has extensions that cannot be read";
      if (critical && !g_strv_contains (known, object_id))
        return "is not a whole list: it has a critical extension that is not known here";
    }
  return "has too many extensions";
}

static gnutls_x509_crl_t
import (const char *octets, gsize length)
{
  const gnutls_datum_t datum = { (unsigned char *) octets, (unsigned) length };
  gnutls_x509_crl_t list = NULL;
  const gboolean pem = length > 0 && octets[0] == '-';

  if (gnutls_x509_crl_init (&list) < 0)
    return NULL;
  if (gnutls_x509_crl_import (list, &datum, pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER) >= 0)
    return list;
  gnutls_x509_crl_deinit (list);
  return NULL;
}

static gboolean
load_one (GPtrArray *lists, const char *file, GError **error)
{
  g_autofree char *octets = NULL;
  g_autoptr (GError) local = NULL;
  gnutls_x509_crl_t list;
  const char *defect;
  gsize length = 0;

  if (!g_file_get_contents (file, &octets, &length, &local))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[cert] crl-files: %s", local->message);
      return FALSE;
    }
  list = length <= GH_CERT_MAX_LIST_SIZE ? import (octets, length) : NULL;
  if (list != NULL)
    g_ptr_array_add (lists, list);
  defect = list != NULL ? find_defect (list) : "is not a revocation list";
  if (defect != NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[cert] crl-files: %s %s", file, defect);
  return defect == NULL;
}

GhCertLists *
gh_cert_lists_load (const char *const *files, GError **error)
{
  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func (list_free);
  GhCertLists *loaded;

  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      if (i == GH_CERT_MAX_LISTS)
        {
          g_set_error (error, GH_ERROR, GH_ERROR_CONFIG, "[cert] crl-files: more than %d files",
                       GH_CERT_MAX_LISTS);
          return NULL;
        }
      if (!load_one (lists, files[i], error))
        return NULL;
    }
  loaded = g_new0 (GhCertLists, 1);
  loaded->ref_count = 1;
  loaded->lists = g_steal_pointer (&lists);
  return loaded;
}

static gboolean
is_signed_by (gnutls_x509_crl_t list, gnutls_x509_crt_t issuer)
{
  unsigned status = 0;
  const unsigned flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS
                         | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;

  return gnutls_x509_crl_check_issuer (list, issuer)
         && gnutls_x509_crl_verify (list, &issuer, 1, flags, &status) >= 0 && status == 0;
}

static gboolean
is_stale (gnutls_x509_crl_t list, gint64 now_s)
{
  const time_t from = gnutls_x509_crl_get_this_update (list);
  const time_t until = gnutls_x509_crl_get_next_update (list);

  return from == (time_t) -1 || until == (time_t) -1 || now_s < (gint64) from
         || now_s > (gint64) until;
}

static gboolean
is_listed (gnutls_x509_crl_t list, gnutls_x509_crt_t certificate)
{
  guint8 serial[MAX_SERIAL], other[MAX_SERIAL];
  gsize size = sizeof serial, other_size;
  gnutls_x509_crl_iter_t iterator = NULL;
  gboolean listed = FALSE;
  int result;

  if (gnutls_x509_crt_get_serial (certificate, serial, &size) < 0)
    return TRUE;
  do
    {
      time_t when;

      other_size = sizeof other;
      result = gnutls_x509_crl_iter_crt_serial (list, &iterator, other, &other_size, &when);
      listed = result >= 0 && other_size == size && memcmp (serial, other, size) == 0;
    }
  while (!listed && (result >= 0 || result == GNUTLS_E_SHORT_MEMORY_BUFFER));
  gnutls_x509_crl_iter_deinit (iterator);
  return listed;
}

static gboolean
check_one (const GhCertLists *lists, const GhCertPath *path, guint at, gint64 now_s,
           gboolean accept_stale, GhFault *fault)
{
  gboolean any = FALSE, fresh = FALSE;

  for (guint i = 0; i < lists->lists->len; i++)
    {
      gnutls_x509_crl_t list = lists->lists->pdata[i];

      if (!is_signed_by (list, path->certificates[at + 1]))
        continue;
      any = TRUE;
      fresh = fresh || !is_stale (list, now_s);
      if (is_listed (list, path->certificates[at]))
        return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                             "certificate %u: has been revoked (revocation list)", at + 1);
    }
  if (any && !fresh && !accept_stale)
    return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION,
                         "certificate %u: the revocation list of its issuer is out of date",
                         at + 1);
  return TRUE;
}

gboolean
gh_cert_lists_check (const GhCertLists *lists, const GhCertPath *path, gint64 wall_us,
                     gboolean accept_stale, GhFault *fault)
{
  if (lists->lists->len == 0)
    return TRUE;
  for (guint at = 0; at + 1 < path->n; at++)
    if (!check_one (lists, path, at, wall_us / G_USEC_PER_SEC, accept_stale, fault))
      return FALSE;
  return TRUE;
}

static gboolean
refuse (GhFault *fault, const char *text)
{
  return gh_fault_set (fault, GH_ERROR_NO_ASSOCIATION, "certificate 1: %s", text);
}

/* The TLS feature status_request: whoever shows it must staple. */
static gboolean
must_staple (gnutls_x509_crt_t certificate)
{
  gnutls_x509_tlsfeatures_t features;
  gboolean found = FALSE;
  unsigned critical, feature;

  if (gnutls_x509_tlsfeatures_init (&features) < 0)
    return TRUE;
  if (gnutls_x509_crt_get_tlsfeatures (certificate, features, 0, &critical) >= 0)
    for (unsigned i = 0; gnutls_x509_tlsfeatures_get (features, i, &feature) >= 0; i++)
      found = found || feature == 5;
  gnutls_x509_tlsfeatures_deinit (features);
  return found;
}

static gboolean
signer_is_good (gnutls_ocsp_resp_t answer, gnutls_x509_crt_t issuer)
{
  gnutls_x509_trust_list_t trust;
  unsigned status = 0;
  gboolean ok;

  if (!gh_cert_signature_check (gnutls_ocsp_resp_get_signature_algorithm (answer), "", NULL)
      || gnutls_x509_trust_list_init (&trust, 1) < 0)
    return FALSE;
  ok = gnutls_x509_trust_list_add_cas (trust, &issuer, 1, 0) == 1
       && gnutls_ocsp_resp_verify (answer, trust, &status, GNUTLS_VERIFY_DISABLE_TIME_CHECKS) >= 0
       && status == 0;
  gnutls_x509_trust_list_deinit (trust, 0);
  return ok;
}

static gboolean
judge_single (gnutls_ocsp_resp_t answer, unsigned index, const GhCertOcspRules *rules,
              GhFault *fault)
{
  const gint64 now_s = rules->wall_us / G_USEC_PER_SEC;
  unsigned status = GNUTLS_OCSP_CERT_UNKNOWN, reason = 0;
  time_t this_update = 0, next_update = 0, revoked;

  if (gnutls_ocsp_resp_get_single (answer, index, NULL, NULL, NULL, NULL, &status, &this_update,
                                   &next_update, &revoked, &reason)
      < 0)
    return refuse (fault, "its stapled OCSP answer cannot be read");
  if (status == GNUTLS_OCSP_CERT_REVOKED)
    return refuse (fault, "has been revoked (OCSP)");
  if (status != GNUTLS_OCSP_CERT_GOOD)
    return refuse (fault, "its OCSP responder does not know it");
  if (!rules->accept_stale
      && (now_s < (gint64) this_update || next_update == (time_t) -1
          || now_s > (gint64) next_update))
    return refuse (fault, "its stapled OCSP answer is out of date");
  return TRUE;
}

static gboolean
judge_answer (gnutls_ocsp_resp_t answer, const GhCertPath *path, const GhCertOcspRules *rules,
              GhFault *fault)
{
  if (gnutls_ocsp_resp_get_status (answer) != GNUTLS_OCSP_RESP_SUCCESSFUL)
    return refuse (fault, "its stapled OCSP answer is an error");
  if (!signer_is_good (answer, path->certificates[1]))
    return refuse (fault, "its stapled OCSP answer is not signed by its issuer");
  for (unsigned i = 0; i < GH_MAX_CHAIN; i++)
    if (gnutls_ocsp_resp_check_crt (answer, i, path->certificates[0]) >= 0)
      return judge_single (answer, i, rules, fault);
  return refuse (fault, "its stapled OCSP answer is about another certificate");
}

gboolean
gh_cert_ocsp_check (const gnutls_datum_t *response, const GhCertPath *path,
                    const GhCertOcspRules *rules, GhFault *fault)
{
  gnutls_ocsp_resp_t answer;
  gboolean ok;

  if (response->data == NULL || response->size == 0)
    {
      if (rules->required)
        return refuse (fault, "no OCSP answer is stapled; [cert] require-ocsp asks for one");
      return !must_staple (path->certificates[0])
             || refuse (fault, "no OCSP answer is stapled, and the certificate asks for one");
    }
  if (response->size > GH_CERT_MAX_OCSP || gnutls_ocsp_resp_init (&answer) < 0)
    return refuse (fault, "its stapled OCSP answer is too large");
  ok = gnutls_ocsp_resp_import (answer, response) >= 0
         ? judge_answer (answer, path, rules, fault)
         : refuse (fault, "its stapled OCSP answer cannot be read");
  gnutls_ocsp_resp_deinit (answer);
  return ok;
}
