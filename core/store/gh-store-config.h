/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

/**
 * GH_STORE_CONFIG_KEYS:
 * The rows of GhConfigKey for group [store], for inclusion in the table of all keys:
 * `static const GhConfigKey keys[] = { GH_STORE_CONFIG_KEYS ... { NULL } };`
 * The path's folder is made with mode 0700, its file with 0600; relative paths and NULL are
 * resolved by the program.
 */
#define GH_STORE_CONFIG_KEYS                                                                   \
  { "store",                                                                                   \
    "type",                                                                                    \
    GH_CONFIG_STRING,                                                                          \
    "sqlite",                                                                                  \
    0,                                                                                         \
    0,                                                                                         \
    NULL,                                                                                      \
    "which store keeps the resources: memory, or the name of a store plugin" },                \
    { "store",                                                                                 \
      "path",                                                                                  \
      GH_CONFIG_STRING,                                                                        \
      NULL,                                                                                    \
      0,                                                                                       \
      0,                                                                                       \
      NULL,                                                                                    \
      "the file of the store; without it gatehouse.db in the state folder" },                  \
    { "store",        "cache-size",                                                            \
      GH_CONFIG_SIZE, "64M",                                                                   \
      64 << 10,       G_GINT64_CONSTANT (1) << 40,                                             \
      NULL,           "memory for pages of the file on the writer's connection" },             \
    { "store",        "reader-cache-size",                                                     \
      GH_CONFIG_SIZE, "4M",                                                                    \
      64 << 10,       G_GINT64_CONSTANT (1) << 40,                                             \
      NULL,           "memory for pages of the file on each reader's connection" },            \
    { "store",                                                                                 \
      "checkpoint-size",                                                                       \
      GH_CONFIG_SIZE,                                                                          \
      "4M",                                                                                   \
      64 << 10,                                                                                \
      G_GINT64_CONSTANT (1) << 40,                                                             \
      NULL,                                                                                    \
      "write-ahead log above which it is copied into the file when the writer has nothing to " \
      "do" },                                                                                  \
    { "store",                                                                                 \
      "integrity-check",                                                                       \
      GH_CONFIG_CHOICE,                                                                        \
      "quick",                                                                                 \
      0,                                                                                       \
      0,                                                                                       \
      "quick|full",                                                                            \
      "how the file is checked at start: quick leaves out whether indexes match their tables" },  \
    { "store",                                                                                 \
      "renew",                                                                                 \
      GH_CONFIG_BOOLEAN,                                                                       \
      "no",                                                                                    \
      0,                                                                                       \
      0,                                                                                       \
      NULL,                                                                                    \
      "start although the store is empty, or another one, and the vault knows of one that was " \
      "in use" },
