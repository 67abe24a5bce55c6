#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The example in Vala is compiled with the binding as it is installed, and runs. TAP.
set -u
if ! command -v valac >/dev/null; then
  echo "1..0 # SKIP valac is not installed"
  exit 0
fi
echo "1..2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources="-X -I$GH_TOP_SRCDIR/core"
# shellcheck disable=SC2086
if valac --vapidir="$GH_TOP_BUILDDIR/bindings/introspection" --pkg gatehouse-1 \
  --pkg json-glib-1.0 $sources -X -w -X "-L$GH_TOP_BUILDDIR/.libs" -X -lgatehouse \
  --directory="$work" --output=embedded "$GH_TOP_SRCDIR/bindings/examples/embedded.vala" \
  >"$work/compiler" 2>&1; then
  echo "ok 1 - it compiles"
else
  sed 's/^/# /' "$work/compiler"
  echo "not ok 1 - it compiles"
fi
HOME=$work
LD_LIBRARY_PATH=$GH_TOP_BUILDDIR/.libs
export HOME LD_LIBRARY_PATH
said=$("$work/embedded" 2>"$work/errors")
if [ "$said" = 21.5 ]; then
  echo "ok 2 - it reads back what it kept"
else
  sed 's/^/# /' "$work/errors"
  echo "not ok 2 - it says \"$said\""
fi
