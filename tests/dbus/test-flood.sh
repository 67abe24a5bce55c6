#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A client that floods the daemon is slowed alone, and arguments that are too large, or none of ours,
# are refused with the reason.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

name=org.gatehouse.Gatehouse1
flood=$GH_TOP_BUILDDIR/tests/dbus/flood

call ()
{
  gdbus call --session -d $name -o /org/gatehouse/Gatehouse1 -m "$@"
}

start_daemon --session
for kind in call job; do
  "$flood" $kind >"$work/flood" 2>&1 || :
  check "a flood ($kind): another client is answered" says "the other: " \
    grep "there is no credential" "$work/flood"
  check "a flood ($kind): some are answered, and the rest refused" says \
    "answered some, refused some, other 0" cat "$work/flood"
done
check "afterwards it is served again" says "running" call $name.GetStatus
# raw KIND: a message that is made by hand
raw ()
{
  /usr/bin/python3 "$GH_TOP_SRCDIR/tests/dbus/raw.py" "$1"
}
check "a message that is made by hand is one" says answered raw whole
for kind in utf8 zero large-array long-array deep short boolean signature; do
  check "the bus ends the connection of who sends what is no message: $kind" says closed raw $kind
done
check "30 MiB are refused" says "a message of at most 8454144 octets" raw array
check "so are a little more than eight" says "octets of arguments; at most 8388608 are allowed" raw large
check "so is a quarter of a million variants in an array" says "at most 65536 values" raw many
check "so are some of them" says "of type av; s or a{sv} is expected" raw some
check "and 16 MiB of them" says "at most 65536 values" raw dear
# GLib alone would have taken more than a gibioctet to read them
check "for which the daemon has not grown" \
  [ "$(grep VmHWM "/proc/$daemon/status" | tr -dc 0-9)" -lt 700000 ]
check "and variants in variants" says "s or a{sv} is expected" raw nested
check "and another type" says "does not match expected type" raw other-type
check "the others are still served" says "running" call $name.GetStatus
check "a megabyte is no name" says "octets of arguments; at most 262144 are allowed" "$flood" huge
check "arguments of another type" says "does not match expected type" \
  busctl --address="$DBUS_SESSION_BUS_ADDRESS" call $name /org/gatehouse/Gatehouse1 \
  $name.Credentials Show u 5
check "too few arguments" says "does not match expected type" \
  busctl --address="$DBUS_SESSION_BUS_ADDRESS" call $name /org/gatehouse/Gatehouse1 \
  $name.Credentials List s ""
check "a descriptor that is missing" says "descriptor" \
  call $name.Credentials.Add "{'subject': <'x@y.z'>}" 7
long=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
check "a text that is cut within a character is still told" says "is not one of error" \
  call $name.SetLogLevel "${long}ö"
check "so is a name of a property" says "no property of a credential" \
  call $name.Applications.Admit 7 "{'${long}ö': <1>}"
check "a method that is none" says "No such method" call $name.Nothing
check "an interface that is none" says "No such" call $name.Nothing.At.All
check "it stops" stop_daemon
check "nothing was wrong inside" sh -c "! grep CRITICAL '$work/gatehoused.log'"
plan
