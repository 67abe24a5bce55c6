/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

/* clang-format off */
/** GH_CERT_CONFIG_KEYS: the rows of [cert], to stand in a table of GhConfigKey. */
#define GH_CERT_CONFIG_KEYS \
  { "cert", "crl-files", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "revocation lists, PEM or DER; read at the start and at every reload" }, \
  { "cert", "stale-status", GH_CONFIG_CHOICE, "refuse", 0, 0, "refuse|accept", \
    "what a revocation list or a stapled answer that is out of date means for its certificates" }, \
  { "cert", "require-ocsp", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL, \
    "a server that we connect to must staple an OCSP answer" }, \
  { "cert", "require-name-constraints", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL, \
    "an authority without nameConstraints vouches for nobody (TS-0003 8.1.2.2)" }, \
  { "cert", "rsa-bits", GH_CONFIG_INTEGER, "0", 0, 16384, NULL, \
    "fewest bits of an RSA key, at least 2048; 0: RSA is refused, as TS-0003 10.1 says" }
/* clang-format on */
