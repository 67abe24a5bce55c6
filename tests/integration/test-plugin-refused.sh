#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What gatehoused does when a plugin of its own is not what its manifest says. Prints TAP.
set -u
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

plugins=$work/plugins

# Copies of the plugins of this build, in a folder that only we can write to.
fresh_plugins ()
{
  rm -rf "$plugins"
  mkdir -m 0755 "$plugins"
  cp "$GH_TOP_BUILDDIR"/plugins/uninstalled/*.so "$GH_TOP_BUILDDIR"/plugins/uninstalled/*.plugin \
    "$plugins/"
  chmod go-w "$plugins"/*
}

# run OPTION...: gatehoused that is expected to end by itself, with what it says in $work/said
run ()
{
  status=0
  timeout 60 "$gatehoused" --dev --no-bus --set "store.path=$work/gatehouse.db" \
    --set http.listen=127.0.0.1:0 --set 'plugins.load=http;sqlite' --set "plugins.path=$plugins" \
    "$@" >"$work/said" 2>&1 || status=$?
  cat "$work/said"
  return "$status"
}

refused ()
{
  text=$1
  shift
  if run "$@"; then
    echo "it started"
    return 1
  fi
  grep -q "listening on" "$work/said" && { echo "it listened"; return 1; }
  grep -qF "$text" "$work/said" || { echo "it did not say: $text"; return 1; }
}

fresh_plugins
printf x >>"$plugins/http.so"
check "a changed module keeps the daemon from starting" \
  refused "http.so: its SHA-256 digest is not the one in http.plugin"
check "the listener stays shut, too, when the plugin is not required" \
  refused "http.so: its SHA-256 digest is not the one in http.plugin" --set plugins.required=sqlite

fresh_plugins
chmod g+w "$plugins/http.so"
check "a module that its group can write to" refused "http.so: a file that its group can write to"

fresh_plugins
chmod o+w "$plugins"
check "a folder that everybody can write to" refused "a folder that everybody can write to"

fresh_plugins
rm "$plugins/sqlite.plugin"
check "a missing plugin is named with its folders" refused "there is no sqlite.plugin in $plugins"

fresh_plugins
check "a required plugin that is not loaded" \
  refused "[plugins] required: 'sqlite' is not in [plugins] load" \
  --set plugins.load=http --set plugins.required=sqlite
plan
