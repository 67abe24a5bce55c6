#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
GH_TLS_MATRIX=whole
export GH_TLS_MATRIX
exec sh "$GH_TOP_SRCDIR/tests/interop/test-tls-matrix.sh"
