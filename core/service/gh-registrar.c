/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-registrar.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-forward.h"
#include "service/gh-poller.h"
#include "service/gh-registrar-call.h"
#include "service/gh-registrar-private.h"

#define FIRST_WAIT_US ((gint64) G_USEC_PER_SEC / 2)
#define ARENA         (1024 * 1024) /* of an answer */

struct _GhRegistrar {
  GhService *service;
  GhRegistrarOptions options;
  char **urls;
  char *name, *base; /* "/in/-" */
  GThread *thread;
  GhRegistrarLine line;

  /* under the lock of the line */
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
  gh_registrar_line_init (&registrar->line, service, options->urls);
  registrar->name = g_strdup (options->name);
  registrar->base = g_strconcat (service->options.registrar, "/", options->name, NULL);
  registrar->status = g_strdup ("not registered: not tried yet");
  return registrar;
}

void
gh_registrar_free (GhRegistrar *registrar)
{
  g_clear_pointer (&registrar->poller, gh_poller_free);
  g_strfreev (registrar->urls);
  g_free (registrar->name);
  g_free (registrar->base);
  g_free (registrar->status);
  g_free (registrar->resource);
  g_clear_pointer (&registrar->told, gh_buffer_unref);
  gh_registrar_facts_clear (&registrar->facts);
  gh_registrar_line_clear (&registrar->line);
  g_free (registrar);
}

static void
set_status (GhRegistrar *registrar, gboolean registered, const char *status)
{
  g_mutex_lock (&registrar->line.lock);
  const gboolean news = g_strcmp0 (registrar->status, status) != 0;
  registrar->registered = registered;
  g_free (registrar->status);
  registrar->status = g_strdup (status);
  g_mutex_unlock (&registrar->line.lock);
  /* while the registrar is only out of reach, the poller waits for it by itself */
  if (registrar->poller != NULL && (registered || registrar->resource == NULL))
    gh_poller_follow (registrar->poller, registrar->resource);
  if (news)
    gh_log (registered ? GH_LOG_NOTICE : GH_LOG_WARNING, "registrar", status, NULL);
}

char *
gh_registrar_dup_status (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->line.lock);
  char *status = g_strdup (registrar->status);
  g_mutex_unlock (&registrar->line.lock);
  return status;
}

gboolean
gh_registrar_is_registered (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->line.lock);
  const gboolean registered = registrar->registered;
  g_mutex_unlock (&registrar->line.lock);
  return registered;
}

/* One request */

/* GhRegistrarWaitFunc: until the CSE stops. */
static gboolean
is_running (gconstpointer data)
{
  return !((const GhRegistrar *) data)->stopping;
}

/* GhRegistrarWaitFunc: when it stops, too. */
static gboolean
always (gconstpointer data)
{
  (void) data;
  return TRUE;
}

static GhRegistrarCall *
ask_while (GhRegistrar *registrar, GhRequest *request, GhBuffer *body, GhRegistrarWaitFunc waits)
{
  return gh_registrar_ask (&registrar->line, request, body, registrar->options.timeout_ms, waits,
                           registrar);
}

/* Waits for the answer. NULL: the CSE stops. */
static GhRegistrarCall *
ask (GhRegistrar *registrar, GhRequest *request, GhBuffer *body)
{
  return ask_while (registrar, request, body, is_running);
}

static GhRequest *
new_request (const GhRegistrar *registrar, GhOperation operation, const char *to)
{
  GhRequest *request = gh_registrar_request_new (&registrar->line, "reg", operation, to);
  request->resource_type = operation == GH_OPERATION_CREATE ? GH_TYPE_REMOTE_CSE : 0;
  return request;
}

/* Why it was no success: the reason of the answer's body is for people. A fault makes one line of
 * what others have written, however long it is. (transfer full) */
static char *
explain (const GhRegistrarCall *call, const char *what)
{
  GhValue root;
  GhFault fault = { 0 };
  const char *reason = NULL;
  g_autoptr (GhArena) arena = gh_arena_new (ARENA);
  if (call->body != NULL
      && gh_json_parse (call->body->data, call->body->length, arena, &root, NULL))
    reason = gh_value_text (gh_value_member (&root, "m2m:dbg"));
  if (call->status != GH_DELIVERY_DONE)
    gh_fault_set (&fault, GH_ERROR_UNREACHABLE, "%s: %s", what,
                  call->reason != NULL ? call->reason : "out of reach");
  else
    gh_fault_set (&fault, GH_ERROR_UNREACHABLE, "%s: %u%s%s", what, call->rsc,
                  reason != NULL ? ", " : "", reason != NULL ? reason : "");
  return g_strdup (fault.text);
}

static void
fail (GhRegistrar *registrar, const GhRegistrarCall *call)
{
  g_autofree char *what = g_strdup_printf ("not registered with %s",
                                           registrar->service->options.registrar);
  g_autofree char *text = explain (call, what);
  registrar->failures++;
  set_status (registrar, FALSE, text);
}

/* Registering */

static char *
address_of (const GhRegistrar *registrar, const GhRegistrarCall *call)
{
  char *address = gh_registrar_call_address (call, "m2m:csr");
  return address != NULL ? address : g_strconcat (registrar->base, registrar->line.own_id, NULL);
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
static GhRegistrarCall *
update (GhRegistrar *registrar)
{
  g_autoptr (GhBuffer) plain = gh_registrar_describe (registrar->service, FALSE, 0);
  g_autoptr (GhBuffer) body = gh_registrar_describe (registrar->service, FALSE, expiry (registrar));
  GhRegistrarCall *call = ask (
    registrar, new_request (registrar, GH_OPERATION_UPDATE, registrar->resource), body);
  if (call != NULL && call->status == GH_DELIVERY_DONE && call->rsc == GH_RSC_UPDATED)
    {
      told (registrar, plain);
      set_renewal (registrar);
    }
  return call;
}

/* What the registrar says of itself, as far as it lets us see. FALSE: it is another one. */
static gboolean
take_facts (GhRegistrar *registrar, const GhRegistrarCall *call)
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
  g_autoptr (GhRegistrarCall) call = ask (
    registrar, new_request (registrar, GH_OPERATION_RETRIEVE, registrar->base), NULL);
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
take_over (GhRegistrar *registrar, const GhRegistrarCall *refused)
{
  if (registrar->resource == NULL)
    registrar->resource = g_strconcat (registrar->base, registrar->line.own_id, NULL);
  g_autoptr (GhRegistrarCall) call = update (registrar);
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
  g_autoptr (GhRegistrarCall) call = ask (
    registrar, new_request (registrar, GH_OPERATION_CREATE, registrar->base), body);
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
  g_autoptr (GhRegistrarCall) call =
    quiet
      ? ask (registrar, new_request (registrar, GH_OPERATION_RETRIEVE, registrar->resource), NULL)
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
  g_mutex_lock (&registrar->line.lock);
  while (!registrar->stopping && !registrar->woken && !late)
    late = !g_cond_wait_until (&registrar->line.cond, &registrar->line.lock, until_us);
  late = late || registrar->looking;
  registrar->woken = registrar->looking = FALSE;
  g_mutex_unlock (&registrar->line.lock);
  return late;
}

static gboolean
is_stopping (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->line.lock);
  const gboolean stopping = registrar->stopping;
  g_mutex_unlock (&registrar->line.lock);
  return stopping;
}

static void
leave (GhRegistrar *registrar)
{
  if (!registrar->options.deregister || registrar->resource == NULL
      || !gh_registrar_is_registered (registrar))
    return;
  g_autoptr (GhRegistrarCall) call = ask_while (
    registrar, new_request (registrar, GH_OPERATION_DELETE, registrar->resource), NULL, always);
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
  g_mutex_lock (&registrar->line.lock);
  registrar->woken = TRUE;
  g_cond_broadcast (&registrar->line.cond);
  g_mutex_unlock (&registrar->line.lock);
}

void
gh_registrar_look (GhRegistrar *registrar)
{
  g_mutex_lock (&registrar->line.lock);
  registrar->woken = registrar->looking = TRUE;
  g_cond_broadcast (&registrar->line.cond);
  g_mutex_unlock (&registrar->line.lock);
}

void
gh_registrar_stop (GhRegistrar *registrar)
{
  if (registrar->thread == NULL)
    return;
  if (registrar->poller != NULL)
    gh_poller_stop (registrar->poller);
  g_mutex_lock (&registrar->line.lock);
  registrar->stopping = TRUE;
  g_cond_broadcast (&registrar->line.cond);
  g_mutex_unlock (&registrar->line.lock);
  g_thread_join (g_steal_pointer (&registrar->thread));
}
