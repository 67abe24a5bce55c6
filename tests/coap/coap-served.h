/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../../plugins/coap/gh-coap-map.h"
#include "../../plugins/coap/gh-coap-transport.h"
#include "../http/http-fake-core.h"

G_BEGIN_DECLS

/* The transport on real sockets, before a core that answers by the name of the target. */

typedef struct {
  FakeCore *core;
  GhTransport *transport;
  int fd; /* connected to the listener */
  guint16 next_id;
  guint8 octets[65536];
  GhCoapMessage answer;
} Served;

int served_open_socket (guint16 port);
void served_set_up (Served *bench, const char *option);
void served_tear_down (Served *bench);
GhCoapMessage served_request (Served *bench, guint8 code, const char *name);
void served_put (int fd, const GhCoapMessage *message);
const GhCoapMessage *served_get (Served *bench, int fd);

G_END_DECLS
