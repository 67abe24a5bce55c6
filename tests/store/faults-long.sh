#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A failure of every call that changes the disk, one after the other.
exec "$GH_TOP_BUILDDIR/tests/store/test-store-faults" --long
