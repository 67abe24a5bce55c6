#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-coap-peers.sh over TLS (RFC 8323). Prints TAP.
# shellcheck disable=SC2034 # for the other script
over=tls
. "$GH_TOP_SRCDIR/tests/interop/test-coap-peers.sh"
