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

/* With the lock held: when the first one is tried again, or the first of all is too late. */
static void
schedule (GhForwardNeighbour *neighbour)
{
  const gint64 now_us = gh_clock_wall_us (neighbour->service->clock);
  gint64 deadline_us = now_us
                       + MIN (FIRST_WAIT_US << MIN (neighbour->failures, 10), LONGEST_WAIT_US);
  if (neighbour->timer != 0 || neighbour->held.length == 0)
    return;
  for (GList *l = neighbour->held.head; l != NULL; l = l->next)
    deadline_us = MIN (deadline_us, ((const GhForward *) l->data)->expires_us);
  const GhPending pending = { .deadline_us = deadline_us, .over = look_again, .data = neighbour };
  neighbour->timer = gh_pendings_add (neighbour->service->pendings, &pending);
}

/* With the lock held. */
static void
await_poll (GhForwardNeighbour *neighbour, const char *holder)
{
  if (g_strcmp0 (neighbour->awaited, holder) == 0)
    return;
  g_free (neighbour->awaited);
  neighbour->awaited = g_strdup (holder);
}

void
gh_forward_await (GhForward *forward, const char *holder)
{
  GhForwards *forwards = forward->neighbour->service->forwards;
  g_mutex_lock (&forwards->lock);
  await_poll (forward->neighbour, holder);
  g_mutex_unlock (&forwards->lock);
}

gboolean
gh_forward_must_queue (GhForward *forward, const char *awaited)
{
  GhForwardNeighbour *neighbour = forward->neighbour;
  GhForwards *forwards = neighbour->service->forwards;
  g_mutex_lock (&forwards->lock);
  const gboolean must = forward->patient && !forwards->stopped
                        && (neighbour->held.length > 0 || forward->job->resumed || awaited != NULL);
  if (must)
    {
      if (awaited != NULL)
        await_poll (neighbour, awaited);
      forward->queued = TRUE;
      g_queue_push_tail (&neighbour->held, forward);
      schedule (neighbour);
    }
  g_mutex_unlock (&forwards->lock);
  return must;
}

gboolean
gh_forward_hold (GhForward *forward)
{
  GhForwardNeighbour *neighbour = forward->neighbour;
  GhForwards *forwards = neighbour->service->forwards;
  const gint64 now_us = gh_clock_wall_us (neighbour->service->clock);
  if (!forward->patient || forward->expires_us <= now_us)
    return FALSE;
  g_mutex_lock (&forwards->lock);
  const gboolean keeps = !forwards->stopped && !forward->answered;
  if (keeps)
    {
      if (!forward->queued)
        g_queue_push_tail (&neighbour->held, forward);
      else
        {
          neighbour->under_way = FALSE;
          neighbour->failures++;
        }
      forward->queued = TRUE;
      schedule (neighbour);
    }
  g_mutex_unlock (&forwards->lock);
  return keeps;
}

/* With the lock held. */
static void
take_late (GhForwardNeighbour *neighbour, GPtrArray *late)
{
  const gint64 now_us = gh_clock_wall_us (neighbour->service->clock);
  GList *next;
  for (GList *l = neighbour->held.head; l != NULL; l = next)
    {
      GhForward *forward = l->data;
      next = l->next;
      if (forward->expires_us > now_us || (neighbour->under_way && l == neighbour->held.head))
        continue;
      forward->queued = FALSE;
      g_queue_delete_link (&neighbour->held, l);
      g_ptr_array_add (late, forward);
    }
}

/* With the lock held. A timer that is going off comes back to it. */
static void
drop_unused (GhForwardNeighbour *neighbour)
{
  GhService *service = neighbour->service;
  if (neighbour->n > 0 || neighbour->busy
      || (neighbour->timer != 0 && gh_pendings_take (service->pendings, neighbour->timer) == NULL))
    return;
  g_tree_remove (service->forwards->neighbours, neighbour->name);
}

void
gh_forward_leave_neighbour (GhForward *forward)
{
  forward->neighbour->n--;
  gh_shares_give_back (forward->neighbour->shares, forward->share, 0);
  drop_unused (forward->neighbour);
}

/* The first one, to be tried; NULL: none, or it is being tried. With the lock held. */
static GhForward *
take_first (GhForwardNeighbour *neighbour, gboolean *out_there)
{
  GhForward *first = neighbour->under_way ? NULL : g_queue_peek_head (&neighbour->held);
  neighbour->under_way |= first != NULL;
  *out_there = neighbour->there;
  neighbour->there = FALSE;
  return first;
}

/* One after the other as long as they are over at once, whatever number waits: one that is over
 * while somebody is here leaves the next one to him. Takes the lock, which is held, and may take
 * the neighbour away. */
static void
go_on (GhForwardNeighbour *neighbour)
{
  GhForwards *forwards = neighbour->service->forwards;
  while (neighbour->wanted && !neighbour->busy && !forwards->stopped)
    {
      g_autoptr (GPtrArray) late = g_ptr_array_new ();
      gboolean there;
      neighbour->wanted = FALSE;
      neighbour->busy = TRUE;
      take_late (neighbour, late);
      GhForward *first = take_first (neighbour, &there);
      g_mutex_unlock (&forwards->lock);
      for (guint i = 0; i < late->len; i++)
        gh_forward_fail (late->pdata[i], NULL);
      if (first != NULL)
        gh_forward_transmit (first, there);
      g_mutex_lock (&forwards->lock);
      neighbour->busy = FALSE;
    }
  drop_unused (neighbour);
  g_mutex_unlock (&forwards->lock);
}

/* GhPendingFunc */
static void
look_again (GhPendingEnd end, gpointer data)
{
  GhForwardNeighbour *neighbour = data;
  g_mutex_lock (&neighbour->service->forwards->lock);
  neighbour->timer = 0;
  neighbour->wanted = end == GH_PENDING_LATE;
  go_on (neighbour);
}

void
gh_forward_passed (GhForward *forward, gboolean reached)
{
  GhForwardNeighbour *neighbour = forward->neighbour;
  GhForwards *forwards = neighbour->service->forwards;
  g_mutex_lock (&forwards->lock);
  if (forward->queued && !forwards->stopped)
    {
      g_queue_remove (&neighbour->held, forward);
      forward->queued = FALSE;
      neighbour->under_way = FALSE;
      neighbour->failures = 0;
      neighbour->there = reached;
      neighbour->wanted = TRUE;
    }
  go_on (neighbour);
}

void
gh_forwards_retry (GhService *service)
{
  GhForwards *forwards = service->forwards;
  g_mutex_lock (&forwards->lock);
  for (GTreeNode *node = g_tree_node_first (forwards->neighbours); node != NULL;
       node = g_tree_node_next (node))
    {
      GhForwardNeighbour *neighbour = g_tree_node_value (node);
      neighbour->failures = 0;
      if (neighbour->timer == 0 || gh_pendings_take (service->pendings, neighbour->timer) == NULL)
        continue;
      neighbour->timer = 0;
      schedule (neighbour);
    }
  g_mutex_unlock (&forwards->lock);
}

void
gh_forwards_polled (GhService *service, const char *holder)
{
  GhForwards *forwards = service->forwards;
  GhForwardNeighbour *found = NULL;
  g_mutex_lock (&forwards->lock);
  for (GTreeNode *node = g_tree_node_first (forwards->neighbours); node != NULL && found == NULL;
       node = g_tree_node_next (node))
    {
      GhForwardNeighbour *neighbour = g_tree_node_value (node);
      if (neighbour->held.length > 0 && g_strcmp0 (neighbour->awaited, holder) == 0)
        found = neighbour;
    }
  if (found == NULL)
    {
      g_mutex_unlock (&forwards->lock);
      return;
    }
  found->wanted = TRUE;
  go_on (found);
}

/* With the lock held. */
static void
take_idle (GhForwardNeighbour *neighbour, GPtrArray *idle)
{
  for (GList *l = neighbour->held.head; l != NULL; l = l->next)
    {
      GhForward *forward = l->data;
      forward->queued = FALSE;
      /* what is under way is freed by its answer */
      if (!neighbour->under_way || l != neighbour->held.head)
        g_ptr_array_add (idle, forward);
    }
  g_queue_clear (&neighbour->held);
}

void
gh_forward_drop_held (GhForwards *forwards)
{
  g_autoptr (GPtrArray) idle = g_ptr_array_new ();
  g_mutex_lock (&forwards->lock);
  for (GTreeNode *node = g_tree_node_first (forwards->neighbours); node != NULL;
       node = g_tree_node_next (node))
    take_idle (g_tree_node_value (node), idle);
  g_mutex_unlock (&forwards->lock);
  for (guint i = 0; i < idle->len; i++)
    gh_forward_fail (idle->pdata[i], NULL);
}
