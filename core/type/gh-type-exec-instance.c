/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "model/gh-syntax.h"
#include "service/gh-execution.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-exec.h"
#include "type/gh-type-rules.h"
#include "write/gh-effect.h"

static gint64
duration (const GhResource *resource, const char *name)
{
  const char *text = gh_resource_get_text (resource, name);
  gint64 us = 0;
  return text != NULL && gh_duration_parse (text, strlen (text), &us) ? us : 0;
}

/* The executions of one execInstance, at first + i * interval for i below n. */
typedef struct {
  gint64 first_us, interval_us, n;
} Plan;

static Plan
plan_of (const GhResource *resource)
{
  const gint64 mode = gh_resource_get_integer (resource, "exm", GH_EXEC_IMMEDIATE_ONCE);
  const gboolean delayed = mode == GH_EXEC_RANDOM_ONCE || mode == GH_EXEC_RANDOM_REPEAT;
  const gboolean repeated = mode == GH_EXEC_IMMEDIATE_REPEAT || mode == GH_EXEC_RANDOM_REPEAT;
  const gint64 delay_us = delayed ? duration (resource, "exy") : 0;
  return (Plan){ .first_us = resource->identity.creation_us + delay_us,
                 .interval_us = repeated ? MAX (duration (resource, "exf"), G_USEC_PER_SEC) : 0,
                 .n = repeated ? MAX (gh_resource_get_integer (resource, "exn", 1), 1) : 1 };
}

/* The next execution after @after_us; GH_NEVER_US: there is none. */
static gint64
next_after (const Plan *plan, gint64 after_us)
{
  if (plan->first_us > after_us)
    return plan->first_us;
  if (plan->interval_us == 0)
    return GH_NEVER_US;
  const gint64 i = (after_us - plan->first_us) / plan->interval_us + 1;
  return i < plan->n ? plan->first_us + i * plan->interval_us : GH_NEVER_US;
}

static gboolean
is_cancellable (gint command)
{
  return command != GH_CMD_RESET && command != GH_CMD_REBOOT;
}

/* The refusal comes with a change (TS-0004 7.4.17.2.1), which is made here and now. */
static gboolean
refuse_binding (const GhChange *change, const GhNode *node, GhFault *fault)
{
  g_autoptr (GError) error = NULL;
  if (!gh_execution_set_status (change->writer, node, GH_EXEC_NON_CANCELLABLE,
                                GH_EXEC_RESULT_NOT_FINISHED, &error))
    gh_log (GH_LOG_WARNING, "node", "a status could not be written", "reason", error->message,
            NULL);
  return gh_fault_set (fault, GH_ERROR_MGMT_BINDING,
                       "exd: a command of this kind cannot be cancelled once it is under way");
}

gboolean
gh_exec_check_cancel (const GhChange *change, const GhNode *node, gboolean must, GhFault *fault)
{
  const gint64 status = gh_resource_get_integer (node->resource, "exs", GH_EXEC_INITIATED);
  const Plan plan = plan_of (node->resource);
  const gboolean more = next_after (&plan, change->now_us) != GH_NEVER_US;
  GhNode command;
  if (status == GH_EXEC_PENDING || status == GH_EXEC_NON_CANCELLABLE)
    {
      const gboolean found = gh_view_node (&change->view, node->slot->parent, &command);
      return (found && is_cancellable ((gint) gh_resource_get_integer (command.resource, "cmt", 0)))
             || refuse_binding (change, node, fault);
    }
  return !must || (status != GH_EXEC_CANCELLED && (more || status == GH_EXEC_INITIATED))
         || gh_fault_set (fault, GH_ERROR_MGMT_COMPLETE, "exd: nothing is left to be cancelled");
}

/* Only what is under way must be told to the agent. */
static gboolean
cancel (const GhChange *change, GhFault *fault)
{
  return gh_resource_get_integer (change->node.resource, "exs", 0) != GH_EXEC_PENDING
         || gh_execution_cancel (change->host, change->node.slot->id, change->intent->originator)
         || gh_fault_set (fault, GH_ERROR_MGMT_CANCELLATION,
                          "exd: nobody is there who would cancel the command");
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const GhValue *disable = gh_draft_get (change->draft, "exd");
  if (disable == NULL || disable->kind != GH_VALUE_BOOLEAN || !disable->boolean)
    return TRUE;
  return gh_exec_check_cancel (change, &change->node, TRUE, fault) && cancel (change, fault)
         && gh_rule_set_integer (change, "exs", GH_EXEC_CANCELLED, fault);
}

static gboolean
check_delete (GhChange *change, GhFault *fault)
{
  return gh_exec_check_cancel (change, &change->node, FALSE, fault) && cancel (change, fault);
}

static gint64
due (gpointer host, const GhNode *node, gint64 after_us)
{
  const gint64 status = gh_resource_get_integer (node->resource, "exs", GH_EXEC_INITIATED);
  const Plan plan = plan_of (node->resource);
  (void) host;
  if (status == GH_EXEC_CANCELLED)
    return GH_NEVER_US;
  /* one that should have begun while the CSE was down begins now */
  if (status == GH_EXEC_INITIATED && plan.first_us <= after_us)
    return after_us + 1;
  return next_after (&plan, after_us);
}

/* One that takes longer than its interval is not begun again meanwhile. */
static gboolean
tick (const GhEffect *effect, GError **error)
{
  const gint64 status = gh_resource_get_integer (effect->node.resource, "exs", 0);
  g_autofree char *id = g_strdup (effect->node.slot->id);
  if (status != GH_EXEC_INITIATED && status != GH_EXEC_FINISHED)
    return TRUE;
  if (!gh_execution_set_status (effect->writer, &effect->node, GH_EXEC_PENDING,
                                GH_EXEC_RESULT_NOT_FINISHED, error))
    return FALSE;
  gh_execution_begin (effect->host, id);
  return TRUE;
}

const GhBehaviour gh_behaviour_exec_instance = {
  .type = GH_TYPE_EXEC_INSTANCE,
  .listed = TRUE,
  .check_update = check_update,
  .check_delete = check_delete,
  .due = due,
  .tick = tick,
};
