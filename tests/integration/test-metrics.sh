#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The metrics over HTTPS: who reads them and who does not, and what the parser of Prometheus' own
# client library, and promtool where it is installed, say of the text.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in openssl curl; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done
if [ "${1:-}" != inside ]; then
  dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi
# pyenv and the like hide what Debian installed
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import prometheus_client' 2>/dev/null || continue
  python=$candidate
  break
done

# as NAME PATH ARGUMENT...: curl with the certificate of that AE, and nothing of oneM2M
as ()
{
  name=$1
  path=$2
  shift 2
  curl -sS --cacert "$work/ca.pem" --cert "$work/$name.pem" "$@" "$url$path"
}

# answer NAME PATH ARGUMENT...: the whole of it, but what differs from one answer to the next
answer ()
{
  as "$@" -D - | sed '/^Date:/d'
}

start ()
{
  start_daemon --session --set http.listen-secure=127.0.0.1:0 --set coap.listen-secure= \
    --set limits.workers=1 "$@"
  url=https://localhost:${url##*:}
}

certificate ()
{
  "$ghctl" ca issue ae "//localhost/gatehouse/$1" --output "$work/$1.pem"
}

like_any_other_path ()
{
  name=$1
  shift
  answer "$name" /metrics "$@" >"$work/metrics"
  answer "$name" /nothing "$@" >"$work/nothing"
  diff "$work/metrics" "$work/nothing"
  grep -q '^HTTP/1.1 400' "$work/metrics"
}

# sample NAME: its value in the text
sample ()
{
  awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' "$work/text"
}

at_least ()
{
  value=$(sample "$1")
  awk -v value="$value" -v least="$2" 'BEGIN { exit !(value >= least) }' ||
    { echo "$1 is $value"; return 1; }
}

parsed ()
{
  "$python" - "$work/text" <<'PYTHON'
import sys
from prometheus_client.parser import text_fd_to_metric_families

seen = {}
with open(sys.argv[1], encoding="utf-8", newline="") as text:
    for family in text_fd_to_metric_families(text):
        assert family.name not in seen, family.name
        assert family.name.startswith("gatehouse_"), family.name
        assert family.type in ("counter", "gauge", "histogram"), family
        assert family.documentation, family.name
        names = [(s.name, tuple(sorted(s.labels.items()))) for s in family.samples]
        assert len(names) == len(set(names)), family.name
        seen[family.name] = family
assert len(seen) > 30, sorted(seen)
histogram = seen["gatehouse_answer_seconds"]
for operation in "create", "retrieve", "update", "delete", "notify":
    mine = [s for s in histogram.samples if s.labels["operation"] == operation]
    buckets = [(float(s.labels["le"]), s.value) for s in mine if s.name.endswith("_bucket")]
    assert buckets == sorted(buckets) and buckets[-1][0] == float("inf"), buckets
    count, = [s.value for s in mine if s.name.endswith("_count")]
    assert buckets[-1][1] == count, (buckets, count)
print(len(seen), "families")
PYTHON
}

development=
start --set metrics.readers=Cmeter
check "the authority is known" "$ghctl" ca certificates --output "$work/ca.pem"
check "the reader gets a certificate" certificate Cmeter
check "and so does somebody else" certificate Cother
check "the reader reads, without a word of oneM2M" as Cmeter /metrics -o "$work/text" -f
check "it is the text format" says "text/plain; version=0.0.4; charset=utf-8" \
  as Cmeter /metrics -o /dev/null -w '%{content_type}\n'
check "a query changes nothing" says "gatehouse_build_info" as Cmeter '/metrics?name=x'
if [ -n "$python" ]; then
  check "Prometheus' own parser reads it" parsed
else
  skip "Prometheus' own parser reads it" "no python3-prometheus-client"
fi
if command -v promtool >/dev/null; then
  check "promtool has nothing to say of it" promtool check metrics <"$work/text"
fi
check "somebody else gets what any path gets" like_any_other_path Cother
check "the reader does, too, for anything but a GET" like_any_other_path Cmeter -XDELETE
check "and for a body" like_any_other_path Cmeter -XGET --data-binary x
check "a path that only begins so is another one" says 'HTTP/1.1 400' answer Cmeter /metricsx

request ()
{
  as "$1" "$2" -H "X-M2M-Origin: $1" -H "X-M2M-RI: 1" -H "X-M2M-RVI: 3" -D -
}
check "requests are served beside it" says "X-M2M-RSC: 4103" request Cmeter /gatehouse
as Cmeter /metrics -o "$work/text" -f
check "what was refused is counted" at_least \
  'gatehouse_answers_total{operation="retrieve",class="4xxx"}' 1
check "and how long it took" at_least 'gatehouse_answer_seconds_count{operation="retrieve"}' 1
check "the association that asks is there" at_least \
  'gatehouse_associations{transport="https",proof="x509"}' 1
check "the size of the store" at_least gatehouse_store_bytes 4096
check "its schema" grep -q 'gatehouse_build_info{.*schema="[1-9]' "$work/text"
# no memory is locked under a sanitizer
[ "${GH_TEST_SANITIZED:-}" = yes ] ||
  check "the memory of secrets" at_least gatehouse_locked_memory_bytes 4096
status_says ()
{
  gdbus call --session -d org.gatehouse.Gatehouse1 -o /org/gatehouse/Gatehouse1 \
    -m org.gatehouse.Gatehouse1.GetStatus >"$work/status"
  grep -q "'version': <'" "$work/status"
  grep -q "'schema': <uint32 [1-9]" "$work/status"
}
check "no identity is in it" status_is 1 grep -qE 'Cmeter|Cother' "$work/text"
check "status says the version and the schema, too" status_says
check "it stops" stop_daemon

start
check "by default nobody reads" like_any_other_path Cmeter
check "it stops again" stop_daemon
start --set metrics.readers=Cmeter --set metrics.path=numbers
check "elsewhere, when told so" says "gatehouse_build_info" as Cmeter /numbers
check "and then not where it was" says 'HTTP/1.1 400' answer Cmeter /metrics
check "it stops for good" stop_daemon

refused ()
{
  status_is 1 timeout 60 "$gatehoused" --session --set "store.path=$work/gatehouse.db" \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" "$@"
}
check "a reader that cannot be one is an error" says "[metrics] readers: meter is not an originator" \
  refused --set metrics.readers=meter
check "a path of two parts is one" says "[metrics] path: expected" \
  refused --set metrics.readers=Cmeter --set metrics.path=a/b

development="--dev --set http.listen=127.0.0.1:0 --set coap.listen-secure="
start_daemon --session --set metrics.readers=Cmeter
check "a claim is no proof" says "HTTP/1.1 400" \
  curl -sS -D - -H "X-M2M-Origin: Cmeter" "$url/metrics"
check "it stops at last" stop_daemon
plan
