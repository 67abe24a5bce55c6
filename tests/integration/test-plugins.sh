#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plugins of a daemon that runs: what is stopped lets go of what it had, what is started takes it again.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

name=org.gatehouse.Gatehouse1
path=/org/gatehouse/Gatehouse1
ports=$GH_TOP_SRCDIR/tests/integration/plugin_ports.py

# plugin NAME METHOD ARGUMENT...: of its object
plugin ()
{
  object=$path/plugin/$1
  shift
  gdbus call --session --timeout 120 -d $name -o "$object" -m "$name.Plugin.$@"
}

# hold PORT: another process takes it, if it can; let_go ends that
hold ()
{
  rm -f "$work/holding" "$work/held"
  mkfifo "$work/holding" "$work/held"
  python3 "$ports" hold "$1" <"$work/holding" >"$work/held" &
  holder=$!
  exec 8>"$work/holding"
  read -r said <"$work/held"
  [ "$said" = held ] || { echo "$said"; let_go; return 1; }
}
let_go ()
{
  exec 8>&-
  wait "$holder" || :
}
not ()
{
  ! "$@"
}

# ask PORT: by plain CoAP, by a client that is not ours; it takes no options of oneM2M in an answer
ask ()
{
  coap-client-notls -B 60 -O 279,CAdmin "coap://127.0.0.1:$1/.well-known/core"
}

port=$(python3 "$ports" free)
development="--dev --set http.listen=127.0.0.1:0 --set coap.listen=127.0.0.1:$port --set coap.listen-tcp=127.0.0.1:$port"
start_daemon --session

check "a port that a transport has is taken" not hold "$port"
check "it is stopped" plugin coap Stop
check "which frees its port for another process" hold "$port"
check "while that has it, it is not started" says "is taken by another program" plugin coap Start
check "and the error names the key and the address" says "127.0.0.1:$port" plugin coap Start
let_go
check "when it is free again, it is" plugin coap Start
check "and the port is taken" not hold "$port"
if command -v coap-client-notls >/dev/null; then
  check "and it answers there" says gatehouse ask "$port"
else
  skip "it answers there" "coap-client-notls is missing"
fi
check "it can be stopped again" plugin coap Stop
check "and leaves nothing behind" hold "$port"
let_go
check "the daemon stops" stop_daemon

# --- stopping while it is asked ---

port=$(python3 "$ports" free)
development="--dev --set http.listen=127.0.0.1:$port --set coap.listen=127.0.0.1:0"
start_daemon --session
# flood CLIENT: asks until it is enough; the status of each answer, 000 for none, in $work/CLIENT
flood ()
{
  count=0
  while [ ! -e "$work/enough" ]; do
    count=$((count + 1))
    curl -s -m 60 -o "$work/$1.body" -w '%{http_code}\n' -H "X-M2M-Origin: CAdmin" -H "X-M2M-RVI: 3" \
      -H "X-M2M-RI: $1-$count" "http://127.0.0.1:$port/gatehouse?rcn=4" >>"$work/$1" || :
  done
}
# each_answered: every client has one more 200 than when this was called
each_answered ()
{
  for client in first second third; do
    before=$(grep -c 200 "$work/$client" || :)
    until [ "$(grep -c 200 "$work/$client" || :)" -gt "$before" ]; do
      kill -0 "$daemon" || return 1
    done
  done
}
stopped_and_started ()
{
  for turn in 1 2 3 4 5 6 7 8; do
    each_answered && plugin http Stop && plugin http Start || { echo "turn $turn"; return 1; }
  done
}
clients=
for client in first second third; do
  : >"$work/$client"
  flood $client &
  clients="$clients $!"
done
check "a transport is stopped and started while three clients ask" stopped_and_started
check "each of them goes on" each_answered
: >"$work/enough"
# shellcheck disable=SC2086 # words
wait $clients
check "whoever was not answered was told so, or found nobody" \
  not grep -v -e 200 -e 503 -e 000 "$work/first" "$work/second" "$work/third"
check "the daemon stops" stop_daemon

# --- loading ---

# The sanitizer build has its plugins inside, and no file to load.
if [ ! -e "$GH_TOP_BUILDDIR/plugins/uninstalled/http.so" ]; then
  plan
  exit 0
fi

# A folder of our own, with the plugins of this build and one more.
plugins=$work/plugins
mkdir -m 0755 "$plugins"
cp "$GH_TOP_BUILDDIR"/plugins/uninstalled/*.so "$GH_TOP_BUILDDIR"/plugins/uninstalled/*.plugin "$plugins/"
chmod go-w "$plugins"/*
development="--dev --set http.listen=127.0.0.1:0 --set coap.listen=127.0.0.1:0"
start_daemon --session --set 'plugins.load=http;sqlite' --set "plugins.path=$plugins"

# load NAME: by gdbus
load ()
{
  gdbus call --session --timeout 120 -d $name -o $path -m $name.Plugins.Load "$1" '{}'
}
# state_of NAME
state_of ()
{
  gdbus call --session -d $name -o "$path/plugin/$1" -m org.freedesktop.DBus.Properties.Get \
    $name.Plugin State
}
urls ()
{
  gdbus call --session -d $name -o $path -m org.freedesktop.DBus.Properties.Get $name Urls
}

check "what is not loaded has no object" says UnknownObject state_of coap
check "and cannot be started" says "is not loaded" plugin coap Start
check "a transport is loaded" says "$path/plugin/coap" load coap
check "and has an object" says started state_of coap
check "and listens" says "coap://127.0.0.1" urls
check "it is not loaded twice" says "it is loaded" load coap
check "what proves identities is loaded, by busctl" says "$path/plugin/psk" \
  busctl --address="$DBUS_SESSION_BUS_ADDRESS" call $name $path $name.Plugins Load 'sa{sv}' psk 0
check "and has an object" says started state_of psk
check "a plugin that there is not" says "there is no nonsense.plugin in $plugins" load nonsense
check "leaves no object" says UnknownObject state_of nonsense
for path_like in "$plugins/cert" ../cert cert.plugin "" .; do
  check "a path is no name: \"$path_like\"" says "is not the name of a plugin" load "$path_like"
done
chmod g+w "$plugins/cert.so"
check "a file that others may write is refused" says "cert.so" load cert
check "with the reason" says "group" load cert
chmod g-w "$plugins/cert.so"
cp "$plugins/cert.so" "$work/cert.so"
printf x >>"$plugins/cert.so"
check "so is one that is not what its manifest says" says \
  "cert.so: its SHA-256 digest is not the one in cert.plugin" load cert
cp "$work/cert.so" "$plugins/cert.so"
sed -i 's/^Abi *=.*/Abi=99.0/' "$plugins/cert.plugin"
check "and one of another interface" says "Abi: 99.0, this host has" load cert
check "what was refused leaves no object" says UnknownObject state_of cert
cp "$GH_TOP_BUILDDIR/plugins/uninstalled/cert.plugin" "$plugins/cert.plugin"
check "when it is in order, it is loaded" says "$path/plugin/cert" load cert
check "all work together" says started state_of http
check "it stops with what was loaded" stop_daemon
start_daemon --session --set 'plugins.load=http;sqlite' --set "plugins.path=$plugins"
check "after a restart the configuration counts" says UnknownObject state_of coap
check "the daemon stops" stop_daemon
start_daemon --session --set plugins.load=http --set store.type=memory --set "plugins.path=$plugins"
check "a store is not loaded" says "which is opened at the start" load sqlite
check "and leaves no object" says UnknownObject state_of sqlite
check "the daemon stops" stop_daemon

# --- proving ---

rm -f "$work"/gatehouse.db* "$work"/vault*
development=
start_daemon --session --set http.listen-secure=127.0.0.1:0 --set coap.listen-secure=127.0.0.1:0 \
  --set coap.listen-secure-tcp=
tls=$(urls | sed "s/.*'https:[^']*:\([0-9]*\)'.*/\1/")
dtls=$(urls | sed "s/.*'\(coaps:[^']*\)'.*/\1/")
letters=0123456789abcdefghijklmnopqrstuv
key=$(printf %s "$letters" | od -An -v -tx1 | tr -d ' \n')
printf %s "$key" | "$ghctl" credential add --administrator admin@localhost >"$work/out"

# tls OPTION...: of openssl, with what it says on its input
tls ()
{
  timeout 120 openssl s_client -connect "127.0.0.1:$tls" -psk_identity admin@localhost -psk "$key" \
    -tls1_2 -cipher PSK-AES128-CBC-SHA256 "$@" 2>&1
}
# shakes_hands OPTION...: and asks one thing
shakes_hands ()
{
  printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n' |
    tls -ign_eof "$@" | grep -q "X-M2M-RSC: 2000"
}
# discovers: by DTLS, with libcoap
discovers ()
{
  "$coap" -B "$1" -u admin@localhost -k "$letters" "$dtls/.well-known/core" 2>&1 |
    grep -q "</gatehouse"
}
# association: one that stays
association ()
{
  rm -f "$work/in"
  mkfifo "$work/in"
  tls -quiet <"$work/in" >"$work/association" 2>&1 &
  peer=$!
  exec 7>"$work/in"
  printf 'GET /gatehouse HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n' >&7
  turns=0
  until grep -q "X-M2M-RSC: 2000" "$work/association"; do
    turns=$((turns + 1))
    [ $turns -lt 6000 ] || { cat "$work/association"; return 1; }
    sleep 0.01
  done
}
# has_ended: the server has closed it; its input is still open
has_ended ()
{
  wait "$peer" || [ $? -ne 124 ]
}

check "a key proves who somebody is" shakes_hands -sess_out "$work/session"
check "and resumes" shakes_hands -sess_in "$work/session"
coap=$(command -v coap-client-gnutls || :)
[ -z "$coap" ] || check "over DTLS, too" discovers 60
check "an association stays" association
check "what proves identities is stopped" plugin psk Stop
check "which ends the association" has_ended
exec 7>&-
check "no handshake succeeds by a key" not shakes_hands
check "and none by a ticket" not shakes_hands -sess_in "$work/session"
[ -z "$coap" ] || check "nor over DTLS" not discovers 3
check "the listeners stay" says "https:" urls
check "it is started again" plugin psk Start
check "and proves" shakes_hands
[ -z "$coap" ] || check "over DTLS, too" discovers 60
check "that is in the audit log" says "plugin stopped" "$ghctl" audit
check "the daemon stops" stop_daemon

# --- configuring ---

rm -f "$work"/gatehouse.db* "$work"/vault*
cat >"$work/gatehouse.conf" <<CONF
[http]
listen = 127.0.0.1:0
max-body = 8K
[coap]
listen = 127.0.0.1:0
CONF
development="--dev --config $work/gatehouse.conf"
start_daemon --session
# property NAME PROPERTY
property ()
{
  gdbus call --session -d $name -o "$path/plugin/$1" -m org.freedesktop.DBus.Properties.Get \
    $name.Plugin "$2"
}
set_http ()
{
  plugin http Configure "$1" "${2:-{\}}"
}

check "a key is set" says "'max-body': 'restart'" set_http "{'max-body': '16K'}"
check "it is in the settings" says "'max-body': '16K'" property http Settings
check "but counts only later" says "'max-body'" property http Pending
check "and was set" says "['max-body']" property http Changed
check "the plugin is stopped" plugin http Stop
check "and started" plugin http Start
check "nothing is pending any more" says "(<@as []>,)" property http Pending
check "by busctl" says 'a{ss} 1 "max-connections" "restart"' \
  busctl --address="$DBUS_SESSION_BUS_ADDRESS" call $name $path/plugin/http $name.Plugin Configure \
  'a{ss}a{sv}' 1 max-connections 100 1 transient b true
check "what is live counts at once" says "'crl-files': 'now'" plugin cert Configure "{'crl-files': ''}" '{}'
check "a list that is not there is refused" says "none.pem" \
  plugin cert Configure "{'crl-files': '$work/none.pem'}" '{}'
check "a value out of range is refused, with what is allowed" says "[http] max-body: 1 is outside 1024..67108864" \
  set_http "{'max-body': '1'}"
check "and one of another type" says '[http] max-body: "much" is not a number of octets' \
  set_http "{'max-body': 'much'}"
check "and a key that there is not" says "did you mean max-body?" set_http "{'max-bdy': '8K'}"
check "and an address that is none" says "nowhere is not ADDRESS:PORT" set_http "{'listen': 'nowhere'}"
check "and of CoAP" says "[coap] listen" plugin coap Configure "{'listen': 'nowhere'}" '{}'
check "and plain elsewhere than on loopback" says "is not a loopback address" \
  set_http "{'listen': '192.0.2.1:80'}"
check "all or nothing" says "outside" set_http "{'max-head': '32K', 'max-body': '1'}"
check "and it was nothing" not says "max-head" property http Changed
check "what has no keys" says "it has no keys" plugin psk Configure "{'x': 'y'}" '{}'
check "nor has the store" says "it has no keys" plugin sqlite Configure "{'path': 'y'}" '{}'
check "the file is ours alone" says 600 stat -c %a "$work/settings.conf"
check "what is for this run is not in it" not grep -q max-connections "$work/settings.conf"
check "a plugin that stands in load is kept anyway" says "which decides" plugin http Keep false

# hung_up: SIGHUP, until it was carried out
hung_up ()
{
  before=$(grep -c "daemon: reloaded" "$work/gatehoused.log" || :)
  kill -HUP "$daemon"
  turns=0
  until [ "$(grep -c "daemon: reloaded" "$work/gatehoused.log" || :)" -gt "$before" ]; do
    turns=$((turns + 1))
    [ $turns -lt 6000 ] || return 1
    sleep 0.01
  done
}
sed -i 's/^\[coap\]/max-head = 64K\n&/' "$work/gatehouse.conf"
check "the file changes, too" hung_up
check "which waits for the plugin's start" says "'max-head'" property http Pending
check "what was set stays" says "'max-body': '16K'" property http Settings
check "the daemon stops" stop_daemon
start_daemon --session
check "what was set lasts" says "'max-body': '16K'" property http Settings
check "what was for the run does not" says "'max-connections': '1024'" property http Settings
check "it is reset" says "'max-body': 'restart'" plugin http Reset '[]'
check "the file of the configuration counts again" says "'max-body': '8K'" property http Settings
check "one that is not in load is forgotten" says "which decides" plugin coap Keep true
check "the daemon stops" stop_daemon
start_daemon --session --set "http.max-body=32K" --set 'plugins.load=http;sqlite'
check "it stays reset, and the command line counts more" says "'max-body': '32K'" property http Settings
check "a plugin is loaded and kept" says plugin/psk gdbus call --session -d $name -o $path \
  -m $name.Plugins.Load psk "{'keep': <true>}"
check "the daemon stops" stop_daemon
start_daemon --session --set 'plugins.load=http;sqlite'
check "it is there again" says started state_of psk
check "it is forgotten" plugin psk Keep false
check "the daemon stops" stop_daemon
start_daemon --session --set 'plugins.load=http;sqlite'
check "and is gone" says UnknownObject state_of psk
check "the daemon stops" stop_daemon
echo "[cse]
id = other" >"$work/settings.conf"
check "a file with something else is refused" says "only keys of plugins stand here" \
  "$gatehoused" $development --no-bus --set "store.path=$work/gatehouse.db" \
  --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled"
chmod 666 "$work/settings.conf"
check "and one that others can write" says "others can write to it" \
  "$gatehoused" $development --no-bus --set "store.path=$work/gatehouse.db" \
  --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled"
plan
