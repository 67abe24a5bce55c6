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

/* What waits is a pending request whose key is its ticket; here stands who waits for what. */
struct _GhRefills {
  GMutex lock;
  GHashTable *tickets; /* number of the container -> GArray of guint64 */
  guint64 last;        /* ticket */
  gint n;              /* tickets; atomic */
};

#define KEY_SIZE 32

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

GhRefills *
gh_refills_new (void)
{
  GhRefills *refills = g_new0 (GhRefills, 1);
  g_mutex_init (&refills->lock);
  refills->tickets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                            (GDestroyNotify) g_array_unref);
  return refills;
}

void
gh_refills_free (GhRefills *refills)
{
  g_hash_table_unref (refills->tickets);
  g_mutex_clear (&refills->lock);
  g_free (refills);
}

static void
print_key (guint64 ticket, char key[KEY_SIZE])
{
  g_snprintf (key, KEY_SIZE, "refill %" G_GUINT64_FORMAT, ticket);
}

static void
draw_ticket (GhRefills *refills, GhJob *job)
{
  g_mutex_lock (&refills->lock);
  GArray *tickets = g_hash_table_lookup (refills->tickets, &job->refill_of);
  if (tickets == NULL)
    {
      tickets = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_hash_table_insert (refills->tickets, g_memdup2 (&job->refill_of, sizeof job->refill_of),
                           tickets);
    }
  job->refill_ticket = ++refills->last;
  g_array_append_val (tickets, job->refill_ticket);
  g_atomic_int_inc (&refills->n);
  g_mutex_unlock (&refills->lock);
}

static void
return_ticket (GhRefills *refills, const GhJob *job)
{
  g_mutex_lock (&refills->lock);
  GArray *tickets = g_hash_table_lookup (refills->tickets, &job->refill_of);
  for (guint i = 0; tickets != NULL && i < tickets->len; i++)
    if (g_array_index (tickets, guint64, i) == job->refill_ticket)
      {
        g_array_remove_index_fast (tickets, i);
        g_atomic_int_add (&refills->n, -1);
        if (tickets->len == 0)
          g_hash_table_remove (refills->tickets, &job->refill_of);
        break;
      }
  g_mutex_unlock (&refills->lock);
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
  job->refill_of = node->slot->number;
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

static void
look_again (GhJob *job, gboolean stopped)
{
  GhFault fault = { 0 };
  if (!stopped && gh_workers_push_again (job->service->workers, job))
    return;
  gh_fault_set (&fault, GH_ERROR_OVERLOADED, "the CSE stops");
  gh_job_refuse (job, &fault);
  gh_job_free (job);
}

/* GhPendingFunc */
static void
over (GhPendingEnd end, gpointer data)
{
  GhJob *job = data;
  return_ticket (job->service->refills, job);
  look_again (job, end == GH_PENDING_STOPPED);
}

/* NULL: its deadline was faster. */
static GhJob *
take (GhService *service, guint64 ticket)
{
  char key[KEY_SIZE];
  print_key (ticket, key);
  return gh_pendings_take_key (service->pendings, key);
}

void
gh_refill_wake (GhService *service, guint64 subject)
{
  GhRefills *refills = service->refills;
  gpointer number = NULL, stolen = NULL;
  if (g_atomic_int_get (&refills->n) == 0)
    return;
  g_mutex_lock (&refills->lock);
  if (g_hash_table_steal_extended (refills->tickets, &subject, &number, &stolen))
    g_atomic_int_add (&refills->n, -(gint) ((GArray *) stolen)->len);
  g_mutex_unlock (&refills->lock);
  g_autoptr (GArray) tickets = stolen;
  g_free (number);
  for (guint i = 0; tickets != NULL && i < tickets->len; i++)
    {
      GhJob *job = take (service, g_array_index (tickets, guint64, i));
      if (job != NULL)
        look_again (job, FALSE);
    }
}

/* An instance that came after the last look, and before the ticket was drawn. */
static gboolean
is_filled (GhService *service, const char *id)
{
  GhNode node;
  GhView view = gh_view_begin (service->tree);
  const gboolean filled = !gh_view_find (&view, id, &node) || node.counters->count > 0;
  gh_view_end (&view);
  return filled;
}

gboolean
gh_refill_wait (GhJob *job, GhFault *fault)
{
  GhService *service = job->service;
  char key[KEY_SIZE], id[GH_INSTANCE_ID_SIZE];
  job->reader = NULL;
  draw_ticket (service->refills, job);
  const guint64 ticket = job->refill_ticket;
  print_key (ticket, key);
  gh_instance_id_format (gh_type_by_number (GH_TYPE_CONTAINER), job->refill_of, id);
  const GhPending pending = { .key = key,
                              .deadline_us = job->refill_us,
                              .over = over,
                              .data = job };
  if (gh_pendings_add (service->pendings, &pending) != 0)
    {
      GhJob *filled = is_filled (service, id) ? take (service, ticket) : NULL;
      if (filled != NULL)
        over (GH_PENDING_LATE, filled);
      return TRUE;
    }
  return_ticket (service->refills, job);
  gh_service_count (service, GH_COUNT_SHED);
  return gh_fault_set (fault, GH_ERROR_OVERLOADED, "too many requests are waiting; try again");
}
