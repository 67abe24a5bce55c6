#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of certificates without a restart, seen by openssl and gnutls-cli: the servers' one is
# exchanged, stapled for, and read again; who is no longer trusted is out, and who is stays. Prints
# TAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for tool in openssl gnutls-cli python3; do
  command -v $tool >/dev/null && continue
  if [ -n "${CI:-}" ]; then echo "Bail out! $tool is missing"; exit 1; fi
  echo "1..0 # SKIP $tool is missing"
  exit 77
done
if [ "${1:-}" != inside ]; then
  dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi

server=
manager=
trap 'kill $server $manager 2>/dev/null || :; clean_up' EXIT
pki=$work/pki
mkdir "$pki"

# certificate NAME CA EXTENSION...: a key on P-256 and a certificate for localhost
certificate ()
{
  name=$1 ca=$2
  shift 2
  printf '%s\n' "$@" >"$pki/$name.ext"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$name.key" \
    -subj "/CN=$name" -out "$pki/$name.csr"
  sign "$name" "$ca"
}

# sign NAME CA: NAME.csr, with NAME.ext
sign ()
{
  openssl x509 -req -in "$pki/$1.csr" -CA "$pki/$2.pem" -CAkey "$pki/$2.key" -days 30 \
    -extfile "$pki/$1.ext" -sha256 -out "$pki/$1.pem"
  chmod 600 "$pki/$1.key" 2>/dev/null || :
}

# answer NAME STATUS OPTION...: what an OCSP responder of the authority says of NAME: V or R
answer ()
{
  name=$1 status=$2
  shift 2
  serial=$(openssl x509 -in "$pki/$name.pem" -noout -serial)
  printf '%s\t351231235959Z\t%s\t%s\tunknown\t/CN=%s\n' "$status" \
    "$([ "$status" = V ] || echo 200101000000Z)" "${serial#serial=}" "$name" >"$pki/index"
  openssl ocsp -issuer "$pki/ca.pem" -cert "$pki/$name.pem" -no_nonce -reqout "$pki/request.der"
  openssl ocsp -index "$pki/index" -CA "$pki/ca.pem" -rsigner "$pki/ca.pem" -rkey "$pki/ca.key" \
    -reqin "$pki/request.der" -respout "$pki/answer.der" "$@"
}

crl ()
{
  openssl ca -config "$pki/ca.cnf" -gencrl -crldays 30 -md sha256 -out "$pki/list.pem.new"
  mv "$pki/list.pem.new" "$pki/list.pem"
}

revoke ()
{
  openssl ca -config "$pki/ca.cnf" -revoke "$pki/$1.pem"
  crl
}

make_pki ()
{
  set -e
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/ca.key" \
    -subj /CN=Elsewhere -days 60 -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature -out "$pki/ca.pem"
  : >"$pki/database"
  echo 01 >"$pki/crlnumber"
  cat >"$pki/ca.cnf" <<CNF
[ca]
default_ca = it
[it]
database = $pki/database
crlnumber = $pki/crlnumber
certificate = $pki/ca.pem
private_key = $pki/ca.key
default_md = sha256
CNF
  signs=keyUsage=critical,digitalSignature
  names=subjectAltName=DNS:localhost,IP:127.0.0.1
  certificate first ca $signs extendedKeyUsage=serverAuth $names
  certificate second ca $signs extendedKeyUsage=serverAuth $names
  certificate staple ca $signs extendedKeyUsage=serverAuth $names tlsfeature=status_request
  certificate client ca $signs extendedKeyUsage=clientAuth $names
  certificate alice ca $signs subjectAltName=URI://example.org/in/Calice
  certificate bob ca $signs subjectAltName=URI://example.org/in/Cbob
  certificate carol ca $signs subjectAltName=URI://example.org/in/Ccarol
  crl
}

if ! make_pki >"$work/make.log" 2>&1; then
  echo "Bail out! no certificates"
  sed 's/^/# /' "$work/make.log"
  exit 1
fi

configure ()
{
  printf '%s\n' "[cse]" "id = in" "name = in" "sp-domain = example.org" "[log]" \
    "level = ${level:-info}" "[http]" "listen-secure = 127.0.0.1:0" "tls-profile = modern" \
    "${more_http:-}" "[coap]" "listen-secure = 127.0.0.1:0" "profile = modern" "[cert]" \
    "crl-files = $pki/list.pem" "[tls]" "${1:-}" "${2:-}" "${3:-}" >"$work/gatehouse.conf"
}

# shown OPTION...: the subject of the certificate that the server shows to openssl
shown ()
{
  openssl s_client -connect "$at" "$@" </dev/null 2>/dev/null | openssl x509 -noout -subject
}

stapled ()
{
  openssl s_client -connect "$at" -status </dev/null 2>/dev/null | sed -n '/OCSP response:/,/^---/p'
}

trusting ()
{
  echo | gnutls-cli --x509cafile "$pki/ca.pem" --priority "${priority:-NORMAL}" -p "${at##*:}" \
    localhost
}

# refused_at_once: before the server shows anything
refused_at_once ()
{
  output=$(trusting 2>&1) && { echo "$output"; return 1; }
  case $output in
    *"Certificate type"*) echo "$output"; return 1 ;;
  esac
}

stop_serving ()
{
  [ -z "$server" ] || kill "$server" 2>/dev/null || :
  server=
}

# serve NAME OPTION...: openssl as a server with a certificate; sets target
serve ()
{
  stop_serving
  name=$1
  shift
  : >"$work/serve.out"
  openssl s_server -accept 0 -cert "$pki/$name.pem" -key "$pki/$name.key" "$@" \
    <"$work/serve.in" >"$work/serve.out" 2>&1 &
  server=$!
  tries=100
  until grep -q ACCEPT "$work/serve.out"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "Bail out! openssl does not serve"; exit 1; }
    sleep 0.05
  done
  target=localhost:$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$work/serve.out" | head -1)
}

# With what the CSE shows to it: over DTLS it connects to nobody as nobody.
serve_datagrams ()
{
  serve "$@" -dtls1_2 -mtu 1200 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
  [ -z "${shown_there:-}" ] || "$ghctl" credential remove "$shown_there"
  shown_there=$(cat "$pki/carol.pem" "$pki/carol.key" |
    "$ghctl" credential add --kind x509 --target "$target")
}

# tells opened|refused SCHEME [REASON]: what the log says of the association that the CSE begins for
# a notification
tells ()
{
  lines=$(wc -l <"$work/gatehoused.log")
  nth=$((${nth:-0} + 1))
  case $1 in
    opened) text="association opened transport=\"\{0,1\}$2" ;;
    refused) text=${3:-} ;;
  esac
  "$ghctl" create in/out --ty sub -o Cout "{\"rn\":\"sub\",\"nu\":[\"$2://$target/\"],
    \"nct\":1,\"enc\":{\"net\":[3]}}" || return 1
  "$ghctl" create in/out --ty cnt -o Cout "{\"rn\":\"c$nth\"}" || return 1
  tries=100
  until tail -n "+$((lines + 1))" "$work/gatehoused.log" | grep "$text"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || break
    sleep 0.05
  done
  "$ghctl" delete in/out/sub -o Cout
  [ $tries -gt 0 ] || { tail -n "+$((lines + 1))" "$work/gatehoused.log"; return 1; }
}

# ended PID
ended ()
{
  tries=100
  while kill -0 "$1" 2>/dev/null; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.05
  done
}

# hung_up: SIGHUP; the log says that it was carried out
hung_up ()
{
  before=$(grep -c "daemon: reloaded" "$work/gatehoused.log" || :)
  kill -HUP "$daemon"
  tries=200
  while [ "$(grep -c "daemon: reloaded" "$work/gatehoused.log" || :)" -le "$before" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { tail -3 "$work/gatehoused.log"; return 1; }
    sleep 0.05
  done
}

# ask CREDENTIAL: a request over an association that then stays; sets asker
associate ()
{
  mkfifo "$work/$1.in"
  openssl s_client -connect "$at" -quiet -cert "$pki/$1.pem" -key "$pki/$1.key" \
    <"$work/$1.in" >"$work/$1.out" 2>/dev/null &
  asker=$!
  eval "exec $2>\"\$work/$1.in\""
  request "$1" "$2"
}

# request NAME DESCRIPTOR: over its association; answered once more than before
request ()
{
  before=$(grep -c X-M2M-RSC "$work/$1.out" || :)
  printf 'GET /in HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: C%s\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nAccept: application/json\r\n\r\n' \
    "$1" >&"$2" || return 1
  tries=100
  while [ "$(grep -c X-M2M-RSC "$work/$1.out" || :)" -le "$before" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.05
  done
}

# What a service manager would hear.
python3 -c 'import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(heard.recv(4096).decode().replace("\n", " "), flush=True)' "$work/notify" \
  >"$work/told" 2>/dev/null &
manager=$!
until grep -q bound "$work/told"; do
  kill -0 "$manager" || { echo "Bail out! nobody hears the daemon"; exit 1; }
done
NOTIFY_SOCKET=$work/notify
export NOTIFY_SOCKET
mkfifo "$work/serve.in"
exec 5<>"$work/serve.in"
development=
configure
start_daemon --session -c "$work/gatehouse.conf" --log-level info
at=${url#https://}

check "an anchor of AEs" says "-" "$ghctl" credential add --kind anchor --purpose ae --purpose server \
  --admits-any --label elsewhere -f "$pki/ca.pem"
check "the servers show what the local authority signed" says "CN = " shown
own=$(shown)
associate alice 3
alice=$asker
check "Alice is answered" grep -q X-M2M-RSC "$work/alice.out"
associate bob 4
bob=$asker
check "so is Bob" grep -q X-M2M-RSC "$work/bob.out"

# --- somebody else's certificate, whose key stays in the vault ---

check "a request for a certificate" "$ghctl" ca request-server --host localhost --host gate.example.org \
  --output "$pki/asked.csr"
check "openssl verifies it" openssl req -in "$pki/asked.csr" -noout -verify
check "with its names" says "DNS:gate.example.org" openssl req -in "$pki/asked.csr" -noout -text
check "nothing has changed yet" says "$own" shown
check "a certificate for another key is refused" says "neither the key of the last request" \
  "$ghctl" ca install-server "$pki/first.pem"
printf '%s\n' keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth \
  subjectAltName=DNS:localhost >"$pki/asked.ext"
check "the authority elsewhere signs" sign asked ca
check "it is installed" "$ghctl" ca install-server "$pki/asked.pem"
check "and shown to openssl" says "CN = localhost" shown
check "and trusted by gnutls-cli" trusting
check "Alice's association goes on" request alice 3
check "the audit log says so" says "certificate of the server installed" "$ghctl" audit
check "one of a client is refused" says "extKeyUsage: serverAuth is expected" \
  "$ghctl" ca install-server "$pki/client.pem"
check "the local authority takes its place again" "$ghctl" ca renew-server
check "and is shown" says "$own" shown
check "whom gnutls-cli does not trust" status_is 1 trusting

# --- files ---

configure "certificate = $pki/first.pem" "key = $pki/first.key"
check "files of the configuration, at SIGHUP" hung_up
check "are shown" says "CN = first" shown
check "the service manager has heard of the begin" grep -q "^RELOADING=1 MONOTONIC_USEC=[0-9]" \
  "$work/told"
check "and of the end" says "READY=1 STATUS=Serving" tail -1 "$work/told"
configure "certificate = $pki/second.pem" "key = $pki/second.key"
check "others, by ghctl" "$ghctl" reload
check "are shown, too" says "CN = second" shown
check "also over DTLS" says "CN = second" shown -dtls1_2 -connect "${coap_url#coaps://}"
configure "certificate = $pki/first.pem" "key = $pki/second.key"
check "a key of another certificate" says "second.key: it is not the private key of certificate 1" \
  "$ghctl" reload
chmod 644 "$pki/first.key"
configure "certificate = $pki/first.pem" "key = $pki/first.key"
check "a key that others may read" says "first.key: it must be ours, and nobody else's" \
  "$ghctl" reload
chmod 600 "$pki/first.key"
sed '3s/./!/' "$pki/first.pem" >"$pki/broken.pem"
configure "certificate = $pki/broken.pem" "key = $pki/first.key"
check "a file that is broken" says "broken.pem: line 1: certificate 1: " "$ghctl" reload
check "which the service manager hears" says "the last reload has failed" tail -1 "$work/told"
check "the old one is still shown" says "CN = second" shown
echo "nonsense" >>"$work/gatehouse.conf"
check "a configuration that is broken" says "gatehouse.conf:" "$ghctl" reload
check "it is still shown" says "CN = second" shown
level=debug configure "certificate = $pki/second.pem" "key = $pki/second.key"
sed -i 's/^id = in/id = other/' "$work/gatehouse.conf"
check "what needs a restart is named" says "after a restart: [cse] id" "$ghctl" reload
check "Alice has noticed nothing" request alice 3

# --- what is stapled ---

check "no answer is stapled" says "no response sent" stapled
{ answer second V -ndays 7; } >"$work/ocsp.log" 2>&1
configure "certificate = $pki/second.pem" "key = $pki/second.key" "staple-file = $pki/answer.der"
check "with a responder's answer" "$ghctl" reload
check "it is stapled over TLS 1.3" says "Cert Status: good" stapled
check "and over TLS 1.2" says "Cert Status: good" \
  openssl s_client -connect "$at" -tls1_2 -status </dev/null
check "and over DTLS" says "Cert Status: good" \
  openssl s_client -connect "${coap_url#coaps://}" -dtls1_2 -status </dev/null
{ answer second R -ndays 7; } >"$work/ocsp.log" 2>&1
check "one that says revoked" "$ghctl" reload
check "is not sent" says "no response sent" stapled
check "and the log says why" grep -q "it says that the certificate is revoked" "$work/gatehoused.log"
{ answer first V -ndays 7; } >"$work/ocsp.log" 2>&1
check "one about another certificate" "$ghctl" reload
check "is not sent" says "no response sent" stapled
{ answer second V; } >"$work/ocsp.log" 2>&1
check "one without an end" "$ghctl" reload
check "is not sent" says "no response sent" stapled
configure "certificate = $pki/staple.pem" "key = $pki/staple.key"
check "a certificate that asks for an answer, without one" "$ghctl" reload
check "gnutls-cli refuses it" status_is 1 trusting
{ answer staple V -ndays 7; } >"$work/ocsp.log" 2>&1
configure "certificate = $pki/staple.pem" "key = $pki/staple.key" "staple-file = $pki/answer.der"
check "and with one" "$ghctl" reload
check "gnutls-cli takes it" trusting

# --- what servers staple that we connect to ---

check "an AE to subscribe at" "$ghctl" create in --ty ae -o Cout \
  '{"rn":"out","api":"N.example.out","rr":false,"srv":["3"]}'
serve first
check "a server that staples nothing" tells opened https
serve staple
check "one that must, and does not" tells refused https "and the certificate asks for one"
{ answer staple V -ndays 7; } >"$work/ocsp.log" 2>&1
serve staple -status_file "$pki/answer.der"
check "one that must, and does" tells opened https
serve staple -status_file "$pki/answer.der" -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
check "also over TLS 1.2" tells opened https
serve_datagrams staple -status_file "$pki/answer.der"
check "also over DTLS" tells opened coaps
serve_datagrams staple
check "over DTLS one that must, and does not" tells refused coaps "and the certificate asks for one"
{ answer first R -ndays 7; } >"$work/ocsp.log" 2>&1
serve first -status_file "$pki/answer.der"
check "one that staples its own revocation" tells refused https "has been revoked (OCSP)"
serve_datagrams first -status_file "$pki/answer.der"
check "and over DTLS" tells refused coaps "has been revoked (OCSP)"
{ answer second V -ndays 7; } >"$work/ocsp.log" 2>&1
serve first -status_file "$pki/answer.der"
check "one that staples for another one" tells refused https "is about another certificate"
stop_serving

# --- who is no longer trusted ---

check "Alice is still there" request alice 3
revoke bob >"$work/crl.log" 2>&1
check "Bob's certificate is revoked" "$ghctl" reload
check "his association has ended" ended "$bob"
check "Alice's has not" request alice 3
mv "$pki/list.pem" "$pki/list.kept"
echo nonsense >"$pki/list.pem"
check "a broken list" says "list.pem is not a revocation list" "$ghctl" reload
check "leaves the old one, and Alice" request alice 3
mv "$pki/list.kept" "$pki/list.pem"
check "the list again" "$ghctl" reload
anchor=$("$ghctl" credential list --kind anchor --json | tail -1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
check "when their anchor goes" "$ghctl" credential revoke "$anchor"
check "so does she" ended "$alice"

check "it stops when asked to" stop_daemon

# --- the profile of TS-0003 ---

configure "certificate = $pki/first.pem" "key = $pki/first.key"
sed -i 's/= modern/= onem2m/' "$work/gatehouse.conf"
start_daemon --session -c "$work/gatehouse.conf" --log-level info
at=${url#https://}
check "GnuTLS's defaults have no suite of the profile onem2m" refused_at_once
priority=NORMAL:+AES-128-CCM-8
check "unless told to" says "The certificate is trusted" trusting
check "openssl has" says "CN = first" shown
check "it stops, too" stop_daemon
plan
