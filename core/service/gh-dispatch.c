/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "service/gh-binding.h"
#include "service/gh-blocking.h"
#include "service/gh-bookmarks.h"
#include "service/gh-channel.h"
#include "service/gh-exchange.h"
#include "service/gh-fan-out.h"
#include "service/gh-filter.h"
#include "service/gh-forward.h"
#include "service/gh-group-request.h"
#include "service/gh-identity.h"
#include "service/gh-location.h"
#include "service/gh-management.h"
#include "service/gh-notifier.h"
#include "service/gh-quota.h"
#include "service/gh-reading.h"
#include "service/gh-refill.h"
#include "service/gh-request-mode.h"
#include "service/gh-request-resource.h"
#include "service/gh-statistics.h"
#include "service/gh-told.h"
#include "service/gh-workers.h"

#include <string.h>

GhService *
gh_service_new (const GhServiceOptions *options, GhClock *clock)
{
  GhService *service = g_new0 (GhService, 1);
  service->options = *options;
  service->home = (GhHome){ .sp_domain = service->options.sp_domain,
                            .cse_id = service->options.cse_id };
  service->clock = gh_clock_ref (clock);
  service->statistics = gh_statistics_new (service->options.statistics_records);
  const GhExchangeOptions exchanges = { .unique = service->options.unique_ids,
                                        .window_us = service->options.unique_window_us,
                                        .remembered = service->options.unique_limit };
  service->exchanges = gh_exchanges_new (clock, &exchanges);
  service->requests = gh_requests_new (service->options.requests, service->options.requests_each);
  service->pendings = gh_pendings_new (clock, service->options.pending_requests);
  service->refills = gh_refills_new ();
  service->group_requests = gh_group_requests_new ();
  service->blocking = gh_blocking_new ();
  service->management = gh_management_new ();
  service->locations = gh_locations_new ();
  service->forwards = gh_forwards_new ();
  service->bindings = gh_bindings_new ();
  service->bookmarks = gh_bookmarks_new ();
  service->changed = g_ptr_array_new_with_free_func (g_free);
  service->meter = gh_meter_new ();
  return service;
}

void
gh_service_free (GhService *service)
{
  gh_pendings_free (service->pendings);
  gh_refills_free (service->refills);
  gh_channels_free (service->channels);
  gh_requests_free (service->requests);
  gh_exchanges_free (service->exchanges);
  gh_group_requests_free (service->group_requests);
  gh_blocking_free (service->blocking);
  gh_management_free (service->management);
  gh_locations_free (service->locations);
  gh_forwards_free (service->forwards);
  gh_bindings_free (service->bindings);
  gh_bookmarks_free (service->bookmarks);
  g_ptr_array_unref (service->changed);
  gh_meter_free (service->meter);
  g_clear_pointer (&service->local, gh_principal_unref);
  g_clear_pointer (&service->quotas, gh_quotas_free);
  g_free (service->node_id);
  g_free (service->options.host_root);
  g_free (service->options.cse_id);
  g_free (service->options.cse_name);
  g_free (service->options.sp_domain);
  g_free (service->options.administrator);
  g_free (service->options.registrar);
  g_strfreev (service->options.result_urls);
  gh_clock_unref (service->clock);
  gh_statistics_free (service->statistics);
  g_free (service);
}

void
gh_job_facts (const GhJob *job, GhRequestFacts *out)
{
  *out = (GhRequestFacts){
    .originator = job->originator,
    .proof = job->unproven ? GH_PROOF_NONE : gh_principal_get_proof (job->principal),
    .strength = job->unproven ? 0 : gh_principal_get_strength (job->principal),
    .peer_address = gh_principal_get_peer_address (job->principal),
    .wall_us = job->request->received_us,
  };
}

static gboolean
check_release (GhJob *job, GhFault *fault)
{
  const char *release = job->request->release_version;
  if (release == NULL && !job->service->options.release_1)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "RVI: missing; requests of Release 1 are not served ([compat] release-1)");
  job->release = gh_request_release (job->request);
  return job->release != 0
         || gh_fault_set (fault, GH_ERROR_RELEASE,
                          "RVI: %.8s is not a release that this CSE serves (1, 2, 2a, 3)", release);
}

static gboolean
check_time (const GhJob *job, const char *name, const char *text, GhFault *fault)
{
  if (text == NULL)
    return TRUE;
  if (!gh_absrel_timestamp_is_valid (text))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "%s: not a timestamp or a number of milliseconds", name);
  if (gh_absrel_timestamp_moment (text, job->request->received_us)
      <= gh_clock_wall_us (job->service->clock))
    return gh_fault_set (fault, GH_ERROR_TIMEOUT, "%s: %s is past", name, text);
  return TRUE;
}

static gboolean
check_parameters (const GhRequest *request, GhFault *fault)
{
  const char *built = request->originating_timestamp;
  gint64 us;
  if (built != NULL && !gh_timestamp_parse (built, strlen (built), &us))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "OT: not a timestamp");
  if (request->execution_time != NULL && !gh_absrel_timestamp_is_valid (request->execution_time))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "OET: not a timestamp or a number of milliseconds");
  if (request->tokens != NULL || request->token_ids != NULL || request->local_token_ids != NULL)
    return gh_fault_set (fault, GH_ERROR_NOT_IMPLEMENTED, "tokens are not served");
  return TRUE;
}

/* Of a group elsewhere: it must not have been here before (TS-0004 7.3.3.2). */
static gboolean
check_group_request (const GhJob *job, GhFault *fault)
{
  const GhRequest *request = job->request;
  const gint64 kept_us = (gint64) job->service->options.fan_out_timeout_ms * 1000;
  return request->group_request_id == NULL
         || gh_group_requests_admit (job->service, request->group_request_id, request->to,
                                     request->received_us + kept_us, fault);
}

static gboolean
check_request (GhJob *job, GhFault *fault)
{
  const GhRequest *request = job->request;
  if (request->request_identifier == NULL || *request->request_identifier == '\0')
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "RI: a request identifier is mandatory");
  if (request->to == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "To: missing");
  if (!check_release (job, fault) || !gh_check_identity (job, fault) || !gh_quota_admit (job, fault)
      || !check_parameters (request, fault))
    return FALSE;
  if (request->operation != GH_OPERATION_CREATE && request->resource_type != 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "ty: only a create has a resource type");
  if (request->operation != GH_OPERATION_RETRIEVE && request->attribute_list != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "atrl: only a RETRIEVE has it");
  return gh_filter_check (request, fault)
         && check_time (job, "RQET", request->request_expiration, fault)
         && check_time (job, "RSET", request->result_expiration, fault)
         && gh_channel_check (request, fault) && gh_request_mode_check (job, fault)
         && gh_exchange_check (job, fault) && check_group_request (job, fault);
}

/* After its execution time, what time and others can have changed. */
static gboolean
check_again (GhJob *job, GhFault *fault)
{
  job->waited = FALSE;
  return check_time (job, "RQET", job->request->request_expiration, fault)
         && gh_request_mode_prove_again (job, fault) && gh_check_identity (job, fault);
}

static GhStep
step (GhJob *job)
{
  GhFault fault = { 0 };
  switch (job->request->operation)
    {
    case GH_OPERATION_RETRIEVE:
      return gh_retrieve (job);
    case GH_OPERATION_CREATE:
    case GH_OPERATION_UPDATE:
    case GH_OPERATION_DELETE:
      return gh_change (job);
    case GH_OPERATION_NOTIFY:
      return gh_notify_target (job);
    case GH_OPERATION_NONE:
    default:
      gh_fault_set (&fault, GH_ERROR_BAD_REQUEST, "op: %d is not an operation",
                    job->request->operation);
      gh_job_refuse (job, &fault);
      return GH_STEP_DONE;
    }
}

static void
refuse (GhJob *job, const GhFault *fault)
{
  gh_job_refuse (job, fault);
  gh_job_free (job);
}

static void
send_on (GhJob *job)
{
  GhFault fault = { 0 };
  if (gh_exchange_begin (job, &fault))
    gh_forward (job);
  else
    refuse (job, &fault);
}

/* To a worker, which has a reader. */
static void
ask_store (GhJob *job)
{
  GhFault fault = { 0 };
  if (job->reader != NULL)
    gh_fault_set (&fault, GH_ERROR_FAILED, "the request could not be carried out");
  else if (gh_exchange_begin (job, &fault) && gh_workers_push (job->service->workers, job))
    return;
  else if (!fault.set)
    {
      gh_service_count (job->service, GH_COUNT_SHED);
      gh_fault_set (&fault, GH_ERROR_OVERLOADED,
                    "too many requests are waiting for the store; try again");
    }
  refuse (job, &fault);
}

static void
go_on (GhJob *job, GhStep result)
{
  switch (result)
    {
    case GH_STEP_ELSEWHERE:
      gh_service_run (job);
      break;
    case GH_STEP_READING:
      gh_reading_slice (job);
      break;
    case GH_STEP_NEEDS_STORE:
      ask_store (job);
      break;
    case GH_STEP_TAKEN:
      break;
    case GH_STEP_DONE:
    default:
      gh_job_free (job);
      break;
    }
}

void
gh_service_run (GhJob *job)
{
  GhFault fault = { 0 };
  if (job->task != NULL)
    {
      job->task (job);
      gh_job_free (job);
    }
  else if (job->fan_out != NULL)
    gh_fan_out_slice (job);
  else if (job->waited && !check_again (job, &fault))
    refuse (job, &fault);
  else if (gh_forward_is_for (job->service, job->request))
    send_on (job);
  else if (gh_channel_is_for (job->request))
    gh_channel_serve (job);
  else if (job->reading != NULL)
    gh_reading_slice (job);
  else if (strstr (job->request->to, "/fopt") == NULL || !gh_fan_out_begin (job))
    go_on (job, step (job));
}

void
gh_dispatch (GhService *service, GhRequest *request, const GhPrincipal *principal,
             GhReplyFunc reply, gpointer user_data)
{
  GhJob *job = g_new0 (GhJob, 1);
  GhFault fault = { 0 };
  job->service = service;
  job->request = request;
  job->principal = principal != NULL ? gh_principal_ref ((GhPrincipal *) principal) : NULL;
  job->reply = reply;
  job->user_data = user_data;
  if (request->received_us == 0)
    request->received_us = gh_clock_wall_us (service->clock);
  gh_service_count (service, GH_COUNT_REQUESTS);
  /* what memory can answer is over before anybody could ask about it */
  if (!check_request (job, &fault)
      || ((request->operation != GH_OPERATION_RETRIEVE || request->response_type != GH_RT_ABSENT
           || request->execution_time != NULL)
          && !gh_exchange_begin (job, &fault)))
    {
      gh_job_refuse (job, &fault);
      gh_job_free (job);
      return;
    }
  if (!gh_request_mode_begin (job))
    gh_service_run (job);
}

gboolean
gh_check_conditions (const GhRequest *request, const GhNode *node, GhFault *fault)
{
  const GhFilterSubject about = { .resource = node->resource, .counters = node->counters };
  return gh_filter_matches (&request->filter, &about)
         || gh_fault_set (fault, GH_ERROR_NOT_FOUND, "fc: %s does not match the filter criteria",
                          node->slot->name);
}

static gboolean
authorize_again (gpointer data, const GhView *view, const GhIntent *intent, const GhNode *target,
                 GhFault *fault)
{
  GhService *service = data;
  GhAccessQuestion question = { .node = target,
                                .instance_type = intent->target.which != GH_WHICH_RESOURCE
                                                   ? target->slot->type->instances->number
                                                   : 0 };
  switch (intent->request->operation)
    {
    case GH_OPERATION_CREATE:
      if (gh_channel_is_made (intent->draft.type, target))
        return gh_channel_may_create (service, view, target, &intent->facts, fault);
      switch (gh_check_registration (service, intent->principal, &intent->facts, intent->draft.type,
                                     target->slot, fault))
        {
        case GH_REGISTRATION_ALLOWED:
          return TRUE;
        case GH_REGISTRATION_REFUSED:
          return FALSE;
        case GH_REGISTRATION_NONE:
        default:
          break;
        }
      question.operation = GH_ACOP_CREATE;
      question.created_type = intent->draft.type->number;
      break;
    case GH_OPERATION_UPDATE:
      question.operation = GH_ACOP_UPDATE;
      question.self_privileges = gh_draft_get (&intent->draft, "acpi") != NULL;
      break;
    default:
      question.operation = GH_ACOP_DELETE;
      break;
    }
  if (!gh_authorize (service, view, &intent->facts, &question, fault)
      || !gh_check_conditions (intent->request, target, fault))
    return FALSE;
  if (question.operation != GH_ACOP_CREATE || intent->draft.type->number != GH_TYPE_SUBSCRIPTION)
    return TRUE;
  question.operation = GH_ACOP_RETRIEVE;
  question.created_type = 0;
  return gh_authorize (service, view, &intent->facts, &question, fault);
}

static void
take_event (gpointer data, GhEvent *event)
{
  GhService *service = data;
  gh_refill_wake (service, event->subject);
  gh_notifier_push (service->notifier, event);
}

static void
store_lock (gpointer data)
{
  gh_workers_lock_store (((GhService *) data)->workers);
}

static void
store_unlock (gpointer data)
{
  gh_workers_unlock_store (((GhService *) data)->workers);
}

static gboolean
finish_batch (gpointer data, GError **error)
{
  return gh_bindings_write (data, error);
}

static void
batch_settled (gpointer data, gboolean kept)
{
  GhService *service = data;

  gh_bindings_settle (service, kept);
  gh_channels_settle (service);
  for (guint i = 0; kept && i < service->changed->len; i++)
    gh_watch_tell (service->watch, GH_WATCH_APPLICATION, service->changed->pdata[i]);
  g_ptr_array_set_size (service->changed, 0);
}

GhWriterHost
gh_service_writer_host (GhService *service, const GhBehaviour *const *behaviours)
{
  return (GhWriterHost){ .data = service,
                         .behaviours = behaviours,
                         .authorize = authorize_again,
                         .may_be_told = gh_told_of_end,
                         .finish = finish_batch,
                         .settled = batch_settled,
                         .answer = gh_service_answer,
                         .event = take_event,
                         .store_lock = store_lock,
                         .store_unlock = store_unlock,
                         .bounds = gh_quota_bounds };
}
