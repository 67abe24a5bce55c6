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

# Keys of the printed configuration as "group key default"
keys ()
{
  "$gatehoused" --print-config | awk '
    /^\[/ { group = substr ($0, 2, index ($0, "]") - 2) }
    /^#?[a-z0-9-]+ *=/ {
      key = $0; sub (/^#/, "", key); sub (/ *=.*/, "", key)
      value = $0; sub (/^[^=]*= */, "", value)
      print group, key, value }'
}

keys_documented ()
{
  keys >"$work/keys"
  test -s "$work/keys"
  missing=
  while read -r group key value; do
    awk -v group="$group" -v key="$key" -v value="$value" '
      $1 == ".Ss" { here = ($2 == "[" group "]" || $2 == group) }
      here && $1 == ".It" && $2 == "Cm" && $3 == key { found = 1; line = $0 }
      # A default that depends on where it is installed is not in the page.
      END { exit !(found && (value == "" || value ~ /^\// || index (line, value))) }' \
      "$man/gatehouse.conf.5" || missing="$missing [$group]$key=$value"
  done <"$work/keys"
  [ -z "$missing" ] || { echo "not in gatehouse.conf(5), or with another default:$missing"; return 1; }
}

keys_exist ()
{
  awk '
    $1 == ".Ss" { group = $2; gsub (/[][]/, "", group) }
    group != "" && $1 == ".It" && $2 == "Cm" { print group, $3 }' "$man/gatehouse.conf.5" >"$work/pages"
  keys | while read -r group key value; do echo "$group $key"; done >"$work/real"
  test -s "$work/pages"
  if grep -v -x -F -f "$work/real" "$work/pages"; then
    echo "in gatehouse.conf(5), but not keys"
    return 1
  fi
}

check "options of gatehoused" options_documented "$man/gatehoused.8" "$gatehoused"
for command in status get create update delete; do
  check "options of ghctl $command" options_documented "$man/ghctl.1" "$ghctl" "$command"
done
check "options of the host monitor" options_documented "$man/gatehouse-host-monitor.1" \
  "$GH_TOP_BUILDDIR/bindings/host-monitor/gatehouse-host-monitor"
check "keys of the configuration, with their defaults" keys_documented
check "no key that does not exist" keys_exist

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
