#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl tree and discover against a real daemon: what somebody sees who looks around.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
LC_ALL=C.UTF-8
export LC_ALL

# says_not TEXT COMMAND...
says_not ()
{
  ! says "$@" >/dev/null
}

# lines N COMMAND...: so many lines on standard output
lines ()
{
  expected=$1
  shift
  "$@" >"$work/lines"
  [ "$(wc -l <"$work/lines")" -eq "$expected" ] || { cat "$work/lines"; return 1; }
}

# on_terminal WORD...: a command line on a terminal of 40 columns
on_terminal ()
{
  COLUMNS=40 TERM=xterm script -qec "$*" /dev/null
}

create ()
{
  "$ghctl" create "$@" >/dev/null
}

start_daemon --session
create gatehouse --ty ae -o Csensor \
  '{"rn":"sensor","api":"N.example.sensor","rr":false,"srv":["3"],"lbl":["indoors"]}'
create gatehouse/sensor --ty cnt -o Csensor '{"rn":"temperature","mni":100,"cr":null,"lbl":["indoors","x:1"]}'
create gatehouse/sensor/temperature --ty cin '{"con":"21.5"}'
for i in 1 2 3 4 5; do
  create gatehouse/sensor --ty cnt "{\"rn\":\"box$i\"}"
done

check "tree begins at the CSEBase" says "gatehouse  CSEBase  /gatehouse" "$ghctl" tree
check "it draws" says "├─ sensor  AE  Csensor" "$ghctl" tree
check "deeper" says "│  ├─ temperature  container  1 of 100 instances, 4 B" "$ghctl" tree
check "labels are shown" says "#x:1" "$ghctl" tree gatehouse/sensor
check "instances are counted, not listed" says_not "cin" "$ghctl" tree
check "what is not shown is counted" says "… 4 more" "$ghctl" tree gatehouse/sensor --limit 2
check "a depth" says "… 6 more" "$ghctl" tree gatehouse --depth 1
check "a list of so many lines" lines 4 "$ghctl" tree gatehouse/sensor --limit 2
check "without UTF-8 it is drawn with what there is" says "|- temperature" \
  env LC_ALL=C "$ghctl" tree gatehouse/sensor
check "as JSON" says '"more" : 4' "$ghctl" tree gatehouse/sensor --limit 2 --json
check "which is well-formed" sh -c '"$1" tree --json | python3 -m json.tool' sh "$ghctl"
check "no colours in a pipe" says_not "$(printf '\033')" "$ghctl" tree
if command -v script >/dev/null; then
  check "colours on a terminal" says "$(printf '\033[34m')" on_terminal "$ghctl" tree
  check "but not with NO_COLOR" says_not "$(printf '\033')" env NO_COLOR=1 sh -c \
    'COLUMNS=40 TERM=xterm script -qec "$1 tree" /dev/null' sh "$ghctl"
  check "and lines that end in time" says "temperature  container  1 of 100 ins…" \
    env NO_COLOR=1 COLUMNS=40 script -qec "$ghctl tree gatehouse/sensor" /dev/null
else
  skip "terminals" "no script(1)"
fi
check "nothing there" says "4004 NOT_FOUND" "$ghctl" tree gatehouse/none
check "ends with 1" status_is 1 "$ghctl" tree gatehouse/none
check "somebody else sees nothing" says "4106" "$ghctl" tree -o Cnobody
check "numbers below nothing" status_is 2 "$ghctl" tree --limit -1

create gatehouse/sensor --ty cnt '{"rn":"evil","lbl":["\u202ered"]}'
check "labels do not steer the terminal" says '#\u202ered' "$ghctl" tree

check "discover containers" says "gatehouse/sensor/temperature" "$ghctl" discover --type container
check "by label" lines 2 "$ghctl" discover --label indoors
check "by label and type" lines 1 "$ghctl" discover --label indoors --type cnt
check "by one of two types" says "gatehouse/sensor/temperature/" \
  "$ghctl" discover --type cin --type ae --label x:1 --any
check "by name with a star" lines 1 "$ghctl" discover --name 'temp*' --type cnt
check "by a query of labels" lines 1 "$ghctl" discover --labels 'x EQ 1'
check "by an attribute" lines 1 "$ghctl" discover --attribute 'api=N.example.*'
check "by creator" says "temperature" "$ghctl" discover --creator Csensor
check "made within the hour" says "gatehouse/sensor" "$ghctl" discover --created-after 1h
check "made before that" lines 0 "$ghctl" discover --created-before 1h
check "a day" says "gatehouse/sensor" "$ghctl" discover --created-after 2020-01-01
check "a moment" lines 0 "$ghctl" discover --created-before 2020-01-01T00:00:00Z
check "changed" says "gatehouse/sensor" "$ghctl" discover --modified-after 1h
check "large instances" lines 1 "$ghctl" discover --larger-than 4
check "larger ones" lines 0 "$ghctl" discover --larger-than 5
check "a limit" lines 2 "$ghctl" discover --limit 2
check "a level" lines 0 "$ghctl" discover --level 1 --type cnt
check "types behind" says "gatehouse/sensor/temperature  container" \
  "$ghctl" discover --type cnt --with-types
check "one object a line" says '"typ":3' "$ghctl" discover --type cnt --json
check "identifiers" says "Csensor" "$ghctl" discover --type ae --ids
check "below a resource" lines 0 "$ghctl" discover gatehouse/sensor --type ae
check "a time that is none" says "is no time, such as" "$ghctl" discover --created-after soon
check "a type that is none" status_is 2 "$ghctl" discover --type frob
check "an attribute without a value" status_is 2 "$ghctl" discover --attribute api
check "nothing to search below" status_is 1 "$ghctl" discover gatehouse/none
plan
