/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-psk-prover.h"
#include "plugin/gh-plugin-abi.h"

static const GhPluginOps psk_plugin_ops = {
  .struct_size = sizeof (GhPluginOps),
  .security = &gh_psk_security_ops,
};

GH_DEFINE_PLUGIN (psk, "psk", PACKAGE_VERSION, GH_CAPABILITY_SECURITY, psk_plugin_ops);
