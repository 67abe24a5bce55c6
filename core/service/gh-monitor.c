/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-monitor.h"

#include <string.h>

#include "base/gh-log.h"
#include "primitive/gh-json-writer.h"
#include "service/gh-notifier.h"
#include "write/gh-effect.h"

/* On its way to the writer, which puts it into the outbox. */
typedef struct {
  GhService *service;
  guint64 number; /* of the subscription */
  gint operation;
  char *originator;
  char subject[];
} Sighting;

static void
sighting_free (Sighting *sighting)
{
  g_atomic_int_add (&sighting->service->monitoring, -1);
  g_free (sighting->originator);
  g_free (sighting);
}

static void
take_sighting (GhWriter *writer, gpointer data)
{
  Sighting *sighting = data;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GError) error = NULL;
  GhNode node;
  GhJsonWriter json;
  gh_json_writer_init (&json, 128);
  gh_json_begin_object (&json);
  gh_json_name (&json, "m2m:om");
  gh_json_begin_object (&json);
  gh_json_name (&json, "op");
  gh_json_integer (&json, sighting->operation);
  gh_json_name (&json, "or");
  gh_json_string (&json, sighting->originator, strlen (sighting->originator));
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  g_autoptr (GhBuffer) body = gh_json_writer_finish (&json);
  if (gh_view_find (&view, sighting->subject, &node)
      && !gh_effect_notify (writer, &node, (GhEventKind) GH_NET_OPERATION, sighting->number, body,
                            &error))
    gh_log (GH_LOG_WARNING, "notifier", "an operation that is monitored is not told", "resource",
            sighting->subject, "reason", error->message, NULL);
  sighting_free (sighting);
}

static void
tell (GhJob *job, const GhNode *node, guint64 number)
{
  GhService *service = job->service;
  const gsize size = strlen (node->slot->id) + 1;
  if (g_atomic_int_add (&service->monitoring, 1) >= GH_MONITOR_MAX_WAITING)
    {
      g_atomic_int_add (&service->monitoring, -1);
      gh_service_count (service, GH_COUNT_NOTIFICATIONS_LOST);
      return;
    }
  Sighting *sighting = g_malloc0 (sizeof (Sighting) + size);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  sighting->service = service;
  sighting->number = number;
  sighting->operation = (gint) job->request->operation;
  sighting->originator = g_strdup (gh_job_get_owner (job) != NULL ? gh_job_get_owner (job) : "");
  memcpy (sighting->subject, node->slot->id, size);
  intent->call = take_sighting;
  intent->user_data = sighting;
  if (gh_writer_push (service->writer, intent))
    return;
  gh_intent_free (intent);
  sighting_free (sighting);
}

/* m2m:accessControlOperations (TS-0004 6.3.4.2.29) */
static guint
operation_bit (const GhRequest *request)
{
  static const guint bits[] = { 0, 1, 2, 4, 8, 16 };
  return request->operation < G_N_ELEMENTS (bits) ? bits[request->operation] : 0;
}

void
gh_monitor_look (GhJob *job, const GhNode *node)
{
  const GhMembers *members = node->subscriptions;
  const guint bit = operation_bit (job->request);
  if (!g_atomic_int_get (&job->service->monitors) || job->monitored)
    return;
  job->monitored = TRUE;
  for (guint i = 0; members != NULL && i < members->n; i++)
    {
      const GhSubscriptionResource *resource =
        (const GhSubscriptionResource *) members->items[i].compiled;
      const GhOriginator *originator = gh_job_get_owner (job) != NULL ? &job->originator : NULL;
      if (resource != NULL
          && gh_subscription_monitors (resource->subscription, bit, originator,
                                       &job->service->home))
        tell (job, node, members->items[i].number);
    }
}
