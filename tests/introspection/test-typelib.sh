#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library is used from Python through its typelib, as a program of somebody else would. TAP.
set -u
if ! python3 -c 'import gi' 2>/dev/null; then
  echo "1..0 # SKIP python3-gi is not installed"
  exit 0
fi
GI_TYPELIB_PATH=$GH_TOP_BUILDDIR/bindings/introspection
LD_LIBRARY_PATH=$GH_TOP_BUILDDIR/.libs
export GI_TYPELIB_PATH LD_LIBRARY_PATH
exec python3 "$GH_TOP_SRCDIR/tests/introspection/typelib.py"
