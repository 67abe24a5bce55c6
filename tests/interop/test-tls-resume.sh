#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# openssl resumes what it began with our layers, by tickets of each kind. Prints TAP.
set -u

peer=$GH_TOP_BUILDDIR/tests/interop/tls-peer
work=$(mktemp -d)
pid=
cases=0
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

if ! command -v openssl >/dev/null; then
  if [ -n "${CI:-}" ]; then echo "Bail out! openssl is missing"; exit 1; fi
  echo "1..0 # SKIP openssl is missing"
  exit 77
fi

. "$GH_TOP_SRCDIR/tests/interop/rows.sh"
# start PROFILE: descriptor 9 is its standard input
start ()
{
  mkfifo "$work/in" "$work/said"
  "$peer" "$1" tickets <"$work/in" >"$work/said" 2>"$work/err" &
  pid=$!
  exec 9>"$work/in" 8<"$work/said"
  read -r _ tcp udp <&8
  rm -f "$work/in" "$work/said"
}

stop ()
{
  exec 9>&- 8<&-
  wait "$pid"
  pid=
}

# client PORT OPTION...: a line there and back, so that a ticket that follows the handshake is read
client ()
{
  port=$1
  shift
  mkfifo "$work/line"
  timeout 20 openssl s_client -connect "127.0.0.1:$port" -cert "$work/crt" -key "$work/key" "$@" \
    <"$work/line" >"$work/out" 2>&1 &
  client=$!
  exec 7>"$work/line"
  rm -f "$work/line"
  echo hello >&7
  turns=0
  until grep -q '^hello' "$work/out" || [ "$turns" -ge 150 ]; do
    turns=$((turns + 1))
    sleep 0.1
  done
  exec 7>&-
  wait "$client"
}

# resumes WHAT PORT OPTION...
resumes ()
{
  what=$1
  shift
  cases=$((cases + 1))
  shown_peer="openssl s_client" shown_transport=${what%%,*} shown_credential=${what##*, }
  [ "$shown_credential" = certificate ] && shown_credential=X.509 || shown_credential=PSK
  rm -f "$work/session"
  client "$@" -sess_out "$work/session"
  if grep -q '^New, ' "$work/out" && client "$@" -sess_in "$work/session" \
    && grep -q '^Reused, ' "$work/out"; then
    echo "ok $cases - $what"
    passed=1
    works resumption
  else
    passed=0
    echo "not ok $cases - $what"
    sed 's/^/#   /' "$work/out" "$work/err" | tail -40
  fi
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/key" \
  -out "$work/crt" -days 2 -subj /CN=test 2>/dev/null

key=30313233343536373839616263646566
start onem2m
resumes "TLS 1.2, pre-shared key" "$tcp" -tls1_2 -psk "$key" -psk_identity client@example.org \
  -cipher PSK-AES128-CCM8:@SECLEVEL=0
resumes "TLS 1.2, certificate" "$tcp" -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256
resumes "DTLS 1.2, pre-shared key" "$udp" -dtls1_2 -psk "$key" -psk_identity client@example.org \
  -cipher PSK-AES128-CCM8:@SECLEVEL=0
resumes "DTLS 1.2, certificate" "$udp" -dtls1_2 -cipher ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0
stop
start modern
resumes "TLS 1.3, certificate" "$tcp" -tls1_3
stop
cases=$((cases + 1))
table_agrees >"$work/out" 2>&1 || { echo "not ok $cases - docs/interoperability.md says this"; sed 's/^/#   /' "$work/out"; }
[ -e "$rows.md" ] || echo "ok $cases - docs/interoperability.md says this"
echo "1..$cases"
