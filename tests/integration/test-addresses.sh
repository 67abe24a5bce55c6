#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gateway whose address changes, in a network namespace where one may be made.
command -v python3 >/dev/null || { echo "1..0 # SKIP python3 is missing"; exit 77; }
exec python3 "$GH_TOP_SRCDIR/tests/integration/addresses.py"
