/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-strength.h"

guint
gh_strength_of_secret (const GhSecret *secret)
{
  gsize length = 0;

  if (secret != NULL)
    gh_secret_data (secret, &length);
  return (guint) MIN (length * 8, GH_STRENGTH_MOST);
}

guint
gh_strength_of_key (int algorithm, guint bits)
{
  if (algorithm <= GNUTLS_PK_UNKNOWN)
    return 0;
  return MIN (gnutls_sec_param_to_symmetric_bits (
                gnutls_pk_bits_to_sec_param ((gnutls_pk_algorithm_t) algorithm, bits)),
              GH_STRENGTH_MOST);
}
