/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-secret.h"

#include "base/gh-error.h"
#include "security/gh-local-ca.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WAIT_US   (10 * G_USEC_PER_SEC)
#define MAX_CHAIN 8

static gboolean
fail_errno (const char *what, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "descriptor: %s: %s", what,
               g_strerror (errno));
  return FALSE;
}

static gboolean
fail_text (const char *what, GError **error)
{
  g_set_error_literal (error, GH_ERROR, GH_ERROR_BAD_REQUEST, what);
  return FALSE;
}

/* Returns: octets read, 0 at the end, -1 with @error */
static gssize
read_some (int fd, guint8 *out, gsize length, gint64 deadline_us, GError **error)
{
  const gint64 left_us = deadline_us - g_get_monotonic_time ();
  struct pollfd wait = { fd, POLLIN, 0 };
  gssize n;
  int ready;

  do
    ready = poll (&wait, 1, left_us > 0 ? (int) (left_us / 1000) : 0);
  while (ready < 0 && errno == EINTR);
  if (ready == 0)
    errno = ETIMEDOUT;
  if (ready <= 0)
    {
      fail_errno ("waiting", error);
      return -1;
    }
  do
    n = read (fd, out, length);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    fail_errno ("reading", error);
  return n;
}

gboolean
gh_bus_read_secret (int fd, GhSecret **out, GError **error)
{
  guint8 *buffer = sodium_init () >= 0 ? sodium_malloc (GH_BUS_MAX_INPUT + 1) : NULL;
  const gint64 deadline_us = g_get_monotonic_time () + WAIT_US;
  gsize length = 0;
  gssize n = 1;
  gboolean done;

  *out = NULL;
  if (buffer == NULL)
    return fail_text ("no memory can be locked; raise RLIMIT_MEMLOCK", error);
  while (n > 0 && length <= GH_BUS_MAX_INPUT)
    {
      n = read_some (fd, buffer + length, GH_BUS_MAX_INPUT + 1 - length, deadline_us, error);
      length += n > 0 ? (gsize) n : 0;
    }
  done = n >= 0;
  if (done && length > GH_BUS_MAX_INPUT)
    done = fail_text ("descriptor: more than 65536 octets", error);
  if (done && length > 0)
    {
      *out = gh_secret_new (buffer, length, error);
      done = *out != NULL;
    }
  /* Wipes. */
  sodium_free (buffer);
  return done;
}

int
gh_bus_write_secret (gconstpointer data, gsize length, GError **error)
{
  const int fd = memfd_create ("gatehouse-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const guint8 *at = data;
  gsize left = length;
  gboolean done = fd >= 0;

  while (done && left > 0)
    {
      const gssize n = write (fd, at, left);

      done = n > 0 || (n < 0 && errno == EINTR);
      at += n > 0 ? n : 0;
      left -= n > 0 ? (gsize) n : 0;
    }
  done = done && lseek (fd, 0, SEEK_SET) == 0
         && fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
  if (done)
    return fd;
  fail_errno ("writing", error);
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
check (int result, const char *what, GError **error)
{
  if (result >= 0)
    return TRUE;
  g_set_error (error, GH_ERROR, GH_ERROR_BAD_REQUEST, "%s: %s", what, gnutls_strerror (result));
  return FALSE;
}

static GBytes *
take_datum (gnutls_datum_t *datum)
{
  GBytes *bytes = g_bytes_new (datum->data, datum->size);

  gnutls_free (datum->data);
  return bytes;
}

static gboolean
append_certificates (gnutls_x509_crt_t *list, unsigned n, GByteArray *out, GError **error)
{
  gboolean done = TRUE;

  for (unsigned i = 0; i < n; i++)
    {
      gnutls_datum_t der = { NULL, 0 };

      done = done
             && check (gnutls_x509_crt_export2 (list[i], GNUTLS_X509_FMT_DER, &der), "certificate",
                       error);
      if (der.data != NULL)
        g_byte_array_append (out, der.data, der.size);
      gnutls_free (der.data);
      gnutls_x509_crt_deinit (list[i]);
    }
  return done;
}

static GBytes *
read_certificates (const gnutls_datum_t *input, gnutls_x509_crt_fmt_t format, GError **error)
{
  gnutls_x509_crt_t list[MAX_CHAIN];
  unsigned n = MAX_CHAIN;
  g_autoptr (GByteArray) chain = g_byte_array_new ();

  if (!check (gnutls_x509_crt_list_import (list, &n, input, format,
                                           GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED),
              "certificate", error)
      || !append_certificates (list, n, chain, error))
    return NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&chain));
}

/* The private key beside the certificates, as PKCS #8; NULL without @error: there is none. */
static GhSecret *
read_private_key (const gnutls_datum_t *input, GError **error)
{
  static const char mark[] = "PRIVATE KEY-----";
  gnutls_x509_privkey_t key = NULL;
  gnutls_datum_t der = { NULL, 0 };
  GhSecret *secret = NULL;

  if (memmem (input->data, input->size, mark, sizeof mark - 1) == NULL)
    return NULL;
  if (check (gnutls_x509_privkey_init (&key), "private key", error)
      && check (gnutls_x509_privkey_import2 (key, input, GNUTLS_X509_FMT_PEM, NULL, 0),
                "private key", error)
      && check (
        gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der),
        "private key", error))
    secret = gh_secret_new (der.data, der.size, error);
  if (der.data != NULL)
    sodium_memzero (der.data, der.size);
  gnutls_free (der.data);
  if (key != NULL)
    gnutls_x509_privkey_deinit (key);
  return secret;
}

static GBytes *
read_public_key (const gnutls_datum_t *input, gnutls_x509_crt_fmt_t format, GError **error)
{
  gnutls_pubkey_t key = NULL;
  gnutls_datum_t der = { NULL, 0 };
  gboolean done = check (gnutls_pubkey_init (&key), "public key", error)
                  && check (gnutls_pubkey_import (key, input, format), "public key", error)
                  && check (gnutls_pubkey_export2 (key, GNUTLS_X509_FMT_DER, &der), "public key",
                            error);

  if (key != NULL)
    gnutls_pubkey_deinit (key);
  return done ? take_datum (&der) : NULL;
}

gboolean
gh_bus_parse_material (GhCredentialKind kind, const GhSecret *input, GhSecret **out_secret,
                       GBytes **out_public, GError **error)
{
  gsize length;
  const guint8 *data = gh_secret_data (input, &length);
  const gnutls_datum_t datum = { (guint8 *) data, (unsigned) length };
  const gnutls_x509_crt_fmt_t format = memmem (data, length, "-----BEGIN", 10) != NULL
                                         ? GNUTLS_X509_FMT_PEM
                                         : GNUTLS_X509_FMT_DER;
  GError *inner = NULL;

  *out_secret = NULL;
  *out_public = kind == GH_CREDENTIAL_RPK ? read_public_key (&datum, format, error)
                                          : read_certificates (&datum, format, error);
  if (*out_public == NULL)
    return FALSE;
  if (format == GNUTLS_X509_FMT_PEM && kind != GH_CREDENTIAL_ANCHOR)
    *out_secret = read_private_key (&datum, &inner);
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, inner);
  g_clear_pointer (out_public, g_bytes_unref);
  return FALSE;
}

int
gh_bus_format_material (GhCredentialKind kind, const GhSecret *secret, GBytes *public_data,
                        GError **error)
{
  g_autofree char *text =
    public_data != NULL
      ? gh_pem_encode (kind == GH_CREDENTIAL_RPK ? "PUBLIC KEY" : "CERTIFICATE", public_data, error)
      : g_strdup ("");
  gnutls_datum_t key = { NULL, 0 }, pem = { NULL, 0 };
  gsize length = 0, text_length;
  guint8 *whole;
  int fd;

  if (text == NULL)
    return -1;
  if (secret != NULL)
    {
      key.data = (guint8 *) gh_secret_data (secret, &length);
      key.size = (unsigned) length;
      if (!check (gnutls_pem_base64_encode2 ("PRIVATE KEY", &key, &pem), "private key", error))
        return -1;
    }
  text_length = strlen (text);
  whole = g_malloc (pem.size + text_length);
  if (pem.size > 0)
    memcpy (whole, pem.data, pem.size);
  memcpy (whole + pem.size, text, text_length);
  fd = gh_bus_write_secret (whole, pem.size + text_length, error);
  sodium_memzero (whole, pem.size + text_length);
  g_free (whole);
  if (pem.data != NULL)
    sodium_memzero (pem.data, pem.size);
  gnutls_free (pem.data);
  return fd;
}
