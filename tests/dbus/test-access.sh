#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# May somebody do something, and why: the explanation is compared with what then happens.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1

call ()
{
  gdbus call --session -d $name -o $path -m "$@"
}

# request FROM OPERATION TARGET REST
request ()
{
  call $name.Request \
    "{\"op\":$2,\"to\":\"$3\",\"fr\":\"$1\",\"rqi\":\"a\",\"rvi\":\"3\"${4:+,$4}}"
}

make ()
{
  request CAdmin 1 "$1" "\"ty\":$2,\"pc\":$3" >"$work/made"
  grep -q '"rsc":2001' "$work/made" || { cat "$work/made"; return 1; }
}

# explain ORIGINATOR OPERATION TARGET CONTEXT
explain ()
{
  call $name.Access.Explain "$1" "$2" "$3" "${4:-{\}}"
}

# decides yes|no BY ORIGINATOR OPERATION TARGET CONTEXT
decides ()
{
  case $1 in yes) word=true ;; no) word=false ;; esac
  by=$2
  shift 2
  output=$(explain "$@" 2>&1) || :
  case $output in
    "($word, {"*"'by': <'$by'>"*) ;;
    *) echo "$output"; return 1 ;;
  esac
}

# ends N RESULT ORIGINATOR OPERATION TARGET CONTEXT: rule N does
ends ()
{
  rule=$1
  result=$2
  shift 2
  output=$(explain "$@" 2>&1) || :
  found=$(echo "$output" | grep -o "'result': <'[a-z-]*'>\|'number': <uint32 [0-9]*>" \
    | paste - - | grep "uint32 $rule>" | grep -o "'result': <'[a-z-]*'>") || :
  [ "$found" = "'result': <'$result'>" ] || { echo "$found in $output"; return 1; }
}

start_daemon --session
for ae in Ca Cb Cmember; do
  call $name.Request "{\"op\":1,\"to\":\"gatehouse\",\"fr\":\"$ae\",\"rqi\":\"r\",\"rvi\":\"3\",\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"N$ae\",\"rn\":\"$ae\",\"rr\":false,\"srv\":[\"3\"]}}}" >"$work/made"
done
make gatehouse 9 '{"m2m:grp":{"rn":"group","mt":2,"mnm":5,"mid":["Cmember"]}}'
make gatehouse 1 '{"m2m:acp":{"rn":"rules","pv":{"acr":[
  {"acor":["Ca"],"acop":2},
  {"acor":["Cb"],"acop":63,"acaf":true},
  {"acor":["Cc"],"acop":2,"acco":[{"actw":["* * 8-16 * * * *"]}]},
  {"acor":["Cd"],"acop":2,"acco":[{"acip":{"ipv4":["192.0.2.0/24"]}}]},
  {"acor":["Ce"],"acop":1,"acod":[{"chty":[4]}]},
  {"acor":["group"],"acop":2},
  {"acor":["/gatehouse/gatehouse/group"],"acop":2},
  {"acor":["Cf*"],"acop":2},
  {"acor":["Cg"],"acop":2,"acco":[{"ghfw":["psk"],"ghst":192}]}]},"pvs":{"acr":[{"acor":["Cself"],"acop":4}]}}}' || :
check "the policy was made" grep '"rsc":2001' "$work/made"
check "a resource with policies" make gatehouse 3 \
  '{"m2m:cnt":{"rn":"ruled","acpi":["gatehouse/rules","gatehouse/nowhere","/elsewhere/acp1"]}}'
request Ca 1 gatehouse/Ca '"ty":3,"pc":{"m2m:cnt":{"rn":"own"}}' >"$work/made"

ruled=gatehouse/ruled
check "the administrator may do all" decides yes administrator CAdmin delete $ruled
check "a creator his own" decides yes creator Ca delete gatehouse/Ca/own
check "nobody else" decides no creator Cb retrieve gatehouse/Ca/own
check "and it says whose it is" says "'owner': <'" explain Cb retrieve gatehouse/Ca/own
check "registration is for credentials" decides yes registration Cnew create gatehouse "{'type': <uint32 2>}"
check "an unknown target" says "Error.NotFound" explain Ca retrieve gatehouse/none
check "a target of another CSE" says "Error.NotFound" explain Ca retrieve /other/x

check "a rule permits" decides yes policies Ca retrieve $ruled
check "and is named" ends 0 permits Ca retrieve $ruled
check "another one is about others" ends 1 originator Ca retrieve $ruled
check "the first is not about deleting" ends 0 operation Ca delete $ruled
check "so it is refused" decides no policies Ca delete $ruled
check "a proof is needed" ends 1 authentication Cb delete $ruled "{'framework': <'none'>}"
check "any is one" decides yes policies Cb delete $ruled "{'framework': <'bus-uid'>}"
check "by day" decides yes policies Cc retrieve $ruled "{'time': <int64 1767268800>}"
check "not by night" ends 2 time Cc retrieve $ruled "{'time': <int64 1767236400>}"
check "from the network" decides yes policies Cd retrieve $ruled "{'address': <'192.0.2.7'>}"
check "not from another" ends 3 address Cd retrieve $ruled "{'address': <'198.51.100.7'>}"
check "with a strong key" decides yes policies Cg retrieve $ruled \
  "{'framework': <'psk'>, 'strength': <uint32 256>}"
check "not with a weak one" ends 8 strength Cg retrieve $ruled \
  "{'framework': <'psk'>, 'strength': <uint32 128>}"
check "not with something else" ends 8 framework Cg retrieve $ruled
check "not from nowhere" ends 3 address Cd retrieve $ruled
check "instances may be made" decides yes policies Ce create $ruled "{'type': <uint32 4>}"
check "containers not" ends 4 object Ce create $ruled "{'type': <uint32 3>}"
check "a member of the group" decides yes policies Cmember retrieve $ruled
check "who is none" ends 6 membership Ca retrieve $ruled
check "a pattern" decides yes policies Cfoo retrieve $ruled
check "policies that are not there" says "'state': <'missing'>" explain Ca retrieve $ruled
check "nor here" says "'state': <'elsewhere'>" explain Ca retrieve $ruled
check "the rule as it stands" says '"acop":63' explain Ca retrieve $ruled
check "acpi is a matter of pvs" decides no policies Ca update $ruled "{'attributes': <['acpi']>}"
check "of whom they name" decides yes policies Cself update $ruled "{'attributes': <['acpi']>}"
check "which says so" says "'privileges': <'pvs'>" explain Cself update $ruled "{'attributes': <['acpi']>}"
check "so is the policy itself" decides yes policies Cself update gatehouse/rules
check "and not by pv" decides no policies Ca retrieve gatehouse/rules
check "an instance by name" decides yes policies Ca retrieve $ruled/la
check "who subscribes must read" decides no policies Ce create $ruled "{'type': <uint32 23>}"

# agrees ORIGINATOR OPERATION NUMBER TARGET: with a request that is made
agrees ()
{
  explained=$(explain "$1" "$2" "$4" "{'framework': <'local'>}")
  request "$1" "$3" "$4" >"$work/done"
  case $explained in
    "(true"*) grep -q '"rsc":2' "$work/done" ;;
    *) grep -q '"rsc":4103' "$work/done" ;;
  esac
}
for who in Ca Cb Cmember; do
  for target in $ruled gatehouse/Ca gatehouse/Cb gatehouse/Ca/own gatehouse/rules gatehouse; do
    check "what is said of $who and $target is so" agrees $who retrieve 2 $target
  done
done

for wrong in "{'strength': <uint32 0>}" "{'strength': <'256'>}" "{'colour': <'red'>}" \
  "{'framework': <'magic'>}" "{'framework': <7>}" \
  "{'address': <'here'>}" "{'address': <[1, 2]>}" "{'time': <'now'>}" "{'time': <int64 -1>}" \
  "{'time': <int64 9223372036854775807>}" "{'type': <'container'>}" "{'type': <uint32 3>}" \
  "{'attributes': <'acpi'>}"; do
  check "a context that is none: $wrong" says "Error.BadRequest" explain Ca retrieve $ruled "$wrong"
done
check "an operation that is none" says "Error.BadRequest" explain Ca eat $ruled
check "an originator that is none" says "Error.BadRequest" explain '' retrieve $ruled
check "busctl reads it" says 'ba{sv} true' busctl --address="$DBUS_SESSION_BUS_ADDRESS" \
  call $name $path $name.Access Explain 'sssa{sv}' Ca retrieve $ruled 0

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$work"
  check "another user learns nothing" says "AccessDenied" \
    setpriv --reuid=65534 --regid=65534 --clear-groups gdbus call --session -d $name \
    -o $path -m $name.Access.Explain Ca retrieve $ruled '{}'
else
  skip "another user learns nothing" "only root can become another user"
fi
check "it stops when asked to" stop_daemon
plan
