/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/**
 * GhCommand: what a mgmtObj of the own node or a mgmtCmd orders: the machine is rebooted, its
 * firmware renewed.
 * The CSE does none of this itself; it hands it to an agent that may.
 */
typedef struct {
  const char *id;   /* "rbo-9/rbo": the resource and the attribute that triggered it */
  const char *name; /* "reboot", "factory-reset", "update-firmware" ... */
  const char *originator;
  const char *url, *version, *subject; /* of firmware and software; else NULL */
} GhCommand;

typedef enum {
  GH_COMMAND_SUCCEEDED = 1,
  GH_COMMAND_FAILED = 2,
  GH_COMMAND_STARTED = 3 /* the numbers of m2m:status (TS-0004 6.3.4.2.20) */
} GhCommandStatus;

/** GhAgentFunc: on the writer's thread, after the commit; must not block. */
typedef void (*GhAgentFunc) (const GhCommand *command, gpointer user_data);

GhManagement *gh_management_new (void);
void gh_management_free (GhManagement *management);
/** gh_management_set_agent: who carries commands out from now on; @func NULL: nobody. Any thread.
 */
void gh_management_set_agent (GhManagement *management, GhAgentFunc func, gpointer user_data);
gboolean gh_management_has_agent (GhManagement *management);

/**
 * gh_management_check_update:
 * @change: an update of a mgmtObj of the own node
 * Refuses a command that nobody would carry out (6020) and a status that only the agent reports
 * (4102); else notes in the draft that it is under way. Writer's thread.
 */
gboolean gh_management_check_update (GhChange *change, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;
/** gh_management_hand_over: gives @command to the agent. FALSE: there is none. Writer's thread. */
gboolean gh_management_hand_over (GhManagement *management, const GhCommand *command);
/** gh_management_committed: hands the commands of an update that is durable to the agent. Writer's
 * thread. */
void gh_management_committed (GhService *service, const GhIntent *intent);
/**
 * gh_management_report:
 * @id: of the command
 * @message: (nullable): for the eventLog
 * The status is written into the resource, and the report into the eventLog. Any thread. Returns:
 * FALSE with @fault: 4000 when @id is no command's
 */
gboolean gh_management_report (GhService *service, const char *id, GhCommandStatus status,
                               const char *message, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
