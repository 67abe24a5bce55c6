#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each header compiles alone, and what is installed is enough for those that are. TAP.
set -u
cd "$GH_TOP_SRCDIR" || exit 1
cases=0
for header in core/*.h core/*/*.h plugins/*/*.h; do
  [ -f "$header" ] || continue
  cases=$((cases + 1))
  # Private ones stand behind config.h, which asks for everything that the system has.
  case $header in
    *-private.h) everything=-D_GNU_SOURCE ;;
    *) everything= ;;
  esac
  # shellcheck disable=SC2086 # words
  if said=$(echo "#include \"$GH_TOP_SRCDIR/$header\"" |
            $GH_TEST_CC $GH_TEST_CFLAGS $everything -Werror -fsyntax-only -x c - 2>&1); then
    echo "ok $cases - $header"
  else
    echo "$said" | head -n 5 | sed 's/^/# /'
    echo "not ok $cases - $header does not compile alone"
  fi
done
echo "1..$cases"
