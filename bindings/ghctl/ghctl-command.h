/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl.h"

G_BEGIN_DECLS

/* Every command is a row of one table (ghctl-table.c), and describes itself by constant tables:
 * from them come its --help, the completion of shells, and what is parsed. */

/** GhctlOption: one option, and where its value goes. */
typedef struct {
  const char *name;
  char letter; /* 0: none */
  GOptionArg kind;
  gsize offset; /* in the options of the group */
  const char *help, *value;
  const char *words; /* what its value can be, with blanks between; NULL: anything */
} GhctlOption;

typedef struct _GhctlGroup GhctlGroup;

/** GhctlRun: what a command needs. */
typedef struct {
  const GhctlGroup *group;
  GhctlBus bus;
  gboolean json;               /* --json: JSON in the place of words */
  GDBusConnection *connection; /* NULL in a local group */
  gpointer options;            /* of the group */
  char **arguments;            /* as many as it asked for */
  int n_arguments;
  GhctlExit exit; /* what a command that succeeds ends with */
} GhctlRun;

/** GhctlCommand: what a group does: `ghctl credential show ID`, or without a name `ghctl get`. */
typedef struct {
  const char *name; /* NULL: without a name */
  const char *arguments, *help;
  int least, most; /* arguments */
  gboolean (*run) (GhctlRun *run, GError **error);
} GhctlCommand;

struct _GhctlGroup {
  const char *name;             /* "credential" */
  const char *summary;          /* one line */
  const GhctlCommand *commands; /* ended by one without a function */
  const GhctlOption *options;   /* beside ghctl_common_options; ended by one without a name */
  const char *notes;            /* below the commands in --help; may be NULL */
  const char *examples;         /* command lines, each with a newline; not translated */
  gsize size;                   /* of its options, which are all zero at first */
  gboolean local;               /* needs no daemon */
};

/** ghctl_groups: all of them, in the order of --help; ended by NULL. */
extern const GhctlGroup *const ghctl_groups[];

/** ghctl_group_main: parses, connects, runs, and reports on standard error. @argv[0] is the name of
 * the command. */
GhctlExit ghctl_group_main (const GhctlGroup *group, int argc, char **argv);

/** ghctl_print_completion: @shell: "bash" or "zsh". FALSE: another. */
gboolean ghctl_print_completion (const char *shell);

/** ghctl_call_plain: a call that answers nothing. @arguments: floating. */
gboolean ghctl_call_plain (GDBusConnection *connection, const char *interface, const char *method,
                           GVariant *arguments, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_call_simple: a call without descriptors. Returns: (transfer full) */
GVariant *ghctl_call_simple (GDBusConnection *connection, const char *interface, const char *method,
                             GVariant *arguments, const char *type, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_done: the end of a command that has nothing to tell: with --json an empty object. Returns:
 * @done */
gboolean ghctl_done (const GhctlRun *run, gboolean done);

/** ghctl_common_options: what every command has, beside its own; without places. */
extern const GhctlOption ghctl_common_options[];

/** ghctl_usage: FALSE with GHCTL_USAGE. */
gboolean ghctl_usage (const char *text, GError **error);

G_END_DECLS
