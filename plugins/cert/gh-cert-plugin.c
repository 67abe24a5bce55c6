/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cert-judge.h"
#include "plugin/gh-plugin-abi.h"

static const GhPluginOps cert_plugin_ops = {
  .struct_size = sizeof (GhPluginOps),
  .security = &gh_cert_security_ops,
};

GH_DEFINE_PLUGIN (cert, "cert", PACKAGE_VERSION, GH_CAPABILITY_SECURITY, cert_plugin_ops);
