#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
GH_CRASHES=200
export GH_CRASHES
exec sh "$GH_TOP_SRCDIR/tests/integration/test-crash-process.sh"
