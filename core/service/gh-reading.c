/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-reading-private.h"

#include "service/gh-bookmarks.h"
#include "service/gh-statistics.h"
#include "service/gh-workers.h"

#include <string.h>

#define SLICE_US 1000

static void
reading_free (GhReading *reading)
{
  if (reading->place >= 0)
    gh_gate_leave (reading->job->service->tree, reading->place);
  gh_reading_walk_end (reading);
  g_array_unref (reading->levels);
  g_clear_pointer (&reading->marks, g_hash_table_unref);
  g_clear_pointer (&reading->plan, gh_reading_plan_free);
  g_array_unref (reading->ranges);
  gh_store_cursor_clear (&reading->cursor);
  g_clear_pointer (&reading->given, g_hash_table_unref);
  g_ptr_array_unref (reading->found);
  gh_json_writer_clear (&reading->json);
  g_free (reading);
}

gboolean
gh_reading_take (GhReading *reading)
{
  if (!reading->nested && reading->taken < reading->skip)
    {
      reading->taken++;
      return FALSE;
    }
  if (reading->left == 0)
    {
      reading->partial = reading->incomplete = TRUE;
      return FALSE;
    }
  reading->left--;
  reading->taken += reading->nested ? 0 : 1;
  return TRUE;
}

/* Lists. */

static void
write_reference (GhReading *reading, const GhReadingFound *found)
{
  const gboolean unstructured = reading->job->request->desired_identifier_type == 2;
  const char *address = unstructured ? found->id : found->path;
  GhJsonWriter *json = &reading->json;

  if (reading->query.discovery && reading->query.result_content != GH_RCN_REFERENCES)
    {
      gh_json_string (json, address, strlen (address));
      return;
    }
  gh_json_begin_object (json);
  gh_json_name (json, "nm");
  gh_json_string (json, found->name, strlen (found->name));
  gh_json_name (json, "typ");
  gh_json_integer (json, found->type);
  gh_json_name (json, "val");
  gh_json_string (json, address, strlen (address));
  gh_json_end_object (json);
}

static gboolean
is_new (GhReading *reading, const GhReadingFound *found)
{
  return reading->given == NULL
         || g_hash_table_add (reading->given, g_memdup2 (&found->number, sizeof found->number));
}

void
gh_reading_flush (GhReading *reading)
{
  for (guint i = 0; i < reading->found->len && !reading->partial; i++)
    {
      GhReadingFound *found = reading->found->pdata[i];

      if ((reading->filter->relative_path == NULL || gh_reading_follow (reading, found))
          && is_new (reading, found) && gh_reading_take (reading))
        write_reference (reading, found);
    }
  g_ptr_array_set_size (reading->found, 0);
}

/* The answer. */

/* Structural children come before the instances: among those an answer counts. */
static void
leave_bookmark (const GhReading *reading)
{
  const GhJob *job = reading->job;
  const GhBookmark bookmark = { .root = reading->root_number,
                                .originator = job->originator_text,
                                .offset = reading->query.content_offset,
                                .taken = reading->taken,
                                .number = reading->counted };

  if (reading->nested && reading->counted != 0)
    gh_bookmarks_put (job->service->bookmarks, &bookmark, reading->resumed, reading->now_us);
}

static void
begin_answer (GhReading *reading, const GhNode *node)
{
  const gint rcn = reading->query.result_content;
  GhJsonWriter *json = &reading->json;

  gh_json_begin_object (json);
  if (reading->query.discovery && rcn != GH_RCN_REFERENCES)
    {
      gh_json_name (json, "m2m:uril");
      gh_json_begin_list (json);
      return;
    }
  if (rcn == GH_RCN_REFERENCES)
    {
      gh_json_name (json, "m2m:rrl");
      gh_json_begin_object (json);
      gh_json_name (json, "rrf");
      gh_json_begin_list (json);
      return;
    }
  gh_json_name (json, node->resource->type->root_name);
  gh_json_begin_object (json);
  if (rcn != GH_RCN_CHILDREN)
    {
      const GhRendering rendering = { .resource = node->resource,
                                      .counters = node->counters->has_counters ? node->counters
                                                                               : NULL,
                                      .release = reading->job->release,
                                      .with_universal = TRUE };
      gh_render_members (json, &rendering);
    }
  if (rcn == GH_RCN_ATTRIBUTES_AND_REFERENCES)
    {
      gh_json_name (json, "ch");
      gh_json_begin_list (json);
    }
}

static void
end_answer (GhReading *reading)
{
  const gint rcn = reading->query.result_content;
  const gboolean discovery = reading->query.discovery;
  GhJsonWriter *json = &reading->json;

  /* a direct child that does not fit with all that lies below it is left to the next answer
   * (TS-0001 8.1.2), unless it was the first of this one: then it never fits, and what lies behind
   * it must be reached all the same */
  if (reading->nested && reading->incomplete && reading->taken > reading->skip)
    {
      const gboolean first = reading->taken == reading->skip + 1;

      if (!first && reading->levels->len > 1)
        gh_reading_walk_undo (reading);
      if (!first || reading->levels->len == 1)
        reading->taken--;
    }
  gh_reading_walk_end (reading);
  if (discovery || rcn == GH_RCN_REFERENCES || rcn == GH_RCN_ATTRIBUTES_AND_REFERENCES)
    gh_json_end_list (json);
  if (!discovery || rcn == GH_RCN_REFERENCES)
    gh_json_end_object (json);
  gh_json_end_object (json);
  if (!reading->partial)
    return;
  reading->query.content_status = 1;
  reading->query.content_offset = MAX (reading->taken, reading->skip) + 1;
  leave_bookmark (reading);
}

/* Life. */

/* The root of the walk: in a nested answer its attributes and, in the same read section, which
 * instances belong to them. */
static gboolean
begin_walk (GhReading *reading, gboolean answer)
{
  GhView view = gh_view_begin (reading->job->service->tree);
  GhNode node;
  const gboolean there = gh_view_find (&view, reading->query.id, &node);

  if (there)
    {
      reading->root_number = node.slot->number;
      const GhReadingMoment moment = gh_reading_moment (reading, &view, &node);
      gh_reading_walk_begin (reading, &moment);
      if (reading->nested && reading->pass == GH_READING_LIST && reading->skip > 0)
        gh_reading_walk_resume (reading);
      if (answer)
        begin_answer (reading, &node);
    }
  gh_view_end (&view);
  return there
         || gh_fault_set (&reading->fault, GH_ERROR_NOT_FOUND, "To: the resource has been deleted");
}

static GhReading *
reading_new (GhJob *job, const GhChildrenQuery *query)
{
  const GhServiceOptions *options = &job->service->options;
  const GhFilterCriteria *filter = &job->request->filter;
  const guint most = options->max_children;
  const gint rcn = query->result_content;
  GhReading *reading = g_new0 (GhReading, 1);

  reading->job = job;
  reading->query = *query;
  reading->filter = filter;
  reading->nested = !query->discovery
                    && (rcn == GH_RCN_ATTRIBUTES_AND_CHILDREN || rcn == GH_RCN_CHILDREN);
  reading->left = filter->limit >= 0 && filter->limit < most ? (guint) filter->limit : most;
  reading->skip = filter->offset > 0 ? filter->offset - 1 : 0;
  reading->now_us = gh_clock_wall_us (job->service->clock);
  reading->slices_left = options->reading_slices;
  reading->place = -1;
  reading->levels = g_array_new (FALSE, FALSE, sizeof (GhReadingLevel));
  reading->found = g_ptr_array_new_with_free_func (gh_reading_found_free);
  reading->pass = GH_READING_LIST;
  reading->ranges = g_array_new (FALSE, FALSE, sizeof (GhReadingRange));
  reading->source = reading->nested ? GH_READING_WALK : GH_READING_PLANNING;
  if (gh_filter_child_conditions (filter) != 0)
    {
      reading->pass = GH_READING_COLLECT;
      reading->marks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
    }
  if (filter->relative_path != NULL)
    reading->given = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  gh_job_facts (job, &reading->facts);
  gh_json_writer_init (&reading->json, 4096);
  return reading;
}

/* Rows that end while a nested answer is read belong to it all the same: nothing that it may still
 * see is purged before it is over. */
static gboolean
enter_gate (GhReading *reading)
{
  guint64 sequence;

  if (!reading->nested)
    return TRUE;
  reading->place = gh_gate_enter (reading->job->service->tree, &sequence);
  return reading->place >= 0
         || gh_fault_set (&reading->fault, GH_ERROR_OVERLOADED,
                          "too many long retrieves are under way; try again");
}

static GhReading *
begin (GhJob *job, const GhChildrenQuery *query, GhFault *fault)
{
  GhReading *reading = reading_new (job, query);

  if (enter_gate (reading) && begin_walk (reading, TRUE))
    return reading;
  *fault = reading->fault;
  reading_free (reading);
  return NULL;
}

/* One step of the pass; FALSE: it is over. */
static gboolean
step_of_pass (GhReading *reading)
{
  if (reading->source == GH_READING_PLANNING)
    return gh_reading_plan_step (reading) || !reading->fault.set;
  const gboolean walk = reading->source == GH_READING_WALK;
  const gboolean more = walk ? gh_reading_walk_step (reading) : gh_reading_index_step (reading);

  gh_reading_flush (reading);
  return more;
}

/* FALSE when the answer is complete or the fault is set. */
static gboolean
step (GhReading *reading)
{
  if (step_of_pass (reading))
    return TRUE;
  if (reading->fault.set || reading->partial || reading->pass == GH_READING_LIST)
    return FALSE;
  reading->pass = GH_READING_LIST;
  g_clear_pointer (&reading->plan, gh_reading_plan_free);
  reading->source = reading->nested ? GH_READING_WALK : GH_READING_PLANNING;
  gh_reading_walk_end (reading);
  return begin_walk (reading, FALSE);
}

static void
stop_early (GhReading *reading)
{
  reading->partial = TRUE;
  reading->incomplete = reading->levels->len > 1;
}

/* TRUE: it is over. */
static gboolean
work (GhReading *reading)
{
  const gint64 end_us = g_get_monotonic_time () + SLICE_US;

  do
    if (!step (reading))
      return TRUE;
  while (g_get_monotonic_time () < end_us);
  if (--reading->slices_left > 0)
    return FALSE;
  stop_early (reading);
  return TRUE;
}

static void
reply (GhReading *reading)
{
  GhJob *job = reading->job;

  if (reading->fault.set)
    {
      gh_job_refuse (job, &reading->fault);
      return;
    }
  end_answer (reading);
  GhBuffer *body = gh_json_writer_finish (&reading->json);
  const GhAnswer answer = { .status = GH_RSC_OK,
                            .body = body->data,
                            .length = body->length,
                            .buffer = body,
                            .content_status = reading->query.content_status,
                            .content_offset = reading->query.content_offset };
  if (reading->query.observed != NULL)
    {
      const GhObservation observation = { .operation = GH_OPERATION_RETRIEVE,
                                          .originator = job->originator_text,
                                          .target = reading->query.observed,
                                          .type = reading->query.observed_type,
                                          .size = answer.length };
      gh_statistics_observe (job->service, &observation);
    }
  gh_job_reply (job, &answer);
  gh_buffer_unref (body);
}

/* What a DELETE takes along has been read before it is gone. */
static void
go_on (GhJob *job)
{
  end_answer (job->reading);
  job->prepared = gh_json_writer_finish (&job->reading->json);
  job->prepared_status = job->reading->query.content_status;
  job->prepared_offset = job->reading->query.content_offset;
  g_clear_pointer (&job->reading, reading_free);
  gh_service_run (job);
}

static void
finish (GhJob *job)
{
  if (job->request->operation == GH_OPERATION_DELETE && !job->reading->fault.set)
    {
      go_on (job);
      return;
    }
  reply (job->reading);
  g_clear_pointer (&job->reading, reading_free);
  gh_job_free (job);
}

gboolean
gh_reading_begin (GhJob *job, const GhChildrenQuery *query, GhFault *fault)
{
  job->reading = begin (job, query, fault);
  return job->reading != NULL;
}

void
gh_reading_slice (GhJob *job)
{
  if (job->reader == NULL)
    gh_fault_set (&job->reading->fault, GH_ERROR_OVERLOADED, "the store is being opened again");
  else if (gh_job_is_late (job))
    gh_fault_set (&job->reading->fault, GH_ERROR_TIMEOUT, "RQET: the time is over");
  if (job->reading->fault.set || work (job->reading))
    finish (job);
  else if (!gh_workers_push_again (job->service->workers, job))
    gh_reading_cancel (job);
}

void
gh_reading_cancel (GhJob *job)
{
  gh_fault_set (&job->reading->fault, GH_ERROR_CANCELLED, "the CSE stops");
  finish (job);
}
