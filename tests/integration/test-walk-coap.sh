#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every resource type over CoAP against gatehoused; the table is left beside the programs.
command -v python3 >/dev/null || { echo "1..0 # SKIP python3 is missing"; exit 77; }
exec python3 "$GH_TOP_SRCDIR/tests/integration/walk.py" "$GH_TOP_BUILDDIR" coap \
  "$GH_TOP_BUILDDIR/tests/integration/walk-coap.tsv"
