#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What openssl and gnutls-cli can offer against each TLS profile: a sample, or everything with
# GH_TLS_MATRIX=whole. Prints TAP.
set -u
for tool in openssl gnutls-cli python3; do
  if ! command -v "$tool" >/dev/null; then
    if [ -n "${CI:-}" ]; then echo "Bail out! $tool is missing"; exit 1; fi
    echo "1..0 # SKIP $tool is missing"
    exit 77
  fi
done
exec python3 "$GH_TOP_SRCDIR/tests/interop/tls_matrix.py" \
  "$GH_TOP_BUILDDIR/tests/interop/tls-peer" "$GH_TOP_SRCDIR/tests/interop/tls-matrix.tsv" \
  "${GH_TLS_MATRIX:-sample}"
