/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-secret.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

#include <errno.h>
#include <string.h>

#include "base/gh-error.h"

#define MAX_LENGTH 65536

struct _GhSecret {
  gint ref_count;
  gsize length;
  void *data; /* of sodium_malloc: between guard pages, locked, not dumped, read-only once it is
                 filled */
};

/* sodium_malloc locks what it hands out, but does not say when that failed; locking again does. */
static GhSecret *
secret_alloc (gsize length, GError **error)
{
  GhSecret *secret;
  void *data;

  if (length < 1 || length > MAX_LENGTH)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_FAILED,
                   "secret: %" G_GSIZE_FORMAT " octets are outside 1..%d", length, MAX_LENGTH);
      return NULL;
    }
  if (sodium_init () < 0)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_FAILED, "secret: libsodium does not start");
      return NULL;
    }
  data = sodium_malloc (length);
  if (data == NULL || sodium_mlock (data, length) != 0)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_FAILED,
                   "secret: no memory can be locked (%s); raise RLIMIT_MEMLOCK",
                   g_strerror (errno));
      sodium_free (data);
      return NULL;
    }
  secret = g_new0 (GhSecret, 1);
  secret->ref_count = 1;
  secret->length = length;
  secret->data = data;
  return secret;
}

GhSecret *
gh_secret_new (gconstpointer data, gsize length, GError **error)
{
  GhSecret *secret;

  g_return_val_if_fail (data != NULL || length == 0, NULL);

  secret = secret_alloc (length, error);
  if (secret == NULL)
    return NULL;
  memcpy (secret->data, data, length);
  sodium_mprotect_readonly (secret->data);
  return secret;
}

GhSecret *
gh_secret_new_random (gsize length, GError **error)
{
  g_autoptr (GhSecret) secret = secret_alloc (length, error);
  int result;

  if (secret == NULL)
    return NULL;
  result = gnutls_rnd (GNUTLS_RND_KEY, secret->data, length);
  if (result < 0)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_FAILED, "secret: no randomness: %s",
                   gnutls_strerror (result));
      return NULL;
    }
  sodium_mprotect_readonly (secret->data);
  return g_steal_pointer (&secret);
}

GhSecret *
gh_secret_ref (GhSecret *secret)
{
  g_return_val_if_fail (secret != NULL, NULL);

  g_atomic_int_inc (&secret->ref_count);
  return secret;
}

void
gh_secret_unref (GhSecret *secret)
{
  if (secret == NULL || !g_atomic_int_dec_and_test (&secret->ref_count))
    return;
  /* Wipes, unlocks and unmaps. */
  sodium_free (secret->data);
  g_free (secret);
}

gconstpointer
gh_secret_data (const GhSecret *secret, gsize *out_length)
{
  g_return_val_if_fail (secret != NULL, NULL);

  if (out_length != NULL)
    *out_length = secret->length;
  return secret->data;
}

gboolean
gh_secret_equal (const GhSecret *a, const GhSecret *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return a->length == b->length && sodium_memcmp (a->data, b->data, a->length) == 0;
}

void
gh_random_bytes (gpointer out, gsize length)
{
  int result;

  g_return_if_fail (out != NULL || length == 0);

  result = gnutls_rnd (GNUTLS_RND_RANDOM, out, length);
  if (result < 0)
    g_error ("no randomness: %s", gnutls_strerror (result));
}
