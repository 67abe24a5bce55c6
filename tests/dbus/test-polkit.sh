#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What polkit says counts on the system bus, and nothing else: a mock of it says yes and no, dies in
# between, and is not there. Asked by two independent clients, busctl and gdbus.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
. "$GH_TOP_SRCDIR/tests/dbus/polkit-mock.sh"
chmod 755 "$work"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1

# by_gdbus METHOD ARGUMENT..., by_busctl INTERFACE METHOD ...: of who is not root
by_gdbus ()
{
  # shellcheck disable=SC2086 # words
  $other gdbus call --system -d $name -o $path -m "$@"
}

by_busctl ()
{
  # shellcheck disable=SC2086
  $other busctl --address="$DBUS_SYSTEM_BUS_ADDRESS" call $name $path "$@"
}

get_version ()
{
  by_gdbus org.freedesktop.DBus.Properties.Get $name Version
}

# Everything is denied, in the same words.
all_denied ()
{
  check "$1: gdbus is denied a method" says AccessDenied by_gdbus $name.GetStatus
  check "$1: busctl is denied a method" says "Access denied" by_busctl $name GetStatus
  check "$1: gdbus is denied a property" says AccessDenied get_version
  check "$1: busctl is denied all properties" says "Access denied" \
    by_busctl org.freedesktop.DBus.Properties GetAll s $name
  check "$1: a credential that is not there is denied like one that is" says AccessDenied \
    by_gdbus $name.Credentials.Show 12-nobody@example.org
}

start_daemon --system
if ! knows_polkit; then
  all_denied "a build without polkit"
  check "it stops" stop_daemon
  plan
  exit 0
fi

all_denied "no polkit on the bus"
if [ -n "$other" ]; then
  check "root needs no polkit" says running gdbus call --system -d $name -o $path -m $name.GetStatus
fi

start_polkit
all_denied "polkit says no"
check "polkit was asked about the action of the method" says \
  "$name.read-status" cat "$work/polkit.log"
check "and who asks is a name of the bus" says "system-bus-name" cat "$work/polkit.log"

check "who does not say that he can be asked is not asked" says "read-status\" {} 0" \
  cat "$work/polkit.log"
check "who says so is" says "read-status\" {} 1" cat "$work/polkit.log"
mock SetAllowed "['$name.read-status']" >/dev/null
check "polkit says yes: gdbus" says "'cse-name': <'gatehouse'>" by_gdbus $name.GetStatus
check "polkit says yes: busctl" says '"cse-name" s "gatehouse"' by_busctl $name GetStatus
check "polkit says yes: a property" says "<'" get_version
check "polkit says yes: all properties" says '"LogLevel" s' \
  by_busctl org.freedesktop.DBus.Properties GetAll s $name
check "one action is not another one: a method" says AccessDenied by_gdbus $name.SetLogLevel debug
check "one action is not another one: writing a property" says AccessDenied \
  by_gdbus org.freedesktop.DBus.Properties.Set $name LogLevel "<'debug'>"
check "one action is not another one: the vault" says AccessDenied \
  by_gdbus $name.Credentials.Remove 12-nobody@example.org
check "one action is not another one: the audit log" says AccessDenied by_gdbus $name.Audit.Read 0 1
check "one action is not another one: a request" says AccessDenied by_gdbus $name.Request '{}'
check "one action is not another one: a connection's end" says AccessDenied \
  by_gdbus $name.Associations.Close 1
mock SetAllowed "['$name.manage-credentials']" >/dev/null
check "who may manage credentials may not export them" says "$name.export-secrets" \
  by_gdbus $name.Credentials.Export 12-nobody@example.org
check "but learns that there is none" says "there is no credential" \
  by_gdbus $name.Credentials.Remove 12-nobody@example.org
# What lasts longer than a call: being told of changes, and being the agent.

# in_file FILE TEXT: waits until the text is in the file
in_file ()
{
  turns=0
  until grep -q -e "$2" "$work/$1" 2>/dev/null; do
    turns=$((turns + 1))
    [ $turns -le 6000 ] || { cat "$work/$1"; return 1; }
    sleep 0.01
  done
}

# add N: one more application
add ()
{
  gdbus call --system -d $name -o $path -m $name.Request \
    "{\"op\":1,\"to\":\"gatehouse\",\"fr\":\"Cwatched$1\",\"rqi\":\"$1\",\"rvi\":\"3\",\"ty\":2,\"pc\":{\"m2m:ae\":{\"api\":\"Nw\",\"rr\":false,\"srv\":[\"3\"]}}}"
}
# The other user cannot look into the folders of this one.
watcher=$(cat "$GH_TOP_SRCDIR/tests/dbus/watch.py")
if [ -n "$other" ] && $other "$python" -c 'from gi.repository import Gio' 2>/dev/null; then
  mock SetAllowed "['$name.read-status', '$name.configure']" >/dev/null
  mkfifo "$work/until"
  $other "$python" -c "$watcher" agent <"$work/until" >"$work/theirs" 2>&1 &
  watching=$!
  exec 9>"$work/until"
  check "who may is told of changes" in_file theirs "GetManagedObjects done"
  check "and is the agent" grep "RegisterAgent done" "$work/theirs"
  "$python" -c "$watcher" <"$work/until" >"$work/ours" 2>&1 9>&- &
  check "so is root" in_file ours "GetManagedObjects done"
  check "an application comes" says '"rsc":2001' add 1
  check "which he hears" in_file theirs "InterfacesAdded.*Cwatched1"
  mock EmitSignal org.freedesktop.PolicyKit1.Authority Changed "" "@av []" >/dev/null
  check "something has changed, but not for him" says '"rsc":2001' add 2
  check "so he hears the next" in_file theirs "InterfacesAdded.*Cwatched2"
  mock SetAllowed "@as []" >/dev/null
  mock EmitSignal org.freedesktop.PolicyKit1.Authority Changed "" "@av []" >/dev/null
  check "his rights end while he is told" in_file gatehoused.log "is not told of changes any more"
  check "and while he is the agent" in_file gatehoused.log "the agent has left"
  check "another application comes" says '"rsc":2001' add 3
  check "which root hears" in_file ours "InterfacesAdded.*Cwatched3"
  exec 9>&-
  wait "$watching" || :
  check "and he does not" sh -c "! grep Cwatched3 '$work/theirs'"
  check "what he has heard before is there" grep -q Cwatched2 "$work/theirs"

  large=$(cat <<'PROGRAM'
import os
import sys

from gi.repository import Gio, GLib

NAME = "org.gatehouse.Gatehouse1"
FLAGS = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
         | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
buses = [Gio.DBusConnection.new_for_address_sync(os.environ["DBUS_SYSTEM_BUS_ADDRESS"], FLAGS)
         for _ in range(int(sys.argv[1]))]
loop = GLib.MainLoop()


def done(source, result):
    try:
        print(source.call_finish(result))
    except GLib.Error as error:
        print(error.message)
    loop.quit()


content = GLib.Variant("s", "x" * 7 * 1024 * 1024)
for i in range(3):
    buses[i % len(buses)].call(
        NAME, "/org/gatehouse/Gatehouse1", NAME + ".Resources", "Create",
        GLib.Variant("(ssuva{sv})", ("CAdmin", "gatehouse", 3, content, {})), None,
        Gio.DBusCallFlags.NONE, -1, None, done)
loop.run()
PROGRAM
  )
  mock SimulateHang true >/dev/null
  check "what waits for polkit has a bound in octets" says "octets of arguments of yours are not" \
    $other "$python" -c "$large" 1
  check "and not for each connection of a user" says "octets of arguments of yours are not" \
    $other "$python" -c "$large" 3
  mock SimulateHang false >/dev/null
  mock ReleaseHangingCalls >/dev/null
else
  skip "rights that end" "only root can become another user"
fi
mock SetAllowed "@as []" >/dev/null
check "what was allowed once is asked again" says AccessDenied by_gdbus $name.GetStatus

mock SimulateHang true >/dev/null
by_gdbus $name.GetStatus >"$work/pending" 2>&1 &
pending=$!
until mock HaveHangingCalls | grep -q true; do
  kill -0 "$pending" || break
done
stop_polkit
wait "$pending" || :
check "polkit dies in between: denied" says AccessDenied cat "$work/pending"
all_denied "polkit has died"
start_polkit
mock SetAllowed "['$name.read-status']" >/dev/null
check "another polkit is asked without a restart" says running by_gdbus $name.GetStatus

mock SimulateHang true >/dev/null
by_gdbus $name.GetStatus >"$work/pending" 2>&1 &
pending=$!
until mock HaveHangingCalls | grep -q true; do
  kill -0 "$pending" || break
done
check "it stops while polkit still thinks" stop_daemon
wait "$pending" || :
check "and who waited is denied" says "AccessDenied" cat "$work/pending"
plan
