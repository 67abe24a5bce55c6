#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# make docs: the documentation is made without a warning, and holds what programs can call. TAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in gi-docgen gdbus-codegen rst2html; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done

# has FILE TEXT
has ()
{
  grep -q -F -- "$2" "$html/$1"
}

# links_lead_somewhere: from each page to a file
links_lead_somewhere ()
{
  missing=0
  for page in "$html"/*.html "$html"/dbus/*.html; do
    for link in $(grep -o '\(href\|src\)="[^"#]*' "$page" | cut -d'"' -f2 | grep -v : | sort -u); do
      [ -e "$(dirname "$page")/$link" ] || { echo "$page: $link"; missing=1; }
    done
  done
  return $missing
}

# says_nowhere TEXT FILE...
says_nowhere ()
{
  text=$1
  shift
  ! grep -F -- "$text" "$@"
}

html=$work/build/docs/html
mkdir -p "$work/build/bindings"
ln -s "$GH_TOP_BUILDDIR/bindings/introspection" "$work/build/bindings/introspection"
check "it is made without warnings" \
  sh "$GH_TOP_SRCDIR/docs/reference/build.sh" "$GH_TOP_SRCDIR" "$work/build" 0.1.0
check "it has the methods of the library" has method.Cse.request_async.html "request primitive"
check "it has the documents" has requests.html "How requests are answered"
for interface in $(sed -n 's/^ *<interface name="\(.*\)">/\1/p' \
  "$GH_TOP_SRCDIR/data/org.gatehouse.Gatehouse1.xml"); do
  check "it has $interface" has "dbus/$interface.html" "$interface"
  check "and leads there" has dbus-interfaces.html "dbus/$interface.html"
done
check "an argument is described to its end" has dbus/org.gatehouse.Gatehouse1.Applications.html \
  "needed): <tt class=\"docutils literal\">N</tt> or <tt class=\"docutils literal\">R</tt> and an identifier"
check "every link leads somewhere" links_lead_somewhere
# shellcheck disable=SC2016 # what begins a block in a document
check "what is a block there is one here" says_nowhere '```' "$html"/*.html
plan
