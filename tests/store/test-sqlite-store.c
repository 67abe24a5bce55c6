/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store-conformance.h"

#include "gh-sqlite-store.h"

static GhStore *
open_sqlite (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "state", "gatehouse.db", NULL);
  GhSqliteOptions options = GH_SQLITE_OPTIONS_DEFAULT;

  options.path = path;
  return gh_sqlite_store_open (&options, error);
}

int
main (int argc, char **argv)
{
  static const StoreKind kind = { "sqlite", &gh_sqlite_store_ops, TRUE, open_sqlite };

  g_test_init (&argc, &argv, NULL);
  store_conformance_add (&kind);
  return g_test_run ();
}
