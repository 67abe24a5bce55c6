#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of an application over HTTP, with curl against gatehoused. Prints TAP.
set -u

if ! command -v curl >/dev/null; then
  if [ -n "${CI:-}" ]; then echo "Bail out! curl is missing"; exit 1; fi
  echo "1..0 # SKIP curl is missing"
  exit 77
fi
# shellcheck source=tests/integration/tap.sh
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

listener=$GH_TOP_BUILDDIR/tests/http/http-fake-server
listener_pid=
trap 'exec 9>&-; [ -z "$listener_pid" ] || kill "$listener_pid" 2>/dev/null; clean_up' EXIT

release='X-M2M-RVI: 3'

# What receives notifications: it writes each request to $work/heard.
start_listener ()
{
  : >"$work/heard"
  mkfifo "$work/in" "$work/lines"
  "$listener" --log "$work/heard" listen=127.0.0.1:0 <"$work/in" >"$work/lines" &
  listener_pid=$!
  exec 9>"$work/in"
  read -r target <"$work/lines"
}

# answered STATUS RSC TEXT ORIGINATOR CURL-OPTION...: TEXT stands in head or body
answered ()
{
  expected=$1 code=$2 text=$3 from=$4
  shift 4
  curl --silent --show-error --include --max-time 30 -H 'X-M2M-RI: r-1' \
    ${release:+-H "$release"} -H "X-M2M-Origin: $from" "$@" | tr -d '\r' >"$work/answer"
  grep -q "^HTTP/1.1 $expected" "$work/answer" && grep -q "^X-M2M-RSC: $code\$" "$work/answer" &&
    grep -q '^X-M2M-RI: r-1$' "$work/answer" && grep -qF -- "$text" "$work/answer" && return
  echo "expected $expected, $code and $text"
  cat "$work/answer"
  return 1
}

not_in_answer ()
{
  ! grep -- "$1" "$work/answer"
}

create ()
{
  type=$1
  shift
  answered "$@" -H "Content-Type: application/json;ty=$type"
}

# heard PATTERN: the listener gets a line that matches, soon
heard ()
{
  for _ in $(seq 100); do
    grep -q -- "$1" "$work/heard" && return
    sleep 0.1
  done
  echo "not heard: $1"
  cat "$work/heard"
  return 1
}

start_daemon --no-bus --set request.result-urls=
base=$url/gatehouse
start_listener
json='Content-Type: application/json'

check 'the CSE introduces itself' answered 200 2000 '"m2m:cb":' CAdmin "$base"

# Registration.
check 'an AE registers with an identifier of its choice' \
  create 2 201 2001 '"aei":"Csensor"' Csensor "$base" \
  -d '{"m2m:ae":{"rn":"sensor","api":"Norg.example.sensor","rr":true,"srv":["3"]}}'
check 'a second one cannot take it' create 2 403 4117 X-M2M-RSC Csensor "$base" \
  -d '{"m2m:ae":{"rn":"thief","api":"Norg.example.thief","rr":false,"srv":["3"]}}'
check 'an AE is given an identifier' create 2 201 2001 '"aei":"C' C "$base" \
  -d '{"m2m:ae":{"rn":"given","api":"Norg.example.given","rr":false,"srv":["3"]}}'
check 'an App-ID without its letter' create 2 400 4000 api Cother "$base" \
  -d '{"m2m:ae":{"rn":"other","api":"org.example","rr":false,"srv":["3"]}}'
check 'a CSE registers by its credential only' create 16 403 4107 credential /mn1 "$base" \
  -d '{"m2m:csr":{"rn":"mn1","csi":"/mn1","cb":"/mn1/base","rr":false,"srv":["3"]}}'
check 'so does one of another provider' create 16 403 4107 credential //elsewhere.example/mn1 \
  "$base" -d '{"m2m:csr":{"rn":"mn1","csi":"/mn1","cb":"/mn1/base","rr":false,"srv":["3"]}}'
check 'an administrator makes it for somebody' create 16 201 2001 '"csi":"/mn1"' CAdmin "$base" \
  -d '{"m2m:csr":{"rn":"mn1","csi":"/mn1","cb":"/mn1/base","rr":false,"srv":["3"]}}'

# Containers and instances.
check 'a container' create 3 201 2001 'Content-Location: /~/gatehouse/' Csensor "$base/sensor" \
  -d '{"m2m:cnt":{"rn":"readings","mni":3,"lbl":["kind:temperature"]}}'
check 'its name is taken' create 3 409 4105 '"m2m:dbg"' Csensor "$base/sensor" \
  -d '{"m2m:cnt":{"rn":"readings"}}'
check 'an attribute that it does not have' create 3 400 4000 'bogus' Csensor "$base/sensor" \
  -d '{"m2m:cnt":{"rn":"x","bogus":1}}'
check 'broken JSON' create 3 400 4000 '"m2m:dbg"' Csensor "$base/sensor" -d '{"m2m:cnt":{'
check 'there is no latest yet' answered 404 4004 X-M2M-RSC Csensor "$base/sensor/readings/la"
for n in 1 2 3 4; do
  check "instance $n" create 4 201 2001 "\"con\":\"2$n.5\"" Csensor "$base/sensor/readings" \
    -d "{\"m2m:cin\":{\"rn\":\"i$n\",\"con\":\"2$n.5\"}}"
done
check 'the latest' answered 200 2000 '"con":"24.5"' Csensor "$base/sensor/readings/la"
check 'the oldest that is left' answered 200 2000 '"con":"22.5"' Csensor "$base/sensor/readings/ol"
check 'three are kept' answered 200 2000 '"cni":3' Csensor "$base/sensor/readings"
check 'the first is gone' answered 404 4004 X-M2M-RSC Csensor "$base/sensor/readings/i1"
check 'an instance does not change' answered 405 4005 X-M2M-RSC Csensor -X PUT \
  "$base/sensor/readings/i4" -H "$json" -d '{"m2m:cin":{"con":"0"}}'
check 'an update' answered 200 2004 '"mni":5' Csensor -X PUT "$base/sensor/readings" -H "$json" \
  -d '{"m2m:cnt":{"mni":5}}'
check 'a read-only attribute' answered 400 4000 'cni' Csensor -X PUT "$base/sensor/readings" \
  -H "$json" -d '{"m2m:cnt":{"cni":5}}'
check 'children with their attributes' answered 200 2000 '"con":"24.5"' Csensor \
  "$base/sensor/readings?rcn=4"
check 'discovery by label and type' answered 200 2000 'gatehouse/sensor/readings' Csensor \
  "$base/sensor?fu=1&ty=3&lbl=kind:temperature"
check 'the same by SP-relative and absolute address' answered 200 2000 '"mni":5' Csensor \
  "$url/~/gatehouse/gatehouse/sensor/readings"
check 'a media type that is not read' answered 415 4015 X-M2M-RSC Csensor "$base/sensor" \
  -H 'Content-Type: application/xml;ty=3' -d '<a/>'

# Those who may not.
check 'a stranger does not read' answered 403 4103 X-M2M-RSC Cstranger "$base/sensor/readings/la"
check 'nor write' create 4 403 4103 X-M2M-RSC Cstranger "$base/sensor/readings" \
  -d '{"m2m:cin":{"con":"0"}}'
check 'nor does a pattern as originator' answered 400 4000 From '.*' "$base/sensor/readings"
check 'nor a wildcard' answered 400 4000 From '*' "$base/sensor/readings"
check 'nor a prefix of one' answered 403 4103 X-M2M-RSC Csenso "$base/sensor/readings"

# Subscriptions: to a URL, and to another AE, which is asked first.
check 'a subscription to a URL' create 23 201 2001 '"m2m:sub"' Csensor "$base/sensor/readings" \
  -d "{\"m2m:sub\":{\"rn\":\"url\",\"enc\":{\"net\":[3]},\"nct\":1,\"nu\":[\"$target/url\"]}}"
check 'an AE that can be reached' create 2 201 2001 '"aei":"Clistener"' Clistener "$base" \
  -d "{\"m2m:ae\":{\"rn\":\"listener\",\"api\":\"Norg.example.l\",\"rr\":true,\"srv\":[\"3\"],\"poa\":[\"$target/ae\"]}}"
check 'a subscription to it' create 23 201 2001 '"m2m:sub"' Csensor "$base/sensor/readings" \
  -d '{"m2m:sub":{"rn":"ae","enc":{"net":[3]},"nct":1,"nu":["/gatehouse/Clistener"]}}'
check 'it was asked' heard '^NOTIFY ae /gatehouse .*"vrq":true'
check 'an event' create 4 201 2001 '"con":"30.5"' Csensor "$base/sensor/readings" \
  -d '{"m2m:cin":{"con":"30.5"}}'
check 'the URL is told' heard '^NOTIFY url /gatehouse .*"con":"30.5"'
check 'the AE is told' heard '^NOTIFY ae /gatehouse .*"con":"30.5"'
check 'an AE that nobody can reach' create 2 201 2001 '"aei":"Cdeaf"' Cdeaf "$base" \
  -d '{"m2m:ae":{"rn":"deaf","api":"Norg.example.d","rr":true,"srv":["3"],"poa":["http://127.0.0.1:1/"]}}'
check 'cannot be subscribed' create 23 500 5204 X-M2M-RSC Csensor "$base/sensor/readings" \
  -d '{"m2m:sub":{"rn":"deaf","enc":{"net":[3]},"nu":["/gatehouse/Cdeaf"]}}'

# One name, many hands.
race ()
{
  for n in $(seq 64); do
    cat <<IN
next
url = "$base/sensor"
header = "X-M2M-RI: r-$n"
header = "X-M2M-RVI: 3"
header = "X-M2M-Origin: Csensor"
header = "Content-Type: application/json;ty=3"
data = "{\"m2m:cnt\":{\"rn\":\"race\"}}"
output = "/dev/null"
write-out = "%{http_code}\n"
IN
  done | sed 1d >"$work/race"
  curl --silent --max-time 60 --parallel --parallel-immediate --parallel-max 64 \
    --config "$work/race" | sort | uniq -c | tr -s ' \n' ' ' >"$work/race.out"
  [ "$(cat "$work/race.out")" = ' 1 201 63 409 ' ] || { cat "$work/race.out"; return 1; }
}
check 'of 64 that create one name one succeeds' race

# Answers that come later.
request_of ()
{
  sed -n 's/.*"m2m:uri":"\([^"]*\)".*/\1/p' "$work/answer"
}
# ended RSC TEXT: the <request> that was acknowledged last says so, soon
ended ()
{
  for _ in $(seq 100); do
    answered 200 2000 '"m2m:req":' Csensor "$url/~$later" || return 1
    grep -qF '"rs":3' "$work/answer" || break
    sleep 0.1
  done
  grep -qF -- "$2" "$work/answer" && grep -qF "\"ors\":{\"rsc\":$1" "$work/answer" && return
  cat "$work/answer"
  return 1
}
check 'a non-blocking request, synchronous' answered 202 1001 'Content-Location: /~/gatehouse/req-' \
  Csensor -X PUT "$base/sensor/readings?rt=1" -H "$json" -d '{"m2m:cnt":{"lbl":["later"]}}'
later=$(request_of)
check 'its result is kept' ended 2004 '"later"'
check 'and nobody else reads it' answered 403 4103 X-M2M-RSC Cnobody "$url/~$later"
check 'results are not told to a server that the originator does not say it is' \
  answered 403 4103 X-M2M-RSC Csensor "$base/sensor/readings?rt=2" -H "X-M2M-RTU: $target/result"
check 'the originator says where it is' answered 200 2004 '"poa"' Csensor -X PUT "$base/sensor" \
  -H "$json" -d "{\"m2m:ae\":{\"poa\":[\"$target/ae\"]}}"
check 'a non-blocking request, asynchronous' answered 202 1002 '"m2m:uri"' \
  Csensor "$base/sensor/readings?rt=2" -H "X-M2M-RTU: $target/result"
later=$(request_of)
check 'its result is told' heard '"m2m:rsp":{"rsc":2000'
check 'and kept' ended 2000 '"mni":5'
check 'nobody is told with an empty list' answered 202 1002 '"m2m:uri"' \
  Csensor "$base/sensor/readings?rt=2" -H "X-M2M-RTU;"
check 'notification targets need rt 2 or 4' answered 400 4000 RTU \
  Csensor "$base/sensor/readings" -H "X-M2M-RTU: $target/result"
check 'a flexible request that is fast' answered 200 2000 '"mni":5' \
  Csensor "$base/sensor/readings?rt=4"
check 'no response is an acknowledgement' answered 202 1000 X-M2M-RSC \
  Csensor "$base/sensor/readings?rt=5"
check 'a second from now' answered 200 2000 '"mni":5' Csensor "$base/sensor/readings" \
  -H 'X-M2M-OET: 1000'
check 'too far ahead to block' answered 406 5207 OET Csensor "$base/sensor/readings" \
  -H 'X-M2M-OET: 99990101T000000'
check 'when the result expires is echoed' answered 200 2000 'X-M2M-RST: 20990101T000000' Csensor \
  "$base/sensor/readings" -H 'X-M2M-RST: 20990101T000000'
check 'a request was built at a time' answered 400 4000 OT Csensor "$base/sensor/readings" \
  -H 'X-M2M-OT: today'
check 'expired' answered 504 4008 RQET Csensor "$base/sensor/readings" \
  -H 'X-M2M-RET: 20200101T000000'

# One attribute, several, and what a vendor adds.
check 'one attribute behind a #' answered 200 2000 '{"m2m:cnt":{"mni":5}}' Csensor \
  --request-target '/gatehouse/sensor/readings#mni' "$base"
check 'one that it does not have, in the same way' answered 400 4000 'atrl: bogus' Csensor \
  --request-target '/gatehouse/sensor/readings#bogus' "$base"
check 'those of a list' answered 200 2000 '{"m2m:cnt":{"mni":5,"cni":' Csensor \
  "$base/sensor/readings?atrl=cni+mni"
check 'one of an instance' answered 200 2000 '{"m2m:cin":{"con":"30.5"}}' Csensor \
  "$base/sensor/readings/la?atrl=con"
check 'one that it does not have' answered 400 4000 'atrl: bogus' Csensor \
  "$base/sensor/readings?atrl=bogus"
check 'an update addresses no attribute' answered 400 4000 atrl Csensor -X PUT \
  --request-target '/gatehouse/sensor/readings#lbl' "$base" -H "$json" -d '{"m2m:cnt":{"lbl":["x"]}}'
check 'nor does it select any' answered 400 4000 atrl Csensor -X PUT \
  "$base/sensor/readings?atrl=lbl" -H "$json" -d '{"m2m:cnt":{"lbl":["x"]}}'
check 'nor can a list of children' answered 400 4000 atrl Csensor \
  "$base/sensor/readings?atrl=lbl&rcn=6"
check 'vendor information' answered 200 2000 '"mni":5' Csensor "$base/sensor/readings" \
  -H 'X-M2M-VSI: example.org: any text'
check 'and is not answered' not_in_answer X-M2M-VSI

# What an older release does not know, answers do not say.
check 'result content that does not go with it' answered 400 4000 'rcn: 9' Csensor \
  "$base/sensor/readings?rcn=9"
check 'the original of what is not announced' answered 400 4000 'rcn: 7' Csensor \
  "$base/sensor/readings?rcn=7"
check 'a semantic query' answered 501 5001 'rcn: 10' Csensor "$base/sensor/readings?rcn=10"
check 'supported releases are new in Release 2' answered 200 2000 '"srv":["3"]' Csensor \
  "$base/sensor"
release='X-M2M-RVI: 2a'
check 'where they are said' answered 200 2000 '"srv":["3"]' Csensor "$base/sensor"
check 'where one code acknowledges' answered 202 1000 '"m2m:uri"' Csensor "$base/sensor?rt=1"
check 'and 4117 is 4105' create 2 409 4105 m2m:dbg Csensor "$base" \
  -d '{"m2m:ae":{"rn":"thief","api":"Norg.example.thief","rr":false,"srv":["3"]}}'
release=
check 'Release 1 does not say them' answered 200 2000 '"api"' Csensor "$base/sensor"
check 'nor a release' not_in_answer '"srv"\|X-M2M-RVI'
check 'nor after an update' answered 200 2004 '"lbl":["old"]' Csensor -X PUT "$base/sensor" \
  -H "$json" -d '{"m2m:ae":{"lbl":["old"]}}'
check 'of the same AE' not_in_answer '"srv"'
release='X-M2M-RVI: 4'
check 'nor is Release 4 served' answered 501 4001 RVI Csensor "$base/sensor"
release='X-M2M-RVI: 9'
check 'there is no Release 9' answered 501 4001 RVI Csensor "$base/sensor"
release='X-M2M-RVI: 3'

# The end.
check 'deregistration takes the subtree along' answered 200 2002 X-M2M-RSC Csensor -X DELETE \
  "$base/sensor"
check 'to the last instance' answered 404 4004 X-M2M-RSC CAdmin "$base/sensor/readings/la"
check 'the name is free again' create 2 201 2001 '"aei":"Csensor"' Csensor "$base" \
  -d '{"m2m:ae":{"rn":"sensor","api":"Norg.example.sensor","rr":true,"srv":["3"]}}'
check 'gatehoused stops cleanly' stop_daemon
plan
