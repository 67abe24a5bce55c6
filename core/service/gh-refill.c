/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-refill.h"

#include <string.h>

#include "base/gh-log.h"
#include "model/gh-resource.h"
#include "service/gh-filter.h"
#include "service/gh-notifier.h"
#include "service/gh-pending.h"
#include "service/gh-workers.h"
#include "write/gh-effect.h"

/* Between two looks at the container. */
#define LOOK_US (100 * 1000)

/* On its way to the writer, which puts it into the outbox. */
typedef struct {
  guint64 number; /* of the subscription */
  char subject[];
} Miss;

static void
take_miss (GhWriter *writer, gpointer data)
{
  Miss *miss = data;
  const GhView view = gh_effect_view (writer);
  g_autoptr (GError) error = NULL;
  GhNode node;
  if (gh_view_find (&view, miss->subject, &node))
    {
      g_autoptr (GhBuffer) body = gh_render_resource (
        node.resource, node.counters->has_counters ? node.counters : NULL);
      if (!gh_effect_notify (writer, &node, (GhEventKind) GH_NET_NO_CHILD, miss->number, body,
                             &error))
        gh_log (GH_LOG_WARNING, "notifier", "that a container is empty is not told", "resource",
                miss->subject, "reason", error->message, NULL);
    }
  g_free (miss);
}

static void
tell (const GhJob *job, const GhNode *node, guint64 number)
{
  const gsize size = strlen (node->slot->id) + 1;
  Miss *miss = g_malloc0 (sizeof (Miss) + size);
  GhIntent *intent = gh_intent_new (GH_INTENT_CALL);
  miss->number = number;
  memcpy (miss->subject, node->slot->id, size);
  intent->call = take_miss;
  intent->user_data = miss;
  if (gh_writer_push (job->service->writer, intent))
    return;
  gh_service_count (job->service, GH_COUNT_NOTIFICATIONS_LOST);
  gh_intent_free (intent);
  g_free (miss);
}

static gboolean
is_empty (const GhJob *job, const GhNode *node)
{
  const gint content = job->request->result_content;
  return node->slot->type->number == GH_TYPE_CONTAINER && node->counters->count == 0
         && (content == GH_RCN_ATTRIBUTES_AND_CHILDREN || content == GH_RCN_CHILDREN)
         && !gh_filter_is_discovery (job->request);
}

static gboolean
tell_all (const GhJob *job, const GhNode *node)
{
  const GhMembers *members = node->subscriptions;
  gboolean told = FALSE;
  for (guint i = 0; members != NULL && i < members->n; i++)
    {
      const GhSubscriptionResource *resource =
        (const GhSubscriptionResource *) members->items[i].compiled;
      if (resource == NULL || !gh_subscription_is_told_of_emptiness (resource->subscription))
        continue;
      tell (job, node, members->items[i].number);
      told = TRUE;
    }
  return told;
}

gboolean
gh_refill_is_wanted (GhJob *job, const GhNode *node)
{
  const GhRequest *request = job->request;
  const gint64 now_us = gh_clock_wall_us (job->service->clock);
  if (!is_empty (job, node))
    return FALSE;
  if (job->refill_us == 0 && tell_all (job, node))
    job->refill_us = MIN (now_us + job->service->options.refill_us,
                          MIN (gh_absrel_timestamp_moment (request->request_expiration, now_us),
                               gh_absrel_timestamp_moment (request->result_expiration, now_us)));
  return job->refill_us > now_us;
}

gboolean
gh_refill_is_late (const GhJob *job, const GhNode *node)
{
  return job->refill_us != 0 && is_empty (job, node);
}

/* GhPendingFunc */
static void
look_again (GhPendingEnd end, gpointer data)
{
  GhJob *job = data;
  GhFault fault = { 0 };
  if (end == GH_PENDING_LATE && gh_workers_push_again (job->service->workers, job))
    return;
  gh_fault_set (&fault, GH_ERROR_OVERLOADED, "the CSE stops");
  gh_job_refuse (job, &fault);
  gh_job_free (job);
}

gboolean
gh_refill_wait (GhJob *job, GhFault *fault)
{
  GhService *service = job->service;
  const gint64 now_us = gh_clock_wall_us (service->clock);
  const GhPending pending = { .deadline_us = MIN (now_us + LOOK_US, job->refill_us),
                              .over = look_again,
                              .data = job };
  job->reader = NULL;
  if (gh_pendings_add (service->pendings, &pending) != 0)
    return TRUE;
  gh_service_count (service, GH_COUNT_SHED);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting; try again");
}
