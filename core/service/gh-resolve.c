/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-job.h"

#include <string.h>

static gboolean
is_home (const GhService *service, const GhAddress *address)
{
  if (address->sp_domain != NULL && strcmp (address->sp_domain, service->home.sp_domain) != 0)
    return FALSE;
  return address->cse_id == NULL || strcmp (address->cse_id, service->home.cse_id) == 0;
}

static GhWhich
virtual_name (const char *segment)
{
  if (strcmp (segment, "la") == 0)
    return GH_WHICH_LATEST;
  if (strcmp (segment, "ol") == 0)
    return GH_WHICH_OLDEST;
  return GH_WHICH_NAME;
}

static gboolean
not_found (const GhService *service, GhFault *fault, const char *segment)
{
  if (service->options.hide)
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND, GH_NO_SUCH_RESOURCE);
  return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: there is no %s", segment);
}

static gboolean
take_parent (const GhStoreRow *row, gpointer user_data)
{
  *(guint64 *) user_data = row->parent;
  return FALSE;
}

gboolean
gh_job_look_up (GhJob *job, const GhAddress *address, GhFault *fault)
{
  const GhType *type;
  guint64 number;
  g_autoptr (GError) error = NULL;

  if (job->reader == NULL || address->n_segments != 1
      || !gh_instance_id_parse (address->segments[0], &type, &number))
    return TRUE;
  if (!job->service->store_ops->reader_begin (job->reader, &error)
      || !job->service->store_ops->read_instance (job->reader, number, take_parent,
                                                  &job->known_parent, &error))
    gh_fault_from_error (fault, error);
  else
    job->known_instance = number;
  job->service->store_ops->reader_end (job->reader);
  return !fault->set;
}

/* The number of the container of an instance: from the cache, else what was looked up in the store.
 */
static guint64
parent_of (GhJob *job, guint64 number, GhStep *out_step)
{
  const GhInstance *cached = gh_instance_cache_lookup (job->service->cache, number);
  if (cached != NULL)
    return cached->parent;
  if (job->known_instance == number)
    return job->known_parent;
  *out_step = job->reader == NULL ? GH_STEP_NEEDS_STORE : GH_STEP_DONE;
  return 0;
}

static gboolean
resolve_instance_id (GhJob *job, const GhView *view, const GhType *type, GhResolved *out,
                     GhStep *out_step)
{
  char id[GH_INSTANCE_ID_SIZE];
  const guint64 parent = parent_of (job, out->number, out_step);
  if (parent == 0)
    return FALSE;
  gh_instance_holder_id (type, parent, id);
  out->which = GH_WHICH_NUMBER;
  return gh_view_find (view, id, &out->node);
}

static gboolean
is_self_reference (const GhNode *node, const char *segment)
{
  const gint type = node->slot->type->number;
  return (type == GH_TYPE_SUBSCRIPTION || type == GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION)
         && strcmp (segment, "ntsr") == 0;
}

/* TS-0004 7.4.33.2 */
static gboolean
check_self_reference (const GhRequest *request, GhFault *fault)
{
  return request->operation == GH_OPERATION_DELETE
         || gh_fault_set (fault, GH_ERROR_NOT_ALLOWED,
                          "To: a notificationTargetSelfReference can only be deleted");
}

/* The segments after the first, below out->node. */
static gboolean
walk (const GhJob *job, const GhView *view, const GhAddress *address, GhResolved *out,
      GhFault *fault)
{
  const GhService *service = job->service;
  for (guint at = 1; at < address->n_segments; at++)
    {
      const char *segment = address->segments[at];
      if (gh_view_child (view, out->node.slot, segment, &out->node))
        continue;
      out->self_reference = is_self_reference (&out->node, segment)
                            && at + 1 == address->n_segments;
      if (out->self_reference)
        return check_self_reference (job->request, fault);
      if (!out->node.counters->has_counters || at + 1 != address->n_segments)
        return not_found (service, fault, segment);
      out->which = virtual_name (segment);
      out->name = segment;
    }
  return TRUE;
}

gboolean
gh_resolve (GhJob *job, const GhView *view, const GhAddress *address, GhResolved *out,
            GhStep *out_step, GhFault *fault)
{
  GhService *service = job->service;
  const char *first = address->n_segments > 0 ? address->segments[0] : service->options.cse_name;
  const GhType *type;
  guint64 number;

  *out = (GhResolved){ .which = GH_WHICH_RESOURCE };
  *out_step = GH_STEP_DONE;
  if (!is_home (service, address))
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND,
                         "To: %s%s is another CSE, which this request is not for",
                         address->sp_domain != NULL ? "//" : "/",
                         address->sp_domain != NULL ? address->sp_domain : address->cse_id);
  if (strcmp (first, service->options.cse_name) == 0 || strcmp (first, "-") == 0)
    {
      if (!gh_view_find (view, service->root_id, &out->node))
        return not_found (service, fault, first);
    }
  else if (!gh_view_find (view, first, &out->node))
    {
      if (address->n_segments != 1 || !gh_instance_id_parse (first, &type, &number))
        return not_found (service, fault, first);
      out->number = number;
      if (resolve_instance_id (job, view, type, out, out_step))
        return TRUE;
      return *out_step == GH_STEP_NEEDS_STORE ? FALSE : not_found (service, fault, first);
    }
  return walk (job, view, address, out, fault);
}

typedef struct {
  guint64 sequence, oldest, latest;
  GhInstance *found;
} FindByName;

/* Of all rows that ever had the name, the one that exists in the view. */
static gboolean
take_named (const GhStoreRow *row, gpointer user_data)
{
  FindByName *find = user_data;
  if (row->number < find->oldest || row->number > find->latest)
    return TRUE;
  if (row->ended_sequence != 0 && row->ended_sequence <= find->sequence)
    return TRUE;
  find->found = gh_instance_new (row, NULL);
  return FALSE;
}

static GhInstance *
fetch_from_store (GhJob *job, const GhInstancePlan *plan, GhFault *fault)
{
  const GhStoreOps *ops = job->service->store_ops;
  FindByName find = { .sequence = plan->sequence, .oldest = plan->oldest, .latest = plan->latest };
  g_autoptr (GError) error = NULL;

  gboolean read = ops->reader_begin (job->reader, &error);
  if (read && plan->number != 0)
    read = ops->read_instance (job->reader, plan->number, take_named, &find, &error);
  else if (read)
    read = ops->read_find (job->reader, plan->parent, plan->name, take_named, &find, &error);
  ops->reader_end (job->reader);
  if (!read)
    gh_fault_from_error (fault, error);
  return find.found;
}

static gboolean
number_of (const GhResolved *resolved, guint64 *out)
{
  const GhType *type;
  switch (resolved->which)
    {
    case GH_WHICH_LATEST:
      *out = resolved->node.counters->latest;
      return *out != 0;
    case GH_WHICH_OLDEST:
      *out = resolved->node.counters->oldest;
      return *out != 0;
    case GH_WHICH_NUMBER:
      *out = resolved->number;
      return TRUE;
    case GH_WHICH_NAME:
    case GH_WHICH_RESOURCE:
    default:
      *out = 0;
      if (!gh_instance_id_parse (resolved->name, &type, out))
        return TRUE;
      return *out != 0 && type->number == resolved->node.slot->type->instances->number;
    }
}

/* In the words for any other resource, so that with `hide` they do not tell this from a refusal. */
static gboolean
no_instance (const GhJob *job, const char *name, GhFault *fault)
{
  return not_found (job->service, fault, name != NULL ? name : "such instance");
}

gboolean
gh_plan_instance (GhJob *job, const GhView *view, const GhResolved *resolved, GhInstancePlan *out,
                  GhFault *fault)
{
  const GhCounters *counters = resolved->node.counters;
  *out = (GhInstancePlan){ .sequence = view->sequence,
                           .parent = resolved->node.slot->number,
                           .oldest = counters->oldest,
                           .latest = counters->latest,
                           .name = resolved->name };
  if (counters->count == 0 || !number_of (resolved, &out->number))
    return no_instance (job, resolved->name, fault);
  if (out->number == 0)
    return TRUE;
  if (out->number < counters->oldest || out->number > counters->latest)
    return no_instance (job, resolved->name, fault);
  GhInstance *cached = gh_instance_cache_lookup (job->service->cache, out->number);
  if (cached != NULL)
    out->cached = gh_instance_ref (cached);
  return TRUE;
}

GhInstance *
gh_fetch_instance (GhJob *job, GhInstancePlan *plan, GhStep *out_step, GhFault *fault)
{
  GhInstance *instance = g_steal_pointer (&plan->cached);
  *out_step = GH_STEP_DONE;
  if (instance == NULL && job->reader == NULL)
    {
      *out_step = GH_STEP_NEEDS_STORE;
      return NULL;
    }
  if (instance == NULL)
    {
      instance = fetch_from_store (job, plan, fault);
      if (instance != NULL)
        gh_instance_cache_insert_read (job->service->cache, instance, job->service->tree,
                                       plan->sequence);
    }
  const gboolean expired = instance != NULL
                           && instance->expiration_us <= gh_clock_wall_us (job->service->clock);
  if (instance == NULL || instance->parent != plan->parent || expired)
    {
      g_clear_pointer (&instance, gh_instance_unref);
      (void) no_instance (job, plan->name, fault);
    }
  return instance;
}
