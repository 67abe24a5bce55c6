/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-sqlite-store.h"
#include "plugin/gh-plugin-abi.h"

static const GhPluginOps sqlite_plugin_ops = {
  .struct_size = sizeof (GhPluginOps),
  .store = &gh_sqlite_store_ops,
};

GH_DEFINE_PLUGIN (sqlite, "sqlite", PACKAGE_VERSION, GH_CAPABILITY_STORE, sqlite_plugin_ops);
