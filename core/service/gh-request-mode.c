/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-mode.h"

#include <string.h>

#include "base/gh-log.h"
#include "service/gh-exchange.h"
#include "service/gh-forward.h"
#include "service/gh-request-mode-private.h"
#include "service/gh-request-promise.h"
#include "service/gh-request-resource.h"
#include "service/gh-workers.h"

/* When the store failed, the result of a request is tried to be kept again. */
#define AGAIN_US G_USEC_PER_SEC

typedef enum {
  STATE_BLOCKING, /* a flexible one: its originator waits */
  STATE_MAKING,   /* its <request> is being made */
  STATE_ACCEPTED, /* its originator has been acknowledged */
  STATE_OVER
} State;

/* A result that waits for its <request>. */
typedef struct {
  GhRequestResult result;
  GhBuffer *body;
  guint http_status, retry_after_s;
  char *location;
} Kept;

struct _GhRequestMode {
  gint ref_count;
  GhService *service;
  GhRequestRecord record;
  char *request_identifier, *release_version, *result_expiration;
  char *promise; /* what the next start would need; NULL: none */
  gboolean flexible, told, old, structured, unheard;
  gboolean promised;            /* the next start could carry it out */
  gboolean kept_whole;          /* may wait in its <request> for another CSE */
  gint64 execute_us, result_us; /* wall time; GH_NEVER_US: not asked for */
  GhReplyFunc reply;            /* of the originator */
  gpointer user_data;
  GhExchange *exchange;
  /* the writer's thread alone */
  gboolean executed;    /* before there was a <request> to keep its result */
  GhIntent *with;       /* in whose batch the result was kept */
  GhIntent *call;       /* of the mode itself, under way */
  GMutex lock;          /* of what follows */
  State state;
  char *id;             /* of the <request> */
  GhJob *job;           /* waits for its execution time */
  guint64 pending;      /* until then, or until a flexible one has blocked long enough */
  guint64 late;         /* watches the Result Expiration Timestamp */
  Kept *kept;
};

static void
kept_free (Kept *kept)
{
  g_clear_pointer (&kept->body, gh_buffer_unref);
  g_free (kept->location);
  g_free (kept);
}

GhRequestMode *
gh_request_mode_ref (GhRequestMode *mode)
{
  g_atomic_int_inc (&mode->ref_count);
  return mode;
}

void
gh_request_mode_unref (GhRequestMode *mode)
{
  if (!g_atomic_int_dec_and_test (&mode->ref_count))
    return;
  g_clear_pointer (&mode->job, gh_job_free);
  g_clear_pointer (&mode->kept, kept_free);
  g_clear_pointer (&mode->record.attributes, gh_buffer_unref);
  g_free (mode->record.originator);
  g_free (mode->promise);
  g_free (mode->request_identifier);
  g_free (mode->release_version);
  g_free (mode->result_expiration);
  g_free (mode->id);
  g_mutex_clear (&mode->lock);
  g_free (mode);
}

/* A batch of its own: @call in it, @called when it is durable or dropped. FALSE: the writer has
 * stopped. Takes a reference to @mode. */
static gboolean
push_call (GhRequestMode *mode, void (*call) (GhWriter *writer, gpointer data), GhReplyFunc called)
{
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  intent->call = call;
  intent->reply = called;
  intent->user_data = mode;
  mode->call = intent;
  if (gh_writer_push (mode->service->writer, intent))
    return TRUE;
  gh_intent_free (intent);
  return FALSE;
}

static void
call_failed (GhIntent *call, GError *error)
{
  gh_log (GH_LOG_WARNING, "service", "a <request> could not be written", "reason", error->message,
          NULL);
  gh_fault_from_error (&call->outcome.fault, error);
}

/* The end */

static void
mode_over (GhRequestMode *mode)
{
  gh_requests_over (mode->service->requests, mode->id);
  if (mode->late != 0 && gh_pendings_take (mode->service->pendings, mode->late) != NULL)
    gh_request_mode_unref (mode);
  gh_exchange_end (g_steal_pointer (&mode->exchange));
  gh_request_mode_unref (mode);
}

static void
finish (GhWriter *writer, gpointer data)
{
  GhRequestMode *mode = data;
  g_autoptr (GError) error = NULL;
  if (!gh_request_resource_finish (writer, mode->service, mode->id, &mode->kept->result, &error))
    call_failed (mode->call, error);
}

static void finished (const GhResponse *response, gpointer user_data);

static void
finish_again (GhPendingEnd end, gpointer data)
{
  GhRequestMode *mode = data;
  if (end != GH_PENDING_LATE || !push_call (mode, finish, finished))
    mode_over (mode);
}

static void
finished (const GhResponse *response, gpointer user_data)
{
  GhRequestMode *mode = user_data;
  const GhPending again = { .deadline_us = gh_clock_wall_us (mode->service->clock) + AGAIN_US,
                            .over = finish_again,
                            .data = mode };
  (void) response;
  if (!mode->call->outcome.fault.set
      || gh_pendings_add (mode->service->pendings, &again) == 0)
    mode_over (mode);
}

/* What the <request> keeps is bounded; what has been done is done, whatever became of its
 * content. */
static void
bound_result (const GhRequestMode *mode, GhRequestResult *result)
{
  static const char too_large[] = "{\"m2m:dbg\":\"the result is larger than a <request> keeps "
                                  "([request] result-octets)\"}";
  if (result->length <= mode->service->options.result_octets)
    return;
  result->body = NULL;
  result->length = 0;
  if (result->status != GH_RSC_OK)
    return;
  result->status = gh_error_status (GH_ERROR_NOT_ACCEPTABLE);
  result->body = too_large;
  result->length = sizeof too_large - 1;
}

static Kept *
keep (const GhResponse *response)
{
  Kept *kept = g_new0 (Kept, 1);
  kept->result = (GhRequestResult){ .status = response->status,
                                    .body = response->body,
                                    .length = response->body_length,
                                    .content_status = response->content_status,
                                    .content_offset = response->content_offset };
  kept->http_status = response->http_status;
  kept->retry_after_s = response->retry_after_s;
  kept->location = g_strdup (response->content_location);
  if (response->buffer != NULL)
    kept->body = gh_buffer_ref (response->buffer);
  else if (response->body != NULL)
    {
      kept->body = gh_buffer_new (response->body, response->body_length);
      kept->result.body = kept->body->data;
    }
  return kept;
}

/* A result came with the store's own excuse when the batch that kept it was dropped. */
static gboolean
is_kept (const GhRequestMode *mode)
{
  const GhFault *fault = mode->with != NULL ? &mode->with->outcome.fault : NULL;
  return fault != NULL && (!fault->set || fault->code != GH_ERROR_STORE);
}

/* Takes @kept and a reference. */
static void
finish_with (GhRequestMode *mode, Kept *kept)
{
  mode->kept = kept;
  bound_result (mode, &kept->result);
  if (is_kept (mode) || !push_call (mode, finish, finished))
    mode_over (mode);
}

static void
answer_originator (GhRequestMode *mode, const Kept *kept)
{
  const GhResponse response = { .status = kept->result.status,
                                .http_status = kept->http_status,
                                .retry_after_s = kept->retry_after_s,
                                .request_identifier = mode->request_identifier,
                                .release_version = mode->release_version,
                                .result_expiration = mode->result_expiration,
                                .content_location = kept->location,
                                .body = kept->result.body,
                                .body_length = kept->result.length,
                                .buffer = kept->body,
                                .content_status = kept->result.content_status,
                                .content_offset = kept->result.content_offset };
  mode->reply (&response, mode->user_data);
}

/* What the stopping CSE refuses, it may refuse because it stops: nothing was done, and the next
 * start carries it out, or finds the reason again. */
static gboolean
is_for_next_start (const GhRequestMode *mode, const Kept *kept)
{
  return mode->promised && kept->result.status / 1000 != 2
         && gh_pendings_is_stopped (mode->service->pendings);
}

/* GhReplyFunc of the request as it is carried out. Takes the job's reference. */
static void
answered (const GhResponse *response, gpointer user_data)
{
  GhRequestMode *mode = user_data;
  Kept *kept = keep (response);
  guint64 pending = 0;
  g_mutex_lock (&mode->lock);
  const State state = mode->state;
  if (state == STATE_MAKING)
    mode->kept = kept;
  else if (state == STATE_BLOCKING)
    {
      mode->state = STATE_OVER;
      pending = mode->pending;
    }
  g_mutex_unlock (&mode->lock);
  if (state == STATE_ACCEPTED && is_for_next_start (mode, kept))
    {
      kept_free (kept);
      mode_over (mode);
    }
  else if (state == STATE_ACCEPTED)
    finish_with (mode, kept);
  if (state != STATE_BLOCKING)
    return;
  if (pending != 0 && gh_pendings_take (mode->service->pendings, pending) != NULL)
    gh_request_mode_unref (mode);
  mode->reply (response, mode->user_data);
  kept_free (kept);
  gh_exchange_end (g_steal_pointer (&mode->exchange));
  gh_request_mode_unref (mode);
}

/* GhIntent.executed: the result is kept with what was done, or neither. */
static gboolean
executed (GhWriter *writer, GhIntent *intent, GError **error)
{
  GhRequestMode *mode = intent->user_data;
  const GhFault *fault = &intent->outcome.fault;
  GhRequestResult result = { .status = gh_error_status (fault->code) };
  g_autoptr (GhBuffer) body = NULL;
  if (mode->id == NULL)
    {
      mode->executed = TRUE;
      return TRUE;
    }
  /* a refusal did nothing that could come apart from it */
  if (fault->set)
    return TRUE;
  GhAnswer answer;
  const GhView view = gh_effect_view (writer);
  gh_service_outcome (mode->service, intent, &view, &answer);
  body = answer.buffer;
  result = (GhRequestResult){ .status = answer.status,
                              .body = answer.body,
                              .length = answer.length };
  bound_result (mode, &result);
  mode->with = intent;
  return gh_request_resource_finish (writer, mode->service, mode->id, &result, error);
}

/* Carrying out */

/* Takes the job and its reference to @mode. */
static void
carry_out (GhRequestMode *mode, GhJob *job)
{
  job->waited = TRUE;
  if (gh_workers_push_again (mode->service->workers, job))
    return;
  /* the CSE stops: the next start finds that it was not carried out */
  gh_job_free (job);
  mode_over (mode);
}

/* What others are asked to do through this CSE is not undone when the batch that would keep its
 * result is lost. What another CSE carries out is marked when it leaves. */
static gboolean
leaves_traces (const GhJob *job)
{
  const GhRequest *request = job->request;
  return request->operation != GH_OPERATION_RETRIEVE
         && (request->operation == GH_OPERATION_NOTIFY || strstr (request->to, "/fopt") != NULL);
}

static void
forget_promise (GhWriter *writer, gpointer data)
{
  GhRequestMode *mode = data;
  g_autoptr (GError) error = NULL;
  if (!gh_request_promise_keep (writer, mode->id, NULL, &error))
    call_failed (mode->call, error);
}

/* GhReplyFunc: nobody will begin with it again. */
static void
promise_forgotten (const GhResponse *response, gpointer user_data)
{
  GhRequestMode *mode = user_data;
  const GhFault fault = mode->call->outcome.fault;
  (void) response;
  g_mutex_lock (&mode->lock);
  GhJob *job = g_steal_pointer (&mode->job);
  g_mutex_unlock (&mode->lock);
  if (!fault.set)
    {
      mode->promised = FALSE;
      carry_out (mode, job);
      return;
    }
  gh_job_refuse (job, &fault);
  gh_job_free (job);
}

/* Takes the job and its reference to @mode. */
static void
run (GhRequestMode *mode, GhJob *job)
{
  if (!mode->promised || !leaves_traces (job))
    {
      carry_out (mode, job);
      return;
    }
  g_mutex_lock (&mode->lock);
  mode->job = job;
  mode->pending = 0; /* it is not taken back any more */
  g_mutex_unlock (&mode->lock);
  if (push_call (mode, forget_promise, promise_forgotten))
    return;
  g_clear_pointer (&mode->job, gh_job_free);
  mode_over (mode);
}

/* GhPendingFunc. Takes two references: of the table and of the job. */
static void
execution_time_came (GhPendingEnd end, gpointer data)
{
  GhRequestMode *mode = data;
  g_mutex_lock (&mode->lock);
  GhJob *job = g_steal_pointer (&mode->job);
  g_mutex_unlock (&mode->lock);
  if (end == GH_PENDING_LATE)
    run (mode, job);
  else
    {
      gh_job_free (job);
      mode_over (mode);
    }
  gh_request_mode_unref (mode);
}

/* Takes the job's reference. */
static void
wait_for_execution (GhRequestMode *mode)
{
  const GhPending pending = { .deadline_us = mode->execute_us,
                              .moment = TRUE,
                              .over = execution_time_came,
                              .data = gh_request_mode_ref (mode) };
  g_mutex_lock (&mode->lock);
  mode->pending = gh_pendings_add (mode->service->pendings, &pending);
  GhJob *job = mode->pending == 0 ? g_steal_pointer (&mode->job) : NULL;
  g_mutex_unlock (&mode->lock);
  if (job == NULL)
    return;
  GhFault fault = { 0 };
  gh_request_mode_unref (mode);
  if (gh_pendings_is_stopped (mode->service->pendings))
    gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE stops");
  else
    gh_fault_set (&fault, GH_ERROR_OVERLOADED, "OET: too many requests wait for their time");
  gh_job_refuse (job, &fault);
  gh_job_free (job);
}

gboolean
gh_request_mode_cancel (GhRequestMode *mode)
{
  g_mutex_lock (&mode->lock);
  const gboolean waits = mode->job != NULL && mode->pending != 0
                         && gh_pendings_take (mode->service->pendings, mode->pending) != NULL;
  GhJob *job = waits ? g_steal_pointer (&mode->job) : NULL;
  g_mutex_unlock (&mode->lock);
  if (!waits)
    return FALSE;
  gh_job_free (job);
  gh_request_mode_unref (mode);
  mode_over (mode);
  return TRUE;
}

/* Accepting */

static void
acknowledge (GhRequestMode *mode)
{
  const GhService *service = mode->service;
  const guint status = mode->old ? GH_RSC_ACCEPTED
                       : mode->told ? GH_RSC_ACCEPTED_ASYNCH
                                    : GH_RSC_ACCEPTED_SYNCH;
  char now[GH_TIMESTAMP_SIZE];
  if (mode->unheard)
    {
      gh_request_mode_acknowledge_unheard (mode->request_identifier, mode->release_version,
                                           mode->reply, mode->user_data);
      return;
    }
  gh_timestamp_format (gh_clock_wall_us (service->clock), now);
  g_autofree char *location = g_strdup_printf ("/%s/%s", service->home.cse_id, mode->id);
  g_autofree char *structured = g_strdup_printf ("/%s/%s/%s", service->home.cse_id,
                                                 service->options.cse_name, mode->id);
  g_autofree char *body = g_strdup_printf ("{\"m2m:uri\":\"%s\"}",
                                           mode->structured ? structured : location);
  const GhResponse response = { .status = status,
                                .request_identifier = mode->request_identifier,
                                .release_version = mode->release_version,
                                .result_expiration = mode->result_expiration,
                                .originating_timestamp = now,
                                .content_location = location,
                                .body = body,
                                .body_length = strlen (body) };
  mode->reply (&response, mode->user_data);
}

static void
make (GhWriter *writer, gpointer data)
{
  GhRequestMode *mode = data;
  g_autoptr (GError) error = NULL;
  char *id = NULL;
  /* a flexible one that was carried out meanwhile has its result: no <request> needs to hold it */
  if (mode->executed)
    return;
  if (!gh_request_resource_make (writer, mode->service, &mode->record, &id, &error)
      || (mode->promise != NULL
          && !gh_request_promise_keep (writer, id, mode->promise, &error)))
    {
      g_free (id);
      call_failed (mode->call, error);
      return;
    }
  mode->id = id;
  gh_requests_made (mode->service->requests, id, mode->record.originator, mode);
}

static void
finish_late (GhWriter *writer, gpointer data)
{
  static const char body[] = "{\"m2m:dbg\":\"RSET: there was no result in time\"}";
  const GhRequestMode *mode = data;
  const GhRequestResult result = { .status = gh_error_status (GH_ERROR_TIMEOUT),
                                   .body = body,
                                   .length = sizeof body - 1 };
  g_autoptr (GError) error = NULL;
  if (!gh_request_resource_finish (writer, mode->service, mode->id, &result, &error))
    gh_log (GH_LOG_WARNING, "service", "a <request> could not be written", "reason",
            error->message, NULL);
}

static void
late_over (const GhResponse *response, gpointer user_data)
{
  (void) response;
  gh_request_mode_unref (user_data);
}

/* GhPendingFunc. What comes later finds that the <request> has its end. */
static void
result_is_late (GhPendingEnd end, gpointer data)
{
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  intent->call = finish_late;
  intent->reply = late_over;
  intent->user_data = data;
  if (end == GH_PENDING_LATE
      && gh_writer_push (((GhRequestMode *) data)->service->writer, intent))
    return;
  gh_intent_free (intent);
  gh_request_mode_unref (data);
}

static void
watch_result (GhRequestMode *mode)
{
  const GhPending pending = { .deadline_us = mode->result_us,
                              .over = result_is_late,
                              .data = mode };
  if (mode->result_us == GH_NEVER_US)
    return;
  gh_request_mode_ref (mode);
  mode->late = gh_pendings_add (mode->service->pendings, &pending);
  if (mode->late == 0)
    gh_request_mode_unref (mode);
}

/* There is no <request>: a flexible one goes on blocking. */
static void
not_made (GhRequestMode *mode, const GhFault *fault)
{
  if (mode->id != NULL)
    gh_requests_ended (mode->service->requests, mode->id);
  else
    gh_requests_release (mode->service->requests, mode->record.originator);
  g_mutex_lock (&mode->lock);
  g_clear_pointer (&mode->id, g_free);
  Kept *kept = g_steal_pointer (&mode->kept);
  GhJob *job = g_steal_pointer (&mode->job);
  mode->state = kept != NULL ? STATE_OVER : STATE_BLOCKING;
  mode->pending = 0;
  g_mutex_unlock (&mode->lock);
  if (job != NULL)
    {
      gh_job_refuse (job, fault);
      gh_job_free (job);
    }
  if (kept == NULL)
    return;
  answer_originator (mode, kept);
  kept_free (kept);
  gh_exchange_end (g_steal_pointer (&mode->exchange));
  gh_request_mode_unref (mode);
}

/* GhReplyFunc of the batch that made the <request>: it is durable, and can be promised. */
static void
made (const GhResponse *response, gpointer user_data)
{
  GhRequestMode *mode = user_data;
  const GhFault *fault = &mode->call->outcome.fault;
  (void) response;
  if (fault->set || mode->id == NULL)
    {
      not_made (mode, fault);
      return;
    }
  watch_result (mode);
  acknowledge (mode);
  g_mutex_lock (&mode->lock);
  mode->state = STATE_ACCEPTED;
  Kept *kept = g_steal_pointer (&mode->kept);
  const gboolean waits = mode->job != NULL
                         && mode->execute_us > gh_clock_wall_us (mode->service->clock);
  GhJob *job = waits ? NULL : g_steal_pointer (&mode->job);
  g_mutex_unlock (&mode->lock);
  if (kept != NULL)
    finish_with (mode, kept);
  else if (waits)
    wait_for_execution (mode);
  else if (job != NULL)
    run (mode, job);
}

GhRequestMode *
gh_request_mode_new (GhJob *job, const GhRequestModeOptions *options)
{
  GhRequest *request = job->request;
  const char *const *targets = request->notification_uris;
  GhRequestMode *mode = g_new0 (GhRequestMode, 1);
  mode->ref_count = 1;
  g_mutex_init (&mode->lock);
  mode->service = job->service;
  mode->flexible = options->flexible;
  mode->told = request->response_type == GH_RT_NON_BLOCKING_ASYNCH
               || (request->response_type == GH_RT_FLEX && targets != NULL && *targets != NULL);
  mode->unheard = request->response_type == GH_RT_NO_RESPONSE;
  mode->old = job->release < 3; /* which has no other code */
  mode->structured = request->desired_identifier_type == 1;
  mode->execute_us = options->execute_us;
  mode->promise = options->promise;
  mode->promised = options->promise != NULL && !options->elsewhere;
  mode->result_us = gh_absrel_timestamp_moment (request->result_expiration, request->received_us);
  mode->request_identifier = g_strdup (request->request_identifier);
  mode->release_version = g_strdup (request->release_version);
  mode->result_expiration = g_strdup (request->result_expiration);
  mode->record = (GhRequestRecord){
    .originator = g_strdup (job->originator_text),
    .attributes = options->attributes,
    .expires_us = options->expires_us,
    .forwarded = options->elsewhere && !options->kept,
  };
  mode->kept_whole = options->kept;
  mode->exchange = gh_exchange_answer_early (job, &mode->reply, &mode->user_data);
  job->reply = answered;
  job->user_data = mode;
  job->executed = executed;
  job->mode = mode;
  return mode;
}

void
gh_request_mode_accept (GhRequestMode *mode, GhJob *job)
{
  GhFault fault = { 0 };
  mode->state = STATE_MAKING;
  mode->job = job;
  if (push_call (mode, make, made))
    return;
  gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE stops");
  not_made (mode, &fault);
}

/* Leaving for another CSE */

typedef struct {
  GhRequestMode *mode; /* a reference */
  GhIntent *intent;
  GhRequestStatus status;
  GhRequestLeaveFunc func; /* NULL: nobody waits for the mark */
  gpointer user_data;
} Mark;

static void
write_mark (GhWriter *writer, gpointer data)
{
  const Mark *mark = data;
  g_autoptr (GError) error = NULL;
  if (!gh_request_resource_mark (writer, mark->mode->id, mark->status, &error))
    call_failed (mark->intent, error);
}

static void
mark_end (Mark *mark, gboolean kept)
{
  if (mark->func != NULL)
    mark->func (kept, mark->user_data);
  gh_request_mode_unref (mark->mode);
  g_free (mark);
}

/* GhReplyFunc */
static void
mark_written (const GhResponse *response, gpointer user_data)
{
  Mark *mark = user_data;
  (void) response;
  mark_end (mark, !mark->intent->outcome.fault.set);
}

/* Takes @mark. */
static void
push_mark (Mark *mark)
{
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  intent->call = write_mark;
  intent->reply = mark_written;
  intent->user_data = mark;
  mark->intent = intent;
  if (gh_writer_push (mark->mode->service->writer, intent))
    return;
  gh_intent_free (intent);
  mark_end (mark, FALSE);
}

gboolean
gh_request_mode_is_kept (const GhRequestMode *mode)
{
  return mode != NULL && mode->kept_whole;
}

void
gh_request_mode_leave (GhRequestMode *mode, GhRequestLeaveFunc func, gpointer user_data)
{
  Mark *mark = g_new0 (Mark, 1);
  *mark = (Mark){ .mode = gh_request_mode_ref (mode),
                  .status = GH_REQUEST_FORWARDED,
                  .func = func,
                  .user_data = user_data };
  push_mark (mark);
}

void
gh_request_mode_stay (GhRequestMode *mode)
{
  Mark *mark = g_new0 (Mark, 1);
  *mark = (Mark){ .mode = gh_request_mode_ref (mode), .status = GH_REQUEST_PENDING };
  push_mark (mark);
}

void
gh_request_mode_go_on (GhRequestMode *mode, GhJob *job, const char *id)
{
  mode->state = STATE_ACCEPTED;
  mode->promised = !mode->kept_whole;
  mode->id = g_strdup (id);
  gh_requests_resumed (mode->service->requests, id, mode);
  watch_result (mode);
  if (mode->kept_whole)
    {
      gh_forward (job);
      return;
    }
  if (mode->execute_us <= gh_clock_wall_us (mode->service->clock))
    {
      run (mode, job);
      return;
    }
  mode->job = job;
  wait_for_execution (mode);
}

/* GhPendingFunc: a flexible one has blocked long enough. */
static void
flexible_is_late (GhPendingEnd end, gpointer data)
{
  GhRequestMode *mode = data;
  GhFault fault = { 0 };
  gboolean makes = FALSE;
  g_mutex_lock (&mode->lock);
  if (end == GH_PENDING_LATE && mode->state == STATE_BLOCKING
      && gh_requests_reserve (mode->service->requests, mode->record.originator, &fault))
    {
      mode->state = STATE_MAKING;
      makes = TRUE;
    }
  g_mutex_unlock (&mode->lock);
  if (makes && !push_call (mode, make, made))
    not_made (mode, &fault);
  gh_request_mode_unref (mode);
}

void
gh_request_mode_block (GhRequestMode *mode)
{
  const GhPending pending = { .deadline_us = gh_clock_wall_us (mode->service->clock)
                                             + mode->service->options.flex_us,
                              .over = flexible_is_late,
                              .data = gh_request_mode_ref (mode) };
  /* without room in the table it just blocks */
  g_mutex_lock (&mode->lock);
  mode->pending = gh_pendings_add (mode->service->pendings, &pending);
  const gboolean watched = mode->pending != 0;
  g_mutex_unlock (&mode->lock);
  if (!watched)
    gh_request_mode_unref (mode);
}
