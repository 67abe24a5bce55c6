#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What "make install" installs is whole: programs, bindings and a plugin of somebody else are made and run
# with it alone, by the commands that the documents and examples give. It is installed into a folder, which is
# then mounted in the place of the prefix, for this script alone. Prints TAP.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

prefix=$(sed -n 's/^prefix=//p' "$GH_TOP_BUILDDIR/data/gatehouse-1.pc")

# The flags of the make that runs the tests are not meant for this one.
install_all ()
{
  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$GH_TOP_BUILDDIR" install \
    DESTDIR="$work/root" >"$work/log" 2>&1 && return
  sed 's/^/# /' "$work/log"
  echo "Bail out! it cannot be installed"
  exit 1
}

for program in curl unshare dbus-daemon pkg-config; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done
if [ "${1:-}" != inside ]; then
  if [ -d "$prefix" ] && [ "$prefix" = /usr/local ] &&
    unshare --user --map-root-user --mount mount --bind "$work" "$prefix" 2>/dev/null; then
    unshare --user --map-root-user --mount "${GH_TEST_SHELL:-sh}" "$0" inside
    exit
  fi
  # Where nothing can be mounted, or another prefix is in use, what there is is all that is shown.
  install_all
  for file in sbin/gatehoused bin/ghctl lib/pkgconfig/gatehouse-1.pc; do
    check "$file is installed" test -s "$work/root$prefix/$file"
  done
  plan
  exit
fi
install_all
mount --bind "$work/root$prefix" "$prefix"

# Nothing of the tree is looked at from here on but texts: documents, examples and scripts.
PATH=$prefix/bin:$prefix/sbin:/usr/bin:/bin:/usr/sbin:/sbin
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
LD_LIBRARY_PATH=$prefix/lib
GI_TYPELIB_PATH=$prefix/lib/girepository-1.0
HOME=$work
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH GI_TYPELIB_PATH HOME
gatehoused=gatehoused
uninstalled=
development="--dev --set http.listen=127.0.0.1:0"
docs=$GH_TOP_SRCDIR/docs
cd "$work"

# names PATTERN: what the documents call by it, each once
names ()
{
  cat "$GH_TOP_SRCDIR/README.md" "$docs"/*.md | grep -o "$1" | sort -u
}

# pages_are_there: the manual pages that the documents name
pages_are_there ()
{
  missing=0
  for page in $(names '`\(gatehouse[a-z.-]*\|ghctl\)([1-8])`' | tr -d '`'); do
    section=${page##*\(}
    file=$prefix/share/man/man${section%)}/${page%\(*}.${section%)}
    [ -s "$file" ] || { echo "no $file"; missing=1; }
  done
  return $missing
}

# packages_are_there: those that the documents hand to pkg-config
packages_are_there ()
{
  missing=0
  for package in $(names 'gatehouse-\(client-\)\?[0-9]\+'); do
    pkg-config --print-errors --exists "$package" || missing=1
  done
  return $missing
}

# stands_alone FILE...: no program or library looks into the tree that it was built in
stands_alone ()
{
  ! grep -F -l -e "$GH_TOP_BUILDDIR/.libs" "$@"
}

# commands DOCUMENT WORD: the block of commands that has the word
commands ()
{
  awk -v word="$2" '
    /^```sh$/ { inside = 1; block = ""; next }
    /^```/ { if (inside && index (block, word)) printf "%s", block; inside = 0 }
    inside { block = block $0 "\n" }' "$docs/$1"
}

# does COMMANDS: each of them must succeed
does ()
{
  [ -n "$1" ] || { echo "the document has no such commands"; return 1; }
  sh -e -c "$1"
}

# extract DOCUMENT FILE: a file that the document shows
extract ()
{
  awk -v wanted="$2" -f "$GH_TOP_SRCDIR/build-aux/extract-code.awk" "$docs/$1" >"$2"
}

# prints EXPECTED COMMAND...: that, and nothing else
prints ()
{
  expected=$1
  shift
  printed=$("$@") || return 1
  [ "$printed" = "$expected" ] || { echo "it prints: $printed"; return 1; }
}

# reports COMMAND...: a test of its own, whose cases become ours
reports ()
{
  "$@" >"$work/cases" 2>"$work/trace" || :
  while IFS= read -r line; do
    case $line in
      "ok "*) cases=$((cases + 1)); echo "ok $cases - ${line#ok * - }" ;;
      "not ok "*)
        cases=$((cases + 1))
        echo "not ok $cases - ${line#not ok * - }"
        sed 's/^/#   /' "$work/trace" ;;
    esac
  done <"$work/cases"
  check "it came to its end" grep -q '^1\.\.[1-9]' "$work/cases"
}

check "the documents' packages are there" packages_are_there
if [ -d "$prefix/share/man/man8" ]; then
  check "and their manual pages" pages_are_there
fi
check "libraries and programs look for nothing in the tree" stands_alone \
  "$prefix"/lib/*.so "$prefix"/bin/* "$prefix"/sbin/* "$prefix"/lib/gatehouse/plugins/*.so

# --- programs in C
check "the program of the document on embedding is there" extract embedding.md embedded.c
check "it is compiled by the document's command" does "$(commands embedding.md embedded.c)"
check "it reads back what it stored" says '"con":"21.5"' ./embedded
cp "$docs/examples/list-objects.c" .
check "so is the client, by what it says itself" \
  does "$(sed -n 's/^ \*   \(cc list-objects.c .*\)/\1/p' list-objects.c)"
mv a.out list-objects || :

# --- a plugin
check "the plugin of the document is there" extract writing-a-plugin.md journal.c
check "and its manifest" extract writing-a-plugin.md journal.plugin.in
check "it is compiled and installed by the document's commands" \
  does "$(commands writing-a-plugin.md journal.c)"

# --- the daemon, with all of that
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
check "without a daemon the client says why it ends" says "org.gatehouse.Gatehouse1" ./list-objects
start_daemon --session --set 'plugins.load=http;sqlite;journal' --set 'plugins.required=http;sqlite;journal'
check "the client finds the CSE" says "CSE gatehouse is running" ./list-objects
check "and the plugin" says "plugin journal is started" ./list-objects
check "ghctl does, too" says "running" ghctl status

# m2m TYPE PATH BODY
m2m ()
{
  curl -s -S -f -H "X-M2M-Origin: Caudited" -H "X-M2M-RI: 1" -H "X-M2M-RVI: 3" \
    -H "Content-Type: application/json;ty=$1" "$url/gatehouse$2" -d "$3"
}

# writes_down TEXT: the plugin, in the daemon's log
writes_down ()
{
  turns=0
  until grep journal "$work/gatehoused.log" | grep -q -F -e "$1"; do
    turns=$((turns + 1))
    [ $turns -le 6000 ] || { cat "$work/gatehoused.log"; return 1; }
    sleep 0.01
  done
}

check "an application registers" m2m 2 "" \
  '{"m2m:ae":{"rn":"audited","api":"N.example.audited","rr":false,"srv":["3"]}}'
check "it makes a container" m2m 3 /audited '{"m2m:cnt":{"rn":"doors"}}'
check "it subscribes to that with the plugin as the target" m2m 23 /audited/doors \
  '{"m2m:sub":{"rn":"all","nu":["journal://audit"],"enc":{"net":[3]},"nct":1}}'
check "it keeps something" m2m 4 /audited/doors '{"m2m:cin":{"con":"opened by the cat"}}'
check "the plugin writes the notification down" writes_down "opened by the cat"

# --- other languages
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import gi' 2>/dev/null && { python=$candidate; break; }
done
package=$(find "$prefix" -path '*/gatehouse/__init__.py')
# the interpreters are not built with the sanitizer
[ "${GH_TEST_SANITIZED:-}" != yes ] || python=
if [ -n "$python" ] && [ -n "$package" ]; then
  PYTHONPATH=${package%/gatehouse/__init__.py}
  PYTHONDONTWRITEBYTECODE=1
  export PYTHONPATH PYTHONDONTWRITEBYTECODE
  check "the package in Python publishes and reads" \
    prints 21.5 "$python" "$GH_TOP_SRCDIR/bindings/examples/thermometer.py"
fi
if [ -n "$python" ] && [ -f "$GI_TYPELIB_PATH/GatehouseClient-1.typelib" ]; then
  check "Python finds the CSE through the typelib" says "CSE gatehouse running" \
    "$python" "$GH_TOP_SRCDIR/tests/dbus/client.py"
fi
if [ -n "$python" ] && [ -f "$GI_TYPELIB_PATH/Gatehouse-1.typelib" ]; then
  reports "$python" "$GH_TOP_SRCDIR/tests/introspection/typelib.py"
  if command -v gjs >/dev/null; then
    reports gjs "$GH_TOP_SRCDIR/tests/introspection/typelib.js"
  fi
fi
if [ -f "$prefix/share/vala/vapi/gatehouse-1.vapi" ] && command -v valac >/dev/null; then
  cp "$GH_TOP_SRCDIR/bindings/examples/embedded.vala" .
  vala=$(sed -n 's,^//   \(valac .*\) && .*,\1,p' embedded.vala)
  rm -f embedded
  check "the example in Vala is compiled by what it says itself" does "$vala"
  check "it reads back what it kept" prints 21.5 ./embedded
fi

check "the daemon stops" stop_daemon
plan
