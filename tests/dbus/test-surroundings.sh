#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sleep and network of the machine, told by dbusmock in the place of logind and NetworkManager.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import dbusmock' 2>/dev/null || continue
  python=$candidate
  break
done
[ -n "$python" ] || { echo "1..0 # SKIP no python3-dbusmock"; exit 0; }
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SYSTEM_BUS_ADDRESS
mocks=
# shellcheck disable=SC2086 # words
trap 'stop_all; [ -z "$mocks" ] || kill $mocks 2>/dev/null || :' EXIT

# mock NAME ARGUMENT...: waits until it has its name
mock ()
{
  name=$1
  shift
  "$python" -m dbusmock "$@" >"$work/mock.log" 2>&1 &
  mocks="$mocks $!"
  gdbus wait --session --timeout 60 "$name"
}

login ()
{
  method=$1
  shift
  gdbus call --session -d org.freedesktop.login1 -o /org/freedesktop/login1 -m "$method" "$@"
}

prepare_for_sleep ()
{
  login org.freedesktop.DBus.Mock.EmitSignal org.freedesktop.login1.Manager PrepareForSleep b \
    "[<$1>]"
}

inhibitors ()
{
  login org.freedesktop.login1.Manager.ListInhibitors
}

# at_last COMMAND...: it does before long
at_last ()
{
  tries=600
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { "$@"; cat "$work/gatehoused.log"; return 1; }
    sleep 0.1
  done
}

delays ()
{
  inhibitors | grep -q "'sleep', 'Gatehouse', .*, 'delay'"
}

delays_no_more ()
{
  ! delays
}

logged ()
{
  [ "$(grep -c "$1" "$work/gatehoused.log")" -ge "${2:-1}" ]
}

request ()
{
  gdbus call --session -d org.gatehouse.Gatehouse1 -o /org/gatehouse/Gatehouse1 \
    -m org.gatehouse.Gatehouse1.Request "{\"fr\":\"CAdmin\",\"rqi\":\"r\",\"rvi\":\"3\",$1}"
}

mock org.freedesktop.login1 --system --template logind
mock org.freedesktop.NetworkManager --system --template networkmanager
start_daemon --session
check "sleep waits for what is accepted" at_last delays
check "a resource is made" says '"rsc":2001' request \
  '"op":1,"to":"gatehouse","ty":3,"pc":{"m2m:cnt":{"rn":"before"}}'
check "the machine is to sleep" prepare_for_sleep true
check "and may, when all is on the disk" at_last logged "ready to sleep"
check "nothing delays it any more" at_last delays_no_more
check "it wakes" prepare_for_sleep false
check "that is noticed" at_last logged "awake again"
check "the next sleep waits again" at_last delays
check "and is served as before" says '"rsc":2000' request '"op":2,"to":"gatehouse/before"'
check "it sleeps once more" prepare_for_sleep true
check "and is ready once more" at_last logged "ready to sleep" 2
check "and wakes" prepare_for_sleep false

network_changes ()
{
  gdbus call --session -d org.freedesktop.NetworkManager -o /org/freedesktop/NetworkManager \
    -m org.freedesktop.DBus.Mock.EmitSignal org.freedesktop.DBus.Properties PropertiesChanged \
    'sa{sv}as' "[<'org.freedesktop.NetworkManager'>, <{'$1': <uint32 70>}>, <@as []>]"
}
check "something of the network changes that is not ours" network_changes WirelessEnabled
check "another connection is the first one" network_changes State
check "that is noticed once it has settled" at_last logged "the network has changed"
check "once, and not for the other" status_is 1 logged "the network has changed" 2
check "it stops" stop_daemon
check "and delays nothing" at_last delays_no_more

# shellcheck disable=SC2086 # words
kill $mocks
mocks=
start_daemon --session
check "without them it runs as well" says '"rsc":2000' request '"op":2,"to":"gatehouse"'
check "and stops" stop_daemon
plan
