#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a restart keeps, and which stores a restart refuses. Prints TAP.
set -u
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
command -v curl >/dev/null || { echo "1..0 # SKIP no curl"; exit 0; }

# request METHOD PATH [CURL-ARGUMENT...]: as the administrator
request ()
{
  method=$1
  path=$2
  shift 2
  curl -sS -X "$method" -H "X-M2M-Origin: CAdmin" -H "X-M2M-RI: 1" -H "X-M2M-RVI: 3" \
    -H "Content-Type: application/json" "$@" "$url$path"
}

# refused TEXT OPTION...: gatehoused without --dev ends by itself, and says TEXT
refused ()
{
  text=$1
  shift
  status=0
  timeout 60 "$gatehoused" --no-bus --set "store.path=$work/gatehouse.db" \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" --set plugins.load=sqlite "$@" \
    >"$work/refusal" 2>&1 || status=$?
  cat "$work/refusal"
  [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && grep -qF "$text" "$work/refusal"
}

# The node of this machine is put into the CSEBase while it runs.
start_daemon --no-bus --set node.describe=yes
check "the CSEBase names its node" says '"nl":"nod-' request GET /gatehouse
stop_daemon
start_daemon --no-bus --set node.describe=no --set cse.poa=http://example.org:1
check "a restart keeps what was set later" says '"nl":"nod-' request GET /gatehouse
ends_with ()
{
  code=$1
  text=$2
  shift 2
  status=0
  timeout 60 "$gatehoused" --no-bus --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" \
    --set plugins.load=sqlite "$@" >"$work/refusal" 2>&1 || status=$?
  cat "$work/refusal"
  [ "$status" -eq "$code" ] && grep -qF "$text" "$work/refusal"
}
check "a second daemon on its store ends, and says whose it is" \
  ends_with 3 "gatehouse.db: in use by another process ($daemon)" \
  --set "store.path=$work/gatehouse.db"
check "so does one that would only share the vault" \
  ends_with 3 "vault: another process has it open" --set "store.path=$work/second.db"
check "and tells of the new configuration" says '"poa":["http://example.org:1"]' \
  request GET /gatehouse
check "the daemon stops" stop_daemon

check "another CSE-ID does not take the store over" \
  refused "[cse] id: the store belongs to the CSE /gatehouse; /other needs a store of its own" \
  --set cse.id=other
cp "$work/gatehouse.db" "$work/kept.db"
: >"$work/gatehouse.db"
check "a store that was truncated is no new one" \
  refused "is empty, but the vault knows of a store that was in use"
rm "$work/gatehouse.db"
check "neither is one that is gone" \
  refused "is empty, but the vault knows of a store that was in use"
mkdir "$work/elsewhere"
start_daemon --no-bus --set "store.path=$work/elsewhere/gatehouse.db"
stop_daemon
cp "$work/elsewhere/gatehouse.db" "$work/gatehouse.db"
check "nor that of another CSE" refused "is not the store that the vault belongs to"
mv "$work/kept.db" "$work/gatehouse.db"
start_daemon --no-bus
check "the right one is taken again" says '"nl":"nod-' request GET /gatehouse
stop_daemon
rm "$work/gatehouse.db"
# Without --dev, which warns only; what keeps it from going on is that it has no listener here.
check "an empty one is taken when told so" refused "nothing to serve" --set store.renew=yes
check "and known from then on" refused "nothing to serve"
plan
