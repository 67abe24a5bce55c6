/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin-module.h"

#ifdef GH_BUILTIN_PLUGINS

#define DECLARE_BUILTIN(symbol) extern const GhPluginDesc gh_plugin_desc_##symbol;
#define LIST_BUILTIN(symbol)    &gh_plugin_desc_##symbol,

GH_BUILTIN_PLUGIN_LIST (DECLARE_BUILTIN)

static const GhPluginDesc *const builtin_plugins[] = { GH_BUILTIN_PLUGIN_LIST (LIST_BUILTIN) NULL };

#else

static const GhPluginDesc *const builtin_plugins[] = { NULL };

#endif

const GhPluginDesc *
gh_plugin_builtin_find (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);
  for (gsize i = 0; builtin_plugins[i] != NULL; i++)
    if (g_strcmp0 (builtin_plugins[i]->name, name) == 0)
      return builtin_plugins[i];
  return NULL;
}
