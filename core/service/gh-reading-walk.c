/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-bookmarks.h"
#include "service/gh-reading-private.h"

#include <string.h>

/* Depth first: children in the order of their creation (in a nested answer type by type), then the
 * instances. What is open stands in levels, so that a slice can end anywhere. */
#define MAX_DEPTH 64

static GhReadingLevel *
top_level (const GhReading *reading)
{
  return &g_array_index (reading->levels, GhReadingLevel, reading->levels->len - 1);
}

static void
child_clear (gpointer data)
{
  g_free (((GhReadingChild *) data)->id);
}

/* Conditions on children are about what lies one level deeper. */
static gboolean
is_deep_enough (const GhReading *reading, guint depth)
{
  const gint64 level = reading->filter->level;

  return depth > MAX_DEPTH
         || (level > 0 && depth > level + (reading->pass == GH_READING_COLLECT ? 1 : 0));
}

static void
push_level (GhReading *reading, const GhReadingMoment *moment, guint depth, gboolean closes)
{
  GhReadingLevel level = { .moment = *moment,
                           .depth = depth,
                           .children = g_array_new (FALSE, FALSE, sizeof (GhReadingChild)),
                           .closes = closes };

  g_array_set_clear_func (level.children, child_clear);
  level.last_instance = moment->counters.oldest > 0 ? moment->counters.oldest - 1 : 0;
  g_array_append_val (reading->levels, level);
}

/* JSON: what a level has open. */
static void
pop_level (GhReading *reading)
{
  GhReadingLevel *level = top_level (reading);

  if (level->instances_open)
    gh_json_end_list (&reading->json);
  if (level->open_type != NULL)
    gh_json_end_list (&reading->json);
  if (level->closes)
    gh_json_end_object (&reading->json);
  g_array_unref (level->children);
  g_array_set_size (reading->levels, reading->levels->len - 1);
}

void
gh_reading_walk_begin (GhReading *reading, const GhReadingMoment *moment)
{
  push_level (reading, moment, 1, FALSE);
}

/* All structural children, and the instances up to one, have been counted. */
void
gh_reading_walk_resume (GhReading *reading)
{
  GhReadingLevel *level = top_level (reading);
  GhBookmark bookmark = { .root = reading->root_number,
                          .originator = reading->job->originator_text,
                          .offset = reading->skip + 1 };

  if (!gh_bookmarks_find (reading->job->service->bookmarks, &bookmark, reading->now_us))
    return;
  level->listed = TRUE;
  level->last_instance = MAX (level->last_instance, bookmark.number);
  reading->taken = bookmark.taken;
  reading->counted = bookmark.number;
  reading->resumed = bookmark.offset;
}

void
gh_reading_walk_undo (GhReading *reading)
{
  while (reading->levels->len > 1)
    pop_level (reading);
  reading->json.length = reading->last.length;
  reading->json.comma = reading->last.comma;
  top_level (reading)->open_type = reading->last.open_type;
}

void
gh_reading_walk_instances (GhReading *reading, const GhReadingMoment *moment)
{
  push_level (reading, moment, 1, FALSE);
  top_level (reading)->listed = TRUE;
}

void
gh_reading_walk_end (GhReading *reading)
{
  while (reading->levels->len > 0)
    pop_level (reading);
}

/* Listing children. */

static gboolean
take_child (const GhStoreRow *row, gpointer user_data)
{
  GArray *children = user_data;
  const GhReadingChild child = { row->number,
                                 gh_type_of_stored (row->type, row->body, row->body_length),
                                 g_strdup (row->resource_id) };

  g_array_append_val (children, child);
  return TRUE;
}

/* JSON wants all children of one root name in one list, so they are visited type by type. */
static gint
compare_by_type (gconstpointer a, gconstpointer b)
{
  const GhReadingChild *x = a, *y = b;

  if (x->type != y->type && x->type != NULL && y->type != NULL)
    return x->type->number != y->type->number ? (x->type->number < y->type->number ? -1 : 1)
                                              : strcmp (x->type->root_name, y->type->root_name);
  return x->number < y->number ? -1 : 1;
}

/* Children of one resource, behind one of them. */
typedef struct {
  guint64 parent, after;
  gboolean instances;
  guint limit;
} Rows;

static gboolean
read_rows (GhReading *reading, const Rows *rows, GhStoreRowFunc func, gpointer user_data)
{
  const GhStoreOps *ops = reading->job->service->store_ops;
  GhStoreReader *reader = reading->job->reader;
  g_autoptr (GError) error = NULL;
  const gboolean read = ops->reader_begin (reader, &error)
                        && ops->read_children (reader, rows->parent, rows->instances, rows->after,
                                               TRUE, rows->limit, func, user_data, &error);

  ops->reader_end (reader);
  if (!read)
    gh_fault_from_error (&reading->fault, error);
  return read;
}

static void
list_children (GhReading *reading, GhReadingLevel *level)
{
  if (!reading->nested)
    {
      g_array_set_size (level->children, 0);
      level->next = 0;
    }
  const guint before = level->children->len;
  const Rows rows = { .parent = level->moment.number,
                      .after = level->last_child,
                      .limit = GH_READING_PAGE };
  if (!read_rows (reading, &rows, take_child, level->children))
    return;
  const guint after = level->children->len;
  level->listed = after - before < GH_READING_PAGE
                  || (reading->nested
                      && after >= reading->left + (guint) reading->skip + GH_READING_PAGE);
  if (after > before)
    level->last_child = g_array_index (level->children, GhReadingChild, after - 1).number;
  if (reading->nested && level->listed)
    g_array_sort (level->children, compare_by_type);
}

/* Visiting one child. */

/* Counts a direct child of a nested answer; TRUE: it comes before the offset. */
static gboolean
pass_over (GhReading *reading, guint depth)
{
  return depth == 1 && reading->nested && ++reading->taken <= reading->skip;
}

static GhBuffer *
render_open (const GhReading *reading, const GhNode *node)
{
  GhJsonWriter json;
  const GhRendering rendering = { .resource = node->resource,
                                  .counters = node->counters->has_counters ? node->counters : NULL,
                                  .release = reading->job->release,
                                  .with_universal = TRUE };

  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_render_members (&json, &rendering);
  return gh_json_writer_finish (&json);
}

/* What is needed of a child beyond its read section. */
typedef struct {
  GhReadingMoment moment;
  const GhType *type;
  GhBuffer *members; /* rendered, without the closing brace; nested only */
  gboolean there;
} Visit;

static void
look_at (GhReading *reading, const char *id, Visit *visit)
{
  GhView view = gh_view_begin (reading->job->service->tree);
  GhNode node;

  visit->there = gh_view_find (&view, id, &node) && !gh_reading_skips (reading, &node);
  if (visit->there)
    {
      const gboolean listed = gh_reading_judge_node (reading, &view, &node);

      visit->type = node.slot->type;
      visit->moment = gh_reading_moment (reading, &view, &node);
      if (listed && reading->nested)
        visit->members = render_open (reading, &node);
      else if (listed)
        gh_reading_find_node (reading, &node);
    }
  gh_view_end (&view);
}

static void
write_nested (GhReading *reading, GhReadingLevel *level, const Visit *visit)
{
  if (level->depth == 1)
    reading->last = (GhReadingPlace){ reading->json.length, reading->json.comma, level->open_type };
  if (level->open_type != visit->type)
    {
      if (level->open_type != NULL)
        gh_json_end_list (&reading->json);
      gh_json_name (&reading->json, visit->type->root_name);
      gh_json_begin_list (&reading->json);
      level->open_type = visit->type;
    }
  gh_json_raw (&reading->json, visit->members->data, visit->members->length);
}

static void
visit_child (GhReading *reading, GhReadingLevel *level)
{
  const guint depth = level->depth + 1;
  const char *id = g_array_index (level->children, GhReadingChild, level->next++).id;
  Visit visit = { .there = FALSE };

  if (pass_over (reading, level->depth))
    return;
  look_at (reading, id, &visit);
  gboolean descends = visit.there && (!reading->nested || visit.members != NULL);
  if (descends && reading->nested)
    {
      descends = gh_reading_take (reading);
      if (descends)
        write_nested (reading, level, &visit);
    }
  g_clear_pointer (&visit.members, gh_buffer_unref);
  if (!descends)
    return;
  /* the array moves: level is not used any more */
  if (!is_deep_enough (reading, depth))
    push_level (reading, &visit.moment, depth, reading->nested);
  else if (reading->nested)
    gh_json_end_object (&reading->json);
}

/* Instances. */

typedef struct {
  GhReading *reading;
  const GhReadingMoment *moment;
  gboolean direct; /* of a nested answer, whose offset counts them */
  GPtrArray *instances;
  guint64 last;
  guint seen;
} Page;

static gboolean
take_instance (const GhStoreRow *row, gpointer user_data)
{
  Page *page = user_data;
  const GhReadingMoment *moment = page->moment;

  page->seen++;
  page->last = row->number;
  if (row->number < moment->counters.oldest || row->number > moment->counters.latest)
    return TRUE;
  /* a list holds what exists now, a nested answer what existed when its counters were written */
  if (row->ended_sequence != 0
      && (!page->reading->nested || row->ended_sequence <= moment->sequence))
    return TRUE;
  if (page->direct && page->reading->taken < page->reading->skip)
    {
      page->reading->taken++;
      page->reading->counted = row->number;
      return TRUE;
    }
  g_ptr_array_add (page->instances, gh_instance_new (row, NULL));
  return TRUE;
}

/* The members of a stored representation {"m2m:cin":{...}} are copied, not parsed. */
static void
write_instance (GhReading *reading, const GhInstance *instance, const GhResource *resource)
{
  if (resource == NULL)
    {
      const char *inner = memchr (instance->body->data, ':', instance->body->length);
      inner = inner != NULL ? strchr (inner + 1, '{') : NULL;
      if (inner != NULL)
        gh_json_raw (&reading->json, inner,
                     (gsize) (instance->body->data + instance->body->length - 1 - inner));
      return;
    }
  const GhRendering rendering = { .resource = resource,
                                  .release = reading->job->release,
                                  .with_universal = TRUE };
  gh_json_begin_object (&reading->json);
  gh_render_members (&reading->json, &rendering);
  gh_json_end_object (&reading->json);
}

static GhResource *
parent_of_instances (GhReading *reading, const GhReadingMoment *moment)
{
  const GhType *type = gh_type_by_number (moment->instance_type);
  GhResource *parent = NULL;
  char id[GH_INSTANCE_ID_SIZE];
  GhNode node;

  if (!gh_filter_has_parent_conditions (reading->filter))
    return NULL;
  gh_instance_holder_id (type, moment->number, id);
  GhView view = gh_view_begin (reading->job->service->tree);
  if (gh_view_find (&view, id, &node)
      && gh_reading_may_see (reading, &view, &node, 0, reading->filter->n_parent_attributes > 0))
    parent = gh_resource_ref (node.resource);
  gh_view_end (&view);
  return parent;
}

static void
nest_instance (GhReading *reading, GhReadingLevel *level, const GhInstance *instance,
               const GhResource *parent)
{
  g_autoptr (GhResource) resource = NULL;

  if (!gh_reading_instance_matches (reading, instance, parent, &resource)
      || !gh_reading_take (reading))
    return;
  if (!level->instances_open)
    {
      if (level->open_type != NULL)
        gh_json_end_list (&reading->json);
      level->open_type = NULL;
      gh_json_name (&reading->json, gh_instance_type (instance)->root_name);
      gh_json_begin_list (&reading->json);
      level->instances_open = TRUE;
    }
  write_instance (reading, instance, resource);
}

static void
nest_instances (GhReading *reading, GhReadingLevel *level, const GPtrArray *instances)
{
  GhResource *parent = parent_of_instances (reading, &level->moment);
  const gboolean direct = level->depth == 1;

  for (guint i = 0; i < instances->len && !reading->partial; i++)
    {
      const GhInstance *instance = instances->pdata[i];

      reading->taken += direct ? 1 : 0;
      nest_instance (reading, level, instance, parent);
      if (direct && !reading->partial)
        reading->counted = instance->number;
    }
  g_clear_pointer (&parent, gh_resource_unref);
}

/* Whether there is anything to be found among the instances of the level. */
static gboolean
wants_instances (const GhReading *reading, const GhReadingLevel *level)
{
  const GhReadingMoment *moment = &level->moment;

  if (!moment->readable || level->last_instance >= moment->counters.latest)
    return FALSE;
  if (reading->pass == GH_READING_COLLECT)
    return gh_reading_misses_marks (reading, moment->number);
  return gh_filter_may_match_instances (reading->filter)
         && gh_filter_may_have_type (reading->filter, moment->instance_type);
}

/* A page of them; FALSE: there are no more. */
static gboolean
read_instances (GhReading *reading, GhReadingLevel *level)
{
  if (!wants_instances (reading, level))
    return FALSE;
  g_autoptr (GPtrArray) instances = g_ptr_array_new_with_free_func (
    (GDestroyNotify) gh_instance_unref);
  const gboolean direct = reading->nested && level->depth == 1;
  const gint64 over = direct ? reading->skip - reading->taken : 0;
  const Rows rows = { .parent = level->moment.number,
                      .after = level->last_instance,
                      .instances = TRUE,
                      .limit = (guint) CLAMP (over, GH_READING_PAGE, GH_READING_SKIP) };
  Page page = {
    .reading = reading, .moment = &level->moment, .direct = direct, .instances = instances
  };

  if (!read_rows (reading, &rows, take_instance, &page))
    return FALSE;
  level->last_instance = page.seen < rows.limit ? G_MAXUINT64 : page.last;
  if (reading->nested)
    nest_instances (reading, level, instances);
  else
    gh_reading_judge_instances (reading, instances);
  return TRUE;
}

gboolean
gh_reading_walk_step (GhReading *reading)
{
  if (reading->levels->len == 0 || reading->partial)
    return FALSE;
  GhReadingLevel *level = top_level (reading);

  if (level->next < level->children->len && (level->listed || !reading->nested))
    visit_child (reading, level);
  else if (!level->listed)
    list_children (reading, level);
  else if (!read_instances (reading, level) && !reading->fault.set)
    pop_level (reading);
  return !reading->fault.set;
}
