/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-registrar.h"

#include <string.h>

#include "base/gh-log.h"
#include "base/gh-secret.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-forward.h"
#include "service/gh-outbound.h"
#include "service/gh-poller.h"
#include "service/gh-registrar-private.h"

#define FIRST_WAIT_US ((gint64) G_USEC_PER_SEC / 2)
#define ARENA         (1024 * 1024)

/* An answer, or that there is none. */
typedef struct {
  GhRegistrar *registrar;
  GhRequest *request;
  gboolean over, abandoned;
  GhDeliveryStatus status;
  guint rsc;
  char *reason, *location;
  GhBuffer *body;
} Call;

struct _GhRegistrar {
  GhService *service;
  GhRegistrarOptions options;
  char **urls;
  char *name, *own_id, *base; /* "/mn1", "/in/-" */
  GThread *thread;

  GMutex lock; /* of what follows, and of every Call */
  GCond cond;
  gboolean stopping, woken, looking, registered;
  char *status;

  /* the thread's own */
  char *resource;  /* address of the <remoteCSE> there; NULL: not known */
  GhBuffer *told;  /* what it says of this CSE */
  gint64 renew_us; /* wall time */
  guint failures;
  GhRegistrarFacts facts;
  GhPoller *poller; /* NULL: the registrar calls */
};

GhRegistrar *
gh_registrar_new (GhService *service, const GhRegistrarOptions *options)
{
  GhRegistrar *registrar = g_new0 (GhRegistrar, 1);
  registrar->service = service;
  registrar->options = *options;
  registrar->urls = g_strdupv ((char **) options->urls);
  registrar->name = g_strdup (options->name);
  registrar->own_id = g_strconcat ("/", service->options.cse_id, NULL);
  registrar->base = g_strconcat (service->options.registrar, "/", options->name, NULL);
  registrar->status = g_strdup ("not registered: not tried yet");
  g_mutex_init (&registrar->lock);
  g_cond_init (&registrar->cond);
  return registrar;
}

void
gh_registrar_free (GhRegistrar *registrar)
{
  g_clear_pointer (&registrar->poller, gh_poller_free);
  g_strfreev (registrar->urls);
  g_free (registrar->name);
  g_free (registrar->own_id);
  g_free (registrar->base);
  g_free (registrar->status);
  g_free (registrar->resource);
  g_clear_pointer (&registrar->told, gh_buffer_unref);
  gh_registrar_facts_clear (&registrar->facts);
  g_mutex_clear (&registrar->lock);
  g_cond_clear (&registrar->cond);
  g_free (registrar);
}

static void
set_status (GhRegistrar *registrar, gboolean registered, const char *status)
{
  g_mutex_lock (&registrar->lock);
  const gboolean news = g_strcmp0 (registrar->status, status) != 0;
  registrar->registered = registered;
  g_free (registrar->status);
  registrar->status = g_strdup (status);
  g_mutex_unlock (&registrar->lock);
  /* while the registrar is only out of reach, the poller waits for it by itself */
  if (registrar->poller != NULL && (registered || registrar->resource == NULL))
    gh_poller_follow (registrar->poller, registrar->resource);
  if (news)
    gh_log (registered ? GH_LOG_NOTICE : GH_LOG_WARNING, "registrar", status, NULL);
}

char *
gh_registrar_dup_status (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->lock);
  char *status = g_strdup (registrar->status);
  g_mutex_unlock (&registrar->lock);
  return status;
}

gboolean
gh_registrar_is_registered (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->lock);
  const gboolean registered = registrar->registered;
  g_mutex_unlock (&registrar->lock);
  return registered;
}

/* One request */

static void
call_free (Call *call)
{
  g_clear_pointer (&call->request, gh_request_free);
  g_clear_pointer (&call->body, gh_buffer_unref);
  g_free (call->reason);
  g_free (call->location);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
answered (const GhDeliveryResult *result, gpointer user_data)
{
  Call *call = user_data;
  GhRegistrar *registrar = call->registrar;
  g_mutex_lock (&registrar->lock);
  const gboolean abandoned = call->abandoned;
  if (!abandoned)
    {
      call->status = result->status;
      call->rsc = result->rsc;
      call->reason = g_strdup (result->reason);
      call->body = result->body != NULL ? gh_buffer_new (result->body, result->body_length) : NULL;
      if (result->response != NULL)
        call->location = g_strdup (result->response->content_location);
      call->over = TRUE;
      g_cond_broadcast (&registrar->cond);
    }
  g_mutex_unlock (&registrar->lock);
  if (abandoned)
    call_free (call);
}

static GhRequest *
new_request (const GhRegistrar *registrar, GhOperation operation, const char *to)
{
  GhRequest *request = gh_request_new (65536);
  guint64 random;
  gh_random_bytes (&random, sizeof random);
  request->operation = operation;
  request->to = gh_arena_strdup (request->arena, to);
  request->from = registrar->own_id;
  request->request_identifier = gh_arena_printf (request->arena, "reg-%016" G_GINT64_MODIFIER "x",
                                                 random);
  request->release_version = "3";
  request->resource_type = operation == GH_OPERATION_CREATE ? GH_TYPE_REMOTE_CSE : 0;
  return request;
}

/* Waits for the answer, until the CSE stops. NULL: it does. @patient: when it stops, too. */
static Call *
ask (GhRegistrar *registrar, GhRequest *request, GhBuffer *body, gboolean patient)
{
  g_auto (GhWay) way = { .routed = FALSE };
  Call *call = g_new0 (Call, 1);
  call->registrar = registrar;
  call->request = request;
  way.name = g_strdup (registrar->service->options.registrar);
  way.urls = g_ptr_array_new_with_free_func (g_free);
  for (char **url = registrar->urls; url != NULL && *url != NULL; url++)
    g_ptr_array_add (way.urls, g_strdup (*url));
  const GhDelivery delivery = { .operation = request->operation,
                                .to = request->to,
                                .from = request->from,
                                .request_identifier = request->request_identifier,
                                .release_version = request->release_version,
                                .body = body,
                                .timeout_ms = registrar->options.timeout_ms,
                                .forwarded = request };
  gh_way_send (registrar->service, &way, &delivery, answered, call);
  g_mutex_lock (&registrar->lock);
  while (!call->over && (patient || !registrar->stopping))
    g_cond_wait (&registrar->cond, &registrar->lock);
  const gboolean over = call->over;
  /* the answer of one that is abandoned frees it, as soon as the lock is free */
  call->abandoned = !over;
  g_mutex_unlock (&registrar->lock);
  return over ? call : NULL;
}

/* Why it was no success: the reason of the answer's body is for people. */
static char *
explain (const Call *call, const char *what)
{
  GhValue root;
  const char *reason = NULL;
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  if (call->status != GH_DELIVERY_DONE)
    return g_strdup_printf ("%s: %s", what, call->reason != NULL ? call->reason : "out of reach");
  if (call->body != NULL
      && gh_json_parse (call->body->data, call->body->length, arena, &root, NULL))
    reason = gh_value_text (gh_value_member (&root, "m2m:dbg"));
  return g_strdup_printf ("%s: %u%s%.200s", what, call->rsc, reason != NULL ? ", " : "",
                          reason != NULL ? reason : "");
}

static void
fail (GhRegistrar *registrar, const Call *call)
{
  g_autofree char *what = g_strdup_printf ("not registered with %s",
                                           registrar->service->options.registrar);
  g_autofree char *text = explain (call, what);
  registrar->failures++;
  set_status (registrar, FALSE, text);
}

/* Registering */

/* The address of what was created: of Content-Location, else by the identifier in the content. */
static char *
address_of (const GhRegistrar *registrar, const Call *call)
{
  const char *cse_id = registrar->service->options.registrar;
  GhValue root;
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  const char *id = NULL;
  if (call->location != NULL && call->location[0] == '/')
    return g_strdup (call->location);
  if (call->location != NULL)
    return g_strconcat (cse_id, "/", call->location, NULL);
  if (call->body != NULL
      && gh_json_parse (call->body->data, call->body->length, arena, &root, NULL))
    id = gh_value_text (gh_value_member (gh_value_member (&root, "m2m:csr"), "ri"));
  return id != NULL ? g_strconcat (cse_id, "/", id, NULL)
                    : g_strconcat (registrar->base, registrar->own_id, NULL);
}

static gint64
expiry (const GhRegistrar *registrar)
{
  return registrar->options.lifetime_us > 0
           ? gh_clock_wall_us (registrar->service->clock) + registrar->options.lifetime_us
           : 0;
}

static void
told (GhRegistrar *registrar, GhBuffer *description)
{
  g_clear_pointer (&registrar->told, gh_buffer_unref);
  registrar->told = gh_buffer_ref (description);
}

static void
set_renewal (GhRegistrar *registrar)
{
  registrar->renew_us = registrar->options.lifetime_us > 0
                          ? gh_clock_wall_us (registrar->service->clock)
                              + registrar->options.lifetime_us / 2
                          : GH_NEVER_US;
}

/* NULL: the CSE stops. */
static Call *
update (GhRegistrar *registrar)
{
  g_autoptr (GhBuffer) plain = gh_registrar_describe (registrar->service, FALSE, 0);
  g_autoptr (GhBuffer) body = gh_registrar_describe (registrar->service, FALSE, expiry (registrar));
  Call *call = ask (registrar, new_request (registrar, GH_OPERATION_UPDATE, registrar->resource),
                    body, FALSE);
  if (call != NULL && call->status == GH_DELIVERY_DONE && call->rsc == GH_RSC_UPDATED)
    {
      told (registrar, plain);
      set_renewal (registrar);
    }
  return call;
}

/* What the registrar says of itself, as far as it lets us see. FALSE: it is another one. */
static gboolean
take_facts (GhRegistrar *registrar, const Call *call)
{
  GhValue root;
  GhRegistrarFacts *facts = &registrar->facts;
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  g_autoptr (GPtrArray) releases = g_ptr_array_new_with_free_func (g_free);
  gh_registrar_facts_clear (facts);
  facts->name = g_strdup (registrar->name);
  if (call->status != GH_DELIVERY_DONE || call->rsc != GH_RSC_OK || call->body == NULL
      || !gh_json_parse (call->body->data, call->body->length, arena, &root, NULL))
    return TRUE;
  const GhValue *base = gh_value_member (&root, "m2m:cb");
  const GhValue *type = gh_value_member (base, "cst"), *list = gh_value_member (base, "srv");
  const char *cse_id = gh_value_text (gh_value_member (base, "csi"));
  const char *name = gh_value_text (gh_value_member (base, "rn"));
  if (name != NULL)
    {
      g_free (facts->name);
      facts->name = g_strdup (name);
    }
  facts->cse_type = type != NULL && type->kind == GH_VALUE_INTEGER && type->integer >= 1
                        && type->integer <= 3
                      ? type->integer
                      : 0;
  for (guint i = 0; list != NULL && list->kind == GH_VALUE_LIST && i < list->length; i++)
    if (gh_value_text (&list->items[i]) != NULL)
      g_ptr_array_add (releases, g_strdup (gh_value_text (&list->items[i])));
  g_ptr_array_add (releases, NULL);
  if (releases->len > 1)
    facts->releases = g_strdupv ((char **) releases->pdata);
  return cse_id == NULL
         || gh_originator_same (cse_id, registrar->service->options.registrar,
                                &registrar->service->home);
}

/* Registered: the mirror here is made, and the registrar asked who it is. */
static void
complete (GhRegistrar *registrar)
{
  g_autofree char *status = g_strdup_printf ("registered with %s",
                                             registrar->service->options.registrar);
  g_autoptr (Call) call = ask (
    registrar, new_request (registrar, GH_OPERATION_RETRIEVE, registrar->base), NULL, FALSE);
  if (call == NULL)
    return;
  registrar->failures = 0;
  if (!take_facts (registrar, call))
    {
      registrar->failures++;
      g_clear_pointer (&registrar->resource, g_free);
      set_status (registrar, FALSE, "not registered: the CSE there has another CSE-ID");
      return;
    }
  gh_registrar_mirror (registrar->service, &registrar->facts,
                       (const char *const *) registrar->urls);
  set_status (registrar, TRUE, status);
}

/* It knows us from before: what it has is made to say what is true now. */
static void
take_over (GhRegistrar *registrar, const Call *refused)
{
  if (registrar->resource == NULL)
    registrar->resource = g_strconcat (registrar->base, registrar->own_id, NULL);
  g_autoptr (Call) call = update (registrar);
  if (call == NULL)
    return;
  if (call->status == GH_DELIVERY_DONE && call->rsc == GH_RSC_UPDATED)
    {
      complete (registrar);
      return;
    }
  g_clear_pointer (&registrar->resource, g_free);
  /* of what is somebody else's, that it is there says more */
  const gboolean foreign = call->status == GH_DELIVERY_DONE
                           && (call->rsc == gh_error_status (GH_ERROR_NOT_FOUND)
                               || call->rsc == gh_error_status (GH_ERROR_NO_PRIVILEGE));
  fail (registrar, foreign ? refused : call);
}

static void
try_to_register (GhRegistrar *registrar)
{
  g_autoptr (GhBuffer) plain = gh_registrar_describe (registrar->service, FALSE, 0);
  g_autoptr (GhBuffer) body = gh_registrar_describe (registrar->service, TRUE, expiry (registrar));
  g_autoptr (Call) call = ask (
    registrar, new_request (registrar, GH_OPERATION_CREATE, registrar->base), body, FALSE);
  if (call == NULL)
    return;
  if (call->status == GH_DELIVERY_DONE && call->rsc == GH_RSC_CREATED)
    {
      g_free (registrar->resource);
      registrar->resource = address_of (registrar, call);
      told (registrar, plain);
      set_renewal (registrar);
      complete (registrar);
    }
  else if (call->status == GH_DELIVERY_DONE
           && (call->rsc == gh_error_status (GH_ERROR_REGISTERED)
               || call->rsc == gh_error_status (GH_ERROR_CONFLICT)))
    take_over (registrar, call);
  else
    fail (registrar, call);
}

static gboolean
is_up_to_date (GhRegistrar *registrar)
{
  g_autoptr (GhBuffer) plain = gh_registrar_describe (registrar->service, FALSE, 0);
  return registrar->renew_us > gh_clock_wall_us (registrar->service->clock)
         && registrar->told != NULL && plain->length == registrar->told->length
         && memcmp (plain->data, registrar->told->data, plain->length) == 0;
}

/* Still registered? @look: asks, even if there is nothing to tell. */
static void
refresh (GhRegistrar *registrar, gboolean look)
{
  const gboolean quiet = is_up_to_date (registrar);
  if (quiet && !look)
    return;
  g_autoptr (Call) call =
    quiet ? ask (registrar, new_request (registrar, GH_OPERATION_RETRIEVE, registrar->resource),
                 NULL, FALSE)
          : update (registrar);
  if (call == NULL)
    return;
  if (call->status == GH_DELIVERY_DONE && call->rsc / 1000 == 2)
    {
      g_autofree char *status = g_strdup_printf ("registered with %s",
                                                 registrar->service->options.registrar);
      /* it is back: what waited for it goes out */
      if (registrar->failures > 0)
        gh_forwards_retry (registrar->service);
      registrar->failures = 0;
      set_status (registrar, TRUE, status);
      return;
    }
  fail (registrar, call);
  /* it has forgotten us: at once again */
  if (call->status == GH_DELIVERY_DONE && call->rsc == gh_error_status (GH_ERROR_NOT_FOUND))
    {
      g_clear_pointer (&registrar->resource, g_free);
      try_to_register (registrar);
    }
}

/* The thread */

/* Longer with every failure, and never the same for all who lost the same registrar. */
static gint64
next_wait_us (const GhRegistrar *registrar)
{
  const gint64 longest_us = registrar->options.retry_s * (gint64) G_USEC_PER_SEC;
  if (registrar->failures == 0)
    return registrar->options.poll_s * (gint64) G_USEC_PER_SEC;
  const gint64 wait_us = MIN (FIRST_WAIT_US << MIN (registrar->failures - 1, 20), longest_us);
  return wait_us / 2 + g_random_int_range (0, (gint32) (wait_us / 2) + 1);
}

/* TRUE: the time is over, or somebody wants it looked at; FALSE: something has changed, or the CSE
 * stops. */
static gboolean
wait_a_while (GhRegistrar *registrar)
{
  const gint64 until_us = g_get_monotonic_time () + next_wait_us (registrar);
  gboolean late = FALSE;
  g_mutex_lock (&registrar->lock);
  while (!registrar->stopping && !registrar->woken && !late)
    late = !g_cond_wait_until (&registrar->cond, &registrar->lock, until_us);
  late = late || registrar->looking;
  registrar->woken = registrar->looking = FALSE;
  g_mutex_unlock (&registrar->lock);
  return late;
}

static gboolean
is_stopping (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->lock);
  const gboolean stopping = registrar->stopping;
  g_mutex_unlock (&registrar->lock);
  return stopping;
}

static void
leave (GhRegistrar *registrar)
{
  if (!registrar->options.deregister || registrar->resource == NULL
      || !gh_registrar_is_registered (registrar))
    return;
  g_autoptr (Call) call = ask (
    registrar, new_request (registrar, GH_OPERATION_DELETE, registrar->resource), NULL, TRUE);
  if (call->status == GH_DELIVERY_DONE && call->rsc / 1000 == 2)
    gh_registrar_forget (registrar->service);
}

static gpointer
run (gpointer data)
{
  GhRegistrar *registrar = data;
  gboolean late = TRUE;
  while (!is_stopping (registrar))
    {
      if (registrar->resource == NULL)
        try_to_register (registrar);
      else
        {
          gh_registrar_settle (registrar->service);
          refresh (registrar, late);
        }
      late = wait_a_while (registrar);
    }
  leave (registrar);
  return NULL;
}

/* Whether the registrar cannot call this CSE. */
static gboolean
must_poll (const GhService *service)
{
  GhNode root;
  if (service->options.reachability != GH_REACHED_AS_DECLARED)
    return service->options.reachability == GH_REACHED_BY_POLLING;
  GhView view = gh_view_begin (service->tree);
  const gboolean called = gh_view_find (&view, service->root_id, &root)
                          && gh_resource_get (root.resource, "poa") != NULL;
  gh_view_end (&view);
  return !called;
}

void
gh_registrar_start (GhRegistrar *registrar)
{
  const GhPollerOptions options = { .urls = (const char *const *) registrar->urls,
                                    .wait_ms = registrar->options.poll_wait_s * 1000,
                                    .timeout_ms = registrar->options.timeout_ms,
                                    .retry_s = registrar->options.retry_s };
  if (must_poll (registrar->service))
    {
      registrar->poller = gh_poller_new (registrar->service, &options);
      gh_poller_start (registrar->poller);
    }
  registrar->thread = g_thread_new ("gh-registrar", run, registrar);
}

void
gh_registrar_wake (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->lock);
  registrar->woken = TRUE;
  g_cond_broadcast (&registrar->cond);
  g_mutex_unlock (&registrar->lock);
}

void
gh_registrar_look (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->lock);
  registrar->woken = registrar->looking = TRUE;
  g_cond_broadcast (&registrar->cond);
  g_mutex_unlock (&registrar->lock);
}

void
gh_registrar_stop (GhRegistrar *registrar)
{
  if (registrar->thread == NULL)
    return;
  if (registrar->poller != NULL)
    gh_poller_stop (registrar->poller);
  g_mutex_lock (&registrar->lock);
  registrar->stopping = TRUE;
  g_cond_broadcast (&registrar->cond);
  g_mutex_unlock (&registrar->lock);
  g_thread_join (g_steal_pointer (&registrar->thread));
}
