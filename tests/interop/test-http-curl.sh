#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# curl against the HTTP transport before a core that answers from a table. Prints TAP.
set -u

server=$GH_TOP_BUILDDIR/tests/http/http-fake-server
work=$(mktemp -d)
pid=
cases=0
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

if ! command -v curl >/dev/null; then
  if [ -n "${CI:-}" ]; then echo "Bail out! curl is missing"; exit 1; fi
  echo "1..0 # SKIP curl is missing"
  exit 77
fi

# start OPTION...: a server with an end of its standard input in descriptor 9
start ()
{
  mkfifo "$work/in" "$work/said"
  "$server" --log "$work/log" "$@" <"$work/in" >"$work/said" 2>"$work/err" &
  pid=$!
  exec 9>"$work/in"
  url='' url6=''
  while IFS= read -r line; do
    case $line in
      http://\[*) url6=$line ;;
      http://*) url=$line ;;
      ready) break ;;
    esac
  done <"$work/said"
  rm -f "$work/in" "$work/said"
  [ "${line:-}" = ready ]
}

# stop: the server must end by itself, with 0
stop ()
{
  exec 9>&-
  status=0
  wait "$pid" || status=$?
  pid=
  [ "$status" -eq 0 ] || { echo "exit status $status"; cat "$work/err"; return 1; }
}

# ask CURL-OPTION...: the answer with its head goes to $work/answer
identifier='X-M2M-RI: r-1'
ask ()
{
  curl --silent --show-error --include --max-time 30 -H "$identifier" -H 'X-M2M-Origin: CAdmin' \
    -H 'X-M2M-RVI: 3' "$@" >"$work/answer" 2>"$work/curl"
}

# expect WHAT STATUS RSC TEXT CURL-OPTION...: TEXT must stand in the answer
expect ()
{
  what=$1 status=$2 rsc=$3 text=$4
  shift 4
  cases=$((cases + 1))
  ask "$@"
  tr -d '\r' <"$work/answer" >"$work/plain"
  if grep -q "^HTTP/1.1 $status" "$work/plain" && grep -q "^X-M2M-RSC: $rsc\$" "$work/plain" &&
    grep -qF -- "$text" "$work/plain"; then
    echo "ok $cases - $what"
    passed=1
  else
    # shellcheck disable=SC2034 # for rows.sh
    passed=0
    echo "not ok $cases - $what"
    sed 's/^/#   /' "$work/plain" "$work/curl"
  fi
}

# check WHAT COMMAND...
check ()
{
  what=$1
  shift
  cases=$((cases + 1))
  if "$@" >"$work/out" 2>&1; then
    echo "ok $cases - $what"
    passed=1
  else
    # shellcheck disable=SC2034 # for rows.sh
    passed=0
    echo "not ok $cases - $what"
    sed 's/^/#   /' "$work/out"
  fi
}

. "$GH_TOP_SRCDIR/tests/interop/rows.sh"
shown_peer=curl shown_transport=HTTP shown_credential="none (--dev)"
json='Content-Type: application/json'
resource='Content-Type: application/vnd.onem2m-res+json'

# The second is for a machine without IPv6.
if ! start listen='127.0.0.1:0;[::1]:0' max-body=64K && ! start listen=127.0.0.1:0 max-body=64K; then
  echo 'Bail out! the server does not start'
  sed 's/^/# /' "$work/err"
  exit 1
fi

# Methods and the forms of an address.
expect 'GET retrieves' 200 2000 '"op":"RETRIEVE","to":"cse/a"' "$url/cse/a"
works retrieve
expect 'POST with ty creates' 201 2001 '"op":"CREATE"' "$url/cse" -H "$resource;ty=3" -d '{}'
works create
expect 'the created address is an HTTP path' 201 2001 'Content-Location: /~/id-in/cse/new%20one' \
  "$url/cse" -H "$resource; ty=3" -d '{}'
expect 'POST without ty notifies' 200 2000 '"op":"NOTIFY"' "$url/cse" -d '{}' \
  -H 'Content-Type: application/vnd.onem2m-ntfy+json'
works notify
expect 'PUT updates' 200 2000 '"op":"UPDATE"' -X PUT "$url/cse/a" -H "$json" -d '{}'
works update
expect 'DELETE deletes' 200 2000 '"op":"DELETE"' -X DELETE "$url/cse/a"
works delete
expect 'HEAD is not allowed' 405 4005 'Allow: ' -I "$url/cse/a"
refused "method (4005)"
expect 'OPTIONS is not allowed' 405 4005 'Allow: ' -X OPTIONS "$url/cse/a"
expect 'PATCH is not allowed' 405 4005 'method' -X PATCH "$url/cse/a" -H "$json" -d '{}'
expect 'an address of this service provider' 200 2000 '"to":"/id-in/cse/a"' "$url/~/id-in/cse/a"
expect 'an absolute address' 200 2000 '"to":"//sp/id-in/cse/a"' "$url/_/sp/id-in/cse/a"
expect 'an escape is decoded once' 200 2000 '"to":"a%20b"' "$url/a%2520b"
expect 'an escaped slash is none' 400 4000 '%2F' "$url/a%2Fb"
expect 'a query' 200 2000 '"rcn":6,"drt":2,"fu":1,"lim":5,"lbl":["a b","c"],"fty":[2,3]' \
  "$url/cse?fu=1&ty=2+3&lbl=a%20b+c&lim=5&drt=2&rcn=6"
expect 'a parameter given twice' 400 4000 'rcn' "$url/cse?rcn=1&rcn=2"
expect 'an unknown value' 400 4000 'rcn' "$url/cse?rcn=77"

# Headers.
expect 'the identifier comes back' 200 2000 'X-M2M-RI: r-1' "$url/cse/a"
expect 'the release comes back' 200 2000 'X-M2M-RVI: 3' "$url/cse/a"
expect 'names of headers have no case' 200 2000 '"gid":"g-7"' "$url/cse/a" -H 'x-m2m-gid: g-7'
identifier='X-M2M-RI;'
expect 'an empty identifier' 400 4000 'X-M2M-RI: missing' "$url/cse/a"
identifier='X-Other: 1'
expect 'a missing identifier' 400 4000 'X-M2M-RI: missing' "$url/cse/a"
identifier='X-M2M-RI: r-1'
expect 'two originators' 400 4000 'X-M2M-Origin: given twice' "$url/cse/a" -H 'X-M2M-Origin: CEvil'
refused "two originators (4000)"
expect 'XML is not read' 415 4015 'Content-Type' "$url/cse" -H 'Content-Type: application/xml;ty=3' \
  -d '<a/>'
refused "format (415)"
expect 'a form is not read' 415 4015 'Content-Type' "$url/cse" -d 'a=b'
expect 'XML is not written' 406 5207 'Accept' "$url/cse/a" -H 'Accept: application/xml'
refused "accept (406)"
expect 'the asked media type' 200 2000 'Content-Type: application/vnd.onem2m-res+json' "$url/cse/a" \
  -H 'Accept: application/vnd.onem2m-res+json'
expect 'tokens' 200 2000 '"tkns":["a.b.c","d.e.f"]' "$url/cse/a" -H 'Authorization: a.b.c+d.e.f'

# Answers.
expect 'a refusal of the core' 403 4103 'X-M2M-RI: r-1' "$url/cse/status-4103"
expect 'too busy' 503 5000 'Retry-After: 7' "$url/cse/shed"
expect 'a late answer' 200 2004 'X-M2M-RI: r-1' -X PUT "$url/cse/later" -H "$json" -d '{}'
expect 'values with line breaks stay out' 200 2000 'X-M2M-RI: r-1' "$url/cse/evil"
check 'and so does what they inject' sh -c "! grep -qi '^X-Injected' '$work/answer'"
check 'nothing tells what serves' sh -c "! grep -qiE '^Server:|microhttpd|gatehouse' '$work/answer'"

# Bodies.
head -c 65000 /dev/zero | tr '\0' x >"$work/fits"
head -c 200000 /dev/zero | tr '\0' x >"$work/large"
expect 'a body in one piece' 200 2000 '"size":65000' -X PUT "$url/cse/a" -H "$json" \
  --data-binary @"$work/fits" -H 'Expect:'
expect 'a body after 100 Continue' 200 2000 '"size":65000' -X PUT "$url/cse/a" -H "$json" \
  --data-binary @"$work/fits" -H 'Expect: 100-continue'
check 'which was said' grep -q '^HTTP/1.1 100' "$work/answer"
expect 'a body in chunks' 200 2000 '"size":65000' -X PUT "$url/cse/a" -H "$json" \
  -H 'Transfer-Encoding: chunked' --data-binary @"$work/fits"
works "bodies in chunks"
expect 'a body that comes slowly' 200 2000 '"size":65000' -X PUT "$url/cse/a" -H "$json" \
  --data-binary @"$work/fits" --limit-rate 200K -H 'Expect:'
expect 'too large a body, before it is sent' 413 4000 'limit' -X PUT "$url/cse/a" -H "$json" \
  --data-binary @"$work/large" -H 'Expect: 100-continue'
refused "too large (413)"
expect 'too large a body in chunks' 413 4000 'max-body' -X PUT "$url/cse/a" -H "$json" \
  -H 'Transfer-Encoding: chunked' --data-binary @- <<IN
$(head -c 70000 "$work/large")
IN
expect 'a body with a retrieve' 400 4000 'body' -X GET "$url/cse/a" -H "$json" -d '{}'
expect 'a large answer' 200 2000 'Content-Length: 200000' "$url/cse/large"

# Connections.
check 'a connection is kept' sh -c "
  [ \"\$(curl --silent --max-time 30 -H 'X-M2M-RI: r' -o /dev/null -o /dev/null -o /dev/null \
    -w '%{num_connects} ' '$url/cse/a' '$url/cse/later' '$url/cse/a')\" = '1 0 0 ' ]"
: >"$work/many"
for i in $(seq 64); do
  printf 'url = "%s/cse/%s"\noutput = "/dev/null"\n' "$url" "$([ $((i % 2)) = 0 ] && echo later || echo a)" \
    >>"$work/many"
done
check '64 at a time' sh -c "
  [ \"\$(curl --silent --max-time 60 --parallel --parallel-immediate --parallel-max 64 \
    -H 'X-M2M-RI: r' -w '%{http_code}\n' --config '$work/many' | sort | uniq -c | tr -d ' ')\" = 64200 ]"
works "64 connections"
check 'a client that gives up' sh -c "
  for i in 1 2 3 4; do
    curl --silent --max-time 0.3 -X DELETE -H 'X-M2M-RI: r' '$url/cse/never' && exit 1
  done; :"
expect 'does not hinder the next' 200 2000 '"to":"cse/a"' "$url/cse/a"
if [ -n "$url6" ]; then
  expect 'IPv6' 200 2000 '"to":"cse/a"' -g "$url6/cse/a"
fi
check 'the server ends with requests that nobody waits for' stop

start listen=127.0.0.1:0 idle-timeout=1
check 'a silent connection is closed' sh -c "
  curl --silent --max-time 20 -o /dev/null telnet://${url#http://} </dev/null || [ \$? -ne 28 ]"
check 'the second server ends' stop

check 'docs/interoperability.md says this' table_agrees
echo "1..$cases"
