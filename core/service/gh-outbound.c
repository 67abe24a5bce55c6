/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-outbound.h"

#include <string.h>

#include "base/gh-secret.h"
#include "service/gh-channel.h"
#include "service/gh-cross-resource.h"
#include "service/gh-group-notify.h"
#include "service/gh-job.h"
#include "service/gh-notifier-private.h"
#include "service/gh-route.h"
#include "service/gh-schedule-resource.h"

/* How a target's address becomes a way to it, and which transport takes it. */

static const GhTransportPair *
transport_for (const GhNotifier *notifier, const char *url)
{
  const GArray *list = __atomic_load_n (&notifier->transports, __ATOMIC_ACQUIRE);
  for (guint i = 0; i < list->len; i++)
    {
      const GhTransportPair *pair = &g_array_index (list, GhTransportPair, i);
      for (const char *const *scheme = pair->ops->schemes; scheme != NULL && *scheme != NULL;
           scheme++)
        {
          const gsize n = strlen (*scheme);
          if (g_ascii_strncasecmp (url, *scheme, n) == 0 && strncmp (url + n, "://", 3) == 0)
            return pair;
        }
    }
  return NULL;
}

void
gh_way_clear (GhWay *way)
{
  g_clear_pointer (&way->holder, g_free);
  g_clear_pointer (&way->name, g_free);
  g_clear_pointer (&way->to, g_free);
  g_clear_pointer (&way->urls, g_ptr_array_unref);
}

static void
way_init (GhWay *way)
{
  *way = (GhWay){ .urls = g_ptr_array_new_with_free_func (g_free) };
}

/* supportedReleaseVersions is mandatory since Release 2, where it is new. */
static gboolean
is_release_1 (const GhNode *holder)
{
  const GhValue *releases = gh_resource_get (holder->resource, "srv");
  return releases != NULL && releases->length == 1
         && g_strcmp0 (gh_value_text (&releases->items[0]), "1") == 0;
}

gboolean
gh_way_of (GhService *service, const GhView *view, const GhNode *holder, GhWay *out, GhFault *fault)
{
  const GhValue *poa = gh_resource_get (holder->resource, "poa");
  const char *name = holder->slot->type->number == GH_TYPE_REMOTE_CSE
                       ? gh_resource_get_text (holder->resource, "csi")
                       : holder->slot->id;
  way_init (out);
  if (!gh_schedule_reaches (service, view, holder))
    {
      gh_way_clear (out);
      return gh_fault_set (fault, GH_ERROR_UNREACHABLE,
                           "%s cannot be reached now, as the schedule of its node says", name);
    }
  out->polls = gh_channel_has (service, view, holder);
  /* who says that it cannot be called, and polls, is not called (TS-0001 10.2.5.17) */
  const gboolean callable = !out->polls || gh_resource_get_boolean (holder->resource, "rr", TRUE);
  for (guint i = 0; callable && poa != NULL && i < poa->length; i++)
    if (transport_for (service->notifier, poa->items[i].text) != NULL)
      g_ptr_array_add (out->urls, g_strdup (poa->items[i].text));
  if (out->urls->len == 0 && !out->polls)
    {
      gh_way_clear (out);
      return gh_fault_set (fault, GH_ERROR_UNREACHABLE,
                           "%s has no pointOfAccess that this CSE can reach", name);
    }
  out->holder = g_strdup (holder->slot->id);
  out->name = g_strdup (name);
  out->release_1 = is_release_1 (holder);
  return TRUE;
}

static gboolean
find_ae (const GhService *service, const GhView *view, const char *address, GhNode *out)
{
  /* "/Sae" is an AE of the service provider's domain */
  if (address[0] == '/' && address[1] == 'S' && strchr (address + 1, '/') == NULL)
    address++;
  return gh_find_local (service, view, address, out) && out->slot->type->number == GH_TYPE_AE;
}

/* The next hop to what another CSE hosts. */
static gboolean
find_next_hop (GhService *service, const GhView *view, const char *target, GhWay *out,
               GhFault *fault)
{
  g_autoptr (GhArena) arena = gh_arena_new (GH_ADDRESS_MAX_LENGTH * 8);
  GhAddress address;
  GhRoute route;
  if (target[0] != '/' || gh_strip_home (service, target) != NULL
      || !gh_address_parse (target, arena, &address, NULL) || address.cse_id == NULL)
    return gh_fault_set (fault, GH_ERROR_UNREACHABLE,
                         "%s is neither a URL nor an AE registered here", target);
  if (!gh_route_find (service, view, address.sp_domain, address.cse_id, &route))
    return gh_fault_set (fault, GH_ERROR_UNREACHABLE, "there is no way to /%s from here",
                         address.cse_id);
  if (!gh_way_of (service, view, &route.node, out, fault))
    return FALSE;
  out->routed = TRUE;
  out->to = g_strdup (target);
  return TRUE;
}

gboolean
gh_way_find (GhService *service, const char *target, GhWay *out, GhFault *fault)
{
  GhNode node;
  if (strstr (target, "://") != NULL)
    {
      way_init (out);
      g_ptr_array_add (out->urls, g_strdup (target));
      return TRUE;
    }
  GhView view = gh_view_begin (service->tree);
  gboolean found;
  if (!find_ae (service, &view, target, &node))
    found = find_next_hop (service, &view, target, out, fault);
  else
    {
      found = gh_way_of (service, &view, &node, out, fault);
      if (found)
        out->to = g_strdup (node.slot->id);
    }
  gh_view_end (&view);
  return found;
}

/* What the CSE at the other end has to prove; credentials name those of this domain without it.
 * NULL: it is none. */
static const char *
cse_id_of (const GhService *service, const GhWay *way)
{
  const char *name = way->name, *domain = service->home.sp_domain;
  const gsize length = strlen (domain);
  if (name == NULL || name[0] != '/')
    return NULL;
  return strncmp (name, "//", 2) == 0 && strncmp (name + 2, domain, length) == 0
             && name[2 + length] == '/'
           ? name + 2 + length
           : name;
}

/* One point of access after another, and at last the polling channel, while nothing has left. */
typedef struct {
  GhService *service;
  GhWay way; /* holder: only of who polls */
  guint next; /* in way.urls */
  GhDelivery delivery;
  gint64 deadline_us; /* monotonic */
  GhDeliveryFunc done;
  gpointer user_data;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  gh_way_clear (&attempt->way);
  g_free ((char *) attempt->delivery.cse_id);
  g_free ((char *) attempt->delivery.to);
  g_free ((char *) attempt->delivery.from);
  g_free ((char *) attempt->delivery.request_identifier);
  g_free ((char *) attempt->delivery.release_version);
  g_free ((char *) attempt->delivery.event_category);
  g_clear_pointer (&attempt->delivery.body, gh_buffer_unref);
  g_free (attempt);
}

static void send_next (Attempt *attempt);

/* The CSE behind a next hop may say that it cannot reach the target now: a notification is tried
 * again then, like one to a target that is not there itself. */
static gboolean
is_out_of_reach (const Attempt *attempt, const GhDeliveryResult *result)
{
  return attempt->way.routed && attempt->delivery.forwarded == NULL
         && result->status == GH_DELIVERY_DONE
         && (result->rsc == gh_error_status (GH_ERROR_UNREACHABLE)
             || result->rsc == gh_error_status (GH_ERROR_FAILED)
             || result->rsc == gh_error_status (GH_ERROR_TIMEOUT));
}

static void
tried (const GhDeliveryResult *result, gpointer user_data)
{
  Attempt *attempt = user_data;
  const gboolean again = result->status != GH_DELIVERY_DONE && result->unsent
                         && attempt->next < attempt->way.urls->len + attempt->way.polls
                         && gh_clock_monotonic_us (attempt->service->clock) < attempt->deadline_us;
  if (again)
    {
      send_next (attempt);
      return;
    }
  const GhDeliveryResult unreachable = { .status = GH_DELIVERY_UNREACHABLE,
                                         .reason = "the next CSE cannot reach the target" };
  attempt->done (is_out_of_reach (attempt, result) ? &unreachable : result, attempt->user_data);
  attempt_free (attempt);
}

static void
send_next (Attempt *attempt)
{
  const gint64 left_us = attempt->deadline_us - gh_clock_monotonic_us (attempt->service->clock);
  const guint at = attempt->next++;
  if (attempt->delivery.wait_ms == 0 || at < attempt->way.urls->len)
    attempt->delivery.timeout_ms = (guint) MAX (left_us / 1000, 1);
  if (at == attempt->way.urls->len)
    {
      gh_channel_send (attempt->service, attempt->way.holder, &attempt->delivery, tried, attempt);
      return;
    }
  attempt->delivery.url = attempt->way.urls->pdata[at];
  const GhTransportPair *pair = transport_for (attempt->service->notifier, attempt->delivery.url);
  GhTransport *transport = __atomic_load_n (&pair->transport, __ATOMIC_ACQUIRE);
  pair->ops->send (transport, &attempt->delivery, tried, attempt);
}

static Attempt *
attempt_new (GhService *service, const GhWay *way, const GhDelivery *delivery)
{
  Attempt *attempt = g_new0 (Attempt, 1);
  attempt->service = service;
  attempt->way = (GhWay){ .holder = g_strdup (way->holder),
                          .routed = way->routed,
                          .polls = way->polls,
                          .urls = g_ptr_array_ref (way->urls) };
  attempt->delivery = *delivery;
  attempt->delivery.cse_id = g_strdup (cse_id_of (service, way));
  attempt->delivery.holder = attempt->way.holder;
  attempt->delivery.to = g_strdup (delivery->to);
  attempt->delivery.from = g_strdup (delivery->from);
  attempt->delivery.request_identifier = g_strdup (delivery->request_identifier);
  attempt->delivery.release_version = g_strdup (delivery->release_version);
  attempt->delivery.event_category = g_strdup (delivery->event_category);
  attempt->delivery.body = delivery->body != NULL ? gh_buffer_ref (delivery->body) : NULL;
  attempt->deadline_us = gh_clock_monotonic_us (service->clock)
                         + delivery->timeout_ms * (gint64) 1000;
  return attempt;
}

void
gh_way_send (GhService *service, const GhWay *way, const GhDelivery *delivery, GhDeliveryFunc done,
             gpointer user_data)
{
  const GhTransportPair *pair = way->urls->len > 0
                                  ? transport_for (service->notifier, way->urls->pdata[0])
                                  : NULL;
  if (pair == NULL && !way->polls)
    {
      const GhDeliveryResult none = { .status = GH_DELIVERY_UNREACHABLE,
                                      .reason = "no transport takes the target's URL",
                                      .unsent = TRUE };
      done (&none, user_data);
      return;
    }
  if (way->urls->len > 1 || way->routed || way->polls)
    {
      Attempt *attempt = attempt_new (service, way, delivery);
      attempt->done = done;
      attempt->user_data = user_data;
      send_next (attempt);
      return;
    }
  GhDelivery single = *delivery;
  single.url = way->urls->pdata[0];
  single.cse_id = cse_id_of (service, way);
  single.holder = way->holder;
  GhTransport *transport = __atomic_load_n (&pair->transport, __ATOMIC_ACQUIRE);
  pair->ops->send (transport, &single, done, user_data);
}

/* The identifier of the crossResourceSubscription or <group> of this CSE that @address names, else
 * NULL. */
static char *
find_receiver (const GhService *service, const char *address, gboolean *out_group)
{
  char *id = NULL;
  GhNode node;
  if (strstr (address, "://") != NULL)
    return NULL;
  GhView view = gh_view_begin (service->tree);
  const gint type = gh_find_local (service, &view, address, &node) ? node.slot->type->number : 0;
  if (type == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION || type == GH_TYPE_GROUP)
    id = g_strdup (node.slot->id);
  *out_group = type == GH_TYPE_GROUP;
  gh_view_end (&view);
  return id;
}

void
gh_direct_identify (const char *prefix, char out[GH_DIRECT_IDENTIFIER_SIZE])
{
  guint64 random;
  gh_random_bytes (&random, sizeof random);
  g_snprintf (out, GH_DIRECT_IDENTIFIER_SIZE, "%s-%016" G_GINT64_MODIFIER "x", prefix, random);
}

gboolean
gh_notifier_send (GhNotifier *notifier, const GhDirect *direct, GhDeliveryFunc done,
                  gpointer user_data, GhFault *fault)
{
  g_auto (GhWay) way = { NULL };
  gboolean is_group = FALSE;
  g_autofree char *receiver = find_receiver (notifier->service, direct->target, &is_group);
  if (receiver != NULL && is_group)
    return gh_group_notify_deliver (notifier->service, receiver, direct->body, done, user_data,
                                    fault);
  if (receiver != NULL)
    {
      const GhDeliveryResult taken = { .status = GH_DELIVERY_DONE, .rsc = GH_RSC_OK };
      if (!gh_cross_resource_deliver (notifier->service, receiver, direct->body, fault))
        return FALSE;
      done (&taken, user_data);
      return TRUE;
    }
  if (!gh_way_find (notifier->service, direct->target, &way, fault))
    return FALSE;
  if (way.urls->len > 0 && transport_for (notifier, way.urls->pdata[0]) == NULL)
    return gh_fault_set (fault, GH_ERROR_UNREACHABLE, "no transport takes %s",
                         (const char *) way.urls->pdata[0]);
  const GhDelivery delivery = { .operation = GH_OPERATION_NOTIFY,
                                .to = way.to,
                                .from = direct->from,
                                .request_identifier = direct->request_identifier,
                                .release_version = way.release_1 ? NULL : "3",
                                .body = direct->body,
                                .event_category = direct->event_category,
                                .timeout_ms = direct->timeout_ms,
                                .wait_ms = direct->wait_ms };
  gh_way_send (notifier->service, &way, &delivery, done, user_data);
  return TRUE;
}
