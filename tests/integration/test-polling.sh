#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# AEs and gateways that cannot be called: they poll. Hosts in network namespaces, where these may be
# made; curl and libcoap as the AEs. Follows docs/polling.md, too.
command -v python3 >/dev/null || { echo "1..0 # SKIP python3 is missing"; exit 77; }
exec python3 "$GH_TOP_SRCDIR/tests/integration/polling_test.py"
