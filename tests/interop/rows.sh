# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # passed comes from the script
# The rows of docs/interoperability.md that a script of this folder shows, kept where the test was
# built while it runs; table_agrees compares them with the document. To be sourced; the script sets
# shown_peer, shown_transport and shown_credential, and after each case "passed" (tap.sh does).

test_name=$(basename "$0" .sh)
rows=$GH_TOP_BUILDDIR/tests/interop/$test_name.rows
shown_peer='' shown_transport='' shown_credential=''
: >"$rows"
: >"$rows.absent"

# absent PEER: it is not on this machine, and its rows of the document are not asked for
absent ()
{
  echo "| $1 |" >>"$rows.absent"
}

# works WHAT, refused WHAT: the last case has shown it, if it passed
works ()
{
  [ "$passed" -ne 1 ] || printf '%s\t%s\t%s\tworks\t%s\n' \
    "$shown_peer" "$shown_transport" "$shown_credential" "$1" >>"$rows"
}
refused ()
{
  [ "$passed" -ne 1 ] || printf '%s\t%s\t%s\trefused\t%s\n' \
    "$shown_peer" "$shown_transport" "$shown_credential" "$1" >>"$rows"
}

# table_agrees: the document has these rows for this test, and no other ones
table_agrees ()
{
  awk -v test="$test_name" -f "$GH_TOP_SRCDIR/tests/interop/rows.awk" "$rows" >"$rows.md"
  grep "| $test_name |\$" "$GH_TOP_SRCDIR/docs/interoperability.md" |
    grep -vFf "$rows.absent" >"$rows.doc"
  diff "$rows.doc" "$rows.md" || {
    echo "run tests/interop/update-table, and read what has changed"
    return 1
  }
  rm -f "$rows.md" "$rows.doc" "$rows.absent"
}
