/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-writer-private.h"

#include <string.h>

/* How often the writer looks for what has expired, and what maintenance may take between batches.
 */
#define EXPIRY_INTERVAL_US G_USEC_PER_SEC
#define MAINTAIN_BUDGET_US 2000

GhWriter *
gh_writer_new (const GhWriterConfig *config)
{
  GhWriter *writer = g_new0 (GhWriter, 1);
  writer->config = *config;
  for (const GhBehaviour *const *b = config->host.behaviours; *b != NULL; b++)
    if ((*b)->type < GH_WRITER_TYPES)
      writer->behaviours[(*b)->type] = *b;
  writer->overlay = gh_overlay_new (config->tree);
  writer->new_instances = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_instance_unref);
  writer->gone_instances = g_array_new (FALSE, FALSE, sizeof (guint64));
  writer->new_events = g_ptr_array_new ();
  writer->retained = gh_retained_new (config->retained_limit);
  writer->ended_slots = g_ptr_array_new ();
  writer->ledger = gh_ledger_new (config->host.bounds, config->host.data);
  writer->timers = gh_timers_new ();
  writer->ticked = g_ptr_array_new_with_free_func (g_free);
  writer->front_purges = g_array_new (FALSE, FALSE, sizeof (GhFrontPurge));
  writer->dead_rows = g_array_new (FALSE, FALSE, sizeof (GhFrontPurge));
  writer->loaded_events = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_event_unref);
  g_queue_init (&writer->front_queue);
  g_queue_init (&writer->dead_queue);
  g_queue_init (&writer->subtree_queue);
  g_mutex_init (&writer->lock);
  g_cond_init (&writer->wake);
  g_cond_init (&writer->idle);
  writer->tail = &writer->head;
  return writer;
}

static void
subtree_clear (gpointer data)
{
  GhSubtreePurge *purge = data;
  g_array_unref (purge->stack);
  g_free (purge);
}

void
gh_writer_free (GhWriter *writer)
{
  g_clear_pointer (&writer->reader, writer->config.ops->reader_free);
  gh_overlay_free (writer->overlay);
  g_ptr_array_unref (writer->new_instances);
  g_array_unref (writer->gone_instances);
  g_ptr_array_set_free_func (writer->new_events, (GDestroyNotify) gh_event_unref);
  g_ptr_array_unref (writer->new_events);
  g_ptr_array_unref (writer->ended_slots);
  g_ptr_array_unref (writer->ticked);
  gh_ledger_free (writer->ledger);
  gh_timers_free (writer->timers);
  gh_retained_free (writer->retained);
  g_array_unref (writer->front_purges);
  g_array_unref (writer->dead_rows);
  g_clear_pointer (&writer->loaded_events, g_ptr_array_unref);
  g_queue_clear_full (&writer->front_queue, g_free);
  g_queue_clear_full (&writer->dead_queue, g_free);
  g_queue_clear_full (&writer->subtree_queue, subtree_clear);
  g_clear_pointer (&writer->slice_removed, g_ptr_array_unref);
  g_clear_pointer (&writer->slice_before, subtree_clear);
  g_mutex_clear (&writer->lock);
  g_cond_clear (&writer->wake);
  g_cond_clear (&writer->idle);
  g_free (writer);
}

/* What the file has given out must not be given out again, whatever became of the batch in doubt.
 */
static gboolean
take_marks (GhWriter *writer, guint64 *out_sequence, GError **error)
{
  guint64 number, event;
  if (!writer->config.ops->get_marks (writer->config.store, out_sequence, &number, &event, error))
    return FALSE;
  writer->number = MAX (writer->number, number);
  writer->event_number = MAX (writer->event_number, event);
  return TRUE;
}

static gboolean
reopen (GhWriter *writer, guint64 *out_sequence)
{
  const GhStoreOps *ops = writer->config.ops;
  g_autoptr (GError) error = NULL;

  writer->config.host.store_lock (writer->config.host.data);
  g_clear_pointer (&writer->reader, ops->reader_free);
  gboolean opened = ops->reopen (writer->config.store, &error);
  if (opened)
    opened = (writer->reader = ops->reader_new (writer->config.store, &error)) != NULL;
  opened = opened && take_marks (writer, out_sequence, &error);
  writer->config.host.store_unlock (writer->config.host.data);
  if (!opened)
    gh_log (GH_LOG_ERROR, "writer", "the store cannot be opened again; writes stay refused",
            "reason", error->message, NULL);
  return opened;
}

gboolean
gh_writer_commit (GhWriter *writer, GError **error)
{
  GhCommit outcome = writer->config.ops->commit (writer->config.store, error);
  if (outcome == GH_COMMIT_DONE)
    return TRUE;
  writer->statistics.store_errors++;
  if (outcome == GH_COMMIT_IN_DOUBT)
    writer->in_doubt = TRUE;
  return FALSE;
}

static void
queue_subtree (GhWriter *writer, GhSlot *slot)
{
  GhSubtreePurge *purge = g_new0 (GhSubtreePurge, 1);
  const GhSubtreeStep step = { .slot = slot };
  purge->sequence = writer->sequence;
  purge->stack = g_array_new (FALSE, FALSE, sizeof (GhSubtreeStep));
  g_array_append_val (purge->stack, step);
  g_queue_push_tail (&writer->subtree_queue, purge);
}

static void
queue_rows (const GhWriter *writer, GArray *from, GQueue *to)
{
  for (guint i = 0; i < from->len; i++)
    {
      GhFrontPurge *purge = g_memdup2 (&g_array_index (from, GhFrontPurge, i),
                                       sizeof (GhFrontPurge));
      purge->sequence = writer->sequence;
      GhFrontPurge *last = g_queue_peek_tail (to);
      if (last != NULL && last->parent == purge->parent && last->below < purge->below
          && last->sequence == purge->sequence)
        {
          last->below = purge->below;
          g_free (purge);
        }
      else
        g_queue_push_tail (to, purge);
    }
  g_array_set_size (from, 0);
}

void
gh_writer_queue_purges (GhWriter *writer)
{
  queue_rows (writer, writer->front_purges, &writer->front_queue);
  queue_rows (writer, writer->dead_rows, &writer->dead_queue);
  for (guint i = 0; i < writer->ended_slots->len; i++)
    queue_subtree (writer, writer->ended_slots->pdata[i]);
  if (writer->ended_slots->len > 0)
    gh_tree_mark_grace (writer->config.tree);
  g_ptr_array_set_size (writer->ended_slots, 0);
}

void
gh_writer_reset (GhWriter *writer)
{
  gh_overlay_drop (writer->overlay);
  g_ptr_array_set_size (writer->new_instances, 0);
  g_array_set_size (writer->gone_instances, 0);
  for (guint i = 0; i < writer->new_events->len; i++)
    gh_event_unref (writer->new_events->pdata[i]);
  g_ptr_array_set_size (writer->new_events, 0);
  g_ptr_array_set_size (writer->ended_slots, 0);
  g_array_set_size (writer->front_purges, 0);
  g_array_set_size (writer->dead_rows, 0);
  gh_purge_fronts_dropped (writer);
  gh_retained_settle (writer->retained, FALSE);
  gh_ledger_settle (writer->ledger, FALSE);
  g_ptr_array_set_size (writer->ticked, 0);
  writer->next_number = writer->number;
  writer->next_event = writer->event_number;
  writer->policy_changed = FALSE;
  writer->dirty = FALSE;
}

static void
uncache_gone (GhWriter *writer)
{
  for (guint i = 0; i < writer->gone_instances->len; i++)
    gh_instance_cache_remove (writer->config.cache,
                              g_array_index (writer->gone_instances, guint64, i));
}

/* The order matters: published before answered, so that a client reads its own writes; durable
 * before published. */
static void
batch_publish (GhWriter *writer)
{
  const guint64 sequence = writer->sequence + 1;
  for (guint i = 0; i < writer->new_instances->len; i++)
    gh_instance_cache_insert (writer->config.cache, writer->new_instances->pdata[i]);
  /* before and after: a worker may put back what it read just before; see gh-resolve.c */
  uncache_gone (writer);
  gh_effect_schedule (writer);
  gh_overlay_publish (writer->overlay, sequence);
  uncache_gone (writer);
  writer->sequence = sequence;
  writer->number = writer->next_number;
  writer->event_number = writer->next_event;
  gh_retained_settle (writer->retained, TRUE);
  gh_ledger_settle (writer->ledger, TRUE);
  writer->past_is_stored = FALSE;
  if (writer->policy_changed)
    __atomic_store_n (&writer->policy_sequence, sequence, __ATOMIC_RELEASE);
  gh_purge_fronts_committed (writer);
  gh_writer_queue_purges (writer);
}

static void
batch_answer (GhWriter *writer, GhIntent *intents)
{
  while (intents != NULL)
    {
      GhIntent *intent = intents;
      intents = intent->next;
      if (intent->outcome.fault.set)
        writer->statistics.refused++;
      if (intent->kind == GH_INTENT_REQUEST)
        writer->config.host.answer (writer->config.host.data, intent);
      else
        {
          if (intent->reply != NULL)
            intent->reply (NULL, intent->user_data);
          gh_intent_free (intent);
        }
    }
}

void
gh_writer_notify (GhWriter *writer)
{
  for (guint i = 0; i < writer->new_events->len; i++)
    writer->config.host.event (writer->config.host.data, writer->new_events->pdata[i]);
  writer->statistics.events += writer->new_events->len;
  g_ptr_array_set_size (writer->new_events, 0);
}

static gboolean
batch_run (GhWriter *writer, GhIntent *intents, GError **error)
{
  const GhStoreOps *ops = writer->config.ops;
  if (!ops->begin (writer->config.store, error))
    return FALSE;
  gboolean done = TRUE;
  for (GhIntent *intent = intents; intent != NULL && done; intent = intent->next)
    {
      done = gh_batch_execute (writer, intent, error)
             && (intent->executed == NULL || intent->executed (writer, intent, error));
      gh_overlay_each_touched (writer->overlay, gh_ledger_note, writer->ledger);
    }
  done = done && gh_purge_fronts (writer, error);
  if (done && !writer->dirty)
    {
      ops->rollback (writer->config.store);
      return TRUE;
    }
  done = done && gh_past_clear (writer, error) && gh_batch_flush (writer, error)
         && writer->config.host.finish (writer->config.host.data, error);
  done = done
         && ops->put_marks (writer->config.store, writer->sequence + 1, writer->next_number,
                            writer->next_event, error);
  if (!done)
    {
      ops->rollback (writer->config.store);
      return FALSE;
    }
  return gh_writer_commit (writer, error);
}

/* What the store itself says goes to the log: a client has no business with its paths and
 * statements. */
static void
batch_refuse (const GhWriter *writer, GhIntent *intents)
{
  for (GhIntent *intent = intents; intent != NULL; intent = intent->next)
    {
      intent->outcome.status = 0;
      intent->outcome.fault.set = FALSE;
      gh_fault_set (&intent->outcome.fault, GH_ERROR_STORE, "%s",
                    writer->doubted ? "an I/O error of the store; retrieve to see what was kept"
                                    : "the store took nothing of this request; try again");
    }
}

static void
settled (const GhWriter *writer, gboolean kept)
{
  writer->config.host.settled (writer->config.host.data, kept);
}

/* After an I/O error at COMMIT only the file knows whether the batch is in it. Its marks tell: they
 * are part of the batch. What the batch did is kept until then, and published when it is there.
 * FALSE: not known yet. */
static gboolean
settle_doubt (GhWriter *writer)
{
  guint64 sequence;

  if (!reopen (writer, &sequence))
    return FALSE;
  const gboolean there = sequence > writer->sequence;
  writer->in_doubt = FALSE;
  gh_logf (GH_LOG_WARNING, "writer",
           "the store was reopened after an I/O error; the batch in doubt is %s",
           there ? "there" : "not there");
  if (writer->slice_removed != NULL && there)
    gh_purge_slice_committed (writer);
  else if (writer->slice_removed != NULL)
    gh_purge_slice_dropped (writer);
  else if (there)
    {
      batch_publish (writer);
      gh_writer_notify (writer);
    }
  settled (writer, there);
  gh_writer_reset (writer);
  return TRUE;
}

static void
batch_fail (GhWriter *writer, GhIntent *intents, const char *reason)
{
  gh_log (writer->failing ? GH_LOG_DEBUG : GH_LOG_ERROR, "writer", "a batch failed", "reason",
          reason, NULL);
  writer->failing = TRUE;
  batch_refuse (writer, intents);
  if (writer->in_doubt)
    (void) settle_doubt (writer);
  else
    {
      settled (writer, FALSE);
      gh_writer_reset (writer);
    }
  batch_answer (writer, intents);
}

static void
batch (GhWriter *writer, GhIntent *intents)
{
  g_autoptr (GError) error = NULL;

  gh_tree_throttle (writer->config.tree);
  writer->doubted = FALSE;
  if (writer->in_doubt && !settle_doubt (writer))
    {
      batch_refuse (writer, intents);
      batch_answer (writer, intents);
      return;
    }
  if (!batch_run (writer, intents, &error))
    {
      writer->doubted = writer->in_doubt;
      batch_fail (writer, intents, error != NULL ? error->message : "the store is in doubt");
      return;
    }
  GPtrArray *events = writer->new_events;
  if (writer->dirty)
    {
      batch_publish (writer);
      if (writer->failing)
        gh_log (GH_LOG_NOTICE, "writer", "the store takes changes again", NULL);
      writer->failing = FALSE;
    }
  else
    gh_effect_schedule (writer);
  settled (writer, writer->dirty);
  writer->new_events = g_ptr_array_new ();
  gh_writer_reset (writer);
  batch_answer (writer, intents);
  g_ptr_array_unref (writer->new_events);
  writer->new_events = events;
  gh_writer_notify (writer);
}

static GhIntent *
take_batch (GhWriter *writer, guint *out_n)
{
  GhIntent *first = writer->head, *last = NULL;
  guint n = 0;
  for (GhIntent *intent = writer->head; intent != NULL && n < GH_BATCH_MAX;
       intent = intent->next, n++)
    last = intent;
  if (last != NULL)
    {
      writer->head = last->next;
      last->next = NULL;
      if (writer->head == NULL)
        writer->tail = &writer->head;
    }
  writer->n_queued -= n;
  *out_n = n;
  return first;
}

static void
housekeeping (GhWriter *writer)
{
  const gint64 now_us = gh_clock_monotonic_us (writer->config.clock);
  if (now_us >= writer->next_expiry_us)
    {
      GhIntent *expire = gh_intent_new (GH_INTENT_EXPIRE);
      const guint64 before = writer->statistics.expired, sequence = writer->sequence;
      batch (writer, expire);
      writer->next_expiry_us = now_us + EXPIRY_INTERVAL_US;
      /* a full page means that more is waiting */
      if (writer->statistics.expired - before == GH_BATCH_MAX && writer->sequence > sequence)
        gh_writer_wake (writer);
    }
  if (gh_timers_next (writer->timers) <= gh_clock_wall_us (writer->config.clock))
    {
      const guint64 sequence = writer->sequence;
      batch (writer, gh_intent_new (GH_INTENT_TICK));
      /* a full batch means that more may be due; one that failed is tried again in a while */
      if (writer->sequence > sequence
          && gh_timers_next (writer->timers) <= gh_clock_wall_us (writer->config.clock))
        gh_writer_wake (writer);
    }
  if (gh_purge_pending (writer) && now_us >= writer->purge_retry_us)
    {
      if (!writer->in_doubt || settle_doubt (writer))
        gh_purge_slice (writer);
      else
        writer->purge_retry_us = now_us + G_USEC_PER_SEC;
    }
  /* also while something is left to purge: a container that evicts at full speed must not keep the
   * store from copying its log */
  if (!writer->in_doubt && writer->config.ops->maintain != NULL)
    writer->config.ops->maintain (writer->config.store, MAINTAIN_BUDGET_US);
}

/* With the lock held; TRUE: intents wait or it is time to look after the house. */
static void
wait_for_work (GhWriter *writer)
{
  const gint64 due_us = gh_timers_next (writer->timers);
  const gint64 left_us = due_us == GH_NEVER_US
                           ? EXPIRY_INTERVAL_US
                           : MAX (due_us - gh_clock_wall_us (writer->config.clock), 0);
  /* what is due and could not be done (the store fails) waits for the next round */
  const gint64 until = g_get_monotonic_time ()
                       + (left_us == 0 ? EXPIRY_INTERVAL_US : MIN (left_us, EXPIRY_INTERVAL_US));
  while (writer->head == NULL && !writer->stopping && !writer->poked && !gh_purge_pending (writer))
    {
      writer->busy = FALSE;
      g_cond_broadcast (&writer->idle);
      if (!g_cond_wait_until (&writer->wake, &writer->lock, until))
        break;
    }
  writer->busy = TRUE;
}

static gpointer
writer_thread (gpointer data)
{
  GhWriter *writer = data;
  guint rounds = 0, n;

  g_mutex_lock (&writer->lock);
  for (;;)
    {
      wait_for_work (writer);
      const gboolean poked = writer->poked;
      writer->poked = FALSE;
      GhIntent *intents = take_batch (writer, &n);
      if (intents == NULL && writer->stopping)
        break;
      g_mutex_unlock (&writer->lock);
      if (poked)
        writer->next_expiry_us = writer->purge_retry_us = 0;
      if (intents != NULL)
        {
          writer->statistics.batches++;
          writer->statistics.intents += n;
          batch (writer, intents);
        }
      /* between batches, but not after each while requests wait */
      if (intents == NULL || ++rounds % 16 == 0)
        housekeeping (writer);
      g_mutex_lock (&writer->lock);
      if (intents == NULL && gh_purge_pending (writer) && writer->head == NULL && !writer->stopping)
        {
          /* a reader or a failing store holds the purge up: look again soon instead of at once */
          const gint64 soon = g_get_monotonic_time () + 2000;
          g_cond_wait_until (&writer->wake, &writer->lock, soon);
        }
    }
  writer->stopped = TRUE;
  writer->busy = FALSE;
  g_cond_broadcast (&writer->idle);
  g_mutex_unlock (&writer->lock);
  return NULL;
}

void
gh_writer_start (GhWriter *writer)
{
  writer->thread = g_thread_new ("gh-writer", writer_thread, writer);
}

void
gh_writer_stop (GhWriter *writer)
{
  if (writer->thread == NULL)
    return;
  g_mutex_lock (&writer->lock);
  writer->stopping = TRUE;
  g_cond_signal (&writer->wake);
  g_mutex_unlock (&writer->lock);
  g_thread_join (g_steal_pointer (&writer->thread));
  gh_past_keep (writer);
}

gboolean
gh_writer_push (GhWriter *writer, GhIntent *intent)
{
  g_mutex_lock (&writer->lock);
  /* what the CSE itself has to do is bounded elsewhere, and never shed */
  const gboolean full = intent->kind == GH_INTENT_REQUEST
                        && writer->n_queued >= writer->config.queue_limit;
  const gboolean taken = !full && !writer->stopping;
  if (taken)
    {
      const gboolean was_empty = writer->head == NULL;
      intent->next = NULL;
      *writer->tail = intent;
      writer->tail = &intent->next;
      writer->n_queued++;
      if (was_empty)
        g_cond_signal (&writer->wake);
    }
  g_mutex_unlock (&writer->lock);
  return taken;
}

void
gh_writer_wake (GhWriter *writer)
{
  g_mutex_lock (&writer->lock);
  writer->poked = TRUE;
  g_cond_signal (&writer->wake);
  g_mutex_unlock (&writer->lock);
}

void
gh_writer_sync (GhWriter *writer)
{
  g_mutex_lock (&writer->lock);
  writer->busy = TRUE;
  writer->poked = TRUE;
  g_cond_signal (&writer->wake);
  while (!writer->stopped && (writer->busy || writer->head != NULL))
    g_cond_wait (&writer->idle, &writer->lock);
  g_mutex_unlock (&writer->lock);
}

GPtrArray *
gh_writer_take_events (GhWriter *writer)
{
  return g_steal_pointer (&writer->loaded_events);
}

guint64
gh_writer_policy_sequence (const GhWriter *writer)
{
  return __atomic_load_n (&writer->policy_sequence, __ATOMIC_ACQUIRE);
}

GhLedger *
gh_writer_get_ledger (GhWriter *writer)
{
  return writer->ledger;
}

void
gh_writer_statistics (GhWriter *writer, GhWriterStatistics *out)
{
  *out = writer->statistics;
  g_mutex_lock (&writer->lock);
  out->queue_length = writer->n_queued;
  g_mutex_unlock (&writer->lock);
}
