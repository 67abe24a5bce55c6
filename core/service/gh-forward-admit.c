/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-forward-private.h"

#include <string.h>

#include "service/gh-contact-list.h"
#include "service/gh-group-notify.h"
#include "service/gh-route.h"
#include "service/gh-statistics.h"

/* Which requests are passed on, whose, and to whom. */

/* To another CSE */

gboolean
gh_forward_is_for (const GhService *service, const GhRequest *request)
{
  const char *to = request->to;
  GhNode node;
  if (to[0] != '/' || gh_strip_home (service, to) != NULL)
    return FALSE;
  /* "/Sae": an AE of the provider's domain, which may have registered here */
  if (to[1] != 'S' || strchr (to + 1, '/') != NULL)
    return TRUE;
  GhView view = gh_view_begin (service->tree);
  const gboolean here = gh_view_find (&view, to + 1, &node);
  gh_view_end (&view);
  return !here;
}

/* For a branch, or as one of those who made this CSE. */
static gboolean
is_vouched_for (const GhJob *job)
{
  const GhService *service = job->service;
  const GhOriginator *originator = &job->originator;
  if (originator->ae_id == NULL
      || (service->options.administrator != NULL
          && gh_originator_is (originator, service->options.administrator, &service->home)))
    return TRUE;
  const GhProof proof = gh_principal_get_proof (job->principal);
  /* --dev: a CSE that only claims what it is */
  return job->unproven || gh_principal_get_cse_id (job->principal) != NULL
         /* who was registered when he asked may have left since */
         || (proof == GH_PROOF_LOCAL && !job->resumed)
         || (proof == GH_PROOF_NONE && originator->cse_id != NULL
             && strcmp (originator->cse_id, service->home.cse_id) != 0);
}

/* Whoever speaks for himself is registered here; nobody else makes this CSE send requests. */
static gboolean
check_originator (const GhJob *job, const GhView *view, GhFault *fault)
{
  GhNode node;
  if (gh_job_get_owner (job) == NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                         "From: an AE registers with the CSE that it is connected to");
  return is_vouched_for (job) || gh_view_find (view, job->originator.ae_id, &node)
         || gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                          "From: %s is not registered here, so its requests are not passed on",
                          job->originator.ae_id);
}

static gboolean
no_way (GhFault *fault, const GhAddress *address)
{
  return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: there is no way to /%s from here",
                       address->cse_id);
}

/* TS-0001 8.2.1.1: what the registrar sends goes down or nowhere, and nothing goes back. */
static gboolean
check_direction (const GhJob *job, const GhAddress *address, const GhRoute *route, GhFault *fault)
{
  const GhService *service = job->service;
  const char *neighbour = job->principal != NULL ? gh_principal_get_cse_id (job->principal) : NULL;
  if (neighbour == NULL)
    return TRUE;
  if (route->registrar && gh_route_is_registrar (service, neighbour))
    return no_way (fault, address);
  if (gh_originator_same (neighbour, route->cse_id, &service->home))
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND,
                         "To: the way to /%s leads back to %s, where the request came from",
                         address->cse_id, neighbour);
  return TRUE;
}

static gboolean
find_way (GhJob *job, const GhAddress *address, GhWay *out, GhFault *fault)
{
  GhService *service = job->service;
  GhRoute route;
  GhView view = gh_view_begin (service->tree);
  const gboolean found = check_originator (job, &view, fault)
                         && (gh_route_find (service, &view, address->sp_domain, address->cse_id,
                                            &route)
                             || no_way (fault, address))
                         && check_direction (job, address, &route, fault)
                         && gh_way_of (service, &view, &route.node, out, fault);
  gh_view_end (&view);
  return found;
}

/* SP-relative for whom is in the same domain, else absolute (TS-0004 7.3.2.6). */
static const char *
from_elsewhere (const GhJob *job, const GhAddress *address)
{
  const GhOriginator *o = &job->originator;
  const GhHome *home = &job->service->home;
  const gboolean absolute = (address->sp_domain != NULL
                             && strcmp (address->sp_domain, home->sp_domain) != 0)
                            || strcmp (o->sp_domain, home->sp_domain) != 0;
  return gh_arena_printf (job->request->arena, "%s%s%s%s%s%s", absolute ? "//" : "",
                          absolute ? o->sp_domain : "", o->cse_id != NULL ? "/" : "",
                          o->cse_id != NULL ? o->cse_id : "", o->ae_id != NULL ? "/" : "",
                          o->ae_id != NULL ? o->ae_id : "");
}

void
gh_forward (GhJob *job)
{
  GhFault fault = { 0 };
  GhAddress address;
  GhRequest *request = job->request;
  g_auto (GhWay) way = { NULL };
  if (request->hops == 0)
    {
      gh_fault_set (&fault, GH_ERROR_UNREACHABLE,
                    "To: as many CSEs as it allows have passed it on: the way is a circle, or too "
                    "long");
      gh_forward_refuse (job, &fault);
      return;
    }
  if (!gh_address_parse (request->to, request->arena, &address, &fault)
      || !find_way (job, &address, &way, &fault))
    {
      gh_forward_refuse (job, &fault);
      return;
    }
  const char *from = from_elsewhere (job, &address);
  way.to = g_strndup (request->to, strcspn (request->to, "#"));
  if (from == NULL)
    {
      gh_fault_set (&fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
      gh_forward_refuse (job, &fault);
      return;
    }
  gh_forward_begin (job, &way, from, &address);
}

/* A NOTIFY of an originator for an AE of this CSE: decided like everything else, then sent to the
 * AE. */

typedef struct {
  GhWay way;
  gboolean contacts; /* the contact list */
  char *group;       /* identifier of a group that puts notifications together; NULL: none */
} Told;

static void
told_clear (Told *told)
{
  gh_way_clear (&told->way);
  g_free (told->group);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Told, told_clear)

static gboolean
allowed (GhJob *job, Told *told, GhStep *out_step, GhFault *fault)
{
  GhAddress address;
  GhResolved resolved;
  GhRequestFacts facts;
  if (!gh_address_parse (job->request->to, job->request->arena, &address, fault))
    return FALSE;
  gh_job_facts (job, &facts);
  GhView view = gh_view_begin (job->service->tree);
  gboolean may = gh_resolve (job, &view, &address, &resolved, out_step, fault);
  told->contacts =
    may && gh_contact_list_may_notify (job->service, &view, &resolved.node, &job->originator);
  if (may && resolved.which == GH_WHICH_RESOURCE
      && resolved.node.slot->type->number == GH_TYPE_GROUP)
    {
      may = gh_group_notify_may (job, &view, &resolved.node, fault);
      told->group = may ? g_strdup (resolved.node.slot->id) : NULL;
    }
  else if (may && !told->contacts)
    {
      const GhAccessQuestion question = { .node = &resolved.node,
                                          .operation = GH_ACOP_NOTIFY,
                                          .instance_type = gh_resolved_instance_type (&resolved) };
      may = gh_authorize (job->service, &view, &facts, &question, fault);
      if (may
          && (resolved.which != GH_WHICH_RESOURCE
              || resolved.node.slot->type->number != GH_TYPE_AE))
        may = gh_fault_set (fault, GH_ERROR_NOT_ALLOWED, "To: only an AE is notified");
      may = may && gh_way_of (job->service, &view, &resolved.node, &told->way, fault);
      if (may)
        told->way.to = g_strdup (resolved.node.slot->id);
    }
  gh_view_end (&view);
  return may;
}

GhStep
gh_notify_target (GhJob *job)
{
  GhFault fault = { 0 };
  GhStep step = GH_STEP_DONE;
  g_auto (Told) told = { .contacts = FALSE };
  if (!gh_check_result_content (job->request, &fault) || !allowed (job, &told, &step, &fault))
    {
      if (step == GH_STEP_NEEDS_STORE)
        return step;
      gh_job_refuse (job, &fault);
      gh_job_free (job);
      return GH_STEP_TAKEN;
    }
  if (told.contacts)
    {
      gh_contact_list_notify (job);
      return GH_STEP_TAKEN;
    }
  if (told.group != NULL)
    {
      gh_group_notify_take (job, told.group);
      return GH_STEP_TAKEN;
    }
  const GhObservation observation = { .operation = GH_OPERATION_NOTIFY,
                                      .originator = job->originator_text,
                                      .target = told.way.holder,
                                      .type = GH_TYPE_AE,
                                      .size = job->request->body_length };
  if (gh_statistics_is_active (job->service))
    gh_statistics_observe (job->service, &observation);
  gh_forward_begin (job, &told.way, job->originator_text, NULL);
  return GH_STEP_TAKEN;
}
