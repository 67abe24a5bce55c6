#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# When polkit says no, then to everything: each method and property of the description is called by
# somebody else on the system bus, with names of what there is and of what there is not. Nothing
# happens, and the answers are the same.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
. "$GH_TOP_SRCDIR/tests/dbus/polkit-mock.sh"
chmod 755 "$work"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1
description=$GH_TOP_SRCDIR/data/$name.xml
if [ -z "$other" ] || ! "$python" -c 'from gi.repository import Gio' 2>/dev/null; then
  skip "what polkit denies" "needs root and PyGObject"
  plan
  exit 0
fi

call ()
{
  gdbus call --system -d $name -o $path -m "$@"
}

# denied ARGUMENT...: of somebody else, who cannot look into the folders of this one
program=$(cat "$GH_TOP_SRCDIR/tests/dbus/denied.py")
denied ()
{
  $other "$python" -c "$program" "$@" <"$description"
}

# state: everything there is, but for what counts calls
state ()
{
  call org.freedesktop.DBus.ObjectManager.GetManagedObjects |
    sed "s/'Counters': <{[^}]*}>//; s#, '$path#\\n'$path#g" | sort
  call $name.Credentials.List "" 0 1000
  call org.freedesktop.DBus.Properties.Get $name LogLevel
  call $name.Audit.Read 0 1000
  ls "$work" | grep gatehouse
}

start_daemon --system
start_polkit
call $name.Credentials.Generate "{'subject': <'there@example.org'>}" 16 >"$work/out"

mkfifo "$work/orders" "$work/answers"
"$python" "$GH_TOP_SRCDIR/tests/dbus/application.py" <"$work/orders" >"$work/answers" &
application=$!
exec 8>"$work/orders" 7<"$work/answers"
read -r answer <&7
echo 'register {"app-id":"Nthere","ae-id":"Cthere","name":"there","object":"/org/example/application"}' >&8
read -r answer <&7
check "there is an application" says /gatehouse/Cthere echo "$answer"
state >"$work/before"
check "and an association" grep -q "'$path/association/1'" "$work/before"
check "and a credential" grep -q "'$path/credential/1'" "$work/before"
check "and a plugin" grep -q "'$path/plugin/http'" "$work/before"

denied >"$work/denied"
# What everybody may call asks the vault, and not polkit.
no="AccessDenied: polkit does not allow this: $name"
while IFS= read -r row; do
  member=${row%%: *}
  case $member in
    *.Applications.Admit) expected=$no.manage-credentials ;;
    *.Applications.Register) expected="AccessDenied: nobody may use this" ;;
    *.Applications.*) expected="AccessDenied: no AE-ID that was registered through this connection" ;;
    *) expected=$no.${row##*"$no."} ;;
  esac
  check "$member is denied in one way" [ "${row#*: }" = "org.freedesktop.DBus.Error.$expected" ]
done <"$work/denied"
for member in Plugins.Load Plugin.Start Plugin.Stop Plugin.Configure Plugin.Reset Plugin.Keep; do
  check "$member asks whether one may configure" \
    grep -q "^call $name.$member: org.freedesktop.DBus.Error.$no.configure$" "$work/denied"
done

denied busctl >"$work/busctl"
while IFS= read -r row; do
  case $row in
    *.Applications.Admit:*) expected="Access denied as the requested operation requires" ;;
  esac
  check "busctl is denied ${row%%: *}" says "Call failed: " echo "${row#*: }"
done <"$work/busctl"
denied alone >"$work/alone"
check "each action is one of its own" [ "$(grep -c 'wrong: none$' "$work/alone")" -eq 7 ]
check "and none is wrong" sh -c "! grep -v 'wrong: none$' '$work/alone'"
state >"$work/after"
check "nothing has happened" cmp "$work/before" "$work/after"
exec 8>&-
wait "$application" || :
check "it stops" stop_daemon
plan
