#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each test that docs/attacks.md names exists: programs list their cases, scripts hold the text of
# theirs. Prints TAP.
set -u

document=$GH_TOP_SRCDIR/docs/attacks.md
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

# The last cell of each row, a test a line.
sed -n 's/^| .* | \(test-.*\) |$/\1/p' "$document" | sed 's/; \(test-\)/\n\1/g' >"$work/names"
rows=$(grep -c '^| [^-]' "$document")
heads=$(grep -c '^| attack | ' "$document")
cells=$(grep -c '^| .* | test-.* |$' "$document")
echo "1..2"
if [ "$cells" -gt 30 ] && [ $((rows - heads)) -eq "$cells" ]; then
  echo "ok 1 - each row of docs/attacks.md names a test"
else
  echo "not ok 1 - each row of docs/attacks.md names a test"
  echo "#   $rows rows, $heads heads, $cells with a test"
fi
while read -r name what; do
  exists "$name" "$what"
done <"$work/names" >"$work/wrong"
if [ ! -s "$work/wrong" ]; then
  echo "ok 2 - and each of these $(wc -l <"$work/names") exists"
else
  echo "not ok 2 - and each of these exists"
  sed 's/^/#   /' "$work/wrong"
fi
