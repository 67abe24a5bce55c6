#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applications on a bus with the rules of a system bus and with our policy file, where the daemon calls
# them, and where the unit that a process belongs to is a hint. The unit is told by a file that is
# mounted over the one in /proc, in a mount namespace of this script.
set -eu
if [ "${1:-}" != inside ] && [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
  exec unshare --mount sh "$0" inside
fi
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
bus_rules="
  <policy context=\"default\">
    <allow user=\"*\"/>
    <deny own=\"*\"/>
    <deny send_type=\"method_call\"/>
    <allow send_type=\"signal\"/>
    <allow send_requested_reply=\"true\" send_type=\"method_return\"/>
    <allow send_requested_reply=\"true\" send_type=\"error\"/>
    <allow receive_type=\"method_call\"/>
    <allow receive_type=\"method_return\"/>
    <allow receive_type=\"error\"/>
    <allow receive_type=\"signal\"/>
    <allow send_destination=\"org.freedesktop.DBus\"/>
  </policy>
  <include>$GH_TOP_SRCDIR/data/org.gatehouse.Gatehouse1.conf</include>"
bus_type=system
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SYSTEM_BUS_ADDRESS

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1

if [ "${1:-}" != inside ] || ! /usr/bin/python3 -c "from gi.repository import Gio" 2>/dev/null; then
  skip "applications on the system bus" "needs root, a mount namespace and PyGObject"
  plan
  exit 0
fi
# The other user cannot look into the folders of this one.
program=$(cat "$GH_TOP_SRCDIR/tests/dbus/application.py")

call ()
{
  method=$1
  shift
  gdbus call --system -d $name -o $path -m "$method" "$@"
}
admin ()
{
  call $name.Request \
    "{\"op\":$1,\"to\":\"$2\",\"fr\":\"CAdmin\",\"rqi\":\"a\",\"rvi\":\"3\"${3:+,$3}}"
}

# start_application: a program of another user, with descriptors 3 and 5
start_application ()
{
  mkfifo "$work/in" "$work/out1"
  setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 -c "$program" \
    <"$work/in" >"$work/out1" 2>>"$work/application.log" 3>&- 5<&- &
  application=$!
  exec 3>"$work/in" 5<"$work/out1"
  rm -f "$work/in" "$work/out1"
  read -r answer <&5
}

order ()
{
  echo "$1" >&3
  IFS= read -r answer <&5
  echo "$answer"
}

leave ()
{
  exec 3>&-
  wait "$application"
  exec 5<&-
}

# belongs_to CGROUP: what /proc says of the application from now on
belongs_to ()
{
  echo "0::$1" >"$work/cgroup"
  mount --bind "$work/cgroup" "/proc/$application/cgroup"
}

stop_clients ()
{
  exec 3>&-
  stop_all
}
trap stop_clients EXIT

start_daemon --system
register='register {"app-id":"Nclock","ae-id":"Cclock","name":"clock","object":"/org/example/application"}'
call $name.Applications.Admit 65534 "{'unit': <'clock.service'>, 'stems': <['Cclock*']>}" >"$work/out"

start_application
check "a program of the user that is no unit is not admitted" says AccessDenied order "$register"
belongs_to /system.slice/other.service
check "nor is another unit" says AccessDenied order "$register"
belongs_to /user.slice/user-65534.slice/user@65534.service/app.slice/clock.service
check "nor a unit of his own with that name" says AccessDenied order "$register"
belongs_to /system.slice/clock.service
check "the unit of the system is" says "Cclock /gatehouse/Cclock" order "$register"
check "which the association names" says "user-65534/unit/clock.service" \
  call $name.Associations.List 0 10
check "its AE-IDs are those of the unit" says Rsc4106 \
  order 'register {"app-id":"Nclock","ae-id":"Cother"}'

order 'answer content' >"$work/out"
echo wait >&3
check "a request to it is a call, which the bus lets through" says '"con":"hello"' \
  admin 5 gatehouse/clock '"pc":{"m2m:any":{}}'
IFS= read -r answer <&5
check "with the request" says HandleRequest echo "$answer"
order 'request Cclock {"op":1,"to":"Cclock","rqi":"2","rvi":"3","ty":3,"pc":{"m2m:cnt":{"rn":"ticks"}}}' >"$work/out"
check "it subscribes" says /gatehouse/sub order 'subscribe Cclock gatehouse/clock/ticks {"enc":{"net":[3]}}'
for i in 1 2; do
  admin 1 gatehouse/clock/ticks "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"tick $i\"}}" >"$work/out"
  check "event $i is a signal" says "tick $i" order wait
done
leave
for wrong in "'unit': <'clock.service'>, 'subject': <'1'>" "'unit': <'a/b'>" "'unit': <''>" \
  "'flatpak': <'a b'>" "'colour': <'red'>" "'targets': <['a:1']>"; do
  check "what is no user of a program: $wrong" says "Error.BadRequest" \
    call $name.Applications.Admit 1 "{$wrong}"
done
check "a program of a user" says "('user-1/unit/clock.service',)" \
  call $name.Applications.Admit 1 "{'unit': <'clock.service'>, 'stems': <['Cclock*']>}"
check "it stops" stop_daemon

# The same program and the same vault on what is called a session bus.
start_daemon --session
start_application
belongs_to /system.slice/clock.service
check "on a session bus the unit is no hint" says AccessDenied order "$register"
call $name.Applications.Admit 65534 "{'stems': <['Cclock*']>}" >"$work/out"
check "but the user is" says "/gatehouse/Cclock2" order 'register {"app-id":"Nclock","ae-id":"Cclock2"}'
check "to whom the AE of the unit does not belong" says Rsc4117 order "$register"
leave
check "it stops again" stop_daemon
plan
