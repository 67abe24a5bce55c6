/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl.h"

G_BEGIN_DECLS

/* The frame of commands that have commands of their own: `ghctl credential show ID`. */

/** GhctlRun: what such a command needs. */
typedef struct {
  GDBusConnection *connection;
  gpointer options; /* of the group */
  char **arguments; /* as many as it asked for */
  GhctlExit exit;   /* what a command that succeeds ends with */
} GhctlRun;

typedef struct {
  const char *name; /* NULL: without a name */
  const char *arguments, *help;
  int least, most; /* arguments */
  gboolean (*run) (GhctlRun *run, GError **error);
} GhctlCommand;

typedef struct {
  const char *name;             /* "credential" */
  const GhctlCommand *commands; /* ended by one without a function */
  const GOptionEntry *entries;  /* beside those that choose the bus */
  const char *notes;            /* below the commands in --help; may be NULL */
  gpointer options;
} GhctlGroup;

/** ghctl_group_main: parses, connects, runs, and reports on standard error. */
GhctlExit ghctl_group_main (const GhctlGroup *group, int argc, char **argv);

/** ghctl_call_plain: a call that answers nothing. @arguments: floating. */
gboolean ghctl_call_plain (GDBusConnection *connection, const char *interface, const char *method,
                           GVariant *arguments, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** ghctl_call_simple: a call without descriptors. Returns: (transfer full) */
GVariant *ghctl_call_simple (GDBusConnection *connection, const char *interface, const char *method,
                             GVariant *arguments, const char *type, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/** ghctl_usage: FALSE with GHCTL_USAGE. */
gboolean ghctl_usage (const char *text, GError **error);

G_END_DECLS
