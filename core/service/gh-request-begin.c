/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-mode.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-exchange.h"
#include "service/gh-forward.h"
#include "service/gh-request-mode-private.h"
#include "service/gh-request-promise.h"
#include "service/gh-request-resource.h"
#include "service/gh-result-targets.h"
#include "service/gh-workers.h"

static gboolean
is_here (const GhJob *job)
{
  return gh_strip_home (job->service, job->request->to) != NULL;
}

/* Wall time; 0: now. Another CSE sees to it itself. */
static gint64
execution_time (const GhJob *job)
{
  const GhRequest *request = job->request;
  const gint64 now_us = gh_clock_wall_us (job->service->clock);
  if (request->execution_time == NULL || !is_here (job))
    return 0;
  const gint64 moment_us = gh_absrel_timestamp_moment (request->execution_time,
                                                       request->received_us);
  return moment_us > now_us ? moment_us : 0;
}

/* TS-0004 7.3.2.2: late enough for the result, and for as long as that is to be kept. */
static gint64
expiration_of (const GhJob *job)
{
  const GhServiceOptions *options = &job->service->options;
  const GhRequest *request = job->request;
  const gint64 now_us = gh_clock_wall_us (job->service->clock);
  const gint64 begin_us = MAX (execution_time (job), now_us);
  const gint64 longest_us = begin_us + options->request_longest_us;
  gint64 us = begin_us + options->request_lifetime_us;
  if (request->result_persistence != NULL)
    us = MAX (us, gh_absrel_timestamp_moment (request->result_persistence, begin_us));
  if (request->result_expiration != NULL)
    us = MAX (us, gh_absrel_timestamp_moment (request->result_expiration, request->received_us));
  /* for so long it may wait for another CSE */
  if (request->request_expiration != NULL)
    us = MAX (us, gh_absrel_timestamp_moment (request->request_expiration, request->received_us));
  return MIN (us, MAX (longest_us, begin_us + options->request_lifetime_us));
}

/* What is carried out is an ordinary request. */
static void
make_ordinary (GhRequest *request, gboolean waited)
{
  request->response_type = GH_RT_ABSENT;
  request->notification_uris = NULL;
  if (waited)
    request->execution_time = NULL;
}

static void
refuse (GhJob *job, const GhFault *fault)
{
  gh_job_refuse (job, fault);
  gh_job_free (job);
}

/* The content goes into the <request>, so it must be one. */
static gboolean
read_content (GhJob *job, GhFault *fault)
{
  GhRequest *request = job->request;
  if (request->content != NULL || request->body_length == 0)
    return TRUE;
  GhValue *content = gh_arena_new_array (request->arena, GhValue, 1);
  if (content == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  if (!gh_json_parse (request->body, request->body_length, request->arena, content, fault))
    return FALSE;
  if (request->operation != GH_OPERATION_NOTIFY)
    request->content = content;
  return TRUE;
}

/* It may wait for another CSE, as it says how long. */
static gboolean
can_be_kept (const GhJob *job)
{
  return job->request->request_expiration != NULL && gh_forward_is_for (job->service, job->request);
}

/* What its <request> will say. (transfer full); NULL with @fault */
static GhBuffer *
describe (GhJob *job, GhFault *fault)
{
  if (!read_content (job, fault))
    return NULL;
  GhBuffer *attributes = gh_request_record_render (job, job->service->options.result_octets);
  if (!gh_request_record_check (attributes, fault))
    g_clear_pointer (&attributes, gh_buffer_unref);
  return attributes;
}

/* Makes its <request>, and acknowledges then. FALSE with @fault: there is none, and the job is the
 * caller's. */
static gboolean
promise (GhJob *job, GhFault *fault)
{
  g_autoptr (GhBuffer) attributes = describe (job, fault);
  if (attributes == NULL
      || !gh_requests_reserve (job->service->requests, job->originator_text, fault))
    return FALSE;
  const gboolean elsewhere = gh_forward_is_for (job->service, job->request);
  const gboolean kept = elsewhere && can_be_kept (job);
  const GhRequestModeOptions options = {
    .attributes = g_steal_pointer (&attributes),
    .execute_us = execution_time (job),
    .expires_us = expiration_of (job),
    .elsewhere = elsewhere,
    .kept = kept,
    .promise = !elsewhere || kept ? gh_request_promise_render (job, execution_time (job)) : NULL
  };
  GhRequestMode *mode = gh_request_mode_new (job, &options);
  make_ordinary (job->request, options.execute_us != 0);
  gh_request_mode_accept (mode, job);
  return TRUE;
}

static gboolean
accept (GhJob *job)
{
  GhFault fault = { 0 };
  if (!promise (job, &fault))
    refuse (job, &fault);
  return TRUE;
}

static void
tell_nobody (const GhResponse *response, gpointer user_data)
{
  (void) response;
  (void) user_data;
}

/* What waits for another CSE is not looked at again before it leaves. */
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
gh_request_promise_resume (GhService *service, const char *id, GhFault *fault)
{
  GhRequestModeOptions options = { .attributes = NULL };
  GhFault ignored = { 0 };
  GhJob *job = gh_request_promise_recall (service, id, &options.execute_us, fault);
  if (job == NULL)
    return FALSE;
  options.elsewhere = options.kept = job->resumed = can_be_kept (job);
  if (options.kept && !is_in_time (job, fault))
    {
      gh_job_free (job);
      return FALSE;
    }
  job->reply = tell_nobody;
  /* its identifier may be that of a newer request: then only that one is under way by it */
  if (!gh_exchange_begin (job, &ignored))
    gh_log (GH_LOG_INFO, "service", "promised", "reason", ignored.text, NULL);
  GhRequestMode *mode = gh_request_mode_new (job, &options);
  make_ordinary (job->request, !options.elsewhere);
  gh_request_mode_go_on (mode, job, id);
  return TRUE;
}

/* Blocks at first. */
static gboolean
begin_flexible (GhJob *job)
{
  GhFault fault = { 0 };
  GhBuffer *attributes = describe (job, &fault);
  if (attributes == NULL)
    {
      refuse (job, &fault);
      return TRUE;
    }
  const GhRequestModeOptions options = { .attributes = attributes,
                                         .flexible = TRUE,
                                         .expires_us = expiration_of (job),
                                         .elsewhere = gh_forward_is_for (job->service,
                                                                         job->request) };
  GhRequestMode *mode = gh_request_mode_new (job, &options);
  make_ordinary (job->request, FALSE);
  gh_request_mode_block (mode);
  return FALSE;
}

/* GhPendingFunc */
static void
job_is_due (GhPendingEnd end, gpointer data)
{
  GhJob *job = data;
  GhFault fault = { 0 };
  job->waited = TRUE;
  if (end == GH_PENDING_LATE && gh_workers_push_again (job->service->workers, job))
    return;
  gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE stops");
  refuse (job, &fault);
}

static gboolean
delay (GhJob *job)
{
  const GhPending pending = {
    .deadline_us = execution_time (job), .moment = TRUE, .over = job_is_due, .data = job
  };
  GhFault fault = { 0 };
  if (pending.deadline_us == 0)
    return FALSE;
  make_ordinary (job->request, TRUE);
  if (gh_pendings_add (job->service->pendings, &pending) != 0)
    return TRUE;
  gh_fault_set (&fault, GH_ERROR_OVERLOADED, "OET: too many requests wait for their time");
  refuse (job, &fault);
  return TRUE;
}

static void
drop_answer (const GhResponse *response, gpointer user_data)
{
  (void) response;
  gh_exchange_end (user_data);
}

void
gh_request_mode_acknowledge_unheard (const char *identifier, const char *release, GhReplyFunc reply,
                                     gpointer user_data)
{
  const GhResponse response = { .status = GH_RSC_ACCEPTED,
                                .request_identifier = identifier,
                                .release_version = release };
  reply (&response, user_data);
}

static void
answer_nothing (GhJob *job)
{
  GhReplyFunc reply;
  gpointer user_data;
  GhExchange *exchange = gh_exchange_answer_early (job, &reply, &user_data);
  job->reply = drop_answer;
  job->user_data = exchange;
  job->unheard = TRUE;
  job->request->response_type = GH_RT_ABSENT;
  gh_request_mode_acknowledge_unheard (job->request->request_identifier,
                                       job->request->release_version, reply, user_data);
}

/* It may wait for another CSE for longer than this process lives. Without room in the store it is
 * only as good as this process. */
static gboolean
begin_unheard (GhJob *job)
{
  GhFault ignored = { 0 };
  if (gh_job_get_owner (job) != NULL && can_be_kept (job) && promise (job, &ignored))
    return TRUE;
  answer_nothing (job);
  return delay (job);
}

/* A <request> is read and deleted at once (TS-0004 7.4.12.2). */
static gboolean
is_for_request (const GhJob *job)
{
  GhNode node;
  GhView view = gh_view_begin (job->service->tree);
  const gboolean found = gh_find_local (job->service, &view, job->request->to, &node)
                         && node.slot->type->number == GH_TYPE_REQUEST;
  gh_view_end (&view);
  return found;
}

gboolean
gh_request_mode_begin (GhJob *job)
{
  switch (job->request->response_type)
    {
    case GH_RT_NON_BLOCKING_SYNCH:
    case GH_RT_NON_BLOCKING_ASYNCH:
      return accept (job);
    case GH_RT_FLEX:
      if (gh_job_get_owner (job) == NULL || is_for_request (job))
        return delay (job);
      return execution_time (job) != 0 ? accept (job) : begin_flexible (job);
    case GH_RT_NO_RESPONSE:
      return begin_unheard (job);
    default:
      return delay (job);
    }
}

/* Checks */

static gboolean
is_non_blocking (const GhRequest *request)
{
  return request->response_type == GH_RT_NON_BLOCKING_SYNCH
         || request->response_type == GH_RT_NON_BLOCKING_ASYNCH;
}

/* m2m:eventCat (6.3.3): 2 immediate, 3 bestEffort, 4 latest, and those of providers */
static gboolean
check_category (const GhRequest *request, GhFault *fault)
{
  const char *text = request->event_category;
  if (text == NULL)
    return TRUE;
  const gsize length = strlen (text);
  const gboolean number = length > 0 && length <= 3 && strspn (text, "0123456789") == length;
  const gint64 value = number ? g_ascii_strtoll (text, NULL, 10) : 0;
  return (value >= 2 && value <= 4) || (value >= 100 && value <= 999)
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "EC: \"%.8s\" is neither 2 to 4 nor 100 to 999", text);
}

static gboolean
check_execution (const GhJob *job, GhFault *fault)
{
  const GhServiceOptions *options = &job->service->options;
  const GhRequest *request = job->request;
  const gint64 moment_us = execution_time (job);
  const gint64 ahead_us = moment_us - gh_clock_wall_us (job->service->clock);
  const gboolean blocks = !is_non_blocking (request) && request->response_type != GH_RT_FLEX
                          && request->response_type != GH_RT_NO_RESPONSE;
  if (moment_us == 0)
    return TRUE;
  if (gh_absrel_timestamp_moment (request->request_expiration, request->received_us) <= moment_us
      || gh_absrel_timestamp_moment (request->result_expiration, request->received_us) <= moment_us)
    return gh_fault_set (fault, GH_ERROR_TIMEOUT,
                         "OET: the request or its result expires before it");
  if (ahead_us > options->request_longest_us)
    return gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                         "OET: too far ahead for this CSE ([request] longest)");
  return !blocks || ahead_us <= options->blocking_us
         || gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                          "OET: too far ahead for a blocking request; use rt 1, 2 or 4");
}

static gboolean
check_persistence (const GhJob *job, GhFault *fault)
{
  const GhRequest *request = job->request;
  const char *text = request->result_persistence;
  if (text == NULL)
    return TRUE;
  if (!gh_absrel_timestamp_is_valid (text))
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rp: not a timestamp or a number of milliseconds");
  const gint64 begin_us = MAX (execution_time (job), request->received_us);
  return gh_absrel_timestamp_moment (text, begin_us) - begin_us
           <= job->service->options.request_longest_us
         || gh_fault_set (fault, GH_ERROR_NOT_ACCEPTABLE,
                          "rp: longer than this CSE keeps results ([request] longest)");
}

gboolean
gh_request_mode_check (const GhJob *job, GhFault *fault)
{
  const GhRequest *request = job->request;
  if (!gh_result_targets_check (job, fault) || !check_category (request, fault)
      || !check_execution (job, fault) || !check_persistence (job, fault))
    return FALSE;
  if (!is_non_blocking (request))
    return TRUE;
  if (gh_job_get_owner (job) == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "rt: a registration is blocking, as nobody has proven yet who could read "
                         "its <request>");
  return !is_for_request (job)
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "rt: requests for a <request> are blocking (TS-0004 7.4.12.2)");
}

/* A certificate that its anchor alone admits has no entry to read its identities from. */
static gboolean
check_anchor (const GhJob *job, GhFault *fault)
{
  GhSecurity *security = job->service->security;
  const guint64 number = gh_principal_get_anchor (job->principal);
  if (number == 0)
    return TRUE;
  GhFault reason = { 0 };
  g_autoptr (GhCredential) anchor = gh_vault_find_number (gh_security_get_vault (security), number);
  return (anchor != NULL
          && anchor->generation == gh_principal_get_generation (job->principal)
          && gh_credential_check_usable (anchor, gh_clock_wall_us (job->service->clock), &reason))
         || gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                          "From: the anchor of the certificate that proved it is valid no more");
}

gboolean
gh_request_mode_prove_again (GhJob *job, GhFault *fault)
{
  const guint64 number = gh_principal_get_credential (job->principal);
  GhSecurity *security = job->service->security;
  if (security == NULL)
    return TRUE;
  if (number == 0)
    return check_anchor (job, fault);
  const GhRecall recall = { .proof = gh_principal_get_proof (job->principal),
                            .strength = gh_principal_get_strength (job->principal),
                            .credential = number,
                            .generation = gh_principal_get_generation (job->principal),
                            .peer_address = gh_principal_get_peer_address (job->principal) };
  GhPrincipal *now = gh_security_recall (security, &recall, fault);
  if (now == NULL)
    return FALSE;
  gh_principal_unref (job->principal);
  job->principal = now;
  return TRUE;
}
