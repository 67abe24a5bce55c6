/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-statistics.h"

#include <string.h>

#include "access/gh-schedule.h"
#include "base/gh-log.h"
#include "service/gh-job.h"

/* Originators that are counted for one timer; requests of others go to one that is called "*". */
#define MAX_COUNTED 4096

struct _GhStatistics {
  GMutex lock;
  guint limit;
  GQueue records;     /* GhStatisticsRecord */
  GHashTable *counts; /* "collection originator" -> Count: of timers under way */
  guint64 lost;
};

typedef struct {
  guint64 count, size;
} Count;

typedef struct {
  GhCompiled base;
  GhService *service;
  guint n_periods;
  GhSchedule periods[];
} Collection;

static void
record_free (gpointer data)
{
  GhStatisticsRecord *record = data;
  g_free (record->collect_id);
  g_free (record->collecting_entity);
  g_free (record->collected_entity);
  g_free (record->resource_id);
  g_free (record);
}

GhStatistics *
gh_statistics_new (guint limit)
{
  GhStatistics *statistics = g_new0 (GhStatistics, 1);
  g_mutex_init (&statistics->lock);
  g_queue_init (&statistics->records);
  statistics->limit = limit;
  statistics->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return statistics;
}

void
gh_statistics_free (GhStatistics *statistics)
{
  g_queue_clear_full (&statistics->records, record_free);
  g_hash_table_unref (statistics->counts);
  g_mutex_clear (&statistics->lock);
  g_free (statistics);
}

static void
collection_free (GhCompiled *compiled)
{
  Collection *collection = (Collection *) compiled;
  __atomic_fetch_sub (&collection->service->collections, 1, __ATOMIC_RELAXED);
  g_free (collection);
}

GhCompiled *
gh_statistics_compile (GhService *service, const GhResource *collect, GhFault *fault)
{
  const GhValue *period = gh_resource_get (collect, "cp");
  const GhValue *entries = period != NULL ? gh_value_member (period, "sce") : NULL;
  const guint n = entries != NULL ? entries->length : 0;
  Collection *collection = g_malloc0 (sizeof *collection + n * sizeof collection->periods[0]);
  collection->base.ref_count = 1;
  collection->base.free = collection_free;
  collection->service = service;
  __atomic_fetch_add (&service->collections, 1, __ATOMIC_RELAXED);
  for (; collection->n_periods < n; collection->n_periods++)
    if (!gh_schedule_parse (entries->items[collection->n_periods].text,
                            &collection->periods[collection->n_periods], fault))
      {
        collection_free (&collection->base);
        return NULL;
      }
  return &collection->base;
}

/* An active statsCollect and the eventConfig that it refers to. */
typedef struct {
  const GhService *service;
  GhNode collect, event;
  gint64 now_us;
} Rule;

static gboolean
is_in_period (const Rule *rule)
{
  const Collection *collection = (const Collection *) rule->collect.compiled;
  GhCivilTime now;
  if (collection == NULL || collection->n_periods == 0)
    return collection != NULL;
  gh_civil_time (rule->now_us, &now);
  for (guint i = 0; i < collection->n_periods; i++)
    if (gh_schedule_matches (&collection->periods[i], &now))
      return TRUE;
  return FALSE;
}

static gboolean
take_rule (const GhView *view, GhSlot *slot, Rule *rule)
{
  if (slot->type->number != GH_TYPE_STATS_COLLECT || !gh_view_node (view, slot, &rule->collect)
      || rule->collect.resource->identity.expiration_us <= rule->now_us || !is_in_period (rule))
    return FALSE;
  const char *event = gh_resource_get_text (rule->collect.resource, "evi");
  return event != NULL && gh_find_local (rule->service, view, event, &rule->event)
         && rule->event.slot->type->number == GH_TYPE_EVENT_CONFIG
         && rule->event.resource->identity.expiration_us > rule->now_us;
}

static gboolean
lists_entity (const Rule *rule, const char *originator)
{
  const GhValue *entities = gh_resource_get (rule->collect.resource, "cdi");
  for (guint i = 0; entities != NULL && i < entities->length; i++)
    if (gh_originator_same (entities->items[i].text, originator, &rule->service->home))
      return TRUE;
  return entities == NULL || entities->length == 0;
}

static gboolean
lists_number (const GhResource *event, const char *name, gint64 number)
{
  const GhValue *numbers = gh_resource_get (event, name);
  for (guint i = 0; numbers != NULL && i < numbers->length; i++)
    if (numbers->items[i].integer == number)
      return TRUE;
  return numbers == NULL;
}

static gboolean
names_resource (const Rule *rule, const GhView *view, const GhValue *address,
                const GhObservation *observation)
{
  GhNode node;
  const char *id = address->text;
  if (gh_find_local (rule->service, view, id, &node))
    id = node.slot->id;
  return strcmp (id, observation->target) == 0 || g_strcmp0 (id, observation->subject) == 0;
}

static gboolean
lists_resource (const Rule *rule, const GhView *view, const GhObservation *observation)
{
  const GhValue *addresses = gh_resource_get (rule->event.resource, "eris");
  for (guint i = 0; addresses != NULL && i < addresses->length; i++)
    if (names_resource (rule, view, &addresses->items[i], observation))
      return TRUE;
  return addresses == NULL;
}

static gboolean
is_concerned (const Rule *rule, const GhView *view, const GhObservation *observation)
{
  return lists_entity (rule, observation->originator)
         && lists_number (rule->event.resource, "erts", observation->type)
         && lists_resource (rule, view, observation);
}

/* TS-0001 9.6.24: the size that a change has left is more than dataSize. */
static gboolean
is_storage_event (const Rule *rule, const GhObservation *observation)
{
  return (observation->operation == GH_OPERATION_CREATE
          || observation->operation == GH_OPERATION_UPDATE)
         && (gint64) observation->size
              > gh_resource_get_integer (rule->event.resource, "ds", G_MAXINT64);
}

static gint64
moment (const GhResource *event, const char *name, gint64 fallback)
{
  const char *text = gh_resource_get_text (event, name);
  gint64 at_us;
  return text != NULL && gh_timestamp_parse (text, strlen (text), &at_us) ? at_us : fallback;
}

static void
keep (GhStatistics *statistics, GhStatisticsRecord *record)
{
  gh_log (GH_LOG_DEBUG, "statistics", "record", "collection", record->collect_id, "entity",
          record->collected_entity, NULL);
  g_mutex_lock (&statistics->lock);
  g_queue_push_tail (&statistics->records, record);
  while (g_queue_get_length (&statistics->records) > statistics->limit)
    {
      record_free (g_queue_pop_head (&statistics->records));
      statistics->lost++;
    }
  g_mutex_unlock (&statistics->lock);
}

static GhStatisticsRecord *
record_of (const Rule *rule, const char *entity)
{
  GhStatisticsRecord *record = g_new0 (GhStatisticsRecord, 1);
  record->collect_id = g_strdup (gh_resource_get_text (rule->collect.resource, "sci"));
  record->collecting_entity = g_strdup (gh_resource_get_text (rule->collect.resource, "cei"));
  record->collected_entity = g_strdup (entity);
  record->event = (GhStatisticsEvent) gh_resource_get_integer (rule->event.resource, "evt", 0);
  record->start_us = record->end_us = rule->now_us;
  return record;
}

static GhStatisticsRecord *
record_request (const Rule *rule, const GhObservation *observation)
{
  GhStatisticsRecord *record = record_of (rule, observation->originator);
  record->resource_id = g_strdup (observation->subject != NULL ? observation->subject
                                                               : observation->target);
  record->operation = observation->operation;
  record->size = observation->size;
  record->count = 1;
  return record;
}

/* Only what happens within the time is counted, and reported at its end. Until then the record
 * names the collection that it is for. */
static GhStatisticsRecord *
count_request (const Rule *rule, const GhObservation *observation)
{
  const GhResource *event = rule->event.resource;
  if (rule->now_us < moment (event, "evs", G_MININT64)
      || rule->now_us >= moment (event, "eve", G_MAXINT64))
    return NULL;
  GhStatisticsRecord *record = record_request (rule, observation);
  g_free (record->resource_id);
  record->resource_id = g_strdup (rule->collect.slot->id);
  return record;
}

/* (transfer full) (nullable) */
static GhStatisticsRecord *
observe (const Rule *rule, const GhView *view, const GhObservation *observation, gboolean growth)
{
  const GhResource *event = rule->event.resource;
  const gint64 kind = gh_resource_get_integer (event, "evt", 0);
  if ((growth && kind != GH_STATISTICS_STORAGE) || !is_concerned (rule, view, observation))
    return NULL;
  switch (kind)
    {
    case GH_STATISTICS_OPERATION:
      return lists_number (event, "opt", observation->operation)
               ? record_request (rule, observation)
               : NULL;
    case GH_STATISTICS_STORAGE:
      return is_storage_event (rule, observation) ? record_request (rule, observation) : NULL;
    case GH_STATISTICS_TIMER:
    default:
      return count_request (rule, observation);
    }
}

/* Takes @record. */
static void
count (GhStatistics *statistics, GhStatisticsRecord *record)
{
  g_mutex_lock (&statistics->lock);
  const gboolean full = g_hash_table_size (statistics->counts) >= MAX_COUNTED;
  g_autofree char *key = g_strdup_printf ("%s %s", record->resource_id, record->collected_entity);
  Count *sum = g_hash_table_lookup (statistics->counts, key);
  if (sum == NULL && full)
    {
      g_free (key);
      key = g_strdup_printf ("%s *", record->resource_id);
      sum = g_hash_table_lookup (statistics->counts, key);
    }
  if (sum == NULL)
    {
      sum = g_new0 (Count, 1);
      g_hash_table_insert (statistics->counts, g_steal_pointer (&key), sum);
    }
  sum->count++;
  sum->size += record->size;
  g_mutex_unlock (&statistics->lock);
  record_free (record);
}

static void
observe_all (GhService *service, const GhObservation *observation, gboolean growth)
{
  Rule rule = { .service = service, .now_us = gh_clock_wall_us (service->clock) };
  g_autoptr (GPtrArray) records = g_ptr_array_new ();
  GhNode root;
  if (observation->originator == NULL || observation->target == NULL)
    return;
  GhView view = gh_view_begin (service->tree);
  if (gh_view_find (&view, service->root_id, &root))
    for (guint i = 0; root.children != NULL && i < root.children->n; i++)
      {
        GhStatisticsRecord *record = take_rule (&view, root.children->items[i], &rule)
                                       ? observe (&rule, &view, observation, growth)
                                       : NULL;
        if (record != NULL)
          g_ptr_array_add (records, record);
      }
  gh_view_end (&view);
  /* the lock is not taken within the read section */
  for (guint i = 0; i < records->len; i++)
    if (((const GhStatisticsRecord *) records->pdata[i])->event == GH_STATISTICS_TIMER)
      count (service->statistics, records->pdata[i]);
    else
      keep (service->statistics, records->pdata[i]);
}

void
gh_statistics_observe (GhService *service, const GhObservation *observation)
{
  observe_all (service, observation, FALSE);
}

void
gh_statistics_observe_growth (GhService *service, const GhObservation *observation)
{
  observe_all (service, observation, TRUE);
}

/* (transfer full): GhStatisticsRecord, of what was counted for the rule; it is forgotten. */
static GPtrArray *
take_counts (GhStatistics *statistics, const Rule *rule)
{
  GPtrArray *records = g_ptr_array_new ();
  GHashTableIter iterator;
  gpointer key, value;
  const gsize n = strlen (rule->collect.slot->id);
  g_mutex_lock (&statistics->lock);
  g_hash_table_iter_init (&iterator, statistics->counts);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    {
      const char *text = key;
      if (strncmp (text, rule->collect.slot->id, n) != 0 || text[n] != ' ')
        continue;
      GhStatisticsRecord *record = record_of (rule, text + n + 1);
      record->count = ((const Count *) value)->count;
      record->size = ((const Count *) value)->size;
      g_ptr_array_add (records, record);
      g_hash_table_iter_remove (&iterator);
    }
  g_mutex_unlock (&statistics->lock);
  return records;
}

void
gh_statistics_elapse (GhService *service, const GhView *view, const GhNode *event_config)
{
  Rule rule = { .service = service, .now_us = gh_clock_wall_us (service->clock) };
  GhNode root;
  if (!gh_view_find (view, service->root_id, &root))
    return;
  for (guint i = 0; root.children != NULL && i < root.children->n; i++)
    {
      if (!take_rule (view, root.children->items[i], &rule)
          || rule.event.slot != event_config->slot)
        continue;
      g_autoptr (GPtrArray) records = take_counts (service->statistics, &rule);
      for (guint k = 0; k < records->len; k++)
        {
          GhStatisticsRecord *record = records->pdata[k];
          record->start_us = moment (rule.event.resource, "evs", rule.now_us);
          record->end_us = moment (rule.event.resource, "eve", rule.now_us);
          keep (service->statistics, record);
        }
    }
}

GPtrArray *
gh_statistics_take (GhStatistics *statistics, guint64 *out_lost)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (record_free);
  g_mutex_lock (&statistics->lock);
  while (!g_queue_is_empty (&statistics->records))
    g_ptr_array_add (records, g_queue_pop_head (&statistics->records));
  if (out_lost != NULL)
    *out_lost = statistics->lost;
  g_mutex_unlock (&statistics->lock);
  return records;
}
