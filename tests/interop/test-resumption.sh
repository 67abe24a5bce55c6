#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a ticket is worth when its credential has been suspended, revoked, rotated, deleted or has
# expired since: over HTTPS with TLS 1.2 and 1.3 and over coaps, with keys and certificates. openssl
# resumes, and a request is answered or not. Prints TAP.
set -u

work=$(mktemp -d)
pid='' client=''
cases=0
passed=0
# shellcheck disable=SC2086 # words
trap '[ -z "$pid$client" ] || kill $pid $client 2>/dev/null; rm -rf "$work"' EXIT

for tool in openssl gnutls-cli; do
  command -v $tool >/dev/null && continue
  if [ -n "${CI:-}" ]; then echo "Bail out! $tool is missing"; exit 1; fi
  echo "1..0 # SKIP $tool is missing"
  exit 77
done
. "$GH_TOP_SRCDIR/tests/interop/rows.sh"

key=00112233445566778899aabbccddeeff
next_key=ffeeddccbbaa99887766554433221100

# authority NAME
authority ()
{
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
    -subj "/CN=$1" -days 30 -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign -out "$1.pem"
  openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}

# certificate NAME AUTHORITY SUBJECT-ALT-NAME
certificate ()
{
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$1" \
    -out "$1.csr"
  printf '%s\n' "subjectAltName=$3" keyUsage=critical,digitalSignature >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 30 -extfile "$1.ext" \
    -out "$1.pem"
}

make_certificates ()
(
  set -e
  cd "$work"
  authority servers
  authority aes
  certificate server servers DNS:localhost,IP:127.0.0.1
  for way in tls12 tls13 dtls; do
    for change in suspended revoked expired deleted; do
      certificate "x509-$way-$change" aes "URI://example.org/in/Cx509-$way-$change"
    done
  done
)

# start PROFILE: a CSE that is commanded through descriptor 8 and answers on descriptor 9
start ()
{
  rm -f "$work/vault" "$work/vault.key"
  mkfifo "$work/in" "$work/said"
  "$GH_TOP_BUILDDIR/tests/interop/interop-cse" "$work" \
    "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" "plugins.load=http;coap;psk;cert" \
    http.listen-secure=127.0.0.1:0 coap.listen-secure=127.0.0.1:0 cse.id=in \
    cse.sp-domain=example.org "http.tls-profile=$1" "coap.profile=$1" \
    <"$work/in" >"$work/said" 2>>"$work/err" &
  pid=$!
  exec 8>"$work/in" 9<"$work/said"
  rm -f "$work/in" "$work/said"
  https='' coaps='' line=''
  while IFS= read -r line <&9; do
    case $line in
      "listening on https://127.0.0.1:"*) https=${line##*:} ;;
      "listening on coaps://127.0.0.1:"*) coaps=${line##*:} ;;
      *) break ;;
    esac
  done
  if [ "$line" != ready ]; then
    echo "Bail out! $line"
    exit 1
  fi
  command anchor "$work/aes.der" 1 entries
}

stop ()
{
  exec 8>&-
  wait "$pid"
  pid=
  exec 9<&-
}

# command WORD...: sets number
command ()
{
  echo "$*" >&8
  IFS= read -r line <&9
  case $line in
    "ok "*) number=${line#ok } ;;
    *) echo "Bail out! $*: $line"; exit 1 ;;
  esac
}

# report STATUS WHAT
report ()
{
  cases=$((cases + 1))
  if [ "$1" -eq 0 ]; then
    passed=1
    echo "ok $cases - $2"
  else
    # shellcheck disable=SC2034 # for rows.sh
    passed=0
    echo "not ok $cases - $2"
    grep -a -v '^    00' "$work/answer" | tail -n 30 | tr -d '\000' | sed 's/^/#   /'
    tail -n 3 "$work/err" | sed 's/^/#   /'
  fi
}

# What the peer sends first, and what tells that it was heard: a request of HTTP, a ping of CoAP.
first_words ()
{
  if [ "$way" = dtls ]; then
    printf '@\000BB\n'
  else
    printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI: r\r\nX-M2M-RVI: 3\r\n'
    printf 'X-M2M-Origin: C%s\r\nConnection: close\r\n\r\n' "$1"
  fi
}
was_heard ()
{
  LC_ALL=C grep -a -q -P '^X-M2M-RSC: 4103|p\x00BB' "$work/answer"
}

# talk OPTION...: until there is an answer or the end, but not for long
talk ()
{
  case $way in
    tls12) set -- -tls1_2 -connect "127.0.0.1:$https" "$@" ;;
    tls13) set -- -tls1_3 -connect "127.0.0.1:$https" "$@" ;;
    dtls) set -- -dtls1_2 -connect "127.0.0.1:$coaps" "$@" ;;
  esac
  mkfifo "$work/line"
  timeout 20 openssl s_client "$@" <"$work/line" >"$work/answer" 2>&1 8>&- 9<&- &
  client=$!
  exec 7>"$work/line"
  rm -f "$work/line"
  first_words "$name" >&7
  turns=0
  until was_heard || ! kill -0 "$client" 2>/dev/null || [ $turns -ge 40 ]; do
    turns=$((turns + 1))
    sleep 0.05
  done
  exec 7>&-
  # in the middle of a handshake it does not notice the end of its input
  was_heard || kill "$client" 2>/dev/null
  wait "$client" 2>/dev/null
  client=
  was_heard
}

# full, resumed: one that is heard, or not
full ()
{
  # shellcheck disable=SC2086 # words
  talk $proof -sess_out "$work/session" && grep -a -q '^New, ' "$work/answer"
}
resumed ()
{
  # shellcheck disable=SC2086
  talk $proof -sess_in "$work/session" && grep -a -q '^Reused, ' "$work/answer"
}
not_resumed ()
{
  # shellcheck disable=SC2086
  ! talk $proof -sess_in "$work/session"
}
not_full ()
{
  # shellcheck disable=SC2086
  ! talk $proof
}

# begin KIND CHANGE: a credential of its own, a full handshake and a resumption
begin ()
{
  name=$1-$way-$2
  if [ "$1" = psk ]; then
    command psk "$name@example.org" $key "C$name"
    prove_by $key
  else
    command x509 "//example.org/in/C$name" - "C$name"
    proof="-cert $work/$name.pem -key $work/$name.key"
    [ "$way" != dtls ] || proof="$proof -cipher ECDHE-ECDSA-AES128-CCM8@SECLEVEL=0"
  fi
  full
  report $? "$way, $1: a full handshake"
  resumed
  report $? "$way, $1: resumed"
  works resumption
}

# prove_by KEY
prove_by ()
{
  suite=PSK-AES128-CCM8
  proof="-psk_identity $name@example.org -psk $1 -cipher $suite@SECLEVEL=0"
}

# ends_here WHAT: what was resumed a moment ago no longer is
ends_here ()
{
  not_resumed
  report $? "$way, $kind: $1, resumed"
  refused "ticket: $1"
}

suspend_between ()
{
  begin "$kind" suspended
  command state "$number" suspended
  ends_here suspended
  not_full
  report $? "$way, $kind: suspended, from the start"
  command state "$number" active
  not_resumed
  report $? "$way, $kind: a ticket from before, although it is in force again"
  full
  report $? "$way, $kind: in force again, from the start"
}

revoke_between ()
{
  begin "$kind" revoked
  command state "$number" revoked
  ends_here revoked
}

expire_between ()
{
  begin "$kind" expired
  command ends "$number" 0
  ends_here expired
  command ends "$number" 3600
  not_resumed
  report $? "$way, $kind: a ticket from before, although its validity was extended"
  full
  report $? "$way, $kind: extended, from the start"
}

delete_between ()
{
  begin "$kind" deleted
  command remove "$number"
  ends_here deleted
  not_full
  report $? "$way, $kind: deleted, from the start"
}

rotate_between ()
{
  begin "$kind" rotated
  command rotate "$number" $next_key
  ends_here rotated
  not_full
  report $? "$way, $kind: the key from before"
  prove_by $next_key
  full
  report $? "$way, $kind: the new key"
  not_resumed
  report $? "$way, $kind: whose tickets count from the next period on"
}

# each_change WAY KIND
each_change ()
{
  way=$1 kind=$2
  shown_peer="openssl s_client"
  case $way in
    dtls) shown_transport="CoAP over DTLS" ;;
    tls12) shown_transport="HTTPS, TLS 1.2" ;;
    tls13) shown_transport="HTTPS, TLS 1.3" ;;
  esac
  [ "$kind" = psk ] && shown_credential=PSK || shown_credential="X.509 of an AE"
  suspend_between
  revoke_between
  expire_between
  delete_between
  [ "$kind" != psk ] || rotate_between
}

# gnutls_resumes TRANSPORT CREDENTIAL OPTION...
gnutls_resumes ()
{
  shown_peer=gnutls-cli shown_transport=$1 shown_credential=$2
  shift 2
  timeout 20 gnutls-cli --no-ca-verification --resume "$@" 127.0.0.1 </dev/null >"$work/answer" 2>&1
  grep -q 'This is a resumed session' "$work/answer"
  report $? "gnutls-cli resumes: $shown_transport, $shown_credential"
  works resumption
}

if ! make_certificates >"$work/make.log" 2>&1; then
  sed 's/^/# /' "$work/make.log"
  echo "Bail out! no certificates"
  exit 1
fi

start onem2m
each_change tls12 psk
each_change tls12 x509
each_change dtls psk
each_change dtls x509
command psk twice@example.org $key Ctwice
rules=NONE:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+PSK:+AES-128-CCM-8:+AEAD
gnutls_resumes "HTTPS, TLS 1.2" PSK --port "$https" --pskusername twice@example.org --pskkey $key \
  --priority "$rules:+VERS-TLS1.2"
gnutls_resumes "CoAP over DTLS" PSK --udp --port "$coaps" --pskusername twice@example.org \
  --pskkey $key --priority "$rules:+VERS-DTLS1.2"
stop
report $? "it stops when asked to"
start modern
each_change tls13 x509
command x509 //example.org/in/Cx509-tls13-twice - Cx509-tls13-twice
(cd "$work" && certificate x509-tls13-twice aes URI://example.org/in/Cx509-tls13-twice) \
  >>"$work/make.log" 2>&1
gnutls_resumes "HTTPS, TLS 1.3" "X.509 of an AE" --waitresumption --port "$https" \
  --x509certfile "$work/x509-tls13-twice.pem" --x509keyfile "$work/x509-tls13-twice.key" \
  --priority NORMAL:-VERS-ALL:+VERS-TLS1.3
stop
report $? "it stops when asked to"
table_agrees >"$work/answer" 2>&1
report $? "docs/interoperability.md says this"
echo "1..$cases"
