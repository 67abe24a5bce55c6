/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * GhBusGate:
 * Stands between the bus and GLib, which reads every message as a whole before anybody can look at
 * it: sixteen mebioctets of small variants cost it a gibioctet, and half a minute in which nobody
 * else is answered. Messages beyond the limits of gh-bus-cost.h arrive without their arguments, and
 * calls are answered LimitsExceeded. Two threads, one for each way; they have nothing to do while
 * nothing is sent.
 */
typedef struct _GhBusGate GhBusGate;

/**
 * gh_bus_gate_open:
 * @type: the bus
 * @out_connection: (transfer full): a connection of its own to it, which does not end the program
 *
 * Blocks for some exchanges with the bus. Returns: (transfer full): NULL with @error: there is no
 * bus, or not by a socket.
 */
GhBusGate *gh_bus_gate_open (GBusType type, GDBusConnection **out_connection, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** gh_bus_gate_close: what was flushed before still reaches the bus; then the connection ends. */
void gh_bus_gate_close (GhBusGate *gate);

G_END_DECLS
