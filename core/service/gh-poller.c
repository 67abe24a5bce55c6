/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-poller.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-registrar-call.h"

#define CHANNEL       "polling"
#define FIRST_WAIT_US ((gint64) G_USEC_PER_SEC / 2)
#define MOST_AT_ONCE  16 /* requests that are carried out at a time */
#define MOST_TRIES    6  /* of one answer */

/* A request that came through the channel, until its answer is told. */
typedef struct {
  GhPoller *poller;
  char *from, *identifier, *to; /* to: the channel's pcu */
  GList link;                   /* in GhPoller.works, under the lock */
  GhRequest *telling;
  GhBuffer *answer;
  guint tries;
  gboolean replaced; /* by one that says that the answer did not get through */
} Work;

struct _GhPoller {
  GhService *service;
  GhPollerOptions options;
  GThread *thread;
  GhRegistrarLine line;

  /* under the lock of the line */
  gboolean stopping;
  char *resource; /* NULL: not registered */
  GQueue works;   /* Work */

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
  gh_registrar_line_init (&poller->line, service, options->urls);
  return poller;
}

void
gh_poller_free (GhPoller *poller)
{
  g_free (poller->resource);
  g_free (poller->made_at);
  g_free (poller->pcu);
  gh_registrar_line_clear (&poller->line);
  g_free (poller);
}

void
gh_poller_follow (GhPoller *poller, const char *resource)
{
  g_mutex_lock (&poller->line.lock);
  if (g_strcmp0 (poller->resource, resource) != 0)
    {
      g_free (poller->resource);
      poller->resource = g_strdup (resource);
      g_cond_broadcast (&poller->line.cond);
    }
  g_mutex_unlock (&poller->line.lock);
}

/* Requests of our own */

static GhRequest *
new_request (const GhPoller *poller, GhOperation operation, const char *to)
{
  return gh_registrar_request_new (&poller->line, "poll", operation, to);
}

/* GhRegistrarWaitFunc: until the CSE stops or is registered no more. */
static gboolean
is_registered (gconstpointer data)
{
  const GhPoller *poller = data;
  return !poller->stopping && g_strcmp0 (poller->resource, poller->made_at) == 0;
}

/* Waits for the answer; NULL: for no longer. */
static GhRegistrarCall *
ask (GhPoller *poller, GhRequest *request, GhBuffer *body, guint timeout_ms)
{
  return gh_registrar_ask (&poller->line, request, body, timeout_ms, is_registered, poller);
}

static void
fail (GhPoller *poller, const GhRegistrarCall *call, const char *what)
{
  char rsc[16];
  g_snprintf (rsc, sizeof rsc, "%u", call->rsc);
  if (poller->failures++ == 0)
    gh_log (GH_LOG_WARNING, "poller", what, "reason", call->reason, "rsc", rsc, NULL);
}

/* The channel */

static char *
address_of (const GhPoller *poller, const GhRegistrarCall *call)
{
  char *address = gh_registrar_call_address (call, "m2m:pch");
  return address != NULL ? address : g_strconcat (poller->made_at, "/" CHANNEL, NULL);
}

static void
make_channel (GhPoller *poller)
{
  static const char content[] = "{\"m2m:pch\":{\"rn\":\"" CHANNEL "\"}}";
  g_autoptr (GhBuffer) body = gh_buffer_new (content, sizeof content - 1);
  GhRequest *request = new_request (poller, GH_OPERATION_CREATE, poller->made_at);
  request->resource_type = GH_TYPE_POLLING_CHANNEL;
  g_autoptr (GhRegistrarCall) call = ask (poller, request, body, poller->options.timeout_ms);
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
  g_mutex_lock (&poller->line.lock);
  g_queue_unlink (&poller->works, &work->link);
  g_cond_broadcast (&poller->line.cond);
  g_mutex_unlock (&poller->line.lock);
  g_free (work->from);
  g_free (work->identifier);
  g_free (work->to);
  g_free (work);
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
  gh_registrar_send (&work->poller->line, work->telling, work->answer,
                     work->poller->options.timeout_ms, told, work);
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
speaker (const GhPoller *poller, GhRegistrarCall *call)
{
  if (call->peer == NULL && poller->service->options.development)
    return gh_principal_new_claimed (NULL);
  return g_steal_pointer (&call->peer);
}

/* The registrar hands out again what it believes has not arrived: its answer will come. */
static gboolean
is_under_way (GhPoller *poller, const GhRequest *request)
{
  gboolean found = FALSE;
  g_mutex_lock (&poller->line.lock);
  for (GList *l = poller->works.head; l != NULL && !found; l = l->next)
    {
      const Work *work = l->data;
      found = g_strcmp0 (work->from, request->from) == 0
              && strcmp (work->identifier, request->request_identifier) == 0;
    }
  g_mutex_unlock (&poller->line.lock);
  return found;
}

/* FALSE: it was dropped. */
static gboolean
carry_out (GhPoller *poller, GhRegistrarCall *call)
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
  if (is_under_way (poller, request))
    {
      gh_request_free (request);
      return TRUE;
    }
  Work *work = g_new0 (Work, 1);
  *work = (Work){ .poller = poller,
                  .from = g_strdup (request->from),
                  .identifier = g_strdup (request->request_identifier),
                  .to = g_strdup (poller->pcu),
                  .link = { .data = work } };
  g_mutex_lock (&poller->line.lock);
  g_queue_push_tail_link (&poller->works, &work->link);
  g_mutex_unlock (&poller->line.lock);
  gh_dispatch (poller->service, request, principal, carried_out, work);
  return TRUE;
}

/* Nothing came. Whoever says so much too soon is not asked again at once. */
static gboolean
has_waited (const GhPoller *poller, const GhRegistrarCall *call, gint64 since_us)
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
  g_autoptr (GhRegistrarCall) call = ask (poller, request, NULL,
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
  g_mutex_lock (&poller->line.lock);
  while (waits && !poller->stopping)
    waits = g_cond_wait_until (&poller->line.cond, &poller->line.lock, until_us);
  while (!poller->stopping && (poller->resource == NULL || poller->works.length >= MOST_AT_ONCE))
    g_cond_wait (&poller->line.cond, &poller->line.lock);
  const gboolean goes_on = !poller->stopping;
  if (goes_on && g_strcmp0 (poller->resource, poller->made_at) != 0)
    {
      g_free (poller->made_at);
      poller->made_at = g_strdup (poller->resource);
      g_clear_pointer (&poller->pcu, g_free);
    }
  g_mutex_unlock (&poller->line.lock);
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
  g_mutex_lock (&poller->line.lock);
  poller->stopping = TRUE;
  g_cond_broadcast (&poller->line.cond);
  g_mutex_unlock (&poller->line.lock);
  g_thread_join (g_steal_pointer (&poller->thread));
}
