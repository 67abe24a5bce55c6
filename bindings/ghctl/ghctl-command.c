/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include <string.h>

gboolean
ghctl_usage (const char *text, GError **error)
{
  g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE, text);
  return FALSE;
}

GVariant *
ghctl_call_simple (GDBusConnection *connection, const char *interface, const char *method,
                   GVariant *arguments, const char *type, GError **error)
{
  GhctlCall call = { interface, method, arguments, type, -1, -1 };

  return ghctl_call (connection, &call, error);
}

gboolean
ghctl_call_plain (GDBusConnection *connection, const char *interface, const char *method,
                  GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) answer = ghctl_call_simple (connection, interface, method, arguments, "()",
                                                   error);

  return answer != NULL;
}

static GhctlExit
report (const GError *error)
{
  g_printerr ("ghctl: %s\n", error->message);
  return error->domain == GHCTL_ERROR ? error->code : GHCTL_USAGE;
}

/* "  revoke ID        refuse it for ever" */
static char *
describe (const GhctlGroup *group)
{
  g_autoptr (GString) text = g_string_new ("Commands:\n");

  for (const GhctlCommand *command = group->commands; command->run != NULL; command++)
    g_string_append_printf (text, "  %-15s %-16s %s\n", command->name != NULL ? command->name : "",
                            command->arguments, command->help);
  if (group->notes != NULL)
    g_string_append_printf (text, "\n%s", group->notes);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
parse (const GhctlGroup *group, int *argc, char ***argv, GhctlBus *out_bus, GError **error)
{
  gboolean session = FALSE, system = FALSE;
  const GOptionEntry common[] = {
    { "session", 0, 0, G_OPTION_ARG_NONE, &session, "Only look on the session bus", NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &system, "Only look on the system bus", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[COMMAND] [ARGUMENT…]");
  g_autofree char *text = describe (group);
  g_autofree char *name = g_strconcat ("ghctl ", group->name, NULL);

  g_set_prgname (name);
  g_option_context_set_description (context, text);
  g_option_context_add_main_entries (context, group->entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  *out_bus = session ? GHCTL_BUS_SESSION : system ? GHCTL_BUS_SYSTEM : GHCTL_BUS_EITHER;
  return TRUE;
}

/* The named one, or that without a name when there is no argument. */
static const GhctlCommand *
find (const GhctlGroup *group, const char *name)
{
  for (const GhctlCommand *command = group->commands; command->run != NULL; command++)
    if (g_strcmp0 (command->name, name) == 0)
      return command;
  return NULL;
}

static GhctlExit
explain (const GhctlGroup *group, const GhctlCommand *command)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (const GhctlCommand *one = group->commands; one->run != NULL && command == NULL; one++)
    if (one->name != NULL)
      g_string_append_printf (names, "%s%s", names->len > 0 ? "|" : "", one->name);
  g_printerr ("ghctl: %s %s %s\nTry \"ghctl %s --help\".\n", group->name,
              command == NULL         ? names->str
              : command->name != NULL ? command->name
                                      : "",
              command != NULL ? command->arguments : "…", group->name);
  return GHCTL_USAGE;
}

GhctlExit
ghctl_group_main (const GhctlGroup *group, int argc, char **argv)
{
  GhctlRun run = { .options = group->options, .exit = GHCTL_DONE };
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  const GhctlCommand *command;
  GhctlBus bus;

  if (!parse (group, &argc, &argv, &bus, &error))
    return report (error);
  command = find (group, argc > 1 ? argv[1] : NULL);
  if (command == NULL || argc - 2 > command->most || (argc > 1 && argc - 2 < command->least))
    return explain (group, command);
  connection = ghctl_connect (bus, &error);
  run.connection = connection;
  run.arguments = argc > 1 ? argv + 2 : argv + 1;
  if (connection == NULL || !command->run (&run, &error))
    return report (error);
  return run.exit;
}
