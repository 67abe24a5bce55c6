# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# What the scripts of this suite share: TAP, and a gatehoused of their own. To be sourced.

cases=0
gatehoused=$GH_TOP_BUILDDIR/bindings/dbus/gatehoused
ghctl=$GH_TOP_BUILDDIR/bindings/ghctl/ghctl
work=$(mktemp -d)
daemon=

# check WHAT COMMAND...: a case that passes when the command does; passed tells the next line
check ()
{
  what=$1
  shift
  cases=$((cases + 1))
  passed=1
  if "$@" >"$work/out" 2>"$work/err"; then
    echo "ok $cases - $what"
  else
    passed=0
    echo "not ok $cases - $what"
    sed 's/^/#   /' "$work/out" "$work/err"
  fi
}

# status_is N COMMAND...: the command ends with N
status_is ()
{
  expected=$1
  shift
  status=0
  "$@" || status=$?
  [ "$status" -eq "$expected" ] || { echo "exit status $status, not $expected"; return 1; }
}

# says TEXT COMMAND...: the command's output, of both kinds, holds the text
says ()
{
  text=$1
  shift
  output=$("$@" 2>&1) || :
  case $output in
    *"$text"*) ;;
    *) echo "no \"$text\" in: $output"; return 1 ;;
  esac
}

skip ()
{
  # shellcheck disable=SC2034 # for the caller
  passed=0
  cases=$((cases + 1))
  echo "ok $cases - $1 # SKIP $2"
}

plan ()
{
  echo "1..$cases"
}

# start_daemon OPTION...: a gatehoused on a free port and a store of its own; waits until it is
# ready, by reading what it says. Sets daemon and url. With development empty, one without --dev,
# and so without a plain port.
# With uninstalled empty, one that looks for its plugins where it was told when it was built.
development="--dev --set http.listen=127.0.0.1:0 --set coap.listen=127.0.0.1:0"
uninstalled="--set plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled"
start_daemon ()
{
  mkfifo "$work/said"
  # shellcheck disable=SC2086 # words
  "$gatehoused" $development $uninstalled --set "store.path=$work/gatehouse.db" "$@" \
    >"$work/said" 2>>"$work/gatehoused.log" &
  daemon=$!
  url=
  coap_url=
  ready=
  while IFS= read -r line; do
    case $line in
      "listening on http"*) url=${line#listening on } ;;
      "listening on coap"*) coap_url=${line#listening on } ;;
      "ready: "*) ready=$line; break ;;
    esac
  done <"$work/said"
  url=${url:-$coap_url}
  rm -f "$work/said"
  if [ -z "$ready" ]; then
    echo "Bail out! gatehoused does not start"
    sed 's/^/# /' "$work/gatehoused.log"
    exit 1
  fi
}

stop_daemon ()
{
  kill "$daemon"
  status=0
  wait "$daemon" || status=$?
  daemon=
  [ "$status" -eq 0 ] || { echo "exit status $status"; cat "$work/gatehoused.log"; }
  return "$status"
}

clean_up ()
{
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
  rm -rf "$work"
}
trap clean_up EXIT
