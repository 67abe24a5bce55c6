#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.sh SOURCE BUILD VERSION: the documentation for a browser, in BUILD/docs/html: the library from
# its introspection data, the documents of docs/, and the D-Bus interfaces from their XML.
set -eu
source=$1
build=$2
version=$3
work=$build/docs/pages
html=$build/docs/html
rm -rf "$work" "$html"
mkdir -p "$work" "$html/dbus"

for program in gi-docgen gdbus-codegen rst2html; do
  command -v $program >/dev/null ||
    { echo "make docs needs $program (Debian: gi-docgen, libglib2.0-dev, python3-docutils)" >&2; exit 1; }
done

# Each document says its title in its first heading; the generator wants it in a line of its own too,
# links to pages and not to files, and of a block nothing but its language.
content=
add ()
{
  content="$content  \"$1\",\\n"
}
for document in "$source"/docs/*.md; do
  name=$(basename "$document")
  sed -n '1s/^# *\(.*\)/Title: \1\n\n# \1/p' "$document" >"$work/$name"
  sed -e '1d' -e 's,(\([a-z-]*\)\.md\(#[a-z-]*\)\{0\,1\}),(\1.html\2),g' \
    -e 's,(\.\./data/org\.gatehouse\.Gatehouse1\.xml),(dbus-interfaces.html),g' \
    -e 's/^\(```[a-z][a-z]*\) .*/\1/' "$document" >>"$work/$name"
  grep -q '^Title: .' "$work/$name" || { echo "$document: its first line is no heading" >&2; exit 1; }
  add "$name"
done
interfaces=$source/data/org.gatehouse.Gatehouse1.xml
{
  printf 'Title: D-Bus interfaces\n\n# D-Bus interfaces\n\n'
  sed -n 's,^ *<interface name="\(.*\)">,* [\1](dbus/\1.html),p' "$interfaces"
} >"$work/dbus-interfaces.md"
add dbus-interfaces.md
sed -e "s/@PACKAGE_VERSION@/$version/" -e "s/@CONTENT@/${content%\\\\n}/" \
  "$source/docs/reference/gatehouse.toml.in" >"$work/gatehouse.toml"
gi-docgen generate --quiet --fatal-warnings --config "$work/gatehouse.toml" \
  --content-dir "$work" --output-dir "$html" --no-namespace-dir \
  "$build/bindings/introspection/Gatehouse-1.gir"

# The generator takes the first line of an argument's description only.
awk '
  function release () { if (held != "") print held; held = "" }
  /^ *@[a-z_]+: / { release(); held = $0; next }
  /^ *$/ || /-->/ { release() }
  held != "" { sub (/^ +/, " "); held = held $0; next }
  { print }' "$interfaces" >"$work/interfaces.xml"
gdbus-codegen --generate-rst "$work/dbus" "$work/interfaces.xml"
for interface in "$work"/dbus-*.rst; do
  name=$(basename "$interface" .rst)
  # the XML is marked up for DocBook
  sed -e 's,</\{0\,1\}literal>,``,g' -e 's,#`\([^`]*\)`_,``\1``,g' "$interface" |
    rst2html --halt=warning - "$html/dbus/${name#dbus-}.html"
done
echo "$html/index.html"
