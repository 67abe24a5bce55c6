/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-reading-private.h"

#include <string.h>

#define AE_INACTIVE 2

void
gh_reading_found_free (gpointer data)
{
  GhReadingFound *found = data;

  g_free (found->path);
  g_free (found->name);
  g_free (found->id);
  g_free (found);
}

gboolean
gh_reading_may_see (const GhReading *reading, const GhView *view, const GhNode *node,
                    gint instance_type, gboolean attributes)
{
  const gboolean discovery = reading->query.discovery;
  GhAccessQuestion question = { .node = node, .instance_type = instance_type };
  GhService *service = reading->job->service;
  GhFault ignored = { 0 };

  question.operation = GH_ACOP_DISCOVERY;
  if (discovery && !gh_authorize (service, view, &reading->facts, &question, &ignored))
    return FALSE;
  question.operation = GH_ACOP_RETRIEVE;
  return (discovery && !attributes)
         || gh_authorize (service, view, &reading->facts, &question, &ignored);
}

/* The types of an answer are those of the release of its request; a mere list of addresses tells
 * none. */
static gboolean
may_tell (const GhReading *reading, const GhType *type)
{
  const gint release = reading->job->release;
  return release >= GH_RELEASE_NEWEST || (gint) type->release <= release
         || (reading->query.discovery && reading->query.result_content != GH_RCN_REFERENCES);
}

gboolean
gh_reading_skips (const GhReading *reading, const GhNode *node)
{
  return node->resource->identity.expiration_us <= reading->now_us
         || (reading->query.discovery && node->slot->type->number == GH_TYPE_AE
             && gh_resource_get_integer (node->resource, "regs", 0) == AE_INACTIVE);
}

/* Which attributes the criteria of this pass look at. */
static gboolean
tests_attributes (const GhReading *reading)
{
  const GhFilterCriteria *filter = reading->filter;

  return (reading->pass == GH_READING_COLLECT ? filter->n_child_attributes : filter->n_attributes)
         > 0;
}

/* Instances have no policies of their own: those of what holds them decide, for their type; and who
 * may not see the one does not see the others. */
GhReadingMoment
gh_reading_moment (const GhReading *reading, const GhView *view, const GhNode *node)
{
  const GhType *type = node->slot->type->instances;
  GhReadingMoment moment = { .number = node->slot->number,
                             .sequence = view->sequence,
                             .counters = *node->counters,
                             .instance_type = type != NULL ? type->number : 0 };
  const gboolean attributes = tests_attributes (reading);

  moment.readable = type != NULL && node->counters->count > 0 && may_tell (reading, type)
                    && !gh_resource_get_boolean (node->resource, "disr", FALSE)
                    && gh_reading_may_see (reading, view, node, type->number, attributes)
                    && (moment.number == reading->root_number
                        || gh_reading_may_see (reading, view, node, 0, attributes));
  return moment;
}

static void
mark_parent (GhReading *reading, const GhSlot *parent, guint holds)
{
  GhReadingMark *mark = g_hash_table_lookup (reading->marks, &parent->number);

  if (mark == NULL && holds != 0)
    {
      const gsize size = strlen (parent->id) + 1;
      mark = g_malloc0 (sizeof *mark + size);
      memcpy (mark->id, parent->id, size);
      g_hash_table_insert (reading->marks, g_memdup2 (&parent->number, sizeof parent->number),
                           mark);
    }
  if (mark != NULL)
    mark->holds |= holds;
}

static guint
marks_of (const GhReading *reading, guint64 number)
{
  const GhReadingMark *mark = reading->marks != NULL ? g_hash_table_lookup (reading->marks, &number)
                                                     : NULL;

  return mark != NULL ? mark->holds : 0;
}

gboolean
gh_reading_misses_marks (const GhReading *reading, guint64 number)
{
  const guint wanted = gh_filter_child_conditions (reading->filter);

  /* the type of instances was looked at before any of them */
  return (wanted & ~GH_FILTER_CHILD_TYPES & ~marks_of (reading, number)) != 0;
}

/* The parent, when the criteria ask for it and it may be seen. */
static void
add_parent (const GhReading *reading, const GhView *view, GhSlot *parent, GhFilterSubject *about)
{
  GhNode node;

  if (parent == NULL || !gh_filter_has_parent_conditions (reading->filter)
      || !gh_view_node (view, parent, &node)
      || !gh_reading_may_see (reading, view, &node, 0, reading->filter->n_parent_attributes > 0))
    return;
  about->parent = node.resource;
  about->parent_counters = node.counters;
}

/* What a container says for its instances without looking at them. */
static void
mark_by_instances (GhReading *reading, const GhView *view, const GhNode *node)
{
  const GhType *type = node->slot->type->instances;
  const GhResource instance = { .type = type };

  if (type != NULL && gh_reading_moment (reading, view, node).readable)
    mark_parent (reading, node->slot, gh_filter_child_holds (reading->filter, &instance, NULL));
}

gboolean
gh_reading_judge_node (GhReading *reading, const GhView *view, const GhNode *node)
{
  const GhSlot *slot = node->slot;
  const gboolean seen = gh_reading_may_see (reading, view, node, 0, tests_attributes (reading));

  if (reading->pass == GH_READING_COLLECT)
    {
      if (seen && slot->parent != NULL)
        mark_parent (reading, slot->parent,
                     gh_filter_child_holds (reading->filter, node->resource, node->counters));
      mark_by_instances (reading, view, node);
      return FALSE;
    }
  GhFilterSubject about = { .resource = node->resource,
                            .counters = node->counters,
                            .child_holds = marks_of (reading, slot->number) };
  if (!seen || !may_tell (reading, slot->type))
    return FALSE;
  add_parent (reading, view, slot->parent, &about);
  return gh_filter_matches (reading->filter, &about);
}

static char *
path_of (const GhSlot *slot)
{
  const GhSlot *way[64];
  guint n = 0;
  GString *path = g_string_sized_new (96);

  for (; slot != NULL && n < G_N_ELEMENTS (way); slot = slot->parent)
    way[n++] = slot;
  while (n-- > 0)
    {
      g_string_append (path, way[n]->name);
      if (n > 0)
        g_string_append_c (path, '/');
    }
  return g_string_free (path, FALSE);
}

void
gh_reading_find_node (GhReading *reading, const GhNode *node)
{
  GhReadingFound *found = g_new0 (GhReadingFound, 1);

  found->path = path_of (node->slot);
  found->name = g_strdup (node->slot->name);
  found->id = g_strdup (node->slot->id);
  found->number = node->slot->number;
  found->type = node->slot->type->number;
  g_ptr_array_add (reading->found, found);
}

static void
find_instance (GhReading *reading, const GhInstance *instance, const char *below)
{
  GhReadingFound *found = g_new0 (GhReadingFound, 1);
  char id[GH_INSTANCE_ID_SIZE];

  gh_instance_id_format (gh_type_by_number (instance->type), instance->number, id);
  found->path = g_strdup_printf ("%s/%s", below, instance->name);
  found->name = g_strdup (instance->name);
  found->id = g_strdup (id);
  found->number = instance->number;
  found->type = instance->type;
  g_ptr_array_add (reading->found, found);
}

static GhResource *
parse_instance (const GhInstance *instance)
{
  const GhIdentity identity = { .number = instance->number, .parent_number = instance->parent };
  GhFault ignored = { 0 };

  return gh_resource_from_json (&identity, gh_instance_type (instance), instance->body->data,
                                instance->body->length, &ignored);
}

static GhFilterGuess
guess (const GhReading *reading, const GhInstance *instance)
{
  const GhResource row = { .type = gh_instance_type (instance),
                           .identity = { .creation_us = instance->creation_us,
                                         .modified_us = instance->creation_us,
                                         .expiration_us = instance->expiration_us } };

  if (instance->expiration_us <= reading->now_us || row.type == NULL)
    return GH_FILTER_FAILS;
  return gh_filter_guess (reading->filter, &row);
}

gboolean
gh_reading_instance_matches (GhReading *reading, const GhInstance *instance,
                             const GhResource *parent, GhResource **out_resource)
{
  const GhFilterGuess first = guess (reading, instance);
  const gboolean raw = reading->job->release >= 3;

  *out_resource = NULL;
  if (first == GH_FILTER_FAILS)
    return FALSE;
  if (first == GH_FILTER_HOLDS && raw)
    return TRUE;
  *out_resource = parse_instance (instance);
  const GhFilterSubject about = { .resource = *out_resource, .parent = parent };
  return *out_resource != NULL
         && (first == GH_FILTER_HOLDS || gh_filter_matches (reading->filter, &about));
}

/* What holds the instances that are judged, in the view of this moment. */
typedef struct {
  guint64 number; /* 0: none yet */
  GhNode node;
  GhReadingMoment moment;
  GhFilterSubject about; /* the parent of the instances */
  char *path;            /* NULL until it is needed */
} Holder;

static gboolean
is_below_root (const GhReading *reading, const GhView *view, GhSlot *slot, guint *out_depth)
{
  GhNode node;

  for (*out_depth = 0; slot != NULL && slot->number != reading->root_number; slot = slot->parent)
    {
      if (!gh_view_node (view, slot, &node) || gh_reading_skips (reading, &node))
        return FALSE;
      ++*out_depth;
    }
  return slot != NULL;
}

gboolean
gh_reading_is_in_reach (const GhReading *reading, const GhView *view, const GhNode *node,
                        guint below)
{
  const gint64 limit = reading->filter->level;
  guint depth;

  return is_below_root (reading, view, node->slot, &depth)
         && (limit == 0 || depth + below <= limit + (reading->pass == GH_READING_COLLECT ? 1 : 0));
}

static void
take_holder (GhReading *reading, const GhView *view, const GhInstance *instance, Holder *holder)
{
  const GhType *type = gh_instance_type (instance);
  char id[GH_INSTANCE_ID_SIZE];

  g_clear_pointer (&holder->path, g_free);
  *holder = (Holder){ .number = instance->parent };
  if (type == NULL)
    return;
  gh_instance_holder_id (type, instance->parent, id);
  if (!gh_view_find (view, id, &holder->node)
      || !gh_reading_is_in_reach (reading, view, &holder->node, 1))
    return;
  holder->moment = gh_reading_moment (reading, view, &holder->node);
  add_parent (reading, view, holder->node.slot, &holder->about);
}

/* One that the rows say may match: @resource is NULL when nothing else has to be looked at. */
typedef struct {
  const GhInstance *instance;
  GhResource *resource;
} Candidate;

static void
judge_candidate (GhReading *reading, const GhView *view, const Candidate *candidate, Holder *holder)
{
  const GhInstance *instance = candidate->instance;

  if (holder->number != instance->parent)
    take_holder (reading, view, instance, holder);
  if (!holder->moment.readable || instance->number < holder->moment.counters.oldest
      || instance->number > holder->moment.counters.latest)
    return;
  if (reading->pass == GH_READING_COLLECT)
    {
      mark_parent (reading, holder->node.slot,
                   gh_filter_child_holds (reading->filter, candidate->resource, NULL));
      return;
    }
  GhFilterSubject about = holder->about;
  about.resource = candidate->resource;
  if (candidate->resource != NULL && !gh_filter_matches (reading->filter, &about))
    return;
  if (holder->path == NULL)
    holder->path = path_of (holder->node.slot);
  find_instance (reading, instance, holder->path);
}

static gboolean
select_candidate (const GhReading *reading, const GhInstance *instance, Candidate *out)
{
  const gboolean collects = reading->pass == GH_READING_COLLECT;
  const GhFilterGuess first = collects && instance->expiration_us > reading->now_us
                                ? GH_FILTER_OPEN
                                : guess (reading, instance);

  *out = (Candidate){ .instance = instance };
  if (first == GH_FILTER_OPEN)
    out->resource = parse_instance (instance);
  return first == GH_FILTER_HOLDS || out->resource != NULL;
}

void
gh_reading_judge_instances (GhReading *reading, const GPtrArray *instances)
{
  g_autofree Candidate *candidates = g_new (Candidate, instances->len + 1);
  Holder holder = { .number = 0 };
  guint n = 0;

  for (guint i = 0; i < instances->len; i++)
    n += select_candidate (reading, instances->pdata[i], &candidates[n]) ? 1 : 0;
  GhView view = gh_view_begin (reading->job->service->tree);
  for (guint i = 0; i < n; i++)
    judge_candidate (reading, &view, &candidates[i], &holder);
  gh_view_end (&view);
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&candidates[i].resource, gh_resource_unref);
  g_free (holder.path);
}

/* applyRelativePath (TS-0004 7.3.3.17.17) */

/* Takes "." and ".." out of the address of a match and what is put behind it. */
static char *
joined_path (const char *path, const char *relative)
{
  g_auto (GStrv) parts = g_strsplit (relative, "/", GH_ADDRESS_MAX_SEGMENTS + 1);
  GString *joined = g_string_new (path);

  for (char **part = parts; *part != NULL; part++)
    if (strcmp (*part, "..") == 0)
      g_string_truncate (joined, strrchr (joined->str, '/') != NULL
                                   ? (gsize) (strrchr (joined->str, '/') - joined->str)
                                   : 0);
    else if (**part != '\0' && strcmp (*part, ".") != 0)
      g_string_append_printf (joined, "%s%s", joined->len > 0 ? "/" : "", *part);
  return g_string_free (joined, FALSE);
}

static void
replace_found (GhReadingFound *found, GhReadingFound *with)
{
  g_free (found->path);
  g_free (found->name);
  g_free (found->id);
  *found = *with;
  g_free (with);
}

/* The resource that @address names, or in *plan which instance; FALSE: none that may be seen. */
static gboolean
follow_in_view (GhReading *reading, const GhAddress *address, GhInstancePlan *plan)
{
  GhJob *job = reading->job;
  GhFault ignored = { 0 };
  GhStep step = GH_STEP_DONE;
  GhResolved resolved;
  GhView view = gh_view_begin (job->service->tree);
  gboolean there = gh_resolve (job, &view, address, &resolved, &step, &ignored)
                   && !gh_reading_skips (reading, &resolved.node) && !resolved.self_reference;
  const gint instance_type = there ? gh_resolved_instance_type (&resolved) : 0;

  there = there && gh_reading_may_see (reading, &view, &resolved.node, instance_type, FALSE);
  if (there && instance_type != 0)
    there = !gh_resource_get_boolean (resolved.node.resource, "disr", FALSE)
            && gh_plan_instance (job, &view, &resolved, plan, &ignored);
  else if (there)
    gh_reading_find_node (reading, &resolved.node);
  gh_view_end (&view);
  return there;
}

gboolean
gh_reading_follow (GhReading *reading, GhReadingFound *found)
{
  g_autofree char *path = joined_path (found->path, reading->filter->relative_path);
  g_autoptr (GhArena) arena = gh_arena_new (4096);
  const guint before = reading->found->len;
  GhInstancePlan plan = { .parent = 0 };
  GhFault ignored = { 0 };
  GhStep step;
  GhAddress address;

  if (!gh_address_parse (path, arena, &address, &ignored) || address.n_segments == 0
      || address.fragment != NULL || !follow_in_view (reading, &address, &plan))
    return FALSE;
  if (plan.parent != 0)
    {
      g_autoptr (GhInstance) instance = gh_fetch_instance (reading->job, &plan, &step, &ignored);
      const char *slash = strrchr (path, '/');

      if (instance == NULL || slash == NULL)
        return FALSE;
      g_autofree char *below = g_strndup (path, (gsize) (slash - path));
      find_instance (reading, instance, below);
    }
  replace_found (found, g_ptr_array_steal_index (reading->found, before));
  return TRUE;
}
