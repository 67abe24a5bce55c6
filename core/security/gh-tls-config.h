/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

/* clang-format off */
/** GH_TLS_CONFIG_KEYS: the rows of [tls], to stand in a table of GhConfigKey. */
#define GH_TLS_CONFIG_KEYS \
  { "tls", "certificate", GH_CONFIG_STRING, NULL, 0, 0, NULL, \
    "certificate of the servers, and those that lead to its authority, PEM or DER; without it " \
    "that of the vault; read at the start and at every reload" }, \
  { "tls", "key", GH_CONFIG_STRING, NULL, 0, 0, NULL, \
    "its private key, PEM or DER: a file of the daemon's user with mode 0600, or a credential of " \
    "systemd; read at the start and at every reload" }, \
  { "tls", "staple-file", GH_CONFIG_STRING, NULL, 0, 0, NULL, \
    "OCSP answer about the servers' certificate, DER or PEM, to staple while it holds; read at " \
    "the start and at every reload" }
/* clang-format on */
