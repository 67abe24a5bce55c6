#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# curl, openssl and gnutls-cli against HTTPS of a whole CSE, with keys and certificates made on the
# spot: what proves an identity and what does not, each refusal beside the success. Prints TAP.
set -u

work=$(mktemp -d)
pid=
sinks=
cases=0
# shellcheck disable=SC2086 # sinks are several words
trap '[ -z "$pid$sinks" ] || kill $pid $sinks 2>/dev/null; rm -rf "$work"' EXIT

for tool in curl openssl gnutls-cli python3; do
  command -v $tool >/dev/null && continue
  if [ -n "${CI:-}" ]; then echo "Bail out! $tool is missing"; exit 1; fi
  echo "1..0 # SKIP $tool is missing"
  exit 77
done

. "$GH_TOP_SRCDIR/tests/interop/rows.sh"
good_key=00112233445566778899aabbccddeeff
other_key=ffeeddccbbaa99887766554433221100
long_key=$good_key$other_key
below= # what is retrieved, below the CSEBase

# Certificates: an authority of servers, one of AEs, and one that the CSE does not know.
authority ()
{
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
    -subj "/CN=$1" -days 30 -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign -out "$1.pem"
  openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}

# certificate NAME AUTHORITY CURVE DIGEST SUBJECT-ALT-NAME EXTENSION
certificate ()
{
  openssl req -newkey ec -pkeyopt "ec_paramgen_curve:$3" -nodes -keyout "$1.key" -subj "/CN=$1" \
    -out "$1.csr"
  printf '%s\n' "subjectAltName=$5" "$6" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 30 -extfile "$1.ext" "-$4" \
    -out "$1.pem"
}

make_certificates ()
(
  set -e
  cd "$work"
  signs=keyUsage=critical,digitalSignature
  authority servers
  authority aes
  authority strangers
  certificate server servers P-256 sha256 DNS:localhost,IP:127.0.0.1 "$signs"
  certificate admin aes P-256 sha256 URI://example.org/in/Cadmin "$signs"
  certificate alice aes P-256 sha256 URI://example.org/in/Calice "$signs"
  certificate nobody aes P-256 sha256 URI://example.org/in/Cnobody "$signs"
  certificate stranger strangers P-256 sha256 URI://example.org/in/Cadmin "$signs"
  certificate impostor strangers P-256 sha256 DNS:localhost,IP:127.0.0.1 "$signs"
  certificate elsewhere servers P-256 sha256 DNS:elsewhere.example "$signs"
  certificate sha1 aes P-256 sha1 URI://example.org/in/Cadmin "$signs"
  certificate weak aes prime192v1 sha256 URI://example.org/in/Cadmin "$signs"
  certificate useless aes P-256 sha256 URI://example.org/in/Cadmin \
    keyUsage=critical,keyAgreement
  certificate wild aes P-256 sha256 'URI://example.org/in/C*' "$signs"
) >"$work/make.log" 2>&1

# start OPTION...: a CSE that is commanded through descriptor 8 and answers on descriptor 9
start ()
{
  mkfifo "$work/in" "$work/said"
  "$GH_TOP_BUILDDIR/tests/interop/interop-cse" "$work" \
    "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" "plugins.load=http;psk;cert" \
    http.listen-secure=127.0.0.1:0 cse.id=in cse.sp-domain=example.org "$@" \
    <"$work/in" >"$work/said" 2>>"$work/err" &
  pid=$!
  exec 8>"$work/in" 9<"$work/said"
  rm -f "$work/in" "$work/said"
  port=
  line=
  while IFS= read -r line <&9; do
    case $line in
      "listening on https://127.0.0.1:"*) port=${line##*:} ;;
      *) break ;;
    esac
  done
  if [ "$line" != ready ] || [ -z "$port" ]; then
    echo "Bail out! $line"
    exit 1
  fi
  url=https://127.0.0.1:$port/gatehouse
}

stop ()
{
  exec 8>&-
  status=0
  wait "$pid" || status=$?
  pid=
  exec 9<&-
  return "$status"
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

report ()
{
  cases=$((cases + 1))
  passed=1
  if [ "$1" -eq 0 ]; then
    echo "ok $cases - $2"
  else
    # shellcheck disable=SC2034 # for rows.sh
    passed=0
    echo "not ok $cases - $2"
    sed 's/^/#   /' "$work/answer" "$work/peer" | tail -n 30
    tail -n 3 "$work/err" | sed 's/^/#   /'
  fi
}

# The answer of a peer is in $work/answer: answered RSC, or no word of HTTP
answered ()
{
  tr -d '\r' <"$work/answer" | grep -q "^X-M2M-RSC: $1\$"
}
unheard ()
{
  ! grep -q 'HTTP/1.1' "$work/answer"
}

# with_curl ORIGINATOR CURL-OPTION...
with_curl ()
{
  from=$1
  shift
  curl --silent --show-error --include --max-time 20 --cacert "$work/servers.pem" \
    -H 'X-M2M-RI: r' -H 'X-M2M-RVI: 3' -H "X-M2M-Origin: $from" "$@" "$url$below" \
    >"$work/answer" 2>"$work/peer"
}
client ()
{
  echo "--cert $work/$1.pem --key $work/$1.key"
}

request ()
{
  printf 'GET /gatehouse%s HTTP/1.1\r\n' "$below"
  printf 'Host: localhost\r\nX-M2M-RI: r\r\nX-M2M-RVI: 3\r\n'
  printf 'X-M2M-Origin: %s\r\nConnection: close\r\n\r\n' "$1"
}

# with_openssl ORIGINATOR OPTION...
with_openssl ()
{
  from=$1
  shift
  request "$from" | timeout 20 openssl s_client -connect "127.0.0.1:$port" -ign_eof "$@" \
    >"$work/answer" 2>"$work/peer"
}
gnutls_suite='NONE:+VERS-TLS1.2:+PSK:+AES-128-CBC:+SHA256:+COMP-NULL:+SIGN-ALL:+GROUP-ALL'
psk_suite='-tls1_2 -cipher PSK-AES128-CBC-SHA256@SECLEVEL=0'

# A request whose end comes when it was answered, or after a second: gnutls-cli ends with its input.
patient_request ()
{
  request "$1"
  polls=0
  while [ $polls -lt 20 ] && ! grep -q X-M2M-RSC "$work/answer"; do
    polls=$((polls + 1))
    sleep 0.05
  done
}

# with_gnutls ORIGINATOR OPTION...
with_gnutls ()
{
  from=$1
  shift
  : >"$work/answer"
  patient_request "$from" |
    timeout 20 gnutls-cli --no-ca-verification --port "$port" 127.0.0.1 "$@" \
      >"$work/answer" 2>"$work/peer"
}

# shows PEER CREDENTIAL: whose row of the table follows
shows ()
{
  # shellcheck disable=SC2034 # for rows.sh
  shown_peer=$1 shown_credential=$2 shown_transport=HTTPS
}

# accept WHAT HOW ORIGINATOR ARGUMENT...: answered 2000
accept ()
{
  what=$1 how=$2
  shift 2
  "$how" "$@"
  answered 2000
  report $? "$what"
}
# refuse WHAT RSC HOW ORIGINATOR ARGUMENT...: RSC "none": not a word
refuse ()
{
  what=$1 rsc=$2 how=$3
  shift 3
  "$how" "$@"
  if [ "$rsc" = none ]; then unheard; else answered "$rsc"; fi
  report $? "$what"
}

certificates ()
{
  # shellcheck disable=SC2046 # options are words
  {
    shows curl "X.509 of an AE"
    accept "$1: curl with a certificate" with_curl CAdmin $(client admin)
    works "retrieve ($1)"
    refuse "$1: its From in absolute form" 4000 with_curl //example.org/in/CAdmin $(client admin)
    refuse "$1: curl without a certificate" none with_curl CAdmin
    refused "no certificate"
    refuse "$1: another one's From" 4106 with_curl CAdmin $(client alice)
    refuse "$1: From of nobody's" 4106 with_curl Cbob $(client admin)
    refused "AE-ID of another (4106)"
    refuse "$1: a certificate without an entry" none with_curl Cnobody $(client nobody)
    refused "no entry in the vault"
    refuse "$1: an authority that is no anchor" none with_curl CAdmin $(client stranger)
    refused "unknown anchor"
    refuse "$1: signed with SHA-1" none with_curl CAdmin --ciphers DEFAULT@SECLEVEL=0 $(client sha1)
    refused SHA-1
    refuse "$1: a curve of 192 bits" none with_curl CAdmin --ciphers DEFAULT@SECLEVEL=0 \
      $(client weak)
    refused "192-bit curve"
    refuse "$1: keyUsage without digitalSignature" none with_curl CAdmin $(client useless)
    refused keyUsage
    refuse "$1: a wildcard" none with_curl CAdmin $(client wild)
    refused wildcard
    refuse "$1: TLS 1.1" none with_curl CAdmin --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 \
      $(client admin)
    refused "TLS 1.1"
  }
}

# sink CERTIFICATE: a target of notifications; sets target
sink ()
{
  mkfifo "$work/port"
  python3 "$GH_TOP_SRCDIR/tests/interop/https_sink.py" "$work/$1.pem" "$work/$1.key" \
    ECDHE-ECDSA-AES128-SHA256 "$work/$1.got" >"$work/port" 2>>"$work/sink.err" 8>&- 9<&- &
  sinks="$sinks $!"
  read -r target <"$work/port"
  rm -f "$work/port"
  target=https://localhost:$target/n
}

# post RESOURCE TYPE BODY as the administrator
post ()
{
  curl --silent --show-error --include --max-time 30 --cacert "$work/servers.pem" \
    --cert "$work/admin.pem" --key "$work/admin.key" -H 'X-M2M-RI: r' -H 'X-M2M-RVI: 3' \
    -H 'X-M2M-Origin: CAdmin' -H "Content-Type: application/json;ty=$2" -d "$3" "$url$1" \
    >"$work/answer" 2>"$work/peer"
}

# happens COMMAND...: within ten seconds
happens ()
{
  polls=0
  until "$@"; do
    polls=$((polls + 1))
    [ $polls -lt 200 ] || return 1
    sleep 0.05
  done
}
twice_refused ()
{
  [ "$(grep -c 'cannot be reached.*certificate' "$work/err")" -ge 2 ]
}

# subscribe NAME: to instances of the container
subscribe ()
{
  post /box 23 '{"m2m:sub":{"rn":"'"$1"'","nu":["'"$target"'"],"nct":1,"enc":{"net":[3]}}}'
}

make_certificates || { sed 's/^/# /' "$work/make.log"; echo "Bail out! no certificates"; exit 1; }

add_credentials ()
{
  command anchor "$work/aes.der" 1 entries
  command x509 //example.org/in/Cadmin - CAdmin
  admin=$number
  command x509 //example.org/in/Calice - Calice
  command psk admin@example.org $good_key CAdmin
  psk=$number
  command psk bob@example.org $other_key Cbob
}

# Three AEs of one rule, which asks how they were proven: RESOURCE CONTEXT
only_for ()
{
  post '' 1 '{"m2m:acp":{"rn":"for-'"$1"'","pv":{"acr":[{"acor":["Calice","Cweak","Cstrong"],"acop":2,"acco":['"$2"']}]},
    "pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}}'
  answered 2001 && post '' 3 '{"m2m:cnt":{"rn":"'"$1"'","acpi":["gatehouse/for-'"$1"'"]}}'
  answered 2001
  report $? "what is for $2"
}
frameworks ()
{
  # shellcheck disable=SC2046,SC2086 # options are words
  {
    key="-tls1_2 -cipher PSK-AES128-GCM-SHA256 -psk_identity"
    command psk weak@example.org $good_key Cweak
    command psk strong@example.org $long_key Cstrong
    only_for strong '{"ghst":192}'
    only_for certified '{"ghfw":["x509","rpk"]}'
    below=/strong
    accept "a key of 256 bits where 192 are asked for" with_openssl Cstrong $key strong@example.org \
      -psk $long_key
    refuse "a key of 128 bits there" 4103 with_openssl Cweak $key weak@example.org -psk $good_key
    refuse "a certificate of 128 bits there" 4103 with_curl Calice $(client alice)
    below=/certified
    accept "that certificate where one is asked for" with_curl Calice $(client alice)
    refuse "a key of 256 bits there" 4103 with_openssl Cstrong $key strong@example.org -psk $long_key
    below=
  }
}

# The profile of the standard: TLS 1.2.
start
add_credentials
certificates onem2m

# Outgoing: an instance is told to three targets, of which one is who it should be.
command anchor "$work/servers.der" 16 entries
post '' 3 '{"m2m:cnt":{"rn":"box"}}'
shows "Python http.server" "X.509 of a server"
answered 2001
report $? "a container"
for sink in server impostor elsewhere; do
  : >"$work/$sink.got"
  sink $sink
  subscribe $sink
  answered 2001
  report $? "a subscription for $sink"
done
post /box 4 '{"m2m:cin":{"con":"secret"}}'
happens grep -q '"con":"secret"' "$work/server.got"
report $? "outgoing: a server that an anchor of servers vouches for is told"
works "notifications of ours"
happens twice_refused
report $? "outgoing: the certificates of the others are refused"
test ! -s "$work/impostor.got" && test ! -s "$work/elsewhere.got"
report $? "outgoing: and they are told nothing"
refused "unknown anchor, server of another name"

# shellcheck disable=SC2046,SC2086 # options are words
{
  refuse "onem2m: TLS 1.3 is not of this profile" none with_curl CAdmin --tlsv1.3 $(client admin)
  shows "openssl s_client" PSK
  refuse "a suite with SHA-1" none with_openssl CAdmin -tls1_2 \
    -cipher PSK-AES128-CBC-SHA@SECLEVEL=0 -psk_identity admin@example.org -psk $good_key
  refused "suite with SHA-1"
  accept "openssl with a key" with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $good_key
  works "retrieve (CBC_SHA256)"
  accept "openssl with a key and CCM_8" with_openssl CAdmin -tls1_2 \
    -cipher PSK-AES128-CCM8@SECLEVEL=0 -psk_identity admin@example.org -psk $good_key
  works "retrieve (CCM_8)"
  accept "openssl that offers TLS 1.3 beside a key of 1.2" with_openssl CAdmin \
    -cipher PSK-AES128-CBC-SHA256@SECLEVEL=0 -psk_identity admin@example.org -psk $good_key
  works "offering 1.3 beside"
  refuse "openssl with a wrong key" none with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $other_key
  refused "wrong key"
  refuse "openssl with an unknown identity" none with_openssl CAdmin $psk_suite \
    -psk_identity nobody@example.org -psk $good_key
  refused "unknown identity"
  refuse "openssl with an identity that is none" none with_openssl CAdmin $psk_suite \
    -psk_identity admin -psk $good_key
  refused "malformed identity"
  refuse "openssl with a key, and another one's From" 4106 with_openssl CAdmin $psk_suite \
    -psk_identity bob@example.org -psk $other_key
  refused "AE-ID of another (4106)"
  shows gnutls-cli PSK
  accept "gnutls-cli with a key" with_gnutls CAdmin --pskusername admin@example.org \
    --pskkey $good_key --priority "$gnutls_suite"
  works retrieve
  refuse "gnutls-cli with a wrong key" none with_gnutls CAdmin --pskusername admin@example.org \
    --pskkey $other_key --priority "$gnutls_suite"
  refused "wrong key"

  session=$work/session
  shows "openssl s_client" PSK
  accept "a session is kept" with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $good_key -sess_out "$session"
  accept "and resumed" with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $good_key -sess_in "$session"
  grep -q '^Reused' "$work/answer"
  report $? "which really was a resumption"
  works resumption
  command state "$psk" suspended
  refuse "a suspended key" none with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $good_key
  refused suspended
  refuse "a suspended key, resumed" none with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $good_key -sess_in "$session"
  refused "ticket of a suspended key"
  command state "$psk" active
  refuse "a ticket from before the suspension" none with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $good_key -sess_in "$session"
  accept "a full handshake after it" with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $good_key -sess_out "$session"
  command rotate "$psk" $other_key
  refuse "a ticket from before the rotation" none with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $other_key -sess_in "$session"
  refused "ticket from before a rotation"
  refuse "the key from before it" none with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $good_key
  accept "the key after it" with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $other_key -sess_out "$session"
  command ends "$psk" 0
  refuse "an expired key" none with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $other_key
  refused expired
  refuse "an expired key, resumed" none with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $other_key -sess_in "$session"
  refused "ticket of an expired key"
  command ends "$psk" 3600
  accept "its validity was extended" with_openssl CAdmin $psk_suite \
    -psk_identity admin@example.org -psk $other_key
  command state "$psk" revoked
  refuse "a revoked key" none with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $other_key
  refused revoked

  shows "openssl s_client" "X.509 of an AE"
  accept "a session with a certificate is kept" with_openssl CAdmin -tls1_2 \
    -cert "$work/admin.pem" -key "$work/admin.key" -sess_out "$session"
  accept "and resumed" with_openssl CAdmin -tls1_2 -cert "$work/admin.pem" \
    -key "$work/admin.key" -sess_in "$session"
  grep -q '^Reused' "$work/answer"
  report $? "which really was a resumption"
  works resumption
  command state "$admin" revoked
  refuse "a revoked entry, resumed" none with_openssl CAdmin -tls1_2 -cert "$work/admin.pem" \
    -key "$work/admin.key" -sess_in "$session"
  refused "ticket of a revoked entry"
  refuse "a revoked entry" none with_curl CAdmin $(client admin)
  refused revoked
  accept_other="a certificate that nobody revoked"
  with_curl Calice $(client alice)
  answered 4103
  report $? "$accept_other"
}
command associations
stop
report $? "it stops when asked to"

# What is newer: TLS 1.3 for certificates.
rm -f "$work/vault" "$work/vault.key"
start http.tls-profile=modern
add_credentials
certificates modern
frameworks
# shellcheck disable=SC2046,SC2086 # options are words
{
  shows curl "X.509 of an AE"
  accept "modern: TLS 1.3" with_curl CAdmin --tlsv1.3 $(client admin)
  works "TLS 1.3"
  accept "modern: TLS 1.2" with_curl CAdmin --tls-max 1.2 $(client admin)
  shows "openssl s_client" "X.509 of an AE"
  accept "modern: a session of TLS 1.3 is kept" with_openssl CAdmin -tls1_3 \
    -cert "$work/admin.pem" -key "$work/admin.key" -sess_out "$session"
  accept "modern: and resumed" with_openssl CAdmin -tls1_3 -cert "$work/admin.pem" \
    -key "$work/admin.key" -sess_in "$session"
  grep -q '^Reused' "$work/answer"
  report $? "modern: which really was a resumption"
  works "resumption of TLS 1.3"
  with_openssl CAdmin -tls1_3 -cert "$work/admin.pem" -key "$work/admin.key" -sess_out "$session"
  command state "$admin" suspended
  refuse "modern: a suspended entry, resumed" none with_openssl CAdmin -tls1_3 \
    -cert "$work/admin.pem" -key "$work/admin.key" -sess_in "$session"
  refused "ticket of TLS 1.3 of a suspended entry"
  command state "$admin" active
  accept "modern: a full handshake after it" with_openssl CAdmin -tls1_3 -cert "$work/admin.pem" \
    -key "$work/admin.key"
  accept "modern: a key, with TLS 1.2" with_openssl CAdmin -tls1_2 \
    -cipher PSK-AES128-GCM-SHA256 -psk_identity admin@example.org -psk $good_key
  shows gnutls-cli PSK
  accept "modern: gnutls-cli with a key that offers 1.3" with_gnutls CAdmin \
    --pskusername admin@example.org --pskkey $good_key --priority 'NORMAL:-KX-ALL:+PSK'
  works "offering 1.3 beside"
}
stop
report $? "it stops when asked to"

# A listener that wants certificates takes no keys.
rm -f "$work/vault" "$work/vault.key"
start http.require-certificate=yes
add_credentials
# shellcheck disable=SC2046,SC2086 # options are words
{
  accept "required: a certificate" with_curl CAdmin $(client admin)
  refuse "required: a key" none with_openssl CAdmin $psk_suite -psk_identity admin@example.org \
    -psk $good_key
}
stop
report $? "it stops when asked to"
table_agrees >"$work/answer" 2>"$work/peer"
report $? "docs/interoperability.md says this"
echo "1..$cases"
