#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every command of ghctl with --json against a real daemon: what it prints is JSON, one value or one a
# line, and nothing else. The table below must have every command that the completion knows.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

cat >"$work/parse.py" <<'SCRIPT'
# parse.py FILE KEY: the file is JSON, or a line of JSON each; every KEY (- for none) is in it
import json, sys
text = open(sys.argv[1], encoding='utf-8').read()
try:
    values = [json.loads(text)]
except ValueError:
    values = [json.loads(line) for line in text.splitlines()]
assert values and all(isinstance(value, (dict, list)) for value in values), text
if sys.argv[2] != '-':
    assert all(sys.argv[2] in value for value in values), text
SCRIPT

# json STATUS KEY GROUP ARGUMENT...: the command ends with that status, and prints JSON with the key
json ()
{
  wanted=$1
  member=$2
  shift 2
  status=0
  "$ghctl" "$@" --json >"$work/json" 2>"$work/said" || status=$?
  [ "$status" -eq "$wanted" ] || { echo "status $status"; cat "$work/said"; return 1; }
  python3 "$work/parse.py" "$work/json" "$member"
}

# row STATUS KEY GROUP ARGUMENT...: a case of the table
: >"$work/ran"
row ()
{
  echo "$3 ${4:-}" >>"$work/ran"
  row_name=$(echo "$*" | cut -d ' ' -f 3-)
  check "$row_name" json "$@"
}

# typed TEXT STATUS KEY GROUP ARGUMENT...: a case of the table with a text at standard input
typed ()
{
  text=$1
  shift
  printf '%s\n' "$text" >"$work/typed"
  row "$@" <"$work/typed"
}

start_daemon --session --set http.listen-secure=127.0.0.1:0 --set 'plugins.load=http;sqlite;cert'
key=000102030405060708090a0b0c0d0e0f
policy='{"rn":"p1","pv":{"acr":[]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}'

row 0 version status
row 0 rn tree
row 0 pc get gatehouse
row 1 pc get gatehouse/nothing
row 0 m2m:ae ae register sensor --app N.example.sensor --id Csensor
row 0 m2m:ae ae list
row 0 m2m:ae ae show gatehouse/sensor
row 0 pc create gatehouse/sensor --ty cnt '{"rn":"box"}'
row 0 pc update gatehouse/sensor/box '{"mni":10}'
row 0 val discover --type cnt
"$ghctl" watch gatehouse/sensor/box --count 1 --json >"$work/watched" 2>&1 &
watcher=$!
# Until it is subscribed nobody tells it anything.
until [ -s "$work/watched" ]; do
  "$ghctl" create gatehouse/sensor/box --ty cin '{"con":"1"}' >/dev/null
done
check "watch ends" wait "$watcher"
check "watch gatehouse/sensor/box" python3 "$work/parse.py" "$work/watched" m2m:sgn
echo "watch " >>"$work/ran"
row 0 pc create gatehouse --ty acp "$policy"
row 0 rule acp add gatehouse/p1 --who all --may retrieve --proof psk --strength 128
row 0 m2m:acp acp list
row 0 m2m:acp acp show gatehouse/p1
row 1 allowed acp explain Cphone retrieve gatehouse/sensor/box
row 0 - acp remove gatehouse/p1 1
row 1 allowed explain Cphone retrieve gatehouse/sensor/box
row 0 resources export gatehouse/sensor "$work/sensor.jsonl"
row 0 resources import "$work/sensor.jsonl" gatehouse --name copy --check
row 0 created import "$work/sensor.jsonl" gatehouse --name copy --new-ids
row 1 next-line import "$work/sensor.jsonl" gatehouse --name copy --new-ids
row 0 cse backup "$work/backup" --with-key
row 0 cse restore "$work/backup" --check
row 0 cse restore "$work/backup" "$work/restored"
row 0 name plugin
row 0 name plugin list
row 0 name plugin show http
row 0 - plugin load coap
row 0 - plugin keep coap
row 0 - plugin forget coap
row 0 - plugin stop coap
row 0 - plugin start coap
row 0 max-body plugin set http max-body=32K --transient
row 0 max-body plugin reset http max-body
typed "$key" 0 id credential add pump@example.org -i Cpump
row 0 secret credential generate other@example.org
row 0 output credential generate third@example.org --output "$work/third.key"
typed "fourth@example.org $key" 0 imported credential import
row 0 id credential list
row 0 id credential show 12-pump@example.org
row 0 - credential suspend 12-pump@example.org
row 0 - credential resume 12-pump@example.org
row 0 - credential change 12-pump@example.org -i Cflap
typed "ff$key" 0 - credential rotate 12-pump@example.org
row 0 secret credential rotate 12-pump@example.org --generate
row 0 secret credential export 12-pump@example.org --output -
row 0 output credential export 12-pump@example.org --output "$work/pump.key"
row 0 - credential revoke 12-pump@example.org
row 0 - credential remove 12-pump@example.org
row 0 - ca init --replace
row 0 certificates ca certificates
row 0 - ca certificates --output "$work/ca.pem"
row 0 crl ca crl
row 0 id ca issue ae Cvalve --output "$work/valve.pem"
row 0 certificate ca issue ae Cother --output -
row 0 secret credential export 33-//localhost/gatehouse/Cother --output -
row 0 request ca request-server
row 0 - ca renew-server
row 0 - ca revoke 33-//localhost/gatehouse/Cother
row 0 restart reload
row 0 n audit --last 5
row 0 intact audit --verify
row 0 - ae remove gatehouse/sensor
row 0 rsc delete gatehouse/copy

# An association: a client that proves itself, and says no more.
cat >"$work/client.py" <<'SCRIPT'
# client.py PORT FOLDER: is connected until its standard input ends
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2] + '/ca.pem')
context.load_cert_chain(sys.argv[2] + '/valve.pem')
with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as plain:
    with context.wrap_socket(plain, server_hostname='localhost') as secure:
        secure.sendall(b'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: Cvalve\r\n'
                       b'X-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n')
        secure.recv(1)
        print('connected', flush=True)
        sys.stdin.read()
SCRIPT
port=$("$ghctl" status --json | python3 -c 'import json, re, sys
print(next(re.search(":([0-9]+)", url[6:]).group(1)
           for url in json.load(sys.stdin)["urls"] if url.startswith("https:")))')
mkfifo "$work/in" "$work/answer"
python3 "$work/client.py" "$port" "$work" <"$work/in" >"$work/answer" 2>"$work/client.err" &
client=$!
exec 7>"$work/in"
read -r line <"$work/answer" || cat "$work/client.err"
check "somebody is connected" [ "$line" = connected ]
row 0 peer association
row 0 peer association list
id=$("$ghctl" association --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])')
row 0 - association close "$id"
exec 7>&-
wait "$client" || :

# The certificate of another authority for the key that request-server made.
"$ghctl" ca request-server --output "$work/request.pem"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/root.key" -out "$work/root.pem" -days 30 \
  -subj /CN=Root 2>/dev/null
printf '%s\n' subjectAltName=DNS:localhost extendedKeyUsage=serverAuth >"$work/extensions"
openssl x509 -req -in "$work/request.pem" -CA "$work/root.pem" -CAkey "$work/root.key" -days 20 \
  -set_serial 7 -extfile "$work/extensions" -out "$work/server.pem" 2>/dev/null
cat "$work/root.pem" >>"$work/server.pem"
row 0 - ca install-server "$work/server.pem"

# What is refused is told in words on standard error, and standard output has nothing or JSON.
check "no JSON of what is wrong" sh -c '! "$1" acp show gatehouse/none --json 2>/dev/null | grep .' \
  sh "$ghctl"
check "a QR code is none" status_is 2 "$ghctl" credential generate fifth@example.org --qr --json
printf '[http]\nfrob=1\n' >"$work/wrong.conf"
row 1 - doctor --session --config "$work/wrong.conf"

# Which commands there are: of the groups with commands each one.
"$ghctl" --print-completion bash |
  sed -n 's/^    \([a-z]*\)) options=.* commands="\([^"]*\)".*/\1 \2/p' >"$work/groups"
missing=
while read -r group commands; do
  for command in ${commands:-.\*}; do
    grep -q -x -e "$group $command" "$work/ran" || missing="$missing $group-$command"
  done
done <"$work/groups"
check "the table has every command:$missing" [ -z "$missing" ]
plan
