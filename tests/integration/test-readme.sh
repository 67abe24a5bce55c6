#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The commands of README.md, as they stand there.
set -eu
# shellcheck disable=SC2034 # for what is sourced
document=$GH_TOP_SRCDIR/README.md
. "$GH_TOP_SRCDIR/tests/integration/document.sh"
run_document 8
