/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-execution.h"

#include <string.h>

#include "base/gh-log.h"
#include "service/gh-job.h"
#include "service/gh-own-node.h"
#include "write/gh-effect.h"

#define SUFFIX "/exs"

static const struct {
  const char *member, *name;
} commands[] = {
  [GH_CMD_RESET] = { "rst", "factory-reset" },
  [GH_CMD_REBOOT] = { "rbo", "reboot" },
  [GH_CMD_UPLOAD] = { "uld", "upload" },
  [GH_CMD_DOWNLOAD] = { "dld", "download" },
  [GH_CMD_INSTALL] = { "swin", "install-software" },
  [GH_CMD_UNINSTALL] = { "swun", "uninstall-software" },
  [GH_CMD_UPDATE] = { "swup", "update-software" },
};

const char *
gh_execution_member (gint command, const char **out_name)
{
  if (command < GH_CMD_RESET || command > GH_CMD_UPDATE)
    return NULL;
  if (out_name != NULL)
    *out_name = commands[command].name;
  return commands[command].member;
}

gboolean
gh_execution_reaches (const GhService *service, const GhView *view, const char *target)
{
  GhNode node;
  if (service->node_id != NULL && strcmp (service->node_id, target) == 0)
    return TRUE;
  return gh_find_local (service, view, target, &node) && node.slot->type->number == GH_TYPE_NODE
         && gh_own_node_is (service, view, node.slot);
}

gboolean
gh_execution_set_status (GhWriter *writer, const GhNode *node, GhExecStatus status, gint result,
                         GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (4096);
  GhDraft draft = { .type = node->slot->type };
  return !gh_draft_set (&draft, arena, "exs", gh_value_integer (status))
         || !gh_draft_set (&draft, arena, "exr", gh_value_integer (result))
         || gh_effect_update (writer, node, &draft, NULL, error);
}

/* On its way to a batch of its own. */
typedef struct {
  GhService *service;
  char *id;
  GhCommandStatus status;
} Step;

static void
step_free (Step *step)
{
  g_free (step->id);
  g_free (step);
}

static gboolean
push (GhService *service, const char *id, GhCommandStatus status,
      void (*call) (GhWriter *writer, gpointer data))
{
  Step *step = g_new0 (Step, 1);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  *step = (Step){ .service = service, .id = g_strdup (id), .status = status };
  intent->call = call;
  intent->user_data = step;
  if (gh_writer_push (service->writer, intent))
    return TRUE;
  gh_intent_free (intent);
  step_free (step);
  return FALSE;
}

static gboolean
find (GhWriter *writer, const char *id, GhNode *out)
{
  const GhView view = gh_effect_view (writer);
  return gh_view_find (&view, id, out) && out->slot->type->number == GH_TYPE_EXEC_INSTANCE;
}

static const char *
argument (const GhValue *arguments, const char *name)
{
  const GhValue *value = arguments != NULL ? gh_value_member (arguments, name) : NULL;
  return value != NULL ? gh_value_text (value) : NULL;
}

static gboolean
hand_over (GhService *service, const GhNode *node, const GhNode *command, const char *name)
{
  const char *verb = NULL;
  const gint type = (gint) gh_resource_get_integer (command->resource, "cmt", 0);
  const char *member = gh_execution_member (type, &verb);
  const GhValue *all = gh_resource_get (node->resource, "exra");
  const GhValue *list = all != NULL && member != NULL ? gh_value_member (all, member) : NULL;
  const GhValue *arguments = list != NULL && list->length > 0 ? &list->items[0] : NULL;
  g_autofree char *id = g_strconcat (node->slot->id, SUFFIX, NULL);
  const GhCommand order = { .id = id,
                            .name = name != NULL ? name : verb,
                            .originator = node->resource->identity.owner,
                            .url = argument (arguments, "url"),
                            .version = argument (arguments, "vr"),
                            .subject = argument (arguments, "uuid") };
  return gh_management_hand_over (service->management, &order);
}

static void
begin (GhWriter *writer, gpointer data)
{
  Step *step = data;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GError) error = NULL;
  GhNode node, command;
  if (find (writer, step->id, &node)
      && gh_resource_get_integer (node.resource, "exs", 0) == GH_EXEC_PENDING
      && gh_view_node (&view, node.slot->parent, &command)
      && !hand_over (step->service, &node, &command, NULL)
      && !gh_execution_set_status (writer, &node, GH_EXEC_FINISHED, GH_EXEC_RESULT_UNSUPPORTED,
                                   &error))
    gh_log (GH_LOG_WARNING, "node", "the end of a command could not be written", "reason",
            error->message, NULL);
  step_free (step);
}

void
gh_execution_begin (GhService *service, const char *id)
{
  if (!push (service, id, GH_COMMAND_STARTED, begin))
    gh_log (GH_LOG_WARNING, "node", "a command was not begun: the CSE stops", "id", id, NULL);
}

gboolean
gh_execution_cancel (GhService *service, const char *id, const char *originator)
{
  g_autofree char *command = g_strconcat (id, SUFFIX, NULL);
  const GhCommand order = { .id = command, .name = "cancel", .originator = originator };
  return gh_management_hand_over (service->management, &order);
}

gboolean
gh_execution_is (const char *id)
{
  return g_str_has_prefix (id, "exin-") && g_str_has_suffix (id, SUFFIX);
}

/* One that could not be cancelled still ends. */
static gboolean
is_under_way (const GhNode *node)
{
  const gint64 status = gh_resource_get_integer (node->resource, "exs", 0);
  return status == GH_EXEC_PENDING || status == GH_EXEC_NON_CANCELLABLE;
}

static void
report (GhWriter *writer, gpointer data)
{
  Step *step = data;
  g_autoptr (GError) error = NULL;
  GhNode node;
  if (step->status != GH_COMMAND_STARTED && find (writer, step->id, &node) && is_under_way (&node)
      && !gh_execution_set_status (writer, &node, GH_EXEC_FINISHED,
                                   step->status == GH_COMMAND_SUCCEEDED ? GH_EXEC_RESULT_SUCCESS
                                                                        : GH_EXEC_RESULT_ERROR,
                                   &error))
    gh_log (GH_LOG_WARNING, "node", "a report could not be written", "reason", error->message,
            NULL);
  step_free (step);
}

gboolean
gh_execution_report (GhService *service, const char *id, GhCommandStatus status, GhFault *fault)
{
  g_autofree char *resource = g_strndup (id, strlen (id) - strlen (SUFFIX));
  GhNode node;
  GhView view = gh_view_begin (service->tree);
  const gboolean found = gh_view_find (&view, resource, &node)
                         && node.slot->type->number == GH_TYPE_EXEC_INSTANCE;
  gh_view_end (&view);
  if (!found)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "id: \"%.60s\" is no command's", id);
  return push (service, resource, status, report)
         || gh_fault_set (fault, GH_ERROR_OVERLOADED,
                          "too many requests are waiting to be written");
}
