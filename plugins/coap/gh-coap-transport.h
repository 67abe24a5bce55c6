/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/** gh_coap_transport_ops: the CoAP transport. */
extern const GhTransportOps gh_coap_transport_ops;

G_END_DECLS
