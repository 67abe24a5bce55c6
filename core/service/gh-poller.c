/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-poller.h"

#include <string.h>

#include "base/gh-log.h"
#include "base/gh-secret.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-outbound.h"

#define CHANNEL       "polling"
#define FIRST_WAIT_US ((gint64) G_USEC_PER_SEC / 2)
#define MOST_AT_ONCE  16 /* requests that are carried out at a time */
#define MOST_TRIES    6  /* of one answer */
#define ARENA         65536

/* An answer of the registrar, or that there is none. */
typedef struct {
  GhPoller *poller;
  GhRequest *request;
  gboolean over, abandoned;
  GhDeliveryStatus status;
  guint rsc;
  char *reason, *location;
  GhBuffer *body;
  GhPrincipal *peer;
} Call;

/* A request that came through the channel, until its answer is told. */
typedef struct {
  GhPoller *poller;
  char *identifier, *to; /* to: the channel's pcu */
  GhRequest *telling;
  GhBuffer *answer;
  guint tries;
  gboolean replaced; /* by one that says that the answer did not get through */
} Work;

struct _GhPoller {
  GhService *service;
  GhPollerOptions options;
  GPtrArray *urls; /* char* */
  char *own_id;    /* "/mn1" */
  GThread *thread;

  GMutex lock; /* of what follows, and of every Call */
  GCond cond;
  gboolean stopping;
  char *resource; /* NULL: not registered */
  guint at_once;

  /* the thread's own */
  char *made_at, *pcu; /* of which resource the channel is; NULL: not known */
  guint failures;
};

GhPoller *
gh_poller_new (GhService *service, const GhPollerOptions *options)
{
  GhPoller *poller = g_new0 (GhPoller, 1);
  poller->service = service;
  poller->options = *options;
  poller->options.urls = NULL;
  poller->urls = g_ptr_array_new_with_free_func (g_free);
  for (const char *const *url = options->urls; url != NULL && *url != NULL; url++)
    g_ptr_array_add (poller->urls, g_strdup (*url));
  poller->own_id = g_strconcat ("/", service->options.cse_id, NULL);
  g_mutex_init (&poller->lock);
  g_cond_init (&poller->cond);
  return poller;
}

void
gh_poller_free (GhPoller *poller)
{
  g_ptr_array_unref (poller->urls);
  g_free (poller->own_id);
  g_free (poller->resource);
  g_free (poller->made_at);
  g_free (poller->pcu);
  g_mutex_clear (&poller->lock);
  g_cond_clear (&poller->cond);
  g_free (poller);
}

void
gh_poller_follow (GhPoller *poller, const char *resource)
{
  g_mutex_lock (&poller->lock);
  if (g_strcmp0 (poller->resource, resource) != 0)
    {
      g_free (poller->resource);
      poller->resource = g_strdup (resource);
      g_cond_broadcast (&poller->cond);
    }
  g_mutex_unlock (&poller->lock);
}

/* Requests of our own */

static GhRequest *
new_request (const GhPoller *poller, GhOperation operation, const char *to)
{
  GhRequest *request = gh_request_new (ARENA);
  guint64 random;
  gh_random_bytes (&random, sizeof random);
  request->operation = operation;
  request->to = gh_arena_strdup (request->arena, to);
  request->from = poller->own_id;
  request->request_identifier = gh_arena_printf (request->arena, "poll-%016" G_GINT64_MODIFIER "x",
                                                 random);
  request->release_version = "3";
  return request;
}

/* @timeout_ms: for everything */
static void
send_to_registrar (const GhPoller *poller, const GhRequest *request, GhBuffer *body,
                   guint timeout_ms, GhDeliveryFunc done, gpointer user_data)
{
  /* answers of this CSE, and questions for what it is to do, are for nobody but the registrar */
  const GhWay way = { .name = poller->service->options.registrar, .urls = poller->urls };
  const GhDelivery delivery = { .operation = request->operation,
                                .to = request->to,
                                .from = request->from,
                                .request_identifier = request->request_identifier,
                                .release_version = request->release_version,
                                .body = body,
                                .timeout_ms = timeout_ms,
                                .forwarded = request };
  gh_way_send (poller->service, &way, &delivery, done, user_data);
}

static void
call_free (Call *call)
{
  g_clear_pointer (&call->request, gh_request_free);
  g_clear_pointer (&call->body, gh_buffer_unref);
  g_clear_pointer (&call->peer, gh_principal_unref);
  g_free (call->reason);
  g_free (call->location);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* GhDeliveryFunc */
static void
called (const GhDeliveryResult *result, gpointer user_data)
{
  Call *call = user_data;
  GhPoller *poller = call->poller;
  g_mutex_lock (&poller->lock);
  const gboolean abandoned = call->abandoned;
  if (!abandoned)
    {
      call->status = result->status;
      call->rsc = result->rsc;
      call->reason = g_strdup (result->reason);
      call->body = result->body != NULL ? gh_buffer_new (result->body, result->body_length) : NULL;
      call->peer = result->peer != NULL ? gh_principal_ref ((GhPrincipal *) result->peer) : NULL;
      if (result->response != NULL)
        call->location = g_strdup (result->response->content_location);
      call->over = TRUE;
      g_cond_broadcast (&poller->cond);
    }
  g_mutex_unlock (&poller->lock);
  if (abandoned)
    call_free (call);
}

/* Waits for the answer, until the CSE stops or is registered no more: NULL. */
static Call *
ask (GhPoller *poller, GhRequest *request, GhBuffer *body, guint timeout_ms)
{
  Call *call = g_new0 (Call, 1);
  call->poller = poller;
  call->request = request;
  send_to_registrar (poller, request, body, timeout_ms, called, call);
  g_mutex_lock (&poller->lock);
  while (!call->over && !poller->stopping && g_strcmp0 (poller->resource, poller->made_at) == 0)
    g_cond_wait (&poller->cond, &poller->lock);
  const gboolean over = call->over;
  /* the answer of one that is abandoned frees it, as soon as the lock is free */
  call->abandoned = !over;
  g_mutex_unlock (&poller->lock);
  return over ? call : NULL;
}

static void
fail (GhPoller *poller, const Call *call, const char *what)
{
  char rsc[16];
  g_snprintf (rsc, sizeof rsc, "%u", call->rsc);
  if (poller->failures++ == 0)
    gh_log (GH_LOG_WARNING, "poller", what, "reason", call->reason, "rsc", rsc, NULL);
}

/* The channel */

static char *
address_of (const GhPoller *poller, const Call *call)
{
  const char *cse_id = poller->service->options.registrar;
  GhValue root;
  const char *id = NULL;
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  if (call->location != NULL)
    return call->location[0] == '/' ? g_strdup (call->location)
                                    : g_strconcat (cse_id, "/", call->location, NULL);
  if (call->body != NULL
      && gh_json_parse (call->body->data, call->body->length, arena, &root, NULL))
    id = gh_value_text (gh_value_member (gh_value_member (&root, "m2m:pch"), "ri"));
  return id != NULL ? g_strconcat (cse_id, "/", id, NULL)
                    : g_strconcat (poller->made_at, "/" CHANNEL, NULL);
}

static void
make_channel (GhPoller *poller)
{
  static const char content[] = "{\"m2m:pch\":{\"rn\":\"" CHANNEL "\"}}";
  g_autoptr (GhBuffer) body = gh_buffer_new (content, sizeof content - 1);
  GhRequest *request = new_request (poller, GH_OPERATION_CREATE, poller->made_at);
  request->resource_type = GH_TYPE_POLLING_CHANNEL;
  g_autoptr (Call) call = ask (poller, request, body, poller->options.timeout_ms);
  g_autofree char *channel = NULL;
  if (call == NULL)
    return;
  if (call->status == GH_DELIVERY_DONE && call->rsc == GH_RSC_CREATED)
    channel = address_of (poller, call);
  else if (call->status == GH_DELIVERY_DONE && call->rsc == gh_error_status (GH_ERROR_CONFLICT))
    /* of an earlier life of this process */
    channel = g_strconcat (poller->made_at, "/" CHANNEL, NULL);
  else
    fail (poller, call, "the registrar makes no polling channel");
  if (channel != NULL)
    poller->pcu = g_strconcat (channel, "/pcu", NULL);
}

/* Answers */

static void
work_free (Work *work)
{
  GhPoller *poller = work->poller;
  g_clear_pointer (&work->telling, gh_request_free);
  g_clear_pointer (&work->answer, gh_buffer_unref);
  g_free (work->identifier);
  g_free (work->to);
  g_free (work);
  g_mutex_lock (&poller->lock);
  poller->at_once--;
  g_cond_broadcast (&poller->cond);
  g_mutex_unlock (&poller->lock);
}

static void tell (Work *work);

static GhBuffer *
wrap (const GhResponse *response)
{
  GhJsonWriter json;
  g_autoptr (GhBuffer) primitive = gh_response_to_json (response);
  gh_json_writer_init (&json, primitive->length + 16);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:rsp");
  gh_json_raw (&json, primitive->data, primitive->length);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* The registrar does not take the answer, which may be too long for it: it gets one that is not. */
static void
replace (Work *work)
{
  static const char reason[] = "{\"m2m:dbg\":\"the answer did not pass the polling channel\"}";
  const GhResponse response = { .status = gh_error_status (GH_ERROR_NOT_ACCEPTABLE),
                                .request_identifier = work->identifier,
                                .release_version = "3",
                                .body = reason,
                                .body_length = sizeof reason - 1 };
  gh_buffer_unref (work->answer);
  work->answer = wrap (&response);
  work->replaced = TRUE;
}

/* GhPendingFunc */
static void
tell_again (GhPendingEnd end, gpointer data)
{
  if (end == GH_PENDING_LATE)
    tell (data);
  else
    work_free (data);
}

static gboolean
is_settled (const GhDeliveryResult *result)
{
  return result->rsc / 1000 == 2 || result->rsc == gh_error_status (GH_ERROR_CONFLICT)
         || result->rsc == gh_error_status (GH_ERROR_TIMEOUT)
         || result->rsc == gh_error_status (GH_ERROR_NOT_FOUND);
}

/* GhDeliveryFunc. An answer that is told twice is refused, and does no harm. */
static void
told (const GhDeliveryResult *result, gpointer user_data)
{
  Work *work = user_data;
  GhPoller *poller = work->poller;
  if (result->status == GH_DELIVERY_DONE && !is_settled (result) && !work->replaced)
    {
      replace (work);
      tell (work);
      return;
    }
  const gint64 pause_us = FIRST_WAIT_US << MIN (work->tries, 10);
  const GhPending pending = { .deadline_us = gh_clock_wall_us (poller->service->clock) + pause_us,
                              .over = tell_again,
                              .data = work };
  if (result->status != GH_DELIVERY_UNREACHABLE || ++work->tries >= MOST_TRIES
      || gh_pendings_add (poller->service->pendings, &pending) == 0)
    work_free (work);
}

static void
tell (Work *work)
{
  g_clear_pointer (&work->telling, gh_request_free);
  work->telling = new_request (work->poller, GH_OPERATION_NOTIFY, work->to);
  send_to_registrar (work->poller, work->telling, work->answer, work->poller->options.timeout_ms,
                     told, work);
}

/* GhReplyFunc */
static void
carried_out (const GhResponse *response, gpointer user_data)
{
  Work *work = user_data;
  GhResponse answer = *response;
  answer.request_identifier = work->identifier;
  work->answer = wrap (&answer);
  tell (work);
}

/* Requests that come */

/* Who speaks: the registrar, as far as it is proven. Only in development nobody needs to be. */
static GhPrincipal *
speaker (const GhPoller *poller, Call *call)
{
  if (call->peer == NULL && poller->service->options.development)
    return gh_principal_new_claimed (NULL);
  return g_steal_pointer (&call->peer);
}

/* FALSE: it was dropped. */
static gboolean
carry_out (GhPoller *poller, Call *call)
{
  GhFault fault = { 0 };
  g_autoptr (GhPrincipal) principal = speaker (poller, call);
  GhRequest *request = call->body == NULL
                         ? NULL
                         : gh_request_from_json (call->body->data, call->body->length, &fault);
  if (principal == NULL || request == NULL || request->request_identifier == NULL)
    {
      gh_log (GH_LOG_WARNING, "poller", "what came through the polling channel was dropped",
              "reason", principal == NULL ? "nothing proves the registrar" : fault.text, NULL);
      g_clear_pointer (&request, gh_request_free);
      return FALSE;
    }
  Work *work = g_new0 (Work, 1);
  *work = (Work){ .poller = poller,
                  .identifier = g_strdup (request->request_identifier),
                  .to = g_strdup (poller->pcu) };
  g_mutex_lock (&poller->lock);
  poller->at_once++;
  g_mutex_unlock (&poller->lock);
  gh_dispatch (poller->service, request, principal, carried_out, work);
  return TRUE;
}

/* Nothing came. Whoever says so much too soon is not asked again at once. */
static gboolean
has_waited (const GhPoller *poller, const Call *call, gint64 since_us)
{
  return call->rsc == gh_error_status (GH_ERROR_TIMEOUT)
         && g_get_monotonic_time () - since_us >= poller->options.wait_ms * (gint64) 250;
}

static void
poll_once (GhPoller *poller)
{
  const gint64 since_us = g_get_monotonic_time ();
  GhRequest *request = new_request (poller, GH_OPERATION_RETRIEVE, poller->pcu);
  request->request_expiration = gh_arena_printf (request->arena, "%u", poller->options.wait_ms);
  g_autoptr (Call) call = ask (poller, request, NULL,
                               poller->options.wait_ms + poller->options.timeout_ms);
  if (call == NULL)
    return;
  const gboolean done = call->status == GH_DELIVERY_DONE;
  if (done
      && (call->rsc == GH_RSC_OK ? carry_out (poller, call) : has_waited (poller, call, since_us)))
    poller->failures = 0;
  else
    fail (poller, call, "the polling channel cannot be polled");
  if (done && call->rsc == gh_error_status (GH_ERROR_NOT_FOUND))
    g_clear_pointer (&poller->pcu, g_free);
}

/* The thread */

/* Until there is something to do. FALSE: the CSE stops. */
static gboolean
wait_for_work (GhPoller *poller)
{
  const gint64 longest_us = poller->options.retry_s * (gint64) G_USEC_PER_SEC;
  const gint64 pause_us = MIN (FIRST_WAIT_US << MIN (poller->failures, 20), longest_us);
  const gint64 until_us = g_get_monotonic_time () + pause_us / 2
                          + g_random_int_range (0, (gint32) (pause_us / 2) + 1);
  gboolean waits = poller->failures > 0;
  g_mutex_lock (&poller->lock);
  while (waits && !poller->stopping)
    waits = g_cond_wait_until (&poller->cond, &poller->lock, until_us);
  while (!poller->stopping && (poller->resource == NULL || poller->at_once >= MOST_AT_ONCE))
    g_cond_wait (&poller->cond, &poller->lock);
  const gboolean goes_on = !poller->stopping;
  if (goes_on && g_strcmp0 (poller->resource, poller->made_at) != 0)
    {
      g_free (poller->made_at);
      poller->made_at = g_strdup (poller->resource);
      g_clear_pointer (&poller->pcu, g_free);
    }
  g_mutex_unlock (&poller->lock);
  return goes_on;
}

static gpointer
run (gpointer data)
{
  GhPoller *poller = data;
  while (wait_for_work (poller))
    if (poller->pcu == NULL)
      make_channel (poller);
    else
      poll_once (poller);
  return NULL;
}

void
gh_poller_start (GhPoller *poller)
{
  poller->thread = g_thread_new ("gh-poller", run, poller);
}

void
gh_poller_stop (GhPoller *poller)
{
  if (poller->thread == NULL)
    return;
  g_mutex_lock (&poller->lock);
  poller->stopping = TRUE;
  g_cond_broadcast (&poller->cond);
  g_mutex_unlock (&poller->lock);
  g_thread_join (g_steal_pointer (&poller->thread));
}
