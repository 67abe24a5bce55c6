/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-writer.h"
#include "service/gh-request-mode.h"
#include "service/gh-request-promise.h"
#include "service/gh-request-resource.h"
#include "type/gh-behaviours.h"

#include <string.h>

static GhRequestStatus
status_of (const GhResource *resource)
{
  return (GhRequestStatus) gh_resource_get_integer (resource, "rs", GH_REQUEST_FAILED);
}

/* To delete one takes back what has not begun (TS-0004 7.4.12.2.4). */
static gboolean
check_delete (GhChange *change, GhFault *fault)
{
  const GhService *service = change->host;
  const GhNode *node = &change->node;
  const GhRequestStatus status = status_of (node->resource);
  if (status == GH_REQUEST_COMPLETED || status == GH_REQUEST_FAILED)
    return TRUE;
  return (status == GH_REQUEST_PENDING && gh_requests_cancel (service->requests, node->slot->id))
         || gh_fault_set (fault, GH_ERROR_RECALL,
                          "the request is under way and cannot be taken back");
}

static gboolean
after (const GhEffect *effect, GError **error)
{
  const GhService *service = effect->host;
  if (effect->kind != GH_EFFECT_DELETED)
    return TRUE;
  gh_requests_ended (service->requests, effect->node.slot->id);
  return gh_request_promise_keep (effect->writer, effect->node.slot->id, NULL, error);
}

/* One that an earlier process had promised, and that was not over when it ended; in their order. */
static gint64
due (gpointer host, const GhNode *node, gint64 after_us)
{
  const GhService *service = host;
  const char *originator = node->resource->identity.owner;
  const gboolean running = gh_requests_note (service->requests, node->slot->id,
                                             originator != NULL ? originator : "");
  const GhRequestStatus status = status_of (node->resource);
  return !running && (status == GH_REQUEST_PENDING || status == GH_REQUEST_FORWARDED)
           ? MIN (after_us, node->resource->identity.creation_us)
           : GH_NEVER_US;
}

static gboolean
tick (const GhEffect *effect, GError **error)
{
  g_autofree char *id = g_strdup (effect->node.slot->id);
  GhFault fault = { 0 };
  if (status_of (effect->node.resource) != GH_REQUEST_PENDING)
    gh_fault_set (&fault, GH_ERROR_CANCELLED,
                  "the CSE stopped while the request was under way to another CSE: whether it was "
                  "carried out is not known here");
  else if (gh_request_promise_resume (effect->host, id, &fault))
    return TRUE;
  else if (!fault.set)
    gh_fault_set (&fault, GH_ERROR_CANCELLED,
                  "the CSE stopped while the request was under way; it is not known whether it was "
                  "carried out");
  if (fault.code == GH_ERROR_STORE)
    {
      gh_fault_propagate (&fault, error);
      return FALSE;
    }
  g_autoptr (GhBuffer) body = gh_reason_to_json (fault.text);
  const GhRequestResult result = { .status = gh_error_status (fault.code),
                                   .body = body->data,
                                   .length = body->length };
  return gh_request_resource_finish (effect->writer, effect->host, id, &result, error);
}

const GhBehaviour gh_behaviour_request = {
  .type = GH_TYPE_REQUEST,
  .check_delete = check_delete,
  .after = after,
  .due = due,
  .tick = tick,
};
