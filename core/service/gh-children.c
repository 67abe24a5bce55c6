/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-filter.h"
#include "service/gh-job.h"

#include <string.h>

/*
 * Children: rcn 4, 5, 6, 8 and discovery. A depth-first walk over the rows of the store, in slices:
 * a page of children is read from one snapshot, then looked at in one read section. Nothing of the
 * tree is kept between slices.
 */
#define PAGE      128
#define MAX_DEPTH 24

typedef struct {
  guint64 number;
  const GhType *type; /* NULL: not known in this build */
  char *id;
} Child;

/* What one read section says of a resource: its rendered counters and its children must be of the
 * same moment. */
typedef struct {
  guint64 number, sequence;
  GhCounters counters;
  gboolean readable;
} Moment;

typedef struct {
  GhJob *job;
  const GhFilterCriteria *filter;
  GhFault *fault;
  GhJsonWriter json;
  GhRequestFacts facts;
  gint rcn;
  gboolean discovery, partial;
  guint left;   /* resources that the answer may still hold */
  gint64 skip;  /* by the offset */
  gint64 taken; /* passed over or given: resources of a list, direct children of a nested answer */
  gint64 depth_limit;
  gint64 now_us;
} Walk;

typedef struct {
  guint64 sequence, oldest, latest, last;
  GPtrArray *instances;
  guint seen;
} InstancePage;

static gboolean walk_children (Walk *walk, const Moment *moment, const char *path, guint depth);

/* One resource of a list: by its path, or its identifier when drt asks for unstructured ones. */
typedef struct {
  const char *path, *id, *name;
  gint type;
} Reference;

static void
write_reference (Walk *walk, const Reference *reference)
{
  const gboolean unstructured = walk->job->request->desired_identifier_type == 2;
  const char *address = unstructured ? reference->id : reference->path;
  GhJsonWriter *json = &walk->json;
  if (walk->discovery && walk->rcn != GH_RCN_REFERENCES)
    {
      gh_json_string (json, address, strlen (address));
      return;
    }
  gh_json_begin_object (json);
  gh_json_name (json, "nm");
  gh_json_string (json, reference->name, strlen (reference->name));
  gh_json_name (json, "typ");
  gh_json_integer (json, reference->type);
  gh_json_name (json, "val");
  gh_json_string (json, address, strlen (address));
  gh_json_end_object (json);
}

static gboolean
nested (const Walk *walk)
{
  return !walk->discovery
         && (walk->rcn == GH_RCN_ATTRIBUTES_AND_CHILDREN || walk->rcn == GH_RCN_CHILDREN);
}

/* Whether the answer still takes a resource that matches and may be seen. In a list the offset
 * counts such resources; in a nested answer it counts direct children, which walk_children does. */
static gboolean
take (Walk *walk)
{
  const gboolean list = !nested (walk);
  if (list && walk->taken < walk->skip)
    {
      walk->taken++;
      return FALSE;
    }
  if (walk->left == 0)
    {
      walk->partial = TRUE;
      return FALSE;
    }
  walk->left--;
  walk->taken += list;
  return TRUE;
}

/* Counts a direct child of a nested answer; TRUE: it comes before the offset. */
static gboolean
pass_over (Walk *walk, guint depth)
{
  return depth == 1 && nested (walk) && ++walk->taken <= walk->skip;
}

/* The next answer begins with the direct child that did not fit, unless it was the first of this
 * one: then it never fits, and what lies behind it must be reached all the same. */
static void
give_back (Walk *walk, guint depth)
{
  if (depth == 1 && nested (walk) && walk->partial && walk->taken > walk->skip + 1)
    walk->taken--;
}

static gboolean
take_page_instance (const GhStoreRow *row, gpointer user_data)
{
  InstancePage *page = user_data;
  page->seen++;
  page->last = row->number;
  if (row->number < page->oldest || row->number > page->latest)
    return TRUE;
  if (row->ended_sequence != 0 && row->ended_sequence <= page->sequence)
    return TRUE;
  g_ptr_array_add (page->instances, gh_instance_new (row, NULL));
  return TRUE;
}

static gboolean
instance_matches (Walk *walk, const GhInstance *instance, GhResource **out)
{
  const GhType *type = gh_instance_type (instance);
  const GhIdentity identity = { .number = instance->number, .parent_number = instance->parent };
  const gboolean plain = !walk->filter->present && walk->job->release >= 3;
  *out = NULL;
  if (instance->expiration_us <= walk->now_us)
    return FALSE;
  if (plain)
    return TRUE;
  GhFault ignored = { 0 };
  *out = gh_resource_from_json (&identity, type, instance->body->data, instance->body->length,
                                &ignored);
  return *out != NULL && gh_filter_matches (walk->filter, *out, NULL);
}

/* The members of a stored representation {"m2m:cin":{...}} are copied, not parsed. */
static void
write_instance (Walk *walk, const GhInstance *instance, const GhResource *resource)
{
  if (resource == NULL)
    {
      const char *inner = memchr (instance->body->data, ':', instance->body->length);
      inner = inner != NULL ? strchr (inner + 1, '{') : NULL;
      if (inner != NULL)
        gh_json_raw (&walk->json, inner,
                     (gsize) (instance->body->data + instance->body->length - 1 - inner));
      return;
    }
  const GhRendering rendering = { .resource = resource,
                                  .release = walk->job->release,
                                  .with_universal = TRUE };
  gh_json_begin_object (&walk->json);
  gh_render_members (&walk->json, &rendering);
  gh_json_end_object (&walk->json);
}

static void
write_instance_reference (Walk *walk, const GhInstance *instance, const char *path)
{
  g_autofree char *below = g_strdup_printf ("%s/%s", path, instance->name);
  char id[GH_INSTANCE_ID_SIZE];
  const Reference reference = { below, id, instance->name, instance->type };
  gh_instance_id_format (gh_type_by_number (instance->type), instance->number, id);
  write_reference (walk, &reference);
}

static void
write_instances (Walk *walk, const InstancePage *page, const char *path, guint depth,
                 gboolean *opened)
{
  for (guint i = 0; i < page->instances->len && !walk->partial; i++)
    {
      const GhInstance *instance = page->instances->pdata[i];
      g_autoptr (GhResource) resource = NULL;
      if (pass_over (walk, depth) || !instance_matches (walk, instance, &resource))
        continue;
      if (!take (walk))
        {
          give_back (walk, depth);
          continue;
        }
      if (nested (walk))
        {
          if (!*opened)
            {
              gh_json_name (&walk->json, gh_instance_type (instance)->root_name);
              gh_json_begin_list (&walk->json);
              *opened = TRUE;
            }
          write_instance (walk, instance, resource);
          continue;
        }
      write_instance_reference (walk, instance, path);
    }
}

/* The instances of a container as its counters of one moment say, read in slices. */
static gboolean
walk_instances (Walk *walk, const Moment *moment, const char *path, guint depth)
{
  const GhStoreOps *ops = walk->job->service->store_ops;
  const GhCounters *counters = &moment->counters;
  InstancePage page = { .sequence = moment->sequence,
                        .oldest = counters->oldest,
                        .latest = counters->latest,
                        .last = counters->oldest - 1 };
  gboolean opened = FALSE, read = TRUE;
  g_autoptr (GError) error = NULL;

  do
    {
      page.seen = 0;
      page.instances = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_instance_unref);
      read = ops->reader_begin (walk->job->reader, &error)
             && ops->read_children (walk->job->reader, moment->number, TRUE, page.last, TRUE, PAGE,
                                    take_page_instance, &page, &error);
      ops->reader_end (walk->job->reader);
      if (read)
        write_instances (walk, &page, path, depth, &opened);
      g_ptr_array_unref (page.instances);
    }
  while (read && page.seen == PAGE && page.last < page.latest && !walk->partial);
  if (opened)
    gh_json_end_list (&walk->json);
  if (!read)
    gh_fault_from_error (walk->fault, error);
  return read;
}

static gboolean
take_child (const GhStoreRow *row, gpointer user_data)
{
  GArray *children = user_data;
  const Child child = { row->number,
                        gh_type_of_stored (row->type, row->body, row->body_length),
                        g_strdup (row->resource_id) };
  g_array_append_val (children, child);
  return TRUE;
}

static void
child_clear (gpointer data)
{
  g_free (((Child *) data)->id);
}

/* What is needed of a child beyond its read section. */
typedef struct {
  GhBuffer *members; /* rendered, without the closing brace; nested only */
  char *name, *path;
  const GhType *type;
  gboolean listed;
  Moment moment;
} ChildCopy;

/* A criterion with stars tells what an attribute holds, so it needs the right to read that too. */
static gboolean
may_see (const Walk *walk, const GhView *view, const GhNode *node, gint instance_type)
{
  const gboolean reads = !walk->discovery || walk->filter->n_attributes > 0;
  GhAccessQuestion question = { .node = node, .instance_type = instance_type };
  GhFault ignored = { 0 };
  question.operation = GH_ACOP_DISCOVERY;
  if (walk->discovery
      && !gh_authorize (walk->job->service, view, &walk->facts, &question, &ignored))
    return FALSE;
  question.operation = GH_ACOP_RETRIEVE;
  return !reads || gh_authorize (walk->job->service, view, &walk->facts, &question, &ignored);
}

/* Instances have no policies of their own: those of the container decide, for their type. */
static gboolean
instances_are_readable (const Walk *walk, const GhView *view, const GhNode *node)
{
  return node->counters->count > 0 && !gh_resource_get_boolean (node->resource, "disr", FALSE)
         && may_see (walk, view, node, node->slot->type->instances->number);
}

static Moment
moment_of (const Walk *walk, const GhView *view, const GhNode *node)
{
  return (Moment){ .number = node->slot->number,
                   .sequence = view->sequence,
                   .counters = *node->counters,
                   .readable = instances_are_readable (walk, view, node) };
}

static GhBuffer *
render_open (const Walk *walk, const GhNode *node)
{
  GhJsonWriter json;
  const GhRendering rendering = { .resource = node->resource,
                                  .counters = node->counters->has_counters ? node->counters : NULL,
                                  .release = walk->job->release,
                                  .with_universal = TRUE };
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_render_members (&json, &rendering);
  return gh_json_writer_finish (&json);
}

static gboolean
copy_child (Walk *walk, const char *id, const char *path, ChildCopy *out)
{
  GhView view = gh_view_begin (walk->job->service->tree);
  GhNode node;
  gboolean there = gh_view_find (&view, id, &node)
                   && node.resource->identity.expiration_us > walk->now_us;
  if (there)
    {
      out->name = g_strdup (node.slot->name);
      out->path = g_strdup_printf ("%s/%s", path, node.slot->name);
      out->type = node.slot->type;
      out->moment = moment_of (walk, &view, &node);
      /* what one may not see is left out, with its instances, which have no policies of their own;
       * what else lies below it is judged by itself */
      const gboolean allowed = may_see (walk, &view, &node, 0);
      out->moment.readable = out->moment.readable && allowed;
      out->listed = allowed && gh_filter_matches (walk->filter, node.resource, node.counters);
      if (out->listed && nested (walk))
        out->members = render_open (walk, &node);
    }
  gh_view_end (&view);
  return there;
}

static void
copy_clear (ChildCopy *copy)
{
  g_free (copy->name);
  g_free (copy->path);
  g_clear_pointer (&copy->members, gh_buffer_unref);
}

static gboolean
visit_child (Walk *walk, const char *id, const char *path, guint depth, const GhType **open_type)
{
  ChildCopy copy = { 0 };
  gboolean done = TRUE;
  if (!copy_child (walk, id, path, &copy))
    return TRUE;
  if (copy.listed && take (walk))
    {
      if (nested (walk))
        {
          if (*open_type != copy.type)
            {
              if (*open_type != NULL)
                gh_json_end_list (&walk->json);
              gh_json_name (&walk->json, copy.type->root_name);
              gh_json_begin_list (&walk->json);
              *open_type = copy.type;
            }
          gh_json_raw (&walk->json, copy.members->data, copy.members->length);
          done = walk_children (walk, &copy.moment, copy.path, depth + 1);
          gh_json_end_object (&walk->json);
        }
      else
        {
          const Reference reference = { copy.path, id, copy.name, copy.type->number };
          write_reference (walk, &reference);
        }
    }
  if (done && !nested (walk) && !walk->partial)
    done = walk_children (walk, &copy.moment, copy.path, depth + 1);
  copy_clear (&copy);
  return done;
}

static GArray *
list_children (Walk *walk, guint64 number)
{
  const GhStoreOps *ops = walk->job->service->store_ops;
  g_autoptr (GError) error = NULL;
  GArray *children = g_array_new (FALSE, FALSE, sizeof (Child));
  g_array_set_clear_func (children, child_clear);
  guint before;
  gboolean read;
  do
    {
      before = children->len;
      guint64 after = before > 0 ? g_array_index (children, Child, before - 1).number : 0;
      read = ops->reader_begin (walk->job->reader, &error)
             && ops->read_children (walk->job->reader, number, FALSE, after, TRUE, PAGE, take_child,
                                    children, &error);
      ops->reader_end (walk->job->reader);
    }
  while (read && children->len - before == PAGE
         && children->len < walk->left + (guint) walk->skip + PAGE);
  if (!read)
    gh_fault_from_error (walk->fault, error);
  return children;
}

/* JSON wants all children of one root name in one list, so they are visited type by type. */
static gint
compare_by_type (gconstpointer a, gconstpointer b)
{
  const Child *x = a, *y = b;
  if (x->type != y->type && x->type != NULL && y->type != NULL)
    return x->type->number != y->type->number
             ? (x->type->number < y->type->number ? -1 : 1)
             : strcmp (x->type->root_name, y->type->root_name);
  return x->number < y->number ? -1 : 1;
}

static gboolean
walk_children (Walk *walk, const Moment *moment, const char *path, guint depth)
{
  if (depth > MAX_DEPTH || (walk->depth_limit > 0 && depth > walk->depth_limit))
    return TRUE;

  g_autoptr (GArray) children = list_children (walk, moment->number);
  const GhType *open_type = NULL;
  gboolean done = !walk->fault->set;
  if (nested (walk))
    g_array_sort (children, compare_by_type);
  for (guint i = 0; done && i < children->len && !walk->partial; i++)
    {
      if (pass_over (walk, depth))
        continue;
      done = visit_child (walk, g_array_index (children, Child, i).id, path, depth, &open_type);
      give_back (walk, depth);
    }
  if (open_type != NULL)
    gh_json_end_list (&walk->json);
  if (done && moment->readable && moment->counters.count > 0 && !walk->partial)
    done = walk_instances (walk, moment, path, depth);
  return done;
}

static void
begin_answer (Walk *walk, const GhNode *node)
{
  GhJsonWriter *json = &walk->json;
  gh_json_begin_object (json);
  if (walk->discovery && walk->rcn != GH_RCN_REFERENCES)
    {
      gh_json_name (json, "m2m:uril");
      gh_json_begin_list (json);
      return;
    }
  if (walk->rcn == GH_RCN_REFERENCES)
    {
      gh_json_name (json, "m2m:rrl");
      gh_json_begin_object (json);
      gh_json_name (json, "rrf");
      gh_json_begin_list (json);
      return;
    }
  gh_json_name (json, node->resource->type->root_name);
  gh_json_begin_object (json);
  if (walk->rcn != GH_RCN_CHILDREN)
    {
      const GhRendering rendering = { .resource = node->resource,
                                      .counters = node->counters->has_counters ? node->counters
                                                                               : NULL,
                                      .release = walk->job->release,
                                      .with_universal = TRUE };
      gh_render_members (json, &rendering);
    }
  if (walk->rcn == GH_RCN_ATTRIBUTES_AND_REFERENCES)
    {
      gh_json_name (json, "ch");
      gh_json_begin_list (json);
    }
}

static void
end_answer (Walk *walk)
{
  GhJsonWriter *json = &walk->json;
  if (walk->discovery || walk->rcn == GH_RCN_REFERENCES
      || walk->rcn == GH_RCN_ATTRIBUTES_AND_REFERENCES)
    gh_json_end_list (json);
  if (!walk->discovery || walk->rcn == GH_RCN_REFERENCES)
    gh_json_end_object (json);
  gh_json_end_object (json);
}

static char *
path_of (const GhSlot *slot)
{
  GString *path = g_string_new (slot->name);
  for (const GhSlot *above = slot->parent; above != NULL; above = above->parent)
    {
      g_string_prepend_c (path, '/');
      g_string_prepend (path, above->name);
    }
  return g_string_free (path, FALSE);
}

/* The root of the walk: its attributes and, in the same read section, which instances belong to
 * them. */
static gboolean
walk_root (Walk *walk, const char *id, Moment *out_moment, char **out_path)
{
  GhView view = gh_view_begin (walk->job->service->tree);
  GhNode node;
  gboolean there = gh_view_find (&view, id, &node);
  if (there)
    {
      *out_path = path_of (node.slot);
      *out_moment = moment_of (walk, &view, &node);
      begin_answer (walk, &node);
    }
  gh_view_end (&view);
  return there
         || gh_fault_set (walk->fault, GH_ERROR_NOT_FOUND, "To: the resource has been deleted");
}

GhBuffer *
gh_read_children (GhJob *job, const char *id, GhChildrenQuery *query, GhFault *fault)
{
  const GhFilterCriteria *filter = &job->request->filter;
  const guint most = job->service->options.max_children;
  g_autofree char *path = NULL;
  Moment moment;
  Walk walk = {
    .job = job,
    .filter = filter,
    .fault = fault,
    .rcn = query->result_content,
    .discovery = query->discovery,
    .left = filter->limit >= 0 && filter->limit < most ? (guint) filter->limit : most,
    .skip = filter->offset > 0 ? filter->offset - 1 : 0,
    .depth_limit = filter->level,
    .now_us = gh_clock_wall_us (job->service->clock),
  };
  gh_job_facts (job, &walk.facts);
  gh_json_writer_init (&walk.json, 4096);
  if (!walk_root (&walk, id, &moment, &path) || !walk_children (&walk, &moment, path, 1))
    {
      gh_json_writer_clear (&walk.json);
      return NULL;
    }
  end_answer (&walk);
  query->content_status = walk.partial ? 1 : 0;
  query->content_offset = walk.partial ? walk.taken + 1 : 0;
  return gh_json_writer_finish (&walk.json);
}
