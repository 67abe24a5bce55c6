/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cert-path.h"

G_BEGIN_DECLS

/* Whether a certificate has been revoked: lists (RFC 5280 5) and stapled answers (RFC 6960). */

/* Limits of revocation lists: files, octets of one. */
#define GH_CERT_MAX_LISTS     64
#define GH_CERT_MAX_LIST_SIZE (16 << 20)

/** GhCertLists: revocation lists as they were read; immutable, shared. */
typedef struct _GhCertLists GhCertLists;

/** gh_cert_lists_load: @files (nullable): NULL-terminated paths, PEM or DER. NULL with
 * GH_ERROR_CONFIG: a file that is missing, too large or no list, or that is signed with SHA-1, or
 * covers a part of its certificates only. Reads files. */
GhCertLists *gh_cert_lists_load (const char *const *files, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
GhCertLists *gh_cert_lists_ref (GhCertLists *lists);
void gh_cert_lists_unref (GhCertLists *lists);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhCertLists, gh_cert_lists_unref)

/**
 * gh_cert_lists_check: every certificate of @path but the anchor's against the lists of its issuer;
 * an issuer without a list has revoked nothing.
 * @accept_stale: a list that is out of date still counts for what it revokes, and no more
 */
gboolean gh_cert_lists_check (const GhCertLists *lists, const GhCertPath *path, gint64 wall_us,
                              gboolean accept_stale, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gint64 wall_us;
  gboolean accept_stale, required;
} GhCertOcspRules;

#define GH_CERT_MAX_OCSP 65536 /* octets of a stapled answer */

/**
 * gh_cert_ocsp_check:
 * @response: stapled; data NULL: none, which is refused when @rules or the certificate itself ask
 * for one (RFC 7633)
 * It must say "good" for the path's first certificate and be signed by its issuer or by whom the
 * issuer has charged with it.
 */
gboolean gh_cert_ocsp_check (const gnutls_datum_t *response, const GhCertPath *path,
                             const GhCertOcspRules *rules, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
