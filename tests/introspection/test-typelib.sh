#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library is used from Python through its typelib, as a program of somebody else would. TAP.
set -u
# The packaged module belongs to the packaged interpreter, which need not be the first one found.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import gi' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "1..0 # SKIP python3-gi is not installed"
  exit 0
fi
GI_TYPELIB_PATH=$GH_TOP_BUILDDIR/bindings/introspection
LD_LIBRARY_PATH=$GH_TOP_BUILDDIR/.libs
export GI_TYPELIB_PATH LD_LIBRARY_PATH
exec "$python" "$GH_TOP_SRCDIR/tests/introspection/typelib.py"
