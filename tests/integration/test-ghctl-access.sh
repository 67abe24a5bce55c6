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
may ()
{
  "$ghctl" explain "$@"
}
"$ghctl" create gatehouse --ty acp '{"rn":"p2","pv":{"acr":[
  {"acor":["Cnear"],"acop":2,"acco":[{"acip":{"ipv4":["192.0.2.0/24"]}}]},
  {"acor":["Clate"],"acop":2,"acco":[{"actw":["* * 18-23 * * * *"]}]},
  {"acor":["Cproof"],"acop":2,"acaf":true},
  {"acor":["Ckey"],"acop":2,"acco":[{"ghfw":["psk"],"ghst":192}]},
  {"acor":["Cmaker"],"acop":1,"acod":[{"chty":[3]}]},
  {"acor":["Cchange"],"acop":4}]},
  "pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}' >/dev/null
"$ghctl" update gatehouse/sensor/box '{"acpi":["gatehouse/p2"]}' >/dev/null
box=gatehouse/sensor/box
check "not from nowhere" says "not from there" may Cnear retrieve $box
check "but from near" may Cnear retrieve $box --address 192.0.2.7
check "not from far" status_is 1 may Cnear retrieve $box --address 198.51.100.7
check "an address that is none" status_is 2 may Cnear retrieve $box --address near
check "in the evening" may Clate retrieve $box --at 2026-11-22T19:00:00Z
check "not in the morning" says "not at this time" may Clate retrieve $box --at 2026-11-22T07:00:00Z
check "a time that is none" says "is no time" may Clate retrieve $box --at teatime
check "proven" may Cproof retrieve $box --proof psk
check "not proven" says "must be proven" may Cproof retrieve $box --proof none
check "with a strong key" may Ckey retrieve $box --proof psk --strength 256
check "not with a weak one" says "too weak" may Ckey retrieve $box --proof psk --strength 128
check "nor with a certificate" says "not by what would" may Ckey retrieve $box --proof x509
check "a strength that is none" status_is 2 may Ckey retrieve $box --strength 1000
check "the rule in words" says "proven by psk, with a proof of at least 192 bits" \
  may Ckey retrieve $box
check "a container may be made" may Cmaker create $box --type cnt
check "a subscription may not" says "about other types" may Cmaker create $box --type sub
check "a type only with create" status_is 2 may Cmaker retrieve $box --type cnt
check "a label may be changed" may Cchange update $box --attribute lbl
check "policies may not" status_is 1 may Cchange update $box --attribute lbl --attribute acpi
check "no such operation is another end" status_is 2 "$ghctl" explain Cphone fly gatehouse/sensor/box
check "nor is anything there" status_is 2 "$ghctl" explain Cphone retrieve gatehouse/none
"$ghctl" create gatehouse --ty acp '{"rn":"p3","pv":{"acr":[]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}' \
  >/dev/null
check "of no rules none is taken away" says "is not the number of a rule" \
  "$ghctl" acp remove gatehouse/p3 1
check "with a proof and its strength" \
  says "1  Cpump may delete, proven by psk and x509, with a proof of at least 256 bits" \
  "$ghctl" acp add gatehouse/p3 --who Cpump --may delete --proof psk,x509 --strength 256
check "repeated, too" says "proven by local and rpk" \
  "$ghctl" acp add gatehouse/p3 --who Cpump --may delete --proof local --proof rpk
check "and shown" says "1  Cpump may delete, proven by psk and x509, with" "$ghctl" acp show gatehouse/p3
check "a proof that is none" says '--proof: "magic" is none of local, bus-uid, psk' \
  "$ghctl" acp add gatehouse/p3 --who Cpump --may delete --proof psk,magic
check "and an empty one" status_is 2 "$ghctl" acp add gatehouse/p3 --who Cpump --may delete --proof ""
check "more strength than there is" says "--strength: 1 to 256" \
  "$ghctl" acp add gatehouse/p3 --who Cpump --may delete --strength 257
check "less than none" status_is 2 "$ghctl" explain Cpump delete gatehouse --strength -1
"$ghctl" update gatehouse/p3 '{"pv":{"acr":[{"acor":["Csensor"],"acop":34},{"acor":["Cpump"],"acop":5},
  {"acor":["Cx"],"acop":2,"acco":[]},{"acor":["Cy"],"acop":2,"acco":[{"ghfw":[]}]},
  {"acor":["Cz"],"acop":2,"acco":[{"acip":{}},{"ghst":128}]}]}}' >/dev/null
check "no context is none" says "Cx may retrieve, which never holds" "$ghctl" acp show gatehouse/p3
check "nor is one without a framework" says "Cy may retrieve, which never holds" \
  "$ghctl" acp show gatehouse/p3
check "nor one without an address, but another one may be" \
  says "Cz may retrieve, which never holds; or Cz may retrieve, with a proof of at least 128 bits" \
  "$ghctl" acp show gatehouse/p3
plan
