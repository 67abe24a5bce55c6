#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# libcoap's clients with certificates and raw public keys against a gatehoused without --dev: what is
# admitted, what is not, and what ends it; observing. Each case asserts RSC and payload. With over=tls
# the same over TLS (test-coap-tls-peers.sh). Prints TAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for tool in openssl certtool gnutls-cli coap-client-gnutls; do
  command -v $tool >/dev/null && continue
  if [ -n "${CI:-}" ]; then echo "Bail out! $tool is missing"; exit 1; fi
  echo "1..0 # SKIP $tool is missing"
  exit 77
done
if [ "${1:-}" != inside ]; then
  exec dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
fi
. "$GH_TOP_SRCDIR/tests/interop/rows.sh"
. "$GH_TOP_SRCDIR/tests/interop/peers.sh"
umask 077

# authority NAME: one that the daemon has not made
authority ()
{
  certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile "$1.key"
  printf '%s\n' "cn = \"$1\"" ca cert_signing_key crl_signing_key 'expiration_days = 30' >"$1.tmpl"
  certtool --generate-self-signed --hash SHA256 --load-privkey "$1.key" --template "$1.tmpl" \
    --outfile "$1.pem"
}

# certificate NAME AUTHORITY AE-ID [LINE]: with its key in one file
certificate ()
{
  certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile leaf.key
  printf '%s\n' "cn = \"$1\"" signing_key tls_www_client "uri = \"//localhost/gatehouse/$3\"" \
    'activation_date = "2024-01-01 00:00:00"' "${4:-expiration_days = 30}" >leaf.tmpl
  certtool --generate-certificate --hash SHA256 --load-privkey leaf.key --template leaf.tmpl \
    --load-ca-certificate "$2.pem" --load-ca-privkey "$2.key" --outfile "$1.crt"
  cat "$1.crt" leaf.key >"$1.pem"
}

make_foreign ()
(
  cd "$work"
  authority factory
  authority strangers
  certificate pump factory Cpump
  certificate old factory Cold 'expiration_date = "2024-02-01 00:00:00"'
  certificate lost factory Clost
  certificate strange strangers Cpump
  printf '%s\n' 'crl_next_update = 20' 'crl_number = 1' >crl.tmpl
  certtool --generate-crl --hash SHA256 --template crl.tmpl --load-ca-certificate factory.pem \
    --load-ca-privkey factory.key --load-certificate lost.crt --outfile crl.pem
  for name in raw unknown; do
    openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
    openssl ec -in "$name.key" -pubout -out "$name.pub"
  done
  openssl pkcs8 -topk8 -nocrypt -in raw.key -out raw.p8
  openssl pkcs8 -topk8 -nocrypt -in unknown.key -out unknown.p8
)

make_credentials ()
{
  "$ghctl" ca certificates -O "$work/ca.pem" --session &&
    "$ghctl" credential add --kind anchor --purpose ae --admits-any --file "$work/factory.pem" \
      --session &&
    "$ghctl" credential add --kind rpk --file "$work/raw.pub" -i Craw --stem C --session >"$work/raw.id"
}

ae ()
{
  echo "{\"m2m:ae\":{\"api\":\"Npump\",\"rr\":false,\"rn\":\"$1\",\"srv\":[\"3\"]}}"
}

# life FROM NAME: what a peer that is admitted does
life ()
{
  check "$say: registers" answered 2.01 2001 "\"aei\":\"$1\"" -m post -f "$1" -t 2 -F 50 -e "$(ae "$2")" "$base"
  works register
  check "$say: creates" answered 2.01 2001 '"rn":"c"' -m post -f "$1" -t 3 -F 50 -e '{"m2m:cnt":{"rn":"c"}}' \
    "$base/$2"
  works create
  check "$say: retrieves" answered 2.05 2000 '"rn":"c"' -f "$1" "$base/$2/c"
  works retrieve
  check "$say: updates" answered 2.04 2004 '"mni":3' -m put -f "$1" -F 50 -e '{"m2m:cnt":{"mni":3}}' "$base/$2/c"
  works update
  check "$say: sends $octets octets" answered 2.01 2001 "\"cs\":$octets" -m post -f "$1" -t 4 -F 50 \
    -e "{\"m2m:cin\":{\"con\":\"$large\"}}" "$base/$2/c"
  check "$say: and gets them" answered 2.05 2000 "\"con\":\"$large\"" -f "$1" "$base/$2/c/la"
  works "$large_body"
  check "$say: another AE-ID" answered 4.03 4106 '' -f CAdmin "$base"
  check "$say: one that nobody has" answered 4.03 4106 '' -f Cnobody "$base"
  refused "AE-ID of another (4106)"
  check "$say: what it may not read" answered 4.03 4103 '' -f "$1" "$base"
  refused "no right (4103)"
  check "$say: deletes" answered 2.02 2002 '' -m delete -f "$1" "$base/$2"
  works delete
}

# turned_away REASON COMMAND...: the command shows no answer, and the log says why
turned_away ()
{
  reason=$1
  shift
  before=$(grep -c 'a certificate is refused' "$work/gatehoused.log") || :
  "$@" || return 1
  grep 'a certificate is refused' "$work/gatehoused.log" | tail -n "+$((before + 1))" >"$work/refusals"
  grep -qF "$reason" "$work/refusals" && return
  echo "not refused because of \"$reason\":"
  cat "$work/refusals"
  return 1
}

# with_certificates LIBRARY
with_certificates ()
{
  shown_credential="X.509 of an AE"
  say="$1, certificate"
  "$ghctl" ca issue ae "//localhost/gatehouse/Cvalve-$1" --output "$work/$1.pem" --session >"$work/id"
  proof_of_certificate "$1"
  life "Cvalve-$1" "valve-$1"
  proof_of_certificate "$1" strangers
  check "$say: it finds out a server of another anchor" unheard -f "Cvalve-$1" "$base"
  refused "server of another anchor"
  proof_of_certificate "$1"
  check "$say: suspended" "$ghctl" credential suspend "$(cat "$work/id")" --session
  check "$say: proves nothing then" turned_away ": suspended" unheard -f "Cvalve-$1" "$base"
  refused suspended
  check "$say: resumed" "$ghctl" credential resume "$(cat "$work/id")" --session
  check "$say: proves its holder again" answered 4.03 4103 '' -f "Cvalve-$1" "$base"
  works "resumed credential"
  check "$say: revoked" "$ghctl" ca revoke "$(cat "$work/id")" --session
  check "$say: for ever" turned_away ": revoked" unheard -f "Cvalve-$1" "$base"
  refused "revoked by ghctl"
  proof_of_certificate pump
  check "$say: of an anchor that was added" answered 4.03 4103 '' -f Cpump "$base"
  works "certificate of an anchor that was added"
  proof_of_certificate strange
  check "$say: the same name of another anchor" turned_away "no anchor has signed" unheard -f Cpump "$base"
  refused "unknown anchor"
  proof_of_certificate old
  check "$say: expired" turned_away "has expired" unheard -f Cold "$base"
  refused expired
  proof_of_certificate lost
  check "$say: on the revocation list" turned_away "(revocation list)" unheard -f Clost "$base"
  refused "on a revocation list"
}

with_raw_keys ()
{
  shown_credential="raw public key"
  say="$1, raw key"
  proof_of_raw_key raw
  life Craw raw
  proof_of_raw_key unknown
  check "$say: one that nobody knows" turned_away "not in the vault" unheard -f Craw "$base"
  refused "unknown key"
  proof_of_raw_key raw
  check "$say: suspended" "$ghctl" credential suspend "$(cat "$work/raw.id")" --session
  check "$say: proves nothing then" turned_away ": suspended" unheard -f Craw "$base"
  refused suspended
  check "$say: resumed" "$ghctl" credential resume "$(cat "$work/raw.id")" --session
  check "$say: proves its holder again" answered 4.03 4103 '' -f Craw "$base"
  works "resumed credential"
}

# as_admin CODE RSC OPTION...: with the administrator's key
as_admin ()
{
  kept=$proof
  proof_of_key admin@localhost
  code=$1 rsc=$2
  shift 2
  status=0
  answered "$code" "$rsc" '' -f CAdmin "$@" || status=$?
  proof=$kept
  return "$status"
}

pv ()
{
  echo "\"pv\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63},{\"acor\":[\"Cpump\"],\"acop\":$1}]}"
}

policy ()
{
  as_admin 2.04 2004 -m put -F 50 -e "{\"m2m:acp\":{$(pv "$1")}}" "$base/watch"
}

publish ()
{
  as_admin 2.01 2001 -m post -t 4 -F 50 -e "{\"m2m:cin\":{\"con\":\"$1\"}}" "$base/seen"
}

# rule NAME CONTEXT: a container for Cweak, Cstrong and Cpump, if that holds
rule ()
{
  check "a policy with $2" as_admin 2.01 2001 -m post -t 1 -F 50 \
    -e "{\"m2m:acp\":{\"rn\":\"for-$1\",\"pv\":{\"acr\":[{\"acor\":[\"Cweak\",\"Cstrong\",\"Cpump\"],\"acop\":2,\"acco\":[$2]}]},\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}" \
    "$base"
  check "a container of it" as_admin 2.01 2001 -m post -t 3 -F 50 \
    -e "{\"m2m:cnt\":{\"rn\":\"$1\",\"acpi\":[\"gatehouse/for-$1\"]}}" "$base"
}

# text_key SUBJECT AE-ID OCTETS: a key that is not made by the vault
text_key ()
{
  printf %s "$3" >"$work/$1.key"
  od -An -v -tx1 "$work/$1.key" | tr -d ' \n' | "$ghctl" credential add "$1" -i "$2" --session
}

# A key of 128 bits, one of 256, and a certificate of P-256.
strengths ()
{
  check "a key of 128 bits" text_key weak@localhost Cweak 0123456789abcdef
  check "a key of 256 bits" text_key strong@localhost Cstrong 0123456789abcdefghijklmnopqrstuv
  rule bits '{"ghst":192}'
  rule certified '{"ghfw":["x509"],"ghst":128}'
  proof_of_key strong@localhost
  check "256 bits where 192 are asked for" answered 2.05 2000 '"rn":"bits"' -f Cstrong "$base/bits"
  check "a key where a certificate is asked for" answered 4.03 4103 '' -f Cstrong "$base/certified"
  proof_of_key weak@localhost
  check "128 bits where 192 are asked for" answered 4.03 4103 '' -f Cweak "$base/bits"
  proof_of_certificate pump
  check "a certificate of 128 bits there" answered 4.03 4103 '' -f Cpump "$base/bits"
  check "and where that is enough" answered 2.05 2000 '"rn":"certified"' -f Cpump "$base/certified"
}

observing ()
{
  shown_credential="X.509 of an AE"
  say="$1, observing"
  proof_of_certificate pump
  check "$say: a policy" as_admin 2.01 2001 -m post -t 1 -F 50 \
    -e "{\"m2m:acp\":{\"rn\":\"watch\",$(pv 2),\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}" "$base"
  check "$say: a container" as_admin 2.01 2001 -m post -t 3 -F 50 \
    -e '{"m2m:cnt":{"rn":"seen","acpi":["gatehouse/watch"]}}' "$base"
  check "$say: its first instance" publish first
  observe -f Cpump "$base/seen/la"
  check "$say: the newest instance is told" hears '"con":"first"'
  check "$say: another one" publish second
  check "$say: is told when it comes" hears '"con":"second"'
  works "observe la"
  check "$say: the right goes" policy 1
  check "$say: and the observation with it" hears 'code 4.03'
  works "end of an observation with the right (4.03)"
  forget
  check "$say: the right comes back" policy 2
  observe -f Cpump "$base/seen"
  check "$say: a resource is told" hears '"cni":2'
  check "$say: everything is read again" "$ghctl" reload --session
  check "$say: and a plugin configured" says restart gdbus call --session \
    -d org.gatehouse.Gatehouse1 -o /org/gatehouse/Gatehouse1/plugin/coap \
    -m org.gatehouse.Gatehouse1.Plugin.Configure "{'handshake-timeout': '29'}" '{}'
  check "$say: something changes" publish third
  check "$say: and is told" hears '"cni":3'
  works "observe a resource over a reload"
  check "$say: it is deleted" as_admin 2.02 2002 -m delete "$base/seen"
  check "$say: and the observation ends" hears 'code 4.04'
  works "end of an observation with the resource (4.04)"
  forget
  check "$say: no policy any more" as_admin 2.02 2002 -m delete "$base/watch"
}

# with_client LIBRARY: coap-client knows no option of oneM2M, and sees the list of links
with_client ()
{
  client=coap-client-$1
  if ! command -v "$client" >/dev/null; then
    skip "$client" "it is missing"
    absent "$client"
    return
  fi
  shown_peer="$client"
  shown_credential="PSK"
  set -- -w -s 40 -u admin@localhost -k "$admin_text" "$url/.well-known/core"
  mkfifo "$work/observed"
  "$client" "$@" >"$work/observed" 2>"$work/client-log" 7>&- &
  observer=$!
  exec 7<"$work/observed"
  rm -f "$work/observed"
  check "$client: the list of links" hears '</gatehouse/host-node>'
  if [ -n "${over:-}" ]; then works /.well-known/core; else works "/.well-known/core in blocks"; fi
  check "$client: something new" as_admin 2.01 2001 -m post -t 3 -F 50 -e '{"m2m:cnt":{"rn":"fresh"}}' "$base"
  check "$client: is told" hears '</gatehouse/fresh>'
  works "observe /.well-known/core"
  check "$client: it goes" as_admin 2.02 2002 -m delete "$base/fresh"
  forget
  shown_credential="X.509 of an AE"
  check "$client: a certificate" says 'c:2.05' "$client" -v 6 -B 5 -c "$work/pump.pem" -j "$work/pump.pem" \
    -R "$work/ca.pem" "$url/.well-known/core"
  works "/.well-known/core of its holder"
  check "$client: an unknown anchor" turned_away "no anchor has signed" \
    silent "$client" -v 6 -B 5 -c "$work/strange.pem" \
    -j "$work/strange.pem" -R "$work/ca.pem" "$url/.well-known/core"
  refused "unknown anchor"
  check "$client: expired" turned_away "has expired" \
    silent "$client" -v 6 -B 5 -c "$work/old.pem" -j "$work/old.pem" \
    -R "$work/ca.pem" "$url/.well-known/core"
  refused expired
  check "$client: on the revocation list" turned_away "(revocation list)" \
    silent "$client" -v 6 -B 5 -c "$work/lost.pem" -j "$work/lost.pem" \
    -R "$work/ca.pem" "$url/.well-known/core"
  refused "on a revocation list"
  # OpenSSL has no raw keys before 3.2, nor has libcoap with it
  [ "$client" = coap-client-gnutls ] || return 0
  shown_credential="raw public key"
  check "$client: a raw key" says 'c:2.05' "$client" -v 6 -B 5 -M "$work/raw.key" -n "$url/.well-known/core"
  works "/.well-known/core of its holder"
  check "$client: a raw key that nobody knows" turned_away "not in the vault" \
    silent "$client" -v 6 -B 5 -M "$work/unknown.key" -n "$url/.well-known/core"
  refused "unknown key"
}

silent ()
{
  "$@" >"$work/answer" 2>&1 || :
  ! grep -F 'c:2.05' "$work/answer"
}

# raw_client NAME: gnutls-cli, with raw keys on both sides; what it says of the association
raw_client ()
{
  mkfifo "$work/line"
  # shellcheck disable=SC2086 # no word when it is empty
  gnutls-cli $datagrams -p "${url##*:}" 127.0.0.1 --rawpkkeyfile "$work/$1.p8" --rawpkfile "$work/$1.pub" \
    --insecure --priority "NONE:+VERS-$version$raw_priority" <"$work/line" >"$work/said-raw" 2>&1 &
  client=$!
  exec 6>"$work/line"
  rm -f "$work/line"
  turns=0
  until grep -q -e 'Simple Client Mode' -e 'Fatal error' "$work/said-raw" || [ "$turns" -ge 100 ]; do
    turns=$((turns + 1))
    sleep 0.1
  done
  exec 6>&-
  wait "$client" || :
  cat "$work/said-raw"
}

raw_priority=:+COMP-NULL:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256
raw_priority=$raw_priority:+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD:+CTYPE-RAWPK

with_gnutls_cli ()
{
  shown_peer="gnutls-cli${datagrams:+ $datagrams}"
  shown_credential="raw public key"
  check "gnutls-cli: raw keys on both sides" says "($version-Raw Public Key)" raw_client raw
  works handshake
  check "gnutls-cli: a raw key that nobody knows" says "Fatal error" raw_client unknown
  refused "unknown key"
  check "gnutls-cli: the raw key is revoked" "$ghctl" credential revoke "$(cat "$work/raw.id")" --session
  check "gnutls-cli: and proves nothing any more" turned_away ": revoked" \
    says "Fatal error" raw_client raw
  refused revoked
}

# Over TLS all of it goes in one message, of which libcoap with GnuTLS sends one record only.
octets=20000 large_body="blocks both ways"
[ "${over:-}" != tls ] || { octets=12000 large_body="12,000 octets both ways"; }
large=$(head -c "$octets" /dev/zero | tr '\0' 0)
development=
if ! make_foreign >"$work/make.log" 2>&1; then
  echo "Bail out! no certificates"
  sed 's/^/# /' "$work/make.log"
  exit 1
fi
case ${over:-} in
  tls) key=listen-secure-tcp shown_transport="CoAP over TLS" datagrams='' version=TLS1.2 ;;
  *) key=listen-secure shown_transport="CoAP over DTLS" datagrams=--udp version=DTLS1.2 ;;
esac
start_daemon --session --set 'plugins.load=coap;psk;cert;sqlite' --set "coap.$key=127.0.0.1:0" \
  --set "cert.crl-files=$work/crl.pem" --set log.level=info
base=$url/gatehouse
peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls
check "anchors and keys" make_credentials
check "a key for the administrator" make_key admin@localhost -i CAdmin --administrator
# libcoap's own client takes the octets as text, so this one is made of letters
admin_text=0123456789abcdefghijklmnopqrstuv

for library in gnutls openssl; do
  peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-$library
  shown_peer="libcoap ($library)"
  if [ ! -x "$peer" ]; then
    skip "$library" "the peer was not built"
    absent "libcoap ($library)"
    continue
  fi
  with_certificates "$library"
  observing "$library"
done
peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls
shown_peer="libcoap (gnutls)"
with_raw_keys gnutls
strengths
# shellcheck disable=SC2016 # for the other shell
check "the administrator's key becomes letters" sh -c \
  'printf %s "$2" | od -An -v -tx1 | tr -d " \n" | "$1" credential rotate 12-admin@localhost --session' \
  sh "$ghctl" "$admin_text"
printf %s "$admin_text" >"$work/admin@localhost.key"
for library in gnutls openssl; do
  with_client "$library"
done
with_gnutls_cli
check "the daemon ends well" stop_daemon
check "docs/interoperability.md says this" table_agrees
plan
