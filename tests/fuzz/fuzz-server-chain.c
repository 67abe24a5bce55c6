/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-server-chain.h"

/* A certificate file or what "ghctl ca install-server" hands over: PEM or DER. What was read must
 * come back when it is written and read again. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);
  g_auto (GhServerChain) chain = { .n = 0 }, again = { .n = 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = NULL;

  if (size == 0)
    return 0;
  g_assert_cmpuint (gh_der_length (copy, size), <=, size);
  if (!gh_server_chain_read (copy, size, &chain, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_assert_cmpuint (chain.n, >=, 1);
  g_assert_cmpuint (chain.n, <=, GH_MAX_CHAIN);
  (void) !gh_server_chain_check (&chain, NULL);
  (void) !gh_server_chain_check_time (&chain, 0, NULL);
  der = gh_server_chain_export (&chain, NULL);
  if (der != NULL
      && gh_server_chain_read (g_bytes_get_data (der, NULL), g_bytes_get_size (der), &again, NULL))
    g_assert_cmpuint (again.n, ==, chain.n);
  return 0;
}
