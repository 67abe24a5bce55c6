#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/notifications.md names tests that exist: `/group/case` of tests/*/test-group.c, "text" of the
# scripts notify_*.py, `test-name.sh`. TAP.
set -u
document=$GH_TOP_SRCDIR/docs/notifications.md
tests=$GH_TOP_SRCDIR/tests
work=$(mktemp)
trap 'rm -f "$work"' EXIT

# exists NAME
exists ()
{
  case $1 in
    /*)
      group=$(echo "$1" | cut -d/ -f2)
      case=${1#"/$group/"}
      cat "$tests"/*/"test-$group.c" 2>/dev/null | grep -qE "\"(/$group/)?$case\"" ;;
    *.sh) [ -f "$tests/integration/$1" ] ;;
    *) grep -qF -- "\"$1\"" "$tests"/integration/notify_*.py ;;
  esac
}

section ()
{
  awk '/^## / { inside = $0 == "## What shows it" } inside' "$document"
}

# The last cell of each row of the table of features, a test a line.
section | sed -n 's/^| .* | \([`"].*\) |$/\1/p' |
  sed 's/; /\n/g' | tr -d '`"' >"$work"
rows=$(section | grep -c '^| ')
named=$(section | grep -c '^| .* | [`"].* |$')
echo "1..2"
if [ "$rows" -gt 30 ] && [ $((rows - 2)) -eq "$named" ]; then
  echo "ok 1 - each feature of docs/notifications.md names a test"
else
  echo "not ok 1 - each feature of docs/notifications.md names a test"
  echo "#   $rows rows, $named with a test"
fi
missing=0
while read -r name; do
  exists "$name" || { echo "#   there is no $name"; missing=$((missing + 1)); }
done <"$work"
[ "$missing" = 0 ] || printf 'not '
echo "ok 2 - and each of these $(wc -l <"$work" | tr -d ' ') exists"
