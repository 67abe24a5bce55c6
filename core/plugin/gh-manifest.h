/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/gh-plugin-abi.h"

G_BEGIN_DECLS

/* Limits of a manifest: octets of the whole, of a name, names in a list. */
#define GH_MANIFEST_MAX_SIZE 65536
#define GH_MANIFEST_MAX_NAME 64
#define GH_MANIFEST_MAX_LIST 32

/**
 * GhManifest:
 * NAME.plugin, the strict keyfile beside a module, read before the module is opened:
 *
 * |[
 * [Plugin]
 * Name=http
 * Module=http.so
 * Abi=1.0
 * Capabilities=transport
 * Requires=
 * After=
 * Sha256=(64 hexadecimal digits of the module)
 * ]|
 *
 * Every key but Requires and After must be there.
 */
typedef struct {
  char *name;   /* [a-z0-9] then [a-z0-9-] */
  char *module; /* a plain file name beside the manifest */
  guint16 abi_major, abi_minor;
  guint32 capabilities;  /* GhCapability */
  char **requires_names; /* must be loaded before; never NULL */
  char **after_names;    /* loaded before, when they are there; never NULL */
  guint8 digest[32];     /* SHA-256 of the module */
} GhManifest;

/**
 * gh_manifest_parse: a pure function.
 * @text: octets of the file, at most GH_MANIFEST_MAX_SIZE
 * @name: stands for the file in errors
 * Returns: (transfer full) (nullable): %NULL with GH_ERROR_PLUGIN: "NAME:LINE: [group] key: ..." or
 * "NAME: ...". Any thread.
 */
GhManifest *gh_manifest_parse (const char *text, gsize length, const char *name, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void gh_manifest_free (GhManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhManifest, gh_manifest_free)

/**
 * gh_plugin_name_is_valid: 1 to GH_MANIFEST_MAX_NAME of a-z, 0-9 and "-", not starting with "-".
 * Any thread.
 */
gboolean gh_plugin_name_is_valid (const char *name);
/** gh_capability_from_string: "transport", "store", ...; 0 for anything else. Any thread. */
guint32 gh_capability_from_string (const char *text);
/**
 * gh_capabilities_to_strv: Returns: (transfer full): the names of the bits of @capabilities. Any
 * thread.
 */
char **gh_capabilities_to_strv (guint32 capabilities);
/** gh_capabilities_mask: every capability that this host knows. Any thread. */
guint32 gh_capabilities_mask (void);

G_END_DECLS
