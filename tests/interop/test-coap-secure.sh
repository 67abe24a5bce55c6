#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gatehoused without --dev over coaps, with libcoap's client on both of its TLS libraries and keys
# that were made with ghctl: registration, a borrowed originator, a wrong key, revocation. Each case
# asserts RSC and payload. Prints TAP.
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

development=
export SSLKEYLOGFILE="$work/foreign-log" GH_TEST_KEY_LOG="$work/key-log"
start_daemon --session --set 'plugins.load=coap;psk;sqlite' --set coap.listen-secure=127.0.0.1:0
unset SSLKEYLOGFILE GH_TEST_KEY_LOG
base=$url/gatehouse
shown_transport="CoAP over DTLS" shown_credential=PSK
check "the listener is one of coaps" says coaps:// echo "$url"
check "a key for the administrator" make_key 101@example.org -i CAdmin --administrator
check "a key for a pump" make_key 102@example.org --stem C

for library in gnutls openssl; do
  peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-$library
  if [ ! -x "$peer" ]; then
    skip "$library" "the peer was not built"
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
peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls
shown_peer="libcoap (gnutls)"
proof_of_key 101@example.org
check "the administrator's key is revoked" \
  "$ghctl" credential revoke 12-101@example.org --session
check "and proves nothing any more" unheard -f CAdmin "$base"
refused revoked
check "the daemon ends well" stop_daemon
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
