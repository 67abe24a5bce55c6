#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What originators have in the store, attacked over HTTP and CoAP, before and after a restart.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit; }

quotas ()
{
  start_daemon --no-bus --set quota.resources=20 --set quota.octets=60000 \
    --set quota.subscriptions=2 --set log.level=warning
  python3 "$GH_TOP_SRCDIR/tests/integration/quotas.py" "$1" "$url" "$coap_url" \
    || touch "$work/failed"
  stop_daemon >"$work/end" 2>&1 || { sed 's/^/# /' "$work/end"; touch "$work/failed"; }
}

echo "1..15"
quotas attack
quotas again
[ ! -e "$work/failed" ]
