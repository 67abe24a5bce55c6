#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# 2,000 power cuts.
exec "$GH_TOP_BUILDDIR/tests/store/test-store-power" --long
