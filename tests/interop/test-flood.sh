#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ClientHellos from thousands of addresses that were made up, against a gatehoused without --dev: what
# it keeps of them, and whether an honest client still gets in. Prints TAP.
set -u
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for tool in openssl python3; do
  command -v $tool >/dev/null && continue
  if [ -n "${CI:-}" ]; then echo "Bail out! $tool is missing"; exit 1; fi
  echo "1..0 # SKIP $tool is missing"
  exit 77
done
if [ "${1:-}" != inside ]; then
  exec dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
fi
. "$GH_TOP_SRCDIR/tests/interop/peers.sh"

# The memory of a sanitizer is not the daemon's.
if [ "${GH_TEST_SANITIZED:-no}" != no ] && [ -n "${GH_TEST_SANITIZED:-}" ]; then
  echo "1..0 # SKIP memory is not measured under a sanitizer"
  exit 77
fi
development=
start_daemon --session --set 'plugins.load=coap;psk;sqlite' --set coap.listen-secure=127.0.0.1:0
make_key admin@localhost -i CAdmin --administrator
proof_of_key admin@localhost
# shellcheck disable=SC2086 # proof is words
python3 "$GH_TOP_SRCDIR/tests/interop/flood.py" "$url" "$daemon" \
  "$GH_TOP_BUILDDIR/tests/peers/coap-om2m-gnutls" -v 3 $proof -f CAdmin "$url/gatehouse"
cases=5
check "of its associations none is of a made-up address" status_is 1 sh -c \
  "\"$ghctl\" association --session | grep -v 127.0.0.1: | grep 127"
check "the daemon ends well" stop_daemon
plan
