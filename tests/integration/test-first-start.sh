#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gatehoused without configuration: what it makes at its first start, and that the one command it
# prints is all that the first administrator needs. OpenSSL and curl are the peers.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in openssl curl; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done
if [ "${1:-}" != inside ]; then
  dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi
umask 022
development=
start_daemon --session --set http.listen-secure=127.0.0.1:0 --set coap.listen-secure=
port=${url##*:}

# request IDENTITY KEY ORIGINATOR: retrieves the CSEBase over TLS with a symmetric key
request ()
{
  printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: %s\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nConnection: close\r\n\r\n' "$3" |
    openssl s_client -connect "127.0.0.1:$port" -psk_identity "$1" -psk "$2" -tls1_2 \
      -cipher PSK-AES128-CBC-SHA256 -quiet -ign_eof 2>&1
}

# as CERTIFICATE ORIGINATOR ARGUMENT...: curl with a client's certificate
as ()
{
  certificate=$1
  originator=$2
  shift 2
  curl -sS -D - --cacert "$work/ca.pem" --cert "$certificate" -H "X-M2M-Origin: $originator" \
    -H "X-M2M-RI: 1" -H "X-M2M-RVI: 3" "$@"
}

for file in vault vault.key; do
  check "$file is made, and is ours alone" says 600 stat -c %a "$work/$file"
done
check "the authority is known" "$ghctl" ca certificates --output "$work/ca.pem"
check "the server shows its certificate" says "Verification: OK" sh -c \
  'echo | openssl s_client -connect "127.0.0.1:$1" -CAfile "$2" -verify_hostname localhost' \
  sh "$port" "$work/ca.pem"
check "nobody has a key yet" says "unexpected eof" \
  request admin@localhost 000102030405060708090a0b0c0d0e0f CAdmin
check "the first administrator's key" "$ghctl" credential generate --administrator admin@localhost \
  --output "$work/admin.key"
key=$(cut -d' ' -f2 "$work/admin.key")
check "opens everything" says "X-M2M-RSC: 2000" request admin@localhost "$key" CAdmin
check "but no other identity" says "X-M2M-RSC: 4106" request admin@localhost "$key" Cother
check "a wrong key does not" says "unexpected eof" \
  request admin@localhost 000102030405060708090a0b0c0d0e0f CAdmin
check "an AE gets a certificate" \
  "$ghctl" ca issue ae //localhost/gatehouse/Cvalve --output "$work/valve.pem"
check "registers with it" says "X-M2M-RSC: 2001" as "$work/valve.pem" Cvalve \
  -H "Content-Type: application/json;ty=2" \
  -d '{"m2m:ae":{"rn":"valve","api":"Norg.demo","rr":false,"srv":["3"]}}' \
  "https://localhost:$port/gatehouse"
check "cannot borrow another AE-ID" says "X-M2M-RSC: 4106" as "$work/valve.pem" Cother \
  "https://localhost:$port/gatehouse/valve"
check "is revoked" "$ghctl" ca revoke 33-//localhost/gatehouse/Cvalve
check "and out" status_is 35 as "$work/valve.pem" Cvalve "https://localhost:$port/gatehouse/valve"
stop_daemon
start_daemon --session --set http.listen-secure=127.0.0.1:0 --set coap.listen-secure=
port=${url##*:}
check "after a restart the key is the same" says "X-M2M-RSC: 2000" \
  request admin@localhost "$key" CAdmin
check "and the authority, too" says "Verification: OK" sh -c \
  'echo | openssl s_client -connect "127.0.0.1:$1" -CAfile "$2"' sh "$port" "$work/ca.pem"
stop_daemon
# The ports that everybody expects, in a network of our own, where nobody else has them.
default_listeners ()
{
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --user --map-root-user --net sh -c '
    "$1" --no-bus --set "store.path=$2/default/gatehouse.db" --set "plugins.path=$3" >"$2/listeners" 2>&1 &
    daemon=$!
    until grep -q ^ready "$2/listeners"; do
      kill -0 $daemon || { cat "$2/listeners"; exit 1; }
    done
    kill $daemon
    wait $daemon' sh "$gatehoused" "$work" "$GH_TOP_BUILDDIR/plugins/uninstalled"
  for expected in 'https://.*:8443' 'coaps://.*:5684' 'coaps+tcp://.*:5684'; do
    grep -q "^listening on $expected" "$work/listeners" || { echo "no $expected"; return 1; }
  done
}
if unshare --user --map-root-user --net true 2>/dev/null; then
  check "without a configuration it serves coaps and https on their ports" default_listeners
else
  skip "without a configuration it serves coaps and https on their ports" "no network name spaces"
fi

plan
