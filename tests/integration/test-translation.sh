#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every translation is well-formed and knows every string of today's sources. TAP.
set -u
cd "$GH_TOP_SRCDIR" || exit 1
GETTEXTDATADIRS=$PWD/build-aux/gettext
export GETTEXTDATADIRS
pot=$TMPDIR/gatehouse.pot
if ! grep -v '^#' po/POTFILES.in |
     xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --files-from=- -o "$pot"; then
  echo "Bail out! xgettext fails"
  exit 1
fi
cases=0
for po in po/*.po; do
  cases=$((cases + 1))
  language=$(basename "$po" .po)
  if said=$(msgfmt -c -o /dev/null "$po" 2>&1 &&
            msgmerge -q --no-fuzzy-matching -o - "$po" "$pot" |
              LC_ALL=C msgfmt --statistics -o /dev/null - 2>&1) &&
     ! echo "$said" | grep -q -E 'fuzzy|untranslated|warning'; then
    echo "ok $cases - $language: $said"
  else
    echo "not ok $cases - $language: $said"
  fi
done
echo "1..$cases"
