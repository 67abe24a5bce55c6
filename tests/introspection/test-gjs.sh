#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library is used from GJS through its typelib. TAP.
set -u
if ! command -v gjs >/dev/null; then
  echo "1..0 # SKIP gjs is not installed"
  exit 0
fi
GI_TYPELIB_PATH=$GH_TOP_BUILDDIR/bindings/introspection
LD_LIBRARY_PATH=$GH_TOP_BUILDDIR/.libs
export GI_TYPELIB_PATH LD_LIBRARY_PATH
exec gjs "$GH_TOP_SRCDIR/tests/introspection/typelib.js"
