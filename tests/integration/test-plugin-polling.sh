#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Neither what is set nor a reload ends a poll that waits; a stop of its transport answers it.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

# ask RI METHOD PATH ARGUMENT...: as the AE
ask ()
{
  ri=$1 method=$2 to=$3
  shift 3
  curl -s -m 600 -X "$method" -H "X-M2M-Origin: Cpoller" -H "X-M2M-RI: $ri" -H "X-M2M-RVI: 3" "$@" \
    -o "$work/body-$ri" -w '%{http_code}' "$url$to"
}
# polls N: so many wait, at last
polls ()
{
  turns=0
  until "$ghctl" status | grep -Eq "polls-waiting[^0-9]*$1( |$)"; do
    turns=$((turns + 1))
    [ $turns -lt 600 ] || { "$ghctl" status; return 1; }
    sleep 0.01
  done
}
# lines BODY: the file of the configuration
lines ()
{
  printf '[http]\nlisten = 127.0.0.1:0\nmax-body = %s\n[coap]\nlisten = 127.0.0.1:0\n' "$1" \
    >"$work/gatehouse.conf"
}

lines 8K
development="--dev --config $work/gatehouse.conf"
start_daemon --session
check "an AE" says 201 ask 1 POST /gatehouse -H "Content-Type: application/json;ty=2" \
  -d '{"m2m:ae":{"rn":"poller","api":"Nx","rr":false,"srv":["3"]}}'
check "with a polling channel" says 201 ask 2 POST /gatehouse/poller \
  -H "Content-Type: application/json;ty=15" -d '{"m2m:pch":{"rn":"channel"}}'
ask 3 GET /gatehouse/poller/channel/pcu -H "X-M2M-RET: 600000" >"$work/polled" &
poller=$!
check "polls, and waits" polls 1
check "a key of its transport is set" "$ghctl" plugin set http max-connections=200
check "the configuration is read again" "$ghctl" reload
lines 16K
check "and once more, when it has changed" "$ghctl" reload
check "the poll still waits" polls 1
check "its transport is stopped" "$ghctl" plugin stop http
wait "$poller" || :
check "which answers it" grep -qx 503 "$work/polled"
check "it is started again" "$ghctl" plugin start http
check "the daemon stops" stop_daemon
plan
