/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-conformance.h"

static GhStore *
open_memory (const char *folder, GError **error)
{
  return gh_memory_store_ops.open (NULL, error);
}

int
main (int argc, char **argv)
{
  static const StoreKind kind = { "memory", &gh_memory_store_ops, FALSE, open_memory };

  g_test_init (&argc, &argv, NULL);
  store_conformance_add (&kind);
  return g_test_run ();
}
