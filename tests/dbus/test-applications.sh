#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs on a private bus that are AEs: what they may, what they get, and what others may not.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1
applications=$name.Applications

if ! /usr/bin/python3 -c "from gi.repository import Gio" 2>/dev/null; then
  skip "applications" "no PyGObject"
  plan
  exit 0
fi

call ()
{
  method=$1
  shift
  gdbus call --session -d $name -o $path -m "$method" "$@"
}

# admin OPERATION TARGET REST: a request of the administrator; REST are more members
admin ()
{
  call $name.Request \
    "{\"op\":$1,\"to\":\"$2\",\"fr\":\"CAdmin\",\"rqi\":\"a\",\"rvi\":\"3\"${3:+,$3}}"
}

# start_application N COMMAND...: number N, with descriptors N+2 and N+4, run by the command
start_application ()
{
  number=$1
  shift
  mkfifo "$work/in$number" "$work/out$number"
  "$@" /usr/bin/python3 "$GH_TOP_SRCDIR/tests/dbus/application.py" \
    <"$work/in$number" >"$work/out$number" 2>>"$work/application.log" 3>&- 4>&- 5<&- 6<&- &
  eval "application$number=\$!"
  case $number in
    1) exec 3>"$work/in1" 5<"$work/out1" ;;
    2) exec 4>"$work/in2" 6<"$work/out2" ;;
  esac
  rm -f "$work/in$number" "$work/out$number"
}

# first ORDER, second ORDER: the answer of the application, which answered tells again
first ()
{
  echo "$1" >&3
  IFS= read -r answer <&5
  echo "$answer" | tee "$work/answered"
}
second ()
{
  echo "$1" >&4
  IFS= read -r answer <&6
  echo "$answer" | tee "$work/answered"
}
answered ()
{
  cat "$work/answered"
}

# gone N: ends an application, and waits until the daemon has noticed
leave ()
{
  case $1 in
    1) exec 3>&- ; wait "$application1" ; exec 5<&- ;;
    2) exec 4>&- ; wait "$application2" ; exec 6<&- ;;
  esac
}
no_associations ()
{
  tries=200
  until call $name.Associations.List 0 10 | grep -q "@aa{sv} \[\]"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
  done
}

none="no AE-ID that was registered"
stop_clients ()
{
  exec 3>&- 4>&-
  stop_all
}
trap stop_clients EXIT

start_daemon --session --set log.level=info
watch told yes
check "a watcher of the objects listens" heard told "^objects "

start_application 1
read -r answer <&5
check "nothing is registered at first" says "$none" first "request Cclock {}"
check "an option that is none is refused" says "colour: no option" \
  first 'register {"app-id":"Norg.example.clock","colour":"red"}'
check "an App-ID is needed" says "app-id: missing" first 'register {"name":"clock"}'
check "an App-ID that is none is refused by the CSE" says "Error.Rsc4" first 'register {"app-id":"clock"}'
check "a call needs an object" says "object is needed" \
  first 'register {"app-id":"Nclock","notifications":"call"}'
check "the administrator is nobody's AE-ID" says "Error.Rsc4106" \
  first 'register {"app-id":"Nclock","ae-id":"CAdmin"}'
check "an application registers" says "Cclock /gatehouse/Cclock" \
  first 'register {"app-id":"Nclock","ae-id":"Cclock","name":"clock","labels":["time"]}'
check "it is there, and says not where" says 'dbus://application' admin 2 gatehouse/clock
check "its user is the proof" says "'credential': <'user-$(id -u)'>" \
  call $name.Associations.List 0 10
check "who watches is told of the association" heard told \
  "^InterfacesAdded .*/association/[0-9]*'.*'Credential': <'user-$(id -u)'>"
check "a second time it has it already" says "Error.Conflict" \
  first 'register {"app-id":"Nclock","ae-id":"Cclock"}'
check "one without a wish gets an AE-ID" says "/gatehouse/C" first 'register {"app-id":"Nother"}'
other=$(answered)
other=${other%% *}

check "it reads itself" says '"rsc":2000' \
  first 'request Cclock {"op":2,"to":"Cclock","rqi":"1","rvi":"3"}'
check "it makes a container" says '"rsc":2001' \
  first 'request Cclock {"op":1,"to":"Cclock","rqi":"2","rvi":"3","ty":3,"pc":{"m2m:cnt":{"rn":"ticks"}}}'
check "its identity is the only one it may use" says '"rsc":4106' \
  first 'request Cclock {"op":2,"fr":"CAdmin","to":"Cclock","rqi":"3","rvi":"3"}'
check "also of its own two" says '"rsc":4106' \
  first "request Cclock {\"op\":2,\"fr\":\"$other\",\"to\":\"Cclock\",\"rqi\":\"3\",\"rvi\":\"3\"}"
check "it has no other rights" says '"rsc":4103' \
  first 'request Cclock {"op":2,"to":"gatehouse","rqi":"4","rvi":"3"}'
check "garbage is a response" says '"rsc":4000' first 'request Cclock garbage'
check "somebody else's AE-ID is no AE-ID" says "$none" first 'request CAdmin {}'

check "it subscribes" says "/gatehouse/sub" \
  first 'subscribe Cclock gatehouse/clock/ticks {"enc":{"net":[3]}}'
subscription=$(answered)
check "to nobody but itself" says "it is the caller who is notified" \
  first 'subscribe Cclock gatehouse/clock/ticks {"nu":["CAdmin"]}'
check "not to what it may not read" says "Error.Rsc4103" \
  first 'subscribe Cclock gatehouse {"enc":{"net":[3]}}'
admin 1 gatehouse/clock/ticks '"ty":4,"pc":{"m2m:cin":{"con":"tick 1"}}' >"$work/out"
check "an event is a signal" says 'heard Notification Cclock /gatehouse/sub' first wait
check "with what has happened" says '"con":"tick 1"' answered
for i in 2 3 4 5; do
  admin 1 gatehouse/clock/ticks "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"tick $i\"}}" >"$work/out"
done
for i in 2 3 4 5; do
  check "event $i comes in its turn" says "\"con\":\"tick $i\"" first wait
done

start_application 2
read -r answer <&6
check "another connection of the same user does not take it away" says "Error.Conflict" \
  second 'register {"app-id":"Nclock","ae-id":"Cclock"}'
check "nor speak for it" says "$none" second 'request Cclock {"op":2,"to":"Cclock","rqi":"1","rvi":"3"}'
check "nor subscribe for it" says "$none" second 'subscribe Cclock gatehouse/clock {}'
check "nor end it" says "$none" second 'unregister Cclock'
admin 1 gatehouse/clock/ticks '"ty":4,"pc":{"m2m:cin":{"con":"secret"}}' >"$work/out"
check "the first one is told" says '"con":"secret"' first wait
check "the other one has heard nothing" says "heard 0" second quiet

leave 1
check "when the first one has left" no_associations
check "the watcher is told, too" heard told "^InterfacesRemoved .*/association/[0-9]*'"
admin 1 gatehouse/clock/ticks '"ty":4,"pc":{"m2m:cin":{"con":"while away"}}' >"$work/out"
check "its AE is still there" says '"rsc":2000' admin 2 gatehouse/clock
check "the other one takes it up" says "Cclock /gatehouse/Cclock" \
  second 'register {"app-id":"Nclock","ae-id":"Cclock","object":"/org/example/application"}'
check "and is told what came meanwhile" says '"con":"while away"' second wait
check "a subscription is ended" says "done" second "unsubscribe Cclock $subscription"
check "once" says "Error.Rsc4004" second "unsubscribe Cclock $subscription"

# told KIND RSC: a NOTIFY of the administrator for the AE, which answers like that
told ()
{
  second "answer $1" >"$work/answer"
  echo wait >&4
  output=$(admin 5 gatehouse/clock "\"pc\":{\"m2m:any\":{\"x\":1}}${3:-}")
  IFS= read -r heard <&6
  case $heard in
    *'HandleRequest {"op":5'*'"fr":"CAdmin"'*'"pc":{"m2m:any":{"x":1}}'*) ;;
    *) echo "heard: $heard"; return 1 ;;
  esac
  echo "$output" >"$work/answered"
  case $output in
    *"\"rsc\":$2"*) ;;
    *) echo "$output"; return 1 ;;
  esac
}
check "a request is a call, and its answer an answer" told ok 2000
check "with content" told content 2000
check "which comes back" says '"con":"hello"' answered
check "a refusal is an answer" told refuse 4102
for kind in garbage list no-rsc rsc-text rsc-small rsc-large other-rqi member twice pc-text deep \
  huge error; do
  check "an answer that is none makes it fail: $kind" told $kind 5103
done
check "so does silence, when the request expires" told silence 4008 ',"rqet":"300"'
check "content of a peer cannot become more" says '"rsc":4' \
  admin 5 gatehouse/clock '"pc":{}},"fr":"CX"'

check "it takes notifications by call" says "done" second "unregister Cclock"
check "and its resource is gone" says '"rsc":4004' admin 2 gatehouse/clock
check "it comes again" says "Cclock /gatehouse/Cclock" second \
  'register {"app-id":"Nclock","ae-id":"Cclock","name":"clock","object":"/org/example/application","notifications":"call","remove-on-exit":true}'
second 'request Cclock {"op":1,"to":"Cclock","rqi":"2","rvi":"3","ty":3,"pc":{"m2m:cnt":{"rn":"ticks"}}}' >"$work/out"
second 'answer ok' >"$work/out"
check "and subscribes" says "/gatehouse/sub" \
  second 'subscribe Cclock gatehouse/clock/ticks {"enc":{"net":[3]}}'
admin 1 gatehouse/clock/ticks '"ty":4,"pc":{"m2m:cin":{"con":"called"}}' >"$work/out"
check "then an event is a call" says 'HandleRequest {"op":5,"to":"Cclock"' second wait

admin 1 gatehouse '"ty":2,"fr":"Cspy","pc":{"m2m:ae":{"api":"Nspy","rn":"spy","rr":true,"srv":["3"],"poa":["dbus://application"]}}' >"$work/out" 2>&1 || :
call $name.Request '{"op":1,"to":"gatehouse","fr":"Cspy","rqi":"s","rvi":"3","ty":2,"pc":{"m2m:ae":{"api":"Nspy","rn":"spy","rr":true,"srv":["3"],"poa":["dbus://application"]}}}' >"$work/out"
check "another AE with that point of access gets nothing" says '"rsc":5103' \
  admin 5 gatehouse/spy '"pc":{"m2m:any":{}}'
check "and nothing came to the application" says "heard 0" second quiet
check "the AE-ID of another owner cannot be registered" says "Error.Rsc4117" \
  second 'register {"app-id":"Nspy","ae-id":"Cspy"}'

check "a flood is answered as far as it goes" says "answered True limited True other 0" \
  second 'flood Cclock 3000'
check "one connection has at most 16 AE-IDs" says "15" second 'many {"app-id":"Nmany"} 20'

credential=user-$(id -u)
check "what proves it is suspended" call $name.Credentials.SetState "$credential" suspended
check "and the application is told that it is over" says "heard Closed C" second wait
check "it may nothing more" says "$none" second 'request Cclock {"op":2,"to":"Cclock","rqi":"1","rvi":"3"}'
check "nor register again" says "AccessDenied" second 'register {"app-id":"Nclock","ae-id":"Cclock"}'
check "until it counts again" call $name.Credentials.SetState "$credential" active
leave 2
check "they are all forgotten" no_associations

start_application 1
read -r answer <&5
check "it comes back with the AE that it left" says "Cclock /gatehouse/Cclock" \
  first 'register {"app-id":"Nclock","ae-id":"Cclock","remove-on-exit":true}'
leave 1
removed ()
{
  tries=200
  until admin 2 Cclock | grep -q '"rsc":4004'; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
  done
}
check "which goes with it when it wants that" removed

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$work"
  other="setpriv --reuid=65534 --regid=65534 --clear-groups"
  # shellcheck disable=SC2086 # words
  {
    theirs="$other gdbus call --session -d $name -o $path -m"
    check "another user registers nothing" says "AccessDenied" \
      $theirs $applications.Register "{'app-id': <'Nx'>}"
    check "and does not admit himself" says "AccessDenied" \
      $theirs $applications.Admit 65534 "{'stems': <['C']>}"
    check "the administrator admits him" says "('user-65534',)" \
      call $applications.Admit 65534 "{'stems': <['C', 'Cweather*']>, 'app-ids': <['Nweather*']>}"
    check "then he registers" says "('Cweather1', '/gatehouse/Cweather1')" \
      $theirs $applications.Register "{'app-id': <'Nweather.a'>, 'ae-id': <'Cweather1'>}"
    check "and comes again" says "('Cweather1', '/gatehouse/Cweather1')" \
      $theirs $applications.Register "{'app-id': <'Nweather.a'>, 'ae-id': <'Cweather1'>}"
    check "but not with the AE-ID of another user" says "Rsc4106" \
      $theirs $applications.Register "{'app-id': <'Nweather.a'>, 'ae-id': <'Cclock'>}"
    check "nor with another beginning than his" says "Rsc4106" \
      $theirs $applications.Register "{'app-id': <'Nweather.a'>, 'ae-id': <'Cpump'>}"
    check "nor with another App-ID" says "Rsc4" \
      $theirs $applications.Register "{'app-id': <'Npump'>, 'ae-id': <'Cweather2'>}"
    check "his requests are for his own AE-IDs" says "$none" \
      $theirs $applications.Request Cclock '{}'
    check "in the same words as when there is none" says "$none" \
      $theirs $applications.Request Cnowhere '{}'
    check "and the user of the daemon does not get his" says "Rsc4117" \
      call $applications.Register "{'app-id': <'Nweather.a'>, 'ae-id': <'Cweather1'>}"
  }
else
  skip "another user" "only root can become another user"
fi
for hint in "'unit': <'clock.service'>" "'flatpak': <'org.example.Clock'>"; do
  check "no user is admitted by a hint on a session bus: $hint" says "on the system bus alone" \
    call $applications.Admit 1 "{$hint}"
done
check "what is no property of a user" says "Error.BadRequest" \
  call $applications.Admit 1 "{'colour': <'red'>}"

check "it stops when asked to" stop_daemon
start_daemon --session
check "after a restart the AE-ID is still the user's" says "/gatehouse/Cclock" \
  call $applications.Register "{'app-id': <'Nclock'>, 'ae-id': <'Cclock'>}"
if [ "$(id -u)" -eq 0 ]; then
  # shellcheck disable=SC2086 # words
  check "and not another's" says "Rsc4106" $other gdbus call --session -d $name -o $path \
    -m $applications.Register "{'app-id': <'Nweather'>, 'ae-id': <'Cclock'>}"
fi
check "it stops again" stop_daemon
plan
