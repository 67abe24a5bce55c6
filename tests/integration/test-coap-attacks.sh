#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Datagrams that no client of a library sends, against a running gatehoused.
set -u
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

start_daemon --no-bus --set 'plugins.load=coap;sqlite'
python3 "$GH_TOP_SRCDIR/tests/integration/coap_attacks.py" "$url" "$daemon" || exit 1
stop_daemon >"$work/end" 2>&1 || { sed 's/^/# /' "$work/end"; exit 1; }
