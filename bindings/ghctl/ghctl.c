/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include "gh-version.h"

#include <glib/gi18n.h>
#include <locale.h>

/* "COMMAND" where there are several, else the arguments of the one. */
static const char *
arguments_of (const GhctlGroup *group)
{
  const GhctlCommand *commands = group->commands;

  return commands[0].name == NULL && commands[1].run == NULL ? commands[0].arguments : "COMMAND";
}

static void
print_usage (void)
{
  g_print ("%s", _ ("Usage: ghctl COMMAND [OPTION…] [ARGUMENT…]\n\nAsks gatehoused over D-Bus.\n\n"
                    "Commands:\n"));
  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    g_print ("  %-11s %-15s %s\n", (*group)->name, arguments_of (*group), _ ((*group)->summary));
  g_print (
    "%s",
    _ ("\n\"ghctl COMMAND --help\" shows the options of a command; ghctl(1) shows everything.\n"
       "Exit status: 0 done, 1 refused by the CSE, 2 wrong usage, 3 gatehoused not reached, 4 "
       "not permitted on the bus.\n"));
}

static GhctlExit
refuse (const char *word)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", (*group)->name);
  if (word[0] != '\0')
    g_printerr (_ ("ghctl: \"%s\" is not a command; these are: %s\n"), word, names->str);
  else
    g_printerr (_ ("ghctl: a command is missing: %s\n"), names->str);
  g_printerr ("%s", _ ("Try \"ghctl --help\".\n"));
  return GHCTL_USAGE;
}

int
main (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : "";

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, GH_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (g_strv_contains ((const char *const[]){ "--help", "-h", "help", NULL }, word))
    {
      print_usage ();
      return GHCTL_DONE;
    }
  if (g_str_equal (word, "--version") || g_str_equal (word, "-V"))
    {
      g_print ("ghctl %s\n", gh_version_string ());
      return GHCTL_DONE;
    }
  if (g_str_equal (word, "--print-completion") && argc == 3 && ghctl_print_completion (argv[2]))
    return GHCTL_DONE;
  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    if (g_str_equal ((*group)->name, word))
      return ghctl_group_main (*group, argc - 1, argv + 1);
  return refuse (word);
}
