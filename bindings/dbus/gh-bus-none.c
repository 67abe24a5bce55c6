/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-object.h"

/* Stands in for gh-bus-object.c in a build without D-Bus: nothing can be exported, and the daemon
 * says so. */

GhBusObject *
gh_bus_object_export (GhCse *cse, GDBusConnection *connection, GhReloader *reloader,
                      gboolean system, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "this gatehoused was built without D-Bus");
  return NULL;
}

void
gh_bus_object_withdraw (GhBusObject *object)
{
}

gboolean
gh_bus_object_own_name (GDBusConnection *connection, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "this gatehoused was built without D-Bus");
  return FALSE;
}
