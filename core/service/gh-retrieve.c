/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-filter.h"
#include "service/gh-monitor.h"
#include "service/gh-reading.h"
#include "service/gh-refill.h"
#include "service/gh-statistics.h"

#include <string.h>

/* What a read section copies; anything larger is referenced (design section 3). */
#define COPY_LIMIT 1024

typedef struct {
  GhFault fault;
  GhAnswer answer;
  GhBuffer *buffer;        /* ours, NULL when the body was copied to the request's arena */
  const char *children_of; /* set: children are wanted, of this resource */
  gboolean waits;          /* for an instance */
  gboolean planned;        /* an instance is wanted: the plan says which */
  GhInstancePlan plan;
  const char *observed; /* identifier of what was addressed, while statistics are collected */
  gint observed_type;
  GhStep step;
} Retrieval;

/* Takes over @body. */
static void
answer_with (GhJob *job, Retrieval *retrieval, GhBuffer *body)
{
  retrieval->answer.status = GH_RSC_OK;
  retrieval->answer.length = body->length;
  if (body->length < COPY_LIMIT)
    {
      retrieval->answer.body = gh_arena_strndup (job->request->arena, body->data, body->length);
      if (retrieval->answer.body != NULL)
        {
          gh_buffer_unref (body);
          return;
        }
    }
  retrieval->answer.body = body->data;
  retrieval->answer.buffer = retrieval->buffer = body;
}

static gboolean
attributes_known (const GhJob *job, const GhType *type, GhFault *fault)
{
  const char *const *names = job->request->attribute_list;
  if (names != NULL && *names == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "atrl: names no attribute");
  for (; names != NULL && *names != NULL; names++)
    {
      const GhAttribute *row = gh_type_attribute (type, *names);
      if (row == NULL || row->release > job->release)
        return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "atrl: %.40s is not an attribute of %s%s",
                             *names, type->long_name, row != NULL ? " in this release" : "");
    }
  return TRUE;
}

static GhBuffer *
render_selected (const GhJob *job, const GhResource *resource, const GhCounters *counters)
{
  GhJsonWriter json;
  const GhRendering rendering = { .resource = resource,
                                  .counters = counters,
                                  .names = job->request->attribute_list,
                                  .release = job->release,
                                  .with_universal = job->request->attribute_list == NULL };
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, resource->type->root_name);
  gh_json_begin_object (&json);
  gh_render_members (&json, &rendering);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

static gboolean
is_plain (const GhJob *job)
{
  return job->request->attribute_list == NULL && job->release >= 3;
}

static gboolean
retrieve_resource (GhJob *job, const GhNode *node, Retrieval *retrieval)
{
  if (node->resource->identity.expiration_us <= gh_clock_wall_us (job->service->clock))
    return gh_fault_set (&retrieval->fault, GH_ERROR_NOT_FOUND, "To: %s has expired",
                         node->slot->name);
  if (!gh_check_conditions (job->request, node, &retrieval->fault))
    return FALSE;
  if (!attributes_known (job, node->slot->type, &retrieval->fault))
    return FALSE;
  const GhCounters *counters = node->counters->has_counters ? node->counters : NULL;
  answer_with (job, retrieval,
               is_plain (job) ? gh_node_rendered (node)
                              : render_selected (job, node->resource, counters));
  return TRUE;
}

static gboolean
retrieve_instance (GhJob *job, Retrieval *retrieval)
{
  g_autoptr (GhInstance) instance = gh_fetch_instance (job, &retrieval->plan, &retrieval->step,
                                                       &retrieval->fault);
  if (instance == NULL)
    return FALSE;
  const gboolean plain = is_plain (job);
  const gboolean children = gh_filter_wants_children (job->request);
  const gboolean conditions = !children && gh_filter_has_conditions (&job->request->filter);
  if (plain && !conditions && !children)
    {
      answer_with (job, retrieval, gh_buffer_ref (instance->body));
      return TRUE;
    }
  const GhType *type = gh_instance_type (instance);
  const GhIdentity identity = { .number = instance->number, .parent_number = instance->parent };
  if (!attributes_known (job, type, &retrieval->fault))
    return FALSE;
  g_autoptr (GhResource) resource = gh_resource_from_json (
    &identity, type, instance->body->data, instance->body->length, &retrieval->fault);
  if (resource == NULL)
    return FALSE;
  const GhFilterSubject about = { .resource = resource };
  if (conditions && !gh_filter_matches (&job->request->filter, &about))
    return gh_fault_set (&retrieval->fault, GH_ERROR_NOT_FOUND,
                         "fc: %s does not match the filter criteria", resource->identity.name);
  g_autoptr (GhBuffer) body = plain ? gh_buffer_ref (instance->body)
                                    : render_selected (job, resource, NULL);
  answer_with (job, retrieval,
               children ? gh_render_childless (job->request, body) : gh_buffer_ref (body));
  return TRUE;
}

static void
remember (GhJob *job, const GhResolved *resolved, Retrieval *retrieval)
{
  if (!gh_statistics_is_active (job->service))
    return;
  const gint instance = gh_resolved_instance_type (resolved);
  retrieval->observed = gh_arena_strdup (job->request->arena, resolved->node.slot->id);
  retrieval->observed_type = instance != 0 ? instance : resolved->node.slot->type->number;
}

static void
observe (GhJob *job, const Retrieval *retrieval)
{
  const GhObservation observation = { .operation = GH_OPERATION_RETRIEVE,
                                      .originator = job->originator_text,
                                      .target = retrieval->observed,
                                      .type = retrieval->observed_type,
                                      .size = retrieval->answer.length };
  gh_statistics_observe (job->service, &observation);
}

/* What was announced is read with the rights of whoever asks, who may not have those of this CSE
 * (rcn 7, TS-0004 7.4.26.2.3). */
static gboolean
go_to_original (GhJob *job, const GhResolved *resolved, Retrieval *retrieval)
{
  GhRequest *request = job->request;
  const GhNode *node = &resolved->node;
  const char *link = gh_resource_get_text (node->resource, "lnk");
  if (resolved->which != GH_WHICH_RESOURCE || node->slot->type->original == 0)
    return gh_fault_set (&retrieval->fault, GH_ERROR_BAD_REQUEST,
                         "rcn: 7 is for announced resources (TS-0001 8.1.2), which this is not");
  if (link == NULL
      || node->resource->identity.expiration_us <= gh_clock_wall_us (job->service->clock))
    return gh_fault_set (&retrieval->fault, GH_ERROR_NOT_FOUND, "To: %s has expired",
                         node->slot->name);
  request->to = gh_arena_strdup (request->arena, link);
  if (request->to == NULL)
    return gh_fault_set (&retrieval->fault, GH_ERROR_TOO_LARGE,
                         "the request does not fit into its memory");
  request->result_content = GH_RCN_ATTRIBUTES;
  job->monitored = FALSE;
  retrieval->step = GH_STEP_ELSEWHERE;
  return TRUE;
}

static gboolean
retrieve_in_view (GhJob *job, const GhView *view, const GhAddress *address, Retrieval *retrieval)
{
  GhFault *fault = &retrieval->fault;
  GhResolved resolved;
  GhRequestFacts facts;

  if (!gh_resolve (job, view, address, &resolved, &retrieval->step, fault))
    return FALSE;
  const gboolean instance = resolved.which != GH_WHICH_RESOURCE;
  if (!instance)
    gh_monitor_look (job, &resolved.node);
  const gboolean discovery = gh_filter_is_discovery (job->request);
  const GhAccessQuestion question = { .node = &resolved.node,
                                      .operation = discovery ? GH_ACOP_DISCOVERY : GH_ACOP_RETRIEVE,
                                      .instance_type = gh_resolved_instance_type (&resolved) };
  gh_job_facts (job, &facts);
  if (!gh_authorize (job->service, view, &facts, &question, fault))
    return FALSE;
  if (job->request->result_content == GH_RCN_ORIGINAL)
    return go_to_original (job, &resolved, retrieval);
  remember (job, &resolved, retrieval);
  if (instance && gh_resource_get_boolean (resolved.node.resource, "disr", FALSE))
    return gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "disableRetrieval of %s is true",
                         resolved.node.slot->name);
  if (gh_filter_wants_children (job->request) && !instance)
    {
      retrieval->step = job->reader != NULL ? GH_STEP_DONE : GH_STEP_NEEDS_STORE;
      retrieval->waits = job->reader != NULL && gh_refill_is_wanted (job, &resolved.node);
      if (retrieval->waits)
        return TRUE;
      if (gh_refill_is_late (job, &resolved.node))
        return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: %s has no instance, and none came",
                             resolved.node.slot->name);
      retrieval->children_of = gh_arena_strdup (job->request->arena, resolved.node.slot->id);
      return retrieval->step == GH_STEP_DONE;
    }
  retrieval->planned = instance;
  if (instance)
    return gh_plan_instance (job, view, &resolved, &retrieval->plan, fault);
  return retrieve_resource (job, &resolved.node, retrieval);
}

static gboolean
retrieve_children (GhJob *job, Retrieval *retrieval)
{
  const GhChildrenQuery query = { .id = retrieval->children_of,
                                  .result_content = job->request->result_content,
                                  .discovery = gh_filter_is_discovery (job->request),
                                  .observed = retrieval->observed,
                                  .observed_type = retrieval->observed_type };

  retrieval->step = GH_STEP_READING;
  return gh_reading_begin (job, &query, &retrieval->fault);
}

/* "To" may name one attribute behind '#' (TS-0001 8.1.2): a partial retrieve of just that. */
static gboolean
take_fragment (GhRequest *request, const GhAddress *address, GhFault *fault)
{
  const char **names;
  if (address->fragment == NULL || request->attribute_list != NULL)
    return TRUE;
  names = gh_arena_new_array (request->arena, const char *, 2);
  if (names == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  names[0] = address->fragment;
  request->attribute_list = names;
  return TRUE;
}

static gboolean
retrieve (GhJob *job, Retrieval *retrieval)
{
  GhAddress address;
  if (!gh_check_result_content (job->request, &retrieval->fault)
      || !gh_address_parse (job->request->to, job->request->arena, &address, &retrieval->fault)
      || !take_fragment (job->request, &address, &retrieval->fault))
    return FALSE;
  if (job->request->attribute_list != NULL && gh_filter_wants_children (job->request))
    return gh_fault_set (&retrieval->fault, GH_ERROR_BAD_REQUEST,
                         "atrl: attributes are selected of one resource, not of its children");
  if (!gh_job_look_up (job, &address, &retrieval->fault))
    return FALSE;
  GhView view = gh_view_begin (job->service->tree);
  gboolean done = retrieve_in_view (job, &view, &address, retrieval);
  gh_view_end (&view);
  if (done && retrieval->planned)
    done = retrieve_instance (job, retrieval);
  if (done && retrieval->children_of != NULL)
    done = retrieve_children (job, retrieval);
  return done;
}

GhStep
gh_retrieve (GhJob *job)
{
  Retrieval retrieval = { .step = GH_STEP_DONE };
  guint64 sequence;
  /* a worker reads rows after its read section has ended: none that it may still see is purged
   * before it leaves */
  const int place = job->reader != NULL ? gh_gate_enter (job->service->tree, &sequence) : -1;
  gboolean done = retrieve (job, &retrieval);
  if (place >= 0)
    gh_gate_leave (job->service->tree, place);

  if (done && retrieval.waits)
    {
      if (gh_refill_wait (job, &retrieval.fault))
        return GH_STEP_TAKEN;
      done = FALSE;
    }
  if (!done && retrieval.step == GH_STEP_NEEDS_STORE)
    return GH_STEP_NEEDS_STORE;
  if (done && retrieval.step != GH_STEP_DONE)
    return retrieval.step;
  if (done && retrieval.observed != NULL)
    observe (job, &retrieval);
  if (done)
    gh_job_reply (job, &retrieval.answer);
  else
    gh_job_refuse (job, &retrieval.fault);
  g_clear_pointer (&retrieval.buffer, gh_buffer_unref);
  return GH_STEP_DONE;
}
