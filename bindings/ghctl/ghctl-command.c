/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include <glib/gi18n.h>
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

gboolean
ghctl_done (const GhctlRun *run, gboolean done)
{
  if (done && run->json)
    g_print ("{}\n");
  return done;
}

static GhctlExit
report (const GError *error)
{
  /* Some of it came from others. */
  g_autofree char *safe = ghctl_printable (error->message);

  g_printerr ("ghctl: %s\n", safe);
  return error->domain == GHCTL_ERROR ? error->code : GHCTL_USAGE;
}

/* --- options --- */

const GhctlOption ghctl_common_options[] = {
  { "json", 'j', G_OPTION_ARG_NONE, 0, N_ ("Print JSON: one object, or one a line"), NULL, NULL },
  { "session", 0, G_OPTION_ARG_NONE, 0, N_ ("Only look on the session bus"), NULL, NULL },
  { "system", 0, G_OPTION_ARG_NONE, 0, N_ ("Only look on the system bus"), NULL, NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
clear_options (const GhctlGroup *group, char *options)
{
  for (const GhctlOption *one = group->options; one != NULL && one->name != NULL; one++)
    if (one->kind == G_OPTION_ARG_STRING || one->kind == G_OPTION_ARG_FILENAME)
      g_free (*(char **) (gpointer) (options + one->offset));
    else if (one->kind == G_OPTION_ARG_STRING_ARRAY || one->kind == G_OPTION_ARG_FILENAME_ARRAY)
      g_strfreev (*(char ***) (gpointer) (options + one->offset));
  g_free (options);
}

static void
add_option (GOptionContext *context, const GhctlOption *option, gpointer place)
{
  const GOptionEntry entries[] = {
    { option->name, option->letter, 0, option->kind, place, option->help, option->value },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_options (GOptionContext *context, const GhctlGroup *group, char *options)
{
  for (const GhctlOption *one = group->options; one != NULL && one->name != NULL; one++)
    add_option (context, one, options + one->offset);
}

/* --- help --- */

/* Does it do one thing only, such as `ghctl get`? */
static gboolean
is_single (const GhctlGroup *group)
{
  return group->commands[0].name == NULL && group->commands[1].run == NULL;
}

/* "  revoke ID        refuse it for ever", and the notes */
static char *
describe (const GhctlGroup *group)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int width = 0;

  for (const GhctlCommand *one = group->commands; one->run != NULL; one++)
    width = MAX (width, (int) (one->name != NULL ? strlen (one->name) + 1 : 0)
                          + (int) strlen (one->arguments));
  if (!is_single (group))
    g_string_append (text, _ ("Commands:\n"));
  for (const GhctlCommand *one = group->commands; one->run != NULL && !is_single (group); one++)
    {
      g_autofree char *words = g_strconcat (one->name != NULL ? one->name : "",
                                            one->name != NULL ? " " : "", one->arguments, NULL);
      g_string_append_printf (text, "  %-*s  %s\n", width, words, _ (one->help));
    }
  if (group->notes != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", _ (group->notes));
  g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", _ ("Examples:\n"));
  g_string_append (text, group->examples);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
parse (GhctlRun *run, int *argc, char ***argv, GError **error)
{
  const GhctlGroup *group = run->group;
  gboolean session = FALSE, system = FALSE;
  gboolean *const places[] = { &run->json, &session, &system };
  g_autofree char *parameters = g_strdup_printf (
    "%s - %s", is_single (group) ? group->commands->arguments : "[COMMAND] [ARGUMENT…]",
    _ (group->summary));
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_autofree char *text = describe (group);
  g_autofree char *name = g_strconcat ("ghctl ", group->name, NULL);

  g_set_prgname (name);
  g_option_context_set_description (context, text);
  add_options (context, group, run->options);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    add_option (context, &ghctl_common_options[i], places[i]);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (session && system)
    return ghctl_usage (_ ("only one of --session and --system can be given"), error);
  run->bus = session ? GHCTL_BUS_SESSION : system ? GHCTL_BUS_SYSTEM : GHCTL_BUS_EITHER;
  return TRUE;
}

/* --- running --- */

static const GhctlCommand *
find (const GhctlGroup *group, const char *name)
{
  for (const GhctlCommand *command = group->commands; command->run != NULL; command++)
    if (g_strcmp0 (command->name, name) == 0)
      return command;
  return NULL;
}

/* The named one; or that without a name, and then every argument is its own. */
static const GhctlCommand *
choose (const GhctlGroup *group, int argc, char **argv, int *out_first)
{
  const GhctlCommand *command = argc > 1 ? find (group, argv[1]) : NULL;

  *out_first = command != NULL ? 2 : 1;
  return command != NULL ? command : find (group, NULL);
}

/* "credential revoke ID", "credential list|show …": how it is written */
static char *
syntax_of (const GhctlGroup *group, const GhctlCommand *command)
{
  GString *text = g_string_new (group->name);

  const char *before = " ";

  for (const GhctlCommand *one = group->commands; one->run != NULL && command == NULL; one++)
    if (one->name != NULL)
      {
        g_string_append_printf (text, "%s%s", before, one->name);
        before = "|";
      }
  if (command == NULL)
    g_string_append (text, " …");
  else if (command->name != NULL)
    g_string_append_printf (text, " %s", command->name);
  if (command != NULL && command->arguments[0] != '\0')
    g_string_append_printf (text, " %s", command->arguments);
  return g_string_free (text, FALSE);
}

static GhctlExit
explain (const GhctlGroup *group, const GhctlCommand *command)
{
  /* What is no command's name is no argument of the one without a name, either. */
  const gboolean unknown = command != NULL && command->name == NULL && !is_single (group);
  g_autofree char *syntax = syntax_of (group, unknown ? NULL : command);

  g_printerr (_ ("ghctl: expected: ghctl %s\nTry \"ghctl %s --help\".\n"), syntax, group->name);
  return GHCTL_USAGE;
}

static GhctlExit
run_group (GhctlRun *run, int argc, char **argv)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  const GhctlCommand *command;
  int first;

  if (!parse (run, &argc, &argv, &error))
    {
      g_printerr (_ ("ghctl: %s\nTry \"ghctl %s --help\".\n"), error->message, run->group->name);
      return GHCTL_USAGE;
    }
  command = choose (run->group, argc, argv, &first);
  run->n_arguments = argc - first;
  if (command == NULL || run->n_arguments > command->most || run->n_arguments < command->least)
    return explain (run->group, command);
  run->arguments = argv + first;
  if (!run->group->local)
    {
      connection = ghctl_connect (run->bus, &error);
      if (connection == NULL)
        return report (error);
    }
  run->connection = connection;
  return command->run (run, &error) ? run->exit : report (error);
}

GhctlExit
ghctl_group_main (const GhctlGroup *group, int argc, char **argv)
{
  GhctlRun run = { .group = group, .exit = GHCTL_DONE };
  GhctlExit code;

  run.options = g_malloc0 (MAX (group->size, 1));
  code = run_group (&run, argc, argv);
  clear_options (group, run.options);
  return code;
}
