/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-secret.h"

G_BEGIN_DECLS

/* How frames of the vault's file are sealed (see gh-vault-log.h). */

#define GH_SEAL_FILE_HEADER  56 /* magic 8, identifier 32, code 16 */
#define GH_SEAL_FRAME_HEADER 36 /* length 4, flags 1, zeros 3, nonce 12, code 16 */
#define GH_SEAL_TAG          16

/** GhSeal: the keys of one file, in locked memory, and where its chain has got to. */
typedef struct _GhSeal GhSeal;

/** gh_seal_new: a new file: @header receives its header. */
GhSeal *gh_seal_new (const GhSecret *key, guint8 header[GH_SEAL_FILE_HEADER], GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_seal_open: a file with @header; GH_ERROR_STORE when @key is not its key. */
GhSeal *gh_seal_open (const GhSecret *key, const guint8 header[GH_SEAL_FILE_HEADER], GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_seal_free (GhSeal *seal);

typedef struct {
  guint8 tag[GH_SEAL_TAG];
  guint64 number;
} GhSealPlace;

/** gh_seal_tell, gh_seal_return: to go back when a group of frames is given up. */
GhSealPlace gh_seal_tell (const GhSeal *seal);
void gh_seal_return (GhSeal *seal, const GhSealPlace *place);

/** gh_seal_frame: @out: header, @length octets and the tag. Moves the chain on. */
gboolean gh_seal_frame (GhSeal *seal, guint8 flags, const guint8 *plain, gsize length, guint8 *out,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_seal_check_header: the header of the next frame is as it was written: its octets after the
 * header, the tag included, and flags. */
gboolean gh_seal_check_header (GhSeal *seal, const guint8 header[GH_SEAL_FRAME_HEADER],
                               gsize *out_length, guint8 *out_flags) G_GNUC_WARN_UNUSED_RESULT;
/** gh_seal_open_frame: @frame: header and @length octets. Moves the chain on. FALSE: it was
 * changed. */
gboolean gh_seal_open_frame (GhSeal *seal, const guint8 *frame, gsize length, guint8 *plain)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
