/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-contact-list.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "write/gh-effect.h"

gboolean
gh_contact_list_may_notify (const GhService *service, const GhView *view, const GhNode *node,
                            const GhOriginator *originator)
{
  if (service->options.cse_type != 1 || node->slot->type->number != GH_TYPE_CSE_BASE
      || originator->ae_id != NULL)
    return FALSE;
  for (guint i = 0; node->children != NULL && i < node->children->n; i++)
    {
      GhNode cse;
      if (!gh_view_node (view, node->children->items[i], &cse)
          || cse.slot->type->number != GH_TYPE_REMOTE_CSE)
        continue;
      const char *cse_id = gh_resource_get_text (cse.resource, "csi");
      if (cse_id != NULL && gh_originator_is (originator, cse_id, &service->home))
        return TRUE;
    }
  return FALSE;
}

/* A change on its way through the writer. */
typedef struct {
  GhJob *job;
  const char *before, *now; /* of the reference; NULL: there was or is none */
  gboolean done;
} Change;

static gboolean
take_id (const GhValue *notification, const char *name, const char **out, GhFault *fault)
{
  const GhValue *value = gh_value_member (notification, name);
  *out = NULL;
  if (value == NULL || value->kind == GH_VALUE_NULL)
    return TRUE;
  *out = gh_value_text (value);
  return (*out != NULL && **out == '/' && gh_originator_is_well_formed (*out))
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "%s: expected the SP-relative identifier of an AE", name);
}

static gboolean
parse (GhJob *job, Change *change, GhFault *fault)
{
  GhRequest *request = job->request;
  GhValue root;
  if (request->content != NULL)
    root = *request->content;
  else if (request->body == NULL
           || !gh_json_parse (request->body, request->body_length, request->arena, &root, fault))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "content: expected a notification");
  const GhValue *notification = gh_value_member (&root, "m2m:sgn");
  const GhValue *changed = notification != NULL ? gh_value_member (notification, "aerid") : NULL;
  if (changed == NULL || changed->kind != GH_VALUE_BOOLEAN || !changed->boolean)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "content: the CSEBase is notified of references to AEs only (aerid)");
  if (!take_id (notification, "tid1", &change->before, fault)
      || !take_id (notification, "tid2", &change->now, fault))
    return FALSE;
  return change->before != NULL || change->now != NULL
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "tid1: neither an old nor a new reference is named");
}

static gboolean
find_child (const GhView *view, const GhNode *parent, gint type, const char *cse_id, GhNode *out)
{
  for (guint i = 0; parent->children != NULL && i < parent->children->n; i++)
    if (gh_view_node (view, parent->children->items[i], out) && out->slot->type->number == type
        && (cse_id == NULL || g_strcmp0 (gh_resource_get_text (out->resource, "csi"), cse_id) == 0))
      return TRUE;
  return FALSE;
}

/* The list, which is made when there is something for it. */
static gboolean
find_list (GhWriter *writer, const GhService *service, GhNode *out, GError **error)
{
  const GhView view = gh_effect_view (writer);
  GhNode root;
  if (gh_view_find (&view, service->root_id, &root)
      && find_child (&view, &root, GH_TYPE_AE_CONTACT_LIST, NULL, out))
    return TRUE;
  const GhType *type = gh_type_by_number (GH_TYPE_AE_CONTACT_LIST);
  GhAttributeValue none = { gh_type_attribute (type, "nic"), gh_value_integer (0) };
  const GhDraft draft = { .type = type, .values = &none, .n_values = 1 };
  return gh_effect_create (writer, &root, &draft, NULL, out, error);
}

static GhValue
changed_list (GhArena *arena, const GhValue *list, const Change *change)
{
  const guint n = list != NULL ? list->length : 0;
  GhValue *items = gh_arena_new_array (arena, GhValue, n + 1);
  guint kept = 0;
  for (guint i = 0; items != NULL && i < n; i++)
    if (g_strcmp0 (list->items[i].text, change->before) != 0
        && g_strcmp0 (list->items[i].text, change->now) != 0)
      items[kept++] = list->items[i];
  if (items != NULL && change->now != NULL && kept < GH_LIST_MAX_ITEMS)
    items[kept++] = gh_value_string (change->now, strlen (change->now));
  return (GhValue){ .kind = GH_VALUE_LIST, .length = kept, .items = items };
}

static gboolean
put_entry (GhWriter *writer, const GhNode *list, const Change *change, GError **error)
{
  g_autoptr (GhArena) arena = gh_arena_new (1 << 18);
  const GhView view = gh_effect_view (writer);
  const char *cse_id = change->job->originator_text;
  GhDraft draft = { .type = gh_type_by_number (GH_TYPE_AE_CONTACT_LIST_PER_CSE) };
  GhNode entry;
  const gboolean there = find_child (&view, list, draft.type->number, cse_id, &entry);
  const GhValue aes = changed_list (arena, there ? gh_resource_get (entry.resource, "ail") : NULL,
                                    change);
  if (aes.length == 0)
    return !there || gh_effect_delete (writer, &entry, NULL, error);
  if (!gh_draft_set (&draft, arena, "ail", aes)
      || (!there
          && !gh_draft_set (&draft, arena, "csi", gh_value_string (cse_id, strlen (cse_id)))))
    return TRUE;
  return there ? gh_effect_update (writer, &entry, &draft, NULL, error)
               : gh_effect_create (writer, list, &draft, NULL, NULL, error);
}

static gboolean
put_count (GhWriter *writer, const GhSlot *slot, GError **error)
{
  const GhView view = gh_effect_view (writer);
  GhNode list;
  if (!gh_view_find (&view, slot->id, &list))
    return TRUE;
  GhAttributeValue count = { gh_type_attribute (slot->type, "nic"),
                             gh_value_integer (list.children != NULL ? list.children->n : 0) };
  const GhDraft draft = { .type = slot->type, .values = &count, .n_values = 1 };
  return gh_resource_get_integer (list.resource, "nic", -1) == count.value.integer
         || gh_effect_update (writer, &list, &draft, NULL, error);
}

static void
take (GhWriter *writer, gpointer data)
{
  Change *change = data;
  g_autoptr (GError) error = NULL;
  GhNode list;
  change->done = find_list (writer, change->job->service, &list, &error)
                 && put_entry (writer, &list, change, &error)
                 && put_count (writer, list.slot, &error);
  if (!change->done)
    gh_log (GH_LOG_WARNING, "service", "the contact list could not be changed", "reason",
            error->message, NULL);
}

static void
reply (const GhResponse *response, gpointer data)
{
  Change *change = data;
  GhFault fault = { 0 };
  const GhAnswer answer = { .status = GH_RSC_OK };
  (void) response;
  if (change->done)
    gh_job_reply (change->job, &answer);
  else
    {
      gh_fault_set (&fault, GH_ERROR_STORE, "the store took nothing of this request; try again");
      gh_job_refuse (change->job, &fault);
    }
  gh_job_free (change->job);
  g_free (change);
}

void
gh_contact_list_notify (GhJob *job)
{
  Change *change = g_new0 (Change, 1);
  GhFault fault = { 0 };
  change->job = job;
  if (parse (job, change, &fault))
    {
      GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
      intent->call = take;
      intent->reply = reply;
      intent->user_data = change;
      if (gh_writer_push (job->service->writer, intent))
        return;
      gh_intent_free (intent);
      gh_fault_set (&fault, GH_ERROR_OVERLOADED, "too many requests are waiting to be written");
    }
  gh_job_refuse (job, &fault);
  gh_job_free (job);
  g_free (change);
}
