/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

/**
 * GH_PLUGIN_CONFIG_ROWS:
 * The rows of group [plugins], for the one table of everything that may stand in the configuration.
 * GH_PLUGIN_DIR is the folder of the installed plugins.
 */
#define GH_PLUGIN_CONFIG_ROWS                                                            \
  { "plugins", "load", GH_CONFIG_LIST, "http;coap;psk;cert;sqlite",                      \
    0,         0,      NULL,           "plugins to load; nothing else is ever opened" }, \
    { "plugins",                                                                         \
      "load-also",                                                                       \
      GH_CONFIG_LIST,                                                                    \
      NULL,                                                                              \
      0,                                                                                 \
      0,                                                                                 \
      NULL,                                                                              \
      "further plugins to load, none of which is required" },                            \
    { "plugins",                                                                         \
      "path",                                                                            \
      GH_CONFIG_LIST,                                                                    \
      GH_PLUGIN_DIR,                                                                     \
      0,                                                                                 \
      0,                                                                                 \
      NULL,                                                                              \
      "folders that hold NAME.plugin and its module, in order of search" },              \
  {                                                                                      \
    "plugins", "required", GH_CONFIG_LIST, NULL, 0, 0, NULL,                             \
      "plugins without which nothing starts; when it is absent, all that are loaded"     \
  }
