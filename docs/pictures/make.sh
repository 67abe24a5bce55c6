#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# make.sh: draws the pictures of README.md again, from a real gatehoused with a few things in it:
#   GH_TOP_SRCDIR=. GH_TOP_BUILDDIR=_build sh docs/pictures/make.sh FOLDER
set -eu
folder=$(cd "$1" && pwd)
GH_TOP_SRCDIR=$(cd "$GH_TOP_SRCDIR" && pwd)
GH_TOP_BUILDDIR=$(cd "$GH_TOP_BUILDDIR" && pwd)
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

# draw NAME COMMAND: what it writes to a terminal of 84 columns
draw ()
{
  script -q -e -c "stty cols 84 rows 40; PATH=$GH_TOP_BUILDDIR/bindings/ghctl:\$PATH; $2" /dev/null \
    >"$work/screen" </dev/null
  python3 "$GH_TOP_SRCDIR/docs/pictures/terminal.py" "$2" <"$work/screen" >"$folder/$1.svg"
}

development=
start_daemon --session --set coap.listen-secure= --set http.listen-secure=127.0.0.1:0 \
  --set node.describe=no
"$ghctl" create gatehouse --ty ae -o Cpump '{"rn":"pump","api":"N.example.pump","rr":false,"srv":["3"]}' \
  >"$work/null"
"$ghctl" create gatehouse/pump --ty cnt '{"rn":"pressure","mni":1000,"lbl":["bar"]}' >"$work/null"
"$ghctl" create gatehouse/pump --ty cnt '{"rn":"alarms"}' >"$work/null"
"$ghctl" create gatehouse --ty ae -o Cweather \
  '{"rn":"weather","api":"N.example.weather","rr":false,"srv":["3"]}' >"$work/null"
"$ghctl" create gatehouse/weather --ty cnt '{"rn":"temperature","mni":96}' >"$work/null"
"$ghctl" create gatehouse --ty grp '{"rn":"outdoors","mnm":10,"mid":["gatehouse/weather/temperature"]}' \
  >"$work/null"
"$ghctl" create gatehouse --ty acp '{"rn":"readers","pv":{"acr":[{"acor":["Cpanel"],"acop":34}]},
  "pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}' >"$work/null"
for value in 2.1 2.2 2.0; do
  "$ghctl" create gatehouse/pump/pressure --ty cin "{\"con\":\"$value\"}" >"$work/null"
done
draw tree "ghctl tree"

# What happens while somebody watches.
(
  until "$ghctl" discover gatehouse/weather/temperature --type subscription 2>/dev/null | grep -q .; do :; done
  for value in 18.6 18.9 19.3; do
    "$ghctl" create gatehouse/weather/temperature --ty cin "{\"con\":\"$value\"}" >"$work/null"
  done
  "$ghctl" update gatehouse/weather/temperature '{"lbl":["celsius"]}' >"$work/null"
) &
draw watch "ghctl watch gatehouse/weather/temperature --count 4"
wait
stop_daemon
