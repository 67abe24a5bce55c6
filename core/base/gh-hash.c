/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-hash.h"
#include "base/gh-secret.h"

#include <sodium.h>

#include <string.h>

/* One key for the process: a GHashFunc has no place for one of its table. */
static const guint8 *
process_key (void)
{
  static guint8 key[crypto_shorthash_KEYBYTES];
  static gsize ready;
  if (g_once_init_enter (&ready))
    {
      gh_random_bytes (key, sizeof key);
      g_once_init_leave (&ready, 1);
    }
  return key;
}

guint64
gh_hash_octets (gconstpointer octets, gsize length)
{
  guint64 hash;
  G_STATIC_ASSERT (sizeof hash == crypto_shorthash_BYTES);
  (void) crypto_shorthash ((guint8 *) &hash, octets, length, process_key ());
  return hash;
}

guint64
gh_hash_text (const char *text)
{
  return gh_hash_octets (text, strlen (text));
}

guint
gh_text_hash (gconstpointer text)
{
  return (guint) gh_hash_text (text);
}
