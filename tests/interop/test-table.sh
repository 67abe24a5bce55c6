#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table of docs/interoperability.md names scripts that there are, and each script that shows rows
# has some in it. (That the rows are true is for the scripts themselves.) Prints TAP.
set -u

document=$GH_TOP_SRCDIR/docs/interoperability.md
folder=$GH_TOP_SRCDIR/tests/interop

report ()
{
  if [ -z "$2" ]; then
    echo "ok $1 - $3"
  else
    echo "not ok $1 - $3"
    echo "$2" | sed 's/^/#   /'
  fi
}

named=$(sed -n 's/^| .* | \(test-[a-z0-9-]*\) |$/\1/p' "$document" | sort -u)
lost=$(for name in $named; do [ -e "$folder/$name.sh" ] || echo "$name"; done)
# A script that another one sources shows its rows, too.
shows=$(grep -l table_agrees "$folder"/test-*.sh | sed 's,.*/,,; s/\.sh$//' | grep -v '^test-table$')
silent=$(for name in $shows; do echo "$named" | grep -qx "$name" || echo "$name"; done)
echo "1..3"
report 1 "$([ "$(echo "$named" | wc -l)" -gt 5 ] || echo "only: $named")" "the table has rows"
report 2 "$lost" "of scripts that there are"
report 3 "$silent" "and of each that shows some"
