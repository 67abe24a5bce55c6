#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plugins of a daemon that runs: what is stopped lets go of what it had, what is started takes it again.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1
ports=$GH_TOP_SRCDIR/tests/integration/plugin_ports.py

# plugin NAME METHOD ARGUMENT...: of its object
plugin ()
{
  object=$path/plugin/$1
  shift
  gdbus call --session --timeout 120 -d $name -o "$object" -m "$name.Plugin.$@"
}

# hold PORT: another process takes it, if it can; let_go ends that
hold ()
{
  rm -f "$work/holding" "$work/held"
  mkfifo "$work/holding" "$work/held"
  python3 "$ports" hold "$1" <"$work/holding" >"$work/held" &
  holder=$!
  exec 8>"$work/holding"
  read -r said <"$work/held"
  [ "$said" = held ] || { echo "$said"; let_go; return 1; }
}
let_go ()
{
  exec 8>&-
  wait "$holder" || :
}
not ()
{
  ! "$@"
}

# ask PORT: by plain CoAP, by a client that is not ours; it takes no options of oneM2M in an answer
ask ()
{
  coap-client-notls -B 60 -O 279,CAdmin "coap://127.0.0.1:$1/.well-known/core"
}

port=$(python3 "$ports" free)
development="--dev --set http.listen=127.0.0.1:0 --set coap.listen=127.0.0.1:$port --set coap.listen-tcp=127.0.0.1:$port"
start_daemon --session

check "a port that a transport has is taken" not hold "$port"
check "it is stopped" plugin coap Stop
check "which frees its port for another process" hold "$port"
check "while that has it, it is not started" says "is taken by another program" plugin coap Start
check "and the error names the key and the address" says "127.0.0.1:$port" plugin coap Start
let_go
check "when it is free again, it is" plugin coap Start
check "and the port is taken" not hold "$port"
if command -v coap-client-notls >/dev/null; then
  check "and it answers there" says gatehouse ask "$port"
else
  skip "it answers there" "coap-client-notls is missing"
fi
check "it can be stopped again" plugin coap Stop
check "and leaves nothing behind" hold "$port"
let_go
check "the daemon stops" stop_daemon
plan
