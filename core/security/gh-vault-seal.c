/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-vault-seal.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

#include <string.h>

#include "base/gh-error.h"

#define MAGIC        "GHVAULT\1"
#define MAGIC_LENGTH 8
#define ID_LENGTH    32
#define CODE_LENGTH  16
#define KEY_LENGTH   32
#define NONCE_LENGTH 12
#define AT_NONCE     8
#define AT_CODE      (AT_NONCE + NONCE_LENGTH)
/* What is authenticated beside a frame: its number, the tag before it, its header without the
 * code. */
#define BESIDE_LENGTH (8 + GH_SEAL_TAG + AT_CODE)

G_STATIC_ASSERT (MAGIC_LENGTH + ID_LENGTH + CODE_LENGTH == GH_SEAL_FILE_HEADER);
G_STATIC_ASSERT (AT_CODE + CODE_LENGTH == GH_SEAL_FRAME_HEADER);

struct _GhSeal {
  guint8 seal_key[KEY_LENGTH], code_key[KEY_LENGTH]; /* of this file only */
  GhSealPlace place;
};

static gboolean
fail (const char *what, int result, GError **error)
{
  g_set_error (error, GH_ERROR, GH_ERROR_STORE, "vault: %s: %s", what, gnutls_strerror (result));
  return FALSE;
}

static gboolean
derive (const GhSecret *key, const guint8 id[ID_LENGTH], GhSeal *seal, GError **error)
{
  static const char seal_label[] = "gatehouse vault frames", code_label[] = "gatehouse vault codes";
  gsize length;
  gconstpointer octets = gh_secret_data (key, &length);
  const gnutls_datum_t from = { (guint8 *) octets, (unsigned) length };
  const gnutls_datum_t salt = { (guint8 *) id, ID_LENGTH };
  const gnutls_datum_t seal_info = { (guint8 *) seal_label, sizeof seal_label - 1 };
  const gnutls_datum_t code_info = { (guint8 *) code_label, sizeof code_label - 1 };
  guint8 middle[32];
  const gnutls_datum_t pseudo = { middle, sizeof middle };
  int result = gnutls_hkdf_extract (GNUTLS_MAC_SHA256, &from, &salt, middle);

  if (result >= 0)
    result = gnutls_hkdf_expand (GNUTLS_MAC_SHA256, &pseudo, &seal_info, seal->seal_key,
                                 KEY_LENGTH);
  if (result >= 0)
    result = gnutls_hkdf_expand (GNUTLS_MAC_SHA256, &pseudo, &code_info, seal->code_key,
                                 KEY_LENGTH);
  gnutls_memset (middle, 0, sizeof middle);
  return result >= 0 || fail ("deriving the keys of the file", result, error);
}

static void
code_of (const GhSeal *seal, gconstpointer data, gsize length, guint8 out[CODE_LENGTH])
{
  guint8 whole[32];
  const int result = gnutls_hmac_fast (GNUTLS_MAC_SHA256, seal->code_key, KEY_LENGTH, data, length,
                                       whole);

  /* Without a working HMAC nothing that follows means anything. */
  if (result < 0)
    g_error ("vault: HMAC: %s", gnutls_strerror (result));
  memcpy (out, whole, CODE_LENGTH);
}

static GhSeal *
seal_alloc (GError **error)
{
  GhSeal *seal = sodium_init () >= 0 ? sodium_malloc (sizeof (GhSeal)) : NULL;

  if (seal == NULL)
    g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE,
                         "vault: no memory can be locked; raise RLIMIT_MEMLOCK");
  else
    memset (seal, 0, sizeof *seal);
  return seal;
}

GhSeal *
gh_seal_new (const GhSecret *key, guint8 header[GH_SEAL_FILE_HEADER], GError **error)
{
  GhSeal *seal = seal_alloc (error);

  if (seal == NULL)
    return NULL;
  memcpy (header, MAGIC, MAGIC_LENGTH);
  gh_random_bytes (header + MAGIC_LENGTH, ID_LENGTH);
  if (!derive (key, header + MAGIC_LENGTH, seal, error))
    {
      gh_seal_free (seal);
      return NULL;
    }
  code_of (seal, header, MAGIC_LENGTH + ID_LENGTH, header + MAGIC_LENGTH + ID_LENGTH);
  memcpy (seal->place.tag, header + MAGIC_LENGTH + ID_LENGTH, GH_SEAL_TAG);
  return seal;
}

GhSeal *
gh_seal_open (const GhSecret *key, const guint8 header[GH_SEAL_FILE_HEADER], GError **error)
{
  GhSeal *seal = seal_alloc (error);
  guint8 code[CODE_LENGTH];

  if (seal == NULL)
    return NULL;
  if (!derive (key, header + MAGIC_LENGTH, seal, error))
    {
      gh_seal_free (seal);
      return NULL;
    }
  code_of (seal, header, MAGIC_LENGTH + ID_LENGTH, code);
  if (memcmp (header, MAGIC, MAGIC_LENGTH) != 0
      || gnutls_memcmp (code, header + MAGIC_LENGTH + ID_LENGTH, CODE_LENGTH) != 0)
    {
      g_set_error_literal (error, GH_ERROR, GH_ERROR_STORE,
                           "vault: the key is not the one of this file, or its header was changed");
      gh_seal_free (seal);
      return NULL;
    }
  memcpy (seal->place.tag, code, GH_SEAL_TAG);
  return seal;
}

void
gh_seal_free (GhSeal *seal)
{
  /* Wipes. */
  sodium_free (seal);
}

GhSealPlace
gh_seal_tell (const GhSeal *seal)
{
  return seal->place;
}

void
gh_seal_return (GhSeal *seal, const GhSealPlace *place)
{
  seal->place = *place;
}

static void
put_number (guint8 *out, guint64 number, guint size)
{
  for (guint i = 0; i < size; i++)
    out[i] = (guint8) (number >> (8 * (size - 1 - i)));
}

static void
beside_of (const GhSeal *seal, const guint8 *header, guint8 out[BESIDE_LENGTH])
{
  put_number (out, seal->place.number, 8);
  memcpy (out + 8, seal->place.tag, GH_SEAL_TAG);
  memcpy (out + 8 + GH_SEAL_TAG, header, AT_CODE);
}

static void
move_on (GhSeal *seal, const guint8 *frame, gsize length)
{
  memcpy (seal->place.tag, frame + GH_SEAL_FRAME_HEADER + length - GH_SEAL_TAG, GH_SEAL_TAG);
  seal->place.number++;
}

/* A cipher for each frame: GnuTLS keeps its key schedule in ordinary memory. */
static int
cipher_new (const GhSeal *seal, gnutls_aead_cipher_hd_t *out)
{
  const gnutls_datum_t key = { (guint8 *) seal->seal_key, KEY_LENGTH };

  return gnutls_aead_cipher_init (out, GNUTLS_CIPHER_AES_256_GCM, &key);
}

gboolean
gh_seal_frame (GhSeal *seal, guint8 flags, const guint8 *plain, gsize length, guint8 *out,
               GError **error)
{
  guint8 beside[BESIDE_LENGTH];
  gsize sealed = length + GH_SEAL_TAG;
  gnutls_aead_cipher_hd_t cipher;
  int result;

  memset (out, 0, GH_SEAL_FRAME_HEADER);
  put_number (out, sealed, 4);
  out[4] = flags;
  /* Random, since a frame that was never finished and the one that takes its place share a
   * number. */
  result = gnutls_rnd (GNUTLS_RND_NONCE, out + AT_NONCE, NONCE_LENGTH);
  if (result < 0)
    return fail ("no randomness", result, error);
  beside_of (seal, out, beside);
  code_of (seal, beside, sizeof beside, out + AT_CODE);
  result = cipher_new (seal, &cipher);
  if (result < 0)
    return fail ("AES-256-GCM", result, error);
  result = gnutls_aead_cipher_encrypt (cipher, out + AT_NONCE, NONCE_LENGTH, beside, sizeof beside,
                                       GH_SEAL_TAG, plain, length, out + GH_SEAL_FRAME_HEADER,
                                       &sealed);
  gnutls_aead_cipher_deinit (cipher);
  if (result < 0)
    return fail ("sealing a record", result, error);
  move_on (seal, out, sealed);
  return TRUE;
}

gboolean
gh_seal_check_header (GhSeal *seal, const guint8 header[GH_SEAL_FRAME_HEADER], gsize *out_length,
                      guint8 *out_flags)
{
  guint8 beside[BESIDE_LENGTH], code[CODE_LENGTH];

  beside_of (seal, header, beside);
  code_of (seal, beside, sizeof beside, code);
  if (gnutls_memcmp (code, header + AT_CODE, CODE_LENGTH) != 0)
    return FALSE;
  *out_length = (gsize) header[0] << 24 | (gsize) header[1] << 16 | (gsize) header[2] << 8
                | header[3];
  *out_flags = header[4];
  return *out_length > GH_SEAL_TAG;
}

gboolean
gh_seal_open_frame (GhSeal *seal, const guint8 *frame, gsize length, guint8 *plain)
{
  guint8 beside[BESIDE_LENGTH];
  gsize opened = length - GH_SEAL_TAG;
  gnutls_aead_cipher_hd_t cipher;
  int result;

  beside_of (seal, frame, beside);
  if (cipher_new (seal, &cipher) < 0)
    return FALSE;
  result = gnutls_aead_cipher_decrypt (cipher, frame + AT_NONCE, NONCE_LENGTH, beside,
                                       sizeof beside, GH_SEAL_TAG, frame + GH_SEAL_FRAME_HEADER,
                                       length, plain, &opened);
  gnutls_aead_cipher_deinit (cipher);
  if (result < 0 || opened != length - GH_SEAL_TAG)
    return FALSE;
  move_on (seal, frame, length);
  return TRUE;
}
