/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/gh-transport.h"

G_BEGIN_DECLS

/** gh_http_transport_ops: the HTTP transport: listeners on libmicrohttpd, deliveries through
 * libcurl. */
extern const GhTransportOps gh_http_transport_ops;

G_END_DECLS
