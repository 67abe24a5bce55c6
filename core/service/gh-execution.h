/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-management.h"

G_BEGIN_DECLS

/* m2m:cmdType, m2m:execModeType, m2m:execStatusType and what is used of m2m:execResultType */
typedef enum {
  GH_CMD_RESET = 1,
  GH_CMD_REBOOT = 2,
  GH_CMD_UPLOAD = 3,
  GH_CMD_DOWNLOAD = 4,
  GH_CMD_INSTALL = 5,
  GH_CMD_UNINSTALL = 6,
  GH_CMD_UPDATE = 7,
} GhCmdType;
typedef enum {
  GH_EXEC_IMMEDIATE_ONCE = 1,
  GH_EXEC_IMMEDIATE_REPEAT = 2,
  GH_EXEC_RANDOM_ONCE = 3,
  GH_EXEC_RANDOM_REPEAT = 4,
} GhExecMode;
typedef enum {
  GH_EXEC_INITIATED = 1,
  GH_EXEC_PENDING = 2,
  GH_EXEC_FINISHED = 3,
  GH_EXEC_CANCELLED = 5,
  GH_EXEC_NON_CANCELLABLE = 6,
} GhExecStatus;
enum {
  GH_EXEC_RESULT_SUCCESS = 0,
  GH_EXEC_RESULT_UNSUPPORTED = 1,
  GH_EXEC_RESULT_ERROR = 4,
  GH_EXEC_RESULT_NOT_FINISHED = 31,
};

/** gh_execution_member: the member of execReqArgs that goes with @command ("uld"), and its name for
 * the agent ("upload"); NULL: no such command. */
const char *gh_execution_member (gint command, const char **out_name);

/** gh_execution_reaches: @target, a nodeID or the address of a node, is the machine of this CSE: of
 * others nobody here would carry anything out. Thread of the view. */
gboolean gh_execution_reaches (const GhService *service, const GhView *view, const char *target);

/** gh_execution_begin: hands the execInstance @id to the agent after the batch under way, unless
 * it has been cancelled then. Writer's thread. */
void gh_execution_begin (GhService *service, const char *id);
/** gh_execution_cancel: tells the agent to stop it. FALSE: there is none. Writer's thread. */
gboolean gh_execution_cancel (GhService *service, const char *id, const char *originator);
/** gh_execution_report: of the agent, about "exin-5/exs". FALSE with @fault: not such a command.
 * Any thread. */
gboolean gh_execution_report (GhService *service, const char *id, GhCommandStatus status,
                              GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_execution_is: @id is one that gh_execution_begin() gave to the agent. */
gboolean gh_execution_is (const char *id);

/** gh_execution_set_status: writes both into the execInstance. Writer's thread, in a batch. */
gboolean gh_execution_set_status (GhWriter *writer, const GhNode *node, GhExecStatus status,
                                  gint result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
