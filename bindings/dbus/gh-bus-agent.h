/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gh-bus-rights.h"
#include "gh-cse.h"

G_BEGIN_DECLS

/**
 * GhBusAgent:
 * Who carries out what is ordered of this machine: one connection of the bus at a time, which asked
 * for it and may. Commands go to it alone. Main context.
 */
typedef struct _GhBusAgent GhBusAgent;

/** gh_bus_agent_new: of @cse, which it keeps; commands are signals on @connection. */
GhBusAgent *gh_bus_agent_new (GhCse *cse, GDBusConnection *connection);
void gh_bus_agent_free (GhBusAgent *agent);

/** gh_bus_agent_register: @sender (unique name) gets the commands from now on. FALSE with
 * GH_ERROR_CONFLICT when another one does. */
gboolean gh_bus_agent_register (GhBusAgent *agent, const char *sender, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_agent_unregister, gh_bus_agent_report: FALSE with GH_ERROR_ACCESS_DENIED when @sender is
 * not the agent. */
gboolean gh_bus_agent_unregister (GhBusAgent *agent, const char *sender, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean gh_bus_agent_report (GhBusAgent *agent, const char *sender, GVariant *parameters,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** gh_bus_agent_rights_changed: the agent has left when it may not be it any more. */
void gh_bus_agent_rights_changed (GhBusAgent *agent, GhBusRights *rights);

G_END_DECLS
