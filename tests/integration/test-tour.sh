#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tour of "./bootstrap run", as it goes without a terminal.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

tour=$GH_TOP_BUILDDIR/bindings/host-monitor/gatehouse-tour

# In a folder of its own for what is temporary, so that what it leaves behind is seen.
mkdir "$work/tmp"
status=0
TMPDIR=$work/tmp "$tour" --builddir "$GH_TOP_BUILDDIR" --once >"$work/tour" 2>&1 </dev/null ||
  status=$?
sed 's/^/# /' "$work/tour"

check "every step is as promised" test "$status" -eq 0
check "it says so" grep -q "steps were as promised" "$work/tour"
check "it says that an originator is only claimed" grep -q "only claimed" "$work/tour"
for step in 'cpu-load  *{"load1":' 'memory  *{"total-kib":' 'temperature  *' \
  'notified .*load1' '4103 .*Cstranger' '4103 .*Cwatcher' '4117 .*Chost-monitor' \
  'Ckitchen registers over coaps' 'Creader reads 21.5 over https' '4106 .*Ckitchen' \
  'without a credential' 'a revoked key opens nothing'; do
  check "shown: $step" grep -q "$step" "$work/tour"
done
check "three notifications" test "$(grep -c 'notified ' "$work/tour")" -eq 3
check "it leaves nothing behind" test -z "$(ls -A "$work/tmp")"
check "a wrong option" status_is 2 "$tour" --frob
check "a daemon that does not start fails the tour, with the reason" status_is 1 \
  "$tour" --builddir "$work/tmp" --once
plan
