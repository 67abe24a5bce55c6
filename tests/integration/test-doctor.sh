#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl doctor: it finds what is broken on purpose, says how to mend it, and ends with 1 then.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
LC_ALL=C.UTF-8
export LC_ALL

config=$work/gatehouse.conf
state=$work/state
mkdir "$state"
chmod 700 "$state"
# port 0 is never taken
cat >"$config" <<CONF
[store]
path=$state/gatehouse.db
[plugins]
load=http;sqlite
path=$GH_TOP_BUILDDIR/plugins/uninstalled
[http]
listen-secure=
listen=127.0.0.1:0
[coap]
listen-secure=
CONF

doctor ()
{
  "$ghctl" doctor --session --config "$config" "$@"
}

check "without a daemon it says so" says "! bus: gatehoused is not on the session bus" doctor
check "a good configuration" says "✓ configuration: $config is well-formed" doctor
check "room" says "✓ space:" doctor
check "memory" says "locked for secrets" doctor
check "the clock" says "clock:" doctor
check "as JSON" sh -c '"$1" doctor --session --config "$2" --json | python3 -c "
import json, sys
for one in json.load(sys.stdin): assert one[\"level\"] in (\"ok\", \"warning\", \"error\"), one"' \
  sh "$ghctl" "$config"

start_daemon --session --set "store.path=$state/gatehouse.db"
check "with a daemon" says "✓ bus: gatehoused" doctor
check "that only claims identities" says "! identities:" doctor
check "its files" says "✓ files: $state is closed to others" doctor
check "no credential ends soon" says "✓ credentials: none" doctor
soon=$(date -u -d '+5 days' +%FT%TZ)
"$ghctl" credential generate ends-soon@example.org --expires "$soon" >/dev/null
check "one that ends soon" says "ends-soon@example.org ends on" doctor
check "and what to do" says "credential rotate" doctor

chmod 644 "$state/vault.key"
check "a key that others can read" says "vault.key: mode 0644 lets others in" doctor
check "and how to mend it" says "chmod 0600 $state/vault.key" doctor
check "ends with 1" status_is 1 doctor
chmod 600 "$state/vault.key"
chmod 777 "$state"
check "a folder that others can write into" says "others may write into it" doctor
chmod 700 "$state"

port=${url##*:}
sed -i "s/^listen=.*/listen=127.0.0.1:$port/" "$config"
check "a port that the daemon has" says "gatehoused listens at 127.0.0.1:$port" doctor
check "the daemon stops" stop_daemon
python3 - "$work/port" <<'PY' &
import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(s.getsockname()[1]))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(60)
PY
other=$!
while [ ! -e "$work/port" ]; do sleep 0.1; done
port=$(cat "$work/port")
sed -i "s/^listen=.*/listen=127.0.0.1:$port/" "$config"
check "a port that somebody else has" says "✗ ports: [http] listen: 127.0.0.1:$port" doctor
check "and who" says "says who has it" doctor
kill "$other"
sed -i "s/^listen=.*/listen=127.0.0.1:0/; s/^load=.*/load=http;none/" "$config"
check "a plugin that is not there" says "! plugins: none:" doctor
echo 'frobnicate=yes' >>"$config"
check "a key that is none" says "✗ configuration: $config:" doctor
check "and where they are described" says "gatehouse.conf(5)" doctor
check "no such configuration" status_is 2 "$ghctl" doctor --config "$work/none"
plan
