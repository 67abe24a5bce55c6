/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl.h"

G_BEGIN_DECLS

/*
 * The file of `ghctl backup`; ghctl(1) describes it. Two lines, the second an object, and then what
 * is kept: as it is, with a BLAKE2b hash of everything behind it, or sealed by libsodium's
 * secretstream in pieces of 64 KiB, with a key that Argon2id makes of a passphrase. What is read is
 * only trusted when the end was reached.
 */
typedef struct _GhctlArchive GhctlArchive;

/** GHCTL_ARCHIVE_MAX_LINE: octets of each of the two lines. */
#define GHCTL_ARCHIVE_MAX_LINE 4096
/** GHCTL_ARCHIVE_MAX_PART: octets of what is kept of one kind. */
#define GHCTL_ARCHIVE_MAX_PART (G_GINT64_CONSTANT (1) << 50)

/** GhctlKdf: how the key is made of the passphrase. */
typedef struct {
  gint64 operations, memory; /* memory: octets */
  guint8 salt[16];
} GhctlKdf;

/** ghctl_archive_create: @fd: not closed; @header: gets what tells how it is sealed; @passphrase:
 * (nullable): not sealed. Returns: (transfer full), or NULL with %GHCTL_ERROR */
GhctlArchive *ghctl_archive_create (int fd, JsonObject *header, const GhctlSecret *passphrase,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ghctl_archive_write (GhctlArchive *archive, const guint8 *data, gsize length,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_archive_finish: writes the end. */
gboolean ghctl_archive_finish (GhctlArchive *archive, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_archive_open: reads the two lines; they are not yet known to be genuine. */
GhctlArchive *ghctl_archive_open (int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_archive_header: the second line. Borrowed. */
JsonObject *ghctl_archive_header (GhctlArchive *archive);
/** ghctl_archive_length: octets of a part: "store", "vault", "key"; -1: the header does not say, or
 * more than %GHCTL_ARCHIVE_MAX_PART */
gint64 ghctl_archive_length (GhctlArchive *archive, const char *part);
/** ghctl_archive_check_kdf: of a sealed one: what the header asks for is within our bounds. */
gboolean ghctl_archive_check_kdf (GhctlArchive *archive, GhctlKdf *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean ghctl_archive_is_sealed (GhctlArchive *archive);
/** ghctl_archive_unlock: of a sealed one, before it is read. */
gboolean ghctl_archive_unlock (GhctlArchive *archive, const GhctlSecret *passphrase, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_archive_read: exactly so many octets. */
gboolean ghctl_archive_read (GhctlArchive *archive, guint8 *out, gsize length, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_archive_check_end: nothing is behind, and all that was read is what was written. */
gboolean ghctl_archive_check_end (GhctlArchive *archive, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void ghctl_archive_free (GhctlArchive *archive);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhctlArchive, ghctl_archive_free)

G_END_DECLS
