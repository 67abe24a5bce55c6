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

# make_key SUBJECT OPTION...: a key of the vault, as octets in $work/SUBJECT.key
make_key ()
{
  subject=$1
  shift
  "$ghctl" credential generate "$subject" --session "$@" -O "$work/text" >/dev/null || return 1
  digits=$(cut -d ' ' -f 2 <"$work/text" | tr -d '\n')
  rm -f "$work/text"
  # shellcheck disable=SC2059 # the format is made of digits only
  printf "$(echo "$digits" | sed 's/../\\x&/g' | sed 's/\\x/\n/g' | while read -r two; do
    [ -z "$two" ] || printf '\\%03o' "0x$two"; done)" >"$work/$subject.key"
}

# answered SUBJECT CODE RSC TEXT PEER-OPTION...
answered ()
{
  subject=$1 code=$2 rsc=$3 text=$4
  shift 4
  "$peer" -v 3 -u "$subject" -k "$work/$subject.key" "$@" >"$work/answer" 2>&1 || :
  grep -q "^code $code\$" "$work/answer" && grep -q "^rsc $rsc\$" "$work/answer" &&
    grep -qF -- "$text" "$work/answer" && return
  echo "expected $code, $rsc and $text"
  cut -c1-300 "$work/answer"
  return 1
}

no_answer ()
{
  subject=$1
  shift
  "$peer" -B 4 -v 3 -u "$subject" -k "$work/$subject.key" "$@" >"$work/answer" 2>&1 || :
  ! grep -q '^code' "$work/answer"
}

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
check "the listener is one of coaps" says coaps:// echo "$url"
check "a key for the administrator" make_key 101@example.org -i CAdmin --administrator
check "a key for a pump" make_key 102@example.org --stem C

for library in gnutls openssl; do
  peer=$GH_TOP_BUILDDIR/tests/peers/coap-om2m-$library
  if [ ! -x "$peer" ]; then
    skip "$library" "the peer was not built"
    continue
  fi
  check "$library: the administrator retrieves" answered 101@example.org 2.05 2000 '"rn":"gatehouse"' \
    -f CAdmin "$base"
  check "$library: a pump registers" answered 102@example.org 2.01 2001 "\"rn\":\"$library\"" -m post \
    -f C -t 2 -F 50 -e "{\"m2m:ae\":{\"api\":\"Npump\",\"rr\":false,\"rn\":\"$library\",\"srv\":[\"3\"]}}" "$base"
  id=$(sed -n 's/.*"aei":"\([^"]*\)".*/\1/p' "$work/answer")
  check "$library: it is that AE from now on" answered 102@example.org 2.05 2000 "\"aei\":\"$id\"" \
    -f "$id" "$base/$library"
  check "$library: it publishes" answered 102@example.org 2.01 2001 '"rn":"c"' -m post -f "$id" -t 3 \
    -F 50 -e '{"m2m:cnt":{"rn":"c"}}' "$base/$library"
  check "$library: a borrowed originator" answered 102@example.org 4.03 4106 '' -f CAdmin "$base"
  check "$library: one that nobody has" answered 102@example.org 4.03 4106 '' -f Cother "$base"
  cp "$work/102@example.org.key" "$work/101@example.com.key"
  cp "$work/101@example.org.key" "$work/kept"
  cp "$work/102@example.org.key" "$work/101@example.org.key"
  check "$library: the key of somebody else" no_answer 101@example.org -f CAdmin "$base"
  cp "$work/kept" "$work/101@example.org.key"
  check "$library: an identity that nobody has" no_answer 101@example.com -f CAdmin "$base"
done
check "the administrator's key is revoked" \
  "$ghctl" credential revoke 12-101@example.org --session
check "and proves nothing any more" no_answer 101@example.org -f CAdmin "$base"
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
plan
