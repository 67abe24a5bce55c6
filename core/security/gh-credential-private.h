/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "security/gh-credential.h"

G_BEGIN_DECLS

/* What the vault needs to make credentials. */

#define GH_CREDENTIAL_MAX_TEXT        255
#define GH_CREDENTIAL_MAX_IDENTITIES  256
#define GH_CREDENTIAL_MAX_LIST        64
#define GH_CREDENTIAL_MAX_PUBLIC_DATA 32768
#define GH_CREDENTIAL_MIN_PSK         16
#define GH_CREDENTIAL_MAX_PSK         64 /* what GnuTLS takes */
#define GH_CREDENTIAL_MAX_PRIVATE_KEY 8192

/** gh_credential_new: a deep copy of @fields, whose lists and secret may be NULL; its reference
 * count is not read. Returns: (transfer full) */
GhCredential *gh_credential_new (const GhCredential *fields);

/**
 * gh_credential_check: whether @credential may enter a vault: syntax and bounds of every member.
 * Lists may be NULL. Any thread.
 */
gboolean gh_credential_check (const GhCredential *credential, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_credential_check_identity: an AE-ID stem or a CSE-ID ("/mn1"). Any thread. */
gboolean gh_credential_check_identity (const char *identity, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_credential_make_id: the Credential-ID of a credential of @kind (TS-0003 10.4, 12.3.2.1).
 * Returns: (transfer full) */
char *gh_credential_make_id (GhCredentialKind kind, guint suid, const char *subject);

G_END_DECLS
