/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gnutls/gnutls.h>

#include "base/gh-secret.h"

G_BEGIN_DECLS

/*
 * How hard it is to forge what proves an identity, in bits of a symmetric key (NIST SP 800-57
 * part 1, 5.6.1.1): 112, 128, 192, 256. Access control rules can demand some. Any thread.
 */

/* That of keys beyond which more makes no difference, and of what the kernel vouches for. */
#define GH_STRENGTH_MOST 256

/** gh_strength_of_secret: of a symmetric key, whose octets are random. 0: @secret is NULL */
guint gh_strength_of_secret (const GhSecret *secret);
/** gh_strength_of_key: @algorithm: a gnutls_pk_algorithm_t. 0: of no known strength */
guint gh_strength_of_key (int algorithm, guint bits);

G_END_DECLS
