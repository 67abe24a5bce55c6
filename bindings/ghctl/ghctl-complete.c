/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl-command.h"

#include <string.h>

/* The scripts that complete command lines, written from the tables of the commands. They are made
 * when the program is built; what they say is not translated. */

static const GhctlOption help_option[] = {
  { "help", 'h', G_OPTION_ARG_NONE, 0, "Show help", NULL, NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static gboolean
takes_value (const GhctlOption *option)
{
  return option->kind != G_OPTION_ARG_NONE;
}

static gboolean
takes_file (const GhctlOption *option)
{
  return option->kind == G_OPTION_ARG_FILENAME || option->kind == G_OPTION_ARG_FILENAME_ARRAY;
}

/* Does any of its commands have a file among its arguments? */
static gboolean
has_file_argument (const GhctlGroup *group)
{
  for (const GhctlCommand *one = group->commands; one->run != NULL; one++)
    if (strstr (one->arguments, "FILE") != NULL)
      return TRUE;
  return FALSE;
}

/* --- bash --- */

static void
add_bash_values (GString *out, const char *group, const GhctlOption *options)
{
  for (const GhctlOption *one = options; one != NULL && one->name != NULL; one++)
    {
      if (!takes_value (one))
        continue;
      g_string_append_printf (out, "    %s:--%s", group, one->name);
      if (one->letter != 0)
        g_string_append_printf (out, " | %s:-%c", group, one->letter);
      if (takes_file (one))
        g_string_append (out, ") _ghctl_files; return ;;\n");
      else
        g_string_append_printf (out, ") _ghctl_words \"%s\"; return ;;\n",
                                one->words != NULL ? one->words : "");
    }
}

static void
add_bash_names (GString *out, const GhctlOption *options)
{
  for (const GhctlOption *one = options; one != NULL && one->name != NULL; one++)
    {
      g_string_append_printf (out, " --%s", one->name);
      if (one->letter != 0)
        g_string_append_printf (out, " -%c", one->letter);
    }
}

static void
add_bash_group (GString *out, const GhctlGroup *group)
{
  g_string_append_printf (out, "    %s) options=\"", group->name);
  add_bash_names (out, group->options);
  add_bash_names (out, ghctl_common_options);
  add_bash_names (out, help_option);
  g_string_append (out, "\" commands=\"");
  for (const GhctlCommand *one = group->commands; one->run != NULL; one++)
    if (one->name != NULL)
      g_string_append_printf (out, " %s", one->name);
  g_string_append_printf (out, "\" files=%s ;;\n", has_file_argument (group) ? "yes" : "");
}

static char *
bash_script (void)
{
  g_autoptr (GString) out = g_string_new (
    "# bash completion of ghctl(1), made from its own tables\n"
    "_ghctl_words ()\n"
    "{\n"
    "  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
    "}\n\n"
    "_ghctl_files ()\n"
    "{\n"
    "  compopt -o filenames 2>/dev/null\n"
    "  mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "}\n\n"
    "_ghctl ()\n"
    "{\n"
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
    "group=${COMP_WORDS[1]}\n"
    "  local options= commands= files= word= named=\n"
    "  COMPREPLY=()\n"
    "  # --kind=x is three words\n"
    "  if [ \"$cur\" = = ]; then\n"
    "    cur=\n"
    "  elif [ \"$prev\" = = ]; then\n"
    "    prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "  fi\n"
    "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "    _ghctl_words \"");

  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    g_string_append_printf (out, "%s ", (*group)->name);
  g_string_append (out, "--help --version\"\n    return\n  fi\n  case $group:$prev in\n");
  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    add_bash_values (out, (*group)->name, (*group)->options);
  g_string_append (out, "  esac\n  case $group in\n");
  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    add_bash_group (out, *group);
  g_string_append (out, "  esac\n"
                        "  case $cur in\n"
                        "    -*) _ghctl_words \"$options\"; return ;;\n"
                        "  esac\n"
                        "  for word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
                        "    case \" $commands \" in\n"
                        "      *\" $word \"*) named=yes ;;\n"
                        "    esac\n"
                        "  done\n"
                        "  if [ -z \"$named\" ] && [ -n \"$commands\" ]; then\n"
                        "    _ghctl_words \"$commands\"\n"
                        "  elif [ -n \"$files\" ]; then\n"
                        "    _ghctl_files\n"
                        "  fi\n"
                        "}\n"
                        "complete -F _ghctl ghctl\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- zsh --- */

/* Text between single quotes, in which brackets and colons are zsh's own. */
static void
add_zsh_text (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (*p == '\'')
      g_string_append (out, "'\\''");
    else if (strchr ("[]:\\", *p) != NULL)
      g_string_append_printf (out, "\\%c", *p);
    else
      g_string_append_c (out, *p);
}

static void
add_zsh_option (GString *out, const GhctlOption *option)
{
  const gboolean many = option->kind == G_OPTION_ARG_STRING_ARRAY
                        || option->kind == G_OPTION_ARG_FILENAME_ARRAY;

  for (int i = 0; i < (option->letter != 0 ? 2 : 1); i++)
    {
      g_string_append_printf (out, " \\\n        '%s", many ? "*" : "");
      if (i == 0)
        g_string_append_printf (out, "--%s", option->name);
      else
        g_string_append_printf (out, "-%c", option->letter);
      g_string_append_c (out, '[');
      add_zsh_text (out, option->help);
      g_string_append_c (out, ']');
      if (takes_value (option))
        {
          g_string_append_c (out, ':');
          add_zsh_text (out, option->value != NULL ? option->value : "value");
          g_string_append_c (out, ':');
          if (takes_file (option))
            g_string_append (out, "_files");
          else if (option->words != NULL)
            g_string_append_printf (out, "(%s)", option->words);
        }
      g_string_append_c (out, '\'');
    }
}

static void
add_zsh_group (GString *out, const GhctlGroup *group)
{
  gboolean begun = FALSE;

  g_string_append_printf (out, "    %s)\n      _arguments -s", group->name);
  for (const GhctlOption *one = group->options; one != NULL && one->name != NULL; one++)
    add_zsh_option (out, one);
  for (const GhctlOption *one = ghctl_common_options; one->name != NULL; one++)
    add_zsh_option (out, one);
  add_zsh_option (out, help_option);
  for (const GhctlCommand *one = group->commands; one->run != NULL; one++)
    if (one->name != NULL)
      {
        g_string_append_printf (out, "%s%s", begun ? " " : " \\\n        '1:command:(", one->name);
        begun = TRUE;
      }
  if (begun)
    g_string_append (out, ")'");
  g_string_append_printf (out, " \\\n        '*:argument:%s' ;;\n",
                          has_file_argument (group) ? "_files" : "");
}

static char *
zsh_script (void)
{
  g_autoptr (GString) out = g_string_new ("#compdef ghctl\n"
                                          "# zsh completion of ghctl(1), made from its own tables\n"
                                          "_ghctl ()\n"
                                          "{\n"
                                          "  local -a commands\n"
                                          "  commands=(\n");

  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    {
      g_string_append_printf (out, "    '%s:", (*group)->name);
      add_zsh_text (out, (*group)->summary);
      g_string_append (out, "'\n");
    }
  g_string_append (out, "  )\n"
                        "  if (( CURRENT == 2 )); then\n"
                        "    _describe command commands\n"
                        "    return\n"
                        "  fi\n"
                        "  shift words\n"
                        "  (( CURRENT-- ))\n"
                        "  case $words[1] in\n");
  for (const GhctlGroup *const *group = ghctl_groups; *group != NULL; group++)
    add_zsh_group (out, *group);
  g_string_append (out, "  esac\n}\n_ghctl \"$@\"\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
ghctl_print_completion (const char *shell)
{
  g_autofree char *text = g_str_equal (shell, "bash")  ? bash_script ()
                          : g_str_equal (shell, "zsh") ? zsh_script ()
                                                       : NULL;

  if (text != NULL)
    g_print ("%s", text);
  return text != NULL;
}
