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
give (const To *to, const GhCseCounter *counters, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to->func (&counters[i], to->user_data);
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
    {
      const GhCseCounter counter = { .name = rows[i].name,
                                     .help = rows[i].help,
                                     .value = __atomic_load_n (&service->counters[i],
                                                               __ATOMIC_RELAXED) };
      give (to, &counter, 1);
    }
}

static void
give_forwards (GhService *service, const To *to)
{
  GhForwardStatistics forwards;

  gh_forward_statistics (service, &forwards);
  const GhCseCounter counters[] = {
    { "forwarded", "Requests that were sent on to another CSE.", FALSE, forwards.sent },
    { "forwards-answered", "Requests that another CSE answered.", FALSE, forwards.answered },
    { "forwards-failed", "Requests that no other CSE answered.", FALSE, forwards.failed },
    { "forwards-refused", "Requests for which there was no way.", FALSE, forwards.refused },
    { "forwards-waiting", "Requests that wait for another CSE.", TRUE, forwards.waiting },
    { "forwards-held", "Of these, those for a CSE that is away.", TRUE, forwards.held },
  };
  give (to, counters, G_N_ELEMENTS (counters));
}

static void
give_channels (GhService *service, const To *to)
{
  GhChannelStatistics channels;

  gh_channel_statistics (service, &channels);
  const GhCseCounter counters[] = {
    { "polls-waiting", "Polls of channels that wait for a request.", TRUE, channels.polls },
    { "polling-requests", "Requests that wait to be polled, or for their answer.", TRUE,
      channels.requests },
    { "polling-handed-out", "Requests that were polled.", FALSE, channels.handed_out },
    { "polling-answered", "Requests that were polled and answered.", FALSE, channels.answered },
    { "polling-taken-back", "Requests that were polled, did not arrive and wait again.", FALSE,
      channels.taken_back },
    { "polling-refused", "Requests and polls for which a polling channel had no room.", FALSE,
      channels.refused },
  };
  give (to, counters, G_N_ELEMENTS (counters));
}

static void
give_writer (GhService *service, const To *to)
{
  GhWriterStatistics writer;

  gh_writer_statistics (service->writer, &writer);
  const GhCseCounter counters[] = {
    { "batches", "Transactions of the store.", FALSE, writer.batches },
    { "writes", "Changes that went into a batch.", FALSE, writer.intents },
    { "write-queue", "Changes that wait for the writer.", TRUE, writer.queue_length },
    { "store-errors", "Transactions that the store refused.", FALSE, writer.store_errors },
    { "purged", "Rows that were removed after their resource had ended.", FALSE, writer.purged },
    { "expired", "Resources whose time was over.", FALSE, writer.expired },
    { "events", "Events that went into the outbox.", FALSE, writer.events },
  };
  give (to, counters, G_N_ELEMENTS (counters));
}

static void
give_queues (GhService *service, const To *to)
{
  GhNotifierStatistics notifier;

  gh_notifier_statistics (service->notifier, &notifier);
  const GhCseCounter counters[] = {
    { "notifications-waiting", "Notifications in the outbox.", TRUE, notifier.waiting },
    { "notifications-failed", "Deliveries that did not succeed.", FALSE, notifier.failed },
    { "read-queue", "Requests that wait for a worker.", TRUE,
      gh_workers_length (service->workers) },
    { "pending", "Requests that wait for an answer or a moment.", TRUE,
      gh_pendings_count (service->pendings) },
  };
  give (to, counters, G_N_ELEMENTS (counters));
}

static void
give_quotas (GhService *service, const To *to)
{
  GhQuotaStatistics quotas;
  GhLedgerStatistics stored;

  gh_quota_statistics (service->quotas, &quotas);
  gh_ledger_statistics (gh_writer_get_ledger (service->writer), &stored);
  const GhCseCounter counters[] = {
    { "full", "Changes above what their originator may have in the store.", FALSE, stored.refused },
    { "holders", "Originators that have something in the store.", TRUE, stored.holders },
    { "fullest", "Of a bound in the store, in hundredths, by who has used most.", TRUE,
      stored.fullest },
    { "slowed", "Requests above the rate of their originator.", FALSE, quotas.slowed },
    { "held", "Changes above what may wait of their originator.", FALSE, quotas.held },
    { "known-originators", "Originators whose rate is kept in mind.", TRUE, quotas.known },
  };
  give (to, counters, G_N_ELEMENTS (counters));
}

static void
give_memory (GhCse *cse, const To *to)
{
  const GhCseCounter counters[] = {
    { "structural-resources", "Resources that are not instances.", TRUE,
      gh_tree_count_slots (cse->tree) },
    { "retired-bytes", "Memory that waits until no reader can see it.", TRUE,
      (guint64) gh_tree_retired_bytes (cse->tree) },
    { "representation-cache-bytes", "Memory of rendered representations.", TRUE,
      (guint64) gh_tree_rendered_bytes (cse->tree) },
    { "instance-cache-bytes", "Memory of the instances that are at hand.", TRUE,
      gh_instance_cache_bytes (cse->cache) },
  };
  give (to, counters, G_N_ELEMENTS (counters));
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
      give_queues (cse->service, &to);
      give_quotas (cse->service, &to);
      give_memory (cse, &to);
    }
  g_mutex_lock (&cse->lock);
  g_hash_table_iter_init (&iter, cse->counters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const GhCseCounter counter = { .name = key,
                                     .help = "Counted by a transport.",
                                     .value = (guint64) __atomic_load_n ((gint64 *) value,
                                                                         __ATOMIC_RELAXED) };
      give (&to, &counter, 1);
    }
  g_mutex_unlock (&cse->lock);
}

guint
gh_cse_schema (const GhCse *cse)
{
  return cse->store_ops != NULL ? cse->store_ops->schema : 0;
}
