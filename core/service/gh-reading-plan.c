/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-reading-private.h"

#include "service/gh-labels-query.h"

#include <string.h>

/*
 * Which way leads to the fewest candidates? Each condition that an index serves is a way to the
 * structural resources, to the instances, or to both. When all conditions must hold, the cheapest
 * way to each is taken; when one suffices, all of them are. The rest of the criteria decides over
 * the candidates. Otherwise, or where the subtree is small, the subtree is walked through.
 */
#define MAX_COUNT 4096 /* what is larger is not told apart */
#define MAX_PROBE 256  /* structural resources of a subtree that are counted */
#define N_WAYS    7
#define UNKNOWN   G_MAXUINT

/* One condition. A part that is not open is searched completely by its ranges, which may be none:
 * then nothing can match. */
typedef struct {
  gboolean given;
  gboolean structural_open, instances_open;
  GArray *structural, *instances; /* GhReadingRange */
  guint structural_cost, instances_cost;
} Way;

struct _GhReadingPlan {
  Way ways[N_WAYS];
  GPtrArray *texts; /* of the ranges */
  gboolean all;     /* every condition that is given has its way, and there are some */
  guint next;       /* to be counted */
  guint walk_cost;
};

void
gh_reading_plan_free (GhReadingPlan *plan)
{
  for (guint i = 0; i < N_WAYS; i++)
    {
      g_array_unref (plan->ways[i].structural);
      g_array_unref (plan->ways[i].instances);
    }
  g_ptr_array_unref (plan->texts);
  g_free (plan);
}

static void
add_range (GArray *ranges, GhStoreRange range, gboolean holders)
{
  const GhReadingRange added = { range, holders };

  g_array_append_val (ranges, added);
}

static void
add_both (Way *way, GhStoreRange range)
{
  add_range (way->structural, range, FALSE);
  range.instances = TRUE;
  add_range (way->instances, range, FALSE);
}

static void
add_label (Way *way, GhStoreIndex index, const char *text)
{
  add_both (way, (GhStoreRange){ .index = index, .text = text });
}

static void
open_way (Way *way)
{
  way->structural_open = way->instances_open = TRUE;
}

/* Labels. */

static void
plan_labels (Way *way, const char *const *labels)
{
  way->given = labels != NULL;
  for (; labels != NULL && *labels != NULL; labels++)
    add_label (way, GH_INDEX_LABEL, *labels);
}

static const char *
keep_text (GhReadingPlan *plan, char *text)
{
  g_ptr_array_add (plan->texts, text);
  return text;
}

static void
plan_values (GhReadingPlan *plan, Way *way, const GhLabelsExpression *expression)
{
  const char *cursor = NULL, *value;
  gsize length;

  while (gh_labels_expression_next_value (expression, &cursor, &value, &length))
    add_label (way, GH_INDEX_LABEL,
               keep_text (plan, g_strdup_printf ("%.*s:%.*s", (int) expression->key_length,
                                                 expression->key, (int) length, value)));
}

static void
plan_labels_query (GhReadingPlan *plan, Way *way, const char *query)
{
  GhLabelsExpression expression;
  GhFault ignored = { 0 };

  way->given = query != NULL;
  while (query != NULL && gh_labels_query_next (&query, &expression, &ignored))
    {
      const char *key = keep_text (plan, g_strndup (expression.key, expression.key_length));
      const char *pair = keep_text (plan, g_strconcat (key, ":", NULL));

      if (expression.kind == GH_LABELS_LACKS)
        open_way (way);
      else if (expression.kind == GH_LABELS_IS)
        plan_values (plan, way, &expression);
      else
        add_label (way, GH_INDEX_LABEL_PREFIX, pair);
      if (expression.kind == GH_LABELS_HAS)
        add_label (way, GH_INDEX_LABEL, key);
    }
}

/* Types. */

/* What holds instances, and their type. */
static const gint holders[][2] = {
  { GH_TYPE_CONTAINER, GH_TYPE_CONTENT_INSTANCE },
  { GH_TYPE_FLEX_CONTAINER, GH_TYPE_FLEX_CONTAINER_INSTANCE },
  { GH_TYPE_TIME_SERIES, GH_TYPE_TIME_SERIES_INSTANCE },
};

/* 0: @number is no type of instances. */
static gint
holder_of (gint number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (holders); i++)
    if (holders[i][1] == number)
      return holders[i][0];
  return 0;
}

static void
add_type (Way *way, gint number)
{
  add_range (way->structural,
             (GhStoreRange){ .index = GH_INDEX_TYPE, .from = number, .below = number + 1 }, FALSE);
}

static void
plan_types (Way *way, const gint *types, gboolean of_children)
{
  way->given = types != NULL;
  for (; types != NULL && *types != 0; types++)
    if (holder_of (*types) == 0)
      add_type (way, *types);
    else if (of_children)
      /* it says by itself that it has such children */
      add_type (way, holder_of (*types));
    else
      way->instances_open = TRUE;
}

/* Times and state tags. */

static GhStoreRange
time_range (GhStoreIndex index, gint64 from_us, gint64 before_us)
{
  return (GhStoreRange){ .index = index,
                         .from = from_us,
                         .below = before_us != 0 ? before_us : G_MAXINT64 };
}

static void
plan_creation (Way *way, const GhFilterCriteria *filter)
{
  way->given = filter->created_after_us != 0 || filter->created_before_us != 0;
  if (way->given)
    add_both (way,
              time_range (GH_INDEX_CREATION, filter->created_after_us, filter->created_before_us));
}

/* Instances are never modified. */
static void
plan_modification (Way *way, const GhFilterCriteria *filter)
{
  way->given = filter->modified_since_us != 0 || filter->unmodified_since_us != 0;
  if (!way->given)
    return;
  GhStoreRange range = time_range (GH_INDEX_MODIFICATION, filter->modified_since_us,
                                   filter->unmodified_since_us);
  add_range (way->structural, range, FALSE);
  range.index = GH_INDEX_CREATION;
  range.instances = TRUE;
  add_range (way->instances, range, FALSE);
}

/* What never expires stands in no index of expiration. */
static void
plan_expiration (Way *way, const GhFilterCriteria *filter)
{
  way->given = filter->expire_after_us != 0 || filter->expire_before_us != 0;
  if (!way->given)
    return;
  if (filter->expire_before_us == 0)
    open_way (way);
  else
    add_both (way,
              time_range (GH_INDEX_EXPIRATION, filter->expire_after_us, filter->expire_before_us));
}

/* An instance has the state tag that its parent had then, so no larger one than that has now. A
 * flexContainer keeps its own among its attributes. */
static void
plan_state_tag (Way *way, const GhFilterCriteria *filter)
{
  const gint64 from = filter->state_tag_bigger, below = filter->state_tag_smaller;

  way->given = from >= 0 || below >= 0;
  if (!way->given)
    return;
  GhStoreRange range = { .index = GH_INDEX_STATE_TAG,
                         .from = MAX (from, 0),
                         .below = below >= 0 ? below : G_MAXINT64 };
  add_range (way->structural, range, FALSE);
  add_type (way, GH_TYPE_FLEX_CONTAINER);
  way->instances_open = from <= 0;
  range.below = G_MAXINT64;
  add_range (way->instances, range, TRUE);
}

static gboolean
has_other_conditions (const GhFilterCriteria *filter)
{
  return filter->size_above >= 0 || filter->size_below >= 0 || filter->content_types != NULL
         || filter->n_attributes > 0 || gh_filter_has_parent_conditions (filter)
         || gh_filter_child_conditions (filter) != 0;
}

static GhReadingPlan *
plan_new (const GhReading *reading)
{
  const GhFilterCriteria *filter = reading->filter;
  GhReadingPlan *plan = g_new0 (GhReadingPlan, 1);

  plan->texts = g_ptr_array_new_with_free_func (g_free);
  plan->walk_cost = UNKNOWN;
  for (guint i = 0; i < N_WAYS; i++)
    {
      plan->ways[i].structural = g_array_new (FALSE, FALSE, sizeof (GhReadingRange));
      plan->ways[i].instances = g_array_new (FALSE, FALSE, sizeof (GhReadingRange));
    }
  if (reading->pass == GH_READING_COLLECT)
    {
      plan_labels (&plan->ways[0], filter->child_labels);
      plan_types (&plan->ways[1], filter->child_types, TRUE);
      plan->all = filter->n_child_attributes == 0;
      return plan;
    }
  plan_labels (&plan->ways[0], filter->labels);
  plan_labels_query (plan, &plan->ways[1], filter->labels_query);
  plan_expiration (&plan->ways[2], filter);
  plan_state_tag (&plan->ways[3], filter);
  plan_creation (&plan->ways[4], filter);
  plan_modification (&plan->ways[5], filter);
  plan_types (&plan->ways[6], filter->resource_types, FALSE);
  plan->all = !has_other_conditions (filter);
  return plan;
}

/* Estimating. */

static guint
sum (guint a, guint b)
{
  return a > UNKNOWN - b ? UNKNOWN : a + b;
}

/* A span of instances is known without counting it. */
static gboolean
count_ranges (GhReading *reading, const GArray *ranges, guint *out_cost)
{
  const GhStoreOps *ops = reading->job->service->store_ops;
  GhStoreReader *reader = reading->job->reader;
  g_autoptr (GError) error = NULL;
  gboolean counted = ops->reader_begin (reader, &error);

  *out_cost = 0;
  for (guint i = 0; i < ranges->len && counted && *out_cost < MAX_COUNT; i++)
    {
      const GhReadingRange *range = &g_array_index (ranges, GhReadingRange, i);
      const gboolean span = range->range.index == GH_INDEX_CREATION && range->range.instances;
      guint n = 0;

      counted = ops->count_index (reader, &range->range, span ? UNKNOWN : MAX_COUNT, &n, &error);
      *out_cost = sum (*out_cost, range->holders ? UNKNOWN / 2 : n);
    }
  ops->reader_end (reader);
  if (!counted)
    gh_fault_from_error (&reading->fault, error);
  return counted;
}

typedef struct {
  GPtrArray *ids; /* of structural resources below the root */
  guint64 last;
  guint seen;
} Probe;

static gboolean
take_probe (const GhStoreRow *row, gpointer user_data)
{
  Probe *probe = user_data;

  g_ptr_array_add (probe->ids, g_strdup (row->resource_id));
  probe->last = row->number;
  probe->seen++;
  return TRUE;
}

/* What is below one resource: how many instances, and which structural resources. */
static gboolean
probe_one (GhReading *reading, const char *id, Probe *probe, guint *cost)
{
  const GhStoreOps *ops = reading->job->service->store_ops;
  GhStoreReader *reader = reading->job->reader;
  GhView view = gh_view_begin (reading->job->service->tree);
  GhNode node;
  guint64 number = 0;

  if (gh_view_find (&view, id, &node))
    {
      number = node.slot->number;
      *cost = sum (*cost, (guint) MIN (node.counters->count, (guint64) UNKNOWN));
    }
  gh_view_end (&view);
  if (number == 0)
    return TRUE;
  probe->seen = 0;
  probe->last = 0;
  const gboolean read = ops->reader_begin (reader, NULL)
                        && ops->read_children (reader, number, FALSE, 0, TRUE, MAX_PROBE,
                                               take_probe, probe, NULL);
  ops->reader_end (reader);
  return read;
}

/* The whole subtree, when it is small. */
static void
estimate_walk (GhReading *reading)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Probe probe = { .ids = ids };
  guint cost = 0;
  gboolean known;

  g_ptr_array_add (ids, g_strdup (reading->query.id));
  known = TRUE;
  for (guint i = 0; known && i < ids->len; i++)
    known = probe_one (reading, ids->pdata[i], &probe, &cost) && ids->len <= MAX_PROBE;
  reading->plan->walk_cost = known ? sum (cost, ids->len) : UNKNOWN;
}

/* Choosing. */

static const Way *
best_way (const GhReadingPlan *plan, gboolean instances)
{
  const Way *best = NULL;

  for (const Way *way = plan->ways; way < plan->ways + N_WAYS; way++)
    {
      if (!way->given || (instances ? way->instances_open : way->structural_open))
        continue;
      if (best == NULL
          || (instances ? way->instances_cost < best->instances_cost
                        : way->structural_cost < best->structural_cost))
        best = way;
    }
  return best;
}

static void
use_ranges (GhReading *reading, const GArray *ranges)
{
  g_array_append_vals (reading->ranges, ranges->data, ranges->len);
}

/* Every condition has to be searched for: TRUE when all can be. */
static gboolean
choose_all (GhReading *reading, guint *out_cost)
{
  GhReadingPlan *plan = reading->plan;
  gboolean any = FALSE;

  *out_cost = 0;
  for (const Way *way = plan->ways; plan->all && way < plan->ways + N_WAYS; way++)
    {
      if (!way->given)
        continue;
      if (way->structural_open || way->instances_open)
        return FALSE;
      any = TRUE;
      *out_cost = sum (*out_cost, sum (way->structural_cost, way->instances_cost));
      use_ranges (reading, way->structural);
      use_ranges (reading, way->instances);
    }
  return plan->all && any;
}

static gint
compare_ranges (gconstpointer a, gconstpointer b)
{
  const gint64 x = ((const GhReadingRange *) a)->range.from;
  const gint64 y = ((const GhReadingRange *) b)->range.from;

  return x < y ? -1 : x > y;
}

static void
use_marks (GhReading *reading)
{
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init (&iter, reading->marks);
  while (g_hash_table_iter_next (&iter, &number, NULL))
    add_range (reading->ranges, (GhStoreRange){ .from = *(const gint64 *) number }, FALSE);
  g_array_sort (reading->ranges, compare_ranges);
}

static gboolean
choose_best (GhReading *reading, guint *out_cost)
{
  const Way *structural = best_way (reading->plan, FALSE);
  const Way *instances = best_way (reading->plan, TRUE);

  if (gh_filter_child_conditions (reading->filter) != 0)
    {
      /* only what is marked can match, and no instance is */
      *out_cost = g_hash_table_size (reading->marks);
      if (structural == NULL || *out_cost <= structural->structural_cost)
        {
          reading->source = GH_READING_MARKS;
          use_marks (reading);
          return TRUE;
        }
      *out_cost = structural->structural_cost;
      use_ranges (reading, structural->structural);
      return TRUE;
    }
  if (structural == NULL || instances == NULL)
    return FALSE;
  *out_cost = sum (structural->structural_cost, instances->instances_cost);
  use_ranges (reading, structural->structural);
  use_ranges (reading, instances->instances);
  return TRUE;
}

static void
choose (GhReading *reading)
{
  const gboolean any = reading->pass == GH_READING_COLLECT || gh_filter_is_any (reading->filter);
  guint cost = UNKNOWN;

  g_array_set_size (reading->ranges, 0);
  reading->range = 0;
  reading->source = GH_READING_INDEX;
  const gboolean index = any ? choose_all (reading, &cost) : choose_best (reading, &cost);
  if (!index || cost > reading->plan->walk_cost)
    {
      g_array_set_size (reading->ranges, 0);
      reading->source = GH_READING_WALK;
      return;
    }
  gh_reading_walk_end (reading);
  /* the same resource may be found under two labels, or again when it was changed meanwhile */
  if (reading->given == NULL)
    reading->given = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

gboolean
gh_reading_plan_step (GhReading *reading)
{
  const GhStoreOps *ops = reading->job->service->store_ops;
  GhReadingPlan *plan = reading->plan;

  if (plan == NULL)
    {
      if (ops->read_index == NULL || ops->count_index == NULL)
        {
          reading->source = GH_READING_WALK;
          return FALSE;
        }
      reading->plan = plan_new (reading);
      estimate_walk (reading);
      return TRUE;
    }
  if (plan->next < N_WAYS)
    {
      Way *way = &plan->ways[plan->next++];
      return !way->given
             || (count_ranges (reading, way->structural, &way->structural_cost)
                 && count_ranges (reading, way->instances, &way->instances_cost));
    }
  choose (reading);
  return FALSE;
}
