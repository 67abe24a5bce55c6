/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-channel-private.h"

#include <string.h>

#include "primitive/gh-json-reader.h"

/* Requests to the virtual resource <pollingChannelURI> (TS-0004 7.4.22). */

#define LAST_SEGMENT "/pcu"

gboolean
gh_channel_is_for (const GhRequest *request)
{
  const gsize length = strlen (request->to), last = sizeof LAST_SEGMENT - 1;
  return length > last && strcmp (request->to + length - last, LAST_SEGMENT) == 0;
}

gboolean
gh_channel_check (const GhRequest *request, GhFault *fault)
{
  return request->operation != GH_OPERATION_RETRIEVE || !gh_channel_is_for (request)
         || ((request->response_type == GH_RT_ABSENT || request->response_type == GH_RT_BLOCKING)
             && request->execution_time == NULL)
         || gh_fault_set (fault, GH_ERROR_BAD_REQUEST,
                          "rt: a poll is a blocking request, and carried out now");
}

/* Whom an <AE> or <remoteCSE> is about. */
static const char *
identity_of (const GhNode *holder)
{
  return gh_resource_get_text (holder->resource,
                               holder->slot->type->number == GH_TYPE_REMOTE_CSE ? "csi" : "aei");
}

static gboolean
is_identity_of (const GhService *service, const GhNode *holder, const GhOriginator *originator)
{
  const char *identity = identity_of (holder);
  return identity != NULL && gh_originator_is (originator, identity, &service->home);
}

gboolean
gh_channel_may_create (GhService *service, const GhView *view, const GhNode *holder,
                       const GhRequestFacts *facts, GhFault *fault)
{
  const GhDenial denial = {
    .facts = facts,
    .slot = holder->slot,
    .reason = "a polling channel is made by the AE or CSE that its parent is about"
  };
  return is_identity_of (service, holder, &facts->originator)
         || gh_deny (service, view, &denial, fault);
}

/* A poll takes what is meant for somebody: nobody else gets it, not even the administrator, nor a
 * CSE that speaks for the owner without proof. */
static gboolean
check_owner (const GhJob *job, const GhView *view, const GhNode *channel, GhFault *fault)
{
  GhNode holder;
  if (!job->unproven && channel->slot->parent != NULL
      && gh_view_node (view, channel->slot->parent, &holder)
      && is_identity_of (job->service, &holder, &job->originator))
    return TRUE;
  gh_service_count (job->service, GH_COUNT_DENIED);
  return gh_fault_set (fault, GH_ERROR_NO_PRIVILEGE,
                       "From: only the owner of a polling channel uses it");
}

static gboolean
find_in_view (GhJob *job, const GhView *view, const GhAddress *address, const char **out_holder,
              GhFault *fault)
{
  GhResolved resolved;
  GhRequestFacts facts;
  GhStep ignored;
  if (!gh_resolve (job, view, address, &resolved, &ignored, fault))
    {
      if (!fault->set)
        gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: there is no such resource");
      return FALSE;
    }
  const GhNode *channel = &resolved.node;
  const GhAccessQuestion question = { .node = channel,
                                      .operation = GH_ACOP_RETRIEVE,
                                      .instance_type = gh_resolved_instance_type (&resolved) };
  gh_job_facts (job, &facts);
  if (!gh_authorize (job->service, view, &facts, &question, fault))
    return FALSE;
  if (resolved.which != GH_WHICH_RESOURCE || channel->slot->type->number != GH_TYPE_POLLING_CHANNEL)
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: only a polling channel has a pcu");
  if (!check_owner (job, view, channel, fault))
    return FALSE;
  *out_holder = gh_arena_strdup (job->request->arena, channel->slot->parent->id);
  return *out_holder != NULL
         || gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
}

static gboolean
find_holder (GhJob *job, const char **out_holder, GhFault *fault)
{
  GhAddress address;
  if (!gh_address_parse (job->request->to, job->request->arena, &address, fault))
    return FALSE;
  if (address.n_segments < 2)
    return gh_fault_set (fault, GH_ERROR_NOT_FOUND, "To: there is no such resource");
  address.n_segments--;
  GhView view = gh_view_begin (job->service->tree);
  const gboolean found = find_in_view (job, &view, &address, out_holder, fault);
  gh_view_end (&view);
  return found;
}

/* Polls */

static gint64
credential_end (const GhJob *job)
{
  const guint64 number = gh_principal_get_credential (job->principal);
  if (number == 0 || job->service->security == NULL)
    return GH_NEVER_US;
  g_autoptr (GhCredential) credential = gh_vault_find_number (
    gh_security_get_vault (job->service->security), number);
  return credential != NULL ? credential->not_after_us : job->request->received_us;
}

/* Until the request expires, and not longer than who polls is proven. */
static gint64
deadline_of (const GhJob *job, const GhChannelOptions *options)
{
  const GhRequest *request = job->request;
  const gint64 now_us = request->received_us;
  gint64 until_us = gh_absrel_timestamp_moment (request->request_expiration, now_us);
  if (until_us == GH_NEVER_US)
    until_us = now_us + options->wait_us;
  until_us = MIN (until_us, now_us + options->longest_us);
  until_us = MIN (until_us, gh_absrel_timestamp_moment (request->result_expiration, now_us));
  return MIN (until_us, credential_end (job));
}

static gboolean
take_poll (GhJob *job, const char *holder, GhFault *fault)
{
  const GhRequest *request = job->request;
  const GhPoll poll = { .holder = holder,
                        .identifier = request->request_identifier,
                        .release = request->release_version,
                        .association = gh_principal_get_association (job->principal),
                        .deadline_us = deadline_of (
                          job, gh_channels_get_options (job->service->channels)),
                        .reply = job->reply,
                        .user_data = job->user_data };
  return gh_channels_park (job->service, &poll, fault);
}

/* Answers to what was polled */

static gboolean
read_content (GhRequest *request, GhFault *fault)
{
  if (request->content != NULL)
    return TRUE;
  GhValue *content = gh_arena_new_array (request->arena, GhValue, 1);
  if (content == NULL)
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "the request does not fit into its memory");
  if (request->body == NULL || request->body_length == 0)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "content: a response primitive is missing");
  if (!gh_json_parse (request->body, request->body_length, request->arena, content, fault))
    return FALSE;
  request->content = content;
  return TRUE;
}

static gboolean
take_answer (GhJob *job, const char *holder, GhFault *fault)
{
  GhResponse response;
  if (!read_content (job->request, fault)
      || !gh_response_from_value (job->request->content, &response, fault))
    return FALSE;
  g_autoptr (GhBuffer) buffer = response.buffer;
  if (!gh_channels_answer (job->service, holder, &response, fault))
    return FALSE;
  const GhAnswer answer = { .status = GH_RSC_OK };
  gh_job_reply (job, &answer);
  return TRUE;
}

void
gh_channel_serve (GhJob *job)
{
  const GhOperation operation = job->request->operation;
  const char *holder = NULL;
  GhFault fault = { 0 };
  gboolean done = FALSE;
  if (operation != GH_OPERATION_RETRIEVE && operation != GH_OPERATION_NOTIFY)
    gh_fault_set (&fault, GH_ERROR_NOT_ALLOWED, "To: a pcu is polled, or notified of an answer");
  else if (find_holder (job, &holder, &fault))
    done = operation == GH_OPERATION_RETRIEVE ? take_poll (job, holder, &fault)
                                              : take_answer (job, holder, &fault);
  if (!done)
    gh_job_refuse (job, &fault);
  gh_job_free (job);
}
