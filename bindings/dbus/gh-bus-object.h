/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-reloader.h"

G_BEGIN_DECLS

#define GH_BUS_NAME      "org.gatehouse.Gatehouse1"
#define GH_BUS_PATH      "/org/gatehouse/Gatehouse1"
#define GH_BUS_INTERFACE "org.gatehouse.Gatehouse1"

/**
 * GhBusObject:
 * The object of the daemon on a bus. Every call and every property goes through one table of rights
 * before anything else is done with it. Used, and calls back, on the main context in which it was
 * exported.
 */
typedef struct _GhBusObject GhBusObject;

/**
 * gh_bus_object_export:
 * @cse: a started CSE
 * @connection: a message bus
 * @reloader: what Reload asks for; must outlive the object
 * @system: @connection is the system bus; see gh-bus-rights.h
 *
 * Puts the object on @connection. Returns: (transfer full): to be withdrawn by
 * gh_bus_object_withdraw(), or %NULL with
 * @error when the path is taken.
 */
GhBusObject *gh_bus_object_export (GhCse *cse, GDBusConnection *connection, GhReloader *reloader,
                                   gboolean system, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * gh_bus_object_withdraw:
 * @object: (transfer full): no call arrives any more; requests under way are still answered
 */
void gh_bus_object_withdraw (GhBusObject *object);

/**
 * gh_bus_object_own_name:
 * Asks the bus for GH_BUS_NAME, without waiting in its queue. Blocks for one exchange with the bus.
 * Returns: %FALSE with %G_IO_ERROR_EXISTS when another process has the name
 */
gboolean gh_bus_object_own_name (GDBusConnection *connection, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
