/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-forward-private.h"

#include "base/gh-log.h"
#include "service/gh-pending.h"

/* Requests that wait for a neighbour which is away. Nothing of them has left, so that trying again
 * does not carry anything out twice; and nothing of them has been acknowledged, so that none is
 * lost with this process that its originator believes to be safe. */

#define FIRST_WAIT_US   ((gint64) G_USEC_PER_SEC / 2)
#define LONGEST_WAIT_US (10 * (gint64) G_USEC_PER_SEC)

static void look_again (GhPendingEnd end, gpointer data);

void
gh_forward_queue_free (gpointer data)
{
  GhForwardQueue *queue = data;
  g_queue_clear (&queue->requests);
  g_free (queue);
}

/* With the lock held. */
static GhForwardQueue *
queue_of (GhForward *forward, gboolean make)
{
  GhService *service = forward->job->service;
  GhForwardQueue *queue = g_hash_table_lookup (service->forwards->queues, forward->neighbour);
  if (queue != NULL || !make)
    return queue;
  queue = g_new0 (GhForwardQueue, 1);
  queue->service = service;
  g_hash_table_insert (service->forwards->queues, g_strdup (forward->neighbour), queue);
  return queue;
}

/* With the lock held: when the first one is tried again, or the first of all is too late. */
static void
schedule (GhForwardQueue *queue)
{
  const gint64 now_us = gh_clock_wall_us (queue->service->clock);
  gint64 deadline_us = now_us + MIN (FIRST_WAIT_US << MIN (queue->failures, 10), LONGEST_WAIT_US);
  if (queue->timer != 0 || queue->requests.length == 0)
    return;
  for (GList *l = queue->requests.head; l != NULL; l = l->next)
    deadline_us = MIN (deadline_us, ((const GhForward *) l->data)->expires_us);
  const GhPending pending = { .deadline_us = deadline_us, .over = look_again, .data = queue };
  queue->timer = gh_pendings_add (queue->service->pendings, &pending);
}

gboolean
gh_forward_must_queue (GhForward *forward)
{
  GhForwards *forwards = forward->job->service->forwards;
  g_mutex_lock (&forwards->lock);
  GhForwardQueue *queue = queue_of (forward, FALSE);
  const gboolean must = forward->patient && queue != NULL && queue->requests.length > 0
                        && !forwards->stopped;
  if (must)
    {
      forward->queued = TRUE;
      g_queue_push_tail (&queue->requests, forward);
      schedule (queue);
    }
  g_mutex_unlock (&forwards->lock);
  return must;
}

gboolean
gh_forward_hold (GhForward *forward)
{
  GhForwards *forwards = forward->job->service->forwards;
  const gint64 now_us = gh_clock_wall_us (forward->job->service->clock);
  if (!forward->patient || forward->expires_us <= now_us)
    return FALSE;
  g_mutex_lock (&forwards->lock);
  const gboolean keeps = !forwards->stopped && !forward->answered;
  if (keeps)
    {
      GhForwardQueue *queue = queue_of (forward, TRUE);
      if (!forward->queued)
        g_queue_push_tail (&queue->requests, forward);
      else
        {
          queue->under_way = FALSE;
          queue->failures++;
        }
      forward->queued = TRUE;
      schedule (queue);
    }
  g_mutex_unlock (&forwards->lock);
  return keeps;
}

/* Those whose time is over. With the lock held. */
static void
take_late (GhForwardQueue *queue, GPtrArray *late)
{
  const gint64 now_us = gh_clock_wall_us (queue->service->clock);
  GList *next;
  for (GList *l = queue->requests.head; l != NULL; l = next)
    {
      GhForward *forward = l->data;
      next = l->next;
      if (forward->expires_us > now_us || (queue->under_way && l == queue->requests.head))
        continue;
      forward->queued = FALSE;
      g_queue_delete_link (&queue->requests, l);
      g_ptr_array_add (late, forward);
    }
}

static void
go_on (GhForwardQueue *queue)
{
  GhForwards *forwards = queue->service->forwards;
  g_autoptr (GPtrArray) late = g_ptr_array_new ();
  GhForward *first = NULL;
  g_mutex_lock (&forwards->lock);
  if (!forwards->stopped)
    take_late (queue, late);
  if (!forwards->stopped && !queue->under_way)
    first = g_queue_peek_head (&queue->requests);
  queue->under_way |= first != NULL;
  g_mutex_unlock (&forwards->lock);
  for (guint i = 0; i < late->len; i++)
    gh_forward_fail (late->pdata[i], NULL);
  if (first != NULL)
    gh_forward_transmit (first);
}

/* GhPendingFunc */
static void
look_again (GhPendingEnd end, gpointer data)
{
  GhForwardQueue *queue = data;
  g_mutex_lock (&queue->service->forwards->lock);
  queue->timer = 0;
  g_mutex_unlock (&queue->service->forwards->lock);
  if (end == GH_PENDING_LATE)
    go_on (queue);
}

void
gh_forward_passed (GhForward *forward)
{
  GhForwards *forwards = forward->job->service->forwards;
  GhForwardQueue *queue = NULL;
  g_mutex_lock (&forwards->lock);
  if (forward->queued && !forwards->stopped)
    {
      queue = queue_of (forward, FALSE);
      g_queue_remove (&queue->requests, forward);
      forward->queued = FALSE;
      queue->under_way = FALSE;
      queue->failures = 0;
    }
  g_mutex_unlock (&forwards->lock);
  if (queue != NULL)
    go_on (queue);
}

void
gh_forwards_retry (GhService *service)
{
  GhForwards *forwards = service->forwards;
  GHashTableIter iter;
  gpointer value;
  g_mutex_lock (&forwards->lock);
  g_hash_table_iter_init (&iter, forwards->queues);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GhForwardQueue *queue = value;
      queue->failures = 0;
      if (queue->timer == 0 || gh_pendings_take (service->pendings, queue->timer) == NULL)
        continue;
      queue->timer = 0;
      schedule (queue);
    }
  g_mutex_unlock (&forwards->lock);
}

void
gh_forward_drop_queues (GhForwards *forwards)
{
  GHashTableIter iter;
  gpointer value;
  g_autoptr (GPtrArray) idle = g_ptr_array_new ();
  g_mutex_lock (&forwards->lock);
  g_hash_table_iter_init (&iter, forwards->queues);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GhForwardQueue *queue = value;
      for (GList *l = queue->requests.head; l != NULL; l = l->next)
        {
          GhForward *forward = l->data;
          forward->queued = FALSE;
          /* what is under way is freed by its answer */
          if (!queue->under_way || l != queue->requests.head)
            g_ptr_array_add (idle, forward);
        }
      g_queue_clear (&queue->requests);
    }
  g_mutex_unlock (&forwards->lock);
  for (guint i = 0; i < idle->len; i++)
    gh_forward_fail (idle->pdata[i], NULL);
}
