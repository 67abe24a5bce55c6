/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-workers.h"

#include "base/gh-log.h"
#include "service/gh-fan-out.h"
#include "service/gh-reading.h"

typedef struct {
  GhWorkers *workers;
  GThread *thread;
  GhStoreReader *reader; /* NULL while the store is being reopened */
} Worker;

struct _GhWorkers {
  GhService *service;
  GAsyncQueue *queue;
  guint queue_limit;
  guint n;
  Worker *items;
  gboolean stopped; /* under the lock of the queue */
  guint n_marks;    /* that are queued; under the same lock */
  /* Held by workers for one job and by the writer only while it reopens a failed store: this is the
   * one lock of the reading side, and no thread of a transport ever takes it. */
  GRWLock store_lock;
};

/* What ends a worker. */
static GhJob stop_mark;

/* The next job. What goes on in slices comes back behind the marks: they wait for it. */
static GhJob *
next_job (GhWorkers *workers)
{
  g_async_queue_lock (workers->queue);
  GhJob *job = g_async_queue_pop_unlocked (workers->queue);
  while (job == &stop_mark
         && g_async_queue_length_unlocked (workers->queue) >= (gint) workers->n_marks)
    {
      g_async_queue_push_unlocked (workers->queue, job);
      job = g_async_queue_pop_unlocked (workers->queue);
    }
  if (job == &stop_mark)
    workers->n_marks--;
  g_async_queue_unlock (workers->queue);
  return job;
}

static gpointer
worker_thread (gpointer data)
{
  Worker *worker = data;
  GhWorkers *workers = worker->workers;
  for (;;)
    {
      GhJob *job = next_job (workers);
      if (job == &stop_mark)
        return NULL;
      gh_service_count (job->service, GH_COUNT_WORKER);
      g_rw_lock_reader_lock (&workers->store_lock);
      job->reader = worker->reader;
      if (job->reader == NULL && job->fan_out == NULL && job->task == NULL && job->reading == NULL)
        {
          GhFault fault = { 0 };
          gh_fault_set (&fault, GH_ERROR_OVERLOADED, "the store is being opened again");
          gh_job_refuse (job, &fault);
          gh_job_free (job);
        }
      else
        gh_service_run (job);
      g_rw_lock_reader_unlock (&workers->store_lock);
    }
}

static gboolean
open_readers (GhWorkers *workers, GError **error)
{
  for (guint i = 0; i < workers->n; i++)
    if ((workers->items[i].reader = workers->service->store_ops->reader_new (
           workers->service->store, error))
        == NULL)
      return FALSE;
  return TRUE;
}

static void
close_readers (GhWorkers *workers)
{
  for (guint i = 0; i < workers->n; i++)
    if (workers->items[i].reader != NULL)
      g_clear_pointer (&workers->items[i].reader, workers->service->store_ops->reader_free);
}

GhWorkers *
gh_workers_new (GhService *service, guint n_threads, guint queue_limit, GError **error)
{
  GhWorkers *workers = g_new0 (GhWorkers, 1);
  workers->service = service;
  workers->queue = g_async_queue_new ();
  workers->queue_limit = queue_limit;
  workers->n = CLAMP (n_threads, 1, GH_GATE_PLACES / 2);
  workers->items = g_new0 (Worker, workers->n);
  g_rw_lock_init (&workers->store_lock);
  if (!open_readers (workers, error))
    {
      gh_workers_free (workers);
      return NULL;
    }
  for (guint i = 0; i < workers->n; i++)
    {
      workers->items[i].workers = workers;
      workers->items[i].thread = g_thread_new ("gh-worker", worker_thread, &workers->items[i]);
    }
  return workers;
}

gboolean
gh_workers_push (GhWorkers *workers, GhJob *job)
{
  if (g_async_queue_length (workers->queue) >= (gint) workers->queue_limit)
    return FALSE;
  g_async_queue_push (workers->queue, job);
  return TRUE;
}

gboolean
gh_workers_push_again (GhWorkers *workers, GhJob *job)
{
  g_async_queue_lock (workers->queue);
  const gboolean takes = !workers->stopped;
  if (takes)
    g_async_queue_push_unlocked (workers->queue, job);
  g_async_queue_unlock (workers->queue);
  return takes;
}

/* Below 0 it counts the threads that have nothing to do. */
guint
gh_workers_length (GhWorkers *workers)
{
  return (guint) MAX (g_async_queue_length (workers->queue), 0);
}

/* What came back behind the marks that ended the threads. */
static void
empty_queue (GhWorkers *workers)
{
  GhJob *job;
  g_async_queue_lock (workers->queue);
  workers->stopped = TRUE;
  g_async_queue_unlock (workers->queue);
  while ((job = g_async_queue_try_pop (workers->queue)) != NULL)
    {
      GhFault fault = { 0 };
      if (job->fan_out != NULL)
        {
          gh_fan_out_cancel (job);
          continue;
        }
      if (job->reading != NULL)
        {
          gh_reading_cancel (job);
          continue;
        }
      gh_fault_set (&fault, GH_ERROR_CANCELLED, "the CSE stops");
      if (job->task == NULL)
        gh_job_refuse (job, &fault);
      gh_job_free (job);
    }
}

void
gh_workers_stop (GhWorkers *workers)
{
  for (guint i = 0; i < workers->n; i++)
    if (workers->items[i].thread != NULL)
      {
        g_async_queue_lock (workers->queue);
        workers->n_marks++;
        g_async_queue_push_unlocked (workers->queue, &stop_mark);
        g_async_queue_unlock (workers->queue);
      }
  for (guint i = 0; i < workers->n; i++)
    if (workers->items[i].thread != NULL)
      g_thread_join (g_steal_pointer (&workers->items[i].thread));
  empty_queue (workers);
}

void
gh_workers_free (GhWorkers *workers)
{
  gh_workers_stop (workers);
  close_readers (workers);
  g_async_queue_unref (workers->queue);
  g_rw_lock_clear (&workers->store_lock);
  g_free (workers->items);
  g_free (workers);
}

void
gh_workers_lock_store (GhWorkers *workers)
{
  g_rw_lock_writer_lock (&workers->store_lock);
  close_readers (workers);
}

void
gh_workers_unlock_store (GhWorkers *workers)
{
  g_autoptr (GError) error = NULL;
  if (!open_readers (workers, &error))
    {
      gh_log (GH_LOG_ERROR, "service", "readers of the store cannot be opened", "reason",
              error->message, NULL);
      close_readers (workers);
    }
  g_rw_lock_writer_unlock (&workers->store_lock);
}
