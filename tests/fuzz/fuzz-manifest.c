/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-manifest.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GhManifest) manifest = NULL;

  manifest = gh_manifest_parse (size > 0 ? (const char *) data : "", size, "fuzz.plugin", &error);
  if ((manifest == NULL) != (error != NULL))
    g_error ("a result and an error, or neither");
  if (manifest != NULL
      && (!gh_plugin_name_is_valid (manifest->name) || manifest->capabilities == 0
          || (manifest->capabilities & ~gh_capabilities_mask ())))
    g_error ("a manifest that its own rules refuse");
  return 0;
}
