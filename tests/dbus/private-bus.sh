# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# A message bus of a script's own that lets everybody in, whoever it is; to be sourced after tap.sh. Sets
# bus and DBUS_SESSION_BUS_ADDRESS; clean_up ends it. bus_type and bus_rules make it another one.

bus_type=${bus_type:-session}
bus_rules=${bus_rules:-'
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>'}

cat >"$work/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>$bus_type</type>
  <listen>unix:abstract=gatehouse-test-$$</listen>
  <auth>EXTERNAL</auth>
  $bus_rules
</busconfig>
CONF
mkfifo "$work/address"
dbus-daemon --config-file="$work/bus.conf" --nofork --print-address=1 >"$work/address" \
  2>/dev/null &
bus=$!
stop_all ()
{
  clean_up
  kill "$bus" 2>/dev/null || :
}
trap stop_all EXIT
read -r DBUS_SESSION_BUS_ADDRESS <"$work/address"
export DBUS_SESSION_BUS_ADDRESS
