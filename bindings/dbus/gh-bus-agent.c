/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-bus-agent.h"

#include "base/gh-error.h"
#include "base/gh-log.h"
#include "gh-bus-object.h"

struct _GhBusAgent {
  GhCse *cse;
  GDBusConnection *connection;
  char *name; /* unique name; NULL: nobody */
  guint watch;
};

GhBusAgent *
gh_bus_agent_new (GhCse *cse, GDBusConnection *connection)
{
  GhBusAgent *agent = g_new0 (GhBusAgent, 1);

  agent->cse = g_object_ref (cse);
  agent->connection = g_object_ref (connection);
  return agent;
}

static void
forget (GhBusAgent *agent)
{
  if (agent->name == NULL)
    return;
  gh_log (GH_LOG_NOTICE, "bus", "the agent has left", "sender", agent->name, NULL);
  g_clear_handle_id (&agent->watch, g_bus_unwatch_name);
  g_clear_pointer (&agent->name, g_free);
  gh_cse_set_command_func (agent->cse, NULL, NULL, NULL);
}

void
gh_bus_agent_free (GhBusAgent *agent)
{
  forget (agent);
  g_object_unref (agent->cse);
  g_object_unref (agent->connection);
  g_free (agent);
}

/* To the agent alone: a broadcast would reach those who may not ask. */
static void
command (GhCse *cse, const char *id, const char *name, GVariant *details, gpointer user_data)
{
  const GhBusAgent *agent = user_data;
  g_autoptr (GError) error = NULL;

  (void) cse;
  if (!g_dbus_connection_emit_signal (agent->connection, agent->name, GH_BUS_PATH, GH_BUS_INTERFACE,
                                      "Command", g_variant_new ("(ss@a{sv})", id, name, details),
                                      &error))
    gh_log (GH_LOG_WARNING, "bus", "a command could not be sent", "reason", error->message, NULL);
}

static void
vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  (void) connection;
  (void) name;
  forget (user_data);
}

gboolean
gh_bus_agent_register (GhBusAgent *agent, const char *sender, GError **error)
{
  if (g_strcmp0 (agent->name, sender) == 0)
    return TRUE;
  if (agent->name != NULL)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_CONFLICT, "%s is the agent, and is still there",
                   agent->name);
      return FALSE;
    }
  agent->name = g_strdup (sender);
  agent->watch = g_bus_watch_name_on_connection (
    agent->connection, sender, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, vanished, agent, NULL);
  gh_cse_set_command_func (agent->cse, command, agent, NULL);
  gh_log (GH_LOG_NOTICE, "bus", "an agent has registered", "sender", sender, NULL);
  return TRUE;
}

static gboolean
check_sender (const GhBusAgent *agent, const char *sender, GError **error)
{
  if (g_strcmp0 (agent->name, sender) == 0)
    return TRUE;
  g_set_error_literal (error, GH_ERROR, GH_ERROR_ACCESS_DENIED,
                       "only the agent that has registered may do this");
  return FALSE;
}

gboolean
gh_bus_agent_unregister (GhBusAgent *agent, const char *sender, GError **error)
{
  if (!check_sender (agent, sender, error))
    return FALSE;
  forget (agent);
  return TRUE;
}

gboolean
gh_bus_agent_report (GhBusAgent *agent, const char *sender, GVariant *parameters, GError **error)
{
  const char *id = NULL, *status = NULL, *message = NULL;

  if (!check_sender (agent, sender, error))
    return FALSE;
  g_variant_get (parameters, "(&s&s&s)", &id, &status, &message);
  return gh_cse_report_command (agent->cse, id, status, message, error);
}

static void
asked_again (const char *name, gboolean allowed, gpointer user_data)
{
  GhBusAgent *agent = user_data;

  if (!allowed && g_strcmp0 (agent->name, name) == 0)
    forget (agent);
}

void
gh_bus_agent_rights_changed (GhBusAgent *agent, GhBusRights *rights)
{
  if (agent->name != NULL)
    gh_bus_rights_ask (rights, agent->name,
                       gh_bus_rights_find (GH_BUS_INTERFACE, "RegisterAgent", GH_BUS_CALL),
                       asked_again, agent);
}
