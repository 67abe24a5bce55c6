#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The client library, generated from the description of the interfaces: a program in C, and one in
# Python through the typelib.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

example=$GH_TOP_BUILDDIR/docs/examples/list-objects
check "without a daemon the program says why it ends" says "org.gatehouse.Gatehouse1" "$example"
start_daemon --session
check "the program in C finds the CSE" says "CSE gatehouse is running" "$example"
check "and the plugins" says "plugin http is started" "$example"
check "and is answered a request" says '"rsc":2000' "$example"

python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import gi' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ "${GH_TEST_SANITIZED:-}" = yes ]; then
  : # the interpreter is not built with the sanitizer
elif [ -z "$python" ] || [ ! -f "$GH_TOP_BUILDDIR/bindings/client/GatehouseClient-1.typelib" ]; then
  skip "Python" "python3-gi, or the typelib, is missing"
else
  GI_TYPELIB_PATH=$GH_TOP_BUILDDIR/bindings/client
  LD_LIBRARY_PATH=$GH_TOP_BUILDDIR/.libs
  export GI_TYPELIB_PATH LD_LIBRARY_PATH
  check "Python finds the CSE" says "CSE gatehouse running" \
    "$python" "$GH_TOP_SRCDIR/tests/dbus/client.py"
  check "and calls a method" says "status gatehouse" "$python" "$GH_TOP_SRCDIR/tests/dbus/client.py"
fi
check "it stops" stop_daemon
plan
