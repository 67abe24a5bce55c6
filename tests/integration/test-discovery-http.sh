#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each filter criterion in a query, with curl against gatehoused and its store. Prints TAP.
set -u

if ! command -v curl >/dev/null; then
  if [ -n "${CI:-}" ]; then echo "Bail out! curl is missing"; exit 1; fi
  echo "1..0 # SKIP curl is missing"
  exit 77
fi
# shellcheck source=tests/integration/tap.sh
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

ask ()
{
  curl --silent --show-error --max-time 30 -H 'X-M2M-RI: r-1' -H 'X-M2M-RVI: 3' \
    -H 'X-M2M-Origin: CDevice' "$@"
}

create ()
{
  ask -o "$work/body" -w '%{http_code}' -H "Content-Type: application/json;ty=$2" -d "$3" "$url/$1" |
    grep -q '^201$' || { cat "$work/body"; return 1; }
}

# finds EXPECTED QUERY: the last parts of the addresses, in alphabetical order
finds ()
{
  found=$(ask "$url/gatehouse/device?fu=1&$2" | tr '"' '\n' | sed -n 's,^gatehouse/.*/,,p' |
          sort | tr '\n' ' ')
  [ "$found" = "${1:+$1 }" ] || { echo "found: $found"; return 1; }
}

refuses ()
{
  ask -i "$url/gatehouse/device?fu=1&$3" | tr -d '\r' >"$work/answer"
  grep -q "^X-M2M-RSC: $1\$" "$work/answer" && grep -qF "$2" "$work/answer" ||
    { cat "$work/answer"; return 1; }
}

partial ()
{
  ask -i "$url/gatehouse/device?fu=1&lim=2" | tr -d '\r' >"$work/answer"
  grep -qi "^X-M2M-CTS: 1\$" "$work/answer" && grep -qi "^X-M2M-CTO: 3\$" "$work/answer" ||
    { cat "$work/answer"; return 1; }
}

all_criteria ()
{
  check "$1: labels" finds "kitchen" 'lbl=room:1+none'
  check "$1: labelsQuery" finds "hall kitchen" 'lbq=room%20IN%20(1,2)'
  check "$1: resourceType" finds "hall kitchen" 'ty=3'
  check "$1: childResourceType" finds "kitchen" 'chty=4'
  check "$1: parentResourceType" finds "cold warm" 'pty=3'
  check "$1: childLabels" finds "kitchen" 'clbl=hot'
  check "$1: parentLabels" finds "cold warm" 'palb=room:1'
  check "$1: attribute" finds "warm" 'con=3*'
  check "$1: childAttribute" finds "kitchen" 'c.con=3*'
  check "$1: parentAttribute" finds "cold warm" 'p.mni=7'
  check "$1: sizeAbove and sizeBelow" finds "warm" 'sza=2&szb=3'
  check "$1: contentType" finds "warm" 'cty=text/plain'
  check "$1: stateTagBigger and stateTagSmaller" finds "kitchen" 'ty=3&stb=2&sts=3'
  check "$1: createdAfter" finds "cold hall kitchen warm" 'cra=20200101T000000'
  check "$1: createdBefore" finds "" 'crb=20200101T000000'
  check "$1: modifiedSince" finds "cold hall kitchen warm" 'ms=20200101T000000'
  check "$1: unmodifiedSince" finds "" 'us=20200101T000000'
  check "$1: expireBefore" finds "hall" 'exb=20980101T000000&exa=20970101T000000'
  check "$1: filterOperation" finds "hall warm" 'fo=2&lbl=room:2&con=3*'
  check "$1: level" finds "hall kitchen" 'lvl=1'
  check "$1: limit and offset" finds "warm" 'ty=4&lim=1&ofst=2'
  check "$1: applyRelativePath" finds "warm" 'lbl=room:1&arp=la'
}

start_daemon --set "cse.default-lifetime=0"
check "an AE" create gatehouse 2 '{"m2m:ae":{"rn":"device","api":"Nx","rr":true,"srv":["3"]}}'
check "a container" create gatehouse/device 3 \
  '{"m2m:cnt":{"rn":"kitchen","lbl":["room:1"],"mni":7}}'
check "another" create gatehouse/device 3 \
  '{"m2m:cnt":{"rn":"hall","lbl":["room:2"],"et":"20970601T000000"}}'
check "an instance" create gatehouse/device/kitchen 4 '{"m2m:cin":{"rn":"cold","con":"4"}}'
check "another" create gatehouse/device/kitchen 4 \
  '{"m2m:cin":{"rn":"warm","con":"30","lbl":["hot"],"cnf":"text/plain:0"}}'
all_criteria "at first"
check "a part says that it is one" partial
check "semanticsFilter is refused" refuses 5001 smf 'smf=x'
check "contentFilterQuery is refused" refuses 5001 cf 'cfs=1&cfq=x'
check "a level that no tree has is refused" refuses 4000 lvl 'lvl=100000'
check "an offset without end is refused" refuses 4000 ofst 'ofst=99999999999'
check "an expression that is none is refused" refuses 4000 lbq 'lbq=a%20OR%20b'
check "the daemon stops" stop_daemon
start_daemon
all_criteria "after a restart"
check "the daemon stops" stop_daemon
plan
