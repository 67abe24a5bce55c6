#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-coap-libcoap.sh over TCP (RFC 8323). Prints TAP.
# shellcheck disable=SC2034 # for the other script
over=tcp
. "$GH_TOP_SRCDIR/tests/interop/test-coap-libcoap.sh"
