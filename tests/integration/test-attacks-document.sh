#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each test that a document with a table of them names exists: programs list their cases, scripts
# hold the text of theirs. Prints TAP.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# source_of NAME: where it is written; a script may have a part in Python of its name
source_of ()
{
  find "$GH_TOP_SRCDIR/tests" -name "$1.c" -o -name "$1.sh" -o \
    -name "$(echo "${1#test-}" | tr - _).py"
}

# listed NAME CASE SOURCE...: by the program, or by its source when it cannot list here; what was not
# built is not judged
listed ()
{
  program=$(find "$GH_TOP_BUILDDIR/tests" -name "$1" -type f -perm -u+x ! -path '*/.libs/*' | head -n 1)
  [ -n "$program" ] || return 0
  list=$work/$1
  [ -e "$list" ] || "$program" -l >"$list" 2>/dev/null
  if grep -q '^/' "$list"; then
    grep -q "^$2" "$list"
  else
    path=$2
    shift 2
    grep -qF -- "\"$path" "$@"
  fi
}

# exists NAME CASE
exists ()
{
  sources=$(source_of "$1")
  [ -n "$sources" ] || { echo "there is no $1"; return 1; }
  # shellcheck disable=SC2086 # one a line, without blanks
  case $2 in
    /*) listed "$1" "$2" $sources || { echo "$1 has no case $2"; return 1; } ;;
    '"'*)
      text=${2#\"}
      text=${text%\"}
      grep -qF -- "$text" $sources || { echo "$1 has no case \"$text\""; return 1; } ;;
    *) echo "$1: neither a path nor a text: $2"; return 1 ;;
  esac
}

# check NAME HEAD N: docs/NAME.md, whose tables begin with HEAD, and of which at least N rows name
# tests. The last cell of each row, a test a line.
check ()
{
  document=$GH_TOP_SRCDIR/docs/$1.md
  awk -v head="$2" -F ' *\\| *' '/^\|/ { if (!inside && $2 == head) ours = 1; inside = 1; if (ours) print; next }
    { inside = ours = 0 }' "$document" >"$work/tables"
  sed -n 's/^| .* | \(test-.*\) |$/\1/p' "$work/tables" | sed 's/; \(test-\)/\n\1/g' >"$work/names"
  rows=$(grep -c '^| [^-]' "$work/tables")
  heads=$(grep -c "^| $2 | " "$work/tables")
  cells=$(grep -c '^| .* | test-.* |$' "$work/tables")
  cases=$((cases + 1))
  if [ "$cells" -gt "$3" ] && [ $((rows - heads)) -eq "$cells" ]; then
    echo "ok $cases - each row of docs/$1.md names a test"
  else
    echo "not ok $cases - each row of docs/$1.md names a test"
    echo "#   $rows rows, $heads heads, $cells with a test"
  fi
  while read -r name what; do
    exists "$name" "$what"
  done <"$work/names" >"$work/wrong"
  cases=$((cases + 1))
  if [ ! -s "$work/wrong" ]; then
    echo "ok $cases - and each of these $(wc -l <"$work/names") exists"
  else
    echo "not ok $cases - and each of these exists"
    sed 's/^/#   /' "$work/wrong"
  fi
}

cases=0
echo "1..4"
check attacks attack 30
check joining feature 20
