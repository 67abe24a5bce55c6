#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl against a real daemon: what it prints, and what it ends with.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

if [ "${1:-}" != inside ]; then
  check "without a bus there is nobody to ask" status_is 3 "$ghctl" status
  check "and it says so" says "is it running?" "$ghctl" status
  before=$cases
  GH_CASES=$before dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi
cases=$GH_CASES

check "a bus without gatehoused is told apart" says "not on the session bus" \
  "$ghctl" status --session
start_daemon --session

check "status names the listener" says "$url" "$ghctl" status
check "status as JSON" says '"cse-name" : "gatehouse"' "$ghctl" status --json
check "status says which schema the store has" says "store schema" "$ghctl" status
check "plugins are listed" says "sqlite          started" "$ghctl" plugin
check "one is shown" says "transport" "$ghctl" plugin show http
check "as JSON" says '"name":"http"' "$ghctl" plugin list --json
check "there is no such plugin" status_is 1 "$ghctl" plugin show none
check "get prints long names" says "resourceName (rn)" "$ghctl" get gatehouse
check "get prints JSON" says '"rsc" : 2000' "$ghctl" get gatehouse --json
check "nothing there" says "ghctl: 4004 NOT_FOUND" "$ghctl" get gatehouse/none
check "ends with 1" status_is 1 "$ghctl" get gatehouse/none
check "create an AE" "$ghctl" create gatehouse --ty ae -o Csensor \
  '{"rn":"sensor","api":"N.example.sensor","rr":false,"srv":["3"]}'
check "the AE-ID that was registered here can be used here" \
  "$ghctl" create gatehouse/sensor --ty container -o Csensor '{"rn":"temperature","lbl":["indoors"]}'
check "content from a file" sh -c 'echo "{\"m2m:cin\":{\"con\":\"21.5\"}}" >"$2/c.json" &&
  "$1" create gatehouse/sensor/temperature --ty cin -o Csensor @"$2/c.json"' sh "$ghctl" "$work"
check "content from standard input" sh -c 'echo "{\"con\":\"22.5\"}" |
  "$1" create gatehouse/sensor/temperature --ty 4 -o Csensor -' sh "$ghctl"
check "the latest is what was published last" says "22.5" "$ghctl" get gatehouse/sensor/temperature/la
check "update learns the type by itself" "$ghctl" update gatehouse/sensor/temperature '{"mni":100}'
check "and it is updated" says "100" "$ghctl" get gatehouse/sensor/temperature
check "update of what is not there" status_is 1 "$ghctl" update gatehouse/none '{"mni":100}'
check "children are printed too" says "container  temperature" "$ghctl" get gatehouse/sensor --rcn 4
check "discovery prints addresses" says "sensor/temperature" \
  "$ghctl" get gatehouse --rcn 6 --filter fu=1 --filter ty=3
check "a filter by label" says "sensor/temperature" \
  "$ghctl" get gatehouse --rcn 6 --filter fu=1 --filter lbl=indoors
check "an unknown attribute is refused with its name" says "frobnication" \
  "$ghctl" create gatehouse/sensor --ty cnt -o Csensor '{"frobnication":1}'
check "somebody else is refused" says "ghctl: 4106" "$ghctl" get gatehouse -o Csomebody
check "delete" "$ghctl" delete gatehouse/sensor
check "is gone with what was below" status_is 1 "$ghctl" get gatehouse/sensor/temperature

check "no command" status_is 2 "$ghctl"
check "no such command" says "is not a command" "$ghctl" frob
check "no target" status_is 2 "$ghctl" get
check "too many arguments" status_is 2 "$ghctl" get gatehouse cse
check "create without a type" says "--ty must say" "$ghctl" create gatehouse '{}'
check "create a node" "$ghctl" create gatehouse --ty node '{"rn":"gateway","ni":"urn:example:node"}'
check "create by a specialisation" says "memTotal (mmt)" "$ghctl" create gatehouse/gateway --ty mem \
  '{"mgd":1003,"mma":10,"mmt":20}'
check "create by a base type" says "name the specialisation" "$ghctl" create gatehouse/gateway \
  --ty 13 '{"mgd":1003}'
check "no such type" says "is not a resource type" "$ghctl" create gatehouse --ty frob '{}'
check "no JSON" status_is 2 "$ghctl" create gatehouse --ty cnt '{"rn":'
check "no object" says "not a JSON object" "$ghctl" create gatehouse --ty cnt '[]'
check "no such file" status_is 2 "$ghctl" create gatehouse --ty cnt @/nonexistent
check "a filter without a value" status_is 2 "$ghctl" get gatehouse --filter fu
check "only some attributes" sh -c '"$1" get gatehouse -a ri,csi | grep -c "^  " | grep -q -x 2' sh "$ghctl"
check "an attribute that is none" says "4000" "$ghctl" get gatehouse -a frob
check "a plugin's command that is none" says "expected: ghctl plugin list|show|" "$ghctl" plugin frob
check "an association that is none" status_is 1 "$ghctl" association close 99
check "and says so" says "there is no association 99" "$ghctl" association close 99
check "an unknown option" status_is 2 "$ghctl" get gatehouse --frob
for command in status get create update delete; do
  check "$command --help" says "Usage:" "$ghctl" "$command" --help
done
check "help" says "Commands:" "$ghctl" --help
check "a transport is stopped" "$ghctl" plugin stop http
check "and shows it" says "http            stopped" "$ghctl" plugin
check "it listens no more" sh -c '"$1" status | grep -q "http://" && exit 1 || exit 0' sh "$ghctl"
check "and is started" "$ghctl" plugin start http
check "and listens again" says "http://127.0.0.1" "$ghctl" status
check "what is no transport is not stopped" status_is 1 "$ghctl" plugin stop sqlite
check "a plugin is configured" says "max-body: counts when the plugin is stopped and started" \
  "$ghctl" plugin set http max-body=16K max-connections=100 --transient
check "as JSON" says '{"max-body":"restart"}' "$ghctl" plugin set http max-body=32K --json
check "what is pending is shown" says "max-body = 32K" "$ghctl" plugin show http
check "a value out of range is refused" says "outside" "$ghctl" plugin set http max-body=1
check "and one that is no pair" status_is 2 "$ghctl" plugin set http max-body
check "it is reset" says "max-body: counts" "$ghctl" plugin reset http max-body
check "all of it" says "max-connections: counts" "$ghctl" plugin reset http
check "a plugin that there is not is not loaded" says "there is no nonsense.plugin" \
  "$ghctl" plugin load nonsense --keep
check "what stands in load is kept by that" says "which decides" "$ghctl" plugin keep http
check "and forgotten by that" says "which decides" "$ghctl" plugin forget http
check "the daemon stops" stop_daemon
check "then it is unreachable" status_is 3 "$ghctl" status
plan
