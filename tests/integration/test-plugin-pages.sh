#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The pages of the plugins, docs/plugin-*.md: there is one for each plugin that is loaded by default,
# gatehoused starts with the configuration that it shows and loads what that names, and the tests and
# documents that it points to exist.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

unshare --user --map-root-user --net true 2>/dev/null ||
  { echo "1..0 # SKIP no network name spaces"; exit; }
if [ "${1:-}" != inside ]; then
  unshare --user --map-root-user --net "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi
ip link set lo up 2>/dev/null || ifconfig lo up
development=

# starts PAGE: with its configuration; what it says is in $work/said-by
starts ()
{
  awk '/^```ini$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$1" >"$work/gatehouse.conf"
  [ -s "$work/gatehouse.conf" ] || { echo "no configuration"; return 1; }
  mkdir "$work/state"
  start_daemon --no-bus -c "$work/gatehouse.conf" --set "store.path=$work/state/gatehouse.db"
  stop_daemon
  rm -rf "$work/state"
}

# refuses_more: the same configuration with a key that is none
refuses_more ()
{
  echo 'frobnicate = yes' >>"$work/gatehouse.conf"
  status_is 2 "$gatehoused" --check-config -c "$work/gatehouse.conf"
}

# points PAGE: every file of tests/ and every document that it names is there
points ()
{
  missing=0
  for file in $(grep -o 'tests/[a-z0-9/_.-]*[a-z]' "$1") \
    $(grep -o '([a-z-]*\.md)' "$1" | sed 's,(\(.*\)),docs/\1,'); do
    [ -e "$GH_TOP_SRCDIR/$file" ] || { echo "no $file"; missing=1; }
  done
  return $missing
}

plugins=$("$gatehoused" --print-config | sed -n 's/^#* *load *= *//p' | tr ';' ' ')
check "some plugins are loaded by default" test -n "$plugins"
for plugin in $plugins; do
  page=$GH_TOP_SRCDIR/docs/plugin-$plugin.md
  check "$plugin has a page" test -f "$page"
  check "$plugin: its configuration starts" starts "$page"
  check "$plugin: and takes no other key" refuses_more
  check "$plugin: what it points to is there" points "$page"
done
plan
