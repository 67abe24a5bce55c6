#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The ways to be answered over CoAP, with libcoap's client against gatehoused: at once, by a
# <request>, by a notification over CoAP, and not at all. Prints TAP.
set -u

# shellcheck source=tests/integration/tap.sh
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls
[ -x "$peer" ] || peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-openssl
if [ ! -x "$peer" ] || ! command -v python3 >/dev/null; then
  if [ -n "${CI:-}" ]; then echo "Bail out! the peer or python3 is missing"; exit 1; fi
  echo "1..0 # SKIP the peer or python3 is missing"
  exit 77
fi
listener=
trap '[ -z "$listener" ] || kill "$listener" 2>/dev/null; clean_up' EXIT

# What receives results: it says where it listens, then the content of each message, and confirms.
cat >"$work/listener.py" <<'EOF'
import socket

def options(data, at):
    number, found = 0, {}
    while at < len(data) and data[at] != 255:
        delta, length = data[at] >> 4, data[at] & 15
        at += 1
        numbers = []
        for value in (delta, length):
            extra = {13: 1, 14: 2}.get(value, 0)
            base = {13: 13, 14: 269}.get(value, value)
            numbers.append(base + int.from_bytes(data[at:at + extra], "big"))
            at += extra
        number += numbers[0]
        found[number] = data[at:at + numbers[1]]
        at += numbers[1]
    return found, data[at + 1:]

def nibble(value):
    if value < 13:
        return value, b""
    if value < 269:
        return 13, bytes([value - 13])
    return 14, (value - 269).to_bytes(2, "big")

def option(delta, value):
    number, more = nibble(delta)
    length, rest = nibble(len(value))
    return bytes([number << 4 | length]) + more + rest + value

peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", 0))
print(peer.getsockname()[1], flush=True)
while True:
    data, address = peer.recvfrom(65536)
    if len(data) < 4 or data[1] >> 5 != 0 or data[1] == 0:
        continue
    token = data[4:4 + (data[0] & 15)]
    found, content = options(data, 4 + len(token))
    print(content.decode("utf-8", "replace"), flush=True)
    # RVI 271, RQI 283, RSC 307
    answer = option(271, b"3") + option(12, found.get(283, b"")) + option(24, b"\x07\xd0")
    peer.sendto(bytes([0x60 | len(token), 0x44]) + data[2:4] + token + answer, address)
EOF
python3 "$work/listener.py" >"$work/heard" &
listener=$!
until [ -s "$work/heard" ]; do sleep 0.05; done
target=coap://127.0.0.1:$(head -1 "$work/heard")

n=0
# answered CODE RSC TEXT PEER-OPTION...: TEXT stands in a line of the answer
answered ()
{
  code=$1 rsc=$2 text=$3
  shift 3
  n=$((n + 1))
  "$peer" -f Cdevice -i "m-$n" -v 3 "$@" >"$work/answer" 2>&1 || :
  grep -q "^code $code\$" "$work/answer" && grep -q "^rsc $rsc\$" "$work/answer" &&
    grep -q "^rqi m-$n\$" "$work/answer" && grep -qF -- "$text" "$work/answer" && return
  echo "expected $code, $rsc and $text"
  cut -c1-300 "$work/answer"
  return 1
}

# twice: of the results of one request
twice ()
{
  for _ in $(seq 100); do
    [ "$(grep -cF "\"rqi\":\"m-$two\"" "$work/heard")" -ge 2 ] && return
    sleep 0.1
  done
  cat "$work/heard"
  return 1
}

request_of ()
{
  sed -n 's/.*"m2m:uri":"\([^"]*\)".*/\1/p' "$work/answer"
}

# ended RSC TEXT: the <request> that was acknowledged last says so, soon
ended ()
{
  for _ in $(seq 100); do
    answered 2.05 2000 '"m2m:req"' "$url/~$later" || return 1
    grep -qF '"rs":3' "$work/answer" || break
    sleep 0.1
  done
  grep -qF -- "$2" "$work/answer" && grep -qF "\"ors\":{\"rsc\":$1" "$work/answer" && return
  cat "$work/answer"
  return 1
}

# heard TEXT: the listener gets a line with it, soon
heard ()
{
  for _ in $(seq 100); do
    grep -qF -- "$1" "$work/heard" && return
    sleep 0.1
  done
  cat "$work/heard"
  return 1
}

start_daemon --no-bus --set request.result-urls= --set 'plugins.load=coap;sqlite' --set coap.listen=127.0.0.1:0
base=$url/gatehouse
check 'an AE' answered 2.01 2001 '"aei":"Cdevice"' -m post -t 2 -F 50 \
  -e "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Nx\",\"rr\":false,\"srv\":[\"3\"],\"poa\":[\"$target\"]}}" \
  "$base"
check 'blocking: a container' answered 2.01 2001 '"m2m:cnt"' -m post -t 3 -F 50 \
  -e '{"m2m:cnt":{"rn":"load"}}' "$base/device"
load=$base/device/load

check 'synchronous: acknowledged with an address' answered 2.01 1001 '"m2m:uri":"/gatehouse/req-' \
  -m put -F 50 -e '{"m2m:cnt":{"lbl":["synch"]}}' "$load?rt=1"
later=$(request_of)
check 'synchronous: the result is kept' ended 2004 '"synch"'
check 'synchronous: a retrieve' answered 2.01 1001 '"m2m:uri"' "$load?rt=1"
later=$(request_of)
check 'synchronous: its result too' ended 2000 '"synch"'
check 'synchronous: a refusal' answered 2.01 1001 '"m2m:uri"' -m put -F 50 \
  -e '{"m2m:cnt":{"bogus":1}}' "$load?rt=1"
later=$(request_of)
check 'synchronous: is its result' ended 4000 bogus

check 'asynchronous: a server that is not its own' answered 4.03 4103 '' \
  -O "263=coap://127.0.0.2:5683/" "$load?rt=2"
check 'asynchronous: acknowledged' answered 2.01 1002 '"m2m:uri"' -O "263=$target" -m post -t 4 \
  -F 50 -e '{"m2m:cin":{"con":"asynch"}}' "$load?rt=2"
later=$(request_of)
check 'asynchronous: the target is told over CoAP' heard '"m2m:rsp":{"rsc":2001'
check 'asynchronous: and it is kept' ended 2001 '"asynch"'
check 'asynchronous: two targets' answered 2.01 1002 '"m2m:uri"' \
  -O "263=$target/one&$target/two" "$load?rt=2"
two=$n
check 'asynchronous: both are told' twice
check 'targets need rt 2 or 4' answered 4.00 4000 RTU -O "263=$target" "$load"

check 'flexible: fast enough' answered 2.05 2000 '"synch"' "$load?rt=4"
check 'flexible: for later' answered 2.01 1002 '"m2m:uri"' -O 299=500 -O "263=$target/flex" \
  -m put -F 50 -e '{"m2m:cnt":{"lbl":["flex"]}}' "$load?rt=4"
later=$(request_of)
check 'flexible: the target is told' heard '"lbl":["flex"]'
check 'flexible: and it is kept' ended 2004 '"flex"'

check 'a blocking one may wait' answered 2.05 2000 '"flex"' -O 299=500 "$load"
check 'not too long' answered 4.06 5207 OET -O 299=99990101T000000 "$load"
check 'an expired one' answered 5.04 4008 RQET -O 291=20200101T000000 "$load"

check 'no response: only an acknowledgement' answered 2.04 1000 rsc -m put -F 50 \
  -e '{"m2m:cnt":{"lbl":["silent"]}}' "$load?rt=5"
silent ()
{
  for _ in $(seq 100); do
    answered 2.05 2000 '"silent"' "$load" >/dev/null && return
    sleep 0.1
  done
  return 1
}
check 'no response: but it is carried out' silent

check 'attributes that are selected' answered 2.05 2000 '{"m2m:cnt":{"cni":1}}' "$load?atrl=cni"
check 'one that it does not have' answered 4.00 4000 'atrl: bogus' "$load?atrl=bogus"
check 'result content that does not go with it' answered 4.00 4000 'rcn: 9' "$load?rcn=9"
check 'the daemon ends well' stop_daemon
plan
