/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-archive.h"

#include "ghctl-json.h"

#include "base/gh-file.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define MAGIC  "gatehouse-backup 1\n"
#define PIECE  65536
#define SEALED (PIECE + crypto_secretstream_xchacha20poly1305_ABYTES)
#define HASH   crypto_generichash_BYTES

/* What a backup is sealed with, and what one that is read may ask for. */
#define OPERATIONS     4
#define MEMORY         (128 * 1024 * 1024)
#define MAX_OPERATIONS 16
#define MAX_MEMORY     (1024 * 1024 * 1024)

/* In locked memory, because of the key in the state. */
struct _GhctlArchive {
  int fd;
  gboolean sealed, unlocked, last; /* last: its last piece was read */
  JsonNode *header;
  crypto_generichash_state hash; /* of all that is not sealed */
  crypto_secretstream_xchacha20poly1305_state state;
  guint8 line_hash[HASH]; /* of the two lines; goes with each piece */
  guint8 piece[SEALED], plain[PIECE];
  gsize used, taken; /* of plain */
};

static gboolean
fail (const char *reason, GError **error)
{
  g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE, reason);
  return FALSE;
}

static gboolean
put (GhctlArchive *archive, const guint8 *data, gsize length, GError **error)
{
  return gh_file_write_all (archive->fd, data, length) || fail (g_strerror (errno), error);
}

/* Returns: how many came: fewer at the end; -1 with @error */
static gssize
get (GhctlArchive *archive, guint8 *out, gsize length, GError **error)
{
  gsize n = 0;

  while (n < length)
    {
      const gssize one = read (archive->fd, out + n, length - n);
      if (one < 0 && errno == EINTR)
        continue;
      if (one < 0)
        {
          fail (g_strerror (errno), error);
          return -1;
        }
      if (one == 0)
        break;
      n += (gsize) one;
    }
  return (gssize) n;
}

static GhctlArchive *
archive_new (int fd, GError **error)
{
  GhctlArchive *archive = sodium_init () >= 0 ? sodium_malloc (sizeof *archive) : NULL;

  if (archive == NULL)
    {
      fail (_ ("no memory can be locked"), error);
      return NULL;
    }
  memset (archive, 0, sizeof *archive);
  archive->fd = fd;
  crypto_generichash_init (&archive->hash, NULL, 0, HASH);
  return archive;
}

void
ghctl_archive_free (GhctlArchive *archive)
{
  g_clear_pointer (&archive->header, json_node_unref);
  /* Wipes. */
  sodium_free (archive);
}

JsonObject *
ghctl_archive_header (GhctlArchive *archive)
{
  return json_node_get_object (archive->header);
}

gboolean
ghctl_archive_is_sealed (GhctlArchive *archive)
{
  return archive->sealed;
}

/* The key of a piece of paper; NULL with @error */
static guint8 *
derive (const GhctlSecret *passphrase, const guint8 *salt, guint64 operations, guint64 memory,
        GError **error)
{
  guint8 *key = sodium_malloc (crypto_secretstream_xchacha20poly1305_KEYBYTES);

  if (key != NULL
      && crypto_pwhash (key, crypto_secretstream_xchacha20poly1305_KEYBYTES,
                        (const char *) passphrase->data, passphrase->length, salt, operations,
                        (size_t) memory, crypto_pwhash_ALG_ARGON2ID13)
           == 0)
    return key;
  fail (_ ("not enough memory for the key of the backup"), error);
  sodium_free (key);
  return NULL;
}

static void
take_lines (GhctlArchive *archive, const char *line)
{
  crypto_generichash_update (&archive->hash, (const guint8 *) MAGIC, strlen (MAGIC));
  crypto_generichash_update (&archive->hash, (const guint8 *) line, strlen (line));
  crypto_generichash_state copy = archive->hash;
  crypto_generichash_final (&copy, archive->line_hash, HASH);
}

/* --- writing --- */

static gboolean
write_lines (GhctlArchive *archive, GError **error)
{
  g_autofree char *text = json_to_string (archive->header, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  if (strlen (line) > GHCTL_ARCHIVE_MAX_LINE)
    return fail (_ ("the header of the backup is too long"), error);
  take_lines (archive, line);
  return put (archive, (const guint8 *) MAGIC, strlen (MAGIC), error)
         && put (archive, (const guint8 *) line, strlen (line), error);
}

GhctlArchive *
ghctl_archive_create (int fd, JsonObject *header, const GhctlSecret *passphrase, GError **error)
{
  g_autoptr (GhctlArchive) archive = archive_new (fd, error);
  guint8 salt[crypto_pwhash_SALTBYTES];
  guint8 start[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
  char hex[2 * sizeof salt + 1];
  guint8 *key = NULL;

  if (archive == NULL)
    return NULL;
  archive->sealed = passphrase != NULL;
  archive->header = json_node_init_object (json_node_alloc (), header);
  if (archive->sealed)
    {
      JsonObject *kdf = json_object_new ();
      randombytes_buf (salt, sizeof salt);
      key = derive (passphrase, salt, OPERATIONS, MEMORY, error);
      if (key == NULL)
        return NULL;
      crypto_secretstream_xchacha20poly1305_init_push (&archive->state, start, key);
      sodium_free (key);
      json_object_set_string_member (kdf, "name", "argon2id");
      json_object_set_int_member (kdf, "operations", OPERATIONS);
      json_object_set_int_member (kdf, "memory", MEMORY);
      json_object_set_string_member (kdf, "salt",
                                     sodium_bin2hex (hex, sizeof hex, salt, sizeof salt));
      json_object_set_object_member (header, "kdf", kdf);
    }
  if (!write_lines (archive, error)
      || (archive->sealed && !put (archive, start, sizeof start, error)))
    return NULL;
  return g_steal_pointer (&archive);
}

static gboolean
seal (GhctlArchive *archive, gboolean last, GError **error)
{
  unsigned long long length = 0;

  crypto_secretstream_xchacha20poly1305_push (
    &archive->state, archive->piece, &length, archive->plain, archive->used, archive->line_hash,
    HASH, last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
  archive->used = 0;
  return put (archive, archive->piece, (gsize) length, error);
}

gboolean
ghctl_archive_write (GhctlArchive *archive, const guint8 *data, gsize length, GError **error)
{
  if (!archive->sealed)
    {
      crypto_generichash_update (&archive->hash, data, length);
      return put (archive, data, length, error);
    }
  while (length > 0)
    {
      const gsize n = MIN (length, PIECE - archive->used);
      /* A full one waits: it may be the last. */
      if (n == 0)
        {
          if (!seal (archive, FALSE, error))
            return FALSE;
          continue;
        }
      memcpy (archive->plain + archive->used, data, n);
      archive->used += n;
      data += n;
      length -= n;
    }
  return TRUE;
}

gboolean
ghctl_archive_finish (GhctlArchive *archive, GError **error)
{
  guint8 hash[HASH];

  if (archive->sealed)
    return seal (archive, TRUE, error);
  crypto_generichash_final (&archive->hash, hash, sizeof hash);
  return put (archive, hash, sizeof hash, error);
}

/* --- reading --- */

/* One octet at a time: what is behind belongs to others. */
static char *
read_line (GhctlArchive *archive, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint8 octet;

  while (line->len < GHCTL_ARCHIVE_MAX_LINE && get (archive, &octet, 1, error) == 1)
    {
      g_string_append_c (line, (char) octet);
      if (octet == '\n')
        return g_string_free (g_steal_pointer (&line), FALSE);
    }
  return NULL;
}

GhctlArchive *
ghctl_archive_open (int fd, GError **error)
{
  g_autoptr (GhctlArchive) archive = archive_new (fd, error);
  g_autoptr (GError) problem = NULL;

  if (archive == NULL)
    return NULL;
  g_autofree char *magic = read_line (archive, &problem);
  g_autofree char *line = magic != NULL && strcmp (magic, MAGIC) == 0
                            ? read_line (archive, &problem)
                            : NULL;
  archive->header = line != NULL && g_utf8_validate (line, -1, NULL)
                      ? json_from_string (line, &problem)
                      : NULL;
  if (archive->header == NULL || !JSON_NODE_HOLDS_OBJECT (archive->header))
    {
      fail (magic != NULL && g_str_has_prefix (magic, "gatehouse-backup ")
              ? _ ("damaged, or made by a newer version of ghctl")
              : _ ("this is not what \"ghctl backup\" writes"),
            error);
      return NULL;
    }
  take_lines (archive, line);
  archive->sealed = json_object_has_member (ghctl_archive_header (archive), "kdf");
  return g_steal_pointer (&archive);
}

gint64
ghctl_archive_length (GhctlArchive *archive, const char *part)
{
  const gint64 length = ghctl_json_number (ghctl_archive_header (archive), part, -1);

  return length <= GHCTL_ARCHIVE_MAX_PART ? MAX (length, -1) : -1;
}

gboolean
ghctl_archive_check_kdf (GhctlArchive *archive, GhctlKdf *out, GError **error)
{
  JsonObject *kdf = ghctl_json_object (ghctl_archive_header (archive), "kdf");
  const char *hex = kdf != NULL ? ghctl_json_text (kdf, "salt", "") : "";
  gsize length = 0;

  out->operations = kdf != NULL ? ghctl_json_number (kdf, "operations", 0) : 0;
  out->memory = kdf != NULL ? ghctl_json_number (kdf, "memory", 0) : 0;
  /* Not yet known to be genuine, so bounded. */
  return (out->operations >= 1 && out->operations <= MAX_OPERATIONS && out->memory >= 8192
          && out->memory <= MAX_MEMORY
          && sodium_hex2bin (out->salt, sizeof out->salt, hex, strlen (hex), NULL, &length, NULL)
               == 0
          && length == sizeof out->salt)
         || fail (_ ("damaged: the header does not say how it is sealed"), error);
}

gboolean
ghctl_archive_unlock (GhctlArchive *archive, const GhctlSecret *passphrase, GError **error)
{
  guint8 start[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
  GhctlKdf kdf;
  guint8 *key;
  gboolean done;

  if (!ghctl_archive_check_kdf (archive, &kdf, error))
    return FALSE;
  key = derive (passphrase, kdf.salt, (guint64) kdf.operations, (guint64) kdf.memory, error);
  if (key == NULL)
    return FALSE;
  done = get (archive, start, sizeof start, NULL) == sizeof start
         && crypto_secretstream_xchacha20poly1305_init_pull (&archive->state, start, key) == 0;
  sodium_free (key);
  archive->unlocked = done;
  return done || fail (_ ("damaged: it ends early"), error);
}

/* The next piece is in plain. */
static gboolean
open_piece (GhctlArchive *archive, GError **error)
{
  unsigned long long length = 0;
  guint8 tag = 0;
  const gssize n = get (archive, archive->piece, SEALED, error);

  if (n < 0)
    return FALSE;
  if (archive->last || n < (gssize) crypto_secretstream_xchacha20poly1305_ABYTES
      || crypto_secretstream_xchacha20poly1305_pull (&archive->state, archive->plain, &length, &tag,
                                                     archive->piece, (unsigned long long) n,
                                                     archive->line_hash, HASH)
           != 0)
    return fail (_ ("another passphrase, or damaged"), error);
  archive->last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  archive->used = (gsize) length;
  archive->taken = 0;
  return TRUE;
}

static gboolean
read_sealed (GhctlArchive *archive, guint8 *out, gsize length, GError **error)
{
  while (length > 0)
    {
      const gsize n = MIN (length, archive->used - archive->taken);
      if (n == 0)
        {
          if (!open_piece (archive, error))
            return FALSE;
          continue;
        }
      memcpy (out, archive->plain + archive->taken, n);
      archive->taken += n;
      out += n;
      length -= n;
    }
  return TRUE;
}

gboolean
ghctl_archive_read (GhctlArchive *archive, guint8 *out, gsize length, GError **error)
{
  if (archive->sealed)
    return archive->unlocked ? read_sealed (archive, out, length, error)
                             : fail (_ ("a passphrase is needed"), error);
  const gssize n = get (archive, out, length, error);
  if (n < 0)
    return FALSE;
  if ((gsize) n < length)
    return fail (_ ("damaged: it ends early"), error);
  crypto_generichash_update (&archive->hash, out, length);
  return TRUE;
}

gboolean
ghctl_archive_check_end (GhctlArchive *archive, GError **error)
{
  guint8 hash[HASH], stored[HASH], more;

  if (archive->sealed)
    {
      /* The last piece may be an empty one. */
      if (!archive->last && archive->taken == archive->used && !open_piece (archive, error))
        return FALSE;
      return (archive->last && archive->taken == archive->used
              && get (archive, &more, 1, NULL) == 0)
             || fail (_ ("damaged: the end is another one"), error);
    }
  crypto_generichash_final (&archive->hash, hash, sizeof hash);
  return (get (archive, stored, sizeof stored, NULL) == sizeof stored
          && sodium_memcmp (hash, stored, sizeof hash) == 0 && get (archive, &more, 1, NULL) == 0)
         || fail (_ ("damaged: the contents are not what was written"), error);
}
