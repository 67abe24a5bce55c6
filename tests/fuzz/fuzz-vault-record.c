/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "security/gh-vault-record.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is read is written again as it was. */
static void
check_again (const GhVaultOp *op, const guint8 *data, gsize used)
{
  g_autofree guint8 *out = g_malloc (GH_VAULT_MAX_RECORD);
  const gsize length = gh_vault_record_write (op, out, GH_VAULT_MAX_RECORD);

  if (length != used || memcmp (out, data, used) != 0)
    g_error ("a record that is not written as it was read");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  while (size > 0)
    {
      GhVaultOp op;
      GhFault fault = { 0 };
      gsize used = 0;

      if (!gh_vault_record_parse (data, size, &used, &op, &fault))
        {
          if (!fault.set)
            g_error ("refused without a reason");
          return 0;
        }
      if (used == 0 || used > size)
        g_error ("a record beyond its octets");
      check_again (&op, data, used);
      gh_vault_op_clear (&op);
      data += used;
      size -= used;
    }
  return 0;
}
