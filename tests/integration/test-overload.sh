#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A daemon with hardly any room, and one client that floods it over HTTP and CoAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit; }
start_daemon --no-bus --set limits.write-queue=1 --set limits.read-queue=1 \
  --set limits.workers=1 --set quota.waiting=0 --set log.level=warning
http_url=$url
python3 "$GH_TOP_SRCDIR/tests/integration/overload.py" "$http_url" "$coap_url" "$daemon" || exit 1
stop_daemon >"$work/end" 2>&1 || { sed 's/^/# /' "$work/end"; exit 1; }
