/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "security/gh-local-ca.h"

G_BEGIN_DECLS

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crl_t, gnutls_x509_crl_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crq_t, gnutls_x509_crq_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_name_constraints_t,
                                 gnutls_x509_name_constraints_deinit, NULL)

#define GH_CA_SERIAL_LENGTH 16

/** GhAuthority: one of the two. */
typedef struct {
  const char *key_item, *certificate_item, *list_item;
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
} GhAuthority;

typedef enum { GH_AUTHORITY_ROOT, GH_AUTHORITY_AE, GH_N_AUTHORITIES } GhAuthorityNumber;

/** gh_authority_load: from the vault. NOT_FOUND when there is none. Cleared by the caller also when
 * it fails. */
gboolean gh_authority_load (GhVault *vault, GhAuthorityNumber number, GhAuthority *out,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gh_authority_clear (GhAuthority *authority);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GhAuthority, gh_authority_clear)

/** gh_ca_check: @result of GnuTLS; FALSE with GH_ERROR_FAILED when it is an error. */
gboolean gh_ca_check (int result, const char *what, GError **error);
/** gh_ca_new_key: on P-256. */
gboolean gh_ca_new_key (gnutls_x509_privkey_t *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GhSecret *gh_ca_key_to_secret (gnutls_x509_privkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_ca_new_certificate: version, random serial number, validity from now on. */
gboolean gh_ca_new_certificate (GhClock *clock, guint days, gnutls_x509_crt_t *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_ca_sign: @issuer NULL: by @key itself, self-signed. Adds key identifiers. */
gboolean gh_ca_sign (gnutls_x509_crt_t certificate, const GhAuthority *issuer,
                     gnutls_x509_privkey_t own_key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *gh_ca_export (gnutls_x509_crt_t certificate, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_ca_put_item (GhVault *vault, const char *name, GBytes *data, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
