#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl backup and restore: a daemon is copied while it is written to, and another one goes on with
# what it kept; files that were changed anywhere are refused, and change nothing.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

mode_is ()
{
  [ "$(stat -c %a "$2")" = "$1" ]
}

# damaged FILE: refused, and the folder stays without a store
damaged ()
{
  status_is 2 "$ghctl" restore "$1" "$work/new" --passphrase-file "$work/pass" &&
    [ ! -e "$work/new/gatehouse.db" ] && [ ! -e "$work/new/restore.new" ]
}

# flip AT FILE: the file with one octet changed is $work/flipped
flip ()
{
  python3 - "$1" "$2" "$work/flipped" <<'PY'
import sys
at, data = int(sys.argv[1]), bytearray(open(sys.argv[2], "rb").read())
data[at] ^= 1
open(sys.argv[3], "wb").write(data)
PY
}

start_daemon --session
echo 'correct horse battery' >"$work/pass"
echo 'another passphrase' >"$work/other"
echo short >"$work/short"
"$ghctl" create gatehouse --ty ae -o Csensor \
  '{"rn":"sensor","api":"N.example.sensor","rr":false,"srv":["3"]}' >/dev/null
"$ghctl" create gatehouse/sensor --ty cnt '{"rn":"temperature"}' >/dev/null
"$ghctl" create gatehouse/sensor/temperature --ty cin '{"con":"21.5"}' >/dev/null
"$ghctl" credential generate pump7@example.org --identity Cpump7 >/dev/null

# Something is always being written.
(
  while "$ghctl" create gatehouse/sensor/temperature --ty cin '{"con":"busy"}' >/dev/null 2>&1; do
    :
  done
) &
busy=$!
check "an encrypted backup" says "encrypted" \
  "$ghctl" backup --passphrase-file "$work/pass" "$work/sealed"
check "a plain one has no key" says "The key of the vault is not in it" \
  "$ghctl" backup "$work/plain"
check "but when it is asked for" "$ghctl" backup --with-key "$work/whole" --json
kill "$busy" 2>/dev/null || :
wait "$busy" 2>/dev/null || :
check "only its owner reads it" mode_is 600 "$work/sealed"
check "nothing is overwritten" says "exists already" "$ghctl" backup "$work/plain"
check "but when that is asked for, too" "$ghctl" backup --replace "$work/plain"
check "the passphrase is long enough" says "at least 8" \
  "$ghctl" backup --passphrase-file "$work/short" "$work/none"
check "a sealed one shows nothing" sh -c '! grep -q -a -e busy -e pump7 "$1"' sh "$work/sealed"
check "a plain one shows resources" grep -q -a busy "$work/plain"
check "no copy stays in the state folder" sh -c '! ls "$1"/backup-* 2>/dev/null' sh "$work"
check "to standard output" sh -c '"$1" backup - | head -n 1 | grep -q "^gatehouse-backup 1$"' sh "$ghctl"

for file in sealed plain whole; do
  check "$file is intact" says "intact" \
    "$ghctl" restore "$work/$file" --check --passphrase-file "$work/pass"
done
check "another passphrase" says "another passphrase, or damaged" \
  "$ghctl" restore "$work/sealed" "$work/new" --passphrase-file "$work/other"
mkdir -p "$work/new"
size=$(stat -c %s "$work/sealed")
for at in 20 120 300 $((size / 2)) $((size - 1)); do
  flip "$at" "$work/sealed"
  check "sealed, changed at $at" damaged "$work/flipped"
done
size=$(stat -c %s "$work/whole")
for at in 3 $((size / 2)) $((size - 40)) $((size - 1)); do
  flip "$at" "$work/whole"
  check "plain, changed at $at" damaged "$work/flipped"
done
for file in sealed whole; do
  for cut in 1 17 5000; do
    head -c -"$cut" "$work/$file" >"$work/flipped"
    check "$file, $cut octets missing" damaged "$work/flipped"
  done
  { cat "$work/$file"; printf x; } >"$work/flipped"
  check "$file, with more behind" damaged "$work/flipped"
done
echo '{"gatehouse-export":1}' >"$work/flipped"
check "no backup at all" says "not what" "$ghctl" restore "$work/flipped" "$work/new"
check "nor one of a newer version" says "newer version" sh -c '
  sed "1s/1/2/" "$2" >"$3" && "$1" restore "$3" "$4"' sh "$ghctl" "$work/whole" "$work/flipped" "$work/new"

check "not while it runs" says "is running there" \
  "$ghctl" restore "$work/sealed" "$work" --replace --passphrase-file "$work/pass"
check "the daemon stops" stop_daemon
check "not over what is there" says "there is a gatehouse.db already" \
  "$ghctl" restore "$work/sealed" "$work" --passphrase-file "$work/pass"
check "restored elsewhere" says "restored: /gatehouse" \
  "$ghctl" restore "$work/sealed" "$work/new" --passphrase-file "$work/pass"
check "for us alone" mode_is 600 "$work/new/gatehouse.db"
check "the key, too" mode_is 600 "$work/new/vault.key"
cp -r "$work/new" "$work/copy"
start_daemon --session --set "store.path=$work/new/gatehouse.db"
check "a daemon starts with it" "$ghctl" get gatehouse/sensor/temperature
check "and has what was kept" says "21.5" "$ghctl" get gatehouse/sensor/temperature/ol
check "and credentials" says "pump7@example.org" "$ghctl" credential list
check "it stops" stop_daemon
check "restored over it" says "before-restore-" \
  "$ghctl" restore "$work/sealed" "$work/new" --replace --passphrase-file "$work/pass"
check "what was there is kept" sh -c 'ls "$1"/before-restore-*/gatehouse.db' sh "$work/new"
start_daemon --session --set "store.path=$work/new/gatehouse.db"
check "and a daemon starts again" says "21.5" "$ghctl" get gatehouse/sensor/temperature/ol
check "and stops" stop_daemon
# What was decided and not ended, because the power went away: the next start ends it.
mkdir -p "$work/new/restore.ready/before"
cp "$work/copy/gatehouse.db" "$work/copy/vault" "$work/copy/vault.key" "$work/new/restore.ready/"
echo other >"$work/new/vault"
start_daemon --session --set "store.path=$work/new/gatehouse.db"
check "a daemon ends a restore" says "pump7@example.org" "$ghctl" credential list
check "and keeps what was there" sh -c 'grep -q other "$1"/before-restore-*/vault' sh "$work/new"
check "and nothing else stays" sh -c '! ls -d "$1"/restore.*' sh "$work/new"
check "and stops again" stop_daemon
check "without the key it says so" says "put it into" "$ghctl" restore "$work/plain" "$work/keyless"
cp "$work/copy/vault.key" "$work/keyless/vault.key"
start_daemon --session --set "store.path=$work/keyless/gatehouse.db"
check "with the key beside it a daemon starts" says "pump7@example.org" "$ghctl" credential list
check "and ends" stop_daemon
check "backup of nobody" status_is 3 "$ghctl" backup "$work/none"
plan
