#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The Python package against gatehoused on a bus of its own: as its documentation says, and refused.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
# The packaged module belongs to the packaged interpreter, which need not be the first one found.
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import gi' 2>/dev/null && { python=$candidate; break; }
done
if [ -z "$python" ]; then
  echo "1..0 # SKIP python3-gi is not installed"
  exit
fi
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"
PYTHONPATH=$GH_TOP_SRCDIR/bindings/python
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE

# example: what stands in the documentation prints what it says
example ()
{
  "$python" "$GH_TOP_SRCDIR/bindings/examples/thermometer.py" >"$work/said"
  [ "$(cat "$work/said")" = 21.5 ]
}

check "without a daemon there is a reason" says "is on no bus" "$python" -c '
import asyncio, gatehouse
try:
    asyncio.run (gatehouse.connect ("session"))
except gatehouse.Error as error:
    print (error)
'
start_daemon --session
check "the example in ten lines" example
check "it can be repeated" example
"$python" "$GH_TOP_SRCDIR/tests/python/package.py" >"$work/cases" 2>"$work/trace" || :
while IFS= read -r line; do
  cases=$((cases + 1))
  case $line in
    ok*) echo "ok $cases - ${line#ok }" ;;
    *) echo "not ok $cases - ${line#not ok }"; sed 's/^/#   /' "$work/trace" ;;
  esac
done <"$work/cases"
if command -v mypy >/dev/null; then
  # what Debian has of PyGObject brings no hints of its own
  printf '[mypy]\nstrict = True\nmypy_path = %s\n[mypy-gi.*]\nignore_missing_imports = True\n' \
    "$GH_TOP_SRCDIR/bindings/python" >"$work/mypy.ini"
  check "the type hints hold, for those who use it too" mypy --config-file "$work/mypy.ini" \
    --cache-dir="$work/mypy" "$GH_TOP_SRCDIR/bindings/python/gatehouse" \
    "$GH_TOP_SRCDIR/bindings/examples/thermometer.py"
else
  skip "the type hints hold" "no mypy"
fi
stop_daemon
plan
