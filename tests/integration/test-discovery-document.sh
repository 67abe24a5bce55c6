#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/discovery.md names every criterion that a request may have, and tests that exist. TAP.
set -u
document=$GH_TOP_SRCDIR/docs/discovery.md
source=$GH_TOP_SRCDIR/core/primitive/gh-request-query.c
cases=0

case_is ()
{
  cases=$((cases + 1))
  if [ "$2" = 0 ]; then echo "ok $cases - $1"; else echo "not ok $cases - $1"; fi
}

# Rows of the table of criteria: short name and test, separated by a blank.
rows=$(awk -F'|' '/^\| `[a-z]+` \| [a-z]+[A-Za-z]* \|/ {
  gsub (/[` ]/, "", $2); gsub (/[` ]/, "", $6); print $2, $6 }' "$document")
# The rows of the reader's table that are criteria; in a query "atr" stands for its attributes.
known=$( (echo atr; awk -F'"' '/^  \{ "[a-z]+", KIND_.*CRITERION/ { print $2 }' "$source") | sort)
documented=$(echo "$rows" | cut -d' ' -f1 | sort)

[ -n "$known" ] && [ "$known" = "$documented" ]
case_is "the criteria of the document are those of the source" $?
[ "$known" = "$documented" ] || echo "# source: $(echo "$known" | tr '\n' ' ')" \
  "document: $(echo "$documented" | tr '\n' ' ')"

for test in $(grep -o '`test_[a-z_]*`' "$document" | tr -d '`' | sort -u); do
  grep -rqs "^$test (" "$GH_TOP_SRCDIR"/tests/service "$GH_TOP_SRCDIR"/tests/primitive
  case_is "$test exists" $?
done
grep -q '"reading-slices"' "$GH_TOP_SRCDIR"/core/gh-cse-config.c
case_is "the configuration has reading-slices" $?
echo "1..$cases"
