/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-exports.h"
#include "gh-cse-watch.h"

G_BEGIN_DECLS

#define GH_BUS_MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"

/* Limits: clients that are told of changes, objects that are looked at in one turn of the main
 * loop. */
#define GH_BUS_MAX_WATCHERS 32
#define GH_BUS_MAX_TURN     32

/**
 * GhBusObjects:
 * The objects below the one of the daemon: the CSE, and each of its applications, plugins,
 * credentials and associations. Who has asked for them all, and may, is told what changes as long
 * as he is on the bus and may; nobody else is. What happens often is told at most ten times a
 * second. Nothing is kept, and nobody is listened to, while nobody is told. Main context.
 */
typedef struct _GhBusObjects GhBusObjects;

/** gh_bus_objects_export: @cse runs. NULL with @error: a path is taken. */
GhBusObjects *gh_bus_objects_export (GhCse *cse, GDBusConnection *connection, GhBusRights *rights,
                                     GhBusExports *exports, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_objects_rights_changed: whoever is told of changes, and may not any more, is not. */
void gh_bus_objects_rights_changed (GhBusObjects *objects);
/** gh_bus_objects_free: after gh_bus_exports_close(). */
void gh_bus_objects_free (GhBusObjects *objects);

G_END_DECLS
