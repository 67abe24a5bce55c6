#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each installed header compiles alone, with nothing but what is installed. Prints TAP.
set -eu

: "${TMPDIR:?run by make check}"
root=$TMPDIR/headers
mkdir -p "$root"
# The flags of the make that runs the tests are not meant for this one.
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$GH_TOP_BUILDDIR" \
  install-nobase_gatehouseincludeHEADERS includedir=/usr/include DESTDIR="$root" >"$root/log" 2>&1 \
  || { sed 's/^/# /' "$root/log"; echo "Bail out! the headers cannot be installed"; exit 1; }
cflags=$(pkg-config --cflags gio-2.0 gmodule-2.0 json-glib-1.0)
top=$root/usr/include/gatehouse-1/core
cases=0
for header in $(cd "$top" && find . -name '*.h' | sed 's|^\./||' | sort); do
  cases=$((cases + 1))
  # shellcheck disable=SC2086 # the compiler and its flags are words
  if echo "#include <$header>" | ${GH_TEST_CC:-cc} -std=gnu17 -Wall -Werror -I"$top" $cflags \
      -fsyntax-only -x c - 2>"$root/said"; then
    echo "ok $cases - $header"
  else
    sed 's/^/# /' "$root/said"
    echo "not ok $cases - $header"
  fi
done
echo "1..$cases"
