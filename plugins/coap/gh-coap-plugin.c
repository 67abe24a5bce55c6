/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-transport.h"

#include "plugin/gh-plugin-abi.h"

static const GhPluginOps coap_ops = {
  .struct_size = sizeof (GhPluginOps),
  .transport = &gh_coap_transport_ops,
};

GH_DEFINE_PLUGIN (coap, "coap", PACKAGE_VERSION, GH_CAPABILITY_TRANSPORT, coap_ops);
