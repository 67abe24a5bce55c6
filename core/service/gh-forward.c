/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-contact-list.h"
#include "service/gh-job.h"
#include "service/gh-notifier.h"
#include "service/gh-statistics.h"

/* A NOTIFY of an originator for an AE of this CSE: decided like everything else, then sent to the
 * AE's point of access. */

static void
forwarded (const GhDeliveryResult *result, gpointer user_data)
{
  GhJob *job = user_data;
  GhFault fault = { 0 };
  if (result->status == GH_DELIVERY_DONE)
    {
      const GhAnswer answer = { .status = result->rsc != 0 ? result->rsc : GH_RSC_OK,
                                .body = result->body,
                                .length = result->body_length };
      gh_job_reply (job, &answer);
    }
  else
    {
      gh_fault_set (&fault, GH_ERROR_UNREACHABLE, "To: %s",
                    result->reason != NULL ? result->reason : "the target cannot be reached");
      gh_job_refuse (job, &fault);
    }
  gh_job_free (job);
}

static gboolean
allowed (GhJob *job, char **out_target, GhStep *out_step, GhFault *fault)
{
  GhAddress address;
  GhResolved resolved;
  GhRequestFacts facts;
  if (!gh_address_parse (job->request->to, job->request->arena, &address, fault))
    return FALSE;
  gh_job_facts (job, &facts);
  GhView view = gh_view_begin (job->service->tree);
  gboolean may = gh_resolve (job, &view, &address, &resolved, out_step, fault);
  if (may
      && !gh_contact_list_may_notify (job->service, &view, &resolved.node, &job->originator))
    {
      const GhAccessQuestion question = { .node = &resolved.node,
                                          .operation = GH_ACOP_NOTIFY,
                                          .instance_type = gh_resolved_instance_type (
                                            &resolved) };
      may = gh_authorize (job->service, &view, &facts, &question, fault);
      if (may
          && (resolved.which != GH_WHICH_RESOURCE
              || resolved.node.slot->type->number != GH_TYPE_AE))
        may = gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "To: only an AE is notified");
      if (may)
        *out_target = g_strdup (resolved.node.slot->id);
    }
  gh_view_end (&view);
  return may;
}

GhStep
gh_notify_target (GhJob *job)
{
  GhFault fault = { 0 };
  GhStep step = GH_STEP_DONE;
  g_autofree char *target = NULL;
  if (!allowed (job, &target, &step, &fault))
    {
      if (step == GH_STEP_NEEDS_STORE)
        return step;
      gh_job_refuse (job, &fault);
      gh_job_free (job);
      return GH_STEP_DONE;
    }
  if (target == NULL)
    {
      gh_contact_list_notify (job);
      return GH_STEP_DONE;
    }
  g_autoptr (GhBuffer) body = gh_buffer_new (job->request->body != NULL ? job->request->body : "",
                                             job->request->body_length);
  const GhDirect direct = { .target = target,
                            .from = job->originator_text,
                            .request_identifier = job->request->request_identifier,
                            .body = body,
                            .timeout_ms = job->service->options.verification_timeout_ms };
  /* the job may be gone when it has been sent */
  GhService *service = job->service;
  const gsize size = body->length;
  g_autofree char *originator = gh_statistics_is_active (service) ? g_strdup (job->originator_text)
                                                                  : NULL;
  if (!gh_notifier_send (service->notifier, &direct, forwarded, job, &fault))
    {
      gh_job_refuse (job, &fault);
      gh_job_free (job);
      return GH_STEP_DONE;
    }
  const GhObservation observation = { .operation = GH_OPERATION_NOTIFY,
                                      .originator = originator,
                                      .target = target,
                                      .type = GH_TYPE_AE,
                                      .size = size };
  if (originator != NULL)
    gh_statistics_observe (service, &observation);
  return GH_STEP_DONE;
}
