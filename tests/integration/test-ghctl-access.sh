#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl ae and acp against a real daemon: who is there, and who may do what.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

start_daemon --session
check "register an AE" says Csensor \
  "$ghctl" ae register sensor --app N.example.sensor --id Csensor --label indoors
check "the CSE can choose its name" "$ghctl" ae register phone --app N.example.phone
check "an AE needs an App-ID" status_is 2 "$ghctl" ae register other
check "twice is refused" says "ghctl: 4" "$ghctl" ae register sensor --app N.x --id Csensor
check "list" says "gatehouse/sensor  Csensor  N.example.sensor" "$ghctl" ae list
check "list as JSON" says '"aei":"Csensor"' "$ghctl" ae list --json
check "show" says "indoors" "$ghctl" ae show gatehouse/sensor
check "remove" "$ghctl" ae remove gatehouse/phone
check "it is gone" status_is 1 "$ghctl" ae show gatehouse/phone
check "a container is no AE" sh -c '"$1" create gatehouse/sensor --ty cnt "{\"rn\":\"box\"}"' sh "$ghctl"
check "and is not removed as one" says "no application entity" "$ghctl" ae remove gatehouse/sensor/box

"$ghctl" create gatehouse --ty acp '{"rn":"p1","pv":{"acr":[{"acor":["Csensor","Cphone"],"acop":34}]},
  "pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}' >/dev/null
check "policies are listed" says "gatehouse/p1  1 rule" "$ghctl" acp list
check "and told in words" says "Csensor and Cphone may retrieve and discover" \
  "$ghctl" acp show gatehouse/p1
check "also their own rules" says "CAdmin may do everything" "$ghctl" acp show gatehouse/p1
check "add a rule" says "2  everybody may retrieve, from 192.0.2.0/24 and 2001:db8::/32" \
  "$ghctl" acp add gatehouse/p1 --who all --may retrieve --from 192.0.2.0/24 --from 2001:db8::/32
check "with a time" says "Cpump may create and update, at * * 8-17" \
  "$ghctl" acp add gatehouse/p1 --who Cpump --may create,update --at '* * 8-17 * * 1-5 *'
check "it counts" says "3  Cpump may" "$ghctl" acp show gatehouse/p1
check "as JSON" says '"acor"' "$ghctl" acp show gatehouse/p1 --json
check "take one away" "$ghctl" acp remove gatehouse/p1 2
check "it is gone" says "2  Cpump may" "$ghctl" acp show gatehouse/p1
check "there is no such rule" says "is not the number of a rule" "$ghctl" acp remove gatehouse/p1 3
check "an operation that is none" says "is not create" "$ghctl" acp add gatehouse/p1 --who a --may fly
check "nobody is named" status_is 2 "$ghctl" acp add gatehouse/p1 --may all
check "not a policy" says "no access control policy" "$ghctl" acp show gatehouse/sensor
"$ghctl" update gatehouse/sensor/box '{"acpi":["gatehouse/p1"]}' >/dev/null
check "explain says yes" says "Cphone may retrieve gatehouse/sensor/box" \
  "$ghctl" explain Cphone retrieve gatehouse/sensor/box
check "and ends with 0" "$ghctl" explain Cphone retrieve gatehouse/sensor/box
check "and why" says "permits" "$ghctl" explain Cphone retrieve gatehouse/sensor/box
check "explain says no" says "Cphone may not delete gatehouse/sensor/box" \
  "$ghctl" explain Cphone delete gatehouse/sensor/box
check "and ends with 1" status_is 1 "$ghctl" explain Cphone delete gatehouse/sensor/box
check "and why not" says "does not allow the operation" \
  "$ghctl" acp explain Cphone delete gatehouse/sensor/box
check "the creator" says "alone" "$ghctl" explain Cphone retrieve gatehouse/sensor
check "the administrator" says "may do everything" "$ghctl" explain CAdmin delete gatehouse/sensor
check "and which rule" says "1  Csensor and Cphone may" "$ghctl" explain Cphone retrieve gatehouse/sensor/box
check "as JSON" says '"allowed" : false' "$ghctl" explain Cphone delete gatehouse/sensor/box --json
check "no such operation is another end" status_is 2 "$ghctl" explain Cphone fly gatehouse/sensor/box
check "nor is anything there" status_is 2 "$ghctl" explain Cphone retrieve gatehouse/none
plan
