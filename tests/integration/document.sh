# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The commands of a document, as they stand there and in their order, on ports that are its own: in a
# network name space, so that 5684 and 8443 are free. To be sourced with document set, and "$@" as it
# came; then run_document. What a block is, its first line says:
#
#   sh                  succeeds, each command                sh says TEXT   and the output holds the text
#   sh fails            one command, which does not succeed   sh fails-with TEXT    and says so
#   sh daemon           starts gatehoused     console stop, start   what there stands for a system is
#   sh build            was done before, by bootstrap               done with this gatehoused
#   console daemon      the same, as a picture of it: the lines after the prompt $; ends the one from before
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in bash curl unshare dbus-run-session gdbus; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done
[ -x "$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls" ] || { echo "1..0 # SKIP no CoAP client"; exit; }
unshare --user --map-root-user --net true 2>/dev/null ||
  { echo "1..0 # SKIP no network name spaces"; exit; }
if [ "${1:-}" != inside ]; then
  # the shell of most readers, and the one that sees what fails inside a pipe
  unshare --user --map-root-user --net dbus-run-session -- bash "$0" inside
  exit
fi
set -o pipefail
shopt -s inherit_errexit
ip link set lo up 2>/dev/null || ifconfig lo up

mkdir -p "$work/clone/_build" "$work/home"
ln -s "$GH_TOP_BUILDDIR" "$work/clone/_build/run"
cd "$work/clone"
HOME=$work/home
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
export HOME

# Blocks, one file each: their kind in the first line.
# shellcheck disable=SC2154 # document is the caller's
awk -v folder="$work" '
  /^```(sh|console (stop|start|daemon)$)/ {
    n++; file = sprintf ("%s/block%02d", folder, n); sub (/^```(sh ?)?/, ""); print > file; inside = 1; next
  }
  /^```/ { inside = 0; next }
  inside { print > file }' "$document"

# has_failed: ends the document in the midst of a block, as the reader would
has_failed ()
{
  if [ -n "$block_title" ]; then
    cases=$((cases + 1))
    echo "not ok $cases - $block_title"
    told | sed 's/^/#   /'
    echo "#   and the rest of the document was not tried"
    plan
  fi
  clean_up
}
block_title=
trap has_failed EXIT

# runs FILE TITLE: in this shell, so that later blocks know what earlier ones have set. The first command
# that fails ends all, so this must not be part of a condition, where the shell would look at the last only.
runs ()
{
  sed 1d "$1" >"$work/commands"
  block_title=$2
  # shellcheck disable=SC1090,SC1091
  . "$work/commands" >"$work/told" 2>"$work/complained"
  block_title=
}

# told: what the last block has printed, of both kinds
told ()
{
  cat "$work/told" "$work/complained"
}

# refused FILE: one command, and it fails, and not because there is no such program
refused ()
{
  sed 1d "$1" >"$work/commands"
  [ "$(sed 's/\\$//; t; s/.*/end/' "$work/commands" | grep -c '^end$')" -eq 1 ] ||
    { echo "a refusal is not of one command"; return 1; }
  refusal=0
  # shellcheck disable=SC1090,SC1091
  ( . "$work/commands" ) || refusal=$?
  case $refusal in
    0) echo "it succeeded"; return 1 ;;
    126 | 127) echo "it could not be run"; return 1 ;;
  esac
}

# refused_with TEXT FILE
refused_with ()
{
  refused "$2" >"$work/told" 2>"$work/complained" || { told; return 1; }
  says "$1" told
}

# daemon_starts FILE: a block whose last command is gatehoused
daemon_starts ()
{
  sed -e 1d -e 's/^gatehoused/exec gatehoused/' "$1" >"$work/commands"
  sed -n '/^exec gatehoused/,$p' "$work/commands" >"$work/again"
  daemon_runs "$work/commands"
}

daemon_runs ()
{
  sh "$1" >"$work/daemon.out" 2>"$work/daemon.err" &
  daemon=$!
  tries=0
  until gdbus call --session -d org.gatehouse.Gatehouse1 -o /org/gatehouse/Gatehouse1 \
    -m org.freedesktop.DBus.Peer.Ping >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null && [ $((tries += 1)) -lt 1000 ] || { cat "$work/daemon.err"; return 1; }
    sleep 0.1
  done
}

# daemon_shown FILE: with its files in this test's folder, also for root, whose are the system's
daemon_shown ()
{
  [ -z "$daemon" ] || stop_daemon || return 1
  sed -n -e 1p -e "s,^\$ gatehoused,& --set store.path=$work/shown/gatehouse.db," -e 's/^\$ //p' "$1" >"$work/shown-commands"
  mkdir -p -m 700 "$work/shown"
  daemon_starts "$work/shown-commands"
}

# run_document LEAST: all of it; fewer cases than LEAST are one that fails
run_document ()
{
  for block in "$work"/block*; do
    kind=$(head -n 1 "$block")
    title=$(sed -n '2p' "$block" | cut -c1-60)
    case $kind in
      build) # shellcheck disable=SC2016 # as it stands there
        check "bootstrap builds where the rest looks" grep -q '"$top/_build/run"' "$GH_TOP_SRCDIR/bootstrap" ;;
      daemon) check "$title" daemon_starts "$block" ;;
      "console daemon") check "$title" daemon_shown "$block" ;;
      "console stop") check "stopped in the place of: $title" stop_daemon ;;
      "console start") check "started in the place of: $title" daemon_runs "$work/again" ;;
      fails) check "refused: $title" refused "$block" ;;
      "fails-with "*) check "refused with ${kind#* }: $title" refused_with "${kind#* }" "$block" ;;
      "says "*)
        runs "$block" "$title"
        check "says ${kind#* }: $title" says "${kind#* }" told ;;
      *)
        runs "$block" "$title"
        check "$title" true ;;
    esac
  done
  check "every block was there" test "$cases" -ge "$1"
  kill "$daemon" 2>/dev/null || :
  wait "$daemon" 2>/dev/null || :
  daemon=
  plan
}
