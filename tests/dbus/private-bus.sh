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

# watch FILE ARGUMENT...: starts a watcher that writes into FILE, until its input is closed
watch ()
{
  file=$1
  shift
  # descriptor 9 keeps the input of the watchers open
  [ -p "$work/hold" ] || { mkfifo "$work/hold" && exec 9<>"$work/hold"; }
  "$GH_TOP_BUILDDIR/tests/dbus/watcher" "$@" <"$work/hold" >"$work/$file" &
  watcher=$!
  heard "$file" ""
}

# heard FILE TEXT: waits until a line of the file has the text; bounded by the watcher's life
heard ()
{
  turns=0
  until [ -s "$work/$1" ] && grep -q -e "$2" "$work/$1"; do
    turns=$((turns + 1))
    if [ $turns -gt 2000 ]; then
      cat "$work/$1"
      return 1
    fi
    sleep 0.01
  done
}
