#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the manual pages and the sample configuration say, against what the programs say.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

man=$GH_TOP_SRCDIR/data/man

# options PROGRAM...: the long options that it names in its help
options ()
{
  "$@" --help | sed -n 's/^ .*\(--[a-z-]*\).*/\1/p' | sort -u
}

# documented PAGE: what stdin lists stands in the page
documented ()
{
  missing=
  while IFS= read -r option; do
    grep -q -e "-${option#--}" "$1" || missing="$missing $option"
  done
  [ -z "$missing" ] || { echo "not in $1:$missing"; return 1; }
}

options_documented ()
{
  page=$1
  shift
  options "$@" | grep -v -e '--help' | documented "$page"
}

# The keys in the page are those that the program has, word for word.
keys_documented ()
{
  "$gatehoused" --print-config >"$work/config"
  awk -f "$man/keys.awk" "$work/config" >"$work/expected"
  sed -n '/keys begin/,/keys end/p' "$man/gatehouse.conf.5" | sed '1d;$d' >"$work/documented"
  test -s "$work/expected"
  diff "$work/expected" "$work/documented" || {
    echo "see the head of data/man/keys.awk for how to write the page again"
    return 1
  }
}

check "options of gatehoused" options_documented "$man/gatehoused.8" "$gatehoused"
for command in status get create update delete credential ca; do
  check "options of ghctl $command" options_documented "$man/ghctl.1" "$ghctl" "$command"
done
check "options of the host monitor" options_documented "$man/gatehouse-host-monitor.1" \
  "$GH_TOP_BUILDDIR/bindings/host-monitor/gatehouse-host-monitor"
check "keys of the configuration, with their defaults" keys_documented

# The printed configuration and the sample are files that the daemon takes.
"$gatehoused" --print-config >"$work/printed.conf"
for file in "$work/printed.conf" "$GH_TOP_SRCDIR/data/gatehouse.conf"; do
  check "$(basename "$file") is accepted" "$gatehoused" --check-config --config "$file"
done
echo '[cse]
frobnicate = yes' >"$work/wrong.conf"
check "an unknown key is refused with file and line" says "wrong.conf:2:" \
  "$gatehoused" --check-config --config "$work/wrong.conf"
check "and with 2" status_is 2 "$gatehoused" --check-config --config "$work/wrong.conf"
plan
