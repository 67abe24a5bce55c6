#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The units for the system and for a user's session: what systemd itself says of them, and that
# gatehoused tells a service manager what the units promise.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

data=$GH_TOP_BUILDDIR/data

# placed UNIT: a copy whose program exists, whatever prefix this build is for
placed ()
{
  mkdir -p "$work/$(dirname "$1")"
  sed "s,^ExecStart=[^ ]*,ExecStart=$gatehoused," "$data/$1" >"$work/$1"
  echo "$work/$1"
}

well_formed ()
{
  scope=$1
  systemd-analyze "$scope" --man=no verify "$(placed "$2")" >"$work/said" 2>&1 ||
    { cat "$work/said"; return 1; }
  ! grep "$(basename "$2")" "$work/said"
}

# The exposure that systemd computes, which is 10 for no sandbox at all; 1.5 or better is asked.
sandboxed ()
{
  systemd-analyze security --offline=yes --no-pager --threshold=15 "$(placed gatehoused.service)"
}

locks_enough_memory ()
{
  # 8 MiB is what the vault, tickets and a thousand associations hold
  limit=$(sed -n 's/^LimitMEMLOCK=\([0-9]*\)M$/\1/p' "$data/$1")
  [ "$limit" -ge 8 ]
}

activates ()
{
  unit=$(sed -n 's/^SystemdService=//p' "$data/$1")
  test -f "$data/$(dirname "$1")/$unit"
  grep -qx "BusName=$(sed -n 's/^Name=//p' "$data/$1")" "$data/$(dirname "$1")/$unit"
}

# told WATCHDOG_USEC: what a service manager of a few lines hears from a gatehoused; empty: it sets
# no watchdog
state=$work
told ()
{
  # shellcheck disable=SC2086 # words
  python3 - "$1" "$work/manager" "$gatehoused" --no-bus $development \
    --set "store.path=$state/gatehouse.db" \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" <<'PYTHON'
import os, signal, socket, subprocess, sys
usec, path, command = sys.argv[1], sys.argv[2], sys.argv[3:]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(path)
manager.settimeout(60)
environment = dict(os.environ, NOTIFY_SOCKET=path, **({"WATCHDOG_USEC": usec} if usec else {}))
daemon = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
for _ in range(4 if usec else 1):
    print(manager.recv(4096).decode())
daemon.send_signal(signal.SIGTERM)
said = ""
while said != "STOPPING=1":
    said = manager.recv(4096).decode()
    print(said)
os.unlink(path)
sys.exit(daemon.wait())
PYTHON
}

says_ready_and_stopping ()
{
  told "" >"$work/told"
  printf 'READY=1\nSTOPPING=1\n' | diff - "$work/told"
}

says_that_it_lives ()
{
  told 400000 >"$work/told"
  [ "$(head -n 1 "$work/told")" = READY=1 ]
  [ "$(grep -cx WATCHDOG=1 "$work/told")" -ge 3 ]
  [ "$(tail -n 1 "$work/told")" = STOPPING=1 ]
}

# The credential that the unit asks systemd for is the key: none is made beside the vault, which nobody
# opens without it.
takes_the_key_of_systemd ()
{
  id=$(sed -n 's/^LoadCredentialEncrypted=//p' "$data/gatehoused.service")
  state=$work/sealed
  mkdir -m 700 "$state" "$work/credentials"
  (umask 277 && head -c 32 /dev/urandom >"$work/credentials/$id")
  export CREDENTIALS_DIRECTORY="$work/credentials"
  told "" >"$work/told" || return 1
  [ -e "$state/vault" ] && [ ! -e "$state/vault.key" ] || { ls "$state"; return 1; }
  told "" >"$work/told" || return 1
}

refuses_the_vault_without ()
{
  unset CREDENTIALS_DIRECTORY
  ! "$gatehoused" --no-bus $development --set "store.path=$state/gatehouse.db" \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" >"$work/told" 2>&1 || return 1
  grep "vault" "$work/told"
}

# refuses_key MODE COMMAND...: with what the command prints in the place of the credential, which has that
# mode, nothing is opened or made, and the error names the file
refuses_key ()
{
  mode=$1
  shift
  state=$work/refusing
  rm -rf "$state" "$work/wrong"
  mkdir -m 700 "$state" "$work/wrong"
  "$@" >"$work/wrong/$id"
  chmod "$mode" "$work/wrong/$id"
  ! CREDENTIALS_DIRECTORY="$work/wrong" "$gatehoused" --no-bus $development \
    --set "store.path=$state/gatehouse.db" \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" >"$work/told" 2>&1 || return 1
  [ ! -e "$state/vault" ] && [ ! -e "$state/vault.key" ] || { ls "$state"; return 1; }
  grep -F "$work/wrong/$id" "$work/told"
}

if command -v systemd-analyze >/dev/null; then
  check "the system's unit is well formed" well_formed --system gatehoused.service
  check "the session's unit is well formed" well_formed --user user/gatehoused.service
  check "what the system's unit leaves open is 1.5 of 10 or less" sandboxed
else
  skip "what systemd says of the units" "no systemd-analyze"
fi
check "the system's unit leaves room for locked secrets" locks_enough_memory gatehoused.service
check "the session's unit leaves room for locked secrets" locks_enough_memory user/gatehoused.service
check "the system bus starts the unit" activates org.gatehouse.Gatehouse1.service
check "the session bus starts the unit" activates user/org.gatehouse.Gatehouse1.service
check "a service manager hears that it is ready, and that it stops" says_ready_and_stopping
check "a watchdog hears that requests are answered" says_that_it_lives
check "the credential of the unit is the key of the vault" takes_the_key_of_systemd
check "which is not opened without it" refuses_the_vault_without
id=$(sed -n 's/^LoadCredentialEncrypted=//p' "$data/gatehoused.service")
check "an octet less is no key" refuses_key 400 head -c 31 /dev/urandom
check "nor an octet more" refuses_key 400 head -c 33 /dev/urandom
check "nor what is large" refuses_key 400 head -c 1000000 /dev/zero
check "nor nothing" refuses_key 400 true
check "nor what others can read" refuses_key 404 head -c 32 /dev/urandom
check "another key opens nothing" says "vault" env CREDENTIALS_DIRECTORY="$work/wrong" sh -c \
  'umask 277; rm -f "$1"; head -c 32 /dev/urandom >"$1"; shift; exec "$@"' sh "$work/wrong/$id" \
  "$gatehoused" --no-bus $development --set "store.path=$work/sealed/gatehouse.db" \
  --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled"
plan
