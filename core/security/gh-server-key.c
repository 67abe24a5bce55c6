/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-server-key.h"

#include <gnutls/ocsp.h>
#include <string.h>

#include "base/gh-log.h"
#include "base/gh-secret-file.h"
#include "security/gh-local-ca.h"
#include "security/gh-server-chain.h"
#include "security/gh-tls-private.h"

#define MAX_FILE    65536
#define MAX_ANSWERS 16

struct _GhServerKey {
  gint ref_count;
  GhClock *clock;
  gnutls_certificate_credentials_t x509, raw; /* without and with the raw public key */
  gboolean has_key, has_certificate;
  gint64 ends_us;
  gnutls_datum_t staple; /* data NULL: none */
  gint64 staple_from_us, staple_ends_us;
  gint stale_told; /* atomic */
};

struct _GhServerKeys {
  GhVault *vault;
  GhClock *clock;
  GMutex loading; /* one load at a time */
  GMutex lock;    /* of the rest */
  GhServerKey *current;
  char *certificate, *key, *staple; /* paths, or NULL */
};

/* What the parts of one load have in common. */
typedef struct {
  char *certificate_path, *key_path, *staple_path;
  GhServerChain chain;
  GhSecret *key;
} Source;

static void
source_clear (Source *source)
{
  g_free (source->certificate_path);
  g_free (source->key_path);
  g_free (source->staple_path);
  gh_server_chain_clear (&source->chain);
  g_clear_pointer (&source->key, gh_secret_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

GhServerKey *
gh_server_key_ref (GhServerKey *key)
{
  g_atomic_int_inc (&key->ref_count);
  return key;
}

void
gh_server_key_unref (GhServerKey *key)
{
  if (!g_atomic_int_dec_and_test (&key->ref_count))
    return;
  g_clear_pointer (&key->x509, gnutls_certificate_free_credentials);
  g_clear_pointer (&key->raw, gnutls_certificate_free_credentials);
  gnutls_free (key->staple.data);
  gh_clock_unref (key->clock);
  g_free (key);
}

gboolean
gh_server_key_has (const GhServerKey *key, gboolean raw_keys)
{
  return raw_keys ? key->has_key : key->has_certificate;
}

gnutls_certificate_credentials_t
gh_server_key_get_credentials (const GhServerKey *key, gboolean raw_keys)
{
  return raw_keys ? key->raw : key->x509;
}

/* --- OCSP --- */

const gnutls_datum_t *
gh_server_key_get_staple (GhServerKey *key)
{
  const gint64 now_us = gh_clock_wall_us (key->clock);

  if (key->staple.data == NULL)
    return NULL;
  if (now_us >= key->staple_from_us && now_us < key->staple_ends_us)
    return &key->staple;
  if (g_atomic_int_compare_and_exchange (&key->stale_told, 0, 1))
    gh_log (GH_LOG_WARNING, "tls",
            "the OCSP answer to staple is out of date, and is not sent until another one is loaded",
            NULL);
  return NULL;
}

/* In the middle of a handshake. */
static int
give_staple (gnutls_session_t session, void *pointer, gnutls_datum_t *out)
{
  const gnutls_datum_t *staple = gh_server_key_get_staple (pointer);

  (void) session;
  if (staple == NULL)
    return GNUTLS_E_NO_CERTIFICATE_STATUS;
  out->data = gnutls_malloc (staple->size);
  if (out->data == NULL)
    return GNUTLS_E_MEMORY_ERROR;
  memcpy (out->data, staple->data, staple->size);
  out->size = staple->size;
  return 0;
}

/* Returns: why it cannot be used, static; NULL: it can */
static const char *
read_answer (GhServerKey *key, const GhServerChain *chain, gnutls_ocsp_resp_t answer)
{
  unsigned status = GNUTLS_OCSP_CERT_UNKNOWN;
  time_t from = -1, until = -1;
  unsigned at = 0;

  if (gnutls_ocsp_resp_get_status (answer) != GNUTLS_OCSP_RESP_SUCCESSFUL)
    return "the responder has answered with an error";
  while (at < MAX_ANSWERS && gnutls_ocsp_resp_check_crt (answer, at, chain->certificates[0]) < 0)
    at++;
  if (at == MAX_ANSWERS)
    return "it is about another certificate";
  if (gnutls_ocsp_resp_get_single (answer, at, NULL, NULL, NULL, NULL, &status, &from, &until, NULL,
                                   NULL)
      < 0)
    return "it cannot be read";
  if (status != GNUTLS_OCSP_CERT_GOOD)
    return status == GNUTLS_OCSP_CERT_REVOKED ? "it says that the certificate is revoked"
                                              : "its responder does not know the certificate";
  if (from == (time_t) -1 || until == (time_t) -1)
    return "it does not say until when it holds (nextUpdate)";
  key->staple_from_us = (gint64) from * G_USEC_PER_SEC;
  key->staple_ends_us = (gint64) until * G_USEC_PER_SEC;
  return NULL;
}

static const char *
take_answer (GhServerKey *key, const Source *source, const GhSecret *file)
{
  gsize length;
  const guint8 *octets = gh_secret_data (file, &length);
  const gnutls_datum_t datum = { (guint8 *) octets, (unsigned) length };
  const gboolean pem = octets[0] == '-';
  gnutls_ocsp_resp_t answer;
  const char *defect;

  if (gnutls_ocsp_resp_init (&answer) < 0)
    return "no memory";
  if (gnutls_ocsp_resp_import2 (answer, &datum, pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER)
      < 0)
    defect = "it is no OCSP answer";
  else
    defect = read_answer (key, &source->chain, answer);
  if (defect == NULL && gnutls_ocsp_resp_export2 (answer, &key->staple, GNUTLS_X509_FMT_DER) < 0)
    defect = "it cannot be read";
  gnutls_ocsp_resp_deinit (answer);
  return defect;
}

/* Without an answer clients are better off than without a server. */
static void
load_staple (GhServerKey *key, const Source *source)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhSecret) file = NULL;
  const char *defect = NULL;

  if (source->staple_path == NULL || !key->has_certificate)
    return;
  file = gh_secret_file_load (source->staple_path, GH_FILE_PUBLIC, MAX_FILE, &error);
  if (file != NULL)
    defect = take_answer (key, source, file);
  if (file == NULL)
    gh_log (GH_LOG_WARNING, "tls", "no OCSP answer is stapled", "reason", error->message, NULL);
  else if (defect != NULL)
    gh_log (GH_LOG_WARNING, "tls", "no OCSP answer is stapled", "file", source->staple_path,
            "reason", defect, NULL);
}

/* --- key and certificate --- */

static gboolean
prefix (GError **error, const char *name, const char *path)
{
  g_prefix_error (error, "[tls] %s: %s%s", name, path != NULL ? path : "",
                  path != NULL ? ": " : "");
  return FALSE;
}

static gboolean
read_files (Source *source, GError **error)
{
  g_autoptr (GhSecret) file = gh_secret_file_load (source->certificate_path, GH_FILE_PUBLIC,
                                                   MAX_FILE, error);
  gsize length;
  gconstpointer octets;

  if (file == NULL)
    return prefix (error, "certificate", NULL);
  octets = gh_secret_data (file, &length);
  if (!gh_server_chain_read (octets, length, &source->chain, error)
      || !gh_server_chain_check (&source->chain, error))
    return prefix (error, "certificate", source->certificate_path);
  source->key = gh_secret_file_load (source->key_path, GH_FILE_SECRET, MAX_FILE, error);
  if (source->key == NULL)
    return prefix (error, "key", NULL);
  if (gh_server_chain_has_key (&source->chain, source->key))
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
               "[tls] key: %s: it is not the private key of certificate 1 in %s", source->key_path,
               source->certificate_path);
  return FALSE;
}

static gboolean
read_vault (GhVault *vault, Source *source, GError **error)
{
  g_autoptr (GhSecret) item = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_CERTIFICATE);
  gsize length;
  gconstpointer octets;

  source->key = gh_vault_get_item (vault, GH_CA_ITEM_SERVER_KEY);
  if (source->key == NULL || item == NULL)
    return TRUE;
  octets = gh_secret_data (item, &length);
  if (gh_server_chain_read (octets, length, &source->chain, error))
    return TRUE;
  g_prefix_error (error, "the vault's server-certificate: ");
  return FALSE;
}

static gboolean
make_credentials (GhServerKey *key, const Source *source, gboolean raw_keys,
                  gnutls_certificate_credentials_t *out, GError **error)
{
  g_autoptr (GBytes) chain = source->chain.n > 0 ? gh_server_chain_export (&source->chain, error)
                                                 : NULL;

  if (gnutls_certificate_allocate_credentials (out) < 0)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "no memory for a certificate");
      return FALSE;
    }
  gnutls_certificate_set_verify_limits (*out, 16384, GH_MAX_CHAIN);
  gnutls_certificate_set_verify_function (*out, gh_tls_session_verify);
  if (source->key == NULL)
    return TRUE;
  /* The first that is added has number 0, which is what the OCSP answer is about. */
  if (source->chain.n > 0
      && (chain == NULL
          || !gh_tls_add_key (*out, source->key, g_bytes_get_data (chain, NULL),
                              g_bytes_get_size (chain), error)))
    return FALSE;
  if (source->chain.n > 0 && key->staple.data != NULL)
    gnutls_certificate_set_ocsp_status_request_function2 (*out, 0, give_staple, key);
  return !raw_keys || gh_tls_add_key (*out, source->key, NULL, 0, error);
}

static GhServerKey *
make (GhServerKeys *keys, const Source *source, GError **error)
{
  GhServerKey *key = g_new0 (GhServerKey, 1);

  key->ref_count = 1;
  key->clock = gh_clock_ref (keys->clock);
  key->has_key = source->key != NULL;
  key->has_certificate = key->has_key && source->chain.n > 0;
  key->ends_us = key->has_certificate
                   ? (gint64) gnutls_x509_crt_get_expiration_time (source->chain.certificates[0])
                       * G_USEC_PER_SEC
                   : GH_NEVER_US;
  load_staple (key, source);
  if (make_credentials (key, source, FALSE, &key->x509, error)
      && make_credentials (key, source, TRUE, &key->raw, error))
    return key;
  gh_server_key_unref (key);
  return NULL;
}

/* --- the one in force --- */

GhServerKeys *
gh_server_keys_new (GhVault *vault, GhClock *clock)
{
  GhServerKeys *keys = g_new0 (GhServerKeys, 1);

  keys->vault = vault;
  keys->clock = gh_clock_ref (clock);
  g_mutex_init (&keys->loading);
  g_mutex_init (&keys->lock);
  return keys;
}

void
gh_server_keys_free (GhServerKeys *keys)
{
  g_clear_pointer (&keys->current, gh_server_key_unref);
  gh_clock_unref (keys->clock);
  g_mutex_clear (&keys->loading);
  g_mutex_clear (&keys->lock);
  g_free (keys->certificate);
  g_free (keys->key);
  g_free (keys->staple);
  g_free (keys);
}

GhServerKey *
gh_server_keys_get (GhServerKeys *keys)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keys->lock);

  return keys->current != NULL ? gh_server_key_ref (keys->current) : NULL;
}

static void
copy_paths (GhServerKeys *keys, const GhServerFiles *files, Source *source)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keys->lock);
  const GhServerFiles before = { keys->certificate, keys->key, keys->staple };

  if (files == NULL)
    files = &before;
  source->certificate_path = g_strdup (files->certificate);
  source->key_path = g_strdup (files->key);
  source->staple_path = g_strdup (files->staple);
}

static gboolean
read_source (GhServerKeys *keys, Source *source, GError **error)
{
  if ((source->certificate_path == NULL) != (source->key_path == NULL))
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFIG,
                   "[tls] certificate and key: one of them without the other (%s)",
                   source->key_path != NULL ? source->key_path : source->certificate_path);
      return FALSE;
    }
  return source->certificate_path != NULL ? read_files (source, error)
                                          : read_vault (keys->vault, source, error);
}

/* At a start there is nothing better; later what there is may be. */
static gboolean
check_time (GhServerKeys *keys, const Source *source, GError **error)
{
  g_autoptr (GhServerKey) before = gh_server_keys_get (keys);
  g_autoptr (GError) problem = NULL;

  if (source->chain.n == 0
      || gh_server_chain_check_time (&source->chain, gh_clock_wall_us (keys->clock), &problem))
    return TRUE;
  if (source->certificate_path != NULL)
    prefix (&problem, "certificate", source->certificate_path);
  if (before != NULL && before->has_certificate && before->ends_us > gh_clock_wall_us (keys->clock))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  gh_log (GH_LOG_WARNING, "tls", "the certificate of the server is outside of its validity",
          "reason", problem->message, NULL);
  return TRUE;
}

static void
put (GhServerKeys *keys, GhServerKey *fresh, Source *source)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keys->lock);

  g_clear_pointer (&keys->current, gh_server_key_unref);
  keys->current = fresh;
  g_free (keys->certificate);
  keys->certificate = g_steal_pointer (&source->certificate_path);
  g_free (keys->key);
  keys->key = g_steal_pointer (&source->key_path);
  g_free (keys->staple);
  keys->staple = g_steal_pointer (&source->staple_path);
}

gboolean
gh_server_keys_load (GhServerKeys *keys, const GhServerFiles *files, GError **error)
{
  g_autoptr (GMutexLocker) loading = g_mutex_locker_new (&keys->loading);
  g_auto (Source) source = { 0 };
  GhServerKey *fresh;

  copy_paths (keys, files, &source);
  if (!read_source (keys, &source, error) || !check_time (keys, &source, error))
    return FALSE;
  fresh = make (keys, &source, error);
  if (fresh == NULL)
    return FALSE;
  put (keys, fresh, &source);
  return TRUE;
}

gboolean
gh_tls_profile_takes_server (const GhTlsProfile *profile, GhSecurity *security, GhFault *fault)
{
  g_autoptr (GhServerKey) key = gh_server_keys_get (gh_security_get_server_keys (security));
  gnutls_datum_t chain[GH_MAX_CHAIN];
  GhPeerEvidence evidence = { .chain = chain, .server = TRUE };

  while (
    key != NULL && key->has_certificate && evidence.n_chain < GH_MAX_CHAIN
    && gnutls_certificate_get_crt_raw (key->x509, 0, evidence.n_chain, &chain[evidence.n_chain])
         >= 0)
    evidence.n_chain++;
  return evidence.n_chain == 0 || gh_tls_profile_judge_keys (profile, &evidence, fault);
}

void
gh_server_keys_describe (GhServerKeys *keys, GhServerStatus *out)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keys->lock);
  const GhServerKey *key = keys->current;

  *out = (GhServerStatus){ .files = keys->certificate != NULL, .ends_us = GH_NEVER_US };
  if (key == NULL)
    return;
  out->certificate = key->has_certificate;
  out->ends_us = key->ends_us;
  out->staple = key->staple.data != NULL;
  out->staple_ends_us = key->staple_ends_us;
}
