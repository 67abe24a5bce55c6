/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "service/gh-cross-resource.h"
#include "service/gh-job.h"
#include "service/gh-notifier-private.h"
#include "service/gh-schedule-resource.h"

/* How a target's address becomes a URL, and which transport takes it. */

static const GhTransportPair *
transport_for (const GhNotifier *notifier, const char *url)
{
  for (guint i = 0; i < notifier->transports->len; i++)
    {
      const GhTransportPair *pair = &g_array_index (notifier->transports, GhTransportPair, i);
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

static gboolean
find_ae (const GhService *service, const GhView *view, const char *address, GhNode *out)
{
  /* "/Sae" is an AE of the service provider's domain */
  if (address[0] == '/' && address[1] == 'S' && strchr (address + 1, '/') == NULL)
    address++;
  return gh_find_local (service, view, address, out) && out->slot->type->number == GH_TYPE_AE;
}

/* The first point of access of an AE that a transport takes. (transfer full) */
static char *
url_of_ae (GhNotifier *notifier, const char *address, char **out_ae_id, GhFault *fault)
{
  GhService *service = notifier->service;
  char *url = NULL;
  GhNode node;
  GhView view = gh_view_begin (service->tree);
  if (!find_ae (service, &view, address, &node))
    gh_fault_set (fault, GH_ERROR_UNREACHABLE, "%s is neither a URL nor an AE registered here",
                  address);
  else if (!gh_schedule_reaches (service, &view, &node))
    gh_fault_set (fault, GH_ERROR_UNREACHABLE,
                  "%s cannot be reached now, as the schedule of its node says", address);
  else
    {
      const GhValue *poa = gh_resource_get (node.resource, "poa");
      for (guint i = 0; poa != NULL && url == NULL && i < poa->length; i++)
        if (transport_for (notifier, poa->items[i].text) != NULL)
          url = g_strdup (poa->items[i].text);
      if (url == NULL)
        gh_fault_set (fault, GH_ERROR_UNREACHABLE,
                      "%s has no pointOfAccess that this CSE can reach", address);
      *out_ae_id = g_strdup (node.slot->id);
    }
  gh_view_end (&view);
  return url;
}

/* The identifier of the crossResourceSubscription of this CSE that @address names, else NULL. */
static char *
find_cross_resource (const GhService *service, const char *address)
{
  GhNode node;
  if (strstr (address, "://") != NULL)
    return NULL;
  GhView view = gh_view_begin (service->tree);
  char *id = gh_find_local (service, &view, address, &node)
                 && node.slot->type->number == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION
               ? g_strdup (node.slot->id)
               : NULL;
  gh_view_end (&view);
  return id;
}

gboolean
gh_notifier_send (GhNotifier *notifier, const GhDirect *direct, GhDeliveryFunc done,
                  gpointer user_data, GhFault *fault)
{
  g_autofree char *ae_id = NULL;
  g_autofree char *cross = find_cross_resource (notifier->service, direct->target);
  if (cross != NULL)
    {
      const GhDeliveryResult taken = { .status = GH_DELIVERY_DONE, .rsc = GH_RSC_OK };
      if (!gh_cross_resource_deliver (notifier->service, cross, direct->body, fault))
        return FALSE;
      done (&taken, user_data);
      return TRUE;
    }
  g_autofree char *url = strstr (direct->target, "://") != NULL
                           ? g_strdup (direct->target)
                           : url_of_ae (notifier, direct->target, &ae_id, fault);
  if (url == NULL)
    return FALSE;
  const GhTransportPair *pair = transport_for (notifier, url);
  if (pair == NULL)
    return gh_fault_set (fault, GH_ERROR_UNREACHABLE, "no transport takes %s", url);
  const GhDelivery delivery = { .url = url,
                                .operation = GH_OPERATION_NOTIFY,
                                .to = ae_id,
                                .from = direct->from,
                                .request_identifier = direct->request_identifier,
                                .release_version = "3",
                                .body = direct->body,
                                .timeout_ms = direct->timeout_ms };
  pair->ops->send (pair->transport, &delivery, done, user_data);
  return TRUE;
}
