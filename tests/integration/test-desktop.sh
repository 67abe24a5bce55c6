#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What desktops show of Gatehouse: menu entry, icons and metadata, judged by the desktop's own tools.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

data=$GH_TOP_SRCDIR/data
entry=$data/desktop/org.gatehouse.Gatehouse1.desktop
metadata=$data/desktop/org.gatehouse.Gatehouse1.metainfo.xml
icons=$data/icons

for program in desktop-file-validate appstreamcli rsvg-convert xmllint; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done

# draws FILE: an icon can be drawn, and something is on it
draws ()
{
  rsvg-convert -w 64 -h 64 "$1" -o "$work/icon.png" && [ "$(wc -c <"$work/icon.png")" -gt 200 ]
}

# in_all_languages KEY: the menu entry has KEY in each language of the catalogues
in_all_languages ()
{
  for language in $(grep -v '^#' "$GH_TOP_SRCDIR/po/LINGUAS"); do
    grep -q "^$1\[$language\]=." "$entry" || { echo "no $1[$language]"; return 1; }
  done
}

summary_in_all_languages ()
{
  for language in $(grep -v '^#' "$GH_TOP_SRCDIR/po/LINGUAS"); do
    grep -q "<summary xml:lang=\"$language\">." "$metadata" ||
      { echo "no summary in $language"; return 1; }
  done
}

# the_release_is_this_one: the newest release in the metadata is what configure was told
the_release_is_this_one ()
{
  version=$("$ghctl" --version | sed 's/.* //')
  grep -q "<release version=\"$version\"" "$metadata" || { echo "no release $version"; return 1; }
}

# exists COMMAND: the first word of Exec is a program of ours, its second one of its commands
command_exists ()
{
  set -- $(sed -n 's/^Exec=//p' "$entry")
  [ "$1" = ghctl ] && "$ghctl" "$2" --help >/dev/null
}

check "the menu entry is valid" desktop-file-validate "$entry"
check "it starts a command that there is" command_exists
check "its name for what it is speaks all languages" in_all_languages GenericName
check "so does its comment" in_all_languages Comment
check "the metadata are valid" appstreamcli validate --no-net "$metadata"
check "the summary speaks all languages" summary_in_all_languages
check "they name this release" the_release_is_this_one
for icon in org.gatehouse.Gatehouse1 org.gatehouse.Gatehouse1-symbolic; do
  check "$icon is well-formed" xmllint --noout "$icons/$icon.svg"
  check "$icon can be drawn" draws "$icons/$icon.svg"
done
plan
