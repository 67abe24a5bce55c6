/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gnutls/x509.h>

#include "base/gh-error.h"
#include "base/gh-secret.h"
#include "security/gh-security-plugin.h"

G_BEGIN_DECLS

/* What a server shows, read from what somebody else has made. Any thread. */

/** gh_der_length: how many of @length octets the sequence has that they begin with: head and
 * content, less than 64 KiB; 0: none, or not the whole of it. */
gsize gh_der_length (const guint8 *data, gsize length);

/** GhServerChain: certificates, the server's own first. */
typedef struct {
  gnutls_x509_crt_t certificates[GH_MAX_CHAIN];
  guint n;
} GhServerChain;

void gh_server_chain_clear (GhServerChain *chain);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhServerChain, gh_server_chain_clear)

/**
 * gh_server_chain_read: PEM (certificates with anything in between) or DER, one after the other; 1
 * to GH_MAX_CHAIN of them. Cleared by the caller also when it fails. FALSE with
 * GH_ERROR_BAD_REQUEST: "line 12: certificate 2: ...".
 */
gboolean gh_server_chain_read (gconstpointer data, gsize length, GhServerChain *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_server_chain_check: the first is one of a server (keyUsage, extKeyUsage, no authority), and
 * each is signed by the next. FALSE with GH_ERROR_BAD_REQUEST that names certificate and field. */
gboolean gh_server_chain_check (const GhServerChain *chain, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_server_chain_check_time: the first is valid at @wall_us. */
gboolean gh_server_chain_check_time (const GhServerChain *chain, gint64 wall_us, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_server_chain_has_key: @key (PKCS #8, DER, or PEM) is that of the first. */
gboolean gh_server_chain_has_key (const GhServerChain *chain, const GhSecret *key);

/** gh_server_chain_export: DER, one after the other. (transfer full) */
GBytes *gh_server_chain_export (const GhServerChain *chain, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
