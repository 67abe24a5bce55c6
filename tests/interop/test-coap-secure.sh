#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gatehoused without --dev over coaps, with libcoap's client on both of its TLS libraries and keys
# that were made with ghctl: registration, a borrowed originator, a wrong key, revocation. Each case
# asserts RSC and payload. With over=tls the same over TLS, and what s_client of OpenSSL can negotiate
# (test-coap-tls.sh). Prints TAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
if [ "${1:-}" != inside ]; then
  exec dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
fi
. "$GH_TOP_SRCDIR/tests/interop/rows.sh"
. "$GH_TOP_SRCDIR/tests/interop/peers.sh"

# Only a build for tests has a key log, and none listens to the variable of GnuTLS.
has_key_log ()
{
  grep -q '^#define GH_TEST_KEY_LOG' "$GH_TOP_BUILDDIR/config.h"
}

knows_no_key_log ()
{
  for binary in "$GH_TOP_BUILDDIR"/.libs/libgatehouse*.so "$GH_TOP_BUILDDIR"/plugins/uninstalled/*.so; do
    ! grep -q GH_TEST_KEY_LOG "$binary" || { echo "$binary has a key log"; return 1; }
  done
}

# s_client OPTION...: what openssl says of an association with the administrator's key
s_client ()
{
  timeout 20 openssl s_client -connect "127.0.0.1:${url##*:}" -psk_identity 101@example.org \
    -psk "$(od -An -v -tx1 "$work/101@example.org.key" | tr -d ' \n')" -ign_eof "$@" \
    <"$work/csm" >"$work/s_client" 2>&1 || :
  cat -v "$work/s_client"
}

# Code 7.01, behind a length of five octets and no token.
hears_csm ()
{
  od -An -v -tx1 "$work/s_client" | tr -d '\n' | grep -q ' 50 e1 23 01 00 00 20'
}

# offers WHAT TEXT OPTION...: s_client shows the text
offers ()
{
  offered=$1 text=$2
  shift 2
  check "s_client: $offered" says "$text" s_client "$@"
}

with_s_client ()
{
  if ! command -v openssl >/dev/null; then
    skip "s_client" "openssl is missing"
    absent "openssl s_client"
    return
  fi
  shown_peer="openssl s_client"
  # a CSM and a Release: it is the daemon that ends the connection
  printf '\000\341\000\344' >"$work/csm"
  offers "the protocol is coap" "ALPN protocol: coap" -tls1_2 -cipher PSK-AES128-CCM8 -alpn coap
  works "ALPN coap"
  offers "no protocol is needed" "No ALPN negotiated" -tls1_2 -cipher PSK-AES128-CCM8
  check "s_client: and the CSM of the daemon comes" hears_csm
  works "no ALPN"
  offers "the mandatory suite" "Cipher is PSK-AES128-CCM8" -tls1_2 -cipher 'PSK:!SHA1'
  works "PSK-AES128-CCM8"
  offers "another protocol" "alert no application protocol" -tls1_2 -cipher PSK-AES128-CCM8 -alpn h2
  refused "other ALPN"
  offers "an older version" "Cipher is (NONE)" -tls1_1 -cipher 'ALL:@SECLEVEL=0'
  refused "TLS 1.1"
  offers "no authentication" "Cipher is (NONE)" -tls1_2 -cipher 'aNULL:@SECLEVEL=0'
  refused "no authentication"
}

# What libcoap's server cannot but refuse has reached it all the same.
with_server ()
{
  if ! command -v coap-server-gnutls >/dev/null || ! command -v python3 >/dev/null; then
    skip "coap-server" "it, or python3, is missing"
    return
  fi
  # TLS is on the port behind that of TCP; both are none that the kernel gives to others meanwhile
  port=$(python3 -c 'import random, socket
while True:
    port = random.randrange(10000, 32000, 2)
    try:
        for one in port, port + 1:
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                with socket.socket(socket.AF_INET, kind) as there:
                    there.bind(("127.0.0.1", one))
        break
    except OSError:
        continue
print(port)')
  tls=$((port + 1))
  text=0123456789abcdefghijklmnopqrstuv
  # shellcheck disable=SC2016 # for the other shell
  check "a key for a target" sh -c \
    'printf %s "$2" | od -An -v -tx1 | tr -d " \n" | "$1" credential add 201@example.org --target "$3" --session' \
    sh "$ghctl" "$text" "127.0.0.1:$tls"
  serve -p "$port" -k "$text"
  check "coap-server: listens" hears "created TLS  endpoint 127.0.0.1:$tls"
  proof_of_key 101@example.org
  check "coap-server: is subscribed" answered 2.01 2001 "127.0.0.1:$tls" -m post -f CAdmin -t 23 -F 50 \
    -e "$(subscription "coaps+tcp://127.0.0.1:$tls/heard")" "$base"
  check "coap-server: something to hear of" answered 2.01 2001 '"rn":"new"' -m post -f CAdmin -t 3 -F 50 \
    -e '{"m2m:cnt":{"rn":"new"}}' "$base"
  check "coap-server: our CSM" hears "c:CSM i:0000 {} [ Max-Message-Size:65536, Block-Wise-Transfer: ]"
  check "coap-server: and our notification" hears "[ Uri-Path:heard, Content-Format:10003"
  shown_peer=coap-server-gnutls
  works "receives notifications of ours"
  forget
}

refuses_plain ()
{
  timeout 20 "$gatehoused" --no-bus --set "store.path=$work/other/gatehouse.db" --set 'plugins.load=coap;sqlite' \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" --set coap.listen-secure= \
    --set coap.listen-tcp=127.0.0.1:0 >"$work/plain" 2>&1 && return 1
  grep -q 'listen-tcp.*plain CoAP, which is for --dev only' "$work/plain" || { cat "$work/plain"; return 1; }
}

development=
export SSLKEYLOGFILE="$work/foreign-log" GH_TEST_KEY_LOG="$work/key-log"
case ${over:-} in
  tls) key=listen-secure-tcp scheme=coaps+tcp shown_transport="CoAP over TLS" ;;
  *) key=listen-secure scheme=coaps shown_transport="CoAP over DTLS" ;;
esac
start_daemon --session --set 'plugins.load=coap;psk;sqlite' --set "coap.$key=127.0.0.1:0"
unset SSLKEYLOGFILE GH_TEST_KEY_LOG
base=$url/gatehouse
shown_credential=PSK
check "the listener is one of $scheme" says "$scheme://" echo "$url"
check "a key for the administrator" make_key 101@example.org -i CAdmin --administrator
check "a key for a pump" make_key 102@example.org --stem C

for library in gnutls openssl; do
  peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-$library
  if [ ! -x "$peer" ]; then
    skip "$library" "the peer was not built"
    absent "libcoap ($library)"
    continue
  fi
  shown_peer="libcoap ($library)"
  proof_of_key 101@example.org
  check "$library: the administrator retrieves" answered 2.05 2000 '"rn":"gatehouse"' -f CAdmin "$base"
  works "the administrator's retrieve"
  proof_of_key 102@example.org
  check "$library: a pump registers" answered 2.01 2001 "\"rn\":\"$library\"" -m post -f C -t 2 -F 50 \
    -e "{\"m2m:ae\":{\"api\":\"Npump\",\"rr\":false,\"rn\":\"$library\",\"srv\":[\"3\"]}}" "$base"
  works "register by a stem"
  id=$(sed -n 's/.*"aei":"\([^"]*\)".*/\1/p' "$work/answer")
  check "$library: it is that AE from now on" answered 2.05 2000 "\"aei\":\"$id\"" -f "$id" \
    "$base/$library"
  works retrieve
  check "$library: it publishes" answered 2.01 2001 '"rn":"c"' -m post -f "$id" -t 3 -F 50 \
    -e '{"m2m:cnt":{"rn":"c"}}' "$base/$library"
  works create
  check "$library: a borrowed originator" answered 4.03 4106 '' -f CAdmin "$base"
  check "$library: one that nobody has" answered 4.03 4106 '' -f Cother "$base"
  refused "AE-ID of another (4106)"
  cp "$work/102@example.org.key" "$work/101@example.com.key"
  cp "$work/101@example.org.key" "$work/kept"
  cp "$work/102@example.org.key" "$work/101@example.org.key"
  proof_of_key 101@example.org
  check "$library: the key of somebody else" unheard -f CAdmin "$base"
  refused "wrong key"
  cp "$work/kept" "$work/101@example.org.key"
  proof_of_key 101@example.com
  check "$library: an identity that nobody has" unheard -f CAdmin "$base"
  refused "unknown identity"
  proof_of_key 102@example.org
  check "$library: the pump is suspended" "$ghctl" credential suspend 12-102@example.org --session
  check "$library: and proves nothing then" unheard -f "$id" "$base"
  refused suspended
  check "$library: until it is resumed" "$ghctl" credential resume 12-102@example.org --session
  check "$library: and is that AE again" answered 2.05 2000 "\"aei\":\"$id\"" -f "$id" "$base/$library"
  works "resumed credential"
done
if [ "${over:-}" = tls ]; then
  with_s_client
  with_server
fi
peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls
shown_peer="libcoap (gnutls)"
proof_of_key 101@example.org
check "the administrator's key is revoked" \
  "$ghctl" credential revoke 12-101@example.org --session
check "and proves nothing any more" unheard -f CAdmin "$base"
refused revoked
check "the daemon ends well" stop_daemon
[ "${over:-}" != tls ] || check "no plain listener without --dev" refuses_plain
check "GnuTLS logged no key" test ! -e "$work/foreign-log"
if has_key_log; then
  check "the build for tests says so" says "BUILT FOR TESTS" cat "$work/gatehoused.log"
  check "it logged keys" grep -q '^CLIENT_RANDOM [0-9a-f]\{64\} [0-9a-f]\{96\}$' "$work/key-log"
  check "for its owner only" says 600 stat -c %a "$work/key-log"
else
  check "the build has no key log" knows_no_key_log
  check "and wrote none" test ! -e "$work/key-log"
fi
check "docs/interoperability.md says this" table_agrees
plan
