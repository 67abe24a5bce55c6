#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The program of docs/embedding.md, compiled and run as it stands there. Prints TAP.
set -u

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cases=0

# result WHAT STATUS: one case, with what was said if it failed
result ()
{
  cases=$((cases + 1))
  if [ "$2" -eq 0 ]; then
    echo "ok $cases - $1"
  else
    sed 's/^/# /' "$folder/said"
    echo "not ok $cases - $1"
  fi
}

awk -v wanted=embedded.c -f "$GH_TOP_SRCDIR/build-aux/extract-code.awk" \
  "$GH_TOP_SRCDIR/docs/embedding.md" >"$folder/embedded.c" 2>"$folder/said"
result "the document has the program" $?

# shellcheck disable=SC2086 # words
$GH_TEST_CC $GH_TEST_CFLAGS -Wall -Wextra -Wno-unused-parameter -Werror \
  -o "$folder/embedded" "$folder/embedded.c" $GH_TEST_LIBS >"$folder/said" 2>&1
result "it compiles without a warning" $?

"$folder/embedded" >"$folder/said" 2>"$folder/errors"
status=$?
cat "$folder/errors" >>"$folder/said"
result "it ends with 0" "$status"

# answered LINE TEXT...: that line of the output has each text
answered ()
{
  line=$(sed -n "$1p" "$folder/said")
  shift
  for text; do
    case $line in
      *"$text"*) ;;
      *) return 1 ;;
    esac
  done
}

answered 1 '"rsc":2001' '"rn":"hall"'
result "the container is created" $?
answered 2 '"rsc":2001' '"con":"21.5"'
result "the reading is stored" $?
answered 3 '"rsc":2000' '"con":"21.5"'
result "the reading is read back" $?
echo "1..$cases"
