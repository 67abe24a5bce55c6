/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-counters.h"

#include "gh-cse-private.h"
#include "service/gh-channel.h"
#include "service/gh-forward.h"
#include "service/gh-quota.h"

typedef struct {
  GhCseCounterFunc func;
  gpointer user_data;
} To;

static void
give (const To *to, const char *name, guint64 value, const char *help)
{
  const GhCseCounter counter = { .name = name, .help = help, .value = value };

  to->func (&counter, to->user_data);
}

static void
give_gauge (const To *to, const char *name, guint64 value, const char *help)
{
  const GhCseCounter counter = { .name = name, .help = help, .gauge = TRUE, .value = value };

  to->func (&counter, to->user_data);
}

static void
give_service (GhService *service, const To *to)
{
  static const struct {
    const char *name, *help;
  } rows[] = {
    [GH_COUNT_REQUESTS] = { "requests", "Requests that were dispatched." },
    [GH_COUNT_REFUSED] = { "refused", "Requests that were refused, for whatever reason." },
    [GH_COUNT_DENIED] = { "denied", "Requests that no policy allowed." },
    [GH_COUNT_SHED] = { "shed", "Requests that were refused because too much was waiting." },
    [GH_COUNT_WORKER] = { "worker-requests", "Requests that needed the store to be answered." },
    [GH_COUNT_NOTIFIED] = { "notifications", "Notifications that were delivered." },
    [GH_COUNT_NOTIFICATIONS_LOST] = { "notifications-lost", "Notifications that were given up." },
    [GH_COUNT_INERT] = { "inert-policies", "Policies of which a part has no effect here." },
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (rows) == G_N_ELEMENTS (service->counters));

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    give (to, rows[i].name, __atomic_load_n (&service->counters[i], __ATOMIC_RELAXED),
          rows[i].help);
}

static void
give_forwards (GhService *service, const To *to)
{
  GhForwardStatistics forwards;

  gh_forward_statistics (service, &forwards);
  give (to, "forwarded", forwards.sent, "Requests that were sent on to another CSE.");
  give (to, "forwards-answered", forwards.answered, "Requests that another CSE answered.");
  give (to, "forwards-failed", forwards.failed, "Requests that no other CSE answered.");
  give (to, "forwards-refused", forwards.refused, "Requests for which there was no way.");
  give_gauge (to, "forwards-waiting", forwards.waiting, "Requests that wait for another CSE.");
  give_gauge (to, "forwards-held", forwards.held, "Of these, those for a CSE that is away.");
}

static void
give_channels (GhService *service, const To *to)
{
  GhChannelStatistics channels;

  gh_channel_statistics (service, &channels);
  give_gauge (to, "polls-waiting", channels.polls, "Polls of channels that wait for a request.");
  give_gauge (to, "polling-requests", channels.requests,
              "Requests that wait to be polled, or for their answer.");
  give (to, "polling-handed-out", channels.handed_out, "Requests that were polled.");
  give (to, "polling-answered", channels.answered, "Requests that were polled and answered.");
  give (to, "polling-refused", channels.refused,
        "Requests and polls for which a polling channel had no room.");
}

static void
give_writer (GhService *service, const To *to)
{
  GhWriterStatistics writer;

  gh_writer_statistics (service->writer, &writer);
  give (to, "batches", writer.batches, "Transactions of the store.");
  give (to, "writes", writer.intents, "Changes that went into a batch.");
  give_gauge (to, "write-queue", writer.queue_length, "Changes that wait for the writer.");
  give (to, "store-errors", writer.store_errors, "Transactions that the store refused.");
  give (to, "purged", writer.purged, "Rows that were removed after their resource had ended.");
  give (to, "expired", writer.expired, "Resources whose time was over.");
  give (to, "events", writer.events, "Events that went into the outbox.");
}

static void
give_queues (GhCse *cse, const To *to)
{
  GhService *service = cse->service;
  GhNotifierStatistics notifier;

  gh_notifier_statistics (service->notifier, &notifier);
  give_gauge (to, "notifications-waiting", notifier.waiting, "Notifications in the outbox.");
  give (to, "notifications-failed", notifier.failed, "Deliveries that did not succeed.");
  give_gauge (to, "read-queue", gh_workers_length (service->workers),
              "Requests that wait for a worker.");
  give_gauge (to, "pending", gh_pendings_count (service->pendings),
              "Requests that wait for an answer or a moment.");
}

static void
give_quotas (GhService *service, const To *to)
{
  GhQuotaStatistics quotas;

  gh_quota_statistics (service->quotas, &quotas);
  give (to, "slowed", quotas.slowed, "Requests above the rate of their originator.");
  give (to, "held", quotas.held, "Changes above what may wait of their originator.");
  give_gauge (to, "known-originators", quotas.known, "Originators whose rate is kept in mind.");
}

static void
give_memory (GhCse *cse, const To *to)
{
  give_gauge (to, "structural-resources", gh_tree_count_slots (cse->tree),
              "Resources that are not instances.");
  give_gauge (to, "retired-bytes", (guint64) gh_tree_retired_bytes (cse->tree),
              "Memory that waits until no reader can see it.");
  give_gauge (to, "representation-cache-bytes", (guint64) gh_tree_rendered_bytes (cse->tree),
              "Memory of rendered representations.");
  give_gauge (to, "instance-cache-bytes", gh_instance_cache_bytes (cse->cache),
              "Memory of the instances that are at hand.");
}

void
gh_cse_counters (GhCse *cse, GhCseCounterFunc func, gpointer user_data)
{
  const To to = { func, user_data };
  GHashTableIter iter;
  gpointer key, value;

  if (g_atomic_int_get (&cse->state) == GH_CSE_RUNNING)
    {
      give_service (cse->service, &to);
      give_forwards (cse->service, &to);
      give_channels (cse->service, &to);
      give_writer (cse->service, &to);
      give_queues (cse, &to);
      give_quotas (cse->service, &to);
      give_memory (cse, &to);
    }
  g_mutex_lock (&cse->lock);
  g_hash_table_iter_init (&iter, cse->counters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    give (&to, key, (guint64) __atomic_load_n ((gint64 *) value, __ATOMIC_RELAXED),
          "Counted by a transport.");
  g_mutex_unlock (&cse->lock);
}

guint
gh_cse_schema (const GhCse *cse)
{
  return cse->store_ops != NULL ? cse->store_ops->schema : 0;
}
