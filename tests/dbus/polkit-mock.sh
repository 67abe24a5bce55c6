# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# A mock of polkit on a private bus, which is both buses here; to be sourced after private-bus.sh.
# Sets python, and other: a prefix of commands of who is not root, "" when this one is not root. The
# script ends at once where there is no mock.

DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SYSTEM_BUS_ADDRESS

python=
for candidate in python3 /usr/bin/python3; do
  if $candidate -c 'import dbusmock' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  skip "polkit" "python3-dbusmock is missing"
  plan
  exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
  other="setpriv --reuid=65534 --regid=65534 --clear-groups"
else
  other=
fi

polkit=
# start_polkit: the mock, which says no to everything; waits for its name
start_polkit ()
{
  "$python" -m dbusmock --system --template polkitd >"$work/polkit.log" 2>&1 &
  polkit=$!
  gdbus wait --system --timeout 60 org.freedesktop.PolicyKit1
}

stop_polkit ()
{
  [ -z "$polkit" ] || kill -9 "$polkit" 2>/dev/null || :
  [ -z "$polkit" ] || wait "$polkit" 2>/dev/null || :
  polkit=
}

end ()
{
  stop_polkit
  stop_all
}
trap end EXIT

# mock METHOD ARGUMENT...
mock ()
{
  gdbus call --system -d org.freedesktop.PolicyKit1 -o /org/freedesktop/PolicyKit1/Authority \
    -m "org.freedesktop.DBus.Mock.$@"
}

# knows_polkit: the daemon was built with it
knows_polkit ()
{
  ldd "$gatehoused" 2>/dev/null | grep -q polkit ||
    ldd "$GH_TOP_BUILDDIR/bindings/dbus/.libs/gatehoused" 2>/dev/null | grep -q polkit
}
