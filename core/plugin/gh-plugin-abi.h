/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gmodule.h>

#include "base/gh-config.h"
#include "link/gh-transport.h"
#include "security/gh-security-plugin.h"
#include "store/gh-store.h"

G_BEGIN_DECLS

/*
 * The plugin ABI (design section 7): one exported data symbol, read before any code of the plugin
 * is called.
 */

#define GH_PLUGIN_MAGIC     0x47486f31u /* "GHo1" */
#define GH_PLUGIN_ABI_MAJOR 1
#define GH_PLUGIN_ABI_MINOR 0
#define GH_PLUGIN_SYMBOL    "gh_plugin_desc"

typedef enum {
  GH_CAPABILITY_TRANSPORT = 1 << 0,
  GH_CAPABILITY_STORE = 1 << 1,
  GH_CAPABILITY_SECURITY = 1 << 2,
  GH_CAPABILITY_ENROL = 1 << 3,
  GH_CAPABILITY_PRIMITIVE = 1 << 4,
  GH_CAPABILITY_SERIALIZER = 1 << 5,
} GhCapability;

/**
 * GhPluginOps:
 * The life of a plugin. Every call comes from the plugin manager's runner on the thread that starts
 * the CSE. Missing trailing members are NULL and succeed.
 */
typedef struct {
  gsize struct_size;
  gboolean (*load) (gpointer *out_data, GError **error);
  gboolean (*configure) (gpointer data, const GhConfig *config, GError **error);
  gboolean (*start) (gpointer data, GError **error);
  void (*stop) (gpointer data);
  void (*unload) (gpointer data);
  /* one table for each capability; NULL when it is not declared */
  const GhTransportOps *transport;
  const GhStoreOps *store;
  const GhSecurityOps *security;
} GhPluginOps;

typedef struct {
  guint32 magic, struct_size;
  guint16 abi_major, abi_minor; /* major equal to the host's, minor not above it */
  guint32 capabilities;
  const char *name, *version, *build_id;
  const GhPluginOps *ops;
} GhPluginDesc;

/**
 * GH_DEFINE_PLUGIN:
 * @symbol: C identifier of the plugin; with -DGH_BUILTIN_PLUGINS the descriptor is
 * gh_plugin_desc_SYMBOL and is linked in
 * @text: its name, as in the manifest
 * @plugin_version: a string of printable ASCII, at most 64
 * @plugin_capabilities: GhCapability bits, as in the manifest
 * @plugin_ops: a static const GhPluginOps
 */
#ifdef PACKAGE_VERSION
#define GH_PLUGIN_BUILD_ID_(plugin_version) PACKAGE_VERSION
#else
#define GH_PLUGIN_BUILD_ID_(plugin_version) (plugin_version)
#endif
#ifdef GH_BUILTIN_PLUGINS
#define GH_DEFINE_PLUGIN_SYMBOL_(symbol) gh_plugin_desc_##symbol
#else
#define GH_DEFINE_PLUGIN_SYMBOL_(symbol) gh_plugin_desc
#endif
#define GH_DEFINE_PLUGIN(symbol, text, plugin_version, plugin_capabilities, plugin_ops) \
  G_MODULE_EXPORT extern const GhPluginDesc GH_DEFINE_PLUGIN_SYMBOL_ (symbol);          \
  G_MODULE_EXPORT const GhPluginDesc GH_DEFINE_PLUGIN_SYMBOL_ (                         \
    symbol) = { .magic = GH_PLUGIN_MAGIC,                                               \
                .struct_size = sizeof (GhPluginDesc),                                   \
                .abi_major = GH_PLUGIN_ABI_MAJOR,                                       \
                .abi_minor = GH_PLUGIN_ABI_MINOR,                                       \
                .capabilities = (plugin_capabilities),                                  \
                .name = (text),                                                         \
                .version = (plugin_version),                                            \
                .build_id = GH_PLUGIN_BUILD_ID_ (plugin_version),                       \
                .ops = &(plugin_ops) }

G_END_DECLS
