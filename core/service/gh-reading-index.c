/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-reading-private.h"

#include <string.h>

/* Candidates that an index finds, a page at a time: the rows are read first and judged afterwards,
 * in the view of that moment. */

typedef struct {
  gboolean instances;
  GPtrArray *rows; /* GhInstance, or the identifiers of structural resources */
} Page;

static gboolean
take_row (const GhStoreRow *row, gpointer user_data)
{
  Page *page = user_data;

  if (row->ended_sequence == 0)
    g_ptr_array_add (page->rows, page->instances ? (gpointer) gh_instance_new (row, NULL)
                                                 : (gpointer) g_strdup (row->resource_id));
  return TRUE;
}

/* The resource with @id, when it lies where it is searched; the view's. */
static gboolean
find_candidate (const GhReading *reading, const GhView *view, const char *id, guint below,
                GhNode *out)
{
  return gh_view_find (view, id, out) && out->slot->number != reading->root_number
         && gh_reading_is_in_reach (reading, view, out, below);
}

static void
judge_structural (GhReading *reading, const char *const *ids, guint n)
{
  GhView view = gh_view_begin (reading->job->service->tree);
  GhNode node;

  for (guint i = 0; i < n; i++)
    if (find_candidate (reading, &view, ids[i], 0, &node)
        && gh_reading_judge_node (reading, &view, &node))
      gh_reading_find_node (reading, &node);
  gh_view_end (&view);
}

/* Their instances are read in the next steps. */
static void
enter_holders (GhReading *reading, const char *const *ids, guint n)
{
  GhView view = gh_view_begin (reading->job->service->tree);
  GhNode node;

  for (guint i = 0; i < n; i++)
    {
      if (!gh_view_find (&view, ids[i], &node)
          || !gh_reading_is_in_reach (reading, &view, &node, 1))
        continue;
      const GhReadingMoment moment = gh_reading_moment (reading, &view, &node);
      if (moment.readable)
        gh_reading_walk_instances (reading, &moment);
    }
  gh_view_end (&view);
}

static gboolean
read_page (GhReading *reading, const GhReadingRange *range, Page *page, gboolean *out_more)
{
  const GhStoreOps *ops = reading->job->service->store_ops;
  GhStoreReader *reader = reading->job->reader;
  g_autoptr (GError) error = NULL;
  const gboolean read = ops->reader_begin (reader, &error)
                        && ops->read_index (reader, &range->range, &reading->cursor,
                                            GH_READING_PAGE, take_row, page, out_more, &error);

  ops->reader_end (reader);
  if (!read)
    gh_fault_from_error (&reading->fault, error);
  return read;
}

static gboolean
search_range (GhReading *reading)
{
  const GhReadingRange *range = &g_array_index (reading->ranges, GhReadingRange, reading->range);
  const gboolean instances = range->range.instances;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
    instances ? (GDestroyNotify) gh_instance_unref : g_free);
  Page page = { .instances = instances, .rows = rows };
  gboolean more = FALSE;

  if (!read_page (reading, range, &page, &more))
    return FALSE;
  if (instances)
    gh_reading_judge_instances (reading, rows);
  else if (range->holders)
    enter_holders (reading, (const char *const *) rows->pdata, rows->len);
  else
    judge_structural (reading, (const char *const *) rows->pdata, rows->len);
  if (!more)
    {
      reading->range++;
      gh_store_cursor_clear (&reading->cursor);
    }
  return TRUE;
}

/* What is marked does not change any more: one at a time, in the order of the numbers. */
static gboolean
search_marks (GhReading *reading)
{
  GhStoreRange *next;
  const GhReadingMark *mark;

  if (reading->range >= reading->ranges->len)
    return FALSE;
  next = &g_array_index (reading->ranges, GhReadingRange, reading->range++).range;
  mark = g_hash_table_lookup (reading->marks, &next->from);
  if (mark != NULL)
    {
      const char *const id = mark->id;
      judge_structural (reading, &id, 1);
    }
  return TRUE;
}

gboolean
gh_reading_index_step (GhReading *reading)
{
  if (reading->partial || reading->fault.set)
    return FALSE;
  if (reading->levels->len > 0)
    return gh_reading_walk_step (reading);
  if (reading->source == GH_READING_MARKS)
    return search_marks (reading);
  return reading->range < reading->ranges->len && search_range (reading);
}
