/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-transport.h"

#include "plugin/gh-plugin-abi.h"

static const GhPluginOps http_ops = {
  .struct_size = sizeof (GhPluginOps),
  .transport = &gh_http_transport_ops,
};

GH_DEFINE_PLUGIN (http, "http", PACKAGE_VERSION, GH_CAPABILITY_TRANSPORT, http_ops);
