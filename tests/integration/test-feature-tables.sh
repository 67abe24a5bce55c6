#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The feature tables of docs/requests.md, joining.md and polling.md name tests that exist: /group/case
# of a program, "text" of a scenario, the path of a script. TAP.
set -u
docs=$GH_TOP_SRCDIR/docs
tests=$GH_TOP_SRCDIR/tests
names=$(mktemp)
trap 'rm -f "$names"' EXIT
cases=0

# exists NAME
exists ()
{
  case $1 in
    /*)
      group=$(echo "$1" | cut -d/ -f2)
      case=${1#"/$group/"}
      grep -rqF --include='*.c' "\"/$group/" "$tests" &&
        grep -rqE --include='*.c' "\"(/$group/)?$case\"|^test_$case \(" "$tests" ;;
    tests/*) [ -f "$GH_TOP_SRCDIR/$1" ] ;;
    *) grep -qF -- "$1" "$tests"/integration/*.py ;;
  esac
}

# table DOCUMENT HEAD LEAST: of the table behind the line HEAD, the last cells
table ()
{
  missing=0
  awk -v head="$2" '
    index ($0, head) == 1 { inside = 1; next }
    inside && !/^\|/ && NF { exit }
    inside && /^\| / && !/^\| ---/ { sub (/ \|$/, ""); sub (/.* \| /, ""); print }' \
    "$docs/$1" >"$names.rows"
  tr -d '`' <"$names.rows" | sed 's/\(test-[a-z-]* \)\{0,1\}\("[^"]*"\)/\n\2\n/g; s/; /\n/g; s/, /\n/g' |
    sed 's/^test-[a-z-]* //; s/^"\(.*\)"$/\1/; s/^ *//; s/ *$//' |
    grep -E '^/|^tests/|[a-z] [a-z]|^[a-z]+$' >"$names"
  while IFS= read -r name; do
    exists "$name" || { echo "# there is no $name"; missing=$((missing + 1)); }
  done <"$names"
  rows=$(wc -l <"$names.rows")
  found=$(wc -l <"$names")
  rm -f "$names.rows"
  [ "$missing" = 0 ] && [ "$rows" -ge "$3" ] && [ "$found" -ge "$rows" ]
  status=$?
  cases=$((cases + 1))
  [ "$status" = 0 ] || { echo "# $rows rows, $found tests"; printf 'not '; }
  echo "ok $cases - the tests of $1 exist: $2"
}

table requests.md '| feature |' 30
table requests.md '| rcn |' 10
table joining.md '| feature |' 25
table polling.md '| feature |' 15
echo "1..$cases"
