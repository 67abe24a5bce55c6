#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every operation over CoAP with libcoap's client, built with both of its TLS libraries, and both
# sets of option numbers, against gatehoused. Each case asserts RSC and payload: libcoap drops what
# it does not understand without a word, so that its exit status says nothing. With over=tcp the same
# over TCP (test-coap-tcp.sh). Prints TAP.
set -u

# shellcheck source=tests/integration/tap.sh
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
# shellcheck source=tests/interop/rows.sh
. "$GH_TOP_SRCDIR/tests/interop/rows.sh"
# shellcheck source=tests/interop/peers.sh
. "$GH_TOP_SRCDIR/tests/interop/peers.sh"
peers=$GH_TOP_BUILDDIR/tests/peers

# answered CODE RSC TEXT PEER-OPTION...: RSC - : none; TEXT stands in a line of the answer
answered ()
{
  code=$1 rsc=$2 text=$3
  shift 3
  "$peer" "$@" >"$work/answer" 2>&1 || :
  grep -q "^code $code\$" "$work/answer" && grep -qF -- "$text" "$work/answer" &&
    if [ "$rsc" = - ]; then ! grep -q '^rsc' "$work/answer"
    else grep -q "^rsc $rsc\$" "$work/answer" && grep -q '^rqi r1$' "$work/answer"; fi && return
  echo "expected $code, $rsc and $text"
  cut -c1-300 "$work/answer"
  return 1
}

# walk NAME SET: the life of a container; SET is empty or --old
walk ()
{
  base=$url/gatehouse
  # shellcheck disable=SC2086 # no word when it is empty
  set -- "$1" $2
  rn=$1
  shift
  check "$rn: create" answered 2.01 2001 "\"rn\":\"$rn\"" "$@" -m post -f CAdmin -v 3 -t 3 -F 50 \
    -e "{\"m2m:cnt\":{\"rn\":\"$rn\",\"lbl\":[\"walk\"]}}" "$base"
  works create
  check "$rn: create names its address" grep -q '^location ~/gatehouse/cnt' "$work/answer"
  check "$rn: the release is answered" grep -q '^rvi 3$' "$work/answer"
  check "$rn: the name is taken" answered 4.03 4105 "$rn" "$@" -m post -f CAdmin -v 3 -t 3 -F 10001 \
    -e "{\"m2m:cnt\":{\"rn\":\"$rn\"}}" "$base"
  check "$rn: retrieve" answered 2.05 2000 '"lbl":["walk"]' "$@" -f CAdmin -v 3 "$base/$rn"
  works retrieve
  check "$rn: retrieve, SP-relative" answered 2.05 2000 "\"rn\":\"$rn\"" "$@" -f CAdmin -v 3 \
    "$url/~/gatehouse/gatehouse/$rn"
  check "$rn: retrieve, absolute" answered 2.05 2000 "\"rn\":\"$rn\"" "$@" -f CAdmin -v 3 \
    "$url/_/localhost/gatehouse/gatehouse/$rn"
  check "$rn: retrieve, not confirmable" answered 2.05 2000 "\"rn\":\"$rn\"" "$@" -N -f CAdmin -v 3 \
    "$base/$rn"
  [ -n "${over:-}" ] || works "not confirmable"
  check "$rn: the other media type" answered 2.05 2000 'format 10001' "$@" -A 10001 -f CAdmin -v 3 \
    "$base/$rn"
  check "$rn: discovery" answered 2.05 2000 "/$rn" "$@" -f CAdmin -v 3 "$base?fu=1&ty=3&lbl=walk"
  works discovery
  check "$rn: update" answered 2.04 2004 '"mni":5' "$@" -m put -f CAdmin -v 3 -F 50 \
    -e '{"m2m:cnt":{"mni":5}}' "$base/$rn"
  works update
  check "$rn: an instance of 20,000 octets goes up in blocks" answered 2.01 2001 '"cs":20000' "$@" \
    -m post -f CAdmin -v 3 -t 4 -F 50 -e "{\"m2m:cin\":{\"con\":\"$large\"}}" "$base/$rn"
  check "$rn: and comes down in blocks" answered 2.05 2000 "\"con\":\"$large\"" "$@" -f CAdmin -v 3 \
    "$base/$rn/la"
  check "$rn: in small ones" answered 2.05 2000 "\"con\":\"$large\"" "$@" -b 2 -f CAdmin -v 3 \
    "$base/$rn/la"
  works "blocks both ways"
  check "$rn: another originator" answered 4.03 4103 '' "$@" -f CNobody -v 3 "$base/$rn"
  refused "no right (4103)"
  check "$rn: what is not there" answered 4.04 4004 '' "$@" -f CAdmin -v 3 "$base/$rn/none"
  refused "nothing there (4004)"
  check "$rn: XML is not read" answered 4.15 4015 Content-Format "$@" -m post -f CAdmin -v 3 -t 3 \
    -F 41 -e '<a/>' "$base"
  refused "format (4.15)"
  check "$rn: CBOR is not written" answered 4.06 5207 Accept "$@" -A 60 -f CAdmin -v 3 "$base/$rn"
  refused "accept (4.06)"
  check "$rn: a method of no operation" answered 4.05 4005 method "$@" -m fetch -f CAdmin -v 3 \
    "$base/$rn"
  refused "method (4.05)"
  check "$rn: an unknown critical option" answered 4.02 4000 critical "$@" -O 2049=x -f CAdmin -v 3 \
    "$base/$rn"
  refused "critical option (4.02)"
  check "$rn: an attribute that is wrong" answered 4.00 4000 mni "$@" -m put -f CAdmin -v 3 -F 50 \
    -e '{"m2m:cnt":{"mni":"x"}}' "$base/$rn"
  refused "attribute (4000)"
  check "$rn: delete" answered 2.02 2002 '' "$@" -m delete -f CAdmin -v 3 "$base/$rn"
  works delete
  check "$rn: is gone" answered 4.04 4004 '' "$@" -f CAdmin -v 3 "$base/$rn"
}

large=$(head -c 15000 /dev/zero | od -An -v -tx1 | tr -d ' \n' | head -c 20000)
case ${over:-} in
  tcp) listen="--set coap.listen= --set coap.listen-tcp=127.0.0.1:0" scheme=coap+tcp shown_transport="CoAP over TCP" ;;
  *) listen="--set coap.listen=127.0.0.1:0" scheme=coap shown_transport=CoAP ;;
esac
# shellcheck disable=SC2086 # words
start_daemon --no-bus --set 'plugins.load=coap;sqlite' $listen
check "the listener is one of $scheme" says "$scheme://" echo "$url"

for library in gnutls openssl; do
  peer=$peers/coap-om2m-$library
  if [ ! -x "$peer" ]; then
    if [ -n "${CI:-}" ]; then echo "Bail out! $peer is missing"; exit 1; fi
    skip "$library" "the peer was not built"
    absent "libcoap ($library)"
    continue
  fi
  shown_peer="libcoap ($library)"
  shown_credential="none (--dev)"
  walk "$library" ''
  shown_credential="none (--dev), first option numbers"
  walk "$library-old" --old
done

# What libcoap's server cannot but refuse has reached it all the same.
with_server ()
{
  if ! command -v coap-server-gnutls >/dev/null; then
    skip "coap-server" "it is missing"
    return
  fi
  serve -p 0
  check "coap-server: listens" hears "created TCP  endpoint"
  port=${line##*:}
  check "coap-server: is subscribed" answered 2.01 2001 "127.0.0.1:$port" -m post -f CAdmin -v 3 -t 23 -F 50 \
    -e "$(subscription "coap+tcp://127.0.0.1:$port/heard")" "$url/gatehouse"
  check "coap-server: something to hear of" answered 2.01 2001 '"rn":"new"' -m post -f CAdmin -v 3 -t 3 -F 50 \
    -e '{"m2m:cnt":{"rn":"new"}}' "$url/gatehouse"
  check "coap-server: our CSM" hears "c:CSM i:0000 {} [ Max-Message-Size:65536, Block-Wise-Transfer: ]"
  check "coap-server: and our notification" hears "[ Uri-Path:heard, Content-Format:10003"
  shown_peer=coap-server-gnutls shown_credential="none (--dev)"
  works "receives notifications of ours"
  forget
}

[ "${over:-}" != tcp ] || with_server
check "/.well-known/core has no option of oneM2M" answered 2.05 - 'format 40' -i '' \
  "$url/.well-known/core"
for client in coap-client-gnutls ${over:+coap-client-openssl coap-client-notls}; do
  if command -v "$client" >/dev/null; then
    check "/.well-known/core with $client" says '</gatehouse/' \
      "$client" -B 10 -O 279,CAdmin "$url/.well-known/core"
    shown_peer=$client shown_credential="none (--dev)"
    if [ -n "${over:-}" ]; then works /.well-known/core; else works "/.well-known/core in blocks"; fi
  else
    skip "$client" "it is missing"
    absent "$client"
  fi
done
check "the daemon ends well" stop_daemon
check "docs/interoperability.md says this" table_agrees
plan
