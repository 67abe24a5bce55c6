#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Requests with typed arguments, and their refusals, asked by busctl of systemd and by gdbus.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1
resources=$name.Resources

# METHOD ARGUMENT...: by gdbus, and by busctl with a signature before the arguments
call ()
{
  method=$1
  shift
  gdbus call --session -d $name -o $path -m "$resources.$method" "$@"
}
ctl ()
{
  busctl --address="$DBUS_SESSION_BUS_ADDRESS" call $name $path $resources "$@"
}

# refused RSC TEXT COMMAND...: an error of the bus with the status code in its name
refused ()
{
  rsc=$1
  text=$2
  shift 2
  output=$("$@" 2>&1) && { echo "was answered: $output"; return 1; }
  case $output in
    *"Error.Rsc$rsc"*"$text"*) ;;
    *) echo "$output"; return 1 ;;
  esac
}

# deep N: so many variants within each other
deep ()
{
  value="'x'"
  n=$1
  while [ "$n" -gt 0 ]; do
    value="<$value>"
    n=$((n - 1))
  done
  echo "{'m2m:cnt': <{'rn': $value}>}"
}

start_daemon --session

check "a container is made of JSON" says "(uint32 2001, '/gatehouse/cnt-" \
  call Create CAdmin gatehouse 3 "<'{\"m2m:cnt\":{\"rn\":\"hall\"}}'>" '{}'
check "another one of a dictionary" says "'{\"m2m:cnt\":{\"rn\":\"yard\"" \
  call Create CAdmin gatehouse 3 \
  "<{'m2m:cnt': <{'rn': <'yard'>, 'mni': <5>, 'lbl': <['a', 'b']>}>}>" '{}'
check "an instance, by busctl" says 'uss 2001 "/gatehouse/cin' \
  ctl Create 'ssuva{sv}' CAdmin gatehouse/hall 4 s '{"m2m:cin":{"con":"21.5"}}' 0
check "is read" says '\"con\":\"21.5\"' ctl Retrieve 'ssa{sv}' CAdmin gatehouse/hall/la 0
check "attributes are asked for" says "(uint32 2000, '{\"m2m:cnt\":{\"mni\":5}}')" \
  call Retrieve CAdmin gatehouse/yard "{'attributes': <['mni']>}"
check "the result content is chosen" says "', '')" \
  call Create CAdmin gatehouse 3 "<'{\"m2m:cnt\":{\"rn\":\"cellar\"}}'>" "{'rcn': <0>}"
check "with a filter it does not match" refused 4004 "" \
  call Retrieve CAdmin gatehouse/yard "{'filter': <{'fu': <2>, 'lbl': <['c']>}>}"
check "an update" says 'us 2004 "{\"m2m:cnt\":{\"lt\"' \
  ctl Update 'ssva{sv}' CAdmin gatehouse/yard s '{"m2m:cnt":{"mni":7}}' 1 rcn i 9
check "discovery finds by label" says "(['gatehouse/yard'], true)" \
  call Discover CAdmin gatehouse "{'lbl': <['a']>}" '{}'
check "and by type, by busctl" says 'asb 3 "gatehouse/' \
  ctl Discover 'ssa{sv}a{sv}' CAdmin gatehouse 1 ty ai 1 3 0
check "and says when there is more" says ", false)" \
  call Discover CAdmin gatehouse "{'ty': <[3]>, 'lim': <1>}" '{}'
check "and finds nothing" says "(@as [], true)" \
  call Discover CAdmin gatehouse "{'lbl': <['nowhere']>}" '{}'
check "nobody but an AE is notified" refused 4005 "only an AE" \
  call Notify CAdmin gatehouse/hall "<'{\"m2m:sgn\":{}}'>" '{}'
check "a delete" says "(uint32 2002," call Delete CAdmin gatehouse/cellar '{}'
check "a second one" refused 4004 "To: " call Delete CAdmin gatehouse/cellar '{}'
check "the same, by busctl" says "there is no" ctl Delete 'ssa{sv}' CAdmin gatehouse/cellar 0

check "somebody else's originator" refused 4106 "From: " call Retrieve CSomebody gatehouse '{}'
check "an address that is none" refused 4000 "To: empty" call Retrieve CAdmin '' '{}'
check "a name that is taken" refused 4105 "" \
  call Create CAdmin gatehouse 3 "<'{\"m2m:cnt\":{\"rn\":\"hall\"}}'>" '{}'
check "a type that is none" refused 4000 "" call Create CAdmin gatehouse 999 "<'{}'>" '{}'
check "content that is no JSON" refused 4000 "content: octet 0" \
  call Create CAdmin gatehouse 3 "<'garbage'>" '{}'
check "content that would be more than a value" refused 4000 "content: octet 2" \
  call Create CAdmin gatehouse 3 "<'{},\"fr\":\"CX\"'>" '{}'
check "content of another type" refused 4000 "content: of type i" \
  call Create CAdmin gatehouse 3 "<7>" '{}'
check "content without a form in JSON" refused 4000 "(ss) has no form in JSON" \
  call Create CAdmin gatehouse 3 "<{'m2m:cnt': <('a', 'b')>}>" '{}'
check "a name that would end its string" refused 4000 "neither a letter nor a digit" \
  call Create CAdmin gatehouse 3 "<{'m2m:cnt\":': <1>}>" '{}'
check "a number that is none" refused 4000 "not finite" \
  call Create CAdmin gatehouse 3 "<{'m2m:cnt': <{'mni': <inf>}>}>" '{}'
check "values nested too deeply" refused 4000 "more than 16" \
  call Create CAdmin gatehouse 3 "<$(deep 20)>" '{}'
check "an option that is none" refused 4000 "colour" \
  call Retrieve CAdmin gatehouse "{'colour': <'red'>}"
check "an option that is an argument" refused 4000 "options: fr: no option here" \
  call Retrieve CAdmin gatehouse "{'fr': <'CAdmin'>}"
check "an option of another type" refused 4000 "rcn" \
  call Retrieve CAdmin gatehouse "{'rcn': <'all'>}"
check "a criterion that is given twice" refused 4000 "" \
  call Discover CAdmin gatehouse "{'lbl': <['a']>}" "{'filter': <{'lbl': <['b']>}>}"
check "a filter that is none" refused 4000 "options: filter" \
  call Retrieve CAdmin gatehouse "{'filter': <'lbl'>}"
check "a discovery with another result" refused 4000 "options: rcn: no option here" \
  call Discover CAdmin gatehouse '{}' "{'rcn': <4>}"
check "arguments of other types" says "does not match expected type" \
  ctl Retrieve 'ssas' CAdmin gatehouse 0

# Five mebioctets of content do not fit into an argument: libdbus sends them.
huge ()
{
  /usr/bin/python3 "$GH_TOP_SRCDIR/tests/dbus/huge.py" "$1"
}
if /usr/bin/python3 -c "from gi.repository import Gio" 2>/dev/null; then
  check "huge content of JSON" says "at most 4194304 are allowed" huge text
  check "huge content of a dictionary" says "at most 4194304 are allowed" huge dictionary
  check "huge options" says "at most 4194304 are allowed" huge option
  check "a hundred thousand small values" says "at most 65536 values" huge many
else
  skip "huge content" "no PyGObject"
fi
check "and it still answers" says "(uint32 2000, " call Retrieve CAdmin gatehouse '{}'

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$work"
  for method in Retrieve Delete; do
    # shellcheck disable=SC2086 # words
    check "another user's $method is denied" says "AccessDenied" \
      setpriv --reuid=65534 --regid=65534 --clear-groups gdbus call --session -d $name \
      -o $path -m $resources.$method CAdmin gatehouse '{}'
  done
else
  skip "another user is denied" "only root can become another user"
fi
check "it stops when asked to" stop_daemon
plan
