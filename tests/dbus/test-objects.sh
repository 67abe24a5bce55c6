#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The objects of the CSE, its applications, plugins, credentials and associations: they are found by
# those who may, who alone are told what changes.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
chmod 755 "$work"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1
manager=org.freedesktop.DBus.ObjectManager
properties=org.freedesktop.DBus.Properties

# call OBJECT METHOD ARGUMENT...: an object below ours
call ()
{
  object=$path$1
  shift
  gdbus call --session -d $name -o "$object" -m "$@"
}

request ()
{
  call "" $name.Request "$1"
}

start_daemon --session

check "all objects are found" says "'/org/gatehouse/Gatehouse1/cse': {'$name.Cse'" \
  call "" $manager.GetManagedObjects
check "the CSE" says "'CseId': <'gatehouse'>" call /cse $properties.GetAll $name.Cse
check "by busctl too" says '"gatehouse"' busctl --address="$DBUS_SESSION_BUS_ADDRESS" \
  get-property $name $path/cse $name.Cse CseId
check "its counters" says "'requests': uint64" call /cse $properties.Get $name.Cse Counters
check "a plugin" says "<'started'>" call /plugin/http $properties.Get $name.Plugin State
check "a plugin that is not there" says UnknownObject \
  call /plugin/none $properties.Get $name.Plugin State
check "an object that is no escaped text" says UnknownObject \
  call /ae/_ff $properties.Get $name.Application AppId
check "an association that is not there" says UnknownObject \
  call /association/7 $properties.GetAll $name.Association
check "a number that is none" says UnknownObject \
  call /credential/x1 $properties.GetAll $name.Credential
check "another interface of an object" says "No such interface" \
  call /plugin/http $properties.GetAll $name.Credential
check "a property cannot be written" status_is 1 \
  call /plugin/http $properties.Set $name.Plugin State "<'none'>"

# introspect OBJECT
introspect ()
{
  gdbus introspect --session -d $name -o "$path$1" --xml
}
check "introspection tells the interface of what is there" says "$name.Credential" introspect /credential/1
introspect /credential/1 | sed 's/credential.1//' >"$work/there"
check "and is the same for what is not" sh -c \
  "gdbus introspect --session -d $name -o $path/credential/99 --xml | sed 's/credential.99//' | cmp - $work/there"
not ()
{
  ! "$@"
}
check "it lists no objects" not says "node name=\"http\"" introspect /plugin

# what is described, but for what programs have and what is found above
for object in "" /cse /ae/x /plugin/http /credential/1 /association/1; do
  introspect "$object"
done >"$work/served"
for interface in $(sed -n 's/.*<interface name="\([^"]*\)".*/\1/p' \
  "$GH_TOP_SRCDIR/data/$name.xml" | grep -v PointOfAccess); do
  check "$interface is served" grep -q "interface name=\"$interface\"" "$work/served"
done

watch told yes
told=$watcher
check "a watcher is told how many there are" heard told "^objects "
watch untold
untold=$watcher
check "another client listens" heard untold "^listening"

check "an application registers" says '"rsc":2001' request \
  '{"op":1,"to":"gatehouse","fr":"Csensor-1","rqi":"r1","rvi":"3","ty":2,"pc":{"m2m:ae":{"rn":"sensor","api":"Nsensor","rr":true,"poa":["http://127.0.0.1:9/"],"srv":["3"]}}}'
check "which is told" heard told "InterfacesAdded $path ([^ ]*'$path/ae/Csensor_2d1'"
check "with its properties" heard told "'AppId': <'Nsensor'>"
check "and can be asked" says "<'Csensor-1'>" call /ae/Csensor_2d1 $properties.Get $name.Application AeId
check "it changes" says '"rsc":2004' request \
  '{"op":3,"to":"gatehouse/sensor","fr":"Csensor-1","rqi":"r2","rvi":"3","pc":{"m2m:ae":{"apn":"Sensor"}}}'
check "what has changed is told, and nothing else" heard told \
  "^PropertiesChanged $path/ae/Csensor_2d1 ('$name.Application', {'AppName': <'Sensor'>}, \[\])"
check "it leaves" says '"rsc":2002' request \
  '{"op":4,"to":"gatehouse/sensor","fr":"Csensor-1","rqi":"r3","rvi":"3"}'
check "which is told" heard told "InterfacesRemoved $path ('$path/ae/Csensor_2d1', \['$name.Application'\])"

check "a credential is made" says handle call "" $name.Credentials.Generate \
  "{'subject': <'pump@example.org'>, 'identities': <['Cpump']>}" 16
check "which is told" heard told "InterfacesAdded.*/credential/.*'Id': <'12-pump@example.org'>"
check "without its key" not grep -q -i secret "$work/told"
check "it is suspended" call "" $name.Credentials.SetState 12-pump@example.org suspended
check "which is told" heard told "^PropertiesChanged $path/credential/.*'State': <'suspended'>"
check "it is removed" call "" $name.Credentials.Remove 12-pump@example.org
check "which is told" heard told "InterfacesRemoved.*/credential/"
http=$url
check "a transport is stopped" says "()" call /plugin/http $name.Plugin.Stop
check "which is told" heard told "^PropertiesChanged $path/plugin/http .*'State': <'stopped'>"
check "and that it does not listen" not says "$http" call /cse $properties.Get $name.Cse Urls
check "nobody answers there" not curl --silent --max-time 5 "$http/gatehouse"
check "to stop it again is refused" says "it has been stopped" call /plugin/http $name.Plugin.Stop
check "the CSE is still there" says '"m2m:cb"' request \
  '{"op":2,"to":"gatehouse","fr":"CAdmin","rqi":"r5","rvi":"3"}'
check "it is started again" says "()" call /plugin/http $name.Plugin.Start
check "which is told, too" heard told "^PropertiesChanged $path/plugin/http .*'State': <'started'>"
http=$(call /cse $properties.Get $name.Cse Urls | sed "s/.*'\\(http:[^']*\\)'.*/\\1/")
check "and answers" says m2m:cb curl --silent --max-time 20 -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' \
  -H 'X-M2M-Origin: CAdmin' "$http/gatehouse"
check "to start it again is refused" says "it runs" call /plugin/http $name.Plugin.Start
check "the other transport is stopped" says "()" call /plugin/coap $name.Plugin.Stop
check "and started" says "()" call /plugin/coap $name.Plugin.Start
check "what proves identities is stopped" says "()" call /plugin/psk $name.Plugin.Stop
check "which is told, too" heard told "^PropertiesChanged $path/plugin/psk .*'State': <'stopped'>"
check "and started" says "()" call /plugin/psk $name.Plugin.Start
check "the store is not" says "the store is in use" call /plugin/sqlite $name.Plugin.Stop
check "a plugin that is not there cannot be started" says "is not loaded" \
  call /plugin/none $name.Plugin.Start
check "nobody else heard anything" sh -c "[ \"\$(cat $work/untold)\" = listening ]"

if [ "$(id -u)" -eq 0 ]; then
  other="setpriv --reuid=65534 --regid=65534 --clear-groups"
  # shellcheck disable=SC2086 # words
  {
    theirs="$other gdbus call --session -d $name -m"
    check "another user is not told of objects" says AccessDenied \
      $theirs $manager.GetManagedObjects -o $path
    check "nor of one that is there" says AccessDenied \
      $theirs $properties.GetAll $name.Plugin -o $path/plugin/http
    $theirs $properties.GetAll $name.Plugin -o $path/plugin/http >"$work/there" 2>&1 || :
    $theirs $properties.GetAll $name.Plugin -o $path/plugin/none >"$work/none" 2>&1 || :
    check "nor, in the same words, of one that is not" cmp "$work/there" "$work/none"
  }
fi

kill "$told" && wait "$told" 2>/dev/null || :
check "a watcher leaves, and the daemon goes on" says '"rsc":2001' request \
  '{"op":1,"to":"gatehouse","fr":"Csensor-1","rqi":"r4","rvi":"3","ty":2,"pc":{"m2m:ae":{"rn":"sensor","api":"Nsensor","rr":false,"srv":["3"]}}}'

watchers=
n=0
while [ $n -lt 32 ]; do
  n=$((n + 1))
  watch "told-$n" yes
  watchers="$watchers $watcher"
done
check "the last of 32 watchers is told" heard told-32 "^objects "
check "a 33rd is refused with a reason" says "32 clients are told" \
  call "" $manager.GetManagedObjects
check "he can still look at one object" says "'Nsensor'" \
  call /ae/Csensor_2d1 $properties.GetAll $name.Application
# shellcheck disable=SC2086 # words
kill $watchers "$untold"
# shellcheck disable=SC2086
wait $watchers "$untold" 2>/dev/null || :
check "the daemon stops" stop_daemon
plan
