#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The object of gatehoused on a private bus that lets everybody in, asked by two independent
# clients: gdbus, and dbus-send of the reference implementation.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
# A second user reaches the address, and nothing below the private folder of the test.
chmod 755 "$work"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1

call ()
{
  gdbus call --session -d $name -o $path -m "$@"
}

# send METHOD ARGUMENT...
send ()
{
  dbus-send --session --print-reply --dest=$name $path "$@"
}

# denied COMMAND...: answered AccessDenied, and with nothing else
denied ()
{
  output=$("$@" 2>&1) && { echo "was answered: $output"; return 1; }
  case $output in
    *AccessDenied*) ;;
    *) echo "$output"; return 1 ;;
  esac
}

start_daemon --session

check "status by gdbus" says "'cse-name': <'gatehouse'>" call $name.GetStatus
check "status by dbus-send" says 'string "state"' send $name.GetStatus
check "a property by gdbus" says "$url" \
  call org.freedesktop.DBus.Properties.Get $name Urls
check "all properties by dbus-send" says 'string "LogLevel"' \
  send org.freedesktop.DBus.Properties.GetAll string:$name
check "a property that is not there" says "No such property" \
  call org.freedesktop.DBus.Properties.Get $name Nothing
check "a property that cannot be written" status_is 1 \
  call org.freedesktop.DBus.Properties.Set $name State "<'stopped'>"
check "the log level is set by method" call $name.SetLogLevel debug
check "and can be read" says "debug" call org.freedesktop.DBus.Properties.Get $name LogLevel
check "the log level is set by property" \
  call org.freedesktop.DBus.Properties.Set $name LogLevel "<'notice'>"
check "a log level that is none is refused with those that are" \
  says '"loud" is not one of error, warning, notice, info, debug' call $name.SetLogLevel loud
check "a log level of another type is refused" says "InvalidArgs" \
  call org.freedesktop.DBus.Properties.Set $name LogLevel "<4>"

retrieve='{"op":2,"to":"gatehouse","fr":"CAdmin","rqi":"r1","rvi":"3"}'
check "a request is answered" says '"m2m:cb"' call $name.Request "$retrieve"
check "and to dbus-send" says '"m2m:cb"' send $name.Request "string:$retrieve"
check "with its request identifier" says '"r1"' call $name.Request "$retrieve"
check "a resource that is not there is a response, not an error" says '4004' \
  call $name.Request '{"op":2,"to":"gatehouse/none","fr":"CAdmin","rqi":"r2","rvi":"3"}'
check "an originator that the local principal may not use is refused" says '4106' \
  call $name.Request '{"op":2,"to":"gatehouse","fr":"CSomebody","rqi":"r3","rvi":"3"}'
# garbage TEXT REASON: a response that says what is wrong
garbage ()
{
  check "no request primitive: $1" says "$2" call $name.Request "$1"
  check "is answered 4000: $1" says '"rsc":4000' call $name.Request "$1"
}
garbage 'garbage' 'octet 0'
garbage '' 'octet 0'
garbage '{' 'octet 1'
garbage '[]' 'm2m:dbg'
garbage '{"op":2' 'octet 7'
garbage '{"op":"2"}' 'op: '
garbage '{"op":2,"op":2}' 'octet '
garbage '{"unknown":1}' 'unknown'
check "no string" status_is 1 send $name.Request int32:5

if [ "$(id -u)" -eq 0 ]; then
  other="setpriv --reuid=65534 --regid=65534 --clear-groups"
  # shellcheck disable=SC2086 # words
  {
    check "another user reaches the bus" $other gdbus call --session \
      -d org.freedesktop.DBus -o /org/freedesktop/DBus -m org.freedesktop.DBus.GetId
    theirs="$other gdbus call --session -d $name -o $path -m"
    check "another user's request is denied" denied $theirs $name.Request "$retrieve"
    check "another user's garbage is denied, not parsed" denied $theirs $name.Request garbage
    check "another user's GetStatus is denied" denied $theirs $name.GetStatus
    check "another user's SetLogLevel is denied" denied $theirs $name.SetLogLevel debug
    check "another user's Get is denied" denied \
      $theirs org.freedesktop.DBus.Properties.Get $name Version
    check "another user's GetAll is denied" denied \
      $theirs org.freedesktop.DBus.Properties.GetAll $name
    check "another user's Set is denied" denied \
      $theirs org.freedesktop.DBus.Properties.Set $name LogLevel "<'debug'>"
    check "another user's List is denied" denied $theirs $name.Credentials.List "" 0 1
    check "another user's look at the audit log is denied" denied $theirs $name.Audit.Read 0 1
    check "another user's Verify is denied" denied $theirs $name.Audit.Verify
    check "another user's list of associations is denied" denied $theirs $name.Associations.List 0 1
    check "another user's Close is denied" denied $theirs $name.Associations.Close 1
    check "another user's Generate is denied" denied \
      $theirs $name.Credentials.Generate "{'administrator': <true>}" 16
    check "another user's Export is denied" denied $theirs $name.Credentials.Export 12-a@b.c
    check "another user's InitAuthority is denied" denied \
      $theirs $name.Credentials.InitAuthority true
  }
  # A build below root's home is out of the other user's reach.
  # shellcheck disable=SC2086
  if $other test -x "$ghctl"; then
    check "ghctl says so in words" says "ghctl: not permitted" $other "$ghctl" status
    check "and ends with 4" status_is 4 $other "$ghctl" status
  fi
  check "and nothing changed by it" says "notice" \
    call org.freedesktop.DBus.Properties.Get $name LogLevel
else
  skip "another user is denied" "only root can become another user"
fi

credentials=$name.Credentials
check "a credential is generated, and its key is no text" says "('12-pump@example.org', handle 0)" \
  call $credentials.Generate "{'subject': <'pump@example.org'>, 'identities': <['Cpump']>}" 16
check "it is shown without its key" says "'state': <'active'>" \
  call $credentials.Show 12-pump@example.org
check "a second one of the name is refused" says "there is one already" \
  call $credentials.Generate "{'subject': <'pump@example.org'>}" 16
check "a property that is none is refused" says "colour: no property of a credential" \
  call $credentials.Generate "{'subject': <'b@example.org'>, 'colour': <'red'>}" 16
check "a property of another type is refused" says "label: s is expected" \
  call $credentials.Generate "{'subject': <'b@example.org'>, 'label': <uint32 7>}" 16
check "a key that is too short is refused" says "8 octets are outside 16..64" \
  call $credentials.Generate "{'subject': <'b@example.org'>}" 8
check "it is revoked" call $credentials.SetState 12-pump@example.org revoked
check "and stays so" says "revoked, and stays so" \
  call $credentials.SetState 12-pump@example.org active
check "what was done to it stands in the audit log" says '"credential":"12-pump@example.org"' \
  call $name.Audit.Read 0 100
check "from a number on" says '(@as [],)' call $name.Audit.Read 18446744073709551614 100
check "the chain is intact" says "'intact': <true>" call $name.Audit.Verify
check "nobody is associated" says "(@aa{sv} [],)" call $name.Associations.List 0 10
check "to end what is not there is nothing" says "()" call $name.Associations.Close 7
check "one that is not there" says "there is no credential" call $credentials.Remove 12-x@y.z
check "the authority's certificates are public" says "BEGIN CERTIFICATE" \
  call $credentials.GetAuthority

mkdir "$work/second"
check "a second daemon that must have the name fails" says "is gatehoused already running?" \
  "$gatehoused" --dev --session --set "store.path=$work/second/gatehouse.db" --set http.listen=127.0.0.1:0 \
  --set coap.listen=127.0.0.1:0 \
  --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled"
check "it stops when asked to" stop_daemon

# Nobody can be believed here without a credential, so nothing is answered.
unheard ()
{
  curl --silent --insecure --max-time 20 -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' \
    -H 'X-M2M-Origin: CAdmin' "$url/gatehouse" && return 1
  return 0
}

development="--set http.listen-secure=127.0.0.1:0 --set coap.listen-secure=127.0.0.1:0"
start_daemon --session
check "without --dev it listens for HTTPS" test "${url#https://127.0.0.1:}" != "$url"
check "and hears nobody without a credential" unheard
check "and stops" stop_daemon

development="--set http.listen-secure= --set coap.listen-secure="
for time in first second; do
  rm -f "$work/gatehoused.log"
  start_daemon --session
  check "told so, it listens nowhere, the $time time" test -z "$url"
  check "and says so" says "no listener is open" cat "$work/gatehoused.log"
  check "and answers on the bus" says '"m2m:cb"' call $name.Request "$retrieve"
  check "and stops" stop_daemon
done
development="--dev --set http.listen=127.0.0.1:0 --set coap.listen=127.0.0.1:0"

DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SYSTEM_BUS_ADDRESS
start_daemon --system
if [ "$(id -u)" -eq 0 ]; then
  check "root is answered on the system bus" says running call $name.GetStatus
  # shellcheck disable=SC2086
  check "another user is denied on the system bus" denied \
    $other gdbus call --system -d $name -o $path -m $name.GetStatus
else
  check "who is not root is denied on the system bus, also as the daemon's user" denied \
    gdbus call --system -d $name -o $path -m $name.GetStatus
fi
check "it stops too" stop_daemon

unset DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS
start_daemon
check "without a bus it serves all the same" says "not served on a bus" cat "$work/gatehoused.log"
check "and stops" stop_daemon
check "a bus that was asked for and is not there is an error" says "session bus: " \
  "$gatehoused" --dev --session --set "store.path=$work/third.db" --set http.listen=127.0.0.1:0 \
  --set coap.listen=127.0.0.1:0 \
  --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled"
plan
