#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What gatehoused has acknowledged and not begun is carried out after it was killed, once; what had
# begun elsewhere is not repeated. Prints TAP.
set -u
# shellcheck source=tests/integration/tap.sh
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
command -v curl >/dev/null || { echo "1..0 # SKIP no curl"; exit 0; }
command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit 0; }

peer=
trap '[ -z "$peer" ] || kill "$peer" 2>/dev/null; clean_up' EXIT

type=
# request METHOD PATH [CURL-ARGUMENT...]: as the AE; a create says the type
request ()
{
  method=$1
  path=$2
  shift 2
  read -r id </proc/sys/kernel/random/uuid
  curl -sS --max-time 30 -X "$method" -H "X-M2M-Origin: Cdevice" -H "X-M2M-RI: $id" \
    -H "X-M2M-RVI: 3" -H "Content-Type: application/json$type" "$@" "$url$path"
}

# promise PATH METHOD CURL-ARGUMENT...: prints the path of the <request>
promise ()
{
  path=$1
  method=$2
  shift 2
  request "$method" "$path" "$@" | sed -n 's/.*"m2m:uri":"\([^"]*\)".*/\/~\1/p'
}

# ended PATH TEXT: the <request> has its end, soon, and says TEXT
ended ()
{
  for _ in $(seq 200); do
    request GET "$1" >"$work/answer"
    grep -qF '"rs":3' "$work/answer" || break
    sleep 0.1
  done
  grep -qF -- "$2" "$work/answer" && return
  cat "$work/answer"
  return 1
}

pending ()
{
  says '"rs":3' request GET "$1"
}

crash ()
{
  kill -9 "$daemon"
  wait "$daemon" 2>/dev/null
  daemon=
  start_daemon --no-bus
}

# A peer that takes requests and never answers; it writes a line for each.
cat >"$work/peer.py" <<'EOF'
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
kept = []
while True:
    peer, _ = listener.accept()
    peer.recv(65536)
    kept.append(peer)
    print("heard", flush=True)
EOF
python3 "$work/peer.py" >"$work/heard" &
peer=$!
until [ -s "$work/heard" ]; do sleep 0.05; done
port=$(head -1 "$work/heard")
heard ()
{
  grep -c heard "$work/heard" >"$work/count" || :
  [ "$(cat "$work/count")" -eq "$1" ] || { cat "$work/count"; return 1; }
}

start_daemon --no-bus
type=';ty=2'
check 'an AE' says '"aei":"Cdevice"' request POST /gatehouse \
  -d "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Nx\",\"rr\":true,\"srv\":[\"3\"],\"poa\":[\"http://127.0.0.1:$port/\"]}}"
type=';ty=3'
check 'its container' says '"m2m:cnt"' request POST /gatehouse/device -d '{"m2m:cnt":{"rn":"load"}}'

# In three seconds, and in an hour.
instance='{"m2m:cin":{"con":"once"}}'
type=';ty=4'
soon=$(promise '/gatehouse/device/load?rt=1' POST -H 'X-M2M-OET: 3000' -d "$instance")
type=
later=$(promise '/gatehouse/device/load?rt=1' PUT -H 'X-M2M-OET: 3600000' \
  -d '{"m2m:cnt":{"lbl":["later"]}}')
gone=$(promise '/gatehouse/device/load?rt=1' PUT -H 'X-M2M-OET: 3600000' \
  -d '{"m2m:cnt":{"lbl":["gone"]}}')
check 'what is for later is acknowledged' pending "$later"
check 'and can be taken back' says '' request DELETE "$gone"
crash
check 'a kill leaves it pending' pending "$later"
check 'what is due soon is carried out' ended "$soon" '"rsc":2001'
check 'what was taken back is gone' says '' request GET "$gone"
crash
check 'another kill does not repeat it' says '"cni":1' request GET /gatehouse/device/load
check 'it has one result' ended "$soon" '"rsc":2001'
check 'and the other still waits' pending "$later"

# Accepted and sent on: the peer has it, whether or not it does anything.
notified=$(promise '/gatehouse/device?rt=1' POST -d '{"m2m:sgn":{"vrq":true}}')
for _ in $(seq 100); do
  heard 1 >/dev/null && break
  sleep 0.1
done
check 'what goes elsewhere has gone' heard 1
check 'and its end is not known yet' pending "$notified"
crash
check 'after a kill nobody knows what became of it' ended "$notified" 'it is not known'
check 'and it does not go again' heard 1
check 'the daemon stops' stop_daemon
plan
