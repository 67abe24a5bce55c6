/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/gh-log.h"
#include "model/gh-syntax.h"
#include "service/gh-execution.h"
#include "service/gh-job.h"
#include "type/gh-behaviours.h"
#include "type/gh-type-exec.h"
#include "type/gh-type-rules.h"
#include "write/gh-effect.h"

/* execInstances of one command */
#define MAX_INSTANCES 1000

static gboolean
needs_arguments (gint command)
{
  return command != GH_CMD_RESET && command != GH_CMD_REBOOT;
}

static gboolean
has_arguments (const GhValue *arguments, const char *member)
{
  const GhValue *list = arguments != NULL ? gh_value_member (arguments, member) : NULL;
  return list != NULL && list->length > 0;
}

/* TS-0004 7.4.16.2.1 */
static gboolean
check_arguments (const GhChange *change, GhFault *fault)
{
  const GhValue *arguments = gh_draft_get (change->draft, "exra");
  const gint command = (gint) gh_rule_merged_integer (change, "cmt", 0);
  const char *member = gh_execution_member (command, NULL);
  if (arguments == NULL || arguments->kind != GH_VALUE_OBJECT || member == NULL)
    return TRUE;
  for (guint i = 0; i < arguments->length; i++)
    if (strcmp (arguments->members[i].name, member) != 0)
      return gh_fault_set (fault, GH_ERROR_MGMT_ARGUMENTS,
                           "exra: %s are arguments of another command than cmt %d, which has %s",
                           arguments->members[i].name, command, member);
  return !needs_arguments (command) || has_arguments (arguments, member)
         || gh_fault_set (fault, GH_ERROR_MGMT_INSUFFICIENT, "exra: cmt %d needs %s", command,
                          member);
}

/* TS-0004 7.4.16.1: what each mode takes of the others. */
static gboolean
check_mode (const GhChange *change, GhFault *fault)
{
  const gint64 mode = gh_rule_merged_integer (change, "exm", GH_EXEC_IMMEDIATE_ONCE);
  const gboolean repeats = mode == GH_EXEC_IMMEDIATE_REPEAT || mode == GH_EXEC_RANDOM_REPEAT;
  const char *frequency = gh_rule_merged_text (change, "exf");
  gint64 interval_us;
  if (!repeats || gh_rule_merged_integer (change, "exn", 1) <= 1)
    return TRUE;
  return (frequency != NULL && gh_duration_parse (frequency, strlen (frequency), &interval_us)
          && interval_us >= G_USEC_PER_SEC)
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "exf: a repeated execution needs a time of at least one second between");
}

static gboolean
check_create (GhChange *change, GhFault *fault)
{
  return check_arguments (change, fault) && check_mode (change, fault);
}

/* Only true starts something: a reboot must not come of a false. */
static gboolean
is_execution (const GhDraft *draft)
{
  const GhValue *enable = draft != NULL ? gh_draft_get (draft, "exe") : NULL;
  return enable != NULL && enable->kind == GH_VALUE_BOOLEAN && enable->boolean;
}

/* The members of the group that execTarget names; NULL: it names a node. */
static const GhValue *
members_of (const GhService *service, const GhView *view, const char *target)
{
  GhNode group;
  if (!gh_find_local (service, view, target, &group) || group.slot->type->number != GH_TYPE_GROUP)
    return NULL;
  return gh_resource_get (group.resource, "mid");
}

static gboolean
check_execution (const GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const char *target = gh_rule_merged_text (change, "ext");
  const gint command = (gint) gh_rule_merged_integer (change, "cmt", 0);
  const GhValue *members = members_of (service, &change->view, target);
  const guint there = change->node.children != NULL ? change->node.children->n : 0;
  if (needs_arguments (command)
      && !has_arguments (gh_rule_merged (change, "exra"), gh_execution_member (command, NULL)))
    return gh_fault_set (fault, GH_ERROR_MGMT_CONVERSION, "exra: cmt %d needs %s to be executed",
                         command, gh_execution_member (command, NULL));
  if (there + (members != NULL ? members->length : 1) > MAX_INSTANCES)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "To: %s would have more than %d execInstances", change->node.slot->name,
                         MAX_INSTANCES);
  return members != NULL
         || (gh_execution_reaches (service, &change->view, target)
             && gh_management_has_agent (service->management))
         || gh_fault_set (fault, GH_ERROR_MGMT_SESSION,
                          "ext: nobody is there who would carry commands out on %s", target);
}

static gboolean
check_update (GhChange *change, GhFault *fault)
{
  const gboolean retargeted = gh_draft_get (change->draft, "ext") != NULL
                              || gh_draft_get (change->draft, "exm") != NULL;
  if (retargeted && change->node.children != NULL)
    return gh_fault_set (fault, GH_ERROR_NOT_ALLOWED,
                         "ext: target and mode stay as long as there are execInstances");
  if (!check_arguments (change, fault) || !check_mode (change, fault))
    return FALSE;
  return !is_execution (change->draft) || check_execution (change, fault);
}

/* TS-0004 7.4.16.2.4: what is under way must be cancelled first, all of it. */
static gboolean
check_delete (GhChange *change, GhFault *fault)
{
  const GhChildren *children = change->node.children;
  for (guint i = 0; children != NULL && i < children->n; i++)
    {
      GhNode node;
      if (gh_view_node (&change->view, children->items[i], &node)
          && !gh_exec_check_cancel (change, &node, FALSE, fault))
        return FALSE;
    }
  for (guint i = 0; children != NULL && i < children->n; i++)
    {
      GhNode node;
      if (gh_view_node (&change->view, children->items[i], &node)
          && gh_resource_get_integer (node.resource, "exs", 0) == GH_EXEC_PENDING
          && !gh_execution_cancel (change->host, node.slot->id, change->intent->originator))
        return gh_fault_set (fault, GH_ERROR_MGMT_CANCELLATION,
                             "To: nobody is there who would cancel %s", node.slot->id);
    }
  return TRUE;
}

static gboolean
copy_attributes (const GhResource *command, GhArena *arena, GhDraft *out)
{
  static const char *const copied[] = { "exm", "exf", "exy", "exn", "exra" };
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    {
      const GhValue *value = gh_resource_get (command, copied[i]);
      if (value != NULL && !gh_draft_set (out, arena, copied[i], *value))
        return FALSE;
    }
  return TRUE;
}

static gboolean
create_instance (const GhEffect *effect, const GhResource *command, const char *target,
                 GError **error)
{
  GhService *service = effect->host;
  const GhView view = gh_effect_view (effect->writer);
  const gint64 mode = gh_resource_get_integer (command, "exm", GH_EXEC_IMMEDIATE_ONCE);
  const gboolean at_once = mode == GH_EXEC_IMMEDIATE_ONCE || mode == GH_EXEC_IMMEDIATE_REPEAT;
  const gboolean reached = gh_execution_reaches (service, &view, target);
  const GhExecStatus status = !reached  ? GH_EXEC_FINISHED
                              : at_once ? GH_EXEC_PENDING
                                        : GH_EXEC_INITIATED;
  const gint result = reached ? GH_EXEC_RESULT_NOT_FINISHED : GH_EXEC_RESULT_UNSUPPORTED;
  g_autoptr (GhArena) arena = gh_arena_new (1 << 16);
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_EXEC_INSTANCE) };
  GhNode parent, made;
  if (!gh_view_node (&view, effect->node.slot, &parent)
      || !gh_draft_set (&draft, arena, "exs", gh_value_integer (status))
      || !gh_draft_set (&draft, arena, "exr", gh_value_integer (result))
      || !gh_draft_set (&draft, arena, "ext", gh_value_string (target, strlen (target)))
      || !copy_attributes (command, arena, &draft))
    return TRUE;
  if (!gh_effect_create (effect->writer, &parent, &draft, effect->originator, &made, error))
    return FALSE;
  if (status == GH_EXEC_PENDING)
    gh_execution_begin (service, made.slot->id);
  return TRUE;
}

/* TS-0004 7.4.16.2.3.2: an execInstance for each target. */
static gboolean
after (const GhEffect *effect, GError **error)
{
  g_autoptr (GhResource) command = gh_resource_ref (effect->node.resource);
  const GhView view = gh_effect_view (effect->writer);
  const char *target = gh_resource_get_text (command, "ext");
  if (effect->kind != GH_EFFECT_UPDATED || !is_execution (effect->draft))
    return TRUE;
  const GhValue *members = members_of (effect->host, &view, target);
  if (members == NULL)
    return create_instance (effect, command, target, error);
  for (guint i = 0; i < members->length; i++)
    if (!create_instance (effect, command, members->items[i].text, error))
      return FALSE;
  return TRUE;
}

const GhBehaviour gh_behaviour_mgmt_cmd = {
  .type = GH_TYPE_MGMT_CMD,
  .check_create = check_create,
  .check_update = check_update,
  .check_delete = check_delete,
  .after = after,
};
