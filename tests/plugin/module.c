/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#undef GH_BUILTIN_PLUGINS
#include "plugin/gh-plugin-abi.h"

/*
 * The plugins of the loader's tests, good and broken. Each is built from this file with one
 * VARIANT_ defined; what is broken is the descriptor, as a table says below. MODULE_NAME is what
 * the plugin calls itself.
 *
 * GH_TEST_CALLS in the environment collects the calls that were made, GH_TEST_FAULT names a call to
 * do wrong.
 */

#ifndef MODULE_NAME
#define MODULE_NAME "good"
#endif

#if defined VARIANT_STORE || defined VARIANT_HALF_STORE
#define MODULE_CAPABILITIES GH_CAPABILITY_STORE
#elif defined VARIANT_SECURITY || defined VARIANT_HALF_SECURITY || defined VARIANT_IDLE_SECURITY \
  || defined VARIANT_STRANGE_SECURITY
#define MODULE_CAPABILITIES GH_CAPABILITY_SECURITY
#define MODULE_IS_SECURITY
#elif defined VARIANT_OTHER_CAPABILITY
#define MODULE_CAPABILITIES (GH_CAPABILITY_TRANSPORT | GH_CAPABILITY_SECURITY)
#else
#define MODULE_CAPABILITIES GH_CAPABILITY_TRANSPORT
#endif

void module_undefined_function (void);

static void
record (const char *call)
{
  const char *before = g_getenv ("GH_TEST_CALLS");
  g_autofree char *calls = g_strdup_printf ("%s%s" MODULE_NAME ":%s", before != NULL ? before : "",
                                            before != NULL ? " " : "", call);

  g_setenv ("GH_TEST_CALLS", calls, TRUE);
}

/* TRUE, unless the test asked for one of the three ways to do it wrong. */
static gboolean
act (const char *call, GError **error)
{
  const char *fault = g_getenv ("GH_TEST_FAULT");
  g_autofree char *failing = g_strdup_printf (MODULE_NAME ":%s:fails", call);
  g_autofree char *silent = g_strdup_printf (MODULE_NAME ":%s:silent", call);
  g_autofree char *both = g_strdup_printf (MODULE_NAME ":%s:both", call);

  record (call);
  if (g_strcmp0 (fault, failing) == 0 || g_strcmp0 (fault, both) == 0)
    g_set_error (error, GH_ERROR, GH_ERROR_UNREACHABLE, "the test wants it");
  return g_strcmp0 (fault, failing) != 0 && g_strcmp0 (fault, silent) != 0;
}

static gboolean
module_load (gpointer *out_data, GError **error)
{
  *out_data = g_strdup (MODULE_NAME);
#ifdef VARIANT_UNDEFINED_SYMBOL
  module_undefined_function ();
#endif
  if (act ("load", error))
    return TRUE;
  g_clear_pointer (out_data, g_free);
  return FALSE;
}

static gboolean
module_configure (gpointer data, const GhConfig *config, GError **error)
{
  return act ("configure", error);
}

static gboolean
module_start (gpointer data, GError **error)
{
  return act ("start", error);
}

static void
module_stop (gpointer data)
{
  record ("stop");
}

static void
module_unload (gpointer data)
{
  record ("unload");
  g_free (data);
}

#if !defined VARIANT_STORE && !defined VARIANT_HALF_STORE && !defined VARIANT_NO_TABLE \
  && !defined MODULE_IS_SECURITY

static GhTransport *
transport_create (const GhTransportHost *host, GError **error)
{
  return act ("create", error) ? (GhTransport *) g_strdup ("transport") : NULL;
}

static gboolean
transport_start (GhTransport *transport, GError **error)
{
  return act ("listen", error);
}

static void
transport_free (GhTransport *transport)
{
  record ("free");
  g_free (transport);
}

static const GhTransportOps transport_ops = {
  .struct_size = sizeof (GhTransportOps),
  .name = MODULE_NAME,
  .create = transport_create,
  .start = transport_start,
  .free = transport_free,
};

#endif

#ifdef VARIANT_HALF_STORE
static const GhStoreOps half_store_ops = {
  .struct_size = sizeof (GhStoreOps),
  .name = "half",
};
#endif

#ifdef MODULE_IS_SECURITY

static GhSecurityPlugin *
security_create (const GhSecurityHost *host, GError **error)
{
  return act ("create", error) ? (GhSecurityPlugin *) g_strdup ("security") : NULL;
}

#ifndef VARIANT_HALF_SECURITY
static void
security_free (GhSecurityPlugin *plugin)
{
  record ("free");
  g_free (plugin);
}
#endif

#ifndef VARIANT_IDLE_SECURITY
static GhKeyStatus
security_psk_lookup (GhSecurityPlugin *plugin, const GhKeyQuery *query, GhSecret **key,
                     GhClaim *claim)
{
  return GH_KEY_UNKNOWN;
}
#endif

static const GhSecurityOps security_ops = {
  .struct_size = sizeof (GhSecurityOps),
  .name = MODULE_NAME,
#ifdef VARIANT_STRANGE_SECURITY
  .credential_kinds = 1u << GH_N_CREDENTIAL_KINDS,
#else
  .credential_kinds = 1u << GH_CREDENTIAL_PSK,
#endif
  .create = security_create,
#ifndef VARIANT_HALF_SECURITY
  .free = security_free,
#endif
#ifndef VARIANT_IDLE_SECURITY
  .psk_lookup = security_psk_lookup,
#endif
};

#endif

static const GhPluginOps plugin_ops = {
#if defined VARIANT_SHORT_OPS
  .struct_size = 2 * sizeof (gpointer),
#elif defined VARIANT_LONG_OPS
  .struct_size = sizeof (GhPluginOps) + sizeof (gpointer),
#else
  .struct_size = sizeof (GhPluginOps),
#endif
  .load = module_load,
  .configure = module_configure,
  .start = module_start,
  .stop = module_stop,
  .unload = module_unload,
#if defined VARIANT_STORE
  .store = &gh_memory_store_ops,
#elif defined VARIANT_HALF_STORE
  .store = &half_store_ops,
#elif defined MODULE_IS_SECURITY
  .security = &security_ops,
#elif !defined VARIANT_NO_TABLE
  .transport = &transport_ops,
#endif
};

#if defined VARIANT_FUNCTION_SYMBOL

G_MODULE_EXPORT int gh_plugin_desc (void);

G_MODULE_EXPORT int
gh_plugin_desc (void)
{
  return plugin_ops.struct_size != 0 && transport_ops.struct_size != 0;
}

#elif defined VARIANT_TRUNCATED

/* The symbol ends where the table of functions should be. */
typedef struct {
  guint32 magic, struct_size;
  guint16 abi_major, abi_minor;
  guint32 capabilities;
  const GhPluginOps *ops;
} TruncatedDesc;
G_MODULE_EXPORT extern const TruncatedDesc gh_plugin_desc;
G_MODULE_EXPORT const TruncatedDesc gh_plugin_desc = {
  GH_PLUGIN_MAGIC, sizeof (GhPluginDesc), 1, 0, 1, &plugin_ops
};

#elif defined VARIANT_MISSING_SYMBOL

G_MODULE_EXPORT extern const GhPluginDesc gh_plugin_descriptor;
G_MODULE_EXPORT const GhPluginDesc gh_plugin_descriptor = { .ops = &plugin_ops };

#else

G_MODULE_EXPORT extern const GhPluginDesc gh_plugin_desc;
G_MODULE_EXPORT const GhPluginDesc gh_plugin_desc = {
#ifdef VARIANT_WRONG_MAGIC
  .magic = 0x12345678,
#else
  .magic = GH_PLUGIN_MAGIC,
#endif
#ifdef VARIANT_SHORT_STRUCT
  .struct_size = sizeof (GhPluginDesc) - sizeof (gpointer),
#else
  .struct_size = sizeof (GhPluginDesc),
#endif
#ifdef VARIANT_WRONG_MAJOR
  .abi_major = GH_PLUGIN_ABI_MAJOR + 1,
#else
  .abi_major = GH_PLUGIN_ABI_MAJOR,
#endif
#ifdef VARIANT_NEWER_MINOR
  .abi_minor = GH_PLUGIN_ABI_MINOR + 1,
#else
  .abi_minor = GH_PLUGIN_ABI_MINOR,
#endif
  .capabilities = MODULE_CAPABILITIES,
  .name = MODULE_NAME,
#ifdef VARIANT_REBUILT
  .version = "1.2.4",
#else
  .version = "1.2.3",
#endif
  .build_id = "test",
  .ops = &plugin_ops,
};

#endif
