#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# 2,000 power cuts below a whole CSE.
exec "$GH_TOP_BUILDDIR/tests/store/test-cse-power" --long
