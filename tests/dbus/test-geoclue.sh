#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The position of the machine comes from GeoClue of a private bus, which stands for the system's.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
mkfifo "$work/mock-in" "$work/mock-out"
DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SYSTEM_BUS_ADDRESS

request ()
{
  gdbus call --session -d org.gatehouse.Gatehouse1 -o /org/gatehouse/Gatehouse1 \
    -m org.gatehouse.Gatehouse1.Request "{\"fr\":\"CAdmin\",\"rqi\":\"r\",\"rvi\":\"3\",$1}"
}

heard ()
{
  IFS= read -r line <&4
  [ "$line" = "$1" ] || { echo "the mock said: $line"; return 1; }
}

# at_last TEXT: the newest position says so before long
at_last ()
{
  tries=200
  until request '"op":2,"to":"gatehouse/track/la"' | grep -q -F "$1"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { request '"op":2,"to":"gatehouse/track/la"'; return 1; }
  done
}

"$GH_TOP_BUILDDIR/tests/dbus/geoclue-mock" <"$work/mock-in" >"$work/mock-out" &
mock=$!
exec 3>"$work/mock-in" 4<"$work/mock-out"
check "GeoClue is there" heard "ready org.freedesktop.GeoClue2"
start_daemon --session --set location.source=geoclue
check "it is asked under our name" heard "started org.gatehouse.Gatehouse1"
check "a location policy is made" says '"rsc":2001' request \
  '"op":1,"to":"gatehouse","ty":10,"pc":{"m2m:lcp":{"los":2,"lon":"track"}}'
check "its container has the position" at_last 'coordinates\\":[8.680000,50.110000]'
echo "48.85 2.35" >&3
check "and the next one" at_last '[2.350000,48.850000]'
check "with what GeoClue says of its accuracy" at_last 'accuracy\\":25.0'
check "the log does not say where" status_is 1 grep -q '48\.85' "$work/gatehoused.log"
check "it stops when asked to" stop_daemon
check "and tells GeoClue" heard "stopped org.gatehouse.Gatehouse1"

exec 3>&-
wait "$mock"
start_daemon --session --set location.source=geoclue
check "without GeoClue it runs on" says '"rsc":2000' request '"op":2,"to":"gatehouse"'
check "and stops" stop_daemon
plan
