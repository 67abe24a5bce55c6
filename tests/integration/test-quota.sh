#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# One originator that floods, and another one that does not notice; and how many associations one
# credential may have.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in openssl python3; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done
if [ "${1:-}" != inside ]; then
  dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi

# flood WHO: 400 requests of it at once on four connections, and meanwhile 40 of Cquiet and 40 of
# the administrator, one after the other
flood ()
{
  python3 - "$url" "$1" <<'PYTHON'
import collections, http.client, sys, threading, urllib.parse

host = urllib.parse.urlsplit(sys.argv[1]).netloc

def ask(connection, who, to="/gatehouse/open"):
    connection.request("GET", to, headers={"X-M2M-Origin": who, "X-M2M-RI": "1", "X-M2M-RVI": "3"})
    answer = connection.getresponse()
    answer.read()
    return answer

def run(who, n, answers):
    connection = http.client.HTTPConnection(host, timeout=60)
    for _ in range(n):
        answers.append(ask(connection, who))

answers = collections.defaultdict(list)
noisy = sys.argv[2]
threads = [threading.Thread(target=run, args=(noisy, 100, answers[noisy])) for _ in range(4)]
threads += [threading.Thread(target=run, args=(who, 40, answers[who])) for who in ("Cquiet", "CAdmin")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for who in sorted(answers):
    print(who, *("%s:%d" % c for c in sorted(collections.Counter(
        "%d/%s/%s" % (a.status, a.getheader("X-M2M-RSC"), a.getheader("Retry-After"))
        for a in answers[who]).items())))
PYTHON
}

request ()
{
  python3 - "$url" "$@" <<'PYTHON'
import http.client, sys, urllib.parse
url, who, method, to, kind, body = sys.argv[1:]
connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
connection.request(method, to, body or None, {"X-M2M-Origin": who, "X-M2M-RI": "1", "X-M2M-RVI": "3",
                                              "Content-Type": "application/json;ty=" + kind})
answer = connection.getresponse()
print(answer.status, answer.getheader("X-M2M-RSC"), answer.read().decode())
PYTHON
}

start_daemon --session --set quota.requests=1 --set quota.burst=50 \
  --set "quota.exceptions=Cfree requests=0"
check "a policy for all" says "201 2001" request CAdmin POST /gatehouse 1 \
  '{"m2m:acp":{"rn":"all","pv":{"acr":[{"acor":["all"],"acop":63}]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}}'
check "a container for all" says "201 2001" request CAdmin POST /gatehouse 3 \
  '{"m2m:cnt":{"rn":"open","acpi":["gatehouse/all"]}}'
flood Cnoisy >"$work/flood"
check "the administrator is served" grep -qx "CAdmin 200/2000/None:40" "$work/flood"
check "so is who is quiet" grep -qx "Cquiet 200/2000/None:40" "$work/flood"
check "who floods is told to come back" grep -q "^Cnoisy .*429/5000/1:3[0-9][0-9]$" "$work/flood"
check "and had what is his" grep -Eq "^Cnoisy 200/2000/None:(5|6|7)[0-9] " "$work/flood"
[ "$passed" -eq 1 ] || sed 's/^/# /' "$work/flood"
flood Cfree >"$work/flood"
check "an exception has no bound" grep -qx "Cfree 200/2000/None:400" "$work/flood"
check "what was slowed is counted" says "slowed" "$ghctl" status
check "it stops" stop_daemon

# bounds BURST TYPE: of the file; a reload takes the first, but not the second
bounds ()
{
  printf '[quota]\nrequests = 1\nburst = %s\n[cse]\ntype = %s\n' "$1" "$2" \
    >"$work/gatehouse.conf"
}
bounds 50 in
start_daemon --session --config "$work/gatehouse.conf"
bounds 300 mn
"$ghctl" reload >"$work/reloaded"
check "a reload names what counts from now on" grep -qxF "counts from now on: [quota] burst" \
  "$work/reloaded"
check "and what does not" grep -qxF "counts only after a restart: [cse] type" "$work/reloaded"
flood Cnoisy >"$work/flood"
check "who has more now gets it" grep -Eq "^Cnoisy 200/2000/None:3[0-9][0-9]" "$work/flood"
[ "$passed" -eq 1 ] || sed 's/^/# /' "$work/flood"
printf '[quota]\nexceptions = Cnoisy requests=many\n' >"$work/gatehouse.conf"
check "a bound that is none is the error" says "is not an originator with" "$ghctl" reload
check "it stops again" stop_daemon

development=
start_daemon --session --set http.listen-secure=127.0.0.1:0 --set coap.listen-secure= \
  --set quota.associations=2
port=${url##*:}
"$ghctl" credential generate --administrator admin@localhost --output "$work/admin.key" >"$work/out"
key=$(cut -d' ' -f2 "$work/admin.key")

# associate N: one more, which stays; its answers go to $work/association-N
associate ()
{
  mkfifo "$work/in-$1"
  openssl s_client -connect "127.0.0.1:$port" -psk_identity admin@localhost -psk "$key" -tls1_2 \
    -cipher PSK-AES128-CBC-SHA256 -quiet <"$work/in-$1" >"$work/association-$1" 2>&1 &
  peers="$peers $!"
  eval "exec $1>\"$work/in-$1\""
  printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n' \
    >&"$1"
}
answered ()
{
  tries=1000
  until grep -q "X-M2M-RSC: 2000" "$work/association-$1"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
  done
}
peers=
associate 5
check "a first association" answered 5
associate 6
check "and a second one" answered 6
# goes_on COUNT: the second association has so many answers, after one more request
goes_on ()
{
  printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n' >&6
  tries=1000
  until [ "$(grep -c "X-M2M-RSC: 2000" "$work/association-6")" -ge "$1" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
  done
}
check "everything is read again" "$ghctl" reload
check "the association goes on" goes_on 2
hung_up ()
{
  before=$(grep -c "daemon: reloaded" "$work/gatehoused.log")
  kill -HUP "$daemon"
  tries=1000
  until [ "$(grep -c "daemon: reloaded" "$work/gatehoused.log")" -gt "$before" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
  done
}
check "and again, at SIGHUP" hung_up
check "and it still goes on" goes_on 3
associate 7
third=${peers##* }
wait "$third" || :
check "a third one of the same credential is closed" status_is 1 grep -q "X-M2M-RSC" \
  "$work/association-7"
exec 5>&-
first=${peers# }
kill "${first%% *}"
again ()
{
  tries=100
  while :; do
    answer=$(printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nConnection: close\r\n\r\n' |
      openssl s_client -connect "127.0.0.1:$port" -psk_identity admin@localhost -psk "$key" -tls1_2 \
        -cipher PSK-AES128-CBC-SHA256 -quiet -ign_eof 2>&1) || :
    case $answer in *"X-M2M-RSC: 2000"*) return 0 ;; esac
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "$answer"; return 1; }
  done
}
check "when one has gone there is room again" again
exec 6>&- 7>&-
# shellcheck disable=SC2086 # words
kill $peers 2>/dev/null || :
check "it stops, too" stop_daemon
plan
