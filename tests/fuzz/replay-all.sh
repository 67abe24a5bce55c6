#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Gives every seed of every fuzz target to that target once. Prints TAP.
set -u
cases=0
for source in "$GH_TOP_SRCDIR"/tests/fuzz/fuzz-*.c; do
  [ -f "$source" ] || continue
  target=$(basename "$source" .c)
  program=$GH_TOP_BUILDDIR/tests/fuzz/$target
  corpus=$GH_TOP_SRCDIR/tests/fuzz/corpus/$target
  cases=$((cases + 1))
  if [ ! -x "$program" ]; then
    echo "ok $cases - $target # SKIP its part is not built"
  elif [ ! -d "$corpus" ]; then
    echo "not ok $cases - $target has no seeds in tests/fuzz/corpus/$target"
  elif said=$("$program" "$corpus" 2>&1); then
    echo "ok $cases - $target: $said"
  else
    echo "$said" | sed 's/^/# /'
    echo "not ok $cases - $target"
  fi
done
echo "1..$cases"
