/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhSecret:
 * The only carrier of key material: guarded and locked memory that is left out of core dumps and
 * wiped when the last reference goes. Never log one, never copy its octets into a GString, GVariant
 * or argument. Any thread.
 */
typedef struct _GhSecret GhSecret;

/** gh_secret_new: copies @length octets (1..65536). Returns: (transfer full), or NULL with
 * GH_ERROR_FAILED when no memory can be locked */
GhSecret *gh_secret_new (gconstpointer data, gsize length, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_secret_new_random: @length octets of GnuTLS's random generator (level KEY); fails closed. */
GhSecret *gh_secret_new_random (gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GhSecret *gh_secret_ref (GhSecret *secret);
void gh_secret_unref (GhSecret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhSecret, gh_secret_unref)
/** gh_secret_data: valid as long as the caller holds a reference. */
gconstpointer gh_secret_data (const GhSecret *secret, gsize *out_length);
/** gh_secret_equal: constant time in the contents; lengths are not secret. */
gboolean gh_secret_equal (const GhSecret *a, const GhSecret *b);

/** gh_random_bytes: non-secret randomness (identifiers, hash keys); aborts the process when the
 * system has none. */
void gh_random_bytes (gpointer out, gsize length);

G_END_DECLS
