/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-vault.h"

G_BEGIN_DECLS

/**
 * GhServerKeys:
 * What the servers of a CSE show: private key, certificate, raw public key and stapled OCSP answer.
 * They come from files that the configuration names, or else from the vault ("server-key",
 * "server-certificate"), and can be replaced while associations live: a session holds on to what it
 * began with. Any thread.
 */
typedef struct _GhServerKeys GhServerKeys;

/** GhServerFiles: paths; all may be NULL, certificate and key together. */
typedef struct {
  const char *certificate, *key, *staple;
} GhServerFiles;

GhServerKeys *gh_server_keys_new (GhVault *vault, GhClock *clock);
void gh_server_keys_free (GhServerKeys *keys);
/**
 * gh_server_keys_load: reads everything anew; handshakes that begin after it returns get it.
 * @files: (nullable): NULL: those of the last load that succeeded
 * FALSE with @error that names file, line or field: what there was stays. A certificate outside of
 * its validity does not take the place of another one. An OCSP answer that cannot be used is left
 * out, with a line in the log. Blocks on the disk.
 */
gboolean gh_server_keys_load (GhServerKeys *keys, const GhServerFiles *files, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** GhServerStatus: of what is shown now. */
typedef struct {
  gboolean certificate, files; /* there is one; it comes from files */
  gint64 ends_us;              /* wall clock: end of the certificate; GH_NEVER_US without one */
  gboolean staple;             /* an OCSP answer is there */
  gint64 staple_ends_us;       /* its nextUpdate */
} GhServerStatus;

void gh_server_keys_describe (GhServerKeys *keys, GhServerStatus *out);

/* A certificate of somebody else's authority, whose key never leaves the vault. */

/** gh_server_request_make: a new key on P-256, kept in the vault until the certificate comes, and a
 * request for it (PKCS #10, PEM). The key in use stays in use.
 * @hosts: domain names, NULL-terminated, at least one. Returns: (transfer full) */
char *gh_server_request_make (GhVault *vault, const char *const *hosts, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_server_install: @data: the certificate, and those that lead to its authority, PEM or DER: for
 * the key of the last request, or for the one in use. FALSE with @error: nothing has changed. It is
 * shown after the next gh_server_keys_load(). */
gboolean gh_server_install (GhVault *vault, GhClock *clock, gconstpointer data, gsize length,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
