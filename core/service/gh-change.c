/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "service/gh-blocking.h"
#include "service/gh-channel.h"
#include "service/gh-filter.h"
#include "service/gh-identity.h"
#include "service/gh-monitor.h"
#include "service/gh-quota.h"
#include "service/gh-reading.h"
#include "service/gh-self-reference.h"
#include "service/gh-verify.h"

#include <string.h>

/* A create, update or delete on its way to the writer: resolved, allowed and validated here, so
 * that the writer repeats only what can have changed. */
typedef struct {
  GhJob *job;
  GhFault fault;
  GhStep step;
  GhAddress address;
  GhIntent *intent;
  const GhType *target_type;
  gboolean prepare_children; /* a delete that answers with children: read them first */
  GhLeave *leave;            /* a target that may leave only when the creator says so */
  GPtrArray *verify;         /* char*: targets that must confirm a subscription, of either kind */
} Change;

static gboolean
read_content (Change *change)
{
  GhRequest *request = change->job->request;
  if (request->content == NULL)
    {
      GhValue *content = gh_arena_new_array (request->arena, GhValue, 1);
      if (request->body == NULL || request->body_length == 0)
        return gh_fault_set (&change->fault, GH_ERROR_BAD_REQUEST,
                             "content: %s needs the attributes of the resource",
                             gh_operation_name (request->operation));
      if (content == NULL)
        return gh_fault_set (&change->fault, GH_ERROR_TOO_LARGE,
                             "the request does not fit into its memory");
      if (!gh_json_parse (request->body, request->body_length, request->arena, content,
                          &change->fault))
        return FALSE;
      request->content = content;
    }
  return TRUE;
}

static gboolean
parse_content (Change *change, const GhType *type)
{
  const GhJob *job = change->job;
  const GhRequest *request = job->request;
  return read_content (change)
         && gh_draft_parse (type, request->operation, job->release, request->content,
                            request->arena, &change->intent->draft, &change->fault);
}

/* The specialisation that the content names, where @type is only a base. */
static gboolean
specialize (Change *change, const GhType **type)
{
  if (!(*type)->abstract)
    return TRUE;
  if (!read_content (change))
    return FALSE;
  *type = gh_type_of_content ((*type)->number, change->job->request->content, &change->fault);
  return *type != NULL;
}

static gboolean
check_child (Change *change, const GhResolved *parent, const GhType *type)
{
  const GhType *holder = parent->node.slot->type;
  if (parent->which != GH_WHICH_RESOURCE)
    holder = holder->instances;
  if (gh_type_may_hold_type (holder, type))
    return TRUE;
  return gh_fault_set (
    &change->fault,
    type->number == GH_TYPE_SUBSCRIPTION ? GH_ERROR_NOT_SUBSCRIBABLE : GH_ERROR_CHILD_TYPE,
    "ty: a %s holds no %s", holder->long_name, type->long_name);
}

/* Registration is decided by registration rules, not by the CSEBase's policy (design section 6). */
static gboolean
authorize_create (Change *change, const GhView *view, const GhNode *parent, const GhType *type)
{
  GhService *service = change->job->service;
  GhAccessQuestion question = { .node = parent,
                                .operation = GH_ACOP_CREATE,
                                .created_type = type->number };
  if (gh_channel_is_made (type, parent))
    {
      const GhRequestFacts *facts = &change->intent->facts;
      const GhDenial denial = { .facts = facts,
                                .slot = parent->slot,
                                .reason = "From: nothing proves it here" };
      return change->job->unproven
               ? gh_deny (service, view, &denial, &change->fault)
               : gh_channel_may_create (service, view, parent, facts, &change->fault);
    }
  const GhRegistration registration = gh_check_registration (
    service, change->job->principal, &change->intent->facts, type, parent->slot, &change->fault);
  if (registration != GH_REGISTRATION_NONE)
    return registration == GH_REGISTRATION_ALLOWED;
  if (!gh_authorize (service, view, &change->intent->facts, &question, &change->fault))
    return FALSE;
  if (type->number != GH_TYPE_SUBSCRIPTION)
    return TRUE;
  question.operation = GH_ACOP_RETRIEVE;
  question.created_type = 0;
  return gh_authorize (service, view, &change->intent->facts, &question, &change->fault);
}

static gboolean
check_create (Change *change, const GhView *view, const GhResolved *parent)
{
  GhRequest *request = change->job->request;
  const GhType *type = gh_type_by_number (request->resource_type);
  if (type == NULL)
    return gh_fault_set (&change->fault, GH_ERROR_BAD_REQUEST,
                         "ty: %d is not a type that this CSE has", request->resource_type);
  if (!type->creatable && !type->abstract)
    return gh_fault_set (&change->fault, GH_ERROR_NOT_ALLOWED,
                         "ty: a request cannot create a %s, only the CSE itself (%s)",
                         type->long_name, type->clause);
  if (gh_job_get_owner (change->job) == NULL
      && (type->number != GH_TYPE_AE || parent->node.slot->parent != NULL))
    return gh_fault_set (&change->fault, GH_ERROR_BAD_REQUEST,
                         "From: only the registration of an AE, below the CSEBase, may leave it "
                         "out or ask for an AE-ID that is not proven");
  if (!authorize_create (change, view, &parent->node, type))
    return FALSE;
  if (!specialize (change, &type) || !check_child (change, parent, type)
      || !parse_content (change, type))
    return FALSE;
  const char *name = gh_value_text (gh_draft_get (&change->intent->draft, "rn"));
  if (name != NULL && !gh_name_is_valid (name))
    return gh_fault_set (&change->fault, GH_ERROR_BAD_REQUEST, "rn: not a resource name");
  if (gh_verify_concerns (type))
    change->verify = gh_verify_targets (change->job, view, &parent->node,
                                        &change->intent->draft, &change->fault);
  return !change->fault.set;
}

static gboolean
check_update (Change *change, const GhView *view, const GhResolved *target)
{
  GhAccessQuestion question = { .node = &target->node,
                                .operation = GH_ACOP_UPDATE,
                                .instance_type = gh_resolved_instance_type (target) };
  /* whose rights decide depends on what is updated, so the content is read first when it can be */
  gboolean parsed = target->which == GH_WHICH_RESOURCE && target->node.slot->type->updatable
                    && parse_content (change, target->node.slot->type);
  question.self_privileges = parsed && gh_draft_get (&change->intent->draft, "acpi") != NULL;
  GhFault refused = { 0 };
  if (!gh_authorize (change->job->service, view, &change->intent->facts, &question, &refused))
    {
      change->fault = refused;
      return FALSE;
    }
  if (target->which != GH_WHICH_RESOURCE || !target->node.slot->type->updatable)
    return gh_fault_set (&change->fault, GH_ERROR_NOT_ALLOWED, "a %s cannot be updated",
                         target->which != GH_WHICH_RESOURCE
                           ? target->node.slot->type->instances->long_name
                           : target->node.slot->type->long_name);
  if (!parsed || !gh_check_conditions (change->job->request, &target->node, &change->fault))
    return FALSE;
  if (question.self_privileges && change->intent->draft.n_values > 1)
    return gh_fault_set (&change->fault, GH_ERROR_BAD_REQUEST,
                         "acpi: an update of it must not update anything else (TS-0001 9.6.1.3.2)");
  if (gh_verify_concerns (target->node.slot->type))
    change->verify = gh_verify_new_targets (change->job, view, &target->node,
                                            &change->intent->draft, &change->fault);
  return !change->fault.set;
}

/* What an instance holds is not at hand here, and to delete regardless of a condition is worse than
 * to refuse. */
static gboolean
check_delete_conditions (Change *change, const GhResolved *target)
{
  const GhRequest *request = change->job->request;
  if (target->which == GH_WHICH_RESOURCE)
    return gh_check_conditions (request, &target->node, &change->fault);
  return !gh_filter_has_conditions (&request->filter)
         || gh_fault_set (&change->fault, GH_ERROR_NOT_IMPLEMENTED,
                          "fc: conditions on deleting an instance are not evaluated");
}

static gboolean
check_delete (Change *change, const GhView *view, const GhResolved *target)
{
  const gint rcn = change->job->request->result_content;
  const GhAccessQuestion question = { .node = &target->node,
                                      .operation = GH_ACOP_DELETE,
                                      .instance_type = gh_resolved_instance_type (target) };
  if (!gh_authorize (change->job->service, view, &change->intent->facts, &question, &change->fault))
    return FALSE;
  if (target->which == GH_WHICH_RESOURCE && target->node.slot->parent == NULL)
    return gh_fault_set (&change->fault, GH_ERROR_NOT_ALLOWED, "the CSEBase cannot be deleted");
  if (!check_delete_conditions (change, target))
    return FALSE;
  change->prepare_children = target->which == GH_WHICH_RESOURCE
                             && rcn > GH_RCN_ADDRESS_AND_ATTRIBUTES;
  if (change->prepare_children && change->job->reader == NULL)
    {
      change->step = GH_STEP_NEEDS_STORE;
      return FALSE;
    }
  return TRUE;
}

/* Whether a target may leave is not a matter of policies for access, but of its own kind. */
static gboolean
check_leave (Change *change, const GhView *view, const GhResolved *target)
{
  GhService *service = change->job->service;
  const GhNode *node = &target->node;
  if (!gh_self_reference_is_target (service, node, &change->job->originator))
    {
      const GhDenial denial = { .facts = &change->intent->facts,
                                .slot = node->slot,
                                .reason = "From: not a notification target" };
      return gh_deny (service, view, &denial, &change->fault);
    }
  const GhLeaveAction action = gh_self_reference_judge (service, view, node,
                                                        &change->job->originator);
  const char *creator = node->resource->identity.owner;
  if (action == GH_LEAVE_ACCEPT)
    return TRUE;
  if (action == GH_LEAVE_REJECT || creator == NULL)
    return gh_fault_set (&change->fault, GH_ERROR_NO_PRIVILEGE,
                         "the policy in force does not let the target leave");
  change->leave = g_new0 (GhLeave, 1);
  change->leave->ask = action == GH_LEAVE_ASK;
  change->leave->creator = g_strdup (creator);
  change->leave->subscription = g_strdup_printf ("/%s/%s", service->home.cse_id, node->slot->id);
  return TRUE;
}

static gboolean
check_in_view (Change *change, const GhView *view)
{
  GhJob *job = change->job;
  GhArena *arena = job->request->arena;
  GhIntent *intent = change->intent;
  GhResolved resolved;
  gboolean allowed = FALSE;

  if (!gh_resolve (job, view, &change->address, &resolved, &change->step, &change->fault))
    return FALSE;
  if (resolved.which == GH_WHICH_RESOURCE)
    gh_monitor_look (job, &resolved.node);
  if (job->request->operation == GH_OPERATION_CREATE)
    allowed = check_create (change, view, &resolved);
  else if (job->request->operation == GH_OPERATION_UPDATE)
    allowed = check_update (change, view, &resolved);
  else if (resolved.self_reference)
    allowed = check_leave (change, view, &resolved);
  else
    allowed = check_delete (change, view, &resolved);
  if (!allowed)
    return FALSE;
  intent->checked_sequence = view->sequence;
  intent->target = (GhTargetRef){ .id = gh_arena_strdup (arena, resolved.node.slot->id),
                                  .which = resolved.which,
                                  .name = resolved.name,
                                  .number = resolved.number,
                                  .self_reference = resolved.self_reference };
  return intent->target.id != NULL
         || gh_fault_set (&change->fault, GH_ERROR_TOO_LARGE,
                          "the request does not fit into its memory");
}

/* Children are read in slices, and everything is checked again behind the last one. */
static gboolean
take_prepared (Change *change)
{
  GhJob *job = change->job;
  GhOutcome *outcome = &change->intent->outcome;
  const GhChildrenQuery query = { .id = change->intent->target.id,
                                  .result_content = job->request->result_content };
  if (job->prepared == NULL)
    {
      if (gh_reading_begin (job, &query, &change->fault))
        change->step = GH_STEP_READING;
      return FALSE;
    }
  outcome->body = g_steal_pointer (&job->prepared);
  outcome->content_status = job->prepared_status;
  outcome->content_offset = job->prepared_offset;
  return TRUE;
}

static gboolean
check (Change *change)
{
  GhJob *job = change->job;
  if (!gh_check_result_content (job->request, &change->fault)
      || !gh_address_parse (job->request->to, job->request->arena, &change->address,
                            &change->fault))
    return FALSE;
  if (change->address.fragment != NULL)
    return gh_fault_set (&change->fault, GH_ERROR_BAD_REQUEST,
                         "To: only a RETRIEVE has an attribute behind '#'");
  if (!gh_job_look_up (job, &change->address, &change->fault))
    return FALSE;
  GhView view = gh_view_begin (job->service->tree);
  gboolean checked = check_in_view (change, &view);
  gh_view_end (&view);
  if (!checked || !change->prepare_children)
    return checked;
  return take_prepared (change);
}

GhStep
gh_change (GhJob *job)
{
  Change change = { .job = job, .step = GH_STEP_DONE, .intent = gh_intent_new (GH_INTENT_REQUEST) };
  gh_job_facts (job, &change.intent->facts);
  gboolean checked = check (&change);
  if (!checked)
    {
      g_clear_pointer (&change.verify, g_ptr_array_unref);
      g_clear_pointer (&change.leave, gh_leave_free);
      gh_intent_free (change.intent);
      if (change.step != GH_STEP_DONE)
        return change.step;
      gh_job_refuse (job, &change.fault);
      return GH_STEP_DONE;
    }
  GhIntent *intent = change.intent;
  intent->originator = job->originator_text;
  intent->principal = gh_principal_ref (job->principal);
  intent->request = g_steal_pointer (&job->request);
  intent->reply = job->reply;
  intent->user_data = job->user_data;
  intent->executed = job->executed;
  if (change.leave != NULL)
    gh_self_reference_tell (job->service, intent, change.leave);
  else if (change.verify != NULL)
    gh_verify (job->service, intent, change.verify);
  else if (!gh_blocking_take (job->service, intent))
    gh_service_submit (job->service, intent);
  return GH_STEP_DONE;
}

void
gh_service_submit (GhService *service, GhIntent *intent)
{
  if (!gh_quota_enter (service, intent, &intent->outcome.fault))
    {
      gh_service_answer (service, intent);
      return;
    }
  if (gh_writer_push (service->writer, intent))
    return;
  gh_service_count (service, GH_COUNT_SHED);
  gh_fault_set (&intent->outcome.fault, GH_ERROR_OVERLOADED,
                "too many requests are waiting to be written; try again");
  gh_service_answer (service, intent);
}
