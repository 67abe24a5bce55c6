#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands for this machine go over a private bus to an agent, and what it reports comes back.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
mkfifo "$work/agent-in" "$work/agent-out"

name=org.gatehouse.Gatehouse1
node=gatehouse/host-node

call ()
{
  gdbus call --session -d $name -o /org/gatehouse/Gatehouse1 -m "$@"
}

# update RESOURCE CONTENT: as the administrator
update ()
{
  call $name.Request \
    "{\"op\":3,\"to\":\"$node/$1\",\"fr\":\"CAdmin\",\"rqi\":\"u\",\"rvi\":\"3\",\"pc\":$2}"
}

retrieve ()
{
  call $name.Request \
    "{\"op\":2,\"to\":\"$node/$1\",\"fr\":\"CAdmin\",\"rqi\":\"r\",\"rvi\":\"3\"}"
}

# heard TEXT: the next line of the agent
heard ()
{
  IFS= read -r line <&4
  case $line in
    $1) ;;
    *) echo "the agent said: $line"; return 1 ;;
  esac
}

# refused_at_last: the daemon has heard that the agent is gone
refused_at_last ()
{
  tries=100
  until update reboot '{"m2m:rbo":{"rbo":true}}' | grep -q '"rsc":6020'; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
  done
}

start_daemon --session --set node.describe=yes

check "the node says what it is" says '"m2m:dvi"' retrieve device-info
check "without an agent a reboot is refused" says '"rsc":6020' \
  update reboot '{"m2m:rbo":{"rbo":true}}'
check "who is no agent reports nothing" says "AccessDenied" \
  call $name.ReportCommand x succeeded ''
check "and has nothing to unregister" says "AccessDenied" call $name.UnregisterAgent

"$GH_TOP_BUILDDIR/tests/dbus/agent" <"$work/agent-in" >"$work/agent-out" &
agent=$!
exec 3>"$work/agent-in" 4<"$work/agent-out"
check "an agent registers" heard registered
check "a second one does not" says "Error.Conflict" call $name.RegisterAgent
check "and does not speak for it" says "AccessDenied" call $name.ReportCommand x succeeded ''

check "an update of the firmware is accepted" says '"rsc":2004' \
  update firmware '{"m2m:fwr":{"ud":true,"url":"https://fw.example/2"}}'
check "and reaches the agent" heard "command mgo-*/ud update-firmware"
check "which reports" heard "reported "
check "what the resource then says" says '"uds":{"acn":"update-firmware","sus":1}' \
  retrieve firmware
check "and the event log" says "update-firmware succeeded: all done" retrieve event-log
check "so is a reboot" says '"rsc":2004' update reboot '{"m2m:rbo":{"rbo":true}}'
check "and reaches the agent too" heard "command mgo-*/rbo reboot"
check "which reports that too" heard "reported "

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$work"
  # shellcheck disable=SC2086 # words
  check "another user does not become the agent" says "AccessDenied" \
    setpriv --reuid=65534 --regid=65534 --clear-groups gdbus call --session -d $name \
    -o /org/gatehouse/Gatehouse1 -m $name.RegisterAgent
else
  skip "another user does not become the agent" "only root can become another user"
fi

exec 3>&-
wait "$agent"
check "when the agent has left, commands are refused again" refused_at_last
check "it stops when asked to" stop_daemon
plan
