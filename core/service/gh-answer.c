/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-log.h"
#include "service/gh-filter.h"
#include "service/gh-job.h"
#include "primitive/gh-json-reader.h"
#include "service/gh-management.h"
#include "service/gh-quota.h"
#include "service/gh-request-resource.h"
#include "service/gh-statistics.h"

#include <string.h>

void
gh_job_free (GhJob *job)
{
  g_clear_pointer (&job->request, gh_request_free);
  g_clear_pointer (&job->principal, gh_principal_unref);
  g_clear_pointer (&job->prepared, gh_buffer_unref);
  g_free (job);
}

const char *
gh_job_get_owner (const GhJob *job)
{
  return job->asked ? NULL : job->originator_text;
}

gboolean
gh_job_is_late (const GhJob *job)
{
  const GhRequest *request = job->request;
  return gh_absrel_timestamp_moment (request->request_expiration, request->received_us)
         <= gh_clock_wall_us (job->service->clock);
}

typedef struct {
  GhService *service;
  const GhRequest *request;
  const char *from;
  GhReplyFunc reply;
  gpointer user_data;
} Recipient;

/* By the wall clock, which is in the request: to ask another one at its arrival would cost each
 * request as much again. */
static void
meter (const Recipient *to, guint status)
{
  const gint64 now_us = gh_clock_wall_us (to->service->clock);

  gh_meter_answered (to->service->meter, to->request->operation, status,
                     now_us - to->request->received_us);
}

/* TS-0001 8.1.3: the receiver echoes it. What is not understood is not repeated. */
static const char *
echo_expiration (const GhRequest *request)
{
  const char *text = request->result_expiration;
  return text != NULL && gh_absrel_timestamp_is_valid (text) ? text : NULL;
}

static void
send_answer (const Recipient *to, const GhAnswer *answer)
{
  const GhRequest *request = to->request;
  const GhResponse response = {
    .status = gh_error_status_at (answer->status, gh_request_release (request)),
    .request_identifier = request->request_identifier,
    .release_version = request->release_version,
    .from = to->from,
    .result_expiration = echo_expiration (request),
    .body = answer->body,
    .body_length = answer->length,
    .buffer = answer->buffer,
    .content_location = answer->content_location,
    .vendor_information = NULL,
    .content_status = answer->content_status,
    .content_offset = answer->content_offset,
  };
  meter (to, response.status);
  to->reply (&response, to->user_data);
}

static void
send_fault (const Recipient *to, const GhFault *fault)
{
  char body[sizeof fault->text * 6 + 32];
  gsize length = 0;
  const guint status = gh_error_status_at (gh_error_status (fault->code),
                                           gh_request_release (to->request));

  /* TS-0009: no debug text in a 4103, and a hidden resource looks like a missing one */
  if (status != gh_error_status (GH_ERROR_NO_PRIVILEGE))
    {
      GhJsonWriter json;
      gh_json_writer_init (&json, sizeof body);
      gh_json_begin_object (&json);
      gh_json_name (&json, "m2m:dbg");
      gh_json_string (&json, fault->text, strlen (fault->text));
      gh_json_end_object (&json);
      length = MIN (json.length, sizeof body);
      memcpy (body, json.data, length);
      gh_json_writer_clear (&json);
    }
  const GhResponse response = {
    .status = status,
    .http_status = gh_error_http_status (fault->code),
    .retry_after_s = gh_error_is_for_now (fault->code) ? 1 : 0,
    .request_identifier = to->request->request_identifier,
    .release_version = to->request->release_version,
    .result_expiration = echo_expiration (to->request),
    .body = length > 0 ? body : NULL,
    .body_length = length,
  };
  meter (to, status);
  to->reply (&response, to->user_data);
}

/* What somebody may have to answer for: refusals of identity and rights, not of syntax. */
static void
audit_refusal (GhService *service, const GhRequest *request, const GhPrincipal *principal,
               const GhFault *fault)
{
  char status[16];
  switch (fault->code)
    {
    case GH_ERROR_NO_PRIVILEGE:
    case GH_ERROR_NOT_AUTHENTICATED:
    case GH_ERROR_NO_ASSOCIATION:
    case GH_ERROR_APP_RULE:
    case GH_ERROR_NO_SUBSCRIPTION:
    case GH_ERROR_REGISTERED:
    case GH_ERROR_HOST_NO_PRIVILEGE:
      break;
    default:
      return;
    }
  if (service->security == NULL)
    return;
  g_snprintf (status, sizeof status, "%u", gh_error_status (fault->code));
  gh_audit_record (gh_security_get_audit (service->security), GH_AUDIT_REFUSAL, "refused",
                   "operation", gh_operation_name (request->operation), "to", request->to, "from",
                   request->from, "credential",
                   principal != NULL ? gh_principal_get_credential_id (principal) : NULL, "rsc",
                   status, "reason", fault->text, NULL);
}

static const char *
event_of (const GhIntent *intent)
{
  switch (intent->request->operation)
    {
    case GH_OPERATION_CREATE:
      return "created";
    case GH_OPERATION_DELETE:
      return "deleted";
    default:
      return "updated";
    }
}

/* Registrations and changes of policies, once they are durable. */
static void
audit_change (GhService *service, const GhIntent *intent)
{
  const GhResource *resource = intent->outcome.resource;
  if (service->security == NULL || resource == NULL || intent->request == NULL)
    return;
  const gint type = resource->type->number;
  const gboolean registree = type == GH_TYPE_AE || type == GH_TYPE_REMOTE_CSE;
  const gboolean deleted = intent->request->operation == GH_OPERATION_DELETE;
  if ((!registree || intent->request->operation == GH_OPERATION_UPDATE)
      && type != GH_TYPE_ACCESS_CONTROL_POLICY)
    return;
  const GhAuditKind kind = !registree ? GH_AUDIT_POLICY
                           : deleted  ? GH_AUDIT_DEREGISTRATION
                                      : GH_AUDIT_REGISTRATION;
  gh_audit_record (gh_security_get_audit (service->security), kind, event_of (intent), "resource",
                   resource->identity.resource_id, "by", intent->originator, "credential",
                   intent->principal != NULL ? gh_principal_get_credential_id (intent->principal)
                                             : NULL,
                   "app-id", gh_value_text (gh_resource_get (resource, "api")), NULL);
}

static void
log_refusal (const GhRequest *request, const GhFault *fault)
{
  if (!gh_log_has_room (GH_LOG_INFO))
    return;
  char status[16];
  g_snprintf (status, sizeof status, "%u", gh_error_status (fault->code));
  gh_log (GH_LOG_INFO, "service", "refused", "operation", gh_operation_name (request->operation),
          "to", request->to, "from", request->from, "rsc", status, "reason", fault->text, NULL);
}

void
gh_job_refuse (GhJob *job, const GhFault *fault)
{
  const Recipient to = { .service = job->service,
                         .request = job->request,
                         .reply = job->reply,
                         .user_data = job->user_data };
  gh_service_count (job->service, GH_COUNT_REFUSED);
  log_refusal (job->request, fault);
  audit_refusal (job->service, job->request, job->principal, fault);
  send_fault (&to, fault);
}

void
gh_job_reply (GhJob *job, const GhAnswer *answer)
{
  const Recipient to = { .service = job->service,
                         .request = job->request,
                         .reply = job->reply,
                         .user_data = job->user_data };
  send_answer (&to, answer);
}

/* The structured address of a slot, "gatehouse/ae/cnt". */
static char *
structured_path (GhArena *arena, const GhSlot *slot, const char *instance_name)
{
  const char *names[64];
  gsize length = instance_name != NULL ? strlen (instance_name) + 1 : 0;
  guint n = 0;
  for (; slot != NULL && n < G_N_ELEMENTS (names); slot = slot->parent)
    {
      names[n++] = slot->name;
      length += strlen (slot->name) + 1;
    }
  char *path = gh_arena_alloc (arena, length + 1), *at = path;
  if (path == NULL)
    return NULL;
  while (n > 0)
    {
      at = g_stpcpy (at, names[--n]);
      *at++ = '/';
    }
  if (instance_name != NULL)
    at = g_stpcpy (at, instance_name);
  else
    at--;
  *at = '\0';
  return path;
}

static char *
created_path (const GhIntent *intent, const GhView *view)
{
  const gboolean instance = intent->draft.type->instance;
  const GhIdentity *identity = &intent->outcome.resource->identity;
  GhNode node;
  if (!gh_view_find (view, instance ? identity->parent_id : identity->resource_id, &node))
    return NULL;
  return structured_path (intent->request->arena, node.slot, instance ? identity->name : NULL);
}

/* What a create or update added or set otherwise than its content says (rcn 9, TS-0001 8.1.2). */
static gboolean
is_modified (const GhIntent *intent, const GhValue *content, const GhAttribute *row)
{
  const char *name = row->short_name;
  const GhResource *resource = intent->outcome.resource;
  const GhValue *asked = gh_value_member (content, name);
  const GhValue *drafted = gh_draft_get (&intent->draft, name);
  char expires[GH_TIMESTAMP_SIZE];
  if (row->id == GH_ATTRIBUTE_ET && asked != NULL)
    {
      gh_timestamp_format (resource->identity.expiration_us, expires);
      return g_strcmp0 (gh_value_text (asked), expires) != 0;
    }
  if (intent->request->operation == GH_OPERATION_CREATE)
    {
      const GhValue *value = gh_resource_get (resource, name);
      return asked == NULL || (value != NULL && !gh_value_equal (asked, value));
    }
  if (row->id == GH_ATTRIBUTE_LT || row->id == GH_ATTRIBUTE_ST)
    return TRUE;
  if (row->id == GH_ATTRIBUTE_CNI || row->id == GH_ATTRIBUTE_CBS)
    return gh_draft_get (&intent->draft, "mni") != NULL
           || gh_draft_get (&intent->draft, "mbs") != NULL;
  return drafted != NULL && (asked == NULL || !gh_value_equal (asked, drafted));
}

static GhBuffer *
render_modified (const GhIntent *intent)
{
  const GhResource *resource = intent->outcome.resource;
  const GhType *type = resource->type;
  const GhValue *root = intent->request->content;
  const GhValue *content = root != NULL && root->kind == GH_VALUE_OBJECT && root->length > 0
                             ? &root->members[0].value
                             : NULL;
  const char *names[GH_TYPE_MAX_ATTRIBUTES + 1] = { NULL };
  guint n = 0;
  GhJsonWriter json;
  for (guint i = 0; i < type->n_attributes; i++)
    if (is_modified (intent, content, &type->attributes[i]))
      names[n++] = type->attributes[i].short_name;
  const GhRendering rendering = {
    .resource = resource,
    .counters = intent->outcome.counters.has_counters ? &intent->outcome.counters : NULL,
    .names = names,
    .release = gh_request_release (intent->request),
  };
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, type->root_name);
  gh_json_begin_object (&json);
  gh_render_members (&json, &rendering);
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* The default representation @body is that of the newest release. What is no attribute is a child,
 * which has been looked at. */
static GhBuffer *
render_older (const GhBuffer *body, gint release)
{
  g_autoptr (GhArena) arena = gh_arena_new (body->length * GH_REQUEST_GROWTH + GH_REQUEST_ROOM);
  GhFault ignored = { 0 };
  GhJsonWriter json;
  GhValue root;
  if (!gh_json_parse (body->data, body->length, arena, &root, &ignored))
    return NULL;
  const GhMember *resource = &root.members[0];
  const GhType *type = gh_type_by_root_name (resource->name);
  gh_json_writer_init (&json, body->length);
  gh_json_begin_object (&json);
  gh_json_name (&json, resource->name);
  gh_json_begin_object (&json);
  for (guint32 i = 0; i < resource->value.length; i++)
    {
      const GhMember *member = &resource->value.members[i];
      const GhAttribute *row = type != NULL ? gh_type_attribute (type, member->name) : NULL;
      if (row != NULL && row->release > release)
        continue;
      gh_json_name (&json, member->name);
      gh_json_value (&json, &member->value);
    }
  gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

/* As the originator knows it. (transfer full); NULL: there is none */
static GhBuffer *
representation (const GhIntent *intent)
{
  GhBuffer *body = intent->outcome.body;
  const gint release = gh_request_release (intent->request);
  if (body == NULL)
    return NULL;
  if (release == 0 || release >= GH_RELEASE_NEWEST)
    return gh_buffer_ref (body);
  return render_older (body, release);
}

static GhBuffer *
render_address (const GhIntent *intent, const GhView *view, gboolean with_attributes)
{
  const char *path = created_path (intent, view);
  g_autoptr (GhBuffer) body = with_attributes ? representation (intent) : NULL;
  GhJsonWriter json;
  if (path == NULL)
    path = intent->outcome.id;
  gh_json_writer_init (&json, 512);
  gh_json_begin_object (&json);
  gh_json_name (&json, with_attributes ? "m2m:rce" : "m2m:uri");
  if (with_attributes)
    {
      gh_json_begin_object (&json);
      gh_json_name (&json, "uri");
    }
  gh_json_string (&json, path, strlen (path));
  /* the representation without its outer braces is one member */
  if (body != NULL)
    gh_json_raw (&json, body->data + 1, body->length - 2);
  if (with_attributes)
    gh_json_end_object (&json);
  gh_json_end_object (&json);
  return gh_json_writer_finish (&json);
}

GhBuffer *
gh_render_childless (const GhRequest *request, const GhBuffer *body)
{
  static const char no_references[] = "{\"m2m:rrl\":{\"rrf\":[]}}", nothing[] = "{\"m2m:uril\":[]}";
  const gint rcn = request->result_content;
  const char *inner = strstr (body->data, ":{");
  if (rcn == GH_RCN_REFERENCES)
    return gh_buffer_new (no_references, sizeof no_references - 1);
  if (gh_filter_is_discovery (request))
    return gh_buffer_new (nothing, sizeof nothing - 1);
  if (inner == NULL || (rcn != GH_RCN_ATTRIBUTES_AND_REFERENCES && rcn != GH_RCN_CHILDREN))
    return gh_buffer_new (body->data, body->length);
  const gboolean bare = rcn == GH_RCN_CHILDREN;
  g_autoptr (GString) text = g_string_sized_new (body->length + 16);
  g_string_append_len (text, body->data, bare ? inner + 2 - body->data : (gssize) body->length - 2);
  g_string_append (text, bare ? "}}" : ",\"ch\":[]}}");
  return gh_buffer_new (text->str, text->len);
}

static GhBuffer *
outcome_body (const GhIntent *intent, const GhView *view)
{
  const gint rcn = intent->request->result_content;
  const gboolean deleted = intent->request->operation == GH_OPERATION_DELETE;
  if (rcn == GH_RCN_NOTHING || (deleted && rcn == GH_RCN_ABSENT))
    return NULL;
  if (rcn == GH_RCN_MODIFIED)
    return render_modified (intent);
  if (rcn == GH_RCN_ADDRESS || rcn == GH_RCN_ADDRESS_AND_ATTRIBUTES)
    return render_address (intent, view, rcn == GH_RCN_ADDRESS_AND_ATTRIBUTES);
  GhBuffer *body = representation (intent);
  if (body == NULL || !deleted || intent->target.which == GH_WHICH_RESOURCE)
    return body;
  GhBuffer *childless = gh_render_childless (intent->request, body);
  gh_buffer_unref (body);
  return childless;
}

void
gh_service_outcome (GhService *service, const GhIntent *intent, const GhView *view, GhAnswer *out)
{
  GhBuffer *body = outcome_body (intent, view);
  const char *location = NULL;
  if (intent->request->operation == GH_OPERATION_CREATE)
    location = gh_arena_printf (intent->request->arena, "/%s/%s", service->home.cse_id,
                                intent->outcome.resource->identity.resource_id);
  *out = (GhAnswer){ .status = intent->outcome.status,
                     .body = body != NULL ? body->data : NULL,
                     .length = body != NULL ? body->length : 0,
                     .buffer = body,
                     .content_location = location,
                     .content_status = intent->outcome.content_status,
                     .content_offset = intent->outcome.content_offset };
}

/* What a storage rule compares (TS-0001 9.6.24): of an instance its own size, of what holds
 * instances that of all of them. */
static guint64
size_of (const GhIntent *intent)
{
  if (intent->outcome.counters.has_counters)
    return intent->outcome.counters.bytes;
  return (guint64) gh_resource_get_integer (intent->outcome.resource, "cs", 0);
}

static void
observe_holder (GhService *service, const GhObservation *observation)
{
  GhView view = gh_view_begin (service->tree);
  GhNode holder;
  GhObservation grown = *observation;
  gboolean found = gh_view_find (&view, observation->target, &holder)
                   && holder.counters->has_counters;
  if (found)
    {
      grown.type = holder.slot->type->number;
      grown.size = holder.counters->bytes;
    }
  gh_view_end (&view);
  if (found)
    gh_statistics_observe_growth (service, &grown);
}

static void
observe (GhService *service, const GhIntent *intent)
{
  const GhResource *resource = intent->outcome.resource;
  if (!gh_statistics_is_active (service) || resource == NULL)
    return;
  const gboolean created = intent->request->operation == GH_OPERATION_CREATE;
  const GhObservation observation = {
    .operation = intent->request->operation,
    .originator = intent->originator,
    .target = created ? resource->identity.parent_id : resource->identity.resource_id,
    .subject = created ? resource->identity.resource_id : NULL,
    .type = resource->type->number,
    .size = size_of (intent),
  };
  gh_statistics_observe (service, &observation);
  if (created && resource->type->instance)
    observe_holder (service, &observation);
}

void
gh_service_answer (gpointer data, GhIntent *intent)
{
  GhService *service = data;
  const Recipient to = { .service = service,
                         .request = intent->request,
                         .reply = intent->reply,
                         .user_data = intent->user_data };
  gh_quota_leave (intent);
  if (intent->outcome.fault.set)
    {
      gh_service_count (service, GH_COUNT_REFUSED);
      log_refusal (intent->request, &intent->outcome.fault);
      audit_refusal (service, intent->request, intent->principal, &intent->outcome.fault);
      send_fault (&to, &intent->outcome.fault);
      gh_intent_free (intent);
      return;
    }
  observe (service, intent);
  audit_change (service, intent);
  GhAnswer answer;
  GhView view = gh_view_begin (service->tree);
  gh_service_outcome (service, intent, &view, &answer);
  gh_view_end (&view);
  send_answer (&to, &answer);
  g_clear_pointer (&answer.buffer, gh_buffer_unref);
  if (intent->request->operation == GH_OPERATION_UPDATE)
    gh_management_committed (service, intent);
  gh_intent_free (intent);
}
