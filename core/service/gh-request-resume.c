/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-resource.h"

#include "primitive/gh-json-writer.h"
#include "service/gh-exchange.h"
#include "service/gh-forward.h"
#include "service/gh-request-mode.h"

#include <string.h>

/* A request made again of what its <request> says. */

static void
put_attribute (GhJsonWriter *json, const GhResource *resource, const char *attribute,
               const char *name)
{
  const GhValue *value = gh_resource_get (resource, attribute);
  if (value == NULL)
    return;
  gh_json_name (json, name);
  gh_json_value (json, value);
}

/* Response type and persistence were for this CSE. */
static void
put_meta (GhJsonWriter *json, const GhValue *meta)
{
  for (guint32 i = 0; meta != NULL && meta->kind == GH_VALUE_OBJECT && i < meta->length; i++)
    {
      const GhMember *member = &meta->members[i];
      if (strcmp (member->name, "rt") == 0 || strcmp (member->name, "rp") == 0)
        continue;
      gh_json_name (json, member->name);
      gh_json_value (json, &member->value);
    }
}

static GhBuffer *
primitive_of (const GhResource *resource)
{
  GhJsonWriter json;
  gh_json_writer_init (&json, 1024);
  gh_json_begin_object (&json);
  put_attribute (&json, resource, "op", "op");
  put_attribute (&json, resource, "tg", "to");
  put_attribute (&json, resource, "org", "fr");
  put_attribute (&json, resource, "rid", "rqi");
  put_meta (&json, gh_resource_get (resource, "mi"));
  put_attribute (&json, resource, "pc", "pc");
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* GhReplyFunc: whoever asked was acknowledged by an earlier process. */
static void
drop_answer (const GhResponse *response, gpointer user_data)
{
  (void) response;
  (void) user_data;
}

static gboolean
take_originator (GhJob *job, GhFault *fault)
{
  const GhHome *home = &job->service->home;
  GhArena *arena = job->request->arena;
  if (job->request->from == NULL || job->request->request_identifier == NULL
      || !gh_originator_parse (job->request->from, home, arena, &job->originator, fault))
    return FALSE;
  job->originator_text = gh_originator_print (&job->originator, home, arena);
  return job->originator_text != NULL;
}

static gboolean
is_in_time (const GhJob *job, GhFault *fault)
{
  const GhRequest *request = job->request;
  return gh_absrel_timestamp_moment (request->request_expiration, request->received_us)
           > gh_clock_wall_us (job->service->clock)
         || gh_fault_set (fault, GH_ERROR_TIMEOUT, "RQET: %s passed while the CSE was away",
                          request->request_expiration);
}

gboolean
gh_request_resume (GhService *service, const GhNode *node, GhFault *fault)
{
  g_autoptr (GhBuffer) primitive = primitive_of (node->resource);
  GhRequest *request = gh_request_from_json (primitive->data, primitive->length, fault);
  if (request == NULL)
    return FALSE;
  GhJob *job = g_new0 (GhJob, 1);
  request->received_us = node->resource->identity.creation_us;
  *job = (GhJob){
    .service = service, .request = request, .reply = drop_answer, .release = 3, .resumed = TRUE
  };
  if (gh_forward_is_for (service, request) && request->request_expiration != NULL
      && take_originator (job, fault) && is_in_time (job, fault) && gh_exchange_begin (job, fault))
    {
      gh_request_mode_resume (job, node->slot->id);
      return TRUE;
    }
  if (!fault->set)
    gh_fault_set (fault, GH_ERROR_CANCELLED,
                  "the CSE stopped while the request was under way; it is not known whether it was "
                  "carried out");
  gh_job_free (job);
  return FALSE;
}
