/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-forward-private.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-channel.h"
#include "service/gh-request-mode.h"
#include "service/gh-route.h"

/* Whatever RQET says: nobody waits longer for an answer. */
#define LONGEST_MS (5 * 60 * 1000)
/* So many CSEs pass a request on at most: a bound for what no other check finds to be a circle. */
#define MOST_HOPS 16
/* m2m:eventCat */
#define BEST_EFFORT "3"
#define LATEST      "4"
#define MAX_REASON  512 /* octets of what a binding says about an error */

static gint
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  (void) user_data;
  return strcmp (a, b);
}

static void
neighbour_free (gpointer data)
{
  GhForwardNeighbour *neighbour = data;
  g_queue_clear (&neighbour->held);
  gh_shares_free (neighbour->shares);
  g_free (neighbour->name);
  g_free (neighbour->awaited);
  g_free (neighbour);
}

GhForwards *
gh_forwards_new (void)
{
  GhForwards *forwards = g_new0 (GhForwards, 1);
  g_mutex_init (&forwards->lock);
  forwards->waiting = g_hash_table_new (NULL, NULL);
  forwards->neighbours = g_tree_new_full (compare_names, NULL, NULL, neighbour_free);
  return forwards;
}

void
gh_forwards_free (GhForwards *forwards)
{
  g_hash_table_unref (forwards->waiting);
  g_tree_unref (forwards->neighbours);
  g_mutex_clear (&forwards->lock);
  g_free (forwards);
}

void
gh_forward_free (GhForward *forward)
{
  gh_job_free (forward->job);
  g_clear_pointer (&forward->mode, gh_request_mode_unref);
  g_free (forward->hosting);
  g_free (forward->from);
  g_free (forward->to);
  g_free (forward->share);
  g_free (forward);
}

void
gh_forwards_stop (GhService *service)
{
  GhForwards *forwards = service->forwards;
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  g_mutex_lock (&forwards->lock);
  forwards->stopped = TRUE;
  g_hash_table_iter_init (&iter, forwards->waiting);
  while (g_hash_table_iter_next (&iter, &value, NULL))
    if (!((GhForward *) value)->answered)
      {
        ((GhForward *) value)->answered = TRUE;
        g_ptr_array_add (open, value);
      }
  g_mutex_unlock (&forwards->lock);
  for (guint i = 0; i < open->len; i++)
    {
      GhFault fault = { 0 };
      gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE stops while the request is under way");
      gh_job_refuse (((GhForward *) open->pdata[i])->job, &fault);
    }
  gh_forward_drop_held (forwards);
}

void
gh_forward_statistics (GhService *service, GhForwardStatistics *out)
{
  GhForwards *forwards = service->forwards;
  g_mutex_lock (&forwards->lock);
  *out = forwards->statistics;
  out->waiting = g_hash_table_size (forwards->waiting);
  out->held = 0;
  for (GTreeNode *node = g_tree_node_first (forwards->neighbours); node != NULL;
       node = g_tree_node_next (node))
    out->held += ((const GhForwardNeighbour *) g_tree_node_value (node))->held.length;
  g_mutex_unlock (&forwards->lock);
}

/* Entering and leaving */

/* With the lock held. */
static GhForwardNeighbour *
neighbour_of (GhService *service, const char *name)
{
  GTree *neighbours = service->forwards->neighbours;
  GhForwardNeighbour *neighbour = g_tree_lookup (neighbours, name);
  if (neighbour != NULL)
    return neighbour;
  neighbour = g_new0 (GhForwardNeighbour, 1);
  neighbour->service = service;
  neighbour->name = g_strdup (name);
  neighbour->shares = gh_shares_new ();
  g_tree_insert (neighbours, neighbour->name, neighbour);
  return neighbour;
}

static gboolean
admit (GhForward *forward, const char *name, GhFault *fault)
{
  GhService *service = forward->job->service;
  GhForwards *forwards = service->forwards;
  gboolean ok = TRUE;
  g_mutex_lock (&forwards->lock);
  const GhForwardNeighbour *known = g_tree_lookup (forwards->neighbours, name);
  const guint n = known != NULL ? known->n : 0;
  const guint own = known != NULL ? gh_shares_get (known->shares, forward->share).n : 0;
  if (forwards->stopped)
    ok = gh_fault_set (fault, GH_ERROR_CANCELLED, "the CSE stops");
  else if (n >= service->options.forward_limit)
    ok = gh_fault_set (fault, GH_ERROR_OVERLOADED,
                       "%u requests wait for the next CSE ([forward] in-flight); try again", n);
  else if (own >= gh_share_of (service, service->options.forward_limit))
    ok = gh_fault_set (fault, GH_ERROR_RATE,
                       "From: %u requests of %.80s wait for the next CSE ([forward] "
                       "originator-share); try again",
                       own, forward->share);
  if (ok)
    {
      forward->neighbour = neighbour_of (service, name);
      forward->neighbour->n++;
      gh_shares_take (forward->neighbour->shares, forward->share, 0);
      g_hash_table_add (forwards->waiting, forward);
      forwards->statistics.sent++;
    }
  else
    forwards->statistics.refused++;
  g_mutex_unlock (&forwards->lock);
  return ok;
}

/* Returns whether it is still to be answered. */
static gboolean
leave (GhForward *forward, gboolean reached)
{
  GhForwards *forwards = forward->job->service->forwards;
  g_mutex_lock (&forwards->lock);
  g_hash_table_remove (forwards->waiting, forward);
  gh_forward_leave_neighbour (forward);
  if (reached)
    forwards->statistics.answered++;
  else
    forwards->statistics.failed++;
  const gboolean open = !forward->answered;
  g_mutex_unlock (&forwards->lock);
  return open;
}

/* The answer */

/* What is relative to the hosting CSE means something else elsewhere. */
static char *
complete_location (const GhForward *forward, const char *location)
{
  return location != NULL && location[0] != '/' && forward->hosting != NULL
           ? g_strconcat (forward->hosting, "/", location, NULL)
           : g_strdup (location);
}

/* What a binding says in words about an error becomes what an error of ours has; NULL: it is that
 * already, or nothing. */
static GhBuffer *
reason_of (const GhResponse *response)
{
  const gsize length = MIN (response->body_length, MAX_REASON);
  if (response->body == NULL || length == 0 || response->body[0] == '{')
    return NULL;
  g_autofree char *text = g_utf8_make_valid (response->body, (gssize) length);
  return gh_reason_to_json (text);
}

static void
pass_back (const GhForward *forward, const GhDeliveryResult *result)
{
  GhJob *job = forward->job;
  const GhRequest *request = job->request;
  GhResponse response = result->response != NULL
                          ? *result->response
                          : (GhResponse){ .body = result->body,
                                          .body_length = result->body_length };
  g_autofree char *location = complete_location (forward, response.content_location);
  response.status = result->rsc != 0 ? result->rsc : GH_RSC_OK;
  response.request_identifier = request->request_identifier;
  response.release_version = request->release_version;
  response.result_expiration = request->result_expiration;
  response.content_location = location;
  response.to = NULL;
  response.from = NULL;
  if (request->release_version == NULL)
    response.vendor_information = NULL;
  g_autoptr (GhBuffer) reason = response.status >= 4000 ? reason_of (&response) : NULL;
  if (reason != NULL)
    {
      response.body = reason->data;
      response.body_length = reason->length;
    }
  gh_meter_answered (job->service->meter, request->operation, response.status,
                     gh_clock_wall_us (job->service->clock) - request->received_us);
  job->reply (&response, job->user_data);
}

void
gh_forward_fail (GhForward *forward, const GhDeliveryResult *result)
{
  GhFault fault = { 0 };
  if (leave (forward, FALSE))
    {
      if (forward->expires_us <= gh_clock_wall_us (forward->job->service->clock))
        gh_fault_set (&fault, GH_ERROR_TIMEOUT, "RQET: no answer came in time");
      else
        gh_fault_set (&fault,
                      result != NULL && result->code != 0 ? result->code : GH_ERROR_UNREACHABLE,
                      "To: %s",
                      result != NULL && result->reason != NULL ? result->reason
                                                               : "the target cannot be reached");
      gh_job_refuse (forward->job, &fault);
    }
  gh_forward_free (forward);
}

/* It is marked before somebody else may send it. */
static gboolean
hold (GhForward *forward)
{
  if (forward->marked)
    gh_request_mode_stay (forward->mode);
  forward->marked = FALSE;
  return gh_forward_hold (forward);
}

static void
answered (const GhDeliveryResult *result, gpointer user_data)
{
  GhForward *forward = user_data;
  if (result->status != GH_DELIVERY_DONE)
    {
      if (result->status == GH_DELIVERY_UNREACHABLE && result->unsent && hold (forward))
        return;
      gh_forward_passed (forward, FALSE);
      gh_forward_fail (forward, result);
      return;
    }
  gh_forward_passed (forward, TRUE);
  if (leave (forward, TRUE))
    pass_back (forward, result);
  gh_forward_free (forward);
}

/* The request as it leaves */

/* m2m:eventCat bestEffort and latest (TS-0004 6.3.3): it may be stored on its way. */
static gboolean
may_be_stored (const GhRequest *request)
{
  const char *category = request->event_category;
  return category != NULL
         && (strcmp (category, BEST_EFFORT) == 0 || strcmp (category, LATEST) == 0);
}

/* Who waits for nothing but that it arrives may wait for a neighbour that is away, when it says how
 * long: others are told at once. What was promised waits in the store. */
static gboolean
is_patient (const GhForward *forward)
{
  const GhJob *job = forward->job;
  return forward->expires_us != GH_NEVER_US
         && (gh_request_mode_is_kept (forward->mode)
             || (forward->mode == NULL
                 && (job->request->operation == GH_OPERATION_NOTIFY || job->unheard
                     || may_be_stored (job->request))));
}

/* Before the earliest of its times (TS-0004 7.3.2.6). */
static guint
timeout_of (const GhForward *forward)
{
  const GhService *service = forward->job->service;
  const gint64 now_us = gh_clock_wall_us (service->clock);
  gint64 ms = forward->expires_us != GH_NEVER_US ? (forward->expires_us - now_us) / 1000
                                                 : service->options.forward_timeout_ms;
  if (forward->result_us != GH_NEVER_US)
    ms = MIN (ms, (forward->result_us - now_us) / 1000);
  return (guint) CLAMP (ms, 1, LONGEST_MS);
}

static GhBuffer *
body_of (const GhRequest *request)
{
  GhJsonWriter json;
  if (request->body != NULL && request->body_length > 0)
    return gh_buffer_new (request->body, request->body_length);
  if (request->content == NULL || request->operation == GH_OPERATION_RETRIEVE
      || request->operation == GH_OPERATION_DELETE)
    return NULL;
  gh_json_writer_init (&json, 512);
  gh_json_value (&json, request->content);
  return gh_json_writer_finish (&json);
}

/* The way as it is now: who waited may have moved. */
static gboolean
find_neighbour (GhForward *forward, GhWay *out, GhFault *fault)
{
  GhService *service = forward->job->service;
  const char *name = forward->neighbour->name;
  GhNode node;
  GhView view = gh_view_begin (service->tree);
  const gboolean found = ((name[0] == '/' ? gh_route_find_cse (service, &view, name, &node)
                                          : gh_view_find (&view, name, &node))
                          || gh_fault_set (fault, GH_ERROR_UNREACHABLE,
                                           "the next CSE is no longer registered"))
                         && gh_way_of (service, &view, &node, out, fault);
  gh_view_end (&view);
  return found;
}

static void
transmit_on (GhForward *forward, const GhWay *way)
{
  const GhJob *job = forward->job;
  const gint64 passed_us = gh_clock_wall_us (job->service->clock) - job->request->received_us;
  GhRequest *onward = &forward->onward;
  *onward = *job->request;
  onward->request_expiration = gh_absrel_timestamp_shorten (onward->request_expiration, passed_us,
                                                            forward->expiration);
  onward->result_expiration = gh_absrel_timestamp_shorten (onward->result_expiration, passed_us,
                                                           forward->result);
  onward->hops = onward->hops >= 0 ? MIN (onward->hops, MOST_HOPS) - 1 : MOST_HOPS - 1;
  /* so that CSEs further on know that nobody waits for it: it may wait there, for as long as here
   * its answer is waited for */
  if (gh_request_mode_is_kept (forward->mode) && onward->event_category == NULL)
    {
      onward->event_category = BEST_EFFORT;
      g_snprintf (forward->expiration, sizeof forward->expiration, "%u", timeout_of (forward));
      onward->request_expiration = forward->expiration;
    }
  if (way->release_1)
    onward->vendor_information = NULL;
  g_autoptr (GhBuffer) body = body_of (onward);
  const GhDelivery delivery = { .operation = onward->operation,
                                .to = forward->to,
                                .from = forward->from,
                                .request_identifier = onward->request_identifier,
                                .release_version = way->release_1 ? NULL : onward->release_version,
                                .event_category = onward->event_category,
                                .body = body,
                                .timeout_ms = timeout_of (forward),
                                .forwarded = onward };
  gh_way_send (job->service, way, &delivery, answered, forward);
}

static void
stay_away (GhForward *forward, const char *reason)
{
  const GhDeliveryResult away = { .status = GH_DELIVERY_UNREACHABLE,
                                  .reason = reason,
                                  .unsent = TRUE };
  answered (&away, forward);
}

static void
transmit_marked (GhForward *forward)
{
  GhFault fault = { 0 };
  g_auto (GhWay) way = { NULL };
  if (find_neighbour (forward, &way, &fault))
    transmit_on (forward, &way);
  else
    stay_away (forward, fault.text);
}

/* GhRequestLeaveFunc */
static void
leaves (gboolean kept, gpointer user_data)
{
  GhForward *forward = user_data;
  if (kept)
    {
      forward->marked = TRUE;
      transmit_marked (forward);
    }
  else
    stay_away (forward, "the store cannot keep that the request leaves");
}

/* The neighbour answers, whatever it says. */
static void
probed (const GhDeliveryResult *result, gpointer user_data)
{
  GhForward *forward = user_data;
  if (result->status == GH_DELIVERY_DONE)
    gh_request_mode_leave (forward->mode, leaves, forward);
  else
    stay_away (forward, result->reason);
}

/* A question that changes nothing: so what waits stays as it is in the store while its neighbour is
 * away, and is not lost to a crash between its mark and its leaving. */
static void
probe (GhForward *forward, const GhWay *way)
{
  GhService *service = forward->job->service;
  g_autofree char *to = g_strconcat (way->name, "/-", NULL);
  g_autofree char *from = g_strconcat ("/", service->home.cse_id, NULL);
  g_autofree char *id = g_strconcat ("probe-", forward->job->request->request_identifier, NULL);
  const GhDelivery delivery = { .operation = GH_OPERATION_RETRIEVE,
                                .to = to,
                                .from = from,
                                .request_identifier = id,
                                .release_version = way->release_1 ? NULL : "3",
                                .timeout_ms = MIN (timeout_of (forward),
                                                   service->options.forward_timeout_ms) };
  gh_way_send (service, way, &delivery, probed, forward);
}

/* Who asked may have lost the right to speak as that, while the request waited. It is looked at so
 * often that it must take nothing of the request's memory. */
static gboolean
may_still_leave (GhJob *job, GhFault *fault)
{
  if (job->principal == NULL || gh_principal_get_credential (job->principal) == 0)
    return job->principal == NULL || gh_request_mode_prove_again (job, fault);
  /* a CSE speaks for others, which was looked at when it asked */
  return gh_request_mode_prove_again (job, fault)
         && (gh_principal_get_cse_id (job->principal) != NULL
             || gh_principal_may_use_at (job->principal, job->request->from, &job->service->home)
             || gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                              "From: %s is no identity of the credential any more",
                              job->request->from));
}

/* A channel keeps what it holds in memory only: what was promised stays in the store until somebody
 * is there to fetch it. */
static gboolean
waits_for_poll (const GhForward *forward, const GhWay *way)
{
  return gh_request_mode_is_kept (forward->mode) && way->urls->len == 0
         && !gh_channel_is_polled (forward->job->service, way->holder);
}

/* Of what was promised: is its neighbour there? */
static void
try_kept (GhForward *forward, gboolean there)
{
  GhFault fault = { 0 };
  g_auto (GhWay) way = { NULL };
  if (!find_neighbour (forward, &way, &fault))
    stay_away (forward, fault.text);
  else if (waits_for_poll (forward, &way))
    {
      gh_forward_await (forward, way.holder);
      stay_away (forward, "nobody polls for it");
    }
  else if (there || way.urls->len == 0)
    gh_request_mode_leave (forward->mode, leaves, forward);
  else
    probe (forward, &way);
}

void
gh_forward_transmit (GhForward *forward, gboolean there)
{
  GhFault fault = { 0 };
  if (!may_still_leave (forward->job, &fault))
    {
      gh_forward_passed (forward, FALSE);
      if (leave (forward, FALSE))
        gh_job_refuse (forward->job, &fault);
      gh_forward_free (forward);
    }
  else if (!gh_request_mode_is_kept (forward->mode))
    transmit_marked (forward);
  else
    try_kept (forward, there);
}

void
gh_forward_begin (GhJob *job, const GhWay *way, const char *from, const GhAddress *address)
{
  GhFault fault = { 0 };
  GhForward *forward = g_new0 (GhForward, 1);
  forward->job = job;
  forward->mode = job->mode != NULL ? gh_request_mode_ref (job->mode) : NULL;
  forward->from = g_strdup (from);
  forward->to = g_strdup (way->to);
  forward->share = gh_share_name (job->service, from);
  forward->expires_us = gh_absrel_timestamp_moment (job->request->request_expiration,
                                                    job->request->received_us);
  forward->result_us = gh_absrel_timestamp_moment (job->request->result_expiration,
                                                   job->request->received_us);
  forward->patient = is_patient (forward);
  if (address != NULL)
    forward->hosting = address->sp_domain != NULL
                         ? g_strconcat ("//", address->sp_domain, "/", address->cse_id, NULL)
                         : g_strconcat ("/", address->cse_id, NULL);
  if (!admit (forward, way->name, &fault))
    {
      gh_job_refuse (job, &fault);
      gh_forward_free (forward);
      return;
    }
  if (gh_forward_must_queue (forward, waits_for_poll (forward, way) ? way->holder : NULL))
    return;
  if (gh_request_mode_is_kept (forward->mode))
    gh_request_mode_leave (forward->mode, leaves, forward);
  else
    transmit_on (forward, way);
}

void
gh_forward_refuse (GhJob *job, const GhFault *fault)
{
  GhForwards *forwards = job->service->forwards;
  g_mutex_lock (&forwards->lock);
  forwards->statistics.refused++;
  g_mutex_unlock (&forwards->lock);
  gh_job_refuse (job, fault);
  gh_job_free (job);
}
