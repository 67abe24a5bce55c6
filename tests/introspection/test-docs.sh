#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# make docs: the documentation is made without a warning, and holds what programs can call. TAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in gi-docgen gdbus-codegen rst2html; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done

# has FILE TEXT
has ()
{
  grep -q -F -- "$2" "$work/build/docs/html/$1"
}

mkdir -p "$work/build/bindings"
ln -s "$GH_TOP_BUILDDIR/bindings/introspection" "$work/build/bindings/introspection"
check "it is made without warnings" \
  sh "$GH_TOP_SRCDIR/docs/reference/build.sh" "$GH_TOP_SRCDIR" "$work/build" 0.1.0
check "it has the methods of the library" has method.Cse.request_async.html "request primitive"
check "it has the documents" has requests.html "How requests are answered"
for interface in $(sed -n 's/^ *<interface name="\(.*\)">/\1/p' \
  "$GH_TOP_SRCDIR/data/org.gatehouse.Gatehouse1.xml"); do
  check "it has $interface" has "dbus/$interface.html" "$interface"
done
plan
