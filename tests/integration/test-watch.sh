#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl watch against a real daemon: what happens is told at once, and nothing stays behind.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

# begin OPTION...: a watch that has begun; its output is $work/seen, its process $watch
begin ()
{
  mkfifo "$work/begun"
  "$ghctl" watch "$@" >"$work/seen" 2>"$work/begun" &
  watch=$!
  read -r line <"$work/begun"
  rm "$work/begun"
  case $line in
    *watching*) ;;
    *) echo "Bail out! $line"; exit 1 ;;
  esac
}

# gone TEXT: within ten seconds the tree does not show it any more
gone ()
{
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    "$ghctl" tree >"$work/tree"
    grep -q -F -e "$1" "$work/tree" || return 0
    sleep 0.5
  done
  cat "$work/tree"
  return 1
}

start_daemon --session
"$ghctl" ae register sensor --app N.example.sensor --id Csensor >/dev/null
"$ghctl" create gatehouse/sensor --ty cnt '{"rn":"temperature"}' >/dev/null

begin gatehouse/sensor/temperature --count 3
"$ghctl" create gatehouse/sensor/temperature --ty cin '{"con":"21.5"}' >/dev/null
"$ghctl" update gatehouse/sensor/temperature '{"lbl":["indoors"]}' >/dev/null
"$ghctl" create gatehouse/sensor/temperature --ty cnt '{"rn":"below"}' >/dev/null
check "it ends after so many" wait "$watch"
check "an instance" grep -q "created  contentInstance  .*  21.5" "$work/seen"
check "a change" grep -q 'updated  container  temperature  .*indoors' "$work/seen"
check "another child" grep -q "created  container  below" "$work/seen"
check "in order" sh -c '[ "$(cut -d" " -f3 "$1" | tr "\n" " ")" = "created updated created " ]' sh "$work/seen"
check "the subscription is removed" gone "subscription"
check "and the application" gone "N.gatehouse.ghctl"

begin gatehouse/sensor/temperature --events delete-child
"$ghctl" update gatehouse/sensor/temperature '{"lbl":["outdoors"]}' >/dev/null
"$ghctl" tree >"$work/tree"
check "meanwhile it is there" grep -q "N.gatehouse.ghctl" "$work/tree"
kill -INT "$watch" 2>/dev/null || :
kill -TERM "$watch" 2>/dev/null || :
check "a signal ends it well" wait "$watch"
check "only what was asked for" sh -c '[ ! -s "$1" ]' sh "$work/seen"
check "the subscription is removed then, too" gone "subscription"

begin gatehouse/sensor/temperature
subscription=$("$ghctl" discover --type sub)
kill -KILL "$watch"
wait "$watch" 2>/dev/null || :
check "killed, the application goes" gone "N.gatehouse.ghctl"
check "and the subscription ends by itself" says "expirationTime" "$ghctl" get "$subscription"

"$ghctl" watch gatehouse/sensor --json --count 1 >"$work/seen" 2>"$work/errors" &
watch=$!
until "$ghctl" tree gatehouse/sensor --depth 1 | grep -q subscription; do sleep 0.2; done
"$ghctl" create gatehouse/sensor --ty cnt '{"rn":"other"}' >/dev/null
check "one object a line" wait "$watch"
check "which is well-formed" python3 -m json.tool "$work/seen"
check "nothing there" status_is 1 "$ghctl" watch gatehouse/none
check "and nothing stays" gone "N.gatehouse.ghctl"
check "an event that is none" status_is 2 "$ghctl" watch gatehouse --events frob
begin gatehouse/sensor
check "the daemon stops" stop_daemon
check "then a watch says so" status_is 3 wait "$watch"
plan
