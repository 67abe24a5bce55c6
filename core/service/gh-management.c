/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-management.h"

#include <string.h>

#include "base/gh-log.h"
#include "service/gh-execution.h"
#include "service/gh-own-node.h"
#include "write/gh-effect.h"

struct _GhManagement {
  GMutex lock;
  GhAgentFunc func;
  gpointer user_data;
};

/* Attributes that start something when they become true (TS-0004 annex D). */
static const struct {
  const char *root_name, *trigger, *name;
  const char *status;    /* m2m:actionStatus that tells how it goes; NULL: there is none */
  gboolean stays;        /* its value is always true */
  const char *subject;   /* attribute with the name of what is meant; NULL */
} commands[] = {
  { "m2m:rbo", "rbo", "reboot", NULL, TRUE, NULL },
  { "m2m:rbo", "far", "factory-reset", NULL, TRUE, NULL },
  { "m2m:fwr", "ud", "update-firmware", "uds", FALSE, "fwn" },
  { "m2m:swr", "in", "install-software", "ins", FALSE, "swn" },
  { "m2m:swr", "un", "uninstall-software", "ins", FALSE, "swn" },
  { "m2m:swr", "act", "activate-software", "acts", FALSE, "swn" },
  { "m2m:swr", "dea", "deactivate-software", "acts", FALSE, "swn" },
  { "m2m:dvc", "ena", "enable-capability", "cas", TRUE, "can" },
  { "m2m:dvc", "dis", "disable-capability", "cas", TRUE, "can" },
};

GhManagement *
gh_management_new (void)
{
  GhManagement *management = g_new0 (GhManagement, 1);
  g_mutex_init (&management->lock);
  return management;
}

void
gh_management_free (GhManagement *management)
{
  g_mutex_clear (&management->lock);
  g_free (management);
}

void
gh_management_set_agent (GhManagement *management, GhAgentFunc func, gpointer user_data)
{
  g_mutex_lock (&management->lock);
  management->func = func;
  management->user_data = user_data;
  g_mutex_unlock (&management->lock);
}

gboolean
gh_management_has_agent (GhManagement *management)
{
  g_mutex_lock (&management->lock);
  const gboolean has = management->func != NULL;
  g_mutex_unlock (&management->lock);
  return has;
}

static gboolean
triggers (const GhDraft *draft, guint at)
{
  if (strcmp (draft->type->root_name, commands[at].root_name) != 0)
    return FALSE;
  const GhValue *value = gh_draft_get (draft, commands[at].trigger);
  return value != NULL && value->kind == GH_VALUE_BOOLEAN && value->boolean;
}

/* {"acn":"update-firmware","sus":3} */
static gboolean
make_status (GhArena *arena, const char *action, GhCommandStatus status, GhValue *out)
{
  GhMember *members = gh_arena_new_array (arena, GhMember, 2);
  if (members == NULL)
    return FALSE;
  members[0] = (GhMember){ "acn", gh_value_string (action, strlen (action)) };
  members[1] = (GhMember){ "sus", gh_value_integer (status) };
  *out = (GhValue){ .kind = GH_VALUE_OBJECT, .length = 2, .members = members };
  return TRUE;
}

static gboolean
check_status (const GhDraft *draft, guint at, GhFault *fault)
{
  if (commands[at].status == NULL
      || strcmp (draft->type->root_name, commands[at].root_name) != 0
      || gh_draft_get (draft, commands[at].status) == NULL)
    return TRUE;
  return gh_fault_set (fault, GH_ERROR_CONTENTS,
                       "%s: of this machine it is reported by the agent that carries commands out",
                       commands[at].status);
}

gboolean
gh_management_check_update (GhChange *change, GhFault *fault)
{
  GhService *service = change->host;
  GhDraft *draft = change->draft;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (!check_status (draft, i, fault))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      GhValue status;
      if (!triggers (draft, i))
        continue;
      if (!gh_management_has_agent (service->management))
        return gh_fault_set (fault, GH_ERROR_MGMT_SESSION,
                             "%s: no agent has registered that would carry out %s on this machine",
                             commands[i].trigger, commands[i].name);
      if (commands[i].status != NULL
          && (!make_status (change->arena, commands[i].name, GH_COMMAND_STARTED, &status)
              || !gh_draft_set (draft, change->arena, commands[i].status, status)))
        return gh_fault_set (fault, GH_ERROR_TOO_LARGE,
                             "the request does not fit into its memory");
    }
  return TRUE;
}

gboolean
gh_management_hand_over (GhManagement *management, const GhCommand *command)
{
  g_mutex_lock (&management->lock);
  const GhAgentFunc func = management->func;
  if (func != NULL)
    func (command, management->user_data);
  g_mutex_unlock (&management->lock);
  gh_log (GH_LOG_NOTICE, "node",
          func != NULL ? "command handed to the agent" : "the agent has left", "command",
          command->name, "id", command->id, "from", command->originator, NULL);
  return func != NULL;
}

static void
hand_over (GhService *service, const GhIntent *intent, guint at)
{
  const GhResource *resource = intent->outcome.resource;
  const char *subject = commands[at].subject;
  g_autofree char *id = g_strdup_printf ("%s/%s", resource->identity.resource_id,
                                         commands[at].trigger);
  const GhCommand command = {
    .id = id,
    .name = commands[at].name,
    .originator = intent->originator,
    .url = gh_type_attribute (resource->type, "url") != NULL
             ? gh_resource_get_text (resource, "url")
             : NULL,
    .version = gh_type_attribute (resource->type, "vr") != NULL
                 ? gh_resource_get_text (resource, "vr")
                 : NULL,
    .subject = subject != NULL ? gh_resource_get_text (resource, subject) : NULL,
  };
  if (!gh_management_hand_over (service->management, &command))
    {
      GhFault fault = { 0 };
      if (!gh_management_report (service, id, GH_COMMAND_FAILED, "the agent has left", &fault))
        gh_log (GH_LOG_WARNING, "node", fault.text, "id", id, NULL);
    }
}

void
gh_management_committed (GhService *service, const GhIntent *intent)
{
  const GhResource *resource = intent->outcome.resource;
  GhNode node;
  if (resource == NULL || resource->type->number != GH_TYPE_MGMT_OBJ)
    return;
  GhView view = gh_view_begin (service->tree);
  const gboolean own = gh_view_find (&view, resource->identity.parent_id, &node)
                       && gh_own_node_is (service, &view, node.slot);
  gh_view_end (&view);
  for (guint i = 0; own && i < G_N_ELEMENTS (commands); i++)
    if (triggers (&intent->draft, i))
      hand_over (service, intent, i);
}

/* On its way from the agent to the writer. */
typedef struct {
  GhService *service;
  char *resource, *message;
  guint at;
  GhCommandStatus status;
} Report;

static void
report_free (Report *report)
{
  g_free (report->resource);
  g_free (report->message);
  g_free (report);
}

static gboolean
set_status (GhWriter *writer, const Report *report, const GhNode *node, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (8192);
  GhDraft draft = { .type = node->slot->type };
  GhValue status;
  gboolean set = TRUE;
  if (commands[report->at].status != NULL)
    set = make_status (arena, commands[report->at].name, report->status, &status)
          && gh_draft_set (&draft, arena, commands[report->at].status, status);
  if (set && !commands[report->at].stays && report->status != GH_COMMAND_STARTED)
    set = gh_draft_set (&draft, arena, commands[report->at].trigger, gh_value_boolean (FALSE));
  return !set || draft.n_values == 0 || gh_effect_update (writer, node, &draft, NULL, error);
}

static const char *
status_name (GhCommandStatus status)
{
  return status == GH_COMMAND_SUCCEEDED ? "succeeded"
         : status == GH_COMMAND_FAILED  ? "failed"
                                        : "started";
}

static void
write_report (GhWriter *writer, gpointer data)
{
  Report *report = data;
  g_autoptr (GError) error = NULL;
  const GhView view = gh_effect_view (writer);
  GhNode node;
  g_autofree char *line = g_strdup_printf ("%s %s%s%s", commands[report->at].name,
                                           status_name (report->status),
                                           report->message != NULL ? ": " : "",
                                           report->message != NULL ? report->message : "");
  if (gh_view_find (&view, report->resource, &node)
      && strcmp (node.slot->type->root_name, commands[report->at].root_name) == 0
      && gh_own_node_is (report->service, &view, node.slot->parent)
      && (!set_status (writer, report, &node, &error)
          || !gh_own_node_log (report->service, line, &error)))
    gh_log (GH_LOG_WARNING, "node", "a report could not be written", "reason", error->message,
            NULL);
  report_free (report);
}

/* The command that @id names, and its resource. */
static gboolean
parse_id (const char *id, guint *out_at, char **out_resource)
{
  const char *slash = strchr (id, '/');
  for (guint i = 0; slash != NULL && i < G_N_ELEMENTS (commands); i++)
    if (strcmp (slash + 1, commands[i].trigger) == 0)
      {
        *out_at = i;
        *out_resource = g_strndup (id, (gsize) (slash - id));
        return TRUE;
      }
  return FALSE;
}

/* Whether @resource is below the own node, and has the trigger. */
static gboolean
is_ours (GhService *service, const char *resource, guint at)
{
  GhNode node;
  GhView view = gh_view_begin (service->tree);
  const gboolean ours = gh_view_find (&view, resource, &node)
                        && strcmp (node.slot->type->root_name, commands[at].root_name) == 0
                        && gh_own_node_is (service, &view, node.slot->parent);
  gh_view_end (&view);
  return ours;
}

gboolean
gh_management_report (GhService *service, const char *id, GhCommandStatus status,
                      const char *message, GhFault *fault)
{
  if (gh_execution_is (id))
    return gh_execution_report (service, id, status, fault);
  g_autofree char *resource = NULL;
  guint at = 0;
  if (!parse_id (id, &at, &resource) || !is_ours (service, resource, at))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "id: \"%.60s\" is no command's", id);
  Report *report = g_new0 (Report, 1);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  *report = (Report){ .service = service,
                      .resource = g_steal_pointer (&resource),
                      .message = message != NULL && *message != '\0'
                                   ? g_strndup (message, 256)
                                   : NULL,
                      .at = at,
                      .status = status };
  intent->call = write_report;
  intent->user_data = report;
  if (gh_writer_push (service->writer, intent))
    return TRUE;
  gh_intent_free (intent);
  report_free (report);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting to be written");
}
